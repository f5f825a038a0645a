"""The table of moves: what may become of a signal and of an alert, by whom, and what is still missing.

Ids and words follow the domain's workflow (18 states, 33 moves). A signal that is taken up becomes an alert in the
state "verifying"; both read their words from one table of states.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from lianfang.web.alerts.models import FINALS, SIGNAL_STATES, STATES
from lianfang.web.alerts.workflow import effects as do
from lianfang.web.alerts.workflow import guards
from lianfang.web.shared.moves import Move, Table
from lianfang.web.shared.refused import Refused
from lianfang.web.shared.roles import Permission as P

REASON = 20  # characters that a consequential move wants to be told
OFFICER, HEAD = "officer", "office_head"
APPROVERS = frozenset({"office_head", "deputy_secretary", "secretary", "party_head"})
WITHDRAWERS = frozenset({"office_head", "deputy_secretary", "secretary", "party_head"})
UNIT = frozenset({"unit_head", "unit_deputy"})
SYSTEM = frozenset({"system"})


def _to(*names: str) -> frozenset[str]:
    return frozenset(names)


SIGNALS = Table(
    kind="signal",
    states={name: STATES[name] for name in SIGNAL_STATES},
    finals=frozenset({"verifying", "dismissed", "merged", "transferred"}),
    moves=(
        Move(
            "T01",
            _("开始初筛"),
            "signal",
            "screening",
            P.SIGNAL_SCREEN,
            _to("system", OFFICER),
            lacking=guards.incomplete,
            source="T01 F07",
        ),
        Move(
            "T02",
            _("并案"),
            "screening",
            "merged",
            P.SIGNAL_SCREEN,
            _to(OFFICER),
            refusing=guards.refuse_merge,
            effect=do.merge,
            source="T02 F07",
        ),
        Move(
            "T03",
            _("转核验"),
            "screening",
            "verifying",
            P.SIGNAL_SCREEN,
            _to(OFFICER),
            refusing=guards.refuse_checker,
            effect=do.take_up,
            source="T03 F08",
        ),
        Move(
            "T04",
            _("不成立"),
            "screening",
            "dismissed",
            P.SIGNAL_SCREEN,
            _to(OFFICER, HEAD),
            refusing=guards.refuse_without_listed_reason,
            effect=do.close_signal,
            reason_length=REASON,
            asks=True,
            source="T04 F24",
        ),
    ),
)

ALERTS = Table(
    kind="alert",
    states=STATES,
    finals=FINALS,
    moves=(
        Move(
            "T05",
            _("不成立"),
            "verifying",
            "dismissed",
            P.ALERT_APPROVE,
            _to(HEAD),
            refusing=guards.refuse_without_listed_reason,
            effect=do.entering("dismissed", do.dismiss),
            reason_length=REASON,
            asks=True,
            source="T05 F24",
        ),
        Move(
            "T07",
            _("完成核验"),
            "verifying",
            "graded",
            P.ALERT_CHECK,
            _to(OFFICER),
            lacking=guards.check_lacks,
            refusing=guards.refuse_not_checker,
            effect=do.entering("graded"),
            source="T07 F08",
        ),
        Move(
            "T08",
            _("提交呈批"),
            "graded",
            "pending",
            P.ALERT_PROPOSE,
            _to(OFFICER, HEAD),
            lacking=guards.submit_lacks,
            refusing=guards.refuse_own_submission,
            effect=do.entering("pending", do.submit),
            source="T08 F08",
        ),
        Move(
            "T09",
            _("退回补充"),
            "pending",
            "verifying",
            P.ALERT_APPROVE,
            APPROVERS,
            refusing=guards.refuse_no_seat,
            effect=do.entering("verifying", do.give_back),
            reason_length=REASON,
            asks=True,
            source="T09 F08",
        ),
        Move(
            "T10",
            _("批准预警"),
            "pending",
            "approved",
            P.ALERT_APPROVE,
            APPROVERS,
            lacking=guards.approval_lacks,
            refusing=guards.refuse_not_deciding,
            effect=do.entering("approved", do.approve),
            reason_length=REASON,
            asks=True,
            source="T10 F08",
        ),
        Move(
            "T11",
            _("不予预警"),
            "pending",
            "dismissed",
            P.ALERT_APPROVE,
            APPROVERS,
            refusing=guards.refuse_not_deciding,
            effect=do.entering("dismissed", do.dismiss),
            reason_length=REASON,
            asks=True,
            source="T11 F08",
        ),
        Move(
            "T12",
            _("制发送达"),
            "approved",
            "issued",
            P.ALERT_ISSUE,
            _to(OFFICER, HEAD),
            effect=do.entering("issued", do.issue),
            asks=True,
            source="T12 F09",
        ),
        Move(
            "T13",
            _("签收通知"),
            "issued",
            "rectifying",
            P.ALERT_ANSWER,
            UNIT | _to("cadre", "system"),
            refusing=guards.refuse_signature,
            effect=do.entering("rectifying", do.sign),
            source="T13 F09",
        ),
        Move(
            "T14",
            _("签字回告"),
            "rectifying",
            "replied",
            P.ALERT_ANSWER,
            UNIT,
            lacking=guards.answer_lacks,
            refusing=guards.refuse_answer_signature,
            effect=do.entering("replied", do.reply),
            asks=True,
            source="T14 F11",
        ),
        Move(
            "T15",
            _("指派验收"),
            "replied",
            "accepting",
            P.ALERT_ACCEPT,
            _to(OFFICER, "dispatch_head"),
            refusing=guards.refuse_acceptor,
            effect=do.entering("accepting", do.take_for_acceptance),
            asks=True,
            source="T15 F13",
        ),
        Move(
            "T16",
            _("退回整改"),
            "accepting",
            "rectifying",
            P.ALERT_ACCEPT,
            _to(OFFICER, "dispatch_head", HEAD),
            lacking=guards.failed_acceptance_lacks,
            refusing=guards.refuse_not_acceptor,
            effect=do.entering("rectifying", do.send_back),
            reason_length=REASON,
            asks=True,
            source="T16 F12",
        ),
        Move(
            "T17",
            _("批准解除"),
            "accepting",
            "released",
            P.ALERT_RELEASE,
            APPROVERS,
            lacking=guards.release_lacks,
            refusing=guards.refuse_release,
            effect=do.entering("released", do.release),
            reason_length=REASON,
            asks=True,
            source="T17 F13",
        ),
        Move(
            "T18",
            _("开始回头看"),
            "released",
            "lookback",
            P.ALERT_RELEASE,
            SYSTEM,
            refusing=guards.refuse_early_lookback,
            effect=do.entering("lookback"),
            source="T18 F13",
        ),
        Move(
            "T19",
            _("未反弹，归档"),
            "lookback",
            "archived",
            P.ALERT_ACCEPT,
            _to(OFFICER),
            effect=do.entering("archived", do.archive),
            reason_length=REASON,
            asks=True,
            source="T19 F15",
        ),
        *(
            Move(
                name,
                _("撤销预警"),
                origin,
                "withdrawn",
                P.ALERT_APPROVE,
                WITHDRAWERS,
                refusing=guards.refuse_outside_withdrawal,
                effect=do.entering("withdrawn", do.withdraw),
                reason_length=REASON,
                asks=True,
                source=f"{name} F14",
            )
            for name, origin in (("T22", "issued"), ("T23", "rectifying"))
        ),
    ),
)

# The address of a move: /alerts/<number>/<slug>/. One slug may stand for several moves, one for each state.
SLUGS: dict[str, tuple[str, ...]] = {
    "dismiss": ("T05",),
    "conclude": ("T07",),
    "submit": ("T08",),
    "return": ("T09",),
    "approve": ("T10",),
    "reject": ("T11",),
    "issue": ("T12",),
    "sign": ("T13",),
    "send-reply": ("T14",),
    "assign-acceptance": ("T15",),
    "send-back": ("T16",),
    "release": ("T17",),
    "archive": ("T19",),
    "withdraw": ("T22", "T23"),
}
SLUG_OF = {move: slug for slug, moves in SLUGS.items() for move in moves}


def move_at(slug: str, state: str) -> Move:
    """The move that ``slug`` names in ``state``; not found when there is none from there."""
    for name in SLUGS.get(slug, ()):
        move = ALERTS.move(name)
        if move.origin == state:
            return move
    raise Refused(_("没有这一步。"), status=404)
