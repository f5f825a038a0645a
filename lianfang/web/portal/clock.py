"""What the clock process does for the portal."""

from __future__ import annotations

from lianfang.web.portal import actions


def sweep() -> int:
    """Carry what waits to the portal; returns how many packages."""
    return actions.carry()
