"""The board of tiles: every township the same size, about where it lies, shaded by how much is open there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from lianfang.web.organisation.models import Unit

COLUMNS = 8
STEPS = (1, 3, 5, 9)  # from how many on a tile takes the next shade


@dataclass(frozen=True)
class Tile:
    """One unit on the board. ``ramp`` 0 is nothing open, 4 the darkest."""

    code: str
    name: str
    count: int
    column: int
    row: int
    red: bool
    url: str = ""

    @property
    def ramp(self) -> int:
        return sum(self.count >= step for step in STEPS)


@dataclass(frozen=True)
class Place:
    column: int
    row: int
    name: str = ""


@cache
def _file() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("tiles.yaml").read_text(encoding="utf-8"))
    return found


@cache
def places() -> Mapping[str, Place]:
    """Unit's code → its place on the board, as the office's file says."""
    return {str(code): Place(*given) for code, given in _file()["places"].items()}


def board(units: Iterable[Unit], counts: Mapping[str, int], red: Iterable[str]) -> list[Tile]:
    """The tiles of ``units``: those the file knows at their place, the others in the next free ones."""
    listed, with_red = list(units), set(red)
    # division codes are written with nine digits or filled up to twelve
    known = {unit.code: places()[unit.division] for unit in listed if unit.division in places()}
    free = _free(max((place.row for place in known.values()), default=0) + 1)
    tiles = []
    for unit in listed:
        place = known.get(unit.code) or next(free)
        count, name = counts.get(unit.code, 0), place.name or short(unit)
        tiles.append(Tile(unit.code, name, count, place.column, place.row, unit.code in with_red))
    return sorted(tiles, key=lambda tile: (tile.row, tile.column))


def _free(first: int) -> Iterator[Place]:
    """Places from row ``first`` on, left to right."""
    for row, column in product(range(first, 1000), range(1, COLUMNS + 1)):
        yield Place(column, row)


def short(unit: Unit) -> str:
    """A township's name without its kind, if two characters at least are left."""
    name = unit.short_name or unit.name
    for ending in _file()["endings"]:
        if name.endswith(ending) and len(name) - len(ending) >= 2:
            return name.removesuffix(ending)
    return name
