"""Derived tables: views that the engine gives to every rule, so that no rule has to build them (links with time …).

Each is one file ``tables/derived/<name>.sql``: comment lines ``-- zh:``, ``-- en:`` say what a row is, each
``-- needs:`` line names columns of which one must be there (``company_holder.holder_key | company_staff.person_key``),
then one SELECT in the checked subset. A run materialises a derived table once, when the first rule uses it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from threading import RLock

from sqlglot import exp
from sqlglot.optimizer.annotate_types import annotate_types

from lianfang.engine.sql import Rule, Schema
from lianfang.engine.tables import tables


@dataclass(frozen=True)
class Derived:
    """A derived table: ``needs`` holds groups of (table, column), one of each group must be in the data."""

    name: str
    zh: str
    en: str
    needs: tuple[tuple[tuple[str, str], ...], ...]
    rule: Rule

    @property
    def columns(self) -> Mapping[str, str]:
        """The columns and their types."""
        return _Columns(self.rule)


class _Columns(Mapping[str, str]):
    """The columns of a derived table. Their names are known from its text, and mostly all that is asked for; their
    types are found out when somebody looks at one."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    def __getitem__(self, name: str) -> str:
        return self._types[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.rule.output)

    def __len__(self) -> int:
        return len(self.rule.output)

    @cached_property
    def _types(self) -> dict[str, str]:
        return _types(self.rule)


class DerivedTables(Mapping[str, Derived]):
    """All derived tables by name; each is parsed when somebody asks for it."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(sorted(texts.items()))
        self._parsed: dict[str, Derived] = {}
        self._begun: list[str] = []
        self._lock = RLock()

    def __getitem__(self, name: str) -> Derived:
        with self._lock:
            if name not in self._parsed:
                if name in self._begun:
                    raise ValueError(f"derived tables read each other in a circle: {', '.join(self._begun)}")
                self._begun.append(name)
                self._parsed[name] = _derived(name, self._texts[name])
                self._begun.remove(name)
            return self._parsed[name]

    def __contains__(self, name: object) -> bool:
        return name in self._texts

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def in_order(self, names: Iterable[str]) -> tuple[str, ...]:
        """The derived tables among ``names`` and those that they read, each after what it reads."""
        found: dict[str, None] = {}
        for name in sorted(name for name in names if name in self):
            found |= dict.fromkeys((*self.in_order(self[name].rule.tables), name))
        return tuple(found)


@cache
def derived() -> DerivedTables:
    """All derived tables; one may read another."""
    folder = files("lianfang.engine.tables") / "derived"
    return DerivedTables(
        {p.name[:-4]: p.read_text(encoding="utf-8") for p in folder.iterdir() if p.name.endswith(".sql")}
    )


class _RuleSchema(Mapping[str, Mapping[str, str]]):
    def __getitem__(self, name: str) -> Mapping[str, str]:
        if name in derived():
            return derived()[name].columns
        return {column.name: column.sql_type for column in tables()[name].columns.values()}

    def __contains__(self, name: object) -> bool:
        return name in tables() or name in derived()

    def __iter__(self) -> Iterator[str]:
        yield from tables()
        yield from derived()

    def __len__(self) -> int:
        return len(tables()) + len(derived())


def rule_schema() -> Schema:
    """What a rule may read: canonical and derived tables."""
    return _RuleSchema()


def needed(text: str) -> tuple[tuple[tuple[str, str], ...], ...]:
    """The groups of (table, column) that the ``-- needs:`` lines of a statement name: one of each must be there."""
    lines = [line[2:].strip() for line in text.splitlines() if line.startswith("--")]
    groups = [line.removeprefix("needs:").split("|") for line in lines if line.startswith("needs:")]
    return tuple(tuple((t, c) for t, _, c in (one.strip().partition(".") for one in group)) for group in groups)


def _derived(name: str, text: str) -> Derived:
    heads = [line[2:].strip() for line in text.splitlines() if line.startswith("--")]
    said = {key: [h.removeprefix(f"{key}:").strip() for h in heads if h.startswith(f"{key}:")] for key in ("zh", "en")}
    needs = needed(text)
    rule = Rule.parse(text, rule_schema(), f"tables/derived/{name}.sql")
    inherited = tuple(group for table in rule.tables if table in derived() for group in derived()[table].needs)
    return Derived(name, " ".join(said["zh"]), " ".join(said["en"]), needs + inherited, rule)


def _types(rule: Rule) -> dict[str, str]:
    typed = annotate_types(rule.tree.copy(), schema={t: dict(c) for t, c in rule.schema.items()}, dialect="duckdb")
    unknown = exp.DataType.Type.UNKNOWN
    return {
        select.alias_or_name: select.type.sql("duckdb")
        if select.type is not None and select.type.this != unknown
        else "VARCHAR"
        for select in typed.selects
    }
