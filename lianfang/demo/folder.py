"""Writes the story as an office would hand it in: workbooks in 万元, old and clean CSV files, OCDS, a log."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
import yaml

from lianfang.demo.approvals import LOG
from lianfang.demo.procurement import Release
from lianfang.demo.story import AS_OF, Row, Story
from lianfang.demo.stream import stream, write_rows
from lianfang.demo.untidy import untidy_tables, write_untidy
from lianfang.engine.tables import tables

TEN_THOUSAND = 10_000
LONG = 400  # rows
MADE_ON = datetime(2025, 1, 6, 9, 0)  # the workbooks' own date: the same bytes every time


@dataclass(frozen=True)
class Page:
    """One table in one file: its headers are the words of the canonical table unless ``headers`` says otherwise."""

    file: str
    table: str
    title: str = ""
    sheet: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    in_10_000: bool = False  # money is written in 万元
    only: Callable[[Row], bool] = lambda row: True

    def header(self, column: str) -> str:
        return self.headers.get(column, tables()[self.table].columns[column].zh)


def _signed_in(year: int) -> Callable[[Row], bool]:
    return lambda row: bool(row["sign_date"].year == year)


IDENTITY = {"person_key": "身份证号"}
CONTRACT = {"supplier_id": "乙方统一社会信用代码", "amount": "合同金额", "sign_date": "签订日期"}
WORKBOOKS = (
    Page("01 单位与岗位.xlsx", "unit", "鄂州市单位名册", "单位"),
    Page("01 单位与岗位.xlsx", "post", "鄂州市岗位名册", "岗位"),
    Page("02 公职人员.xlsx", "person", "鄂州市公职人员花名册", "花名册", IDENTITY),
    Page("02 公职人员.xlsx", "relative", "领导干部亲属申报汇总", "亲属", {"relative_key": "亲属身份证号"}),
    Page("04 政府投资项目台账.xlsx", "project", "鄂州市政府投资项目台账", "台账", in_10_000=True),
    Page("05 招标项目.xlsx", "tender", "鄂州市工程建设招标项目一览表", "标段", in_10_000=True),
    *(
        Page("06 合同台账.xlsx", "contract", f"{y}年合同台账", str(y), CONTRACT, True, _signed_in(y))
        for y in range(2017, 2025)
    ),
    Page("06 合同台账.xlsx", "contract_change", "变更签证汇总表", "变更签证", in_10_000=True),
    Page("09 死亡登记.xlsx", "death_record", "死亡人口登记表", "登记", IDENTITY),
    Page(
        "10 报销明细.xlsx", "expense_claim", "公务支出报销明细", "报销", {"claim_id": "报销单号", "amount": "报销金额"}
    ),
    Page("12 行政处罚.xlsx", "penalty_case", "行政处罚案件台账", "案件"),
    Page("12 行政处罚.xlsx", "discretion_rule", "行政处罚裁量基准", "裁量基准"),
    Page("15 土地供应与征收补偿.xlsx", "land_parcel", "土地供应台账", "供应", in_10_000=True),
    Page("15 土地供应与征收补偿.xlsx", "comp_agreement", "征收补偿协议台账", "补偿"),
    Page("16 社会救助.xlsx", "assist_case", "社会救助台账", "救助"),
    Page("16 社会救助.xlsx", "assist_member", "救助对象名册", "对象", IDENTITY),
    Page("17 农村三资.xlsx", "village_txn", "村级收支台账", "收支"),
    Page("17 农村三资.xlsx", "village_contract", "村级合同台账", "合同"),
    Page("17 农村三资.xlsx", "village_account", "村集体账户", "账户"),
    Page("18 干部任用.xlsx", "appointment", "干部任用全程纪实", "任用"),
)
OLD_CSV = (  # GB18030, days as 2024/3/5
    Page("03 市场主体.csv", "company", headers={"legal_rep_key": "法定代表人身份证号"}),
    Page("03 股东.csv", "company_holder", headers={"holder_key": "股东证件号码"}),
    Page(
        "07 国库支付明细.csv", "payment", headers={"payment_id": "凭证号", "amount": "支付金额", "pay_date": "支付日期"}
    ),
    Page(
        "08 惠民补贴发放.csv",
        "subsidy_payment",
        headers={"person_key": "身份证号", "account_holder_key": "户主身份证号"},
    ),
)
CLEAN_CSV = (  # UTF-8, canonical names and ISO days: nothing to map
    "bid",
    "subsidy_program",
    "land_right",
    "village_cadre",
    "license_item",
    "license_case",
    "license_event",
    "flow_rule",
    "pension_payment",
    "supervise_task",
    "complaint",
    "official_vehicle",
    "fuel_record",
)
LOG_FILE, OCDS_FILE = "14 资金拨付审批日志.csv", "13 政府采购.jsonl"
LOG_HEADERS = {"case_id": "办件编号", "activity": "环节", "time": "办理时间", "resource": "经办人", "unit_id": "单位"}
COMPLETE = (
    ("contract_change", date(2021, 1, 1), "发展和改革局"),
    ("death_record", date(2023, 1, 1), "民政局"),
    ("license_event", date(2023, 1, 1), "行政审批局"),
    ("payment", date(2021, 1, 1), "财政局"),
)
# Rows as a tired hand types them: each is to be rejected with its row number and the reason.
BAD_PAYMENTS = (
    {"payment_id": "ZF-坏1", "amount": "约三万元"},
    {"payment_id": "ZF-坏2", "pay_date": "2024/2/30"},
    {"payment_id": None},
)


class _Plain(yaml.SafeDumper):
    """Writes a value that occurs twice twice, as a person would; a mapping with aliases is refused."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def write_folder(
    story: Story, releases: Iterable[Release], folder: Path, year: Iterable[tuple[str, Row]] = ()
) -> dict[str, int]:
    """Write everything, the mapping with it; ``year`` is streamed. Returns the rows of ``year`` by table."""
    for file in dict.fromkeys(page.file for page in WORKBOOKS):
        _write_workbook(story, folder / file, [page for page in WORKBOOKS if page.file == file])
    for page in OLD_CSV:
        columns = _columns(story, page.table)
        rows = [[_typed_by_hand(value) for value in row] for row in _rows(story, page)]
        if page.table == "payment":
            rows += [_spoilt(columns, rows[0], bad) for bad in BAD_PAYMENTS]
        _write_csv(folder / page.file, [page.header(c) for c in columns], rows, "gb18030")
    for table in CLEAN_CSV:
        columns = _columns(story, table)
        _write_csv(
            folder / f"{table}.csv", columns, [[_plain(row.get(c)) for c in columns] for row in story.tables[table]]
        )
    log = sorted(story.tables["approval_log"], key=lambda row: (row["time"], row["case_id"]))
    _write_csv(folder / LOG_FILE, list(LOG_HEADERS.values()), [[_plain(row[c]) for c in LOG_HEADERS] for row in log])
    lines = (json.dumps(release, ensure_ascii=False, separators=(",", ":")) for release in releases)
    (folder / OCDS_FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")
    further = write_untidy(story, folder)
    further += [_write_named(story.tables[table], table, folder) for table in _unlisted(story)]
    counts = stream(year, folder)
    further += [{"match": f"{table}_year.parquet", "table": table} for table in counts]
    text = yaml.dump(_mapping(story, further), Dumper=_Plain, allow_unicode=True, sort_keys=False, width=120)
    (folder / "mapping.yaml").write_text("# 哪个文件的哪一列是什么\n" + text, encoding="utf-8")
    return counts


def _unlisted(story: Story) -> list[str]:
    """The tables that no spreadsheet holds: they come under their canonical names."""
    listed = {page.table for page in (*WORKBOOKS, *OLD_CSV)} | {*CLEAN_CSV} | untidy_tables()
    return sorted((set(story.tables) & set(tables())) - listed)


def _write_named(rows: Sequence[Row], table: str, folder: Path) -> dict[str, str]:
    """Long tables as Parquet, short ones as CSV; the streamed file of the same table has another name."""
    if len(rows) > LONG:
        write_rows(rows, table, folder / f"{table}.parquet")
        return {"match": f"{table}.parquet", "table": table}
    columns = [name for name in tables()[table].columns if any(name in row for row in rows)]
    _write_csv(folder / f"{table}.csv", columns, [[_plain(row.get(c)) for c in columns] for row in rows])
    return {"match": f"{table}.csv", "table": table}


def _columns(story: Story, table: str) -> list[str]:
    """The columns that some row of the table has, in canonical order."""
    used = {name for row in story.tables[table] for name in row}
    return [name for name in tables()[table].columns if name in used]


def _rows(story: Story, page: Page) -> list[list[Any]]:
    columns = _columns(story, page.table)
    return [[row.get(c) for c in columns] for row in story.tables[page.table] if page.only(row)]


def _plain(value: Any) -> str:
    """As a program writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat(sep=" ") if isinstance(value, datetime) else str(value)


def _typed_by_hand(value: Any) -> str:
    """As an older program exports it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, date) and not isinstance(value, datetime):
        return f"{value.year}/{value.month}/{value.day}"
    return _plain(value)


def _spoilt(columns: Sequence[str], row: Sequence[str], bad: Row) -> list[str]:
    return [str(bad.get(column, value) or "") for column, value in zip(columns, row, strict=True)]


def _write_csv(path: Path, headers: Sequence[str], rows: Iterable[Sequence[str]], encoding: str = "utf-8") -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, lineterminator="\r\n").writerows([headers, *rows])


def _write_workbook(story: Story, path: Path, pages: Sequence[Page]) -> None:
    book = xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"})
    book.set_properties({"created": MADE_ON, "author": "鄂州市", "title": path.stem})
    bold = book.add_format({"bold": True, "align": "center"})
    for page in pages:
        rows = _rows(story, page)
        if rows:
            _write_sheet(book.add_worksheet(page.sheet), page, _columns(story, page.table), rows, bold)
    book.close()


def _write_sheet(sheet: Any, page: Page, columns: Sequence[str], rows: Sequence[Sequence[Any]], bold: Any) -> None:
    """A title over all columns, a line with the unit, the headers, the rows, a total and a signature."""
    sheet.merge_range(0, 0, 0, len(columns) - 1, page.title, bold)
    sheet.write(1, 0, "填报单位:鄂州市" + ("    单位:万元" if page.in_10_000 else ""))
    sheet.write_row(2, 0, [page.header(c) for c in columns], bold)
    money = {n for n, c in enumerate(columns) if tables()[page.table].columns[c].type == "money"}
    for number, row in enumerate(rows, 3):
        for place, value in enumerate(row):
            _write_cell(sheet, number, place, value, page.in_10_000 and place in money)
    end = len(rows) + 3
    sheet.write(end, 0, "合计")
    sheet.write(end, 1, len(rows))
    sheet.write(end + 1, 0, "填表人:示例    审核:示例")


def _write_cell(sheet: Any, row: int, column: int, value: Any, in_10_000: bool) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_string(row, column, "是" if value else "否")
    elif isinstance(value, datetime):
        sheet.write_string(row, column, f"{value:%Y-%m-%d %H:%M}")
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value)
    elif isinstance(value, str):
        sheet.write_string(row, column, value)
    else:
        sheet.write_number(row, column, round(value / TEN_THOUSAND, 6) if in_10_000 else value)


def _mapping(story: Story, further: list[dict[str, Any]]) -> dict[str, Any]:
    pages = [page for page in (*WORKBOOKS, *OLD_CSV) if _rows(story, page)]
    files = []
    for page in pages:
        entry: dict[str, Any] = {"match": page.file}
        if page.sheet:
            entry["sheet"] = page.sheet
        entry["table"] = page.table
        entry["columns"] = {c: _column_entry(page, c) for c in _columns(story, page.table)}
        files.append(entry)
    return {
        "files": files + [{"match": f"{table}.csv", "table": table} for table in CLEAN_CSV] + further,
        "complete": [{"table": t, "from": start, "to": AS_OF, "by": f"鄂州市{by}"} for t, start, by in COMPLETE],
        "event_log": {
            "files": [
                {
                    "match": LOG_FILE,
                    "log_id": LOG,
                    "columns": {"unit_id": LOG_HEADERS["unit_id"]},
                    "closed_by": ["拨付"],
                }
            ]
        },
    }


def _column_entry(page: Page, column: str) -> Any:
    is_money = tables()[page.table].columns[column].type == "money"
    return {"from": page.header(column), "unit": "万元"} if page.in_10_000 and is_money else page.header(column)
