"""The working calendar: published days, days given as data, and no number over days that nobody declared."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianfang.engine.workdays import WorkingCalendar, published, published_calendar, working_calendar


def count(calendar: WorkingCalendar, first: date, last: date) -> int:
    """Working days after ``first`` up to and including ``last``, as rules count them."""
    return calendar.ordinals[(last - calendar.start).days] - calendar.ordinals[(first - calendar.start).days]


def days(first: date, number: int, is_workday: bool) -> Mapping[date, bool]:
    return {first + timedelta(days=n): is_workday for n in range(number)}


@pytest.mark.parametrize(
    "day, is_workday",
    [
        (date(2024, 9, 29), True),  # a Sunday worked for National Day
        (date(2024, 9, 30), True),
        (date(2024, 10, 1), False),
        (date(2024, 10, 7), False),
        (date(2024, 10, 8), True),
        (date(2024, 10, 12), True),  # a Saturday worked for National Day
        (date(2024, 10, 13), False),
        (date(2024, 2, 9), True),  # New Year's Eve, which that year's notice only encouraged to grant
        (date(2020, 1, 31), False),  # the holiday prolonged in 2020
    ],
)
def test_published_days_follow_the_yearly_notices(day: date, is_workday: bool) -> None:
    assert published()[day] is is_workday


@pytest.mark.parametrize(
    "first, last, expected",
    [
        (date(2024, 9, 30), date(2024, 10, 8), 1),
        (date(2024, 9, 27), date(2024, 9, 30), 2),
        (date(2024, 10, 8), date(2024, 10, 8), 0),
        (date(2024, 10, 8), date(2024, 9, 30), -1),
        (date(2024, 10, 11), date(2024, 10, 14), 2),
        (date(2023, 12, 31), date(2024, 12, 31), 251),
    ],
)
def test_working_days_are_counted_after_the_first_day(first: date, last: date, expected: int) -> None:
    assert count(published_calendar(), first, last) == expected


def test_the_calendar_ends_where_the_notices_end() -> None:
    calendar = published_calendar()
    assert (calendar.start.month, calendar.start.day) == (1, 1)
    assert (calendar.end.month, calendar.end.day) == (12, 31)
    assert len(calendar.ordinals) == (calendar.end - calendar.start).days + 1


def test_given_days_stand_over_the_published_ones() -> None:
    local = working_calendar({date(2024, 10, 8): False})
    assert count(local, date(2024, 9, 30), date(2024, 10, 8)) == 0
    assert count(local, date(2024, 10, 8), date(2024, 10, 9)) == 1
    assert (local.start, local.end) == (published_calendar().start, published_calendar().end)


def test_given_days_that_join_on_make_the_calendar_longer() -> None:
    end = published_calendar().end
    longer = working_calendar(days(end + timedelta(days=1), 10, True))
    assert longer.end == end + timedelta(days=10)
    assert count(longer, end, longer.end) == 10
    start = published_calendar().start
    earlier = working_calendar(days(start - timedelta(days=10), 10, False))
    assert earlier.start == start - timedelta(days=10)
    assert count(earlier, earlier.start, start) == int(published()[start])


def test_given_days_beyond_a_gap_are_left_out() -> None:
    end = published_calendar().end
    days_given = {**days(end + timedelta(days=1), 5, True), **days(end + timedelta(days=7), 5, True)}
    assert working_calendar(days_given).end == end + timedelta(days=5)


SOME_DAY = st.dates(date(2023, 1, 1), date(2025, 12, 31))


@given(SOME_DAY, SOME_DAY, SOME_DAY)
def test_counts_over_two_stretches_add_up(a: date, b: date, c: date) -> None:
    calendar = published_calendar()
    assert count(calendar, a, b) + count(calendar, b, c) == count(calendar, a, c)


@given(SOME_DAY, st.integers(0, 400))
def test_the_count_is_that_of_the_days_one_by_one(first: date, length: int) -> None:
    listed = [first + timedelta(days=n) for n in range(1, length + 1)]
    assert count(published_calendar(), first, first + timedelta(days=length)) == sum(published()[d] for d in listed)
