"""OCDS: open data of procurement, as lines of compiled releases, packages or records, become canonical tables."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from lianfang.engine.sources.ocds import notes, reading
from lianfang.engine.sources.ocds.flatten import Prepared, selects
from lianfang.engine.sources.ocds.reading import NOTES, REJECTED, Progress, is_ocds
from lianfang.engine.sources.ocds.settings import parse
from lianfang.engine.sources.ocds.shape import TABLES

__all__ = ["KEYS_ONCE", "NOTES", "REJECTED", "is_ocds", "load"]
KEYS_ONCE = True  # no table it fills holds a key twice


def load(
    con: duckdb.DuckDBPyConnection,
    paths: Sequence[Path],
    settings: Mapping[str, Any] | None = None,
    *,
    progress: Progress | None = None,
    wanted: Collection[str] | None = None,
) -> dict[str, str]:
    """Fill the canonical tables of procurement; canonical name → name of the DuckDB view that holds it.

    A table of which the data say nothing is left out, and so is one that is not ``wanted`` (by default all are).
    What could not be used stands in the tables ``ocds_rejected`` (file, row, reason) and ``ocds_note`` (file, note).
    Bids by one bidder have it in ``bid.bidder_id``, joint bids have their members in ``bid_tenderer``; awards likewise.
    """
    chosen = parse(settings)
    asked = TABLES if wanted is None else [name for name in TABLES if name in wanted]
    ordered = con.execute("SELECT current_setting('preserve_insertion_order')").fetchone()
    con.execute("SET preserve_insertion_order = false")
    try:
        reading.read(con, paths, chosen, asked, progress)
    finally:
        con.execute(f"SET preserve_insertion_order = {bool(ordered and ordered[0])}")
    survey = notes.survey(con, asked)
    found = {}
    for name, select in selects(Prepared(chosen, survey.repeating, survey.parties), survey.tables).items():
        con.execute(f"CREATE OR REPLACE TEMP VIEW ocds_{name} AS {select}")
        found[name] = f"ocds_{name}"
    notes.take(con, paths, chosen, survey.tables)
    return found
