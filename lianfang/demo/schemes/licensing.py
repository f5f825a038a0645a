"""Licences: one hand for every step, some sooner than others."""

from __future__ import annotations

from datetime import date, timedelta

from lianfang.demo.schemes.scene import Scene
from lianfang.demo.schemes.scheme import Scheme, Told, told
from lianfang.demo.story import Row, add_working_days, at

DESK = "EZ04"
ITEM = "SXX1"
STEPS = ("受理", "审查", "决定", "送达")

ONE_HAND = Scheme(
    "licence-by-one-hand",
    "行政审批",
    "受理、审查、决定一人包办,或借补正拖延、插队",
    "One person receives, examines and decides; or papers are asked for again and again, or some go first",
    "行政许可法第32条、第34条、第42条、第72条;窗口“吃拿卡要”问题通报",
    "Administrative Licensing Law, articles 32, 34, 42 and 72; published cases at service windows",
)


def _item(s: Scene) -> None:
    if ITEM not in {row["item_code"] for row in s.story.tables.get("license_item", ())}:
        s.story.add(
            "license_item",
            item_code=ITEM,
            unit_id=DESK,
            name="临时用地审批",
            legal_days=20,
            promise_days=12,
            is_instant=False,
            fee_allowed=False,
            in_catalog=True,
            must_nodes=4,
            min_hours=6,
        )


def _case(s: Scene, day: date, handlers: list[str], gaps: list[float], **over: object) -> Row:
    """A case whose four steps follow each other after so many hours of working days."""
    _item(s)
    moment = at(day, 9, s.rng.randint(0, 40))
    row = {
        "case_id": s.story.next_id("XKX"),
        "item_code": ITEM,
        "unit_id": DESK,
        "applicant_id": s.firm("置业", industry="K7010")["company_id"],
        "receive_time": moment,
        "accept_time": moment + timedelta(minutes=20),
        "supplement_times": 0,
        "special_days": 0,
        "extended": False,
        "result": "准予",
        "fee": 0,
        "online": False,
        "backfilled": False,
        "window_id": handlers[0],
    }
    case = s.story.add("license_case", **(row | over))
    for number, (action, handler, gap) in enumerate(zip(STEPS, handlers, gaps, strict=True), 1):
        end = moment + timedelta(hours=gap)
        s.story.add(
            "license_event",
            case_id=case["case_id"],
            seq=number,
            node_no=number,
            action=action,
            handler_id=handler,
            start_time=moment,
            end_time=end,
        )
        moment = end
        if action == "决定":
            case["decide_time"] = end
    case["issue_time"] = moment
    return case


def _staff(s: Scene) -> list[str]:
    return [s.clerk(DESK, n)["person_id"] for n in (1, 2, 3)] + [s.head(DESK)["person_id"]]


@ONE_HAND.tells("plain", "四个环节同一人,四十分钟办结", "four steps by one person in forty minutes")
def _forty_minutes(s: Scene) -> Told:
    clerk = s.clerk(DESK)["person_id"]
    case = _case(s, date(2024, 4, 16), [clerk] * 4, [0.1, 0.2, 0.2, 0.1])
    return told(DESK, license_case=case)


@ONE_HAND.tells(
    "disguised",
    "用两个账号交替,事后补录,三分钟一步",
    "two accounts in turn, entered afterwards, three minutes a step",
)
def _two_accounts(s: Scene) -> Told:
    one, two, *_ = _staff(s)
    case = _case(s, date(2024, 6, 12), [one, two, one, two], [0.05, 0.05, 0.05, 0.05], backfilled=True)
    return told(DESK, license_case=case)


@ONE_HAND.tells(
    "evasive",
    "对不找中介的申请反复要求补正拖过三个月,找中介的次日办结;办理人都不同",
    "without an agent papers are mended for three months, with one it takes a day; other hands each time",
)
def _with_an_agent(s: Scene) -> Told:
    staff = _staff(s)
    slow = [
        _case(
            s,
            date(2024, 3, 5) + timedelta(days=21 * n),
            staff,
            [24, 1_900, 120, 24],
            supplement_times=3,
            first_supplement_time=at(date(2024, 3, 8) + timedelta(days=21 * n), 16),
        )
        for n in range(3)
    ]
    quick = [_case(s, date(2024, 5, 7) + timedelta(days=21 * n), staff, [1, 5, 22, 1]) for n in range(2)]
    return told(DESK, license_case=[*slow, *quick])


@ONE_HAND.tells(
    "innocent",
    "补正一次后按期办结;系统故障一天的纸质办理按规定补录",
    "papers mended once, done in time; a day of paper entered later as the rule says",
)
def _mended_once(s: Scene) -> Told:
    staff = _staff(s)
    day = date(2024, 7, 9)
    mended = _case(
        s, day, staff, [4, 96, 48, 6], supplement_times=1, first_supplement_time=at(add_working_days(day, 1), 10)
    )
    paper = _case(s, date(2024, 8, 14), staff, [3, 72, 24, 5], backfilled=True)
    return told(DESK, license_case=[mended, paper])
