"""Villages: who leads them, what came in and went out, what they let and what they published."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from lianfang.demo.ordinary.year import PAYING, Year
from lianfang.demo.story import Row

ROLES = ("村党组织书记", "村委会副主任", "村报账员")
SPENDING = (("其他", 300, 4_000), ("务工", 400, 3_500), ("采购", 600, 9_000), ("工程", 4_000, 90_000))


def records(year: Year) -> Iterator[tuple[str, Row]]:
    for village in year.villages():
        unit, code = year.township_unit(village.code), village.code
        for role in ROLES:
            _, key, _ = year.person()
            row = {"person_id": year.number("CGY"), "person_key": key, "village_id": code, "role": role}
            yield "village_cadre", row | {"since_date": date(2021, 1, 12), "until_date": None}
        account = {"account_no": year.account(), "village_id": code, "unit_id": unit, "holder_kind": "集体"}
        yield "village_account", account
        lease = _lease(year, unit, code)
        yield "village_contract", lease
        yield "village_txn", _income(year, unit, code, lease)
        for _ in range(8 if year.size.name == "tiny" else 60):
            yield "village_txn", _spent(year, unit, code)
        for month in (3, 6, 9, 12):
            yield "village_publicity", _published(year, unit, code, month)


def _lease(year: Year, unit: str, village: str) -> Row:
    rent = round(year.amount(9_000, 160_000), -2)
    return {
        "vc_id": year.number("CHY"),
        "village_id": village,
        "unit_id": unit,
        "kind": "资源发包",
        "is_household_contracting": False,
        "party_key": year.firm()["company_id"],
        "sign_date": date(2024, 1, 9) + timedelta(days=year.rng.randint(0, 20)),
        "start_date": date(2024, 2, 1),
        "end_date": date(2029, 1, 31),
        "amount": rent * 5,
        "area_mu": round(rent / year.rng.uniform(520, 760), 1),
        "annual_rent": rent,
        "ref_rent": round(rent * year.rng.uniform(0.92, 1.04), 2),
        "mode": "公开交易",
        "vote_body": "村民代表会议",
        "vote_date": date(2023, 12, 18),
        "vote_ratio": round(year.rng.uniform(0.72, 0.98), 2),
        "due_rent": rent,
        "paid_rent": rent,
    }


def _income(year: Year, unit: str, village: str, lease: Row) -> Row:
    row = _spent(year, unit, village)
    return row | {
        "direction": "收",
        "category": "租金",
        "amount": lease["annual_rent"],
        "method": "转账",
        "payee_key": lease["party_key"],
        "voucher": "财政票据",
        "approvers": None,
    }


def _spent(year: Year, unit: str, village: str) -> Row:
    category, low, high = year.rng.choices(SPENDING, (6, 4, 3, 1))[0]
    return {
        "txn_id": year.number("CZY"),
        "village_id": village,
        "unit_id": unit,
        "txn_date": year.working_day(PAYING),
        "direction": "支",
        "category": category,
        "amount": year.amount(low, high),
        "method": "转账" if year.rng.random() < 0.85 else "村务卡",
        "payee_key": year.firm()["company_id"],
        "voucher": "发票",
        "approvers": 3,
        "meeting_no": year.number("村议2024-") if category == "工程" else None,
    }


def _published(year: Year, unit: str, village: str, month: int) -> Row:
    end = date(2024, month, 28)
    due = end + timedelta(days=15)
    done = end + timedelta(days=year.rng.randint(3, 12))
    return {
        "village_id": village,
        "unit_id": unit,
        "item": "财务",
        "period": f"2024Q{month // 3}",
        "period_end": end,
        "due_date": due,
        "publish_date": done if done.year == 2024 else None,
    }
