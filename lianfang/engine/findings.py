"""The one writer of findings: whatever engine ran a rule, its rows are checked, coloured, sorted and written here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from lianfang.engine.backends import columns_of
from lianfang.engine.catalogue import Indicator
from lianfang.engine.fault import say

COLUMNS = (
    "finding_key", "code", "unit_id", "subject_type", "subject_id", "person_id", "period", "metric", "colour",
    "evidence",
)  # fmt: skip
_CREATE = """CREATE OR REPLACE TEMP TABLE findings (
    finding_key VARCHAR, code VARCHAR, unit_id VARCHAR, subject_type VARCHAR, subject_id VARCHAR, person_id VARCHAR,
    period VARCHAR, metric DECIMAL(38,18), colour VARCHAR, evidence VARCHAR)"""


class BrokenContract(Exception):
    """A rule returned rows that no finding can be: the message is for its author."""


class Findings:
    """Findings of one run, in memory until the run folder is written."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        connection.execute(_CREATE)

    def add(self, indicator: Indicator, rows: str) -> int:
        """Check and colour the rule's rows in table ``rows`` and add them; returns how many there are."""
        sql = _finished(indicator, columns_of(self.connection, rows))
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE _finished AS {sql.format(rows=rows)}")
        self._check(indicator)
        self.connection.execute("INSERT INTO findings SELECT * FROM _finished")
        return self._number("SELECT count(*) FROM _finished")

    def _check(self, indicator: Indicator) -> None:
        optional = "" if indicator.card.competent else " OR unit_id IS NULL"
        faults = {
            say("主体或单位为空", "subject or unit is null"): f"subject_type IS NULL OR subject_id IS NULL{optional}",
            say("指标值为空", "metric is null"): "metric IS NULL",
            say("没有颜色", "no colour fires"): "metric IS NOT NULL AND colour IS NULL",
        }
        for what, condition in faults.items():
            if number := self._number(f"SELECT count(*) FROM _finished WHERE {condition}"):
                raise BrokenContract(say(f"{number} 行{what}", f"{number} rows where the {what}"))
        twice = "SELECT count(*) - count(DISTINCT finding_key) FROM _finished"
        if number := self._number(twice):
            raise BrokenContract(say(f"{number} 行与别的行同一主体", f"{number} rows have the same subject as another"))

    def drop_matching(self, protected: str) -> int:
        """Drop findings in which an id of table ``protected`` (column id) stands anywhere; returns how many."""
        before = self._number("SELECT count(*) FROM findings")
        text = "concat_ws('\"', subject_id, person_id, evidence)"
        whole = rf"list_has_any(regexp_split_to_array({text}, '[\"/+、,;|\{{\}}\[\]\s]+'), (SELECT list(id) FROM {protected}))"
        spaced = rf"(SELECT list(id) FROM {protected} WHERE regexp_matches(id, '[\"/+、,;|\{{\}}\[\]\s]'))"
        inside = f"len(list_filter(coalesce({spaced}, []), lambda id: contains({text}, id))) > 0"
        self.connection.execute(f"DELETE FROM findings WHERE coalesce({whole}, false) OR {inside}")
        return before - self._number("SELECT count(*) FROM findings")

    def counts(self) -> dict[str, dict[str, int]]:
        """Number of findings per code and colour."""
        rows = self.connection.execute("SELECT code, colour, count(*) FROM findings GROUP BY ALL ORDER BY ALL").fetchall()
        found: dict[str, dict[str, int]] = {}
        for code, colour, number in rows:
            found.setdefault(code, {})[colour] = number
        return found

    def subjects(self, code: str, subject_type: str) -> int:
        """Distinct subjects of the given kind among an indicator's findings."""
        sql = "SELECT count(DISTINCT subject_id) FROM findings WHERE code = ? AND subject_type = ?"
        row = self.connection.execute(sql, [code, subject_type]).fetchone()
        return int(row[0]) if row else 0

    def write(self, path: Path, columns: Sequence[str] = COLUMNS) -> None:
        """Write the findings as Parquet, sorted: the same findings give the same bytes."""
        listed = ", ".join(columns)
        sql = f"SELECT {listed} FROM findings ORDER BY code, finding_key"
        self.connection.execute(f"COPY ({sql}) TO '{_quoted(path)}' (FORMAT parquet, COMPRESSION zstd)")

    def _number(self, sql: str) -> int:
        row = self.connection.execute(sql).fetchone()
        return int(row[0]) if row else 0


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _finished(indicator: Indicator, columns: Sequence[str]) -> str:
    """SQL that turns a rule's rows into findings."""

    def text(name: str) -> str:
        return f"CAST({name} AS VARCHAR)" if name in columns else "CAST(NULL AS VARCHAR)"

    parts = [f"coalesce(replace({text(name)}, ':', '%3A'), '')" for name in ("subject_type", "subject_id", "person_id", "period")]
    key = " || ':' || ".join([f"'{indicator.code}'", *parts])
    evidence = ", ".join(f'"{name}": "{name}"' for name in indicator.evidence)
    metric = "TRY_CAST(metric AS DECIMAL(38,18))"
    return (
        f"SELECT {key} AS finding_key, '{indicator.code}' AS code, {text('unit_id')} AS unit_id,"
        f" {text('subject_type')} AS subject_type, {text('subject_id')} AS subject_id, {text('person_id')} AS person_id,"
        f" {text('period')} AS period, {metric} AS metric, {indicator.colour_sql(metric)} AS colour,"
        f" {'CAST(to_json({' + '{' + evidence + '}' + '}) AS VARCHAR)' if evidence else chr(39) + '{{}}' + chr(39)} AS evidence FROM {{rows}}"
    )
