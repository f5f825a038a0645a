"""The canonical tables: what columns mean, their types, keys, codes, sensitivity and when a fact is known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from threading import Lock
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
    ``synonyms`` are what is written instead of a code, each with the code it means.
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
    synonyms: tuple[tuple[str, str], ...] = ()
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
    said = spec.pop("synonyms", {})
    spec["synonyms"] = tuple((str(word), str(code)) for code, words in said.items() for word in words)
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


class CanonicalTables(Mapping[str, Table]):
    """All canonical tables by name, in the order of their files. A file is parsed when somebody asks for a table of
    it: their names stand alone on their lines, indented by two."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._file: dict[str, str] = {}  # the file of each table
        self._texts, self._parsed, self._lock = texts, dict[str, Table](), Lock()
        for file, text in texts.items():
            for name in _TABLE_LINE.findall(text.partition("\ntables:\n")[2]):
                if name in self._file:
                    raise ValueError(f"{file}: table {name} is declared twice")
                self._file[name] = file

    def __getitem__(self, name: str) -> Table:
        with self._lock:
            if name not in self._parsed:
                self._parse(self._file[name])
            return self._parsed[name]

    def _parse(self, file: str) -> None:
        group = yaml.load(self._texts[file], Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        found = {name: _table(name, group["group"], spec) for name, spec in group["tables"].items()}
        if list(found) != [name for name, other in self._file.items() if other == file]:
            raise ValueError(f"{file}: write each table's name alone on its line, indented by two")
        self._parsed |= found

    def __contains__(self, name: object) -> bool:
        return name in self._file

    def __iter__(self) -> Iterator[str]:
        return iter(self._file)

    def __len__(self) -> int:
        return len(self._file)


_TABLE_LINE = re.compile(r"^  (\w+):$", re.MULTILINE)


@cache
def tables() -> CanonicalTables:
    """All canonical tables."""
    paths = sorted((p for p in files(__name__).iterdir() if p.name.endswith(".yaml")), key=lambda p: p.name)
    return CanonicalTables({path.name: path.read_text(encoding="utf-8") for path in paths})
