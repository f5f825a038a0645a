"""Who sees which signals and alerts: the only ways to one of them."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.http import Http404

from lianfang.web.alerts.models import Alert, Attachment, Notice, Signal
from lianfang.web.alerts.workflow import approvers
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.roles import Permission

# Those who look before anything is delivered. The unit and the subject see an alert from its issue on.
OFFICE_SIDE = frozenset(
    {"system", "officer", "office_head", "deputy_secretary", "secretary", "party_head", "dispatch_head"}
)
RELATED = ("unit", "person", "checker", "second_checker", "proposer", "acceptor", "next_user")


def is_office_side(actor: Actor) -> bool:
    return actor.role in OFFICE_SIDE


def alerts_for(actor: Actor) -> QuerySet[Alert]:
    """The alerts that ``actor`` may see. Nobody sees a matter of one's superior; the unit none before its issue."""
    rows = Alert.objects.filter(actor.within(Permission.ALERT_READ, unit="unit", own="person"))
    if not is_office_side(actor):
        rows = rows.filter(issued_at__isnull=False)
    return _without_recused(rows, actor)


def _without_recused(rows: QuerySet[Alert] | QuerySet[Signal], actor: Actor) -> QuerySet:
    """Without matters of the actor's superiors, and for the office's people without those of themselves."""
    if actor.is_system:
        return rows
    if is_office_side(actor) and actor.person_id is not None:
        rows = rows.exclude(person=actor.person_id)
    return rows.exclude(approvers.superiors(actor))


def alert_for(actor: Actor, number: str) -> Alert:
    """The alert with ``number``, if ``actor`` may see it; otherwise it is not found."""
    found = alerts_for(actor).filter(number=number).select_related(*RELATED).first()
    if found is None:
        raise Http404
    return found


def is_subject_side(actor: Actor) -> bool:
    """Whether ``actor`` reads an alert as the one it was addressed to: without the notes of its checking."""
    return not is_office_side(actor)


def signals_for(actor: Actor) -> QuerySet[Signal]:
    """The signals that ``actor`` may see; a unit sees what it reported itself, and not what was seen of it."""
    if actor.role == "unit_officer":
        rows = Signal.objects.filter(actor.within(Permission.SIGNAL_READ, unit="registered_unit"))
        return _without_recused(rows.exclude(source="finding"), actor)
    rows = Signal.objects.filter(actor.within(Permission.SIGNAL_READ, unit="unit"))
    return _without_recused(rows, actor)


def signal_for(actor: Actor, number: str) -> Signal:
    """The signal with ``number``, if ``actor`` may see it; otherwise it is not found."""
    related = ("unit", "person", "assigned_to", "alert", "merged_into", "registered_unit")
    found = signals_for(actor).filter(number=number).select_related(*related).first()
    if found is None:
        raise Http404
    return found


def attachments_for(actor: Actor, alert: Alert) -> QuerySet[Attachment]:
    """The files of an alert that ``actor`` reaches; what was gathered while checking stays in the office."""
    rows = Attachment.objects.filter(alert=alert)
    return rows.filter(is_screening=False) if is_subject_side(actor) else rows


def attachment_for(actor: Actor, number: str, digest: str) -> Attachment:
    found = attachments_for(actor, alert_for(actor, number)).filter(digest=digest).first()
    if found is None:
        raise Http404
    return found


def notices_for(actor: Actor) -> QuerySet[Notice]:
    """The unread notices of ``actor``."""
    return Notice.objects.filter(user=actor.user_id, read_at=None).order_by("-pk")


def my_turn(actor: Actor) -> Q:
    """The alerts whose next step is this actor's."""
    if actor.role == "unit_deputy":
        return Q(next_role="unit_head", colour="yellow")
    if actor.role == "cadre":
        return Q(state="issued", person=actor.person_id)
    if actor.role == "unit_officer":
        return Q(state="rectifying")
    return Q(next_role=actor.role) & (Q(next_user=None) | Q(next_user=actor.user_id))
