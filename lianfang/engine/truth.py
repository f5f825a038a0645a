"""Recall and precision of a run against known answers: a truth file names the subjects that should be seen."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from lianfang.engine.fault import Fault, say
from lianfang.engine.run import Run


@dataclass(frozen=True)
class Measure:
    """Per indicator: how many known subjects were seen, how many not, and how many others were seen."""

    code: str
    seen: int
    missed: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def recall(self) -> float | None:
        total = self.seen + len(self.missed)
        return self.seen / total if total else None

    @property
    def precision(self) -> float | None:
        total = self.seen + len(self.others)
        return self.seen / total if total else None


def measure(finished: Run, path: Path) -> list[Measure]:
    """Compare with a truth file: ``{"CODE": ["subject_id", …]}``; every code of the run counts."""
    try:
        truth = json.loads(path.read_text(encoding="utf-8"))
        known = {code: {str(s) for s in subjects} for code, subjects in truth.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        raise Fault(
            str(path), say("不是“编码 → 对象列表”的 JSON。", "not JSON of code → list of subjects."),
            say('写成 {"ENG-101": ["P1"]}。', 'write it like {"ENG-101": ["P1"]}.'),
        ) from None  # fmt: skip
    found: dict[str, set[str]] = {o.code: set() for o in finished.outcomes if o.status == "computed"}
    for finding in finished.findings():
        found[finding["code"]].add(finding["subject_id"])
    codes = sorted(set(found) | set(known))
    return [
        Measure(
            code,
            len(known.get(code, set()) & found.get(code, set())),
            tuple(sorted(known.get(code, set()) - found.get(code, set()))),
            tuple(sorted(found.get(code, set()) - known.get(code, set()))),
        )
        for code in codes
        if known.get(code) or found.get(code)
    ]


def show(measures: list[Measure], stream: IO[str]) -> None:
    """Print the measures, and the totals."""
    for one in measures:
        recall = "-" if one.recall is None else f"{one.recall:.0%}"
        precision = "-" if one.precision is None else f"{one.precision:.0%}"
        missed = say("未见 ", "missed ") + " ".join(one.missed[:5]) if one.missed else ""
        others = say("另见 ", "others ") + " ".join(one.others[:5]) if one.others else ""
        figures = f"{say('召回', 'recall')} {recall:>5} {say('精确', 'precision')} {precision:>5}"
        print(f"{one.code:8} {figures} {missed} {others}".rstrip(), file=stream)
    seen = sum(one.seen for one in measures)
    known = seen + sum(len(one.missed) for one in measures)
    others_seen = sum(len(one.others) for one in measures)
    zh = f"合计:应见 {known},看到 {seen},另见 {others_seen}"
    print(say(zh, f"total: {known} known, {seen} seen, {others_seen} others seen"), file=stream)
