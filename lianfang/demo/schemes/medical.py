"""Medical insurance: stays that were none, items that were not given."""

from __future__ import annotations

from datetime import date, timedelta

from lianfang.demo.schemes.scene import Scene
from lianfang.demo.schemes.scheme import Scheme, Told, told
from lianfang.demo.story import Row, at

HOSPITALS = ("EZ51", "EZ52")
FUND = "EZ03"

POOLING = Scheme(
    "insurance-false-stay",
    "医疗保障",
    "虚假住院、虚记项目套取医保基金",
    "Stays and items that were none, charged to the insurance fund",
    "医疗保障基金使用监督管理条例第38条、第40条;国家医保局曝光典型案例",
    "Regulation on supervision of the medical insurance fund, articles 38 and 40; cases the authority published",
)


def _hospital(s: Scene, number: int) -> str:
    org = f"H4207{number:05d}"
    if org not in {row["org_id"] for row in s.story.tables.get("med_org", ())}:
        name = ("鄂州市松涛医院", "鄂州市明湖医院")[number % 2]
        s.story.add("med_org", org_id=org, unit_id=HOSPITALS[number % 2], name=name, beds=120, kind="医院")
    return org


def _stay(s: Scene, org: str, who: Row, first: date, days: int, doctor: str, **over: object) -> Row:
    fee = round(s.rng.uniform(3_600, 6_900), 2)
    row = {
        "claim_id": s.story.next_id("YBX"),
        "person_key": who["person_key"],
        "org_id": org,
        "doctor_key": doctor,
        "visit_type": "住院",
        "admit_time": at(first, 9, s.rng.randint(0, 50)),
        "discharge_time": at(first + timedelta(days=days), 10, s.rng.randint(0, 50)),
        "settle_time": at(first + timedelta(days=days), 15, s.rng.randint(0, 50)),
        "diag_code": "M51.202",
        "drg_code": "IU25",
        "cc_level": "NONE",
        "transfer": False,
        "total_fee": fee,
        "fund_pay": round(fee * 0.72, 2),
        "operator_id": s.clerk(HOSPITALS[int(org[-1]) % 2])["person_id"],
    }
    claim = s.story.add("med_claim", **(row | over))
    for line, (item, price, qty) in enumerate(
        (("床位费", 45, days), ("中频脉冲治疗", 38, days), ("甲钴胺注射液", 24, 2 * days)), 1
    ):
        s.story.add(
            "med_item",
            claim_id=claim["claim_id"],
            line_no=line,
            item_code=item,
            qty=qty,
            amount=price * qty,
            service_time=at(first, 11),
        )
    return claim


@POOLING.tells("plain", "同一人同时住两家医院", "one person in two hospitals at a time")
def _two_hospitals(s: Scene) -> Told:
    who = s.resident(s.village(s.town()))
    doctors = [s.person_key(), s.person_key()]
    claims = [
        _stay(s, _hospital(s, n), who, date(2024, 5, 14) + timedelta(days=2 * n), 8, doctors[n]) for n in range(2)
    ]
    return told(HOSPITALS[0], med_claim=claims, population=who)


@POOLING.tells(
    "disguised",
    "一名医生同日收治十二人,同日出院,多为同户老人",
    "one doctor admits twelve on one day and discharges them together, mostly of the same houses",
)
def _admitted_in_a_batch(s: Scene) -> Told:
    org, doctor, village = _hospital(s, 1), s.person_key(), s.village(s.town())
    claims = []
    for _ in range(4):
        for who in s.household(village, 3):
            claims.append(_stay(s, org, who, date(2024, 8, 12), 7, doctor))
    return told(HOSPITALS[1], med_claim=claims)


@POOLING.tells(
    "evasive",
    "分解住院:满十天办出院隔三天再入,项目用量刚好在限量内,药品出库多于进货",
    "long stays cut in pieces three days apart, quantities just inside the limits, more drugs given out than bought",
)
def _cut_in_pieces(s: Scene) -> Told:
    org, doctor = _hospital(s, 2), s.person_key()
    who = s.resident(s.village(s.town()))
    claims = [
        _stay(s, org, who, date(2024, 3, 4) + timedelta(days=13 * n), 10, doctor, cc_level="CC") for n in range(5)
    ]
    stock = s.story.add(
        "med_stock",
        org_id=org,
        item_code="甲钴胺注射液",
        month=date(2024, 3 + s.number % 9, 1),
        begin_qty=40,
        in_qty=20,
        end_qty=30,
    )
    return told(HOSPITALS[0], med_claim=claims, med_stock=stock, population=who)


@POOLING.tells(
    "innocent",
    "病重转院,前后两家医院日期相接",
    "a transfer in emergency, the two stays touch",
)
def _transfer(s: Scene) -> Told:
    who = s.resident(s.village(s.town()))
    first = _stay(s, _hospital(s, 0), who, date(2024, 9, 3), 2, s.person_key(), transfer=True)
    second = _stay(s, _hospital(s, 1), who, date(2024, 9, 5), 9, s.person_key(), transfer=True)
    return told(HOSPITALS[1], med_claim=[first, second], population=who)
