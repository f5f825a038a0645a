"""The chapter of public works: projects, tenders, bids, contracts, changes and payments as they should run."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date, timedelta

from lianfang.demo.cast import Cast, village
from lianfang.demo.story import AS_OF, REGION, Row, Story, add_working_days, at, next_working_day

OWNERS = ("U01", "U02", "U03", "U04", "U09", "U10", "U11", "U21", "U22", "U23", "U24")
KINDS = {"房建": "建设工程", "市政": "市政工程", "水利": "水利工程", "交通": "市政工程", "信息化": "信息技术"}
PLACES = "东山南湖西河北桥古井长街新村老港花园青石石桥柳林清溪平湖"
MATTERS = {
    "房建": ("综合楼新建", "教学楼改扩建", "卫生院业务用房"),
    "市政": ("雨污分流改造", "背街小巷整治", "口袋公园建设"),
    "水利": ("灌区配套改造", "堤防加固", "小型水库除险"),
    "交通": ("农村公路提升", "危桥改造", "公交港湾建设"),
    "信息化": ("政务平台升级", "视频监控扩容", "数据共享平台"),
}
MUST_TENDER_WORKS = 4_000_000
ORDINARY_PROJECTS = 300


@dataclass
class Site:
    """One project with everything that hangs on it; a plot changes single facts of an ordinary one."""

    project: Row
    contract: Row
    tender: Row | None = None
    bids: list[Row] = field(default_factory=list)
    payments: list[Row] = field(default_factory=list)

    @property
    def id(self) -> str:
        return str(self.project["project_id"])

    @property
    def contract_id(self) -> str:
        return str(self.contract["contract_id"])

    @property
    def tender_id(self) -> str:
        assert self.tender is not None
        return str(self.tender["tender_id"])


def build_works(story: Story, cast: Cast) -> None:
    for number in range(ORDINARY_PROJECTS):
        ordinary_site(story, cast, OWNERS[number % len(OWNERS)])


def ordinary_site(
    story: Story,
    cast: Cast,
    unit: str,
    *,
    kind: str | None = None,
    estimate: int | None = None,
    feasible: date | None = None,
    supplier: Row | None = None,
) -> Site:
    """A project whose approvals, tender, contract and payments all follow in order and within limits."""
    kind = kind or story.rng.choice(list(KINDS))
    estimate = estimate or story.money(1_500_000, 40_000_000, 10_000)
    feasible = feasible or story.working_day(date(2021, 1, 4), date(2023, 10, 31))
    project = _project(story, unit, kind, estimate, feasible)
    firms = cast.firms[KINDS[kind]][8:]  # the first eight are kept for plots
    price = round(estimate * story.rng.uniform(0.62, 0.72), -2)  # works without land, fees and reserve
    permit = project["construct_permit_date"]
    if price >= MUST_TENDER_WORKS or kind == "信息化":
        site = _tendered(story, project, price, permit - timedelta(days=75), firms, supplier)
    else:
        site = Site(
            project, _contract(story, project, supplier or story.rng.choice(firms), price, permit - timedelta(days=9))
        )
        site.contract["procure_mode"] = "直接"
    build_and_close(story, site)
    return site


def _project(story: Story, unit: str, kind: str, estimate: int, feasible: date) -> Row:
    prelim = next_working_day(feasible + timedelta(days=story.rng.randint(30, 60)))
    permit = next_working_day(prelim + timedelta(days=story.rng.randint(120, 170)))
    name = story.rng.choice([PLACES[i : i + 2] for i in range(0, len(PLACES), 2)])
    needs_permit = kind in ("房建", "市政", "交通", "水利")
    return story.add(
        "project",
        project_id=f"2{feasible:%y%m}-{REGION}-{story.next_id('')}",
        name=f"鄂州市{name}{story.rng.choice(MATTERS[kind])}工程",
        unit_id=unit,
        region_code=village(unit, 0) if unit > "U20" else REGION,
        category=kind,
        fund_source="财政",
        is_gov_invest=True,
        is_emergency=False,
        feasibility_date=feasible,
        estimate_amount=estimate,
        prelim_date=prelim,
        approved_budget=round(estimate * story.rng.uniform(0.92, 1.05), -2),
        drawing_review_date=prelim + timedelta(days=25) if needs_permit else None,
        land_date=prelim - timedelta(days=10) if needs_permit else None,
        plan_permit_date=prelim + timedelta(days=12) if needs_permit else None,
        control_price=round(estimate * 0.8, -2),
        construct_permit_date=permit,
        construct_permit_status="有",
    )


def _contract(story: Story, project: Row, supplier: Row, amount: float, sign: date) -> Row:
    return story.add(
        "contract",
        contract_id=story.next_id("HT"),
        tender_id=None,
        project_id=project["project_id"],
        unit_id=project["unit_id"],
        supplier_id=supplier["company_id"],
        ctype="服务" if project["category"] == "信息化" else "施工",
        parent_id=None,
        is_supplement=False,
        sign_date=sign,
        amount=amount,
        days=story.rng.randrange(120, 300, 10),
        prepay_ratio=0.1,
        retention_ratio=0.03,
        accept_date=None,
        procure_mode="招标",
    )


def _tendered(story: Story, project: Row, price: float, notice: date, firms: list[Row], winner: Row | None) -> Site:
    notice = next_working_day(notice)
    deadline = next_working_day(notice + timedelta(days=story.rng.randint(22, 28)))
    bidders = story.rng.sample(firms, story.rng.randint(4, 6))
    if winner:
        bidders[0] = winner
    award = add_working_days(deadline, 8)
    tender = story.add(
        "tender",
        tender_id=story.next_id("BD"),
        project_id=project["project_id"],
        unit_id=project["unit_id"],
        regime="ZB",
        kind="服务" if project["category"] == "信息化" else "工程",
        method="公开",
        mandatory=True,
        estimate=round(price * 1.12, -2),
        ceiling=round(price * 1.1, -2),
        notice_date=notice,
        doc_start=notice,
        doc_end=add_working_days(notice, 7),
        doc_issue_date=notice,
        bid_deadline=at(deadline, 9, 30),
        open_time=at(deadline, 9, 30),
        eval_report_date=add_working_days(deadline, 1),
        candidate_start=add_working_days(deadline, 2),
        candidate_end=add_working_days(deadline, 6),
        award_notice_date=award,
        winner_id=bidders[0]["company_id"],
        award_price=price,
        deposit=min(round(price * 0.015, -3), 800_000),
        perf_deposit=round(price * 0.08, -2),
        round_no=1,
        approve_no=None,
        status="中标",
    )
    contract = _contract(story, project, bidders[0], price, add_working_days(award, story.rng.randint(4, 14)))
    contract["tender_id"] = tender["tender_id"]
    return Site(project, contract, tender, _bids(story, tender, bidders))


def _bids(story: Story, tender: Row, firms: list[Row]) -> list[Row]:
    prices = story.bid_prices(tender["award_price"], len(firms))
    return [_bid(story, tender, f, rank, p) for rank, (f, p) in enumerate(zip(firms, prices, strict=True), 1)]


def _bid(story: Story, tender: Row, firm: Row, rank: int, price: float) -> Row:
    machine = f"{story.rng.randrange(16**12):012x}"
    return story.add(
        "bid",
        bid_id=story.next_id("TB"),
        tender_id=tender["tender_id"],
        bidder_id=firm["company_id"],
        price=price,
        submit_time=tender["bid_deadline"] - timedelta(minutes=story.rng.randint(30, 4000)),
        ip=f"ip-{machine[:8]}",
        mac=f"mac-{machine}",
        machine_code=f"mc-{machine[::-1]}",
        lock_no=f"lock-{machine[2:9]}",
        deposit_account=f"dep-{firm['company_id'][-10:]}",
        deposit_payer=firm["name"],
        total_score=round(96 - 3.1 * rank - story.rng.random(), 2),
        rank_no=rank,
        valid=True,
    )


def build_and_close(story: Story, site: Site) -> None:
    """Start, progress payments, acceptance, filing, settlement and final account, as far as they lie before today."""
    project, contract = site.project, site.contract
    start = max(project["construct_permit_date"], contract["sign_date"]) + timedelta(days=story.rng.randint(3, 20))
    finish = start + timedelta(days=int(contract["days"]))
    accept = next_working_day(finish + timedelta(days=story.rng.randint(10, 30)))
    settled = round(contract["amount"] * story.rng.uniform(0.95, 0.995), -2)
    dates = {
        "start_date": start,
        "plan_days": contract["days"],
        "finish_date": finish,
        "accept_date": accept,
        "record_date": accept + timedelta(days=story.rng.randint(3, 12)),
        "deliver_date": accept + timedelta(days=story.rng.randint(5, 20)),
        "settle_submit_date": accept + timedelta(days=25),
        "settle_review_date": accept + timedelta(days=60),
        "final_date": accept + timedelta(days=85),
    }
    project |= {name: day if isinstance(day, int) or day <= AS_OF else None for name, day in dates.items()}
    if dates["settle_review_date"] <= AS_OF:
        project |= {"settle_submit_amount": contract["amount"], "settle_amount": settled}
    if dates["final_date"] <= AS_OF:
        project["final_amount"] = round(project["approved_budget"] * story.rng.uniform(0.9, 0.99), -2)
    contract["accept_date"] = project["accept_date"]
    _pay(story, site, start, accept)


def _pay(story: Story, site: Site, start: date, accept: date) -> None:
    """Prepayment, three progress payments of 80 % of the work done, the rest but the retention after acceptance."""
    amount, paid = site.contract["amount"], 0.0
    steps = [(0.0, 0.1, start - timedelta(days=2))]
    steps += [(part, part * 0.8, start + (accept - start) * part) for part in (0.3, 0.6, 0.9)]
    steps.append((1.0, 0.97, accept + timedelta(days=story.rng.randint(6, 14))))
    for progress, share, day in steps:
        sum_due = math.floor(amount * share / 100) * 100 - paid
        if day <= AS_OF:
            site.payments.append(pay(story, site, sum_due, day, round(amount * progress, -2)))
            paid += sum_due


def pay(story: Story, site: Site, amount: float, day: date, progress: float) -> Row:
    supplier = site.contract["supplier_id"]
    return story.add(
        "payment",
        payment_id=story.next_id("ZF"),
        unit_id=site.project["unit_id"],
        project_id=site.id,
        contract_id=site.contract_id,
        payee_id=supplier,
        payee_account=f"acc-{supplier[-10:]}",
        payee_kind="company",
        amount=amount,
        pay_date=next_working_day(day),
        method="国库直接",
        from_account_type="零余额",
        cumulative_progress=progress,
        invoice_no=f"9900{story.rng.randrange(10**8):08d}",
        summary="预付款" if not progress else "工程进度款",
    )
