"""What the clock process does for the registers."""

from __future__ import annotations

from lianfang.web.registers import actions


def sweep() -> int:
    """End the publicity periods that are over; returns how many."""
    return actions.end_publicity()
