"""The chapter of village money and contracts, and what is planted there."""

from __future__ import annotations

from datetime import date, timedelta

from lianfang.demo.cast import TOWNS, VILLAGES_PER_TOWN, Cast, village
from lianfang.demo.story import Row, Story, identity_number

PAYMENTS, CONTRACTS = 560, 64
MUST_NOT_BE_CASH = 5_000
RENT = 620  # yuan for a mu and year


def build_villages(story: Story, cast: Cast) -> None:
    for number in range(PAYMENTS):
        town = list(TOWNS)[number % len(TOWNS)]
        spend(story, town, number // len(TOWNS) % VILLAGES_PER_TOWN)
    for number in range(CONTRACTS):
        town = list(TOWNS)[number % len(TOWNS)]
        lease(story, cast, town, number // len(TOWNS) % VILLAGES_PER_TOWN)


def plot_villages(story: Story, cast: Cast) -> None:
    for plot in (_cash, _own_contract, _cheap):
        plot(story, cast)


def spend(story: Story, town: str, number: int) -> Row:
    """A payment of a village: small ones in cash, others by transfer, with invoice and three approvers."""
    amount = story.money(200, 60_000, 50)
    return story.add(
        "village_txn",
        txn_id=story.next_id("CZ"),
        village_id=village(town, number),
        unit_id=town,
        txn_date=story.working_day(date(2023, 1, 9), date(2024, 12, 20)),
        direction="支",
        category=story.rng.choice(("务工", "采购", "误工补贴", "其他")),
        amount=amount,
        method="现金" if amount <= 1_000 else "转账",
        voucher="发票",
        approvers=3,
        meeting_no=None,
    )


def lease(story: Story, cast: Cast, town: str, number: int) -> Row:
    """Land of the village, leased in the open market at the rent of the place for five years."""
    signed = story.working_day(date(2022, 2, 7), date(2024, 10, 18))
    area = story.rng.randint(10, 200)
    rent = round(area * RENT * story.rng.uniform(0.9, 1.1))
    return story.add(
        "village_contract",
        vc_id=story.next_id("CH"),
        village_id=village(town, number),
        unit_id=town,
        kind="资源发包",
        is_household_contracting=False,
        party_key=cast.firm("农资", 8 + story.rng.randrange(32))["company_id"],
        sign_date=signed,
        start_date=signed + timedelta(days=10),
        end_date=signed + timedelta(days=10 + 5 * 365),
        amount=rent * 5,
        area_mu=area,
        annual_rent=rent,
        ref_rent=area * RENT,
        mode="公开交易",
        vote_body="村民代表会议",
        vote_date=signed - timedelta(days=20),
        vote_ratio=0.85,
    )


def _cash(story: Story, cast: Cast) -> None:
    row = spend(story, "U21", 0)
    row.update(amount=28_000, method="现金", category="采购", voucher="收据")
    story.plant("VIL-001", "village_txn", row["txn_id"], why="28000 元采购款付现金")
    row = spend(story, "U21", 1)
    row.update(amount=12_000, method="现金", category="救助", meeting_no="2024-06")
    story.lookalike("VIL-001", "village_txn", row["txn_id"], why="经会议决定发放的救助金")


def _own_contract(story: Story, cast: Cast) -> None:
    """A cadre's own firm contracts with the village without an open market."""
    cadre = story.tables["village_cadre"][1]
    firm = cast.firm("农资", 0)
    firm["legal_rep_key"] = cadre["person_key"]
    row = lease(story, cast, "U21", 0)
    row.update(party_key=firm["company_id"], mode="协议", vote_date=None, vote_ratio=None, sign_date=date(2023, 5, 16))
    story.plant("VIL-004", "village_contract", row["vc_id"], why="在任村委会主任担任法定代表人的企业承包本村土地")
    former = story.tables["village_cadre"][6]
    former["until_date"] = date(2022, 12, 31)
    other = cast.firm("农资", 1)
    other["legal_rep_key"] = former["person_key"]
    row = lease(story, cast, "U21", 2)
    row.update(party_key=other["company_id"], mode="协议", sign_date=date(2023, 9, 12))
    story.lookalike("VIL-004", "village_contract", row["vc_id"], why="签约时该干部已卸任")


def _cheap(story: Story, cast: Cast) -> None:
    row = lease(story, cast, "U22", 0)
    row.update(annual_rent=round(row["ref_rent"] * 0.45), mode="协议")
    story.plant("VIL-005", "village_contract", row["vc_id"], why="年租为同类均价的 45%")
    row = lease(story, cast, "U22", 1)
    person = identity_number(story.birth(1960, 1990))
    row.update(
        is_household_contracting=True,
        annual_rent=0,
        party_key=person,
        end_date=row["start_date"] + timedelta(days=30 * 365),
    )
    story.lookalike("VIL-005", "village_contract", row["vc_id"], why="家庭承包三十年")
