"""A run in the terminal: what was read, what was seen in which colour, and what could not be computed and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import IO

from rich import box
from rich.columns import Columns
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lianfang.engine.catalogue import Catalogue
from lianfang.engine.dataset import Dataset
from lianfang.engine.fault import say
from lianfang.engine.figures import COLOUR_WORDS, GRAVEST_FIRST, gravity, grouped
from lianfang.engine.run import OVER_FIRING_SHARE, Outcome, Run
from lianfang.engine.sources import sheets

_STYLES = {"yellow": "yellow", "orange": "dark_orange", "red": "bold red"}
_SHOWN_REJECTED = 10  # rejected rows of a table that are named; the spreadsheet has them all
_WIDTH = 120  # where nobody watches
_CHANGES = {
    "new": ("新", "new"),
    "continuing": ("持续", "continuing"),
    "changed": ("变化", "changed"),
    "gone": ("消失", "gone"),
}


def terminal(finished: Run, dataset: Dataset, catalogue: Catalogue, stream: IO[str]) -> None:
    """The whole of a run on one screen or two, the gravest first."""
    console = _console(stream)
    tables_read(dataset, stream)
    _seen(finished, catalogue, console)
    _silent(finished, catalogue, console)
    _not_computed(finished.outcomes, catalogue, console)
    _after(finished, console)


def _console(stream: IO[str]) -> Console:
    # Texts of files stand in what is printed: none of them is markup.
    return Console(file=stream, highlight=False, markup=False, emoji=False, width=None if stream.isatty() else _WIDTH)


def _title(console: Console, text: str) -> None:
    console.print()
    console.print(text, style="bold")


def _table(*heads: str, right: Sequence[str] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="dim")
    for head in heads:
        table.add_column(head, justify="right" if head in right else "left", overflow="fold", no_wrap=head in right)
    return table


def tables_read(dataset: Dataset, stream: IO[str]) -> None:
    """The tables that were read, what was rejected or is not usable, and notes of the reading."""
    console = _console(stream)
    tables = list(dataset.tables.values())
    rows = sum(data.rows for data in tables)
    _title(console, say(f"读入 {len(tables)} 张表,{rows:,} 行", f"{len(tables)} tables read, {rows:,} rows"))
    console.print(Columns([f"{data.name} {data.rows:,}" for data in tables], padding=(0, 3)))
    for data in tables:
        if data.rejected:
            console.print(
                say(f"· {data.name}: 拒收 {data.rejected:,} 行", f"· {data.name}: {data.rejected:,} rows rejected")
            )
        if not data.usable:
            console.print(say(f"· {data.name} 不可用:{data.reason}", f"· {data.name} is not usable: {data.reason}"))
    for note in grouped(dataset.notes):
        console.print(f"· {note}", style="dim")


def _first_rejected(dataset: Dataset) -> Iterator[str]:
    """The first rejected rows of each table with file, row, column and reason."""
    if dataset.rejected_file is not None:
        for sheet in sheets(dataset.rejected_file, header_row=1):
            for row in sheet.rows.slice(0, _SHOWN_REJECTED).to_pylist():
                column = f"「{row['列']}」" if row.get("列") else ""
                place = say(f"第{row['行号']}行", f"row {row['行号']}")
                yield f"{row['来源文件']} {place}{column}: {row['原因']}"


def strictly_refused(dataset: Dataset, stream: IO[str]) -> None:
    """Say which tables have rejected rows, and the first of them, where a single one is too many."""
    for line in _first_rejected(dataset):
        print(line, file=stream)
    for data in dataset.tables.values():
        if data.rejected:
            zh = f"{data.name}: 拒收 {data.rejected} 行。请改正后重报,或去掉 --strict。"
            en = f"{data.name}: {data.rejected} rows rejected. To do: correct them, or scan without --strict."
            print(say(zh, en), file=stream)


def _seen(finished: Run, catalogue: Catalogue, console: Console) -> None:
    seen = sorted((o for o in finished.outcomes if o.findings), key=gravity)
    day = finished.as_of
    if not seen:
        _title(console, say(f"截至 {day} 没有发现", f"Nothing seen as of {day}"))
        return
    total = sum(o.findings for o in seen)
    _title(console, say(f"截至 {day} 的发现:{total:,} 条", f"Findings as of {day}: {total:,}"))
    counts = (*(say(*COLOUR_WORDS[c]) for c in GRAVEST_FIRST), say("看了", "looked at"))
    table = _table(say("编码", "code"), say("看到什么", "what is seen"), *counts, "", right=counts)
    for outcome in seen:
        shades = [
            Text(f"{outcome.colours.get(c) or '·'}", _STYLES[c] if outcome.colours.get(c) else "dim")
            for c in GRAVEST_FIRST
        ]
        name = catalogue.indicators[outcome.code].card.name.said
        note = say("报得太多,先调参数", "fires too often: tune it") if outcome.over_firing else ""
        table.add_row(outcome.code, name, *shades, f"{outcome.population or 0:,}", note)
    console.print(table)
    if any(outcome.over_firing for outcome in seen):
        share = f"{OVER_FIRING_SHARE:.0%}"
        zh, en = (
            f"“报得太多”:发现超过所看对象的 {share}。",
            f"“Fires too often”: on more than {share} of what was looked at.",
        )
        console.print(say(zh, en), style="dim")


def _silent(finished: Run, catalogue: Catalogue, console: Console) -> None:
    silent = [o for o in finished.outcomes if o.status == "computed" and not o.findings]
    if silent:
        _title(console, say(f"已算,无发现:{len(silent)}", f"Computed, nothing seen: {len(silent)}"))
        console.print(
            Columns([f"{o.code} {catalogue.indicators[o.code].card.name.said}" for o in silent], padding=(0, 3))
        )


def _not_computed(outcomes: Sequence[Outcome], catalogue: Catalogue, console: Console) -> None:
    titles = {
        "failed": say("规则出错,请告知作者", "The rule failed; tell its author"),
        "not_applicable": say("不适用:没有可看的行", "Not applicable: no rows to look at"),
    }
    for status, title in titles.items():
        listed = [o for o in outcomes if o.status == status]
        if listed:
            _title(console, title)
        for o in listed:
            console.print(f"{o.code} {catalogue.indicators[o.code].card.name.said} {'; '.join(o.missing)}".rstrip())
    groups: dict[str, list[str]] = {}
    for outcome in outcomes:
        if outcome.status == "not_computable":
            groups.setdefault(say("、", ", ").join(outcome.missing), []).append(outcome.code)
    if groups:
        total = sum(map(len, groups.values()))
        _title(console, say(f"不可计算:{total}", f"Not computable: {total}"))
        table = _table(say("缺什么", "what is missing"), say("指标", "indicators"))
        for missing, codes in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
            table.add_row(missing, " ".join(codes))
        console.print(table)


def _after(finished: Run, console: Console) -> None:
    console.print()
    if finished.dropped_above is not None:
        zh, en = (
            "涉及上级管理人员而未处理的发现:",
            "Findings not processed because they touch officials managed above: ",
        )
        console.print(f"{say(zh, en)}{finished.dropped_above}")
    if finished.comparison is not None:
        changes = " · ".join(f"{say(*_CHANGES[k])} {n}" for k, n in finished.comparison.items())
        console.print(say("与上次相比:", "Against the earlier run: ") + changes)
    console.print(say("发现是要看一看的理由,不是结论。", "A finding is a reason to look, not a verdict."), style="dim")
    if finished.folder is not None:
        console.print(say(f"运行文件夹:{finished.folder}", f"Run folder: {finished.folder}"), soft_wrap=True)
