"""Cells as people type them become dates, amounts and answers: SQL for all rows, Python for the odd value."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from lianfang.engine.tables import Column

# Words that stand for "nothing known" where a date, a number or an answer is expected; in a text they are the text.
NO_VALUE = (
    "无", "没有", "未办理", "未取得", "不详", "未知", "不清楚", "待定", "未定", "暂无", "空", "长期", "永久", "至今",
    "unknown", "Unknown", "TBD", "N/A", "n/a", "nan", "NaN", "NaT", "None", "null", "NULL", "",
)  # fmt: skip
Units = Mapping[str, Fraction | int]
YES = ("是", "有", "true", "t", "yes", "y", "1", "1.0", "√", "✓", "✔", "☑")
NO = ("否", "无", "没有", "false", "f", "no", "n", "0", "0.0", "×", "✗", "✘", "☐")
UNSURE = ("不详", "未知", "不清楚", "unknown")

MONEY: Units = {
    "分": Fraction(1, 100), "角": Fraction(1, 10), "元": 1, "圆": 1, "百元": 100, "千元": 1_000, "万元": 10**4,
    "万": 10**4, "十万元": 10**5, "百万元": 10**6, "百万": 10**6, "千万元": 10**7, "千万": 10**7,
    "亿元": 10**8, "亿": 10**8,
}  # fmt: skip
RATIO: Units = {"%": Fraction(1, 100), "‰": Fraction(1, 1000)}
AREA: Units = {"平方米": 1, "㎡": 1, "m2": 1, "平米": 1, "亩": Fraction(2000, 3), "公顷": 10**4, "平方公里": 10**6}
COUNT: Units = dict.fromkeys(("个", "人", "家", "次", "户", "名", "件", "天", "日历天"), 1)
# Units as headers and mappings write them, beside the short ones of cells.
OTHER_NAMES = {
    "yuan": "元", "cny": "元", "rmb": "元", "人民币元": "元", "人民币": "元", "thousand yuan": "千元",
    "ten thousand yuan": "万元", "10,000 yuan": "万元", "10000 yuan": "万元", "cny 10,000": "万元",
    "万元人民币": "万元", "million yuan": "百万元", "hundred million yuan": "亿元",
    "percent": "%", "per cent": "%", "百分比": "%", "百分数": "%",
    "m²": "平方米", "m^2": "平方米", "sqm": "平方米", "square metres": "平方米", "ha": "公顷", "hectare": "公顷",
    "hectares": "公顷", "mu": "亩", "km2": "平方公里", "km²": "平方公里",
}  # fmt: skip
NUMERIC = ("money", "ratio", "quantity", "int")
PLACES = {"money": 2, "ratio": 6, "quantity": 4, "int": 0}
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(9999, 12, 31)
SERIALS = (20_000, 60_000)  # day numbers of a spreadsheet that are taken for dates: 1954 to 2064
EPOCH = "epoch"  # a format: seconds, or milliseconds, since 1970, shown as clocks in China did
CHINA = timezone(timedelta(hours=8))


def literal(text: str) -> str:
    """The text as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def among(words: Iterable[str]) -> str:
    """The words as an SQL list for IN."""
    return "(" + ", ".join(literal(word) for word in words) + ")"


# ---- units ---------------------------------------------------------------------------------------------------


def _units(column: Column) -> Units:
    """The units of the column's kind, each with its size against the first of its kind."""
    if column.type == "quantity":
        own = column.unit or ""
        return next((units for units in (AREA, MONEY) if own in units), {own: 1} if own else {})
    return {"money": MONEY, "ratio": RATIO, "int": COUNT}.get(column.type, {})


def factor(unit: str, column: Column) -> Decimal | None:
    """What a value in ``unit`` is multiplied by to stand in the column's own unit; None: no such unit for it."""
    units, name = _units(column), unit.strip().lower()
    size = units.get(OTHER_NAMES.get(name, name))
    if size is None:
        return None
    own = units[column.unit] if column.type == "quantity" and column.unit else 1
    times = Fraction(size) / Fraction(own)
    return round(Decimal(times.numerator) / Decimal(times.denominator), 12).normalize()


def unit_names(column: Column) -> list[str]:
    """The units that a mapping may state for the column."""
    return [*_units(column)]


_IN_BRACKETS = re.compile(r"[(（\[【]([^()（）\[\]【】]*)[)）\]】]")


def unit_in_header(header: str, column: Column) -> str | None:
    """The unit that a header states, as in 金额(万元), 成交价/万元 or 面积（单位：公顷）."""
    texts = [text for found in _IN_BRACKETS.findall(header) for text in [found, *re.split(r"[:：,，/\s]", found)]]
    texts += re.split(r"[/、_]", header)[1:]
    return next((text.strip() for text in texts if text.strip() and factor(text, column) is not None), None)


# ---- numbers -------------------------------------------------------------------------------------------------

_EXACT = "DECIMAL(38,16)"
_DIGITS = r"(?:\d{1,3}(?:,\d{3})+|\d{1,16})(?:\.\d{0,16})?"


def _dressed(column: Column) -> str:
    """The pattern of a number with currency, sign or brackets, separators and unit around it."""
    named = "|".join(re.escape(unit) for unit in sorted(_units(column), key=len, reverse=True)) or r"[^\s\S]"
    unit = rf"\s*(?:(?:{named})|\((?:{named})\))?\s*[整正]?\s*(?:人民币|RMB|CNY)?"
    money = r"(?:人民币|RMB|CNY)?\s*:?\s*¥?\s*"
    return rf"{money}[-+]?\s*¥?\s*{_DIGITS}{unit}|{money}{_DIGITS}\s*-{unit}|\({money}{_DIGITS}{unit}\){unit}"


def _unit_case(raw: str, column: Column, multiplier: Decimal) -> str:
    longest_first = sorted(_units(column), key=len, reverse=True)
    cases = [f"WHEN contains({raw}, {literal(unit)}) THEN {factor(unit, column):f}" for unit in longest_first]
    return f"CASE {' '.join(cases)} ELSE {multiplier:f} END" if cases else f"{multiplier:f}"


def _number(raw: str, column: Column, multiplier: Decimal) -> str:
    """The exact number in the column's own unit as SQL, null where the text is not one of the usual forms."""
    plain = f"TRY_CAST({raw} AS {_EXACT})" if multiplier == 1 else f"TRY(TRY_CAST({raw} AS {_EXACT}) * {multiplier:f})"
    digits = f"regexp_replace({raw}, '[^0-9.]', '', 'g')"
    sign = f"CASE WHEN contains({raw}, '-') OR {raw}[1] = '(' THEN -1 ELSE 1 END"
    return (
        f"CASE WHEN regexp_full_match({raw}, '-?\\d{{1,16}}(\\.\\d{{1,16}})?') THEN {plain} "
        f"WHEN regexp_full_match({raw}, {literal(_dressed(column))}) "
        f"THEN TRY(TRY_CAST({digits} AS {_EXACT}) * ({_unit_case(raw, column, multiplier)}) * ({sign})) END"
    )


def exact_number(text: str, column: Column, multiplier: Decimal) -> Decimal | None:
    """The slow twin of the SQL for what it left: other scripts, exponents, Chinese capitals, long fractions."""
    text = unicodedata.normalize("NFKC", text).strip().replace("¥", "").replace("−", "-")
    if re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,2})?", text, re.IGNORECASE):
        return Decimal(text) * multiplier
    if re.fullmatch(_dressed(column), text):
        unit = next((u for u in sorted(_units(column), key=len, reverse=True) if u in text), None)
        size = multiplier if unit is None else factor(unit, column) or multiplier
        sign = -1 if "-" in text or text.startswith("(") else 1
        return Decimal(re.sub(r"[^0-9.]", "", text)) * size * sign
    yuan = chinese_amount(text) if column.type == "money" else None
    return yuan if yuan is None or re.search("[元圆块角分]", text) else yuan * multiplier


_SAME_DIGIT = ("零〇○0", "一壹1", "二贰貳两2", "三叁參3", "四肆4", "五伍5", "六陆陸6", "七柒7", "八捌8", "九玖9")
_CHINESE_DIGITS = {mark: digit for digit, marks in enumerate(_SAME_DIGIT) for mark in marks}
_CHINESE_TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_CAPITALS = re.compile(
    r"(?:人民币)?:?(负)?(?:([^元圆块角分万亿\d]*亿)?([^元圆块角分万亿\d]*[万萬])?([^元圆块角分万亿\d]*?)(?:元|圆|块|$))??"
    r"零?(?:([^零元角分\d])角)?零?(?:([^零元角分\d])分)?[整正]?"
)


def _below_10_000(text: str) -> int | None:
    """The value of at most four places written out, as in 叁仟零伍拾; None where it is not well formed."""
    total, last = 0, 10_000
    digit: int | None = None
    for mark in text:
        if mark in _CHINESE_TENS:
            place = _CHINESE_TENS[mark]
            if place >= last or digit == 0 or (digit is None and (place > 10 or total)):
                return None
            total, digit, last = total + (1 if digit is None else digit) * place, None, place
        elif mark in _CHINESE_DIGITS and not digit:
            digit = _CHINESE_DIGITS[mark]
        else:
            return None
    return total + (digit or 0)


def chinese_amount(text: str) -> Decimal | None:
    """The yuan that an amount in Chinese numerals states, as in 人民币壹万贰仟元伍角整."""
    match = _CAPITALS.fullmatch(re.sub(r"\s", "", text))
    if not match or not any(match.groups()[1:]):
        return None
    minus, hundred_millions, ten_thousands, ones, tenths, hundredths = match.groups()
    places = ((hundred_millions, 10**8), (ten_thousands, 10**4), (ones, 1))
    yuan = Decimal(0)
    for written, size in places:
        value = _below_10_000((written or "").rstrip("亿万萬"))
        if value is None or (written and size > 1 and value == 0):
            return None
        yuan += value * size
    for mark, part in ((tenths, Decimal("0.1")), (hundredths, Decimal("0.01"))):
        if mark and mark not in _CHINESE_DIGITS:
            return None
        yuan += _CHINESE_DIGITS.get(mark or "零", 0) * part
    return -yuan if minus else yuan


# ---- dates ---------------------------------------------------------------------------------------------------

_DAY = r"\d{4}(?:-\d{1,2}-\d{1,2}|/\d{1,2}/\d{1,2}|\.\d{1,2}\.\d{1,2}|年\d{1,2}月\d{1,2}日?)"
_CLOCK = r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?"
_DAY_CLOCK = rf"{_DAY}(?:T| +){_CLOCK}|\d{{4}}年\d{{1,2}}月\d{{1,2}}日{_CLOCK}"
_ISO = rf"\d{{4}}-\d{{2}}-\d{{2}}(?:[ T]{_CLOCK}(?:\.\d{{1,6}})?)?"
_MONTH = r"\d{4}(?:-\d{1,2}|/\d{1,2}|\.\d{1,2}|年\d{1,2}月(?:份)?)"


def is_month(column: Column) -> bool:
    """Whether the date stands for a month, kept as its first day."""
    return column.type == "date" and (column.name == "month" or column.name.endswith("_month"))


def _hyphens(text: str) -> str:
    for sign, other in (("年", "-"), ("月份", ""), ("月", "-"), ("日", " "), (".", "-"), ("/", "-"), ("T", " ")):
        text = f"replace({text}, '{sign}', '{other}')"
    return text


def _serial(raw: str) -> str:
    """The moment of a spreadsheet's day number, null where the text is none."""
    number = f"CAST({raw} AS DECIMAL(18,10))"
    seconds = f"CAST(round(({number} - floor({number})) * 86400) AS BIGINT)"
    first, last = SERIALS
    return (
        rf"CASE WHEN regexp_full_match({raw}, '\d{{5}}(\.\d{{1,10}})?') AND {number} BETWEEN {first} AND {last} "
        f"THEN TIMESTAMP '1899-12-30' + to_days(CAST(floor({number}) AS INT)) + to_seconds({seconds}) END"
    )


def _moment(raw: str) -> str:
    """The timestamp as SQL, null where the text is not one of the usual forms."""
    day = f"{raw}[:4] || '-' || {raw}[5:6] || '-' || {raw}[7:8]"
    clock = f"{raw}[9:10] || ':' || {raw}[11:12] || ':' || rpad({raw}[13:14], 2, '0')"
    return (
        f"CASE WHEN regexp_full_match({raw}, '{_ISO}') THEN TRY_CAST({raw} AS TIMESTAMP) "
        f"WHEN regexp_full_match({raw}, '{_DAY}|{_DAY_CLOCK}') THEN TRY_CAST(trim({_hyphens(raw)}) AS TIMESTAMP) "
        rf"WHEN regexp_full_match({raw}, '\d{{8}}') THEN TRY_CAST({day} AS TIMESTAMP) "
        rf"WHEN regexp_full_match({raw}, '\d{{12}}|\d{{14}}') THEN TRY_CAST({day} || ' ' || {clock} AS TIMESTAMP) "
        f"ELSE {_serial(raw)} END"
    )


def _date(raw: str, column: Column, formats: tuple[str, ...]) -> str:
    """The date or timestamp as SQL, null where the text is none that exists."""
    if formats == (EPOCH,):
        count = f"TRY_CAST({raw} AS BIGINT)"
        seconds = f"CASE length({raw}) WHEN 10 THEN {count} WHEN 13 THEN {count} // 1000 END"
        moment = f"TIMESTAMP '1970-01-01 08:00:00' + to_seconds({seconds})"
    elif formats:
        moment = f"try_strptime({raw}, [{', '.join(literal(form) for form in formats)}])"
    elif is_month(column):
        digits = rf"CASE WHEN regexp_full_match({raw}, '\d{{6}}') THEN {raw}[:4] || '-' || {raw}[5:6] "
        digits += f"WHEN regexp_full_match({raw}, '{_MONTH}') THEN rtrim({_hyphens(raw)}, '-') END"
        moment = f"COALESCE(TRY_CAST({digits} || '-01' AS TIMESTAMP), {_moment(raw)})"
    elif column.type == "date":
        iso = rf"regexp_full_match({raw}, '\d{{4}}(?:-\d{{1,2}}-\d{{1,2}}|/\d{{1,2}}/\d{{1,2}})')"
        moment = f"CASE WHEN {iso} THEN TRY_CAST({raw} AS DATE) ELSE CAST({_moment(raw)} AS DATE) END"
    else:
        moment = _moment(raw)
    if is_month(column):
        moment = f"date_trunc('month', {moment})"
    # A year typed as 0024 or 1024 is a slip, and no fact of ours is older than 1900.
    in_time = f"m >= DATE '{FIRST_DAY}' AND m <= TIMESTAMP '{LAST_DAY} 23:59:59'"
    return f"CAST(list_transform([{moment}], lambda m: CASE WHEN {in_time} THEN m END)[1] AS {column.sql_type})"


_CHINESE_DAY = re.compile(r"(.{4})年(.{1,3})月(?:份$|$|(.{1,3}?)[日号])(.*)")
_CHINESE_CLOCK = re.compile(r"(上午|下午|晚上|中午)?(\d{1,2})(?:[:时点](?:(\d{1,2})(?:[:分](?:(\d{1,2})秒?)?)?)?整?)")


def _chinese_number(text: str) -> int | None:
    if len(text) == 4 or not set(text) & set(_CHINESE_TENS):
        digits = [_CHINESE_DIGITS.get(mark) for mark in text]
        return None if None in digits else int("".join(map(str, digits)) or "-1")
    return _below_10_000(text)


def _clock(text: str) -> timedelta | None:
    """The time of day; 24:00 is the end of the day."""
    match = _CHINESE_CLOCK.fullmatch(text)
    if not match:
        return None
    half, *numbers = match.groups()
    hour, minute, second = (int(number or 0) for number in numbers)
    if half in ("下午", "晚上") and hour < 12:
        hour += 12
    if minute > 59 or second > 59 or hour > 24 or (hour == 24 and minute + second):
        return None
    return timedelta(hours=hour, minutes=minute, seconds=second)


def _zoned(text: str) -> datetime | None:
    """A moment with a stated time zone as the time that clocks in China showed."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(CHINA).replace(tzinfo=None) if moment.tzinfo else None


def written_moment(text: str, column: Column) -> datetime | None:
    """The slow twin of the SQL for what it left: Chinese numerals, 上午 and 下午, 14时30分, 24:00, time zones."""
    text = unicodedata.normalize("NFKC", text).strip()
    match = _CHINESE_DAY.fullmatch(
        re.sub(r"\s", "", re.sub(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?=\s)", r"\1年\2月\3日", text))
    )
    if not match:
        return _zoned(text)
    numbers = [_chinese_number(part) if part else 1 for part in match.groups()[:3]]
    clock = _clock(match[4]) if match[4] else timedelta()
    if clock is None or (match[3] is None and not is_month(column)):
        return None
    try:
        year, month, day = (number or 0 for number in numbers)
        moment = datetime(year, month, day) + clock
    except (ValueError, OverflowError):
        return None
    return moment if FIRST_DAY <= moment.date() <= LAST_DAY else None


# ---- any column ----------------------------------------------------------------------------------------------


def _answer(raw: str, answers: Mapping[str, tuple[str, ...]], sql_type: str) -> str:
    whens = " ".join(f"WHEN lower({raw}) IN {among(words)} THEN {literal(answer)}" for answer, words in answers.items())
    return f"CAST(CASE {whens} END AS {sql_type})"


def exact(raw: str, column: Column, multiplier: Decimal = Decimal(1)) -> str:
    """SQL for the exact number in a text, before it is rounded to the column's places."""
    return _number(raw, column, multiplier)


def settled(number: str, column: Column) -> str:
    """SQL for the exact number as the column keeps it: rounded half up, whole where it must be, null when too large."""
    if column.type == "int":
        return f"list_transform([{number}], lambda x: CASE WHEN x = floor(x) THEN TRY_CAST(x AS BIGINT) END)[1]"
    return f"TRY_CAST(round({number}, {PLACES[column.type]}) AS {column.sql_type})"


def typed(raw: str, column: Column, multiplier: Decimal = Decimal(1), formats: tuple[str, ...] = ()) -> str:
    """SQL for a cleaned text as a value of the column, null where it cannot be read."""
    if column.type in NUMERIC:
        number = settled(exact(raw, column, multiplier), column)
        if column.type != "money" or multiplier != 1:
            return number
        # Most amounts are plain: these need no exact number between text and column.
        plain = rf"regexp_full_match({raw}, '-?\d{{1,16}}(?:\.\d{{1,2}})?')"
        return f"CASE WHEN {plain} THEN TRY_CAST({raw} AS {column.sql_type}) ELSE {number} END"
    if column.type in ("date", "timestamp"):
        return _date(raw, column, formats)
    if column.type == "bool":
        return _answer(raw, {"true": YES, "false": NO}, "BOOLEAN")
    if column.type == "status":
        return _answer(raw, {"yes": YES, "no": NO, "unknown": UNSURE}, "VARCHAR")
    if column.synonyms:
        whens = " ".join(f"WHEN {literal(word)} THEN {literal(code)}" for word, code in column.synonyms)
        return f"CAST(CASE {raw} {whens} ELSE {raw} END AS VARCHAR)"
    return f"CAST({raw} AS VARCHAR)"


def blank(raw: str, column: Column) -> str:
    """SQL for the text, null where it says that there is no value."""
    words = column.defaults
    if column.type in NUMERIC or column.type in ("date", "timestamp"):
        words = (*words, *NO_VALUE)
    elif column.type == "bool":
        words = (*words, *UNSURE)
    elif column.type != "status":
        words = (*words, "无")  # of a yes-or-no column it is the answer no
    empty = f"{raw} IN {among((*words, ''))}"
    if column.type in ("date", "timestamp"):
        empty += f" OR {is_default_day(raw)}"
    return f"CASE WHEN {empty} THEN NULL ELSE {raw} END"


def is_default_day(raw: str) -> str:
    """SQL for a text that stands for the first day of 1900, which programs write where a date is empty."""
    day = r"1900[-/.年]0?1[-/.月]0?1日?(?:[ T]+0?0:00(?::00(?:\.0+)?)?)?|19000101"
    return f"(starts_with({raw}, '1900') AND regexp_full_match({raw}, '{day}'))"


def slow_value(text: str, column: Column, multiplier: Decimal, formats: tuple[str, ...]) -> Decimal | int | date | None:
    """The value of a text that SQL could not read, or None."""
    if column.type in NUMERIC:
        number = exact_number(text, column, multiplier)
        if number is None or abs(number) >= 10**16:
            return None
        rounded = number.quantize(Decimal(1).scaleb(-PLACES[column.type]), ROUND_HALF_UP)
        return None if column.type == "int" and rounded != number else rounded
    if formats or column.type not in ("date", "timestamp"):
        return None
    moment = written_moment(text, column)
    if moment is None or column.type == "timestamp":
        return moment
    return moment.date().replace(day=1) if is_month(column) else moment.date()
