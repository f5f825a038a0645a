"""How colours, numbers and values of findings read to people, in the terminal, on the page and in a spreadsheet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from lianfang.engine.catalogue import COLOURS, Indicator
from lianfang.engine.fault import say
from lianfang.engine.run import Outcome
from lianfang.engine.tables import Column

PLACES = 3  # places named of a note that holds for many
GRAVEST_FIRST = tuple(reversed(COLOURS))
COLOUR_WORDS = {"yellow": ("黄", "yellow"), "orange": ("橙", "orange"), "red": ("红", "red")}
STATUS_WORDS = {
    "computed": ("已算", "computed"),
    "not_applicable": ("不适用", "not applicable"),
    "not_computable": ("不可计算", "not computable"),
    "failed": ("规则出错", "failed"),
}
UNIT_WORDS = {
    "yuan": ("元", "yuan"),
    "hours": ("小时", "hours"),
    "days": ("天", "days"),
    "workdays": ("工作日", "working days"),
    "months": ("月", "months"),
    "years": ("年", "years"),
    "ratio": ("%", "%"),
    "count": ("", ""),
    "number": ("", ""),
}


def gravest(outcome: Outcome) -> str:
    """The gravest colour among an indicator's findings."""
    return next(colour for colour in GRAVEST_FIRST if outcome.colours.get(colour))


def gravity(outcome: Outcome) -> tuple[int, int, str]:
    """Sorts outcomes with findings by their gravest colour, then by how many of it there are."""
    worst = gravest(outcome)
    return (GRAVEST_FIRST.index(worst), -outcome.colours[worst], outcome.code)


def number_text(value: float) -> str:
    """A number with separators and without idle zeros."""
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.2f}".rstrip("0").rstrip(".") if abs(value) >= 1 else f"{value:.4g}"


def metric_text(value: float, unit: str) -> str:
    """A metric without its unit, which stands in the heading: shares in per cent."""
    return f"{value * 100:,.2f}" if unit == "ratio" else number_text(value)


def unit_text(unit: str) -> str:
    return say(*UNIT_WORDS.get(unit, (unit, unit)))


def metric_heading(indicator: Indicator) -> str:
    """What the metric measures, with its unit."""
    metric = indicator.card.colour.metric
    unit = unit_text(metric.unit)
    return say(metric.zh, metric.en) + (say(f"({unit})", f" ({unit})") if unit else "")


_SIGNS = {">=": "≥", "<=": "≤", ">": ">", "<": "<", "=": "="}


def condition_text(indicator: Indicator, condition: str) -> str:
    """A colour's condition in words: the metric by its name, shares in per cent."""
    metric = indicator.card.colour.metric

    def read(found: re.Match[str]) -> str:
        word = found.group()
        if word == "metric":
            return say(metric.zh, metric.en)
        if word in ("and", "or"):
            return say({"and": "且", "or": "或"}[word], word)
        if word in _SIGNS:
            return _SIGNS[word]
        return f"{float(word) * 100:g}%" if metric.unit == "ratio" else number_text(float(word))

    unit = "" if metric.unit == "ratio" else unit_text(metric.unit)
    return f"{re.sub(r'metric|and|or|[<>]=?|=|-?[0-9.]+', read, condition)} {unit}".strip()


def parameter_text(value: Any, kind: str) -> str:
    """A parameter's value: shares in per cent, amounts with separators."""
    if value is None:
        return ""
    if isinstance(value, list):
        return say("、", ", ").join(map(str, value))
    if isinstance(value, int | float):
        return f"{value * 100:g}%" if kind == "ratio" else number_text(value)
    return str(value)


def evidence_columns(indicator: Indicator) -> dict[str, tuple[str, Column | None]]:
    """For each evidence column its heading and, where it is known, the canonical column it comes from."""
    found = {}
    for name in indicator.evidence:
        column = indicator.origin(name)
        if name in indicator.card.evidence:
            found[name] = (indicator.card.evidence[name].said, column)
        else:
            found[name] = (say(column.zh, column.en) if column else name.replace("_", " "), column)
    return found


def value_text(value: Any, column: Column | None) -> str:
    """A value of the evidence as people read it; one that is not known is a dash."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return say("是", "yes") if value else say("否", "no")
    if isinstance(value, int | float):
        kind = column.type if column else "int" if isinstance(value, int) else "quantity"
        if kind == "ratio":
            return f"{value * 100:,.2f}%"
        return str(value) if kind in ("int", "text") and isinstance(value, int) else number_text(value)
    return str(value).removesuffix(" 00:00:00")


def grouped(notes: Sequence[str]) -> list[str]:
    """Notes that say the same of several places, told once."""
    places: dict[str, list[str]] = {}
    for note in notes:
        where, _, what = note.rpartition(": ")
        places.setdefault(what, []).append(where)
    return [_told(what, [one for one in listed if one]) for what, listed in places.items()]


def _told(what: str, places: Sequence[str]) -> str:
    if len(places) <= PLACES:
        return ": ".join(filter(None, (say("、", ", ").join(places), what)))
    first = say("、", ", ").join(places[:PLACES])
    return say(f"{what}({len(places)} 处:{first} 等)", f"{what} ({len(places)} places: {first} …)")
