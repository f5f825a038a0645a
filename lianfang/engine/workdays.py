"""The working calendar a run counts with: days given as data, the published Chinese calendar where data are silent.

Source of the built-in days: the State Council's yearly holiday notices (国务院办公厅节假日安排) as published in the
package chinesecalendar. A day outside both has no answer: a rule that asks for it is not computable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import accumulate

from chinese_calendar.constants import holidays, workdays

SATURDAY = 5


@dataclass(frozen=True)
class WorkingCalendar:
    """Working days from ``start`` to ``end``: ``ordinals[k]`` counts those up to and including day k."""

    start: date
    end: date
    ordinals: tuple[int, ...]


@cache
def published() -> dict[date, bool]:
    """The published calendar, day by day, for all years that have been decreed."""
    years = {day.year for day in holidays}
    day, end = date(min(years), 1, 1), date(max(years), 12, 31)
    found = {}
    while day <= end:
        found[day] = day in workdays or (day.weekday() < SATURDAY and day not in holidays)
        day += timedelta(days=1)
    return found


@cache
def published_calendar() -> WorkingCalendar:
    return _count(published())


def working_calendar(given: Mapping[date, bool]) -> WorkingCalendar:
    """The published calendar with the ``given`` days put over it.

    Given days count only as far as they join the published ones without a gap, so that no number of
    working days is ever counted over days that nobody declared.
    """
    if not given:
        return published_calendar()
    days = published() | dict(given)
    first, last = min(published()), max(published())
    while last + timedelta(days=1) in days:
        last += timedelta(days=1)
    while first - timedelta(days=1) in days:
        first -= timedelta(days=1)
    return _count({day: is_workday for day, is_workday in days.items() if first <= day <= last})


def _count(days: Mapping[date, bool]) -> WorkingCalendar:
    ordered = sorted(days)
    return WorkingCalendar(ordered[0], ordered[-1], tuple(accumulate(int(days[day]) for day in ordered)))
