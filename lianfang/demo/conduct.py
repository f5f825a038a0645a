"""The chapter of expense claims: travel, receptions, meetings and training, and what is planted there."""

from __future__ import annotations

from datetime import date, timedelta

from lianfang.demo.cast import Cast
from lianfang.demo.story import Row, Story, add_working_days, next_working_day

CITIES = {"甲市": 420, "乙市": 380, "丙市": 350, "丁市": 460}
CLAIMS = 900
GUESTS, ESCORTS = 8, 3
INVOICE = ("invoice_no", "invoice_date", "seller_id", "seller_name")
FIRST, LAST = date(2023, 1, 9), date(2024, 11, 20)


def build_conduct(story: Story, cast: Cast) -> None:
    for number in range(CLAIMS):
        unit = cast.units[number % len(cast.units)]
        # Each clerk has turns of a fortnight of their own, so that no two journeys of one person touch.
        clerk, turn = (number // len(cast.units)) % 12, number // (len(cast.units) * 12)
        first = FIRST + timedelta(days=56 * (turn % 12) + 4 * clerk)
        KINDS[number % len(KINDS)](story, cast, cast.clerk(unit, clerk), next_working_day(first))


def plot_conduct(story: Story, cast: Cast) -> None:
    for plot in (_no_letter, _escorts, _holiday, _over_standard, _same_invoice, _two_places):
        plot(story, cast)


def claim(
    story: Story, cast: Cast, person: Row, kind: str, start: date, days: int, amount: float, **facts: object
) -> Row:
    end = start + timedelta(days=days - 1)
    seller = cast.firm("餐饮", 8 + story.rng.randrange(32))
    row = {
        "claim_id": story.next_id("BX"),
        "unit_id": person["unit_id"],
        "person_id": person["person_id"],
        "kind": kind,
        "start_date": start,
        "end_date": end,
        "city": "鄂州市",
        "heads": None,
        "guests": None,
        "escorts": None,
        "official_letter": None,
        "amount": round(amount, 2),
        "std_amount": round(amount * 1.15, 2),
        "invoice_no": f"2{story.rng.randrange(10**11):011d}{story.rng.randrange(10**8):08d}",
        "invoice_date": next_working_day(end),
        "seller_id": seller["company_id"],
        "seller_name": seller["name"],
        "pay_method": "公务卡",
        "approver_id": cast.leader(person["unit_id"])["person_id"],
        "claim_date": add_working_days(end, 6),
    }
    return story.add("expense_claim", **row | facts)


def _travel(story: Story, cast: Cast, person: Row, start: date) -> Row:
    city, days = story.rng.choice(list(CITIES)), story.rng.randint(2, 3)
    amount = days * CITIES[city] * story.rng.uniform(0.8, 1.0) + story.rng.randint(200, 700)
    return claim(story, cast, person, "差旅", start, days, amount, city=city)


def _reception(story: Story, cast: Cast, person: Row, start: date) -> Row:
    guests = story.rng.randint(4, 10)
    facts = {"guests": guests, "escorts": story.rng.randint(1, ESCORTS), "official_letter": True}
    return claim(story, cast, person, "接待", start, 1, guests * story.rng.uniform(70, 100), **facts)


def _meeting(story: Story, cast: Cast, person: Row, start: date) -> Row:
    heads = story.rng.randint(20, 80)
    return claim(story, cast, person, "会议", start, 1, heads * story.rng.uniform(90, 150), heads=heads)


def _training(story: Story, cast: Cast, person: Row, start: date) -> Row:
    heads = story.rng.randint(20, 60)
    return claim(story, cast, person, "培训", start, 2, heads * story.rng.uniform(200, 320), heads=heads)


KINDS = (_travel, _reception, _travel, _meeting, _reception, _training)


def _no_letter(story: Story, cast: Cast) -> None:
    """A reception needs an official letter (党政机关国内公务接待管理规定)."""
    for unit, amount in (("U02", 1_860), ("U24", 4_300)):
        row = claim(
            story,
            cast,
            cast.clerk(unit, 13),
            "接待",
            date(2024, 5, 15),
            1,
            amount,
            guests=GUESTS,
            escorts=2,
            official_letter=False,
        )
        story.plant("EXP-001", "expense_claim", row["claim_id"], why="接待登记为无公函")
    row = claim(story, cast, cast.clerk("U11", 13), "接待", date(2024, 5, 16), 1, 900, guests=GUESTS, escorts=2)
    story.lookalike("EXP-001", "expense_claim", row["claim_id"], why="公函一栏空白,未登记不等于没有")


def _escorts(story: Story, cast: Cast) -> None:
    """Up to ten guests: three escorts; above, a third of the guests."""
    for guests, escorts, planted in ((6, 7, True), (15, 9, True), (10, 3, False), (15, 5, False)):
        facts = {"guests": guests, "escorts": escorts, "official_letter": True}
        row = claim(story, cast, cast.clerk("U10", 14), "接待", date(2024, 6, 4 + guests), 1, guests * 90, **facts)
        if planted:
            story.plant("EXP-002", "expense_claim", row["claim_id"], why=f"来宾 {guests} 人,陪同 {escorts} 人")
        else:
            story.lookalike(
                "EXP-002", "expense_claim", str(row["claim_id"]), why=f"来宾 {guests} 人,陪同恰为上限 {escorts} 人"
            )


def _holiday(story: Story, cast: Cast) -> None:
    """Receptions on days off, duty excepted."""
    sunday = date(2024, 4, 21)
    for person, facts in ((13, {}), (14, {"on_duty": True})):
        official = cast.clerk("U01", person)
        more = {"guests": GUESTS, "escorts": 2, "official_letter": True, "invoice_date": sunday} | facts
        row = claim(story, cast, official, "接待", sunday, 1, 700, **more)
        if facts:
            story.lookalike("EXP-012", "expense_claim", row["claim_id"], why="周日接待,系值班公务")
        else:
            story.plant("EXP-012", "expense_claim", row["claim_id"], why="周日公款接待")


def _over_standard(story: Story, cast: Cast) -> None:
    for kind, times in (("会议", 1.3), ("培训", 1.12)):
        row = claim(
            story, cast, cast.clerk("U12", 13), kind, date(2024, 7, 9), 1, 9_000 * times, std_amount=9_000, heads=60
        )
        story.plant("EXP-003", "expense_claim", row["claim_id"], why=f"{kind}开支为标准上限的 {times:.0%}")
    row = claim(story, cast, cast.clerk("U12", 14), "会议", date(2024, 7, 10), 1, 9_000, std_amount=9_000, heads=60)
    story.lookalike("EXP-003", "expense_claim", row["claim_id"], why="恰为标准上限")


def _same_invoice(story: Story, cast: Cast) -> None:
    """One invoice paid twice; a reversal is no second payment."""
    for unit, other in (("U04", "U04"), ("U02", "U03")):
        first = claim(story, cast, cast.clerk(unit, 13), "办公", date(2024, 4, 9), 1, 6_480)
        claim(
            story,
            cast,
            cast.clerk(other, 14),
            "办公",
            date(2024, 8, 6),
            1,
            6_480,
            **{name: first[name] for name in INVOICE},
        )
        where = "同一单位" if unit == other else "两个单位"
        subjects = sorted(f"{first['invoice_no']}/{one}" for one in {unit, other})
        story.plant("EXP-004", "expense_claim", *subjects, why=f"同一发票在{where}报销两次")
    first = claim(story, cast, cast.clerk("U05", 13), "办公", date(2024, 4, 9), 1, 3_200)
    facts = {name: first[name] for name in INVOICE} | {"std_amount": None}
    claim(story, cast, cast.clerk("U05", 13), "办公", date(2024, 4, 16), 1, -3_200, **facts)
    story.lookalike("EXP-004", "expense_claim", f"{first['invoice_no']}/U05", why="第二笔是红字冲销")
    for unit in ("U06", "U07"):
        row = claim(story, cast, cast.clerk(unit, 13), "办公", date(2024, 3, 5), 1, 800, invoice_no=None)
        story.lookalike("EXP-004", "expense_claim", row["claim_id"], why="发票号空白")


def _two_places(story: Story, cast: Cast) -> None:
    """One person claims to be in two cities at once."""
    person = cast.clerk("U08", 13)
    away = claim(story, cast, person, "差旅", date(2024, 9, 9), 4, 2_600, city="甲市")
    other = claim(story, cast, person, "差旅", date(2024, 9, 10), 2, 1_500, city="丙市")
    story.plant("EXP-005", "expense_claim", f"{away['claim_id']}+{other['claim_id']}", why="同一人同日在两地出差")
    traveller = cast.clerk("U08", 14)
    first = claim(story, cast, traveller, "差旅", date(2024, 9, 9), 3, 1_900, city="甲市")
    second = claim(story, cast, traveller, "差旅", date(2024, 9, 11), 2, 1_200, city="丙市")
    subject = f"{first['claim_id']}+{second['claim_id']}"
    story.lookalike("EXP-005", "expense_claim", subject, why="当日由甲市转往丙市")
