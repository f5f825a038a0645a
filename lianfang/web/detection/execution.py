"""Runs the engine over a folder of canonical tables and prepares what the office takes in of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from lianfang.engine.asof import as_of_view
from lianfang.engine.catalogue import Indicator
from lianfang.engine.dataset import Dataset, TableData, open_dataset
from lianfang.engine.duck import open_duckdb
from lianfang.engine.run import Outcome, run
from lianfang.engine.run import Run as EngineRun
from lianfang.engine.tables import tables
from lianfang.web.detection import catalogue

MANY_ROWS = 200  # rows of one table kept with one finding; beyond it the number alone is told
SEVERITY = {"yellow": 1, "orange": 2, "red": 3}
_JOINED = re.compile(r"[、,;\s]+")
_TOKEN = re.compile(r"[^\"/+&=<>|(){}\[\]、,;·:。\s]+")
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Order:
    """What a run was asked to do; everything it depends on besides the tables."""

    as_of: date
    level: str
    codes: tuple[str, ...]
    parameters: Mapping[str, Any]


@dataclass
class Seen:
    """One finding with its evidence, before it is sealed."""

    found: dict[str, Any]
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def evidence(self) -> dict[str, Any]:
        return {"values": self.found["evidence"], "rows": self.rows}


@dataclass
class Result:
    """A finished run as the intake takes it."""

    outcomes: list[Outcome]
    lacks: dict[str, list[dict[str, str]]]
    seen: list[Seen]
    manifest: dict[str, Any]
    dropped_above: int | None
    units: list[str]


def execute(folder: Path, order: Order, *, spill: Path, progress: Progress | None = None) -> Result:
    """Run the indicators of ``order`` over the tables in ``folder``. Nothing of what is found is written to disk."""
    dataset = open_dataset(folder)
    shipped = catalogue.shipped()
    with open_duckdb({"temp_directory": str(spill)}) as connection:
        finished = run(
            dataset,
            as_of=order.as_of,
            only=order.codes,
            catalogue=shipped,
            parameters={code: order.parameters[code] for code in order.codes if code in order.parameters},
            level=order.level,
            progress=progress,
            connection=connection,
        )
        seen = list(_seen(finished, dataset, order))
        units = units_in(connection, dataset)
    missing = [o.code for o in finished.outcomes if o.status == "not_computable"]
    lacks = {code: lacking(shipped.indicators[code], dataset) for code in missing}
    return Result(finished.outcomes, lacks, seen, finished.manifest, finished.dropped_above, units)


# Tables that say what there is, not what happened: a unit that stands only in these has no data.
_REGISTERS = ("unit", "post", "person", "post_history", "relative")


def units_in(connection: duckdb.DuckDBPyConnection, dataset: Dataset) -> list[str]:
    """The units of which the tables hold anything that happened."""
    found: set[str] = set()
    for name, data in dataset.tables.items():
        if data.usable and "unit_id" in data.columns and name not in _REGISTERS:
            path = str(data.path).replace("'", "''")
            rows = connection.execute(
                f"SELECT DISTINCT CAST(unit_id AS VARCHAR) FROM read_parquet('{path}') WHERE unit_id IS NOT NULL"
            )
            found.update(unit for (unit,) in rows.fetchall())
    return sorted(found)


# ---- what was missing ------------------------------------------------------------------------------------------


def lacking(indicator: Indicator, dataset: Dataset) -> list[dict[str, str]]:
    """The tables and columns an indicator waits for: table, column ("" for a whole table) and why."""
    found = [
        lack
        for table, columns in sorted(indicator.needs.items())
        if columns or table not in indicator.card.optional
        for lack in _lacks(dataset.tables.get(table), table, columns)
    ]
    for group in indicator.needs_one_of:
        if all(_lacks(dataset.tables.get(table), table, {column}) for table, column in group):
            found += [{"table": table, "column": column, "why": "one_of"} for table, column in group]
    return found or [{"table": "calendar", "column": "", "why": "days"}]


def _lacks(
    data: TableData | None, table: str, columns: Sequence[str] | frozenset[str] | set[str]
) -> list[dict[str, str]]:
    if data is None:
        return [{"table": table, "column": "", "why": "absent"}]
    if not data.usable:
        return [{"table": table, "column": "", "why": "unusable"}]
    found = []
    for column in sorted(columns):
        if column not in data.columns:
            found.append({"table": table, "column": column, "why": "absent"})
        elif column in data.empty_columns and data.rows:
            found.append({"table": table, "column": column, "why": "empty"})
    return found


# ---- findings with the rows behind them -------------------------------------------------------------------------


def _seen(finished: EngineRun, dataset: Dataset, order: Order) -> Iterator[Seen]:
    by_code: dict[str, list[Seen]] = {}
    for found in finished.findings():
        found["metric"] = Decimal(repr(found["metric"])).quantize(Decimal("0.000001"))
        by_code.setdefault(found["code"], []).append(Seen(found))
    for code, listed in by_code.items():
        indicator = catalogue.shipped().indicators[code]
        for source in sources_of(indicator, dataset):
            _add_rows(finished.connection, source, listed, order.as_of)
        yield from listed


@dataclass(frozen=True)
class Source:
    """A table whose rows stand behind an indicator's findings: those with ``column`` among the ids in ``outputs``."""

    data: TableData
    column: str
    outputs: tuple[str, ...]
    shown: tuple[str, ...]


def sources_of(indicator: Indicator, dataset: Dataset) -> list[Source]:
    """Where the rows behind the findings stand, by lineage: tables whose key, or a reference to it, the rule returns.

    Columns about persons are left out: rows may name officials whom the finding itself does not.
    """
    lineage = indicator.rule.lineage
    by_column: dict[tuple[str, str], list[str]] = {}
    for output in ("subject_id", *indicator.evidence):
        keyed = [(t, c) for t, c in lineage.get(output, ()) if t in tables() and tables()[t].key == (c,)]
        if len(keyed) == 1:
            by_column.setdefault(keyed[0], []).append(output)
    reads = indicator.rule.reads
    found: dict[tuple[str, str], Source] = {}
    for (home, key), outputs in by_column.items():
        for table, columns in sorted(reads.items()):
            data = dataset.tables.get(table)
            reads_key = table == home or (key in columns and "subject_id" in outputs)
            if data is None or not data.usable or not reads_key or key not in data.columns:
                continue
            shown = _shown(table, columns, data)
            if shown:
                found.setdefault((table, key), Source(data, key, tuple(outputs), shown))
    return list(found.values())


def _shown(table: str, read: frozenset[str] | set[str], data: TableData) -> tuple[str, ...]:
    """The columns of a source that are shown: what the rule reads, names and days, and nothing about persons."""
    wanted = set(read) | set(tables()[table].key) | set(tables()[table].known_at)
    wanted |= {name for name in tables()[table].columns if name in ("name", "title", "supplier_name", "item_name")}
    return tuple(
        name
        for name, column in tables()[table].columns.items()
        if name in wanted and name in data.columns and not _about_a_person(column)
    )


def _about_a_person(column: Any) -> bool:
    return (
        column.sensitivity == "personal"
        or column.type == "person_key"
        or (column.ref or "").startswith(("person", "relative"))
        or column.name.endswith(("person_id", "person_key"))
    )


def _add_rows(connection: duckdb.DuckDBPyConnection, source: Source, listed: list[Seen], as_of: date) -> None:
    """Give each finding the rows of ``source`` that its ids name, as they were known on the run's day."""
    wanted = [
        (place, token) for place, seen in enumerate(listed) for token in dict.fromkeys(_ids(seen.found, source.outputs))
    ]
    if not wanted:
        return
    path = str(source.data.path).replace("'", "''")
    table = tables()[source.data.name]
    connection.execute(f"CREATE OR REPLACE TEMP VIEW raw_{table.name} AS SELECT * FROM read_parquet('{path}')")
    connection.execute("CREATE OR REPLACE TEMP TABLE _wanted (place BIGINT, id VARCHAR)")
    places, ids = [place for place, _ in wanted], [token for _, token in wanted]
    connection.execute("INSERT INTO _wanted SELECT unnest(?::BIGINT[]), unnest(?::VARCHAR[])", [places, ids])
    names = ", ".join(f'v."{name}"' for name in source.shown)
    struct = ", ".join(f'"{name}": v."{name}"' for name in source.shown)
    view = as_of_view(table, source.data.columns, as_of)
    rows = connection.execute(
        f"""SELECT w.place, CAST(to_json({{{struct}}}) AS VARCHAR) FROM _wanted AS w
            JOIN ({view}) AS v ON CAST(v."{source.column}" AS VARCHAR) = w.id
            QUALIFY row_number() OVER (PARTITION BY w.place ORDER BY {names}) <= {MANY_ROWS + 1}
            ORDER BY w.place, {_in_order(table.known_at, source.shown)} {names}"""
    ).fetchall()
    for place, text in rows:
        listed[place].rows.setdefault(source.data.name, []).append(json.loads(text))


def _in_order(known_at: Sequence[str], shown: Sequence[str]) -> str:
    return "".join(f'v."{name}", ' for name in known_at if name in shown)


def _ids(found: Mapping[str, Any], outputs: Sequence[str]) -> Iterator[str]:
    for output in outputs:
        value = found["subject_id"] if output == "subject_id" else found["evidence"].get(output)
        if value is None:
            continue
        text = str(value)
        yield text
        if output != "subject_id" and _JOINED.search(text):
            yield from filter(None, _JOINED.split(text))


def words_of(seen: Seen) -> set[str]:
    """Every word that may be an id of a person, anywhere in a finding."""
    found = seen.found
    texts = [found["subject_id"], found["person_id"], found["period"], *map(str, found["evidence"].values())]
    texts += [str(value) for rows in seen.rows.values() for row in rows for value in row.values()]
    words: set[str] = set()
    for text in texts:
        if text:
            words.add(text)
            words.update(_TOKEN.findall(text))
    return words
