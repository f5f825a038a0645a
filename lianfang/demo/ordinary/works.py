"""Works and purchases of the year: approved, tendered among several, contracted, paid as they grow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from lianfang.demo import divisions
from lianfang.demo.ordinary.year import BUILDING, LAST, PAYING, Year
from lianfang.demo.story import Row, add_working_days, at, next_working_day

PLACES = ("洋澜湖", "红莲湖", "梧桐湖", "三山湖", "鸭儿湖", "花马湖", "保安湖", "江滩", "武昌大道", "吴都大道")
KINDS = (("道路", "市政"), ("排水", "水利"), ("校舍", "房建"), ("公路", "交通"), ("管网", "市政"), ("堤防", "水利"))
GOODS = ("办公家具", "印刷服务", "消防器材", "物业服务", "体检服务", "软件运维", "复印设备", "安保服务")


def records(year: Year) -> Iterator[tuple[str, Row]]:
    for unit in year.new_units():
        if unit["unit_type"] in ("村居",):
            continue
        busy = unit["admin_level"] in ("市直", "区")
        for _ in range(year.size.intensity if busy else max(1, year.size.intensity // 3)):
            yield from _work(year, unit["unit_id"])
        for _ in range(2 * year.size.intensity if busy else year.size.intensity):
            yield from _purchase(year, unit["unit_id"])


def _work(year: Year, unit: str) -> Iterator[tuple[str, Row]]:
    """One work: most begin in the year and are still being built."""
    rng = year.rng
    notice = year.working_day(BUILDING)
    if notice > date(2024, 8, 20):
        notice -= timedelta(days=230)
    notice = next_working_day(notice)
    price = year.amount(4_200_000, 38_000_000)
    kind, category = rng.choice(KINDS)
    name = f"{rng.choice(PLACES)}{kind}{rng.choice(('新建', '改造', '整治', '提升'))}工程{year.number('')[-5:]}"
    start = next_working_day(notice + timedelta(days=rng.randint(72, 90)))
    days = rng.randrange(150, 420, 10)
    project = _project(year, unit, name, category, price, start, days)
    yield "project", project
    winner, tender, rows = _tender(year, project, f"{name}施工", notice, price)
    yield "tender", tender
    yield from rows
    signed = add_working_days(tender["award_notice_date"], rng.randint(4, 12))
    contract = _contract(
        year, unit, winner, f"{name}施工合同", price, signed, project["project_id"], tender["tender_id"]
    )
    yield "contract", contract
    yield "supplier_account", {"contract_id": contract["contract_id"], "account": f"acc-{winner[-10:]}"}
    yield from _progress(year, contract, start, days)
    for month in range(start.month + 1 if start.year == 2024 else 13, 13):
        due = round(price * 0.2 / (days / 30), 2)
        row = {"project_id": project["project_id"], "month": date(2024, month, 1), "due_amount": due}
        yield "wage_account", row | {"deposited": due, "paid": due, "workers": rng.randint(18, 90)}


def _project(year: Year, unit: str, name: str, category: str, price: float, start: date, days: int) -> Row:
    budget = round(price * year.rng.uniform(1.12, 1.22), 2)

    def before(number: int) -> date:
        return next_working_day(start - timedelta(days=number + year.rng.randint(0, 9)))

    finish = start + timedelta(days=days - year.rng.randint(0, 12))
    done = finish <= date(2024, 11, 30)
    return {
        "project_id": f"2401-420700-{year.number('Y')}",
        "name": name,
        "unit_id": unit,
        "region_code": divisions.CITY_CODE,
        "category": category,
        "fund_source": year.rng.choice(("财政", "财政", "专项债")),
        "is_gov_invest": True,
        "is_emergency": False,
        "feasibility_date": before(300),
        "estimate_amount": round(budget * 1.04, 2),
        "prelim_date": before(240),
        "approved_budget": budget,
        "construction_budget": round(budget * 0.97, 2),
        "control_price": round(price * 1.06, 2),
        "drawing_review_date": before(180),
        "land_date": before(225),
        "plan_permit_date": before(200),
        "construct_permit_date": before(8),
        "construct_permit_status": "有",
        "permit_required": True,
        "approval_mode": "常规审批",
        "funds_ready": round(budget * 0.7, 2),
        "start_date": start,
        "plan_days": days,
        "finish_date": finish if done else None,
        "accept_date": next_working_day(finish + timedelta(days=12)) if done else None,
        "status": "已验收" if done else "在建",
    }


def _tender(
    year: Year, project: Row | None, title: str, notice: date, price: float
) -> tuple[str, Row, list[tuple[str, Row]]]:
    """An open tender, its bids and who won; several of the bidders are far apart, as they are."""
    rng, tender_id = year.rng, year.number("ZBY")
    deadline = next_working_day(notice + timedelta(days=rng.randint(23, 31)))
    report = next_working_day(deadline + timedelta(days=1))
    shown = next_working_day(report + timedelta(days=1))
    award = next_working_day(shown + timedelta(days=rng.randint(5, 8)))
    firms = rng.sample(year.firms, min(len(year.firms), rng.randint(3, 7)))
    prices = year.story.bid_prices(price, len(firms))
    tender = {
        "tender_id": tender_id,
        "title": title,
        "project_id": project["project_id"] if project else None,
        "unit_id": project["unit_id"] if project else None,
        "regime": "ZB" if project else "CG",
        "kind": "工程" if project else "货物",
        "method": "公开",
        "mandatory": True,
        "estimate": round(price * 1.08, 2),
        "ceiling": round(max(prices[-1], price * 1.06), 2),
        "budget": round(price * 1.1, 2),
        "notice_date": notice,
        "intention_date": notice - timedelta(days=rng.randint(32, 70)),
        "doc_start": notice,
        "doc_end": next_working_day(notice + timedelta(days=rng.randint(6, 9))),
        "doc_issue_date": notice,
        "bid_deadline": at(deadline, 9, 30),
        "open_time": at(deadline, 9, 30),
        "eval_end": at(deadline, 17),
        "eval_report_date": report,
        "candidate_start": shown,
        "candidate_end": shown + timedelta(days=4),
        "award_notice_date": award,
        "winner_id": firms[0]["company_id"],
        "award_price": price,
        "award_rule": "排名第一",
        "deposit": round(price * 0.01, -2),
        "round_no": 1,
        "status": "中标",
    }
    order = list(enumerate(zip(firms, prices, strict=True), 1))
    rng.shuffle(order)
    bids = [("bid", _bid(year, tender_id, deadline, firm, bid, rank)) for rank, (firm, bid) in order]
    return firms[0]["company_id"], tender, bids


def _bid(year: Year, tender_id: str, deadline: date, firm: Row, price: float, rank: int) -> Row:
    mark = f"{year.rng.randrange(16**10):010x}"
    return {
        "bid_id": year.number("TBY"),
        "tender_id": tender_id,
        "bidder_id": firm["company_id"],
        "status": "valid",
        "price": price,
        "submit_time": at(deadline, year.rng.randint(7, 8), year.rng.randint(0, 59)),
        "ip": f"ip-{mark}",
        "mac": f"mac-{mark}",
        "machine_code": f"mc-{mark}",
        "lock_no": f"lock-{mark}",
        "deposit_account": f"dep-{firm['company_id'][-10:]}",
        "deposit_payer": firm["name"],
        "deposit_form": year.rng.choice(("转账", "保函", "保险")),
        "contact_hash": f"lx-{mark}",
        "phone_hash": f"dh-{mark}",
        "total_score": round(97 - rank * year.rng.uniform(1.1, 2.6), 2),
        "rank_no": rank,
        "valid": True,
    }


def _contract(
    year: Year, unit: str, firm: str, title: str, amount: float, signed: date, project: str | None, tender: str | None
) -> Row:
    return {
        "contract_id": year.number("HTY"),
        "title": title,
        "tender_id": tender,
        "project_id": project,
        "unit_id": unit,
        "supplier_id": firm,
        "ctype": "施工" if project else "服务",
        "is_supplement": False,
        "award_kind": "总价",
        "sign_date": signed,
        "amount": amount,
        "days": 180,
        "prepay_ratio": 0.1,
        "retention_ratio": 0.03,
        "pay_days": 30,
        "publish_date": _by_the_end(add_working_days(signed, 1)),
        "filing_date": _by_the_end(add_working_days(signed, year.rng.randint(2, 6))),
        "procure_mode": "招标" if tender else "直接",
    }


def _by_the_end(day: date) -> date | None:
    return day if day <= LAST else None


def _payment(year: Year, contract: Row, amount: float, day: date, summary: str, progress: float | None) -> Row:
    approver = year.staff[contract["unit_id"]][0]["person_id"]
    return {
        "payment_id": year.number("ZFY"),
        "unit_id": contract["unit_id"],
        "project_id": contract["project_id"],
        "contract_id": contract["contract_id"],
        "payee_id": contract["supplier_id"],
        "payee_account": f"acc-{contract['supplier_id'][-10:]}",
        "payee_kind": "company",
        "amount": round(amount, 2),
        "pay_date": day,
        "method": "国库直接",
        "from_account_type": "零余额",
        "cumulative_progress": progress,
        "invoice_no": f"2442{year.rng.randrange(10**16):016d}",
        "summary": summary,
        "purpose": "工程款" if contract["project_id"] else "货物款",
        "approver_id": approver,
    }


def _progress(year: Year, contract: Row, start: date, days: int) -> Iterator[tuple[str, Row]]:
    """A tenth before the start, then four fifths of what was built, every two or three months."""
    amount, paid = contract["amount"], contract["amount"] // 100 * 10  # never above the tenth that was agreed
    first = next_working_day(max(contract["sign_date"] + timedelta(days=3), start - timedelta(days=5)))
    if first <= LAST:
        yield "payment", _payment(year, contract, paid, first, "预付款", 0)
    day = start
    while True:
        day = next_working_day(day + timedelta(days=year.rng.randint(55, 90)))
        if day > LAST or (day - start).days > days + 90:
            return
        built = round(amount * min(1.0, (day - start).days / days), 2)
        due = built * 0.8 - paid
        if due > 10_000:
            paid += due
            yield "payment", _payment(year, contract, due, day, "进度款", built)


def _purchase(year: Year, unit: str) -> Iterator[tuple[str, Row]]:
    """A small purchase of goods or a service, paid within the month."""
    signed = year.working_day(PAYING)
    amount = year.amount(2_500, 180_000)
    contract = _contract(year, unit, year.firm()["company_id"], year.rng.choice(GOODS), amount, signed, None, None)
    yield "contract", contract
    day = add_working_days(signed, year.rng.randint(5, 20))
    if day <= LAST:
        yield "payment", _payment(year, contract, amount, day, "货款", None)
