"""Expenses and cars of the office: claimed twice, used for oneself."""

from __future__ import annotations

from datetime import date, timedelta

from lianfang.demo.schemes.scene import Scene
from lianfang.demo.schemes.scheme import Scheme, Told, told
from lianfang.demo.story import Row, at

TWICE = Scheme(
    "claimed-twice",
    "公务支出",
    "同一笔支出重复报销或虚构报销",
    "One expense claimed twice, or one that never was",
    "党政机关厉行节约反对浪费条例;财政违法行为处罚处分条例第6条;发票管理办法",
    "Regulation on thrift; Regulation on breaches of fiscal law, article 6; Rules on Invoices",
)


def _claim(s: Scene, unit: str, person: Row, day: date, amount: float, **over: object) -> Row:
    number = f"2442{s.rng.randrange(10**16):016d}"
    row = {
        "claim_id": s.story.next_id("BXX"),
        "unit_id": unit,
        "person_id": person["person_id"],
        "kind": "差旅",
        "start_date": day,
        "end_date": day + timedelta(days=2),
        "city": "武汉市",
        "amount": amount,
        "std_amount": 1_800,
        "invoice_no": number,
        "invoice_amount": amount,
        "invoice_date": day + timedelta(days=2),
        "seller_name": "示例酒店",
        "pay_method": "公务卡",
        "approver_id": s.head(unit)["person_id"],
        "claim_date": day + timedelta(days=9),
        "on_duty": True,
    }
    return s.story.add("expense_claim", **(row | over))


@TWICE.tells("plain", "同一张发票在本单位报两次", "one invoice claimed twice in one unit")
def _one_invoice(s: Scene) -> Told:
    unit = s.department()
    person = s.clerk(unit)
    first = _claim(s, unit, person, date(2024, 4, 9), 1_486)
    again = _claim(
        s, unit, person, date(2024, 4, 9), 1_486, invoice_no=first["invoice_no"], claim_date=date(2024, 7, 2)
    )
    return told(unit, expense_claim=[first, again])


@TWICE.tells(
    "disguised",
    "在下属单位用加空格的发票号再报一次",
    "claimed again in another unit with a blank in the number",
)
def _with_a_blank(s: Scene) -> Told:
    unit, other = s.department(), s.department()
    first = _claim(s, unit, s.clerk(unit), date(2024, 5, 14), 2_310, kind="会议")
    number = f"{first['invoice_no'][:8]} {first['invoice_no'][8:]}"
    again = _claim(s, other, s.clerk(other), date(2024, 5, 14), 2_310, kind="会议", invoice_no=number)
    again["claim_date"] = date(2024, 8, 20)
    return told(unit, expense_claim=[first, again])


@TWICE.tells(
    "evasive",
    "未出差,凑不同商家的真票分三次报,日期避开考勤,金额压在标准内",
    "no journey: real invoices of several sellers in three claims, within the standard, on days without a clock",
)
def _gathered_invoices(s: Scene) -> Told:
    unit = s.department()
    person = s.clerk(unit)
    found = [
        _claim(s, unit, person, day, amount, seller_name=seller, city=city)
        for day, amount, seller, city in (
            (date(2024, 6, 6), 1_388, "示例宾馆甲", "黄石市"),
            (date(2024, 9, 12), 1_412, "示例宾馆乙", "黄冈市"),
            (date(2024, 11, 14), 1_395, "示例客栈丙", "咸宁市"),
        )
    ]
    for claim in found:
        for day in (claim["start_date"], claim["end_date"]):
            s.story.add("attendance", person_id=person["person_id"], day=day, status="正常")
    return told(unit, expense_claim=found)


@TWICE.tells(
    "innocent",
    "第一次因缺附件退回并冲销,补齐后重报;两人同行各报各票",
    "sent back for a missing paper and reversed, then claimed anew; two who travelled together",
)
def _sent_back(s: Scene) -> Told:
    unit = s.department()
    person, mate = s.clerk(unit), s.clerk(unit, 2)
    first = _claim(s, unit, person, date(2024, 3, 12), 1_520)
    back = _claim(s, unit, person, date(2024, 3, 12), -1_520, invoice_no=first["invoice_no"], invoice_amount=None)
    anew = _claim(
        s, unit, person, date(2024, 3, 12), 1_520, invoice_no=first["invoice_no"], claim_date=date(2024, 4, 2)
    )
    together = _claim(s, unit, mate, date(2024, 3, 12), 1_520)
    return told(unit, expense_claim=[first, back, anew, together])


CAR = Scheme(
    "private-use-of-car",
    "公务用车",
    "公车私用、私车公养",
    "The office's car for oneself, or one's own car at the office's cost",
    "党政机关公务用车管理办法;中央八项规定精神问题通报",
    "Rules on official vehicles; published breaches of the eight-point rules",
)


def _car(s: Scene, unit: str) -> Row:
    return s.story.add(
        "official_vehicle",
        vehicle_id=s.story.next_id("GCX"),
        unit_id=unit,
        vclass="一般公务",
        tank_l=60,
        std_l100=8.5,
    )


def _fuel(s: Scene, car: Row, moment: date, hour: int, litres: float, kind: str = "92") -> Row:
    return s.story.add(
        "fuel_record",
        fuel_id=s.story.next_id("JYX"),
        vehicle_id=car["vehicle_id"],
        fuel_time=at(moment, hour, s.rng.randint(1, 58)),
        liters=litres,
        amount=round(litres * 7.92, 2),
        fuel_kind=kind,
    )


def _trip(s: Scene, car: Row, unit: str, day: date, km: float, **over: object) -> Row:
    row = {
        "trip_id": s.story.next_id("CCX"),
        "vehicle_id": car["vehicle_id"],
        "apply_no": s.story.next_id("YC"),
        "apply_status": "有",
        "user_id": s.clerk(unit)["person_id"],
        "start_time": at(day, 8, 40),
        "end_time": at(day, 17, 20),
        "km": km,
        "out_area": False,
    }
    return s.story.add("vehicle_trip", **(row | over))


def _ordinary_use(s: Scene, car: Row, unit: str) -> None:
    for month in range(1, 13):
        _trip(s, car, unit, s.story.working_day(date(2024, month, 3), date(2024, month, 20)), s.rng.randint(40, 160))
        _fuel(
            s, car, s.story.working_day(date(2024, month, 3), date(2024, month, 22)), 9, round(s.rng.uniform(28, 41), 2)
        )


@CAR.tells(
    "plain",
    "春节、国庆在外地用车加油,没有派车单,一次加油超过油箱",
    "fuel far away at the holidays, no order, more than the tank holds",
)
def _holiday_journey(s: Scene) -> Told:
    unit = s.department()
    car = _car(s, unit)
    _ordinary_use(s, car, unit)
    fuel = [_fuel(s, car, date(2024, 2, 12), 15, 52.3), _fuel(s, car, date(2024, 10, 3), 11, 78.6)]
    trip = _trip(s, car, unit, date(2024, 10, 2), 640, apply_no=None, apply_status="无", out_area=True)
    return told(unit, official_vehicle=car, fuel_record=fuel, vehicle_trip=trip)


@CAR.tells(
    "disguised",
    "公务油卡给私家车加95号,一天两次",
    "the office's card fills a private car with another fuel, twice a day",
)
def _another_fuel(s: Scene) -> Told:
    unit = s.department()
    car = _car(s, unit)
    _ordinary_use(s, car, unit)
    fuel = []
    for month in (3, 5, 8, 11):
        day = s.story.working_day(date(2024, month, 8), date(2024, month, 18))
        fuel += [_fuel(s, car, day, 8, 38.4), _fuel(s, car, day, 18, 41.7, "95")]
    return told(unit, official_vehicle=car, fuel_record=fuel)


@CAR.tells(
    "evasive",
    "周五派车、虚报里程掩盖周末私用,油量分成小额,维修在同一店四千多元",
    "ordered on Fridays with padded kilometres, small fillings, repairs of four thousand at one shop",
)
def _padded_kilometres(s: Scene) -> Told:
    unit = s.department()
    car, shop = _car(s, unit), s.firm("汽车服务", industry="O8111")
    _ordinary_use(s, car, unit)
    trips, fuel, repairs = [], [], []
    for number in range(8):
        friday = date(2024, 3, 1) + timedelta(days=35 * number)
        trips.append(_trip(s, car, unit, friday, 420 + 7 * number, end_time=at(friday + timedelta(days=2), 21, 30)))
        fuel += [_fuel(s, car, friday + timedelta(days=n), 19, round(s.rng.uniform(17, 24), 2)) for n in (0, 1)]
    for month in (4, 7, 10):
        repairs.append(
            s.story.add(
                "vehicle_maint",
                maint_id=s.story.next_id("WXX"),
                vehicle_id=car["vehicle_id"],
                maint_date=date(2024, month, 16),
                amount=s.story.money(4_600, 4_950, 10),
                shop_id=shop["company_id"],
            )
        )
    return told(unit, official_vehicle=car, vehicle_trip=trips, fuel_record=fuel, vehicle_maint=repairs)


@CAR.tells(
    "innocent",
    "国庆防汛值班用车,有派车单;加注备用油桶经登记",
    "duty at the holidays with an order; a spare can filled and recorded",
)
def _duty_at_the_holidays(s: Scene) -> Told:
    unit = "EZ07"
    car = _car(s, unit)
    car.update(vclass="机要应急", tank_l=80)
    _ordinary_use(s, car, unit)
    trip = _trip(s, car, unit, date(2024, 10, 4), 120)
    fuel = _fuel(s, car, date(2024, 10, 4), 9, 46.0)
    return told(unit, vehicle_trip=trip, fuel_record=fuel)
