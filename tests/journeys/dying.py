"""The office's own processes, made to die at a chosen line: ``python -m tests.journeys.dying worker|clock``.

The web server's part is in ``dying_web``. What shall die is written into ``<part>.arm`` in the folder that
JOURNEY_DEATHS names: a list of [unit of work, line]. A unit is a POST of the web server, a task of the worker, a sweep
of the clock. The first entry that fits a unit as it begins is used up and counts the lines of our own code and of
committing; at its line the whole part ends, as in a power cut. Line 0 only counts; ``LAST`` lets everything be done and
dies before anybody hears of it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

OURS = ("/lianfang/web/", "/django/db/transaction.py", "/django_tasks_db/")
LAST = -1


def folder() -> Path:
    return Path(os.environ["JOURNEY_DEATHS"])


def armed(part: str, unit: str) -> int | None:
    """The line at which this unit shall die, or None when nothing is asked of it."""
    path = folder() / f"{part}.arm"
    try:
        waiting = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    for place, (name, line) in enumerate(waiting):
        if name in (unit, "*"):
            left = waiting[:place] + waiting[place + 1 :]
            fresh = path.with_suffix(".new")
            fresh.write_text(json.dumps(left), encoding="utf-8")
            fresh.replace(path)
            return int(line)
    return None


def die() -> None:
    """End this part with everything that belongs to it. It was started as the leader of a group of its own."""
    os.killpg(os.getpgid(0), signal.SIGKILL)


def watched(part: str, unit: str, line: int) -> Callable[[], None]:
    """Count lines from now on in this thread, and die at ``line``; the call that is returned ends the counting."""
    seen = 0

    def trace(frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal seen
        if not any(place in frame.f_code.co_filename for place in OURS):
            return None
        if event == "line":
            seen += 1
            if seen == line:
                die()
        return trace

    def end() -> None:
        sys.settrace(None)
        if line == LAST:
            die()
        with (folder() / f"{part}.lived").open("a", encoding="utf-8") as out:
            out.write(json.dumps([unit, seen]) + "\n")

    sys.settrace(trace)
    return end


def worker() -> None:
    """The worker; tasks are the units."""
    from django_tasks.signals import task_finished, task_started

    ends: list[Callable[[], None]] = []

    def begun(task_result: Any, **_more: Any) -> None:
        unit = task_result.task.func.__name__
        line = armed("worker", unit)
        if line is not None:
            ends.append(watched("worker", unit, line))

    def finished(**_more: Any) -> None:
        while ends:
            ends.pop()()

    task_started.connect(begun, weak=False)
    task_finished.connect(finished, weak=False)
    from django.core.management import call_command

    call_command("db_worker", interval=0.2, startup_delay=False)


def clock() -> None:
    """The clock; its sweeps are the units."""
    from lianfang.web import clock as office

    def trace(frame: FrameType, event: str, _argument: object) -> Any:
        """Wait for the next round in which something is due."""
        if event == "call" and frame.f_code is office.tick.__code__:
            due = [sweep.name for sweep in frame.f_locals["due"] if frame.f_locals["now"] >= sweep.due]
            line = armed("clock", "tick") if len(due) > 1 else None
            if line is not None:
                watched("clock", "tick", line)
        return None

    sys.settrace(trace)
    office.run()


if __name__ == "__main__":
    import django

    django.setup()
    {"worker": worker, "clock": clock}[sys.argv[1]]()
