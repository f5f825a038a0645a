"""mapping.yaml is read strictly; headers find their columns by name, by rule, or as a proposal."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
import yaml

from lianfang.engine import mapping, proposal
from lianfang.engine.fault import Fault
from lianfang.engine.mapping import Complete, Take
from lianfang.engine.sources import ROW, Sheet
from lianfang.engine.tables import tables

PAYMENT = "files:\n  - match: '2024*.csv'\n    table: payment\n    columns:\n"
REQUIRED = "      payment_id: 凭证号\n      amount: 金额\n      pay_date: 日期\n"


def load(tmp_path, text):
    path = tmp_path / "mapping.yaml"
    path.write_text(text, encoding="utf-8")
    return mapping.load(path)


def sheet(columns, name="表", file="表.csv", unit=None):
    """A sheet of text: header → values."""
    rows = pa.table(
        {
            **{h: pa.array(v, pa.string()) for h, v in columns.items()},
            ROW: pa.array(range(2, 2 + len(next(iter(columns.values()))))),
        }
    )
    return Sheet(f"{file}", file, name, tuple(columns), rows, False, unit)


def test_whole_mapping(tmp_path):
    text = (
        PAYMENT
        + """      payment_id: {row: true}
      amount: {from: 金额, unit: 万元}
      pay_date: {from: 日期, format: "%d/%m/%Y"}
      method: {value: 转账}
      court_order: {from: 法院, map: {Y: true, 1: false}}
      payee_id: {from: 2023, digested: true}
complete:
  - {table: death_record, from: 2020-01-01, to: 2024-12-31, by: 民政局}
reject_limit: 0.1
identity: {algorithm: sm3}
ocds: {currency: CNY}
event_log:
"""
    )
    rules = load(tmp_path, text)
    assert rules.files[0].table is tables()["payment"]
    assert rules.files[0].columns == {
        "payment_id": Take(row=True),
        "amount": Take(header="金额", unit="万元"),
        "pay_date": Take(header="日期", formats=("%d/%m/%Y",)),
        "method": Take(value="转账"),
        "court_order": Take(header="法院", answers={"Y": "true", "1": "false"}),
        "payee_id": Take(header="2023", digested=True),
    }
    assert rules.complete == (Complete("death_record", date(2020, 1, 1), date(2024, 12, 31), "民政局"),)
    assert (rules.reject_limit, rules.algorithm, rules.ocds, rules.event_log) == (
        Decimal("0.1"),
        "sm3",
        {"currency": "CNY"},
        {},
    )


def test_empty_mapping(tmp_path):
    assert load(tmp_path, "") == mapping.Rules()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("file: []", "files"),
        (PAYMENT.replace("payment", "paymnet") + REQUIRED, "payment"),
        (PAYMENT + REQUIRED + "      amont: 金额\n", "amount"),
        (PAYMENT.replace("table:", "tabel:") + REQUIRED, "table"),
        (PAYMENT + REQUIRED.replace("金额", "{form: 金额}"), "from"),
        (PAYMENT + "      payment_id: 凭证号\n", "amount"),
        (PAYMENT + REQUIRED.replace("金额", "{from: 金额, unit: 公顷}"), "公顷"),
        (PAYMENT + REQUIRED.replace("日期", "{from: 日期, format: 日/月/年}"), "日/月/年"),
        (PAYMENT + REQUIRED.replace("日期", "{from: 日期, format: '%Y'}"), "%Y"),
        (PAYMENT + REQUIRED.replace("金额", "{from: 金额, format: '%Y-%m-%d'}"), "format"),
        (PAYMENT + REQUIRED.replace("金额", "{from: 金额, value: 3}"), "恰有一个"),
        (PAYMENT + REQUIRED.replace("金额", "{row: true}"), "文本列"),
        (PAYMENT + REQUIRED.replace("金额", "{value: 3, unit: 元}"), "from"),
        (PAYMENT + REQUIRED.replace("金额", "[金额]"), "名称"),
        (PAYMENT.replace("    table", "    header_row: 0\n    table") + REQUIRED, "header_row"),
        ("files: {match: x}", "列表"),
        ("complete: [{table: death_record, from: 2024-01-01, to: 2020-01-01, by: 民政局}]", "先后"),
        ("complete: [{table: death_record, from: 2020-01-01, to: 2024-01-01}]", "by"),
        ("reject_limit: 5%", "0 与 1"),
        ("reject_limit: 1.5", "0 与 1"),
        ("identity: {algorithm: sha-256}", "sha256"),
        ("a: &x [1]\nb: *x", "aliases"),
        ("files: []\nfiles: []", "twice"),
        ("files: [", "mapping.yaml"),
        ("!!python/object/apply:os.system ['true']", "constructor"),
    ],
)
def test_wrong_mappings_name_what_is_wrong(tmp_path, text, words):
    with pytest.raises(Fault) as found:
        load(tmp_path, text)
    assert words in str(found.value)


def test_oversized_mapping_is_refused(tmp_path):
    with pytest.raises(Fault, match="过大"):
        load(tmp_path, "#" * (mapping.MAX_BYTES + 1))


def test_alias_bomb_is_refused_before_it_unfolds(tmp_path):
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 60)]
    with pytest.raises(Fault, match="aliases"):
        load(tmp_path, "\n".join(lines))


# ---- headers -----------------------------------------------------------------------------------------------------


def rule(text, where="mapping.yaml"):
    return mapping.parse(yaml.safe_load(text), where).files[0]


def test_missing_header_names_the_nearest():
    with pytest.raises(Fault, match="支付金额") as found:
        mapping.by_rule(rule(PAYMENT + REQUIRED), sheet({"凭证号": ["1"], "支付金额": ["2"], "日期": ["3"]}))
    assert "columns › amount" in found.value.where


def test_headers_are_found_through_spaces_case_and_width():
    plan = mapping.by_rule(
        rule(PAYMENT + REQUIRED.replace("日期", "Pay Date")),
        sheet({"凭证号 ": ["1"], "金　额": ["2"], "pay  date": ["3"]}),
    )
    assert [take.header for take in plan.takes.values()] == ["凭证号 ", "金　额", "pay  date"]


def test_rule_without_columns_goes_by_name():
    plan = mapping.by_rule(
        rule("files: [{match: x, table: payment}]"),
        sheet({"支付号": ["1"], "金额": ["2"], "日期": ["3"], "备注": ["4"]}),
    )
    assert (set(plan.takes), plan.left_over) == ({"payment_id", "amount", "pay_date"}, ("备注",))
    with pytest.raises(Fault, match="pay_date"):
        mapping.by_rule(rule("files: [{match: x, table: payment}]"), sheet({"支付号": ["1"], "金额": ["2"]}))


@pytest.mark.parametrize(
    ("header", "column"),
    [("payment_id", "payment_id"), ("PAYMENT_ID", "payment_id"), ("支付号*", "payment_id"), ("支付号",
     "payment_id"), ("Payment id", "payment_id"),
     ("金额(万元)", "amount"), ("收款账户(哈希)", "payee_account"), ("收款账户", "payee_account"), ("金额（元）*",
     "amount")],
)  # fmt: skip
def test_names_of_columns(header, column):
    assert list(mapping.by_name(tables()["payment"], sheet({header: ["1"]})).takes) == [column]


def test_two_headers_of_one_column_are_a_fault():
    with pytest.raises(Fault, match="同一列"):
        mapping.by_name(tables()["payment"], sheet({"金额": ["1"], "amount": ["1"]}))


def test_unit_of_mapping_header_and_sheet():
    columns = {"支付号": ["1"], "金额": ["2"], "日期": ["3"], "已完成工程量(元,累计)": ["4"]}
    takes = mapping.by_name(tables()["payment"], sheet(columns, unit="万元")).takes
    assert (takes["amount"].unit, takes["cumulative_progress"].unit, takes["pay_date"].unit) == ("万元", "元", None)
    own = rule(PAYMENT + REQUIRED.replace("金额", "{from: 金额, unit: 亿元}").replace("凭证号", "支付号"))
    assert mapping.by_rule(own, sheet(columns, unit="万元")).takes["amount"].unit == "亿元"


@pytest.mark.parametrize(
    ("name", "table"),
    [("payment", "payment"), ("Payment", "payment"), ("支付", "payment"), ("支付_payment", "payment"),
     ("payment_2024", "payment"),
     ("payment-2024-01", "payment"), ("payment (2)", "payment"), ("支付2024年", "payment"), ("bid_similarity",
     "bid_similarity"), ("bid", "bid"),
     ("标段、采购包", "tender"), ("标段、采购包_tender", "tender"), ("Contracts", "contract"), ("paymenta", None),
     ("表", None), ("2024", None)],
)  # fmt: skip
def test_names_of_tables(name, table):
    found = mapping.table_named(name)
    assert (found and found.name) == table


def test_every_table_and_template_name_is_recognised():
    from lianfang.engine.tables.templates import file_name, sheet_name

    for table in tables().values():
        assert mapping.table_named(table.name) is table
        assert mapping.table_named(file_name(table).removesuffix(".xlsx")) is table
        assert mapping.table_named(sheet_name(table)) is not None


def test_sheet_is_not_taken_for_a_table_by_one_header_of_many():
    assert mapping.recognised(sheet({"说明": ["a"], "金额": ["1"], "其他": ["x"]}), tables()["payment"]) is None
    assert mapping.recognised(
        sheet({"支付号": ["a"], "金额": ["1"], "日期": ["x"], **{f"列{i}": ["1"] for i in range(9)}}),
        tables()["payment"],
    )


# ---- proposals -----------------------------------------------------------------------------------------------------

DAYS = [f"2024-03-{d:02}" for d in range(1, 21)]
LEDGER = {
    "凭证号": [f"PZ{i:04}" for i in range(20)],
    "付款单位": ["教育局"] * 20,
    "收款人": ["某建筑公司"] * 20,
    "支付金额(万元)": [f"{i + 1}.5" for i in range(20)],
    "支付日期": DAYS,
    "摘要": ["工程款"] * 20,
}


def test_ledger_of_payments_is_certain():
    found = proposal.of_sheet(sheet(LEDGER, name="支付明细", file="支付明细.csv"))
    assert found.certain
    assert {name: take.header for name, take in found.takes.items()} == {
        "payment_id": "凭证号", "unit_id": "付款单位", "payee_id": "收款人", "amount": "支付金额(万元)",
        "pay_date": "支付日期", "summary": "摘要",
    }  # fmt: skip
    assert "payee_id" not in found.plan(sheet(LEDGER)).takes  # a name instead of a code is only proposed


def test_proposal_is_a_mapping_that_loads_and_reads(tmp_path):
    import csv

    path = tmp_path / "支付[1].csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([list(LEDGER), *zip(*LEDGER.values(), strict=True)])
    text = mapping.propose(path).text
    assert "以名称代替代码" in text
    rules = load(tmp_path, text)
    assert mapping.applies(rules.files[0], path.name)
    assert rules.files[0].columns["amount"] == Take(header="支付金额(万元)", unit="万元")
    assert rules.files[0].columns["payee_id"] == Take(header="收款人")


def test_contents_outweigh_headers():
    """A column called 支付日期 that holds no dates is not taken for one."""
    found = proposal.of_sheet(sheet(LEDGER | {"支付日期": ["见附件"] * 20}))
    assert "pay_date" not in found.takes
    assert not found.certain
    assert [column.name for column in found.missing] == ["pay_date"]


def test_day_month_year_is_proposed_where_the_days_tell():
    far = [f"{d:02}/03/2024" for d in range(1, 21)]
    near = [f"{d:02}/03/2024" for d in range(1, 11)] * 2
    assert proposal.of_sheet(sheet(LEDGER | {"支付日期": far})).takes["pay_date"].formats == ("%d/%m/%Y",)
    doubtful = next(
        g for g in proposal.of_sheet(sheet(LEDGER | {"支付日期": near})).guesses if g.column.name == "pay_date"
    )
    assert doubtful.doubt == "日月顺序不明"
    assert doubtful.score < proposal.SURE


def test_day_month_year_is_told_by_days_far_down_a_list_in_order():
    days = sorted(f"{day:02}/03/2024" for day in range(1, 32) for _ in range(100))
    rows = {header: cells * 155 for header, cells in LEDGER.items()}
    found = proposal.of_sheet(sheet(rows | {"支付日期": days}))
    assert found.takes["pay_date"].formats == ("%d/%m/%Y",)
    assert all(guess.doubt is None for guess in found.guesses if guess.column.name == "pay_date")


def test_empty_column_with_the_name_of_one_tells_the_table():
    """A list of persons assisted of which nobody has left is no list of cases."""
    people = [str(number) for number in range(20)]
    members = sheet({"案号": ["A1"] * 20, "身份证号": people, "退出日": [""] * 20}, name="对象", file="社会救助.xlsx")
    found = proposal.of_sheet(members)
    assert found.table.name == "assist_member"
    assert found.takes["until_date"].header == "退出日"
    assert proposal.of_sheet(sheet(LEDGER | {"凭证号": [""] * 20})).takes["payment_id"] == Take(row=True)


def test_identity_numbers_are_not_proposed_for_other_columns():
    numbers = [f"42070419800101{i:03}0" for i in range(100, 120)]
    found = proposal.of_sheet(sheet(LEDGER | {"凭证号": numbers}))
    assert found.takes["payment_id"].row
    register = {"姓名": ["张三", "李四"] * 10, "证件号码": numbers, "死亡日期": DAYS}
    assert proposal.of_sheet(sheet(register, name="死亡人员")).takes["person_key"].header == "证件号码"


def test_repeated_ids_are_doubtful_as_a_key():
    guess = next(
        g for g in proposal.of_sheet(sheet(LEDGER | {"凭证号": ["PZ1"] * 20})).guesses if g.column.name == "payment_id"
    )
    assert "重复" in guess.doubt


def test_foreign_sheet_is_no_table():
    assert proposal.of_sheet(sheet({"a": ["1"], "b": ["2"], "c": ["3"]})) is None


def test_unknown_sheets_are_named_in_the_text(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("qq,ww\n1,2\n", encoding="utf-8")
    text = mapping.propose(path).text
    assert "认不出" in text
    assert yaml.safe_load(text) == {"files": []}


def test_synonyms_name_columns_that_exist():
    from importlib.resources import files

    known = yaml.safe_load(files("lianfang.engine").joinpath("synonyms.yaml").read_text(encoding="utf-8"))
    whole = {f"{t.name}.{c}" for t in tables().values() for c in t.columns}
    assert set(known["tables"]) <= set(tables())
    assert {k for part in ("columns", "instead") for k in known[part]} <= whole | {w.partition(".")[2] for w in whole}
    assert all(isinstance(word, str) for part in known.values() for words in part.values() for word in words)
