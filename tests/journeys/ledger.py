"""A department's ledger of works projects as it is really sent: title, merged heads, 万元, a total, a date in words."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import xlsxwriter

# Number, name, owner, investment in 万元, government's, category, begun, feasibility, design, permit.
Row = tuple[str, str, str, float, str, str, date | str, date | str, date | str, date | str]
GROUPED = ("可研批复日", "初设批复日", "施工许可日")
PLAIN = ("项目代码", "名称", "建设单位", "总投资", "是否政府投资", "类别", "实际开工")
COLUMNS = {  # the ledger's own heads, joined as they stand over each other, and where they belong
    "项目代码": "project_id",
    "名称": "name",
    "建设单位": "unit_id",
    "总投资": "estimate_amount",
    "是否政府投资": "is_gov_invest",
    "类别": "category",
    "实际开工": "start_date",
    "可研批复日": "feasibility_date",
    "初设批复日": "prelim_date",
    "施工许可日": "construct_permit_date",
}
FILE, SHEET, GROUP = "政府投资项目台账（终稿）2.xlsx", "政府投资项目", "批复办理情况"
TITLE, MADE_BY, UNIT = "2024年度政府投资工程项目台账", "填报单位：市住建局　　填报人：钱多", "单位：万元"
WORDS = (
    *COLUMNS,
    FILE,
    SHEET,
    GROUP,
    TITLE,
    "填报单位：市住建局填报人：钱多",
    UNIT,
    "万元",
    "滨湖片区道路整治工程",
    "期",
    "市政",
    "3月中旬",
    "是",
)
EARLY, LATE = date(2024, 1, 15), date(2024, 6, 20)


def rows() -> list[Row]:
    """Twelve projects: the third began before all its approvals, the seventh before one; the last date is not one."""
    found: list[Row] = []
    for number in range(1, 13):
        begun: date | str = date(2024, 3, 4)
        design = permit = LATE if number == 3 else EARLY
        feasible = LATE if number in (3, 7) else EARLY
        if number == 12:
            begun = "3月中旬"
        name = f"滨湖片区道路整治工程{number}期"
        found.append(
            (f"FX-2024-{number:03d}", name, "ZJJ", 860.5 + number, "是", "市政", begun, feasible, design, permit)
        )
    return found


def write(folder: Path) -> Path:
    """The workbook, as someone fills it in who thinks of printing it."""
    path = folder / FILE
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet(SHEET)
        bold = book.add_format({"bold": True, "align": "center", "border": 1})
        day = book.add_format({"num_format": "yyyy/m/d"})
        sheet.merge_range(0, 0, 0, 9, TITLE, bold)
        sheet.write(1, 0, MADE_BY)
        sheet.write(1, 8, UNIT)
        for place, head in enumerate(PLAIN):
            sheet.merge_range(2, place, 3, place, head, bold)
        sheet.merge_range(2, 7, 2, 9, GROUP, bold)
        for place, head in enumerate(GROUPED, 7):
            sheet.write(3, place, head, bold)
        given = rows()
        for number, row in enumerate(given, 4):
            for place, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(number, place, value, day)
                else:
                    sheet.write(number, place, value)
        sheet.write(len(given) + 4, 0, "合计")
        sheet.write(len(given) + 4, 3, sum(row[3] for row in given))
        sheet.write(len(given) + 5, 0, "审核人：　　　　　制表日期：2025年1月6日")
    return path
