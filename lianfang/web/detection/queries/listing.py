"""The list of findings: its filters, chips and tabs, all of them in the address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import QueryDict
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from lianfang.web.detection import catalogue
from lianfang.web.detection.models import Change, Colour, Finding, Safety
from lianfang.web.organisation.models import Unit

NAMES = ("code", "unit", "colour", "safety", "stage", "family", "change", "since", "q")
_MANY_UNITS = 20  # units whose name fits the words


@dataclass(frozen=True)
class Filter:
    """One select of the filter row."""

    name: str
    title: str
    options: list[tuple[str, str]]
    value: str


def chosen(given: QueryDict) -> dict[str, str]:
    """What the address asks for; what is no value of its filter is left out."""
    found = {name: given.get(name, "").strip() for name in NAMES}
    allowed: dict[str, Any] = {
        "colour": Colour.values,
        "safety": Safety.values,
        "stage": catalogue.STAGES,
        "family": catalogue.FAMILIES,
        "change": [*Change.values, "withdrawn"],
        "code": catalogue.shipped().indicators,
    }
    for name, values in allowed.items():
        if found[name] not in values:
            found[name] = ""
    if _day(found["since"]) is None:
        found["since"] = ""
    return found


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def fitting(findings: QuerySet[Finding], wanted: dict[str, str]) -> QuerySet[Finding]:
    """The findings that fit all filters, whatever became of them."""
    exact = {name: wanted[name] for name in ("code", "colour", "safety", "stage", "family") if wanted[name]}
    found = findings.filter(**exact)
    if wanted["unit"]:
        unit = Unit.objects.filter(code=wanted["unit"]).first()
        found = found.filter(unit__path__startswith=unit.path) if unit else found.filter(unit_code=wanted["unit"])
    if since := _day(wanted["since"]):
        found = found.filter(first_run__as_of__gte=since)
    return found.filter(_words(wanted["q"])) if wanted["q"] else found


def of_change(findings: QuerySet[Finding], change: str) -> QuerySet[Finding]:
    """One view of them. Those that are gone or rest on withdrawn data are shown only when asked for."""
    if change == "withdrawn":
        return findings.filter(withdrawn_on__isnull=False)
    present = findings.filter(withdrawn_on=None)
    return present.filter(change=change) if change else present.exclude(change=Change.GONE)


def _words(words: str) -> Q:
    """A finding's number, an indicator's code or name, the thing itself, or the name of a unit."""
    folded = words.casefold()
    named = [
        code
        for code, one in catalogue.shipped().indicators.items()
        if folded in code.casefold() or folded in one.card.name.zh or folded in one.card.name.en.casefold()
    ]
    units = list(Unit.objects.filter(name__contains=words).values_list("pk", flat=True)[:_MANY_UNITS])
    return Q(number__iexact=words) | Q(subject_id=words) | Q(code__in=named) | Q(unit__in=units)


def filters(wanted: dict[str, str]) -> list[Filter]:
    """The selects, each with its values in the reader's language."""
    stages = sorted({i.card.stage for i in catalogue.shipped().indicators.values()})
    return [
        Filter("family", _("领域"), [(n, str(t)) for n, t in catalogue.FAMILIES.items()], wanted["family"]),
        Filter("safety", _("四个安全"), [(v, str(t)) for v, t in Safety.choices], wanted["safety"]),
        Filter("stage", _("环节"), [(stage, catalogue.stage_title(stage)) for stage in stages], wanted["stage"]),
        Filter("colour", _("建议色"), [(v, str(t)) for v, t in Colour.choices], wanted["colour"]),
    ]


def chips(given: QueryDict, wanted: dict[str, str]) -> list[dict[str, str]]:
    """Every filter that is on, each with the address without it."""
    words = {
        "code": wanted["code"],
        "unit": _unit_name(wanted["unit"]),
        "colour": dict(Colour.choices).get(wanted["colour"], ""),
        "safety": dict(Safety.choices).get(wanted["safety"], ""),
        "stage": catalogue.stage_title(wanted["stage"]),
        "family": catalogue.family_title(wanted["family"]),
        "since": _("%(day)s以后新增") % {"day": wanted["since"]},
        "q": wanted["q"],
    }
    return [{"label": str(words[name]), "url": _without(given, name)} for name in words if wanted[name]]


def _unit_name(code: str) -> str:
    if not code:
        return ""
    return Unit.objects.filter(code=code).values_list("name", flat=True).first() or code


def _without(given: QueryDict, *names: str, **more: str) -> str:
    left = given.copy()
    for name in (*names, "page"):
        left.pop(name, None)
    for name, value in more.items():
        left[name] = value
    return f"?{left.urlencode()}"


def tabs(given: QueryDict, fitting_ones: QuerySet[Finding], wanted: dict[str, str]) -> list[dict[str, Any]]:
    """The fixed views with their numbers: present, new, changed, gone, on withdrawn data."""
    is_withdrawn = Q(withdrawn_on__isnull=False)
    rows = fitting_ones.order_by().values_list("change").annotate(n=Count("pk"), gone=Count("pk", filter=is_withdrawn))
    counts = {change: n - on_withdrawn for change, n, on_withdrawn in rows}
    withdrawn = sum(on_withdrawn for _change, _n, on_withdrawn in rows)
    present = sum(n for change, n in counts.items() if change != Change.GONE)
    views = [
        ("", _("全部"), present),
        (Change.NEW.value, _("新增"), counts.get(Change.NEW, 0)),
        (Change.CHANGED.value, _("有变化"), counts.get(Change.CHANGED, 0)),
        (Change.GONE.value, _("消失"), counts.get(Change.GONE, 0)),
        ("withdrawn", _("数据已撤回"), withdrawn),
    ]
    return [
        {
            "label": label,
            "count": count,
            "url": _without(given, "change", **({"change": name} if name else {})),
            "current": wanted["change"] == name,
        }
        for name, label, count in views
    ]
