"""The chapter of land: parcels supplied, households compensated, and what is planted there."""

from __future__ import annotations

from datetime import date, timedelta

from lianfang.demo.cast import TOWNS, VILLAGES_PER_TOWN, Cast, village
from lianfang.demo.story import AS_OF, REGION, Row, Story, add_working_days

OWNER = "U01"
USES = {"住宅": 4_200, "商业": 3_600, "工业": 380}  # yuan for a square metre
PARCELS, PROJECTS, HOUSEHOLDS = 60, 6, 40
ITEMS = {"房屋": (1_850, 60, 220), "青苗": (1_200, 1, 9), "附着物": (300, 5, 60)}  # yuan a unit, least and most units


def build_land(story: Story, cast: Cast) -> None:
    for number in range(PARCELS):
        parcel(story, cast, list(USES)[number % len(USES)], story.day(date(2021, 9, 1), date(2024, 3, 31)))
    for number in range(PROJECTS):
        town = list(TOWNS)[number % len(TOWNS)]
        for household in range(HOUSEHOLDS):
            resident = cast.residents[(number * HOUSEHOLDS + household) * 3]
            for item in story.rng.sample(list(ITEMS), 2):
                agreement(story, cast, resident, number, village(town, number % VILLAGES_PER_TOWN), item)


def plot_land(story: Story, cast: Cast) -> None:
    for plot in (_auctions, _listings, _prices_paid, _same_object, _survey, _one_account):
        plot(story, cast)


def parcel(story: Story, cast: Cast, use: str, noticed: date) -> Row:
    """A listed parcel: three weeks of notice, two of listing, several bidders, paid and begun in time."""
    area = story.money(4_000, 60_000, 500)
    start_price = area * USES[use]
    listed = noticed + timedelta(days=22)
    closed = listed + timedelta(days=14)
    confirmed = add_working_days(closed, 1)
    signed = add_working_days(confirmed, 6)
    row = {
        "parcel_id": story.next_id("DK"),
        "region_code": REGION,
        "unit_id": OWNER,
        "use_type": use,
        "area_m2": area,
        "mode": "挂牌",
        "supply_case": "新增",
        "notice_date": noticed,
        "list_start": listed,
        "list_end": closed,
        "deal_confirm_date": confirmed,
        "start_price": start_price,
        "deal_price": round(start_price * story.rng.uniform(1.08, 1.6)),
        "bidders": story.rng.randint(3, 8),
        "winner_id": cast.firm("建设工程", 8 + story.rng.randrange(32))["company_id"],
        "contract_date": signed,
        "result_publish_date": add_working_days(confirmed, 5),
        "fee_due": signed + timedelta(days=60),
        "fee_paid_date": signed + timedelta(days=45),
        "cert_date": signed + timedelta(days=70),
        "plan_start": signed + timedelta(days=180),
        "actual_start": signed + timedelta(days=150),
    }
    row["fee_paid"] = row["deal_price"]
    if row["actual_start"] > AS_OF:
        row["actual_start"] = None
    return story.add("land_parcel", **row)


def agreement(story: Story, cast: Cast, resident: Row, project: int, region: str, item: str) -> Row:
    """What a household gets for one thing, as measured, after ten days of publicity."""
    price, least, most = ITEMS[item]
    measured = round(story.rng.uniform(least, most), 2)
    signed = story.working_day(date(2023, 3, 1), date(2024, 6, 28))
    return story.add(
        "comp_agreement",
        comp_id=story.next_id("BC"),
        project_id=_projects(story)[project],
        region_code=region,
        unit_id=OWNER,
        household_id=resident["household_id"],
        payee_key=resident["person_key"],
        payee_account=resident["account_no"],
        account_holder_key=resident["person_key"],
        item_type=item,
        object_no=story.next_id("BD-"),
        qty=measured,
        measured_qty=measured,
        unit_price=price,
        std_price=price,
        amount=round(measured * price, 2),
        sign_date=signed,
        pay_date=signed + timedelta(days=20),
        surveyor_id=cast.clerk(OWNER, 5)["person_id"],
        reviewer_id=cast.clerk(OWNER, 6)["person_id"],
        publicity_start=signed - timedelta(days=20),
        publicity_end=signed - timedelta(days=10),
    )


def _projects(story: Story) -> list[str]:
    return [str(row["project_id"]) for row in story.tables["project"] if row["unit_id"] == OWNER]


def _auctions(story: Story, cast: Cast) -> None:
    """Land for business is auctioned; making good an old case is not a new supply (土地管理法实施条例 第18条)."""
    for supply, why in (("新增", "商业用地以协议方式供应"), ("补办", "历史用地补办协议出让手续")):
        row = parcel(story, cast, "商业", date(2023, 5, 8))
        row.update(mode="协议", supply_case=supply, notice_date=None, list_start=None, list_end=None, bidders=None)
        if supply == "新增":
            story.plant("LAND-001", "land_parcel", row["parcel_id"], why=why)
        else:
            story.lookalike("LAND-001", "land_parcel", row["parcel_id"], why=why)


def _listings(story: Story, cast: Cast) -> None:
    """Twenty days of notice and ten of listing at least (国土资源部令第39号)."""
    for days in (11, 20):
        row = parcel(story, cast, "住宅", date(2023, 6, 5))
        row["notice_date"] = row["list_start"] - timedelta(days=days)
        if days < 20:
            story.plant("LAND-002", "land_parcel", row["parcel_id"], why=f"公告 {days} 天后即开始挂牌")
        else:
            story.lookalike("LAND-002", "land_parcel", row["parcel_id"], why="公告满 20 天")
    row = parcel(story, cast, "住宅", date(2023, 7, 3))
    row["list_start"] = row["list_end"] - timedelta(days=6)
    story.plant("LAND-003", "land_parcel", row["parcel_id"], why="挂牌只有 6 天")


def _prices_paid(story: Story, cast: Cast) -> None:
    row = parcel(story, cast, "工业", date(2023, 4, 3))
    row["fee_paid_date"] = row["fee_due"] + timedelta(days=120)
    story.plant("LAND-006", "land_parcel", row["parcel_id"], why="应缴日后 120 天才缴清出让价款")
    row = parcel(story, cast, "工业", date(2023, 4, 4))
    row["fee_paid_date"] = row["fee_due"]
    story.lookalike("LAND-006", "land_parcel", row["parcel_id"], why="应缴日当天缴清")
    for by_government, why in ((None, "约定动工日一年半后才动工"), (True, "政府原因延期交地")):
        row = parcel(story, cast, "工业", date(2021, 10, 11))
        row.update(actual_start=row["plan_start"] + timedelta(days=550), delay_by_government=by_government)
        if by_government:
            story.lookalike("LAND-008", "land_parcel", row["parcel_id"], why=why)
        else:
            story.plant("LAND-008", "land_parcel", row["parcel_id"], why=why)


def _same_object(story: Story, cast: Cast) -> None:
    """One house compensated twice; parts of one house that its co-owners sign for are not."""
    first, second = (agreement(story, cast, cast.residents[n], 0, village("U21", 0), "房屋") for n in (600, 603))
    for row in (first, second):
        row["cert_no"] = "示房权0001号"
    subject = f"{first['region_code']}/房屋/{first['cert_no']}"
    story.plant("DEMO-003", "comp_agreement", subject, why="同一权证由两户各签一份全额协议")
    halves = [agreement(story, cast, cast.residents[n], 0, village("U21", 0), "房屋") for n in (606, 609)]
    for row in halves:
        row.update(cert_no="示房权0002号", measured_qty=120, qty=60, amount=60 * row["unit_price"])
    subject = f"{halves[0]['region_code']}/房屋/示房权0002号"
    story.lookalike("DEMO-003", "comp_agreement", subject, why="两名共有人各签一半,合计不超过测绘面积")


def _survey(story: Story, cast: Cast) -> None:
    for times, why in ((1.25, "协议面积比测绘多 25%"), (1.0, "协议面积与测绘一致")):
        row = agreement(story, cast, cast.residents[612], 1, village("U22", 1), "房屋")
        row.update(qty=round(row["measured_qty"] * times, 2))
        row["amount"] = round(row["qty"] * row["unit_price"], 2)
        if times > 1:
            story.plant("DEMO-004", "comp_agreement", row["comp_id"], why=why)
        else:
            story.lookalike("DEMO-004", "comp_agreement", row["comp_id"], why=why)


def _one_account(story: Story, cast: Cast) -> None:
    account, collective = "6266000000000001", "6255000000000001"
    for number in range(4):
        row = agreement(story, cast, cast.residents[618 + number * 3], 2, village("U23", 2), "青苗")
        row["payee_account"] = account
        row = agreement(story, cast, cast.residents[630 + number * 3], 2, village("U23", 2), "青苗")
        row["payee_account"] = collective
    facts = {"village_id": village("U23", 2), "unit_id": "U23", "holder_kind": "集体"}
    story.add("village_account", account_no=collective, **facts)
    story.plant("DEMO-006", "comp_agreement", account, why="四户补偿款进入同一个人账户")
    story.lookalike("DEMO-006", "comp_agreement", collective, why="村集体代收再分户发放")
