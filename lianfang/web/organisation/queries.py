"""Reads on units and persons: the only ways to one of them."""

from __future__ import annotations

from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404
from django.urls import reverse

from lianfang.web.organisation.models import Holding, Person, Post, Unit
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.roles import Permission
from lianfang.web.shared.search import MOST, Hit


def units_for(actor: Actor) -> QuerySet[Unit]:
    """The units that ``actor`` may see in the register of units."""
    return Unit.objects.filter(actor.within(Permission.UNIT_READ, unit=""))


def unit_for(actor: Actor, code: str) -> Unit:
    """The unit with ``code``, if ``actor`` may see it; otherwise it is not found."""
    found = units_for(actor).filter(code=code).select_related("parent").first()
    if found is None:
        raise Http404
    return found


def units_in_reach(actor: Actor, permission: Permission) -> QuerySet[Unit]:
    """The units that ``permission`` reaches: what a form offers to choose from."""
    return Unit.objects.filter(actor.within(permission, unit=""), closed_on=None)


def find_person(code: str) -> Person | None:
    """The official with this code, or None: not known here, or managed above and so not processed."""
    return Person.objects.filter(code=code).select_related("unit").first()


def above(unit: Unit) -> list[Unit]:
    """The units above ``unit``, from the root down."""
    codes = [code for code in unit.path.split("/") if code][:-1]
    found = {u.code: u for u in Unit.objects.filter(code__in=codes)}
    return [found[code] for code in codes if code in found]


def posts_of(unit: Unit) -> QuerySet[Post]:
    """The unit's posts that exist, with those who hold them now in ``present``."""
    now_held = Holding.objects.filter(until_on=None).select_related("person")
    return unit.posts.filter(closed_on=None).prefetch_related(Prefetch("holdings", now_held, to_attr="present"))


def found(actor: Actor, text: str) -> list[Hit]:
    """The units whose name or code holds ``text``, for the search of the top bar."""
    rows = units_for(actor).filter(Q(name__icontains=text) | Q(short_name__icontains=text) | Q(code__iexact=text))
    return [
        Hit(unit.name, reverse("unit", args=[unit.code]), unit.code, unit.get_kind_display()) for unit in rows[:MOST]
    ]
