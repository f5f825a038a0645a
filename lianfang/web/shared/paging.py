"""Pages of a long list by key: the next page costs the same as the first, however long the list is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db.models import Model, Q, QuerySet

SIZES = (25, 50, 100)
COUNTED = 10_000  # above this a list's length is not counted unless asked


@dataclass(frozen=True)
class Page:
    """One page: its rows, and the tokens of the pages beside it ("" where there is none)."""

    rows: list[Any]
    size: int
    following: str
    preceding: str
    count: int | None  # None: more than COUNTED


def page(rows: QuerySet[Any], *, order: tuple[str, ...], token: str = "", size: int = 50) -> Page:
    """The page of ``rows`` that ``token`` names, ordered by ``order`` (names of fields, "-" for falling).

    The last name of ``order`` must be unique. A token that was tampered with, or of another order, gives the first
    page.
    """
    size = size if size in SIZES else 50
    backwards, key = _read(token, order)
    chosen = rows.filter(_beyond(order, key, backwards)) if key else rows
    found = list(chosen.order_by(*(_turned(order) if backwards else order))[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    has_following = bool(found) and (more if not backwards else True)
    has_preceding = bool(found) and (more if backwards else bool(key))
    counted = rows.order_by()[: COUNTED + 1].count()
    return Page(
        rows=found,
        size=size,
        following=_write(order, found[-1], False) if has_following else "",
        preceding=_write(order, found[0], True) if has_preceding else "",
        count=counted if counted <= COUNTED else None,
    )


def _turned(order: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name[1:] if name.startswith("-") else f"-{name}" for name in order)


def _beyond(order: tuple[str, ...], key: list[Any], backwards: bool) -> Q:
    """Rows after (or before) ``key``: (a > x) or (a = x and b > y) …"""
    found = Q(pk__in=())
    equal = Q()
    for name, value in zip(order, key, strict=True):
        field, falling = name.lstrip("-"), name.startswith("-")
        found |= equal & Q(**{f"{field}__{'lt' if falling != backwards else 'gt'}": value})
        equal &= Q(**{field: value})
    return found


def _write(order: tuple[str, ...], row: Model, backwards: bool) -> str:
    key = [_value(row, name.lstrip("-")) for name in order]
    return signing.dumps([list(order), backwards, key], salt="page", compress=False)


def _value(row: Any, name: str) -> Any:
    for part in name.split("__"):
        row = getattr(row, part)
    return row.isoformat() if hasattr(row, "isoformat") else row


def _read(token: str, order: tuple[str, ...]) -> tuple[bool, list[Any]]:
    try:
        named, backwards, key = signing.loads(token, salt="page") if token else ([], False, [])
    except (signing.BadSignature, ValueError):
        return False, []
    return (backwards, key) if tuple(named) == order else (False, [])
