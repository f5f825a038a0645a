"""Cells become values: each form by example, and the SQL against a slow reading in plain Python."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lianfang.engine import values
from lianfang.engine.tables import Column

MONEY = Column("amount", "money", "金额", "Amount")
RATIO = Column("ratio", "ratio", "比例", "Ratio")
AREA = Column("area_m2", "quantity", "面积", "Area", unit="平方米")
WHOLE = Column("days", "int", "天数", "Days")
DAY = Column("pay_date", "date", "日期", "Date")
MONTH = Column("start_month", "date", "起始月", "First month")
MOMENT = Column("open_time", "timestamp", "开标", "Opening")
YES_NO = Column("is_new", "bool", "是否新增", "New")
STATUS = Column("accept_status", "status", "验收情况", "Acceptance", of="accept_date")


CON = duckdb.connect(config={"threads": 1})


def read(texts, column, unit=None, formats=()):
    """The texts as the reading has them: by SQL, and what that leaves by the slow reading."""
    multiplier = values.factor(unit, column) if unit else Decimal(1)
    asked = f"SELECT {values.typed('r', column, multiplier, formats)} FROM (SELECT unnest(?::VARCHAR[]) AS r)"
    found = [value for (value,) in CON.execute(asked, [list(texts)]).fetchall()]
    return [
        values.slow_value(text, column, multiplier, formats) if value is None else value
        for text, value in zip(texts, found, strict=True)
    ]


def read_one(text, column, unit=None, formats=()):
    return read([text], column, unit, formats)[0]


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("12", "12"), ("0", "0"), ("-0", "0"), ("1,234,567.50", "1234567.5"), ("1,234", "1234"), (".5", "0.5"),
        ("¥1,200", "1200"), ("¥-5", "-5"), ("-¥5", "-5"), ("(1,234.50)", "-1234.5"), ("5-", "-5"), ("12元", "12"),
        ("1.5万元", "15000"), ("1.5万", "15000"), ("2亿元", "200000000"), ("1.2亿", "120000000"), ("3千元", "3000"),
        ("480.000000(万元)", "4800000"), ("0元 人民币", "0"), ("人民币 12.30元", "12.3"), ("1.5E+3", "1500"),
        ("１２３．４５", "123.45"), ("（５）", "-5"), ("￥８", "8"), ("人民币壹万贰仟元整", "12000"),
        ("壹佰元零伍分", "100.05"),
        ("壹拾贰万叁仟肆佰伍拾陆元柒角捌分", "123456.78"), ("负壹佰元", "-100"), ("三亿零五百万元",
        "305000000"), ("拾元", "10"),
        ("一万二千元", "12000"), ("1.005", "1.01"), ("-1.005", "-1.01"), ("1.0049999", "1"),
        ("9999999999999999.99", "9999999999999999.99"),
    ],
)  # fmt: skip
def test_amount_forms_are_read(text, yuan):
    assert read_one(text, MONEY) == Decimal(yuan)


@pytest.mark.parametrize(
    "text",
    ["12,34", "1,2345", "1.234,56", "-(5)", "(5", "5)", "--5", "-5-", "约500万元", "500-600", "5美元", "$5",
     "一二三", "百",
     "万元", "元", "壹壹元", "零佰元", "10000000000000000", "1_000", "0x10", "Infinity", "1 2", "abc", "12..5",
     "壹万万元"],
)  # fmt: skip
def test_unclear_amounts_are_not_guessed(text):
    assert read_one(text, MONEY) is None


def test_unit_of_the_cell_beats_the_unit_of_the_column():
    assert read(["3", "3元", "3亿", "壹佰", "壹佰元"], MONEY, unit="万元") == [
        Decimal(30000), Decimal(3), Decimal(300000000), Decimal(1000000), Decimal(100),
    ]  # fmt: skip


def test_other_numbers():
    assert read(["12.5%", "0.125", "5‰", "12.5"], RATIO) == [Decimal(n) for n in ("0.125", "0.125", "0.005", "12.5")]
    assert read(["12.5", "12.5%"], RATIO, unit="%") == [Decimal("0.125"), Decimal("0.125")]
    assert read(["2公顷", "3 ㎡", "1.5"], AREA, unit="亩") == [Decimal(20000), Decimal(3), Decimal(1000)]
    assert read(["12", "12.0", "1,200", "30天", "-3", "12.5", "3年", "9" * 17], WHOLE) == [
        12,
        12,
        1200,
        30,
        -3,
        None,
        None,
        None,
    ]


@pytest.mark.parametrize(
    "text",
    ["2024-03-05", "2024-3-5", "2024/3/5", "2024/03/05", "2024.3.5", "2024年3月5日", "2024年03月05", "20240305",
     "45356", "45356.75",
     "二〇二四年三月五日", "二零二四年三月五日", "2024年三月五日", "2024-03-05 14:30", "2024-03-05T14:30:00",
     "2024/3/5 9:05:07", "2024年3月5号"],
)  # fmt: skip
def test_date_forms_are_read(text):
    assert read_one(text, DAY) == date(2024, 3, 5)


@pytest.mark.parametrize(
    "text",
    ["2024-02-30", "2024-13-01", "20240230", "2024年3月", "2024.3", "2024", "24-3-5", "0024-03-05",
     "1899-12-31", "05/03/2024",
     "2024-03-05 25:00", "2024/3/514:30", "19999", "60001", "二〇二四年二月三十日", "三月五日", "2024-03-05x", "昨天"],
)  # fmt: skip
def test_dates_that_do_not_exist_or_are_unclear_are_not_guessed(text):
    assert read_one(text, DAY) is None


def test_bounds_of_dates():
    assert read(["1900-01-02", "9999-12-31", "20000", "60000"], DAY) == [
        date(1900, 1, 2), date(9999, 12, 31), date(1954, 10, 3), date(2064, 4, 8),
    ]  # fmt: skip


def test_months_are_their_first_day():
    forms = [
        "2024年3月",
        "2024年03月份",
        "2024-03",
        "2024/3",
        "2024.3",
        "202403",
        "2024-03-15",
        "二〇二四年三月",
        "45356",
        "20240305",
    ]
    assert set(read(forms, MONTH)) == {date(2024, 3, 1)}
    assert read(["2024-13", "202413", "2024年0月"], MONTH) == [None, None, None]


def test_moments():
    afternoon = datetime(2024, 3, 5, 14, 30)
    forms = ["2024-03-05 14:30", "2024-03-05 14:30:00", "2024年3月5日14:30", "2024年3月5日 14时30分",
    "2024/3/5 14:30", "202403051430",
             "20240305143000", "45356.604166667", "2024-03-05 下午2:30", "2024-03-05T06:30:00Z",
             "2024-03-05T14:30:00+08:00"]  # fmt: skip
    assert set(read(forms, MOMENT)) == {afternoon}
    assert read(["2024-03-05", "2024-03-05 24:00", "2024-03-05 24:01"], MOMENT) == [
        datetime(2024, 3, 5),
        datetime(2024, 3, 6),
        None,
    ]


def test_other_forms_of_dates_only_where_they_are_named():
    assert read(["05/03/2024", "2024-03-05"], DAY, formats=("%d/%m/%Y",)) == [date(2024, 3, 5), None]
    assert read(["05/03/2024", "2024-03-05"], DAY, formats=("%d/%m/%Y", "%Y-%m-%d")) == [date(2024, 3, 5)] * 2
    assert read(["1709620200", "1709620200000", "17096202"], MOMENT, formats=("epoch",)) == [
        datetime(2024, 3, 5, 14, 30)
    ] * 2 + [None]


def test_answers():
    assert read(["是", "否", "√", "×", "TRUE", "0", "y", "有", "无", "也许"], YES_NO) == [
        True,
        False,
        True,
        False,
        True,
        False,
        True,
        True,
        False,
        None,
    ]
    assert read(["有", "是", "无", "没有", "否", "不详", "未知", "unknown", "YES", "办理中"], STATUS) == [
        "yes", "yes", "no", "no", "no", "unknown", "unknown", "unknown", "yes", None,
    ]  # fmt: skip


def test_blank_words_are_null_only_where_no_text_is_expected():
    def blanks(column, texts):
        asked = f"SELECT {values.blank('r', column)} FROM (SELECT unnest(?::VARCHAR[]) AS r)"
        return [text for (text,) in CON.execute(asked, [texts]).fetchall()]

    assert blanks(DAY, ["无", "长期", "1900-01-01", "1900/1/1 00:00:00", "1900-01-02"]) == [
        None,
        None,
        None,
        None,
        "1900-01-02",
    ]
    note = Column("note", "text", "", "", defaults=("Administrator",))
    assert blanks(note, ["无", "", "Administrator", "不详"]) == [None, None, None, "不详"]
    assert blanks(STATUS, ["无", "不详"]) == ["无", "不详"]


@pytest.mark.parametrize(
    ("header", "unit"),
    [("金额(万元)", "万元"), ("金额（单位：万元）", "万元"), ("成交价/亿元", "亿元"), ("合同价(元)", "元"),
     ("金额", None), ("金额(大写)", None),
     ("Transaction price (ten thousand yuan)", "ten thousand yuan"), ("面积(公顷)", None)],
)  # fmt: skip
def test_unit_in_a_header(header, unit):
    assert values.unit_in_header(header, MONEY) == unit


def test_factors():
    assert values.factor("万元", MONEY) == 10000
    assert values.factor("公顷", AREA) == 10000
    assert values.factor("亩", AREA) == Decimal("666.666666666667")
    assert values.factor("平方米", Column("area_mu", "quantity", "", "", unit="亩")) == Decimal("0.0015")
    assert values.factor("公顷", MONEY) is None
    assert values.factor("万元", DAY) is None


# ---- against a slow reading ------------------------------------------------------------------------------------

SIZES = {"": 1, "元": 1, "千元": 1000, "万元": 10**4, "万": 10**4, "亿": 10**8, "亿元": 10**8}


def slow_amount(text: str) -> Decimal | None:
    """A number in yuan, character by character, by the same promise as the SQL."""
    unit = next((u for u in sorted(SIZES, key=len, reverse=True) if u and text.endswith(u)), "")
    number = text.removesuffix(unit)
    negative = number.startswith("-")
    digits = number.removeprefix("-")
    whole, point, places = digits.partition(".")
    groups = whole.split(",")
    well_grouped = len(groups) == 1 or (1 <= len(groups[0]) <= 3 and all(len(g) == 3 for g in groups[1:]))
    if not (well_grouped and all(g.isascii() and g.isdigit() for g in groups) and (places.isdigit() or not places)):
        return None
    value = Decimal("".join(groups) + (point + places if places else "")) * SIZES[unit] * (-1 if negative else 1)
    rounded = value.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return rounded if abs(rounded) < 10**16 else None


amounts = st.builds(
    lambda sign, whole, places, unit, grouped: sign + (f"{whole:,}" if grouped else str(whole)) + places + unit,
    st.sampled_from(["", "-"]),
    st.integers(0, 10**17),
    st.one_of(st.just(""), st.from_regex(r"\.[0-9]{1,12}", fullmatch=True)),
    st.sampled_from(list(SIZES)),
    st.booleans(),
)
broken = st.text(alphabet="0123456789,.-万元", max_size=9).filter(
    lambda text: not re.search(r"\.$|^\.|\.万|\.元|-$|-万|-元|-\.", text)
)


@settings(max_examples=25)
@given(st.lists(st.one_of(amounts, broken.filter(bool)), min_size=40, max_size=80))
def test_amounts_equal_the_slow_reading(texts):
    assert read(texts, MONEY) == [slow_amount(text) for text in texts]


def slow_day(text: str) -> date | None:
    for pattern in (r"(\d{4})-(\d{1,2})-(\d{1,2})", r"(\d{4})/(\d{1,2})/(\d{1,2})", r"(\d{4})\.(\d{1,2})\.(\d{1,2})",
                    r"(\d{4})年(\d{1,2})月(\d{1,2})日?", r"(\d{4})(\d{2})(\d{2})"):  # fmt: skip
        if found := re.fullmatch(pattern, text, re.ASCII):
            try:
                day = date(*map(int, found.groups()))
            except ValueError:
                return None
            return day if day.year >= 1900 else None
    if re.fullmatch(r"\d{5}", text, re.ASCII) and 20_000 <= int(text) <= 60_000:
        return date(1899, 12, 30) + timedelta(days=int(text))
    return None


days = st.builds(
    lambda form, year, month, day: form.format(y=year, m=month, d=day),
    st.sampled_from(
        [
            "{y}-{m}-{d}",
            "{y:04}-{m:02}-{d:02}",
            "{y}/{m}/{d}",
            "{y}.{m}.{d}",
            "{y}年{m}月{d}日",
            "{y}年{m}月{d}",
            "{y:04}{m:02}{d:02}",
        ]
    ),
    st.integers(1000, 9999),
    st.integers(0, 13),
    st.integers(0, 32),
)


@settings(max_examples=25)
@given(st.lists(st.one_of(days, st.integers(0, 99_999).map(str)), min_size=40, max_size=80))
def test_dates_equal_the_slow_reading(texts):
    assert read(texts, DAY) == [slow_day(text) for text in texts]


CAPITALS = "零壹贰叁肆伍陆柒捌玖"


def in_capitals(number: int) -> str:
    """A whole number below a million million as it is written on a cheque."""

    def group(part: int) -> str:
        text, gap = "", False
        for place, name in ((1000, "仟"), (100, "佰"), (10, "拾"), (1, "")):
            digit = part // place % 10
            if digit:
                text += ("零" if gap else "") + CAPITALS[digit] + name
                gap = False
            else:
                gap = bool(text)
        return text

    text, before = "", 0
    for size, name in ((10**8, "亿"), (10**4, "万"), (1, "")):
        part = number // size % 10**4
        if part:
            text += ("零" if text and (part < 1000 or before % 10 == 0) else "") + group(part) + name
        before = part
    return text + "元"


@given(st.integers(1, 10**12 - 1), st.integers(0, 9), st.integers(0, 9))
def test_capital_amounts_come_back(yuan, tenths, hundredths):
    text = (
        in_capitals(yuan)
        + (CAPITALS[tenths] + "角" if tenths else "")
        + (CAPITALS[hundredths] + "分" if hundredths else "")
    )
    assert values.chinese_amount(text) == Decimal(yuan) + Decimal(tenths) / 10 + Decimal(hundredths) / 100
    assert values.chinese_amount("人民币" + text + "整") is not None
