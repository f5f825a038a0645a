"""Subsidies: more land than there is, payments for the dead, relief goods that do not arrive."""

from __future__ import annotations

from datetime import date, timedelta

from lianfang.demo.schemes.scene import Scene
from lianfang.demo.schemes.scheme import Scheme, Told, told
from lianfang.demo.story import Row

PROGRAM = "BTX1"
RATE = 112.4


def _program(s: Scene) -> str:
    known = {row["program_id"] for row in s.story.tables.get("subsidy_program", ())}
    if PROGRAM not in known:
        s.story.add(
            "subsidy_program",
            program_id=PROGRAM,
            name="稻谷补贴",
            domain="惠农",
            bars_fiscal=False,
            income_tested=False,
            basis="亩",
            allows_leased_land=True,
        )
    return PROGRAM


def _paid(s: Scene, unit: str, who: Row, qty: float, day: date, **over: object) -> Row:
    row = {
        "pay_id": s.story.next_id("BFX"),
        "program_id": _program(s),
        "unit_id": unit,
        "region_code": who["hukou_region"],
        "person_key": who["person_key"],
        "household_id": who["household_id"],
        "account_no": s.account(),
        "account_holder_key": who["person_key"],
        "collect_kind": "本人",
        "qty": round(qty, 2),
        "amount": round(qty * RATE, 2),
        "pay_kind": "正常",
        "period": "2024",
        "pay_date": day,
        "handler_id": s.clerk(unit)["person_id"],
    }
    return s.story.add("subsidy_payment", **(row | over))


def _right(s: Scene, who: Row, area: float) -> Row:
    return s.story.add("land_right", household_id=who["household_id"], region_code=who["hukou_region"], area_mu=area)


def _farmers(s: Scene, unit: str, village: str, day: date, number: int = 6) -> None:
    for _ in range(number):
        who, area = s.resident(village), round(s.rng.uniform(3, 14), 2)
        _right(s, who, area)
        _paid(s, unit, who, area, day)


FALSE = Scheme(
    "subsidy-false-claim",
    "惠民补贴",
    "虚报面积、冒用他人名义套取补贴",
    "Subsidy on land that is not there or in others' names",
    "财政违法行为处罚处分条例第6条、第14条;中央纪委通报的惠民惠农“一卡通”案例",
    "Regulation on breaches of fiscal law, articles 6 and 14; published cases on subsidy cards",
)


@FALSE.tells("plain", "申报面积为确权面积的三倍多", "more than three times the registered land")
def _three_times_the_land(s: Scene) -> Told:
    town = s.town()
    unit, village, day = f"T{town.code}", s.village(town), date(2024, 6, 18)
    _farmers(s, unit, village, day)
    who = s.resident(village)
    _right(s, who, 8.6)
    return told(unit, subsidy_payment=_paid(s, unit, who, 29.5, day), population=who)


@FALSE.tells(
    "disguised",
    "十户人的补贴都打进一张卡",
    "the subsidies of ten households go to one card",
)
def _ten_on_one_card(s: Scene) -> Told:
    town = s.town()
    unit, village, day = f"T{town.code}", s.village(town), date(2024, 6, 19)
    _farmers(s, unit, village, day)
    holder, card, found = s.resident(village), s.account(), []
    for _ in range(10):
        who, area = s.resident(village), round(s.rng.uniform(5, 12), 2)
        _right(s, who, area)
        found.append(_paid(s, unit, who, area, day, account_no=card, account_holder_key=holder["person_key"]))
    return told(unit, subsidy_payment=found, population=holder)


@FALSE.tells(
    "evasive",
    "常年在外人员的地由一人种一人领,分散在三张卡、两个村、三个月,数量都不超确权面积",
    "one takes for all who left: three cards, two villages, three months, never above the registered area",
)
def _those_who_left(s: Scene) -> Told:
    town = s.town()
    unit, villages = f"T{town.code}", [s.village(town), s.village(town)]
    cards, found = [s.account() for _ in range(3)], []
    family = s.household(villages[0], 3)
    for number in range(9):
        who, area = s.resident(villages[number % 2]), round(s.rng.uniform(6, 11), 2)
        _right(s, who, area)
        place = number % 3
        day = date(2024, 6 + place, 12) + timedelta(days=number)
        holder = family[place]["person_key"]
        found.append(_paid(s, unit, who, area * 0.98, day, account_no=cards[place], account_holder_key=holder))
    return told(unit, subsidy_payment=found, population=family)


@FALSE.tells(
    "innocent",
    "流转承租户按租入面积申报;一家三口依约共用一个账户",
    "a tenant farmer claims leased land; three of one household share an account by agreement",
)
def _tenant_and_family(s: Scene) -> Told:
    town = s.town()
    unit, village, day = f"T{town.code}", s.village(town), date(2024, 6, 20)
    _farmers(s, unit, village, day)
    tenant = s.resident(village)
    _right(s, tenant, 6.2)
    family, card = s.household(village, 3), s.account()
    _right(s, family[0], 21.0)
    shared = [
        _paid(s, unit, one, 7.0, day, account_no=card, account_holder_key=family[0]["person_key"], collect_kind="监护")
        for one in family
    ]
    return told(unit, subsidy_payment=[_paid(s, unit, tenant, 58.0, day), *shared])


DEAD = Scheme(
    "paid-after-death",
    "社会保障",
    "死亡人员待遇继续发放、被他人领取",
    "Benefits go on after death and somebody else takes them",
    "社会保险法第88条;审计公告:向死亡人员发放待遇",
    "Social Insurance Law, article 88; audit notices on benefits for the dead",
)
INSURANCE = "EZ05"


def _pensioner(s: Scene, months: range, scheme: str = "城乡居民", amount: int = 198) -> tuple[Row, list[Row]]:
    who = s.resident(s.village(s.town()), first=1936, last=1958)
    account = s.account()
    rows = [
        s.story.add(
            "pension_payment",
            person_key=who["person_key"],
            scheme=scheme,
            month=date(2024, month, 1),
            amount=amount,
            account_no=account,
            unit_id=INSURANCE,
        )
        for month in months
    ]
    return who, rows


def _death(s: Scene, who: Row, died: date, registered: date | None = None, **over: object) -> Row:
    row = {
        "person_key": who["person_key"],
        "death_date": died,
        "cremation_date": died + timedelta(days=3),
        "register_date": registered or died + timedelta(days=11),
        "source": "公安注销",
    }
    return s.story.add("death_record", **(row | over))


@DEAD.tells("plain", "去世后养老金又发了八个月", "a pension for eight months after the death")
def _eight_months(s: Scene) -> Told:
    who, rows = _pensioner(s, range(1, 12))
    _death(s, who, date(2024, 3, 9))
    return told(INSURANCE, pension_payment=rows[3:], population=who)


@DEAD.tells(
    "disguised",
    "去世当月换成亲属的账户继续领",
    "the account is changed to a relative's in the month of the death",
)
def _account_changed(s: Scene) -> Told:
    who, rows = _pensioner(s, range(1, 13), "高龄津贴", 100)
    _death(s, who, date(2024, 5, 22))
    account = s.account()
    for row in rows[5:]:
        row["account_no"] = account
    return told(INSURANCE, pension_payment=rows[5:], population=who)


@DEAD.tells(
    "evasive",
    "土葬不报死亡,只在户籍里迁出,养老金照领,低保换到同村同名者身上",
    "buried and never reported: struck off as moved away, the pension goes on, support passes to a namesake",
)
def _never_reported(s: Scene) -> Told:
    who, rows = _pensioner(s, range(1, 13))
    namesake = s.resident(who["hukou_region"])
    namesake.update(name=who["name"])
    row = _low_income(s, namesake, f"T{who['hukou_region'][:9]}", 610)
    s.story.tables["population"].remove(who)
    return told(INSURANCE, pension_payment=rows[4:], assist_case=row)


@DEAD.tells(
    "innocent",
    "去世当月的待遇照发;多发的一个月已冲回",
    "the month of the death is due; a month too many was paid back",
)
def _month_of_the_death(s: Scene) -> Told:
    who, rows = _pensioner(s, range(1, 7))
    _death(s, who, date(2024, 6, 17))
    second, late = _pensioner(s, range(1, 6))
    _death(s, second, date(2024, 5, 3))
    return told(INSURANCE, pension_payment=[rows[-1], late[-1]], population=[who, second])


def _low_income(s: Scene, who: Row, unit: str, monthly: int, **over: object) -> Row:
    applied = date(2024, 2, 5) + timedelta(days=s.rng.randint(0, 40))
    row = {
        "case_id": s.story.next_id("JZX"),
        "kind": "低保",
        "unit_id": unit,
        "region_code": who["hukou_region"],
        "household_id": who["household_id"],
        "applicant_key": who["person_key"],
        "apply_date": applied,
        "survey_date": applied + timedelta(days=7),
        "survey_status": "有",
        "publicity_start": applied + timedelta(days=10),
        "publicity_start_status": "有",
        "publicity_end": applied + timedelta(days=17),
        "confirm_date": applied + timedelta(days=20),
        "start_month": date(2024, 4, 1),
        "monthly": monthly,
        "members": 1,
        "review_class": "B",
        "last_review": date(2024, 10, 10),
        "handler_id": s.clerk(unit)["person_id"],
        "kin_filed": False,
    }
    case = s.story.add("assist_case", **(row | over))
    s.story.add("assist_member", case_id=case["case_id"], person_key=who["person_key"], until_date=None)
    return case


KIN = Scheme(
    "support-for-kin",
    "社会救助",
    "给不够条件的干部亲属办低保",
    "Low-income support for kin of officials who do not qualify",
    "社会救助暂行办法第66条、第68条;最低生活保障审核确认办法(近亲属备案)",
    "Interim Rules on Social Assistance, articles 66 and 68; Rules on low-income support (filing of near relatives)",
)


def _kin(s: Scene, declared: bool) -> tuple[str, Row, Row]:
    town = s.town()
    unit, who = f"T{town.code}", s.resident(s.village(town), first=1955, last=1985)
    official = s.clerk(unit)
    if declared:
        s.story.add(
            "relative",
            person_id=official["person_id"],
            relative_key=who["person_key"],
            relation="兄弟姐妹",
            source="申报",
            declared_date=date(2022, 2, 11),
        )
    return unit, who, official


@KIN.tells("plain", "经办人给有房有车的姐姐办低保", "the clerk's sister, with a flat and a car, is granted support")
def _sister_with_a_flat(s: Scene) -> Told:
    unit, who, official = _kin(s, declared=True)
    _owns(s, who, 2)
    return told(unit, assist_case=_low_income(s, who, unit, 820, handler_id=official["person_id"]), population=who)


def _owns(s: Scene, who: Row, flats: int) -> None:
    for _ in range(flats):
        s.story.add(
            "realty",
            realty_id=s.story.next_id("FC"),
            owner_key=who["person_key"],
            region_code=who["hukou_region"],
            use_type="住宅",
            area_m2=round(s.rng.uniform(95, 142), 2),
            reg_date=date(2020, 5, 14),
        )
    s.story.add(
        "vehicle_reg",
        plate_hash=f"che-{s.rng.randrange(16**8):08x}",
        owner_key=who["person_key"],
        reg_date=date(2022, 3, 3),
        price_est=168_000,
        vclass="小型客车",
    )


@KIN.tells(
    "disguised",
    "换同事经办,亲属有一家公司未登记在申报里",
    "a colleague handles it; the kin has a firm",
)
def _colleague_handles(s: Scene) -> Told:
    unit, who, _ = _kin(s, declared=True)
    firm = s.firm("商贸", owner=who["person_key"], industry="F5199")
    case = _low_income(s, who, unit, 780, handler_id=s.clerk(unit, 2)["person_id"])
    return told(unit, assist_case=case, population=who, company=firm)


@KIN.tells(
    "evasive",
    "先分户再申请,房车过户给不同户的子女,未申报亲属关系",
    "the household is split first, flat and car pass to a child elsewhere, the kinship is not declared",
)
def _household_split(s: Scene) -> Told:
    unit, who, _ = _kin(s, declared=False)
    who.update(hukou_since=date(2024, 1, 8))
    child = s.resident(who["hukou_region"], first=1994, last=2001)
    _owns(s, child, 1)
    return told(unit, assist_case=_low_income(s, who, unit, 705), population=[who, child])


@KIN.tells(
    "innocent",
    "村干部近亲属确有困难,已按规定备案并公示",
    "a near relative in real need, filed and published as the rules ask",
)
def _filed_and_published(s: Scene) -> Told:
    unit, who, _ = _kin(s, declared=True)
    case = _low_income(s, who, unit, 690, kin_filed=True, kin_filed_date=date(2024, 2, 2))
    return told(unit, assist_case=case, population=who)


RELIEF = Scheme(
    "relief-goods",
    "救灾",
    "截留、冒领救灾物资",
    "Relief goods are held back or taken in others' names",
    "自然灾害救助条例第29条、第30条;社会救助暂行办法第67条;救灾领域违纪通报",
    "Regulation on disaster relief, articles 29 and 30; Interim Rules on Social Assistance, article 67",
)
EMERGENCY = "EZ07"


def _flood(s: Scene, households: int) -> tuple[str, list[Row]]:
    """A flood with so many confirmed households, and the goods that came for it."""
    town, event = s.town(), s.story.next_id("ZQ2024-")
    people = [s.resident(s.village(town)) for _ in range(households)]
    for who in people:
        s.story.add(
            "disaster_household",
            event_id=event,
            household_id=who["household_id"],
            loss_level=s.rng.choice(("一般", "较重", "严重")),
            confirm_date=date(2024, 7, 8),
        )
    _flow(s, event, "入", 40 * households, None, date(2024, 7, 6))
    return event, people


def _flow(s: Scene, event: str, direction: str, qty: float, key: str | None, day: date) -> Row:
    return s.story.add(
        "relief_goods",
        flow_id=s.story.next_id("JZW"),
        event_id=event,
        unit_id=EMERGENCY,
        item_code="大米公斤",
        direction=direction,
        qty=qty,
        receiver_key=key,
        flow_date=day,
    )


@RELIEF.tells(
    "plain", "入库四百公斤多发不出去,账上却写发给干部", "what is left is written out to officials of the unit"
)
def _to_officials(s: Scene) -> Told:
    event, people = _flood(s, 8)
    for who in people[:5]:
        _flow(s, event, "出", 40, who["person_key"], date(2024, 7, 11))
    taken = [_flow(s, event, "出", 60, s.clerk(EMERGENCY, n)["person_key"], date(2024, 7, 20)) for n in (1, 2)]
    return told(EMERGENCY, relief_goods=taken)


@RELIEF.tells("disguised", "用已故老人的名义领取", "taken in the names of the dead")
def _names_of_the_dead(s: Scene) -> Told:
    event, people = _flood(s, 8)
    for who in people[:6]:
        _flow(s, event, "出", 40, who["person_key"], date(2024, 7, 11))
    for who in people[6:]:
        _death(s, who, date(2024, 2, 12))
    taken = [_flow(s, event, "出", 40, who["person_key"], date(2024, 7, 13)) for who in people[6:]]
    return told(EMERGENCY, relief_goods=taken, population=people[6:])


@RELIEF.tells(
    "evasive",
    "受灾户按份签收但少发,差额以“损耗”和两次入库的数字抹平",
    "each household signs for less; the rest vanishes between two receipts and “loss”",
)
def _short_measure(s: Scene) -> Told:
    event, people = _flood(s, 8)
    taken = [_flow(s, event, "入", 160, None, date(2024, 7, 9))]
    for who in people:
        _flow(s, event, "出", 42, who["person_key"], date(2024, 7, 12))
    taken.append(_flow(s, event, "出", 144, None, date(2024, 8, 30)))
    return told(EMERGENCY, relief_goods=taken)


@RELIEF.tells(
    "innocent",
    "临时安置点集中领取,未用完的退回下一次灾情",
    "a shelter receives for all; the rest is kept for the next flood",
)
def _shelter(s: Scene) -> Told:
    event, people = _flood(s, 6)
    together = _flow(s, event, "出", 200, people[0]["person_key"], date(2024, 7, 10))
    return told(EMERGENCY, relief_goods=together)
