"""Land and demolition: price concessions, padded compensation."""

from __future__ import annotations

from datetime import date, timedelta

from lianfang.demo.schemes.scene import Scene
from lianfang.demo.schemes.scheme import Scheme, Told, told
from lianfang.demo.story import Row

PLANNING = "EZ04"

PRICE = Scheme(
    "land-price-concession",
    "土地",
    "变相减免、返还土地出让价款",
    "The price of land is lowered or given back by a side way",
    "国有土地使用权出让收支管理办法第10条;国办发〔2006〕100号;审计署土地出让金审计公告",
    "Rules on income from land concession, article 10; notice 100 of 2006; the national audit office on land income",
)


def _parcel(s: Scene, firm: Row, price: int, **over: object) -> Row:
    notice = date(2024, 2, 21) + timedelta(days=s.rng.randint(0, 20))
    deal = notice + timedelta(days=41)
    row = {
        "parcel_id": s.story.next_id("DKX"),
        "region_code": s.village(s.town()),
        "unit_id": PLANNING,
        "use_type": "商业",
        "area_m2": s.story.money(18_000, 42_000, 500),
        "mode": "挂牌",
        "supply_case": "新增",
        "notice_date": notice,
        "list_start": notice + timedelta(days=21),
        "list_end": notice + timedelta(days=32),
        "deal_confirm_date": deal,
        "min_price": round(price * 0.88),
        "reserve_price": round(price * 0.95),
        "start_price": round(price * 0.92),
        "deal_price": price,
        "bidders": 3,
        "winner_id": firm["company_id"],
        "contract_date": deal + timedelta(days=9),
        "result_publish_date": deal + timedelta(days=4),
        "fee_due": deal + timedelta(days=60),
        "fee_paid": price,
        "fee_paid_date": deal + timedelta(days=52),
        "cert_date": deal + timedelta(days=75),
        "plan_start": deal + timedelta(days=360),
        "far_orig": 1.8,
        "far_now": 1.8,
        "use_changed": False,
    }
    return s.story.add("land_parcel", **(row | over))


@PRICE.tells(
    "plain",
    "协议出让,成交价低于最低价,价款未缴清先发证",
    "by agreement below the lowest price; the title before the price was paid",
)
def _below_the_lowest(s: Scene) -> Told:
    firm = s.firm("置业", industry="K7010")
    parcel = _parcel(
        s,
        firm,
        31_000_000,
        mode="协议",
        bidders=1,
        min_price=38_500_000,
        fee_paid=12_000_000,
        list_start=None,
        list_end=None,
    )
    parcel.update(cert_date=parcel["contract_date"] + timedelta(days=20))
    return told(PLANNING, land_parcel=parcel, company=firm)


@PRICE.tells(
    "disguised",
    "足额缴款,三个月后以产业扶持名义返还近三成",
    "paid in full, nearly three tenths given back as industry support",
)
def _given_back(s: Scene) -> Told:
    firm = s.firm("置业", industry="K7010")
    parcel = _parcel(s, firm, 46_000_000)
    back = [
        s.story.add(
            "payment",
            payment_id=s.story.next_id("ZFX"),
            unit_id="EZ02",
            payee_id=firm["company_id"],
            payee_account=f"acc-{firm['company_id'][-10:]}",
            payee_kind="company",
            amount=amount,
            pay_date=day,
            method="国库直接",
            from_account_type="零余额",
            summary="产业扶持资金",
            purpose="补贴补助",
            approver_id=s.head("EZ02")["person_id"],
        )
        for amount, day in ((7_000_000, date(2024, 9, 10)), (6_400_000, date(2024, 11, 5)))
    ]
    return told(PLANNING, land_parcel=parcel, payment=back, company=firm)


@PRICE.tells(
    "evasive",
    "挂牌只一家报名底价成交,后调高容积率,补价款由关联公司另签协议挂账",
    "one bidder at the opening price; the plot ratio is raised later and the supplement left open",
)
def _ratio_raised_later(s: Scene) -> Told:
    owner = s.person_key()
    firm, sister = s.firm("置业", owner=owner, industry="K7010"), s.firm("投资", owner=owner, industry="L7212")
    parcel = _parcel(
        s, firm, 52_000_000, bidders=1, start_price=51_900_000, reserve_price=51_800_000, min_price=51_500_000
    )
    parcel.update(far_now=2.6, supplement_due=11_800_000, supplement_fee=3_000_000)
    contract = s.contract("EZ02", sister, "地块配套基础设施代建", 9_300_000, date(2024, 10, 16), ctype="服务")
    return told(PLANNING, land_parcel=parcel, contract=contract, company=[firm, sister])


@PRICE.tells(
    "innocent",
    "学校用地依法划拨;另一宗经批准调整容积率并补缴价款",
    "school land allotted by law; another ratio raised with approval and paid for",
)
def _allotted_and_supplemented(s: Scene) -> Told:
    school, firm = s.firm("教育投资", is_state_owned=True), s.firm("置业", industry="K7010")
    free = _parcel(s, school, 0, mode="划拨", use_type="公益", bidders=None, min_price=None, reserve_price=None)
    free.update(start_price=None, deal_price=None, fee_paid=None, fee_due=None, fee_paid_date=None)
    free.update(list_start=None, list_end=None, notice_date=None)
    paid = _parcel(s, firm, 38_000_000)
    paid.update(far_now=2.0, supplement_due=3_100_000, supplement_fee=3_100_000)
    return told(PLANNING, land_parcel=[free, paid])


PADDED = Scheme(
    "compensation-padded",
    "征收补偿",
    "虚增数量、重复登记、冒名领取征收补偿",
    "Compensation for more than there is, twice for one thing, or in another's name",
    "国有土地上房屋征收与补偿条例第33条;土地管理法第80条;纪检监察机关通报的征拆领域案例",
    "Regulation on expropriation of buildings, article 33; Land Administration Law, article 80; published cases",
)
STANDARD = {"房屋": 1_450, "附着物": 320, "坟墓": 2_600, "青苗": 1_200}


def _expropriation(s: Scene) -> tuple[str, str, str]:
    """A unit, its project and a village."""
    town = s.town()
    unit, village = f"T{town.code}", s.village(town)
    work = s.project(unit, f"{town.name}片区开发征收", 21_000_000, date(2024, 6, 17), 400, finish_date=None)
    work.update(accept_date=None, status="在建", land_date=date(2024, 4, 15), region_code=village)
    project = s.story.add(
        "expro_project",
        project_id=work["project_id"],
        expro_kind="集体土地",
        pre_notice_date=date(2024, 1, 9),
        pre_notice_end=date(2024, 1, 22),
        plan_notice_date=date(2024, 3, 4),
        plan_notice_end=date(2024, 4, 4),
        decision_date=date(2024, 4, 15),
        fund_required=18_000_000,
        fund_ready=18_000_000,
        fund_ready_date=date(2024, 3, 29),
    )
    return unit, village, project["project_id"]


def _agreement(s: Scene, where: tuple[str, str, str], payee: Row, kind: str, qty: float, **over: object) -> Row:
    unit, village, project = where
    clerks = [s.clerk(unit, n)["person_id"] for n in (1, 2)]
    signed = next_day = date(2024, 5, 6) + timedelta(days=s.rng.randint(0, 30))
    row = {
        "comp_id": s.story.next_id("BCX"),
        "project_id": project,
        "region_code": village,
        "unit_id": unit,
        "household_id": payee["household_id"],
        "payee_key": payee["person_key"],
        "payee_account": s.account(),
        "account_holder_key": payee["person_key"],
        "item_type": kind,
        "object_no": s.story.next_id("WJ-"),
        "qty": qty,
        "measured_qty": qty,
        "unit_price": STANDARD[kind],
        "std_price": STANDARD[kind],
        "sign_date": signed,
        "pay_date": next_day + timedelta(days=24),
        "surveyor_id": clerks[0],
        "reviewer_id": clerks[1],
        "approver_id": s.head(unit)["person_id"],
        "publicity_start": signed - timedelta(days=12),
        "publicity_end": signed - timedelta(days=3),
    }
    row |= over
    row["amount"] = round(row["qty"] * row["unit_price"], 2)
    return s.story.add("comp_agreement", **row)


def _neighbours(s: Scene, where: tuple[str, str, str]) -> None:
    for _ in range(4):
        _agreement(s, where, s.resident(where[1]), "房屋", round(s.rng.uniform(90, 240), 1))


@PADDED.tells(
    "plain",
    "登记面积比实测多六成,同一座坟补偿两次",
    "six tenths more than measured, and one tomb paid twice",
)
def _more_than_measured(s: Scene) -> Told:
    where = _expropriation(s)
    _neighbours(s, where)
    house = _agreement(s, where, s.resident(where[1]), "房屋", 312.0, measured_qty=195.0)
    tomb = _agreement(s, where, s.resident(where[1]), "坟墓", 1)
    again = _agreement(s, where, s.resident(where[1]), "坟墓", 1, object_no=tomb["object_no"])
    return told(where[0], comp_agreement=[house, tomb, again])


@PADDED.tells(
    "disguised",
    "勘丈和复核为同一人,标准抬高一档,钱进他人账户",
    "surveyor and reviewer are one, a higher rate, another's account",
)
def _one_hand_measures(s: Scene) -> Told:
    where = _expropriation(s)
    _neighbours(s, where)
    clerk, stranger = s.clerk(where[0])["person_id"], s.resident(where[1])
    found = [
        _agreement(
            s,
            where,
            s.resident(where[1]),
            "附着物",
            410.0 + 12 * n,
            surveyor_id=clerk,
            reviewer_id=clerk,
            unit_price=380,
            account_holder_key=stranger["person_key"],
        )
        for n in range(2)
    ]
    return told(where[0], comp_agreement=found, population=stranger)


@PADDED.tells(
    "evasive",
    "一处大棚拆到一户几口人名下,编号各异,每份略低于十万元复核线,分到几个账户",
    "one shed spread over a household, other numbers, each below the 100,000 of review, several accounts",
)
def _spread_over_a_household(s: Scene) -> Told:
    where = _expropriation(s)
    _neighbours(s, where)
    family = s.household(where[1], 4)
    number = s.story.next_id("DP-")
    found = [
        _agreement(s, where, member, "附着物", 300.0 + 2.5 * n, object_no=f"{number}{'甲乙丙丁'[n]}")
        for n, member in enumerate(family)
    ]
    return told(where[0], comp_agreement=found, population=family)


@PADDED.tells(
    "innocent",
    "录入错误经复测更正;老人委托同户女儿代收",
    "a typing error measured anew; an old man lets the daughter of the house receive",
)
def _corrected_and_shared(s: Scene) -> Told:
    where = _expropriation(s)
    _neighbours(s, where)
    father, daughter = s.household(where[1], 2)
    corrected = _agreement(s, where, s.resident(where[1]), "房屋", 168.4)
    shared = _agreement(s, where, father, "房屋", 121.7, account_holder_key=daughter["person_key"])
    return told(where[0], comp_agreement=[corrected, shared])
