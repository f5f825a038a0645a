"""As-of views: what was known on a day, and nothing later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from lianfang.engine.sql import COMPLETE, declared_complete
from lianfang.engine.tables import Column, Table


def as_of_view(table: Table, present: Sequence[str], as_of: date, periods: Sequence[tuple[date, date]] = ()) -> str:
    """SELECT over ``raw_<table>`` with every canonical column: absent ones null, later facts blanked or left out.

    A row is known from the earliest of the table's ``known_at`` dates; a row without any is shown. The text is
    the same for DuckDB and Spark.
    """
    columns = ", ".join(
        f"{_value(column, table, present, as_of)} AS {column.name}" for column in table.columns.values()
    )
    known = known_on(table, present)
    complete = "FALSE"
    if periods:
        complete = declared_complete(periods, known) if known else "TRUE"
    where = f" WHERE {known} IS NULL OR {known} <= {_day(as_of)}" if known else ""
    return f"SELECT {columns}, ({complete}) AS {COMPLETE} FROM raw_{table.name} AS r{where}"


def known_on(table: Table, present: Sequence[str]) -> str | None:
    """SQL for the day a row is known, or None for reference data and where no date column is there."""
    days = [f"CAST(r.{name} AS DATE)" for name in table.known_at if name in present]
    if not days:
        return None
    return days[0] if len(days) == 1 else f"LEAST({', '.join(days)})"


def empty_view(table: Table) -> str:
    """A view of a table nobody gave: all its columns and no row."""
    columns = ", ".join(f"CAST(NULL AS {c.sql_type}) AS {c.name}" for c in table.columns.values())
    return f"SELECT {columns}, FALSE AS {COMPLETE} WHERE FALSE"


def _day(day: date) -> str:
    return f"CAST('{day.isoformat()}' AS DATE)"


def _value(column: Column, table: Table, present: Sequence[str], as_of: date) -> str:
    if column.name not in present:
        return f"CAST(NULL AS {column.sql_type})"
    by = column.known_at if column.known_at in present else None
    if by is not None:
        return f"CASE WHEN r.{by} IS NULL OR CAST(r.{by} AS DATE) <= {_day(as_of)} THEN r.{column.name} END"
    if column.type in ("date", "timestamp") and not column.planned and table.known_at:
        return f"CASE WHEN CAST(r.{column.name} AS DATE) <= {_day(as_of)} THEN r.{column.name} END"
    return f"r.{column.name}"
