"""Reads on data sets, deliveries and batches: whom they are shown to, what stands now, what they make computable."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.db.models import Max, Prefetch, Q, QuerySet
from django.http import Http404
from django.utils import timezone

from lianfang.engine.catalogue import Indicator
from lianfang.engine.tables import Table, tables
from lianfang.engine.tables.templates import OFFICE_GROUP
from lianfang.web.detection import store
from lianfang.web.detection.catalogue import shipped
from lianfang.web.detection.models import Batch, Completeness, Dataset, Delivery
from lianfang.web.shared import clock
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.roles import Permission

# Tables with households, claims, travel or accounts of persons: kept for thirty days at most.
# Source: compliance reference section 10 (人口类比对明细用后即焚≤30日) and design section 7a.
SHORT_KEPT = frozenset(
    {
        *("population", "death_record", "custody_record", "exit_record", "vehicle_reg", "realty", "student"),
        *("relative", "personal_matter", "assist_case", "assist_member", "disaster_household", "subsidy_payment"),
        *("pension_payment", "unemp_payment", "injury_case", "social_ins", "med_claim", "med_item"),
    }
)
SHORT_KEPT_DAYS = 30


# ---- what may be delivered -------------------------------------------------------------------------------------


def deliverable() -> dict[str, Table]:
    """The canonical tables that a unit may deliver; the office's own work is never uploaded."""
    return {name: table for name, table in tables().items() if table.group != OFFICE_GROUP}


# ---- objects that an actor may see -----------------------------------------------------------------------------


def datasets_for(actor: Actor) -> QuerySet[Dataset]:
    """The data sets whose provider ``actor`` may see."""
    return Dataset.objects.filter(actor.within(Permission.DATA_READ, unit="provider")).select_related("provider")


def dataset_for(actor: Actor, number: str) -> Dataset:
    """The data set with ``number``, if ``actor`` may see it; otherwise it is not found."""
    return _only(datasets_for(actor).filter(number=number))


def deliveries_for(actor: Actor) -> QuerySet[Delivery]:
    """The deliveries of the providers for whom ``actor`` may bring data in."""
    within = actor.within(Permission.DATA_IMPORT, unit="provider")
    return Delivery.objects.filter(within).select_related("provider")


def delivery_for(actor: Actor, number: str) -> Delivery:
    return _only(deliveries_for(actor).filter(number=number))


def batches_for(actor: Actor) -> QuerySet[Batch]:
    """The batches of the data sets that ``actor`` may see."""
    within = actor.within(Permission.DATA_READ, unit="dataset__provider")
    return Batch.objects.filter(within).select_related("dataset__provider", "delivery")


def batch_for(actor: Actor, number: str) -> Batch:
    return _only(batches_for(actor).filter(number=number))


def _only(found: QuerySet[Any]) -> Any:
    one = found.first()
    if one is None:
        raise Http404
    return one


def registered(provider_id: int) -> dict[str, Dataset]:
    """The data sets that a unit delivers now, by table."""
    return {one.table: one for one in Dataset.objects.filter(provider_id=provider_id, closed_on=None)}


# ---- what stands now -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TakenTable:
    """One taken batch that stands: its table, its Parquet file, and for when its provider calls it complete."""

    table: str
    path: Path
    batch: str
    dataset: str
    provider: str
    file_name: str
    rows: int
    rejected: int
    columns: tuple[str, ...]
    empty_columns: tuple[str, ...]
    digest: str
    taken_at: datetime
    complete: tuple[tuple[date, date, str], ...]


def current_tables() -> list[TakenTable]:
    """Every batch that stands, by table, older before newer; several providers may deliver the same table."""
    open_sets = Dataset.objects.filter(closed_on=None)
    taken = (
        Batch.objects.filter(state=Batch.State.TAKEN, dataset__in=open_sets)
        .select_related("dataset__provider", "delivery")
        .prefetch_related(_declared("dataset__completeness"))
        .order_by("dataset_id", "-taken_at", "-pk")
    )
    standing = [_taken_table(batch) for batch in _standing(taken)]
    return sorted(standing, key=lambda one: (one.table, one.taken_at, one.batch))


def _declared(lookup: str) -> Prefetch[Any]:
    return Prefetch(lookup, Completeness.objects.filter(revoked_at=None))


def _standing(newest_first: Iterable[Batch]) -> Iterable[Batch]:
    """Of each data set the newest whole batch and what was added to it since."""
    whole: set[int] = set()
    for batch in newest_first:
        if batch.dataset_id not in whole:
            yield batch
            if not batch.adds:
                whole.add(batch.dataset_id)


def _taken_table(batch: Batch) -> TakenTable:
    dataset = batch.dataset
    return TakenTable(
        table=dataset.table,
        path=store.batch(batch.number) / f"{dataset.table}.parquet",
        batch=batch.number,
        dataset=dataset.number,
        provider=dataset.provider.name,
        file_name=batch.delivery.file_name,
        rows=batch.rows,
        rejected=batch.rejected,
        columns=tuple(batch.columns),
        empty_columns=tuple(batch.empty_columns),
        digest=batch.digest,
        taken_at=batch.taken_at,
        complete=tuple((c.from_on, c.until_on, c.declared_by) for c in dataset.completeness.all()),
    )


# ---- what the data make computable -----------------------------------------------------------------------------

Filled = Mapping[str, Collection[str]]  # table → its columns that hold something


@cache
def supports() -> dict[str, tuple[str, ...]]:
    """Table → codes of the indicators that look at it."""
    found: dict[str, list[str]] = {}
    for code in shipped().indicators:
        for table in _reads(code):
            found.setdefault(table, []).append(code)
    return {table: tuple(sorted(codes)) for table, codes in found.items()}


@cache
def _reads(code: str) -> dict[str, set[str]]:
    return shipped().indicators[code].reads()


def filled(standing: Iterable[TakenTable]) -> dict[str, set[str]]:
    """The tables that stand and which of their columns hold something, with those that the office itself gives."""
    found = {name: set(columns) for name, columns in OFFICE_COLUMNS.items()}
    for one in standing:
        found.setdefault(one.table, set()).update(set(one.columns) - (set(one.empty_columns) if one.rows else set()))
    return found


# What the office's own registers give of the tables of which it is master; the snapshot is made in ``assembly``.
OFFICE_COLUMNS = {
    "unit": ("unit_id", "name", "unit_type", "admin_level", "region_code", "parent_unit_id", "status"),
    "post": ("post_id", "unit_id", "name", "post_class", "risk_level"),
    "person": ("person_id", "name", "unit_id", "post_id", "is_leader", "is_top_leader", "status", "managed_by"),
    "post_history": ("person_id", "unit_id", "post_id", "is_leader", "since_date", "until_date"),
}


def computable(have: Filled) -> set[str]:
    """The codes of the indicators for which every needed table and column is there."""
    return {code for code, indicator in shipped().indicators.items() if _is_computable(indicator, have)}


def _is_computable(indicator: Indicator, have: Filled) -> bool:
    return all(
        set(columns) <= set(have.get(table, ())) and table in have
        for table, columns in indicator.needs.items()
        if columns or table not in indicator.card.optional
    ) and all(any(column in have.get(table, ()) for table, column in group) for group in indicator.needs_one_of)


# ---- the list of data sets -------------------------------------------------------------------------------------

# How many days may pass between batches before the data are late, by the table's own rhythm.
RHYTHM = {"实时": 2, "日": 2, "月": 35, "季": 100, "学期": 200, "年": 400}  # data
_LATE_AFTER = re.compile("|".join(RHYTHM))


@dataclass(frozen=True)
class Row:
    """One data set as the list shows it."""

    dataset: Dataset
    table: Table
    standing: list[Batch]
    batches: list[Batch]
    freshness: str  # on_time, late, missing
    days_late: int
    supports: tuple[str, ...]

    @property
    def newest(self) -> Batch | None:
        return self.standing[0] if self.standing else None

    @property
    def rows(self) -> int:
        return sum(batch.rows for batch in self.standing)

    @property
    def rejected(self) -> int:
        return sum(batch.rejected for batch in self.standing)


def with_batches(datasets: QuerySet[Dataset]) -> QuerySet[Dataset]:
    """The data sets with their batches, in one more query however many they are."""
    batches = Batch.objects.exclude(state=Batch.State.CHECKED).select_related("delivery").order_by("-taken_at", "-pk")
    return datasets.select_related("provider").prefetch_related(Prefetch("batches", batches))


def totals(datasets: QuerySet[Dataset]) -> dict[str, Any]:
    """How many data sets are on time, late and missing, and the newest day of all."""
    taken = Max("batches__taken_at", filter=Q(batches__state=Batch.State.TAKEN))
    found = list(datasets.order_by().annotate(newest=taken).values_list("table", "newest"))
    states = [_freshness(tables()[table], newest)[0] for table, newest in found]
    newest = max((newest for _, newest in found if newest), default=None)
    return {
        "all": len(found),
        "newest": newest,
        **{name: states.count(name) for name in ("on_time", "late", "missing")},
    }


def usual_days(table: Table) -> int:
    """For how many days rows are usually kept: as short as the law asks, else three years."""
    return SHORT_KEPT_DAYS if table.name in SHORT_KEPT else 1095


def needed_columns(table: Table) -> list[str]:
    """The columns that the catalogue's indicators look at, and those without which there is no row: no more is asked
    for than what serves the purpose."""
    read = {column for code in supports().get(table.name, ()) for column in _reads(code).get(table.name, ())}
    read |= {*table.key, *table.known_at}
    return [c.name for c in table.columns.values() if c.required or c.name in read]


def stands_after(batch: Batch) -> Batch | None:
    """The batch that stands again once ``batch`` is withdrawn, or None."""
    others = Batch.objects.filter(dataset=batch.dataset, state=Batch.State.TAKEN).exclude(pk=batch.pk)
    return others.select_related("delivery").order_by("-taken_at", "-pk").first()


def row(dataset: Dataset) -> Row:
    """One data set with its batches, the newest first."""
    batches = [b for b in dataset.batches.all() if b.state not in (Batch.State.CHECKED, Batch.State.DISCARDED)]
    batches.sort(key=lambda b: (b.taken_at, b.pk), reverse=True)
    standing = list(_standing(b for b in batches if b.state == Batch.State.TAKEN))
    table = tables()[dataset.table]
    freshness, late = _freshness(table, standing[0].taken_at if standing else None)
    return Row(dataset, table, standing, batches, freshness, late, supports().get(dataset.table, ()))


def _freshness(table: Table, newest: datetime | None) -> tuple[str, int]:
    """Whether the newest batch is recent enough for the table's rhythm; tables that change now and then never age."""
    if newest is None:
        return "missing", 0
    found = _LATE_AFTER.search(table.refresh)
    if found is None:
        return "on_time", 0
    due = timezone.localdate(newest) + timedelta(days=RHYTHM[found[0]])
    late = (clock.today() - due).days
    return ("late", late) if late > 0 else ("on_time", 0)
