"""The spreadsheet of rejected rows that goes back to who sent the files: where, why, and the row as it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import xlsxwriter

from lianfang.engine import identity
from lianfang.engine.identity import masked
from lianfang.engine.mapping import Plan
from lianfang.engine.quality import ISSUES
from lianfang.engine.sources.safety import inert
from lianfang.engine.tables import Column, Table, tables
from lianfang.engine.values import literal

LISTED = 20_000  # rejected rows of one table that are written out; the rest is counted
HEADINGS = ("来源文件", "工作表", "行号", "列", "原因", "值")


@dataclass(frozen=True)
class Source:
    """Where rows of a table came from, as far as it must be known to show them again."""

    file: str
    sheet: str
    plan: Plan


_REASONS = {
    "missing": "必填项为空",
    "identity": "身份证号码校验不通过",
    "uscc": "统一社会信用代码校验不通过",
    "digits": "长编号被存成数字,后几位已丢失,请把该列设为文本后重新填写",
    "date": "日期无法识别或不存在,请写成 2024-03-05",
    "timestamp": "时间无法识别或不存在,请写成 2024-03-05 14:30",
    "money": "金额无法识别或过大",
    "ratio": "比例无法识别",
    "quantity": "数值无法识别",
    "int": "不是整数",
    "bool": "须填“是”或“否”",
    "status": "须填“有”“无”或“不详”",
    "code": "不在代码表内",
    "range": "超出允许范围",
    "duplicate": "主键重复",
}


def reason(kind: str, column: Column | None) -> str:
    """Why a row is sent back, in Chinese, as its sender reads it."""
    text = _REASONS[kind]
    if kind == "code" and column is not None:
        shown = "、".join(column.codes[:8]) + ("等" if len(column.codes) > 8 else "")
        return f"{text}(可填 {shown})"
    if kind == "range" and column is not None:
        low, high = (None if v is None else f"{v:g}" for v in (column.minimum, column.maximum))
        return (
            f"{text}({'不小于 ' + low if low else ''}{',' if low and high else ''}{'不大于 ' + high if high else ''})"
        )
    return text


@dataclass(frozen=True)
class Line:
    """One rejected row of the spreadsheet."""

    source: Source
    row: int
    columns: str
    reasons: str
    values: str
    cells: Mapping[str, str | None]


def numbers(con: duckdb.DuckDBPyConnection, table: Table) -> list[tuple[int, int]]:
    """Source and row number of the rejected rows that are written out."""
    asked = f"SELECT DISTINCT source, row FROM {ISSUES} WHERE tbl = {literal(table.name)} ORDER BY 1, 2 LIMIT {LISTED}"
    return con.execute(asked).fetchall()


def lines(
    con: duckdb.DuckDBPyConnection, table: Table, sources: Mapping[int, Source], cells: Mapping[int, Mapping[int, Any]]
) -> list[Line]:
    """The rejected rows of a table with all that is wrong in each; ``cells`` holds the rows as they were."""
    asked = (
        f"SELECT source, row, col, kind, value, first_source, first_row FROM {ISSUES} "
        f"WHERE tbl = {literal(table.name)} ORDER BY source, row, col"
    )
    wanted = set(numbers(con, table))
    found: dict[tuple[int, int], list[tuple[Any, ...]]] = {}
    for source, row, *rest in con.execute(asked).fetchall():
        if (source, row) in wanted:
            found.setdefault((source, row), []).append(tuple(rest))
    return [_line(table, sources, key, issues, cells[key[0]].get(key[1], {})) for key, issues in found.items()]


def _line(
    table: Table,
    sources: Mapping[int, Source],
    key: tuple[int, int],
    issues: Sequence[tuple[Any, ...]],
    cells: Mapping[str, str | None],
) -> Line:
    source = sources[key[0]]
    columns, reasons, shown = [], [], []
    for name, kind, value, first_source, first_row in issues:
        parts = [table.columns[part] for part in name.split("+")]
        columns.append("、".join(part.zh for part in parts))
        first = f":首次见于 {sources[first_source].file} 第 {first_row} 行" if first_source is not None else ""
        reasons.append(reason(kind, parts[0]) + first)
        shown.append(_shown(value, any(_is_personal(part) for part in parts)))
    personal = _headers(source)
    kept = {header: _shown(text, personal.get(header, True)) for header, text in cells.items()}
    return Line(source, key[1], _joined(columns), _joined(reasons), _joined(shown), kept)


def _joined(texts: Sequence[str]) -> str:
    return ";".join(dict.fromkeys(text for text in texts if text))


def _headers(source: Source) -> dict[str, bool]:
    """The headers of a source and whether their cells are masked: a column of unknown meaning may be personal."""
    known = {t.header: _is_personal(source.plan.table.columns[c]) for c, t in source.plan.takes.items() if t.header}
    return known | dict.fromkeys(source.plan.left_over, True)


def _is_personal(column: Column) -> bool:
    return column.sensitivity == "personal" or column.type == "person_key"


def _shown(value: str | None, personal: bool) -> str:
    if value is None:
        return ""
    return masked(value) if personal else identity.masked_numbers(value)


def write(
    path: Path,
    found: Mapping[str, Sequence[Line]],
    counts: Mapping[str, int],
    others: Sequence[tuple[str, int | None, str]],
) -> None:
    """Write one sheet a table; ``others`` are files, row numbers and reasons of what never became a table's row."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(path, options) as book:
        bold = book.add_format({"bold": True})
        for name, table_lines in found.items():
            sheet = book.add_worksheet(
                f"{tables()[name].zh}"[:31].translate(str.maketrans("[]:*?/\\", "、、、、、、、"))
            )
            headers = list(dict.fromkeys(header for line in table_lines for header in line.cells))
            sheet.write_row(0, 0, [*HEADINGS, *map(inert, headers)], bold)
            for number, line in enumerate(table_lines, 1):
                sheet.write_row(number, 0, _row(line, headers))
            if counts[name] > len(table_lines):
                sheet.write_string(len(table_lines) + 1, 0, f"另有 {counts[name] - len(table_lines)} 行未列出")
        if others:
            sheet = book.add_worksheet("其他来源")
            sheet.write_row(0, 0, ("来源文件", "行号", "原因"), bold)
            for number, (file, row, why) in enumerate(others[:LISTED], 1):
                sheet.write_row(number, 0, (inert(file), "" if row is None else row, inert(why)))


def _row(line: Line, headers: Sequence[str]) -> list[str | int]:
    front: list[str | int] = [line.source.file, line.source.sheet, line.row, line.columns, line.reasons, line.values]
    texts: list[str | int] = [*front, *(line.cells.get(header) or "" for header in headers)]
    return [text if isinstance(text, int) else inert(text) for text in texts]
