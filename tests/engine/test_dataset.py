"""Reading folders and files into a dataset: whole or not at all, and nothing of it silent."""

from __future__ import annotations

import csv
import hashlib
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import python_calamine
import xlsxwriter
from stdnum.cn import ric

from lianfang.engine import identity
from lianfang.engine.dataset import Complete, open_dataset, read
from lianfang.engine.fault import Fault

STEM = "42070419800101123"
NUMBER = STEM + ric.calc_check_digit(STEM + "0")
PAYMENTS = [["payment_id", "amount", "pay_date"], ["P1", "100", "2024-03-05"], ["P2", "1,200.50", "2024/3/6"]]


def write(path: Path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


def workbook(path: Path, **sheets):
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


def rows(data, columns="*"):
    return duckdb.sql(f"SELECT {columns} FROM read_parquet('{data.path}')").fetchall()


def rejected(dataset):
    book = python_calamine.load_workbook(dataset.rejected_file)
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "key"
    path.write_bytes(bytes(range(64, 104)))
    path.chmod(0o600)
    return path


def test_folder_of_canonical_files(data, out):
    write(data / "payment.csv", PAYMENTS)
    (data / "project.json").write_text('[{"project_id": "J1", "is_gov_invest": true}, {"project_id": "J2"}]')
    (data / "bid.jsonl").write_text(
        '{"bid_id": "B1", "tender_id": "T1", "price": 12.5}\n{"bid_id": "B2", "tender_id": "T2"}\n'
    )
    workbook(data / "合同.xlsx", 合同=[["合同号*", "金额(万元)", "签订日"], ["C1", 1.5, "2024年3月5日"]])
    found = read([data], folder=out)
    assert list(found.tables) == sorted(found.tables, key=list(found.tables).index)
    assert set(found.tables) == {"payment", "project", "bid", "contract"}
    assert rows(found.tables["payment"]) == [
        ("P1", Decimal("100.00"), date(2024, 3, 5)),
        ("P2", Decimal("1200.50"), date(2024, 3, 6)),
    ]
    assert rows(found.tables["contract"]) == [("C1", date(2024, 3, 5), Decimal("15000.00"))]
    assert rows(found.tables["project"], "project_id, is_gov_invest") == [("J1", True), ("J2", None)]
    assert found.tables["bid"].columns == ("bid_id", "tender_id", "price")
    assert found.rejected_file is None
    assert open_dataset(out) == found


def test_fingerprints_and_progress(data, out):
    path = write(data / "payment.csv", PAYMENTS)
    seen = []
    found = read([path], folder=out, progress=lambda what, done, of: seen.append((what, done, of)))
    assert [(s.name, s.sha256, s.size) for s in found.sources] == [
        ("payment.csv", hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size)
    ]
    assert (seen[0], seen[-1][1:]) == (("payment.csv", 0, 1), (1, 1))


def test_columns_without_a_value_are_named(data, out):
    write(data / "payment.csv", [[*PAYMENTS[0], "summary", "invoice_no"], ["P1", "1", "2024-01-01", "", "无票"]])
    payment = read([data], folder=out).tables["payment"]
    assert payment.columns == ("payment_id", "amount", "pay_date", "invoice_no", "summary")
    assert payment.empty_columns == ("invoice_no", "summary")


def test_several_files_and_sheets_of_one_table(data, out):
    write(data / "payment_2023.csv", PAYMENTS)
    workbook(
        data / "支付2024.xlsx",
        一月=[PAYMENTS[0], ["P3", "7", "2024-01-01"]],
        二月=[["支付号", "金额", "日期", "摘要"], ["P2", "8", "2024-02-01", "重"]],
    )
    found = read([data], folder=out)
    payment = found.tables["payment"]
    assert [row[0] for row in rows(payment, "payment_id")] == ["P1", "P2", "P3"]
    assert (payment.rows, payment.rejected) == (3, 1)
    line = rejected(found)["支付"][1]
    assert line[:3] == ["支付2024.xlsx", "二月", 2]
    assert line[4] == "主键重复:首次见于 payment_2023.csv 第 3 行"
    assert line[-4:] == ["P2", "8", "2024-02-01", "重"]


def test_rejected_rows_come_back_masked_and_inert(data, out, key_file):
    wrong = NUMBER[:-1] + ("0" if NUMBER[-1] != "0" else "1")
    write(data / "death_record.csv", [
        ["person_key", "death_date", "source", "备注"],
        [wrong, "2024-03-05", "=HYPERLINK(1)", "张三丰先生家属"],
        [NUMBER, "2024-02-30", "医院", f"同住{NUMBER}"],
    ])  # fmt: skip
    found = read([data], folder=out, key_file=key_file)
    assert found.tables["death_record"].rejected == 2
    heading, first, second = rejected(found)["死亡登记"]
    assert heading == ["来源文件", "工作表", "行号", "列", "原因", "值", "person_key", "death_date", "source", "备注"]
    assert first[4:6] == ["身份证号码校验不通过", f"420***{wrong[-2:]}"]
    assert second[4].startswith("日期无法识别")
    text = json.dumps(rejected(found), ensure_ascii=False) + str(found.notes)
    assert not any(secret in text for secret in (NUMBER, wrong, "张三丰"))
    assert '"=' not in text


def test_share_of_rejected_rows_decides(data, out, tmp_path):
    write(data / "payment.csv", [PAYMENTS[0], *([f"P{i}", "1" if i else "x", "2024-01-01"] for i in range(20))])
    at_limit = read([data], folder=out)
    assert (at_limit.tables["payment"].rows, at_limit.tables["payment"].usable) == (19, True)
    over = read([data], folder=tmp_path / "b", reject_limit=Decimal("0.0499"))
    assert not over.tables["payment"].usable
    assert "5.0%" in over.tables["payment"].reason
    assert any("payment" in note and "拒收" in note for note in over.notes)
    (data / "mapping.yaml").write_text("reject_limit: 0.01")
    assert not read([data], folder=tmp_path / "c").tables["payment"].usable
    assert read([data], folder=tmp_path / "d", reject_limit=Decimal(1)).tables["payment"].usable


def test_missing_required_column_makes_the_table_unusable(data, out):
    write(data / "payment.csv", [["payment_id", "amount"], ["P1", "1"]])
    payment = read([data], folder=out).tables["payment"]
    assert (payment.rows, payment.usable) == (0, False)
    assert "日期" in payment.reason
    assert payment.path.is_file()


def test_dangling_references_are_noted(data, out):
    write(data / "payment.csv", [[*PAYMENTS[0], "unit_id"], *([f"P{i}", "1", "2024-01-01", f"U{i}"] for i in range(4))])
    write(data / "unit.csv", [["unit_id", "name"], ["U0", "甲"], ["U1", "乙"], ["U2", "丙"]])
    found = read([data], folder=out)
    assert found.tables["payment"].rejected == 0
    assert any(note.startswith("payment.unit_id: 1 行") and "25.0%" in note for note in found.notes)


def test_headers_without_a_place_are_noted(data, out):
    write(data / "payment.csv", [[*PAYMENTS[0], "天气"], ["P1", "1", "2024-01-01", "晴"]])
    assert any("天气" in note for note in read([data], folder=out).notes)


# ---- mapping, proposals, what is not read ---------------------------------------------


def test_mapping_of_the_folder(data, out):
    workbook(
        data / "2024台账.xlsx",
        明细=[["单号", "万元", "何时"], ["P1", "1.5", "05/03/2024"]],
        说明=[["填表说明"], ["略"]],
    )
    (data / "mapping.yaml").write_text(
        """files:
  - match: "2024*.xlsx"
    sheet: 明细
    table: payment
    columns:
      payment_id: 单号
      amount: {from: 万元, unit: 万元}
      pay_date: {from: 何时, format: "%d/%m/%Y"}
      method: {value: 转账}
complete:
  - {table: payment, from: 2024-01-01, to: 2024-12-31, by: 财政局}
""",
        encoding="utf-8",
    )
    found = read([data], folder=out)
    assert rows(found.tables["payment"]) == [("P1", Decimal("15000.00"), date(2024, 3, 5), "转账")]
    assert found.complete == (Complete("payment", date(2024, 1, 1), date(2024, 12, 31), "财政局"),)
    assert open_dataset(out).complete == found.complete


def test_rule_for_a_sheet_that_is_not_there_names_the_nearest(data, out):
    workbook(data / "a.xlsx", 明细表=[["单号", "金额", "日期"], ["P1", "1", "2024-01-01"]])
    (data / "mapping.yaml").write_text("files: [{match: a.xlsx, sheet: 明细, table: payment}]", encoding="utf-8")
    with pytest.raises(Fault, match="明细表"):
        read([data], folder=out)


def test_rule_for_a_file_that_is_not_there_is_noted(data, out):
    write(data / "payment.csv", PAYMENTS)
    (data / "mapping.yaml").write_text("files: [{match: 'b*.xlsx', table: payment}]", encoding="utf-8")
    assert any("b*.xlsx" in note for note in read([data], folder=out).notes)


def test_two_mappings_are_refused(tmp_path, out):
    for name in ("a", "b"):
        write(tmp_path / name / "payment.csv", PAYMENTS)
        (tmp_path / name / "mapping.yaml").write_text("")
    with pytest.raises(Fault, match="--mapping"):
        read([tmp_path / "a", tmp_path / "b"], folder=out)


def test_certain_proposal_is_read_with_a_note(data, out):
    header = ["凭证号", "付款单位", "支付金额(万元)", "支付日期", "摘要"]
    write(
        data / "支付明细表.csv",
        [header, *([f"PZ{i}", "教育局", "1.5", f"2024-03-{i:02}", "工程款"] for i in range(1, 21))],
    )
    found = read([data], folder=out)
    assert found.tables["payment"].rows == 20
    assert any("支付明细表.csv" in note and "payment" in note for note in found.notes)


def test_sheet_named_like_a_table_is_read_by_contents_where_its_names_do_not_suffice(data, out):
    header = ["报销单号", "单位", "报销人", "报销金额", "报销日", "发票代码+号码"]
    lines = [[f"B{i}", "财政局", f"R{i}", str(100 + i), f"2024-03-{i:02}", f"F{i:08}"] for i in range(1, 21)]
    write(data / "报销.csv", [header, *lines])
    write(data / "支付.csv", [["支付号", "日期", "摘要"], ["P1", "2024-03-05", "x"]])
    found = read([data], folder=out)
    assert found.tables["expense_claim"].rows == 20
    assert not found.tables["payment"].usable


def test_files_that_are_not_read_are_named(data, out):
    write(data / "payment.csv", PAYMENTS)
    write(data / "天气.csv", [["城市", "气温"], ["鄂州", "12"]])
    (data / "通知.docx").write_bytes(b"PK")
    (data / "README.md").write_text("x")
    note = next(note for note in read([data], folder=out).notes if "未读" in note)
    assert "天气.csv" in note
    assert "通知.docx" in note
    assert "README" not in note
    assert "propose-mapping" in note


def test_nothing_to_read_is_a_fault_and_leaves_nothing_behind(data, out):
    write(data / "天气.csv", [["城市", "气温"], ["鄂州", "12"]])
    with pytest.raises(Fault, match="propose-mapping"):
        read([data], folder=out)
    assert [p.name for p in out.parent.iterdir()] == ["data"]


def test_fault_leaves_the_earlier_dataset_as_it_was(data, out):
    write(data / "payment.csv", PAYMENTS)
    first = read([data], folder=out)
    write(data / "death_record.csv", [["person_key", "death_date"], [NUMBER, "2024-01-01"]])
    with pytest.raises(Fault, match="--key-file") as fault:
        read([data], folder=out)
    assert NUMBER not in str(fault.value)
    assert open_dataset(out) == first
    assert {p.name for p in out.parent.iterdir()} == {"data", "out"}


def test_dataset_is_replaced_whole(data, out):
    write(data / "payment.csv", PAYMENTS)
    read([data], folder=out)
    (data / "payment.csv").rename(data / "contract.csv")
    write(data / "contract.csv", [["contract_id"], ["C1"]])
    assert set(read([data], folder=out).tables) == {"contract"}
    assert {p.name for p in out.iterdir()} == {"contract.parquet", "dataset.json"}


def test_folder_with_other_things_in_it_is_refused(data, out):
    write(data / "payment.csv", PAYMENTS)
    out.mkdir()
    (out / "letter.txt").write_text("x")
    with pytest.raises(Fault, match="其他内容"):
        read([data], folder=out)
    with pytest.raises(Fault, match="写回"):
        read([data], folder=data)


def test_missing_path_is_a_fault(data, out):
    with pytest.raises(Fault, match="找不到"):
        read([data / "none.csv"], folder=out)


# ---- canonical Parquet ----------------------------------------------------------------


def parquet(path: Path, select: str):
    duckdb.sql(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
    return path


GOOD = "SELECT 'P' || i AS payment_id, 1::DECIMAL(18,2) AS amount, DATE '2024-01-01' AS pay_date FROM range(3) t(i)"


def test_canonical_parquet_is_used_in_place(data, out):
    path = parquet(data / "payment.parquet", GOOD)
    found = read([data], folder=out)
    payment = found.tables["payment"]
    assert (payment.path, payment.rows, payment.columns) == (path, 3, ("payment_id", "amount", "pay_date"))
    assert not list(out.glob("*.parquet"))
    assert open_dataset(out) == found
    path.unlink()
    with pytest.raises(Fault, match="原处"):
        open_dataset(out)


@pytest.mark.parametrize(
    ("change", "stand", "rejected"),
    [
        ("SELECT * REPLACE ('P' AS payment_id, CAST(right(payment_id, 1) AS DECIMAL(18, 2)) AS amount)", 1, 2),
        ("SELECT * REPLACE ('P' AS payment_id)", 1, 0),
        ("SELECT * REPLACE (CASE WHEN payment_id = 'P1' THEN NULL ELSE amount END AS amount)", 2, 1),
        ("SELECT * REPLACE (1.5::DOUBLE AS amount)", 3, 0),
        ("SELECT *, '' AS summary", 3, 0),
        ("SELECT *, '退票' AS status", 3, 0),
        ("SELECT *, 7 AS weather", 3, 0),
        ("SELECT payment_id AS 支付号, amount AS 金额, pay_date AS 日期", 3, 0),
    ],
)
def test_parquet_that_is_not_in_order_is_read_like_any_file(data, out, change, stand, rejected):
    parquet(data / "payment.parquet", f"{change} FROM ({GOOD})")
    payment = read([data], folder=out, reject_limit=Decimal(1)).tables["payment"]
    assert (payment.path.parent, payment.rows, payment.rejected) == (out, stand, rejected)


def test_identity_numbers_in_canonical_parquet_are_not_used_in_place(data, out, key_file):
    parquet(data / "death_record.parquet", f"SELECT '{NUMBER}' AS person_key, DATE '2024-01-01' AS death_date")
    with pytest.raises(Fault, match="--key-file"):
        read([data], folder=out)
    with pytest.raises(Fault, match="tables read"):
        open_dataset(data)
    found = read([data], folder=out, key_file=key_file).tables["death_record"]
    assert identity.DIGEST.fullmatch(rows(found, "person_key")[0][0])


def test_folder_of_canonical_parquet_opens(data):
    parquet(data / "payment.parquet", GOOD)
    found = open_dataset(data)
    assert (found.folder, found.tables["payment"].rows, len(found.sources)) == (data, 3, 1)


@pytest.mark.parametrize(
    ("name", "select"),
    [
        ("weather", GOOD),
        ("payment", "SELECT 'P1' AS payment_id, 1.5::DOUBLE AS amount, DATE '2024-01-01' AS pay_date"),
        ("payment", "SELECT 1 AS x"),
    ],
)
def test_other_parquet_does_not_open(data, name, select):
    parquet(data / f"{name}.parquet", select)
    with pytest.raises(Fault, match="tables read"):
        open_dataset(data)


def test_broken_card_or_file_is_a_fault(data, out):
    write(data / "payment.csv", PAYMENTS)
    read([data], folder=out)
    (out / "dataset.json").write_text("{")
    with pytest.raises(Fault, match="不完整"):
        open_dataset(out)
    (data / "payment.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(Fault, match="Parquet"):
        open_dataset_of(data / "payment.parquet")


def open_dataset_of(path):
    (path.parent / "payment.csv").unlink()
    return open_dataset(path.parent)


def test_datasets_join_and_keep_what_was_said_of_them(data, out, tmp_path):
    write(data / "payment.csv", PAYMENTS)
    (data / "mapping.yaml").write_text(
        "complete: [{table: payment, from: 2024-01-01, to: 2024-12-31, by: 财政局}]", encoding="utf-8"
    )
    first = read([data], folder=tmp_path / "first")
    contracts = write(tmp_path / "more" / "contract.csv", [["contract_id"], ["C1"]])
    both = read([tmp_path / "first", contracts], folder=out)
    assert set(both.tables) == {"payment", "contract"}
    assert (both.complete, both.tables["payment"]) == (first.complete, first.tables["payment"])
    assert [source.name for source in both.sources] == ["payment.csv", "contract.csv"]
    with pytest.raises(Fault, match="另有来源"):
        read([tmp_path / "first", data], folder=tmp_path / "third")


# ---- sources that know the shape ------------------------------------------------------


def test_event_log_is_recognised(data, out):
    write(
        data / "办件.csv",
        [
            ["办件编号", "环节名称", "办理时间"],
            ["A1", "受理", "2024-03-05 10:00:00"],
            ["A1", "决定", "2024-03-06 10:00:00"],
            ["", "受理", "2024-03-06 10:00:00"],
        ],
    )
    found = read([data], folder=out, reject_limit=Decimal(1))
    assert {"event", "event_case"} <= set(found.tables)
    assert (found.tables["event"].rows, found.tables["event"].rejected) == (2, 1)
    assert rejected(found)["其他来源"][1][0] == "办件.csv"


def test_xes_log_in_a_folder_is_read_and_another_file_of_that_name_is_named(data, out):
    step = '<string key="concept:name" value="受理"/><date key="time:timestamp" value="2024-03-05T10:00:00"/>'
    case = f'<trace><string key="concept:name" value="A1"/><event>{step}</event></trace>'
    (data / "办件.xes").write_text(f"<log>{case}</log>", encoding="utf-8")
    (data / "其他.xes").write_text("<net/>", encoding="utf-8")
    found = read([data], folder=out)
    assert found.tables["event"].rows == 1
    assert any("其他.xes" in note and "办件" not in note for note in found.notes)


def test_open_data_is_recognised(data, out):
    release = {
        "ocid": "ocds-1", "id": "1", "date": "2024-01-01T00:00:00Z", "tag": ["tender"], "initiationType": "tender",
        "buyer": {"id": "B1", "name": "x"},
        "tender": {"id": "T1", "status": "active", "value": {"amount": 5, "currency": "CNY"}},
    }  # fmt: skip
    (data / "releases.jsonl").write_text(json.dumps(release) + "\n")
    found = read([data], folder=out)
    assert found.tables["tender"].rows == 1
