"""The domain's worked examples of terms, and what the clock does by itself."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from lianfang.web.alerts import actions, deadlines
from lianfang.web.alerts.models import Alert, Notice, Parameter, Signal
from lianfang.web.organisation.calendar import Term, deadline
from lianfang.web.organisation.models import Day
from lianfang.web.shared import clock
from lianfang.web.shared.models import LogEntry
from lianfang.web.shared.refused import Refused

from .conftest import later

CHINA = ZoneInfo("Asia/Shanghai")
EXAMPLES = [
    ("yellow over National Day", "2025-09-25", "L10", "yellow", "2025-10-09"),
    ("orange over National Day", "2025-09-25", "L10", "orange", "2025-10-15"),
    ("red over National Day", "2025-09-25", "L10", "red", "2025-10-27"),
    ("orange inquiry", "2025-09-25", "L10.inquiry", "orange", "2025-10-22"),
    ("deemed served", "2025-09-30", "L09.deemed", "yellow", "2025-10-11"),
    ("calendar days end on a holiday", "2025-09-03", "L10", "red", "2025-10-09"),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e[0])
def test_worked_example(office, example):
    _name, start, rule, colour, wanted = example
    term = deadlines.term_of({}, rule, colour)
    assert deadline(date.fromisoformat(start), term).on == date.fromisoformat(wanted)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def test_alert_unsigned_for_three_working_days_counts_as_served(road):
    with clock.at(at("2025-09-30T10:00")):
        alert = road.to("issued")
    with clock.at(at("2025-10-11T23:00")):
        assert deadlines.sweep()["deemed"] == 0
    with clock.at(at("2025-10-12T00:00")):
        assert deadlines.sweep()["deemed"] == 1
        assert deadlines.sweep()["deemed"] == 0
    alert = Alert.objects.get(pk=alert.pk)
    assert alert.state == "rectifying"
    assert timezone.localdate(alert.signed_at) == date(2025, 10, 11)
    assert list(alert.deliveries.values_list("is_deemed", "signed_by")) == [(True, "")]
    # the term of correction runs from the day of service, not from the signature
    assert timezone.localdate(alert.due_at) == date(2025, 10, 14)


def test_overdue_is_marked_once_however_long_the_clock_stood(road):
    alert = road.to("rectifying")
    with later(days=40):
        first = deadlines.sweep()
        second = deadlines.sweep()
    assert (first["overdue"], second["overdue"]) == (1, 0)
    assert Alert.objects.get(pk=alert.pk).is_overdue
    assert LogEntry.objects.filter(action="alert.overdue").count() == 1


def test_reminders_say_only_the_present_and_once(road):
    alert = road.to("rectifying")  # due five working days later, on 15 January
    seen = []
    for days in (0, 5, 5, 7, 7, 12, 12, 13):
        with later(days=days):
            deadlines.sweep()
            kinds = Notice.objects.filter(subject=alert.number).values_list("kind", flat=True)
            seen.append(sorted(set(kinds)))
    assert seen == [
        [],
        ["soon"],
        ["soon"],
        ["soon", "today"],
        ["soon", "today"],
        *[["overdue", "soon", "today"]] * 3,
    ]
    per_person = Notice.objects.filter(user=road.cast.user("unit_head")).count()
    assert per_person == 3


def test_clock_that_stood_still_sends_only_what_holds_now(road):
    alert = road.to("rectifying")
    with later(days=30):
        deadlines.sweep()
    assert set(Notice.objects.filter(subject=alert.number).values_list("kind", flat=True)) == {"overdue"}


def test_late_signal_is_marked(road):
    signal = road.signal()
    with later(days=3):
        assert deadlines.sweep()["overdue"] == 1
        assert deadlines.sweep()["overdue"] == 0
    assert Signal.objects.get(pk=signal.pk).is_overdue


def test_red_signal_is_screened_within_four_hours(road):
    signal = road.signal(colour="red")
    assert signal.due_at == at("2025-01-08T14:00")


def test_face_names_the_days_that_do_not_count(road):
    with clock.at(at("2025-09-25T10:00")):
        alert = road.to("rectifying")
        face = deadlines.face(alert)
    assert face.due_on == date(2025, 10, 9)
    assert face.remaining == 5
    assert face.pips == ("left", "gap", "left", "left", "left", "gap", "left")
    assert [one.days for one in face.skipped if one.first == date(2025, 10, 1)] == [8]
    with clock.at(at("2025-10-11T10:00")):
        assert deadlines.face(alert).overdue == 2
    with clock.at(at("2025-10-09T10:00")):
        assert deadlines.face(alert).is_today


def test_office_term_holds_from_its_day_and_not_for_what_was_issued(road):
    before = road.to("rectifying")
    row = actions.propose_parameter(
        "sla.L10.yellow", "7wd", by=road.cast.officer, from_on=date(2025, 2, 5), source="廉防办〔2025〕3号"
    )
    with pytest.raises(Refused):
        actions.decide_parameter(row, by=road.cast.officer)
    actions.decide_parameter(row, by=road.cast.office_head)
    with clock.at(at("2025-02-10T10:00")):
        after = road.to("rectifying")
        assert deadlines.due_of(before, "rectifying").on == date(2025, 1, 15)
    assert timezone.localdate(after.due_at) == date(2025, 2, 19)


@pytest.mark.parametrize("key, value", [("sla.L99.yellow", "5wd"), ("sla.L10.yellow", "5"), ("band.orange", "x")])
def test_unknown_parameter_is_refused(office, key, value):
    with pytest.raises(Refused):
        actions.propose_parameter(
            key, value, by=office.cast.officer, from_on=date(2025, 2, 5), source="廉防办〔2025〕3号"
        )
    assert not Parameter.objects.exists()


def test_provisional_deadline_is_counted_again_when_the_calendar_is_decreed(road):
    Day.objects.filter(day__gte=date(2025, 1, 10)).update(is_provisional=True)
    alert = road.to("rectifying")
    assert alert.due_is_provisional
    Day.objects.filter(day__gte=date(2025, 1, 10)).update(is_provisional=False)
    Day.objects.filter(day=date(2025, 1, 13)).update(is_workday=False, note="调休")
    assert deadlines.sweep()["recomputed"] == 1
    assert deadlines.sweep()["recomputed"] == 0
    alert = Alert.objects.get(pk=alert.pk)
    assert not alert.due_is_provisional
    assert timezone.localdate(alert.due_at) == date(2025, 1, 16)


def test_term_of_a_rule_without_that_colour_is_its_own():
    assert deadlines.term_of({}, "L11", "yellow") == Term(5, "wd")
