"""Rows that cannot stand are set apart, each for its reason; what is only worth knowing becomes a note."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import ric

from lianfang.engine import quality, rejects
from lianfang.engine.fault import Fault
from lianfang.engine.identity import Digester
from lianfang.engine.mapping import Plan, Take
from lianfang.engine.quality import ISSUES, Tally
from lianfang.engine.sources import ROW, Sheet
from lianfang.engine.tables import Column, Table, tables

DIGESTER = Digester(bytes(range(64, 104)))


def identity_number(serial):
    stem = f"42070419800101{serial:03}"
    return stem + ric.calc_check_digit(stem + "0")


def table(*columns, key=("id",)):
    return Table("made", "made", "造", "Made", key, {column.name: column for column in columns})


ID = Column("id", "text", "编号", "Id", required=True)


class Reader:
    """Sheets of texts read one after the other as parts of a table."""

    def __init__(self, made, digester=None):
        self.con, self.table, self.digester, self.tally, self.parts = duckdb.connect(), made, digester, Tally(), []
        quality.prepare(self.con)

    def read(self, rows, takes=None, types=None):
        headers = list(rows)
        columns = [pa.array(values, (types or {}).get(header, pa.string())) for header, values in rows.items()]
        numbers = pa.array(range(2, 2 + len(columns[0])), pa.int64())
        sheet = Sheet("表.csv", "表.csv", "表", tuple(headers), pa.table([numbers, *columns], [ROW, *headers]), False)
        named = {header: Take(header=header) for header in headers if header in self.table.columns}
        self.con.register("_sheet", sheet.rows.rename_columns([ROW, *(f"c{i}" for i in range(len(headers)))]))
        plan = Plan(self.table, takes or named)
        part = quality.read_part(self.con, plan, sheet, len(self.parts), self.digester, self.tally)
        self.parts.append(part)
        return part

    def values(self, column):
        selects = " UNION ALL BY NAME ".join(f"FROM {part.name}" for part in self.parts)
        asked = f"SELECT {column} FROM ({selects}) ORDER BY _source, _row"
        return [value for (value,) in self.con.execute(asked).fetchall()]

    def issues(self):
        asked = f"SELECT source, row, col, kind, value FROM {ISSUES} ORDER BY 1, 2, 3"
        return self.con.execute(asked).fetchall()

    def counts(self):
        return {(column, kind): count for (_, column, kind), count in self.tally.counts.items()}


def test_values_are_typed_and_bad_ones_set_apart():
    made = table(
        ID, Column("day", "date", "日", ""), Column("amount", "money", "额", ""), Column("new", "bool", "新", "")
    )
    reader = Reader(made)
    reader.read({
        "id": ["1", "2", "3", "4"],
        "day": ["2024/3/5", "2024-02-30", None, "二〇二四年三月五日"],
        "amount": ["1,234.5", "abc", "壹佰元整", None],
        "new": ["是", "也许", "否", None],
    })  # fmt: skip
    assert reader.values("day") == [date(2024, 3, 5), None, None, date(2024, 3, 5)]
    assert reader.values("amount") == [Decimal("1234.50"), None, Decimal("100.00"), None]
    assert reader.values("new") == [True, None, False, None]
    assert reader.issues() == [
        (0, 3, "amount", "money", "abc"), (0, 3, "day", "date", "2024-02-30"), (0, 3, "new", "bool", "也许"),
    ]  # fmt: skip


def test_unread_required_value_has_one_reason_only():
    reader = Reader(table(ID, Column("amount", "money", "额", "", required=True)))
    reader.read({"id": ["1", "2", None], "amount": ["x", None, "3"]})
    assert [issue[1:4] for issue in reader.issues()] == [
        (2, "amount", "money"),
        (3, "amount", "missing"),
        (4, "id", "missing"),
    ]


def test_empty_rows_are_passed_over_and_counted():
    reader = Reader(table(ID, Column("note", "text", "注", "")))
    part = reader.read({"id": ["1", None, "无"], "note": ["a", None, ""]})
    assert part.rows == 1
    assert reader.issues() == []
    assert reader.counts() == {("", "blank_rows"): 2}


def test_constants_do_not_make_an_empty_row_full():
    made = table(ID, Column("note", "text", "注", ""))
    part = Reader(made).read({"编号": ["1", None]}, {"id": Take(header="编号"), "note": Take(value="转账")})
    assert part.rows == 1


def test_range_is_inclusive():
    reader = Reader(table(ID, Column("share", "ratio", "比", "", minimum=0, maximum=1)))
    reader.read({"id": list("abcd"), "share": ["0", "1", "-0.000001", "100.0001%"]})
    assert [(row, kind) for _, row, _, kind, _ in reader.issues()] == [(4, "range"), (5, "range")]


def test_closed_codes_reject_and_open_codes_are_noted():
    closed, opened = (
        Column("a", "code", "甲", "", codes=("x", "y")),
        Column("b", "code", "乙", "", codes=("x",), open_codes=True),
    )
    reader = Reader(table(ID, closed, opened))
    reader.read({"id": list("123"), "a": ["x", "z", None], "b": ["x", "z", None]})
    assert reader.issues() == [(0, 3, "a", "code", "z")]
    assert reader.counts() == {("b", "open_code"): 1}
    assert "z" in reader.tally.notes()[0]


def test_what_is_said_for_a_code_is_read_as_the_code():
    closed = Column("a", "code", "甲", "", codes=("挂牌", "拍卖"), synonyms=(("挂牌出让", "挂牌"),))
    opened = Column("b", "code", "乙", "", codes=("挂牌",), open_codes=True, synonyms=(("挂牌出让", "挂牌"),))
    reader = Reader(table(ID, closed, opened))
    reader.read({"id": list("123"), "a": ["挂牌出让", "拍卖", "招拍挂"], "b": ["挂牌出让", "挂牌", None]})
    assert reader.values("a") == ["挂牌", "拍卖", "招拍挂"]
    assert reader.values("b") == ["挂牌", "挂牌", None]
    assert reader.issues() == [(0, 4, "a", "code", "招拍挂")]
    assert reader.counts() == {}


def test_default_values_are_blank():
    made = table(ID, Column("author", "text", "作者", "", defaults=("Administrator",)), Column("day", "date", "日", ""))
    reader = Reader(made)
    reader.read({"id": ["1", "2"], "author": ["Administrator", "张"], "day": ["1900/1/1", "2024-01-01"]})
    assert reader.values("author") == [None, "张"]
    assert reader.values("day") == [None, date(2024, 1, 1)]
    assert reader.counts() == {("day", "default_day"): 1}


def test_rounding_is_half_up_and_counted():
    reader = Reader(table(ID, Column("amount", "money", "额", "")))
    takes = {"id": Take(header="id"), "amount": Take(header="金额", unit="万元")}
    reader.read({"id": list("123"), "金额": ["1.2345675", "1.23456", "-1.2345675"]}, takes)
    assert reader.values("amount") == [Decimal("12345.68"), Decimal("12345.60"), Decimal("-12345.68")]
    assert reader.counts() == {("amount", "rounded"): 2}


def test_map_comes_before_typing():
    reader = Reader(table(ID, Column("new", "bool", "新", "")))
    reader.read(
        {"id": list("123"), "n": ["新建", "续建", "是"]},
        {"id": Take(header="id"), "new": Take(header="n", answers={"新建": "true", "续建": "false"})},
    )
    assert reader.values("new") == [True, False, True]


def test_ids_made_of_file_and_row():
    reader = Reader(table(ID, Column("note", "text", "注", "")))
    reader.read({"note": ["a", "b"]}, {"id": Take(row=True), "note": Take(header="note")})
    assert reader.values("id") == ["表.csv:2", "表.csv:3"]


def test_headers_that_differ_in_case_only_are_two_columns():
    reader = Reader(table(ID, Column("note", "text", "注", "")))
    reader.read({"ID": ["1"], "id": ["2"]}, {"id": Take(header="id"), "note": Take(header="ID")})
    assert (reader.values("id"), reader.values("note")) == (["2"], ["1"])


def test_header_with_quotes_is_only_a_name():
    reader = Reader(table(ID))
    reader.read({'a"; DROP TABLE x; --': ["1"]}, {"id": Take(header='a"; DROP TABLE x; --')})
    assert reader.values("id") == ["1"]


def test_typed_columns_pass_and_others_are_read_as_text():
    made = table(
        ID, Column("amount", "money", "额", ""), Column("day", "date", "日", ""), Column("count", "int", "数", "")
    )
    reader = Reader(made)
    reader.read(
        {"id": ["1"], "amount": [0.1], "day": [date(2024, 3, 5)], "count": [3.0]},
        types={"amount": pa.float64(), "day": pa.date32(), "count": pa.float64()},
    )
    assert (reader.values("amount"), reader.values("day"), reader.values("count")) == (
        [Decimal("0.10")],
        [date(2024, 3, 5)],
        [3],
    )


# ---- personal numbers -----------------------------------------------------------------

PERSON = Column("person_key", "person_key", "人", "", sensitivity="personal")
PAYEE = Column("payee", "text", "收款人", "", sensitivity="personal")
PLAIN = Column("order_no", "text", "单号", "")


def test_identity_numbers_are_digested():
    reader = Reader(table(ID, PERSON), DIGESTER)
    good, wrong = identity_number(101), identity_number(102)[:-1] + "?"
    wrong = wrong[:-1] + ("0" if identity_number(102)[-1] != "0" else "1")
    reader.read({"id": list("1234"), "person_key": [good, wrong, "K001", None]})
    assert reader.values("person_key") == [DIGESTER.digest("identity", good), None, "K001", None]
    assert reader.issues() == [(0, 3, "person_key", "identity", wrong)]
    assert reader.counts() == {("person_key", "opaque"): 1}


def test_digests_pass_without_a_note():
    reader = Reader(table(ID, PERSON))
    reader.read({"id": ["1"], "person_key": ["p:" + "0a" * 32]})
    assert (reader.values("person_key"), reader.counts()) == (["p:" + "0a" * 32], {})


@pytest.mark.parametrize("column", [PERSON, PAYEE, PLAIN])
def test_identity_numbers_without_a_key_are_refused(column):
    reader = Reader(table(ID, column))
    with pytest.raises(Fault, match="--key-file") as found:
        reader.read({"id": ["1"], column.name: [identity_number(101)]})
    assert column.name in found.value.where
    assert identity_number(101) not in str(found.value)


def test_digested_columns_are_taken_at_their_word():
    reader = Reader(table(ID, PERSON))
    reader.read(
        {"id": ["1"], "k": ["123456789012345678"]},
        {"id": Take(header="id"), "person_key": Take(header="k", digested=True)},
    )
    assert reader.values("person_key") == ["123456789012345678"]


def test_order_numbers_that_hold_a_date_are_no_identity_numbers():
    numbers = [f"4207042024030500{serial:02}" for serial in range(40)]
    reader = Reader(table(ID, PLAIN))
    reader.read({"id": [str(i) for i in range(80)], "order_no": numbers + [f"A{i}" for i in range(40)]})
    assert reader.values("order_no")[:40] == numbers


def test_identity_numbers_in_a_column_not_meant_for_them_are_digested():
    numbers = [identity_number(serial) for serial in range(100, 120)]
    reader = Reader(table(ID, PLAIN), DIGESTER)
    reader.read({"id": [str(i) for i in range(20)], "order_no": numbers})
    assert all(value.startswith("p:") for value in reader.values("order_no"))


def test_accounts_and_telephones():
    texts = ["6222021234567890123", "13812345678", "张三"]
    kept, digested = Reader(table(ID, PAYEE)), Reader(table(ID, PAYEE), DIGESTER)
    for reader in (kept, digested):
        reader.read({"id": list("123"), "payee": texts})
    assert kept.values("payee") == texts
    assert kept.counts() == {("payee", "account"): 1, ("payee", "phone"): 1}
    assert digested.values("payee") == [
        DIGESTER.digest("account", texts[0]),
        DIGESTER.digest("phone", texts[1]),
        "张三",
    ]
    assert digested.counts() == {}


def test_code_of_a_place_is_no_account():
    place = Column("place", "text", "户籍地", "", sensitivity="personal", ref="region.region_code")
    reader = Reader(table(ID, place), DIGESTER)
    reader.read({"id": ["1"], "place": ["420704101201"]})
    assert reader.values("place") == ["420704101201"]


def test_credit_codes_are_noted_and_in_their_own_column_rejected():
    company = Column("supplier_id", "text", "乙方", "", ref="company.company_id")
    reader = Reader(table(ID, company, Column("uscc", "text", "信用代码", "")))
    codes = ["91110000600037341L", "91110000600037341l", "91110000600037341M", "S1"]
    reader.read({"id": list("1234"), "supplier_id": codes, "uscc": [*codes[:3], None]})
    assert reader.values("supplier_id") == ["91110000600037341L", "91110000600037341L", "91110000600037341M", "S1"]
    assert reader.values("uscc") == ["91110000600037341L", "91110000600037341L", None, None]
    assert reader.issues() == [(0, 4, "uscc", "uscc", "91110000600037341M")]
    assert reader.counts() == {("supplier_id", "uscc"): 1}
    assert "第 4 行" in reader.tally.notes()[0]


def test_order_of_rows_survives_the_digesting():
    numbers = [identity_number(serial % 900 + 100) for serial in range(3000)]
    reader = Reader(table(ID, PERSON), DIGESTER)
    reader.read({"id": [str(i) for i in range(3000)], "person_key": numbers})
    assert reader.values("person_key") == [DIGESTER.digest("identity", n) for n in numbers]


# ---- a whole table --------------------------------------------------------------------


def all_parts(reader):
    reader.con.execute(f"CREATE VIEW whole AS {' UNION ALL BY NAME '.join(f'FROM {p.name}' for p in reader.parts)}")
    return "whole"


def test_second_row_of_a_key_is_set_apart_and_names_the_first():
    reader = Reader(table(ID, Column("n", "int", "数", "")))
    reader.read({"id": ["a", "b", "a"], "n": ["x", "1", "2"]})  # the first a is itself rejected
    reader.read({"id": ["b", "a"], "n": ["3", "4"]})
    quality.duplicates(reader.con, reader.table, ["id", "n"], all_parts(reader), reader.tally)
    asked = f"SELECT source, row, value, first_source, first_row FROM {ISSUES} WHERE kind = 'duplicate' ORDER BY 1, 2"
    assert reader.con.execute(asked).fetchall() == [(1, 2, "b", 0, 3), (1, 3, "a", 0, 4)]


def test_row_that_says_the_same_as_an_earlier_one_counts_once_and_is_not_rejected():
    reader = Reader(table(ID, Column("n", "int", "数", "")))
    reader.read({"id": ["a", "a", "a", "b", "b"], "n": ["1", "1", "2", "", ""]})
    reader.read({"id": ["a"], "n": ["1"]})
    quality.duplicates(reader.con, reader.table, ["id", "n"], all_parts(reader), reader.tally)
    assert [issue[1] for issue in reader.issues()] == [4]
    assert reader.counts() == {("", "repeated"): 3}
    standing = f"SELECT id, n FROM {quality.standing(reader.table, 'whole')} ORDER BY 1"
    assert reader.con.execute(standing).fetchall() == [("a", 1), ("b", None)]


def test_empty_part_of_a_key_is_a_value_of_its_own():
    reader = Reader(table(ID, Column("since", "date", "起", ""), key=("id", "since")))
    reader.read({"id": ["a", "a", "a"], "since": [None, None, "2024-01-01"]})
    quality.duplicates(reader.con, reader.table, ["id", "since"], all_parts(reader), reader.tally)
    assert reader.issues() == []
    assert reader.counts() == {("", "repeated"): 1}


def test_without_a_key_column_duplicates_are_not_looked_for_but_said():
    reader = Reader(table(ID, Column("since", "date", "起", ""), key=("id", "since")))
    reader.read({"id": ["a", "a"]})
    quality.duplicates(reader.con, reader.table, ["id"], all_parts(reader), reader.tally)
    assert reader.issues() == []
    assert reader.counts() == {("", "key"): 1}


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["1", "2", "x"])), max_size=25))
def test_what_stands_equals_a_plain_reading(rows):
    reader = Reader(table(ID, Column("n", "int", "数", "", required=True)))
    reader.read({"id": [key for key, _ in rows], "n": [n for _, n in rows]})
    quality.duplicates(reader.con, reader.table, ["id", "n"], all_parts(reader), reader.tally)
    found = reader.con.execute(
        f"SELECT id, n FROM {quality.standing(reader.table, 'whole')} ORDER BY t._row"
    ).fetchall()
    kept = {}
    for key, n in rows:
        if n != "x":
            kept.setdefault(key, int(n))
    assert found == list(kept.items())


@pytest.mark.parametrize(
    ("kind", "column", "text"),
    [
        ("missing", ID, "必填项为空"),
        ("range", Column("r", "ratio", "", "", minimum=0, maximum=1), "超出允许范围(不小于 0,不大于 1)"),
        ("range", Column("r", "ratio", "", "", minimum=0), "超出允许范围(不小于 0)"),
        ("code", Column("c", "code", "", "", codes=("甲", "乙")), "不在代码表内(可填 甲、乙)"),
    ],
)
def test_reasons(kind, column, text):
    assert rejects.reason(kind, column) == text


def test_every_type_of_column_has_a_reason():
    kinds = {column.type for made in tables().values() for column in made.columns.values()} - {"text", "person_key"}
    assert all(rejects.reason(kind, None) for kind in kinds)
