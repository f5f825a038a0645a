"""Writes on indicators: status and parameters in this office by two people, forward only; and their publication."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lianfang.engine.catalogue import Indicator
from lianfang.engine.fault import Fault
from lianfang.web.detection import catalogue
from lianfang.web.detection.models import IndicatorParameter, IndicatorStatus
from lianfang.web.detection.queries.indicators import is_law_verified
from lianfang.web.shared import clock, log, outbox
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.refused import Refused
from lianfang.web.shared.roles import Permission

REASON_LENGTH = 10
Change = IndicatorStatus | IndicatorParameter


def _forward(from_on: date) -> None:
    if from_on < clock.today():
        said = _("只能从今天或以后的日期起生效，不能改过去。")
        raise Refused(said, fields={"from_on": said})


def _reasoned(reason: str) -> str:
    if len(reason.strip()) < REASON_LENGTH:
        said = _("理由不少于%(n)d字。") % {"n": REASON_LENGTH}
        raise Refused(said, fields={"reason": said})
    return reason.strip()


@transaction.atomic
def propose_status(code: str, status: str, *, by: Actor, from_on: date, reason: str) -> IndicatorStatus:
    """Propose a status for an indicator from a day on; another person decides."""
    by.require(Permission.INDICATOR_PROPOSE)
    indicator = catalogue.card_of(code)
    if status not in IndicatorStatus.Status.values:
        said = _("请选择状态。")
        raise Refused(said, fields={"status": said})
    if catalogue.standings(clock.today(), [code])[code] == status:
        said = _("现在就是这个状态。")
        raise Refused(said, fields={"status": said})
    _fit_to_be(status, indicator)
    _forward(from_on)
    if IndicatorStatus.objects.filter(code=code, decision="waiting").exists():
        raise Refused(_("已有一项状态变更在等待决定。请先办理那一项。"), status=409)
    proposal = IndicatorStatus.objects.create(
        code=code,
        status=status,
        from_on=from_on,
        reason=_reasoned(reason),
        proposed_by=by.name,
        proposed_by_id=by.user_id,
        proposed_at=clock.now(),
    )
    _tell("indicator.propose_status", proposal, by, reason=reason, status=status, from_on=str(from_on))
    return proposal


def _fit_to_be(status: str, indicator: Indicator) -> None:
    if status == IndicatorStatus.Status.IN_FORCE and not is_law_verified(indicator):
        said = _("法律依据还没有核实，不能启用。请先核实条文并更新指标卡。")
        raise Refused(said, fields={"status": said})


@transaction.atomic
def propose_parameter(
    code: str, name: str, value: Any, *, by: Actor, from_on: date, source: str, reason: str, key: str = ""
) -> IndicatorParameter:
    """Propose this office's own value of a parameter from a day on, with where it stands; another person decides."""
    by.require(Permission.INDICATOR_PROPOSE)
    indicator = catalogue.card_of(code)
    _forward(from_on)
    if not source.strip():
        said = _("请写明出处：文件名称、文号和条款。")
        raise Refused(said, fields={"source": said})
    try:
        dated = [{"value": value, "from": from_on, "key": key or None}]
        indicator.values({name: dated})
    except Fault as fault:
        raise Refused(fault.what, fields={"value": fault.what}) from fault
    if IndicatorParameter.objects.filter(code=code, name=name, key=key, decision="waiting").exists():
        raise Refused(_("这个参数已有一项变更在等待决定。请先办理那一项。"), status=409)
    proposal = IndicatorParameter.objects.create(
        code=code,
        name=name,
        key=key,
        value=value,
        source=source.strip(),
        from_on=from_on,
        reason=_reasoned(reason),
        proposed_by=by.name,
        proposed_by_id=by.user_id,
        proposed_at=clock.now(),
    )
    _tell("indicator.propose_parameter", proposal, by, reason=reason, name=name, key=key, from_on=str(from_on))
    return proposal


@transaction.atomic
def decide(proposal: Change, *, by: Actor, agreed: bool, opinion: str = "") -> Change:
    """Decide what somebody else proposed. What could not be proposed any more cannot be agreed either."""
    by.require(Permission.INDICATOR_DECIDE)
    proposal = type(proposal)._default_manager.select_for_update().get(pk=proposal.pk)
    if proposal.decision != "waiting":
        raise Refused(_("别人已先决定了这一项。"), status=409)
    if proposal.proposed_by_id is None or proposal.proposed_by_id == by.user_id:
        raise Refused(_("提出的人不能决定。请另一人办理。"), status=403)
    if agreed:
        if isinstance(proposal, IndicatorStatus):
            _fit_to_be(proposal.status, catalogue.card_of(proposal.code))
        # decided late, it begins on the day of the decision: nothing changes backwards
        proposal.from_on = max(proposal.from_on, clock.today())
    proposal.decision = "agreed" if agreed else "refused"
    proposal.decided_by, proposal.decided_by_id, proposal.decided_at = by.name, by.user_id, clock.now()
    proposal.opinion = opinion.strip()
    proposal.save()
    _tell("indicator.decide", proposal, by, reason=opinion, decision=proposal.decision, from_on=str(proposal.from_on))
    return proposal


@transaction.atomic
def publish_indicator(code: str, *, by: Actor) -> None:
    """Hand the portal what is watched, why, and by which law. How it is computed stays inside."""
    by.require(Permission.INDICATOR_DECIDE)
    indicator = catalogue.card_of(code)
    if catalogue.standings(clock.today(), [code])[code] != IndicatorStatus.Status.IN_FORCE:
        raise Refused(_("只公开在用的指标。请先启用。"))
    outbox.publish("indicator", code, public_content(indicator))
    log.record("indicator.publish", by=by, subject_type="indicator", subject=code)


@transaction.atomic
def withdraw_indicator(code: str, *, by: Actor) -> None:
    """Take an indicator's page from the portal."""
    by.require(Permission.INDICATOR_DECIDE)
    outbox.withdraw("indicator", code)
    log.record("indicator.withdraw", by=by, subject_type="indicator", subject=code)


def public_content(indicator: Indicator) -> dict[str, Any]:
    """What the public may know. Where a rule follows the law, the law says it all; the limits of the others, which
    are the office's own, would only help to stay just below them, so that they are named but not described."""
    card = indicator.card
    watched = card.detects if card.nature == "rule_broken" else card.name
    return {
        "code": card.code,
        "name": {"zh": card.name.zh, "en": card.name.en},
        "watched": {"zh": watched.zh, "en": watched.en},
        "why": {"zh": card.why.zh, "en": card.why.en},
        "law": [law.text for law in card.law if law.certainty.startswith("verified")],
        "family": indicator.family,
        "safety": card.safety,
    }


def _tell(action: str, proposal: Change, by: Actor, *, reason: str = "", **detail: object) -> None:
    log.record(action, by=by, subject_type="indicator", subject=proposal.code, reason=reason, **detail)
