"""Pages of the three administrators; none of them shows business data."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from lianfang.web.accounts import actions, queries
from lianfang.web.accounts.forms import AccountForm, DayForm, GrantForm, ReasonForm
from lianfang.web.accounts.models import Grant, User
from lianfang.web.organisation import actions as organisation
from lianfang.web.organisation.models import Day, Person, Unit
from lianfang.web.shared import clock, log, pages, paging, sealing
from lianfang.web.shared.actor import actor_of
from lianfang.web.shared.refused import Refused
from lianfang.web.shared.roles import Permission

EXPORTED = 50_000  # rows of the log in one file


@pages.page(Permission.ACCOUNT_OPEN)
def accounts(request: HttpRequest) -> HttpResponse:
    page = paging.page(
        queries.accounts(request.GET.get("q", "")), order=("username",), token=request.GET.get("page", "")
    )
    return render(request, "accounts/accounts.html", {"page": page, "q": request.GET.get("q", "")})


@pages.page(Permission.ACCOUNT_OPEN)
def account_new(request: HttpRequest) -> HttpResponse:
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        given["unit"] = _named(form, "unit", Unit)
        given["person"] = _named(form, "person", Person)
        if not form.errors and (user := _carried(form, lambda: actions.open_account(by=actor_of(request), **given))):
            messages.success(request, _("已开立账号%(name)s，等安全管理员启用。") % {"name": user.username})
            return redirect("accounts")
    return _form_page(request, form, _("开立账号"), "accounts")


@pages.page(Permission.ROLE_GRANT)
def grants(request: HttpRequest) -> HttpResponse:
    """Accounts with their roles, those waiting to be activated first."""
    rows = queries.accounts(request.GET.get("q", ""))
    page = paging.page(rows, order=("is_active", "username"), token=request.GET.get("page", ""))
    return render(
        request, "accounts/grants.html", {"page": page, "q": request.GET.get("q", ""), "today": clock.today()}
    )


@pages.page(Permission.ROLE_GRANT)
def account_grants(request: HttpRequest, username: str) -> HttpResponse:
    """One account: activate it, give roles, take them back."""
    user = get_object_or_404(User, username=username)
    form = GrantForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = {**form.cleaned_data, "unit": _named(form, "unit", Unit)}
        role = given.pop("role")
        if not form.errors and _carried(form, lambda: actions.grant_role(user, role, by=actor_of(request), **given)):
            messages.success(request, _("已授予角色。"))
            return redirect("account_grants", username=username)
    context = {"account": user, "form": form, "grants": user.grants.select_related("unit").order_by("-pk")}
    return render(request, "accounts/account_grants.html", context, status=422 if form.errors else 200)


@pages.page(Permission.ROLE_GRANT)
def account_activate(request: HttpRequest, username: str) -> HttpResponse:
    user = get_object_or_404(User, username=username)
    if request.method == "POST":
        actions.activate_account(user, by=actor_of(request))
        messages.success(request, _("已启用账号%(name)s。") % {"name": username})
    return redirect("account_grants", username=username)


@pages.page(Permission.ROLE_GRANT)
def account_close(request: HttpRequest, username: str) -> HttpResponse:
    user = get_object_or_404(User, username=username)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.close_account(user, by=actor_of(request), reason=form.cleaned_data["reason"])
        messages.success(request, _("已停用账号%(name)s。") % {"name": username})
        return redirect("account_grants", username=username)
    return _form_page(request, form, _("停用账号%(name)s") % {"name": username}, "grants")


@pages.page(Permission.ROLE_GRANT)
def grant_revoke(request: HttpRequest, username: str, number: int) -> HttpResponse:
    grant = get_object_or_404(Grant.objects.select_related("user"), user__username=username, pk=number)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.revoke_role(grant, by=actor_of(request), reason=form.cleaned_data["reason"])
        messages.success(request, _("已收回角色“%(title)s”。") % {"title": grant.title})
        return redirect("account_grants", username=username)
    return _form_page(request, form, _("收回角色“%(title)s”") % {"title": grant.title}, "grants")


@pages.page(Permission.SYSTEM_READ)
def calendar(request: HttpRequest) -> HttpResponse:
    """The working calendar: what differs from weekdays, how far it reaches, and how a day is corrected."""
    form = DayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        organisation.correct_day(by=actor_of(request), **form.cleaned_data)
        messages.success(request, _("已改工作日历%(day)s。") % {"day": form.cleaned_data["day"]})
        return redirect("calendar_days")
    year = int(request.GET["year"]) if request.GET.get("year", "").isdigit() else clock.today().year
    context = {"form": form, "year": year, "days": Day.objects.filter(day__year=year).exclude(note=""), **_ends()}
    return render(request, "accounts/calendar.html", context, status=422 if form.errors else 200)


def _ends() -> dict[str, Any]:
    decreed = Day.objects.filter(is_provisional=False).order_by("day")
    return {"first": decreed.first(), "last": decreed.last()}


@pages.page(Permission.LOG_READ)
def audit_log(request: HttpRequest) -> HttpResponse:
    rows, chosen = _log_rows(request)
    page = paging.page(rows, order=("-pk",), token=request.GET.get("page", ""), size=100)
    return render(request, "accounts/log.html", {"page": page, **chosen})


@pages.page(Permission.LOG_READ)
def audit_verify(request: HttpRequest) -> HttpResponse:
    """Walk the whole chain and say what was found."""
    verdict = sealing.verify() if request.method == "POST" else None
    if verdict is not None:
        log.record("log.verify", by=actor_of(request), linked=verdict.linked, faults=len(verdict.faults))
    return render(request, "accounts/verify.html", {"verdict": verdict})


@pages.page(Permission.LOG_READ)
def audit_export(request: HttpRequest) -> HttpResponse:
    """The rows chosen as a file; that it was taken is itself in the log."""
    if request.method != "POST":
        return redirect("audit_log")
    rows, chosen = _log_rows(request)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="log.csv"'
    response.write("\ufeff")
    out = csv.writer(response)
    out.writerow(["id", "at", "actor", "role", "address", "request", "action", "subject", "unit", "reason", "detail"])
    count = 0
    for count, e in enumerate(rows.order_by("-pk")[:EXPORTED], start=1):  # noqa: B007  # the last number is the count
        cells = [e.pk, e.at.isoformat(), e.actor, e.role, e.address, e.request_number, e.action, e.subject]
        out.writerow([_inert(cell) for cell in (*cells, e.unit_path, e.reason, e.detail)])
    log.record("log.export", by=actor_of(request), rows=count, chosen=chosen)
    return response


def _inert(value: object) -> object:
    """A text that a spreadsheet could take for a formula gets a quote in front."""
    text = str(value)
    return f"'{text}" if text[:1] in "=+-@\t\r" else value


def _log_rows(request: HttpRequest) -> tuple[Any, dict[str, Any]]:
    """The log's rows by the filters of the address, and the filters."""
    given = request.POST if request.method == "POST" else request.GET
    chosen = {name: given.get(name, "").strip() for name in ("actor_name", "action", "subject", "day")}
    rows = log.entries()
    if chosen["actor_name"]:
        rows = rows.filter(actor=chosen["actor_name"])
    if chosen["action"]:
        rows = rows.filter(action__startswith=chosen["action"])
    if chosen["subject"]:
        rows = rows.filter(subject=chosen["subject"])
    if day := _day(chosen["day"]):
        rows = rows.filter(at__gte=day, at__lt=day + timedelta(days=1))
    return rows, chosen


def _day(text: str) -> datetime | None:
    try:
        return timezone.make_aware(datetime.strptime(text, "%Y-%m-%d"))
    except ValueError:
        return None


def _named(form: forms.Form, field: str, model: Any) -> Any:
    """The row that a form's field names by its code, or None; a code that is not there goes back to the form."""
    code = form.cleaned_data[field]
    found = model.objects.filter(code=code).first() if code else None
    if code and found is None:
        form.add_error(field, _("没有这个代码。请查到代码再填。"))
    return found


def _carried(form: forms.Form, action: Any) -> Any:
    try:
        return action()
    except Refused as refused:
        for name, said in (refused.fields or {None: refused.said}).items():
            form.add_error(name, said)
        return None


def _form_page(request: HttpRequest, form: forms.Form, title: str, back: str) -> HttpResponse:
    context = {"form": form, "title": title, "back": back}
    return render(request, "accounts/form.html", context, status=422 if form.errors else 200)
