"""Which column of a file is which canonical column: by mapping.yaml, by name, or proposed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from lianfang.engine import values
from lianfang.engine.fault import Fault, say
from lianfang.engine.identity import ALGORITHMS
from lianfang.engine.sources import Sheet
from lianfang.engine.tables import Column, Table, tables

if TYPE_CHECKING:
    from lianfang.engine.proposal import Proposal

MAX_BYTES = 1 << 20  # of a mapping.yaml
FILE_KEYS = ("match", "sheet", "header_row", "table", "columns")
TAKE_KEYS = ("from", "unit", "format", "map", "value", "row", "digested")
COMPLETE_KEYS = ("table", "from", "to", "by")
TOP_KEYS = ("files", "complete", "reject_limit", "identity", "ocds", "event_log")
NEAR = 60  # similarity, out of 100, from which a word is named as what may have been meant


@dataclass(frozen=True)
class Take:
    """How one canonical column is filled: from a header, with a constant, or with an id made of file, sheet and row."""

    header: str | None = None
    value: str | None = None
    row: bool = False
    unit: str | None = None
    formats: tuple[str, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    digested: bool = False


@dataclass(frozen=True)
class Plan:
    """How a sheet becomes rows of one canonical table."""

    table: Table
    takes: dict[str, Take]
    left_over: tuple[str, ...] = ()  # headers that have no place in the table


@dataclass(frozen=True)
class FileRule:
    """One entry of ``files``: which sheets it is for, and how they are read."""

    where: str
    match: str
    table: Table
    sheet: str | None
    header_row: int | None
    columns: dict[str, Take] | None  # None: by the names of the columns


@dataclass(frozen=True)
class Complete:
    """The owner's word that a table is complete for a period."""

    table: str
    from_on: date
    until_on: date
    by: str


@dataclass(frozen=True)
class Rules:
    """A mapping.yaml that was checked."""

    files: tuple[FileRule, ...] = ()
    complete: tuple[Complete, ...] = ()
    reject_limit: Decimal | None = None
    algorithm: str = "sha256"
    ocds: Mapping[str, Any] | None = None
    event_log: Mapping[str, Any] | None = None


# ---- loading -------------------------------------------------------------------------------------------------


class _StrictLoader(yaml.SafeLoader):  # the loader in C would never ask compose_node
    """YAML without aliases, which can unfold to gigabytes, and without keys given twice."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="aliases (*name) are not allowed", problem_mark=mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        twice = next((key for key in seen if seen.count(key) > 1), None)
        if twice is not None:
            raise yaml.MarkedYAMLError(problem=f"{twice} is given twice", problem_mark=node.start_mark)
        return super().construct_mapping(node, deep)


def load(path: Path) -> Rules:
    """The rules of a mapping.yaml; anything in it that is not known is a Fault."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise Fault(
                str(path), say("文件过大。", "is too large."), say("映射文件只写映射。", "keep only the mapping in it.")
            )
        raw = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_StrictLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        text = " ".join(str(error).split())
        raise Fault(str(path), text, say("改正后重试。", "correct it and try again.")) from None
    return parse(raw, path.name)


def parse(raw: Any, where: str) -> Rules:
    """The rules of a mapping that was loaded from YAML."""
    raw = _mapping(raw or {}, where, TOP_KEYS)
    identity = _mapping(raw.get("identity", {}), f"{where} › identity", ("algorithm",))
    algorithm = identity.get("algorithm", "sha256")
    if algorithm not in ALGORITHMS:
        raise unknown(f"{where} › identity › algorithm", algorithm, ALGORITHMS)
    files = [_file_rule(rule, f"{where} › files[{i}]") for i, rule in enumerate(_list(raw, "files", where), 1)]
    complete = [_complete(word, f"{where} › complete[{i}]") for i, word in enumerate(_list(raw, "complete", where), 1)]
    settings = {key: _settings(raw[key], f"{where} › {key}") for key in ("ocds", "event_log") if key in raw}
    limit = _share(raw["reject_limit"], f"{where} › reject_limit") if "reject_limit" in raw else None
    return Rules(tuple(files), tuple(complete), limit, algorithm, settings.get("ocds"), settings.get("event_log"))


def _file_rule(raw: Any, where: str) -> FileRule:
    raw = _mapping(raw, where, FILE_KEYS)
    table = _table(_text(raw, "table", where), where)
    header_row = raw.get("header_row")
    if header_row is not None and (not isinstance(header_row, int) or isinstance(header_row, bool) or header_row < 1):
        raise Fault(
            f"{where} › header_row",
            say("须是从 1 起的行号。", "is a row number from 1."),
            say("写成 header_row: 3。", "write header_row: 3."),
        )
    columns = None
    if "columns" in raw:
        given = _mapping(raw["columns"], f"{where} › columns", table.columns)
        columns = {
            name: _take(take, table.columns[name], f"{where} › columns › {name}") for name, take in given.items()
        }
        _check_required(table, columns, f"{where} › columns")
    sheet = _text(raw, "sheet", where) if "sheet" in raw else None
    return FileRule(where, _text(raw, "match", where), table, sheet, header_row, columns)


def _take(raw: Any, column: Column, where: str) -> Take:
    if isinstance(raw, str | int | float | date) and not isinstance(raw, bool):
        return Take(header=str(raw))
    raw = _mapping(raw, where, TAKE_KEYS)
    if [key in raw for key in ("from", "value", "row")].count(True) != 1:
        raise Fault(
            where,
            say("from、value、row 须恰有一个。", "needs exactly one of from, value and row."),
            say(
                "写成 {from: 列名} 或 {value: 常量} 或 {row: true}。",
                "write {from: header}, {value: constant} or {row: true}.",
            ),
        )
    if "from" not in raw and set(raw) & {"unit", "format", "map", "digested"}:
        raise Fault(
            where, say("只有 from 才能加这些设置。", "only goes with from."), say("去掉它们。", "take it away.")
        )
    answers = _mapping(raw.get("map", {}), f"{where} › map", None)
    return Take(
        header=str(raw["from"]) if "from" in raw else None,
        value=_scalar(raw["value"]) if "value" in raw else None,
        row=_row_id(raw, column, where),
        unit=_unit(raw["unit"], column, where) if "unit" in raw else None,
        formats=_formats(raw["format"], column, where) if "format" in raw else (),
        answers={_scalar(said): _scalar(meant) for said, meant in answers.items()},
        digested=raw.get("digested", False) is True,
    )


def _row_id(raw: Mapping[str, Any], column: Column, where: str) -> bool:
    if "row" in raw and (raw["row"] is not True or column.type != "text"):
        raise Fault(
            where,
            say("只有文本列可写 {row: true}。", "{row: true} is for text columns."),
            say("改为 {from: 列名}。", "write {from: header}."),
        )
    return "row" in raw


def _unit(unit: Any, column: Column, where: str) -> str:
    if values.factor(str(unit), column) is None:
        raise unknown(f"{where} › unit", str(unit), values.unit_names(column))
    return str(unit)


def _formats(given: Any, column: Column, where: str) -> tuple[str, ...]:
    formats = tuple(str(form) for form in (given if isinstance(given, list) else [given]))
    day = datetime(2023, 11, 25, 13, 45)
    if formats == (values.EPOCH,) and column.type in ("date", "timestamp"):
        return formats
    for form in formats:
        try:
            kept = datetime.strptime(day.strftime(form), form)
        except ValueError:
            kept = None
        whole = kept is not None and (kept.date() == day.date() or (values.is_month(column) and kept.month == 11))
        if column.type not in ("date", "timestamp") or not whole:
            raise Fault(
                f"{where} › format",
                say(f"“{form}”不是日期格式。", f"{form!r} is no form of a date."),
                say("用 %Y %m %d %H %M %S,如 %d/%m/%Y;或 epoch。", "use %Y %m %d %H %M %S, as in %d/%m/%Y; or epoch."),
            )
    return formats


def _complete(raw: Any, where: str) -> Complete:
    raw = _mapping(raw, where, COMPLETE_KEYS)
    table = _table(_text(raw, "table", where), where)
    since, until = (raw.get(key) for key in ("from", "to"))
    if not isinstance(since, date) or not isinstance(until, date) or isinstance(since, datetime) or since > until:
        raise Fault(
            where,
            say("from 和 to 须是先后日期。", "from and to are dates in order."),
            say("写成 from: 2020-01-01。", "write from: 2020-01-01."),
        )
    return Complete(table.name, since, until, _text(raw, "by", where))


def _share(raw: Any, where: str) -> Decimal:
    try:
        share = Decimal(str(raw))
    except InvalidOperation:
        share = Decimal(-1)
    if isinstance(raw, bool) or not 0 <= share <= 1:
        raise Fault(where, say("须在 0 与 1 之间。", "is between 0 and 1."), say("写成 0.05。", "write 0.05."))
    return share


def _settings(raw: Any, where: str) -> Mapping[str, Any]:
    return _mapping({} if raw is True or raw is None else raw, where, None)


def _mapping(raw: Any, where: str, known: Iterable[str] | None) -> dict[Any, Any]:
    if not isinstance(raw, dict):
        raise Fault(
            where, say("须是“名称: 值”。", "is written as `name: value`."), say("检查缩进。", "check the indentation.")
        )
    if known is not None:
        words = list(known)
        for key in raw:
            if key not in words:
                raise unknown(where, str(key), words)
    return raw


def _list(raw: Mapping[str, Any], key: str, where: str) -> list[Any]:
    found = raw.get(key) or []
    if not isinstance(found, list):
        raise Fault(
            f"{where} › {key}", say("须是列表。", "is a list."), say("每项以“- ”开头。", "begin each entry with `- `.")
        )
    return found


def _text(raw: Mapping[str, Any], key: str, where: str) -> str:
    if not isinstance(raw.get(key), str | int):
        raise Fault(where, say(f"缺少 {key}。", f"{key} is missing."), say(f"补上 {key}。", f"add {key}."))
    return str(raw[key])


def _scalar(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def _table(name: str, where: str) -> Table:
    if name not in tables():
        raise unknown(f"{where} › table", name, tables())
    return tables()[name]


def _check_required(table: Table, given: Mapping[str, Take], where: str) -> None:
    missing = [column.name for column in table.columns.values() if column.required and column.name not in given]
    if missing:
        raise Fault(
            where,
            say(f"缺少必填列 {'、'.join(missing)}。", f"the required {', '.join(missing)} is missing."),
            say("指明列名;没有编号的可写 {row: true}。", "name its header; where rows have no id write {row: true}."),
        )


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that may have been meant."""
    words = list(known)
    # A slip of the pen first (form for from), then a word within another (金额 for 支付金额).
    slip = process.extractOne(word, words, scorer=OSA.normalized_similarity, score_cutoff=NEAR / 100)
    found = slip or process.extractOne(word, words, scorer=fuzz.WRatio, score_cutoff=NEAR)
    return found[0] if found else None


def unknown(where: str, word: str, known: Iterable[str]) -> Fault:
    known = list(known)
    near = nearest(word, known)
    choices = "、".join(known[:12]) + ("……" if len(known) > 12 else "")
    remedy = (
        say(f"是否应为“{near}”?", f"is {near!r} meant?")
        if near
        else say(f"可用:{choices}。", f"use one of: {', '.join(known[:12])}{' …' if len(known) > 12 else ''}.")
    )
    return Fault(where, say(f"没有“{word}”。", f"there is no {word!r}."), remedy)


# ---- sheets and their plans ----------------------------------------------------------------------------------


def applies(rule: FileRule, file: str) -> bool:
    """Whether a rule is for a file of this name."""
    return fnmatchcase(file, rule.match) or fnmatchcase(file.lower(), rule.match.lower())


def by_rule(rule: FileRule, sheet: Sheet) -> Plan:
    """The plan that a rule makes for a sheet; a header that the sheet does not have is a Fault."""
    if rule.columns is None:
        plan = by_name(rule.table, sheet)
        _check_required(rule.table, plan.takes, f"{rule.where} ({sheet.origin})")
        return plan
    takes = {}
    for name, take in rule.columns.items():
        header = take.header and _found(take.header, sheet, f"{rule.where} › columns › {name}")
        takes[name] = with_unit(replace(take, header=header), rule.table.columns[name], sheet)
    used = {take.header for take in takes.values()}
    return Plan(rule.table, takes, tuple(header for header in sheet.columns if header not in used))


def _found(header: str, sheet: Sheet, where: str) -> str:
    """The sheet's header of that text; spaces, case and width do not count, since they drift from month to month."""
    alike = [header] if header in sheet.columns else [own for own in sheet.columns if _full(own) == _full(header)]
    if len(alike) != 1:
        raise unknown(f"{where} ({sheet.origin})", header, sheet.columns)
    return alike[0]


def by_name(table: Table, sheet: Sheet) -> Plan:
    """The plan for a sheet whose headers are canonical, Chinese or English names of the table's columns."""
    names = _names(table)
    takes: dict[str, Take] = {}
    left_over = []
    for header in sheet.columns:
        name = names.get(_full(header)) or names.get(plain(header))
        if name is None:
            left_over.append(header)
        elif name in takes:
            raise Fault(
                sheet.origin,
                say(
                    f"“{takes[name].header}”和“{header}”是同一列。",
                    f"{takes[name].header!r} and {header!r} are one column.",
                ),
                say("去掉一列,或写映射。", "remove one of them, or write a mapping."),
            )
        else:
            takes[name] = with_unit(Take(header=header), table.columns[name], sheet)
    return Plan(table, takes, tuple(left_over))


def with_unit(take: Take, column: Column, sheet: Sheet) -> Take:
    """The take with the unit that the header states, or else the sheet as a whole."""
    if take.unit or take.header is None:
        return take
    stated = values.unit_in_header(take.header, column)
    if stated is None and sheet.unit is not None and values.factor(sheet.unit, column) is not None:
        stated = sheet.unit
    return replace(take, unit=stated)


def plain(header: str) -> str:
    """A header in the form in which names are compared: without brackets, stars, spaces and case."""
    text = re.sub(r"[(\[【][^()\[\]【】]*[)\]】]", "", unicodedata.normalize("NFKC", header))
    return _full(text)


def _full(header: str) -> str:
    return re.sub(r"[\s*_:.\-]", "", unicodedata.normalize("NFKC", header)).casefold()


def _names(table: Table) -> dict[str, str]:
    """Canonical, Chinese and English names, whole and without brackets, of the table's columns."""
    found: dict[str, str] = {}
    for form in (_full, plain):
        for attribute in ("name", "zh", "en"):
            for column in table.columns.values():
                found.setdefault(form(getattr(column, attribute)), column.name)
    return found


def table_named(name: str) -> Table | None:
    """The table that a file's stem or a sheet's name stands for, as in tender, 标段, 合同_contract or payment_2024."""
    stem = unicodedata.normalize("NFKC", name).strip().lower()
    stem = re.sub(r"(?:[-_. ]*(?:\d[\d\-_.]*年?\d*月?|\(\d+\)))+$", "", stem)
    known = _table_names()
    return known.get(stem) or known.get(re.sub(r"^[^a-z]+[_ -](?=[a-z])", "", stem))


def _table_names() -> dict[str, Table]:
    found: dict[str, Table] = {}
    for attribute in ("name", "zh", "en"):
        for table in tables().values():
            text = unicodedata.normalize("NFKC", getattr(table, attribute)).lower()
            found.setdefault(text, table)
            found.setdefault(re.sub(r"[\[\]:*?/\\]", "、", text)[:31], table)
    return found


def recognised(sheet: Sheet, table: Table) -> Plan | None:
    """The plan by name, or None where too few headers are names of the table's columns."""
    plan = by_name(table, sheet)
    required = [column.name for column in table.columns.values() if column.required]
    whole = plan.takes and all(name in plan.takes for name in required)
    return plan if whole or len(plan.takes) * 2 >= len(sheet.columns) else None


def propose(path: Path | str) -> Proposal:
    """A mapping for a file, to be looked over; its ``text`` is a mapping.yaml."""
    from lianfang.engine.proposal import propose as look

    return look(path)
