"""The main path from a finding to the archive, in each colour."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import timezone

from lianfang.web.alerts import actions, deadlines
from lianfang.web.alerts.models import Alert
from lianfang.web.detection.models import Judgement
from lianfang.web.shared import clock
from lianfang.web.shared.models import LogEntry

from .conftest import WORDS, later


@pytest.mark.parametrize("colour", ["yellow", "orange", "red"])
def test_matter_goes_all_the_way(road, colour):
    alert = road.to("released", colour=colour)
    assert (alert.state, alert.colour) == ("released", colour)
    assert alert.shown_number == f"{colour[0].upper()}-{alert.number}"
    assert alert.number == "2025-420700-000001"
    judged = Judgement.objects.get()
    assert judged.fired_rightly
    with later(days=(alert.lookback_on - clock.today()).days):
        assert deadlines.sweep()["looked_back"] == 1
        alert = Alert.objects.get()
        assert alert.state == "lookback"
        done = road.move(alert, "archive", "officer", reason=WORDS)
    assert (done.state, done.closing_code) == ("archived", "C1")
    moves = [e.action for e in LogEntry.objects.filter(subject_type="alert").order_by("pk") if ".T" in e.action]
    wanted = ["T07", "T08", "T10", "T12", "T13", "T14", "T15", "T17", "T18", "T19"]
    assert moves == [f"alert.{name}" for name in wanted]


def test_lookback_is_counted_from_release(road):
    alert = road.to("released")
    assert alert.lookback_on == date(2025, 4, 8)  # ninety days after 8 January
    assert timezone.localdate(alert.due_at) == alert.lookback_on


def test_number_and_notice_have_no_gaps(road):
    numbers = [road.to("issued") for _ in range(2)]
    assert [a.number for a in numbers] == ["2025-420700-000001", "2025-420700-000002"]
    assert [a.notice_number for a in numbers] == ["鄂州廉预黄〔2025〕1号", "鄂州廉预黄〔2025〕2号"]


def test_failed_acceptance_goes_back_and_round_again(road):
    alert = road.accepted(road.to("accepting"), passed=False)
    back = road.move(alert, "send-back", "third_officer", reason=WORDS)
    assert (back.state, back.returns, back.acceptor) == ("rectifying", 1, None)
    assert road.on(back, "released").state == "released"


def test_returned_matter_is_graded_again(road):
    alert = road.to("pending")
    back = road.move(alert, "return", "office_head", reason=WORDS)
    assert (back.state, back.round) == ("verifying", 2)
    assert road.on(back, "approved").state == "approved"


def test_merged_findings_become_one_alert(road):
    first, second = road.signal(), road.signal(code="LIC-007")
    actions.merge_signal(second, first, by=road.cast.officer)
    alert = actions.take_up_signal(first, by=road.cast.officer, checker=road.cast.user("officer"))
    assert {hit.code for hit in alert.hits.all()} == {"LAW-007", "LIC-007"}
    assert {tick.code for tick in alert.ticks.all()} == {"LAW-007", "LIC-007"}
    assert actions.merge_signal(road.signal(code="LAW-007"), alert, by=road.cast.officer).alert == alert
    assert alert.hits.count() == 3
