"""Pages of the catalogue and of one indicator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lianfang.web.detection import catalogue
from lianfang.web.detection.actions import indicators as actions
from lianfang.web.detection.forms.runs import DecisionForm, ParameterForm, StatusForm
from lianfang.web.detection.models import Nature
from lianfang.web.detection.queries import findings as finding_queries
from lianfang.web.detection.queries import indicators as queries
from lianfang.web.shared import clock, pages, paging
from lianfang.web.shared.actor import Actor, actor_of
from lianfang.web.shared.refused import Refused
from lianfang.web.shared.roles import Permission

TABS = ("about", "rule", "parameters", "cases", "performance", "findings", "history")


@pages.page(Permission.INDICATOR_READ)
def indicator_list(request: HttpRequest) -> HttpResponse:
    """The catalogue, narrowed by facets; each facet's value with its number."""
    every = queries.rows()
    chosen = {name: request.GET.getlist(name) for name in queries.FACETS}
    words = request.GET.get("q", "").strip()
    listed = queries.narrowed(every, chosen, words)
    context = {
        "rows": listed,
        "facets": queries.facets(every),
        "chosen": chosen,
        "is_narrowed": bool(words or any(chosen.values())),
        "words": words,
        "total": len(every),
        "standings": queries.facets(every)[3].values,
    }
    return render(request, "detection/indicator_list.html", context)


@pages.page(Permission.INDICATOR_READ)
def indicator_page(request: HttpRequest, code: str, tab: str = "about") -> HttpResponse:
    """One indicator, one tab at a time."""
    if tab not in TABS:
        raise Http404
    actor = actor_of(request)
    found = queries.indicator(code)
    runs = list(queries.runs_of(code)[:12])
    context = {
        "one": found,
        "card": found.card,
        "nature": str(Nature(found.card.nature).label),
        "stage": catalogue.stage_title(found.card.stage),
        "family": catalogue.family_title(found.indicator.family),
        "is_published": queries.is_published(code),
        "tab": tab,
        "tabs": _tabs(code, tab),
        "precision": queries.precision(code),
        "by_kind": queries.precision_by_kind(code),
        "last": runs[0] if runs else None,
        "runs": runs,
        "run_rows": [(one, catalogue.STANDINGS[one.standing]) for one in runs],
        "may_propose": actor.may(Permission.INDICATOR_PROPOSE),
        "may_decide": actor.may(Permission.INDICATOR_DECIDE),
        "may_read_findings": actor.may(Permission.FINDING_READ),
    }
    context |= _of_tab(tab, found, request, actor)
    return render(request, f"detection/indicator_{tab}.html", context)


def _tabs(code: str, tab: str) -> list[dict[str, Any]]:
    labels = [_("说明"), _("规则"), _("参数"), _("用例"), _("表现"), _("发现"), _("历史")]
    return [
        {
            "label": label,
            "url": reverse("indicator", args=[code])
            if name == "about"
            else reverse("indicator_tab", args=[code, name]),
            "current": name == tab,
        }
        for name, label in zip(TABS, labels, strict=True)
    ]


def _of_tab(tab: str, found: queries.Standing, request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """What only one tab shows."""
    if tab == "about":
        law = [(one, catalogue.CERTAINTIES[one.certainty]) for one in found.card.law]
        return {"needs": queries.needs_of(found.indicator), "sample": queries.sample(actor, found.code), "law": law}
    if tab == "rule":
        return {"colours": queries.colours_of(found.indicator)}
    if tab == "parameters":
        return {"parameters": queries.parameters_of(found)}
    if tab == "cases":
        return {"cases": queries.cases_of(found.indicator), "shows": queries.case_counts(found.indicator)}
    if tab == "performance":
        own = finding_queries.findings_for(actor)
        return {"units": queries.by_unit(found.code, own), "reasons": queries.reasons(found.code)}
    if tab == "findings":
        own = finding_queries.findings_for(actor).filter(code=found.code).exclude(change="gone")
        order = ("-severity", "-pk")
        return {"page": paging.page(own.select_related("unit"), order=order, token=request.GET.get("page", ""))}
    return {"history": queries.history(found.code)}


@pages.page(Permission.INDICATOR_PROPOSE)
def indicator_status(request: HttpRequest, code: str) -> HttpResponse:
    """Propose a status."""
    found = queries.indicator(code)
    form = StatusForm(request.POST or None, initial={"from_on": clock.today()})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if _done(form, lambda: actions.propose_status(code, by=actor_of(request), **given)):
            messages.success(request, _("已提出，等另一人决定。"))
            return redirect("indicator", code=code)
    context = {"one": found, "form": form, "title": _("提出状态变更"), "button": _("提出变更")}
    return render(request, "detection/indicator_form.html", context, status=422 if form.errors else 200)


@pages.page(Permission.INDICATOR_PROPOSE)
def indicator_parameter(request: HttpRequest, code: str, name: str) -> HttpResponse:
    """Propose this office's own value of a parameter."""
    found = queries.indicator(code)
    if name not in found.card.parameters:
        raise Http404
    parameter = found.card.parameters[name]
    form = ParameterForm(request.POST or None, parameter=parameter, initial={"from_on": clock.today()})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if _done(form, lambda: actions.propose_parameter(code, name, by=actor_of(request), **given)):
            messages.success(request, _("已提出，等另一人决定。"))
            return redirect("indicator_tab", code=code, tab="parameters")
    title = _("提出参数“%(name)s”的新值") % {"name": catalogue.said(parameter)}
    context = {"one": found, "form": form, "title": title, "button": _("提出变更")}
    return render(request, "detection/indicator_form.html", context, status=422 if form.errors else 200)


@pages.page(Permission.INDICATOR_DECIDE)
def indicator_decide(request: HttpRequest, code: str, what: str) -> HttpResponse:
    """Decide what somebody else proposed: ``status``, or the name of a parameter."""
    proposal = queries.waiting(code, what, request.GET.get("key", ""))
    form = DecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        agreed = form.cleaned_data["agreed"] == "yes"
        actions.decide(proposal, by=actor_of(request), agreed=agreed, opinion=form.cleaned_data["opinion"])
        messages.success(request, _("已同意，到生效日起用。") if agreed else _("已记下不同意。"))
        return redirect("indicator", code=code)
    context = {"one": queries.indicator(code), "form": form, "proposal": proposal, "title": _("决定变更")}
    context["button"] = _("记下决定")
    return render(request, "detection/indicator_form.html", context, status=422 if form.errors else 200)


@pages.page(Permission.INDICATOR_DECIDE)
@require_POST
def indicator_publish(request: HttpRequest, code: str) -> HttpResponse:
    """Put what is watched, why, and by which law on the portal, or take it down."""
    actor = actor_of(request)
    if request.POST.get("down"):
        actions.withdraw_indicator(code, by=actor)
        messages.success(request, _("已从公开网站撤下。"))
    else:
        actions.publish_indicator(code, by=actor)
        messages.success(request, _("已送公开网站。"))
    return redirect("indicator", code=code)


def _done(form: forms.Form, action: Callable[[], Any]) -> Any:
    """Carry ``action`` out; a refusal about fields goes back to the form."""
    try:
        return action()
    except Refused as refused:
        if not refused.fields:
            raise
        for name, said in refused.fields.items():
            form.add_error(name if name in form.fields else None, said)
        return None
