"""Kills parts of a running office at chosen and at chance moments, starts them again, and keeps count."""

from __future__ import annotations

import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL

from tests.journeys.dying import LAST
from tests.journeys.site import Site

LEASE = 3  # seconds until a killed worker's work is queued again
PATIENCE = 300  # seconds that anything may take, however often it is killed
PARTS = ("web", "worker", "clock")


@dataclass
class MortalSite(Site):
    """An office whose parts die where they are told to."""

    @property
    def deaths(self) -> Path:
        return self.store / "deaths"

    @property
    def environment(self) -> dict[str, str]:
        own = {"LIANFANG_LEASE_SECONDS": str(LEASE), "JOURNEY_DEATHS": str(self.deaths)}
        own["LIANFANG_EVIDENCE_SECRET"] = "the same in every twin, so that digests can be compared"
        return {**super().environment, **own}

    def _commands(self) -> dict[str, Sequence[str]]:
        web = [
            "tests.journeys.dying_web:application" if word == "lianfang.web.wsgi:application" else word
            for word in super()._commands()["web"]
        ]
        mortal = [sys.executable, "-m", "tests.journeys.dying"]
        return {"web": web, "worker": [*mortal, "worker"], "clock": [*mortal, "clock"]}


@dataclass
class Killer:
    """Whoever kills. Without ``lines`` nothing is killed: how many lines each thing takes is learnt instead."""

    site: MortalSite
    seed: int = 1
    lines: dict[str, list[int]] = field(default_factory=dict)
    kills: Counter[tuple[str, str]] = field(default_factory=Counter)
    learnt: dict[str, list[int]] = field(default_factory=dict)
    phase: str = "import"

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.site.deaths.mkdir(parents=True, exist_ok=True)
        self.posts = 0

    @property
    def is_killing(self) -> bool:
        return bool(self.lines)

    # ---- arming ------------------------------------------------------------------------------------------------

    def before(self, step: str) -> None:
        """A form is about to be sent: let the web server die in the middle of it, or with its answer unsent."""
        if not self.is_killing:
            self._arm("web", [["*", 0]])
            return
        self.posts += 1
        if self.posts % 3:
            self._arm("web", [["*", LAST if self.posts % 3 == 2 else self._line(f"web {step}")]])

    def after(self, step: str) -> None:
        (self.site.deaths / "web.arm").unlink(missing_ok=True)
        for _unit, count in self._lived("web"):
            self.learnt.setdefault(f"web {step}", []).append(count)

    def tasks(self, *units: str) -> None:
        """Let the worker die once in each of the next tasks that are named."""
        if self.is_killing:
            self._arm("worker", [[unit, self._line(f"worker {unit}")] for unit in units])
        else:
            self._arm("worker", [[unit, 0] for unit in units])

    def learn(self) -> None:
        for unit, count in self._lived("worker"):
            self.learnt.setdefault(f"worker {unit}", []).append(count)

    def sweep(self) -> None:
        """Let the clock die in a sweep."""
        if self.is_killing:
            self._arm("clock", [["tick", self.chance.randint(1, 1500)]])

    def strike(self, part: str) -> None:
        """Kill a part now, whatever it is doing."""
        if self.is_killing and self.site.is_running(part):
            self.site.kill(part)
            self.kills[self.phase, part] += 1

    def _line(self, of: str) -> int:
        return self.chance.randint(1, max(1, min(self.lines.get(of, [50]))))

    def _arm(self, part: str, entries: list[list[object]]) -> None:
        path = self.site.deaths / f"{part}.arm"
        fresh = path.with_suffix(".made")
        fresh.write_text(json.dumps(entries), encoding="utf-8")
        fresh.replace(path)

    def _lived(self, part: str) -> list[tuple[str, int]]:
        path = self.site.deaths / f"{part}.lived"
        if not path.exists():
            return []
        found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        path.unlink()
        return found

    # ---- tending -----------------------------------------------------------------------------------------------

    def tend(self) -> None:
        """Count the parts that died and start them again. A part that ended in any other way is a failure."""
        for part in PARTS:
            process = self.site.processes.get(part)
            if process is not None and (code := process.poll()) is not None:
                log = (self.site.store / f"{part}.log").read_text(encoding="utf-8", errors="replace")[-3000:]
                assert code == -SIGKILL, f"{part} ended by itself with {code}:\n{log}"
                self.kills[self.phase, part] += 1
                del self.site.processes[part]
        missing = [part for part in PARTS if not self.site.is_running(part)]
        if missing:
            self.site.start(*missing)
        else:
            time.sleep(0.05)

    def until(self, happened: Callable[[], bool], what: str, every: float = 0.25) -> None:
        """Wait for something, tending the parts meanwhile."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.tend()
            if happened():
                return
            time.sleep(every)
        logs = "\n".join((self.site.store / f"{part}.log").read_text(encoding="utf-8")[-1500:] for part in PARTS)
        raise AssertionError(f"after {PATIENCE} seconds still not: {what}\n{logs}")
