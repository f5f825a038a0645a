"""The real divisions of Ezhou, from the city down to its villages and communities: names and codes of 2023."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CITY_CODE = "420700"
CITY, DISTRICT, TOWNSHIP, VILLAGE = 2, 3, 4, 5
TREE = Path(__file__).with_name("ezhou_divisions.csv")


@dataclass(frozen=True)
class Division:
    level: int
    code: str
    name: str
    parent: str


@cache
def tree() -> tuple[Division, ...]:
    with TREE.open(encoding="utf-8", newline="") as file:
        return tuple(Division(int(r["level"]), r["code"], r["name"], r["parent"]) for r in csv.DictReader(file))


def at_level(level: int) -> tuple[Division, ...]:
    return tuple(one for one in tree() if one.level == level)


@cache
def townships_of(district: str) -> tuple[Division, ...]:
    return _below(district)


@cache
def villages_of(township: str) -> tuple[Division, ...]:
    return _below(township)


@cache
def township(name: str) -> Division:
    return next(one for one in at_level(TOWNSHIP) if one.name == name)


@cache
def district_of(township_name: str) -> Division:
    parent = township(township_name).parent
    return next(one for one in at_level(DISTRICT) if one.code == parent)


def long_code(code: str) -> str:
    """The code as registers write it: six digits down to the district, twelve below."""
    return code.ljust(6 if len(code) <= 6 else 12, "0")


def _below(code: str) -> tuple[Division, ...]:
    return tuple(one for one in tree() if one.parent == code)
