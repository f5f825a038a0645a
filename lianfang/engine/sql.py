"""The language of rules: a checked subset of DuckDB's SQL, the engine's functions, and their form on each backend.

A rule is parsed and checked once; ``Rule.bind`` then puts the run's facts into it (as-of day, parameters,
declared completeness) and writes it in the dialect of the backend. What is refused, and why, was found by
running the reference catalogue on DuckDB and Spark: see docs/decisions.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, wraps
from typing import ParamSpec, TypeVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import OptimizeError, ParseError, TokenError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, traverse_scope

from lianfang.engine.fault import Fault, say

CALENDAR = "_calendar"  # one row: ordinals INTEGER[] = working days from CALENDAR_START up to each day
CALENDAR_ERROR = "LIANFANG_CALENDAR"  # marks the error that a day outside the calendar raises
COMPLETE = "_complete"  # boolean column of every as-of view: the owner declared the table complete on the row's day

Schema = Mapping[str, Mapping[str, str]]
Given = ParamSpec("Given")
Result = TypeVar("Result")
_DUCKDB = DuckDB()  # named by its name, SQLGlot would import and make it anew at every statement

# Functions whose meaning is the same on every backend once written by SQLGlot.
_NODES: tuple[type[exp.Expr], ...] = (
    exp.Select, exp.From, exp.Join, exp.Table, exp.TableAlias, exp.Alias, exp.Column, exp.Identifier, exp.Where,
    exp.Group, exp.Having, exp.With, exp.CTE, exp.Subquery, exp.Union, exp.Window, exp.WindowSpec, exp.Order,
    exp.Ordered, exp.Distinct, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Tuple, exp.And, exp.Or, exp.Not,
    exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In, exp.Between, exp.Like, exp.Case, exp.If,
    exp.Cast, exp.DataType, exp.DataTypeParam, exp.Coalesce, exp.Nullif, exp.Least, exp.Greatest, exp.Abs,
    exp.Floor, exp.Ceil, exp.Round, exp.Add, exp.Sub, exp.Mul, exp.Mod, exp.Neg, exp.DPipe, exp.Substring,
    exp.Length, exp.Lower, exp.Upper, exp.Trim, exp.Replace, exp.StartsWith, exp.Count, exp.Sum, exp.Min, exp.Max,
    exp.StddevSamp, exp.RowNumber, exp.Rank, exp.DenseRank, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue,
    exp.Exists, exp.Filter, exp.Sqrt, exp.Pow, exp.Ln, exp.Exp, exp.Year, exp.Month, exp.Day, exp.Left,
    exp.StrPosition, exp.NullSafeEQ, exp.NullSafeNEQ, exp.LogicalOr, exp.LogicalAnd,
)  # fmt: skip

# What is refused by name, with what to write instead.
_REFUSED: dict[type[exp.Expr], tuple[str, str]] = {
    exp.Div: ("/ 在两个引擎上结果不同,请写 ratio(a, b)", "/ differs between the engines; write ratio(a, b)"),
    exp.IntDiv: (
        "// 在两个引擎上结果不同,请写 floor(ratio(a, b))",
        "// differs between the engines; write floor(ratio(a, b))",
    ),
    exp.Avg: (
        "avg 对小数在两个引擎上结果不同,请写 mean(x)",
        "avg of decimals differs between the engines; write mean(x)",
    ),
    exp.DateDiff: (
        "date_diff 按边界计数,请写 days、full_months、full_years 或 hours",
        "date_diff counts boundaries; write days, full_months, full_years or hours",
    ),
    exp.CurrentDate: ("规则不得读取时钟,请写 as_of()", "a rule may not read the clock; write as_of()"),
    exp.CurrentTimestamp: ("规则不得读取时钟,请写 as_of()", "a rule may not read the clock; write as_of()"),
    exp.Limit: ("LIMIT 会随机丢行,请去掉", "LIMIT drops rows at random; take it out"),
    exp.Interval: (
        "日期加减在两个引擎上不同,请写 add_days 或 add_months",
        "date arithmetic differs; write add_days or add_months",
    ),
    exp.JarowinklerSimilarity: (
        "Spark 没有 jaro_winkler,请比较规范化后的文字",
        "Spark has no jaro_winkler; compare normalised texts",
    ),
    exp.ArrayAgg: (
        "list(... ORDER BY) 会丢失顺序,请写 joined(x)",
        "list(x ORDER BY y) loses its order; write joined(x)",
    ),
    exp.GroupConcat: ("string_agg 会丢失顺序,请写 joined(x)", "string_agg loses its order; write joined(x)"),
    exp.Star: ("须写出列名", "name the columns"),
}

# The engine's functions: how each is written for a backend. Arguments are {0}, {1}, …
_FULL_MONTHS = (
    "((EXTRACT(year FROM {1}) - EXTRACT(year FROM {0})) * 12 + EXTRACT(month FROM {1}) - EXTRACT(month FROM {0})"
    " - CASE WHEN EXTRACT(day FROM {1}) < EXTRACT(day FROM {0}) AND {1} <> LAST_DAY({1}) THEN 1 ELSE 0 END)"
)
_FULL_YEARS = (
    "(EXTRACT(year FROM {1}) - EXTRACT(year FROM {0}) - CASE WHEN EXTRACT(month FROM {1}) * 100"
    " + EXTRACT(day FROM {1}) < EXTRACT(month FROM {0}) * 100 + EXTRACT(day FROM {0}) THEN 1 ELSE 0 END)"
)
_RATIO = (
    "CASE WHEN {1} = 0 THEN NULL ELSE CAST(ROUND(CAST({0} AS DOUBLE) / CAST({1} AS DOUBLE), 6) AS DECIMAL(28, 6)) END"
)
_BOTH = {
    "full_months": f"CASE WHEN {{0}} <= {{1}} THEN {_FULL_MONTHS}"
    f" ELSE -{_FULL_MONTHS.replace('{0}', '{9}').replace('{1}', '{0}').replace('{9}', '{1}')} END",
    "full_years": f"CASE WHEN {{0}} <= {{1}} THEN {_FULL_YEARS}"
    f" ELSE -{_FULL_YEARS.replace('{0}', '{9}').replace('{1}', '{0}').replace('{9}', '{1}')} END",
    "ratio": _RATIO,
    "ratio_double": "CASE WHEN {1} = 0 THEN NULL ELSE CAST({0} AS DOUBLE) / CAST({1} AS DOUBLE) END",
    "mean": "CASE WHEN COUNT({0}) = 0 THEN NULL"
    " ELSE CAST(ROUND(CAST(SUM({0}) AS DOUBLE) / CAST(COUNT({0}) AS DOUBLE), 6) AS DECIMAL(28, 6)) END",
    "year_of": "EXTRACT(year FROM {0})",
}
TEMPLATES: dict[str, dict[str, str]] = {
    "duckdb": _BOTH
    | {
        "days": "DATE_DIFF('day', CAST({0} AS DATE), CAST({1} AS DATE))",
        "add_days": "CAST(CAST({0} AS DATE) + CAST({1} AS INTEGER) AS DATE)",
        "add_months": "CAST(CAST({0} AS DATE) + TO_MONTHS(CAST({1} AS INTEGER)) AS DATE)",
        "hours": "CAST((EPOCH_US(CAST({1} AS TIMESTAMP)) - EPOCH_US(CAST({0} AS TIMESTAMP))) / 3600000000"
        " AS DECIMAL(18, 6))",
        "month_start": "CAST(DATE_TRUNC('month', {0}) AS DATE)",
        "joined": "ARRAY_TO_STRING(LIST_SORT(LIST_DISTINCT(LIST(CAST({0} AS VARCHAR)))), '、')",
    },
    "spark": _BOTH
    | {
        "days": "CAST(DATEDIFF(CAST({1} AS DATE), CAST({0} AS DATE)) AS BIGINT)",
        "add_days": "DATE_ADD(CAST({0} AS DATE), CAST({1} AS INT))",
        "add_months": "ADD_MONTHS(CAST({0} AS DATE), CAST({1} AS INT))",
        "hours": "CAST((UNIX_MICROS(CAST({1} AS TIMESTAMP)) - UNIX_MICROS(CAST({0} AS TIMESTAMP))) / 3600000000"
        " AS DECIMAL(18, 6))",
        "month_start": "TRUNC({0}, 'MM')",
        "joined": "ARRAY_JOIN(ARRAY_SORT(COLLECT_SET(CAST({0} AS STRING))), '、')",
    },
}
_ORDINAL = {
    "duckdb": f"(SELECT ordinals FROM {CALENDAR})"
    "[CAST(DATE_DIFF('day', {start}, CAST({day} AS DATE)) AS BIGINT) + 1]",
    "spark": f"ELEMENT_AT((SELECT ordinals FROM {CALENDAR}), DATEDIFF(CAST({{day}} AS DATE), {{start}}) + 1)",
}
_ERROR = {
    "duckdb": f"CAST(ERROR('{CALENDAR_ERROR} ' || CAST({{day}} AS VARCHAR)) AS BIGINT)",
    "spark": f"CAST(RAISE_ERROR(CONCAT('{CALENDAR_ERROR} ', CAST({{day}} AS STRING))) AS BIGINT)",
}
ARITY = {
    "as_of": (0, 0), "param": (1, 3), "param_has": (2, 2), "days": (2, 2), "workdays": (2, 2), "is_workday": (1, 1),
    "full_months": (2, 2), "full_years": (2, 2), "hours": (2, 2), "add_days": (2, 2), "add_months": (2, 2),
    "ratio": (2, 2), "ratio_double": (2, 2), "mean": (1, 1), "absent": (1, 1), "complete": (2, 2), "joined": (1, 1),
    "month_start": (1, 1), "year_of": (1, 1),
}  # fmt: skip


@dataclass(frozen=True)
class Calendar:
    """The days for which working days are known: ``start`` to ``end``, both included."""

    start: date
    end: date


@dataclass(frozen=True)
class Bindings:
    """What a run puts into a rule."""

    as_of: date
    calendar: Calendar
    parameters: Mapping[str, Sequence[Value]] = field(default_factory=dict)
    complete: Mapping[str, Sequence[tuple[date, date]]] = field(default_factory=dict)
    status_of: Callable[[str, str], str | None] = lambda table, column: None


@dataclass(frozen=True)
class Value:
    """One value of a parameter: in force from ``since`` (None: always) and for ``key`` (None: any)."""

    sql: str | tuple[str, ...] | None
    since: date | None = None
    key: str | None = None


def _without_collection(work: Callable[Given, Result]) -> Callable[Given, Result]:
    """Trees are large and without rubbish: Python's collector would look through them, and through all else that is
    in memory, again and again, and take a quarter of the time."""

    @wraps(work)
    def paused(*given: Given.args, **named: Given.kwargs) -> Result:
        if not gc.isenabled():
            return work(*given, **named)
        gc.disable()
        try:
            return work(*given, **named)
        finally:
            gc.enable()

    return paused


@dataclass
class Rule:
    """A parsed, qualified and checked SELECT over the tables of ``schema``."""

    where: str
    text: str
    tree: exp.Query
    schema: Schema

    @classmethod
    @_without_collection
    def parse(cls, text: str, schema: Schema, where: str) -> Rule:
        """Parse and check ``text``; raises Fault naming ``where`` and everything that is refused."""
        try:
            trees = [tree for tree in sqlglot.parse(text, dialect=_DUCKDB) if tree is not None]
        except (ParseError, TokenError) as error:
            raise Fault(where, say("SQL 有语法错误:", "SQL does not parse: ") + _first_line(error), _DO) from None
        if len(trees) != 1 or not isinstance(trees[0], exp.Select | exp.Union):
            raise Fault(where, say("规则须是一条 SELECT。", "a rule is one SELECT."), _DO)
        nodes = list(_in_engine_functions(trees[0]))
        problems = list(_problems(nodes, schema))
        if problems:
            raise Fault(where, "; ".join(dict.fromkeys(problems)) + ".", _DO)
        read = {node.name for node in nodes if isinstance(node, exp.Table)}
        schema = {name: schema[name] for name in sorted(read) if name in schema}  # the optimizer walks all it gets
        try:
            tree = qualify(trees[0], schema=_names(schema), dialect=_DUCKDB, quote_identifiers=False, identify=False)
        except OptimizeError as error:
            raise Fault(where, say("列或表不认识:", "unknown column or table: ") + _first_line(error), _DO) from None
        _forget_places(tree)
        return cls(where, text, tree, schema)

    @cached_property
    def scopes(self) -> list[Scope]:
        return list(traverse_scope(self.tree))

    @cached_property
    def tables(self) -> frozenset[str]:
        """The declared tables that the rule reads."""
        return frozenset(
            source.name for scope in self.scopes for source in scope.sources.values() if isinstance(source, exp.Table)
        )

    @cached_property
    def reads(self) -> dict[str, frozenset[str]]:
        """Columns read of each declared table."""
        found: dict[str, set[str]] = {table: set() for table in self.tables}
        for scope in self.scopes:
            for column in scope.columns:
                source = scope.sources.get(column.table)
                if isinstance(source, exp.Table):
                    found[source.name].add(column.name)
        return {table: frozenset(columns - {COMPLETE}) for table, columns in found.items()}

    @cached_property
    def output(self) -> tuple[str, ...]:
        return tuple(self.tree.named_selects)

    @cached_property
    def lineage(self) -> dict[str, frozenset[tuple[str, str]]]:
        """For each output column the (table, column) pairs its values come from."""
        known: dict[int, list[frozenset[tuple[str, str]]]] = {}
        for scope in self.scopes:
            if scope.set_operation_scopes:
                sides = [known[id(side)] for side in scope.set_operation_scopes]
                known[id(scope)] = [frozenset().union(*parts) for parts in zip(*sides, strict=True)]
            else:
                known[id(scope)] = [_origins(select, scope, known) for select in _query(scope).selects]
        return dict(zip(self.output, known[id(self.scopes[-1])], strict=True))

    def parameters(self) -> set[tuple[str, bool, bool]]:
        """The parameters the rule asks for: name, whether by a day, whether by a key."""
        calls = [c for c in self.tree.find_all(exp.Anonymous) if c.name.lower() in ("param", "param_has")]
        asked = [(c.expressions[0].name, c.name.lower() == "param", len(c.expressions)) for c in calls]
        return {(name, dated and given > 1, dated and given > 2) for name, dated, given in asked}

    @cached_property
    def counts_workdays(self) -> bool:
        return any(c.name.lower() in ("workdays", "is_workday") for c in self.tree.find_all(exp.Anonymous))

    def type_problems(self) -> list[str]:
        """What only types can show: date arithmetic and casts that round on one engine and truncate on the other."""
        typed = annotate_types(self.tree.copy(), schema=_with_complete(self.schema), dialect="duckdb")
        return list(dict.fromkeys(_type_problems(typed)))

    @_without_collection
    def bind(self, bindings: Bindings, dialect: str) -> str:
        """The rule as SQL text for ``duckdb`` or ``spark``."""
        tree, write = self.tree.copy(), _writer(dialect)
        calls = list(tree.find_all(exp.Anonymous))
        if any(call.name.lower() == "absent" for call in calls):
            for scope in traverse_scope(tree):
                _mark_absent(scope, bindings)
        for call in reversed(calls):  # the inner ones first
            if call.name.lower() != "absent":
                texts = [write(argument) for argument in call.expressions]
                call.replace(exp.Var(this=f"({_written(call, texts, bindings, dialect)})"))
        return write(tree)


_DO = say("改正规则;写法见 CONTRIBUTING。", "correct the rule; CONTRIBUTING says how rules are written.")


def _in_engine_functions(tree: exp.Expr) -> Iterator[exp.Expr]:
    """The nodes of a tree in which add_months, which SQLGlot knows with a meaning of its own, is the engine's."""
    for node in tree.walk():
        if isinstance(node, exp.AddMonths):
            call = exp.Anonymous(this="add_months", expressions=[node.this, node.expression])
            node.replace(call)
            yield call
        else:
            yield node


def _forget_places(tree: exp.Expr) -> None:
    """Drop the line and column that SQLGlot keeps of each word: they make copies of a tree seven times as dear."""
    for node in tree.walk():
        node._meta = None


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def _names(schema: Schema) -> dict[str, object]:
    """The schema with one type for all columns: names are all that qualifying asks for."""
    return {table: dict.fromkeys([*columns, COMPLETE], "VARCHAR") for table, columns in schema.items()}


def _with_complete(schema: Schema) -> dict[str, object]:
    return {table: {**columns, COMPLETE: "BOOLEAN"} for table, columns in schema.items()}


def _problems(nodes: Sequence[exp.Expr], schema: Schema) -> Iterator[str]:
    ctes = {node.alias for node in nodes if isinstance(node, exp.CTE)}
    for node in nodes:
        if isinstance(node, exp.Anonymous):
            yield from _call_problems(node)
        elif isinstance(node, exp.Star) and isinstance(node.parent, exp.Count):
            continue
        elif type(node) in _REFUSED:
            zh, en = _REFUSED[type(node)]
            yield say(zh, en)
        elif isinstance(node, exp.Table):
            if node.name not in ctes and node.name not in schema:
                yield say(f"没有表 {node.name}", f"there is no table {node.name}")
        elif isinstance(node, exp.With) and node.recursive:
            yield say("不许递归 CTE", "recursive CTEs are refused")
        elif isinstance(node, exp.Order) and not isinstance(node.parent, exp.Window):
            yield say("ORDER BY 只许用在窗口里", "ORDER BY is for windows only")
        elif isinstance(node, exp.Join) and node.args.get("method"):
            yield say(f"不许 {node.args['method']} JOIN", f"{node.args['method']} JOIN is refused")
        elif not isinstance(node, _NODES):
            name = node.sql_name() if isinstance(node, exp.Func) else type(node).__name__
            yield say(f"不在允许的子集内:{name}", f"outside the checked subset: {name}")


def _call_problems(node: exp.Anonymous) -> Iterator[str]:
    name = node.name.lower()
    if name not in ARITY:
        yield say(f"没有函数 {name}", f"there is no function {name}")
        return
    low, high = ARITY[name]
    if not low <= len(node.expressions) <= high:
        yield say(f"{name} 的参数个数不对", f"wrong number of arguments to {name}")
    elif name in ("param", "param_has", "complete") and not node.expressions[0].is_string:
        yield say(f"{name} 的第一个参数须是文字", f"the first argument of {name} is a literal text")
    elif name == "absent" and not isinstance(node.expressions[0], exp.Column):
        yield say("absent 的参数须是一列", "the argument of absent is a column")


_DATES = {exp.DataType.Type.DATE, exp.DataType.Type.TIMESTAMP, exp.DataType.Type.INTERVAL}
_WHOLE = {exp.DataType.Type.INT, exp.DataType.Type.BIGINT, exp.DataType.Type.SMALLINT}
_BROKEN = {exp.DataType.Type.DECIMAL, exp.DataType.Type.DOUBLE, exp.DataType.Type.FLOAT}


def _type_problems(tree: exp.Expr) -> Iterator[str]:
    for node in tree.find_all(exp.Add, exp.Sub):
        if any(side.type is not None and side.type.this in _DATES for side in (node.this, node.expression)):
            yield say("日期加减请写 days 或 add_days", "write days or add_days instead of adding to dates")
    for cast in tree.find_all(exp.Cast):
        source = cast.this.type.this if cast.this.type is not None else None
        rounded = isinstance(cast.this, exp.Round | exp.Floor | exp.Ceil)
        if cast.to.this in _WHOLE and source in _BROKEN and not rounded:
            yield say("小数转整数请先 floor 或 round", "write floor or round before casting a decimal to an integer")


def _origins(
    select: exp.Expr, scope: Scope, known: Mapping[int, list[frozenset[tuple[str, str]]]]
) -> frozenset[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for column in select.find_all(exp.Column):
        source = _source(column.table, scope)
        if isinstance(source, exp.Table):
            found.add((source.name, column.name))
        elif isinstance(source, Scope) and id(source) in known and column.name in _query(source).named_selects:
            found |= known[id(source)][_query(source).named_selects.index(column.name)]
        else:
            found.add(("?", column.name))  # unresolved: counts as personal
    return frozenset(found)


def _query(scope: Scope) -> exp.Query:
    assert isinstance(scope.expression, exp.Query)  # the checked subset has no other kind of scope
    return scope.expression


def _source(alias: str, scope: Scope) -> exp.Expr | Scope | None:
    """What an alias stands for in a scope or in the subqueries of its conditions."""
    if alias in scope.sources:
        return scope.sources[alias]
    inner = (_source(alias, sub) for sub in scope.subquery_scopes)
    return next((source for source in inner if source is not None), None)


def _mark_absent(scope: Scope, bindings: Bindings) -> None:
    """Replace absent(t.col) while the table behind the alias is still known."""
    for call in [c for c in scope.find_all(exp.Anonymous) if c.name.lower() == "absent"]:
        column = call.expressions[0]
        source = scope.sources.get(column.table)
        if not isinstance(source, exp.Table):
            what = say("只能用于同一 SELECT 所读的规范表的列。", "it takes a column of a table in the FROM beside it.")
            raise Fault(call.sql(dialect="duckdb"), what, _DO)
        alias, status = column.table, bindings.status_of(source.name, column.name)
        recorded = f"COALESCE({alias}.{status}, '') = 'no' OR " if status else ""
        call.replace(exp.Var(this=f"({alias}.{column.name} IS NULL AND ({recorded}{alias}.{COMPLETE}))"))


def _writer(dialect: str) -> Callable[[exp.Expr], str]:
    """What writes trees as text; making it takes longer than most writing."""
    generator = Dialect.get_or_raise(dialect).generator(comments=False)
    return lambda tree: generator.generate(tree, copy=False)


def _day(day: date) -> str:
    return f"CAST('{day.isoformat()}' AS DATE)"


def _written(call: exp.Anonymous, texts: Sequence[str], bindings: Bindings, dialect: str) -> str:
    """What a call of the engine's function stands for, with its arguments as ``texts``."""
    name, arguments = call.name.lower(), call.expressions
    if name in ("param", "param_has") and arguments[0].name not in bindings.parameters:
        raise Fault(texts[0], say("卡片没有这个参数。", "the card has no such parameter."), _DO)
    if name == "as_of":
        return _day(bindings.as_of)
    if name == "param":
        return _param(bindings.parameters[arguments[0].name], texts[1:])
    if name == "param_has":
        return _param_has(bindings.parameters[arguments[0].name], texts[1])
    if name == "complete":
        return declared_complete(bindings.complete.get(arguments[0].name, ()), texts[1])
    if name == "workdays":
        return _workdays(texts[0], texts[1], bindings.calendar, dialect)
    if name == "is_workday":
        return f"{_workdays_from_day_before(texts[0], bindings.calendar, dialect)} = 1"
    return TEMPLATES[dialect][name].format(*(f"({text})" for text in texts))


def _param(values: Sequence[Value], arguments: Sequence[str]) -> str:
    """The value in force: the row's key before the general value, the latest day before earlier ones."""
    day, key = [*arguments, None, None][:2]
    ordered = sorted(values, key=lambda v: (v.key is not None, v.since or date.min), reverse=True)
    branches = []
    for value in ordered:
        conditions = []
        if value.key is not None:
            conditions.append(f"{key} = '{value.key.replace(chr(39), chr(39) * 2)}'" if key else "FALSE")
        if value.since is not None:
            conditions.append(f"CAST({day} AS DATE) >= {_day(value.since)}" if day else "FALSE")
        sql = "NULL" if value.sql is None else str(value.sql)
        branches.append(f"WHEN {' AND '.join(conditions) or 'TRUE'} THEN {sql}")
    return f"CASE {' '.join(branches)} END"


def _param_has(values: Sequence[Value], item: str) -> str:
    listed = values[0].sql if values else None
    return "TRUE" if listed is None else f"({item} IN ({', '.join(listed) or 'NULL'}))"


def declared_complete(periods: Sequence[tuple[date, date]], day: str) -> str:
    """SQL that is true when ``day`` lies in one of the declared periods."""
    if not periods:
        return "FALSE"
    return " OR ".join(f"COALESCE(CAST({day} AS DATE) BETWEEN {_day(a)} AND {_day(b)}, FALSE)" for a, b in periods)


def _outside(day: str, calendar: Calendar) -> str:
    return f"(CAST({day} AS DATE) < {_day(calendar.start)} OR CAST({day} AS DATE) > {_day(calendar.end)})"


def _workdays(first: str, last: str, calendar: Calendar, dialect: str) -> str:
    start, ordinal, error = _day(calendar.start), _ORDINAL[dialect], _ERROR[dialect]
    return (
        f"CASE WHEN ({first}) IS NULL OR ({last}) IS NULL THEN NULL"
        f" WHEN {_outside(first, calendar)} THEN {error.format(day=first)}"
        f" WHEN {_outside(last, calendar)} THEN {error.format(day=last)}"
        f" ELSE CAST({ordinal.format(start=start, day=last)} - {ordinal.format(start=start, day=first)} AS BIGINT) END"
    )


def _workdays_from_day_before(day: str, calendar: Calendar, dialect: str) -> str:
    before = TEMPLATES[dialect]["add_days"].format(f"({day})", "-1")
    return _workdays(before, day, calendar, dialect)
