"""Pages of moves: what will happen, what is asked, and one button with the whole verb."""

from __future__ import annotations

from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianfang.web.alerts import actions, deadlines, forms, queries
from lianfang.web.alerts.models import Alert
from lianfang.web.alerts.views.answers import carried_out
from lianfang.web.alerts.workflow import guards, move_at
from lianfang.web.shared import pages
from lianfang.web.shared.actor import Actor, actor_of
from lianfang.web.shared.moves import Move
from lianfang.web.shared.roles import Permission as P

# What a move does, said before it is made: who is told, which clock starts, what is counted.
WHAT: dict[str, str | Promise] = {
    "dismiss": gettext_lazy("本件关闭，不通知单位和对象。原因计入该指标的准确率。"),
    "conclude": gettext_lazy("核验结束，进入定级呈批。"),
    "submit": gettext_lazy("报送审批人。审批期间不能再改事实和定级；批准期限从今天起算。"),
    "return": gettext_lazy("退回核验人补充，已签署的意见作废，重新定级后再呈批。"),
    "approve": gettext_lazy("颜色由拟定变为决定，核验人制发通知并送达。此后不再变更颜色，只能撤销。"),
    "reject": gettext_lazy("本件关闭，不发预警。原因记入记录。"),
    "issue": gettext_lazy("通知取得文号并送达单位；签收、整改期限从今天起算。送达后不能收回，只能撤销。"),
    "sign": gettext_lazy("您已收到通知。整改回告期限自送达之日起算；可在签收后5个工作日内提出不同意见。"),
    "send-reply": gettext_lazy("回告报送防控办验收，此后不能再改。"),
    "assign-acceptance": gettext_lazy("指定的人逐条验收；橙色、红色由未参加核验的人验收。"),
    "send-back": gettext_lazy("退回单位继续整改，整改期限从今天起重新计算。"),
    "release": gettext_lazy("预警解除，单位和对象即可看到；到期回头看。"),
    "archive": gettext_lazy("本件归档，不再有期限。"),
    "withdraw": gettext_lazy("发撤销通知，消除对统计和考评的影响。"),
}
PLAIN = ("conclude", "submit", "issue", "sign", "send-reply")


@pages.page(P.ALERT_READ)
def move(request: HttpRequest, number: str, slug: str) -> HttpResponse:
    """One move of an alert."""
    actor = actor_of(request)
    found = queries.alert_for(actor, number)
    moving = _moving(found, slug)
    form = _form(found, slug, request)
    posted = request.method == "POST" and form.is_valid()
    if posted and carried_out(form, lambda: _carry(found, slug, actor, form, request)):
        messages.success(request, _("已办理：%(verb)s。") % {"verb": moving.verb})
        return redirect("alert", number=number)
    context = {
        "alert": found,
        "slug": slug,
        "verb": moving.verb,
        "what": WHAT[slug],
        "lacks": _lacks(found, slug, moving, actor),
        "form": form,
        "clock": queries.clock_face(deadlines.face(found)),
    }
    return render(request, "alerts/move.html", context, status=422 if form.errors else 200)


def _moving(found: Alert, slug: str) -> Move:
    """The move; handing up is one from checking as well as from grading."""
    state = "graded" if slug == "submit" and found.state == "verifying" else found.state
    return move_at(slug, state)


def _lacks(found: Alert, slug: str, moving: Move, actor: Actor) -> tuple[Any, ...]:
    before = guards.check_lacks(found, actor) if slug == "submit" and found.state == "verifying" else ()
    return (*before, *moving.lacking(found, actor))


def _form(found: Alert, slug: str, request: HttpRequest) -> django_forms.Form:
    data = request.POST if request.method == "POST" else None
    if slug in ("dismiss", "reject"):
        return forms.ClosingForm(data)
    if slug == "assign-acceptance":
        without = (found.checker_id, found.second_checker_id) if found.colour != "yellow" else ()
        return forms.AcceptorForm(data, people=guards.possible_acceptors(found), without=without)
    return forms.PlainForm(data) if slug in PLAIN else forms.ReasonForm(data)


def _carry(found: Alert, slug: str, actor: Actor, form: django_forms.Form, request: HttpRequest) -> Alert:
    version = request.POST.get("version", "")
    if slug == "submit":
        return actions.submit(found, by=actor, version=int(version) if version.isdigit() else None)
    return actions.make_move(found, slug, by=actor, given=form.cleaned_data | {"version": version})


@pages.page(P.ALERT_APPROVE)
def cosign(request: HttpRequest, number: str) -> HttpResponse:
    """A co-signer's word."""
    actor = actor_of(request)
    found, form = queries.alert_for(actor, number), forms.CosignForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        agrees, text = form.cleaned_data["decision"] == "agree", form.cleaned_data["text"]
        if carried_out(form, lambda: actions.cosign(found, by=actor, agrees=agrees, text=text)):
            messages.success(request, _("已签署会签意见。"))
            return redirect("alert", number=number)
    return _word_page(request, found, form, _("会签"), _("您的意见原样记入审批链，批准人看到后决定。"))


@pages.page(P.ALERT_PROPOSE)
def paper(request: HttpRequest, number: str) -> HttpResponse:
    """Enter a word that was given on paper."""
    actor = actor_of(request)
    found = queries.alert_for(actor, number)
    roles = [(seat.role, f"{seat.title} · {seat.word}") for seat in queries.open_seats(found, actor)]
    form = forms.PaperForm(request.POST or None, roles=roles)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        role = given.pop("role")
        if carried_out(form, lambda: actions.enter_from_paper(found, role, by=actor, **given)):
            messages.success(request, _("已录入纸质意见。"))
            return redirect("alert", number=number)
    what = _("录入的意见标明“纸质”和您的姓名，原件随卷保存。")
    return _word_page(request, found, form, _("录入纸质意见"), what)


def _word_page(request: HttpRequest, found: Alert, form: Any, verb: str, what: str) -> HttpResponse:
    context = {"alert": found, "form": form, "verb": verb, "what": what, "clock": None, "lacks": ()}
    return render(request, "alerts/move.html", context, status=422 if form.errors else 200)
