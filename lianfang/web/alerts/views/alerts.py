"""Pages that show alerts: the list, one alert with its tabs, and the calendar of what is due."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from lianfang.web.alerts import actions, deadlines, files, grading, queries
from lianfang.web.alerts.models import STATES, Alert, Hit
from lianfang.web.detection import catalogue
from lianfang.web.detection.models import Colour, Finding, Safety
from lianfang.web.detection.queries.findings import evidence_of
from lianfang.web.detection.queries.indicators import precisions
from lianfang.web.organisation import calendar as days
from lianfang.web.organisation.models import Day
from lianfang.web.shared import clock, desk, pages, paging
from lianfang.web.shared.actor import Actor, actor_of
from lianfang.web.shared.roles import Permission as P

FILTERS = ("state", "colour", "safety")
WEEKS = 4


@pages.page(P.ALERT_READ)
def alert_list(request: HttpRequest) -> HttpResponse:
    """The alerts in one view, the newest first."""
    actor = actor_of(request)
    view = request.GET.get("view", "")
    view = view if view in queries.VIEWS else "open"
    rows = _filtered(queries.in_view(actor, view), request).select_related("unit", "next_user")
    size = request.GET.get("size", "50")
    page = paging.page(
        rows, order=("-pk",), token=request.GET.get("page", ""), size=int(size) if size.isdigit() else 50
    )
    context = {
        "page": page,
        "rows": _rows(page.rows, actor),
        "view": view,
        "tabs": _view_tabs(actor, view),
        "filters": _filters(request),
        "chips": _chips(request),
        "q": request.GET.get("q", ""),
    }
    return render(request, "alerts/alerts.html", context)


def _filtered(rows: QuerySet[Alert], request: HttpRequest) -> QuerySet[Alert]:
    if state := request.GET.get("state", ""):
        rows = rows.filter(state=state)
    if colour := request.GET.get("colour", ""):
        rows = rows.filter(colour=colour) | rows.filter(colour="", proposed_colour=colour)
    if safety := request.GET.get("safety", ""):
        rows = rows.filter(safety=safety)
    if unit := request.GET.get("unit", ""):
        rows = rows.filter(unit__code=unit)
    if words := request.GET.get("q", "").strip():
        found = (rows.filter(**{f"{name}__icontains": words}) for name in ("title", "number", "unit__name"))
        rows = next(found) | next(found) | next(found)
    return rows


def _rows(alerts: list[Alert], actor: Actor) -> list[dict[str, Any]]:
    faces = deadlines.faces(alerts)
    return [
        {
            "alert": one,
            "clock": queries.clock_face(faces.get(one.pk)),
            "state": STATES[one.state],
            "kind": queries.status_kind(one, actor),
            "stage": queries.colour_stage(one),
            "ended": queries.ended_word(one),
            "whose": queries.whose(one),
        }
        for one in alerts
    ]


def _view_tabs(actor: Actor, view: str) -> list[dict[str, Any]]:
    counted = {"turn", "overdue", "open"}
    shown = [name for name in queries.VIEWS if name != "mine" or actor.may(P.ALERT_CHECK)]
    return [
        {
            "label": queries.VIEWS[name],
            "url": f"{reverse('alerts')}?view={name}",
            "current": name == view,
            "count": queries.in_view(actor, name).count() if name in counted else None,
        }
        for name in shown
    ]


def _filters(request: HttpRequest) -> list[dict[str, Any]]:
    options = (
        ("state", _("状态"), [(name, word) for name, word in STATES.items() if name not in ("signal", "screening")]),
        ("colour", _("颜色"), Colour.choices),
        ("safety", _("四个安全"), Safety.choices),
    )
    return [
        {"name": name, "title": title, "options": choices, "value": request.GET.get(name, "")}
        for name, title, choices in options
    ]


def _chips(request: HttpRequest) -> list[dict[str, str]]:
    words = {**STATES, **dict(Colour.choices), **dict(Safety.choices)}
    chips = []
    for name in (*FILTERS, "unit", "q"):
        if value := request.GET.get(name, ""):
            left = request.GET.copy()
            del left[name]
            chips.append({"label": str(words.get(value, value)), "url": f"?{left.urlencode()}"})
    return chips


# --- one alert


def opened(request: HttpRequest, number: str) -> Alert:
    """The alert as its pages need it; that it was seen is kept."""
    actor = actor_of(request)
    found = queries.alert_for(actor, number)
    findings = Prefetch("finding", Finding.objects.select_related("unit", "last_run", "key", "sealed"))
    hits = Prefetch("hits", Hit.objects.prefetch_related(findings))
    related = ("ticks", "grades", "opinions", "requirements", "attachments", "acceptances", "answers__items")
    prefetch_related_objects([found], hits, *related)
    actions.see(found, by=actor)
    desk.remember(request, found.shown_title)
    return found


def head_of(request: HttpRequest, found: Alert, tab: str = "") -> dict[str, Any]:
    """What every tab of an alert shows above itself."""
    actor = actor_of(request)
    return {
        "alert": found,
        "subject_side": queries.is_subject_side(actor),
        "state": STATES[found.state],
        "kind": queries.status_kind(found, actor),
        "stage": queries.colour_stage(found),
        "ended": queries.ended_word(found),
        "clock": queries.clock_face(deadlines.face(found)),
        "buttons": queries.buttons(found, actor),
        "rail": queries.rail(found),
        "beside": queries.beside(actor, found, request.GET.get("in", "")),
        "tabs": _tabs(found, tab),
        "tab": tab,
        "family": catalogue.family_title(found.family) if found.family else "",
    }


def _tabs(found: Alert, current: str) -> list[dict[str, Any]]:
    if not found.issued_at:
        return []
    named = (
        ("", _("概要"), "alert"),
        ("correction", _("整改"), "alert_correction"),
        ("documents", _("文书"), "alert_documents"),
        ("record", _("记录"), "alert_record"),
    )
    return [
        {"label": word, "url": reverse(url, args=[found.number]), "current": tab == current} for tab, word, url in named
    ]


@pages.page(P.ALERT_READ)
def alert(request: HttpRequest, number: str) -> HttpResponse:
    """One alert: what was seen, on what evidence, what happens next, by when and by whom."""
    actor = actor_of(request)
    found = opened(request, number)
    context = head_of(request, found) | {
        "next": queries.next_step(found, actor),
        "findings": [_finding(hit.finding, actor) for hit in found.hits.all()],
        "first": _as_of(found),
        "chain": queries.chain(found),
        "year": queries.unit_year(found, actor),
        "objection": deadlines.objection_until(found),
        "deemed": deadlines.deemed_on(found) if found.state == "issued" else None,
        **_office_only(found, actor),
    }
    return render(request, "alerts/alert.html", context)


def _finding(finding: Finding, actor: Actor) -> dict[str, Any]:
    return {"finding": finding, "evidence": evidence_of(actor, finding, purpose="alert")}


def _as_of(found: Alert) -> date | None:
    return max((hit.finding.as_of for hit in found.hits.all()), default=None)


def _office_only(found: Alert, actor: Actor) -> dict[str, Any]:
    """What the unit and the subject do not read: the notes of the checking, who looked, the whole record."""
    if queries.is_subject_side(actor):
        return {}
    return {
        "grade": next(iter(found.grades.all()), None),
        "bands": found.parameters.get("bands") or grading.BANDS,
        "ticks": list(found.ticks.all()),
        "ticked": sum(one.is_done for one in found.ticks.all()),
        "indicators": _indicators(found),
        "entries": queries.told(list(queries.record_of(found, actor)[:5]), actor),
        "sightings": list(found.sightings.select_related("user")[:5]),
        "methods": [queries.METHOD_WORDS[name] for name in found.methods],
    }


def _indicators(found: Alert) -> list[dict[str, Any]]:
    codes = list(dict.fromkeys(hit.code for hit in found.hits.all()))
    known = precisions(codes) if codes else {}
    indicators = [catalogue.card_of(code) for code in codes]
    return [
        {"code": one.code, "indicator": one, "precision": known.get(one.code), "sql": one.rule_text}
        for one in indicators
    ]


@pages.page(P.ALERT_READ)
def correction(request: HttpRequest, number: str) -> HttpResponse:
    """What was asked, what was answered, and what acceptance said."""
    found = opened(request, number)
    answers = list(found.answers.prefetch_related("items__requirement", "items__files"))
    accepted = {one.round: one for one in found.acceptances.all()}
    rounds = [(answer, accepted.get(answer.round)) for answer in answers]
    context = head_of(request, found, "correction") | {"rounds": rounds}
    return render(request, "alerts/correction.html", context)


@pages.page(P.ALERT_READ)
def documents(request: HttpRequest, number: str) -> HttpResponse:
    """The notice as it was sent, to be read and printed."""
    found = opened(request, number)
    context = head_of(request, found, "documents") | {
        "due": deadlines.deadline(found.issued_at, deadlines.term_of(found.parameters, "L10", found.colour)).on
        if found.issued_at
        else None,
        "law": _law(found),
        "disposals": [queries.DISPOSALS[name][1] for name in found.disposals if name in queries.DISPOSALS],
        "deliveries": list(found.deliveries.select_related("unit", "person")),
    }
    return render(request, "alerts/documents.html", context)


def _law(found: Alert) -> list[str]:
    """The articles a notice may name: those whose text was verified; a statistical hint names none."""
    verified = ("verified_text", "verified_secondary")
    return [
        article.text
        for hit in found.hits.all()
        if hit.nature != "statistical_anomaly"
        for article in catalogue.card_of(hit.code).card.law
        if article.certainty in verified
    ]


@pages.page(P.ALERT_READ)
def record(request: HttpRequest, number: str) -> HttpResponse:
    """The whole record, newest first."""
    actor = actor_of(request)
    found = opened(request, number)
    people_only = request.GET.get("people") == "1"
    page = paging.page(
        queries.record_of(found, actor, people_only=people_only),
        order=("-pk",),
        token=request.GET.get("page", ""),
        size=50,
    )
    context = head_of(request, found, "record") | {
        "entries": queries.told(page.rows, actor),
        "page": page,
        "people_only": people_only,
        "sightings": [] if queries.is_subject_side(actor) else list(found.sightings.select_related("user")),
    }
    return render(request, "alerts/record.html", context)


@pages.page(P.ALERT_READ)
def attachment(request: HttpRequest, number: str, digest: str) -> HttpResponse:
    """One file of an alert, always handed over to be saved: nothing of it runs in the page."""
    found = queries.attachment_for(actor_of(request), number, digest)
    response = FileResponse(default_storage.open(found.path), content_type=files.TYPES[found.kind])
    response["Content-Disposition"] = content_disposition_header(True, found.name)
    return response


# --- the calendar


@pages.page(P.ALERT_READ)
def calendar(request: HttpRequest) -> HttpResponse:
    """What is due in the coming weeks, day by day, for me or for all I see."""
    actor = actor_of(request)
    whose = "me" if request.GET.get("whose") == "me" else "all"
    monday = clock.today() - timedelta(days=clock.today().weekday())
    rows = queries.week_ahead(actor, monday, WEEKS * 7)
    rows = rows.filter(queries.my_turn(actor)) if whose == "me" else rows
    listed = list(rows[:400])
    context = {
        "weeks": _weeks(monday, listed),
        "late": _rows([one for one in listed if timezone.localdate(one.due_at) < clock.today()], actor),
        "tabs": [
            {"label": word, "url": f"{reverse('alert_calendar')}?whose={name}", "current": whose == name}
            for name, word in (("all", _("我能看的")), ("me", _("等我办")))
        ],
    }
    return render(request, "alerts/calendar.html", context)


def _weeks(monday: date, alerts: Iterable[Alert]) -> list[list[dict[str, Any]]]:
    due: dict[date, list[Alert]] = {}
    for one in alerts:
        due.setdefault(timezone.localdate(one.due_at), []).append(one)
    known = {day.day: day for day in days.days_between(monday - timedelta(days=1), monday + timedelta(days=WEEKS * 7))}
    every = [monday + timedelta(days=n) for n in range(WEEKS * 7)]
    cells = [
        {"day": day, "alerts": due.get(day, []), "is_today": day == clock.today(), **_kind_of_day(known.get(day), day)}
        for day in every
    ]
    return [cells[n : n + 7] for n in range(0, len(cells), 7)]


def _kind_of_day(row: Day | None, day: date) -> dict[str, Any]:
    """Whether the day counts, and the name of its holiday or that a weekend's day is worked."""
    is_off = row is not None and not row.is_workday
    name = deadlines.HOLIDAYS.get(row.note, row.note) if row is not None and is_off else ""
    return {"is_off": is_off, "name": name or (_("上班") if not is_off and day.weekday() >= 5 else "")}
