"""Villages: money and land of the collective outside its books."""

from __future__ import annotations

from datetime import date, timedelta

from lianfang.demo.schemes.scene import Scene
from lianfang.demo.schemes.scheme import Scheme, Told, told
from lianfang.demo.story import Row

OFF_BOOKS = Scheme(
    "village-off-books",
    "农村三资",
    "集体收入不入账、低价发包、套取集体资金",
    "Income of the collective outside its books, land let cheaply, money drawn out",
    "村民委员会组织法第24条;农村集体经济组织财务制度;中央纪委“小微权力”案例通报",
    "Villagers' Committees Law, article 24; financial rules of rural collectives; published cases on small power",
)


def _village(s: Scene) -> tuple[str, str, Row]:
    """The township, a village and its secretary, with some ordinary income and spending."""
    town = s.town()
    unit, village = f"T{town.code}", s.village(town)
    secretary = s.resident(village, first=1965, last=1982)
    s.story.add(
        "village_cadre",
        person_id=s.story.next_id("CGX"),
        person_key=secretary["person_key"],
        village_id=village,
        role="村党组织书记",
        since_date=date(2021, 1, 12),
        until_date=None,
    )
    for month in range(1, 13):
        _spent(
            s,
            unit,
            village,
            s.story.working_day(date(2024, month, 2), date(2024, month, 25)),
            s.story.money(800, 9_600, 10),
        )
    return unit, village, secretary


def _spent(s: Scene, unit: str, village: str, day: date, amount: float, **over: object) -> Row:
    row = {
        "txn_id": s.story.next_id("CZX"),
        "village_id": village,
        "unit_id": unit,
        "txn_date": day,
        "direction": "支",
        "category": "其他",
        "amount": amount,
        "method": "转账",
        "payee_key": s.person_key(),
        "voucher": "发票",
        "approvers": 3,
        "meeting_no": None,
    }
    return s.story.add("village_txn", **(row | over))


def _lease(s: Scene, unit: str, village: str, party: str, rent: int, reference: int, **over: object) -> Row:
    row = {
        "vc_id": s.story.next_id("CHX"),
        "village_id": village,
        "unit_id": unit,
        "kind": "资源发包",
        "is_household_contracting": False,
        "party_key": party,
        "sign_date": date(2024, 3, 18),
        "start_date": date(2024, 4, 1),
        "end_date": date(2034, 3, 31),
        "amount": rent * 10,
        "area_mu": 120,
        "annual_rent": rent,
        "ref_rent": reference,
        "mode": "公开交易",
        "vote_body": "村民代表会议",
        "vote_date": date(2024, 2, 26),
        "vote_ratio": 0.82,
        "due_rent": rent,
        "paid_rent": rent,
    }
    return s.story.add("village_contract", **(row | over))


@OFF_BOOKS.tells(
    "plain",
    "集体鱼塘租金进书记个人卡,未经表决低价发包",
    "the pond's rent goes to the secretary's card; let cheaply without a vote",
)
def _on_a_card(s: Scene) -> Told:
    unit, village, secretary = _village(s)
    card = s.story.add("village_account", account_no=s.account(), village_id=village, unit_id=unit, holder_kind="个人")
    lease = _lease(
        s,
        unit,
        village,
        secretary["person_key"],
        18_000,
        64_000,
        mode="协议",
        vote_body=None,
        vote_date=None,
        vote_ratio=None,
    )
    return told(unit, village_account=card, village_contract=lease, population=secretary)


@OFF_BOOKS.tells(
    "disguised",
    "虚列误工和招待,白条入账,现金支取",
    "lost days and meals that were none, slips for vouchers, cash",
)
def _slips(s: Scene) -> Told:
    unit, village, secretary = _village(s)
    rows = [
        _spent(
            s,
            unit,
            village,
            date(2024, 2 + n, 19),
            6_800 + 350 * n,
            category="误工补贴" if n % 2 else "招待",
            method="现金",
            voucher="白条",
            approvers=1,
            payee_key=secretary["person_key"],
        )
        for n in range(6)
    ]
    return told(unit, village_txn=rows, population=secretary)


@OFF_BOOKS.tells(
    "evasive",
    "小工程拆成务工费,付给书记一家几口人,每笔不到五千元,票据齐全",
    "a small work cut into wages to the secretary's family, each below 5,000, with proper papers",
)
def _wages_to_a_family(s: Scene) -> Told:
    unit, village, secretary = _village(s)
    family = [s.resident(village, secretary["household_id"], 1963, 2002) for _ in range(4)]
    rows = [
        _spent(
            s,
            unit,
            village,
            date(2024, 5, 6) + timedelta(days=9 * n),
            s.story.money(4_310, 4_980, 10),
            category="务工",
            voucher="收据",
            payee_key=family[n % 4]["person_key"],
            meeting_no=f"村议{2024}-{5 + n // 4}",
        )
        for n in range(12)
    ]
    return told(unit, village_txn=rows, population=[secretary, *family])


@OFF_BOOKS.tells(
    "innocent",
    "村务卡登记在报账员名下;荒滩经表决低价发包用于生态修复",
    "the village's card stands in the clerk's name; barren shore let cheaply by vote for restoration",
)
def _card_of_the_village(s: Scene) -> Told:
    unit, village, _ = _village(s)
    rows = [_spent(s, unit, village, date(2024, 6, 11), 3_640, method="村务卡")]
    party = s.firm("生态修复", industry="A0220")["company_id"]
    lease = _lease(s, unit, village, party, 9_000, 9_500, vote_ratio=0.94)
    return told(unit, village_txn=rows, village_contract=lease)
