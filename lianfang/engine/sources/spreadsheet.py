"""Workbooks (xlsx, xlsm, xls, ods): their visible, filled sheets as text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from lianfang.engine.fault import Fault, say
from lianfang.engine.sources import ROW, Sheet, apart, safety
from lianfang.engine.sources.apart import Damaged, Grid
from lianfang.engine.sources.cell_text import text_of
from lianfang.engine.sources.layout import SAMPLE, Layout, Merge, find_layout, is_table, no_rows, text_sheet

Rows = list[list[object]]

HEAVY = 2 << 30  # bytes from which a workbook is read in a process of its own
_ZIP = b"PK"
_OLE_LOCKED = "EncryptedPackage".encode("utf-16-le")  # how a workbook with a password names its content


def sheets(path: Path, header_row: int | None = None, sheet: str | None = None) -> Iterator[Sheet]:
    """The sheets of a workbook whose names match ``sheet``; hidden and empty ones are skipped."""
    names: list[str] = []
    found = 0
    for shown, grid in _grids(path):
        names = _wanted(shown, path, sheet)
        if grid[0] in names:
            read = _read(grid, path, header_row, only=len(names) == 1 or sheet is not None)
            if read is not None:
                found += 1
                yield read
    if not found:
        raise no_rows(path.name if len(names) != 1 else f"{path.name} › {names[0]}")


def _grids(path: Path) -> Iterator[tuple[list[str], Grid]]:
    """The visible sheets one after the other, each with the names of all."""
    try:
        if _is_heavy(path):
            every = apart.read(path)
            yield from (([name for name, *_ in every], grid) for grid in every)
            return
        # Not by its path: by the ending an xlsx that was renamed to xls would be opened as what it is not.
        with path.open("rb") as stream, CalamineWorkbook.from_filelike(stream) as book:
            shown = apart.visible(book)
            for name in shown:
                yield shown, apart.grid(book, name)
    except (PasswordError, Damaged, CalamineError, ValueError, OSError) as error:
        raise _unreadable(path, error) from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # how a fault inside calamine arrives; it is no Exception
            raise
        raise safety.damaged(path.name) from None


def _is_heavy(path: Path) -> bool:
    """Whether to read it apart: only of an xlsx the memory that it takes can be told beforehand."""
    with path.open("rb") as stream:
        if stream.read(2) != _ZIP:
            return True
    weight = safety.check_parts(path, path.name)
    return weight > HEAVY or bool({"content.xml", "xl/workbook.bin"} & safety.check_zip(path, path.name))


def _unreadable(path: Path, error: Exception) -> Fault:
    with path.open("rb") as stream:
        is_locked = isinstance(error, PasswordError) or _OLE_LOCKED in stream.read(1 << 20)
    if is_locked or getattr(error, "locked", False):
        return safety.locked(path.name)
    if not isinstance(error, Damaged):
        return safety.damaged(path.name)
    return Fault(
        path.name,
        say("已损坏,或大到内存不够,无法打开。", "is damaged, or too large for the memory, and cannot be opened."),
        say("重新导出;很大的工作簿导出为 CSV。", "export it again; export a very large workbook as CSV."),
    )


def _wanted(shown: list[str], path: Path, wanted: str | None) -> list[str]:
    names = [name for name in shown if wanted is None or fnmatchcase(name, wanted)]
    if not names:
        raise Fault(
            path.name,
            say(
                f"没有名为“{wanted}”的可见工作表(有:{'、'.join(shown)})。",
                f"has no visible sheet “{wanted}” (it has: {', '.join(shown)}).",
            ),
            say("核对 mapping.yaml 中的 sheet。", "check sheet in mapping.yaml."),
        )
    return names


def _read(grid: Grid, path: Path, header_row: int | None, *, only: bool) -> Sheet | None:
    name, rows, merges = grid
    origin = f"{path.name} › {name}"
    top = [[text_of(value) or "" for value in row] for row in rows[:SAMPLE]]
    if not any(any(map(str.strip, row)) for row in top) or not (only or is_table(top)):
        return None
    layout = find_layout(top, merges, header_row, origin)
    _fill_down(rows, merges, layout.last)
    return text_sheet(origin=origin, file=path.name, name=name, layout=layout, rows=_columns(rows, layout))


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
