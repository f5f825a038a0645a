"""Workbooks as offices fill them in: titles, units, merged cells, totals, signatures."""

from __future__ import annotations

import base64
import datetime as dt
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import xlsxwriter

from lianfang.engine.fault import Fault
from lianfang.engine.sources import Sheet, sheets, spreadsheet
from lianfang.engine.sources.safety import MAX_COLUMNS, inert

# A workbook of Excel 97: a title, a unit, a payee merged over two rows, a total, and a hidden sheet.
XLS = (
    "eNrtWEtIlFEU/u7/cEbzMb4CDUyErEwXGkSbZnpQrpw0exOUNlPE+IihFhaYZbOSwAiiohaGBW2sNr2LhIgWgT0WRRBo4SpaBEUu"
    "1L9zzvy/qU3gQEnGf37uufeec893X+f89/7/i4HswZ6bhUOYRn7oGLdSkTJJpiilOhUfSG9ZXHRyLyXLpTlFqV7ayBQT9zOee3gP"
    "eb+HoOGG0U8c+EBpFw4i2NoSLp5FWitjaFA8hlXKIN/TcJFSJgpkXDnC9wrPFX5d2j4Qvlokp4SvoraDaicGAsGylbYfb9dKRJdJ"
    "XOG22LwTSSXy8Yz9+Fi3irc1sSZ6oKFpjimKjHT0gra0OtwSjnI9C1eQBrQRVTQ3V4RCg8ij7e7FN6sY+OrE9eNiVz67cgWSj0yV"
    "e34j99ImTpef0QygA9Yexc4cQzp2GKzRVOa+p+0x2vSxFPYMpbrPjqIR80jHiYLqbdAf4UYm1Jb6mo2Flie4rk6H+lzX3/W9ngor"
    "wv7IvaDdcji8cD918fL0pXMUKlsrSV91uKlupJ5rVaTxbu7pIjdsSOODQl4svikvlgwJt3TiIWRJOVuCzkfzGr325VVNY21gt0g6"
    "5DCJHzmLeH6wcJwtyDgTDh7PASgTi2XCTwjqAikXCs+jiKC8tDbfLmzolDYnRVtK/SwXeh1YPKm8hMqxT3V3imIfA0up3Fc9dCSv"
    "702gByV0BIZ4NenpRLkqVxfOM90NOLmyX07vhRf88qLyaj577JZ9rmZhjEOTKFv4I1ojyOrwo4uFSmChSJctGm6hJWihCSbzeE0J"
    "nlPTqGZM1BjLtLH0BFi6YKXY7XXB4q19SPPVyT4Hl58wYlcu7DEbCVAMQfHKLL3sgzIDxjAE46pgFMHBMBNgmILBV5F2jWs88qNk"
    "MiwrrwuqsuNDh1/LwS1eAjoWftJs+Kia4HPVR1VCH+VcVhWJVtUll1xyySWXXPrHiS8nmlyT4pdp074Geez/OmOUxt3fJP8tbUIr"
    "PYfok3I9WiiPoi0p/5kPUzlYaoY2zv9Cpm3UexQR+izlcUSS9l+6xqrJ85mxoe/PhVCy/Y8nM86/3P8P+MslFw=="
)


@pytest.fixture
def book(tmp_path: Path) -> Callable[..., Path]:
    """Writes an xlsx of sheets; a sheet is a list of rows of values, ``merges`` go into its first sheet."""

    def write(*tables: list[list[object]], merges: tuple[tuple[str, object], ...] = (), name: str = "表.xlsx") -> Path:
        path = tmp_path / name
        with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"}) as workbook:
            for number, rows in enumerate(tables, 1):
                sheet = workbook.add_worksheet(f"表{number}")
                for place, row in enumerate(rows):
                    sheet.write_row(place, 0, row)
                for area, value in merges if number == 1 else ():
                    sheet.merge_range(area, value)
        return path

    return write


def values(sheet: Sheet) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in sheet.rows.to_pylist()]


def test_header_is_found_below_title_and_unit(book: Callable[..., Path]) -> None:
    path = book(
        [
            ["2024年付款明细表"],
            [],
            ["编制单位：教育局", None, "（金额单位：人民币万元）"],
            ["凭证号", "收款人", "金额"],
            ["V1", "甲", 3],
        ]
    )
    [sheet] = sheets(path)
    assert (sheet.origin, sheet.file, sheet.name) == ("表.xlsx › 表1", "表.xlsx", "表1")
    assert sheet.columns == ("凭证号", "收款人", "金额")
    assert (sheet.unit, sheet.typed, sheet.left_out) == ("万元", False, 0)
    assert values(sheet) == [("V1", "甲", "3", 5)]


def test_unit_of_an_office_is_no_unit_of_money(book: Callable[..., Path]) -> None:
    [sheet] = sheets(book([["编制单位：元江县财政局"], ["凭证号", "金额"], ["V1", 3]]))
    assert sheet.unit is None


def test_merged_groups_join_the_two_rows_of_the_header(book: Callable[..., Path]) -> None:
    rows = [[None] * 5, [None, None, "年初数", "调整数", None], ["1", "学校", 10, 20, "否"]]
    merges = (("A1:A2", "序号"), ("B1:B2", "项目\n名称"), ("C1:D1", "预算"), ("E1:E2", "备注"))
    [sheet] = sheets(book(rows, merges=merges))
    assert sheet.columns == ("序号", "项目名称", "预算/年初数", "预算/调整数", "备注")
    assert values(sheet) == [("1", "学校", "10", "20", "否", 3)]


def test_groups_without_merged_cells_are_joined_too(book: Callable[..., Path]) -> None:
    [sheet] = sheets(book([["序号", "预算", None, "备注"], [None, "年初", "调整"], ["1", 10, 20, "否"]]))
    assert sheet.columns == ("序号", "预算/年初", "预算/调整", "备注")


def test_first_data_row_with_blanks_is_no_second_header(book: Callable[..., Path]) -> None:
    [sheet] = sheets(book([["编号", "名称", "地址"], ["A", "甲", None], ["B", None, "路1号"]]))
    assert sheet.columns == ("编号", "名称", "地址")
    assert values(sheet) == [("A", "甲", None, 2), ("B", None, "路1号", 3)]


def test_row_of_column_numbers_is_no_data(book: Callable[..., Path]) -> None:
    [sheet] = sheets(book([["单位名称", "收入", "支出"], ["甲", "1", "2"], ["教育局", 10, 20]]))
    assert values(sheet) == [("教育局", "10", "20", 3)]


def test_stated_header_row_is_taken(book: Callable[..., Path]) -> None:
    path = book([["说明", "一", "二"], ["编号", "名称", "金额"], ["A", "甲", 5]])
    assert next(sheets(path)).columns == ("说明", "一", "二")
    assert next(sheets(path, header_row=2)).columns == ("编号", "名称", "金额")


def test_cells_become_text_in_one_form(book: Callable[..., Path]) -> None:
    cells = [
        ("１２，３４５．５０", "12,345.50"),
        ("甲公司（一期），乙公司：Ａ", "甲公司(一期)，乙公司：A"),
        (" \u3000张\u200b三\ufeff\x07 ", "张三"),
        ("第一行\n第二行", "第一行 第二行"),
        (1200.0, "1200"),
        (0.1 + 0.2, "0.3"),
        (1e-7, "0.0000001"),
        (420703199001011234, "4.20703199001011e+17"),
        ("420703199001011234", "420703199001011234"),
        (dt.date(2024, 3, 1), "2024-03-01"),
        (True, "true"),
        ("-", None),
        ("—", None),
        ("无", "无"),
        ("N/A", None),
        ("null", None),
        ("-5", "-5"),
        ("'0012", "0012"),
        ("'=1+1", "=1+1"),
        ("'引用'", "'引用'"),
    ]
    rows = [[f"r{place}", value] for place, (value, _) in enumerate(cells)]
    [sheet] = sheets(book([["编号", "值"], *rows]))
    assert [value for _, value, _ in values(sheet)] == [expected for _, expected in cells]


def test_moments_keep_their_time(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(str(path)) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ["编号", "时间"])
        sheet.write(1, 0, "A")
        sheet.write_datetime(
            1, 1, dt.datetime(2024, 3, 1, 10, 5), workbook.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        )
    assert values(next(sheets(path))) == [("A", "2024-03-01 10:05:00", 2)]


def test_totals_and_signatures_are_left_out_and_counted(book: Callable[..., Path]) -> None:
    rows = [
        ["编号", "金额"],
        ["A", 1],
        ["小计", 1],
        ["B", 2],
        [],
        ["合  计", 3],
        ["填表人：某某", "审核：某某"],
        ["注：金额含税"],
    ]
    [sheet] = sheets(book(rows))
    assert values(sheet) == [("A", "1", 2), ("B", "2", 4)]
    assert sheet.left_out == 4
    assert any("4 行" in note for note in sheet.notes)


def test_last_row_that_only_begins_like_a_total_is_data(book: Callable[..., Path]) -> None:
    rows = [["名称", "步骤", "金额"], ["甲", "申请", 1], ["审核", "审核", 2], ["合计划公司", "申请", 3]]
    [sheet] = sheets(book(rows))
    assert (sheet.rows.num_rows, sheet.left_out) == (3, 0)


def test_signatures_in_cells_of_their_own_are_no_data(book: Callable[..., Path]) -> None:
    rows = [["编号", "金额", "日期", "备注", "其他"], ["A", 1, "2024-03-01", "x", "y"], ["填表人", "某某"]]
    [sheet] = sheets(book(rows))
    assert (sheet.rows.num_rows, sheet.left_out) == (1, 1)


def test_title_beside_the_unit_is_no_header(book: Callable[..., Path]) -> None:
    [sheet] = sheets(book([["付款表", None, "单位：万元"], ["编号", "名称", "金额"], ["A", "甲", 1]]))
    assert (sheet.columns, sheet.unit) == (("编号", "名称", "金额"), "万元")


@pytest.mark.parametrize("name", ["表.xls", "表.csv", "表"])
def test_workbook_is_known_by_its_content(book: Callable[..., Path], name: str) -> None:
    path = book([["编号", "金额"], ["A", 1]])
    assert values(next(sheets(path.rename(path.with_name(name))))) == [("A", "1", 2)]


def test_name_that_begins_like_a_signature_stays_inside_the_table(book: Callable[..., Path]) -> None:
    [sheet] = sheets(book([["名称", "金额"], ["审核中心", 1], ["甲", 2]]))
    assert sheet.rows.num_rows == 2


def test_text_merged_down_holds_for_each_row_and_a_number_does_not(book: Callable[..., Path]) -> None:
    rows = [["单位", "金额", "凭证号"], [None, None, "V1"], [None, None, "V2"]]
    [sheet] = sheets(book(rows, merges=(("A2:A3", "教育局"), ("B2:B3", 100))))
    assert values(sheet) == [("教育局", "100", "V1", 2), ("教育局", None, "V2", 3)]


def test_blank_rows_and_columns_are_dropped_and_rows_keep_their_numbers(book: Callable[..., Path]) -> None:
    [sheet] = sheets(book([[], [None, "编号", None, "金额"], [], [None, "A", None, 1], [], [None, "B", None, 2]]))
    assert sheet.columns == ("编号", "金额")
    assert values(sheet) == [("A", "1", 4), ("B", "2", 6)]


def test_repeated_and_missing_headers_are_named_and_told(book: Callable[..., Path]) -> None:
    [sheet] = sheets(book([["编号", "金额", "金额", None], ["A", 1, 2, "余"]]))
    assert sheet.columns == ("编号", "金额", "金额_2", "列D")
    assert len(sheet.notes) == 2


def test_hidden_empty_and_cover_sheets_are_skipped(tmp_path: Path) -> None:
    path = tmp_path / "b.xlsx"
    with xlsxwriter.Workbook(str(path)) as workbook:
        workbook.add_worksheet("说明").write_column(0, 0, ["填报说明", "一、按月填报"])
        for name in ("明细", "旧"):
            sheet = workbook.add_worksheet(name)
            sheet.write_row(0, 0, ["编号", "金额"])
            sheet.write_row(1, 0, ["A", 1])
        workbook.get_worksheet_by_name("旧").hide()
        workbook.add_worksheet("空")
    assert [sheet.name for sheet in sheets(path)] == ["明细"]
    assert [sheet.name for sheet in sheets(path, sheet="明*")] == ["明细"]
    with pytest.raises(Fault, match="可见工作表"):
        list(sheets(path, sheet="旧"))


def test_old_excel_is_read(tmp_path: Path) -> None:
    path = tmp_path / "旧.xls"
    path.write_bytes(zlib.decompress(base64.b64decode(XLS)))
    [sheet] = sheets(path)
    assert (sheet.origin, sheet.unit, sheet.left_out) == ("旧.xls › 明细", "万元", 1)
    assert values(sheet) == [("V1", "甲公司", "2024-03-01", "12.5", 4), ("V2", "甲公司", "2024-03-02", "7", 5)]


def test_old_excel_with_a_cell_out_of_bounds_does_not_take_all_memory(tmp_path: Path) -> None:
    data = bytearray(zlib.decompress(base64.b64decode(XLS)))
    number = data.index(b"\x7e\x02\x0a\x00")  # a record of row, column, style and number
    data[number + 4 : number + 8] = b"\xff" * 4
    path = tmp_path / "旧.xls"
    path.write_bytes(data)
    with pytest.raises(Fault, match="损坏"):
        list(sheets(path))


def test_workbook_read_apart_gives_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"}) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ["编号", "日期", "时刻", "时长", "数", "是"])
        sheet.merge_range("A2:A3", "甲")
        clock, length = workbook.add_format({"num_format": "hh:mm"}), workbook.add_format({"num_format": "[h]:mm"})
        sheet.write_row(1, 1, [dt.date(2024, 3, 1)])
        sheet.write_datetime(1, 2, dt.time(10, 5), clock)
        sheet.write_datetime(1, 3, dt.timedelta(hours=30), length)
        sheet.write_row(1, 4, [1.5, True])
        sheet.write_row(2, 4, [2, False])
    [beside] = sheets(path)
    monkeypatch.setattr(spreadsheet, "HEAVY", 0)
    [apart] = sheets(path)
    assert values(apart) == values(beside)
    assert values(apart) == [
        ("甲", "2024-03-01", "10:05:00", "30:00:00", "1.5", "true", 2),
        ("甲", None, None, None, "2", "false", 3),
    ]
    assert apart.columns == beside.columns


def ods(path: Path, rows: Iterator[str]) -> Path:
    spaces = {"office": "office", "table": "table", "text": "text"}
    named = " ".join(f'xmlns:{k}="urn:oasis:names:tc:opendocument:xmlns:{v}:1.0"' for k, v in spaces.items())
    body = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr(
            "content.xml",
            f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {named}><office:body><office:spreadsheet>'
            f'<table:table table:name="明细">{body}</table:table></office:spreadsheet></office:body>'
            "</office:document-content>",
        )
    return path


def cell(text: str, repeated: int = 1) -> str:
    times = f' table:number-columns-repeated="{repeated}"' if repeated > 1 else ""
    return f'<table:table-cell{times} office:value-type="string"><text:p>{text}</text:p></table:table-cell>'


def test_open_document_is_read(tmp_path: Path) -> None:
    rows = [
        cell("凭证号") + cell("金额"),
        cell("V1") + '<table:table-cell office:value-type="float" office:value="12.5"/>',
    ]
    [sheet] = sheets(ods(tmp_path / "表.ods", iter(rows)))
    assert values(sheet) == [("V1", "12.5", 2)]


def test_open_document_with_endless_cells_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="列"):
        list(sheets(ods(tmp_path / "表.ods", iter([cell("a", repeated=1_000_000)]))))


def test_widest_sheet_is_read_and_a_wider_one_refused(book: Callable[..., Path]) -> None:
    for width in (MAX_COLUMNS, MAX_COLUMNS + 1):
        path = book([[f"c{i}" for i in range(width)], ["x"] * width], name=f"{width}.xlsx")
        if width == MAX_COLUMNS:
            assert len(next(sheets(path)).columns) == width
        else:
            with pytest.raises(Fault, match="列"):
                next(sheets(path))


def test_formatted_cells_far_to_the_right_are_no_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write_row(1, 0, ["1", "2"])
        sheet.write_blank(0, 900, None, workbook.add_format({"bold": True}))
    assert next(sheets(path)).columns == ("a", "b")


@pytest.mark.parametrize(
    "text, written",
    [
        ("=HYPERLINK(\"x\")", "'=HYPERLINK(\"x\")"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-1+1", "'-1+1"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("-12.50", "-12.50"),
        ("+3,000", "+3,000"),
        ("-5%", "-5%"),
        ("正文=1", "正文=1"),
        ("", ""),
    ],
)  # fmt: skip
def test_written_text_starts_no_formula(text: str, written: str) -> None:
    assert inert(text) == written
