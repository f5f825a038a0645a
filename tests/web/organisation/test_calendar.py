"""Terms by the working calendar, with the examples of the workflow's reference."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from lianfang.web.organisation import actions, calendar
from lianfang.web.organisation.calendar import Term
from lianfang.web.shared.actor import system
from lianfang.web.shared.refused import Refused

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def year(db):
    actions.load_calendar(date(2025, 1, 1), date(2025, 12, 31), by=system())


@pytest.mark.parametrize(
    "start, term, last",
    [
        (date(2025, 9, 25), "5wd", date(2025, 10, 9)),
        (date(2025, 9, 25), "10wd", date(2025, 10, 15)),
        (date(2025, 9, 25), "30cd", date(2025, 10, 27)),
        (date(2025, 9, 25), "15wd", date(2025, 10, 22)),
        (date(2025, 9, 30), "3wd", date(2025, 10, 11)),
        (date(2025, 9, 3), "30cd", date(2025, 10, 9)),
        (date(2025, 9, 25), "0wd", date(2025, 9, 25)),
    ],
)
def test_deadline_agrees_with_the_reference(start, term, last):
    assert calendar.deadline(start, Term.parse(term)).on == last


@pytest.mark.parametrize(
    "start, hours, end",
    [
        ((2025, 9, 25, 9, 0), 4, (2025, 9, 25, 13, 0)),
        ((2025, 9, 25, 15, 30), 4, (2025, 9, 26, 10, 30)),
        ((2025, 9, 30, 17, 0), 4, (2025, 10, 9, 12, 0)),
        ((2025, 10, 2, 11, 0), 4, (2025, 10, 9, 12, 30)),
        ((2025, 9, 25, 6, 0), 1, (2025, 9, 25, 9, 30)),
    ],
)
def test_hours_go_on_when_the_office_opens_again(start, hours, end):
    found = calendar.deadline(datetime(*start, tzinfo=ZONE), Term(hours, "h"))
    assert found.at.astimezone(ZONE) == datetime(*end, tzinfo=ZONE)


def test_working_days_between_count_the_last_and_not_the_first():
    assert calendar.workdays_between(date(2025, 9, 30), date(2025, 10, 9)) == 1
    assert calendar.workdays_between(date(2025, 10, 9), date(2025, 9, 30)) == -1


def test_day_beyond_the_calendar_is_refused_with_what_to_do():
    with pytest.raises(Refused, match="载入该年度日历"):
        calendar.deadline(date(2025, 12, 30), Term.parse("5wd"))
    with pytest.raises(Refused, match="载入该年度日历"):
        calendar.workdays_between(date(2025, 12, 30), date(2026, 1, 5))


def test_year_not_decreed_is_provisional():
    actions.load_calendar(date(2026, 1, 1), date(2031, 12, 31), by=system())
    assert calendar.deadline(date(2031, 5, 6), Term.parse("5wd")).is_provisional
    assert not calendar.deadline(date(2025, 5, 6), Term.parse("5wd")).is_provisional


@pytest.mark.parametrize("text", ["5", "wd", "5 wd", "-1wd", "5d"])
def test_term_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match="5wd"):
        Term.parse(text)
