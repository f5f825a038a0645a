"""Worked cases: small tables in, expected findings out. They are an indicator's proof and its manual."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any, Literal

import duckdb
import msgspec
import yaml

from lianfang.engine.catalogue import Catalogue, Indicator
from lianfang.engine.dataset import Complete, Dataset, TableData
from lianfang.engine.duck import open_duckdb
from lianfang.engine.fault import Fault, say
from lianfang.engine.run import run
from lianfang.engine.tables import tables

Shows = Literal["hit", "miss", "boundary", "law_change", "innocent", "blank"]
_NEVER, _ALWAYS = date(1900, 1, 1), date(2999, 12, 31)
_TOLERANCE = Decimal("0.000001")


class CaseSpec(msgspec.Struct, forbid_unknown_fields=True):
    """One case as it is written."""

    name: str
    tables: dict[str, str]
    expect: str
    shows: list[Shows] = []
    as_of: date | None = None
    complete: list[str] = []
    parameters: dict[str, Any] = {}


class CaseFile(msgspec.Struct, forbid_unknown_fields=True):
    """``cases.yaml``: the day, values common to all rows of a table, and the cases."""

    as_of: date
    cases: list[CaseSpec]
    defaults: dict[str, dict[str, Any]] = {}


@dataclass(frozen=True)
class Case:
    """A case ready to run: rows per table and expected findings, as texts."""

    name: str
    as_of: date
    rows: dict[str, list[dict[str, str | None]]]
    expected: list[dict[str, str | None]]
    shows: tuple[str, ...]
    complete: tuple[str, ...]
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Failure:
    """A case whose findings are not the expected ones."""

    code: str
    case: str
    difference: str


def load_cases(path: Path) -> list[Case]:
    """The cases of a ``cases.yaml``; raises Fault naming the case that cannot be read."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        file = msgspec.convert(yaml.load(path.read_text(encoding="utf-8"), Loader=loader), CaseFile)
    except (yaml.YAMLError, msgspec.ValidationError, OSError, UnicodeDecodeError) as error:
        raise Fault(str(path), str(error).replace("\n", " "), _DO) from None
    names = [case.name for case in file.cases]
    if len(set(names)) < len(names):
        raise Fault(str(path), say("两个案例同名。", "two cases have the same name."), _DO)
    return [_case(spec, file, path) for spec in file.cases]


_DO = say("改正 cases.yaml。", "correct cases.yaml.")


def _case(spec: CaseSpec, file: CaseFile, path: Path) -> Case:
    where = f"{path.parent.name}/cases.yaml: {spec.name}"
    rows = {}
    for table, text in spec.tables.items():
        if table not in tables():
            raise Fault(where, say(f"没有表 {table}", f"there is no table {table}"), _DO)
        defaults = {column: _text(value) for column, value in file.defaults.get(table, {}).items()}
        rows[table] = [defaults | row for row in read_drawn(text, where)]
        unknown = {column for row in rows[table] for column in row} - set(tables()[table].columns)
        if unknown:
            raise Fault(
                where, say(f"表 {table} 没有列 {sorted(unknown)}", f"{table} has no column {sorted(unknown)}"), _DO
            )
    expected = [] if spec.expect.strip() == "none" else read_drawn(spec.expect, where)
    return Case(
        spec.name, spec.as_of or file.as_of, rows, expected, tuple(spec.shows), tuple(spec.complete), spec.parameters
    )


def _text(value: Any) -> str | None:
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def read_drawn(text: str, where: str) -> list[dict[str, str | None]]:
    """Rows of a table drawn with ``|``; an empty cell is null."""
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines() if line.strip()]
    header = lines[0]
    for line in lines[1:]:
        if len(line) != len(header):
            raise Fault(
                where,
                say(
                    f"这一行有 {len(line)} 格,表头有 {len(header)} 格", f"{len(line)} cells under {len(header)} headers"
                ),
                _DO,
            )
    return [{name: cell or None for name, cell in zip(header, line, strict=True)} for line in lines[1:]]


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """One database for all cases of a process: opening one takes longer than a case does."""
    return open_duckdb()


def dataset_of(case: Case, folder: Path) -> Dataset:
    """The case's tables as Parquet, which is how real data reach the engines."""
    connection = _database().cursor()
    found = {}
    for name, rows in case.rows.items():
        table = tables()[name]
        present = tuple(c for c in table.columns if any(c in row for row in rows))
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE t ({', '.join(f'{c} {table.columns[c].sql_type}' for c in present)})"
        )
        values = [[row.get(column) for column in present] for row in rows]
        try:
            if values:
                connection.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(present))})", values)
        except duckdb.Error as error:
            raise Fault(f"{case.name}: {name}", str(error).splitlines()[0], _DO) from None
        path = folder / f"{name}.parquet"
        connection.execute(f"COPY t TO '{path}' (FORMAT parquet)")
        found[name] = TableData(name, path, present, (), len(rows))
    complete = tuple(Complete(table, _NEVER, _ALWAYS, "case") for table in case.complete)
    return Dataset(folder, found, complete)


def check_case(indicator: Indicator, case: Case, catalogue: Catalogue, engine: str = "duckdb") -> str | None:
    """Run a case; returns what differs from the expectation, or None."""
    with tempfile.TemporaryDirectory() as folder, _database().cursor() as connection:
        finished = run(
            dataset_of(case, Path(folder)),
            as_of=case.as_of,
            only=[indicator.code],
            catalogue=catalogue,
            parameters={indicator.code: case.parameters} if case.parameters else None,
            engine=engine,
            presume_present=True,
            connection=connection,
        )
        outcome = finished.outcomes[0]
        if outcome.status != "computed":
            return f"{outcome.status}: {'; '.join(outcome.missing)}"
        found = [row | row["evidence"] for row in finished.findings()]
    return difference(case.expected, found)


def difference(expected: Sequence[Mapping[str, str | None]], found: Sequence[Mapping[str, Any]]) -> str | None:
    """How the findings differ from the expected ones in the columns that the case names; None if not at all."""
    columns = list(expected[0]) if expected else ["subject_id", "metric", "colour"]
    left = list(found)
    lacking = []
    for row in expected:
        match = next((f for f in left if all(_same(row[c], f.get(c)) for c in columns)), None)
        if match is None:
            lacking.append(row)
        else:
            left.remove(match)
    if not lacking and not left:
        return None
    parts = [say("缺少 ", "lacking ") + _drawn(row, columns) for row in lacking]
    parts += [say("多出 ", "not expected ") + _drawn(row, columns) for row in left]
    return "; ".join(parts)


def _drawn(row: Mapping[str, Any], columns: Sequence[str]) -> str:
    return " | ".join(f"{column}={row.get(column)}" for column in columns)


def _same(expected: str | None, found: Any) -> bool:
    if expected is None or found is None:
        return expected is None and found is None
    if isinstance(found, bool):
        return expected.lower() == str(found).lower()
    if isinstance(found, int | float | Decimal):
        try:
            return abs(Decimal(expected) - Decimal(str(found))) <= _TOLERANCE
        except InvalidOperation:
            return False
    return expected == str(found)


def failures(
    catalogue: Catalogue, indicators: Sequence[Indicator], engine: str = "duckdb", path: Path | None = None
) -> Iterator[tuple[Indicator, Case, Failure | None]]:
    """Run every case of the indicators (or of one file); yields each with its failure or None."""
    for indicator in indicators:
        for case in load_cases(path or indicator.folder / "cases.yaml"):
            found = check_case(indicator, case, catalogue, engine)
            yield indicator, case, Failure(indicator.code, case.name, found) if found else None
