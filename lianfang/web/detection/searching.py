"""What the search of the top bar finds in the catalogue."""

from __future__ import annotations

from django.urls import reverse

from lianfang.web.detection import catalogue
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.roles import Permission
from lianfang.web.shared.search import MOST, Hit


def found(actor: Actor, text: str) -> list[Hit]:
    """The indicators whose code or name holds ``text``."""
    if not actor.may(Permission.INDICATOR_READ):
        return []
    wanted = text.casefold()
    hits = [
        Hit(catalogue.said(one.card.name), reverse("indicator", args=[one.code]), one.code)
        for one in catalogue.shipped().indicators.values()
        if wanted in f"{one.code} {one.card.name.zh} {one.card.name.en}".casefold()
    ]
    return hits[:MOST]
