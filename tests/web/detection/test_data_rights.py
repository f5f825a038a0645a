"""Who may register, bring in, see and take back: one who may and one who may not, from the same setup."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404
from django.urls import reverse

from lianfang.engine.tables import tables
from lianfang.web.detection.actions import batches, datasets
from lianfang.web.detection.models import Batch, Dataset, Delivery
from lianfang.web.detection.queries import data as queries
from lianfang.web.shared.models import LogEntry
from lianfang.web.shared.refused import Refused
from tests.web.detection import deliveries

pytestmark = pytest.mark.django_db

REASON = "供数单位来函说明导出条件有误，需要更正后重新报送"


# ---- registering ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lacking", ["purpose", "legal_basis", "fields", "retention_days"])
def test_a_data_set_without_one_of_the_four_is_refused(lacking, cast):
    empty = {"purpose": " ", "legal_basis": "", "fields": [], "retention_days": None}[lacking]
    with pytest.raises(Refused) as refused:
        deliveries.register(cast.office_head, **{lacking: empty})
    assert set(refused.value.fields) == {lacking}
    assert not Dataset.objects.exists()


@pytest.mark.parametrize("table", sorted(queries.SHORT_KEPT))
def test_tables_about_households_travel_and_accounts_are_kept_thirty_days_at_most(table, cast):
    with pytest.raises(Refused) as refused:
        deliveries.register(cast.office_head, table, retention_days=31)
    assert set(refused.value.fields) == {"retention_days"}
    assert deliveries.register(cast.office_head, table, retention_days=30).retention_days == 30


def test_a_required_column_must_be_among_the_fields(cast):
    with pytest.raises(Refused) as refused:
        deliveries.register(cast.office_head, fields=["payment_id", "amount"])
    assert set(refused.value.fields) == {"fields"}


def test_the_offices_own_work_is_never_delivered(cast):
    assert "warning" not in queries.deliverable()
    with pytest.raises(Refused):
        deliveries.register(cast.office_head, "warning", fields=list(tables()["warning"].columns))


def test_one_unit_delivers_a_table_once(cast):
    deliveries.register(cast.office_head)
    with pytest.raises(Refused, match="已登记"):
        deliveries.register(cast.office_head)
    assert deliveries.register(cast.office_head, provider="CZJ").number == "D-0002"


@pytest.mark.parametrize("who", ["officer", "analyst", "unit_officer", "secretary"])
def test_only_the_head_of_the_office_registers_data_sets(who, cast):
    with pytest.raises(Refused) as refused:
        deliveries.register(getattr(cast, who))
    assert refused.value.status == 403
    assert not LogEntry.objects.filter(action="dataset.register").exists()
    dataset = deliveries.register(cast.office_head)
    with pytest.raises(Refused):
        datasets.close_dataset(dataset, by=getattr(cast, who), reason="试试", version=1)


def test_a_data_set_that_somebody_else_changed_is_not_changed_unseen(cast):
    dataset = deliveries.register(cast.office_head)
    terms = datasets.Terms("", "目的", "依据", dataset.fields, 30)
    datasets.change_dataset(dataset, by=cast.office_head, terms=terms, version=1)
    with pytest.raises(Refused) as refused:
        datasets.change_dataset(dataset, by=cast.office_head, terms=terms, version=1)
    assert refused.value.status == 409


def test_who_delivers_says_whether_it_is_complete_and_no_stranger_does(cast):
    dataset = deliveries.register(cast.office_head)
    period = {"from_on": date(2024, 1, 1), "until_on": date(2024, 12, 31)}
    with pytest.raises(Refused) as refused:
        datasets.declare_complete(dataset, by=cast.other_unit_officer, **period)
    assert refused.value.status == 404
    word = datasets.declare_complete(dataset, by=cast.unit_officer, **period)
    assert (word.declared_by, str(word)) == ("钱多", "2024-01-01–2024-12-31")
    with pytest.raises(Refused):
        datasets.revoke_complete(word, by=cast.other_unit_officer, reason=REASON)
    assert datasets.revoke_complete(word, by=cast.unit_officer, reason=REASON).revoked_by == "钱多"
    with pytest.raises(Refused, match="将来"):
        datasets.declare_complete(dataset, by=cast.unit_officer, from_on=date(2024, 1, 1), until_on=date(2025, 2, 1))


# ---- bringing in ---------------------------------------------------------------------------------------------------


def test_nothing_comes_in_before_a_data_set_is_registered(cast, clean_store):
    with pytest.raises(Refused, match="还没有登记数据集"):
        deliveries.send(cast.unit_officer, deliveries.payments())


@pytest.mark.parametrize("who", ["other_unit_officer", "unit_head", "dispatch_head", "cadre", "secretary"])
def test_a_stranger_neither_brings_in_nor_goes_on_nor_takes_back(who, cast, clean_store):
    deliveries.register(cast.office_head)
    stranger = getattr(cast, who)
    with pytest.raises(Refused) as refused:
        deliveries.send(stranger, deliveries.payments())
    assert refused.value.status in (403, 404)
    delivery = deliveries.checked(cast.unit_officer)
    for step in (batches.look_again, batches.ask_taking, batches.discard):
        with pytest.raises(Refused) as refused:
            step(delivery, by=stranger)
        assert refused.value.status in (403, 404)
    with pytest.raises(Http404):
        queries.delivery_for(stranger, delivery.number)
    batches.ask_taking(delivery, by=cast.unit_officer)
    deliveries.work()
    batch = delivery.batches.get()
    with pytest.raises(Refused):
        batches.withdraw_batch(batch, by=stranger, reason=REASON)
    assert Batch.objects.get().state == "taken"


@pytest.mark.parametrize("who", ["analyst", "officer", "office_head", "unit_officer"])
def test_those_who_bring_data_in_may_go_on_with_it(who, cast, clean_store):
    deliveries.register(cast.office_head)
    assert deliveries.taken(getattr(cast, who)).state == "taken"


def test_pages_of_another_unit_are_not_found(cast, as_user, clean_store):
    deliveries.register(cast.office_head)
    delivery = deliveries.taken(cast.unit_officer)
    batch = delivery.batches.get()
    addresses = [
        reverse("dataset", args=["D-0001"]),
        reverse("delivery", args=[delivery.number]),
        reverse("delivery_done", args=[delivery.number]),
        reverse("batch_withdraw", args=[batch.number]),
        reverse("batch_rejected", args=[batch.number]),
        reverse("dataset_complete", args=["D-0001"]),
    ]
    stranger, own = as_user("other_unit_officer"), as_user("unit_officer")
    assert [stranger.get(url).status_code for url in addresses] == [404] * len(addresses)
    assert {stranger.get(url.replace("0001", "9999")).status_code for url in addresses} == {404}
    assert [own.get(url, follow=True).status_code for url in addresses] == [200, 200, 200, 200, 404, 200]
    assert "资金支付" not in stranger.get(reverse("datasets")).content.decode()


def test_a_form_that_is_sent_twice_makes_one_delivery(cast, as_user, clean_store):
    deliveries.register(cast.office_head)
    browser = as_user("unit_officer")
    answers = []
    for _time in range(2):
        file = SimpleUploadedFile("支付.xlsx", deliveries.payments())
        form = {"provider": "ZJJ", "file": file, "adds": "whole", "once": "the-same-form"}
        answers.append(browser.post(reverse("delivery_new"), form))
    assert answers[0].url == answers[1].url
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize(("name", "said"), [("支付.exe", "不能读"), ("数据.sqlite3", "不能读")])
def test_a_file_of_another_kind_is_refused_before_it_is_kept(name, said, cast, as_user, clean_store):
    deliveries.register(cast.office_head)
    file = SimpleUploadedFile(name, b"MZ")
    answer = as_user("unit_officer").post(reverse("delivery_new"), {"provider": "ZJJ", "file": file, "adds": "whole"})
    assert (answer.status_code, said in answer.content.decode()) == (422, True)
    assert not deliveries.stored()


def test_a_name_that_leads_elsewhere_is_only_a_name(cast, clean_store):
    deliveries.register(cast.office_head)
    delivery = deliveries.checked(cast.unit_officer, name="../../支付:明细?.xlsx")
    assert "/" not in delivery.file_name
    assert delivery.state == "checked"


def test_a_mapping_that_was_tampered_with_is_refused(cast, as_user, clean_store):
    deliveries.register(cast.office_head, fields=["payment_id", "unit_id", "amount", "pay_date"])
    delivery = deliveries.send(cast.unit_officer, deliveries.payments())
    deliveries.work()
    delivery.refresh_from_db()
    url = reverse("delivery_columns", args=[delivery.number])
    browser = as_user("unit_officer")
    base = {"version": delivery.version, "s0.table": "payment", "s0.c0": "payment_id", "s0.c2": "pay_date"}
    for wrong in (
        {"s0.table": "contract"},
        {"s0.c3": "payee_account"},
        {"s0.c3": "amount", "s0.u3": "公顷"},
        {"s0.c3": "amount", "s0.c1": "amount"},
        {"s0.c3": ""},
    ):
        answer = browser.post(url, base | wrong)
        assert answer.status_code == 422, wrong
    delivery.refresh_from_db()
    assert delivery.state == "proposed"
    assert browser.post(url, base | {"s0.c3": "amount", "version": 999}).status_code == 409
    assert browser.post(url, base | {"s0.c3": "amount", "s0.u3": "万元"}).status_code == 302


def test_downloading_what_was_returned_is_logged(cast, as_user, clean_store):
    deliveries.register(cast.office_head, reject_limit=1)
    rows = [*deliveries.PAYMENTS, ("PZ-9", "ZJJ", "2025.13.2", 1, "某公司")]
    delivery = deliveries.checked(cast.unit_officer, deliveries.payments(rows))
    answer = as_user("unit_officer").get(reverse("delivery_rejected", args=[delivery.number]))
    assert answer.status_code == 200
    assert answer.content[:2] == b"PK"
    assert LogEntry.objects.get(action="delivery.rejected").subject == delivery.number
    template = as_user("unit_officer").get(reverse("data_template", args=["payment"]))
    assert (template.status_code, template.content[:2]) == (200, b"PK")


def test_a_full_disk_is_said_and_nothing_is_registered(cast, as_user, clean_store):
    deliveries.register(cast.office_head)
    (clean_store / "uploads").write_text("no folder can be made here")
    file = SimpleUploadedFile("支付.xlsx", deliveries.payments())
    answer = as_user("unit_officer").post(reverse("delivery_new"), {"provider": "ZJJ", "file": file, "adds": "whole"})
    assert (answer.status_code, "没有存下" in answer.content.decode()) == (503, True)
    assert not Delivery.objects.exists()
