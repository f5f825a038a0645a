"""The canonical tables: what columns mean, their types, keys, codes, sensitivity and when a fact is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

# type of a column -> (DuckDB type, meaning). Money is yuan unless the column states another unit.
TYPES = {
    "text": "VARCHAR",
    "code": "VARCHAR",  # text out of a code list
    "status": "VARCHAR",  # yes / no / unknown: what is recorded of another column's fact
    "person_key": "VARCHAR",  # keyed digest of an identity number, made at reading
    "bool": "BOOLEAN",
    "int": "BIGINT",
    "money": "DECIMAL(18,2)",
    "ratio": "DECIMAL(9,6)",
    "quantity": "DECIMAL(18,4)",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
SENSITIVITIES = ("public", "internal", "personal")


@dataclass(frozen=True)
class Column:
    """One column of a canonical table.

    ``known_at`` names the column of the same row by whose date this value is known (an award price by
    the day of the award notice); a date that is not ``planned`` is known on its own day.
    ``of`` is set on a status column and names the column whose presence it records.
    ``defaults`` are values that machines fill in and that mean nothing (``Administrator``).
    """

    name: str
    type: str
    zh: str
    en: str
    required: bool = False
    sensitivity: str = "internal"
    unit: str | None = None
    codes: tuple[str, ...] = ()
    open_codes: bool = False
    ref: str | None = None
    known_at: str | None = None
    planned: bool = False
    of: str | None = None
    defaults: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    note: str | None = None

    @property
    def sql_type(self) -> str:
        return TYPES[self.type]


@dataclass(frozen=True)
class Table:
    """One canonical table. ``known_at`` lists the columns whose earliest date is the day a row is known."""

    name: str
    group: str
    zh: str
    en: str
    key: tuple[str, ...]
    columns: dict[str, Column] = field(hash=False)
    known_at: tuple[str, ...] = ()
    row_zh: str = ""
    row_en: str = ""
    refresh: str = ""
    source: str = ""

    def status_column(self, name: str) -> str | None:
        """The status column that records whether ``name`` is there, or None."""
        return next((c.name for c in self.columns.values() if c.of == name), None)


def _column(name: str, spec: Mapping[str, Any]) -> Column:
    spec = dict(spec)
    for listed in ("codes", "defaults"):
        spec[listed] = tuple(str(value) for value in spec.get(listed, ()))
    return Column(name=name, **spec)


def _table(name: str, group: str, spec: Mapping[str, Any]) -> Table:
    spec = dict(spec)
    columns = {c: _column(c, s) for c, s in spec.pop("columns").items()}
    row = spec.pop("row", {})
    return Table(
        name=name,
        group=group,
        columns=columns,
        key=tuple(spec.pop("key")),
        known_at=tuple(spec.pop("known_at", ())),
        row_zh=row.get("zh", ""),
        row_en=row.get("en", ""),
        **spec,
    )


@cache
def tables() -> dict[str, Table]:
    """All canonical tables by name, in the order of their files."""
    found: dict[str, Table] = {}
    for path in sorted((p for p in files(__name__).iterdir() if p.name.endswith(".yaml")), key=lambda p: p.name):
        group = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        for name, spec in group["tables"].items():
            if name in found:
                raise ValueError(f"{path.name}: table {name} is declared twice")
            found[name] = _table(name, group["group"], spec)
    return found
