"""OCDS: open data of procurement, as lines of compiled releases, packages or records, become canonical tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from lianfang.engine.sources.ocds import notes, reading
from lianfang.engine.sources.ocds.flatten import RELEASE, Prepared, kept, selects
from lianfang.engine.sources.ocds.reading import NOTES, REJECTED, Progress, is_ocds
from lianfang.engine.sources.ocds.settings import Settings, parse

__all__ = ["KEYS_ONCE", "NOTES", "REJECTED", "is_ocds", "load"]
KEYS_ONCE = True  # no table it fills holds a key twice


def load(
    con: duckdb.DuckDBPyConnection,
    paths: Sequence[Path],
    settings: Mapping[str, Any] | None = None,
    *,
    progress: Progress | None = None,
) -> dict[str, str]:
    """Fill the canonical tables of procurement; canonical name → name of the DuckDB view that holds it.

    A table of which the data say nothing is left out. What could not be used stands in the tables
    ``ocds_rejected`` (file, row, reason) and ``ocds_note`` (file, note). Bids by one bidder have it in
    ``bid.bidder_id``, joint bids have their members in ``bid_tenderer``; awards likewise.
    """
    chosen = parse(settings)
    ordered = con.execute("SELECT current_setting('preserve_insertion_order')").fetchone()
    con.execute("SET preserve_insertion_order = false")
    try:
        reading.read(con, paths, chosen, progress)
    finally:
        con.execute(f"SET preserve_insertion_order = {bool(ordered and ordered[0])}")
    excluded = _exclude(con, chosen)
    tables, repeating = notes.seen(con)
    found = {}
    for name, select in selects(Prepared(chosen, repeating, "parties" in tables)).items():
        if name in tables:
            con.execute(f"CREATE OR REPLACE TEMP VIEW ocds_{name} AS {select}")
            found[name] = f"ocds_{name}"
    notes.take(con, paths, found, excluded)
    return found


def _exclude(con: duckdb.DuckDBPyConnection, settings: Settings) -> int:
    """Take out the processes that the settings exclude; returns how many."""
    if not settings.excluded_details:
        return 0
    row = con.execute(f"DELETE FROM {RELEASE} WHERE NOT {kept(settings)}").fetchone()
    return int(row[0]) if row else 0
