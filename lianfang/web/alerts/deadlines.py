"""Terms and deadlines: when each step is due, what the clock shows, and what happens by itself when time has passed.

Source: the domain's workflow, sla and reminders. Terms are dated: an office may set its own from a day on, and an alert
that was issued keeps those it was issued under.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lianfang.web.accounts import queries as accounts
from lianfang.web.alerts import grading
from lianfang.web.alerts.models import FINALS, Alert, Notice, Parameter, Signal
from lianfang.web.organisation.calendar import Deadline, Term, deadline
from lianfang.web.organisation.models import Day
from lianfang.web.shared import clock, log
from lianfang.web.shared.actor import Actor, system

# rule → colour → term, as the workflow recommends them.
TERMS: dict[str, dict[str, str]] = {
    "L01": {"yellow": "1wd", "orange": "1wd", "red": "1wd"},
    "L04": {"yellow": "1wd", "orange": "1wd", "red": "4h"},
    "L05": {"yellow": "2wd", "orange": "3wd", "red": "3wd"},
    "L06": {"yellow": "1wd", "orange": "1wd", "red": "1wd"},
    "L07": {"yellow": "1wd", "orange": "2wd", "red": "3wd"},
    "L08": {"yellow": "1wd", "orange": "1wd", "red": "1wd"},
    "L09": {"yellow": "1wd", "orange": "1wd", "red": "1wd"},
    "L09.deemed": {"yellow": "3wd", "orange": "3wd", "red": "3wd"},
    "L10": {"yellow": "5wd", "orange": "10wd", "red": "30cd"},
    "L10.inquiry": {"yellow": "15wd", "orange": "15wd", "red": "15wd"},
    "L11": {"red": "5wd"},
    "L12": {"yellow": "3wd", "orange": "5wd", "red": "5wd"},
    "L13": {"yellow": "90cd", "orange": "180cd", "red": "180cd"},
    "L14": {"yellow": "5wd", "orange": "5wd", "red": "3wd"},
    "L15": {"yellow": "5wd", "orange": "5wd", "red": "5wd"},
    "L16": {"yellow": "10wd", "orange": "10wd", "red": "10wd"},
    "L17": {"yellow": "15wd", "orange": "15wd", "red": "15wd"},
    "L18": {"yellow": "3wd", "orange": "3wd", "red": "1wd"},
    "L19": {"yellow": "3wd", "orange": "3wd", "red": "2wd"},
}
WEEKLY_CAPACITY = "signals.weekly_capacity"
SCALARS = {WEEKLY_CAPACITY: "40"}
# state → the rule of its step, and the moment of the alert from which it is counted.
STEPS: dict[str, tuple[str, str]] = {
    "verifying": ("L05", "step_started_at"),
    "graded": ("L06", "step_started_at"),
    "pending": ("L07", "step_started_at"),
    "approved": ("L08", "approved_at"),
    "issued": ("L09", "issued_at"),
    "rectifying": ("L10", "issued_at"),
    "replied": ("L12", "replied_at"),
    "accepting": ("L12", "replied_at"),
    "released": ("L13", "released_at"),
}
STEP_NAMES: dict[str, str | Promise] = {
    "signal": _("初筛"),
    "screening": _("初筛"),
    "verifying": _("核验"),
    "graded": _("呈批"),
    "pending": _("批准"),
    "approved": _("送达"),
    "issued": _("签收"),
    "rectifying": _("整改回告"),
    "replied": _("验收"),
    "accepting": _("验收"),
    "released": _("回头看"),
    "lookback": _("回头看"),
}
REMIND_BEFORE = Term(2, "wd")
# The names under which the calendar keeps the statutory days.
HOLIDAYS: dict[str, str | Promise] = {
    "New Year's Day": _("元旦"),
    "Spring Festival": _("春节"),
    "Tomb-sweeping Day": _("清明节"),
    "Labour Day": _("劳动节"),
    "Dragon Boat Festival": _("端午节"),
    "Mid-autumn Festival": _("中秋节"),
    "National Day": _("国庆节"),
}


def parameters_on(day: date) -> dict[str, Any]:
    """The terms, bands and capacity in force on ``day``: the recommended ones, and over them this office's own."""
    terms = {rule: dict(by_colour) for rule, by_colour in TERMS.items()}
    bands = {colour: list(band) for colour, band in grading.BANDS.items()}
    scalars = dict(SCALARS)
    decided = Parameter.objects.filter(decided_at__isnull=False, from_on__lte=day)
    for row in decided.order_by("from_on", "pk"):
        kind, _dot, rest = row.key.partition(".")
        if kind == "sla":
            rule, colour = rest.rsplit(".", 1)
            terms.setdefault(rule, {})[colour] = row.value
        elif kind == "band":
            bands[rest][0] = int(row.value)
        else:
            scalars[row.key] = row.value
    return {"terms": terms, "bands": bands, **scalars}


def is_parameter(key: str, value: str) -> bool:
    """Whether ``key`` names a parameter and ``value`` is one it can take."""
    kind, _dot, rest = key.partition(".")
    if kind == "sla":
        rule, _sep, colour = rest.rpartition(".")
        return rule in TERMS and colour in TERMS[rule] and _is_term(value)
    if kind == "band":
        return rest in grading.BANDS and value.isdigit() and 1 <= int(value) <= grading.MOST
    return key in SCALARS and value.isdigit()


def _is_term(value: str) -> bool:
    try:
        return Term.parse(value).count > 0
    except ValueError:
        return False


def term_of(parameters: Mapping[str, Any], rule: str, colour: str) -> Term:
    """The term of ``rule`` for ``colour``; as long as no colour is proposed, that of yellow."""
    by_colour = (parameters.get("terms") or TERMS).get(rule) or TERMS[rule]
    return Term.parse(by_colour.get(colour or "yellow") or next(iter(by_colour.values())))


def enter_step(alert: Alert, state: str) -> None:
    """Set when ``state``, which begins now, is due. The alert is not saved."""
    alert.step_started_at = clock.now()
    alert.is_overdue = False
    due = due_of(alert, state)
    alert.due_at, alert.due_is_provisional = (due.at, due.is_provisional) if due else (None, False)


def due_of(alert: Alert, state: str) -> Deadline | None:
    """When the step ``state`` of ``alert`` is due. One sent back by acceptance has its term again, from that day."""
    if state not in STEPS:
        return None
    rule, began = STEPS[state]
    start = alert.step_started_at if state == "rectifying" and alert.returns else getattr(alert, began)
    return deadline(start, term_of(alert.parameters, rule, alert.shown_colour))


def due_of_signal(received_at: datetime, colour: str) -> Deadline:
    return deadline(received_at, term_of(parameters_on(timezone.localdate(received_at)), "L04", colour))


def deemed_on(alert: Alert) -> Deadline | None:
    """When an unsigned notice counts as served."""
    if alert.issued_at is None:
        return None
    return deadline(alert.issued_at, term_of(alert.parameters, "L09.deemed", alert.colour))


def plan_due(alert: Alert) -> Deadline | None:
    """When the plan of a red alert is due."""
    if alert.issued_at is None or alert.colour != "red":
        return None
    return deadline(alert.issued_at, term_of(alert.parameters, "L11", alert.colour))


def objection_until(alert: Alert) -> Deadline | None:
    """Until when the subject may object."""
    return deadline(alert.signed_at, term_of(alert.parameters, "L15", alert.colour)) if alert.signed_at else None


@dataclass(frozen=True)
class Skipped:
    """Days in a row that do not count, and why."""

    first: date
    last: date
    note: str

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True)
class Face:
    """What the clock shows of one step. ``remaining`` is negative when the day has passed.

    ``pips`` has one sign a day: "used", "left", or "gap" where days between do not count.
    """

    step: str
    rule: str
    started_on: date
    due_at: datetime
    remaining: int
    pips: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    is_provisional: bool

    @property
    def due_on(self) -> date:
        return timezone.localdate(self.due_at)

    @property
    def is_overdue(self) -> bool:
        return self.due_at < clock.now()

    @property
    def is_today(self) -> bool:
        return not self.is_overdue and self.due_on == clock.today()

    @property
    def overdue(self) -> int:
        """Working days past the due day; a step past its hour on its day counts as one."""
        return max(1, -self.remaining) if self.is_overdue else 0


def faces(things: Iterable[Alert | Signal]) -> dict[int, Face]:
    """The clock of each thing by its id, the calendar read once for all of them."""
    running = [thing for thing in things if thing.due_at is not None and thing.state not in FINALS]
    if not running:
        return {}
    today = clock.today()
    first = min(_started(thing) for thing in running)
    last = max(today, *(timezone.localdate(thing.due_at) for thing in running))
    days = list(Day.objects.filter(day__gte=min(first, today), day__lte=last).order_by("day"))
    return {thing.pk: _face(thing, days, today) for thing in running}


def face(thing: Alert | Signal) -> Face | None:
    return faces([thing]).get(thing.pk)


def _started(thing: Alert | Signal) -> date:
    if isinstance(thing, Signal):
        return timezone.localdate(thing.received_at)
    counted_from = thing.step_started_at if thing.returns else getattr(thing, STEPS[thing.state][1])
    return timezone.localdate(counted_from)


def _face(thing: Alert | Signal, days: list[Day], today: date) -> Face:
    start, end = _started(thing), timezone.localdate(thing.due_at)
    within = [day for day in days if start < day.day <= end]
    return Face(
        step=str(STEP_NAMES[thing.state]),
        rule=_rule(thing),
        started_on=start,
        due_at=thing.due_at,
        remaining=_workdays(days, today, end),
        pips=_pips(within, today),
        skipped=_skipped(within),
        is_provisional=thing.due_is_provisional,
    )


def _workdays(days: list[Day], start: date, end: date) -> int:
    low, high = min(start, end), max(start, end)
    count = sum(day.is_workday for day in days if low < day.day <= high)
    return count if end >= start else -count


def _pips(days: list[Day], today: date) -> tuple[str, ...]:
    pips: list[str] = []
    for day in days:
        if day.is_workday:
            pips.append("used" if day.day < today else "left")
        elif pips and pips[-1] != "gap":
            pips.append("gap")
    while pips and pips[-1] == "gap":
        pips.pop()
    return tuple(pips)


def _skipped(days: list[Day]) -> tuple[Skipped, ...]:
    """Each run of days that do not count, under the name of its holiday or as a weekend."""
    found: list[Skipped] = []
    for day in days:
        if day.is_workday:
            continue
        note = str(HOLIDAYS.get(day.note, day.note)) or gettext("周末")
        if found and found[-1].last == day.day - timedelta(days=1):
            before = found[-1]
            found[-1] = Skipped(before.first, day.day, note if before.note == gettext("周末") else before.note)
        else:
            found.append(Skipped(day.day, day.day, note))
    return tuple(found)


def _rule(thing: Alert | Signal) -> str:
    rule = "L04" if isinstance(thing, Signal) else STEPS[thing.state][0]
    colour = thing.colour if isinstance(thing, Signal) else thing.shown_colour
    given = {} if isinstance(thing, Signal) else thing.parameters
    names = {"rule": rule, "step": STEP_NAMES[thing.state], "term": term_of(given, rule, colour)}
    return gettext("%(rule)s %(step)s：%(term)s") % names


# What the clock process does. Each thing is done in a transaction of its own on a locked row that is looked at again,
# so that a sweep may be repeated, interrupted, or run beside another.


def sweep() -> dict[str, int]:
    """Do what is due by now; returns how much of each was done."""
    by = system("clock")
    return {
        "recomputed": _each(_provisional(), _recompute, by),
        "deemed": _each(Alert.objects.filter(state="issued"), _deem_served, by),
        "looked_back": _each(Alert.objects.filter(state="released"), _look_back, by),
        "overdue": _each(_late(Alert), _mark_overdue, by) + _each(_late(Signal), _mark_overdue, by),
        "noticed": _remind(),
    }


def _each(rows: Any, work: Any, by: Actor) -> int:
    done = 0
    for pk in list(rows.values_list("pk", flat=True)):
        with transaction.atomic():
            thing = rows.select_for_update(of=("self",)).filter(pk=pk).first()
            done += bool(thing is not None and work(thing, by))
    return done


def _late(model: type[Alert] | type[Signal]) -> Any:
    waiting = Q(state__in=("signal", "screening")) if model is Signal else ~Q(state__in=(*FINALS, "released"))
    return model.objects.filter(waiting, is_overdue=False, due_at__lt=clock.now())


def _provisional() -> Any:
    return Alert.objects.filter(due_is_provisional=True).exclude(state__in=FINALS)


def _recompute(alert: Alert, by: Actor) -> bool:
    """Count a provisional deadline again: its year's calendar may have been decreed since."""
    due = due_of(alert, alert.state)
    if due is None or (due.at, due.is_provisional) == (alert.due_at, alert.due_is_provisional):
        return False
    before = alert.due_at
    alert.due_at, alert.due_is_provisional = due.at, due.is_provisional
    if due.at >= clock.now():
        alert.is_overdue = False
    alert.save(update_fields=["due_at", "due_is_provisional", "is_overdue"])
    _tell("alert.due", alert, by, before=before and before.isoformat(), after=due.at.isoformat())
    return True


def _deem_served(alert: Alert, by: Actor) -> bool:
    due = deemed_on(alert)
    if due is None or clock.now() <= due.at:
        return False
    _run(alert, "T13", by, {"deemed": True})
    return True


def _look_back(alert: Alert, by: Actor) -> bool:
    if alert.lookback_on is None or clock.today() < alert.lookback_on:
        return False
    _run(alert, "T18", by, {})
    return True


def _run(alert: Alert, move: str, by: Actor, given: dict[str, Any]) -> None:
    from lianfang.web.alerts.workflow import ALERTS  # the table's moves set deadlines themselves

    ALERTS.run(alert, move, by=by, given=given)


def _mark_overdue(thing: Alert | Signal, by: Actor) -> bool:
    thing.is_overdue = True
    thing.save(update_fields=["is_overdue"])
    kind = "signal" if isinstance(thing, Signal) else "alert"
    _tell(f"{kind}.overdue", thing, by, state=thing.state, due=thing.due_at and thing.due_at.isoformat())
    return True


def _tell(action: str, thing: Alert | Signal, by: Actor, **detail: Any) -> None:
    kind = action.partition(".")[0]
    log.record(action, by=by, subject_type=kind, subject=thing.log_name, unit_path=thing.log_unit_path, **detail)


def _remind() -> int:
    """One notice for each person, thing, kind and deadline: two working days before, on the day, and after it."""
    today = clock.today()
    horizon = deadline(today, REMIND_BEFORE).at
    running = Alert.objects.exclude(state__in=(*FINALS, "released")).filter(due_at__lte=horizon)
    made = 0
    people = accounts.actors_with_role("unit_officer", "unit_deputy", "unit_head", "office_head", "cadre")
    for alert in running.select_related("unit", "person").iterator(500):
        kind = _kind_now(alert, today)
        rows = [
            Notice(user_id=user, subject=alert.number, kind=kind, due_at=alert.due_at, at=clock.now())
            for user in _reminded(alert, kind, people)
        ]
        standing = set(
            Notice.objects.filter(subject=alert.number, kind=kind, due_at=alert.due_at).values_list(
                "user_id", flat=True
            )
        )
        new = [row for row in rows if row.user_id not in standing]
        Notice.objects.bulk_create(new, ignore_conflicts=True)
        made += len(new)
    return made


def _kind_now(alert: Alert, today: date) -> str:
    """Only the kind that holds now: what was missed while the clock stood still is not sent afterwards."""
    if alert.due_at < clock.now():
        return Notice.Kind.OVERDUE
    return Notice.Kind.TODAY if timezone.localdate(alert.due_at) == today else Notice.Kind.SOON


def _reminded(alert: Alert, kind: str, people: list[Actor]) -> set[int]:
    """Whom a reminder goes to: while checking, whose turn it is; in the unit, more people the later it is."""
    if alert.state not in ("issued", "rectifying"):
        return {alert.next_user_id} if alert.next_user_id else set()
    beside = {"soon": {"unit_officer"}, "today": {"unit_deputy"}, "overdue": {"unit_head", "office_head"}}[kind]
    roles = {"unit_head", *beside}
    return {actor.user_id for actor in people if actor.user_id is not None and _concerned(actor, alert, roles)}


def _concerned(actor: Actor, alert: Alert, roles: set[str]) -> bool:
    """The unit's people in these roles, the office's head where named, and the subject in person."""
    if actor.role == "cadre":
        return actor.person_id is not None and actor.person_id == alert.person_id
    if actor.role not in roles:
        return False
    return actor.role == "office_head" or bool(actor.unit_path and alert.unit.path.startswith(actor.unit_path))
