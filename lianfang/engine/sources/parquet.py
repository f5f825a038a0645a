"""Parquet files, and JSON as far as it is a table: an array of objects, or one object a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
from pyarrow import parquet

from lianfang.engine.fault import Fault, say
from lianfang.engine.sources import ROW, Sheet, safety
from lianfang.engine.sources.cell_text import clean_columns, clean_header, text_of, unique_names
from lianfang.engine.sources.layout import no_rows, place
from lianfang.engine.sources.typed import typed_sheet

_WORDS = (b"NaN", b"Infinity", b"-Infinity", b"nan", b"inf")


def sheets(path: Path, header_row: int | None = None, sheet: str | None = None) -> Iterator[Sheet]:
    """The one table of a Parquet or JSON file."""
    with path.open("rb") as stream:
        packed = stream.read(4) == b"PAR1"
    found = _parquet(path) if packed else _json(path)
    if not found.rows.num_rows:
        raise no_rows(path.name)
    yield found


def _parquet(path: Path) -> Sheet:
    try:
        with parquet.ParquetFile(path) as file:
            width = len(file.schema_arrow)
            if width > safety.MAX_COLUMNS:
                raise safety.too_many_columns(path.name, width)
            table = file.read()
            table.validate(full=True)  # the reader believes what the file says of its texts
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        raise safety.damaged(path.name) from None
    return typed_sheet(origin=path.name, file=path.name, name=path.stem, table=table)


def _json(path: Path) -> Sheet:
    data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Fault(
            place(path.name, data.count(b"\n", 0, error.start) + 1),
            say(f"第 {error.start + 1} 个字节不是 UTF-8 编码。", f"byte {error.start + 1} is not UTF-8."),
            say("按 UTF-8 重新导出。", "export it again in UTF-8."),
        ) from None
    records = _lines(data, path.name) if _is_lines(path, data) else enumerate(_array(data, path.name), 1)
    return _sheet(path, records)


def _is_lines(path: Path, data: bytes) -> bool:
    """One object a line, also where the ending does not say so."""
    if path.suffix != ".json":
        return True
    first, _, rest = data.strip().partition(b"\n")
    return bool(rest) and first.startswith(b"{") and first.rstrip().endswith(b"}")


def _lines(data: bytes, where: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.strip():
            yield number, _parsed(line, where, number)


def _array(data: bytes, where: str) -> list[Any]:
    parsed = _parsed(data, where, 1)
    if isinstance(parsed, dict):
        lists = [value for value in parsed.values() if isinstance(value, list)]
        flat = not any(isinstance(value, dict | list) for value in parsed.values())
        parsed = [parsed] if flat else lists[0] if len(lists) == 1 else None
    if not isinstance(parsed, list):
        raise Fault(
            where,
            say("不是由记录组成的 JSON。", "is no JSON made of records."),
            say(
                "导出为对象数组 [{…},{…}] 或每行一个对象。",
                "export an array of objects [{…},{…}] or one object a line.",
            ),
        )
    return parsed


def _parsed(data: bytes, where: str, line: int) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        before = data.decode("utf-8")[: error.pos].encode()
        rest = data[len(before) :]
        row, column = line + before.count(b"\n"), error.pos - before.decode().rfind("\n")
    if rest.startswith(_WORDS):
        what = say("NaN、Infinity 不是合法的 JSON 数值。", "NaN and Infinity are no JSON numbers.")
    elif not rest.strip():
        what = say("内容不完整,文件可能被截断。", "it ends too early; the file may be cut off.")
    else:
        what = say(
            f"第 {column} 个字符处不是合法的 JSON(或嵌套过深)。", f"no valid JSON at character {column} (or too deep)."
        )
    raise Fault(
        place(where, row),
        what,
        say("按标准 JSON 重新导出,空值写 null。", "export it as standard JSON, blanks as null."),
    )


def _sheet(path: Path, records: Iterable[tuple[int, Any]]) -> Sheet:
    numbers: list[int] = []
    columns: dict[str, list[str | None]] = {}
    for number, record in records:
        if not isinstance(record, dict):
            raise Fault(
                place(path.name, number),
                say("不是对象(没有列名)。", "is no object (it has no column names)."),
                say('每条记录写成 {"列名": 值, …}。', 'write each record as {"column": value, …}.'),
            )
        for key, value in _flat(record):
            column = columns.setdefault(key, [])
            column.extend([None] * (len(numbers) - len(column)))
            column.append(value)
        if len(columns) > safety.MAX_COLUMNS:
            raise safety.too_many_columns(place(path.name, number), len(columns))
        numbers.append(number)
    names, changed = unique_names(clean_header(key) for key in columns)
    filled = [pa.array(c + [None] * (len(numbers) - len(c)), pa.string()) for c in columns.values()]
    rows = clean_columns(pa.table(filled, names=list(names))).append_column(ROW, pa.array(numbers, pa.int64()))
    notes = tuple(say(f"重复的列名改为「{n}」", f"a repeated column name became {n}") for n in changed)
    return Sheet(path.name, path.name, path.stem, names, rows, typed=False, notes=notes)


def _flat(record: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    """The members of a record and of the objects in it; what lies deeper as JSON text."""
    for key, value in record.items():
        if isinstance(value, dict):
            for inner, deep in value.items():
                yield f"{key}.{inner}", _text(deep)
        else:
            yield key, _text(value)


def _text(value: object) -> str | None:
    return orjson.dumps(value).decode() if isinstance(value, (dict, list)) else text_of(value)
