"""Blank workbooks that units fill in, one for each canonical table, written from the table definitions."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from lianfang.engine.fault import Fault, say
from lianfang.engine.tables import Column, Table, tables
from lianfang.engine.tables.document import SENSITIVITY_WORDS, TYPE_WORDS, column_codes, column_unit

NOTES_SHEET = "说明"
CODES_SHEET = "代码"
OFFICE_GROUP = "office"  # snapshots of the office's own work: nobody fills them in
BOOLS = ("是", "否")
STATUSES = ("有", "无", "不详")
LAST_ROW = 1_048_575
LIST_LIMIT = 255  # characters of a drop-down written into the cell's rule; longer lists need a range
# The workbook carries its making day; a fixed one keeps the same definitions byte-identical.
MADE = dt.datetime(2000, 1, 1)
FIRST_DAY, LAST_DAY = dt.date(1900, 1, 1), dt.date(2999, 12, 31)
TEXT_TYPES = ("text", "code", "status", "person_key", "bool")
TEXT_FORMAT = 49  # Excel's own number for text cells
NUMBER_FORMATS = {"date": "yyyy-mm-dd", "timestamp": "yyyy-mm-dd hh:mm:ss", "money": "#,##0.00"}
HEADINGS = ("中文列名", "英文名", "系统列名", "类型", "必填", "单位", "可选值", "含义", "敏感程度")
WIDTHS = (28, 34, 24, 30, 6, 10, 40, 44, 10)


def sheet_name(table: Table) -> str:
    """The table's Chinese name without the characters that a sheet name may not hold."""
    return "".join("、" if char in "[]:*?/\\" else char for char in table.zh)[:31]


def file_name(table: Table) -> str:
    return f"{sheet_name(table)}_{table.name}.xlsx"


def header(column: Column) -> str:
    """The header cell: the Chinese column name, with * where a value is required."""
    return column.zh + ("*" if column.required else "")


def _meaning(column: Column, table: Table) -> str:
    parts = [column.note or ""]
    if column.of:
        parts.append(f"“{table.columns[column.of].zh}”空白时,说明是没有、有而未录,还是不详")
    if column.planned:
        parts.append("可以晚于填报日")
    return ";".join(part for part in parts if part)


def _hint(column: Column, table: Table) -> str:
    """The comment on a header: what to put into the column."""
    lines = [TYPE_WORDS[column.type][0] + (",必填" if column.required else "")]
    if unit := column_unit(column):
        lines.append(f"单位:{unit}")
    if meaning := _meaning(column, table):
        lines.append(meaning)
    return "\n".join(lines)


def choices(column: Column) -> tuple[str, ...]:
    """What the drop-down of a column offers; empty for a column without one."""
    return {"bool": BOOLS, "status": STATUSES}.get(column.type, column.codes)


def _number_rule(column: Column) -> dict[str, object]:
    low, high = column.minimum, column.maximum
    kind = "整数" if column.type == "int" else "数字"
    rule: dict[str, object] = {"validate": "integer" if column.type == "int" else "decimal"}
    if low is not None and high is not None:
        return rule | {
            "criteria": "between",
            "minimum": low,
            "maximum": high,
            "error_message": f"请填写 {low} 到 {high} 之间的{kind}。",
        }
    bound = low if low is not None else -999_999_999_999
    text = f"请填写不小于 {low} 的{kind}。" if low is not None else f"请填写{kind},不要带单位或文字。"
    return rule | {"criteria": ">=", "value": bound, "error_message": text}


def _day_rule(column: Column) -> dict[str, object]:
    example = "2024-05-31" if column.type == "date" else "2024-05-31 09:30:00"
    return {
        "validate": "date",
        "criteria": "between",
        "minimum": FIRST_DAY,
        "maximum": LAST_DAY,
        "error_message": f"请填写日期,例如 {example}。",
    }


def _list_rule(column: Column, source: list[str] | str) -> dict[str, object]:
    rule: dict[str, object] = {"validate": "list", "source": source}
    if column.open_codes:
        # an open list only asks back: other values are kept
        return rule | {"error_type": "warning", "error_message": "不在常用值中,确认无误可以继续。"}
    return rule | {"error_message": "请从下拉列表中选择。"}


def _hidden_list(book: Workbook, position: int, values: Sequence[str]) -> str:
    """Write a long list to the hidden sheet and return the range that holds it."""
    sheet = book.get_worksheet_by_name(CODES_SHEET)
    if sheet is None:
        sheet = book.add_worksheet(CODES_SHEET)
        sheet.hide()
    for row, value in enumerate(values):
        sheet.write_string(row, position, value)
    letter = xl_col_to_name(position)
    return f"='{CODES_SHEET}'!${letter}$1:${letter}${len(values)}"


def _rule(column: Column, position: int, book: Workbook) -> dict[str, object] | None:
    """The validation of a column's cells, or None where any text will do."""
    if values := choices(column):
        inline = len(",".join(values)) <= LIST_LIMIT and not any("," in value for value in values)
        return _list_rule(column, list(values) if inline else _hidden_list(book, position, values))
    if column.type in ("date", "timestamp"):
        return _day_rule(column)
    if column.type in ("int", "money", "ratio", "quantity"):
        return _number_rule(column)
    return None


def _formats(book: Workbook) -> dict[str, Format]:
    base = {"bold": True, "text_wrap": True, "valign": "vcenter", "border": 1, "border_color": "#BFBFBF"}
    made = {
        "required": book.add_format(base | {"bg_color": "#FFE699"}),
        "optional": book.add_format(base | {"bg_color": "#DDEBF7"}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
    }
    # as text, long identifiers keep all digits and leading zeros
    made |= {kind: book.add_format({"num_format": TEXT_FORMAT}) for kind in TEXT_TYPES}
    return made | {kind: book.add_format({"num_format": shape}) for kind, shape in NUMBER_FORMATS.items()}


def _width(column: Column) -> int:
    shown = sum(2 if ord(char) > 0x2E7F else 1 for char in header(column)) + 3
    return max(shown, {"date": 12, "timestamp": 20, "person_key": 22, "text": 16}.get(column.type, 12))


def _fill_sheet(sheet: Worksheet, table: Table, book: Workbook, formats: dict[str, Format]) -> None:
    sheet.freeze_panes(1, 0)
    sheet.set_row(0, 32)
    for position, column in enumerate(table.columns.values()):
        sheet.set_column(position, position, _width(column), formats.get(column.type))
        sheet.write_string(0, position, header(column), formats["required" if column.required else "optional"])
        sheet.write_comment(0, position, _hint(column, table), {"x_scale": 1.6, "author": ""})
        if rule := _rule(column, position, book):
            sheet.data_validation(1, position, LAST_ROW, position, rule | {"error_title": "填写有误"})


def _fill_notes(sheet: Worksheet, table: Table, formats: dict[str, Format]) -> None:
    sheet.write_string(0, 0, f"{table.zh} {table.en}:{table.row_zh}。来源:{table.source}。更新:{table.refresh}。")
    sheet.write_string(1, 0, "带 * 的列必填;列的次序可以改变,没有的列可以删去,表头文字请保留。")
    for position, (heading, width) in enumerate(zip(HEADINGS, WIDTHS, strict=True)):
        sheet.set_column(position, position, width, formats["wrap"])
        sheet.write_string(3, position, heading, formats["optional"])
    for row, column in enumerate(table.columns.values(), start=4):
        cells = (
            column.zh,
            column.en,
            column.name,
            TYPE_WORDS[column.type][0],
            "是" if column.required else "",
            column_unit(column),
            column_codes(column) or "、".join(choices(column)),
            _meaning(column, table),
            SENSITIVITY_WORDS[column.sensitivity][0],
        )
        for position, text in enumerate(cells):
            sheet.write_string(row, position, text)
    sheet.freeze_panes(4, 1)


def _write_workbook(table: Table, path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"title": table.zh, "created": MADE})
        formats = _formats(book)
        entry, notes = book.add_worksheet(sheet_name(table)), book.add_worksheet(NOTES_SHEET)
        _fill_sheet(entry, table, book, formats)
        _fill_notes(notes, table, formats)


def _chosen(names: Sequence[str] | None) -> list[Table]:
    known = tables()
    if names is None:
        return [table for table in known.values() if table.group != OFFICE_GROUP]
    for name in names:
        if name not in known:
            raise Fault(
                name,
                say("没有这张规范数据表。", "There is no canonical table of this name."),
                say("用数据表说明中列出的表名。", "Use a table name from the documentation of the tables."),
            )
    return [known[name] for name in dict.fromkeys(names)]


def _refuse_filled(targets: Sequence[Path]) -> None:
    for target in targets:
        if target.is_dir() or (target.exists() and target.stat().st_size > 0):
            raise Fault(
                str(target),
                say("已有内容,不会覆盖。", "It already holds something and is not overwritten."),
                say("先移走它,或换一个文件夹。", "Move it away or choose another folder."),
            )


def _move_all(drafts: Sequence[Path], targets: Sequence[Path]) -> None:
    """Put the finished workbooks in place; when one cannot be placed, take back those already there."""
    placed: list[Path] = []
    try:
        for draft, target in zip(drafts, targets, strict=True):
            os.replace(draft, target)
            placed.append(target)
    except OSError:
        for target in placed:
            target.unlink(missing_ok=True)
        raise


def write_templates(folder: Path, names: Sequence[str] | None = None) -> list[Path]:
    """Write the workbooks of ``names`` (by default every table that is filled in) and return their paths.

    All are written or none; a file that already holds something is a ``Fault``.
    """
    chosen = _chosen(names)
    targets = [folder / file_name(table) for table in chosen]
    workshop: str | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _refuse_filled(targets)
        workshop = tempfile.mkdtemp(prefix=".templates-", dir=folder)
        drafts = [Path(workshop) / target.name for target in targets]
        for table, draft in zip(chosen, drafts, strict=True):
            _write_workbook(table, draft)
        _move_all(drafts, targets)
    except (OSError, FileCreateError) as error:
        raise Fault(
            str(folder),
            say("无法写入这个文件夹。", "The folder cannot be written to."),
            say(
                "检查文件夹是否存在、是否有写入权限、磁盘是否已满。",
                "Check that it is a folder, its permissions and the free space.",
            ),
        ) from error
    finally:
        if workshop is not None:
            shutil.rmtree(workshop, ignore_errors=True)
    return targets
