"""Public assets and school money: let below their worth, collected beside the books."""

from __future__ import annotations

from datetime import date, timedelta

from lianfang.demo.schemes.scene import Scene
from lianfang.demo.schemes.scheme import Scheme, Told, told
from lianfang.demo.story import Row

CHEAP = Scheme(
    "asset-let-cheaply",
    "国有资产",
    "国有房产不公开、低价出租,租金不收不缴",
    "Public premises let without competition, below their worth, the rent not collected",
    "行政事业性国有资产管理条例;行政事业单位资产出租审计公告",
    "Regulation on state assets of public bodies; audit notices on letting",
)


def _premises(s: Scene, unit: str) -> Row:
    return s.story.add(
        "asset",
        asset_id=s.story.next_id("ZCX"),
        unit_id=unit,
        name="临街门面",
        orig_value=s.story.money(900_000, 2_400_000, 1_000),
        acquired_date=date(2012, 6, 18),
        in_ledger=True,
        is_under_construction=False,
    )


def _lease(s: Scene, unit: str, lessee: str, rent: int, market: int, **over: object) -> Row:
    row = {
        "lease_id": s.story.next_id("ZLX"),
        "unit_id": unit,
        "asset_id": _premises(s, unit)["asset_id"],
        "lessee_key": lessee,
        "start_date": date(2024, 1, 1),
        "end_date": date(2026, 12, 31),
        "mode": "公开招租",
        "annual_rent": rent,
        "market_rent": market,
        "due_rent": rent,
        "paid_rent": rent,
        "income_turned_in": rent,
    }
    return s.story.add("asset_lease", **(row | over))


@CHEAP.tells("plain", "协议租给熟人,租金为评估价的三分之一", "let by agreement for a third of the assessed rent")
def _a_third(s: Scene) -> Told:
    unit = s.department()
    lease = _lease(s, unit, s.firm("餐饮", industry="H6210")["company_id"], 36_000, 108_000, mode="协议")
    return told(unit, asset_lease=lease)


@CHEAP.tells(
    "disguised",
    "按市场价公开招租,但租金只收两成也不催",
    "let at the market's price, of which a fifth is paid and nobody asks",
)
def _nobody_asks(s: Scene) -> Told:
    unit = s.department()
    firm = s.firm("商贸", industry="F5199")
    lease = _lease(
        s, unit, firm["company_id"], 96_000, 98_000, paid_rent=19_200, dunning_date=None, income_turned_in=19_200
    )
    return told(unit, asset_lease=lease, company=firm)


@CHEAP.tells(
    "evasive",
    "公开招租一年,到期按五年协议续租,由承租人低价“装修”抵租,转租获利",
    "let openly for a year, renewed by agreement for five; the rent set against “repairs”; let on at a gain",
)
def _renewed_by_agreement(s: Scene) -> Told:
    unit, firm = s.department(), s.firm("商业管理", industry="L7221")
    first = _lease(s, unit, firm["company_id"], 88_000, 90_000, start_date=date(2023, 2, 1), end_date=date(2024, 1, 31))
    again = _lease(
        s,
        unit,
        firm["company_id"],
        82_000,
        90_000,
        start_date=date(2024, 2, 1),
        end_date=date(2029, 1, 31),
        mode="协议",
    )
    again.update(asset_id=first["asset_id"], due_rent=82_000, paid_rent=82_000, income_turned_in=41_000)
    work = s.contract(unit, firm, "门面装修抵租", 41_000, date(2024, 3, 12), ctype="其他")
    return told(unit, asset_lease=[first, again], contract=work, company=firm)


@CHEAP.tells("innocent", "按政策给小微企业减租三个月", "three months' rent forgiven to a small firm by policy")
def _forgiven_by_policy(s: Scene) -> Told:
    unit = s.department()
    lease = _lease(
        s, unit, s.firm("商贸", industry="F5199")["company_id"], 90_000, 90_000, due_rent=67_500, paid_rent=67_500
    )
    lease["income_turned_in"] = 67_500
    return told(unit, asset_lease=lease)


FEES = Scheme(
    "school-fees",
    "教育收费",
    "超标准、超范围收费,挪用学生伙食费",
    "Fees above or beside the standards; pupils' meal money used for other things",
    "义务教育法第2条、第25条;教育收费公示制度;“校园餐”专项整治通报",
    "Compulsory Education Law, articles 2 and 25; rules on publishing school fees; published cases on school meals",
)
SCHOOLS = ("EZ41", "EZ42")


def _pupils(s: Scene, school: str, number: int) -> list[Row]:
    village = s.village(s.town())
    pupils = [s.resident(village, first=2008, last=2016) for _ in range(number)]
    for pupil in pupils:
        s.story.add(
            "student", student_key=pupil["person_key"], unit_id=school, enroll_date=date(2022, 9, 1), leave_date=None
        )
    return pupils


def _fee(s: Scene, school: str, pupil: Row, item: str, amount: float, standard: float | None) -> Row:
    return s.story.add(
        "school_fee",
        fee_id=s.story.next_id("SFX"),
        unit_id=school,
        student_key=pupil["person_key"],
        item=item,
        amount=amount,
        approved_std=standard,
        approved_std_status="有" if standard is not None else "无",
        fee_date=date(2024, 9, 2) + timedelta(days=s.rng.randint(0, 6)),
    )


def _canteen(s: Scene, school: str, month: int, income: int, food: int, claimed: int, actual: int) -> Row:
    return s.story.add(
        "canteen_month",
        unit_id=school,
        month=date(2024, month, 1),
        income=income,
        food_cost=food,
        other_cost=round(income * 0.2),
        meals_claimed=claimed,
        meals_actual=actual,
    )


def _months(s: Scene) -> tuple[int, int]:
    """Two months no other round has used: the table has one row a month and unit."""
    first = 3 + 2 * s.number
    return first, first + 1


@FEES.tells("plain", "课后服务费按标准的两倍收", "twice the standard for after-school care")
def _twice_the_standard(s: Scene) -> Told:
    fees = [_fee(s, SCHOOLS[0], pupil, "课后服务费", 800, 400) for pupil in _pupils(s, SCHOOLS[0], 8)]
    return told(SCHOOLS[0], school_fee=fees)


@FEES.tells("disguised", "把择校费拆成几个目录外小项", "a fee for admission cut into small items that no list knows")
def _small_items(s: Scene) -> Told:
    pupils = _pupils(s, SCHOOLS[0], 6)
    items = (("学习资料费", 260), ("托管服务费", 380), ("综合素质拓展费", 420))
    fees = [_fee(s, SCHOOLS[0], pupil, item, amount, None) for pupil in pupils for item, amount in items]
    return told(SCHOOLS[0], school_fee=fees)


@FEES.tells(
    "evasive",
    "由家委会收取不入校账,食堂多报餐数、压低食材来补",
    "collected by the parents' committee outside the books; the canteen claims more meals and buys less food",
)
def _through_the_canteen(s: Scene) -> Told:
    school = SCHOOLS[1]
    _pupils(s, school, 5)
    months = [_canteen(s, school, month, 182_000, 101_000, 16_400, 15_100) for month in _months(s)]
    return told(school, canteen_month=months)


@FEES.tells(
    "innocent", "研学费按自愿原则代收并据实退还", "a voluntary excursion: collected for others, the rest paid back"
)
def _voluntary(s: Scene) -> Told:
    pupils = _pupils(s, SCHOOLS[0], 4)
    fees = [_fee(s, SCHOOLS[0], pupil, "作业本费", 38, 38) for pupil in pupils]
    fees += [_fee(s, SCHOOLS[0], pupil, "作业本费", -4, 38) for pupil in pupils[:2]]
    return told(SCHOOLS[0], school_fee=fees)
