"""The chapter of pensions and social assistance, and what is planted there."""

from __future__ import annotations

from datetime import date, timedelta

from lianfang.demo.cast import Cast
from lianfang.demo.story import Row, Story

BUREAU = "U05"
MONTHS = [date(2024, month, 1) for month in range(1, 13)]
PENSIONERS, CASES = range(1, 180, 3), range(2, 240, 3)
AMOUNTS = {"城乡居民": 186, "企业职工": 2_640}


def build_social(story: Story, cast: Cast) -> None:
    for number in PENSIONERS:
        pension(story, cast.residents[number], "城乡居民" if number % 2 else "企业职工")
    for number in CASES:
        assistance(story, cast.residents[number], date(2023, 1 + number % 6, 9))


def plot_social(story: Story, cast: Cast) -> None:
    for plot in (_pension_after_death, _two_pensions, _assistance_after_death):
        plot(story, cast)


def pension(story: Story, person: Row, scheme: str, months: list[date] = MONTHS) -> None:
    for month in months:
        facts = {
            "person_key": person["person_key"],
            "scheme": scheme,
            "month": month,
            "account_no": person["account_no"],
        }
        story.add("pension_payment", **facts, amount=AMOUNTS[scheme], unit_id=BUREAU)


def assistance(story: Story, person: Row, applied: date) -> Row:
    """One household member on assistance, surveyed, published and confirmed in order."""
    case = story.add(
        "assist_case",
        case_id=story.next_id("JZ"),
        kind="低保",
        unit_id=BUREAU,
        region_code=person["region_code"],
        household_id=person["household_id"],
        applicant_key=person["person_key"],
        apply_date=applied,
        survey_date=applied + timedelta(days=6),
        publicity_start=applied + timedelta(days=9),
        publicity_end=applied + timedelta(days=16),
        confirm_date=applied + timedelta(days=19),
        start_month=date(applied.year, applied.month + 1, 1),
        end_month=None,
        monthly=640,
        members=1,
        review_class="B",
    )
    story.add("assist_member", case_id=case["case_id"], person_key=person["person_key"], until_date=None)
    return case


def _die(story: Story, person: Row, day: date) -> None:
    facts = {"death_date": day, "cremation_date": day + timedelta(days=3), "register_date": day + timedelta(days=10)}
    story.add("death_record", person_key=person["person_key"], **facts, source="公安注销")


def _pension_after_death(story: Story, cast: Cast) -> None:
    """The pension ends with the month of death."""
    for number, months, why in ((640, MONTHS, "死亡后仍发放养老待遇"), (641, MONTHS[:5], "发放到死亡当月为止")):
        person = cast.residents[number]
        pension(story, person, "城乡居民", months)
        _die(story, person, date(2024, 5, 12))
        subject = f"{person['person_key']}/城乡居民"
        if months is MONTHS:
            story.plant("SOC-001", "pension_payment", subject, why=why)
        else:
            story.lookalike("SOC-001", "pension_payment", subject, why=why)


def _two_pensions(story: Story, cast: Cast) -> None:
    both, moved = cast.residents[643], cast.residents[644]
    pension(story, both, "城乡居民")
    pension(story, both, "企业职工")
    story.plant("SOC-002", "pension_payment", both["person_key"], why="同月领取居民养老和职工养老")
    pension(story, moved, "城乡居民", MONTHS[:6])
    pension(story, moved, "企业职工", MONTHS[6:])
    story.lookalike("SOC-002", "pension_payment", moved["person_key"], why="由居民养老转为职工养老,月份不重叠")


def _assistance_after_death(story: Story, cast: Cast) -> None:
    for number, ends, why in ((646, None, "唯一保障对象死亡半年后仍在发放"), (647, date(2024, 7, 1), "死亡次月停发")):
        person = cast.residents[number]
        case = assistance(story, person, date(2023, 2, 8))
        case["end_month"] = ends
        _die(story, person, date(2024, 6, 11))
        subject = f"{case['case_id']}/{person['person_key']}"
        if ends is None:
            story.plant("SOC-007", "assist_case", subject, why=why)
        else:
            story.lookalike("SOC-007", "assist_case", subject, why=why)
