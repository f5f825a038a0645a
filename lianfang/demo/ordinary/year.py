"""The year 2024 as offices live it: working days, busy months, prices and amounts, who is there."""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

from lianfang.demo import divisions
from lianfang.demo.cast import person_name
from lianfang.demo.story import Row, Story, identity_number, is_workday

FIRST, LAST = date(2024, 1, 1), date(2024, 12, 31)
# Little is paid in the month of the spring festival, much before the books close.
PAYING = (0.8, 0.45, 0.9, 0.95, 1.0, 1.1, 0.9, 0.9, 1.0, 0.85, 1.2, 1.9)
BUILDING = (0.6, 0.4, 1.2, 1.3, 1.2, 1.0, 0.8, 0.9, 1.2, 1.1, 0.9, 0.5)
EVEN = (1.0,) * 12
FIRST_BIRTH, DAYS_OF_BIRTH, FIRST_SERIAL = date(1938, 1, 1), 30_000, 500


FRONT, BACK = "春夏秋冬东南西北", "来升立隆昌茂"


@dataclass(frozen=True)
class Size:
    """How large the city is: rounds of schemes, households, firms, and records per unit."""

    name: str
    rounds: int
    households: int
    firms: int
    intensity: int


SIZES = {
    "tiny": Size("tiny", 1, 150, 40, 1),
    "district": Size("district", 2, 7_500, 400, 8),
    "city": Size("city", 4, 90_000, 3_000, 40),
}


class Year:
    """What the chapters of the ordinary year draw from; the same seed draws the same."""

    def __init__(self, story: Story, size: Size) -> None:
        self.story, self.size = story, size
        self.rng = random.Random(f"{story.seed} year")
        self.staff: dict[str, list[Row]] = {}
        for person in story.tables["person"]:
            if person["status"] == "在职" and not person["person_id"].startswith("RX"):  # not those of a scheme
                self.staff.setdefault(person["unit_id"], []).append(person)
        self.units = [unit for unit in story.tables["unit"] if unit["unit_id"] in self.staff]
        self.firms = [self._firm() for _ in range(size.firms)]
        self._numbers: dict[str, int] = {}
        self._people = 0
        self._days = {w: _weighted(w) for w in (PAYING, BUILDING, EVEN)}

    def new_units(self) -> Iterator[Row]:
        """The units whose year the chapters of the cast have not told."""
        return (unit for unit in self.units if not unit["unit_id"].startswith("U"))

    def villages(self) -> list[divisions.Division]:
        """The villages with records: some of each township in the tiny city, all in the others."""
        found = divisions.at_level(divisions.VILLAGE)
        return list(found[::12]) if self.size.name == "tiny" else list(found)

    def township_unit(self, village: str) -> str:
        return self._township_units.get(village[:9], f"T{village[:9]}")

    @property
    def _township_units(self) -> dict[str, str]:
        if not hasattr(self, "_held"):
            rows = (u for u in self.units if u["unit_id"].startswith("U") and len(u["region_code"]) == 12)
            self._held = {u["region_code"][:9]: u["unit_id"] for u in rows}
        return self._held

    def number(self, prefix: str) -> str:
        """A running number; the year's own prefixes differ from those of the story."""
        self._numbers[prefix] = self._numbers.get(prefix, 0) + 1
        return f"{prefix}{self._numbers[prefix]:07d}"

    def working_day(self, weights: tuple[float, ...] = EVEN) -> date:
        days, sums = self._days[weights]
        return days[bisect(sums, self.rng.random() * sums[-1])]

    def amount(self, low: float, high: float) -> float:
        """Many small, few large; some round, most odd."""
        value = low * (high / low) ** (self.rng.random() ** 1.6)
        kind = self.rng.random()
        if kind < 0.2:
            return float(round(value, -3 if value > 20_000 else -2))
        return round(value, 0 if kind < 0.4 else 2)

    def person(self) -> tuple[date, str, str]:
        """Birthday, identity number and name of somebody who appears in registers only."""
        number, self._people = self._people, self._people + 1
        # a step that shares no factor with the days walks through all of them before a serial is used twice
        born = FIRST_BIRTH + timedelta(days=number * 7_919 % DAYS_OF_BIRTH)
        return born, identity_number(born, FIRST_SERIAL + number // DAYS_OF_BIRTH), person_name(self.story)

    def account(self) -> str:
        return f"6217{self.rng.randrange(10**12):012d}"

    def firm(self) -> Row:
        return self.rng.choice(self.firms)

    def _firm(self) -> Row:
        founded = date(2008, 1, 1) + timedelta(days=self.rng.randrange(5_000))
        before, self.story.rng = self.story.rng, self.rng
        key = self.story.identity(1958, 1994)[1]
        number = self.story.credit_code()
        self.story.rng = before
        trade, industry = self.rng.choice(TRADES)
        row = {
            "company_id": number,
            "name": f"鄂州示例{self.rng.choice(FRONT)}{self.rng.choice(BACK)}{number[10:14]}{trade}有限公司",
            "legal_rep_key": key,
            "reg_address": f"鄂州市示例路{self.rng.randint(1, 1_900)}号{self.rng.randint(1, 40)}栋",
            "reg_phone": f"0272{self.rng.randrange(10**7):07d}",
            "reg_date": founded,
            "reg_capital": self.rng.choice((1, 2, 3, 5, 8, 10, 20, 50)) * 1_000_000,
            "industry_code": industry,
            "is_sme": True,
            "insured_count": self.rng.randint(5, 140),
            "status": "存续",
            "status_date": founded,
        }
        self.story.add("company", **row)
        self.story.add(
            "company_holder",
            company_id=number,
            holder_key=key,
            holder_kind="person",
            ratio=1,
            since_date=founded,
            until_date=None,
            is_controller=True,
        )
        return row


TRADES = (
    ("建筑工程", "E4700"),
    ("市政工程", "E4800"),
    ("水利工程", "E4822"),
    ("工程咨询", "M7481"),
    ("信息技术", "I6500"),
    ("办公设备", "F5179"),
    ("物业服务", "K7020"),
    ("汽车服务", "O8111"),
    ("农资", "F5166"),
)


def _weighted(weights: tuple[float, ...]) -> tuple[list[date], list[float]]:
    days = [day for n in range((LAST - FIRST).days + 1) if is_workday(day := FIRST + timedelta(days=n))]
    return days, list(accumulate(weights[day.month - 1] for day in days))
