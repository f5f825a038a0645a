"""Writes of the unit's answer and its acceptance: plan, one requirement at a time, causes, promise, and the check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from lianfang.web.alerts import files, wording
from lianfang.web.alerts.actions.checking import locked, tell
from lianfang.web.alerts.models import Acceptance, Alert, Answer, AnswerItem, Attachment, Requirement
from lianfang.web.shared import clock
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.refused import Refused
from lianfang.web.shared.roles import Permission

METHODS = ("files", "site", "recount", "revisit")


def _answerable(alert: Alert, by: Actor) -> Alert:
    by.require(Permission.ALERT_ANSWER)
    return locked(alert, by, "rectifying")


def _answer(alert: Alert) -> Answer:
    answer, _new = Answer.objects.get_or_create(alert=alert, round=alert.returns)
    return answer


@transaction.atomic
def answer_requirement(
    alert: Alert,
    requirement: Requirement,
    *,
    by: Actor,
    measure: str,
    responsible: str,
    status: str,
    done_on: date | None = None,
    upload: UploadedFile[Any] | None = None,
) -> AnswerItem:
    """Answer one requirement: what was done, who answers for it, by when, with proof."""
    alert = _answerable(alert, by)
    wording.check(measure=measure, responsible=responsible)
    if requirement.alert_id != alert.pk:
        raise Refused(_("没有这条要求。"), status=404)
    _refuse_item(measure, responsible, status, done_on)
    item, _new = AnswerItem.objects.update_or_create(
        answer=_answer(alert),
        requirement=requirement,
        defaults={
            "measure": measure.strip(),
            "responsible": responsible.strip(),
            "done_on": done_on,
            "status": status,
            "by": by.name,
            "at": clock.now(),
        },
    )
    if upload is not None:
        attach_proof(item, upload, by=by)
    tell("alert.answer_item", alert, by, requirement=requirement.number, status=status)
    return item


def _refuse_item(measure: str, responsible: str, status: str, done_on: date | None) -> None:
    wanted = {
        name: _("请填写此项。")
        for name, value in (("measure", measure), ("responsible", responsible))
        if not value.strip()
    }
    if status not in AnswerItem.Status.values:
        wanted["status"] = _("请选择完成情况。")
    elif status == AnswerItem.Status.DONE and done_on is None:
        wanted["done_on"] = _("已完成的，请填完成日。")
    elif status == AnswerItem.Status.DONE and done_on is not None and done_on > clock.today():
        wanted["done_on"] = _("完成日不能晚于今天。")
    if wanted:
        raise Refused(_("有几处需要填写。"), fields=wanted)


@transaction.atomic
def attach_proof(item: AnswerItem, upload: UploadedFile[Any], *, by: Actor) -> Attachment:
    """Add a file that proves what was done."""
    alert = _answerable(item.answer.alert, by)
    kept = files.keep(alert, upload, by=by.name, item=item)
    tell("alert.attach", alert, by, name=kept.name, digest=kept.digest)
    return kept


@transaction.atomic
def write_answer(
    alert: Alert,
    *,
    by: Actor,
    analysis: str,
    is_promised: bool,
    plan: str = "",
    rules_made: str = "",
    money_recovered: Decimal | None = None,
) -> Answer:
    """The causes, what was recovered and made, the promise that it is true; for red the plan too."""
    alert = _answerable(alert, by)
    wording.check(analysis=analysis, plan=plan, rules_made=rules_made)
    answer = _answer(alert)
    if plan.strip() and plan.strip() != answer.plan:
        answer.plan, answer.plan_by, answer.plan_at = plan.strip(), by.name, clock.now()
    answer.analysis, answer.rules_made = analysis.strip(), rules_made.strip()
    answer.is_promised, answer.money_recovered = is_promised, money_recovered
    answer.save()
    tell("alert.answer", alert, by, is_promised=is_promised, has_plan=bool(answer.plan))
    return answer


@transaction.atomic
def record_acceptance(
    alert: Alert,
    *,
    by: Actor,
    methods: Sequence[str],
    recount: str,
    results: Mapping[int, tuple[bool, str]],
    note: str = "",
) -> Acceptance:
    """The acceptor's conclusion, requirement by requirement; it passes only when each does."""
    alert = locked(alert, by, "accepting")
    by.require(Permission.ALERT_ACCEPT)
    if by.user_id != alert.acceptor_id:
        raise Refused(_("本件由指定的验收人办理。"), status=403)
    wording.check(recount=recount, note=note)
    wording.check(*(said for _passed, said in results.values()))
    _refuse_acceptance(alert, methods, recount, results)
    passed = all(passed for passed, _said in results.values())
    found, _new = Acceptance.objects.update_or_create(
        alert=alert,
        round=alert.returns,
        defaults={
            "methods": [m for m in METHODS if m in methods],
            "recount": recount.strip(),
            "results": {str(n): {"passed": ok, "note": said.strip()} for n, (ok, said) in results.items()},
            "conclusion": Acceptance.Conclusion.PASSED if passed else Acceptance.Conclusion.FAILED,
            "note": note.strip(),
            "by": by.name,
            "user_id": by.user_id,
            "at": clock.now(),
        },
    )
    _give_on(alert, passed)
    tell("alert.acceptance", alert, by, conclusion=str(found.conclusion))
    return found


def _refuse_acceptance(
    alert: Alert, methods: Sequence[str], recount: str, results: Mapping[int, tuple[bool, str]]
) -> None:
    wanted: dict[str, str] = {}
    if not set(methods) & set(METHODS):
        wanted["methods"] = _("请至少选一种验收方式。")
    if not recount.strip():
        wanted["recount"] = _("请写明复算结果；不能复算的，写明原因。")
    if set(results) != set(alert.requirements.values_list("number", flat=True)):
        wanted["results"] = _("每条要求都要有结论。")
    elif any(not passed and not said.strip() for passed, said in results.values()):
        wanted["results"] = _("不合格的要求，请写明原因。")
    if wanted:
        raise Refused(_("有几处需要填写。"), fields=wanted)


def _give_on(alert: Alert, passed: bool) -> None:
    """A passed acceptance waits for whoever releases; a failed one for its acceptor."""
    from lianfang.web.alerts.workflow import approvers, effects

    if passed:
        alert.next_role, alert.next_user_id = approvers.deciding_role(alert), None
    else:
        alert.next_role, alert.next_user_id = effects.turn(alert, "accepting")
    alert.version += 1
    alert.save(update_fields=["next_role", "next_user", "version"])
