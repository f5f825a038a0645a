"""The notebook in which the demonstration city is written: rows by table, and the truth about them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

import chinese_calendar
from stdnum.cn import ric, uscc

Row = dict[str, Any]
AS_OF = date(2024, 12, 31)

# A region code that no place has: every identity number and credit code with it is well formed and nobody's.
REGION = "990100"
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True)
class Event:
    """One thing that was written into the data on purpose. ``subject`` is what a finding about it names."""

    code: str
    subject: str
    table: str
    why: str


@dataclass(frozen=True)
class Subject:
    """A row that a matter touches: its table, its key (parts joined by "/"), and what else identifies it."""

    table: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Matter:
    """A scheme in one of its variants, or its innocent look-alike, as a truth-finder would write it down."""

    scheme: str
    field: str
    variant: str
    unit_id: str
    zh: str
    en: str
    source_zh: str
    source_en: str
    subjects: tuple[Subject, ...]


@dataclass
class Story:
    """Rows by table, what is planted, and the innocent look-alikes. The same seed tells the same story."""

    seed: int
    tables: dict[str, list[Row]] = field(default_factory=dict)
    planted: list[Event] = field(default_factory=list)
    innocent: list[Event] = field(default_factory=list)
    schemes: list[Matter] = field(default_factory=list)
    lookalikes: list[Matter] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self._counts: dict[str, int] = {}
        self._births: set[date] = set()
        self._born_on: dict[date, int] = {}

    def add(self, table: str, **row: Any) -> Row:
        self.tables.setdefault(table, []).append(row)
        return row

    def next_id(self, prefix: str) -> str:
        self._counts[prefix] = self._counts.get(prefix, 0) + 1
        return f"{prefix}{self._counts[prefix]:04d}"

    def plant(self, code: str, table: str, *subjects: str, why: str) -> None:
        """An event that law or a published kind of case says is worth a look."""
        self.planted += [Event(code, str(subject), table, why) for subject in subjects]

    def lookalike(self, code: str, table: str, *subjects: str, why: str) -> None:
        """Something lawful that resembles it and should stay silent."""
        self.innocent += [Event(code, str(subject), table, why) for subject in subjects]

    def day(self, first: date, last: date) -> date:
        return first + timedelta(days=self.rng.randint(0, (last - first).days))

    def working_day(self, first: date, last: date) -> date:
        return next_working_day(self.day(first, last))

    def money(self, low: int, high: int, step: int = 100) -> int:
        return self.rng.randrange(low, high + 1, step)

    def bid_prices(self, lowest: float, number: int) -> list[float]:
        """Prices upward from the lowest: the second 5 to 8 % above it, the others a little or a lot above the last."""
        prices = [lowest]
        for place in range(2, number + 1):
            gap = (
                self.rng.uniform(0.05, 0.08)
                if place == 2
                else self.rng.choice((0.008, 0.13)) * self.rng.uniform(0.7, 1.3)
            )
            prices.append(round(prices[-1] * (1 + gap), 2))
        return prices

    def birth(self, first_year: int, last_year: int) -> date:
        """A birthday nobody else in the story has, so that the identity number is unique."""
        while (born := self.day(date(first_year, 1, 1), date(last_year, 12, 31))) in self._births:
            continue
        self._births.add(born)
        return born

    def identity(self, first_year: int, last_year: int) -> tuple[date, str]:
        """A birthday and an identity number; many may share the day, none the number."""
        born = self.day(date(first_year, 1, 1), date(last_year, 12, 31))
        serial = self._born_on[born] = self._born_on.get(born, 1) + 1  # 001 is left to those of ``birth``
        return born, identity_number(born, serial)

    def credit_code(self) -> str:
        """A unified credit code with valid check characters, in a region that does not exist."""
        stem = f"{self.rng.randrange(10**8):08d}"
        rest = (11 - sum(int(d) * w for d, w in zip(stem, ORGANISATION_WEIGHTS, strict=True)) % 11) % 11
        number = f"91{REGION}{stem}{'X' if rest == 10 else rest}"
        return number + uscc.calc_check_digit(number)


def identity_number(born: date, serial: int = 1) -> str:
    number = f"{REGION}{born:%Y%m%d}{serial:03d}"
    return number + ric.calc_check_digit(number + "0")


is_workday = cache(chinese_calendar.is_workday)


def next_working_day(day: date) -> date:
    while not is_workday(day):
        day += timedelta(days=1)
    return day


def add_working_days(day: date, number: int) -> date:
    """The ``number``-th working day after ``day``."""
    for _ in range(number):
        day = next_working_day(day + timedelta(days=1))
    return day


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute))
