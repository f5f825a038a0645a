"""The queue of signals: why one stands where it does, what may be the same matter, what a run still offers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lianfang.web.alerts import deadlines, grading
from lianfang.web.alerts.models import FINALS, Alert, Signal, Source
from lianfang.web.alerts.queries.access import alerts_for, signals_for
from lianfang.web.detection import catalogue
from lianfang.web.detection.models import Change, Finding, Run
from lianfang.web.detection.queries.indicators import precisions
from lianfang.web.shared import clock
from lianfang.web.shared.actor import Actor

Reason = list[Any]  # name, points, value: as it is kept with the signal
REASONS: dict[str, str | Promise] = {
    "colour": _("建议%(value)s"),
    "urgent_source": _("来源：%(value)s"),
    "same_unit": _("该单位12个月内同指标%(value)s件"),
    "same_subject": _("同一对象另有%(value)s条发现"),
    "amount": _("金额%(value)s万元"),
    "new": _("本次新增"),
}
COLOUR_WORDS = {"yellow": _("黄色"), "orange": _("橙色"), "red": _("红色")}


def reasons_of(signal: Signal, findings: Sequence[Finding]) -> list[Reason]:
    """Why the signal stands where it stands in the queue: each reason with its points."""
    found: list[Reason] = []
    if signal.colour:
        found.append(["colour", 100 * grading.rank(signal.colour), signal.colour])
    if signal.source in (Source.SUPERIOR, Source.INSPECTION, Source.AUDIT):
        found.append(["urgent_source", 80, str(signal.source)])
    codes = [finding.code for finding in findings]
    if codes and signal.unit_id and (n := _same_indicator(signal, codes)):
        found.append(["same_unit", 30 * n, n])
    if findings and signal.subject_id and (n := _same_subject(signal, findings)):
        found.append(["same_subject", 20 * min(n, 5), n])
    if signal.amount and signal.amount >= 500_000:
        found.append(["amount", 40, f"{signal.amount / 10000:.2f}"])
    if any(finding.change == Change.NEW for finding in findings):
        found.append(["new", 10, ""])
    return found


def _same_indicator(signal: Signal, codes: list[str]) -> int:
    since = clock.now() - timedelta(days=365)
    rows = Alert.objects.filter(unit=signal.unit_id, hits__code__in=codes, issued_at__gte=since)
    return rows.exclude(state="withdrawn").distinct().count()


def _same_subject(signal: Signal, findings: Sequence[Finding]) -> int:
    rows = Finding.objects.filter(subject_type=signal.subject_type, subject_id=signal.subject_id)
    return rows.exclude(pk__in=[f.pk for f in findings]).exclude(change=Change.GONE).count()


def reason_words(signal: Signal) -> list[str]:
    """The reasons as a reader sees them."""
    return [str(REASONS[name]) % {"value": _shown(name, value)} for name, _points, value in signal.reasons]


def _shown(name: str, value: Any) -> str:
    if name == "colour":
        return str(COLOUR_WORDS[value])
    return str(Source(value).label) if name == "urgent_source" else str(value)


def possible_duplicates(actor: Actor, signal: Signal, most: int = 5) -> list[tuple[Signal | Alert, str]]:
    """What may be the same matter, with why: the same subject first, then the same indicator at the same unit."""
    if signal.unit_id is None:
        return []
    waiting = signals_for(actor).filter(state="screening", unit=signal.unit_id).exclude(pk=signal.pk)
    running = alerts_for(actor).filter(unit=signal.unit_id).exclude(state__in=(*FINALS, "released", "lookback"))
    codes = list(Finding.objects.filter(signal_link__signal=signal).values_list("code", flat=True))
    subject = {"subject_type": signal.subject_type, "subject_id": signal.subject_id}
    found: dict[str, tuple[Signal | Alert, str]] = {}
    if signal.subject_id:
        for alert in running.filter(**{f"signals__{k}": v for k, v in subject.items()}).distinct()[:most]:
            found.setdefault(alert.number, (alert, "same_subject"))
        for other in waiting.filter(**subject).select_related("unit")[:most]:
            found.setdefault(other.number, (other, "same_subject"))
    if codes:
        for alert in running.filter(hits__code__in=codes).distinct()[:most]:
            found.setdefault(alert.number, (alert, "same_indicator"))
        for other in waiting.filter(findings__code__in=codes).distinct().select_related("unit")[:most]:
            found.setdefault(other.number, (other, "same_indicator"))
    return list(found.values())[:most]


def doubled(listed: Sequence[Signal]) -> dict[int, int]:
    """How many of the waiting signals share unit and subject with each of ``listed``: the ×3 of the inbox."""
    keys = {(s.unit_id, s.subject_type, s.subject_id) for s in listed if s.unit_id and s.subject_id}
    if not keys:
        return {}
    subjects = [key[2] for key in keys]
    standing = Signal.objects.filter(state="screening", subject_id__in=subjects)
    counts: dict[Any, int] = {}
    for key in standing.values_list("unit_id", "subject_type", "subject_id"):
        counts[key] = counts.get(key, 0) + 1
    return {s.pk: counts.get((s.unit_id, s.subject_type, s.subject_id), 1) for s in listed}


# --- what a run offers


def capacity_left() -> int:
    """How many more signals may be made from indicators this week."""
    today = clock.today()
    monday = timezone.make_aware(datetime.combine(today - timedelta(days=today.weekday()), time.min))
    made = Signal.objects.filter(source=Source.FINDING, received_at__gte=monday).count()
    return max(0, int(deadlines.parameters_on(today)[deadlines.WEEKLY_CAPACITY]) - made)


def unsignalled(run: Run) -> QuerySet[Finding]:
    """The run's findings of indicators in force that made no signal yet, heaviest and newest first."""
    in_force = [code for code, status in catalogue.standings(clock.today()).items() if status == "in_force"]
    rows = Finding.objects.filter(last_run=run, code__in=in_force, signal_link=None, withdrawn_on=None)
    rows = rows.exclude(change=Change.GONE).filter(unit__isnull=False)
    return rows.select_related("unit").order_by("-severity", "-pk")


def signal_of(finding: Finding) -> Signal | None:
    """The signal that was made of the finding, if there is one."""
    return Signal.objects.filter(findings=finding).first()


def precisions_of(findings: Sequence[Finding]) -> list[tuple[str, Any]]:
    """How often each indicator behind these findings fired rightly."""
    codes = list(dict.fromkeys(finding.code for finding in findings))
    known = precisions(codes) if codes else {}
    return [(code, known[code]) for code in codes if code in known]
