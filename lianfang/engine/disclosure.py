"""Rounding and suppression before a number may leave the house, and what each level of disclosure lets out."""

from __future__ import annotations

from typing import Literal

Level = Literal["counts", "units", "keys", "full"]
LEVELS: tuple[Level, ...] = ("counts", "units", "keys", "full")
SMALLEST = 5  # a number below this is not told: it could point at one person
ROUNDED_TO = 5

# Columns of the findings that travel at a level; at `units` they are counted per unit, at `counts` none travels.
TRAVELLING: dict[Level, tuple[str, ...]] = {
    "counts": (),
    "units": ("code", "unit_id", "colour"),
    "keys": ("finding_key", "code", "unit_id", "subject_type", "subject_id", "period", "colour"),
    "full": (),
}


def told(number: int) -> int | str:
    """A count as it may be published: 0 as it is, small ones as ``<5``, the rest rounded to the nearest five."""
    if number == 0:
        return 0
    if number < SMALLEST:
        return f"<{SMALLEST}"
    return ROUNDED_TO * ((number + ROUNDED_TO // 2) // ROUNDED_TO)
