"""Writes on findings: looked at, unmasked, judged, explained, counted again, handed over, and let go in time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from lianfang.web.detection import catalogue
from lianfang.web.detection.actions.runs import drop_tables, runs_resting_on
from lianfang.web.detection.models import (
    Batch,
    EvidenceKey,
    ExplanationResult,
    Finding,
    Judgement,
    SealedEvidence,
    Unmasking,
)
from lianfang.web.detection.queries.findings import Recount, evidence_of, findings_for, recount
from lianfang.web.detection.queries.packages import package
from lianfang.web.shared import clock, log
from lianfang.web.shared.actor import Actor, system
from lianfang.web.shared.refused import Refused
from lianfang.web.shared.roles import Permission

UNMASKED_FOR = timedelta(hours=8)  # a working day
REASON_LENGTH = 10


def _tell(action: str, finding: Finding, by: Actor, *, reason: str = "", **detail: object) -> None:
    path = finding.unit.path if finding.unit else ""
    log.record(action, by=by, subject_type="finding", subject=finding.number, unit_path=path, reason=reason, **detail)


def _reached(finding: Finding, by: Actor) -> None:
    """Whoever acts must see the finding: the same refusal for strangers, subjects and those below a subject."""
    if not findings_for(by).filter(pk=finding.pk).exists():
        raise Refused(_("没有这条发现。"), status=404)


def _reason(given: str) -> str:
    reason = given.strip()
    if len(reason) < REASON_LENGTH:
        said = _("理由不少于%(n)d字。") % {"n": REASON_LENGTH}
        raise Refused(said, fields={"reason": said})
    return reason


@transaction.atomic
def unmask(finding: Finding, column: str, *, by: Actor, reason: str) -> Unmasking:
    """Let ``by`` read a personal column of one finding for a working day; the reason is kept word for word."""
    by.require(Permission.FINDING_READ)
    _reached(finding, by)
    reason = _reason(reason)
    indicator = catalogue.card_of(finding.code)
    if column not in indicator.evidence or indicator.sensitivity.get(column) != "personal" or by.user_id is None:
        raise Refused(_("这一列不需要申请。"))
    asked = Unmasking.objects.create(
        finding=finding,
        column=column,
        user_id=by.user_id,
        reason=reason,
        at=clock.now(),
        until=clock.now() + UNMASKED_FOR,
    )
    _tell("finding.unmask", finding, by, reason=reason, column=column)
    return asked


@transaction.atomic
def judge(finding: Finding, *, by: Actor, fired_rightly: bool, reason: str, note: str = "") -> Judgement:
    """Answer whether the indicator fired rightly; precision is computed from these answers."""
    by.require(Permission.FINDING_JUDGE)
    _reached(finding, by)
    if reason not in Judgement.Reason.values or (reason in Judgement.RIGHTLY) != fired_rightly:
        said = _("请从列表中选择与判断一致的原因。")
        raise Refused(said, fields={"reason": said})
    before = Judgement.objects.filter(finding=finding).values_list("reason", flat=True).first()
    answer, _new = Judgement.objects.update_or_create(
        finding=finding,
        defaults={
            "fired_rightly": fired_rightly,
            "reason": reason,
            "note": note.strip(),
            "judged_by": by.name,
            "judged_by_id": by.user_id,
            "judged_at": clock.now(),
        },
    )
    _tell("finding.judge", finding, by, before=before or "", after=reason)
    return answer


@transaction.atomic
def explain(finding: Finding, *, by: Actor, case: str, result: str, note: str = "") -> ExplanationResult:
    """Keep what came of looking into one innocent explanation."""
    by.require(Permission.FINDING_JUDGE)
    _reached(finding, by)
    if case not in {one.case for one in catalogue.card_of(finding.code).card.innocent}:
        raise Refused(_("指标卡上没有这条解释。"), status=404)
    if result not in ExplanationResult.Result.values:
        said = _("请选择排查结果。")
        raise Refused(said, fields={"result": said})
    kept, _new = ExplanationResult.objects.update_or_create(
        finding=finding,
        case=case,
        defaults={"result": result, "note": note.strip(), "by": by.name, "at": clock.now()},
    )
    _tell("finding.explain", finding, by, case=case, result=result)
    return kept


# ---- counted again -----------------------------------------------------------------------------------------------


@transaction.atomic
def recount_finding(finding: Finding, *, by: Actor) -> Recount:
    """Count a finding again and keep what came of it."""
    by.require(Permission.FINDING_READ)
    _reached(finding, by)
    result = recount(finding)
    Finding.objects.filter(pk=finding.pk).update(recounted_at=clock.now(), recount_differs=result.differs)
    _tell("finding.recount", finding, by, differs=result.differs, same_catalogue=result.same_catalogue)
    return result


@transaction.atomic
def take_package(finding: Finding, *, by: Actor, reason: str) -> bytes:
    """The evidence package for ``by``, who says what for; its digest is kept."""
    by.require(Permission.FINDING_JUDGE)
    _reached(finding, by)
    reason = _reason(reason)
    evidence = evidence_of(by, finding, purpose="package")
    if evidence.gone:
        raise Refused(evidence.gone, status=409)
    content = package(finding, evidence)
    _tell("finding.package", finding, by, reason=reason, sha256=hashlib.sha256(content).hexdigest())
    return content


# ---- held, handed over, let go ------------------------------------------------------------------------------------


@transaction.atomic
def hold_evidence(finding: Finding, matter: str, *, by: Actor) -> None:
    """Keep the evidence for as long as ``matter`` (its public number) needs it."""
    key = EvidenceKey.objects.select_for_update().filter(finding=finding).first()
    if key is not None and matter not in key.held_by:
        key.held_by = [*key.held_by, matter]
        key.save(update_fields=["held_by"])
        _tell("finding.hold", finding, by, matter=matter)


@transaction.atomic
def release_evidence(finding: Finding, matter: str, *, by: Actor) -> None:
    """Let the evidence's time run again as far as ``matter`` is concerned."""
    key = EvidenceKey.objects.select_for_update().filter(finding=finding).first()
    if key is not None and matter in key.held_by:
        key.held_by = [one for one in key.held_by if one != matter]
        key.save(update_fields=["held_by"])
        _tell("finding.release", finding, by, matter=matter)


@transaction.atomic
def destroy_evidence(findings: Sequence[Finding], because: str, *, by: Actor) -> int:
    """Destroy the keys, and with them the evidence: ``expired``, ``transferred`` or ``withdrawn``."""
    ids = [finding.pk for finding in findings]
    keys = EvidenceKey.objects.filter(finding__in=ids).exclude(wrapped=None)
    destroyed = keys.update(wrapped=None, destroyed_at=clock.now(), destroyed_because=because)
    SealedEvidence.objects.filter(finding__in=ids).delete()
    for finding in findings:
        _tell("finding.destroy_evidence", finding, by, because=because)
    return destroyed


def expire_evidence() -> int:
    """Destroy what is past its time and held by no matter; returns how many."""
    past = Q(key__expires_on__lt=clock.today(), key__wrapped__isnull=False, key__held_by=[])
    return destroy_evidence(list(Finding.objects.filter(past).select_related("unit")), "expired", by=system())


def batch_withdrawn(batch: Batch) -> None:
    """A batch was withdrawn: mark the findings that rest on it, and delete what runs kept of its tables.

    Evidence made of withdrawn data goes with them, unless a matter holds it.
    """
    runs = runs_resting_on(batch)
    resting = Q(pk__in=())
    for run in runs:
        used = [code for code, names in run.indicators.values_list("code", "tables") if batch.dataset.table in names]
        resting |= Q(last_run=run, code__in=used)
    marked = list(Finding.objects.filter(resting, withdrawn_on=None).select_related("unit", "key"))
    Finding.objects.filter(pk__in=[finding.pk for finding in marked]).update(withdrawn_on=clock.today())
    free = [finding for finding in marked if hasattr(finding, "key") and not finding.key.held_by]
    destroy_evidence(free, "withdrawn", by=system("withdrawal"))
    for run in runs:
        drop_tables(run)
    log.record(
        "finding.withdrawn", by=system("withdrawal"), subject_type="batch", subject=batch.number, marked=len(marked)
    )
