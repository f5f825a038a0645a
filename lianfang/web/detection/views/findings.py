"""Pages of findings: the list, one finding, and what may be done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lianfang.web.detection import catalogue
from lianfang.web.detection.actions import findings as actions
from lianfang.web.detection.forms.runs import ExplanationForm, JudgementForm, ReasonForm
from lianfang.web.detection.models import Finding, Judgement
from lianfang.web.detection.queries import findings as queries
from lianfang.web.detection.queries import listing, packages
from lianfang.web.detection.queries.indicators import precision
from lianfang.web.shared import pages, paging
from lianfang.web.shared.actor import Actor, actor_of
from lianfang.web.shared.refused import Refused
from lianfang.web.shared.roles import Permission


@pages.page(Permission.FINDING_READ)
def finding_list(request: HttpRequest) -> HttpResponse:
    """Findings, the gravest colour and the newest first."""
    actor = actor_of(request)
    chosen = listing.chosen(request.GET)
    fitting = listing.fitting(queries.findings_for(actor), chosen)
    page = paging.page(
        listing.of_change(fitting, chosen["change"]).select_related("unit"),
        order=("-severity", "-pk"),
        token=request.GET.get("page", ""),
        size=int(request.GET.get("size", "50")) if request.GET.get("size", "50").isdigit() else 50,
    )
    context = {
        "page": page,
        "rows": [(one, catalogue.finding_title(one)) for one in page.rows],
        "chosen": chosen,
        "filters": listing.filters(chosen),
        "chips": listing.chips(request.GET, chosen),
        "tabs": listing.tabs(request.GET, fitting, chosen),
    }
    return render(request, "detection/finding_list.html", context)


@pages.page(Permission.FINDING_READ)
def finding_page(request: HttpRequest, number: str) -> HttpResponse:
    """One finding: the sentence, the evidence, the law of the day, what else could explain it, what to check."""
    actor = actor_of(request)
    shown = queries.findings_for(actor)
    return render(request, "detection/finding.html", _whole(queries.one_of(shown, number), shown, actor))


def _whole(found: Finding, shown: QuerySet[Finding], actor: Actor) -> dict[str, Any]:
    indicator = catalogue.card_of(found.code)
    evidence = queries.evidence_of(actor, found)
    day = queries.event_day(found, evidence.raw)
    judgement = getattr(found, "judgement", None)
    limits = queries.limits_of(found, day)
    return {
        "finding": found,
        "indicator": indicator,
        "title": catalogue.said(indicator.card.name),
        "metric": queries.metric_of(found),
        "sentence": queries.sentence_of(found),
        "evidence": evidence,
        "peers": [] if evidence.bar else queries.peers(shown, found),
        "day": day,
        "limits": limits,
        "law": [(law, catalogue.CERTAINTIES[law.certainty]) for law in queries.law_on(indicator, day)],
        "innocent": queries.explanations_of(found),
        "checks": [catalogue.said(one) for one in indicator.card.check],
        "parameters": queries.parameters_shown(limits),
        "others": queries.of_the_same_subject(shown, found),
        "unit_counts": queries.of_the_unit(shown, found.unit),
        "history": queries.indicator_history(found),
        "precision": precision(found.code),
        "judgement": judgement,
        "form": JudgementForm(initial={"reason": judgement.reason if judgement else "", "note": ""}),
        "results": ExplanationForm.base_fields["result"].choices,
        "may_judge": actor.may(Permission.FINDING_JUDGE),
        "can_recount": queries.can_recount(found),
    }


@pages.page(Permission.FINDING_JUDGE)
@require_POST
def finding_judge(request: HttpRequest, number: str) -> HttpResponse:
    """Answer whether the indicator fired rightly."""
    actor = actor_of(request)
    shown, form = queries.findings_for(actor), JudgementForm(request.POST)
    found = queries.one_of(shown, number)
    if not form.is_valid():
        return render(request, "detection/finding.html", _whole(found, shown, actor) | {"form": form}, status=422)
    reason = form.cleaned_data["reason"]
    rightly = reason in Judgement.RIGHTLY
    actions.judge(found, by=actor, fired_rightly=rightly, reason=reason, note=form.cleaned_data["note"])
    messages.success(request, _("已记下判断。"))
    return redirect("finding", number=number)


@pages.page(Permission.FINDING_JUDGE)
@require_POST
def finding_explain(request: HttpRequest, number: str) -> HttpResponse:
    """Keep what came of looking into one explanation."""
    actor = actor_of(request)
    found, form = queries.finding_for(actor, number), ExplanationForm(request.POST)
    if not form.is_valid():
        raise Refused(_("请选择排查结果。"))
    actions.explain(found, by=actor, **form.cleaned_data)
    messages.success(request, _("已记下排查结果。"))
    return redirect("finding", number=number)


@pages.page(Permission.FINDING_READ)
@require_POST
def finding_recount(request: HttpRequest, number: str) -> HttpResponse:
    """Compute the finding again from the tables that were kept."""
    actor = actor_of(request)
    result = actions.recount_finding(queries.finding_for(actor, number), by=actor)
    if result.differs:
        messages.warning(request, _("复算不一致，差%(n)d行。") % {"n": result.differs})
    else:
        messages.success(request, _("复算一致。"))
    if not result.same_catalogue:
        messages.info(request, _("指标目录在那次运行之后更新过，复算用的是现在的规则。"))
    return redirect("finding", number=number)


@pages.page(Permission.FINDING_READ)
def finding_unmask(request: HttpRequest, number: str, column: str) -> HttpResponse:
    """Ask, with a reason, to read a masked column."""
    actor = actor_of(request)
    found, form = queries.finding_for(actor, number), ReasonForm(request.POST or None)
    title = queries.column_title(found, column)
    if title is None:
        raise Http404
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        if _done(form, lambda: actions.unmask(found, column, by=actor, reason=reason)):
            messages.success(request, _("已显示“%(column)s”，8小时内有效，已记入日志。") % {"column": title})
            return redirect("finding", number=number)
    context = {"finding": found, "form": form, "column": title}
    return render(request, "detection/finding_unmask.html", context, status=422 if form.errors else 200)


@pages.page(Permission.FINDING_JUDGE)
def finding_package(request: HttpRequest, number: str) -> HttpResponse:
    """The evidence package: rows, rule, thresholds, digests."""
    actor = actor_of(request)
    found, form = queries.finding_for(actor, number), ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        content = _done(form, lambda: actions.take_package(found, by=actor, reason=reason))
        if content:
            response = HttpResponse(content, content_type="application/zip")
            response["Content-Disposition"] = content_disposition_header(True, f"{found.number}.zip")
            return response
    context = {"finding": found, "form": form, "files": packages.FILES}
    return render(request, "detection/finding_package.html", context, status=422 if form.errors else 200)


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
