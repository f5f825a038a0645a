"""Reads on the registers for other apps: what waits at one's desk, and the facts of finding and grading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from lianfang.web.organisation.models import Unit
from lianfang.web.registers import machinery
from lianfang.web.registers.risk_moves import TABLE
from lianfang.web.registers.risk_points import STATES, RiskPoint
from lianfang.web.registers.risk_register import RISKS
from lianfang.web.shared import clock
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.desk import Item
from lianfang.web.shared.roles import Permission

IN_FORCE = ("approved", "publicity", "in_control", "adjusted")
WAITING = ("self_assessed", "first_review", "approved", "publicity")
SHOWN = 50
SHOWN_BESIDE = 5


def risks_for(actor: Actor) -> QuerySet[RiskPoint]:
    """The risk points that ``actor`` may read."""
    return machinery.rows_for(RISKS, actor)


def of_unit(unit: Unit, actor: Actor) -> dict[str, Any]:
    """The unit's own points for its page: the highest first, and how many there are."""
    found = risks_for(actor).filter(unit=unit).exclude(state="closed")
    return {"rows": list(found.order_by("level", "number")[:SHOWN_BESIDE]), "count": found.count()}


def due_for(actor: Actor) -> Iterator[Item]:
    """What waits for ``actor``: a move that this role makes now, and points whose review is due."""
    if not (actor.may(Permission.RISK_DECIDE) or actor.may(Permission.RISK_EDIT) or actor.may(Permission.RISK_PUBLISH)):
        return
    waiting = Q(state__in=WAITING) | Q(state__in=("draft", "adjusted")) | Q(next_review_on__lte=clock.today())
    rows = risks_for(actor).filter(waiting).exclude(state="closed").order_by("pk")[:SHOWN]
    for risk in rows:
        verb = _verb_for(risk, actor)
        if verb:
            yield Item(
                verb=verb,
                title=risk.manifestation,
                unit=risk.unit.shown_name,
                colour="",
                stage=STATES[risk.state],
                due_at=_due_at(risk),
                url=reverse("risk", args=[risk.number]),
            )


def _verb_for(risk: RiskPoint, actor: Actor) -> str:
    """The first move that this actor may make now; nobody is asked twice for the same paper."""
    if actor.user_id in (risk.proposer_id, risk.reviewer_id) and risk.state in WAITING:
        return ""
    for offer in TABLE.offers(risk, actor):
        is_forward = not offer.move.id.startswith(("return", "withdraw", "close"))
        wanted = risk.state != "in_control" or risk.review_is_due
        if is_forward and wanted and offer.is_open and actor.reaches(offer.move.permission, risk.unit.path):
            return str(offer.move.verb)
    return ""


def _due_at(risk: RiskPoint) -> datetime | None:
    if risk.state == "in_control" and risk.next_review_on:
        return timezone.make_aware(datetime.combine(risk.next_review_on, time(23, 59, 59)))
    return None


@dataclass(frozen=True)
class Coverage:
    """So many of so many."""

    done: int
    of: int

    @property
    def percent(self) -> float | None:
        """None where the denominator is too small to say a percentage."""
        return round(100 * self.done / self.of, 1) if self.of >= 10 else None


def unit_coverage(actor: Actor, permission: Permission) -> Coverage:
    """Units with a risk point in force, of all units that are not closed, within what ``permission`` reaches."""
    units = Unit.objects.filter(actor.within(permission, unit=""), closed_on=None)
    found = units.aggregate(
        of=Count("pk", distinct=True),
        done=Count("pk", distinct=True, filter=Q(risk_points__state__in=IN_FORCE)),
    )
    return Coverage(found["done"], found["of"])


def publicity_coverage(actor: Actor, permission: Permission) -> Coverage:
    """Level-1 points on the portal, of all level-1 points in force that may be shown."""
    reached = RiskPoint.objects.filter(actor.within(permission), level=1, state__in=IN_FORCE).exclude(category="morals")
    found = reached.aggregate(of=Count("pk"), done=Count("pk", filter=Q(is_published=True)))
    return Coverage(found["done"], found["of"])
