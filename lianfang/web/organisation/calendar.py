"""Terms and deadlines by the working calendar: the first day does not count, the last one counts whole.

Source: how terms are counted in the domain's workflow (起算日不计，届满日含当日；届满日为非工作日时顺延到下一工作日).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from lianfang.web.organisation.models import Day
from lianfang.web.shared.refused import Refused

_TERM = re.compile(r"(\d+)(wd|cd|h)")
OFFICE_OPENS, OFFICE_CLOSES = time(8, 30), time(17, 30)


@dataclass(frozen=True)
class Term:
    """A length of time as the workflow writes it: 5wd working days, 30cd calendar days, 4h hours on duty."""

    count: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> Term:
        found = _TERM.fullmatch(text)
        if not found:
            raise ValueError(f"a term is written 5wd, 30cd or 4h, not {text!r}")
        return cls(int(found[1]), found[2])

    def __str__(self) -> str:
        names = {"wd": _("%(n)d个工作日"), "cd": _("%(n)d日"), "h": _("%(n)d小时")}
        return names[self.unit] % {"n": self.count}


@dataclass(frozen=True)
class Deadline:
    """The last moment of a term. ``is_provisional`` when a day it was counted over is not yet decreed."""

    at: datetime
    is_provisional: bool

    @property
    def on(self) -> date:
        return timezone.localdate(self.at)


def deadline(start: datetime | date, term: Term) -> Deadline:
    """When ``term`` ends that began at ``start``."""
    if term.unit == "h":
        return _after_hours(start if isinstance(start, datetime) else _moment(start, OFFICE_OPENS), term.count)
    first = timezone.localdate(start) if isinstance(start, datetime) else start
    last = add_workdays(first, term.count) if term.unit == "wd" else _rolled(first + timedelta(days=term.count))
    return Deadline(_moment(last, time(23, 59, 59)), _provisional(first, last))


def add_workdays(day: date, count: int) -> date:
    """The ``count``-th working day after ``day``; ``day`` itself for 0."""
    if count == 0:
        return day
    days = Day.objects.filter(day__gt=day, is_workday=True).order_by("day").values_list("day", flat=True)
    found = list(days[count - 1 : count])
    if not found:
        raise _beyond(day)
    return found[0]


def workdays_between(start: date, end: date) -> int:
    """Working days after ``start`` up to and with ``end``; negative when reversed."""
    if end < start:
        return -workdays_between(end, start)
    _known(end)
    return Day.objects.filter(day__gt=start, day__lte=end, is_workday=True).count()


def days_between(start: date, end: date) -> list[Day]:
    """The calendar's rows after ``start`` up to and with ``end``: what the clock shows as pips and gaps."""
    return list(Day.objects.filter(day__gt=start, day__lte=end))


def is_workday(day: date) -> bool:
    return _known(day).is_workday


def _known(day: date) -> Day:
    found = Day.objects.filter(day=day).first()
    if found is None:
        raise _beyond(day)
    return found


def _beyond(day: date) -> Refused:
    return Refused(_("工作日历没有载入到所需的日期（%(day)s以后）。请系统管理员先载入该年度日历。") % {"day": day})


def _rolled(day: date) -> date:
    """``day``, or the next working day when it is none."""
    return day if is_workday(day) else add_workdays(day, 1)


def _moment(day: date, at: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, at))


def _provisional(first: date, last: date) -> bool:
    return Day.objects.filter(day__gt=first, day__lte=last, is_provisional=True).exists()


def _after_hours(start: datetime, hours: int) -> Deadline:
    """``hours`` of duty after ``start``: what is left when the office closes goes on the next working day."""
    local = timezone.localtime(start)
    day, clock = local.date(), local.time()
    left = timedelta(hours=hours)
    if not is_workday(day) or clock >= OFFICE_CLOSES:
        day, clock = add_workdays(day, 1), OFFICE_OPENS
    begin = _moment(day, max(clock, OFFICE_OPENS))
    while begin + left > (closes := _moment(day, OFFICE_CLOSES)):
        left -= closes - begin
        day = add_workdays(day, 1)
        begin = _moment(day, OFFICE_OPENS)
    return Deadline(begin + left, _provisional(local.date() - timedelta(days=1), day))
