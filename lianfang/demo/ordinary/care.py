"""Hospitals and schools: visits settled, fees collected, meals bought."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from lianfang.demo.ordinary.year import FIRST, Year
from lianfang.demo.story import Row, at, next_working_day

DRUGS = (("床位费", 42.0), ("血常规", 22.0), ("头孢呋辛", 31.6), ("静脉输液", 9.5), ("心电图", 28.0), ("布洛芬", 14.2))
FOODS = (("大米", 5.1), ("猪肉", 25.4), ("鸡蛋", 9.6), ("青菜", 4.3), ("食用油", 11.8))


def records(year: Year) -> Iterator[tuple[str, Row]]:
    for item, price in DRUGS:
        row = {"item_code": item, "gender_limit": None, "max_per_day": 6 if price < 40 else 1}
        yield "med_rule", row | {"exclusive_code": None, "is_drug": item in ("头孢呋辛", "布洛芬")}
    for unit in year.units:
        if unit["unit_type"] == "医院":
            yield from _hospital(year, unit)
        elif unit["unit_type"] == "学校":
            yield from _school(year, unit)


def _hospital(year: Year, unit: Row) -> Iterator[tuple[str, Row]]:
    org = f"HY{unit['unit_id']}"
    row = {
        "org_id": org,
        "unit_id": unit["unit_id"],
        "name": unit["name"],
        "beds": 40 + 10 * len(year.staff[unit["unit_id"]]),
    }
    yield "med_org", row | {"kind": "医院"}
    doctors = [year.person()[1] for _ in range(6)]
    for _ in range(60 if year.size.name == "tiny" else 900 if year.size.name == "district" else 3_000):
        yield from _visit(year, org, doctors, year.rng.choice(year.staff[unit["unit_id"]])["person_id"])


def _visit(year: Year, org: str, doctors: list[str], operator: str) -> Iterator[tuple[str, Row]]:
    rng, claim = year.rng, year.number("YBY")
    stay = rng.randint(3, 11) if rng.random() < 0.3 else 0
    day = FIRST + timedelta(days=rng.randrange(350))
    out = day + timedelta(days=stay)
    items = rng.sample(DRUGS[1:], rng.randint(2, 3)) + ([DRUGS[0]] if stay else [])
    lines, total = [], 0.0
    for number, (item, price) in enumerate(items, 1):
        qty = stay if item == "床位费" else rng.randint(1, 3)
        total += round(qty * price, 2)
        lines.append(
            {
                "claim_id": claim,
                "line_no": number,
                "item_code": item,
                "qty": qty,
                "amount": round(qty * price, 2),
                "service_time": at(day, 11),
            }
        )
    yield (
        "med_claim",
        {
            "claim_id": claim,
            "person_key": year.person()[1],
            "org_id": org,
            "doctor_key": rng.choice(doctors),
            "visit_type": "住院" if stay else "门诊",
            "admit_time": at(day, rng.randint(8, 10), rng.randint(0, 59)),
            "discharge_time": at(out, 15, rng.randint(0, 59)) if stay else None,
            "settle_time": at(out, 16, rng.randint(0, 59)),
            "diag_code": rng.choice(("J06.900", "I10.x00", "E11.900", "K29.500", "M54.500")),
            "cc_level": "NONE",
            "transfer": False,
            "total_fee": round(total, 2),
            "fund_pay": round(total * 0.7, 2),
            "operator_id": operator,
        },
    )
    for line in lines:
        yield "med_item", line


def _school(year: Year, unit: Row) -> Iterator[tuple[str, Row]]:
    pupils = 60 * (1 if year.size.name == "tiny" else 4)
    for _ in range(pupils):
        key = year.person()[1]
        yield (
            "student",
            {"student_key": key, "unit_id": unit["unit_id"], "enroll_date": date(2022, 9, 1), "leave_date": None},
        )
        yield (
            "school_fee",
            {
                "fee_id": year.number("SFY"),
                "unit_id": unit["unit_id"],
                "student_key": key,
                "item": "作业本费",
                "amount": 38,
                "approved_std": 38,
                "approved_std_status": "有",
                "fee_date": date(2024, 9, 2) + timedelta(days=year.rng.randint(0, 4)),
            },
        )
    for month in (1, 2):
        yield "canteen_month", _canteen(year, unit["unit_id"], month, pupils)
        for item, price in FOODS:
            yield "canteen_buy", _food(year, unit["unit_id"], month, item, price, pupils)


def _canteen(year: Year, unit: str, month: int, pupils: int) -> Row:
    meals = pupils * 20 - year.rng.randint(0, 30)
    income = meals * 11
    return {
        "unit_id": unit,
        "month": date(2024, month, 1),
        "income": income,
        "food_cost": round(income * year.rng.uniform(0.78, 0.83), 2),
        "other_cost": round(income * 0.16, 2),
        "meals_claimed": meals,
        "meals_actual": meals,
    }


def _food(year: Year, unit: str, month: int, item: str, price: float, pupils: int) -> Row:
    return {
        "buy_id": year.number("STY"),
        "unit_id": unit,
        "buy_date": next_working_day(date(2024, month, year.rng.randint(2, 25))),
        "item_code": item,
        "qty": round(pupils * year.rng.uniform(1.5, 3), 1),
        "unit_price": round(price * year.rng.uniform(0.96, 1.05), 2),
        "supplier_id": year.firm()["company_id"],
        "unified_delivery": True,
    }
