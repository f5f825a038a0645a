"""Households of the city: their land, subsidies, pensions, insurance, homes and cars."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from lianfang.demo.ordinary.year import EVEN, Year
from lianfang.demo.story import Row

RATES = {"BTY1": ("耕地地力保护补贴", 98.6, date(2024, 5, 20)), "BTY2": ("稻谷补贴", 112.4, date(2024, 9, 11))}

RETIRED = date(1964, 1, 1)  # born before: receives a pension


def records(year: Year) -> Iterator[tuple[str, Row]]:
    for program, (name, _, _) in RATES.items():
        yield (
            "subsidy_program",
            {
                "program_id": program,
                "name": name,
                "domain": "惠农",
                "bars_fiscal": False,
                "income_tested": False,
                "basis": "亩",
                "allows_leased_land": program == "BTY2",
            },
        )
    villages = year.villages()
    for number in range(year.size.households):
        yield from _household(year, villages[number % len(villages)].code)


def _household(year: Year, village: str) -> Iterator[tuple[str, Row]]:
    rng, household = year.rng, year.number("HY")
    rural, members = rng.random() < 0.6, []
    for _ in range(rng.choices((1, 2, 3, 4, 5), (2, 4, 5, 3, 1))[0]):
        born, key, name = year.person()
        members.append((born, key))
        yield (
            "population",
            {
                "person_key": key,
                "name": name,
                "gender": "12"[int(key[16]) % 2 == 0],
                "birth_date": born,
                "household_id": household,
                "hukou_region": village,
                "hukou_since": born if rng.random() < 0.8 else min(born + timedelta(days=8_000), date(2023, 11, 6)),
                "household_kind": "家庭户",
            },
        )
    # the land's subsidy goes to somebody of the house who is alive when it is paid
    living = next((key for born, key in members if born >= RETIRED), None)
    if rural and living:
        yield from _farm(year, village, household, living)
    for born, key in members:
        if born < RETIRED:
            yield from _pension(year, key)
        elif date(1968, 1, 1) < born < date(2002, 1, 1) and rng.random() < 0.3:
            yield from _employed(year, key)
        elif date(1968, 1, 1) < born < date(2002, 1, 1) and rng.random() < 0.03:
            for month in range(1, 1 + rng.randint(2, 6)):
                row = {"person_key": key, "month": date(2024, month, 1), "amount": 1_620}
                yield "unemp_payment", row | {"unit_id": "EZ05"}
    if rng.random() < 0.35:
        yield "realty", _home(year, village, members[0][1])
    if rng.random() < 0.25:
        yield "vehicle_reg", _car(year, members[0][1])


def _farm(year: Year, village: str, household: str, key: str) -> Iterator[tuple[str, Row]]:
    area = round(year.rng.uniform(1.2, 16), 2)
    yield "land_right", {"household_id": household, "region_code": village, "area_mu": area}
    unit, account = year.township_unit(village), year.account()
    clerk = year.staff[unit][-1]["person_id"]
    for program, (_, rate, day) in RATES.items():
        claimed = area if year.rng.random() < 0.7 else round(area * year.rng.uniform(0.4, 0.98), 2)
        yield (
            "subsidy_payment",
            {
                "pay_id": year.number("BFY"),
                "program_id": program,
                "unit_id": unit,
                "region_code": village,
                "person_key": key,
                "household_id": household,
                "account_no": account,
                "account_holder_key": key,
                "collect_kind": "本人",
                "qty": claimed,
                "amount": round(claimed * rate, 2),
                "pay_kind": "正常",
                "period": "2024",
                "pay_date": day + timedelta(days=int(village[-3:]) % 3),
                "handler_id": clerk,
            },
        )


def _pension(year: Year, key: str) -> Iterator[tuple[str, Row]]:
    """Every month until the month of the death, if it comes."""
    last = 12 if year.rng.random() < 0.97 else year.rng.randint(1, 11)
    employed = year.rng.random() < 0.35
    amount = year.rng.randrange(1_700, 4_300) + 0.35 if employed else year.rng.choice((176, 186, 198, 206))
    account = year.account()
    for month in range(1, last + 1):
        yield (
            "pension_payment",
            {
                "person_key": key,
                "scheme": "企业职工" if employed else "城乡居民",
                "month": date(2024, month, 1),
                "amount": amount,
                "account_no": account,
                "unit_id": "EZ05",
            },
        )
    if last < 12:
        died = date(2024, last, year.rng.randint(2, 28))
        yield (
            "death_record",
            {
                "person_key": key,
                "death_date": died,
                "cremation_date": died + timedelta(days=3),
                "register_date": min(died + timedelta(days=year.rng.randint(4, 25)), date(2024, 12, 31)),
                "source": "公安注销",
            },
        )


def _employed(year: Year, key: str) -> Iterator[tuple[str, Row]]:
    employer, base = year.firm()["company_id"], year.rng.randrange(4_100, 11_000, 50)
    for month in range(1, 13):
        yield (
            "social_ins",
            {
                "person_key": key,
                "employer_id": employer,
                "month": date(2024, month, 1),
                "kind": "职工养老",
                "base": base,
                "insured_as": "单位参保",
            },
        )


def _home(year: Year, village: str, key: str) -> Row:
    return {
        "realty_id": year.number("FCY"),
        "owner_key": key,
        "region_code": village,
        "use_type": "住宅",
        "area_m2": round(year.rng.gauss(108, 19), 2),
        "reg_date": date(2006, 1, 1) + timedelta(days=year.rng.randrange(6_500)),
    }


def _car(year: Year, key: str) -> Row:
    return {
        "plate_hash": year.number("cheY"),
        "owner_key": key,
        "reg_date": year.working_day(EVEN) - timedelta(days=365 * year.rng.randint(0, 9)),
        "price_est": year.rng.randrange(58_000, 240_000, 1_000),
        "vclass": "小型客车",
    }
