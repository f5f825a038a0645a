"""The pages of data sets and of an import, as those who use them open and send them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lianfang.engine.tables import tables
from lianfang.web.detection.models import Batch, Dataset, Delivery
from lianfang.web.detection.queries import data as queries
from lianfang.web.shared import clock, desk
from tests.web.conftest import NOW
from tests.web.detection import deliveries

pytestmark = pytest.mark.django_db


def upload(browser, content: bytes, name: str = "支付明细2024年12月.xlsx", provider: str = "ZJJ", **more: str):
    file = SimpleUploadedFile(name, content)
    return browser.post(reverse("delivery_new"), {"provider": provider, "file": file, "adds": "whole", **more})


def test_an_import_walks_through_its_steps(cast, as_user, clean_store):
    deliveries.register(cast.office_head)
    browser = as_user("unit_officer")
    sent = upload(browser, deliveries.payments())
    delivery = Delivery.objects.get()
    assert (sent.status_code, sent.url) == (302, reverse("delivery", args=[delivery.number]))
    waiting = browser.get(sent.url)
    assert "lf-progress" in waiting.content.decode()
    deliveries.work()
    page = browser.get(sent.url, follow=True)
    text = page.content.decode()
    assert page.redirect_chain[-1][0] == reverse("delivery_columns", args=[delivery.number])
    assert "支付金额(万元)" in text
    delivery.refresh_from_db()
    post = {"version": delivery.version, "s0.table": "payment"}
    plan = delivery.proposal["sheets"][0]["plans"]["payment"]
    places = {column["header"]: n for n, column in enumerate(delivery.proposal["sheets"][0]["columns"])}
    for name, take in plan.items():
        post[f"s0.c{places[take['from']]}"] = name
        post[f"s0.u{places[take['from']]}"] = take.get("unit", "")
    assert browser.post(reverse("delivery_columns", args=[delivery.number]), post).status_code == 302
    deliveries.work()
    for step in ("check", "preview", "store"):
        page = browser.get(reverse(f"delivery_{step}", args=[delivery.number]))
        assert page.status_code == 200, step
    delivery.refresh_from_db()
    store = browser.post(reverse("delivery_store", args=[delivery.number]), {"version": delivery.version})
    assert store.status_code == 302
    deliveries.work()
    done = browser.get(reverse("delivery", args=[delivery.number]), follow=True)
    assert "B-2025-00001" in done.content.decode()
    listed = browser.get(reverse("datasets")).content.decode()
    assert "B-2025-00001" in listed
    dataset = Dataset.objects.get()
    assert browser.get(reverse("dataset", args=[dataset.number])).status_code == 200
    withdraw = reverse("batch_withdraw", args=["B-2025-00001"])
    assert browser.get(withdraw).status_code == 200
    assert browser.post(withdraw, {"reason": "太短"}).status_code == 422
    assert browser.post(withdraw, {"reason": "供数单位来函说明导出条件有误，需要更正后重新报送"}).status_code == 302
    assert Batch.objects.get().state == "withdrawn"


def test_the_list_asks_no_more_of_the_database_for_more_data_sets(
    cast, as_user, clean_store, django_assert_max_num_queries
):
    deliveries.register(cast.office_head)
    deliveries.taken(cast.unit_officer)
    browser = as_user("analyst")
    browser.get(reverse("datasets"))
    with CaptureQueriesContext(connection) as few:
        browser.get(reverse("datasets"))
    for table in ("contract", "tender", "project", "bid", "company"):
        deliveries.register(cast.office_head, table)
        deliveries.register(cast.office_head, table, "CZJ")
    with django_assert_max_num_queries(len(few)):
        browser.get(reverse("datasets"))
    assert len(few) <= 14


def test_the_desk_says_what_waits_for_whoever_sent_a_file(cast, clean_store):
    deliveries.register(cast.office_head)
    deliveries.register(cast.office_head, "contract")
    delivery = deliveries.checked(cast.unit_officer)
    items = {str(item.title): item for item in desk.items_for(cast.unit_officer)}
    assert items[delivery.file_name].url == reverse("delivery_check", args=[delivery.number])
    assert str(items["合同"].verb) == "上传"
    others = [
        str(item.title) for who in ("analyst", "other_unit_officer") for item in desk.items_for(getattr(cast, who))
    ]
    assert delivery.file_name not in others
    assert "合同" not in others


def test_data_grow_late_by_the_rhythm_of_their_table(cast, clean_store):
    dataset = deliveries.register(cast.office_head, retention_days=1095)
    seen = []
    deliveries.taken(cast.unit_officer)
    for days in (0, 2, 3, 40):
        with clock.at(NOW + timedelta(days=days)):
            row = queries.row(queries.with_batches(Dataset.objects.filter(pk=dataset.pk)).get())
            seen.append((row.freshness, row.days_late))
    assert tables()["payment"].refresh.startswith("实时")
    assert seen == [("on_time", 0), ("on_time", 0), ("late", 1), ("late", 38)]
    assert queries.totals(Dataset.objects.all())["missing"] == 0


def test_pages_are_whole_in_english(cast, as_user, clean_store):
    deliveries.register(cast.office_head, reject_limit=1)
    rows = [*deliveries.PAYMENTS, ("PZ-9", "ZJJ", "2025.13.2", 1, "某公司"), ("PZ-0001", "ZJJ", "2024-1-3", 1, "某")]
    delivery = deliveries.checked(cast.unit_officer, deliveries.payments(rows))
    browser = as_user("unit_officer")
    browser.cookies["django_language"] = "en"
    text = browser.get(reverse("delivery_check", args=[delivery.number])).content.decode()
    assert "the date cannot be read or does not exist; write 2024-03-05" in text
    assert "the key stands twice: first seen in" in text
    assert "row 4" in text
