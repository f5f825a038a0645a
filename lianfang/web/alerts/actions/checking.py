"""Writes while a matter is checked: explanations looked into, facts, files, grading, requirements, a second opinion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from lianfang.web.accounts.models import User
from lianfang.web.alerts import files, grading, queries, wording
from lianfang.web.alerts.models import Alert, Attachment, Grade, Opinion, Requirement, Tick
from lianfang.web.alerts.workflow import REASON, approvers, guards
from lianfang.web.shared import clock, log
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.refused import Refused
from lianfang.web.shared.roles import Permission

METHODS = ("files", "source", "site", "phone", "talk")
UNDER_CHECK = ("verifying", "graded")


def locked(alert: Alert, by: Actor, *states: str, version: int | None = None) -> Alert:
    """The alert's row, locked: within the actor's reach, in one of ``states``, and as the actor saw it."""
    if not queries.alerts_for(by).filter(pk=alert.pk).exists():
        raise Refused(_("没有这件预警。"), status=404)
    row = Alert.objects.select_for_update(of=("self",)).select_related("unit", "person").get(pk=alert.pk)
    if (states and row.state not in states) or (version is not None and row.version != version):
        said = _("别人已先办理，现在是“%(state)s”。您的填写保留在下方，请核对后再提交。")
        raise Refused(said % {"state": row.get_state_display()}, status=409)
    return row


def _as_checker(alert: Alert, by: Actor) -> None:
    """The two who check the matter write in it, and nobody else."""
    by.require(Permission.ALERT_CHECK)
    if not approvers.checked(alert, by.user_id):
        raise Refused(_("本件由%(name)s核验。") % {"name": alert.checker.name}, status=403)


def tell(action: str, alert: Alert, by: Actor, *, reason: str = "", **detail: Any) -> None:
    log.record(
        action,
        by=by,
        subject_type="alert",
        subject=alert.number,
        unit_path=alert.unit.path,
        reason=reason,
        **detail,
    )


@transaction.atomic
def tick(one: Tick, *, by: Actor, result: str, note: str = "") -> Tick:
    """Keep what came of looking into one innocent explanation."""
    alert = locked(one.alert, by, *UNDER_CHECK)
    _as_checker(alert, by)
    wording.check(note=note)
    if result not in Tick.Result.values:
        said = _("请选择排查结果。")
        raise Refused(said, fields={"result": said})
    if result == Tick.Result.HOLDS and not note.strip():
        said = _("请写明依据：查了什么、看到什么。")
        raise Refused(said, fields={"note": said})
    before = one.result
    one.result, one.note, one.by, one.at = result, note.strip(), by.name, clock.now()
    one.save(update_fields=["result", "note", "by", "at"])
    tell("alert.tick", alert, by, case=one.case, before=before, after=result)
    return one


@transaction.atomic
def write_facts(
    alert: Alert,
    *,
    by: Actor,
    facts: str,
    methods: Sequence[str],
    no_conflict_declared: bool,
    version: int | None = None,
) -> Alert:
    """What was established and how, and the checker's word that there is no conflict of interest."""
    alert = locked(alert, by, *UNDER_CHECK, version=version)
    _as_checker(alert, by)
    wording.check(facts=facts)
    alert.facts, alert.methods = facts.strip(), [m for m in METHODS if m in methods]
    alert.no_conflict_declared = no_conflict_declared
    alert.version += 1
    alert.save(update_fields=["facts", "methods", "no_conflict_declared", "version"])
    tell("alert.facts", alert, by, methods=alert.methods, no_conflict_declared=no_conflict_declared)
    return alert


@transaction.atomic
def attach(alert: Alert, upload: UploadedFile[Any], *, by: Actor) -> Attachment:
    """Add a file that was gathered while checking."""
    alert = locked(alert, by, *UNDER_CHECK)
    _as_checker(alert, by)
    kept = files.keep(alert, upload, by=by.name, is_screening=True)
    tell("alert.attach", alert, by, name=kept.name, digest=kept.digest)
    return kept


@transaction.atomic
def name_second_checker(alert: Alert, user: User, *, by: Actor) -> Alert:
    """Orange and red are checked by two."""
    alert = locked(alert, by, *UNDER_CHECK)
    by.require(Permission.ALERT_PROPOSE)
    guards.refuse_assignee(user, person_id=alert.person_id, field="second_checker")
    if user.pk == alert.checker_id:
        said = _("复核人不能是核验人本人。请另选。")
        raise Refused(said, fields={"second_checker": said})
    alert.second_checker = user
    alert.version += 1
    alert.save(update_fields=["second_checker", "version"])
    tell("alert.second_checker", alert, by, user=user.username)
    return alert


@transaction.atomic
def give_second_opinion(alert: Alert, *, by: Actor, agrees: bool, text: str) -> Opinion:
    """The second checker's word on facts and grading."""
    alert = locked(alert, by, *UNDER_CHECK)
    by.require(Permission.ALERT_CHECK)
    if by.user_id != alert.second_checker_id:
        raise Refused(_("复核意见由指定的复核人填写。"), status=403)
    wording.check(text=text)
    if not text.strip():
        said = _("请写明复核意见。")
        raise Refused(said, fields={"text": said})
    decision = Opinion.Decision.AGREE if agrees else Opinion.Decision.DISAGREE
    said, _new = Opinion.objects.update_or_create(
        alert=alert,
        round=alert.round,
        seat="second_checker",
        defaults={"decision": decision, "text": text.strip(), "user_id": by.user_id, "by": by.name, "at": clock.now()},
    )
    tell("alert.second_opinion", alert, by, decision=str(decision), text=text.strip())
    return said


@transaction.atomic
def save_grade(  # noqa: PLR0913 - each is one field of the form
    alert: Alert,
    *,
    by: Actor,
    factors: Mapping[str, Any],
    colour: str,
    triggers: Sequence[str] = (),
    judgement: str = "",
    reason: str = "",
    exemption: str = "",
    requirements: Sequence[tuple[str, str]] = (),
    disposals: Sequence[str] = (),
    version: int | None = None,
) -> Grade:
    """Grade the matter: the seven factors, what triggers directly, and the colour the office will propose."""
    alert = locked(alert, by, *UNDER_CHECK, version=version)
    _as_checker(alert, by)
    wording.check(judgement=judgement, reason=reason)
    wording.check(*(text for pair in requirements for text in pair))
    proposal = propose(alert, factors, triggers)
    _refuse_change(proposal.colour, colour, reason, exemption)
    grade = Grade.objects.create(
        alert=alert,
        round=alert.round,
        factors=_with_points(factors, proposal, queries.suggested_factors(alert)),
        indicator_colour=proposal.indicator,
        score=proposal.score,
        score_colour=proposal.score_colour,
        triggers=list(proposal.triggers),
        repetition=proposal.repetition,
        proposal=proposal.colour,
        exemption=exemption,
        colour=colour,
        reason=reason.strip(),
        judgement=judgement.strip(),
        by=by.name,
        at=clock.now(),
    )
    _lay_requirements(alert, requirements)
    _colour_changed(alert, colour)
    alert.proposed_colour, alert.amount = colour, Decimal(str(factors["amount"]))
    alert.disposals = [d for d in disposals if d in queries.DISPOSALS]
    alert.version += 1
    alert.save()
    tell("alert.grade", alert, by, reason=reason.strip(), score=grade.score, proposal=grade.proposal, colour=colour)
    return grade


def propose(alert: Alert, factors: Mapping[str, Any], triggers: Sequence[str] = ()) -> grading.Proposal:
    """What is proposed for these factors, with the alert's own bands and its subject's earlier alerts."""
    hits = list(alert.hits.all())
    try:
        return grading.propose(
            indicators=[(hit.colour, hit.nature) for hit in hits],
            factors=factors,
            triggers=triggers,
            earlier=queries.earlier_alerts(alert),
            codes=frozenset(hit.code for hit in hits),
            day=clock.today(),
            bands=alert.parameters.get("bands") or grading.BANDS,
        )
    except (KeyError, ValueError, InvalidOperation) as error:
        said = _("评分7项都要填。")
        raise Refused(said, fields={"factors": said}) from error


def _refuse_change(proposal: str, colour: str, reason: str, exemption: str) -> None:
    if colour not in grading.COLOURS:
        said = _("请选择拟定颜色。")
        raise Refused(said, fields={"colour": said})
    if exemption and exemption not in grading.EXEMPTIONS:
        said = _("请从列表中选择。")
        raise Refused(said, fields={"exemption": said})
    if colour != proposal and len(reason.strip()) < REASON:
        said = _("与建议颜色不同时，请写明理由，不少于%(n)d字。") % {"n": REASON}
        raise Refused(said, fields={"reason": said})


def _with_points(
    factors: Mapping[str, Any], proposal: grading.Proposal, suggested: Mapping[str, queries.Suggested]
) -> dict[str, Any]:
    """Each factor with its value, its points, and whether the value is the register's or the checker's."""
    kept = {}
    for factor in grading.FACTORS:
        value = factors[factor.name]
        found = suggested.get(factor.name)
        same = found is not None and str(found.value) == str(value)
        kept[factor.name] = {
            "value": str(value) if isinstance(value, Decimal) else value,
            "points": proposal.points[factor.name],
            "source": found.source if found is not None and same else "checker",
        }
    return kept


def _lay_requirements(alert: Alert, requirements: Sequence[tuple[str, str]]) -> None:
    """The requirements as they now stand; they are a draft until approval, and are written anew."""
    wanted = [(text.strip(), standard.strip()) for text, standard in requirements if text.strip()]
    if any(not standard for _text, standard in wanted):
        said = _("每条要求都要写明完成标准。")
        raise Refused(said, fields={"requirements": said})
    alert.requirements.all().delete()
    Requirement.objects.bulk_create(
        Requirement(alert=alert, number=number, text=text, standard=standard)
        for number, (text, standard) in enumerate(wanted, 1)
    )


def _colour_changed(alert: Alert, colour: str) -> None:
    """A second opinion was given on what it looked at: with another colour it is asked for again."""
    if alert.proposed_colour != colour:
        alert.opinions.filter(round=alert.round, seat="second_checker").delete()
