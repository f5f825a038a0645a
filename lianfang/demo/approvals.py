"""The chapter of payment approvals: the registered flow, its log, and what is planted there."""

from __future__ import annotations

from datetime import date

from lianfang.demo.cast import Cast
from lianfang.demo.story import Story, add_working_days, at

LOG = "zjbf"
STEPS = ("申请", "部门审核", "财务复核", "单位负责人审批", "拨付")
APPROVALS = 320


def build_approvals(story: Story, cast: Cast) -> None:
    _flow_rules(story)
    for number in range(APPROVALS):
        start = story.working_day(date(2023, 2, 1), date(2024, 12, 2))
        approval(story, cast, cast.units[number % len(cast.units)], start)


def plot_approvals(story: Story, cast: Cast) -> None:
    """Deviations from the registered flow."""
    start = date(2024, 6, 3)
    applicant = cast.clerk("U04", 0)["person_id"]
    case = approval(story, cast, "U04", start, hands={"部门审核": str(applicant)})
    story.plant("FLW-001", "event", f"{LOG}/{case}", why="申请与部门审核为同一人")
    case = approval(story, cast, "U05", start, tuple(step for step in STEPS if step != "财务复核"))
    story.plant("FLW-002", "event", f"{LOG}/{case}", why="没有财务复核")
    case = approval(story, cast, "U06", start, ("申请", "部门审核", "财务复核", "拨付", "单位负责人审批"))
    story.plant("FLW-003", "event", f"{LOG}/{case}", why="先拨付,后审批")
    case = approval(story, cast, "U09", start, gap=7)
    story.plant("FLW-004", "event", f"{LOG}/{case}", why="从申请到拨付 28 个工作日,流程时限 15 个")
    case = approval(
        story, cast, "U10", start, ("申请", "部门审核", "申请", "部门审核", "财务复核", "单位负责人审批", "拨付")
    )
    story.lookalike("FLW-003", "event", f"{LOG}/{case}", why="退回补正后重新审核")


def approval(
    story: Story,
    cast: Cast,
    unit: str,
    start: date,
    steps: tuple[str, ...] = STEPS,
    gap: int | None = None,
    hands: dict[str, str] | None = None,
) -> str:
    """One run through the payment approval: each step by its own hand, ``gap`` working days apart (else 0 or 1)."""
    case_id, day = story.next_id("BK"), start
    usual = {step: str(cast.clerk(unit, number)["person_id"]) for number, step in enumerate(STEPS)}
    usual["单位负责人审批"] = str(cast.leader(unit)["person_id"])
    for number, step in enumerate(steps):
        facts = {"activity": step, "time": at(day, 9 + number, story.rng.randint(0, 59)), "unit_id": unit}
        story.add("approval_log", case_id=case_id, resource=(usual | (hands or {}))[step], **facts)
        day = add_working_days(day, story.rng.randint(0, 1) if gap is None else gap)
    return case_id


def _flow_rules(story: Story) -> None:
    """The registered flow of payment approvals, as rules over its log."""
    rules = (
        ("1", "four_eyes", "申请", "部门审核", None),
        ("2", "four_eyes", "申请", "单位负责人审批", None),
        ("3", "required_step", "财务复核", None, None),
        ("4", "order", "单位负责人审批", "拨付", None),
        ("5", "max_workdays", "申请", "拨付", 15),
    )
    for number, kind, first, second, limit in rules:
        facts = {"rule_no": number, "kind": kind, "activity_a": first, "activity_b": second, "limit_value": limit}
        story.add(
            "flow_rule", log_id=LOG, **facts, source="鄂州市财政资金拨付流程(2022版)", effective_from=date(2022, 1, 1)
        )
