"""Rounding and suppression before a number may leave the house, and the levels at which a run may travel."""

from __future__ import annotations

from typing import Literal, get_args

# counts: numbers alone · units: numbers per unit · keys: the subjects as well · full: metric, persons and evidence
Level = Literal["counts", "units", "keys", "full"]
LEVELS: tuple[Level, ...] = get_args(Level)
SMALLEST = 5  # a number below this is not told: it could point at one person
ROUNDED_TO = 5


def told(number: int) -> int | str:
    """A count as it may be published: 0 as it is, small ones as ``<5``, the rest rounded to the nearest five."""
    if number == 0:
        return 0
    if number < SMALLEST:
        return f"<{SMALLEST}"
    return ROUNDED_TO * ((number + ROUNDED_TO // 2) // ROUNDED_TO)
