"""Pages that every register has: list, card, form, move, export; each made from the register's declaration."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.urls.resolvers import URLPattern
from django.utils.translation import gettext as _

from lianfang.web.registers import actions, machinery
from lianfang.web.registers.machinery import Register
from lianfang.web.registers.risk_register import RISKS, held_by
from lianfang.web.shared import clock, desk, pages
from lianfang.web.shared.actor import actor_of
from lianfang.web.shared.models import LogEntry
from lianfang.web.shared.moves import Move
from lianfang.web.shared.refused import Refused
from lianfang.web.shared.roles import ROLES, Permission


def addresses(register: Register) -> list[URLPattern]:
    """All addresses of one register: ``risks``, ``risk``, and ``risk_`` new, export, edit, move."""

    @pages.page(register.read)
    def listed(request: HttpRequest) -> HttpResponse:
        return _list(request, register)

    @pages.page(register.edit)
    def new(request: HttpRequest) -> HttpResponse:
        return _form(request, register, None)

    @pages.page(register.read)
    def export(request: HttpRequest) -> HttpResponse:
        return _export(request, register)

    @pages.page(register.read)
    def card(request: HttpRequest, number: str) -> HttpResponse:
        return _card(request, register, number)

    @pages.page(register.edit)
    def edit(request: HttpRequest, number: str) -> HttpResponse:
        return _form(request, register, machinery.row_for(register, actor_of(request), number))

    @pages.page(register.read)
    def move(request: HttpRequest, number: str, move_id: str) -> HttpResponse:
        return _move(request, register, number, move_id)

    at, one = register.name, register.one
    return [
        path(f"{at}/", listed, name=at),
        path(f"{at}/new/", new, name=f"{one}_new"),
        path(f"{at}/export/", export, name=f"{one}_export"),
        path(f"{at}/<str:number>/", card, name=one),
        path(f"{at}/<str:number>/edit/", edit, name=f"{one}_edit"),
        path(f"{at}/<str:number>/<slug:move_id>/", move, name=f"{one}_move"),
    ]


def _list(request: HttpRequest, register: Register) -> HttpResponse:
    actor = actor_of(request)
    listing = machinery.listing(register, actor, request)
    context = {
        "register": register,
        "listing": listing,
        "tabs": _tabs(listing),
        "chips": _chips(listing, request.GET),
        "rows": [(row, [(c, c.value(row)) for c in register.list_columns]) for row in listing.page.rows],
        "may_add": actor.may(register.edit),
        "new_url": reverse(f"{register.one}_new"),
        "export_url": f"{reverse(f'{register.one}_export')}?{request.GET.urlencode()}",
    }
    return render(request, register.template("list"), context)


def _tabs(listing: machinery.Listing) -> list[dict[str, Any]]:
    return [
        {"url": f"?view={name}", "label": title, "count": count, "current": name == listing.view}
        for name, title, count in listing.tabs
    ]


def _chips(listing: machinery.Listing, asked: QueryDict) -> list[dict[str, Any]]:
    """Each active filter with the address that lacks it."""
    chips = []
    for one, choices, value in listing.filters:
        if value:
            words = dict(choices)
            chips.append({"label": f"{one.title} {words.get(value, value)}", "url": _without(asked, one.name)})
    if listing.words:
        chips.append({"label": listing.words, "url": _without(asked, "q")})
    return chips


def _without(asked: QueryDict, name: str) -> str:
    left = asked.copy()
    left.pop(name, None)
    left.pop("page", None)
    return f"?{left.urlencode()}"


def _card(request: HttpRequest, register: Register, number: str) -> HttpResponse:
    actor = actor_of(request)
    row = machinery.row_for(register, actor, number)
    desk.remember(request, f"{number} {row.title}"[:60])
    offers = [
        offer for offer in register.table.offers(row, actor) if actor.reaches(offer.move.permission, row.log_unit_path)
    ]
    context = {
        "register": register,
        "row": row,
        "offers": [(offer, reverse(f"{register.one}_move", args=[number, offer.move.id])) for offer in offers],
        "may_edit": actor.reaches(register.edit, row.log_unit_path) and register.is_open_to_edit(row),
        "edit_url": reverse(f"{register.one}_edit", args=[number]),
        "public": register.public(row),
        "history": [_told(register, entry) for entry in machinery.history(register, row)],
        **register.card(row, actor),
    }
    return render(request, register.template("card"), context)


def _told(register: Register, entry: LogEntry) -> dict[str, Any]:
    """A log entry as the timeline shows it."""
    move_id = entry.action.removeprefix(f"{register.kind}.")
    move = next((move for move in register.table.moves if move.id == move_id), None)
    target = register.table.states.get(entry.detail.get("target", ""), "")
    words = {"add": _("写下草稿"), "change": _("修改内容"), "export": _("导出")}
    return {
        "at": entry.at,
        "who": entry.actor,
        "role": ROLES[entry.role].title if entry.role in ROLES else "",
        "system": entry.role == "system",
        "sentence": f"{move.verb} → {target}" if move else words.get(move_id, move_id),
        "reason": entry.reason,
        "changes": _diff(register, entry.detail.get("changes", [])),
    }


def _diff(register: Register, changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    fields = register.form.base_fields
    return [{**row, "field": fields[row["field"]].label if row["field"] in fields else row["field"]} for row in changes]


def _form(request: HttpRequest, register: Register, row: Any) -> HttpResponse:
    actor = actor_of(request)
    if row is not None and not register.is_open_to_edit(row):
        raise Refused(_("现在是“%(state)s”，不能修改。") % {"state": register.table.states[row.state]})
    form = register.form(request.POST or None, actor=actor, row=row)
    if request.method == "POST" and form.is_valid():
        if row is None:
            kept = register.add_row(form.cleaned_data, by=actor)
            messages.success(request, _("已写下%(number)s。") % {"number": kept.number})
        else:
            version = int(request.POST.get("version") or 0)
            kept = register.change_row(row, form.cleaned_data, by=actor, version=version)
            messages.success(request, _("已修改%(number)s。") % {"number": kept.number})
        return redirect(register.one, number=kept.number)
    context = {"register": register, "form": form, "row": row}
    return render(request, register.template("form"), context, status=422 if form.is_bound else 200)


def _move(request: HttpRequest, register: Register, number: str, move_id: str) -> HttpResponse:
    actor = actor_of(request)
    row = machinery.row_for(register, actor, number)
    move = register.table.move(move_id)
    if actor.role not in move.roles or not actor.reaches(move.permission, row.log_unit_path):
        raise Refused(_("您的角色不能办理这一步。"), status=403)
    kind = register.move_forms.get(move.id, register.plain_move_form)
    form = kind(request.POST if request.method == "POST" else None, row=row, move=move)
    if request.method == "POST" and form.is_valid():
        try:
            given = {**form.cleaned_data, "version": request.POST.get("version", "")}
            register.move_row(row, move.id, by=actor, given=given)
        except Refused as refused:
            if not refused.fields:
                raise
            for name, said in refused.fields.items():
                form.add_error(name if name in form.fields else None, said)
        else:
            messages.success(request, _("已办“%(verb)s”：%(number)s。") % {"verb": move.verb, "number": number})
            return redirect(register.one, number=number)
    context = {"register": register, "row": row, "move": move, "form": form, "lacks": move.lacking(row, actor)}
    context["target"] = register.table.states[move.target]
    return render(request, _move_template(register, move), context, status=422 if form.is_bound else 200)


def _move_template(register: Register, move: Move) -> str:
    return register.templates.get(f"move:{move.id}", register.template("move"))


def _export(request: HttpRequest, register: Register) -> HttpResponse:
    actor = actor_of(request)
    rows = machinery.chosen_rows(register, actor, request)
    form = register.export_form(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = actions.export(register, rows, by=actor, purpose=form.cleaned_data["purpose"])
        response = HttpResponse(made, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        response["Content-Disposition"] = f'attachment; filename="{register.name}-{clock.today()}.xlsx"'
        return response
    context = {"register": register, "form": form, "count": rows.count()}
    return render(request, register.template("export"), context, status=422 if form.is_bound else 200)


@pages.page(Permission.RISK_READ)
def my_risks(request: HttpRequest) -> HttpResponse:
    """The points of the posts that the reader holds, for a telephone."""
    actor = actor_of(request)
    rows: QuerySet[Any] = machinery.rows_for(RISKS, actor).filter(held_by(actor.person_id)).exclude(state="closed")
    return render(request, "registers/my_risks.html", {"rows": list(rows.distinct().order_by("level", "number"))})
