"""What the search of the top bar finds in the registers."""

from __future__ import annotations

from django.db.models import Q
from django.urls import reverse

from lianfang.web.registers.queries import risks_for
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.search import MOST, Hit


def found(actor: Actor, text: str) -> list[Hit]:
    """The risk points whose number, matter or words hold ``text``."""
    holds = Q(number__icontains=text) | Q(matter__icontains=text) | Q(manifestation__icontains=text)
    rows = risks_for(actor).filter(holds).select_related("unit").order_by("pk")[:MOST]
    return [
        Hit(risk.manifestation, reverse("risk", args=[risk.number]), risk.number, risk.unit.shown_name) for risk in rows
    ]
