"""Numbers of the dashboard and the wall, each with the rows that stand behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, Count, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, NullIf
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from lianfang.web.alerts import queries as alerts
from lianfang.web.alerts.models import Alert
from lianfang.web.organisation.models import Day, Unit
from lianfang.web.reports import figures, tiles
from lianfang.web.reports.periods import Period
from lianfang.web.shared import clock
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.roles import Permission
from lianfang.web.shared.templatetags.lianfang import number

Word = str | Promise
COLOURS = ("yellow", "orange", "red")
SAFETIES = ("projects", "funds", "powers", "cadres")
# The stages of an open alert, in the order in which it passes them.
STAGES: dict[str, tuple[Word, tuple[str, ...]]] = {
    "checking": (_("核验"), ("verifying",)),
    "deciding": (_("定级呈批"), ("graded", "pending")),
    "delivery": (_("送达签收"), ("approved", "issued")),
    "rectifying": (_("整改"), ("rectifying",)),
    "acceptance": (_("回告验收"), ("replied", "accepting")),
}
OPEN = tuple(state for _title, states in STAGES.values() for state in states)
ISSUED_OPEN = ("issued", "rectifying", "replied", "accepting")
WEEKS = 12


# ---- which alerts a number counts --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """What a number counts: a set of alerts and what narrows it. The same words stand in its address."""

    of: str = "open"
    colour: str = ""
    safety: str = ""
    stage: str = ""
    unit: str = ""
    under: str = ""  # a unit with all below it
    period: str = ""
    place: str = ""  # elsewhere: in no township

    @property
    def url(self) -> str:
        given = {name: value for name, value in vars(self).items() if value}
        return f"{reverse('dashboard_rows')}?{urlencode(given)}"


SETS: dict[str, Word] = {
    "open": _("在办预警"),
    "overdue": _("逾期预警"),
    "opened": _("本周新增预警"),
    "released": _("本周解除预警"),
    "issued_in": _("期内发出的预警"),
    "released_in": _("期内解除的预警"),
    "issued": _("已发出、在办的预警"),
}


def counted_for(actor: Actor, unit: Unit | None = None) -> QuerySet[Alert]:
    """The alerts that this reader's numbers count: those the reader may open.

    Who may see the numbers and not the alerts (an analyst) has the same numbers without their rows.
    """
    if actor.may(Permission.ALERT_READ):
        found = alerts.alerts_for(actor)
    else:
        found = Alert.objects.filter(actor.within(Permission.DASHBOARD_READ))
    return found.filter(unit__path__startswith=unit.path) if unit else found


def with_colour(found: QuerySet[Alert]) -> QuerySet[Alert]:
    """Each alert with the colour it shows: the approved one, before that the proposed one."""
    return found.annotate(shade=Coalesce(NullIf("colour", Value("")), "proposed_colour"))


def week_begins() -> datetime:
    monday = clock.today() - timedelta(days=clock.today().weekday())
    return timezone.make_aware(datetime.combine(monday, time()))


def rows_of(found: QuerySet[Alert], wanted: Wanted) -> QuerySet[Alert]:
    """The alerts of ``found`` that ``wanted`` counts."""
    period = Period.parse(wanted.period)
    if wanted.of in ("issued_in", "released_in") and period:
        within = figures.was_issued if wanted.of == "issued_in" else figures.was_released
        found = figures.counted(found).filter(within(period))
    else:
        found = found.filter(_set(wanted.of))
    if wanted.place == "elsewhere":
        towns = Unit.objects.filter(kind=Unit.Kind.TOWNSHIP, closed_on=None)
        found = found.exclude(_in_any(towns))
    if wanted.stage in STAGES:
        found = found.filter(state__in=STAGES[wanted.stage][1])
    if wanted.colour:
        found = with_colour(found).filter(shade="" if wanted.colour == "none" else wanted.colour)
    if wanted.safety:
        found = found.filter(safety="" if wanted.safety == "none" else wanted.safety)
    if wanted.unit:
        found = found.filter(unit__code=wanted.unit)
    if wanted.under:
        path = Unit.objects.filter(code=wanted.under).values_list("path", flat=True).first()
        found = found.filter(unit__path__startswith=path or "none")
    return found


def _set(name: str) -> Q:
    if name == "overdue":
        return is_overdue()
    if name == "opened":
        return Q(opened_at__gte=week_begins())
    if name == "released":
        return Q(released_at__gte=week_begins())
    return Q(state__in=ISSUED_OPEN if name == "issued" else OPEN)


def is_overdue() -> Q:
    return Q(state__in=OPEN, due_at__lt=clock.now())


def _in_any(units: Iterable[Unit]) -> Q:
    found = Q(pk__in=())
    for unit in units:
        found |= Q(unit__path__startswith=unit.path)
    return found


def townships(actor: Actor, scope: Unit | None = None) -> list[Unit]:
    """The townships within the reader's reach, and within ``scope``."""
    reached = actor.within(Permission.DASHBOARD_READ, unit="")
    found = Unit.objects.filter(reached, kind=Unit.Kind.TOWNSHIP, closed_on=None)
    return list(found.filter(path__startswith=scope.path) if scope else found)


# ---- the dashboard -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Number:
    """A number and the address of its rows; no address for who may not open them."""

    count: int
    url: str = ""

    def __str__(self) -> str:
        """As a page shows it: a link to its rows, if there are any."""
        if self.url and self.count:
            return format_html('<a href="{}">{}</a>', self.url, number(self.count))
        return format_html("<b>{}</b>", number(self.count))


@dataclass
class Tally:
    """Open alerts by colour, with those overdue."""

    colours: Counter[str] = field(default_factory=Counter)
    overdue: int = 0

    @property
    def total(self) -> int:
        return self.colours.total()


@dataclass(frozen=True)
class SafetyCard:
    name: str
    figure: Number
    colours: Mapping[str, Number]
    overdue: Number
    points: Sequence[int]
    change: int


@dataclass(frozen=True)
class StageRow:
    name: Word
    counts: Mapping[str, int]
    total: int
    url: str
    uncoloured: int


@dataclass(frozen=True)
class Overview:
    """Everything the dashboard shows of alerts, counted in few queries."""

    total: Number
    colours: Mapping[str, Number]
    uncoloured: Number
    overdue: Number
    opened: Number
    released: Number
    safeties: Sequence[SafetyCard]
    other_safety: Number
    stages: Sequence[StageRow]
    tiles: Sequence[tiles.Tile]
    elsewhere: Number

    @property
    def longest(self) -> int:
        return max((row.total for row in self.stages), default=0)


class _Links:
    """Makes numbers of one reader's dashboard: with addresses where the reader may open alerts."""

    def __init__(self, actor: Actor, scope: Unit | None) -> None:
        self.opens = actor.may(Permission.ALERT_READ)
        self.under = scope.code if scope else ""

    def __call__(self, count: int, **wanted: str) -> Number:
        return Number(count, Wanted(**{"under": self.under, **wanted}).url if self.opens else "")


def overview(actor: Actor, found: QuerySet[Alert], towns: list[Unit], scope: Unit | None = None) -> Overview:
    """The dashboard of ``actor`` over ``scope`` and all below it: ``found`` and the townships there."""
    link = _Links(actor, scope)
    groups = _grouped(found)
    whole = _tally(groups)
    lines = weekly(found)
    board, elsewhere = _board(found, towns, link)
    none_of_four = [row for row in groups if row["safety"] not in SAFETIES]
    return Overview(
        total=link(whole.total),
        colours={colour: link(whole.colours[colour], colour=colour) for colour in COLOURS},
        uncoloured=link(whole.colours[""], colour="none"),
        overdue=link(whole.overdue, of="overdue"),
        opened=link(lines.opened, of="opened"),
        released=link(lines.released, of="released"),
        safeties=[_card(name, groups, lines.points[name], link) for name in SAFETIES],
        other_safety=link(_tally(none_of_four).total, safety="none"),
        stages=[_stage(name, groups, link) for name in STAGES],
        tiles=board,
        elsewhere=elsewhere,
    )


def _grouped(found: QuerySet[Alert]) -> list[dict[str, Any]]:
    """Open alerts by state, colour, safety and lateness: one query for most of the page."""
    late = Case(When(is_overdue(), then=Value(True)), default=Value(False))
    rows = with_colour(found.filter(state__in=OPEN)).annotate(late=late).order_by()
    return list(rows.values("state", "shade", "safety", "late").annotate(n=Count("pk", distinct=True)))


def _tally(groups: Iterable[Mapping[str, Any]]) -> Tally:
    tally = Tally()
    for row in groups:
        tally.colours[row["shade"]] += row["n"]
        tally.overdue += row["n"] if row["late"] else 0
    return tally


def _card(name: str, groups: Iterable[Mapping[str, Any]], points: Sequence[int], link: _Links) -> SafetyCard:
    tally = _tally(row for row in groups if row["safety"] == name)
    return SafetyCard(
        name=name,
        figure=link(tally.total, safety=name),
        colours={colour: link(tally.colours[colour], safety=name, colour=colour) for colour in COLOURS},
        overdue=link(tally.overdue, of="overdue", safety=name),
        points=points,
        change=tally.total - points[-2],
    )


def _stage(name: str, groups: Iterable[Mapping[str, Any]], link: _Links) -> StageRow:
    title, states = STAGES[name]
    tally = _tally(row for row in groups if row["state"] in states)
    return StageRow(
        name=title,
        counts={colour: tally.colours[colour] for colour in COLOURS},
        total=tally.total,
        url=link(tally.total, stage=name).url,
        uncoloured=tally.colours[""],
    )


@dataclass(frozen=True)
class Weeks:
    """Safety → how many were open at the end of each of the last weeks, and now; and what came and went this week."""

    points: Mapping[str, list[int]]
    opened: int
    released: int


def weekly(found: QuerySet[Alert]) -> Weeks:
    """The last weeks, counted from the alerts' own dates in one query."""
    moments = [week_begins() - timedelta(weeks=back) for back in range(WEEKS - 2, -1, -1)]
    ended = found.annotate(end=Coalesce("released_at", "closed_at"))
    since = ended.filter(Q(end__isnull=True) | Q(end__gt=moments[0])).order_by()
    # the last point is counted by state, as everything else on the page
    at = {f"at_{n}": _open_at(moment) for n, moment in enumerate(moments)} | {"at_now": Q(state__in=OPEN)}
    wanted = {**at, "opened": _set("opened"), "released": _set("released")}
    counted = {name: Count("pk", filter=condition, distinct=True) for name, condition in wanted.items()}
    rows = {row["safety"]: row for row in since.values("safety").annotate(**counted)}
    return Weeks(
        points={name: [rows[name][key] if name in rows else 0 for key in at] for name in SAFETIES},
        opened=sum(row["opened"] for row in rows.values()),
        released=sum(row["released"] for row in rows.values()),
    )


def _open_at(moment: datetime) -> Q:
    return Q(opened_at__lte=moment) & (Q(end__isnull=True) | Q(end__gt=moment))


def _board(
    found: QuerySet[Alert], units: list[Unit], link: _Links, of: str = "open"
) -> tuple[list[tiles.Tile], Number]:
    """The townships with what is open in each and all below it, and how much is open elsewhere."""
    rows = with_colour(found.filter(_set(of))).order_by().values_list("unit__path", "shade")
    counts: Counter[str] = Counter()
    red: set[str] = set()
    elsewhere = 0
    for path, shade, n in rows.annotate(n=Count("pk", distinct=True)):
        town = next((unit for unit in units if path.startswith(unit.path)), None)
        if town is None:
            elsewhere += n
            continue
        counts[town.code] += n
        if shade == "red":
            red.add(town.code)
    board = [
        replace(tile, url=link(tile.count, of=of, under=tile.code).url) for tile in tiles.board(units, counts, red)
    ]
    return board, link(elsewhere, of=of, place="elsewhere")


def longest_overdue(actor: Actor, found: QuerySet[Alert], count: int = 5) -> list[dict[str, Any]]:
    """The alerts of ``found`` that are overdue longest, with how many working days."""
    if not actor.may(Permission.ALERT_READ):
        return []
    rows = list(found.filter(is_overdue()).select_related("unit").order_by("due_at", "pk")[:count])
    days = Workdays.over([row.due_at for row in rows])
    return [{"alert": row, "left": days.left(row.due_at)} for row in rows]


@dataclass(frozen=True)
class Workdays:
    """The working days between today and a few moments, read at once."""

    days: frozenset[date]

    @classmethod
    def over(cls, moments: Iterable[datetime | None]) -> Workdays:
        on = [timezone.localdate(moment) for moment in moments if moment] + [clock.today()]
        found = Day.objects.filter(day__gte=min(on), day__lte=max(on), is_workday=True)
        return cls(frozenset(found.values_list("day", flat=True)) if len(on) > 1 else frozenset())

    def left(self, moment: datetime | None) -> int | None:
        """Working days until ``moment``; 0 today, negative when it has passed."""
        if moment is None:
            return None
        today, due = clock.today(), timezone.localdate(moment)
        if due >= today:
            return sum(today < day <= due for day in self.days)
        # due on a day that is over: overdue by one at least, also before the next working day has come
        return -max(1, sum(due < day <= today for day in self.days))


def period_table(
    rows: Mapping[str, figures.Row], actor: Actor, period: Period, scope: Unit | None
) -> list[dict[str, Any]]:
    """Issued, released and answered in ``period``: every number that has rows leads to them."""
    link = _Links(actor, scope)
    opens = {"issued": "issued_in", "released": "released_in"}
    return [
        {
            "name": figures.MEASURES[name],
            "cells": [
                link(row[key], of=opens[name], period=period.key, colour="" if key == "total" else key)
                if name in opens
                else Number(row[key])
                for key in ("total", *COLOURS)
            ],
        }
        for name, row in rows.items()
    ]


# ---- the wall ----------------------------------------------------------------------------------------------------


def wall(actor: Actor, found: QuerySet[Alert]) -> dict[str, Any]:
    """Figures of what has been issued and nothing else: no name, no title, nothing under checking."""
    issued = found.filter(state__in=ISSUED_OPEN)
    groups = list(
        issued.order_by()
        .annotate(late=Case(When(is_overdue(), then=Value(True)), default=Value(False)), shade=F("colour"))
        .values("state", "shade", "safety", "late")
        .annotate(n=Count("pk", distinct=True))
    )
    whole = _tally(groups)
    return {
        "total": whole.total,
        "overdue": whole.overdue,
        "colours": {colour: whole.colours[colour] for colour in COLOURS},
        "safeties": {name: _tally(row for row in groups if row["safety"] == name) for name in SAFETIES},
        "states": {name: _tally(row for row in groups if row["state"] == name) for name in ISSUED_OPEN},
        "board": _board(issued, townships(actor), _Links(actor, None), "issued"),
        **_since_yesterday(found),
    }


def _since_yesterday(found: QuerySet[Alert]) -> dict[str, Any]:
    today = timezone.make_aware(datetime.combine(clock.today(), time()))
    yesterday, quarter = today - timedelta(days=1), Period.of(clock.today(), 3)
    rows = found.filter(issued_at__isnull=False).aggregate(
        **{f"new_{colour}": _count(issued_at__gte=yesterday, colour=colour) for colour in COLOURS},
        released=_count(released_at__gte=yesterday),
        escalated=_count(issued_at__gte=yesterday, parent__isnull=False),
        released_quarter=_count(released_at__gte=quarter.begins),
        looked_back=_count(state__in=["released", "lookback"]),
    )
    return {
        "new": {colour: rows[f"new_{colour}"] for colour in COLOURS},
        "released": rows["released"],
        "escalated": rows["escalated"],
        "released_quarter": rows["released_quarter"],
        "looked_back": rows["looked_back"],
    }


def _count(**condition: Any) -> Count:
    return Count("pk", filter=Q(**condition), distinct=True)
