"""Pages of long lists, numbers without gaps, and forms that are carried out once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import transaction
from django.http import HttpResponseRedirect
from django.test import RequestFactory

from lianfang.web.organisation.models import Day
from lianfang.web.shared import clock, log, numbering, pages, paging
from lianfang.web.shared.actor import system
from lianfang.web.shared.models import FormToken, LogEntry
from lianfang.web.shared.refused import Refused


@pytest.fixture
def entries(db):
    for n in range(60):
        log.record("a" if n % 2 else "b", by=system(), subject=n)


@pytest.mark.parametrize("order", [("pk",), ("-pk",), ("action", "-pk"), ("-action", "pk"), ("at", "pk")])
def test_walking_forward_and_back_sees_every_row_once(entries, order):
    rows = LogEntry.objects.all()
    expected = [row.pk for row in rows.order_by(*order)]
    seen, token, tokens = [], "", []
    while True:
        page = paging.page(rows, order=order, token=token, size=25)
        seen += [row.pk for row in page.rows]
        tokens.append(token)
        if not page.following:
            break
        token = page.following
    assert seen == expected
    assert len(tokens) == 3
    back = paging.page(rows, order=order, token=page.preceding, size=25)
    assert [row.pk for row in back.rows] == expected[25:50]
    first = paging.page(rows, order=order, token=back.preceding, size=25)
    assert [row.pk for row in first.rows] == expected[:25]
    assert first.preceding == ""


def test_forged_token_gives_the_first_page(entries):
    first = paging.page(LogEntry.objects.all(), order=("pk",), token="forged", size=25)
    other = paging.page(LogEntry.objects.all(), order=("-pk",), token=first.following, size=25)
    assert first.preceding == ""
    assert other.rows[0].pk == LogEntry.objects.order_by("-pk")[0].pk


def test_empty_list_is_one_empty_page(db):
    page = paging.page(Day.objects.all(), order=("day",))
    assert (page.rows, page.following, page.preceding, page.count) == ([], "", "", 0)


def test_number_is_given_back_when_its_transaction_fails(db):
    assert numbering.take("alert 2025") == 1
    with transaction.atomic():
        assert numbering.take("alert 2025") == 2
        transaction.set_rollback(True)
    assert numbering.take("alert 2025") == 2
    assert numbering.take("alert 2026") == 1


def posted(view, data, user):
    request = RequestFactory().post("/x/", data)
    request.user, request.actor = user, None
    return pages.public(view)(request)


class Nobody:
    pk = None
    is_authenticated = False


def test_form_sent_twice_is_carried_out_once(db):
    def view(request):
        log.record("thing.done", by=system())
        return HttpResponseRedirect(f"/things/{LogEntry.objects.count()}/")

    token = pages.new_token()
    first, second = (posted(view, {"once": token}, Nobody()) for _ in range(2))
    assert LogEntry.objects.count() == 1
    assert (first.url, second.url) == ("/things/1/", "/things/1/")


def test_form_that_was_refused_leaves_nothing_and_may_be_sent_again(db, rf):
    def view(request):
        log.record("thing.done", by=system())
        if request.POST["text"] == "bad":
            raise Refused("请改写。")
        return HttpResponseRedirect("/done/")

    token = pages.new_token()
    refused = posted(view, {"once": token, "text": "bad"}, Nobody())
    assert refused.status_code == 422
    assert "请改写。" in refused.content.decode()
    assert LogEntry.objects.count() == FormToken.objects.count() == 0
    assert posted(view, {"once": token, "text": "good"}, Nobody()).url == "/done/"


def test_clock_can_be_stopped_and_goes_on(settings):

    moment = datetime(2025, 3, 1, tzinfo=UTC)
    with clock.at(moment):
        assert clock.now() == moment
    assert clock.now() != moment
