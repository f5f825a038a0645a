"""Derived tables: views that the engine gives to every rule, so that no rule has to build them (links with time …).

Each is one file ``tables/derived/<name>.sql``: comment lines ``-- zh:``, ``-- en:`` say what a row is, each
``-- needs:`` line names columns of which one must be there (``company_holder.holder_key | company_staff.person_key``),
then one SELECT in the checked subset. A run materialises a derived table once, when the first rule uses it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

from sqlglot import exp
from sqlglot.optimizer.annotate_types import annotate_types

from lianfang.engine.sql import Rule
from lianfang.engine.tables import tables


@dataclass(frozen=True)
class Derived:
    """A derived table: ``needs`` holds groups of (table, column), one of each group must be in the data."""

    name: str
    zh: str
    en: str
    needs: tuple[tuple[tuple[str, str], ...], ...]
    rule: Rule

    @cached_property
    def types(self) -> dict[str, str]:
        """The type of each column."""
        return _types(self.rule)


@cache
def table_schema() -> dict[str, dict[str, str]]:
    """DuckDB types of the canonical tables' columns."""
    return {t.name: {c.name: c.sql_type for c in t.columns.values()} for t in tables().values()}


@cache
def derived() -> dict[str, Derived]:
    """All derived tables; one may read another that stands before it in the order of use."""
    folder = files("lianfang.engine.tables") / "derived"
    texts = {p.name[:-4]: p.read_text(encoding="utf-8") for p in folder.iterdir() if p.name.endswith(".sql")}
    found: dict[str, Derived] = {}
    waiting = sorted(texts)
    while waiting:
        ready = [
            name for name in waiting if not any(_mentions(texts[name], other) for other in waiting if other != name)
        ]
        if not ready:
            raise ValueError(f"derived tables read each other in a circle: {', '.join(waiting)}")
        for name in ready:
            found[name] = _derived(name, texts[name], found)
        waiting = [name for name in waiting if name not in ready]
    return found


@cache
def rule_schema() -> dict[str, dict[str, str]]:
    """What a rule may read: canonical and derived tables."""
    return table_schema() | {d.name: d.types for d in derived().values()}


def _mentions(text: str, name: str) -> bool:
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))
    return any(word in code.replace("(", " ").split() for word in (name, f"{name},", f"{name})"))


def needed(text: str) -> tuple[tuple[tuple[str, str], ...], ...]:
    """The groups of (table, column) that the ``-- needs:`` lines of a statement name: one of each must be there."""
    lines = [line[2:].strip() for line in text.splitlines() if line.startswith("--")]
    groups = [line.removeprefix("needs:").split("|") for line in lines if line.startswith("needs:")]
    return tuple(tuple((t, c) for t, _, c in (one.strip().partition(".") for one in group)) for group in groups)


def _derived(name: str, text: str, before: dict[str, Derived]) -> Derived:
    heads = [line[2:].strip() for line in text.splitlines() if line.startswith("--")]
    said = {key: [h.removeprefix(f"{key}:").strip() for h in heads if h.startswith(f"{key}:")] for key in ("zh", "en")}
    needs = needed(text)
    schema = table_schema() | {d.name: d.types for d in before.values()}
    rule = Rule.parse(text, schema, f"tables/derived/{name}.sql")
    inherited = tuple(group for table in rule.tables if table in before for group in before[table].needs)
    return Derived(name, " ".join(said["zh"]), " ".join(said["en"]), needs + inherited, rule)


def _types(rule: Rule) -> dict[str, str]:
    typed = annotate_types(rule.tree.copy(), schema=dict(rule.schema), dialect="duckdb")
    unknown = exp.DataType.Type.UNKNOWN
    return {
        select.alias_or_name: select.type.sql("duckdb")
        if select.type is not None and select.type.this != unknown
        else "VARCHAR"
        for select in typed.selects
    }
