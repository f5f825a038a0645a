"""Officials managed above the installation are not processed: their findings are dropped before anything is written."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from lianfang.engine.dataset import Dataset, TableData
from lianfang.engine.findings import Findings
from lianfang.engine.tables import tables

LEVELS = {"central": "中央", "province": "省", "city": "市", "county": "县", "township": "乡"}
_ORDER = list(LEVELS.values())


def protect(findings: Findings, dataset: Dataset, level: str) -> int:
    """Drop every finding that names, anywhere, an official managed above ``level`` or their declared kin.

    An official whose managing level is not recorded counts as managed above, and so does an official who is in no
    register of persons. Returns how many were dropped: the only trace that stays.
    """
    connection = findings.connection
    connection.execute("CREATE OR REPLACE TEMP TABLE protected (id VARCHAR)")
    for sql in (*_managed_above(dataset, level), *_not_registered(dataset, connection)):
        connection.execute(f"INSERT INTO protected SELECT DISTINCT id FROM ({sql}) AS found(id) WHERE id IS NOT NULL")
    for sql in list(_their_subjects(dataset, connection)):
        connection.execute(f"INSERT INTO protected SELECT DISTINCT id FROM ({sql}) AS found(id) WHERE id IS NOT NULL")
    dropped = findings.drop_naming("protected")
    connection.execute("DROP TABLE protected")
    return dropped


def _managed_above(dataset: Dataset, level: str) -> Iterator[str]:
    """Ids and keys of the officials managed above, and the keys of their kin."""
    person, relative = _usable(dataset, "person"), dataset.tables.get("relative")
    if person is None:
        return
    allowed = ", ".join(f"'{name}'" for name in _ORDER[_ORDER.index(LEVELS[level]) :])
    managed = "managed_by" if "managed_by" in person.columns else "NULL"
    above = f"SELECT person_id FROM {_rows(person)} WHERE coalesce({managed}, '') NOT IN ({allowed})"
    yield above
    if "person_key" in person.columns:
        yield f"SELECT person_key FROM {_rows(person)} WHERE person_id IN ({above})"
    if relative is not None and {"person_id", "relative_key"} <= set(relative.columns):
        yield f"SELECT relative_key FROM {_rows(relative)} WHERE person_id IN ({above})"


def _not_registered(dataset: Dataset, connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Officials whom findings or their subjects name and no register of persons holds."""
    person = _usable(dataset, "person")
    known = f" NOT IN (SELECT person_id FROM {_rows(person)} WHERE person_id IS NOT NULL)" if person else " IS NOT NULL"
    yield f"SELECT person_id FROM findings WHERE person_id{known}"
    for data, _ in _about_persons(dataset, connection, "person_id"):
        yield f"SELECT person_id FROM {_rows(data)} WHERE person_id{known}"


def _their_subjects(dataset: Dataset, connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Subjects that are a record about one person, such as an appointment, where that person is protected."""
    for column in ("person_id", "person_key"):
        for data, key in _about_persons(dataset, connection, column):
            yield f"SELECT {key} FROM {_rows(data)} WHERE {column} IN (SELECT id FROM protected)"


def _about_persons(
    dataset: Dataset, connection: duckdb.DuckDBPyConnection, column: str
) -> Iterator[tuple[TableData, str]]:
    kinds = connection.execute("SELECT DISTINCT subject_type FROM findings ORDER BY 1").fetchall()
    for (kind,) in kinds:
        table, data = tables().get(kind), _usable(dataset, kind)
        if table is not None and data is not None and len(table.key) == 1 and {column, *table.key} <= set(data.columns):
            yield data, table.key[0]


def _usable(dataset: Dataset, name: str) -> TableData | None:
    data = dataset.tables.get(name)
    return data if data is not None and data.usable else None


def _rows(data: TableData) -> str:
    quoted = str(data.path).replace("'", "''")
    return f"read_parquet('{quoted}')"
