"""Reads on indicators: the card with what this office decided, how often it fires rightly, and what it did."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from lianfang.engine.cases import Case, load_cases
from lianfang.engine.catalogue import Card, Indicator
from lianfang.engine.fault import speaking
from lianfang.engine.figures import condition_text
from lianfang.web.detection import catalogue
from lianfang.web.detection.models import (
    Finding,
    IndicatorParameter,
    IndicatorStatus,
    Judgement,
    Nature,
    Run,
    RunIndicator,
    Safety,
)
from lianfang.web.detection.queries.findings import findings_for, parameter_text
from lianfang.web.detection.queries.runs import latest_run
from lianfang.web.organisation.models import Unit
from lianfang.web.shared import clock
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.language import is_english
from lianfang.web.shared.models import Package

ENOUGH = 10  # fewer judgements than this give no percentage
_Z = 1.96  # 95 %


@dataclass(frozen=True)
class Precision:
    """How often an indicator fired rightly, of the findings that were judged, with its 95 % interval (Wilson)."""

    rightly: int
    judged: int

    @property
    def is_enough(self) -> bool:
        return self.judged >= ENOUGH

    @property
    def share(self) -> float:
        return 100 * self.rightly / self.judged if self.judged else 0.0

    @property
    def low(self) -> float:
        return self._interval()[0]

    @property
    def high(self) -> float:
        return self._interval()[1]

    def _interval(self) -> tuple[float, float]:
        n = self.judged
        if not n:
            return 0.0, 100.0
        p = self.rightly / n
        middle = (p + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        half = _Z * math.sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2)) / (1 + _Z**2 / n)
        return 100 * max(0.0, middle - half), 100 * min(1.0, middle + half)


def precision(code: str) -> Precision:
    """The precision of an indicator from what people answered."""
    return precisions([code]).get(code, Precision(0, 0))


def precisions(codes: Iterable[str] | None = None) -> dict[str, Precision]:
    """The precision of many indicators in one question."""
    answers = Judgement.objects.all() if codes is None else Judgement.objects.filter(finding__code__in=list(codes))
    rows = answers.values_list("finding__code").annotate(
        judged=Count("pk"), rightly=Count("pk", filter=Q(fired_rightly=True))
    )
    return {code: Precision(rightly, judged) for code, judged, rightly in rows}


def precision_by_kind(code: str) -> list[tuple[str, Precision]]:
    """The precision per kind of unit: what is right for departments may be wrong for villages."""
    rows = (
        Judgement.objects.filter(finding__code=code, finding__unit__isnull=False)
        .values_list("finding__unit__kind")
        .annotate(judged=Count("pk"), rightly=Count("pk", filter=Q(fired_rightly=True)))
        .order_by("finding__unit__kind")
    )
    return [(str(Unit.Kind(kind).label), Precision(rightly, judged)) for kind, judged, rightly in rows]


def reasons(code: str) -> list[tuple[str, int]]:
    """Why an indicator did not fire rightly, the commonest reason first."""
    rows = (
        Judgement.objects.filter(finding__code=code, fired_rightly=False)
        .values_list("reason")
        .annotate(n=Count("pk"))
        .order_by("-n", "reason")
    )
    return [(str(Judgement.Reason(reason).label), n) for reason, n in rows]


# ---- one indicator -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """An indicator in this office: its card, its local status, and what waits for a decision."""

    indicator: Indicator
    status: str
    proposal: IndicatorStatus | None
    parameter_proposals: list[IndicatorParameter]

    @property
    def code(self) -> str:
        return self.indicator.code

    @property
    def card(self) -> Card:
        return self.indicator.card

    @property
    def title(self) -> str:
        return catalogue.said(self.card.name)

    @property
    def status_title(self) -> str:
        return str(catalogue.STANDINGS[self.status])

    @property
    def is_law_verified(self) -> bool:
        return is_law_verified(self.indicator)


def is_law_verified(indicator: Indicator) -> bool:
    """Whether the law behind the card was verified: only then may the indicator be put in force."""
    verified = any(law.certainty.startswith("verified") for law in indicator.card.law)
    return verified and indicator.card.status != "draft"


def indicator(code: str) -> Standing:
    """The card ``code`` with what this office decided; not found when the catalogue has none."""
    found = catalogue.card_of(code)
    status = catalogue.standings(clock.today(), [code])[code]
    waiting = IndicatorStatus.objects.filter(code=code, decision="waiting").first()
    parameters = list(IndicatorParameter.objects.filter(code=code, decision="waiting").order_by("pk"))
    return Standing(found, status, waiting, parameters)


def waiting(code: str, what: str, key: str = "") -> IndicatorStatus | IndicatorParameter:
    """The proposal that waits for a decision on the status, or on the parameter that ``what`` names."""
    found: IndicatorStatus | IndicatorParameter | None
    if what == "status":
        found = IndicatorStatus.objects.filter(code=code, decision="waiting").first()
    else:
        found = IndicatorParameter.objects.filter(code=code, name=what, key=key, decision="waiting").first()
    if found is None:
        raise Http404
    return found


def is_published(code: str) -> bool:
    """Whether the portal was last told to show the indicator."""
    last = Package.objects.filter(kind="indicator", key=code).order_by("-number").first()
    return last is not None and last.content is not None


@dataclass(frozen=True)
class Need:
    """A table that an indicator reads, and how the last run found it."""

    table: str
    title: str
    columns: list[str]
    rows: int | None


def needs_of(found: Indicator) -> list[Need]:
    """The tables that the indicator cannot do without, with the rows that the last run had of each."""
    run = latest_run()
    had = run.tables if run else {}
    return [
        Need(
            table,
            catalogue.table_title(table),
            [catalogue.column_title(table, c) for c in sorted(columns)],
            _had(had, table),
        )
        for table, columns in sorted(found.needs.items())
    ]


def _had(tables: Mapping[str, Any], table: str) -> int | None:
    return tables[table]["rows"] if table in tables and tables[table]["usable"] else None


def sample(actor: Actor, code: str) -> Finding | None:
    """A present finding that shows what the indicator sees, for those who may see findings."""
    found = findings_for(actor).filter(code=code, withdrawn_on=None).exclude(change="gone")
    return found.order_by("-severity", "-pk").first()


def colours_of(found: Indicator) -> list[tuple[str, str]]:
    """Each colour with its condition in words."""
    with speaking("en" if is_english() else "zh"):
        return [
            (colour, condition_text(found, condition))
            for colour in ("yellow", "orange", "red")
            if (condition := getattr(found.card.colour, colour))
        ]


@dataclass(frozen=True)
class ParameterLine:
    """One dated value of a parameter."""

    value: str
    key: str
    since: Any
    source: str
    certainty: str
    is_local: bool
    is_now: bool


@dataclass(frozen=True)
class ParameterTable:
    """A parameter with all its values by date, this office's own among them."""

    name: str
    title: str
    unit: str
    lines: list[ParameterLine]
    proposals: list[IndicatorParameter]


def parameters_of(standing: Standing) -> list[ParameterTable]:
    """The parameters of an indicator by date."""
    today, found = clock.today(), []
    own = list(IndicatorParameter.objects.filter(code=standing.code, decision="agreed").order_by("from_on", "pk"))
    local = catalogue.local_parameters(today)
    for name, parameter in standing.card.parameters.items():
        now = [(v["key"], v["value"], v["source"]) for v in catalogue.values_on(standing.indicator, name, today, local)]
        lines = [
            ParameterLine(
                parameter_text(v.value, parameter.type), v.key or "", v.since, v.source or "",
                str(catalogue.CERTAINTIES.get(v.certainty or "", "")), False, (v.key, v.value, v.source) in now,
            )
            for v in parameter.values
        ]  # fmt: skip
        lines += [
            ParameterLine(
                parameter_text(v.value, parameter.type), v.key, v.from_on, v.source, "", True,
                (v.key or None, v.value, v.source) in now,
            )
            for v in own
            if v.name == name
        ]  # fmt: skip
        waits = [one for one in standing.parameter_proposals if one.name == name]
        found.append(ParameterTable(name, catalogue.said(parameter), parameter.unit or "", lines, waits))
    return found


def case_counts(found: Indicator) -> list[tuple[str, int]]:
    """How many worked cases show what."""
    titles = {
        "hit": _("命中"),
        "miss": _("未命中"),
        "innocent": _("正当原因"),
        "boundary": _("边界"),
        "law_change": _("法规变更"),
        "blank": _("空值"),
    }
    counts = Counter(show for case in cases_of(found) for show in case.shows)
    return [(title, counts[name]) for name, title in titles.items() if counts[name]]


def history(code: str) -> list[Any]:
    """What people proposed and decided on an indicator, the newest first."""
    statuses = list(IndicatorStatus.objects.filter(code=code))
    parameters = list(IndicatorParameter.objects.filter(code=code))
    return sorted([*statuses, *parameters], key=lambda one: (one.proposed_at, one.pk), reverse=True)


def runs_of(code: str) -> QuerySet[RunIndicator]:
    """What the ended runs said of an indicator, the newest first."""
    ended = RunIndicator.objects.filter(code=code, run__state=Run.State.ENDED)
    return ended.select_related("run").order_by("-run__number")


def cases_of(found: Indicator) -> list[Case]:
    """The worked cases of an indicator."""
    return load_cases(found.folder / "cases.yaml")


def by_unit(code: str, findings: QuerySet[Finding]) -> list[tuple[str, str, int]]:
    """The units with most present findings: code, name, number."""
    rows = (
        findings.filter(code=code, unit__isnull=False)
        .exclude(change="gone")
        .values_list("unit__code", "unit__name")
        .annotate(n=Count("pk"))
        .order_by("-n", "unit__code")[:10]
    )
    return list(rows)


# ---- the catalogue -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One indicator as the catalogue lists it."""

    indicator: Indicator
    status: str
    last: RunIndicator | None
    precision: Precision

    @property
    def code(self) -> str:
        return self.indicator.code

    @property
    def title(self) -> str:
        return catalogue.said(self.indicator.card.name)

    @property
    def status_title(self) -> str:
        return str(catalogue.STANDINGS[self.status])

    @property
    def nature_title(self) -> str:
        return str(Nature(self.indicator.card.nature).label)

    @property
    def data(self) -> str:
        """Whether the last run could compute it: ready, lacking or unknown."""
        if self.last is None:
            return "unknown"
        return "lacking" if self.last.status == RunIndicator.Status.NOT_COMPUTABLE else "ready"

    @property
    def review(self) -> date:
        return self.indicator.card.next_review


@dataclass(frozen=True)
class Facet:
    """One way to narrow the catalogue, each of its values with its number."""

    name: str
    title: str
    values: list[tuple[str, str, int]]

    @property
    def is_short(self) -> bool:
        """Whether it is shown open from the start."""
        return len(self.values) <= _SHORT


_SHORT = 6


def rows() -> list[Row]:
    """Every indicator of the catalogue, in the order of codes; four questions however many there are."""
    status, answers, run = catalogue.standings(clock.today()), precisions(), latest_run()
    last = {one.code: one for one in run.indicators.all()} if run else {}
    return [
        Row(one, status[code], last.get(code), answers.get(code, Precision(0, 0)))
        for code, one in catalogue.shipped().indicators.items()
    ]


_FACETS = ("family", "stage", "safety", "status", "nature", "data")


def value_of(row: Row, facet: str) -> str:
    card = row.indicator.card
    values = {
        "family": row.indicator.family,
        "stage": card.stage,
        "safety": card.safety,
        "status": row.status,
        "nature": card.nature,
        "data": row.data,
    }
    return values[facet]


def _facet_title(facet: str, value: str) -> str:
    data = {"ready": _("齐备"), "lacking": _("缺数据"), "unknown": _("尚未运行")}
    titles = {
        "family": lambda: catalogue.family_title(value),
        "stage": lambda: catalogue.stage_title(value),
        "safety": lambda: str(Safety(value).label),
        "status": lambda: str(catalogue.STANDINGS[value]),
        "nature": lambda: str(Nature(value).label),
        "data": lambda: data[value],
    }
    return titles[facet]()


def facets(listed: list[Row]) -> list[Facet]:
    """The facets of the rows with the number of each value."""
    names = {
        "family": _("领域"),
        "stage": _("环节"),
        "safety": _("四个安全"),
        "status": _("状态"),
        "nature": _("性质"),
        "data": _("数据是否齐备"),
    }
    found = []
    for name in _FACETS:
        counts: dict[str, int] = {}
        for row in listed:
            counts[value_of(row, name)] = counts.get(value_of(row, name), 0) + 1
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        found.append(Facet(name, names[name], [(v, _facet_title(name, v), n) for v, n in ordered]))
    return found


def narrowed(listed: list[Row], chosen: dict[str, list[str]], words: str) -> list[Row]:
    """The rows that have one of the chosen values of each facet, and all the words somewhere in the card."""
    wanted = words.casefold().split()
    return [
        row
        for row in listed
        if all(value_of(row, name) in values for name, values in chosen.items() if values)
        and all(word in _text(row.indicator) for word in wanted)
    ]


def _text(found: Indicator) -> str:
    """Where the search looks: code, name, what is detected, tables and law."""
    card = found.card
    parts = [found.code, card.name.zh, card.name.en, card.detects.zh, card.detects.en, *found.base_tables]
    parts += [law.text for law in card.law]
    return " ".join(parts).casefold()


FACETS = _FACETS
