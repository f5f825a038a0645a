"""What is planted in public works, from approval to final account, and the lawful look-alikes beside it."""

from __future__ import annotations

from datetime import date, timedelta

from lianfang.demo.cast import Cast
from lianfang.demo.story import Row, Story
from lianfang.demo.works import Site, build_and_close, ordinary_site, pay

OWNER = "U01"


def plot_works(story: Story, cast: Cast) -> None:
    for plot in (_approvals, _budgets, _changes, _acceptance, _payments, _payee, _late_payment, _final_accounts):
        plot(story, cast)


def _site(story: Story, cast: Cast, **facts: object) -> Site:
    """A site of 2022, finished in 2023 or 2024."""
    defaults = {
        "kind": "市政",
        "estimate": 12_000_000,
        "feasible": date(2022, 3, 15),
        "supplier": cast.firm("市政工程", 0),
    }
    return ordinary_site(story, cast, OWNER, **defaults | facts)  # type: ignore[arg-type]


def _approvals(story: Story, cast: Cast) -> None:
    """Government investment projects start after feasibility approval, design approval and permit (条例 第20条)."""
    early = _site(story, cast)
    early.project["start_date"] = early.project["feasibility_date"] - timedelta(days=40)
    story.plant("ENG-101", "project", early.id, why="可研批复前 40 天已开工")
    none = _site(story, cast)
    none.project |= {"construct_permit_date": None, "construct_permit_status": "无"}
    story.plant("ENG-101", "project", none.id, why="登记为没有施工许可而已开工")

    emergency = _site(story, cast)
    emergency.project |= {"is_emergency": True, "start_date": emergency.project["feasibility_date"] - timedelta(days=3)}
    story.lookalike("ENG-101", "project", emergency.id, why="应急抢险项目先开工")
    same_day = _site(story, cast)
    same_day.project["start_date"] = same_day.project["construct_permit_date"]
    story.lookalike("ENG-101", "project", same_day.id, why="取得施工许可当天开工")
    unknown = _site(story, cast, kind="信息化")
    unknown.project |= {"construct_permit_date": None, "construct_permit_status": None}
    story.lookalike("ENG-101", "project", unknown.id, why="信息化项目不办施工许可,日期空白")


def _budgets(story: Story, cast: Cast) -> None:
    """An approved budget more than ten per cent above the approved estimate is reported again (条例 第12条)."""
    for times, why in ((1.12, "概算超估算 12%"), (1.38, "概算超估算 38%")):
        site = _site(story, cast)
        site.project["approved_budget"] = round(site.project["estimate_amount"] * times, 2)
        story.plant("ENG-103", "project", site.id, why=why)
    dear, equal = _site(story, cast), _site(story, cast)
    dear.project["control_price"] = round(dear.project["approved_budget"] * 1.04, 2)
    equal.project["control_price"] = equal.project["approved_budget"]
    story.plant("ENG-201", "project", dear.id, why="控制价超过核定概算 4%")
    story.lookalike("ENG-201", "project", equal.id, why="控制价等于核定概算")
    exact = _site(story, cast)
    exact.project["approved_budget"] = round(exact.project["estimate_amount"] * 1.1, 2)
    story.lookalike("ENG-103", "project", exact.id, why="概算恰为估算的 110%")


def _changes(story: Story, cast: Cast) -> None:
    """Changes that add up to a large part of the contract."""
    for parts, why in (((0.05, 0.04), "两次变更合计 9%"), ((0.08, 0.09, 0.07), "三次变更合计 24%")):
        site = _site(story, cast)
        for part in parts:
            _change(story, site, part)
        story.plant("ENG-401", "contract", site.contract_id, why=why)
    soon = _site(story, cast)
    _change(story, soon, 0.12, soon.contract["sign_date"] + timedelta(days=25))
    for code in ("ENG-401", "ENG-404"):
        story.plant(code, "contract", soon.contract_id, why="签约 25 天后一次变更 12%")
    small = _site(story, cast)
    _change(story, small, 0.03)
    story.lookalike("ENG-401", "contract", small.contract_id, why="一次变更,占合同 3%")


def _change(story: Story, site: Site, part: float, day: date | None = None) -> Row:
    day = day or site.project["start_date"] + timedelta(days=100)
    return story.add(
        "contract_change",
        change_id=story.next_id("BG"),
        contract_id=site.contract_id,
        kind="设计变更",
        amount=round(site.contract["amount"] * part, 2),
        apply_date=day,
        approve_date=day + timedelta(days=12),
        exec_date=day + timedelta(days=15),
        approver_id="P0001",
        approve_level="班子",
    )


def _acceptance(story: Story, cast: Cast) -> None:
    """Works are accepted before they are delivered, and filed within fifteen days (质量管理条例 第16、49条)."""
    early = _site(story, cast, kind="房建")
    early.project["deliver_date"] = early.project["accept_date"] - timedelta(days=60)
    story.plant("ENG-501", "project", early.id, why="验收合格前 60 天已交付使用")
    same_day = _site(story, cast, kind="房建")
    same_day.project["deliver_date"] = same_day.project["accept_date"]
    story.lookalike("ENG-501", "project", same_day.id, why="验收合格当天交付")

    late = _site(story, cast, kind="房建")
    late.project["record_date"] = late.project["accept_date"] + timedelta(days=75)
    story.plant("ENG-502", "project", late.id, why="验收后 75 天才备案")
    last_day = _site(story, cast, kind="房建")
    last_day.project["record_date"] = last_day.project["accept_date"] + timedelta(days=15)
    story.lookalike("ENG-502", "project", last_day.id, why="验收后第 15 天备案")
    no_duty = _site(story, cast, kind="信息化")
    no_duty.project["record_date"] = None
    story.lookalike("ENG-502", "project", no_duty.id, why="信息化项目没有备案义务")


def _payments(story: Story, cast: Cast) -> None:
    """Payments stay within the contract and its approved changes."""
    ahead = _site(story, cast)
    ahead.payments[1]["amount"] = round(ahead.contract["amount"] * 0.5, 2)
    ahead.payments[2]["amount"] = ahead.payments[3]["amount"] = round(ahead.contract["amount"] * 0.06, 2)
    story.plant("ENG-601", "contract", ahead.contract_id, why="完成三成工程量时累计已付六成")
    over = _site(story, cast)
    pay(story, over, round(over.contract["amount"] * 0.07, 2), date(2024, 9, 10), over.contract["amount"])
    story.plant("ENG-602", "contract", over.contract_id, why="无变更而累计付款为合同的 104%")

    within = _site(story, cast)
    change = _change(story, within, 0.045)
    pay(
        story,
        within,
        round(change["amount"] + within.contract["amount"] * 0.03, 2),
        date(2024, 9, 10),
        within.contract["amount"],
    )
    story.lookalike("ENG-602", "contract", within.contract_id, why="超出原合同的部分有已批准的变更")
    later = _site(story, cast)
    pay(story, later, round(later.contract["amount"] * 0.07, 2), date(2025, 2, 12), later.contract["amount"])
    story.lookalike("ENG-602", "contract", later.contract_id, why="超付发生在分析日之后的 2025 年 2 月")


def _payee(story: Story, cast: Cast) -> None:
    """The payee is the party of the contract, unless a court or an assignment says otherwise."""
    other = cast.firm("市政工程", 30)
    for facts, why in (({}, "收款方不是合同乙方"), ({"court_order": True}, "按法院协助执行付给第三方")):
        site = _site(story, cast, supplier=cast.firm("市政工程", 31))
        row = site.payments[-1]
        row.update(payee_id=other["company_id"], payee_account=f"acc-{other['company_id'][-10:]}", **facts)
        if facts:
            story.lookalike("ENG-603", "payment", row["payment_id"], why=why)
        else:
            story.plant("ENG-603", "payment", row["payment_id"], why=why)


def _late_payment(story: Story, cast: Cast) -> None:
    """Small and medium firms are paid within the agreed term, thirty days by default (保障中小企业款项支付条例)."""
    small, large = cast.firm("市政工程", 1), cast.firm("市政工程", 2)
    small["is_sme"], large["is_sme"] = True, False
    for firm in (small, large):
        site = _site(story, cast, supplier=firm)
        last = site.payments.pop()
        story.tables["payment"].remove(last)
        why = f"验收于 {site.contract['accept_date']:%Y-%m-%d},至今未付清"
        if firm is small:
            story.plant("ENG-607", "contract", site.contract_id, why=why)
        else:
            story.lookalike("ENG-607", "contract", site.contract_id, why=why + ";供应商不是中小企业")


def _final_accounts(story: Story, cast: Cast) -> None:
    """The final account stays within the approved budget."""
    over = _site(story, cast)
    over.project["final_amount"] = round(over.project["approved_budget"] * 1.06, 2)
    story.plant("ENG-701", "project", over.id, why="决算超概算 6%")
    equal = _site(story, cast)
    equal.project["final_amount"] = equal.project["approved_budget"]
    story.lookalike("ENG-701", "project", equal.id, why="决算等于概算")


def direct_site(story: Story, cast: Cast, amount: int, firm: Row, sign: date, **facts: object) -> Site:
    """A site whose works contract was given directly, signed on ``sign``."""
    feasible = sign - timedelta(days=230)
    site = _site(story, cast, estimate=3_000_000, feasible=feasible, supplier=firm)
    for row in site.payments:
        story.tables["payment"].remove(row)
    site.payments.clear()
    site.contract |= {"amount": amount, "sign_date": sign, "procure_mode": "直接", **facts}
    site.project |= {
        "estimate_amount": amount * 1.4,
        "approved_budget": amount * 1.35,
        "control_price": amount * 1.1,
        "final_amount": None,
    }
    build_and_close(story, site)
    return site
