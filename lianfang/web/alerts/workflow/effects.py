"""What a move does beside changing the state: the day and person of the next step, and the rows that belong to it."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.utils import timezone

from lianfang.web.accounts.models import User
from lianfang.web.alerts import deadlines, grading
from lianfang.web.alerts.models import Alert, Closing, Delivery, Hit, Signal, Tick
from lianfang.web.alerts.workflow import approvers
from lianfang.web.detection import catalogue
from lianfang.web.detection.models import Finding
from lianfang.web.organisation.calendar import deadline
from lianfang.web.shared import clock, numbering
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.moves import Given

Effect = Callable[[Alert, Actor, Given], None]


def entering(state: str, effect: Effect | None = None) -> Effect:
    """``effect``, then the new step's due day and whose turn it is."""

    def enter(alert: Alert, by: Actor, given: Given) -> None:
        if effect is not None:
            effect(alert, by, given)
        deadlines.enter_step(alert, state)
        alert.next_role, alert.next_user_id = turn(alert, state)

    return enter


def turn(alert: Alert, state: str) -> tuple[str, int | None]:
    """Whose turn it is in ``state``: a role, and where one is named, a person."""
    if state in ("verifying", "graded", "approved"):
        return "officer", alert.checker_id
    if state == "pending":
        seat = approvers.next_seat(alert) or approvers.seats(alert)[-1]
        return seat.role, None
    if state in ("issued", "rectifying"):
        return "unit_head", None
    if state == "replied":
        return "officer", None
    if state == "accepting":
        return _acceptor_role(alert), alert.acceptor_id
    if state == "lookback":
        return "officer", None
    return "", None


def _acceptor_role(alert: Alert) -> str:
    return "dispatch_head" if _heads_a_team(alert.acceptor_id) else "officer"


def _heads_a_team(user_id: int | None) -> bool:
    return User.objects.filter(pk=user_id, grants__role="dispatch_head", grants__revoked_at=None).exists()


# --- signals


def take_up(signal: Signal, by: Actor, given: Given) -> None:
    """T03: the signal becomes an alert under checking, with a number, its indicators and their explanations."""
    now = clock.now()
    checker: User = given["checker"]
    alert = Alert(
        number=_new_number(),
        state="verifying",
        unit=signal.unit,
        person=signal.person,
        source=signal.source,
        safety=signal.safety,
        family=signal.family,
        stage=signal.stage,
        amount=signal.amount,
        proposed_colour=signal.colour,
        title=signal.title,
        title_en=signal.title_en,
        text=signal.text,
        text_en=signal.text_en,
        checker=checker,
        second_checker=given.get("second_checker"),
        opened_at=now,
        step_started_at=now,
        parameters=deadlines.parameters_on(clock.today()),
    )
    deadlines.enter_step(alert, "verifying")
    alert.next_role, alert.next_user = "officer", checker
    alert.save(force_insert=True)
    signal.alert, signal.closed_at, signal.is_overdue = alert, now, False
    merged = list(Signal.objects.filter(merged_into=signal))
    Signal.objects.filter(merged_into=signal).update(alert=alert)
    lay_hits(alert, signal, *merged)


def _new_number() -> str:
    year = clock.today().year
    return f"{year}-{settings.PLACE_CODE}-{numbering.take(f'alert {year} {settings.PLACE_CODE}'):06d}"


def lay_hits(alert: Alert, *signals: Signal) -> None:
    """The findings of these signals as hits of the alert, and a tick for each explanation of their cards."""
    findings = list(Finding.objects.filter(signal_link__signal__in=signals).order_by("pk"))
    standing = set(Hit.objects.filter(alert=alert).values_list("finding_id", flat=True))
    Hit.objects.bulk_create(
        Hit(alert=alert, code=f.code, nature=f.nature, colour=grading.capped(f.colour, f.nature), finding=f)
        for f in findings
        if f.pk not in standing
    )
    for code in dict.fromkeys(f.code for f in findings):
        lay_ticks(alert, code)


def lay_ticks(alert: Alert, code: str) -> None:
    innocent = catalogue.card_of(code).card.innocent
    Tick.objects.bulk_create(
        [Tick(alert=alert, code=code, case=one.case, text=one.zh, text_en=one.en) for one in innocent],
        ignore_conflicts=True,
    )


def merge(signal: Signal, _by: Actor, given: Given) -> None:
    """T02: into a signal that waits, or into an alert that runs and then takes its findings too."""
    into = given["into"]
    if isinstance(into, Signal):
        signal.merged_into, signal.alert = into, into.alert
        Signal.objects.filter(merged_into=signal).update(merged_into=into)
    else:
        signal.alert = into
        lay_hits(into, signal)
    signal.closed_at, signal.is_overdue = clock.now(), False


def close_signal(signal: Signal, _by: Actor, given: Given) -> None:
    signal.closing_reason, signal.closed_at, signal.is_overdue = given["closing_reason"], clock.now(), False


# --- alerts


def dismiss(alert: Alert, _by: Actor, given: Given) -> None:
    """T05, T11: it does not stand."""
    alert.closing_reason = given.get("closing_reason", "")
    _close(alert, Closing.NOT_FOUNDED)


def _close(alert: Alert, code: Closing) -> None:
    alert.closed_at, alert.closing_code = clock.now(), code


def submit(alert: Alert, by: Actor, _given: Given) -> None:
    alert.proposer_id, alert.submitted_at = by.user_id, clock.now()


def give_back(alert: Alert, _by: Actor, _given: Given) -> None:
    """T09: what was said so far belongs to the past round; the grading is done again, the ticks stand."""
    alert.round += 1
    alert.proposer_id = alert.submitted_at = None


def approve(alert: Alert, _by: Actor, _given: Given) -> None:
    alert.colour, alert.approved_at = alert.proposed_colour, clock.now()


def issue(alert: Alert, by: Actor, _given: Given) -> None:
    """T12: the notice gets its number and goes to the unit, and to the person with a copy to the unit's head."""
    now = clock.now()
    alert.issued_at = now
    alert.parameters = deadlines.parameters_on(clock.today())
    alert.notice_number = _notice_number(alert)
    Delivery.objects.create(
        alert=alert, unit=alert.unit, is_copy=alert.person_id is not None, sent_at=now, sent_by=by.name
    )
    if alert.person_id is not None:
        Delivery.objects.create(alert=alert, unit=alert.unit, person=alert.person, sent_at=now, sent_by=by.name)


def _notice_number(alert: Alert) -> str:
    """As documents are numbered: the office's short name, the colour, the year in six-cornered brackets, a number."""
    year = clock.today().year
    word = {"yellow": "黄", "orange": "橙", "red": "红"}[alert.colour]  # data
    taken = numbering.take(f"notice {alert.colour} {year}")
    return f"{settings.PLACE.removesuffix('市')}廉预{word}〔{year}〕{taken}号"  # data


def sign(alert: Alert, by: Actor, given: Given) -> None:
    """T13: signed, or served by the passing of time, which is written down as such."""
    now = clock.now()
    deemed = bool(by.is_system and given.get("deemed"))
    alert.signed_at = deadlines.deemed_on(alert).at if deemed else now  # type: ignore[union-attr]
    name = "" if deemed else by.name
    alert.deliveries.filter(signed_at=None).update(signed_at=alert.signed_at, signed_by=name, is_deemed=deemed)


def reply(alert: Alert, by: Actor, _given: Given) -> None:
    now = clock.now()
    alert.replied_at = now
    alert.answers.filter(round=alert.returns).update(signed_by=by.name, signed_at=now)


def take_for_acceptance(alert: Alert, _by: Actor, given: Given) -> None:
    alert.acceptor = given["acceptor"]


def send_back(alert: Alert, _by: Actor, _given: Given) -> None:
    """T16: the correction goes on; its term runs again from this day."""
    alert.returns += 1
    alert.acceptor = None
    alert.replied_at = None


def release(alert: Alert, _by: Actor, _given: Given) -> None:
    alert.released_at = clock.now()
    term = deadlines.term_of(alert.parameters, "L13", alert.colour)
    alert.lookback_on = deadline(timezone.localdate(alert.released_at), term).on


def archive(alert: Alert, _by: Actor, _given: Given) -> None:
    _close(alert, Closing.CORRECTED)


def withdraw(alert: Alert, _by: Actor, _given: Given) -> None:
    """T22, T23: with a notice of withdrawal; it counts no longer."""
    _close(alert, Closing.WITHDRAWN)


def next_after_opinion(alert: Alert) -> None:
    """Whose turn it is after a co-signature. The alert is not saved."""
    alert.next_role, alert.next_user_id = turn(alert, "pending")
