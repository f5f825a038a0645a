"""OCDS: open data of procurement, as lines of compiled releases, packages or records, become canonical tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from lianfang.engine.sources.ocds import notes, reading
from lianfang.engine.sources.ocds.flatten import Prepared, selects
from lianfang.engine.sources.ocds.reading import NOTES, REJECTED, Progress, is_ocds
from lianfang.engine.sources.ocds.settings import parse
from lianfang.engine.sources.ocds.shape import TABLES, Wanted
from lianfang.engine.tables import tables

__all__ = ["KEYS_ONCE", "NOTES", "REJECTED", "is_ocds", "load"]
KEYS_ONCE = True  # no table it fills holds a key twice


def load(
    con: duckdb.DuckDBPyConnection,
    paths: Sequence[Path],
    settings: Mapping[str, Any] | None = None,
    *,
    progress: Progress | None = None,
    wanted: Wanted | None = None,
) -> dict[str, str]:
    """Fill the canonical tables of procurement; canonical name → name of the DuckDB view that holds it.

    A table of which the data say nothing is left out. ``wanted`` names the columns to fill of each table; by default
    all tables are filled with all that is known.
    What could not be used stands in the tables ``ocds_rejected`` (file, row, reason) and ``ocds_note`` (file, note).
    Bids by one bidder have it in ``bid.bidder_id``, joint bids have their members in ``bid_tenderer``; awards likewise.
    """
    chosen, wanted = parse(settings), None if wanted is None else _completed(wanted)
    ordered = con.execute("SELECT current_setting('preserve_insertion_order')").fetchone()
    con.execute("SET preserve_insertion_order = false")
    try:
        reading.read(con, paths, chosen, wanted, progress)
    finally:
        con.execute(f"SET preserve_insertion_order = {bool(ordered and ordered[0])}")
    survey = notes.survey(con, [name for name in TABLES if wanted is None or wanted.get(name)])
    prepared = Prepared(chosen, survey.repeating, survey.parties, wanted)
    found = {}
    for name, select in selects(prepared, survey.tables).items():
        con.execute(f"CREATE OR REPLACE TEMP VIEW ocds_{name} AS {select}")
        found[name] = f"ocds_{name}"
    notes.take(con, paths, prepared, survey.tables)
    return found


def _completed(wanted: Wanted) -> dict[str, frozenset[str]]:
    """The wanted columns with those without which no row can be: keys, required ones, and days of knowledge."""
    found = {}
    for name in TABLES:
        if not wanted.get(name):
            continue
        table = tables()[name]
        asked = {*wanted[name], *table.key, *table.known_at, *(c.name for c in table.columns.values() if c.required)}
        days = {table.columns[c].known_at for c in asked if c in table.columns}
        found[name] = frozenset(asked | {day for day in days if day is not None})
    return found
