"""What all registers share: a register is declared, and its list, card, form, history and export follow from that."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import xlsxwriter
from django import forms
from django.db import models
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.utils.functional import Promise

from lianfang.web.shared import paging
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.models import LogEntry
from lianfang.web.shared.moves import Table
from lianfang.web.shared.roles import Permission, Reach

Word = str | Promise
EXPORT_LIMIT = 50_000


@dataclass(frozen=True)
class Column:
    """One column. ``kind`` says how a cell looks: text, link, level, inherent, count, state, day."""

    name: str
    title: Word
    value: Callable[[Any], Any]
    kind: str = "text"
    in_list: bool = True


@dataclass(frozen=True)
class Filter:
    """One select above the list: its choices for an actor, and the condition a choice stands for."""

    name: str
    title: Word
    choices: Callable[[Actor], list[tuple[str, Word]]]
    condition: Callable[[str], Q]


@dataclass(frozen=True)
class View:
    """A tab above the list: rows that are often looked for."""

    name: str
    title: Word
    condition: Callable[[Actor], Q]


@dataclass(frozen=True)
class Register:
    """The declaration of a register.

    ``name`` makes its addresses (``/risks/``) and their names (``risks``, ``risk``, ``risk_edit``); ``kind`` is the
    word of the log and of the portal. ``own`` is the lookup of the person a row concerns, for readers of own matters.
    ``public`` gives what of a row may be published, or None where nothing may.
    """

    name: str
    one: str
    kind: str
    title: Word
    add: Word  # the button
    model: type[models.Model]
    form: type[forms.Form]
    table: Table
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...]
    views: tuple[View, ...]
    search: tuple[str, ...]
    order: tuple[str, ...]
    read: Permission
    edit: Permission
    is_open_to_edit: Callable[[Any], bool]
    card: Callable[[Any, Actor], dict[str, Any]]
    public: Callable[[Any], dict[str, Any] | None]
    add_row: Callable[..., Any]
    change_row: Callable[..., Any]
    move_row: Callable[..., Any]
    plain_move_form: type[forms.Form]
    export_form: type[forms.Form]
    move_forms: Mapping[str, type[forms.Form]] = field(default_factory=dict)
    unit: str = "unit"
    own: str = ""
    while_own: Q = field(default_factory=Q)  # what else must hold where only own matters are read
    related: tuple[str, ...] = ()
    templates: Mapping[str, str] = field(default_factory=dict)

    @property
    def list_columns(self) -> list[Column]:
        return [column for column in self.columns if column.in_list]

    def template(self, page: str) -> str:
        return self.templates.get(page, f"registers/{page}.html")


def rows_for(register: Register, actor: Actor) -> QuerySet[Any]:
    """The rows of ``register`` that ``actor`` may read."""
    reached = actor.within(register.read, unit=register.unit, own=register.own)
    found = register.model._default_manager.select_related(*register.related)
    if actor.reach(register.read) is not Reach.OWN:
        return found.filter(reached)
    # a person holds several posts and has held one twice: a row is still one row
    return found.filter(reached & register.while_own).distinct()


def row_for(register: Register, actor: Actor, number: str) -> Any:
    """One row by its public number; one that is not reached is not found."""
    found = rows_for(register, actor).filter(number=number).first()
    if found is None:
        raise Http404
    return found


@dataclass(frozen=True)
class Listing:
    """A list as it was asked for: its rows, and what was chosen."""

    page: paging.Page
    view: str
    words: str
    chosen: dict[str, str]
    tabs: list[tuple[str, Word, int]]
    filters: list[tuple[Filter, list[tuple[str, Word]], str]]

    @property
    def is_narrowed(self) -> bool:
        return bool(self.words or self.chosen)


def listing(register: Register, actor: Actor, request: HttpRequest) -> Listing:
    """The list that the query string of ``request`` asks for."""
    rows = rows_for(register, actor)
    asked = request.GET
    view = next((v for v in register.views if v.name == asked.get("view")), register.views[0])
    chosen = {f.name: asked[f.name] for f in register.filters if asked.get(f.name)}
    words = asked.get("q", "").strip()[:60]
    size = int(asked["size"]) if asked.get("size", "").isdigit() else 50
    page = paging.page(
        _narrowed(register, rows.filter(view.condition(actor)), chosen, words),
        order=register.order,
        token=asked.get("page", ""),
        size=size,
    )
    counted = rows.order_by().aggregate(
        **{v.name: models.Count("pk", filter=v.condition(actor), distinct=True) for v in register.views}
    )
    return Listing(
        page=page,
        view=view.name,
        words=words,
        chosen=chosen,
        tabs=[(v.name, v.title, counted[v.name]) for v in register.views],
        filters=[(f, f.choices(actor), chosen.get(f.name, "")) for f in register.filters],
    )


def _narrowed(register: Register, rows: QuerySet[Any], chosen: Mapping[str, str], words: str) -> QuerySet[Any]:
    for one in register.filters:
        if one.name in chosen:
            rows = rows.filter(one.condition(chosen[one.name]))
    for word in words.split()[:5]:
        either = Q()
        for name in register.search:
            either |= Q(**{f"{name}__icontains": word})
        rows = rows.filter(either)
    return rows


def chosen_rows(register: Register, actor: Actor, request: HttpRequest) -> QuerySet[Any]:
    """The rows that the list of ``request`` would show on all its pages: what an export holds."""
    view = next((v for v in register.views if v.name == request.GET.get("view")), register.views[0])
    chosen = {f.name: request.GET[f.name] for f in register.filters if request.GET.get(f.name)}
    words = request.GET.get("q", "").strip()[:60]
    rows = rows_for(register, actor).filter(view.condition(actor))
    return _narrowed(register, rows, chosen, words).order_by(*register.order)


def workbook(register: Register, rows: QuerySet[Any], *, about: str) -> bytes:
    """The rows as a spreadsheet; its last line says who made it, when, and what for."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(str(register.title)[:31])
    bold = book.add_format({"bold": True})
    for place, column in enumerate(register.columns):
        sheet.write_string(0, place, str(column.title), bold)
    line = 0
    for line, row in enumerate(rows[:EXPORT_LIMIT].iterator(chunk_size=500), start=1):
        for place, column in enumerate(register.columns):
            value = column.value(row)
            if isinstance(value, int):
                sheet.write_number(line, place, value)
            elif value is not None:
                sheet.write_string(line, place, value.isoformat() if isinstance(value, date) else str(value))
    sheet.write_string(line + 2, 0, about)
    sheet.freeze_panes(1, 1)
    book.close()
    return out.getvalue()


def history(register: Register, row: Any) -> list[LogEntry]:
    """What was done to a row, newest first."""
    entries = LogEntry.objects.filter(
        subject_type=register.kind, subject=row.number, action__startswith=f"{register.kind}."
    )
    return list(entries.order_by("-pk")[:100])


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Field, old and new value of everything that differs: kept in the log and shown as a diff."""
    return [
        {"field": name, "before": before.get(name), "after": after[name]}
        for name in after
        if before.get(name) != after[name]
    ]
