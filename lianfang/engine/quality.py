"""What is missing or wrong in the tables, row by row: values are typed in SQL, rows that cannot stand are set apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import duckdb
import pyarrow as pa

from lianfang.engine import identity, values
from lianfang.engine.fault import Fault, say
from lianfang.engine.identity import Digester, Reading, masked
from lianfang.engine.mapping import Plan, Take
from lianfang.engine.sources import ROW, Sheet
from lianfang.engine.tables import Column, Table
from lianfang.engine.values import literal

ISSUES = "_issue"  # (tbl, source, row, col, kind, value, first_source, first_row)
REPEATED = "_repeated"  # (tbl, source, row)
SOURCE = "_source"
EXAMPLES = 3
ENOUGH = 3  # valid identity numbers in a column that is not for them
__all__ = ["ISSUES", "SOURCE", "Part", "Tally", "dangling", "duplicates", "masked", "prepare", "read_part"]


def prepare(con: duckdb.DuckDBPyConnection) -> None:
    """Make the tables of what was found wrong and of what was only said again."""
    con.execute(
        f"CREATE TABLE {ISSUES} (tbl VARCHAR, source INT, row BIGINT, col VARCHAR, kind VARCHAR, value VARCHAR, "
        "first_source INT, first_row BIGINT)"
    )
    con.execute(f"CREATE TABLE {REPEATED} (tbl VARCHAR, source INT, row BIGINT)")


@dataclass
class Tally:
    """Things worth a note, counted over all sheets: (table, column, kind) → how many, where first, examples."""

    counts: dict[tuple[str, str, str], int] = field(default_factory=dict)
    examples: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)

    def add(self, table: str, column: str, kind: str, count: int, examples: Iterable[str] = ()) -> None:
        if count:
            key = (table, column, kind)
            self.counts[key] = self.counts.get(key, 0) + count
            kept = self.examples.setdefault(key, [])
            kept.extend(e for e in examples if e not in kept)
            del kept[EXAMPLES:]

    def notes(self) -> list[str]:
        return [_note(*key, count, self.examples[key]) for key, count in self.counts.items()]


def _note(table: str, column: str, kind: str, count: int, examples: Sequence[str]) -> str:
    zh, en = _NOTES[kind]
    shown = "、".join(examples)
    tail = say(f"(如 {shown})", f" (for example {shown})") if examples else ""
    return (
        f"{table}.{column}: {say(zh.format(n=count), en.format(n=count))}{tail}"
        if column
        else f"{table}: {say(zh.format(n=count), en.format(n=count))}{tail}"
    )


_NOTES = {
    "rounded": ("{n} 个数超出保留的小数位,已四舍五入", "{n} numbers had more decimals than are kept and were rounded"),
    "open_code": ("{n} 个值不在常用代码之内,原样保留", "{n} values are not among the usual codes and were kept"),
    "opaque": ("{n} 个值不是证件号,按已匿名的代码保留", "{n} values are no identity numbers: taken as pseudonyms"),
    "account": ("{n} 个值像账号,未给密钥,原样保留", "{n} values look like accounts and were kept: no key was given"),
    "phone": ("{n} 个值像手机号,未给密钥,原样保留", "{n} values look like telephones and were kept: no key was given"),
    "uscc": ("{n} 行的统一社会信用代码校验不通过,原样保留", "{n} rows hold a credit code with a wrong check digit"),
    "blank_rows": ("{n} 个空行略过", "{n} empty rows were passed over"),
    "default_day": ("{n} 个 1900-01-01 按空白处理", "{n} values were 1900-01-01, which programs write for no date"),
    "left_over": ("{n} 列在规范表中没有位置,未读入", "{n} columns have no place in the table and were not read"),
    "dangling": ("{n} 行所指的编号在所指表中没有", "{n} rows name an id that the named table does not have"),
    "repeated": ("{n} 行与更早的一行完全相同,只计一次", "{n} rows say the same as an earlier row and count once"),
    "key": ("缺少主键列,未查重复", "a key column is missing, so duplicates were not looked for"),
}  # fmt: skip

# ---- one sheet -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """A sheet as typed rows of one canonical table, in a DuckDB table with its source and row numbers."""

    name: str
    source: int
    columns: tuple[str, ...]
    rows: int


@dataclass(frozen=True)
class _Cell:
    """One canonical column of a part and how its values come out of the view of texts."""

    column: Column
    take: Take
    place: str | None  # the column of the sheet
    native: bool  # the source has the column's own type

    @property
    def multiplier(self) -> Decimal:
        return (values.factor(self.take.unit, self.column) if self.take.unit else None) or Decimal(1)

    @property
    def name(self) -> str:
        return quoted(self.column.name)

    def typed(self) -> str:
        return self.name if self.native else values.typed(self.name, self.column, self.multiplier, self.take.formats)

    def unread(self) -> str:
        return f"{self.name} IS NOT NULL AND {self.typed()} IS NULL"


def quoted(name: str) -> str:
    """The name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def read_part(
    con: duckdb.DuckDBPyConnection, plan: Plan, sheet: Sheet, source: int, digester: Digester | None, tally: Tally
) -> Part:
    """Type the rows of the DuckDB relation ``_sheet``; what cannot be read goes into the table of issues.

    Its columns are ``c0``, ``c1`` … in the order of the sheet: headers that differ only in case are one name to DuckDB.
    """
    table, name = plan.table, f"_part_{source}"
    types = {place: kind for place, kind, *_ in con.execute("DESCRIBE _sheet").fetchall()}
    places = {header: f"c{number}" for number, header in enumerate(sheet.columns)}
    columns = [column for column in table.columns.values() if column.name in plan.takes]
    cells = [_cell(column, plan.takes[column.name], places, types) for column in columns]
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW _raw AS SELECT {ROW}, {', '.join(_raw(c, sheet) for c in cells)} FROM _sheet"
    )
    fixed = {c.column.name for c in cells if _digest(con, table, c, sheet, digester, tally)}
    filled = [c.name for c in cells if c.take.header is not None]
    some = " OR ".join(f"r.{n} IS NOT NULL" for n in filled) or "TRUE"
    con.execute(
        f"CREATE OR REPLACE TABLE {name} AS SELECT {source}::INT AS {SOURCE}, r.{ROW}, "
        + ", ".join(_selected(c, fixed) for c in cells)
        + " FROM _raw AS r"
        + "".join(f" LEFT JOIN {_fix(n)} ON r.{quoted(n)} = {_fix(n)}._text" for n in sorted(fixed))
        + f" WHERE {some}"
    )
    rows = _count(con, f"SELECT count(*) FROM {name}")
    tally.add(table.name, "", "blank_rows", _count(con, "SELECT count(*) FROM _sheet") - rows)
    for cell in _with_leftovers(con, cells, name, fixed):
        _read_slowly(con, table, cell, name, source)
    for cell in cells:
        _check(con, table, cell, name, source, tally)
    for column in fixed:
        con.unregister(_fix(column))
    con.execute("DROP VIEW _raw")
    return Part(name, source, tuple(c.column.name for c in cells), rows)


def _cell(column: Column, take: Take, places: dict[str, str], types: dict[str, str]) -> _Cell:
    place = None if take.header is None else places[take.header]
    same = place is not None and types[place] == column.sql_type and column.sql_type != "VARCHAR"
    return _Cell(column, take, place, same and not take.answers and take.unit is None)


def _raw(cell: _Cell, sheet: Sheet) -> str:
    """The cell's text, mapped and with blanks as null."""
    column, take = cell.column, cell.take
    if take.row:
        place = sheet.file if sheet.file.startswith(sheet.name + ".") else f"{sheet.file}:{sheet.name}"
        return f"{literal(place + ':')} || {ROW} AS {cell.name}"
    if take.value is not None:
        return f"{literal(take.value)} AS {cell.name}"
    if cell.native:
        return f"{cell.place} AS {cell.name}"
    text = f"CAST({cell.place} AS VARCHAR)"
    if take.answers:
        cases = " ".join(f"WHEN {literal(said)} THEN {literal(meant)}" for said, meant in take.answers.items())
        text = f"CASE {text} {cases} ELSE {text} END"
    return f"{values.blank(text, column)} AS {cell.name}"


def _selected(cell: _Cell, fixed: set[str]) -> str:
    name = cell.column.name
    if name in fixed:
        return f"CASE WHEN {_fix(name)}._text IS NULL THEN r.{cell.name} ELSE {_fix(name)}._value END AS {cell.name}"
    return f"{cell.typed()} AS {cell.name}"


def _fix(name: str) -> str:
    return quoted(f"_fix_{name}")


def _count(con: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(con.execute(query).fetchall()[0][0])


# ---- personal numbers ----------------------------------------------------------------------------------------


def _digest(
    con: duckdb.DuckDBPyConnection, table: Table, cell: _Cell, sheet: Sheet, digester: Digester | None, tally: Tally
) -> bool:
    """Whether values of the column are replaced; the pairs of old and new are then registered for the join."""
    column = cell.column
    if (
        column.sql_type != "VARCHAR"
        or column.type in ("code", "status")
        or column.ref == "region.region_code"  # the twelve digits of a village are no account
        or cell.take.header is None
        or cell.take.digested
    ):
        return False
    found = dict(con.execute(f"SELECT {cell.name}, count(*) FROM _raw WHERE {_sieve(cell)} GROUP BY ALL").fetchall())
    readings = {value: _reading(value, column, digester) for value in found}
    if column.type == "text" and column.sensitivity != "personal" and column.name != "uscc":
        readings = _unless_other(readings, _count(con, f"SELECT count(DISTINCT {cell.name}) FROM _raw"))
    if any(r.kind == "identity" and r.text is None for r in readings.values()):
        raise _without_key(sheet, cell.take.header)
    _tally_numbers(con, table, cell, found, readings, digester, tally)
    changed = {value: r.text for value, r in readings.items() if r.text != value}
    if changed:
        pairs = pa.table(
            {"_text": pa.array([*changed], pa.string()), "_value": pa.array([*changed.values()], pa.string())}
        )
        con.register(f"_fix_{column.name}", pairs)
    return bool(changed)


def _sieve(cell: _Cell) -> str:
    """SQL for the texts of a column that may be numbers of persons or companies: the others need no look."""
    column, name = cell.column, cell.name
    if column.name == "uscc":
        return f"{name} IS NOT NULL"
    if column.type == "person_key" or column.sensitivity == "personal":
        return f"length({name}) BETWEEN 11 AND 24 AND regexp_full_match({name}, '{identity.SIEVE}|[0-9A-Za-z]{{18}}')"
    codes = "|[0-9A-Za-z]{18}" if _names_company(column) else ""
    return f"length({name}) IN (15, 18) AND regexp_full_match({name}, '{identity.IDENTITY}{codes}')"


def _reading(value: str, column: Column, digester: Digester | None) -> Reading:
    number = identity.normalised(value)
    if column.name == "uscc":
        return Reading(number, "company") if identity.is_uscc(number) else Reading(None, "invalid")
    if column.type == "person_key":
        return identity.read_person_key(value, digester)
    if column.sensitivity == "personal" or identity.looks_like_identity(value):
        return identity.read_personal_text(value, digester)
    return (
        Reading(number, "company") if _names_company(column) and identity.is_uscc(number) else Reading(value, "opaque")
    )


def _names_company(column: Column) -> bool:
    return (column.ref or "").startswith("company.")


def _unless_other(readings: dict[str, Reading], distinct: int) -> dict[str, Reading]:
    """Readings of a text that is not personal by its meaning: numbers of another kind that only look alike stay.

    Of order numbers that hold a date one in eleven has a fitting check digit; of identity numbers nearly all have.
    """
    alike = [value for value in readings if identity.looks_like_identity(value)]
    valid = sum(len(n) == 18 and identity.full_number(n) is not None for n in map(identity.normalised, alike))
    if (valid >= ENOUGH and valid * 2 > len(alike)) or (alike and len(alike) * 2 > distinct):
        return readings
    return {value: r if r.kind == "company" else Reading(value, "opaque") for value, r in readings.items()}


def _without_key(sheet: Sheet, header: str) -> Fault:
    return Fault(
        f"{sheet.origin} › {header}",
        say(
            "这一列含有证件号码,没有密钥不予读入。", "the column holds identity numbers and is not read without a key."
        ),
        say(
            "用 --key-file 给出密钥文件(可用 lianfang keygen 生成)。",
            "give a key file with --key-file (`lianfang keygen` makes one).",
        ),
    )


def _tally_numbers(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    cell: _Cell,
    found: dict[str, int],
    readings: dict[str, Reading],
    digester: Digester | None,
    tally: Tally,
) -> None:
    column = cell.column
    for kind in ("account", "phone"):
        if digester is None:
            tally.add(table.name, column.name, kind, sum(found[v] for v, r in readings.items() if r.kind == kind))
    if column.type == "person_key":
        others = f"{cell.name} IS NOT NULL AND NOT regexp_full_match({cell.name}, '{identity.DIGEST.pattern}')"
        known = sum(found[v] for v, r in readings.items() if r.kind != "opaque")
        tally.add(table.name, column.name, "opaque", _count(con, f"SELECT count(*) FROM _raw WHERE {others}") - known)
    if _names_company(column):
        wrong = [
            v for v, r in readings.items() if r.kind == "opaque" and identity.looks_like_uscc(identity.normalised(v))
        ]
        if wrong:
            con.register("_wrong", pa.table({"_text": pa.array(wrong, pa.string())}))
            rows = con.execute(f"SELECT {ROW} FROM _raw SEMI JOIN _wrong ON {cell.name} = _text ORDER BY 1").fetchall()
            con.unregister("_wrong")
            examples = [say(f"第 {row} 行", f"row {row}") for (row,) in rows[:EXAMPLES]]
            tally.add(table.name, column.name, "uscc", len(rows), examples)


# ---- values that cannot stand ----------------------------------------------------------------------------------


def _issue(table: Table, column: Column, kind: str, source: int, value: str, origin: str) -> str:
    return (
        f"INSERT INTO {ISSUES} SELECT {literal(table.name)}, {source}, {ROW}, {literal(column.name)}, "
        f"{literal(kind)}, {value}, NULL, NULL FROM {origin}"
    )


def _with_leftovers(con: duckdb.DuckDBPyConnection, cells: Sequence[_Cell], part: str, fixed: set[str]) -> list[_Cell]:
    """The cells of which fewer values were typed than there are texts."""
    typed = [
        c
        for c in cells
        if not c.native and (c.column.name in fixed or c.column.sql_type != "VARCHAR" or c.column.type == "status")
    ]
    if not typed:
        return []
    counted = ", ".join(f"count({c.name})" for c in typed)
    before, after = (con.execute(f"SELECT {counted} FROM {source}").fetchall()[0] for source in ("_raw", part))
    return [cell for cell, texts, read in zip(typed, before, after, strict=True) if read < texts]


def _read_slowly(con: duckdb.DuckDBPyConnection, table: Table, cell: _Cell, part: str, source: int) -> None:
    """Give the texts that SQL left to the slow reading; what it leaves too is an issue."""
    column = cell.column
    if column.sql_type == "VARCHAR" and column.type != "status":
        invalid = (
            f"_raw SEMI JOIN (SELECT _text FROM {_fix(column.name)} WHERE _value IS NULL) AS f ON {cell.name} = f._text"
        )
        kind = "uscc" if column.name == "uscc" else "identity"
        con.execute(_issue(table, column, kind, source, cell.name, invalid))
        return
    left = [text for (text,) in con.execute(f"SELECT DISTINCT {cell.name} FROM _raw WHERE {cell.unread()}").fetchall()]
    slow = {text: values.slow_value(text, column, cell.multiplier, cell.take.formats) for text in left}
    read = {text: str(value) for text, value in slow.items() if value is not None}
    con.register(
        "_slow", pa.table({"_text": pa.array([*read], pa.string()), "_value": pa.array([*read.values()], pa.string())})
    )
    if read:
        con.execute(
            f"UPDATE {part} SET {cell.name} = TRY_CAST(s._value AS {column.sql_type}) "
            f"FROM (SELECT {ROW}, _value FROM _raw JOIN _slow ON {cell.name} = _text) AS s WHERE {part}.{ROW} = s.{ROW}"
        )
    unread = f"_raw ANTI JOIN _slow ON {cell.name} = _slow._text WHERE {cell.unread()}"
    con.execute(_issue(table, column, column.type, source, cell.name, unread))
    con.unregister("_slow")


def _check(con: duckdb.DuckDBPyConnection, table: Table, cell: _Cell, part: str, source: int, tally: Tally) -> None:
    """Required values, ranges, code lists and places after the point of one column."""
    column, name = cell.column, cell.name
    if column.required:
        con.execute(
            _issue(
                table, column, "missing", source, "NULL", f"_raw SEMI JOIN {part} USING ({ROW}) WHERE {name} IS NULL"
            )
        )
    if column.type in ("text", "person_key") and not cell.native:
        con.execute(_issue(table, column, "digits", source, name, f"{part} WHERE {_lost_digits(name)}"))
    outside = [
        f"{name} {sign} {limit}" for sign, limit in (("<", column.minimum), (">", column.maximum)) if limit is not None
    ]
    if outside:
        con.execute(
            _issue(table, column, "range", source, f"CAST({name} AS VARCHAR)", f"{part} WHERE {' OR '.join(outside)}")
        )
    if column.type in ("date", "timestamp") and not cell.native and cell.place is not None:
        default = values.is_default_day(f"CAST({cell.place} AS VARCHAR)")
        tally.add(table.name, column.name, "default_day", _count(con, f"SELECT count(*) FROM _sheet WHERE {default}"))
    if column.codes:
        _check_codes(con, table, cell, part, source, tally)
    if column.type in ("money", "quantity") and not cell.native:
        number, places = values.exact(name, column, cell.multiplier), values.PLACES[column.type]
        longer = rf"regexp_matches({name}, '\.\d{{{places + 1}}}')"
        shortened = f"CASE WHEN {longer} THEN nullif(({number}) <> round(({number}), {places}), false) END"
        tally.add(table.name, column.name, "rounded", _count(con, f"SELECT count({shortened}) FROM _raw"))


def _lost_digits(name: str) -> str:
    """SQL: a long number that a spreadsheet kept as 4.20703E+17: unlike numbers have become alike."""
    return rf"contains(upper({name}), 'E+') AND regexp_full_match({name}, '\d(\.\d+)?[eE]\+\d\d')"


def _check_codes(
    con: duckdb.DuckDBPyConnection, table: Table, cell: _Cell, part: str, source: int, tally: Tally
) -> None:
    column, name = cell.column, cell.name
    unlisted = f"{part} WHERE {name} NOT IN {values.among(column.codes)}"
    if not column.open_codes:
        con.execute(_issue(table, column, "code", source, name, unlisted))
        return
    found = con.execute(f"SELECT {name}, count(*) FROM {unlisted} GROUP BY ALL ORDER BY 2 DESC, 1").fetchall()
    examples = [] if column.sensitivity == "personal" else [identity.masked_numbers(text[:30]) for text, _ in found]
    tally.add(table.name, column.name, "open_code", sum(n for _, n in found), examples[:EXAMPLES])


# ---- a whole table ---------------------------------------------------------------------------------------------


def standing(table: Table, relation: str) -> str:
    """The rows of a relation with source and row numbers that have no issue and repeat no other, as SQL."""
    here = f"WHERE tbl = {literal(table.name)}"
    apart = f"SELECT source, row FROM {ISSUES} {here} UNION ALL SELECT source, row FROM {REPEATED} {here}"
    return f"{relation} AS t ANTI JOIN ({apart}) AS i ON t.{SOURCE} = i.source AND t.{ROW} = i.row"


def duplicates(
    con: duckdb.DuckDBPyConnection, table: Table, columns: Sequence[str], relation: str, tally: Tally
) -> None:
    """Set apart each row whose key stands in an earlier row that is itself in order.

    One that says the same in every column takes nothing away: a list of bids repeats the tender on each line.
    """
    if not set(table.key) <= set(columns):
        tally.add(table.name, "", "key", 1)
        return
    key = [quoted(name) for name in table.key]
    window = f"OVER (PARTITION BY {', '.join(key)} ORDER BY t.{SOURCE}, t.{ROW} ROWS UNBOUNDED PRECEDING)"
    shown = " || ' ' || ".join(f"COALESCE(CAST({name} AS VARCHAR), '')" for name in key)
    con.execute(
        f"INSERT INTO {ISSUES} SELECT {literal(table.name)}, {SOURCE}, {ROW}, {literal('+'.join(table.key))}, "
        f"'duplicate', shown, first_source, first_row FROM (SELECT t.{SOURCE}, t.{ROW}, {shown} AS shown, "
        f"row_number() {window} AS nth, first_value(t.{SOURCE}) {window} AS first_source, "
        f"first_value(t.{ROW}) {window} AS first_row FROM {standing(table, relation)}) WHERE nth > 1"
    )
    same = " AND ".join(f"t.{quoted(name)} IS NOT DISTINCT FROM f.{quoted(name)}" for name in columns)
    con.execute(
        f"INSERT INTO {REPEATED} SELECT i.tbl, i.source, i.row FROM {ISSUES} AS i "
        f"JOIN {relation} AS t ON t.{SOURCE} = i.source AND t.{ROW} = i.row "
        f"JOIN {relation} AS f ON f.{SOURCE} = i.first_source AND f.{ROW} = i.first_row "
        f"WHERE i.tbl = {literal(table.name)} AND i.kind = 'duplicate' AND {same}"
    )
    here = f"FROM {REPEATED} WHERE tbl = {literal(table.name)}"
    con.execute(
        f"DELETE FROM {ISSUES} WHERE tbl = {literal(table.name)} AND (source, row) IN (SELECT (source, row) {here})"
    )
    repeated = con.execute(f"SELECT count(*) {here}").fetchall()[0][0]
    tally.add(table.name, "", "repeated", repeated)


def dangling(con: duckdb.DuckDBPyConnection, column: Column, files: tuple[str, str], tally: Tally, table: str) -> None:
    """Count the values of a reference that the table it names does not have; they stay."""
    target = quoted((column.ref or "").partition(".")[2])
    name = quoted(column.name)
    own, other = (f"read_parquet({literal(file)})" for file in files)
    missing = f"{name} IS NOT NULL AND {name} NOT IN (SELECT {target} FROM {other} WHERE {target} IS NOT NULL)"
    asked = f"SELECT count({name}), count(CASE WHEN {missing} THEN 1 END) FROM {own}"
    held, lost = con.execute(asked).fetchall()[0]
    if lost:
        share = Decimal(lost) / Decimal(held)
        tally.add(table, column.name, "dangling", lost, [f"{share:.1%} → {column.ref}"])
