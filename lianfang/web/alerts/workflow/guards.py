"""What a move still lacks, and whom it refuses, in the words of the page, each with the link where it is done."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from lianfang.web.accounts import queries as accounts
from lianfang.web.accounts.models import User
from lianfang.web.alerts import deadlines
from lianfang.web.alerts.models import Acceptance, Alert, Answer, NotFounded, Opinion, Signal
from lianfang.web.alerts.workflow import approvers
from lianfang.web.shared import clock
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.moves import Given
from lianfang.web.shared.refused import Lack, Refused
from lianfang.web.shared.roles import ROLES

TWO_CHECKERS = ("orange", "red")


def _at(name: str, thing: Alert, anchor: str = "") -> str:
    return reverse(name, args=[thing.number]) + (f"#{anchor}" if anchor else "")


# --- signals


def incomplete(signal: Signal, _by: Actor) -> Sequence[Lack]:
    """T01: what the intake record still lacks."""
    url = reverse("signal", args=[signal.number])
    wanted = {_("涉及单位"): signal.unit_id, _("情况概述"): signal.text, _("四个安全"): signal.safety}
    return [Lack(what, url) for what, value in wanted.items() if not value]


def refuse_checker(signal: Signal, by: Actor, given: Given) -> None:
    """T03: a checker is named, is an officer, and need not be recused."""
    for name in ("checker", "second_checker"):
        user = given.get(name)
        if user is not None:
            refuse_assignee(user, person_id=signal.person_id, field=name)
    checker = given.get("checker")
    if checker is None:
        said = _("请指派核验人。")
        raise Refused(said, fields={"checker": said})
    if given.get("second_checker") == checker:
        said = _("复核人不能是核验人本人。请另选。")
        raise Refused(said, fields={"second_checker": said})


def refuse_assignee(user: User, *, person_id: int | None, field: str, roles: tuple[str, ...] = ("officer",)) -> None:
    """Refuse to give a matter to somebody who has not the role, or must be recused."""
    if not any(actor.user_id == user.pk for actor in accounts.actors_with_role(*roles)):
        said = _("%(name)s没有办理此事的角色。请另选。") % {"name": user.name}
        raise Refused(said, fields={field: said})
    if approvers.is_recused(user, person_id=person_id):
        said = _("%(name)s与对象有应当回避的关系，不能指派。请另选。") % {"name": user.name}
        raise Refused(said, fields={field: said})


def refuse_without_listed_reason(_thing: Signal | Alert, _by: Actor, given: Given) -> None:
    """T04, T05: a reason from the list goes with the words."""
    if given.get("closing_reason") not in NotFounded.values:
        said = _("请从列表中选一个原因。")
        raise Refused(said, fields={"closing_reason": said})


def refuse_merge(signal: Signal, _by: Actor, given: Given) -> None:
    """T02: into an open alert or signal of the same unit."""
    into = given.get("into")
    if not isinstance(into, Alert | Signal) or (isinstance(into, Signal) and into.pk == signal.pk):
        said = _("请写明并入哪一件。")
        raise Refused(said, fields={"into": said})
    is_open = into.is_waiting if isinstance(into, Signal) else not into.is_over and into.state != "released"
    if not is_open or into.unit_id != signal.unit_id:
        said = _("只能并入同一单位、尚未办结的一件。")
        raise Refused(said, fields={"into": said})


# --- checking and grading


def refuse_not_checker(alert: Alert, by: Actor, _given: Given) -> None:
    """T07: concluded by the officer to whom the checking was given."""
    if by.user_id != alert.checker_id:
        raise Refused(_("本件由%(name)s核验。") % {"name": alert.checker.name}, status=403)


def open_ticks(alert: Alert) -> int:
    return sum(not tick.is_done for tick in alert.ticks.all())


def unexplained(alert: Alert) -> bool:
    """Whether something is left that no innocent explanation accounts for."""
    explained = {tick.code for tick in alert.ticks.all() if tick.result == "holds"}
    codes = {hit.code for hit in alert.hits.all()}
    return not codes or bool(codes - explained)


def check_lacks(alert: Alert, _by: Actor) -> Sequence[Lack]:
    """T07: evidence, facts, every explanation looked into, the seven factors, and a word on conflicts of interest."""
    lacks: list[Lack] = []
    if not alert.hits.all() and not alert.attachments.all():
        lacks.append(Lack(_("证据（至少一项）"), _at("alert_check", alert, "files")))
    if not alert.facts or not alert.methods:
        lacks.append(Lack(_("核验事实和方式"), _at("alert_check", alert, "facts")))
    if left := open_ticks(alert):
        lacks.append(Lack(_("误报排查%(n)d项") % {"n": left}, _at("alert_check", alert, "ticks")))
    elif not unexplained(alert):
        lacks.append(Lack(_("正常解释已成立，应办理不成立"), _at("alert_check", alert, "ticks")))
    if not alert.no_conflict_declared:
        lacks.append(Lack(_("回避声明"), _at("alert_check", alert, "facts")))
    if not graded(alert):
        lacks.append(Lack(_("评分7项"), _at("alert_grade", alert)))
    return lacks


def graded(alert: Alert) -> bool:
    return any(grade.round == alert.round for grade in alert.grades.all())


def submit_lacks(alert: Alert, _by: Actor) -> Sequence[Lack]:
    """T08: what the approvers need to see: requirements, measures, and for orange and red a second checker's word."""
    lacks: list[Lack] = []
    if not alert.requirements.all():
        lacks.append(Lack(_("整改要求"), _at("alert_grade", alert, "requirements")))
    if not alert.disposals:
        lacks.append(Lack(_("拟采取措施"), _at("alert_grade", alert, "requirements")))
    if alert.proposed_colour in TWO_CHECKERS:
        said = approvers.opinions(alert).get("second_checker")
        if alert.second_checker_id is None:
            lacks.append(Lack(_("指派复核人"), _at("alert_check", alert, "second")))
        elif said is None or said.decision != Opinion.Decision.AGREE:
            lacks.append(Lack(_("复核人意见"), _at("alert_check", alert, "second")))
    return lacks


def refuse_own_submission(alert: Alert, by: Actor, _given: Given) -> None:
    """T08: who sits in a seat of the approval does not also submit."""
    if approvers.seat_of(alert, by):
        raise Refused(_("您是本件审批人，不能同时提交呈批。请核验人提交。"), status=403)


# --- approval


def approval_lacks(alert: Alert, by: Actor) -> Sequence[Lack]:
    """T10: every seat but the actor's own must have agreed."""
    own = approvers.seat_of(alert, by)
    said = approvers.opinions(alert)
    lacks = []
    for seat in approvers.seats(alert):
        decision = said[seat.role].decision if seat.role in said else ""
        if decision == Opinion.Decision.AGREE or (own == seat and seat.decides and not decision):
            continue
        state = _("（不同意）") if decision else ""
        lacks.append(Lack(f"{seat.title}{seat.word}{state}", _at("alert", alert, "chain")))
    return lacks


def refuse_no_seat(alert: Alert, by: Actor, _given: Given) -> None:
    """T09: only who sits in the approval, and did not check the matter, may return it."""
    refuse_checker_deciding(alert, by)
    if approvers.seat_of(alert, by) is None:
        raise Refused(_no_seat(alert), status=403)


def refuse_not_deciding(alert: Alert, by: Actor, given: Given) -> None:
    """T10, T11: only who decides; with everybody's word on paper, the office's head may carry it out."""
    refuse_checker_deciding(alert, by)
    seat = approvers.seat_of(alert, by)
    on_paper = given.get("on_paper") and by.role == "office_head" and by.user_id != alert.proposer_id
    if not on_paper and (seat is None or not seat.decides):
        raise Refused(_no_seat(alert), status=403)


def refuse_checker_deciding(alert: Alert, by: Actor) -> None:
    if approvers.checked(alert, by.user_id):
        post = approvers.seats(alert)[-1].title
        raise Refused(_("您是本件核验人，不能同时审批。可转由%(post)s办理。") % {"post": post}, status=403)
    if by.user_id is not None and by.user_id == alert.proposer_id:
        raise Refused(_("您提交了本件呈批，不能同时审批。"), status=403)


def _no_seat(alert: Alert) -> str:
    return _("本件由%(post)s批准，不由您的职务办理。") % {"post": approvers.seats(alert)[-1].title}


def refuse_outside_withdrawal(alert: Alert, by: Actor, _given: Given) -> None:
    """T22, T23: by whoever approved it, or somebody above."""
    ladder = approvers.LADDER
    if ladder.index(by.role) < ladder.index(approvers.deciding_role(alert)):
        raise Refused(
            _("撤销按发出层级办理：本件须由%(post)s或以上撤销。")
            % {"post": ROLES[approvers.deciding_role(alert)].title},
            status=403,
        )


# --- service, correction, acceptance, release


def refuse_signature(alert: Alert, by: Actor, given: Given) -> None:
    """T13: signed by the unit's head (its deputy head for yellow) or the subject; by the clock only when time is up."""
    if by.is_system:
        due = deadlines.deemed_on(alert)
        if due is None or clock.now() <= due.at:
            raise Refused(_("还没有到视为送达的日期。"))
        return
    if by.role == "unit_deputy" and alert.colour != "yellow":
        raise Refused(_("橙色、红色预警由单位主要负责人签收。"), status=403)
    if by.role == "cadre" and by.person_id != alert.person_id:
        raise Refused(_("只有预警对象本人或单位主要负责人可以签收。"), status=403)


def current_answer(alert: Alert) -> Answer | None:
    return next((answer for answer in alert.answers.all() if answer.round == alert.returns), None)


def answer_lacks(alert: Alert, _by: Actor) -> Sequence[Lack]:
    """T14: every requirement answered, causes, the promise that it is true; for red, a plan before the result."""
    answer = current_answer(alert)
    url = _at("alert_reply", alert)
    lacks = []
    answered = {item.requirement_id: item for item in answer.items.all()} if answer else {}
    for requirement in alert.requirements.all():
        item = answered.get(requirement.pk)
        if item is None or item.status != "done":
            lacks.append(Lack(_("要求%(n)d的完成情况") % {"n": requirement.number}, f"{url}{requirement.number}/"))
    if alert.colour == "red" and not (answer and answer.plan):
        lacks.append(Lack(_("整改方案"), f"{url}end/"))
    if not (answer and answer.analysis):
        lacks.append(Lack(_("原因剖析"), f"{url}end/"))
    if not (answer and answer.is_promised):
        lacks.append(Lack(_("真实性承诺"), f"{url}end/"))
    return lacks


def refuse_answer_signature(alert: Alert, by: Actor, _given: Given) -> None:
    """T14: signed by the unit's head; for yellow its deputy head may."""
    if by.role == "unit_deputy" and alert.colour != "yellow":
        raise Refused(_("橙色、红色预警的回告由单位主要负责人签字。"), status=403)


def possible_acceptors(alert: Alert) -> list[Actor]:
    """Officers, and the head of the team dispatched to the unit."""
    path = alert.unit.path
    return [
        actor
        for actor in accounts.actors_with_role("officer", "dispatch_head")
        if actor.role == "officer" or (actor.unit_path and path.startswith(actor.unit_path))
    ]


def refuse_acceptor(alert: Alert, _by: Actor, given: Given) -> None:
    """T15: for orange and red, acceptance is another person's than checking."""
    user = given.get("acceptor")
    if user is None:
        said = _("请指派验收人。")
        raise Refused(said, fields={"acceptor": said})
    refuse_assignee(user, person_id=alert.person_id, field="acceptor", roles=("officer", "dispatch_head"))
    if user.pk not in {one.user_id for one in possible_acceptors(alert)}:
        said = _("%(name)s不是该单位的派驻组组长。请另选。") % {"name": user.name}
        raise Refused(said, fields={"acceptor": said})
    if alert.colour in TWO_CHECKERS and approvers.checked(alert, user.pk):
        said = _("%(name)s参加了本件核验，橙色、红色预警不能由同一人验收。请另选。") % {"name": user.name}
        raise Refused(said, fields={"acceptor": said})


def acceptance(alert: Alert) -> Acceptance | None:
    return next((one for one in alert.acceptances.all() if one.round == alert.returns), None)


def refuse_not_acceptor(alert: Alert, by: Actor, _given: Given) -> None:
    """T16: sent back by the one who accepts, or by the office's head."""
    if by.role != "office_head" and by.user_id != alert.acceptor_id:
        raise Refused(_("本件由指定的验收人办理。"), status=403)


def failed_acceptance_lacks(alert: Alert, _by: Actor) -> Sequence[Lack]:
    found = acceptance(alert)
    if found is None or found.conclusion != Acceptance.Conclusion.FAILED:
        return [Lack(_("不合格的验收结论"), _at("alert_accept", alert))]
    return ()


def release_lacks(alert: Alert, _by: Actor) -> Sequence[Lack]:
    """T17: an acceptance that passed."""
    found = acceptance(alert)
    if found is None:
        return [Lack(_("验收结论"), _at("alert_accept", alert))]
    if found.conclusion != Acceptance.Conclusion.PASSED:
        return [Lack(_("合格的验收结论"), _at("alert_accept", alert))]
    return ()


def refuse_release(alert: Alert, by: Actor, _given: Given) -> None:
    """T17: approved at the level that issued it, by nobody who checked or accepted it."""
    if by.role != approvers.deciding_role(alert):
        post = ROLES[approvers.deciding_role(alert)].title
        raise Refused(_("解除按发出层级批准：本件由%(post)s批准。") % {"post": post}, status=403)
    if approvers.checked(alert, by.user_id) or by.user_id == alert.acceptor_id:
        raise Refused(_("您参加了本件核验或验收，不能同时批准解除。"), status=403)


def refuse_early_lookback(alert: Alert, by: Actor, _given: Given) -> None:
    """T18: by the clock, on its day."""
    if alert.lookback_on is None or clock.today() < alert.lookback_on:
        raise Refused(_("还没有到回头看的日期。"))
