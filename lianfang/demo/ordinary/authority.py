"""Licences issued and breaches punished, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from lianfang.demo.ordinary.year import LAST, Year
from lianfang.demo.story import Row, add_working_days, at, next_working_day

ITEMS = (("SXY1", "建设用地规划许可", 20, 10), ("SXY2", "排水许可", 20, 12), ("SXY3", "道路占用许可", 15, 8))
STEPS = ("受理", "审查", "决定", "送达")
DESKS = ("EZ04", "EZ08", "EZ11")
CLAUSES = ("CFY1", "CFY2")
GRADES = (("从轻", 2_000, 6_000), ("一般", 6_000, 14_000), ("从重", 14_000, 20_000))
PUNISHING = ("EZ07", "EZ08", "EZ11")


def records(year: Year) -> Iterator[tuple[str, Row]]:
    for (code, name, legal, promised), desk in zip(ITEMS, DESKS, strict=True):
        row = {"item_code": code, "unit_id": desk, "name": name, "legal_days": legal, "promise_days": promised}
        yield (
            "license_item",
            row | {"is_instant": False, "fee_allowed": False, "in_catalog": True, "must_nodes": 4, "min_hours": 4},
        )
        for _ in range(60 * year.size.intensity**2):
            yield from _case(year, code, desk, promised)
    for clause in CLAUSES:
        for grade, low, high in GRADES:
            row = {"clause_code": clause, "grade": grade, "effective_from": date(2021, 7, 15)}
            yield "discretion_rule", row | {"fine_min": low, "fine_max": high, "source_doc": "鄂州市裁量基准(2021版)"}
    for unit in PUNISHING:
        for _ in range(25 * year.size.intensity):
            yield "penalty_case", _penalty(year, unit)
        row = {"unit_id": unit, "year": 2024, "turned_in": 350_000 * year.size.intensity, "returned": 0}
        yield "fine_return", row


def _case(year: Year, item: str, desk: str, promised: int) -> Iterator[tuple[str, Row]]:
    """Four steps by four people within the days that were promised."""
    case, day = year.number("XKY"), year.working_day()
    people = year.rng.sample(year.staff[desk], min(4, len(year.staff[desk])))
    offsets = sorted((0, year.rng.randint(1, 3), year.rng.randint(3, promised - 2), promised - 1))
    days = [add_working_days(day, offset) if offset else day for offset in offsets]
    if days[-1] > LAST:
        return
    moments = [at(one, year.rng.randint(9, 15), year.rng.randint(0, 59)) for one in days]
    yield (
        "license_case",
        {
            "case_id": case,
            "item_code": item,
            "unit_id": desk,
            "applicant_id": year.firm()["company_id"],
            "receive_time": moments[0] - timedelta(minutes=30),
            "accept_time": moments[0],
            "supplement_times": 0,
            "decide_time": moments[2] + timedelta(minutes=40),
            "issue_time": moments[3],
            "special_days": 0,
            "extended": False,
            "result": "准予",
            "fee": 0,
            "online": year.rng.random() < 0.7,
            "backfilled": False,
            "window_id": people[0]["person_id"],
        },
    )
    for number, (action, moment) in enumerate(zip(STEPS, moments, strict=True), 1):
        yield (
            "license_event",
            {
                "case_id": case,
                "seq": number,
                "node_no": number,
                "action": action,
                "handler_id": people[(number - 1) % len(people)]["person_id"],
                "start_time": moment,
                "end_time": moment + timedelta(minutes=40),
            },
        )


def _penalty(year: Year, unit: str) -> Row:
    filed = next_working_day(date(2024, 1, 3) + timedelta(days=year.rng.randrange(250)))
    decided = next_working_day(filed + timedelta(days=year.rng.randint(25, 70)))
    grade, low, high = year.rng.choices(GRADES, (3, 6, 1))[0]
    fine = float(year.rng.randrange(low + 200, high, 100))
    people = year.rng.sample(year.staff[unit], 2)
    return {
        "case_id": year.number("CAY"),
        "unit_id": unit,
        "clause_code": year.rng.choice(CLAUSES),
        "party_id": year.firm()["company_id"],
        "filing_date": filed,
        "legal_review_date": decided - timedelta(days=7),
        "collective_date": decided - timedelta(days=4) if grade == "从重" else None,
        "hearing_told_date": decided - timedelta(days=14) if grade == "从重" else None,
        "decision_date": decided,
        "deliver_date": next_working_day(decided + timedelta(days=year.rng.randint(1, 4))),
        "fine": fine,
        "confiscated": 0,
        "grade": grade,
        "mitigated": False,
        "is_major": grade == "从重",
        "has_social_impact": False,
        "need_hearing": grade == "从重",
        "simple_proc": False,
        "officer1_id": people[0]["person_id"],
        "officer2_id": people[1]["person_id"],
        "collect_mode": "银行电子",
        "paid_amount": fine,
        "paid_date": next_working_day(decided + timedelta(days=year.rng.randint(4, 12))),
        "pay_due": next_working_day(decided + timedelta(days=18)),
        "outcome": "处罚",
        "publish_date": add_working_days(decided, year.rng.randint(2, 6)),
        "reversed": False,
    }
