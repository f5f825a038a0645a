"""Pages of the register of units."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from lianfang.web.organisation import actions, queries
from lianfang.web.organisation.actions import UnitRow
from lianfang.web.organisation.forms import CloseForm, NewUnitForm, PlaceForm, UnitForm
from lianfang.web.organisation.models import Unit
from lianfang.web.shared import clock, log, pages, paging
from lianfang.web.shared.actor import actor_of
from lianfang.web.shared.refused import Refused
from lianfang.web.shared.roles import Permission


@pages.page(Permission.UNIT_READ)
def units(request: HttpRequest) -> HttpResponse:
    """The tree of units, filtered by words and kind."""
    rows = queries.units_for(actor_of(request))
    words, kind = request.GET.get("q", "").strip(), request.GET.get("kind", "")
    if words:
        rows = rows.filter(name__contains=words) | rows.filter(code__startswith=words)
    if kind in Unit.Kind.values:
        rows = rows.filter(kind=kind)
    page = paging.page(rows, order=("path",), token=request.GET.get("page", ""), size=100)
    context = {"page": page, "q": words, "kind": kind, "kinds": Unit.Kind.choices}
    return render(request, "organisation/units.html", context)


@pages.page(Permission.UNIT_READ)
def unit(request: HttpRequest, code: str) -> HttpResponse:
    """One unit: its place, the units below, its posts and who holds them."""
    actor = actor_of(request)
    found = queries.unit_for(actor, code)
    log.record("unit.view", by=actor, subject_type="unit", subject=found.code, unit_path=found.path)
    context = {
        "unit": found,
        "above": queries.above(found),
        "children": found.children.filter(closed_on=None).order_by("rank", "code")[:200],
        "posts": queries.posts_of(found),
        "may_edit": actor.may(Permission.UNIT_EDIT),
    }
    return render(request, "organisation/unit.html", context)


@pages.page(Permission.UNIT_EDIT)
def unit_edit(request: HttpRequest, code: str) -> HttpResponse:
    found = queries.unit_for(actor_of(request), code)
    first = {"name": found.name, "short_name": found.short_name, "kind": found.kind, "version": found.version}
    form = UnitForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid() and _done(form, actions.change_unit, found, request):
        messages.success(request, _("已改好“%(name)s”。") % {"name": form.cleaned_data["name"]})
        return redirect("unit", code=code)
    return _form_page(request, form, found, _("修改单位"))


@pages.page(Permission.UNIT_EDIT)
def unit_new(request: HttpRequest, code: str) -> HttpResponse:
    parent = queries.unit_for(actor_of(request), code)
    form = NewUnitForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        row = UnitRow(parent=parent.code, **form.cleaned_data)
        try:
            made = actions.add_unit(row, by=actor_of(request))
        except Refused as refused:
            _tell(form, refused)
        else:
            messages.success(request, _("已新增“%(name)s”。") % {"name": made.name})
            return redirect("unit", code=made.code)
    return _form_page(request, form, parent, _("新增下级单位"))


@pages.page(Permission.UNIT_EDIT)
def unit_place(request: HttpRequest, code: str) -> HttpResponse:
    found = queries.unit_for(actor_of(request), code)
    form = PlaceForm(request.POST or None, initial={"version": found.version})
    if request.method == "POST" and form.is_valid():
        parent = Unit.objects.filter(code=form.cleaned_data["parent"], closed_on=None).first()
        if parent is None:
            form.add_error("parent", _("没有这个代码的单位。请在单位列表里查到代码再填。"))
        else:
            version = form.cleaned_data["version"]
            actions.place_unit(found, parent, by=actor_of(request), version=version)
            messages.success(request, _("已移到“%(name)s”之下。") % {"name": parent.name})
            return redirect("unit", code=code)
    return _form_page(request, form, found, _("移动单位"))


@pages.page(Permission.UNIT_EDIT)
def unit_close(request: HttpRequest, code: str) -> HttpResponse:
    found = queries.unit_for(actor_of(request), code)
    form = CloseForm(request.POST or None, initial={"version": found.version, "on": clock.today()})
    if request.method == "POST" and form.is_valid() and _done(form, actions.close_unit, found, request):
        messages.success(request, _("已撤销“%(name)s”。") % {"name": found.name})
        return redirect("units")
    return _form_page(request, form, found, _("撤销单位"))


def _done(form: forms.Form, action: Any, unit: Unit, request: HttpRequest) -> bool:
    """Carry ``action`` out with what the form holds; a refusal about fields goes back to the form."""
    try:
        action(unit, by=actor_of(request), **form.cleaned_data)
    except Refused as refused:
        if not refused.fields:
            raise
        _tell(form, refused)
        return False
    return True


def _tell(form: forms.Form, refused: Refused) -> None:
    for name, said in (refused.fields or {None: refused.said}).items():  # type: ignore[dict-item]
        form.add_error(name, said)


def _form_page(request: HttpRequest, form: forms.Form, unit: Unit, title: str) -> HttpResponse:
    context = {"form": form, "unit": unit, "title": title}
    return render(request, "organisation/unit_form.html", context, status=422 if form.errors else 200)
