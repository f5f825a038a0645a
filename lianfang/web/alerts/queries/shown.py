"""What an alert's page shows beside its own fields: stages, whose turn, the approvers, the record, who has seen it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lianfang.web.alerts import deadlines, grading
from lianfang.web.alerts.models import FINALS, STATES, Alert, Closing, Opinion, Signal
from lianfang.web.alerts.queries.access import alerts_for, is_office_side, is_subject_side, my_turn
from lianfang.web.alerts.queries.desk import ENDED, OPEN, whose
from lianfang.web.alerts.workflow import ALERTS, SIGNALS, SLUG_OF, approvers, guards
from lianfang.web.shared import clock
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.models import LogEntry
from lianfang.web.shared.moves import Offer
from lianfang.web.shared.refused import Lack
from lianfang.web.shared.roles import ROLES, Permission
from lianfang.web.shared.templatetags.lianfang import month_day

# --- stages

STAGES: tuple[tuple[str | Promise, tuple[str, ...]], ...] = (
    (_("信息收集"), ()),
    (_("等级评定"), ("verifying", "graded", "pending")),
    (_("预警处置"), ("approved", "issued")),
    (_("督查整改"), ("rectifying",)),
    (_("结果回告"), ("replied", "accepting")),
    (_("定期通报"), ("released", "lookback", "archived")),
)


def rail(alert: Alert) -> list[dict[str, Any]]:
    """The six stages: done with its day, now with its due day, later with its term."""
    now = next((n for n, (_name, states) in enumerate(STAGES) if alert.state in states), None)
    reached = len(STAGES) if now is None else now
    ended_at = _ended_at(alert) if alert.is_over and alert.state != "archived" else None
    stages = []
    for number, (name, _states) in enumerate(STAGES):
        state = "done" if number < reached else "now" if number == reached else "later"
        note = _stage_note(alert, number, state)
        if ended_at is not None:
            state = "done" if number < ended_at else "now" if number == ended_at else "later"
            note = gettext("至此结束") if number == ended_at else "" if number > ended_at else note
        if state == "now" and number == 3 and alert.returns:
            state, note = "returned", gettext("退回%(n)d次") % {"n": alert.returns}
        stages.append({"name": name, "state": state, "note": note})
    return stages


def _ended_at(alert: Alert) -> int:
    """The stage in which an alert ended before its time."""
    if alert.signed_at:
        return 3
    return 2 if alert.issued_at else 1


def _stage_note(alert: Alert, number: int, state: str) -> str:
    if state == "done":
        days = (alert.opened_at, alert.approved_at, alert.issued_at, alert.replied_at, alert.released_at)
        return _day(days[number]) if number < len(days) else ""
    if state == "now":
        word = str(STATES[alert.state])
        return gettext("%(state)s · 应于%(day)s") % {"state": word, "day": _day(alert.due_at)} if alert.due_at else word
    return _later_note(alert, number)


def _later_note(alert: Alert, number: int) -> str:
    def term(rule: str) -> Any:
        return deadlines.term_of(alert.parameters, rule, alert.shown_colour)

    if number == 2:
        approve, serve = term("L07"), term("L08")
        if approve.unit == serve.unit == "wd":
            return gettext("批准%(a)d、送达%(b)d个工作日") % {"a": approve.count, "b": serve.count}
        return gettext("批准%(a)s，送达%(b)s") % {"a": approve, "b": serve}
    if number == 3:
        return gettext("送达后%(a)s") % {"a": term("L10")}
    if number == 4:
        return gettext("验收%(a)s") % {"a": term("L12")}
    if number == 5:
        return gettext("第%(n)d季度通报") % {"n": (clock.today().month + 2) // 3}
    return ""


def _day(moment: datetime | date | None) -> str:
    return month_day(moment) if moment else ""


# --- badges


def status_kind(alert: Alert, actor: Actor) -> str:
    """How the state's pill looks: mine, others, well, ended."""
    if alert.state in ("released", "lookback", "archived"):
        return "well"
    if alert.state in FINALS:
        return "ended"
    return "mine" if is_my_turn(alert, actor) else "others"


def is_my_turn(alert: Alert, actor: Actor) -> bool:
    if actor.role == "unit_deputy":
        return alert.next_role == "unit_head" and alert.colour == "yellow"
    if actor.role == "cadre":
        return alert.state == "issued" and alert.person_id == actor.person_id
    if actor.role == "unit_officer":
        return alert.state == "rectifying"
    return alert.next_role == actor.role and alert.next_user_id in (None, actor.user_id)


def colour_stage(alert: Alert) -> str:
    if alert.is_proposed:
        return "proposed"
    return "ended" if alert.state in (*FINALS, "released", "lookback") else "issued"


def ended_word(alert: Alert) -> str:
    return str(STATES["released"] if alert.state in ("lookback", "archived") else STATES[alert.state])


@dataclass(frozen=True)
class ClockFace:
    """A face as the component takes it."""

    step: str
    left: int
    of: int
    due: date
    start: date
    rule: str
    skipped: str


def clock_face(face: deadlines.Face | None) -> ClockFace | None:
    if face is None:
        return None
    days = sum(1 for pip in face.pips if pip != "gap")
    left = -face.overdue if face.is_overdue else face.remaining
    skipped = "；".join(_skipped_words(face))  # data
    return ClockFace(face.step, left, days, face.due_on, face.started_on, _rule_words(face), skipped)


def _rule_words(face: deadlines.Face) -> str:
    return face.rule + (gettext("（该年度日历未公布，为暂定日期）") if face.is_provisional else "")


def _skipped_words(face: deadlines.Face) -> Iterator[str]:
    for one in face.skipped:
        yield gettext("%(day)s起%(note)s%(n)d天不计") % {"day": _day(one.first), "note": one.note, "n": one.days}


# --- next step


@dataclass(frozen=True)
class Check:
    """One line of the checklist."""

    what: str
    done: bool
    note: str = ""
    url: str = ""
    short: str = ""


@dataclass(frozen=True)
class Next:
    """Who does what next: the checklist, and one button that does the first open item or makes the move."""

    title: str
    is_mine: bool
    who: str
    checks: tuple[Check, ...] = ()
    label: str = ""
    url: str = ""


def next_step(alert: Alert, actor: Actor) -> Next:
    mine = is_my_turn(alert, actor)
    due = gettext("，%(day)s前") % {"day": _day(alert.due_at)} if alert.due_at else ""
    who = gettext("等%(name)s%(due)s") % {"name": whose(alert), "due": due} if whose(alert) else ""
    second = _second_step(alert, actor)
    if second is not None:
        return second
    checks = tuple(_checks(alert, actor))
    label, url = _button(alert, actor, checks) if mine else ("", "")
    return Next(_next_title(alert), mine, who, checks, label, url)


def _second_step(alert: Alert, actor: Actor) -> Next | None:
    if alert.state not in ("verifying", "graded") or alert.second_checker_id != actor.user_id:
        return None
    if "second_checker" in approvers.opinions(alert):
        return None
    url = reverse("alert_check", args=[alert.number]) + "#second"
    return Next(gettext("复核事实和定级"), True, "", (), gettext("填写复核意见"), url)


TITLES: dict[str, str | Promise] = {
    "verifying": _("完成核验，提交呈批"),
    "graded": _("提交呈批"),
    "pending": _("审批"),
    "approved": _("制发通知并送达"),
    "issued": _("签收预警通知"),
    "rectifying": _("整改并回告"),
    "replied": _("指派验收人"),
    "accepting": _("验收"),
    "released": _("到期回头看"),
    "lookback": _("回头看"),
}


def _next_title(alert: Alert) -> str:
    if alert.is_over:
        return str(Closing(alert.closing_code).label) if alert.closing_code else str(STATES[alert.state])
    return str(TITLES[alert.state])


def _checks(alert: Alert, actor: Actor) -> Iterator[Check]:
    if alert.state in ("verifying", "graded") and is_office_side(actor):
        yield from _checking_checks(alert)
    elif alert.state == "rectifying":
        yield from _answer_checks(alert)
    elif alert.state == "accepting" and is_office_side(actor):
        found = guards.acceptance(alert)
        url = reverse("alert_accept", args=[alert.number])
        yield Check(gettext("验收结论"), found is not None, found.get_conclusion_display() if found else "", url)


def _checking_checks(alert: Alert) -> Iterator[Check]:
    check, grade = reverse("alert_check", args=[alert.number]), reverse("alert_grade", args=[alert.number])
    files = sum(one.is_screening for one in alert.attachments.all())
    written = bool(alert.facts and alert.methods and alert.no_conflict_declared)
    note = gettext("%(n)d份附件") % {"n": files} if files else ""
    yield Check(gettext("核验事实和附件"), written, note, f"{check}#facts")
    scored = next((one for one in alert.grades.all() if one.round == alert.round), None)
    score = gettext("%(n)d分") % {"n": scored.score} if scored else ""
    yield Check(gettext("评分7项"), scored is not None, score, grade)
    left = guards.open_ticks(alert)
    if alert.ticks.all():
        note = gettext("还差%(n)d项") % {"n": left} if left else ""
        yield Check(gettext("误报排查"), not left, note, f"{check}#ticks")
    ready = bool(alert.requirements.all() and alert.disposals)
    yield Check(gettext("整改要求和措施"), ready, "", f"{grade}#requirements")
    if alert.proposed_colour in guards.TWO_CHECKERS:
        said = approvers.opinions(alert).get("second_checker")
        agreed = said is not None and said.decision == Opinion.Decision.AGREE
        name = alert.second_checker.name if alert.second_checker else ""
        wait = gettext("等%(name)s") % {"name": name} if name and said is None else ""
        yield Check(gettext("复核人意见"), agreed, wait, f"{check}#second")


def _answer_checks(alert: Alert) -> Iterator[Check]:
    answer = guards.current_answer(alert)
    answered = {item.requirement_id: item for item in answer.items.all()} if answer else {}
    base = reverse("alert_reply", args=[alert.number])
    for one in alert.requirements.all():
        item = answered.get(one.pk)
        what = gettext("要求%(n)d：%(text)s") % {"n": one.number, "text": one.text}
        short = gettext("要求%(n)d") % {"n": one.number}
        url = f"{base}{one.number}/"
        yield Check(what, bool(item and item.status == "done"), item.get_status_display() if item else "", url, short)
    done = bool(answer and answer.analysis and answer.is_promised)
    yield Check(gettext("原因剖析和承诺"), done, "", f"{base}end/")


def _button(alert: Alert, actor: Actor, checks: Sequence[Check]) -> tuple[str, str]:
    """The first open item, or the move itself when nothing is open."""
    opened = next((check for check in checks if not check.done and check.url), None)
    if opened is not None:
        return gettext("继续：%(what)s") % {"what": opened.short or opened.what}, opened.url
    if alert.state == "verifying":
        return gettext("提交呈批"), reverse("alert_move", args=[alert.number, "submit"])
    if alert.state == "pending" and _cosigns(alert, actor):
        return gettext("会签"), reverse("alert_cosign", args=[alert.number])
    offered = [one for one in offers(alert, actor) if one.is_open]
    if offered:
        first = offered[0]
        return str(first.move.verb), reverse("alert_move", args=[alert.number, SLUG_OF[first.move.id]])
    return "", ""


def _cosigns(alert: Alert, actor: Actor) -> bool:
    seat = approvers.seat_of(alert, actor)
    return seat is not None and not seat.decides and seat.role not in approvers.opinions(alert)


# --- moves

# The moves that carry the matter on, before those that end it or send it back.
ORDER = ("T08", "T10", "T12", "T13", "T14", "T15", "T17", "T19", "T07", "T16", "T09", "T11", "T05", "T22", "T23")


@dataclass(frozen=True)
class Button:
    """A move as a button of the head; ``lacks`` makes it a blocked one."""

    label: str
    url: str
    lacks: tuple[Lack, ...] = ()
    is_main: bool = False


def offers(alert: Alert, actor: Actor) -> list[Offer]:
    """The moves this actor may really make now, the one that carries on first."""
    found = [offer for offer in ALERTS.offers(alert, actor) if _fits(alert, actor, offer)]
    return sorted(found, key=lambda offer: ORDER.index(offer.move.id))


def _fits(alert: Alert, actor: Actor, offer: Offer) -> bool:
    """Whether the table's rules about who acts let this actor through; what must be given is asked on the page."""
    name = offer.move.id
    if name in ("T09", "T10", "T11"):
        seat = approvers.seat_of(alert, actor)
        excluded = approvers.checked(alert, actor.user_id) or actor.user_id == alert.proposer_id
        return seat is not None and not excluded and (seat.decides or name == "T09")
    if name == "T07":
        return False  # submitting concludes the checking too
    if name == "T08":
        return approvers.seat_of(alert, actor) is None
    if name == "T16":
        return actor.role == "office_head" or actor.user_id == alert.acceptor_id
    if name == "T17":
        return actor.role == approvers.deciding_role(alert)
    if name in ("T13", "T14"):
        return actor.role != "unit_deputy" or alert.colour == "yellow"
    if name in ("T22", "T23"):
        ladder = approvers.LADDER
        return ladder.index(actor.role) >= ladder.index(approvers.deciding_role(alert))
    return True


def buttons(alert: Alert, actor: Actor) -> list[Button]:
    """The head's buttons. While checking, handing up is one button that counts what is missing for it."""
    found = [
        Button(
            label=f"{offer.move.verb}…" if offer.move.asks else str(offer.move.verb),
            url=reverse("alert_move", args=[alert.number, SLUG_OF[offer.move.id]]),
            lacks=offer.lacks,
        )
        for offer in offers(alert, actor)
    ]
    if alert.state == "verifying" and actor.user_id == alert.checker_id:
        lacks = (*guards.check_lacks(alert, actor), *guards.submit_lacks(alert, actor))
        found.append(Button(gettext("提交呈批"), reverse("alert_move", args=[alert.number, "submit"]), lacks))
    if alert.state == "pending" and _cosigns(alert, actor) and not approvers.checked(alert, actor.user_id):
        found.insert(0, Button(gettext("会签…"), reverse("alert_cosign", args=[alert.number])))
    if alert.state == "pending" and _enters_paper(alert, actor):
        found.append(Button(gettext("录入纸质意见…"), reverse("alert_paper", args=[alert.number])))
    return found


def _enters_paper(alert: Alert, actor: Actor) -> bool:
    involved = approvers.checked(alert, actor.user_id) or actor.user_id == alert.proposer_id
    return actor.may(Permission.ALERT_PROPOSE) and not involved and bool(open_seats(alert, actor))


def open_seats(alert: Alert, actor: Actor) -> list[approvers.Seat]:
    """The seats whose word on paper this actor may enter."""
    said = approvers.opinions(alert)
    seats = [seat for seat in approvers.seats(alert) if seat.role not in said and seat.role != "office_head"]
    return [seat for seat in seats if not seat.decides or actor.role == "office_head"]


def signal_offers(signal: Signal, actor: Actor) -> list[Offer]:
    return SIGNALS.offers(signal, actor)


# --- approvers


def chain(alert: Alert) -> list[dict[str, Any]]:
    """Checker, second checker, and each seat: done, now or later, with what was said."""
    said = approvers.opinions(alert)
    past = alert.state not in ("verifying", "graded")
    declared = gettext("核验人 · 已声明无回避情形") if alert.no_conflict_declared else gettext("核验人")
    people = [
        {
            "name": alert.checker.name,
            "note": declared,
            "state": "done" if past else "now",
            "word": gettext("已核验") if past else gettext("进行中"),
        }
    ]
    if alert.second_checker is not None:
        word = said.get("second_checker")
        people.append(_chain_link(alert.second_checker.name, gettext("复核人（橙、红须两人）"), word, "later", ""))
    waiting = approvers.next_seat(alert) if alert.state == "pending" else None
    for seat in approvers.seats(alert):
        state = "now" if waiting == seat else "later"
        people.append(_chain_link(str(seat.title), "", said.get(seat.role), state, str(seat.word)))
    return people


def _chain_link(name: str, note: str, said: Opinion | None, state: str, word: str) -> dict[str, Any]:
    if said is None:
        return {"name": name, "note": note, "state": state, "word": word or gettext("待")}
    paper = (
        gettext("纸质件%(paper)s，%(name)s录入") % {"paper": said.paper, "name": said.entered_by} if said.paper else ""
    )
    return {
        "name": said.by if note else f"{name} {said.by}",
        "note": paper or note,
        "said": said.text,
        "state": "done" if said.decision == Opinion.Decision.AGREE else "returned",
        "word": said.get_decision_display(),
    }


# --- the unit's year


def unit_year(alert: Alert, actor: Actor) -> dict[str, Any]:
    """The unit's alerts issued within twelve months, one cell a month."""
    since = _month_before(clock.today(), 11)
    rows = alerts_for(actor).filter(unit=alert.unit_id, issued_at__date__gte=since).exclude(state="withdrawn")
    issued = list(rows.exclude(pk=alert.pk).only("issued_at", "colour", "state"))
    cells: dict[tuple[int, int], str] = {}
    for one in issued:
        day = timezone.localdate(one.issued_at)
        key = (day.year, day.month)
        cells[key] = grading.heaviest([cells.get(key, ""), one.colour])
    months = [_month_before(clock.today(), back) for back in range(11, -1, -1)]
    return {
        "months": [{"day": month, "colour": cells.get((month.year, month.month), "")} for month in months],
        "count": len(issued),
        "released": sum(one.state in ENDED for one in issued),
    }


def _month_before(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)


# --- the record

SENTENCES: dict[str, str | Promise] = {
    "signal.register": _("登记信号"),
    "signal.assign": _("指派初筛"),
    "signal.complete": _("补充登记"),
    "signal.T01": _("开始初筛"),
    "signal.T02": _("并案"),
    "signal.merged_into": _("并入%(into)s"),
    "signal.T03": _("转核验"),
    "signal.T04": _("不成立"),
    "signal.overdue": _("初筛逾期"),
    "alert.open": _("立为预警，开始核验"),
    "alert.tick": _("排查一项正常解释"),
    "alert.facts": _("填写核验事实"),
    "alert.attach": _("上传附件%(name)s"),
    "alert.second_checker": _("指定复核人"),
    "alert.second_opinion": _("填写复核意见"),
    "alert.grade": _("定级：%(score)s分，建议%(proposal)s，拟定%(colour)s"),
    "alert.cosign": _("会签"),
    "alert.paper": _("录入纸质意见"),
    "alert.answer": _("填写回告"),
    "alert.answer_item": _("填写要求%(requirement)s的完成情况"),
    "alert.acceptance": _("填写验收结论"),
    "alert.overdue": _("逾期"),
    "alert.due": _("日历更新，期限重新计算"),
    "alert.T05": _("核验不成立"),
    "alert.T07": _("完成核验"),
    "alert.T08": _("提交呈批"),
    "alert.T09": _("退回补充"),
    "alert.T10": _("批准预警"),
    "alert.T11": _("批示不予预警"),
    "alert.T12": _("制发通知并送达"),
    "alert.T13": _("签收通知"),
    "alert.T14": _("签字回告"),
    "alert.T15": _("指派验收人"),
    "alert.T16": _("验收不合格，退回整改"),
    "alert.T17": _("批准解除"),
    "alert.T18": _("到期，开始回头看"),
    "alert.T19": _("未反弹，归档"),
    "alert.T22": _("撤销预警"),
    "alert.T23": _("撤销预警"),
}
COLOURS: dict[str, str | Promise] = {"yellow": _("黄色"), "orange": _("橙色"), "red": _("红色")}
# What the unit and the subject read of the record: from the issue on, and nothing of the checking.
OPEN_TO_SUBJECT = (
    "alert.T12",
    "alert.T13",
    "alert.T14",
    "alert.T16",
    "alert.T17",
    "alert.T22",
    "alert.T23",
    "alert.answer_item",
    "alert.answer",
    "alert.overdue",
    "alert.due",
)


def record_of(alert: Alert, actor: Actor, *, people_only: bool = False) -> QuerySet[LogEntry]:
    """The entries of the log that tell the alert's way, newest first."""
    names = [alert.number, *alert.signals.values_list("number", flat=True)]
    actions = OPEN_TO_SUBJECT if is_subject_side(actor) else tuple(SENTENCES)
    rows = LogEntry.objects.filter(subject_type__in=("alert", "signal"), subject__in=names, action__in=actions)
    return (rows.exclude(role="system") if people_only else rows).order_by("-pk")


def told(entries: Sequence[LogEntry], actor: Actor) -> list[dict[str, Any]]:
    """The entries as sentences. Reasons of the office's own steps are for the office."""
    return [
        {
            "at": entry.at,
            "system": entry.role == "system",
            "who": entry.actor,
            "role": ROLES[entry.role].title if entry.role in ROLES else "",
            "sentence": _sentence(entry),
            "reason": entry.reason,
        }
        for entry in entries
    ]


def _sentence(entry: LogEntry) -> str:
    detail = {**entry.detail}
    for name in ("proposal", "colour"):
        if detail.get(name) in COLOURS:
            detail[name] = COLOURS[detail[name]]
    said = str(SENTENCES[entry.action])
    if entry.action == "alert.T13" and entry.role == "system":
        return gettext("期满未签收，视为送达")
    return said % detail if "%(" in said else said


# --- the list one came from

VIEWS: dict[str, str | Promise] = {
    "turn": _("等我办"),
    "mine": _("我经办的"),
    "open": _("在办"),
    "overdue": _("逾期"),
    "ended": _("已办结"),
    "all": _("全部"),
}


def in_view(actor: Actor, view: str) -> QuerySet[Alert]:
    """The rows of one tab of the list."""
    rows = alerts_for(actor)
    if view == "turn":
        return rows.filter(state__in=(*OPEN, "lookback")).filter(my_turn(actor))
    if view == "mine":
        me = actor.user_id
        return rows.filter(Q(checker=me) | Q(second_checker=me) | Q(acceptor=me) | Q(proposer=me))
    if view == "open":
        return rows.filter(state__in=OPEN)
    if view == "overdue":
        return rows.filter(state__in=OPEN, is_overdue=True)
    return rows.filter(state__in=ENDED) if view == "ended" else rows


def beside(actor: Actor, alert: Alert, view: str) -> dict[str, Any] | None:
    """The place of the alert in the list one came from, and the numbers beside it."""
    if view not in VIEWS:
        return None
    numbers = list(in_view(actor, view).order_by("-pk").values_list("number", flat=True)[:500])
    if alert.number not in numbers:
        return None
    place = numbers.index(alert.number)
    return {
        "view": view,
        "title": VIEWS[view],
        "place": place + 1,
        "of": len(numbers),
        "following": numbers[place + 1] if place + 1 < len(numbers) else "",
        "preceding": numbers[place - 1] if place else "",
    }


def week_ahead(actor: Actor, first: date, days: int) -> QuerySet[Alert]:
    """The alerts that run and are due from ``first`` on for so many days, with those overdue."""
    last = first + timedelta(days=days)
    rows = alerts_for(actor).exclude(state__in=(*FINALS, "released")).filter(due_at__date__lt=last)
    return rows.select_related("unit", "next_user").order_by("due_at", "pk")
