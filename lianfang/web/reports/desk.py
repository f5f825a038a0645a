"""The desk: everything that waits for one person, grouped by its day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lianfang.web.reports.queries import Workdays
from lianfang.web.shared import clock, desk
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.desk import Item

GROUPS = {"overdue": _("逾期"), "today": _("今天"), "week": _("本周"), "later": _("以后")}


@dataclass(frozen=True)
class Row:
    """One item with the working days that are left for it."""

    item: Item
    left: int | None


@dataclass(frozen=True)
class Desk:
    """What waits for the reader, by group; what waits for others; and how many things each day of the week has."""

    groups: list[tuple[str, str | Promise, list[Row]]]
    others: list[Row]
    week: list[tuple[date, int]]
    counts: dict[str, int]

    @property
    def next_due(self) -> date | None:
        rows = [row.item.due_at for _name, _title, group in self.groups for row in group if row.item.due_at]
        return timezone.localdate(min(rows)) if rows else None


def desk_of(actor: Actor, shown: str = "") -> Desk:
    """The desk of ``actor``; ``shown`` narrows it to one group."""
    items = desk.items_for(actor)
    days = Workdays.over(item.due_at for item in items)
    mine = [Row(item, days.left(item.due_at)) for item in items if not item.waits_for]
    others = [Row(item, days.left(item.due_at)) for item in items if item.waits_for]
    grouped: dict[str, list[Row]] = {name: [] for name in GROUPS}
    for row in mine:
        grouped[_group(row.item)].append(row)
    chosen = [name for name in GROUPS if shown in ("", name)] if shown in GROUPS or not shown else list(GROUPS)
    return Desk(
        groups=[(name, GROUPS[name], grouped[name]) for name in chosen if grouped[name]],
        others=others,
        week=_week(mine),
        counts={"all": len(mine), "others": len(others), **{name: len(rows) for name, rows in grouped.items()}},
    )


def _group(item: Item) -> str:
    if item.due_at is None:
        return "later"
    if item.due_at < clock.now():
        return "overdue"
    due, today = timezone.localdate(item.due_at), clock.today()
    if due == today:
        return "today"
    return "week" if due <= _sunday(today) else "later"


def _sunday(day: date) -> date:
    return day + timedelta(days=6 - day.weekday())


def _week(rows: list[Row]) -> list[tuple[date, int]]:
    """Monday to Friday of this week, and how many of the reader's things are due on each."""
    today = clock.today()
    monday = today - timedelta(days=today.weekday())
    due = [timezone.localdate(row.item.due_at) for row in rows if row.item.due_at]
    return [(day, due.count(day)) for day in (monday + timedelta(days=n) for n in range(5))]
