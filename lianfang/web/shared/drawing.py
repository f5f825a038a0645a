"""The geometry of small drawings in a page: computed here, so that a template only writes attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

STEPS = (1, 2, 5)


@dataclass(frozen=True)
class Piece:
    """One piece of a bar in percent of its width: what lies beyond the limit is drawn striped."""

    x: str
    width: str
    middle: str
    label: str
    is_beyond: bool


@dataclass(frozen=True)
class Tick:
    """A mark of the axis; on a phone the far ones give way to the unit's name."""

    x: str
    label: str
    is_far: bool


@dataclass(frozen=True)
class LimitBar:
    """Stacked amounts against a limit."""

    pieces: tuple[Piece, ...]
    limit_x: str
    ticks: tuple[Tick, ...]


def _percent(value: Decimal, whole: Decimal) -> str:
    return f"{value * 100 / whole:.2f}%"


def _step(longest: Decimal, wanted: int) -> Decimal:
    """The distance of the ticks: 1, 2 or 5 times a power of ten, ``wanted`` ticks at most."""
    step = Decimal(10) ** (len(str(int(longest))) - 2 if longest >= 1 else -2)
    while True:
        for factor in STEPS:
            if longest / (step * factor) <= wanted:
                return step * factor
        step *= 10


def limit_bar(parts: Sequence[Mapping[str, Any]], limit: Any) -> LimitBar:
    """``parts`` are amounts in order; the one that crosses the limit is cut there, and both halves keep its place."""
    amounts = [Decimal(str(part["amount"])) for part in parts]
    bound = Decimal(str(limit))
    longest = max(sum(amounts, Decimal(0)), bound, Decimal("0.01"))
    # the axis is a little longer than what it carries; the words at its end need the room
    whole = longest * Decimal("1.15")
    pieces: list[Piece] = []
    done = Decimal(0)
    for number, (part, amount) in enumerate(zip(parts, amounts, strict=True), start=1):
        label = str(part.get("label") or number)
        before = max(min(amount, bound - done), Decimal(0))
        for start, length, is_beyond in ((done, before, False), (done + before, amount - before, True)):
            if length > 0:
                is_short = length * 100 / whole < 5
                middle = _percent(start + length / 2, whole)
                # of a piece cut in two, the half beyond the limit carries the mark that its row carries
                is_cut_before = not is_beyond and 0 < before < amount
                shown = "" if is_short or is_cut_before else label
                pieces.append(Piece(_percent(start, whole), _percent(length, whole), middle, shown, is_beyond))
        done += amount
    step = _step(longest, 8)
    ticks = [step * n for n in range(1, int(longest / step) + 1)]
    shown_ticks = tuple(Tick(_percent(tick, whole), f"{tick.normalize():f}", tick * 100 > whole * 75) for tick in ticks)
    return LimitBar(tuple(pieces), _percent(bound, whole), shown_ticks)


@dataclass(frozen=True)
class Line:
    """A line through points, and its last one."""

    points: str
    last_x: str
    last_y: str


def sparkline(values: Sequence[Any], width: int = 104, height: int = 34, margin: int = 3) -> Line | None:
    """A line of few points; two are needed. Equal values lie in the middle."""
    numbers = [float(value) for value in values]
    if len(numbers) < 2:
        return None
    low, high = min(numbers), max(numbers)
    across, down = width - 2 * margin, height - 2 * margin
    marks = [
        (
            margin + across * place / (len(numbers) - 1),
            margin + (down / 2 if high == low else down * (high - number) / (high - low)),
        )
        for place, number in enumerate(numbers)
    ]
    return Line(" ".join(f"{x:.1f},{y:.1f}" for x, y in marks), f"{marks[-1][0]:.1f}", f"{marks[-1][1]:.1f}")


@dataclass(frozen=True)
class Dot:
    x: str
    is_own: bool


def peer_strip(peers: Sequence[Any], own: Any) -> tuple[Dot, ...]:
    """One dot among others on a line from the lowest to the highest; the own one is drawn last."""
    values = [Decimal(str(value)) for value in peers]
    mine = Decimal(str(own))
    low, high = min([*values, mine]), max([*values, mine])
    width = (high - low) or Decimal(1)

    def place(value: Decimal) -> str:
        return f"{2 + (value - low) * 96 / width:.2f}%"

    return (*(Dot(place(value), False) for value in values), Dot(place(mine), True))


@dataclass(frozen=True)
class Slice:
    """One colour's share of a stacked bar."""

    colour: str
    x: str
    width: str
    middle: str
    count: int


def stack(counts: Mapping[str, int], whole: int) -> tuple[Slice, ...]:
    """Counts by colour beside each other, in percent of ``whole`` (the longest bar of the chart)."""
    slices = []
    done = Decimal(0)
    full = Decimal(max(whole, 1))
    for colour in ("yellow", "orange", "red"):
        count = counts.get(colour, 0)
        if count:
            size = Decimal(count)
            middle = _percent(done + size / 2, full)
            slices.append(Slice(colour, _percent(done, full), _percent(size, full), middle, count))
            done += size
    return tuple(slices)


def pips(left: int, total: int) -> tuple[bool, ...]:
    """One mark a working day, used ones first; empty when there are too many days to count marks."""
    if total > 10 or total < 1:
        return ()
    used = total - max(min(left, total), 0)
    return (True,) * used + (False,) * (total - used)
