"""What waits for one person: every app offers its own items, the desk shows them all by their day."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise

from lianfang.web.shared.actor import Actor

REMEMBERED = 6


@dataclass(frozen=True)
class Item:
    """One thing to be done. ``verb`` is the button of its row, ``stage`` the word of its state.

    ``colour`` is yellow, orange, red or "" where there is none; ``is_proposed`` says that nobody approved it yet.
    ``waits_for`` is empty when it waits for the reader, otherwise the name or post of whom it waits for.
    """

    verb: str | Promise
    title: str
    unit: str
    colour: str
    stage: str | Promise
    due_at: datetime | None
    url: str
    waits_for: str = ""
    is_proposed: bool = False


Source = Callable[[Actor], Iterable[Item]]
_sources: list[Source] = []


def add_source(source: Source) -> None:
    """Let ``source`` offer its items; an app does so once, in its ``apps.py``. The same source counts once."""
    if source not in _sources:
        _sources.append(source)


def items_for(actor: Actor) -> list[Item]:
    """Everything that concerns ``actor`` now, what is due first; without a day last."""
    found = [item for source in _sources for item in source(actor)]
    return sorted(found, key=lambda item: (item.due_at is None, item.due_at and item.due_at.timestamp(), item.url))


def remember(request: Any, title: str) -> None:
    """Keep the page that is being looked at for the desk's list of what its reader looked at last."""
    seen = [row for row in request.session.get("seen_pages", []) if row["url"] != request.path]
    request.session["seen_pages"] = [{"url": request.path, "title": title}, *seen][:REMEMBERED]


def remembered(request: Any) -> list[dict[str, str]]:
    """What this reader looked at last, newest first: ``url`` and ``title``."""
    return list(request.session.get("seen_pages", []))
