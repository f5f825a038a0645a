"""Workbooks (xlsx, xlsm, xls, ods): their visible, filled sheets as text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import pyarrow as pa
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from lianfang.engine.fault import Fault, say
from lianfang.engine.sources import ROW, Sheet, safety
from lianfang.engine.sources.cell_text import text_of
from lianfang.engine.sources.layout import SAMPLE, Layout, Merge, find_layout, is_table, no_rows, text_sheet

Rows = list[list[object]]

_OLE_LOCKED = "EncryptedPackage".encode("utf-16-le")  # how a workbook with a password names its content


def sheets(path: Path, header_row: int | None = None, sheet: str | None = None) -> Iterator[Sheet]:
    """The sheets of a workbook whose names match ``sheet``; hidden and empty ones are skipped."""
    with _opened(path) as book:
        names = _visible(book, path, sheet)
        found = 0
        for name in names:
            read = _read(book, path, name, header_row, only=len(names) == 1 or sheet is not None)
            if read is not None:
                found += 1
                yield read
        if not found:
            raise no_rows(path.name if len(names) != 1 else f"{path.name} › {names[0]}")


def _opened(path: Path) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_path(str(path))
    except PasswordError:
        raise safety.locked(path.name) from None
    except (CalamineError, ValueError, OSError):
        with path.open("rb") as stream:
            if _OLE_LOCKED in stream.read(1 << 20):
                raise safety.locked(path.name) from None
        raise safety.damaged(path.name) from None


def _visible(book: CalamineWorkbook, path: Path, wanted: str | None) -> list[str]:
    shown = [
        meta.name
        for meta in book.sheets_metadata
        if meta.visible == SheetVisibleEnum.Visible and meta.typ == SheetTypeEnum.WorkSheet
    ]
    names = [name for name in shown if wanted is None or fnmatchcase(name, wanted)]
    if wanted is not None and not names:
        raise Fault(
            path.name,
            say(
                f"没有名为“{wanted}”的可见工作表(有:{'、'.join(shown)})。",
                f"has no visible sheet “{wanted}” (it has: {', '.join(shown)}).",
            ),
            say("核对 mapping.yaml 中的 sheet。", "check sheet in mapping.yaml."),
        )
    return names


def _read(book: CalamineWorkbook, path: Path, name: str, header_row: int | None, *, only: bool) -> Sheet | None:
    origin = f"{path.name} › {name}"
    found, rows = _rows(book, name, origin)
    top = [[text_of(value) or "" for value in row] for row in rows[:SAMPLE]]
    if not any(any(map(str.strip, row)) for row in top) or not (only or is_table(top)):
        return None
    merges = found.merged_cell_ranges or []
    layout = find_layout(top, merges, header_row, origin)
    _fill_down(rows, merges, layout.last)
    return text_sheet(origin=origin, file=path.name, name=name, layout=layout, rows=_columns(rows, layout))


def _rows(book: CalamineWorkbook, name: str, origin: str) -> tuple[CalamineSheet, Rows]:
    try:
        found = book.get_sheet_by_name(name)
        safety.check_area(found.total_height, found.total_width, origin)
        return found, found.to_python(skip_empty_area=False)
    except (CalamineError, ValueError, OSError):
        raise safety.damaged(origin) from None


def _fill_down(rows: Rows, merges: Sequence[Merge], header: int) -> None:
    """A text or date merged over several data rows holds for each of them; a number may be their sum and stays."""
    for (top, left), (bottom, right) in merges:
        if top > header and bottom > top and left == right and top < len(rows):
            value = rows[top][left]
            if isinstance(value, (str, dt.date)):
                for row in rows[top : bottom + 1]:
                    row[left] = value


def _columns(rows: Rows, layout: Layout) -> pa.Table:
    data = rows[layout.last + 1 :]
    columns = zip(*data, strict=True) if data else [()] * len(layout.names)
    table = {str(place): _texts(column) for place, column in enumerate(columns)}
    return pa.table({**table, ROW: pa.arange(layout.last + 2, max(len(rows), layout.last + 1) + 1)})


def _texts(values: Sequence[object]) -> pa.Array:
    plain = set(map(type, values)) == {str}
    return pa.array(values if plain else map(text_of, values), pa.string())
