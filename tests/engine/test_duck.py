"""DuckDB is opened in one place: quiet on standard output, and without anything fetched from elsewhere."""

from __future__ import annotations

import ast
from pathlib import Path

import lianfang.engine
from lianfang.engine.duck import open_duckdb

ENGINE = Path(lianfang.engine.__file__).parent


def test_a_database_is_quiet_and_fetches_nothing() -> None:
    with open_duckdb() as connection:
        names = ("enable_progress_bar", "autoinstall_known_extensions", "TimeZone")
        row = connection.execute(f"SELECT {', '.join(f'current_setting({name!r})' for name in names)}").fetchone()
    assert row is not None
    assert (row[0], row[1], row[2] in ("UTC", "Etc/UTC")) == (False, False, True)


def test_no_other_module_of_the_engine_opens_one() -> None:
    opened = {
        path.name
        for path in ENGINE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "duckdb"
        and node.attr in ("connect", "execute", "sql", "query")
    }
    assert opened == {"duck.py"}
