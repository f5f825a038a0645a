"""The clock process: does what is due, again and again. Each sweep may be repeated or interrupted without harm."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import close_old_connections

logger = logging.getLogger("lianfang.clock")


@dataclass
class Sweep:
    """One thing that is done every so many seconds."""

    name: str
    every: int
    work: Callable[[], object]
    due: float = field(default=0.0)


def sweeps() -> list[Sweep]:
    """Everything that the clock does, in this order."""
    from lianfang.web.alerts import deadlines
    from lianfang.web.detection import clock as detection
    from lianfang.web.portal import clock as portal
    from lianfang.web.registers import clock as registers
    from lianfang.web.shared import sealing, sweeping

    return [
        Sweep("take up imports and runs that were cut off, expire evidence", 10, detection.sweep),
        Sweep("deadlines of alerts", 20, deadlines.sweep),
        Sweep("end publicity periods of risk points", 600, registers.sweep),
        Sweep("carry packages to the portal", 3, portal.sweep),
        Sweep("seal the log", 60, sealing.seal),
        Sweep("forget old form tokens and sessions", 3600, sweeping.forget_tokens),
    ]


def tick(due: list[Sweep], now: float) -> None:
    """Run what is due at ``now`` (seconds of a steady clock). A sweep that fails is tried again at its next turn."""
    for sweep in due:
        if now >= sweep.due:
            sweep.due = now + sweep.every
            close_old_connections()
            try:
                sweep.work()
            except Exception:
                logger.exception("sweep failed: %s", sweep.name)


def run() -> None:
    """Go round until told to stop; a sweep under way is finished first."""
    stopped = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopped.set())
    due = sweeps()
    while not stopped.wait(1):
        tick(due, time.monotonic())
