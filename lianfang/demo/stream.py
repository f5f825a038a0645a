"""Writes records of any number, table by table in pieces, so that a whole city needs little memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lianfang.demo.story import Row
from lianfang.engine.tables import tables

PIECE = 20_000
ARROW = {"bool": pa.bool_(), "int": pa.int64(), "date": pa.date32(), "timestamp": pa.timestamp("us")}
NUMBERS = ("money", "ratio", "quantity")


def write_rows(rows: Sequence[Row], table: str, path: Path) -> None:
    """One small table as Parquet."""
    with pq.ParquetWriter(path, _schema(table)) as writer:
        writer.write_table(_arrow(table, rows))


def stream(records: Iterable[tuple[str, Row]], folder: Path) -> dict[str, int]:
    """Write ``<table>_year.parquet`` for each table that occurs; returns the number of rows by table."""
    waiting: dict[str, list[Row]] = {}
    writers: dict[str, pq.ParquetWriter] = {}
    counts: dict[str, int] = {}
    try:
        for table, row in records:
            piece = waiting.setdefault(table, [])
            piece.append(row)
            if len(piece) >= PIECE:
                _write(writers, table, piece, folder)
            counts[table] = counts.get(table, 0) + 1
        for table, piece in waiting.items():
            _write(writers, table, piece, folder)
    finally:
        for writer in writers.values():
            writer.close()
    return counts


def _write(writers: dict[str, pq.ParquetWriter], table: str, piece: list[Row], folder: Path) -> None:
    if piece:
        if table not in writers:
            writers[table] = pq.ParquetWriter(folder / f"{table}_year.parquet", _schema(table))
        writers[table].write_table(_arrow(table, piece))
        piece.clear()


def _schema(table: str) -> pa.Schema:
    return pa.schema([(name, _type(column.type)) for name, column in tables()[table].columns.items()])


def _type(kind: str) -> pa.DataType:
    return ARROW.get(kind, pa.float64() if kind in NUMBERS else pa.string())


def _arrow(table: str, rows: Sequence[Row]) -> pa.Table:
    schema = _schema(table)
    return pa.table([pa.array([_value(row.get(f.name), f.type) for row in rows], f.type) for f in schema], schema)


def _value(value: Any, kind: pa.DataType) -> Any:
    if value is None:
        return None
    if pa.types.is_float64(kind):
        return float(value)
    return str(value) if pa.types.is_string(kind) else value
