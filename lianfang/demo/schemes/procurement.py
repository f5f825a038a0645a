"""Purchases: cut below the limit of open tendering."""

from __future__ import annotations

from datetime import date, timedelta

from lianfang.demo.schemes.scene import Scene
from lianfang.demo.schemes.scheme import Scheme, Told, told

SPLIT = Scheme(
    "purchase-split",
    "政府采购",
    "一个预算项目下的同类采购化整为零,规避公开招标",
    "Purchases of one kind are cut up to avoid open tendering",
    "政府采购法第28条;政府采购法实施条例第28条",
    "Government Procurement Law, article 28; its Regulation, article 28",
)


@SPLIT.tells(
    "plain",
    "一年内向同一家直接买五次同类设备",
    "five direct purchases of one kind from one firm within a year",
)
def _five_times(s: Scene) -> Told:
    unit, firm = s.department(), s.firm("办公设备", industry="F5179")
    contracts = [
        s.contract(
            unit,
            firm,
            f"台式计算机采购{n + 1}",
            486_000 + 1_700 * n,
            date(2024, 2 + 2 * n, 12),
            category_code="A02010104",
        )
        for n in range(5)
    ]
    for contract in contracts:
        s.pay(contract, contract["amount"], contract["sign_date"] + timedelta(days=25))
    return told(unit, contract=contracts, company=firm)


@SPLIT.tells(
    "disguised",
    "换品目编码,在两家公司间轮换",
    "other category codes, two firms in turn",
)
def _codes_and_firms(s: Scene) -> Told:
    unit, owner = s.department(), s.person_key()
    firms = [s.firm("办公设备", owner=owner, industry="F5179"), s.firm("信息技术", owner=owner, industry="I6500")]
    goods = (
        ("便携式计算机", "A02010105"),
        ("办公终端", "A02010199"),
        ("桌面一体机", "A02010104"),
        ("移动工作站", "A02010105"),
    )
    contracts = [
        s.contract(unit, firms[n % 2], title, 392_000 - 2_300 * n, date(2024, 3 + 2 * n, 18), category_code=code)
        for n, (title, code) in enumerate(goods)
    ]
    return told(unit, contract=contracts, company=firms)


@SPLIT.tells(
    "evasive",
    "一个系统三个单位各买几笔,每笔不到十万元,公务卡结算,没有合同",
    "three units of one system, each buys below 100,000, paid by card, no contract",
)
def _three_units_by_card(s: Scene) -> Told:
    units = [s.department() for _ in range(3)]
    firms = [s.firm("商贸", name=name, industry="F5199") for name in ("顺永盛源", "顺永晟源", "永顺盛源")]
    payments = []
    for number in range(9):
        unit, firm = units[number % 3], firms[(number + number // 3) % 3]
        payments.append(
            s.story.add(
                "payment",
                payment_id=s.story.next_id("ZFX"),
                unit_id=unit,
                payee_id=firm["company_id"],
                payee_account=f"acc-{firm['company_id'][-10:]}",
                payee_kind="company",
                amount=s.story.money(91_300, 99_600),
                pay_date=s.story.working_day(date(2024, 1 + number, 6), date(2024, 1 + number, 24)),
                method="公务卡",
                from_account_type="零余额",
                invoice_no=f"2442{s.rng.randrange(10**16):016d}",
                summary="办公耗材",
                purpose="货物款",
                approver_id=s.head(unit)["person_id"],
            )
        )
    return told(units[0], payment=payments, company=firms)


@SPLIT.tells(
    "innocent",
    "按框架协议分批下单,单价已公开征集",
    "orders under a framework agreement whose prices were set openly",
)
def _framework(s: Scene) -> Told:
    unit, firm = s.department(), s.firm("办公设备", industry="F5179")
    bids = [(firm, 1_860_000), *s.bidders(1_910_000, 3, "办公设备")]
    tender = s.tender(None, unit, "办公设备框架协议", date(2024, 1, 16), 1_950_000, bids, method="框架")
    contracts = [
        s.contract(
            unit,
            firm,
            f"办公设备订单{n + 1}",
            292_000 + 8_400 * n,
            date(2024, 4 + 2 * n, 9),
            tender=tender,
            procure_mode="框架",
            category_code="A02010104",
        )
        for n in range(4)
    ]
    return told(unit, tender=tender, contract=contracts)
