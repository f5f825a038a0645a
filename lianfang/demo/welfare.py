"""The chapter of subsidies: programmes, payments, deaths, land titles, village cadres, and what is planted there."""

from __future__ import annotations

from datetime import date, timedelta

from lianfang.demo.cast import TOWNS, VILLAGES_PER_TOWN, Cast, village
from lianfang.demo.story import Row, Story, identity_number, next_working_day

LAND, INCOME, DESTITUTE, GRAIN, HOUSING = "BT01", "BT02", "BT03", "BT04", "BT05"
PROGRAMMES = (
    # id, name, domain, exclusive group, bars officials, tests income, basis, counts leased land
    (LAND, "耕地地力保护补贴", "惠农", None, False, False, "亩", False),
    (INCOME, "低收入家庭生活补助", "救助", "基本生活", True, True, "人", False),
    (DESTITUTE, "特困人员生活补助", "救助", "基本生活", True, True, "人", False),
    (GRAIN, "种粮大户补贴", "惠农", None, False, False, "亩", True),
    (HOUSING, "困难家庭住房补助", "住房", None, True, True, "户", False),
)
QUARTERS = [date(year, month, 20) for year in (2023, 2024) for month in (3, 6, 9, 12)]
LAND_RATE, INCOME_QUARTER, DESTITUTE_QUARTER = 108, 1_350, 2_160
POOR_HOUSEHOLDS, DESTITUTE_HOUSEHOLDS = range(40, 80), range(80, 100)


def build_welfare(story: Story, cast: Cast) -> None:
    for row in PROGRAMMES:
        names = (
            "program_id",
            "name",
            "domain",
            "exclusive_group",
            "bars_fiscal",
            "income_tested",
            "basis",
            "allows_leased_land",
        )
        story.add("subsidy_program", **dict(zip(names, row, strict=True)))
    heads = cast.residents[::3]
    for head in heads:
        area = round(story.rng.uniform(1.5, 14.0), 2)
        story.add("land_right", household_id=head["household_id"], region_code=head["region_code"], area_mu=area)
        for year in (2023, 2024):
            grant(story, head, LAND, date(year, 6, 12), area * LAND_RATE, str(year), qty=area)
    for number in POOR_HOUSEHOLDS:
        _quarterly(story, heads[number], INCOME, INCOME_QUARTER)
    for number in DESTITUTE_HOUSEHOLDS:
        _quarterly(story, heads[number], DESTITUTE, DESTITUTE_QUARTER)
    _cadres(story)
    _deaths(story, cast)


def plot_welfare(story: Story, cast: Cast) -> None:
    for plot in (_paid_after_death, _officials_paid, _exclusive, _area, _one_account, _cadre_account):
        plot(story, cast)


def grant(story: Story, person: Row, programme: str, day: date, amount: float, period: str, **facts: object) -> Row:
    """One payment to ``person`` on the first working day from ``day``."""
    row = {
        "pay_id": story.next_id("BF"),
        "program_id": programme,
        "unit_id": "U06" if programme in (LAND, GRAIN) else "U05",
        "region_code": person.get("region_code"),
        "person_key": person["person_key"],
        "household_id": person.get("household_id"),
        "account_no": person["account_no"],
        "account_holder_key": person["person_key"],
        "collect_kind": "本人",
        "qty": 1,
        "amount": round(amount, 2),
        "pay_kind": "正常",
        "period": period,
        "pay_date": next_working_day(day),
        "handler_id": story.rng.choice(story.tables["person"][-60:])["person_id"],
    }
    return story.add("subsidy_payment", **row | facts)


def _quarterly(story: Story, person: Row, programme: str, amount: int, until: date = date(2024, 12, 31)) -> list[Row]:
    return [
        grant(story, person, programme, day, amount, f"{day.year}Q{day.month // 3}", qty=3)
        for day in QUARTERS
        if day <= until
    ]


def _cadres(story: Story) -> None:
    for town in TOWNS:
        for number in range(VILLAGES_PER_TOWN):
            for role in ("村党组织书记", "村委会主任", "会计"):
                story.add(
                    "village_cadre",
                    person_id=story.next_id("C"),
                    person_key=identity_number(story.birth(1964, 1990)),
                    village_id=village(town, number),
                    role=role,
                    since_date=date(2021, 3, 18),
                    until_date=None,
                )


def _deaths(story: Story, cast: Cast) -> None:
    """Deaths among those who receive no monthly subsidy: the ordinary ones."""
    for number in range(330, 560):
        person = cast.residents[number]
        if number % 3 == 0:
            continue  # heads of household receive the land subsidy
        _die(story, person, story.day(date(2023, 2, 1), date(2024, 11, 30)))


def _die(story: Story, person: Row, day: date) -> None:
    story.add(
        "death_record",
        person_key=person["person_key"],
        death_date=day,
        cremation_date=day + timedelta(days=3),
        register_date=day + timedelta(days=story.rng.randint(4, 20)),
        source="公安注销",
    )


def _paid_after_death(story: Story, cast: Cast) -> None:
    """A subsidy for living persons ends with death; registration takes some weeks."""
    for number, died in ((40, date(2023, 11, 5)), (41, date(2024, 2, 8)), (82, date(2024, 4, 16))):
        person = cast.residents[number * 3]
        _die(story, person, died)
        heir, pays = cast.residents[number * 3 + 1], _payments_of(story, person)
        for row in pays:
            if row["program_id"] == LAND and row["pay_date"] > died:  # the household goes on under a new head
                row.update({name: heir[name] for name in ("person_key", "account_no")})
                row["account_holder_key"] = heir["person_key"]
        programme = INCOME if number in POOR_HOUSEHOLDS else DESTITUTE
        late = sum(row["pay_date"] > died for row in pays if row["program_id"] == programme)
        why = f"{died} 死亡后仍发放 {late} 次"
        story.plant("AGRI-001", "subsidy_payment", f"{person['person_key']}/{programme}", why=why)
    for number, died, why in (
        (44, date(2024, 12, 2), "死亡后 18 天内发放一次,登记在途"),
        (45, date(2024, 12, 28), "最后一次发放在死亡之前"),
    ):
        person = cast.residents[number * 3]
        _die(story, person, died)
        story.lookalike("AGRI-001", "subsidy_payment", f"{person['person_key']}/{INCOME}", why=why)


def _payments_of(story: Story, person: Row) -> list[Row]:
    return [row for row in story.tables["subsidy_payment"] if row["person_key"] == person["person_key"]]


def _officials_paid(story: Story, cast: Cast) -> None:
    """Programmes that test income or bar the publicly paid, against the roster."""
    for unit, programme in (("U09", INCOME), ("U23", HOUSING)):
        official = _as_recipient(story, cast.clerk(unit, 3))
        pays = [grant(story, official, programme, day, 1_350, f"{day.year}Q{day.month // 3}") for day in QUARTERS[4:]]
        ids = [str(row["pay_id"]) for row in pays]
        story.plant("AGRI-002", "subsidy_payment", *ids, why="财政供养人员领取排除财政供养的补助")
    farmer = _as_recipient(story, cast.clerk("U22", 4))
    row = grant(story, farmer, LAND, date(2024, 6, 12), 432, "2024", qty=4)
    story.lookalike("AGRI-002", "subsidy_payment", row["pay_id"], why="按承包权发放的地力补贴不排除身份")


def _as_recipient(story: Story, official: Row) -> Row:
    return official | {"account_no": f"6299{story.rng.randrange(10**12):012d}", "household_id": story.next_id("HG")}


def _exclusive(story: Story, cast: Cast) -> None:
    """Two programmes of one exclusive group in one period."""
    for number in (50, 51, 84):
        person = cast.residents[number * 3]
        other = DESTITUTE if number < DESTITUTE_HOUSEHOLDS[0] else INCOME
        for day in QUARTERS[5:7]:
            grant(story, person, other, day, 1_350, f"{day.year}Q{day.month // 3}", qty=3)
        subject = f"{person['person_key']}/基本生活"
        story.plant("AGRI-003", "subsidy_payment", subject, why="同一季度兼领低收入补助与特困补助")
    moved = cast.residents[110 * 3]
    _quarterly(story, moved, INCOME, INCOME_QUARTER, until=date(2023, 6, 30))
    for day in QUARTERS[2:]:
        grant(story, moved, DESTITUTE, day, DESTITUTE_QUARTER, f"{day.year}Q{day.month // 3}", qty=3)
    subject = f"{moved['person_key']}/基本生活"
    story.lookalike("AGRI-003", "subsidy_payment", subject, why="先领低收入补助,转为特困后不再领,季度不重叠")


def _area(story: Story, cast: Cast) -> None:
    """Land subsidies follow the titled area; a lessee's grain subsidy does not."""
    for number, times in ((130, 1.8), (131, 1.3)):
        head = cast.residents[number * 3]
        row = next(p for p in _payments_of(story, head) if p["period"] == "2024" and p["program_id"] == LAND)
        row.update(qty=round(row["qty"] * times, 2), amount=round(row["amount"] * times, 2))
        why = f"计补面积为确权面积的 {times:.0%}"
        story.plant("AGRI-004", "subsidy_payment", f"{head['region_code']}/{head['household_id']}/{LAND}", why=why)
    lessee = cast.residents[140 * 3]
    grant(story, lessee, GRAIN, date(2024, 7, 10), 128 * 60, "2024", qty=128)
    story.lookalike(
        "AGRI-004",
        "subsidy_payment",
        f"{lessee['region_code']}/{lessee['household_id']}/{GRAIN}",
        why="流转土地 128 亩,种粮大户补贴按流转面积计补",
    )


def _one_account(story: Story, cast: Cast) -> None:
    """Payments of unrelated households into one account."""
    holder = cast.residents[150 * 3]
    households = [cast.residents[number * 3] for number in range(60, 66)]
    for person in households:
        for row in _payments_of(story, person):
            if row["pay_date"].year == 2024 and row["program_id"] == INCOME:
                row.update(account_no=holder["account_no"], account_holder_key=holder["person_key"])
    story.plant("AGRI-005", "subsidy_payment", holder["account_no"], why="六户的补助进入同一个人的账户")
    home = "6288000000000001"
    for number in range(90, 96):
        for row in _payments_of(story, cast.residents[number * 3]):
            if row["program_id"] == DESTITUTE:
                row.update(account_no=home, account_holder_key=None, collect_kind="机构")
    story.lookalike("AGRI-005", "subsidy_payment", home, why="福利院集中供养,由机构代收")


def _cadre_account(story: Story, cast: Cast) -> None:
    """A villager's payments into the account of a cadre in office."""
    cadre, former = story.tables["village_cadre"][0], story.tables["village_cadre"][4]
    former["until_date"] = date(2023, 12, 31)
    for number, holder in ((70, cadre), (71, former)):
        person, account = cast.residents[number * 3], f"6277{number:012d}"
        for row in _payments_of(story, person):
            if row["pay_date"].year == 2024 and row["program_id"] == INCOME:
                row.update(account_no=account, account_holder_key=holder["person_key"])
        if holder is cadre:
            story.plant("AGRI-006", "subsidy_payment", account, why="村民补助进入在任村党组织书记的账户")
        else:
            story.lookalike("AGRI-006", "subsidy_payment", account, why="账户持有人已在上一年卸任")
