"""Pages where work is done: checking, grading, the unit's answer, acceptance."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lianfang.web.accounts.queries import actors_with_role
from lianfang.web.alerts import actions, deadlines, forms, grading, queries
from lianfang.web.alerts.models import Alert, Answer, Tick
from lianfang.web.alerts.views.alerts import head_of, opened
from lianfang.web.alerts.views.answers import carried_out
from lianfang.web.alerts.workflow import approvers, guards
from lianfang.web.shared import pages
from lianfang.web.shared.actor import actor_of
from lianfang.web.shared.refused import Refused
from lianfang.web.shared.roles import Permission as P


def _version(request: HttpRequest) -> int | None:
    given = request.POST.get("version", "")
    return int(given) if given.isdigit() else None


# --- checking


@pages.page(P.ALERT_PROPOSE)
def check(request: HttpRequest, number: str) -> HttpResponse:
    """The checker's desk: explanations, facts, files, the second opinion."""
    actor = actor_of(request)
    found = opened(request, number)
    first = {name: getattr(found, name) for name in ("facts", "methods", "no_conflict_declared")}
    form = forms.FactsForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data | {"version": _version(request)}
        if carried_out(form, lambda: actions.write_facts(found, by=actor, **given)):
            messages.success(request, _("已保存核验事实。"))
            return redirect("alert_check", number=number)
    return render(request, "alerts/check.html", _checking(request, found, form), status=422 if form.errors else 200)


def _checking(request: HttpRequest, found: Alert, form: Any) -> dict[str, Any]:
    actor = actor_of(request)
    said = approvers.opinions(found).get("second_checker")
    officers = actors_with_role("officer")
    open_now = found.state in ("verifying", "graded")
    return head_of(request, found) | {
        "form": form,
        "ticks": list(found.ticks.all()),
        "results": Tick.Result.choices,
        "files": [one for one in found.attachments.all() if one.is_screening],
        "file_form": forms.FileForm(),
        "second_form": forms.SecondForm(),
        "name_form": forms.SecondCheckerForm(officers=officers, without=[found.checker_id]),
        "second_said": said,
        "may_write": open_now and approvers.checked(found, actor.user_id),
        "may_second": open_now and actor.user_id == found.second_checker_id,
        "may_name": open_now and actor.may(P.ALERT_PROPOSE),
        "wants_second": found.proposed_colour in guards.TWO_CHECKERS or found.second_checker_id is not None,
    }


@pages.page(P.ALERT_CHECK)
@require_POST
def tick(request: HttpRequest, number: str, place: int) -> HttpResponse:
    """Keep what came of looking into one explanation; ``place`` counts from one."""
    actor = actor_of(request)
    found = queries.alert_for(actor, number)
    ticks = list(found.ticks.all())
    if not 1 <= place <= len(ticks):
        raise Http404
    one = ticks[place - 1]
    actions.tick(one, by=actor, result=request.POST.get("result", ""), note=request.POST.get("note", ""))
    messages.success(request, _("已记下排查结果。"))
    return redirect(f"{reverse('alert_check', args=[number])}#ticks")


@pages.page(P.ALERT_CHECK)
@require_POST
def attach(request: HttpRequest, number: str) -> HttpResponse:
    """Add a file gathered while checking."""
    actor = actor_of(request)
    found, form = queries.alert_for(actor, number), forms.FileForm(request.POST, request.FILES)
    if not form.is_valid():
        raise Refused(_("请选择文件。"))
    actions.attach(found, form.cleaned_data["file"], by=actor)
    messages.success(request, _("已上传附件。"))
    return redirect(f"{reverse('alert_check', args=[number])}#files")


@pages.page(P.ALERT_PROPOSE)
@require_POST
def second(request: HttpRequest, number: str) -> HttpResponse:
    """Name the second checker, or give the second checker's word."""
    actor = actor_of(request)
    found = queries.alert_for(actor, number)
    if "second_checker" in request.POST:
        naming = forms.SecondCheckerForm(request.POST, officers=actors_with_role("officer"))
        if not naming.is_valid():
            raise Refused(_("请选择复核人。"))
        actions.name_second_checker(found, naming.cleaned_data["second_checker"], by=actor)
        messages.success(request, _("已指定复核人。"))
    else:
        form = forms.SecondForm(request.POST)
        if not form.is_valid():
            raise Refused(_("请选择意见并写明说明。"))
        agrees = form.cleaned_data["decision"] == "agree"
        actions.give_second_opinion(found, by=actor, agrees=agrees, text=form.cleaned_data["text"])
        messages.success(request, _("已填写复核意见。"))
    return redirect("alert", number=number)


# --- grading


@pages.page(P.ALERT_PROPOSE)
def grade(request: HttpRequest, number: str) -> HttpResponse:
    """The grading panel: seven factors with where each value came from, and the colour proposed from them."""
    actor = actor_of(request)
    found = opened(request, number)
    suggested = queries.suggested_factors(found)
    form = forms.GradeForm(request.POST or None, initial=forms.grade_initial(found, suggested))
    posted = request.method == "POST" and form.is_valid() and "save" in request.POST
    if posted and carried_out(form, lambda: _save_grade(found, form, request)):
        messages.success(request, _("已保存定级。"))
        return redirect("alert", number=number)
    context = head_of(request, found) | _graded(found, form, suggested)
    context["may_write"] = found.state in ("verifying", "graded") and approvers.checked(found, actor.user_id)
    return render(request, "alerts/grade.html", context, status=422 if form.errors and request.POST else 200)


def _save_grade(found: Alert, form: forms.GradeForm, request: HttpRequest) -> Any:
    given = form.cleaned_data
    proposal = actions.propose(found, form.factors(), given["triggers"])
    return actions.save_grade(
        found,
        by=actor_of(request),
        factors=form.factors(),
        colour=given["colour"] or proposal.colour,
        triggers=given["triggers"],
        judgement=given["judgement"],
        reason=given["reason"],
        exemption=given["exemption"],
        requirements=form.requirements(),
        disposals=given["disposals"],
        version=_version(request),
    )


def _graded(found: Alert, form: forms.GradeForm, suggested: Any) -> dict[str, Any]:
    """The result of the factors as they stand in the form, typed or first shown."""
    values = (
        form.factors() if form.is_bound and form.is_valid() else {f.name: form[f.name].value() for f in grading.FACTORS}
    )
    triggers = form["triggers"].value() or []
    try:
        proposal = actions.propose(found, values, triggers)
    except Refused:
        proposal = None
    colour = form["colour"].value() or (proposal.colour if proposal else "")
    shown = grading.BANDS if not found.parameters else found.parameters.get("bands", grading.BANDS)
    return {
        "form": form,
        "factors": [_factor_row(f, form, proposal, suggested) for f in grading.FACTORS],
        "proposal": proposal,
        "chosen": colour,
        "bands": shown,
        "most": grading.MOST,
        "score_pips": _score_pips(proposal.score if proposal else 0, shown),
        "repetition": grading.REPETITIONS.get(proposal.repetition) if proposal else "",
        "requirement_rows": [
            (form[f"requirement_{n}"], form[f"standard_{n}"]) for n in range(1, forms.REQUIREMENTS + 1)
        ],
        "term": deadlines.term_of(found.parameters, "L10", colour),
        "seats": _seats_for(found, colour),
    }


def _factor_row(factor: Any, form: Any, proposal: Any, suggested: Any) -> dict[str, Any]:
    known = suggested.get(factor.name)
    same = known is not None and str(form[factor.name].value()) == str(known.value)
    return {
        "factor": factor,
        "field": form[factor.name],
        "points": proposal.points[factor.name] if proposal else None,
        "source": queries.SOURCES[known.source if same else "checker"],
    }


def _score_pips(score: int, bands: Any) -> list[dict[str, Any]]:
    """One pip a point, each in the band it belongs to; those reached are filled."""
    return [
        {"colour": grading.banded(n, bands), "reached": n <= score, "starts": any(n == b[0] for b in bands.values())}
        for n in range(1, grading.MOST + 1)
    ]


def _seats_for(found: Alert, colour: str) -> list[approvers.Seat]:
    """Who would approve this colour."""
    if not colour:
        return []
    kept, found.proposed_colour = found.proposed_colour, colour
    seats = list(approvers.seats(found))
    found.proposed_colour = kept
    return seats


# --- the unit's answer


def _answering(request: HttpRequest, number: str) -> tuple[Alert, list[Any], Answer | None]:
    found = opened(request, number)
    return found, list(found.requirements.all()), guards.current_answer(found)


@pages.page(P.ALERT_ANSWER)
def reply(request: HttpRequest, number: str) -> HttpResponse:
    """The answer so far: each requirement with its state, then causes and promise, then the signature."""
    found, requirements, answer = _answering(request, number)
    items = {item.requirement_id: item for item in answer.items.all()} if answer else {}
    context = head_of(request, found) | {
        "answer": answer,
        "rows": [(one, items.get(one.pk)) for one in requirements],
        "lacks": guards.answer_lacks(found, actor_of(request)) if found.state == "rectifying" else (),
        "may_write": found.state == "rectifying",
        "plan_due": deadlines.plan_due(found),
    }
    return render(request, "alerts/reply.html", context)


@pages.page(P.ALERT_ANSWER)
def reply_item(request: HttpRequest, number: str, place: int) -> HttpResponse:
    """The answer to one requirement: one task a page."""
    actor = actor_of(request)
    found, requirements, answer = _answering(request, number)
    one = next((r for r in requirements if r.number == place), None)
    if one is None:
        raise Http404
    kept = next((item for item in answer.items.all() if item.requirement_id == one.pk), None) if answer else None
    names = ("measure", "responsible", "status", "done_on")
    first = {name: getattr(kept, name) for name in names} if kept else {"status": ""}
    form = forms.ItemForm(request.POST or None, request.FILES or None, initial=first)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        upload = given.pop("file")
        if carried_out(form, lambda: actions.answer_requirement(found, one, by=actor, upload=upload, **given)):
            messages.success(request, _("已保存要求%(n)d。") % {"n": place})
            following = place < len(requirements)
            return redirect("alert_reply_item", number, place + 1) if following else redirect("alert_reply_end", number)
    context = head_of(request, found) | {"one": one, "of": len(requirements), "kept": kept, "form": form, "buttons": ()}
    return render(request, "alerts/reply_item.html", context, status=422 if form.errors else 200)


@pages.page(P.ALERT_ANSWER)
def reply_end(request: HttpRequest, number: str) -> HttpResponse:
    """Causes, what was made and recovered, the promise."""
    actor = actor_of(request)
    found, requirements, answer = _answering(request, number)
    names = ("plan", "analysis", "rules_made", "money_recovered", "is_promised")
    first = {name: getattr(answer, name) for name in names} if answer else {}
    form = forms.AnswerForm(request.POST or None, initial=first)
    posted = request.method == "POST" and form.is_valid()
    if posted and carried_out(form, lambda: actions.write_answer(found, by=actor, **form.cleaned_data)):
        messages.success(request, _("已保存。"))
        return redirect("alert_reply", number=number)
    context = head_of(request, found) | {"of": len(requirements), "form": form, "answer": answer, "buttons": ()}
    return render(request, "alerts/reply_end.html", context, status=422 if form.errors else 200)


# --- acceptance


@pages.page(P.ALERT_ACCEPT)
def accept(request: HttpRequest, number: str) -> HttpResponse:
    """The acceptor's conclusion, requirement by requirement."""
    actor = actor_of(request)
    found = opened(request, number)
    answer = get_object_or_404(
        found.answers.prefetch_related("items__requirement", "items__files"), round=found.returns
    )
    form = forms.AcceptanceForm(request.POST or None, requirements=found.requirements.all())
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("methods", "recount", "note")}
        if carried_out(form, lambda: actions.record_acceptance(found, by=actor, results=form.results(), **given)):
            messages.success(request, _("已填写验收结论。"))
            return redirect("alert", number=number)
    context = head_of(request, found) | {
        "answer": answer,
        "form": form,
        "said": guards.acceptance(found),
        "may_write": found.state == "accepting" and actor.user_id == found.acceptor_id,
    }
    return render(request, "alerts/accept.html", context, status=422 if form.errors else 200)
