"""A run: indicators × tables × as-of day → run folder."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import sqlglot

import lianfang
from lianfang.engine.above import LEVELS as OFFICIAL_LEVELS
from lianfang.engine.above import protect
from lianfang.engine.asof import as_of_view, empty_view
from lianfang.engine.backends import Backend, DuckDB, NotCountable, RuleStopped, Spark
from lianfang.engine.catalogue import COLOURS, Catalogue, Indicator, load
from lianfang.engine.dataset import Dataset
from lianfang.engine.derived import derived
from lianfang.engine.disclosure import Level
from lianfang.engine.duck import open_duckdb
from lianfang.engine.fault import Fault, say
from lianfang.engine.findings import BrokenContract, Findings
from lianfang.engine.run_folder import check_place, compare, write
from lianfang.engine.signing import read_private_key
from lianfang.engine.sql import Bindings, Calendar
from lianfang.engine.tables import tables
from lianfang.engine.workdays import WorkingCalendar, working_calendar

Parameters = Mapping[str, Mapping[str, Any]]
Progress = Callable[[str, int, int], None]
HANDS = 1  # work while the next rule is being written; a second one is a little quicker and takes a tenth more memory
OVER_FIRING_SHARE = 0.2  # an indicator that fires on more of its population than this says little
OVER_FIRING_POPULATION = 30  # … and a share of fewer subjects says nothing


@dataclass
class Outcome:
    """What became of one indicator: computed, not_applicable, not_computable or failed."""

    code: str
    status: str
    missing: list[str] = field(default_factory=list)
    findings: int = 0
    colours: dict[str, int] = field(default_factory=dict)
    population: int | None = None
    over_firing: bool = False
    seconds: float = 0.0


@dataclass
class Run:
    """A finished run. ``connection`` holds table ``findings``; ``folder`` is set when it was written."""

    as_of: date
    outcomes: list[Outcome]
    connection: duckdb.DuckDBPyConnection
    manifest: dict[str, Any]
    dropped_above: int | None = None
    comparison: dict[str, int] | None = None
    folder: Path | None = None

    def findings(self) -> Iterator[dict[str, Any]]:
        """The findings in order, evidence as a mapping."""
        cursor = self.connection.execute("SELECT * FROM findings ORDER BY code, finding_key")
        names = [column[0] for column in cursor.description or ()]
        while rows := cursor.fetchmany(10_000):
            for row in rows:
                found = dict(zip(names, row, strict=True))
                yield found | {"metric": float(found["metric"]), "evidence": json.loads(found["evidence"])}


def run(  # noqa: PLR0913 - each is one option of the command
    dataset: Dataset,
    *,
    as_of: date,
    only: Iterable[str] | None = None,
    catalogue: Catalogue | None = None,
    parameters: Parameters | None = None,
    engine: str = "duckdb",
    level: str | None = None,
    against: Path | None = None,
    folder: Path | None = None,
    disclose: Level = "full",
    signing_key: Path | None = None,
    progress: Progress | None = None,
    presume_present: bool = False,
    connection: duckdb.DuckDBPyConnection | None = None,
) -> Run:
    """Run indicators over a dataset as of a day.

    ``parameters`` puts a run's own values over the cards' (code → name → value). ``level`` states the level of
    the installation (central … township): findings that touch officials managed above it are dropped before
    anything is written. ``against`` is an earlier run folder to compare with. ``presume_present`` takes missing
    columns for empty ones, as worked cases do. ``connection`` is where findings are kept, a new database by default.
    Raises Fault on unknown codes, parameters, levels and on outputs that could not be written.
    """
    only = None if only is None else list(only)
    catalogue = catalogue or load(only=only)
    chosen = catalogue.chosen(only)
    unknown = set(parameters or {}) - set(catalogue.indicators)
    if unknown:
        catalogue.chosen(sorted(unknown))
    if level is not None and level not in OFFICIAL_LEVELS:
        raise Fault(f"--level {level}", say("没有这个层级。", "there is no such level."), ", ".join(OFFICIAL_LEVELS))
    if folder is not None:
        check_place(folder)
        if signing_key is not None:
            read_private_key(signing_key)
    connection, hands = (connection, 0) if connection else (open_duckdb(), HANDS)
    backend: Backend = Spark(small=presume_present) if engine == "spark" else DuckDB(connection, hands)
    house = _House(dataset, backend, connection, as_of, presume_present)
    findings = Findings(connection, "" if hands else "TEMP")
    begun: dict[str, tuple[Outcome, Future[None]]] = {}

    def tell(code: str) -> None:
        if progress:
            progress(code, sum(work.done() for _, work in begun.values()), len(chosen))

    with closing(backend):
        for indicator in sorted(chosen, key=lambda one: not one.builds_on_derived):  # what takes long comes first
            tell(indicator.code)
            begun[indicator.code] = _begin(indicator, house, findings, (parameters or {}).get(indicator.code))
        for code, (outcome, work) in begun.items():
            tell(code)
            _finish(outcome, work, presume_present)
    outcomes = [begun[indicator.code][0] for indicator in chosen]
    dropped = protect(findings, dataset, level) if level is not None else None
    _count(outcomes, chosen, findings)
    asked = {"engine": engine, "catalogue": catalogue.digest, "level": level, "dropped_above": dropped}
    finished = Run(as_of, outcomes, connection, asked | _facts(dataset, chosen, outcomes, parameters or {}), dropped)
    finished.manifest["as_of"] = as_of.isoformat()
    if against is not None:
        finished.comparison = compare(finished, against)
        finished.manifest["comparison"] = finished.comparison
    if folder is not None:
        write(finished, folder, disclose=disclose, signing_key=signing_key)
    return finished


class _House:
    """The tables as one run sees them: as-of views over the dataset, made when a rule first asks for them."""

    def __init__(
        self,
        dataset: Dataset,
        backend: Backend,
        connection: duckdb.DuckDBPyConnection,
        as_of: date,
        presume_present: bool,
    ) -> None:
        self.dataset, self.backend, self.as_of, self.presume_present = dataset, backend, as_of, presume_present
        self.ready: set[str] = set()
        self.made: dict[str, Future[None]] = {}  # derived tables, made or being made
        self.calendar = _calendar(dataset, connection)
        self.counts: dict[str, int] = {}
        self.complete: dict[str, list[tuple[date, date]]] = {}
        for word in dataset.complete:
            self.complete.setdefault(word.table, []).append((word.from_on, word.until_on))

    def missing(self, indicator: Indicator) -> list[str]:
        """Tables and columns that the indicator needs and the dataset lacks."""
        if self.presume_present:
            return []
        found = self._lacking(indicator, indicator.looks_at) and self._lacking(indicator, indicator.needs)
        for group in indicator.needs_one_of:
            if all(self._missing(table, {column}) for table, column in group):
                found.append(say(" 或 ", " or ").join(f"{table}.{column}" for table, column in group))
        return list(dict.fromkeys(found))

    def _lacking(self, indicator: Indicator, needs: Mapping[str, frozenset[str]]) -> list[str]:
        return [
            lack
            for table, columns in sorted(needs.items())
            if columns or table not in indicator.card.optional
            for lack in self._missing(table, columns)
        ]

    def _missing(self, table: str, columns: Iterable[str]) -> list[str]:
        data = self.dataset.tables.get(table)
        if data is None:
            return [say(f"表 {table}({tables()[table].zh})", f"table {table} ({tables()[table].en})")]
        if not data.usable:
            return [say(f"表 {table} 不可用:{data.reason}", f"table {table} is not usable: {data.reason}")]
        names = []
        for column in sorted(columns):
            if column not in data.columns:
                names.append(say(f"列 {table}.{column}", f"column {table}.{column}"))
            elif column in data.empty_columns and data.rows:
                names.append(say(f"列 {table}.{column}(整列为空)", f"column {table}.{column} (wholly empty)"))
        return names

    def bindings(self, values: Mapping[str, Any]) -> Bindings:
        calendar = Calendar(self.calendar.start, self.calendar.end)
        return Bindings(
            self.as_of,
            calendar,
            values,
            self.complete,
            lambda t, c: tables()[t].status_column(c) if t in tables() else None,
        )

    def prepare(self, indicator: Indicator) -> list[Future[None]]:
        """Make every view that the indicator reads; and the derived tables, of which it may have to wait for some."""
        rules = [indicator.rule, indicator.population, *(derived()[name].rule for name in indicator.derived_tables)]
        if "_calendar" not in self.ready and any(rule.counts_workdays for rule in rules):
            self.backend.add_calendar(self.calendar)
            self.ready.add("_calendar")
        names = set(indicator.base_tables)
        for name in indicator.derived_tables:
            names |= {t for t in derived()[name].rule.tables if t in tables()}
        for name in sorted(names - self.ready):
            self._make_view(name)
        for name in indicator.derived_tables:
            if name not in self.made:
                rule = derived()[name].rule
                read = [self.made[table] for table in sorted(rule.tables) if table in self.made]
                work = partial(self.backend.add_table, name, rule.bind(self.bindings({}), self.backend.dialect))
                self.made[name] = self.backend.spread(work, read)
        return [self.made[name] for name in indicator.derived_tables]

    def _make_view(self, name: str) -> None:
        table, data = tables()[name], self.dataset.tables.get(name)
        if data is None or not data.usable:
            self.backend.add_view(name, self._dialect(empty_view(table)))
        else:
            self.backend.add_parquet(f"raw_{name}", data.path)
            periods = self.complete.get(name, [])
            self.backend.add_view(name, self._dialect(as_of_view(table, data.columns, self.as_of, periods)))
        self.ready.add(name)

    def _dialect(self, sql: str) -> str:
        dialect = self.backend.dialect
        return sql if dialect == "duckdb" else sqlglot.transpile(sql, read="duckdb", write=dialect)[0]

    def count(self, sql: str) -> int:
        """The population of an indicator; the same question is asked once."""
        if sql not in self.counts:
            self.counts[sql] = self.backend.number(sql)
        return self.counts[sql]


def _calendar(dataset: Dataset, connection: duckdb.DuckDBPyConnection) -> WorkingCalendar:
    data = dataset.tables.get("calendar")
    if data is None or not data.usable or not {"day", "is_workday"} <= set(data.columns):
        return working_calendar({})
    path = str(data.path).replace("'", "''")
    rows = connection.execute(
        f"SELECT day, is_workday FROM read_parquet('{path}') WHERE day IS NOT NULL AND is_workday IS NOT NULL"
    )
    return working_calendar(dict(rows.fetchall()))


@contextmanager
def _timed(outcome: Outcome) -> Iterator[None]:
    start = time.perf_counter()
    yield
    outcome.seconds += time.perf_counter() - start


def _begin(
    indicator: Indicator, house: _House, findings: Findings, own: Mapping[str, Any] | None
) -> tuple[Outcome, Future[None]]:
    """Write what has to be asked for an indicator, and have it computed."""
    outcome = Outcome(indicator.code, "computed")
    values = indicator.values(own)
    outcome.missing = house.missing(indicator)
    if outcome.missing:
        outcome.status = "not_computable"
        return outcome, house.backend.spread(lambda: None)
    with _timed(outcome):
        made = house.prepare(indicator)
        population = indicator.population.bind(house.bindings(indicator.values()), house.backend.dialect)
        rule = indicator.rule.bind(house.bindings(values), house.backend.dialect)
    work = partial(_compute, indicator, house, findings, outcome, population, rule)
    return outcome, house.backend.spread(work, made)


def _compute(
    indicator: Indicator, house: _House, findings: Findings, outcome: Outcome, population: str, rule: str
) -> None:
    """Count the population, compute the rows and add them to the findings."""
    with _timed(outcome):
        if not house.presume_present:
            outcome.population = house.count(population)
            if outcome.population == 0:
                outcome.status = "not_applicable"
                return
        rows = "_rows_" + indicator.code.replace("-", "_")
        house.backend.collect(rule, findings.connection, rows)
        cursor = house.backend.connection_here(findings.connection)
        findings.add(indicator, rows, cursor)
        cursor.execute(f"DROP TABLE {rows}")


def _finish(outcome: Outcome, work: Future[None], presume_present: bool) -> None:
    """Wait for an indicator, and say what became of it."""
    try:
        work.result()
    except NotCountable as day:
        outcome.status = "not_computable"
        outcome.missing = [say(f"工作日历没有 {day}", f"the working calendar has no {day}")]
    except BrokenContract as broken:
        outcome.status, outcome.missing = "failed", [str(broken)]
    except RuleStopped as stopped:
        # the engine's own words may hold values of rows: only an author, on made-up rows, sees them
        outcome.status, outcome.missing = "failed", [stopped.detail if presume_present else stopped.kind]


def _count(outcomes: Sequence[Outcome], chosen: Sequence[Indicator], findings: Findings) -> None:
    counts, subjects = findings.counts(), findings.subjects()
    for outcome, indicator in zip(outcomes, chosen, strict=True):
        outcome.colours = {
            c: counts.get(outcome.code, {}).get(c, 0) for c in COLOURS if c in counts.get(outcome.code, {})
        }
        outcome.findings = sum(outcome.colours.values())
        if outcome.population and outcome.population >= OVER_FIRING_POPULATION:
            share = subjects.get(outcome.code, {}).get(indicator.card.subject, 0) / outcome.population
            outcome.over_firing = share > OVER_FIRING_SHARE


def _facts(
    dataset: Dataset, chosen: Sequence[Indicator], outcomes: Sequence[Outcome], parameters: Parameters
) -> dict[str, Any]:
    """What the manifest says of the data, the indicators and their parameters."""
    kept = ("code", "status", "missing", "findings", "colours", "population", "over_firing")
    return {
        "version": lianfang.__version__,
        "parameters": {i.code: dict(parameters[i.code]) for i in chosen if i.code in parameters},
        "sources": [asdict(source) for source in dataset.sources],
        "complete": [
            {"table": c.table, "from": c.from_on.isoformat(), "until": c.until_on.isoformat(), "by": c.by}
            for c in dataset.complete
        ],
        "tables": {
            t.name: {"rows": t.rows, "rejected": t.rejected, "usable": t.usable} for t in dataset.tables.values()
        },
        "statuses": {i.code: i.card.status for i in chosen},
        "indicators": [{k: v for k, v in asdict(o).items() if k in kept} for o in outcomes],
    }
