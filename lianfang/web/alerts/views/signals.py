"""Pages of signals: the inbox with its reading pane, the intake record, and what becomes of one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lianfang.web.accounts.queries import actors_with_role
from lianfang.web.alerts import actions, deadlines, forms, queries
from lianfang.web.alerts.models import Alert, Signal, Source
from lianfang.web.alerts.views.answers import carried_out
from lianfang.web.detection.models import Colour, Safety
from lianfang.web.detection.queries.findings import finding_for
from lianfang.web.detection.queries.runs import run_for
from lianfang.web.organisation.queries import units_in_reach
from lianfang.web.shared import desk, pages, paging
from lianfang.web.shared.actor import Actor, actor_of
from lianfang.web.shared.roles import Permission as P

FILTERS = ("source", "safety", "colour")
ORDER = ("-rank", "-pk")


@pages.page(P.SIGNAL_READ)
def inbox(request: HttpRequest) -> HttpResponse:
    """The signals that wait, the most pressing first, with the chosen one beside them."""
    return _inbox(request, request.GET.get("open", ""))


@pages.page(P.SIGNAL_READ)
def signal(request: HttpRequest, number: str) -> HttpResponse:
    """One signal, in the inbox."""
    found = queries.signal_for(actor_of(request), number)
    desk.remember(request, found.shown_title)
    return _inbox(request, number, found)


def _inbox(request: HttpRequest, number: str, found: Signal | None = None) -> HttpResponse:
    actor = actor_of(request)
    view = request.GET.get("view", "waiting")
    rows = _filtered(_of_view(queries.signals_for(actor), view, actor), request)
    page = paging.page(rows.select_related("unit"), order=ORDER, token=request.GET.get("page", ""), size=50)
    if found is None and number:
        found = queries.signal_for(actor, number)
    found = found or (queries.signal_for(actor, page.rows[0].number) if page.rows else None)
    context = {
        "page": page,
        "rows": _rows(page.rows),
        "view": view,
        "tabs": _tabs(actor, view),
        "filters": _filters(request),
        "chips": _chips(request),
        "q": request.GET.get("q", ""),
        **(_pane(found, actor) if found else {}),
    }
    return render(request, "alerts/signals.html", context)


def _of_view(rows: QuerySet[Signal], view: str, actor: Actor) -> QuerySet[Signal]:
    if view == "ended":
        return rows.exclude(state__in=("signal", "screening"))
    waiting = rows.filter(state__in=("signal", "screening"))
    return waiting.filter(assigned_to=actor.user_id) if view == "mine" else waiting


def _filtered(rows: QuerySet[Signal], request: HttpRequest) -> QuerySet[Signal]:
    for name in FILTERS:
        if value := request.GET.get(name, ""):
            rows = rows.filter(**{name: value})
    if words := request.GET.get("q", "").strip():
        rows = rows.filter(title__icontains=words) | rows.filter(unit__name__icontains=words)
    return rows


def _tabs(actor: Actor, view: str) -> list[dict[str, Any]]:
    waiting = _of_view(queries.signals_for(actor), "waiting", actor)
    base = reverse("signals")
    named = (("waiting", _("待初筛"), waiting.count()), ("mine", _("我的"), None), ("ended", _("已办"), None))
    mine = waiting.filter(assigned_to=actor.user_id).count()
    return [
        {"label": word, "url": f"{base}?view={name}", "current": view == name, "count": mine if name == "mine" else n}
        for name, word, n in named
    ]


def _filters(request: HttpRequest) -> list[dict[str, Any]]:
    options = {"source": (_("来源"), Source.choices), "safety": (_("四个安全"), Safety.choices)}
    options["colour"] = (_("建议色"), Colour.choices)
    return [
        {"name": name, "title": title, "options": choices, "value": request.GET.get(name, "")}
        for name, (title, choices) in options.items()
    ]


def _chips(request: HttpRequest) -> list[dict[str, str]]:
    words = {**dict(Source.choices), **dict(Safety.choices), **dict(Colour.choices)}
    chips = []
    for name in (*FILTERS, "q"):
        if value := request.GET.get(name, ""):
            left = request.GET.copy()
            del left[name]
            chips.append({"label": str(words.get(value, value)), "url": f"?{left.urlencode()}"})
    return chips


def _rows(signals: list[Signal]) -> list[dict[str, Any]]:
    times = queries.doubled(signals)
    faces = deadlines.faces([one for one in signals if one.is_waiting])
    return [
        {"signal": one, "times": times.get(one.pk, 1), "clock": queries.clock_face(faces.get(one.pk))}
        for one in signals
    ]


def _pane(found: Signal, actor: Actor) -> dict[str, Any]:
    findings = list(found.findings.select_related("unit", "last_run"))
    return {
        "found": found,
        "state": queries.STATE_WORDS[found.state],
        "findings": findings,
        "reasons": queries.reason_words(found),
        "precisions": queries.precisions_of(findings),
        "duplicates": queries.possible_duplicates(actor, found) if found.is_waiting else [],
        "offers": {offer.move.id: offer for offer in queries.signal_offers(found, actor)},
        "clock": queries.clock_face(deadlines.face(found)) if found.is_waiting else None,
        "may_screen": actor.may(P.SIGNAL_SCREEN) and found.is_waiting,
        "merged": Signal.objects.filter(merged_into=found).aggregate(n=Count("pk"))["n"],
    }


@pages.page(P.SIGNAL_REGISTER)
def signal_new(request: HttpRequest) -> HttpResponse:
    """The intake record."""
    actor = actor_of(request)
    form = forms.IntakeForm(request.POST or None, units=units_in_reach(actor, P.SIGNAL_REGISTER))
    if request.method == "POST" and form.is_valid():
        made = carried_out(form, lambda: actions.register_signal(actions.Intake(**form.cleaned_data), by=actor))
        if made:
            messages.success(request, _("已登记信号%(number)s。") % {"number": made.number})
            return redirect("signal", number=made.number)
    return render(request, "alerts/signal_new.html", {"form": form}, status=422 if form.errors else 200)


@pages.page(P.SIGNAL_SCREEN)
def signal_take_up(request: HttpRequest, number: str) -> HttpResponse:
    """Give it over to checking: who checks, and who checks a second time."""
    actor, officers = actor_of(request), actors_with_role("officer")
    found = queries.signal_for(actor, number)
    first = {"checker": found.assigned_to_id or actor.user_id}
    form = forms.TakeUpForm(request.POST or None, officers=officers, initial=first)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        alert = carried_out(form, lambda: actions.take_up_signal(found, by=actor, version=_version(request), **given))
        if alert:
            messages.success(request, _("已转核验，预警号%(number)s。") % {"number": alert.number})
            return redirect("alert", number=alert.number)
    return _page(request, found, form, _("转核验"), _("信号取得预警号，核验期限从今天起算。对象和单位此时不会知道。"))


@pages.page(P.SIGNAL_SCREEN)
def signal_dismiss(request: HttpRequest, number: str) -> HttpResponse:
    """Close a signal that does not stand."""
    actor = actor_of(request)
    found, form = queries.signal_for(actor, number), forms.ClosingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data | {"version": _version(request)}
        if carried_out(form, lambda: actions.dismiss_signal(found, by=actor, **given)):
            messages.success(request, _("已办为不成立。"))
            return redirect("signals")
    what = _("信号关闭，不通知任何单位和个人。原因计入该指标的准确率。")
    return _page(request, found, form, _("不成立"), what)


@pages.page(P.SIGNAL_SCREEN)
def signal_merge(request: HttpRequest, number: str) -> HttpResponse:
    """Join it to another of the same matter."""
    actor = actor_of(request)
    found = queries.signal_for(actor, number)
    form = forms.MergeForm(request.POST or None, initial={"into": request.GET.get("into", "")})
    if request.method == "POST" and form.is_valid():
        into = _named(actor, form.cleaned_data["into"])
        if carried_out(form, lambda: actions.merge_signal(found, into, by=actor, version=_version(request))):
            messages.success(request, _("已并入%(number)s。") % {"number": into.number})
            return redirect("signals")
    what = _("两件作为一件办理，发现和证据一并转过去，只计一次。")
    return _page(request, found, form, _("并案"), what, queries.possible_duplicates(actor, found))


def _named(actor: Actor, number: str) -> Any:
    rows: tuple[QuerySet[Any], ...] = (queries.alerts_for(actor), queries.signals_for(actor))
    named = (found.filter(number=number.strip()).first() for found in rows)
    return next((one for one in named if one is not None), Alert())


@pages.page(P.SIGNAL_SCREEN)
def signal_assign(request: HttpRequest, number: str) -> HttpResponse:
    """Give it to an officer."""
    actor = actor_of(request)
    found = queries.signal_for(actor, number)
    form = forms.AssignForm(request.POST or None, officers=actors_with_role("officer"))
    if request.method == "POST" and form.is_valid():
        to = form.cleaned_data["to"]
        if carried_out(form, lambda: actions.assign_signal(found, to, by=actor, version=_version(request))):
            messages.success(request, _("已指派给%(name)s。") % {"name": to.name})
            return redirect("signals")
    return _page(request, found, form, _("指派"), _("由指派的人初筛；期限不变。"))


@pages.page(P.SIGNAL_SCREEN)
def signal_complete(request: HttpRequest, number: str) -> HttpResponse:
    """Add what the intake record lacked."""
    actor = actor_of(request)
    found = queries.signal_for(actor, number)
    first = {"unit": found.unit.code if found.unit else "", "safety": found.safety}
    form = forms.CompleteForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data | {"version": _version(request)}
        if carried_out(form, lambda: actions.complete_signal(found, by=actor, **given)):
            messages.success(request, _("已补充登记。"))
            return redirect("signal", number=number)
    return _page(request, found, form, _("补充登记"), _("登记完整后自动进入初筛。"))


def _version(request: HttpRequest) -> int | None:
    given = request.POST.get("version", "")
    return int(given) if given.isdigit() else None


def _page(request: HttpRequest, found: Signal, form: Any, title: str, what: str, duplicates: Any = ()) -> HttpResponse:
    context = {"found": found, "form": form, "title": title, "what": what, "duplicates": duplicates}
    return render(request, "alerts/signal_move.html", context, status=422 if form.errors else 200)


@pages.page(P.SIGNAL_SCREEN)
@require_POST
def finding_signal(request: HttpRequest, number: str) -> HttpResponse:
    """Make a signal of a finding."""
    actor = actor_of(request)
    made = actions.signal_from_finding(finding_for(actor, number), by=actor)
    messages.success(request, _("已转为信号%(number)s。") % {"number": made.number})
    return redirect("signal", number=made.number)


@pages.page(P.SIGNAL_SCREEN)
@require_POST
def run_signals(request: HttpRequest, number: int) -> HttpResponse:
    """Make signals of a run's findings, within the week's capacity."""
    actor = actor_of(request)
    made = actions.signals_from_run(run_for(actor, number), by=actor)
    messages.success(request, _("已生成信号%(n)d条。") % {"n": len(made)})
    return redirect("signals")
