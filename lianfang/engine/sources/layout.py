"""Where the table stands in a sheet: title and unit above it, header rows, total and signature rows below it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from lianfang.engine.fault import Fault, say
from lianfang.engine.sources import ROW, Empty, Sheet
from lianfang.engine.sources.cell_text import clean, clean_columns, clean_header, unique_names
from lianfang.engine.sources.safety import MAX_CELL, MAX_COLUMNS, too_many_columns

SAMPLE = 60  # rows looked at to find the header
DEEPEST = 4  # rows a header may have
TAIL = 10  # rows at the end that may be totals and signatures

Merge = tuple[tuple[int, int], tuple[int, int]]  # (row, column) of the first and the last cell, from 0
Grid = list[list[str]]

# 编制单位 and 主管单位 are offices; 元 may begin the name of a county.
_UNIT = re.compile(
    r"(?<![制报送管填用])单\s*位\s*[:：(]?\s*(?:人民币)?\s*((?:亿|千万|百万|十万|万|千|百)?)\s*元(?![一-鿿])"
)
_REMARK = re.compile(r".[:：].")  # 编制日期：2024年
_DATA = re.compile(r"[+-]?[\d,]*\.?\d+%?|\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?.*")
_YEAR = re.compile(r"(19|20)\d\d")
_NUMBERED = re.compile(r"栏次|行次|[甲乙丙丁戊己]|\(?\d{1,3}\)?|\d{1,3}=[\d+-]+")
_TOTAL = r"^(本页|本月|累计)?[合总小共] *计$"
_TOTAL_LINE = re.compile(r"(合计|总计|小计|共计|累计)[:：(].*")
_SIGNED = re.compile(  # 填表人：某某, and as a cell of its own where most cells of the row are blank
    r"(填表|制表|制单|填报|审核|复核|审批|经办|负责|单位负责|联系|日期|填表日期|盖章)(人|人员|单位|日期|时间|电话)?([:：].*|(?P<bare>))"
    r"|(注|备注|附注|说明)\d*[:：].*|\(盖章\).*"
)


@dataclass(frozen=True)
class Layout:
    """The rows of a header (from 0, first and last), its texts by column, and the unit stated above it."""

    first: int
    last: int
    names: tuple[str, ...]
    unit: str | None


def find_layout(rows: Sequence[Sequence[str]], merges: Iterable[Merge], header_row: int | None, where: str) -> Layout:
    """Find the header in the first rows of a sheet; ``header_row`` (from 1) states its first row."""
    grid = [[clean_header(text) for text in row] for row in rows[:SAMPLE]]
    spans = [merge for merge in merges if merge[0][0] < SAMPLE]
    filled = _spread(grid, spans)
    first = _stated(filled, header_row, where) if header_row else _first(filled, grid, where)
    last = _deepest(filled, grid, spans, first)
    names = tuple(_joined(filled, first, last, column) for column in range(len(filled[first])))
    if _is_numbering(grid, last + 1, names):
        last += 1
    above = (clean(text) for row in rows[:first] for text in row)
    unit = next((found[1] + "元" for text in above if (found := _UNIT.search(text))), None)
    return Layout(first, last, names, unit)


def is_table(rows: Sequence[Sequence[str]]) -> bool:
    """Whether at least two rows have two filled cells: a cover page or an explanation has not."""
    return sum(sum(bool(text.strip()) for text in row) >= 2 for row in rows[:SAMPLE]) >= 2


def _spread(grid: Grid, merges: Iterable[Merge]) -> Grid:
    """The grid with the text of a merged cell in all cells that it covers."""
    filled = [list(row) for row in grid]
    for (top, left), (bottom, right) in merges:
        for row in filled[top : bottom + 1]:
            row[left : right + 1] = [grid[top][left] if left < len(grid[top]) else ""] * len(row[left : right + 1])
    return filled


def _stated(grid: Grid, header_row: int, where: str) -> int:
    if header_row > len(grid) or not any(grid[header_row - 1]):
        raise Fault(
            where,
            say(f"第{header_row}行没有表头。", f"row {header_row} holds no header."),
            say("核对 mapping.yaml 中的 header_row。", "check header_row in mapping.yaml."),
        )
    return header_row - 1


def _first(filled: Grid, grid: Grid, where: str) -> int:
    width = sum(any(column) for column in zip(*_even(grid), strict=True))
    need = max(min(2, width), (width + 1) // 2)
    fitting = (r for r, row in enumerate(filled) if _count(row) >= need and (width == 1 or len({*row} - {""}) > 1))
    first = next((r for r in fitting if not _is_remark(grid, filled, r)), None)
    if first is not None and first > 0 and _is_group_row(grid, first - 1):
        first -= 1
    if first is None or any(_is_data(text) for text in grid[first]):
        row = "" if first is None else say(f"(第{first + 1}行像是数据)", f" (row {first + 1} looks like data)")
        raise Fault(
            where,
            say(f"没有找到表头{row}。", f"no header row was found{row}."),
            say(
                "在表格首行写上列名,或在 mapping.yaml 中写明 header_row。",
                "name the columns in the first row, or state header_row in mapping.yaml.",
            ),
        )
    return first


def _is_remark(grid: Grid, filled: Grid, row: int) -> bool:
    """A title, a unit, an office, a date: all of them remarks, or some and more cells in the row below."""
    remarks = [bool(_REMARK.search(text) or _UNIT.search(text)) for text in grid[row] if text]
    below = next((_count(r) for r in filled[row + 1 :] if _count(r)), 0)
    return all(remarks) or (any(remarks) and below > len(remarks))


def _even(grid: Grid) -> Grid:
    width = max(map(len, grid), default=0)
    return [row + [""] * (width - len(row)) for row in grid]


def _count(row: Sequence[str]) -> int:
    return sum(bool(text) for text in row)


def _is_data(text: str) -> bool:
    return bool(_DATA.fullmatch(text)) and not _YEAR.fullmatch(text)


def _deepest(filled: Grid, grid: Grid, merges: Sequence[Merge], first: int) -> int:
    """The last row of the header that starts in ``first``."""
    last = first
    while last < min(first + DEEPEST, len(grid)) - 1:
        upright = max((b for (t, _), (b, _) in merges if first <= t <= last < b), default=last)
        if upright > last:
            last = min(upright, len(grid) - 1)
        elif _has_parts(grid, merges, last):
            last += 1
        else:
            break
    if last == first and _is_group_row(grid, first):
        _fill_groups(filled, grid, first)
        last += 1
    return last


def _has_parts(grid: Grid, merges: Sequence[Merge], row: int) -> bool:
    """Whether a merged group cell of the row has texts below it."""
    below = grid[row + 1]
    groups = [(left, right) for (top, left), (bottom, right) in merges if top == bottom == row and right > left]
    return not any(_is_data(text) for text in below) and any(
        _count(below[left : right + 1]) > 1 for left, right in groups
    )


def _is_group_row(grid: Grid, row: int) -> bool:
    """Without knowledge of merged cells: groups are filled below in full, and the other columns not at all."""
    if row + 1 >= len(grid):
        return False
    upper, lower = _even(grid[row : row + 2])
    if not upper or not upper[0] or any(map(_is_data, lower)) or any(map(_is_data, upper)):
        return False
    groups = _groups(upper, lower)
    grouped = {column for start, end in groups for column in range(start, end)}
    return (
        bool(groups)
        and all(bool(lower[c]) == (c in grouped) for c in range(len(lower)) if upper[c] or lower[c])
        and len(grouped) < _count([a or b for a, b in zip(upper, lower, strict=True)])
    )


def _groups(upper: Sequence[str], lower: Sequence[str]) -> list[tuple[int, int]]:
    found = []
    for start, text in enumerate(upper):
        end = start + 1
        while text and end < len(upper) and not upper[end] and lower[end]:
            end += 1
        if end > start + 1:
            found.append((start, end))
    return found


def _fill_groups(filled: Grid, grid: Grid, row: int) -> None:
    upper, lower = _even(grid[row : row + 2])
    filled[row], filled[row + 1] = list(upper), list(lower)
    for start, end in _groups(upper, lower):
        filled[row][start:end] = [upper[start]] * (end - start)


def _joined(grid: Grid, first: int, last: int, column: int) -> str:
    parts: list[str] = []
    for row in grid[first : last + 1]:
        text = row[column] if column < len(row) else ""
        if text and (not parts or parts[-1] != text):
            parts.append(text)
    return "/".join(parts)


def _is_numbering(grid: Grid, row: int, names: Sequence[str]) -> bool:
    """The row of column numbers below the header of official forms (栏次, 甲, 1, 2, 3)."""
    texts = [text for text in grid[row] if text] if row < len(grid) else []
    if len(texts) < 2 or not all(_NUMBERED.fullmatch(text) for text in texts):
        return False
    numbers = [str(n) for n in range(1, len(texts) + 1)]
    return any(text in "栏次行次甲乙" for text in texts) or (texts == numbers and len(texts) == _count(names) >= 5)


def letter(column: int) -> str:
    """The letter of a spreadsheet column, from 0."""
    text, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def text_sheet(
    *, origin: str, file: str, name: str, layout: Layout, rows: pa.Table, notes: Sequence[str] = ()
) -> Sheet | None:
    """The sheet of a found layout. ``rows`` has the data rows as text columns by position and ``_row``."""
    numbers = rows.column(ROW)
    table = clean_columns(rows.drop_columns([ROW]))
    told = list(notes)
    kept = [i for i, text in enumerate(layout.names) if text or table.column(i).null_count < table.num_rows]
    if len(kept) > MAX_COLUMNS:
        raise too_many_columns(origin, len(kept))
    texts = [layout.names[i] or say(f"列{letter(i)}", f"column {letter(i)}") for i in kept]
    told += [
        say(f"「{t}」没有表头", f"{t} has no header") for i, t in zip(kept, texts, strict=True) if not layout.names[i]
    ]
    names, changed = unique_names(texts)
    told += [say(f"重复的列名改为「{n}」", f"a repeated column name became {n}") for n in changed]
    table = table.select(kept).rename_columns(list(names))
    _refuse_long_cells(table, numbers, origin)
    keep, left_out = _data_rows(table)
    table = table.append_column(ROW, numbers)
    table = table if pc.all(keep).as_py() else table.filter(keep)  # a copy of a large table is worth avoiding
    if left_out:
        told.append(
            say(f"{left_out} 行合计、签字或说明未作数据读入", f"{left_out} total or signature rows are no data")
        )
    if not table.num_rows:
        return None
    return Sheet(origin, file, name, names, table, False, layout.unit, left_out, tuple(told))


def _data_rows(table: pa.Table) -> tuple[pa.ChunkedArray, int]:
    """Which rows are data: not blank, no totals, and none of the totals, signatures and notes at the end."""
    lead = pc.coalesce(*table.columns)
    filled = pc.is_valid(lead)
    total = pc.fill_null(pc.match_substring_regex(lead, _TOTAL), False)
    keep = pc.and_(filled, pc.invert(total))
    places = pc.indices_nonzero(keep)
    tail = []
    for place in reversed(places[-TAIL:].to_pylist()):
        if not _ends_table(lead[place].as_py().replace(" ", ""), table.slice(place, 1)):
            break
        tail.append(place)
    if tail:
        index = pa.chunked_array([pa.arange(0, table.num_rows)])
        keep = pc.and_(keep, pc.less(index, min(tail)))
    return keep, (pc.sum(total).as_py() or 0) + len(tail)


def _ends_table(text: str, row: pa.Table) -> bool:
    """Whether a row that begins with the text is a total, a signature or a note."""
    found = _SIGNED.fullmatch(text)
    if found is None:
        return _TOTAL_LINE.fullmatch(text) is not None
    return found["bare"] is None or sum(column.null_count for column in row.columns) * 2 >= row.num_columns


def _refuse_long_cells(table: pa.Table, numbers: pa.ChunkedArray, origin: str) -> None:
    for name in table.column_names:
        column = table.column(name)
        if (pc.max(pc.binary_length(column)).as_py() or 0) <= MAX_CELL:
            continue
        long = pc.greater(pc.utf8_length(column), MAX_CELL)
        if pc.any(long).as_py():
            row = numbers.filter(long)[0].as_py()
            raise Fault(
                place(origin, row, name),
                say(f"单元格超过 {MAX_CELL} 个字。", f"the cell is longer than {MAX_CELL} characters."),
                say(
                    "核对引号是否成对,长文本请另存为附件。",
                    "check the quotation marks; keep long texts in other files.",
                ),
            )


def place(origin: str, row: int, column: str | None = None) -> str:
    """Where a row or a cell stands, for messages."""
    if column is None:
        return say(f"{origin} 第{row}行", f"{origin} row {row}")
    return say(f"{origin} 第{row}行「{column}」", f"{origin} row {row}, {column}")


def no_rows(where: str) -> Empty:
    return Empty(
        where,
        say("没有数据行。", "has no data rows."),
        say("核对导出条件;确无数据时不必提供该文件。", "check how it was exported; leave it out if there is no data."),
    )
