"""Reads on runs: the list, one run with what it could and could not compute, and what the office does not see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from lianfang.engine.tables import tables
from lianfang.web.detection import catalogue
from lianfang.web.detection.models import Dataset, Run, RunIndicator
from lianfang.web.detection.queries import data
from lianfang.web.detection.queries.findings import findings_for, of_the_unit
from lianfang.web.organisation.models import Unit
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.roles import Permission


def runs_for(actor: Actor) -> QuerySet[Run]:
    """The runs that ``actor`` may see: a run concerns the whole level, so there is no part of one."""
    if actor.reach(Permission.RUN_READ) != "city":
        return Run.objects.none()
    return Run.objects.select_related("previous")


def run_for(actor: Actor, number: int) -> Run:
    """The run with ``number``, if ``actor`` may see it; otherwise it is not found."""
    found = runs_for(actor).filter(number=number).first()
    if found is None:
        raise Http404
    return found


def latest_run() -> Run | None:
    """The last run that ended."""
    return Run.objects.filter(state=Run.State.ENDED).order_by("-number").first()


def active_runs() -> list[Run]:
    """The runs that wait or go on."""
    return list(Run.objects.filter(state__in=(Run.State.QUEUED, Run.State.RUNNING)).order_by("number"))


def taken_tables() -> list[tuple[str, int]]:
    """The tables that a run started now would open, with their rows."""
    rows: dict[str, int] = {}
    for one in data.current_tables():
        rows[one.table] = rows.get(one.table, 0) + one.rows
    return [(catalogue.table_title(table), n) for table, n in rows.items()]


# ---- one run -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lack:
    """A table or column that an indicator waits for, and who should deliver it."""

    table: str
    column: str
    why: str
    providers: tuple[str, ...]

    @property
    def said(self) -> str:
        name = catalogue.table_title(self.table)
        if self.table == "calendar" and not self.column:
            return _("工作日历没有所需的日期")
        if not self.column:
            return (_("表%(table)s退回行过多") if self.why == "unusable" else _("缺表%(table)s")) % {"table": name}
        place = {"table": name, "column": catalogue.column_title(self.table, self.column)}
        return (_("%(table)s·%(column)s整列为空") if self.why == "empty" else _("缺列%(table)s·%(column)s")) % place

    @property
    def who(self) -> str:
        """The providers who registered the table, else where it is usually kept."""
        if self.providers:
            return "、".join(self.providers)
        return tables()[self.table].source if self.table in tables() else ""


@dataclass(frozen=True)
class Line:
    """One indicator of a run as the page lists it."""

    row: RunIndicator
    title: str
    lacks: list[Lack]
    was: RunIndicator | None = None

    @property
    def share(self) -> float | None:
        """The share of its population on which it fired, in per cent."""
        return 100 * self.row.findings / self.row.population if self.row.population else None


def lines_of(run: Run, beside: Run | None = None) -> list[Line]:
    """The indicators of a run: those with most new findings first, then by findings, the rest by code."""
    providers = _providers()
    before = {one.code: one for one in beside.indicators.all()} if beside else {}
    found = [
        Line(row, _title(row.code), [_lack(one, providers) for one in row.lacks], before.get(row.code))
        for row in run.indicators.all()
    ]
    return sorted(found, key=lambda line: (-line.row.new, -line.row.findings, line.row.code))


def _title(code: str) -> str:
    known = catalogue.shipped().indicators.get(code)
    return catalogue.said(known.card.name) if known else code


def _providers() -> dict[str, tuple[str, ...]]:
    """Table → the units that registered it."""
    found: dict[str, list[str]] = {}
    for table, name in (
        data.Dataset.objects.filter(closed_on=None).values_list("table", "provider__name").order_by("provider__path")
    ):
        found.setdefault(table, []).append(name)
    return {table: tuple(names) for table, names in found.items()}


def _lack(given: Mapping[str, Any], providers: Mapping[str, tuple[str, ...]]) -> Lack:
    return Lack(given["table"], given["column"], given["why"], providers.get(given["table"], ()))


def earlier_runs(run: Run) -> list[Run]:
    """The ended runs with which a run may be compared."""
    return list(Run.objects.filter(state=Run.State.ENDED, number__lt=run.number).order_by("-number")[:20])


def status_counts(run: Run) -> Counter[str]:
    """How many indicators the run computed, could not compute, and so on."""
    return Counter(run.indicators.values_list("status", flat=True))


# ---- what the office does not see ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Waiting:
    """What is missing, and the indicators that wait for it."""

    lack: Lack
    codes: list[tuple[str, str]]


@dataclass(frozen=True)
class Coverage:
    """What is not seen: zero findings of what is not looked at says neither yes nor no."""

    run: Run | None
    units: int
    without_data: list[Unit]
    late: list[data.Row]
    missing: list[data.Row]
    datasets: int
    indicators: int
    not_computable: int
    failed: list[tuple[str, str]]
    waiting: list[Waiting]

    @property
    def with_data(self) -> int:
        return self.units - len(self.without_data)

    @property
    def behind(self) -> int:
        """How many data sets are late or missing."""
        return len(self.late) + len(self.missing)


def coverage(actor: Actor) -> Coverage:
    """Units without data, data sets missing or late, and indicators that could not be computed, within reach."""
    run = latest_run()
    delivered = Dataset.objects.filter(actor.within(_sees(actor), unit="provider"), closed_on=None)
    listed = [data.row(one) for one in data.with_batches(delivered)]
    units = list(_looked_at(actor))
    seen = set(run.units) if run else set()
    lines = lines_of(run) if run else []
    lacking = [line for line in lines if line.row.status == RunIndicator.Status.NOT_COMPUTABLE]
    return Coverage(
        run=run,
        units=len(units),
        without_data=[unit for unit in units if unit.code not in seen],
        late=[row for row in listed if row.freshness == "late"],
        missing=[row for row in listed if row.freshness == "missing"],
        datasets=len(listed),
        indicators=len(lines),
        not_computable=len(lacking),
        failed=[(line.row.code, line.title) for line in lines if line.row.status == RunIndicator.Status.FAILED],
        waiting=_waiting(lacking),
    )


def _looked_at(actor: Actor) -> QuerySet[Unit]:
    """The units that ought to have data: bodies that act, not the places that stand above them."""
    acting = Unit.objects.filter(closed_on=None).exclude(kind__in=[Unit.Kind.CITY, Unit.Kind.DISTRICT])
    return acting.filter(actor.within(_sees(actor), unit="")).order_by("path")


def _sees(actor: Actor) -> Permission:
    """By which permission this actor sees what is not seen: a leader sees it as widely as the dashboard."""
    return Permission.FINDING_READ if actor.may(Permission.FINDING_READ) else Permission.DASHBOARD_READ


def _waiting(lacking: list[Line]) -> list[Waiting]:
    """By what is missing, the most waited for first."""
    found: dict[tuple[str, str], Waiting] = {}
    for line in lacking:
        for lack in line.lacks:
            one = found.setdefault((lack.table, lack.column), Waiting(lack, []))
            one.codes.append((line.row.code, line.title))
    return sorted(found.values(), key=lambda one: (-len(one.codes), one.lack.table, one.lack.column))


def unit_panel(unit: Unit, actor: Actor) -> dict[str, Any]:
    """What stands on a unit's page: its findings, or that nothing was looked at and so nothing is said."""
    run = latest_run()
    return {
        "run": run,
        "covered": run is not None and unit.code in run.units,
        "counts": of_the_unit(findings_for(actor).filter(withdrawn_on=None), unit),
    }
