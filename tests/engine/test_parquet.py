"""Parquet keeps its types, JSON becomes text; both become flat."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from lianfang.engine.fault import Fault
from lianfang.engine.sources import Sheet, sheets


def values(sheet: Sheet) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in sheet.rows.to_pylist()]


def stored(folder: Path, **columns: pa.Array) -> Sheet:
    path = folder / "表.parquet"
    parquet.write_table(pa.table(columns), path)
    [sheet] = sheets(path)
    return sheet


def written(folder: Path, text: str, name: str = "表.json") -> Sheet:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    [sheet] = sheets(path)
    return sheet


def test_types_of_parquet_pass_through(tmp_path: Path) -> None:
    kinds = {
        "n": (pa.int32(), 3),
        "d": (pa.decimal128(18, 2), Decimal("12.50")),
        "on": (pa.date32(), dt.date(2024, 3, 1)),
        "at": (pa.timestamp("us"), dt.datetime(2024, 3, 1, 10)),
        "yes": (pa.bool_(), True),
    }
    sheet = stored(tmp_path, **{name: pa.array([value, None], kind) for name, (kind, value) in kinds.items()})
    assert (sheet.typed, sheet.name, sheet.origin) == (True, "表", "表.parquet")
    assert sheet.rows.schema.types == [*(kind for kind, _ in kinds.values()), pa.int64()]
    assert values(sheet) == [(*(value for _, value in kinds.values()), 1), (None,) * 5 + (2,)]


def test_texts_of_parquet_are_cleaned(tmp_path: Path) -> None:
    sheet = stored(tmp_path, a=pa.array(["１２", " x ", "-", ""]), b=pa.array(["甲"] * 4).dictionary_encode())
    assert values(sheet) == [("12", "甲", 1), ("x", "甲", 2), (None, "甲", 3), (None, "甲", 4)]


def test_no_number_of_parquet_is_null(tmp_path: Path) -> None:
    sheet = stored(tmp_path, a=pa.array([1.5, float("nan"), float("inf")]))
    assert values(sheet) == [(1.5, 1), (None, 2), (None, 3)]


def test_moment_with_zone_is_the_time_in_china(tmp_path: Path) -> None:
    sheet = stored(tmp_path, a=pa.array([dt.datetime(2024, 3, 1, 20)], pa.timestamp("ns", "UTC")))
    assert values(sheet) == [(dt.datetime(2024, 3, 2, 4), 1)]


def test_nested_parquet_is_flattened_once(tmp_path: Path) -> None:
    sheet = stored(tmp_path, buyer=pa.array([{"id": "U1", "at": {"city": "甲"}}]), tags=pa.array([["x", "y"]]))
    assert sheet.columns == ("buyer.id", "buyer.at", "tags")
    assert values(sheet) == [("U1", '{"city":"甲"}', '["x","y"]', 1)]


def test_bytes_are_text_if_they_can_be(tmp_path: Path) -> None:
    sheet = stored(tmp_path, a=pa.array(["甲".encode()]), b=pa.array([b"\xff"]))
    assert sheet.columns == ("a",)
    assert values(sheet) == [("甲", 1)]
    assert sheet.notes == ("「b」是二进制内容,未读入",)


def test_column_named_like_the_row_number_gives_way(tmp_path: Path) -> None:
    assert stored(tmp_path, _row=pa.array([7])).columns == ("_row_2",)


RECORDS = [{"编号": "A", "金额": 12.5, "buyer": {"id": "U1", "at": {"c": 1}}}, {"编号": "B", "tags": [1], "有效": True}]


@pytest.mark.parametrize(
    "name, text",
    [
        ("表.json", json.dumps(RECORDS)),
        ("表.json", json.dumps({"total": 2, "data": RECORDS})),
        ("表.json", "\ufeff" + json.dumps(RECORDS, ensure_ascii=False, indent=1)),
        ("表.json", "\n".join(map(json.dumps, RECORDS))),
        ("表.jsonl", "\n".join(map(json.dumps, RECORDS)) + "\n"),
        ("表.ndjson", "\r\n".join(map(json.dumps, RECORDS))),
    ],
)
def test_json_is_read_as_text(tmp_path: Path, name: str, text: str) -> None:
    sheet = written(tmp_path, text, name)
    assert sheet.columns == ("编号", "金额", "buyer.id", "buyer.at", "tags", "有效")
    assert not sheet.typed
    assert values(sheet) == [("A", "12.5", "U1", '{"c":1}', None, None, 1), ("B", None, None, None, "[1]", "true", 2)]


def test_long_numbers_of_json_keep_their_digits(tmp_path: Path) -> None:
    sheet = written(tmp_path, '[{"id": 420703199001011234, "x": 1e20, "m": 1234567.10}]')
    assert values(sheet) == [("420703199001011234", "1.00000000000000e+20", "1234567.1", 1)]


def test_row_numbers_of_lines_count_blank_ones(tmp_path: Path) -> None:
    assert values(written(tmp_path, '{"a":"x"}\n\n{"a":"y"}\n', "表.jsonl")) == [("x", 1), ("y", 3)]


def test_packed_json_is_read(tmp_path: Path) -> None:
    path = tmp_path / "表.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"a":"x"}\n'))
    [sheet] = sheets(path)
    assert (sheet.file, values(sheet)) == ("表.jsonl.gz", [("x", 1)])


@pytest.mark.parametrize(
    "text, where, what",
    [
        ('{"a":"x"}\n{"a":NaN}\n', "表.jsonl 第2行", "NaN"),
        ('{"a":"x"}\n{"a":\n', "表.jsonl 第2行", "截断"),
        ('{"a":"x"}\n[1]\n', "表.jsonl 第2行", "不是对象"),
        ('{"a":"x"}\n{"a":"甲",}\n', "表.jsonl 第2行", "第 9 个字符"),
    ],
)
def test_faults_of_json_name_their_line(tmp_path: Path, text: str, where: str, what: str) -> None:
    with pytest.raises(Fault) as caught:
        written(tmp_path, text, "表.jsonl")
    assert caught.value.where == where
    assert what in caught.value.what
