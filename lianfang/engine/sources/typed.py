"""Tables that bring types along (Parquet, databases): flat columns of types that every engine reads alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from lianfang.engine.fault import say
from lianfang.engine.sources import ROW, Sheet
from lianfang.engine.sources.cell_text import clean_columns, clean_header, unique_names
from lianfang.engine.sources.safety import MAX_COLUMNS, too_many_columns

BEIJING = "+08:00"  # moments with a zone are read as the time on the wall in China
_BINARY = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary, pa.types.is_binary_view)


def typed_sheet(*, origin: str, file: str, name: str, table: pa.Table, notes: Sequence[str] = ()) -> Sheet:
    """The sheet of a table: nested columns are flattened one level, deeper ones become JSON text."""
    told, fields = list(notes), []
    table = table.flatten()
    if table.num_columns > MAX_COLUMNS:
        raise too_many_columns(origin, table.num_columns)
    for title, column in _plain_columns(table):
        if column is None:
            told.append(say(f"「{title}」是二进制内容,未读入", f"{title} is binary and was not read"))
        else:
            fields.append((clean_header(title), column))
    names, changed = unique_names(title for title, _ in fields)
    told += [say(f"重复的列名改为「{n}」", f"a repeated column name became {n}") for n in changed]
    plain = clean_columns(pa.table([column for _, column in fields], names=list(names)))
    numbered = plain.append_column(ROW, pa.arange(1, table.num_rows + 1))
    return Sheet(origin, file, name, names, numbered, typed=True, notes=tuple(told))


def _plain_columns(table: pa.Table) -> Iterator[tuple[str, pa.ChunkedArray | None]]:
    for title, column in zip(table.column_names, table.columns, strict=True):
        yield title, _plain(column)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _plain(column.cast(kind.value_type))
    if pa.types.is_nested(kind):
        texts = [None if value is None else orjson.dumps(value, default=str).decode() for value in column.to_pylist()]
        return pa.chunked_array([pa.array(texts, pa.string())])
    if pa.types.is_null(kind) or pa.types.is_string_view(kind):
        return column.cast(pa.string())
    if pa.types.is_timestamp(kind):
        local = pc.local_timestamp(column.cast(pa.timestamp(kind.unit, BEIJING))) if kind.tz else column
        return local.cast(pa.timestamp("us"), safe=False)
    if pa.types.is_floating(kind):
        # NaN is no number: left in, one engine would hold it to be above every limit.
        return pc.if_else(pc.is_finite(column), column, pa.scalar(None, kind))
    return _text_of_binary(column) if any(is_kind(kind) for is_kind in _BINARY) else column


def _text_of_binary(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Some writers do not mark their texts as text; what is no text cannot be used."""
    try:
        return column.cast(pa.binary()).cast(pa.string())
    except pa.ArrowInvalid:
        return None
