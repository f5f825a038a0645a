"""The catalogue: loads indicators, refuses incomplete ones with a message for their author; dated parameters."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

import msgspec
import sqlglot
import yaml
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.pushdown_projections import pushdown_projections

from lianfang.engine.derived import derived, needed, rule_schema
from lianfang.engine.fault import Fault, say
from lianfang.engine.sql import Rule, Value
from lianfang.engine.tables import Column, tables

SHIPPED = Path(__file__).resolve().parent.parent / "indicators"
COLOURS = ("yellow", "orange", "red")
IDENTITY = ("unit_id", "subject_type", "subject_id", "metric")
OPTIONAL_OUTPUT = ("person_id", "period")
CODE = re.compile(r"[A-Z]{1,4}-?\d{3}")
HIGHEST_CAP = {"statistical_anomaly": "yellow", "data_collision": "orange", "rule_broken": "red"}
SQL_TYPES = {
    "money": "DECIMAL(18, 2)",
    "ratio": "DECIMAL(9, 6)",
    "quantity": "DECIMAL(18, 4)",
    "double": "DOUBLE",
    "int": "BIGINT",
}


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The same words in both languages."""

    zh: str
    en: str

    @property
    def said(self) -> str:
        return say(self.zh, self.en)


Certainty = Literal["verified_text", "verified_secondary", "general_knowledge", "local_parameter", "practice"]


class Law(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A law or standard with its article; ``from`` and ``until`` bound its force."""

    text: str
    certainty: Certainty
    since: date | None = msgspec.field(name="from", default=None)
    until: date | None = None
    en: str | None = None


class Innocent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A lawful explanation, and the case that shows the rule stays silent on it."""

    zh: str
    en: str
    case: str


class DatedValue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One value of a parameter with the day it came into force and where it stands."""

    value: int | float | str | list[str] | None
    since: date | None = msgspec.field(name="from", default=None)
    key: str | None = None
    source: str | None = None
    certainty: Certainty | None = None


class Parameter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    zh: str
    en: str
    type: Literal["money", "ratio", "quantity", "int", "text", "list", "double"]
    values: list[DatedValue]
    unit: str | None = None


class Metric(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    zh: str
    en: str
    unit: str


class Colour(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Conditions on the metric; the highest that holds is the colour."""

    metric: Metric
    yellow: str | None = None
    orange: str | None = None
    red: str | None = None


class Personal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why personal data may be read, on whose word, and how long they are kept."""

    purpose: str
    authorisation: str
    retention: str


class Card(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``indicator.yaml``: everything about an indicator but its rule and cases."""

    code: str
    name: Text
    status: Literal["draft", "trial", "in_force", "retired"]
    nature: Literal["rule_broken", "statistical_anomaly", "data_collision"]
    safety: Literal["projects", "funds", "powers", "cadres"]
    stage: str
    subject: str
    detects: Text
    why: Text
    law: list[Law]
    innocent: list[Innocent]
    check: list[Text]
    colour: Colour
    cap: Literal["yellow", "orange", "red"]
    population: str
    blind_spots: list[Text]
    author: str
    checker: str
    next_review: date
    parameters: dict[str, Parameter] = {}
    optional: dict[str, list[str]] = {}
    evidence: dict[str, Text] = {}  # words for evidence columns that the rule computes or renames
    competent: Text | None = None
    personal: Personal | None = None


@dataclass(frozen=True)
class Indicator:
    """An indicator of the catalogue: its card, its rule and the folder that holds them."""

    card: Card
    rule_text: str
    folder: Path

    @property
    def code(self) -> str:
        return self.card.code

    @property
    def family(self) -> str:
        return self.folder.parent.name

    @property
    def slug(self) -> str:
        return self.folder.name

    @cached_property
    def rule(self) -> Rule:
        """The rule, parsed and checked; raises Fault for its author."""
        return Rule.parse(self.rule_text, rule_schema(), f"{self.code} rule.sql")

    @cached_property
    def population(self) -> Rule:
        """How many subjects the rule looked at: a table's rows, or the card's own count."""
        text = self.card.population
        if text.isidentifier():
            text = f"SELECT count(*) AS n FROM {text}"
        return Rule.parse(text, rule_schema(), f"{self.code} population")

    @cached_property
    def needs(self) -> dict[str, frozenset[str]]:
        """Columns of canonical tables without which the rule cannot be computed.

        Columns that serve only as evidence, status columns and the card's optional columns are not needed.
        """
        tree = self.rule.tree.copy()
        for select in _united(tree):
            kept = [s for s in select.selects if s.alias_or_name in (*IDENTITY, *OPTIONAL_OUTPUT)]
            select.set("expressions", kept)
        return self._required(Rule(self.rule.where, "", pushdown_projections(tree), self.rule.schema))

    @cached_property
    def looks_at(self) -> dict[str, frozenset[str]]:
        """``needs`` with the columns that serve only as evidence, which is far quicker to tell."""
        return self._required(self.rule)

    def _required(self, rule: Rule) -> dict[str, frozenset[str]]:
        found = {}
        for table, columns in rule.reads.items():
            if table in tables():
                statuses = {c.name for c in tables()[table].columns.values() if c.type == "status"}
                optional = set(self.card.optional.get(table, ()))
                found[table] = columns - statuses - optional
        return found

    @cached_property
    def needs_one_of(self) -> tuple[tuple[tuple[str, str], ...], ...]:
        """Groups of (table, column), of the rule's own ``-- needs:`` lines and of its derived tables: one of each
        group must be there."""
        used = [derived()[table].needs for table in sorted(self.rule.tables) if table in derived()]
        return tuple(dict.fromkeys(group for groups in (needed(self.rule_text), *used) for group in groups))

    @property
    def base_tables(self) -> frozenset[str]:
        return frozenset(t for t in self.rule.tables | self.population.tables if t in tables())

    @property
    def builds_on_derived(self) -> bool:
        """Whether the rule's text names a derived table, which is told without parsing it."""
        return any(word in derived() for word in re.findall(r"\w+", self.rule_text))

    @property
    def derived_tables(self) -> tuple[str, ...]:
        """Derived tables the rule uses, in the order in which they must be made."""
        return derived().in_order(self.rule.tables | self.population.tables)

    def reads(self) -> dict[str, set[str]]:
        """Every column of a canonical table that the rule looks at, itself or through derived tables."""
        found: dict[str, set[str]] = {}
        for rule in (self.rule, self.population, *(derived()[name].rule for name in self.derived_tables)):
            for table, columns in rule.reads.items():
                if table in tables():
                    found.setdefault(table, set()).update(columns)
        return found

    @cached_property
    def evidence(self) -> tuple[str, ...]:
        return tuple(c for c in self.rule.output if c not in (*IDENTITY, *OPTIONAL_OUTPUT))

    @cached_property
    def sensitivity(self) -> dict[str, str]:
        """Sensitivity of each output column, inherited from where its values come from; unresolved is personal."""
        return {column: _highest(origins) for column, origins in self.rule.lineage.items()}

    def origin(self, name: str) -> Column | None:
        """The canonical column whose name and values an evidence column has, or None where the rule made it."""
        same = [table for table, column in self.rule.lineage.get(name, ()) if column == name and table in tables()]
        return tables()[same[0]].columns[name] if len(same) == 1 else None

    def values(self, overrides: Mapping[str, Any] | None = None) -> dict[str, tuple[Value, ...]]:
        """The parameters as the rule language takes them, with a run's own values put over the card's."""
        given = dict(overrides or {})
        unknown = set(given) - set(self.card.parameters)
        if unknown:
            raise Fault(
                f"{self.code} {', '.join(sorted(unknown))}",
                say("指标没有这个参数。", "the indicator has no such parameter."),
                say("可用的参数:", "use one of: ") + (", ".join(self.card.parameters) or "-"),
            )
        found = {}
        for name, parameter in self.card.parameters.items():
            dated = _given_values(given[name], f"{self.code} {name}") if name in given else parameter.values
            found[name] = tuple(
                Value(_sql_value(v.value, parameter.type, f"{self.code} {name}"), v.since, v.key) for v in dated
            )
        return found

    def colour_sql(self, metric: str) -> str:
        """A CASE over the exact decimal ``metric`` that gives the highest colour whose condition holds."""
        whens = [
            f"WHEN {_condition(text, metric, self.code)} THEN '{colour}'"
            for colour in reversed(COLOURS)
            if (text := getattr(self.card.colour, colour)) is not None
        ]
        return f"CASE {' '.join(whens)} END"


def _united(tree: exp.Expr) -> Iterator[exp.Select]:
    """The SELECTs whose rows a statement returns: itself, or the sides of its UNION."""
    if isinstance(tree, exp.Union):
        yield from _united(tree.this)
        yield from _united(tree.expression)
    elif isinstance(tree, exp.Subquery):
        yield from _united(tree.this)
    elif isinstance(tree, exp.Select):
        yield tree


def _highest(origins: frozenset[tuple[str, str]]) -> str:
    order = ("public", "internal", "personal")
    return max((_sensitivity(table, column) for table, column in origins), key=order.index, default="public")


def _sensitivity(table: str, column: str) -> str:
    if table in tables() and column in tables()[table].columns:
        return tables()[table].columns[column].sensitivity
    if table in derived() and column in derived()[table].rule.lineage:
        return _highest(derived()[table].rule.lineage[column])
    return "personal"


def _given_values(given: Any, where: str) -> list[DatedValue]:
    """A run's own values: one value for always, or a list of dated or keyed values."""
    dated = isinstance(given, list) and given and all(isinstance(one, Mapping) for one in given)
    try:
        return [msgspec.convert(one, DatedValue) for one in (given if dated else [{"value": given}])]
    except msgspec.ValidationError as error:
        raise Fault(
            where,
            f"{error}.",
            say("写成 10,或 [{from: 2024-01-01, value: 10}]。", "write 10, or [{from: 2024-01-01, value: 10}]."),
        ) from None


def _sql_value(value: Any, kind: str, where: str) -> str | tuple[str, ...] | None:
    if value is None:
        return None
    if kind == "list":
        items = value if isinstance(value, list) else str(value).split("|")
        return tuple(_quoted(str(item)) for item in items)
    if kind == "text":
        return _quoted(str(value))
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise Fault(where, say(f"不是数:{value}。", f"not a number: {value}."), say("给一个数。", "give a number."))
    if kind == "int" and number % 1:
        what = say(f"不是整数:{value}。", f"not a whole number: {value}.")
        raise Fault(where, what, say("给一个整数。", "give a whole number."))
    return f"CAST('{number}' AS {SQL_TYPES[kind]})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_COLOUR_NODES = (
    exp.GT,
    exp.GTE,
    exp.LT,
    exp.LTE,
    exp.EQ,
    exp.And,
    exp.Or,
    exp.Paren,
    exp.Column,
    exp.Identifier,
    exp.Literal,
    exp.Neg,
)


def _condition(text: str, metric: str, where: str) -> str:
    """A colour condition as SQL over exact decimals; raises Fault for the card's author."""
    written = _written(text, metric)
    if written is None:
        raise Fault(
            f"{where} colour",
            say(f"看不懂的条件:{text}", f"condition not understood: {text}"),
            say("只写 metric、数字、比较和 and/or。", "write only metric, numbers, comparisons, and/or."),
        )
    return written


@cache
def _written(text: str, metric: str) -> str | None:
    """The condition with exact numbers, or None where it is more than ``metric``, numbers, comparisons, and/or."""
    try:
        tree = sqlglot.parse_one(text, dialect="duckdb")
    except SqlglotError:
        return None
    allowed = all(isinstance(node, _COLOUR_NODES) for node in tree.walk())
    if not allowed or any(c.name != "metric" for c in tree.find_all(exp.Column)) or tree.find(exp.Literal) is None:
        return None
    for column in list(tree.find_all(exp.Column)):
        column.replace(exp.Var(this=metric))
    for number in list(tree.find_all(exp.Literal)):
        number.replace(exp.Var(this=f"CAST('{number.name}' AS DECIMAL(38, 18))"))
    return tree.sql("duckdb")


@dataclass(frozen=True)
class Catalogue:
    """Indicators by code, in the order of their codes."""

    indicators: dict[str, Indicator]

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the cards and rules."""
        found = hashlib.sha256()
        for indicator in self.indicators.values():
            for name in ("indicator.yaml", "rule.sql"):
                found.update(f"{indicator.family}/{indicator.slug}/{name}\0".encode())
                found.update((indicator.folder / name).read_bytes())
        return found.hexdigest()

    def chosen(self, only: Iterable[str] | None) -> list[Indicator]:
        """The indicators of the given codes, or all that are not retired; an unknown code is a Fault."""
        if only is None:
            return [i for i in self.indicators.values() if i.card.status != "retired"]
        unknown = [code for code in only if code not in self.indicators]
        if unknown:
            raise Fault(
                " ".join(map(str, unknown)),
                say("目录里没有这个指标。", "the catalogue has no such indicator."),
                say("用 lianfang explain 看全部编码。", "see all codes with: lianfang explain"),
            )
        return [self.indicators[code] for code in dict.fromkeys(only)]


_CODE_LINE = re.compile(r"^code:\s*(\S+)", re.MULTILINE)


def load(folder: Path = SHIPPED, only: Iterable[str] | None = None) -> Catalogue:
    """Every indicator below ``folder``, or those in ``only``; refuses incomplete ones and codes used twice."""
    found: dict[str, Indicator] = {}
    wanted = None if only is None else set(only)
    for path in sorted(folder.glob("*/*/indicator.yaml")):
        text = path.read_text(encoding="utf-8", errors="replace")
        if wanted is not None and not wanted & set(_CODE_LINE.findall(text)):
            continue
        indicator = load_indicator(path.parent)
        if indicator.code in found:
            other = found[indicator.code].folder
            raise Fault(
                str(path),
                say(f"编码 {indicator.code} 已被 {other} 使用。", f"code {indicator.code} is used by {other}."),
                say("换一个从未用过的编码。", "take a code that was never used."),
            )
        found[indicator.code] = indicator
    if not found and wanted is None:
        raise Fault(str(folder), say("没有指标。", "there are no indicators."), say("检查目录。", "check the folder."))
    return Catalogue(dict(sorted(found.items())))


def load_indicator(folder: Path) -> Indicator:
    """One indicator; raises Fault with everything its author must mend in the card."""
    where = f"{folder.parent.name}/{folder.name}/indicator.yaml"
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        raw = yaml.load((folder / "indicator.yaml").read_text(encoding="utf-8"), Loader=loader)
        card = msgspec.convert(raw, Card)
        rule_text = (folder / "rule.sql").read_text(encoding="utf-8")
    except (yaml.YAMLError, msgspec.ValidationError, OSError, UnicodeDecodeError) as error:
        raise Fault(where, str(error).replace("\n", " "), say("补全卡片。", "complete the card.")) from None
    problems = list(_card_problems(card))
    if problems:
        raise Fault(where, "; ".join(problems) + ".", say("补全卡片。", "complete the card."))
    return Indicator(card, rule_text, folder)


def _colour_problems(card: Card) -> Iterator[str]:
    highest = HIGHEST_CAP[card.nature]
    if COLOURS.index(card.cap) > COLOURS.index(highest):
        yield say(f"{card.nature} 的自动颜色最高为 {highest}", f"the cap of {card.nature} is at most {highest}")
    stated = [colour for colour in COLOURS if getattr(card.colour, colour) is not None]
    if not stated:
        yield say("没有颜色条件", "no colour condition")
    for colour in stated:
        try:
            _condition(getattr(card.colour, colour), "metric", card.code)
        except Fault as fault:
            yield fault.what.rstrip("。.")
        if COLOURS.index(colour) > COLOURS.index(card.cap):
            yield say(f"颜色 {colour} 高于封顶 {card.cap}", f"colour {colour} is above the cap {card.cap}")


def _card_problems(card: Card) -> Iterator[str]:
    if not CODE.fullmatch(card.code):
        yield say(f"编码 {card.code} 不合规", f"code {card.code} is not like ENG-101")
    if card.author == card.checker:
        yield say("作者与复核人须不同", "author and checker must differ")
    if not card.detects.en.startswith("Detects "):
        yield say("英文说明须以 Detects 开头", "detects.en must open with 'Detects '")
    for name, listed in (
        ("law", card.law),
        ("innocent", card.innocent),
        ("check", card.check),
        ("blind_spots", card.blind_spots),
    ):
        if not listed:
            yield say(f"{name} 不可为空", f"{name} is empty")
    yield from _colour_problems(card)
    if (
        card.status != "draft"
        and not any(law.certainty.startswith("verified") for law in card.law)
        and card.nature == "rule_broken"
    ):
        yield say("法律未核实的规则类指标只能是 draft", "a rule_broken indicator whose law is not verified stays draft")
    for name, parameter in card.parameters.items():
        if not parameter.values:
            yield say(f"参数 {name} 没有值", f"parameter {name} has no value")
    for table, columns in card.optional.items():
        known = tables()[table].columns if table in tables() else {}
        for column in columns:
            if column not in known:
                yield say(f"optional 中没有列 {table}.{column}", f"optional names no column {table}.{column}")


def _call_problems(card: Card, name: str, by_day: bool, by_key: bool) -> Iterator[str]:
    """A parameter that is asked for without what its values go by would be null and the rule silent."""
    values = card.parameters[name].values
    if not by_day and any(value.since is not None for value in values):
        yield say(
            f"参数 {name} 的取值按日期,须写 param('{name}', 日期)", f"{name} is dated: write param('{name}', day)"
        )
    if not by_key and any(value.key is not None for value in values):
        yield say(
            f"参数 {name} 的取值按类别,须写 param('{name}', 日期, 类别)",
            f"{name} has keys: write param('{name}', day, key)",
        )
    if card.parameters[name].type == "list" and len(values) > 1:
        yield say(f"列表参数 {name} 只能有一个值", f"the list {name} has one value")


def rule_problems(indicator: Indicator) -> list[str]:
    """What is wrong between the card and its rule, for the author."""
    card, rule = indicator.card, indicator.rule
    found = rule.type_problems()
    found += [say(f"规则没有返回 {c}", f"the rule does not return {c}") for c in IDENTITY if c not in rule.output]
    calls, stated = rule.parameters() | indicator.population.parameters(), set(card.parameters)
    asked = {name for name, _, _ in calls}
    found += [
        say(f"规则用了未声明的参数 {p}", f"the rule asks for {p}, which the card lacks") for p in sorted(asked - stated)
    ]
    found += [say(f"参数 {p} 没有用到", f"parameter {p} is never used") for p in sorted(stated - asked)]
    found += [problem for call in sorted(calls) if call[0] in stated for problem in _call_problems(card, *call)]
    reads_personal = any(level == "personal" for level in indicator.sensitivity.values()) or any(
        _sensitivity(table, column) == "personal" for table, columns in rule.reads.items() for column in columns
    )
    found += [
        say(f"evidence 中没有列 {c}", f"evidence names no column {c}") for c in card.evidence if c not in rule.output
    ]
    wordless = [c for c in indicator.evidence if indicator.origin(c) is None and c not in card.evidence]
    found += [say(f"evidence 须说明列 {c}", f"evidence must give words for {c}") for c in wordless]
    if reads_personal and card.personal is None:
        found.append(say("读取个人数据须写 personal", "personal columns are read: the card needs `personal`"))
    if not reads_personal and card.personal is not None:
        found.append(say("没有读取个人数据,去掉 personal", "no personal column is read: take `personal` out"))
    return found
