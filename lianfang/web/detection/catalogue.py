"""The door to the engine's catalogue: cards in the reader's language, and what this office put over them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lianfang.engine.catalogue import Catalogue, DatedValue, Indicator, Parameter, Text, load
from lianfang.engine.tables import Table, tables
from lianfang.web.detection.models import Finding, IndicatorParameter, IndicatorStatus
from lianfang.web.shared.language import is_english

FAMILIES: dict[str, str | Promise] = {
    "works": _("工程建设"),
    "tendering": _("招标投标"),
    "procurement": _("政府采购"),
    "land": _("土地出让"),
    "assets": _("国有资产"),
    "compensation": _("征地拆迁"),
    "payments": _("资金支付"),
    "subsidies": _("惠民补贴"),
    "relief": _("救灾救助"),
    "social": _("社会保障"),
    "medical": _("医保基金"),
    "villages": _("农村三资"),
    "licensing": _("行政审批"),
    "enforcement": _("行政执法"),
    "process": _("业务流程"),
    "cadres": _("干部选任"),
    "conflict": _("利益冲突"),
    "expenses": _("公务支出"),
    "vehicles": _("公务用车"),
    "conduct": _("作风效能"),
    "education": _("教育"),
}
STAGES: dict[str, str | Promise] = {
    "决策审批": _("决策审批"),  # data
    "设计预算": _("设计预算"),  # data
    "招标投标": _("招标投标"),  # data
    "施工管理": _("施工管理"),  # data
    "竣工验收": _("竣工验收"),  # data
    "资金管理": _("资金管理"),  # data
    "决算审计": _("决算审计"),  # data
    "政府采购": _("政府采购"),  # data
    "土地出让": _("土地出让"),  # data
    "产权交易": _("产权交易"),  # data
    "征地拆迁": _("征地拆迁"),  # data
    "惠民补贴": _("惠民补贴"),  # data
    "救灾": _("救灾"),  # data
    "社会保障": _("社会保障"),  # data
    "医保基金": _("医保基金"),  # data
    "农村三资": _("农村三资"),  # data
    "行政审批": _("行政审批"),  # data
    "行政执法": _("行政执法"),  # data
    "业务流程": _("业务流程"),  # data
    "干部选任": _("干部选任"),  # data
    "利益冲突": _("利益冲突"),  # data
    "三公经费": _("三公经费"),  # data
    "公务用车": _("公务用车"),  # data
    "作风效能": _("作风效能"),  # data
    "教育": _("教育"),  # data
}
STANDINGS: dict[str, str | Promise] = {
    "draft": _("草稿"),
    "trial": _("试运行"),
    "in_force": _("在用"),
    "retired": _("停用"),
}
CERTAINTIES: dict[str, str | Promise] = {
    "verified_text": _("已核原文"),
    "verified_secondary": _("二手核实"),
    "general_knowledge": _("未核原文"),
    "local_parameter": _("地方标准"),
    "practice": _("惯例"),
}


@cache
def shipped() -> Catalogue:
    """The catalogue that came with the product; read once a process."""
    return load()


def card_of(code: str) -> Indicator:
    """The indicator ``code``; not found when the catalogue has none."""
    found = shipped().indicators.get(code)
    if found is None:
        raise Http404
    return found


def said(text: Text | Parameter | Table | Any) -> str:
    """The words of anything that has ``zh`` and ``en``, in the reader's language."""
    words: str = text.en if is_english() else text.zh
    return words


def family_title(family: str) -> str:
    return str(FAMILIES.get(family, family))


def stage_title(stage: str) -> str:
    return str(STAGES.get(stage, stage))


def table_title(name: str) -> str:
    """A canonical table's name for people, with its own."""
    return said(tables()[name]) if name in tables() else name


def column_title(table: str, column: str) -> str:
    found = tables()[table].columns.get(column) if table in tables() else None
    return said(found) if found else column


def standings(on: date, codes: Iterable[str] | None = None) -> dict[str, str]:
    """Each indicator's status in this office on a day: the last one agreed, or the card's own."""
    found = {code: indicator.card.status for code, indicator in shipped().indicators.items()}
    rows = IndicatorStatus.objects.filter(decision="agreed", from_on__lte=on).order_by("from_on", "pk")
    if codes is not None:
        rows = rows.filter(code__in=list(codes))
    found.update({code: status for code, status in rows.values_list("code", "status") if code in found})
    return found


def local_parameters(on: date) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """The office's own values as the engine takes them, each beside the values of the card that it follows."""
    rows = IndicatorParameter.objects.filter(decision="agreed", from_on__lte=on).order_by("from_on", "pk")
    own: dict[tuple[str, str], list[IndicatorParameter]] = {}
    for row in rows:
        own.setdefault((row.code, row.name), []).append(row)
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for (code, name), values in own.items():
        indicator = shipped().indicators.get(code)
        if indicator is not None and name in indicator.card.parameters:
            found.setdefault(code, {})[name] = _values(indicator, name, values)
    return found


def asks_by_day(indicator: Indicator, name: str) -> bool:
    """Whether the rule asks for the parameter by the day of an event."""
    calls = indicator.rule.parameters() | indicator.population.parameters()
    return any(asked == name and by_day for asked, by_day, _by_key in calls)


def _values(indicator: Indicator, name: str, own: list[IndicatorParameter]) -> list[dict[str, Any]]:
    kept = [_plain(value) for value in indicator.card.parameters[name].values]
    if not asks_by_day(indicator, name):
        # the rule knows no day: the office's last value stands for its key, and the card's for the other keys
        last = {row.key or None: row for row in own}
        return [v for v in kept if v["key"] not in last] + [_local(row, dated=False) for row in last.values()]
    return kept + [_local(row, dated=True) for row in own]


def _plain(value: DatedValue) -> dict[str, Any]:
    since = value.since.isoformat() if value.since else None
    return {"value": value.value, "from": since, "key": value.key, "source": value.source}


def _local(row: IndicatorParameter, *, dated: bool) -> dict[str, Any]:
    since = row.from_on.isoformat() if dated else None
    return {"value": row.value, "from": since, "key": row.key or None, "source": row.source}


def values_on(
    indicator: Indicator, name: str, day: date, local: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """The values of a parameter in force on ``day``, one for each key."""
    values = (local or {}).get(indicator.code, {}).get(name)
    listed = values if values is not None else [_plain(v) for v in indicator.card.parameters[name].values]
    last: dict[str | None, dict[str, Any]] = {}
    for value in sorted(listed, key=lambda v: v["from"] or ""):
        if not value["from"] or value["from"] <= day.isoformat():
            last[value["key"]] = value
    return list(last.values())


def finding_title(finding: Finding) -> str:
    """What a finding is called in a list: the name of its indicator."""
    found = shipped().indicators.get(finding.code)
    return said(found.card.name) if found else finding.code
