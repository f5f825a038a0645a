"""A run shown to people: progress, a table in the terminal, JSON, a spreadsheet, a self-contained page."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar
from rich.table import Table

from lianfang.engine.catalogue import COLOURS, Catalogue, Indicator
from lianfang.engine.dataset import Dataset
from lianfang.engine.fault import say
from lianfang.engine.run import OVER_FIRING_SHARE, Outcome, Run
from lianfang.engine.sources import sheets

SHOWN_REJECTED = 10  # rows of a table that are named on the screen; all are in rejected.xlsx

COLOUR_WORDS = {"yellow": ("黄", "yellow"), "orange": ("橙", "orange"), "red": ("红", "red")}
_STYLES = {"yellow": "yellow", "orange": "dark_orange", "red": "red"}
UNIT_WORDS = {
    "yuan": ("元", "yuan"),
    "hours": ("小时", "hours"),
    "days": ("天", "days"),
    "workdays": ("个工作日", "working days"),
    "months": ("个月", "months"),
    "years": ("年", "years"),
    "count": ("", ""),
    "number": ("", ""),
}


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
        path = options.report or options.out.with_name(options.out.name + ".xlsx")
        _workbook(finished, catalogue, path)
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
        terminal(finished, dataset, catalogue, sys.stdout)
    if options.truth:
        from lianfang.engine import truth

        truth.show(truth.measure(finished, options.truth), sys.stdout if options.format == "table" else sys.stderr)


def write_json(finished: Run, stream: IO[str]) -> None:
    """The run as one JSON object, findings streamed so that a million of them fit."""
    indicators = [
        {"code": o.code, "status": o.status, "missing": o.missing, "findings": o.findings} for o in finished.outcomes
    ]
    head = {"as_of": finished.as_of.isoformat(), "indicators": indicators}
    stream.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "findings": [')
    for number, finding in enumerate(finished.findings()):
        stream.write((",\n" if number else "\n") + json.dumps(finding, ensure_ascii=False))
    stream.write("]}\n")


def terminal(finished: Run, dataset: Dataset, catalogue: Catalogue, stream: IO[str]) -> None:
    """What was read, what was seen, in which colour, and what could not be computed and why."""
    console = Console(file=stream, highlight=False, width=None if stream.isatty() else 120)
    tables_read(dataset, stream)
    by_code = {i.code: i for i in catalogue.indicators.values()}
    seen = [o for o in finished.outcomes if o.findings]
    silent = [o for o in finished.outcomes if o.status == "computed" and not o.findings]
    console.print(_seen_table(seen, by_code, finished))
    if silent:
        names = say("、", ", ").join(f"{o.code} {by_code[o.code].card.name.said}" for o in silent)
        console.print(
            say(f"已算,无发现({len(silent)}):", f"Computed, nothing seen ({len(silent)}): ") + names, soft_wrap=True
        )
    _not_computed(finished.outcomes, by_code, console)
    _after(finished, console)


def _seen_table(seen: Sequence[Outcome], by_code: Mapping[str, Indicator], finished: Run) -> Table:
    title = say(f"发现(截至 {finished.as_of})", f"Findings (as of {finished.as_of})")
    table = Table(title=title, title_justify="left", title_style="bold")
    for heading in (say("编码", "code"), say("看到什么", "what is seen")):
        table.add_column(heading, overflow="fold")
    for heading in (say("看了", "looked at"), say("发现", "findings"), *(say(*COLOUR_WORDS[c]) for c in COLOURS)):
        table.add_column(heading, justify="right")
    table.add_column(say("说明", "note"), overflow="fold")
    for outcome in seen:
        shades = [f"[{_STYLES[c]}]{outcome.colours[c]}[/]" if outcome.colours.get(c) else "" for c in COLOURS]
        card = by_code[outcome.code].card
        note = say("报得太多,先调参数", "fires too often: tune it") if outcome.over_firing else ""
        table.add_row(outcome.code, card.name.said, f"{outcome.population:,}", f"{outcome.findings:,}", *shades, note)
    return table


def _not_computed(outcomes: Sequence[Outcome], by_code: Mapping[str, Indicator], console: Console) -> None:
    words = {
        "not_applicable": say("不适用(没有可看的行)", "Not applicable (no rows to look at)"),
        "failed": say("规则出错,请告知作者", "The rule failed; tell its author"),
    }
    for status, title in words.items():
        listed = [o for o in outcomes if o.status == status]
        if listed:
            console.print(f"{title}:", style="bold")
        for outcome in listed:
            name = by_code[outcome.code].card.name.said
            console.print(f"  {outcome.code} {name} {'; '.join(outcome.missing)}".rstrip(), soft_wrap=True)
    groups: dict[str, list[str]] = {}
    for outcome in outcomes:
        if outcome.status == "not_computable":
            groups.setdefault(say("、", ", ").join(outcome.missing), []).append(outcome.code)
    if groups:
        total = sum(map(len, groups.values()))
        table = Table(
            title=say(f"不可计算({total}):缺什么", f"Not computable ({total}): what is missing"),
            title_justify="left",
            title_style="bold",
        )
        table.add_column(say("缺", "missing"), overflow="fold")
        table.add_column(say("指标", "indicators"), overflow="fold")
        for missing, codes in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
            table.add_row(missing, " ".join(codes))
        console.print(table)


def _after(finished: Run, console: Console) -> None:
    if finished.dropped_above is not None:
        text = say(
            "涉及上级管理人员而未处理的发现:", "Findings not processed because they touch officials managed above: "
        )
        console.print(f"{text}{finished.dropped_above}")
    if finished.comparison is not None:
        words = {
            "new": ("新", "new"),
            "continuing": ("持续", "continuing"),
            "changed": ("变化", "changed"),
            "gone": ("消失", "gone"),
        }
        console.print(" · ".join(f"{say(*words[k])} {n}" for k, n in finished.comparison.items()))
    if any(outcome.over_firing for outcome in finished.outcomes):
        share = f"{OVER_FIRING_SHARE:.0%}"
        console.print(
            say(
                f"“报得太多”指发现超过所看对象的 {share}。",
                f"“Fires too often”: on more than {share} of what was looked at.",
            )
        )
    console.print(say("发现是要看一看的理由,不是结论。", "A finding is a reason to look, not a verdict."), style="dim")
    if finished.folder is not None:
        console.print(say(f"运行文件夹:{finished.folder}", f"Run folder: {finished.folder}"), soft_wrap=True)


def tables_read(dataset: Dataset, stream: IO[str]) -> None:
    """The tables that were read, rejected rows, and notes of the reading."""
    console = Console(file=stream, highlight=False, width=None if stream.isatty() else 120)
    table = Table(title=say("读入的表", "Tables read"), title_justify="left", title_style="bold")
    table.add_column(say("表", "table"), overflow="fold")
    for heading in (say("行", "rows"), say("拒收", "rejected")):
        table.add_column(heading, justify="right")
    table.add_column(say("说明", "note"), overflow="fold")
    for data in dataset.tables.values():
        table.add_row(
            data.name,
            f"{data.rows:,}",
            f"{data.rejected:,}" if data.rejected else "",
            "" if data.usable else str(data.reason),
        )
    console.print(table)
    for note in dataset.notes:
        console.print(f"· {note}", soft_wrap=True, markup=False)


def rejected(dataset: Dataset, stream: IO[str]) -> None:
    """Say which tables have rejected rows, and of each the first rows with the reason."""
    for line in _first_rejected(dataset):
        print(line, file=stream)
    for data in dataset.tables.values():
        if data.rejected:
            print(
                say(f"{data.name}: 拒收 {data.rejected} 行。请改正后重报,或去掉 --strict。",
                    f"{data.name}: {data.rejected} rows rejected. To do: correct them, or scan without --strict."),
                file=stream,
            )  # fmt: skip


def _first_rejected(dataset: Dataset) -> Iterator[str]:
    if dataset.rejected_file is not None:
        for sheet in sheets(dataset.rejected_file, header_row=1):
            for row in sheet.rows.slice(0, SHOWN_REJECTED).to_pylist():
                column = f"「{row['列']}」" if row.get("列") else ""
                yield f"{row['来源文件']} {say('第', 'row ')}{row['行号']}{say('行', '')}{column}: {row['原因']}"


def metric_text(value: float, unit: str) -> str:
    """A metric as people read it: shares in per cent, money with separators."""
    if unit == "ratio":
        return f"{value * 100:,.2f}%"
    number = f"{value:,.2f}".rstrip("0").rstrip(".") if value != int(value) else f"{int(value):,}"
    word = say(*UNIT_WORDS.get(unit, (unit, unit)))
    return f"{number} {word}".strip()


def _workbook(finished: Run, catalogue: Catalogue, path: Path) -> None:
    """Findings as a spreadsheet: a summary sheet and one sheet of findings."""
    import xlsxwriter

    from lianfang.engine.sources.safety import inert

    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        summary = book.add_worksheet(say("汇总", "summary"))
        heads = [
            say("编码", "code"),
            say("名称", "name"),
            say("状态", "status"),
            say("看了", "looked at"),
            say("发现", "findings"),
            say("缺什么", "missing"),
        ]
        summary.write_row(0, 0, heads, bold)
        for row, o in enumerate(finished.outcomes, 1):
            card = catalogue.indicators[o.code].card
            summary.write_row(
                row, 0, [o.code, card.name.said, o.status, o.population or 0, o.findings, "; ".join(o.missing)]
            )
        sheet = book.add_worksheet(say("发现", "findings"))
        names = [
            "finding_key",
            "code",
            "unit_id",
            "subject_type",
            "subject_id",
            "person_id",
            "period",
            "metric",
            "colour",
        ]
        sheet.write_row(0, 0, [*names, say("证据", "evidence")], bold)
        for row, finding in enumerate(finished.findings(), 1):
            evidence = "; ".join(f"{k}={v}" for k, v in finding["evidence"].items() if v is not None)
            for column, name in enumerate(names):
                value = finding[name]
                if isinstance(value, str):
                    sheet.write_string(row, column, inert(value))
                elif value is not None:
                    sheet.write_number(row, column, value)
            sheet.write_string(row, len(names), inert(evidence)[:32000])
        sheet.autofilter(0, 0, max(sum(o.findings for o in finished.outcomes), 1), len(names))
