"""The search of the top bar: each app adds where it looks, and finds only what the reader may see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

from lianfang.web.shared.actor import Actor

SHORTEST = 2  # characters; two Chinese ones are a word
MOST = 20  # of each kind; a list with its filters shows the rest


@dataclass(frozen=True)
class Hit:
    """One thing that was found: its name, its page, its public number or code, and a word on it."""

    title: str
    url: str
    code: str = ""
    note: str = ""


@dataclass(frozen=True)
class Source:
    """Where one app looks. ``find`` starts from the app's own access function and returns ``MOST`` hits at most."""

    kind: str | Promise
    find: Callable[[Actor, str], Sequence[Hit]]


_sources: list[Source] = []


def add_source(source: Source) -> None:
    """Let the search look at one more kind of thing; an app does so once, in its ``apps.py``."""
    _sources.append(source)


def is_offered() -> bool:
    return bool(_sources)


def find(actor: Actor, text: str) -> list[tuple[str, Sequence[Hit]]]:
    """What was found for ``text``, by kind; kinds without a hit are left out."""
    wanted = text.strip()
    if len(wanted) < SHORTEST:
        return []
    found = [(str(source.kind), source.find(actor, wanted)[:MOST]) for source in _sources]
    return [(kind, hits) for kind, hits in found if hits]


def exact(found: list[tuple[str, Sequence[Hit]]], text: str) -> Hit | None:
    """The one hit whose name or code is the whole of ``text``, if there is just one."""
    named = [hit for _kind, hits in found for hit in hits if text.strip() in (hit.title, hit.code)]
    return named[0] if len(named) == 1 else None
