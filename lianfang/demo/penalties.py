"""The chapter of administrative penalties, and what is planted there."""

from __future__ import annotations

from datetime import date, timedelta

from lianfang.demo.cast import Cast
from lianfang.demo.story import Row, Story, add_working_days

MARKET = "U08"
PENALTIES = 320
CLAUSES = (("CF01", 2_000, 10_000), ("CF02", 5_000, 30_000), ("CF03", 10_000, 50_000), ("CF04", 1_000, 5_000))
GRADES = {"从轻": (0.0, 0.3), "一般": (0.3, 0.7), "从重": (0.7, 1.0)}


def build_penalties(story: Story, cast: Cast) -> None:
    for clause, low, high in CLAUSES:
        for grade, (start, end) in GRADES.items():
            facts = {"clause_code": clause, "grade": grade, "effective_from": date(2021, 7, 15)}
            limits = {"fine_min": low + (high - low) * start, "fine_max": low + (high - low) * end}
            story.add("discretion_rule", **facts, **limits, source_doc="鄂州市裁量基准(2021版)")
    for _ in range(PENALTIES):
        penalty(story, cast, story.working_day(date(2022, 1, 10), date(2024, 9, 20)))


def plot_penalties(story: Story, cast: Cast) -> None:
    for plot in (_slow_penalties, _fines, _hearings, _officers):
        plot(story, cast)


def penalty(story: Story, cast: Cast, filed: date, **facts: object) -> Row:
    """A penalty case of the market bureau: two officers, review where it is major, fine within the range."""
    clause, low, high = story.rng.choice(CLAUSES)
    grade = story.rng.choice(list(GRADES))
    start, end = GRADES[grade]
    fine = round(low + (high - low) * story.rng.uniform(start, end), -2)
    fine = min(max(fine, low + (high - low) * start), low + (high - low) * end)
    decided = add_working_days(filed, story.rng.randint(20, 55))
    major = fine >= 20_000
    row: Row = {
        "case_id": story.next_id("CA"),
        "unit_id": MARKET,
        "clause_code": clause,
        "party_id": cast.firm("餐饮", 8 + story.rng.randrange(32))["company_id"],
        "filing_date": filed,
        "legal_review_date": decided - timedelta(days=9) if major else None,
        "collective_date": decided - timedelta(days=6) if major else None,
        "hearing_told_date": decided - timedelta(days=20) if major else None,
        "decision_date": decided,
        "deliver_date": add_working_days(decided, 3),
        "fine": fine,
        "confiscated": 0,
        "grade": grade,
        "is_major": major,
        "has_social_impact": True,
        "need_hearing": major,
        "simple_proc": False,
        "officer1_id": cast.clerk(MARKET, story.rng.randrange(5))["person_id"],
        "officer2_id": cast.clerk(MARKET, 5 + story.rng.randrange(5))["person_id"],
        "collect_mode": "银行电子",
        "paid_amount": fine,
        "paid_date": add_working_days(decided, 9),
        "outcome": "处罚",
        "publish_date": add_working_days(decided, 4),
        "reversed": False,
    }
    return story.add("penalty_case", **row | facts)


def _slow_penalties(story: Story, cast: Cast) -> None:
    """Ninety days from filing to decision since 2021-07-15 (行政处罚法 第60条)."""
    filed = date(2024, 1, 15)
    row = penalty(
        story,
        cast,
        filed,
        decision_date=filed + timedelta(days=170),
        deliver_date=filed + timedelta(days=174),
        publish_date=filed + timedelta(days=176),
    )
    story.plant("LAW-001", "penalty_case", row["case_id"], why="立案到决定 170 天")
    last = filed + timedelta(days=90)
    row = penalty(
        story,
        cast,
        filed,
        decision_date=last,
        deliver_date=last + timedelta(days=3),
        publish_date=last + timedelta(days=4),
    )
    story.lookalike("LAW-001", "penalty_case", row["case_id"], why="第 90 天决定")
    old = date(2020, 9, 7)
    decided = old + timedelta(days=150)
    row = penalty(
        story,
        cast,
        old,
        decision_date=decided,
        deliver_date=decided + timedelta(days=3),
        publish_date=decided + timedelta(days=4),
    )
    row.update(paid_date=decided + timedelta(days=9))
    story.lookalike("LAW-001", "penalty_case", row["case_id"], why="新法施行前立案并决定,当时没有 90 日的规定")


def _fines(story: Story, cast: Cast) -> None:
    """Fines lie within the range of the grade unless mitigated with a collective discussion."""
    plain = {"clause_code": "CF02", "grade": "一般", "is_major": False, "need_hearing": False}
    row = penalty(story, cast, date(2024, 2, 19), **plain, fine=2_000, paid_amount=2_000)
    story.plant("LAW-002", "penalty_case", row["case_id"], why="一般档下限 12500 元,罚款 2000 元")
    row = penalty(story, cast, date(2024, 2, 19), **plain, fine=29_000, paid_amount=29_000)
    story.plant("LAW-002", "penalty_case", row["case_id"], why="一般档上限 22500 元,罚款 29000 元")
    row = penalty(story, cast, date(2024, 2, 20), **plain, fine=12_500, paid_amount=12_500)
    story.lookalike("LAW-002", "penalty_case", row["case_id"], why="恰为一般档下限")
    row = penalty(story, cast, date(2024, 2, 20), **plain, fine=4_000, paid_amount=4_000, mitigated=True)
    story.lookalike("LAW-002", "penalty_case", row["case_id"], why="经集体讨论依法减轻")


def _hearings(story: Story, cast: Cast) -> None:
    """Where a hearing is due the party is told before the decision (行政处罚法 第63条)."""
    major = {
        "clause_code": "CF03",
        "grade": "从重",
        "fine": 45_000,
        "paid_amount": 45_000,
        "is_major": True,
        "need_hearing": True,
    }
    told = {
        "legal_review_date": date(2024, 4, 22),
        "collective_date": date(2024, 4, 25),
        "decision_date": date(2024, 4, 29),
    }
    dates = {"deliver_date": date(2024, 5, 6), "paid_date": date(2024, 5, 10), "publish_date": date(2024, 5, 8)}
    row = penalty(
        story, cast, date(2024, 3, 4), **major, **told, **dates, hearing_told_date=None, hearing_told_status="无"
    )
    story.plant("LAW-005", "penalty_case", row["case_id"], why="属听证范围,登记为未告知")
    row = penalty(story, cast, date(2024, 3, 4), **major, **told, **dates, hearing_told_date=date(2024, 4, 9))
    story.lookalike("LAW-005", "penalty_case", row["case_id"], why="决定前十三个工作日已告知")


def _officers(story: Story, cast: Cast) -> None:
    """Two officers act, and a major case is reviewed and discussed (行政处罚法 第42、57、58条)."""
    alone = {"officer2_id": None, "officer2_id_status": "无"}
    row = penalty(story, cast, date(2024, 5, 13), **alone)
    story.plant("LAW-007", "penalty_case", row["case_id"], why="登记为只有一名执法人员")
    row = penalty(story, cast, date(2024, 5, 13), **alone, off_site=True)
    story.lookalike("LAW-007", "penalty_case", row["case_id"], why="非现场电子执法")
    major = {"clause_code": "CF03", "grade": "从重", "fine": 48_000, "paid_amount": 48_000, "is_major": True}
    days = {"decision_date": date(2024, 6, 28), "deliver_date": date(2024, 7, 2), "publish_date": date(2024, 7, 4)}
    facts = major | days | {"need_hearing": False, "legal_review_date": None, "paid_date": date(2024, 7, 8)}
    row = penalty(story, cast, date(2024, 5, 14), **facts, legal_review_status="无", collective_date=date(2024, 6, 20))
    story.plant("LAW-004", "penalty_case", row["case_id"], why="重大案件登记为未经法制审核")
    row = penalty(story, cast, date(2024, 5, 14), **facts, collective_date=date(2024, 6, 20))
    story.lookalike("LAW-004", "penalty_case", row["case_id"], why="审核一栏空白,未登记不等于没有")
