"""The sentence of a finding: when, which unit, about what, what was seen, the number, what it is compared with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from lianfang.engine.catalogue import Indicator, Metric
from lianfang.engine.figures import UNIT_WORDS, metric_text, number_text
from lianfang.engine.tables import tables
from lianfang.web.detection import catalogue

HINTS = {
    "statistical_anomaly": ("超出通常范围，建议核实。", "Outside the usual range; please check."),  # data
    "rule_broken": (
        "与该条要求不一致，请核实原因。",  # data
        "Differs from what the article requires; please establish why.",
    ),
    "data_collision": (
        "两处数据重合，可能是登记差错，请核对。",  # data
        "The two records coincide; this may be a recording error; please compare.",
    ),
}
_KINDS = {"money": "yuan", "ratio": "ratio", "int": "count", "quantity": "number", "double": "number"}


@dataclass(frozen=True)
class Sentence:
    zh: str
    en: str


def sentence(
    indicator: Indicator, finding: Mapping[str, Any], *, as_of: date, unit: str, local: Mapping[str, Any]
) -> Sentence:
    """The finding in one sentence, in both languages. It holds nothing personal: it outlives the evidence."""
    card = indicator.card
    subject_zh, subject_en = _subject(indicator, finding)
    metric = card.colour.metric
    value_zh, value_en = amount(finding["metric"], metric)
    limit = limit_of(indicator, finding["evidence"], as_of, local)
    measured_zh = "" if metric.unit == "flag" else f"，{_bare(metric.zh)}{value_zh}"
    measured_en = "" if metric.unit == "flag" else f", {_bare(metric.en)} {value_en}"
    beside_zh = f"，对照{limit.zh}{_amount(limit.value, limit.unit)[0]}" if limit else ""  # data
    beside_en = f", compared with {limit.en} {_amount(limit.value, limit.unit)[1]}" if limit else ""
    period_zh = f"{finding['period']}，" if finding["period"] else ""
    period_en = f" for {finding['period']}" if finding["period"] else ""
    seen_zh = card.detects.zh.removeprefix("发现").rstrip("。")  # data
    seen_en = card.detects.en.removeprefix("Detects ").rstrip(".")
    whose_en = f"{unit}, data" if unit else "Data"  # who would answer for an unknown unit did not do what was seen
    hint_zh, hint_en = HINTS[card.nature]
    day = f"{as_of.year}年{as_of.month}月{as_of.day}日"  # data
    return Sentence(
        f"截至{day}的数据中，{unit}有{seen_zh}：{period_zh}{subject_zh}{measured_zh}{beside_zh}。{hint_zh}",  # data
        f"{whose_en} up to {as_of:%-d %B %Y}: {seen_en}. Seen here{period_en}: {subject_en}"
        f"{measured_en}{beside_en}. {hint_en}",
    )


def _subject(indicator: Indicator, finding: Mapping[str, Any]) -> tuple[str, str]:
    """What the finding is about; an identifier that points at a person is left out."""
    table = tables().get(finding["subject_type"])
    zh, en = (table.zh, table.en) if table else ("对象", "subject")  # data
    is_personal = indicator.sensitivity.get("subject_id") == "personal" or finding["subject_type"] == "person"
    if is_personal or finding["subject_id"] == finding["person_id"]:
        return (f"一条{zh}记录", f"one record ({en})") if table else ("一条记录", "one record")  # data
    return f"{zh}{finding['subject_id']}", f"{finding['subject_id']} ({en})"


def amount(value: Any, metric: Metric) -> tuple[str, str]:
    """A metric with its unit; a multiple is told as one, other shares in per cent."""
    if metric.unit == "ratio" and "倍" in metric.zh:  # data
        return f"{float(value):,.2f}倍", f"{float(value):,.2f} times"  # data
    return _amount(value, metric.unit)


def _amount(value: Any, unit: str) -> tuple[str, str]:
    number = float(value)
    if unit == "ratio":
        return f"{metric_text(number, unit)}%", f"{metric_text(number, unit)}%"
    if unit == "yuan":
        shown = f"{number / 10000:,.2f}万元" if abs(number) >= 10000 else f"{number:,.2f}元"  # data
        return shown, f"{number_text(number)} yuan"
    zh, en = UNIT_WORDS.get(unit, (unit, unit))
    return f"{number_text(number)}{zh}", f"{number_text(number)} {en}".strip()


@dataclass(frozen=True)
class Limit:
    """What a finding is measured by: a value of its evidence, or the one share that the card states."""

    zh: str
    en: str
    value: float
    unit: str
    column: str = ""
    parameter: str = ""


def limit_of(indicator: Indicator, evidence: Mapping[str, Any], as_of: date, local: Mapping[str, Any]) -> Limit | None:
    """The limit that was applied, as the evidence tells it; else the one ratio that a ratio is compared with."""
    card = indicator.card
    for name, text in card.evidence.items():
        value = evidence.get(name)
        stated = card.parameters.get(name)
        is_limit = stated is not None or "限额" in text.zh  # data
        if is_limit and isinstance(value, int | float) and not isinstance(value, bool):
            unit = "yuan" if "元" in text.zh else "days" if "天" in text.zh else ""  # data
            unit = unit or (_KINDS.get(stated.type, "number") if stated else "number")
            return Limit(_bare(text.zh), _bare(text.en), float(value), unit, column=name)
    shares = [(name, p) for name, p in card.parameters.items() if p.type == "ratio"]
    if card.colour.metric.unit != "ratio" or len(shares) != 1:
        return None
    name, parameter = shares[0]
    values = catalogue.values_on(indicator, name, as_of, local)
    if len(values) != 1 or not isinstance(values[0]["value"], int | float):
        return None
    return Limit(parameter.zh, parameter.en, float(values[0]["value"]), "ratio", parameter=name)


def _bare(words: str) -> str:
    """A heading without the unit in brackets, or the remark, at its end."""
    return re.split(r"[(（；;]", words, maxsplit=1)[0].strip()
