"""How a higher app shows something on a lower app's page: it registers a panel, the lower one never imports it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from lianfang.web.shared.actor import Actor
from lianfang.web.shared.roles import Permission


@dataclass(frozen=True)
class Panel:
    """One panel of a page. ``context`` gives what ``template`` shows, or None to show nothing."""

    place: str  # the page it stands on and where, e.g. "finding.aside"
    template: str
    context: Callable[[Any, Actor], dict[str, Any] | None]
    permission: Permission
    rank: int = 100


_panels: dict[str, list[Panel]] = {}
_checks: dict[str, list[Callable[[Any], None]]] = {}


def add(panel: Panel) -> None:
    """Register ``panel``; an app does so once, in its ``apps.py``."""
    standing = _panels.setdefault(panel.place, [])
    standing.append(panel)
    standing.sort(key=lambda p: p.rank)


def of(place: str, thing: Any, actor: Actor) -> Iterable[tuple[str, dict[str, Any]]]:
    """The panels of ``place`` for ``thing`` that ``actor`` may see: template and context."""
    for panel in _panels.get(place, ()):
        if actor.may(panel.permission) and (context := panel.context(thing, actor)) is not None:
            yield panel.template, context


def add_check(place: str, check: Callable[[Any], None]) -> None:
    """Register a function that is called with a lower app's thing, in its transaction, and may raise Refused."""
    _checks.setdefault(place, []).append(check)


def check(place: str, thing: Any) -> None:
    """Call every check that higher apps registered for ``place``."""
    for one in _checks.get(place, ()):
        one(thing)
