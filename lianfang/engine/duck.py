"""Opening DuckDB: in memory, without a word on standard output, and with nothing fetched from elsewhere."""

from __future__ import annotations

import duckdb

Config = dict[str, str | bool | int | float | list[str]]


def open_duckdb(config: Config | None = None) -> duckdb.DuckDBPyConnection:
    """A new database in memory. Its progress bar would otherwise write into the JSON on standard output."""
    return settle(duckdb.connect(config={"autoinstall_known_extensions": False, **(config or {})}))


def settle(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Settings that each cursor of a database needs anew."""
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET TimeZone = 'UTC'")
    return connection
