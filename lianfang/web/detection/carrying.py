"""Carries a run out in a worker: claims it, assembles the tables, runs the engine, hands the result to the intake."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from contextvars import copy_context
from pathlib import Path
from types import TracebackType
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection

from lianfang.engine.fault import Fault
from lianfang.web.detection import assembly, catalogue, execution, store
from lianfang.web.detection.actions import intake, runs
from lianfang.web.detection.actions.runs import Superseded
from lianfang.web.detection.models import Run
from lianfang.web.detection.queries.data import current_tables

# Makes the folder of tables and says of which batches each is made.
Assemble = Callable[[Path], Mapping[str, Sequence[str]]]
_BEAT = settings.LEASE_SECONDS / 6  # seconds between two signs of life
_SHOWN_EVERY = 0.5  # seconds between two writes of progress
_said = logging.getLogger(__name__)


def assembled(folder: Path) -> Mapping[str, Sequence[str]]:
    """The batches that stand, put together in ``folder``."""
    standing = current_tables()
    assembly.assemble(folder, standing)
    batches: dict[str, list[str]] = {}
    for one in standing:
        batches.setdefault(one.table, []).append(one.batch)
    return batches


def carry_out(number: int, *, assemble: Assemble = assembled) -> str:
    """Carry out run ``number``; returns the state it is in afterwards. A second call for the same run does nothing."""
    run = runs.claim_run(number)
    if run is None:
        return "not claimed"
    place = store.in_store(run.data)
    try:
        with _Heartbeat(run):
            batches = assemble(place / "tables")
            asked = _order(run)
            progress = _Progress(run, asked.codes)
            result = execution.execute(place / "tables", asked, spill=place / "spill", progress=progress)
            progress.finish()
            intake.take_in(run, result, batches)
    except Superseded:
        store.remove(place)
    except Fault as fault:
        store.remove(place)
        runs.fail_run(run, f"{fault.where}: {fault.what}")
    except Exception as error:
        # its words may hold values of rows: the row of the run keeps its kind alone
        _said.error("run %s: %s", number, type(error).__name__)
        store.remove(place)
        runs.fail_run(run, type(error).__name__)
    runs.queue_waiting_run()
    return str(Run.objects.values_list("state", flat=True).get(pk=run.pk))


def _order(run: Run) -> execution.Order:
    """What the run is asked: all indicators in this office that are not retired, or those named."""
    standing = catalogue.standings(run.as_of)
    codes = run.codes or [code for code, status in standing.items() if status != "retired"]
    return execution.Order(run.as_of, run.level, tuple(codes), catalogue.local_parameters(run.as_of))


class _Progress:
    """Writes into the run's row how far each family has come."""

    def __init__(self, run: Run, codes: Sequence[str]) -> None:
        self.run, self.shown = run, 0.0
        self.families: dict[str, dict[str, Any]] = {}
        for code in codes:
            family = catalogue.shipped().indicators[code].family
            self.families.setdefault(family, {"family": family, "done": 0, "of": 0})["of"] += 1
        self.last = ""
        self._write()

    def __call__(self, code: str, _number: int, _of: int) -> None:
        if self.last:
            self.families[self.last]["done"] += 1
        self.last = catalogue.shipped().indicators[code].family
        if time.monotonic() - self.shown >= _SHOWN_EVERY:
            self._write()

    def finish(self) -> None:
        for family in self.families.values():
            family["done"] = family["of"]
        self._write()

    def _write(self) -> None:
        runs.keep_lease(self.run, list(self.families.values()))
        self.shown = time.monotonic()


class _Heartbeat:
    """Keeps the lease while one long indicator gives no sign of its own.

    Inside somebody's transaction there is none: nobody else could see the run, and a second connection would wait.
    """

    def __init__(self, run: Run) -> None:
        self.run, self.over = run, threading.Event()
        self.thread = (
            None
            if connection.in_atomic_block
            else threading.Thread(target=copy_context().run, args=(self._beat,), daemon=True)
        )

    def __enter__(self) -> None:
        if self.thread:
            self.thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        if self.thread:
            self.thread.join()

    def _beat(self) -> None:
        try:
            while not self.over.wait(_BEAT):
                with suppress(OperationalError):  # the run's own transaction is writing: it is alive
                    runs.keep_lease(self.run)
        except Superseded:
            return  # the run's own thread finds the same at its next step
        finally:
            connection.close()
