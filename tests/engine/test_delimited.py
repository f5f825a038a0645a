"""Text tables: encodings, separators, quotes, uneven rows."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianfang.engine.fault import Fault
from lianfang.engine.sources import Sheet, delimited, sheets
from lianfang.engine.sources.cell_text import BLANKS, clean

TEXT = "凭证号,收款人,金额\nV1,甲公司（一期）,１２.5\nV2,乙,-\n"
ROWS = [("V1", "甲公司(一期)", "12.5", 2), ("V2", "乙", None, 3)]


def values(sheet: Sheet) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in sheet.rows.to_pylist()]


def write(folder: Path, text: str | bytes, name: str = "付款.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"])
def test_encoding_is_found(tmp_path: Path, encoding: str) -> None:
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    [sheet] = sheets(write(tmp_path, mark + TEXT.encode(encoding)))
    assert (sheet.origin, sheet.name, sheet.typed) == ("付款.csv", "付款", False)
    assert sheet.columns == ("凭证号", "收款人", "金额")
    assert values(sheet) == ROWS


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["csv", "txt", "tsv", "xls"])
def test_separator_is_found(tmp_path: Path, separator: str, ending: str) -> None:
    [sheet] = sheets(write(tmp_path, TEXT.replace(",", separator), f"a.{ending}"))
    assert values(sheet) == ROWS


def test_packed_text_is_read_under_its_own_name(tmp_path: Path) -> None:
    [sheet] = sheets(write(tmp_path, gzip.compress(TEXT.encode()), "付款.csv.gz"))
    assert (sheet.origin, sheet.file, values(sheet)) == ("付款.csv.gz", "付款.csv.gz", ROWS)


@pytest.mark.parametrize("line", ["\n", "\r\n", "\r"])
def test_quoted_texts_hold_separators_lines_and_quotes(tmp_path: Path, line: str) -> None:
    text = f'编号,"摘{line}要",金额{line}A,"x,""y""{line}z",1{line}{line}B,b,2{line}'
    [sheet] = sheets(write(tmp_path, text))
    assert sheet.columns == ("编号", "摘要", "金额")
    assert [row[3] for row in values(sheet)] == [2, 4]
    assert [row[0] for row in values(sheet)] == ["A", "B"]
    assert values(sheet)[0][1].split() == ['x,"y"', "z"]


def test_title_unit_and_totals_are_no_data(tmp_path: Path) -> None:
    [sheet] = sheets(write(tmp_path, "付款表,,\n,,单位:万元\n凭证号,收款人,金额\nV1,甲,1\n合计,,1\n制表:某某,,\n"))
    assert (sheet.unit, sheet.left_out) == ("万元", 2)
    assert values(sheet) == [("V1", "甲", "1", 4)]


def test_rows_with_too_few_cells_are_filled_up_and_told(tmp_path: Path) -> None:
    [sheet] = sheets(write(tmp_path, 'a,b,c\n1,2,3\n\n4,5\n6\n7,"x\ny",9\n'))
    assert values(sheet) == [("1", "2", "3", 2), ("4", "5", None, 4), ("6", None, None, 5), ("7", "x y", "9", 6)]
    assert sheet.notes == ("2 行单元格少于表头,末尾按空值读入(首个:第4行)",)


def test_separators_at_the_end_of_each_line_are_no_cells(tmp_path: Path) -> None:
    [sheet] = sheets(write(tmp_path, "a,b\n1,2,\n3,4,\n5,6,,\n"))
    assert values(sheet) == [("1", "2", 2), ("3", "4", 3), ("5", "6", 4)]


@pytest.mark.parametrize("rows", ["1,2,3\n1,2,3,4\n", "1,2,3,4\n1,2,3,4\n", "1,2,\n" * 80 + "1,2,3,4\n"])
def test_too_many_cells_are_refused_with_their_row(tmp_path: Path, rows: str) -> None:
    row = 2 + rows.splitlines().index("1,2,3,4")
    with pytest.raises(Fault) as caught:
        list(sheets(write(tmp_path, "a,b,c\n" + rows)))
    assert caught.value.where == f"付款.csv 第{row}行"


def test_numbers_marked_as_text_lose_the_mark(tmp_path: Path) -> None:
    text = 'a,b\n="0012","=""034"""\n\'056,\t78\n'
    assert values(next(sheets(write(tmp_path, text)))) == [("0012", "034", 2), ("056", "78", 3)]


def test_quote_inside_a_text_is_a_character(tmp_path: Path) -> None:
    assert values(next(sheets(write(tmp_path, 'a,b,c\n1,5" pipe,3\n')))) == [("1", '5" pipe', "3", 2)]


@pytest.mark.parametrize(
    "rows, row",
    [
        ('1,2,3\n4,"5,6\n7,8,9\n', 3),  # open to the end of the file
        ('1,"2,3\n4,5,6\n7,8,9\n1,2",3\n', 2),  # closed far below: swallows two rows
    ],
)
def test_open_quote_is_refused_with_its_row(tmp_path: Path, rows: str, row: int) -> None:
    with pytest.raises(Fault, match="引号") as caught:
        list(sheets(write(tmp_path, "a,b,c\n" + rows)))
    assert caught.value.where == f"付款.csv 第{row}行"


@pytest.mark.parametrize(
    "data, encoding, byte",
    [
        ("编号,名称\n1,甲\n2,".encode() + b"\xff\n", "UTF-8", 23),
        ("编号,名称\n1,甲\n2,".encode("gbk") + b"\xff\n", "GB18030", 18),
    ],
)
def test_undecodable_byte_is_named_with_its_row(tmp_path: Path, data: bytes, encoding: str, byte: int) -> None:
    with pytest.raises(Fault) as caught:
        list(sheets(write(tmp_path, data)))
    assert caught.value.where == "付款.csv 第3行"
    assert f"第 {byte} 个字节" in caught.value.what
    assert encoding in caught.value.what


def test_chinese_far_down_a_large_gbk_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "_HEAD", 64)
    text = "a,b\n" + "1,2\n" * 100 + "3,甲\n"
    assert values(next(sheets(write(tmp_path, text.encode("gb18030")))))[-1] == ("3", "甲", 102)


def test_wrong_byte_far_down_a_large_utf8_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "_HEAD", 64)
    data = b"a,b\n" + "1,甲乙\n".encode() * 100 + b"3,\xff\n"
    with pytest.raises(Fault) as caught:
        list(sheets(write(tmp_path, data)))
    assert caught.value.where == "付款.csv 第102行"
    assert f"第 {data.index(0xFF) + 1} 个字节" in caught.value.what


def test_file_cut_off_in_its_last_row_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="截断"):
        list(sheets(write(tmp_path, "a,b,c\n1,2,3\n4,5")))


@given(st.text())
def test_clean_text_stays_as_it_is(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), min_size=1, max_size=20))
def test_columns_are_cleaned_as_single_texts_are(texts: list[str]) -> None:
    import pyarrow as pa

    from lianfang.engine.sources.cell_text import clean_column

    expected = [None if clean(text) in BLANKS else clean(text) for text in texts]
    assert clean_column(pa.chunked_array([pa.array(texts, pa.string())])).to_pylist() == expected
