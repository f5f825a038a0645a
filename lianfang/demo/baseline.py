"""The command ``python -m lianfang.demo.baseline``: findings per indicator over the city, against the kept numbers."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from lianfang.demo.data import build, subjects
from lianfang.demo.story import AS_OF
from lianfang.engine import dataset
from lianfang.engine.run import run

KEPT = Path(__file__).parents[2] / "tests" / "indicators" / "baseline.json"
Counts = dict[str, dict[str, Any]]


def count() -> Counts:
    """Per indicator: its status, its findings, and how many known events and look-alikes are among them."""
    with tempfile.TemporaryDirectory(prefix="lianfang-demo-") as temporary:
        city = Path(temporary)
        story, _ = build(city)
        mapping, key = city / "data" / "mapping.yaml", city / "demo.key"
        read = dataset.read([city / "data"], folder=city / "dataset", mapping=mapping, key_file=key)
        finished = run(read, as_of=AS_OF)
        planted, innocent = subjects(story.planted, key), subjects(story.innocent, key)
        seen: dict[str, set[str]] = {}
        for finding in finished.findings():
            seen.setdefault(finding["code"], set()).add(finding["subject_id"])
        return {
            outcome.code: {"status": outcome.status, "findings": outcome.findings}
            | _known(planted.get(outcome.code), seen.get(outcome.code, set()), ("planted", "seen"))
            | _known(innocent.get(outcome.code), seen.get(outcome.code, set()), ("look_alikes", "flagged"))
            for outcome in sorted(finished.outcomes, key=lambda one: one.code)
        }


def _known(known: list[str] | None, seen: set[str], names: tuple[str, str]) -> dict[str, int]:
    return {names[0]: len(known), names[1]: len(set(known) & seen)} if known else {}


def kept() -> Counts:
    return json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}


def differences(now: Mapping[str, dict[str, Any]], before: Mapping[str, dict[str, Any]]) -> dict[str, str]:
    """What changed, by indicator, as a short sentence."""
    found = {}
    for code in sorted({*now, *before}):
        if code not in before:
            found[code] = f"新 +{now[code]['findings']}"
        elif code not in now:
            found[code] = f"没有了 -{before[code]['findings']}"
        elif now[code] != before[code]:
            found[code] = f"{before[code]['findings']} → {now[code]['findings']}" + (
                "" if now[code]["status"] == before[code]["status"] else f",{now[code]['status']}"
            )
    return found


def show(now: Counts, changed: Mapping[str, str]) -> None:
    table = Table("编码", "状态", "发现", "埋设/看到", "相似/误报", "与基线")
    for code, one in now.items():
        planted = f"{one['planted']}/{one['seen']}" if "planted" in one else ""
        innocent = f"{one['look_alikes']}/{one['flagged']}" if "look_alikes" in one else ""
        table.add_row(code, one["status"], str(one["findings"]), planted, innocent, changed.get(code, ""))
    Console().print(table)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m lianfang.demo.baseline", description="鄂州示例各指标的发现数与基线比较"
    )
    parser.add_argument("--accept", action="store_true", help="把现在的数作为新的基线")
    options = parser.parse_args()
    now = count()
    changed = differences(now, kept())
    show(now, changed)
    if options.accept:
        KEPT.write_text(json.dumps(now, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    elif changed:
        print(f"{len(changed)} 个指标与基线不同;确认无误后 make baseline ARGS=--accept")
        sys.exit(1)


if __name__ == "__main__":
    main()
