"""The one writer of findings: whatever engine ran a rule, its rows are checked, coloured, sorted and written here."""

from __future__ import annotations

from pathlib import Path

import duckdb

from lianfang.engine.catalogue import Indicator
from lianfang.engine.fault import say

IDENTITY = ("subject_type", "subject_id", "person_id", "period")  # with the code, what makes a finding the same one
COLUMNS = ("finding_key", "code", "unit_id", *IDENTITY, "metric", "colour", "evidence")
_CREATE = """CREATE OR REPLACE {kind} TABLE findings (
    finding_key VARCHAR, code VARCHAR, unit_id VARCHAR, subject_type VARCHAR, subject_id VARCHAR, person_id VARCHAR,
    period VARCHAR, metric DECIMAL(38,18), colour VARCHAR, evidence VARCHAR)"""
# What stands between the ids of a joined text. A hyphen, a dot or a single colon is part of an id or of a time.
_BETWEEN = r'["/+&=<>|(){}\[\]、,;·,;:。()\s]'


class BrokenContract(Exception):
    """A rule returned rows that no finding can be: the message is for its author."""


class Findings:
    """Findings of one run, in memory until the run folder is written."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, kind: str = "TEMP") -> None:
        self.connection = connection
        connection.execute(_CREATE.format(kind=kind))

    def add(self, indicator: Indicator, rows: str, cursor: duckdb.DuckDBPyConnection | None = None) -> None:
        """Colour and check the rule's rows in table ``rows`` and add them."""
        cursor = cursor or self.connection
        cursor.execute(f"INSERT INTO findings {_finished(indicator, rows)}")
        try:
            self._check(indicator, cursor)
        except BrokenContract:
            cursor.execute("DELETE FROM findings WHERE code = ?", [indicator.code])
            raise

    def _check(self, indicator: Indicator, cursor: duckdb.DuckDBPyConnection) -> None:
        optional = "" if indicator.card.competent else " OR unit_id IS NULL"
        row = cursor.execute(
            f"""SELECT count(*) FILTER (subject_type IS NULL OR subject_id IS NULL{optional}),
                count(*) FILTER (metric IS NULL), count(*) FILTER (metric IS NOT NULL AND colour IS NULL),
                count(*) - count(DISTINCT finding_key) FROM findings WHERE code = ?""",
            [indicator.code],
        ).fetchone()
        nameless, unmeasured, uncoloured, twice = row or (0, 0, 0, 0)
        if nameless:
            raise BrokenContract(
                say(f"{nameless} 行主体或单位为空", f"{nameless} rows where the subject or unit is null")
            )
        if unmeasured:
            raise BrokenContract(say(f"{unmeasured} 行指标值为空", f"{unmeasured} rows where the metric is null"))
        if uncoloured:
            raise BrokenContract(say(f"{uncoloured} 行没有颜色", f"{uncoloured} rows where no colour fires"))
        if twice:
            raise BrokenContract(say(f"{twice} 行与别的行同一主体", f"{twice} rows have the same subject as another"))

    def drop_naming(self, protected: str) -> int:
        """Drop findings in which an id of table ``protected`` (column id) stands anywhere; returns how many."""
        before = self._number("SELECT count(*) FROM findings")
        values = "array_to_string(json_extract_string(evidence, '$.*'), '\"')"
        text = f"concat_ws('\"', subject_id, person_id, period, {values})"
        named = f"list_has_any(regexp_split_to_array({text}, '{_BETWEEN}+'), (SELECT list(id) FROM {protected}))"
        # ids that hold such a sign themselves are looked for as they are
        split = f"SELECT list(id) FROM {protected} WHERE regexp_matches(id, '{_BETWEEN}')"
        inside = f"len(list_filter(coalesce(({split}), []), lambda id: contains({text}, id))) > 0"
        self.connection.execute(f"DELETE FROM findings WHERE coalesce({named}, FALSE) OR {inside}")
        return before - self._number("SELECT count(*) FROM findings")

    def counts(self) -> dict[str, dict[str, int]]:
        """Number of findings per code and colour."""
        return self._numbers("colour, count(*)")

    def subjects(self) -> dict[str, dict[str, int]]:
        """Distinct subjects per code and kind."""
        return self._numbers("subject_type, count(DISTINCT subject_id)")

    def _numbers(self, counted: str) -> dict[str, dict[str, int]]:
        rows = self.connection.execute(f"SELECT code, {counted} FROM findings GROUP BY ALL ORDER BY ALL").fetchall()
        found: dict[str, dict[str, int]] = {}
        for code, kind, number in rows:
            found.setdefault(code, {})[kind] = number
        return found

    def _number(self, sql: str) -> int:
        row = self.connection.execute(sql).fetchone()
        return int(row[0]) if row else 0


def write_findings(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write the findings as Parquet, sorted: the same findings give the same bytes."""
    _copy(connection, f"SELECT {', '.join(COLUMNS)} FROM findings ORDER BY code, finding_key", path)


def write_keys(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write what travels at level ``keys``: one row a subject and period, without person, metric and evidence."""
    key = _key("code", *("NULL" if name == "person_id" else name for name in IDENTITY))
    sql = (
        f"SELECT {key} AS finding_key, code, min(unit_id) AS unit_id, subject_type, subject_id, period,"
        " arg_max(colour, list_position(['yellow', 'orange', 'red'], colour)) AS colour"
        " FROM findings GROUP BY code, subject_type, subject_id, period ORDER BY code, finding_key"
    )
    _copy(connection, sql, path)


def _copy(connection: duckdb.DuckDBPyConnection, sql: str, path: Path) -> None:
    quoted = str(path).replace("'", "''")
    connection.execute(f"COPY ({sql}) TO '{quoted}' (FORMAT parquet, COMPRESSION zstd)")


def _key(*parts: str) -> str:
    """SQL of a finding's key: its parts joined by colons, a colon inside a part written as %3A."""
    safe = (f"coalesce(replace(replace({part}, '%', '%25'), ':', '%3A'), '')" for part in parts)
    return " || ':' || ".join(safe)


def _finished(indicator: Indicator, rows: str) -> str:
    """SQL that turns a rule's rows into findings."""
    columns = indicator.rule.output
    text = {n: f"CAST({n} AS VARCHAR)" if n in columns else "CAST(NULL AS VARCHAR)" for n in ("unit_id", *IDENTITY)}
    metric = "TRY_CAST(metric AS DECIMAL(38,18))"
    pairs = ", ".join(f'"{name}": "{name}"' for name in indicator.evidence)
    parts = [
        f"{_key(repr(indicator.code), *(text[name] for name in IDENTITY))} AS finding_key",
        f"'{indicator.code}' AS code",
        *(f"{sql} AS {name}" for name, sql in text.items()),
        f"{metric} AS metric",
        f"{indicator.colour_sql(metric)} AS colour",
        f"{f'CAST(to_json({{{pairs}}}) AS VARCHAR)' if pairs else repr('{}')} AS evidence",
    ]
    return f"SELECT {', '.join(parts)} FROM {rows}"
