"""The chapter of licences at the counter, and what is planted there."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from lianfang.demo.cast import Cast
from lianfang.demo.story import Row, Story, add_working_days, at

COUNTER = "U07"
CASES = 360
ITEMS = (  # code, name, legal days, promised days, fee allowed, nodes, least hours
    ("SX01", "食品经营许可", 20, 10, False, 4, 8),
    ("SX02", "公共场所卫生许可", 20, 9, False, 4, 8),
    ("SX03", "城镇污水排入排水管网许可", 20, 10, False, 4, 8),
    ("SX04", "临时占用绿地审批", 20, 12, False, 4, 8),
    ("SX05", "建筑垃圾处置核准", 20, 7, True, 4, 4),
    ("SX06", "道路货运经营许可", 20, 8, False, 4, 4),
)


def build_permits(story: Story, cast: Cast) -> None:
    names = ("item_code", "name", "legal_days", "promise_days", "fee_allowed", "must_nodes", "min_hours")
    for item in ITEMS:
        facts = dict(zip(names, item, strict=True))
        story.add("license_item", unit_id=COUNTER, in_catalog=True, is_instant=False, **facts)
    for number in range(CASES):
        licence(story, cast, number % len(ITEMS), story.working_day(date(2023, 1, 9), date(2024, 11, 15)))


def plot_permits(story: Story, cast: Cast) -> None:
    for plot in (_overdue, _fees, _reasons, _steps, _returned):
        plot(story, cast)


def licence(story: Story, cast: Cast, item: int, received: date, days: int | None = None, **facts: object) -> Row:
    """A case at the counter: received, accepted, four steps by different hands, decided after ``days`` working days."""
    code, _, _, promised, *_ = ITEMS[item]
    days = story.rng.randint(2, promised - 1) if days is None else days
    accepted, decided = add_working_days(received, 1), add_working_days(received, 1 + days)
    applicant = cast.firm("餐饮", 8 + story.rng.randrange(32))["company_id"]
    row: Row = {
        "case_id": story.next_id("XK"),
        "item_code": code,
        "unit_id": COUNTER,
        "applicant_id": applicant,
        "receive_time": at(received, 9, story.rng.randint(0, 59)),
        "accept_time": at(accepted, 10, story.rng.randint(0, 59)),
        "supplement_times": 0,
        "decide_time": at(decided, 15, story.rng.randint(0, 59)),
        "issue_time": at(add_working_days(decided, 1), 11),
        "special_days": 0,
        "extended": False,
        "result": "准予",
        "reason": None,
        "fee": 0,
        "online": True,
        "backfilled": False,
        "window_id": cast.clerk(COUNTER, story.rng.randrange(8))["person_id"],
    } | facts
    row = story.add("license_case", **row)
    times: list[datetime] = [
        row["accept_time"],
        row["accept_time"] + timedelta(hours=3),
        row["decide_time"],
        row["issue_time"],
    ]
    for step, (action, moment) in enumerate(zip(("受理", "审查", "决定", "送达"), times, strict=True), 1):
        handler = row["window_id"] if step in (1, 4) else cast.clerk(COUNTER, 7 + step)["person_id"]
        event = {
            "action": action,
            "handler_id": handler,
            "start_time": moment,
            "end_time": moment + timedelta(minutes=40),
        }
        story.add("license_event", case_id=row["case_id"], seq=step, node_no=step, **event)
    return row


def _overdue(story: Story, cast: Cast) -> None:
    """Decisions within the legal and the promised days; stopped clocks do not count (行政许可法 第42、45条)."""
    for days in (27, 40):
        row = licence(story, cast, 0, date(2024, 3, 4), days)
        story.plant("LIC-002", "license_case", row["case_id"], why=f"法定 20 个工作日,用了 {days} 个")
    stopped = licence(story, cast, 0, date(2024, 3, 4), 27, special_days=20)
    story.lookalike("LIC-002", "license_case", stopped["case_id"], why="其中 20 个工作日为专家评审,不计入")
    promised = licence(story, cast, 0, date(2024, 3, 5), ITEMS[0][3])
    story.lookalike("LIC-002", "license_case", promised["case_id"], why="恰在承诺的最后一天决定")


def _fees(story: Story, cast: Cast) -> None:
    row = licence(story, cast, 1, date(2024, 4, 10), fee=600)
    story.plant("LIC-005", "license_case", row["case_id"], why="不得收费的事项收费 600 元")
    row = licence(story, cast, 4, date(2024, 4, 10), fee=300)
    story.lookalike("LIC-005", "license_case", row["case_id"], why="允许收费的事项")


def _reasons(story: Story, cast: Cast) -> None:
    row = licence(story, cast, 2, date(2024, 5, 13), result="不予", reason="不符合")
    story.plant("LIC-012", "license_case", row["case_id"], why="不予许可而未说明理由")
    reason = "申请的排水口位置不符合排水专项规划第五章要求,附件三为现场勘察记录"
    row = licence(story, cast, 2, date(2024, 5, 14), result="不予", reason=reason)
    story.lookalike("LIC-012", "license_case", row["case_id"], why="不予许可并写明理由")


def _steps(story: Story, cast: Cast) -> None:
    """Acceptance within five working days, several hands, delivery within ten (行政许可法 第32、44条)."""
    late = licence(story, cast, 3, date(2024, 6, 3))
    late["receive_time"] = at(date(2024, 5, 6), 9, 30)
    story.plant("LIC-004", "license_case", late["case_id"], why="收件近一个月后才受理")
    slow = licence(story, cast, 3, date(2024, 6, 4))
    slow["issue_time"] = at(add_working_days(slow["decide_time"].date(), 18), 11)
    story.plant("LIC-013", "license_case", slow["case_id"], why="决定后 18 个工作日才送达")
    often = licence(story, cast, 3, date(2024, 6, 5), supplement_times=4)
    story.plant("LIC-003", "license_case", often["case_id"], why="要求补正 4 次")

    quick = licence(story, cast, 0, date(2024, 6, 6), 1)
    quick["decide_time"] = quick["accept_time"] + timedelta(minutes=12)
    story.plant("LIC-007", "license_case", quick["case_id"], why="合理最短 8 小时的事项 12 分钟决定")
    alone = licence(story, cast, 1, date(2024, 6, 7))
    for event in _events_of(story, alone):
        event["handler_id"] = alone["window_id"]
    story.plant("LIC-009", "license_case", alone["case_id"], why="受理、审查、决定由一人办理")
    skipped = licence(story, cast, 2, date(2024, 6, 11))
    story.tables["license_event"].remove(_events_of(story, skipped)[1])
    story.plant("LIC-006", "license_case", skipped["case_id"], why="没有审查环节即决定")


def _returned(story: Story, cast: Cast) -> None:
    """A case sent back for correction passes the review twice."""
    case = licence(story, cast, 2, date(2024, 6, 12), 8)
    events = _events_of(story, case)
    first, back = events[1], events[1]["start_time"] + timedelta(hours=2)
    again = {"action": "补正退回", "start_time": back, "end_time": back}
    renewed = {"action": "审查", "start_time": back + timedelta(days=1), "end_time": back + timedelta(days=1)}
    for event in events[2:]:
        event["seq"] += 2
    story.add("license_event", **first | {"seq": 3, "node_no": 1} | again)
    story.add("license_event", **first | {"seq": 4} | renewed)
    story.lookalike("LIC-006", "license_case", case["case_id"], why="补正退回后重新审查")


def _events_of(story: Story, case: Row) -> list[Row]:
    return [event for event in story.tables["license_event"] if event["case_id"] == case["case_id"]]
