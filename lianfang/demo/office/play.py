"""Six weeks of work in the demonstration office: from findings to signals, alerts, corrections and releases.

Every step is an action of the product, made by the one entitled to it, at its own moment. A plan says for each matter
how far it has come when the demonstration opens.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from lianfang.demo.office.people import People
from lianfang.web.accounts.models import User
from lianfang.web.alerts import deadlines, queries
from lianfang.web.alerts.actions import answering, approval, checking, signals
from lianfang.web.alerts.models import Alert, Signal
from lianfang.web.alerts.workflow import approvers
from lianfang.web.detection.models import Finding
from lianfang.web.organisation.models import Day
from lianfang.web.shared import clock
from lianfang.web.shared.actor import Actor

ZONE = ZoneInfo("Asia/Shanghai")
FIRST, OPENS = date(2025, 1, 6), date(2025, 2, 19)
OFFICERS = ("zhoulan", "limu", "sunqiao")

# How far matters have come, and how many of each; a matter's steps are made in this order.
ROAD = ("screen", "check", "submit", "approve", "issue", "sign", "reply", "accept", "pass", "release")
PLAN = (
    ("signal", 9),
    ("screen", 5),
    ("dismissed", 4),
    ("check", 4),
    ("explained", 3),
    ("submit", 4),
    ("approve", 2),
    ("issue", 4),
    ("sign", 9),
    ("reply", 3),
    ("accept", 2),
    ("pass", 2),
    ("release", 10),
)
# Working days from one step to the next: the least and the most.
PACE = {
    "screen": (0, 1),
    "check": (1, 2),
    "submit": (0, 1),
    "approve": (0, 1),
    "issue": (0, 1),
    "sign": (0, 1),
    "reply": (2, 4),
    "accept": (0, 1),
    "pass": (1, 2),
    "release": (0, 1),
}
# Working days since the last step, at most; what is over may lie further back.
LAG = {"signal": 1, "screen": 1, "check": 1, "submit": 0, "approve": 0, "issue": 0, "sign": 4, "reply": 2, "accept": 1}
LAG_OVER = 12
SHARE_SLOW, SLOW = 0.12, 5  # a few matters wait too long
FACTS = "已调取原始凭证和业务系统记录，与数据逐项核对；所列事项属实，单位未能当场提供批准文件。"
ANALYSIS = "经办人对规定掌握不全，复核环节没有逐项核对；已组织学习并修订内部审批表。"


@dataclass
class Matter:
    """One finding and what becomes of it."""

    finding: Finding
    fate: str
    officer: str
    second: str
    signal: Signal | None = None
    alert: Alert | None = None

    def fresh(self) -> Alert:
        assert self.alert is not None
        self.alert = Alert.objects.select_related("unit", "person", "checker").get(pk=self.alert.pk)
        return self.alert


def play(people: People, seed: int) -> int:
    """Work through the plan; returns how many matters were taken up."""
    chance = random.Random(seed)
    matters = _chosen(chance)
    agenda = sorted(_agenda(matters, people, chance), key=lambda entry: entry[0])
    day = FIRST
    while day < OPENS:
        for moment, step in agenda:
            if moment.date() == day:
                with clock.going_from(moment):
                    step()
        with clock.going_from(datetime.combine(day, time(23, 30), ZONE)):
            deadlines.sweep()
        day += timedelta(days=1)
    return len(matters)


def _chosen(chance: random.Random) -> list[Matter]:
    """Findings of as many units and indicators as there are matters to play, heavier colours first within each."""
    rows = Finding.objects.exclude(unit=None).exclude(change="gone").exclude(code__in=("R024", "BID-015"))
    found = list(rows.filter(person="").select_related("unit").order_by("pk"))
    chance.shuffle(found)
    used: dict[str, int] = {}
    spread = []
    for finding in found:
        place = used.get(finding.unit.code, 0) + 2 * used.get(finding.code, 0)
        used[finding.unit.code] = used.get(finding.unit.code, 0) + 1
        used[finding.code] = used.get(finding.code, 0) + 1
        spread.append((place, finding))
    spread.sort(key=lambda pair: pair[0])
    fates = [fate for fate, number in PLAN for _ in range(number)]
    chance.shuffle(fates)
    matters = []
    for number, (fate, (_place, finding)) in enumerate(zip(fates, spread, strict=False)):
        officer, second = OFFICERS[number % 3], OFFICERS[(number + 1) % 3]
        matters.append(Matter(finding, fate, officer, second))
    return matters


def _agenda(
    matters: list[Matter], people: People, chance: random.Random
) -> Iterator[tuple[datetime, Callable[[], object]]]:
    """Each step of each matter with its moment, counted back from how long ago its last one was."""
    rows = Day.objects.filter(day__gte=FIRST, day__lt=OPENS, is_workday=True)
    workdays = list(rows.order_by("day").values_list("day", flat=True))
    for number, matter in enumerate(matters):
        steps = list(_steps(matter, people))
        gaps = [chance.randint(*PACE.get(name, (0, 0))) for name, _step in steps[1:]]
        slow = SLOW if chance.random() < SHARE_SLOW and matter.fate in LAG else 0
        last = len(workdays) - 1 - chance.randint(0, LAG.get(matter.fate, LAG_OVER)) - slow
        place = max(0, last - sum(gaps))
        minute = number * 3
        for (_name, step), gap in zip(steps, [0, *gaps], strict=True):
            place += gap
            minute += chance.randint(4, 25)
            day = workdays[min(place, len(workdays) - 1)]
            yield datetime.combine(day, time(9), ZONE) + timedelta(minutes=minute % 460), step


def _steps(matter: Matter, people: People) -> Iterator[tuple[str, Callable[[], object]]]:
    yield "signal", lambda: _take(matter, people)
    if matter.fate == "signal":
        return
    if matter.fate == "dismissed":
        yield "screen", lambda: _dismiss_signal(matter, people)
        return
    yield "screen", lambda: _screen(matter, people)
    if matter.fate == "explained":
        yield "check", lambda: _check(matter, people, holds=True)
        yield "submit", lambda: _dismiss(matter, people)
        return
    for name in ROAD[1 : ROAD.index(matter.fate) + 1]:
        yield name, _bound(STEPS[name], matter, people)


def _bound(step: Callable[[Matter, People], object], matter: Matter, people: People) -> Callable[[], object]:
    return lambda: step(matter, people)


def _user(people: People, username: str) -> User:
    return people.names[username]


def _take(matter: Matter, people: People) -> None:
    matter.signal = signals.signal_from_finding(matter.finding, by=people(matter.officer))


def _dismiss_signal(matter: Matter, people: People) -> None:
    assert matter.signal is not None
    reason = "调阅台账后确认是登记差错，原始凭证上的日期和金额都正确，已请单位更正数据。"
    signals.dismiss_signal(matter.signal, by=people(matter.officer), closing_reason="data_wrong", reason=reason)


def _screen(matter: Matter, people: People) -> None:
    assert matter.signal is not None
    second = _user(people, matter.second) if matter.signal.colour in ("orange", "red") else None
    matter.alert = signals.take_up_signal(
        matter.signal, by=people(matter.officer), checker=_user(people, matter.officer), second_checker=second
    )


def _check(matter: Matter, people: People, holds: bool = False) -> None:
    alert, officer = matter.fresh(), people(matter.officer)
    for number, one in enumerate(alert.ticks.all()):
        result = "holds" if holds and number == 0 else "excluded"
        checking.tick(one, by=officer, result=result, note="查阅批准文件和会议记录，与所列事项逐件对照。")
    checking.write_facts(alert, by=officer, facts=FACTS, methods=["files", "source"], no_conflict_declared=True)


def _dismiss(matter: Matter, people: People) -> None:
    reason = "核验中单位提供了事前批准文件，所列情形有正当原因，不予预警，已反馈指标改进意见。"
    given = {"closing_reason": "explained", "reason": reason}
    approval.make_move(matter.fresh(), "dismiss", by=people("zhengchuan"), given=given)


def _submit(matter: Matter, people: People) -> None:
    alert, officer = matter.fresh(), people(matter.officer)
    known = {name: found.value for name, found in queries.suggested_factors(alert).items()}
    factors = {"nature": "flaw", "amount": 0, "impact": "none"} | known
    proposal = checking.propose(alert, factors)
    wanted = [
        ("补齐所缺手续，或书面说明理由并附依据", "批准文件，或经主要负责人签字的说明"),
        ("完善内部审核，明确复核人", "印发的内部规定"),
    ]
    measures = [name for name, (colour, _word) in queries.DISPOSALS.items() if colour == proposal.colour][:1]
    checking.save_grade(
        alert,
        by=officer,
        factors=factors,
        colour=proposal.colour,
        judgement="手续不全，未见损失。",
        requirements=wanted,
        disposals=measures or list(queries.DISPOSALS)[:1],
    )
    alert = matter.fresh()
    if alert.proposed_colour in ("orange", "red"):
        if alert.second_checker_id is None:
            checking.name_second_checker(alert, _user(people, matter.second), by=officer)
        checking.give_second_opinion(
            matter.fresh(), by=people(matter.second), agrees=True, text="已复核证据和评分，同意拟定颜色。"
        )
    approval.submit(matter.fresh(), by=officer)


def _approve(matter: Matter, people: People) -> None:
    alert = matter.fresh()
    text = "事实清楚，程序完备，同意按所拟颜色和要求发出预警通知。"
    for seat in approvers.seats(alert):
        actor = _holder(seat.role, alert, people)
        if seat.decides:
            approval.make_move(matter.fresh(), "approve", by=actor, given={"reason": text})
        else:
            approval.cosign(matter.fresh(), by=actor, agrees=True, text=text)


def _holder(role: str, alert: Alert, people: People) -> Actor:
    """Who holds ``role`` for the alert's unit: of those who reach it, the one nearest to it."""
    actors = [people(user.username) for user in people.names.values()]
    fitting = [a for a in actors if a.role == role and alert.unit.path.startswith(a.unit_path)]
    return max(fitting, key=lambda a: len(a.unit_path))


def _issue(matter: Matter, people: People) -> None:
    approval.make_move(matter.fresh(), "issue", by=people(matter.officer))


def _sign(matter: Matter, people: People) -> None:
    alert = matter.fresh()
    if alert.state == "issued":  # otherwise it was deemed served by then
        approval.make_move(alert, "sign", by=people.of("unit_head", alert.unit))


def _reply(matter: Matter, people: People) -> None:
    alert = matter.fresh()
    head = people.of("unit_head", alert.unit)
    for requirement in alert.requirements.all():
        answering.answer_requirement(
            alert,
            requirement,
            by=head,
            measure="已按要求补办并归档，经办科室和复核人已明确到人。",
            responsible="办公室主任",
            status="done",
            done_on=clock.today(),
        )
    answering.write_answer(
        alert, by=head, analysis=ANALYSIS, is_promised=True, plan="一周内补齐手续，两周内修订规定，报派驻组。"
    )
    approval.make_move(matter.fresh(), "send-reply", by=head)


def _accept(matter: Matter, people: People) -> None:
    third = next(name for name in OFFICERS if name not in (matter.officer, matter.second))
    given = {"acceptor": _user(people, third)}
    approval.make_move(matter.fresh(), "assign-acceptance", by=people(matter.officer), given=given)


def _pass(matter: Matter, people: People) -> None:
    alert = matter.fresh()
    third = next(name for name in OFFICERS if name not in (matter.officer, matter.second))
    results = {one.number: (True, "已核对原件") for one in alert.requirements.all()}
    answering.record_acceptance(
        alert, by=people(third), methods=["files", "recount"], recount="重跑指标，该情形不再出现。", results=results
    )


def _release(matter: Matter, people: People) -> None:
    alert = matter.fresh()
    role = approvers.deciding_role(alert)
    reason = "整改到位，佐证齐全，经验收合格，同意解除预警并列入回头看。"
    approval.make_move(alert, "release", by=_holder(role, alert, people), given={"reason": reason})


STEPS: dict[str, Callable[[Matter, People], object]] = {
    "check": _check,
    "submit": _submit,
    "approve": _approve,
    "issue": _issue,
    "sign": _sign,
    "reply": _reply,
    "accept": _accept,
    "pass": _pass,
    "release": _release,
}
