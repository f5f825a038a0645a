"""House rules of the catalogue: what every indicator must hold before it may be shown to anyone."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from lianfang.engine.cases import Case, load_cases
from lianfang.engine.catalogue import SHIPPED, Indicator, load, load_indicator, rule_problems
from lianfang.engine.derived import derived
from lianfang.engine.tables import tables
from tests.indicators.mutants import survivors

FOLDERS = sorted(path.parent for path in SHIPPED.glob("*/*/indicator.yaml"))
PREPARED = date(2026, 11, 23)  # the day the catalogue was last gone through as a whole
# A slug says what is seen. These say what is suspected.
SUSPICION = re.compile(
    r"abus|beneficial_favou?r|brib|cheat|collu|conspir|corrupt|crime|criminal|decei|deceptive|dishonest|embezzl|evad"
    r"|evasion|fabricat|fake|false|favou?rit|forg|fraud|ghost|guilt|illegal|illicit|improper|kickback|launder|malprac"
    r"|manipulat|misappropriat|nepot|rigg|scam|sham|steal|stolen|suspect|suspic|theft|unlawful|violat"
)
SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
NAMES_OF_PERSONS = {("person", "name")}  # what identifies an official but cannot be compared with the protected ids

# Mutants that mean the same as the original, each with the reason why no case can tell.
EQUIVALENT = {
    "R035": {"threshold: 1 → 0"},  # what is counted are joined rows: there is one at least
}

each = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


def indicator_and_cases(folder: Path) -> tuple[Indicator, list[Case]]:
    return load_indicator(folder), load_cases(folder / "cases.yaml")


def test_the_catalogue_loads_as_a_whole() -> None:
    loaded = load()
    assert sorted(i.folder for i in loaded.indicators.values()) == FOLDERS


@each
def test_the_card_matches_its_rule(folder: Path) -> None:
    indicator = load_indicator(folder)
    assert rule_problems(indicator) == []
    assert indicator.colour_sql("metric").startswith("CASE WHEN")


@each
def test_there_is_a_case_of_each_needed_kind(folder: Path) -> None:
    indicator, cases = indicator_and_cases(folder)
    shown = {kind for case in cases for kind in case.shows}
    assert {"hit", "miss", "innocent", "blank"} - shown == set()
    assert [case.name for case in cases if "hit" in case.shows and not case.expected] == []
    assert [case.name for case in cases if case.shows == ("miss",) and case.expected] == []
    assert any(case.expected for case in cases)
    assert any(not case.expected for case in cases)
    assert indicator.card.innocent


@each
def test_each_innocent_explanation_names_a_case_that_stays_silent(folder: Path) -> None:
    indicator, cases = indicator_and_cases(folder)
    silent = {case.name for case in cases if not case.expected}
    assert [one.case for one in indicator.card.innocent if one.case not in silent] == []


@each
def test_the_day_and_the_day_before_each_change_stand_in_a_case(folder: Path) -> None:
    indicator, cases = indicator_and_cases(folder)
    days = {cell[:10] for c in cases for rows in c.rows.values() for row in rows for cell in row.values() if cell}
    days |= {case.as_of.isoformat() for case in cases}
    changes = {
        value.since for parameter in indicator.card.parameters.values() for value in parameter.values if value.since
    }
    wanted = {day.isoformat() for change in changes for day in (change, change - timedelta(days=1))}
    assert sorted(wanted - days) == []


@each
def test_its_names_say_what_is_seen(folder: Path) -> None:
    indicator = load_indicator(folder)
    assert SUSPICION.findall(indicator.slug) == []
    assert [name for name in (indicator.family, indicator.slug) if not SNAKE.fullmatch(name)] == []
    assert [name for name in indicator.rule.output if not SNAKE.fullmatch(name)] == []
    assert [case.name for case in load_cases(folder / "cases.yaml") if len(case.name.split()) < 4] == []


@each
def test_what_it_detects_is_one_whole_sentence_in_each_language(folder: Path) -> None:
    detects = load_indicator(folder).card.detects
    assert detects.zh.endswith("。")
    assert detects.zh.count("。") == 1
    assert detects.en.endswith(".")


@each
def test_people_stand_behind_it(folder: Path) -> None:
    card = load_indicator(folder).card
    assert card.author != card.checker
    assert card.status in ("draft", "trial")  # putting in force is an office's own act
    assert PREPARED < card.next_review <= PREPARED.replace(year=PREPARED.year + 2)


@each
def test_its_population_can_be_counted(folder: Path) -> None:
    indicator = load_indicator(folder)
    assert len(indicator.population.output) == 1
    assert indicator.population.tables <= set(tables()) | set(derived())


@each
def test_its_evidence_names_officials_by_id_alone(folder: Path) -> None:
    """An official managed above is found by id wherever it stands; a bare name could not be."""
    lineage = load_indicator(folder).rule.lineage
    assert {column for column, origins in lineage.items() if origins & NAMES_OF_PERSONS} == set()


@each
def test_every_threshold_is_pinned_by_a_case(folder: Path) -> None:
    indicator, cases = indicator_and_cases(folder)
    survived = survivors(indicator, cases)
    assert EQUIVALENT.get(indicator.code, set()) <= set(survived)
    if found := [one for one in survived if one not in EQUIVALENT.get(indicator.code, set())]:
        pytest.fail(f"{indicator.code}: no case notices\n" + "\n".join(f"    {one}" for one in found), pytrace=False)
