"""Spreadsheets as tired hands keep them: merged headers, mixed dates, full-width digits, totals, wrong rows."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from lianfang.demo.story import Row, Story
from lianfang.engine.tables import tables

MADE_ON = datetime(2025, 1, 7, 9, 0)
TEN_THOUSAND = 10_000
FULL_WIDTH = str.maketrans("0123456789.", "０１２３４５６７８９．")


@dataclass(frozen=True)
class Untidy:
    """One file with one table; ``groups`` puts a merged header over neighbouring columns."""

    file: str
    table: str
    title: str
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()
    in_10_000: bool = False
    wrong: tuple[Row, ...] = ()  # rows to be rejected: the first row of the table with these values instead

    def header(self, column: str) -> str:
        """The header as it is read: a merged group goes before its columns."""
        name = tables()[self.table].columns[column].zh
        group = next((label for label, columns in self.groups if column in columns), None)
        return f"{group}/{name}" if group else name


FILES = (
    Untidy(
        "20 工资发放表.xlsx",
        "payroll",
        "2024年工资发放汇总表",
        wrong=({"person_id": "错-1", "amount": "见附表"}, {"person_id": "错-2", "month": "2024年13月1日"}),
    ),
    Untidy(
        "21 固定资产台账.xlsx",
        "asset",
        "行政事业单位固定资产台账",
        (("价值", ("orig_value",)), ("登记情况", ("acquired_date", "in_ledger", "is_under_construction"))),
        True,
        ({"asset_id": "错-1", "acquired_date": "2019/2/30"}, {"asset_id": "错-2", "orig_value": "待评估"}),
    ),
    Untidy(
        "22 门面出租.csv",
        "asset_lease",
        "",
        wrong=({"lease_id": "错-1", "annual_rent": "面议"},),
    ),
    Untidy(
        "23 派车单登记.xlsx",
        "vehicle_trip",
        "公务用车派车登记",
        (("用车时间", ("start_time", "end_time")),),
        wrong=({"trip_id": "错-1", "start_time": "上午"}, {"trip_id": None}),
    ),
    Untidy("24 三重一大议题.xlsx", "decision", "“三重一大”集体决策登记", in_10_000=True),
    Untidy("25 车辆维修.csv", "vehicle_maint", "", wrong=({"maint_id": "错-1", "amount": "约伍仟"},)),
    Untidy(
        "26 救灾物资收发.xlsx",
        "relief_goods",
        "救灾物资收发登记簿",
        wrong=({"flow_id": "错-1", "direction": "调拨"},),
    ),
    Untidy("27 学校收费.xlsx", "school_fee", "中小学收费台账", wrong=({"fee_id": "错-1", "amount": ""},)),
)


def untidy_tables() -> set[str]:
    return {one.table for one in FILES}


def wrong_rows(story: Story) -> dict[str, int]:
    """How many rows of each table are to be rejected."""
    return {one.table: len(one.wrong) for one in FILES if one.wrong and story.tables.get(one.table)}


def write_untidy(story: Story, folder: Path) -> list[dict[str, Any]]:
    """Write the files; returns what the mapping says about them."""
    entries = []
    for one in FILES:
        rows = story.tables.get(one.table)
        if not rows:
            continue
        columns = [name for name in tables()[one.table].columns if any(name in row for row in rows)]
        columns.sort(key=lambda name, one=one: _place(one, name))
        lines = list(_lines(one, columns, rows))
        if one.file.endswith(".csv"):
            _write_csv(folder / one.file, one, columns, lines)
        else:
            _write_book(folder / one.file, one, columns, lines)
        entries.append({"match": one.file, "table": one.table, "columns": {c: _entry(one, c) for c in columns}})
    return entries


def _place(one: Untidy, column: str) -> tuple[int, int]:
    """Columns of a group stand together, behind the others."""
    group = next((n for n, (_, columns) in enumerate(one.groups, 1) if column in columns), 0)
    return group, list(tables()[one.table].columns).index(column)


def _entry(one: Untidy, column: str) -> Any:
    is_money = tables()[one.table].columns[column].type == "money"
    return {"from": one.header(column), "unit": "万元"} if one.in_10_000 and is_money else one.header(column)


def _lines(one: Untidy, columns: Sequence[str], rows: Sequence[Row]) -> Iterator[list[Any]]:
    for number, row in enumerate(rows):
        yield [_by_hand(one, column, row.get(column), number + place) for place, column in enumerate(columns)]
    for number, wrong in enumerate(one.wrong):
        yield [wrong.get(column, _by_hand(one, column, rows[0].get(column), number)) for column in columns]


def _by_hand(one: Untidy, column: str, value: Any, turn: int) -> Any:
    """The value as a hand writes it: not twice in the same form."""
    kind = tables()[one.table].columns[column].type
    if value is None:
        return None
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        forms = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y年%m月%d日%H:%M")
        return value.strftime(forms[turn % len(forms)])
    if isinstance(value, date):
        return _day(value, turn)
    if kind == "money" and one.in_10_000:
        return round(value / TEN_THOUSAND, 6)
    if kind == "money":
        return _money(value, turn)
    if kind == "int" and turn % 3 == 0:
        return str(value).translate(FULL_WIDTH)
    return value


def _day(value: date, turn: int) -> Any:
    forms = (
        value,
        f"{value.year}.{value.month}.{value.day}",
        f"{value.year}年{value.month}月{value.day}日",
        f"{value.year}/{value.month}/{value.day}",
        f"{value:%Y%m%d}",
    )
    return forms[turn % len(forms)]


def _money(value: float, turn: int) -> Any:
    return (value, f"{value:,.2f}", f"{value:.2f}".translate(FULL_WIDTH), f"{value:.2f}元")[turn % 4]


def _write_csv(path: Path, one: Untidy, columns: Sequence[str], lines: Sequence[Sequence[Any]]) -> None:
    with path.open("w", encoding="gb18030", newline="") as file:
        out = csv.writer(file, lineterminator="\r\n")
        out.writerow([one.header(c) for c in columns])
        out.writerows([["" if value is None else str(value) for value in line] for line in lines])
        out.writerow([""] * len(columns))


def _write_book(path: Path, one: Untidy, columns: Sequence[str], lines: Sequence[Sequence[Any]]) -> None:
    book = xlsxwriter.Workbook(path, {"default_date_format": "yyyy/m/d"})
    book.set_properties({"created": MADE_ON, "author": "鄂州市", "title": one.title})
    sheet, bold = book.add_worksheet("Sheet1"), book.add_format({"bold": True, "align": "center"})
    sheet.merge_range(0, 0, 0, len(columns) - 1, one.title, bold)
    sheet.write(1, 0, "填报单位:鄂州市各单位" + ("    单位:万元" if one.in_10_000 else ""))
    first = _write_header(sheet, one, columns, bold)
    for number, line in enumerate(lines, first):
        for place, value in enumerate(line):
            _write_cell(sheet, number, place, value)
    end = first + len(lines)
    sheet.write(end, 0, "合  计")
    sheet.write(end, 1, len(lines))
    sheet.write(end + 3, 0, "制表:      复核:      日期:")
    sheet.write_blank(end + 9, len(columns) + 2, None, bold)  # a cell somebody once touched
    book.close()


def _write_header(sheet: Any, one: Untidy, columns: Sequence[str], bold: Any) -> int:
    """The header in one row, or in two with merged groups; returns the row of the first record."""
    names = [tables()[one.table].columns[c].zh for c in columns]
    if not one.groups:
        sheet.write_row(2, 0, names, bold)
        return 3
    grouped = {column: label for label, group in one.groups for column in group}
    spans: dict[str, list[int]] = {}
    for place, column in enumerate(columns):
        if column not in grouped:
            sheet.merge_range(2, place, 3, place, names[place], bold)
            continue
        sheet.write(3, place, names[place], bold)
        spans.setdefault(grouped[column], []).append(place)
    for label, places in spans.items():
        if len(places) > 1:
            sheet.merge_range(2, places[0], 2, places[-1], label, bold)
        else:
            sheet.write(2, places[0], label, bold)
    return 4


def _write_cell(sheet: Any, row: int, column: int, value: Any) -> None:
    if value is None:
        return
    if isinstance(value, date):
        sheet.write_datetime(row, column, value)
    elif isinstance(value, str):
        sheet.write_string(row, column, value)
    else:
        sheet.write_number(row, column, value)
