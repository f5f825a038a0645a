"""A run shown to people: progress while it runs, then the form that was asked for."""

from __future__ import annotations

import argparse
import json
import sys
from typing import IO, Any

from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar

from lianfang.engine.catalogue import Catalogue
from lianfang.engine.dataset import Dataset
from lianfang.engine.fault import say
from lianfang.engine.run import Run


class Progress:
    """Progress on standard error, only where somebody watches."""

    def __init__(self) -> None:
        self._bar: Bar | None = None
        self._task: Any = None
        if sys.stderr.isatty():
            columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
            self._bar = Bar(*columns, console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task("", total=None)
            self._bar.start()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *failure: object) -> None:
        self.stop()

    def file(self, what: str, done: int, of: int) -> None:
        self._show(say(f"读 {what}", f"reading {what}"), done, of)

    def indicator(self, code: str, done: int, of: int) -> None:
        self._show(say(f"算 {code}", f"running {code}"), done, of)

    def _show(self, what: str, done: int, of: int) -> None:
        if self._bar is not None:
            self._bar.update(self._task, description=what, completed=done, total=of or None)

    def stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def show(finished: Run, dataset: Dataset, catalogue: Catalogue, options: argparse.Namespace) -> None:
    """Show a run in the asked form; a spreadsheet or page goes to ``--report`` (a page else to standard output)."""
    if options.format == "json":
        write_json(finished, sys.stdout)
    elif options.format == "xlsx":
        from lianfang.engine.workbook import write_workbook

        path = options.report or options.out.with_name(options.out.name + ".xlsx")
        write_workbook(finished, catalogue, path)
        print(path, file=sys.stderr)
    elif options.format == "html":
        from lianfang.engine.page import page

        text = page(finished, dataset, catalogue)
        if options.report:
            options.report.write_text(text, encoding="utf-8")
            print(options.report, file=sys.stderr)
        else:
            sys.stdout.write(text)
    else:
        from lianfang.engine.terminal import terminal

        terminal(finished, dataset, catalogue, sys.stdout)
    if options.truth:
        from lianfang.engine import truth

        stream = sys.stdout if options.format == "table" else sys.stderr
        truth.report(finished, options.truth, catalogue, stream)


def write_json(finished: Run, stream: IO[str]) -> None:
    """The run as one JSON object, findings streamed so that a million of them fit."""
    kept = ("code", "status", "missing", "population", "findings", "over_firing")
    indicators = [{name: getattr(outcome, name) for name in kept} for outcome in finished.outcomes]
    head = {"as_of": finished.as_of.isoformat(), "dropped_above": finished.dropped_above, "indicators": indicators}
    stream.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "findings": [')
    for number, finding in enumerate(finished.findings()):
        stream.write((",\n" if number else "\n") + json.dumps(finding, ensure_ascii=False))
    stream.write("]}\n")
