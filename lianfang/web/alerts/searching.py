"""What the search of the top bar finds among alerts."""

from __future__ import annotations

from django.db.models import Q
from django.urls import reverse

from lianfang.web.alerts.queries.access import alerts_for
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.search import MOST, Hit


def found(actor: Actor, text: str) -> list[Hit]:
    """The alerts whose number or title holds ``text``; names of persons are not searched."""
    holds = Q(number__icontains=text) | Q(title__icontains=text) | Q(title_en__icontains=text)
    rows = alerts_for(actor).filter(holds).order_by("-pk")[:MOST]
    return [Hit(alert.shown_title, reverse("alert", args=[alert.number]), alert.number) for alert in rows]
