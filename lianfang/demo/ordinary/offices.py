"""Offices at work: budgets, pay, journeys, cars, premises, meetings, tasks and replies."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from lianfang.demo.ordinary.year import BUILDING, EVEN, LAST, PAYING, Year
from lianfang.demo.story import Row, add_working_days, at, next_working_day

CITIES = ("武汉市", "黄石市", "黄冈市", "咸宁市", "孝感市", "宜昌市", "襄阳市")
BUDGET = (("公务接待", 40_000), ("公车", 90_000), ("会议", 60_000), ("培训", 70_000), ("项目", 2_400_000))


def records(year: Year) -> Iterator[tuple[str, Row]]:
    paid = {row["person_id"] for row in year.story.tables.get("payroll", ())}
    for unit in year.units:
        people, known = year.staff[unit["unit_id"]], unit["unit_id"].startswith("U")
        yield from _budget(year, unit["unit_id"])
        yield from _premises(year, unit["unit_id"])
        yield from _decisions(year, unit["unit_id"], people)
        for person in people if year.size.name != "tiny" else people[:6]:
            if person["person_id"] not in paid:
                yield from _pay(year, person)
        if not known and unit["unit_type"] != "村居":
            yield from _journeys(year, unit["unit_id"], people)
            yield from _car(year, unit["unit_id"], people)
            yield from _tasks(year, unit["unit_id"])
        yield from _openness(year, unit["unit_id"])
        if unit["admin_level"] == "市直":
            yield from _audited(year, unit["unit_id"])
    yield from _allocated(year)
    yield from _sold(year)


def _audited(year: Year, unit: str) -> Iterator[tuple[str, Row]]:
    found = year.working_day()
    fixed = found + timedelta(days=year.rng.randint(30, 58))
    yield (
        "audit_finding",
        {
            "finding_id": year.number("SJY"),
            "unit_id": unit,
            "amount": year.amount(20_000, 900_000),
            "found_date": found,
            "due_date": found + timedelta(days=60),
            "fixed_date": fixed if fixed <= LAST else None,
        },
    )
    row = {
        "recruit_id": year.number("ZLK"),
        "unit_id": unit,
        "post_name": "综合岗",
        "applicants": year.rng.randint(9, 80),
    }
    yield "recruit", row | {"hired_key": year.person()[1], "limits_cnt": year.rng.randint(0, 2), "publicity_days": 7}


def _allocated(year: Year) -> Iterator[tuple[str, Row]]:
    """Earmarked money from the city's treasury to the districts and townships, passed on within the month."""
    for unit in year.new_units():
        if unit["unit_type"] not in ("乡镇", "街道") and unit["admin_level"] != "区":
            continue
        given, amount = year.working_day(BUILDING), year.amount(200_000, 4_000_000)
        passed = add_working_days(given, year.rng.randint(4, 13))
        is_late = passed > LAST
        yield (
            "fund_alloc",
            {
                "alloc_id": year.number("ZXY"),
                "program_id": year.rng.choice(("BTY1", "BTY2")),
                "from_unit_id": "EZ02",
                "to_unit_id": unit["unit_id"],
                "amount": amount,
                "alloc_date": given,
                "pay_due": given + timedelta(days=30),
                "paid_out": None if is_late else amount,
                "last_pay_date": None if is_late else passed,
            },
        )


def _sold(year: Year) -> Iterator[tuple[str, Row]]:
    """Old cars and equipment, assessed, listed on the trading platform and sold above the listed price."""
    for _ in range(6 * year.size.intensity):
        value, listed = year.amount(60_000, 3_000_000), date(2024, year.rng.randint(1, 9), year.rng.randint(4, 24))
        sold = next_working_day(listed + timedelta(days=35))
        price = round(value * year.rng.uniform(1.01, 1.18), 2)
        yield (
            "property_deal",
            {
                "deal_id": year.number("CQY"),
                "unit_id": "EZ13",
                "asset_kind": "实物",
                "book_value": round(value * 0.92, 2),
                "appraisal_value": value,
                "appraisal_base_date": listed - timedelta(days=70),
                "approve_no": year.number("国资批"),
                "list_price": value,
                "list_round": 1,
                "list_start": listed,
                "list_end": listed + timedelta(days=28),
                "platform": "鄂州示例产权交易平台",
                "mode": "竞价",
                "bidders": year.rng.randint(2, 9),
                "buyer_key": year.firm()["company_id"],
                "deal_price": price,
                "deal_date": sold,
                "paid_amount": price,
                "paid_date": add_working_days(sold, 3),
            },
        )


def _budget(year: Year, unit: str) -> Iterator[tuple[str, Row]]:
    for category, amount in BUDGET:
        planned = round(amount * year.rng.uniform(0.5, 1.6), -2)
        row = {"budget_item_code": year.number("YSY"), "unit_id": unit, "year": 2024, "category": category}
        yield (
            "budget_item",
            row | {"amount": planned, "adjusted": planned if year.rng.random() < 0.8 else planned * 0.92},
        )


def _premises(year: Year, unit: str) -> Iterator[tuple[str, Row]]:
    for _ in range(year.rng.randint(1, 3)):
        bought = date(2006, 1, 1) + timedelta(days=year.rng.randrange(6_400))
        asset = {
            "asset_id": year.number("ZCY"),
            "unit_id": unit,
            "name": year.rng.choice(("办公楼", "车库", "临街门面", "会议系统", "服务器")),
            "orig_value": year.amount(30_000, 9_000_000),
            "acquired_date": bought,
            "in_ledger": True,
            "is_under_construction": False,
        }
        yield "asset", asset
        if asset["name"] == "临街门面":
            rent = year.amount(24_000, 180_000)
            yield "asset_lease", _lease(year, unit, asset["asset_id"], rent)


def _lease(year: Year, unit: str, asset: str, rent: float) -> Row:
    return {
        "lease_id": year.number("ZLY"),
        "unit_id": unit,
        "asset_id": asset,
        "lessee_key": year.firm()["company_id"],
        "start_date": date(2024, year.rng.randint(1, 3), 1),
        "end_date": date(2026, 12, 31),
        "mode": "公开招租",
        "annual_rent": rent,
        "market_rent": round(rent * year.rng.uniform(0.93, 1.06), 2),
        "due_rent": rent,
        "paid_rent": rent,
        "income_turned_in": rent,
    }


def _decisions(year: Year, unit: str, people: list[Row]) -> Iterator[tuple[str, Row]]:
    for _ in range(2 if len(people) < 8 else 5):
        should = max(5, min(11, len(people)))
        came = should - year.rng.choice((0, 0, 1))
        yield (
            "decision",
            {
                "decision_id": year.number("JCY"),
                "unit_id": unit,
                "kind": year.rng.choice(("重大决策", "重大项目", "大额资金")),
                "amount": year.amount(300_000, 6_000_000),
                "meeting_date": year.working_day(),
                "should_attend": should,
                "attended": came,
                "agree": came,
                "leader_last": True,
            },
        )


def _pay(year: Year, person: Row) -> Iterator[tuple[str, Row]]:
    base = 4_200 + 310 * int(person["rank_order"] or 1) + year.rng.randrange(0, 600, 10)
    for month in range(1, 13):
        yield (
            "payroll",
            {
                "person_id": person["person_id"],
                "unit_id": person["unit_id"],
                "month": date(2024, month, 1),
                "item": "基本工资",
                "amount": base,
                "approved": True,
            },
        )


def _journeys(year: Year, unit: str, people: list[Row]) -> Iterator[tuple[str, Row]]:
    for _ in range((3 + len(people) // 2) * max(1, year.size.intensity // 4)):
        person, start = year.rng.choice(people), year.working_day()
        end = start + timedelta(days=year.rng.choice((0, 1, 1, 2)))
        claimed = add_working_days(end, year.rng.randint(2, 18))
        if claimed > LAST:
            continue
        nights = (end - start).days
        standard = 180 * (nights + 1) + 380 * nights + 160
        amount = round(standard * year.rng.uniform(0.55, 0.98), 2)
        yield (
            "expense_claim",
            {
                "claim_id": year.number("BXY"),
                "unit_id": unit,
                "person_id": person["person_id"],
                "kind": "差旅",
                "start_date": start,
                "end_date": end,
                "city": year.rng.choice(CITIES),
                "amount": amount,
                "std_amount": standard,
                "invoice_no": f"2442{year.rng.randrange(10**16):016d}",
                "invoice_amount": amount,
                "invoice_date": end,
                "seller_name": year.rng.choice(("示例宾馆", "示例酒店", "示例客运站", "示例铁路")),
                "pay_method": "公务卡",
                "approver_id": people[0 if person is not people[0] else -1]["person_id"],
                "claim_date": claimed,
                "on_duty": True,
            },
        )


def _car(year: Year, unit: str, people: list[Row]) -> Iterator[tuple[str, Row]]:
    vehicle = {"vehicle_id": year.number("GCY"), "unit_id": unit, "vclass": "一般公务", "tank_l": 60, "std_l100": 8.5}
    yield "official_vehicle", vehicle
    for month in range(1, 13):
        driven = 0.0
        for _ in range(3):
            start = next_working_day(date(2024, month, year.rng.randint(1, 24)))
            kilometres = round(year.rng.uniform(24, 190), 1)
            driven += kilometres
            yield "vehicle_trip", _trip(year, vehicle["vehicle_id"], people, start, kilometres)
        litres = round(min(52.0, driven * 0.085 * year.rng.uniform(0.9, 1.08)), 2)
        filled = next_working_day(date(2024, month, 25))
        yield (
            "fuel_record",
            {
                "fuel_id": year.number("JYY"),
                "vehicle_id": vehicle["vehicle_id"],
                "fuel_time": at(min(filled, LAST), year.rng.randint(9, 16), year.rng.randint(0, 59)),
                "liters": litres,
                "amount": round(litres * (7.6 + 0.1 * (month % 5)), 2),
                "fuel_kind": "92",
            },
        )
    for month in (4, 10):
        yield (
            "vehicle_maint",
            {
                "maint_id": year.number("WXY"),
                "vehicle_id": vehicle["vehicle_id"],
                "maint_date": next_working_day(date(2024, month, year.rng.randint(5, 25))),
                "amount": year.amount(480, 3_600),
                "shop_id": year.firm()["company_id"],
            },
        )


def _trip(year: Year, vehicle: str, people: list[Row], day: date, kilometres: float) -> Row:
    return {
        "trip_id": year.number("CCY"),
        "vehicle_id": vehicle,
        "apply_no": year.number("YCY"),
        "apply_status": "有",
        "user_id": year.rng.choice(people)["person_id"],
        "start_time": at(day, year.rng.randint(8, 10), year.rng.randint(0, 59)),
        "end_time": at(day, year.rng.randint(14, 17), year.rng.randint(0, 59)),
        "km": kilometres,
        "out_area": False,
    }


def _tasks(year: Year, unit: str) -> Iterator[tuple[str, Row]]:
    for _ in range(2 * max(1, year.size.intensity // 4)):
        given = year.working_day()
        due = given + timedelta(days=45)
        done = next_working_day(given + timedelta(days=year.rng.randint(9, 30)))
        yield (
            "supervise_task",
            {
                "task_id": year.number("DBY"),
                "unit_id": unit,
                "assigned_date": given,
                "due_date": due,
                "done_date": done if done <= LAST else None,
            },
        )
        yield "complaint", _complaint(year, unit)


def _complaint(year: Year, unit: str) -> Row:
    day = year.working_day(EVEN)
    answered = add_working_days(day, year.rng.randint(1, 8))
    closed = at(answered, 16, year.rng.randint(0, 50)) if answered <= LAST else None
    return {
        "complaint_id": year.number("TSY"),
        "channel": year.rng.choice(("12345", "12345", "网络", "信访")),
        "unit_id": unit,
        "topic": year.rng.choice(("推诿拖延", "态度", "其他", "其他")),
        "receive_time": at(day, year.rng.randint(8, 17), year.rng.randint(0, 59)),
        "due_time": at(add_working_days(day, 10), 18),
        "reply_time": closed,
        "close_time": closed,
        "solved": None if closed is None else year.rng.random() < 0.93,
        "satisfied": None if closed is None else year.rng.random() < 0.88,
    }


def _openness(year: Year, unit: str) -> Iterator[tuple[str, Row]]:
    for _ in range(2):
        formed = year.working_day(PAYING)
        published = add_working_days(formed, year.rng.randint(2, 14))
        yield (
            "info_disclosure",
            {
                "info_id": year.number("GKY"),
                "unit_id": unit,
                "formed_date": formed,
                "publish_date": published if published <= LAST else None,
                "extended": False,
                "kind": "主动",
            },
        )
