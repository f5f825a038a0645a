"""Writes of approval and issue: submitted, co-signed, approved, returned, refused, issued, withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lianfang.web.alerts import wording
from lianfang.web.alerts.actions.checking import locked, tell
from lianfang.web.alerts.actions.signals import judge_all
from lianfang.web.alerts.models import Alert, NotFounded, Opinion
from lianfang.web.alerts.workflow import ALERTS, REASON, approvers, effects, guards, move_at
from lianfang.web.detection.models import Finding
from lianfang.web.shared import clock
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.refused import Refused
from lianfang.web.shared.roles import Permission

# Moves whose words are also an approver's opinion of the round.
SAID = {"T09": Opinion.Decision.RETURN, "T10": Opinion.Decision.AGREE, "T11": Opinion.Decision.REJECT}


@transaction.atomic
def make_move(alert: Alert, slug: str, *, by: Actor, given: Mapping[str, Any] | None = None) -> Alert:
    """Make the move that ``slug`` names from the alert's state; every word given is read before it is kept."""
    given = dict(given or {})
    wording.check(reason=str(given.get("reason", "")))
    row = locked(alert, by)
    move, judged = move_at(slug, alert.state), row.round
    done: Alert = ALERTS.run(row, move.id, by=by, given=given)
    if move.id in SAID and not given.get("on_paper"):
        _write_opinion(done, by, SAID[move.id], str(given.get("reason", "")), judged)
    _tell_detection(done, move.id, by, given)
    return done


def _write_opinion(alert: Alert, by: Actor, decision: Opinion.Decision, text: str, round: int) -> None:
    Opinion.objects.create(
        alert=alert,
        round=round,
        seat=by.role,
        decision=decision,
        text=text.strip(),
        user_id=by.user_id,
        by=by.name,
        at=clock.now(),
    )


def _tell_detection(alert: Alert, move: str, by: Actor, given: Mapping[str, Any]) -> None:
    """What became of the matter says whether the indicator fired rightly."""
    findings = Finding.objects.filter(hit__alert=alert)
    if move in ("T05", "T11"):
        reason = str(given.get("closing_reason") or NotFounded.EXPLAINED)
        judge_all(findings, by=by, fired_rightly=False, reason=reason, note=str(given.get("reason", "")))
    elif move == "T17":
        judge_all(findings.filter(judgement=None), by=by, fired_rightly=True, reason="confirmed")


@transaction.atomic
def submit(alert: Alert, *, by: Actor, version: int | None = None) -> Alert:
    """Conclude the checking and hand the matter up, in one step; a matter already graded is only handed up."""
    alert = locked(alert, by, "verifying", "graded", version=version)
    if alert.state == "verifying":
        lacks = [*guards.check_lacks(alert, by), *guards.submit_lacks(alert, by)]
        if lacks:
            names = "、".join(lack.what for lack in lacks)  # data
            raise Refused(_("还不能提交呈批：还差%(names)s。") % {"names": names}, lacks=lacks)
        alert = ALERTS.run(alert, "T07", by=by)
    done: Alert = ALERTS.run(alert, "T08", by=by)
    return done


@transaction.atomic
def cosign(alert: Alert, *, by: Actor, agrees: bool, text: str, version: int | None = None) -> Opinion:
    """A co-signer's word. The last seat's is the move of approval itself."""
    alert = locked(alert, by, "pending", version=version)
    by.require(Permission.ALERT_APPROVE)
    wording.check(reason=text)
    guards.refuse_checker_deciding(alert, by)
    seat = approvers.seat_of(alert, by)
    if seat is None or seat.decides:
        raise Refused(_("您的职务不在本件会签之列。"), status=403)
    if seat.role in approvers.opinions(alert):
        raise Refused(_("您已签署意见。"), status=409)
    if len(text.strip()) < REASON:
        said = _("理由不少于%(n)d字。") % {"n": REASON}
        raise Refused(said, fields={"reason": said})
    decision = Opinion.Decision.AGREE if agrees else Opinion.Decision.DISAGREE
    _write_opinion(alert, by, decision, text, alert.round)
    _turn_goes_on(alert)
    tell("alert.cosign", alert, by, reason=text.strip(), decision=str(decision), seat=seat.role)
    return approvers.opinions(alert)[seat.role]


def _turn_goes_on(alert: Alert) -> None:
    effects.next_after_opinion(alert)
    alert.version += 1
    alert.save(update_fields=["next_role", "next_user", "version"])


@transaction.atomic
def enter_from_paper(
    alert: Alert,
    role: str,
    *,
    by: Actor,
    signer: str,
    decision: str,
    text: str,
    paper: str,
    version: int | None = None,
) -> Alert:
    """Enter an opinion that was given on paper: by another officer than whoever checked or submitted the matter.

    The word of the seat that decides is entered by the office's head, who so carries the approval out.
    """
    alert = locked(alert, by, "pending", version=version)
    by.require(Permission.ALERT_PROPOSE)
    wording.check(reason=text)
    if approvers.checked(alert, by.user_id) or by.user_id == alert.proposer_id:
        raise Refused(_("纸质意见由未参加核验和呈批的人录入。"), status=403)
    seat = next((one for one in approvers.seats(alert) if one.role == role), None)
    if seat is None or role == "office_head":
        raise Refused(_("该职务不在本件审批之列。"))
    _refuse_paper(alert, seat, by, {"signer": signer, "paper": paper, "reason": text}, decision)
    Opinion.objects.create(
        alert=alert,
        round=alert.round,
        seat=role,
        decision=decision,
        text=text.strip(),
        by=signer.strip(),
        at=clock.now(),
        entered_by=by.name,
        paper=paper.strip(),
    )
    _turn_goes_on(alert)
    tell("alert.paper", alert, by, reason=text.strip(), seat=role, decision=decision, paper=paper.strip())
    if seat.decides:
        return make_move(alert, "approve", by=by, given={"reason": text, "on_paper": True})
    return alert


def _refuse_paper(alert: Alert, seat: approvers.Seat, by: Actor, texts: Mapping[str, str], decision: str) -> None:
    wanted = {name: _("请填写此项。") for name, text in texts.items() if not text.strip()}
    if wanted:
        raise Refused(_("有几处需要填写。"), fields=wanted)
    if decision not in (Opinion.Decision.AGREE, Opinion.Decision.DISAGREE):
        said = _("请选择同意或不同意。")
        raise Refused(said, fields={"decision": said})
    if seat.decides and (by.role != "office_head" or decision != Opinion.Decision.AGREE):
        raise Refused(_("批准人的纸质意见由防控办主任录入；不同意的，请办理退回或不予预警。"), status=403)
    if seat.role in approvers.opinions(alert):
        raise Refused(_("该职务已签署意见。"), status=409)
