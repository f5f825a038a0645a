"""What a scheme is: three ways of doing it, one evasive, and the lawful thing that looks like it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lianfang.demo.schemes.scene import Scene
from lianfang.demo.story import Matter, Row, Subject
from lianfang.engine.tables import tables

VARIANTS = ("plain", "disguised", "evasive")
INNOCENT = "innocent"
NAMING = ("text", "code", "person_key", "date")


@dataclass(frozen=True)
class Told:
    """What was written: the unit that answers for it and the rows that a truth-finder would point at."""

    unit_id: str
    rows: dict[str, list[Row]]

    def subjects(self) -> tuple[Subject, ...]:
        return tuple(
            Subject(table, "/".join(str(row[part]) for part in tables()[table].key), _values(table, row))
            for table, rows in self.rows.items()
            for row in rows
        )


def _values(table: str, row: Row) -> tuple[str, ...]:
    """The words, numbers and days of a row that a group of rows may be named by."""
    columns = tables()[table].columns
    named = (str(v) for c, v in row.items() if v is not None and columns[c].type in NAMING)
    return tuple(dict.fromkeys(named))


def told(unit_id: str, **rows: Row | Sequence[Row]) -> Told:
    """``told("EZ02", contract=[a, b], company=firm)``."""
    return Told(unit_id, {table: [found] if isinstance(found, dict) else list(found) for table, found in rows.items()})


Part = Callable[[Scene], Told]


@dataclass
class Scheme:
    """One scheme: what it is, out of which law or published kind of case, and how it is written in each variant."""

    name: str
    field_zh: str
    zh: str
    en: str
    source_zh: str
    source_en: str
    parts: list[tuple[str, str, str, Part]] = field(default_factory=list)

    def tells(self, variant: str, zh: str, en: str) -> Callable[[Part], Part]:
        """Decorates the function that writes one variant; the two sentences say how it was done."""

        def keep(part: Part) -> Part:
            self.parts.append((variant, zh, en, part))
            return part

        return keep

    def play(self, scene: Scene) -> None:
        for variant, zh, en, part in self.parts:
            done = part(scene)
            matter = Matter(
                self.name,
                self.field_zh,
                variant,
                done.unit_id,
                zh,
                en,
                self.source_zh,
                self.source_en,
                done.subjects(),
            )
            (scene.story.lookalikes if variant == INNOCENT else scene.story.schemes).append(matter)
