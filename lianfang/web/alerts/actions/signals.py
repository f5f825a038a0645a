"""Writes on signals: registered by hand, made from findings, assigned, merged, taken up or found not to stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lianfang.web.accounts.models import User
from lianfang.web.alerts import deadlines, grading, queries, wording
from lianfang.web.alerts.models import Alert, NotFounded, Signal, SignalFinding, Source
from lianfang.web.alerts.workflow import SIGNALS, guards
from lianfang.web.detection import catalogue
from lianfang.web.detection.actions import findings as detection
from lianfang.web.detection.models import Finding, Judgement, Run, Safety
from lianfang.web.organisation.actions import is_managed_above
from lianfang.web.organisation.models import Person, Unit
from lianfang.web.organisation.queries import find_person
from lianfang.web.shared import clock, log, numbering
from lianfang.web.shared.actor import Actor, system
from lianfang.web.shared.refused import Refused
from lianfang.web.shared.roles import Permission

AT_ONCE = 200  # signals that one press makes at most


@dataclass(frozen=True)
class Intake:
    """The intake record (F07). ``person`` is a code of the register of persons, or nothing."""

    source: str
    title: str
    text: str
    unit: Unit | None = None
    person: str = ""
    subject_type: str = ""
    subject_id: str = ""
    safety: str = ""
    family: str = ""
    amount: Decimal | None = None
    found_on: date | None = None
    source_number: str = ""


@transaction.atomic
def register_signal(given: Intake, *, by: Actor) -> Signal:
    """Register what somebody noticed. Nothing is kept, and nothing logged, of what may not be kept here."""
    by.require(Permission.SIGNAL_REGISTER)
    wording.check(title=given.title, text=given.text)
    wording.check(given.source_number, given.subject_id)
    _check_intake(given, by)
    person = _processed_person(given.person)
    signal = Signal(
        number=_new_number(),
        source=given.source,
        source_number=given.source_number.strip(),
        unit=given.unit,
        person=person,
        subject_type=given.subject_type.strip(),
        subject_id=given.subject_id.strip(),
        safety=given.safety,
        family=given.family,
        amount=given.amount,
        found_on=given.found_on,
        title=given.title.strip(),
        text=given.text.strip(),
        registered_by_id=by.user_id,
        registered_name=by.name,
        registered_unit=_own_unit(by),
        received_at=clock.now(),
    )
    return _laid(signal, (), by)


def _check_intake(given: Intake, by: Actor) -> None:
    missing = {
        name: _("请填写此项。")
        for name, value in (("title", given.title), ("text", given.text), ("unit", given.unit))
        if not value
    }
    if given.source not in Source.values or given.source == Source.FINDING:
        missing["source"] = _("请选择来源。")
    if given.safety and given.safety not in Safety.values:
        missing["safety"] = _("请从列表中选择。")
    if missing:
        raise Refused(_("有几处需要填写。"), fields=missing)
    if given.unit is not None and not by.reaches(Permission.SIGNAL_REGISTER, given.unit.path):
        raise Refused(_("只能登记本单位及下级单位的情形。"), status=403)


def _processed_person(code: str) -> Person | None:
    """The official with this code; somebody not known here counts as managed above."""
    if not code.strip():
        return None
    person = find_person(code.strip())
    if person is None or is_managed_above(person.managed_by):
        raise wording.above_level()
    return person


def _own_unit(by: Actor) -> Unit | None:
    if by.unit_id is not None:
        return Unit.objects.filter(pk=by.unit_id).first()
    user = User.objects.filter(pk=by.user_id).select_related("unit").first()
    return user.unit if user else None


def _new_number() -> str:
    year = clock.today().year
    return f"S-{year}-{numbering.take(f'signal {year}'):06d}"


def _laid(signal: Signal, findings: Sequence[Finding], by: Actor) -> Signal:
    """Save a new signal with its due day and place in the queue, and begin screening when its record is complete."""
    due = deadlines.due_of_signal(signal.received_at, signal.colour)
    signal.due_at, signal.due_is_provisional = due.at, due.is_provisional
    signal.reasons = queries.reasons_of(signal, findings)
    signal.rank = sum(points for _name, points, _value in signal.reasons)
    signal.save(force_insert=True)
    SignalFinding.objects.bulk_create(SignalFinding(signal=signal, finding=finding) for finding in findings)
    for finding in findings:
        detection.hold_evidence(finding, signal.number, by=by)
    log.record(
        "signal.register",
        by=by,
        subject_type="signal",
        subject=signal.number,
        unit_path=signal.log_unit_path,
        source=signal.source,
        findings=[finding.number for finding in findings],
    )
    if guards.incomplete(signal, by):
        return signal
    done: Signal = SIGNALS.run(signal, "T01", by=system("intake"))
    return done


@transaction.atomic
def signal_from_finding(finding: Finding, *, by: Actor) -> Signal:
    """Make a signal of one finding; it can be made once."""
    by.require(Permission.SIGNAL_SCREEN)
    finding = Finding.objects.select_for_update(of=("self",)).select_related("unit").get(pk=finding.pk)
    if standing := Signal.objects.filter(findings=finding).first():
        raise Refused(_("这条发现已成信号%(number)s。") % {"number": standing.number}, status=409)
    if not finding.is_present:
        raise Refused(_("这条发现已不在最近一次运行中，或所据数据已撤回。"))
    return _from_finding(finding, by)


def _from_finding(finding: Finding, by: Actor) -> Signal:
    card = catalogue.card_of(finding.code).card
    signal = Signal(
        number=_new_number(),
        source=Source.FINDING,
        unit=finding.unit,
        person=find_person(finding.person) if finding.person else None,
        subject_type=finding.subject_type,
        subject_id=finding.subject_id[:200],
        safety=finding.safety,
        family=finding.family,
        stage=finding.stage,
        colour=grading.capped(finding.colour, finding.nature),
        title=card.name.zh[:200],
        title_en=card.name.en[:300],
        text=finding.sentence_zh,
        text_en=finding.sentence_en,
        registered_by_id=by.user_id,
        registered_name=by.name,
        found_on=finding.as_of,
        received_at=clock.now(),
    )
    return _laid(signal, [finding], by)


@transaction.atomic
def signals_from_run(run: Run, *, by: Actor) -> list[Signal]:
    """Make signals of a run's findings whose indicators are in force, heaviest first, within the week's capacity."""
    by.require(Permission.SIGNAL_SCREEN)
    numbering.take("signals from runs")  # two who press at once wait for one another, and share one capacity
    room = min(queries.capacity_left(), AT_ONCE)
    if room <= 0:
        raise Refused(_("本周处理量已满。其余发现仍在清单里计数，下周一起可再生成。"))
    chosen = list(queries.unsignalled(run)[:room])
    return [_from_finding(finding, by) for finding in chosen]


@transaction.atomic
def assign_signal(signal: Signal, to: User, *, by: Actor, version: int | None = None) -> Signal:
    """Give a waiting signal to an officer."""
    by.require(Permission.SIGNAL_SCREEN)
    signal = _waiting(signal, by, version)
    guards.refuse_assignee(to, person_id=signal.person_id, field="to")
    signal.assigned_to, signal.version = to, signal.version + 1
    signal.save(update_fields=["assigned_to", "version"])
    _tell("signal.assign", signal, by, to=to.username)
    return signal


def _reached(signal: Signal, by: Actor) -> Signal:
    """The signal as it is now, if the actor reaches it."""
    found = queries.signals_for(by).select_related("unit").filter(pk=signal.pk).first()
    if found is None:
        raise Refused(_("没有这件信号。"), status=404)
    return found


def _waiting(signal: Signal, by: Actor, version: int | None) -> Signal:
    _reached(signal, by)
    locked = Signal.objects.select_for_update(of=("self",)).select_related("unit").get(pk=signal.pk)
    if not locked.is_waiting or (version is not None and locked.version != version):
        said = _("别人已先办理，现在是“%(state)s”。") % {"state": locked.get_state_display()}
        raise Refused(said, status=409)
    return locked


@transaction.atomic
def complete_signal(signal: Signal, *, by: Actor, unit: Unit | None, safety: str, version: int | None = None) -> Signal:
    """Add what an intake record lacked, so that screening can begin."""
    by.require(Permission.SIGNAL_SCREEN)
    signal = _waiting(signal, by, version)
    signal.unit, signal.safety, signal.version = unit or signal.unit, safety or signal.safety, signal.version + 1
    if signal.safety not in Safety.values:
        said = _("请从列表中选择。")
        raise Refused(said, fields={"safety": said})
    signal.save(update_fields=["unit", "safety", "version"])
    _tell("signal.complete", signal, by, unit=signal.unit and signal.unit.code, safety=signal.safety)
    if signal.state == "signal" and not guards.incomplete(signal, by):
        return SIGNALS.run(signal, "T01", by=by)  # type: ignore[no-any-return]
    return signal


@transaction.atomic
def merge_signal(signal: Signal, into: Signal | Alert, *, by: Actor, version: int | None = None) -> Signal:
    """Join a signal to another of the same matter, or to the alert that runs already."""
    by.require(Permission.SIGNAL_SCREEN)
    done: Signal = SIGNALS.run(_reached(signal, by), "T02", by=by, given={"into": into, "version": version})
    _tell("signal.merged_into", done, by, into=into.number)
    return done


@transaction.atomic
def dismiss_signal(
    signal: Signal, *, by: Actor, closing_reason: str, reason: str, version: int | None = None
) -> Signal:
    """Close a signal that does not stand; its indicators learn of it."""
    wording.check(reason=reason)
    given = {"closing_reason": closing_reason, "reason": reason, "version": version}
    done: Signal = SIGNALS.run(_reached(signal, by), "T04", by=by, given=given)
    findings = list(Finding.objects.filter(signal_link__signal=done).select_related("unit"))
    judge_all(findings, by=by, fired_rightly=False, reason=closing_reason, note=reason)
    for finding in findings:
        detection.release_evidence(finding, done.number, by=by)
    return done


def judge_all(findings: Iterable[Finding], *, by: Actor, fired_rightly: bool, reason: str, note: str = "") -> None:
    """Tell detection whether the indicators fired rightly. It follows from a move, so the move's right suffices."""
    word = reason if reason in Judgement.Reason.values else NotFounded.EXPLAINED
    for finding in findings:
        detection.judge(finding, by=system(by.name), fired_rightly=fired_rightly, reason=word, note=note)


@transaction.atomic
def take_up_signal(
    signal: Signal, *, by: Actor, checker: User, second_checker: User | None = None, version: int | None = None
) -> Alert:
    """Give a signal over to checking: it becomes an alert with a number."""
    given = {"checker": checker, "second_checker": second_checker, "version": version}
    done: Signal = SIGNALS.run(_reached(signal, by), "T03", by=by, given=given)
    alert = done.alert
    assert alert is not None  # the move's effect made it
    log.record(
        "alert.open",
        by=by,
        subject_type="alert",
        subject=alert.number,
        unit_path=alert.unit.path,
        signal=done.number,
        checker=checker.username,
    )
    for hit in alert.hits.select_related("finding__unit"):
        detection.hold_evidence(hit.finding, alert.number, by=by)
    return alert


def _tell(action: str, signal: Signal, by: Actor, **detail: Any) -> None:
    log.record(action, by=by, subject_type="signal", subject=signal.number, unit_path=signal.log_unit_path, **detail)
