"""Who approves what: the seats of an alert's approval by colour and subject, and who may not act on it at all.

Source: the domain's workflow, approver_matrix, subject_override and recusal; forms, section 4, rule 3.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lianfang.web.accounts import queries as accounts
from lianfang.web.accounts.models import User
from lianfang.web.alerts import grading
from lianfang.web.alerts.models import Alert, Opinion
from lianfang.web.organisation.actions import MANAGING_LEVELS
from lianfang.web.organisation.models import Holding
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.roles import ROLES

LADDER = ("office_head", "deputy_secretary", "secretary", "party_head")
# The office and the commission themselves: matters of their own people go to the secretary.
OWN_STAFF = ("officer", "office_head", "deputy_secretary", "secretary", "dispatch_head")
DECIDES = {"yellow": "office_head", "orange": "deputy_secretary", "red": "secretary"}
COSIGNS = {"yellow": (), "orange": ("dispatch_head",), "red": ("deputy_secretary",)}


@dataclass(frozen=True)
class Seat:
    """One place in the approval. The last one decides, those before it co-sign."""

    role: str
    decides: bool = False

    @property
    def title(self) -> str | Promise:
        return ROLES[self.role].title

    @property
    def word(self) -> str | Promise:
        return _("批准") if self.decides else _("会签")


@dataclass(frozen=True)
class Subject:
    """What matters about whom an alert concerns when its approvers are found."""

    is_head_of_unit: bool = False
    is_head_managed_here: bool = False
    is_own_staff: bool = False


def subject_of(alert: Alert) -> Subject:
    """Read once for each alert that is looked at."""
    kept: Subject | None = getattr(alert, "_subject", None)
    if kept is None:
        kept = alert._subject = _read_subject(alert)  # type: ignore[attr-defined]
    return kept


def _read_subject(alert: Alert) -> Subject:
    heads = alert.person_id is not None and _holds_head_post(alert.person_id)
    here = MANAGING_LEVELS[settings.LEVEL]
    return Subject(
        is_head_of_unit=heads,
        is_head_managed_here=bool(heads and alert.person and alert.person.managed_by == here),
        is_own_staff=_is_own_staff(alert),
    )


def _holds_head_post(person_id: int) -> bool:
    return Holding.objects.filter(person_id=person_id, post__is_head=True, until_on=None).exists()


def _is_own_staff(alert: Alert) -> bool:
    """Whether it concerns the office's own unit, or a person whose account has a role in the office."""
    who = Q(unit=alert.unit_id, grants__role__in=("officer", "office_head"))
    if alert.person_id is not None:
        who |= Q(person=alert.person_id, grants__role__in=OWN_STAFF)
    return User.objects.filter(who, grants__revoked_at=None).exists()


def seats(alert: Alert) -> tuple[Seat, ...]:
    """The seats of the colour that is proposed, raised where the subject or the change of colour asks for it."""
    kept: tuple[str, tuple[Seat, ...]] | None = getattr(alert, "_seats", None)
    colour = alert.shown_colour or "yellow"
    if kept is None or kept[0] != colour:
        kept = (colour, _found_seats(alert, colour))
        alert._seats = kept  # type: ignore[attr-defined]
    return kept[1]


def _found_seats(alert: Alert, colour: str) -> tuple[Seat, ...]:
    subject = subject_of(alert)
    decides = DECIDES[colour]
    if subject.is_head_of_unit:
        decides = _higher(decides, "deputy_secretary")
    if subject.is_head_managed_here or subject.is_own_staff:
        decides = _higher(decides, "secretary")
    if _changed_by_two_steps(alert):
        decides = _next_above(decides)
    cosigns = [_standing_in(role, alert, subject) for role in COSIGNS[colour]]
    found = [Seat(role) for role in cosigns if role and role != decides]
    if subject.is_head_managed_here and decides == "secretary":
        return (*found, Seat("secretary"), Seat("party_head", decides=True))
    return (*found, Seat(decides, decides=True))


def _standing_in(role: str, alert: Alert, subject: Subject) -> str:
    """Who co-signs. Where no team is dispatched to the unit, the office's head does, unless it is the office's own."""
    if role != "dispatch_head" or dispatched_to(alert.unit.path):
        return role
    return "" if subject.is_own_staff else "office_head"


def dispatched_to(unit_path: str) -> bool:
    """Whether somebody heads a team dispatched to the unit at ``unit_path``."""
    return any(
        actor.unit_path and unit_path.startswith(actor.unit_path)
        for actor in accounts.actors_with_role("dispatch_head")
    )


def _changed_by_two_steps(alert: Alert) -> bool:
    grade = alert.grades.first()
    return grade is not None and grading.steps(grade.proposal, grade.colour, grade.exemption) >= 2


def _higher(role: str, other: str) -> str:
    return max(role, other, key=LADDER.index)


def _next_above(role: str) -> str:
    return LADDER[min(LADDER.index(role) + 1, len(LADDER) - 1)]


def deciding_role(alert: Alert) -> str:
    return seats(alert)[-1].role


def seat_of(alert: Alert, actor: Actor) -> Seat | None:
    """The seat ``actor`` sits in, or None: the role is not among them, or another team's."""
    seat = next((seat for seat in seats(alert) if seat.role == actor.role), None)
    if seat and seat.role == "dispatch_head" and not (actor.unit_path and alert.unit.path.startswith(actor.unit_path)):
        return None
    return seat


def opinions(alert: Alert) -> dict[str, Opinion]:
    """What has been said in the present round, by seat."""
    return {one.seat: one for one in alert.opinions.all() if one.round == alert.round}


def next_seat(alert: Alert) -> Seat | None:
    """The seat whose turn it is."""
    said = opinions(alert)
    return next((seat for seat in seats(alert) if seat.role not in said), None)


def checked(alert: Alert, user_id: int | None) -> bool:
    """Whether this account took part in checking: it cannot decide on the same matter."""
    return user_id is not None and user_id in {alert.checker_id, alert.second_checker_id}


def superiors(actor: Actor) -> Q:
    """Persons who head the unit of ``actor`` or one above it: nobody acts on, or sees, a matter of theirs."""
    below = User.objects.filter(pk=actor.user_id, unit__path__startswith=OuterRef("post__unit__path"))
    heads = Holding.objects.filter(Exists(below), post__is_head=True, until_on=None)
    return Q(person_id__in=heads.exclude(person_id=actor.person_id).values("person_id"))


def is_recused(actor_user: User, *, person_id: int | None) -> bool:
    """Whether ``actor_user`` must not be given a matter of this person: own, or of one's head."""
    if person_id is None:
        return False
    if actor_user.person_id == person_id:
        return True
    codes = [code for code in (actor_user.unit.path if actor_user.unit else "").split("/") if code]
    heads = Holding.objects.filter(post__is_head=True, until_on=None, post__unit__code__in=codes)
    return heads.filter(person_id=person_id).exists()
