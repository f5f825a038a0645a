"""The table of moves of risk points: drafted, assessed, reviewed, approved, shown to the public, under control.

Source: the domain's grading scheme, section 3 (who proposes, reviews and approves which level) and section 4 (a point
of level 1 is shown for five working days that begin on the day after). Three different people hold a point's paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianfang.web.organisation import calendar
from lianfang.web.organisation.models import Person, Post
from lianfang.web.registers import grading
from lianfang.web.registers.risk_points import NOT_PUBLISHED, STATES, RiskPoint, public_content
from lianfang.web.registers.screening import Hit, scan
from lianfang.web.shared import clock, outbox, panels
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.moves import Given, Move, Table
from lianfang.web.shared.refused import Lack, Refused
from lianfang.web.shared.roles import Permission as P

PUBLICITY_DAYS = 5
HELD_BEFORE_LOWERING = 365  # a point of level 1 keeps it for twelve months
REVIEW_AFTER = {1: 182, 2: 365, 3: 365}
KINDS = {
    "identity": gettext_lazy("身份证号"),
    "telephone": gettext_lazy("电话号码"),
    "name": gettext_lazy("人名"),
}
FIELDS = {
    "matter": gettext_lazy("职权事项"),
    "node": gettext_lazy("环节"),
    "manifestation": gettext_lazy("表现形式"),
    "measures": gettext_lazy("防控措施"),
    "supervision": gettext_lazy("监督方式"),
}


def _filled(risk: RiskPoint, by: Actor) -> Sequence[Lack]:
    edit = reverse("risk_edit", args=[risk.number])
    lacks = []
    if not risk.measures:
        lacks.append(Lack(_("至少一条防控措施"), edit))
    if len(risk.manifestation) < 20:
        lacks.append(Lack(_("20字以上的表现形式"), edit))
    return lacks


def _assessed(risk: RiskPoint, by: Actor, given: Given) -> None:
    risk.level = risk.grade.level
    risk.proposed_by, risk.proposed_at, risk.proposer_id = by.name, clock.now(), by.user_id
    risk.reviewed_by, risk.reviewed_at, risk.reviewer_id = "", None, None
    risk.approved_by, risk.approved_at, risk.approver_id = "", None, None


def _reviewer_is_not_proposer(risk: RiskPoint, by: Actor, given: Given) -> None:
    if by.user_id == risk.proposer_id:
        raise Refused(_("您是本件提出人，不能同时初审。请另一位同志办理。"), status=403)


def _reviewed(risk: RiskPoint, by: Actor, given: Given) -> None:
    risk.reviewed_by, risk.reviewed_at, risk.reviewer_id = by.name, clock.now(), by.user_id


def _may_approve(risk: RiskPoint, by: Actor, given: Given) -> None:
    if by.user_id in (risk.proposer_id, risk.reviewer_id):
        raise Refused(_("您是本件提出人或初审人，不能同时审定。请另一位同志办理。"), status=403)
    if risk.level == 1 and by.role != "unit_head":
        raise Refused(_("一级风险由党组集体审定，由单位主要负责人登记。"), status=403)
    if risk.level == 1 and not str(given.get("minutes_number", "")).strip():
        said = _("请填写党组会议纪要号：一级风险须集体审定。")
        raise Refused(said, fields={"minutes_number": said})
    _may_be_lowered(risk)


def _may_be_lowered(risk: RiskPoint) -> None:
    """Level 1 is left after twelve months, and only if no higher app knows a reason against it."""
    if risk.level_in_force != 1 or risk.level == 1 or risk.level_since is None:
        return
    until = risk.level_since + timedelta(days=HELD_BEFORE_LOWERING)
    if clock.today() < until:
        raise Refused(_("一级风险须保持12个月，%(day)s以后才能降级。") % {"day": until.isoformat()})
    panels.check("risk.lower", risk)


def _approved(risk: RiskPoint, by: Actor, given: Given) -> None:
    risk.approved_by, risk.approved_at, risk.approver_id = by.name, clock.now(), by.user_id
    risk.minutes_number = str(given.get("minutes_number", "")).strip()[:60]
    risk.level_for_post = risk.grade.level_for_post
    if risk.level_in_force != risk.level:
        risk.level_in_force, risk.level_since = risk.level, clock.today()


def _may_be_shown(risk: RiskPoint, by: Actor) -> Sequence[Lack]:
    edit = reverse("risk_edit", args=[risk.number])
    lacks = []
    if risk.level != 1:
        lacks.append(Lack(_("一级：只有一级风险向社会公示")))
    if risk.category == NOT_PUBLISHED:
        lacks.append(Lack(_("可公开的类别：思想道德类不公示")))
    if not risk.supervision:
        lacks.append(Lack(_("监督方式"), edit))
    return lacks


def hits(risk: RiskPoint) -> list[Hit]:
    """What the scan before publication sees in the fields that would be shown."""
    content = public_content(risk)
    texts = {name: "\n".join(value) if isinstance(value := content[name], list) else value for name in FIELDS}
    names = Person.objects.filter(left_on=None).values_list("name", flat=True)
    return scan(texts, names=names, contacts=frozenset({"supervision"}))


def _nothing_personal(risk: RiskPoint, by: Actor, given: Given) -> None:
    """Numbers stop a publication. What reads like a name can be a word: the one who decides says so."""
    found = hits(risk)
    if given.get("names_checked"):
        found = [hit for hit in found if hit.kind != "name"]
    if found:
        told = "；".join(f"{FIELDS[hit.field]} {KINDS[hit.kind]} {hit.masked}" for hit in found)
        raise Refused(_("公开前检查发现个人信息：%(told)s。请单位改写后再公示。") % {"told": told})


def _shown(risk: RiskPoint, by: Actor, given: Given) -> None:
    today = clock.today()
    risk.publicity_from = today + timedelta(days=1)
    risk.publicity_until = calendar.add_workdays(today, PUBLICITY_DAYS)
    risk.is_published = True
    outbox.publish("risk", risk.number, public_content(risk))


def _period_is_over(risk: RiskPoint, by: Actor) -> Sequence[Lack]:
    if risk.publicity_until and clock.today() <= risk.publicity_until:
        return [Lack(_("公示期届满（%(day)s）") % {"day": risk.publicity_until.isoformat()})]
    return []


def _not_level_one(risk: RiskPoint, by: Actor) -> Sequence[Lack]:
    return [Lack(_("公示：一级风险先公示再在控"))] if risk.level == 1 and risk.category != NOT_PUBLISHED else []


def _in_control(risk: RiskPoint, by: Actor, given: Given) -> None:
    risk.next_review_on = clock.today() + timedelta(days=REVIEW_AFTER[risk.level])
    if risk.level != 1:
        _hidden(risk, by, given)


def _hidden(risk: RiskPoint, by: Actor, given: Given) -> None:
    if risk.is_published:
        outbox.withdraw("risk", risk.number)
        risk.is_published = False


def _closed(risk: RiskPoint, by: Actor, given: Given) -> None:
    _hidden(risk, by, given)
    risk.next_review_on = None


def _grade_post(risk: RiskPoint, move: Move, by: Actor, given: Given) -> None:
    """A post's level follows from its points that were approved and are not closed."""
    if move.target not in ("approved", "closed"):
        return
    points = RiskPoint.objects.filter(post=risk.post_id, level_for_post__isnull=False).exclude(state="closed")
    level = grading.post_level(list(points.values_list("level_for_post", flat=True)))
    Post.objects.filter(pk=risk.post_id).update(risk_level=level)


PROPOSERS = frozenset({"unit_officer", "officer", "office_head"})
DECIDERS = frozenset({"unit_deputy", "unit_head"})
HEAD = frozenset({"unit_head"})
OFFICE_HEAD = frozenset({"office_head"})

TABLE = Table(
    kind="risk",
    states=STATES,
    finals=frozenset({"closed"}),
    moves=(
        Move("assess", gettext_lazy("提交自评"), "draft", "self_assessed", P.RISK_EDIT, PROPOSERS, _filled,
             effect=_assessed, source="F02"),
        Move("review", gettext_lazy("通过初审"), "self_assessed", "first_review", P.RISK_DECIDE, DECIDERS,
             refusing=_reviewer_is_not_proposer, effect=_reviewed, source="F05"),
        Move("return", gettext_lazy("退回修改"), "self_assessed", "draft", P.RISK_DECIDE, DECIDERS,
             reason_length=10, asks=True, source="F05"),
        Move("approve", gettext_lazy("审定等级"), "first_review", "approved", P.RISK_DECIDE, DECIDERS,
             refusing=_may_approve, effect=_approved, asks=True, source="F05"),
        Move("return_reviewed", gettext_lazy("退回修改"), "first_review", "draft", P.RISK_DECIDE, DECIDERS,
             reason_length=10, asks=True, source="F05"),
        Move("publicise", gettext_lazy("向社会公示"), "approved", "publicity", P.RISK_PUBLISH, OFFICE_HEAD,
             _may_be_shown, refusing=_nothing_personal, effect=_shown, reason_length=20, asks=True, source="F06"),
        Move("return_approved", gettext_lazy("退回修改"), "approved", "adjusted", P.RISK_PUBLISH, OFFICE_HEAD,
             reason_length=20, asks=True, source="F06"),
        Move("control", gettext_lazy("列入在控"), "approved", "in_control", P.RISK_DECIDE, DECIDERS, _not_level_one,
             effect=_in_control, source="F02"),
        Move("end_publicity", gettext_lazy("结束公示，列入在控"), "publicity", "in_control", P.RISK_PUBLISH,
             OFFICE_HEAD | {"system"}, _period_is_over, effect=_in_control, source="F06"),
        Move("withdraw", gettext_lazy("撤下公示"), "publicity", "adjusted", P.RISK_PUBLISH, OFFICE_HEAD,
             effect=_hidden, reason_length=20, asks=True, source="F06"),
        Move("withdraw_later", gettext_lazy("撤下公开"), "in_control", "adjusted", P.RISK_PUBLISH, OFFICE_HEAD,
             lambda risk, by: [] if risk.is_published else [Lack(_("已公开的内容"))],
             effect=_hidden, reason_length=20, asks=True, source="F06"),
        Move("adjust", gettext_lazy("调整等级或内容"), "in_control", "adjusted", P.RISK_EDIT, PROPOSERS,
             reason_length=10, asks=True, source="F05"),
        Move("assess_again", gettext_lazy("重新提交自评"), "adjusted", "self_assessed", P.RISK_EDIT, PROPOSERS,
             _filled, effect=_assessed, source="F05"),
        Move("close", gettext_lazy("销号"), "in_control", "closed", P.RISK_DECIDE, HEAD, effect=_closed,
             reason_length=20, asks=True, source="F05"),
        Move("close_adjusted", gettext_lazy("销号"), "adjusted", "closed", P.RISK_DECIDE, HEAD, effect=_closed,
             reason_length=20, asks=True, source="F05"),
    ),
    after=_grade_post,
)  # fmt: skip
