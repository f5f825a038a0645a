"""The domain's worked examples of grading, and what a person may change."""

from __future__ import annotations

from datetime import date

import pytest

from lianfang.web.alerts import actions, grading
from lianfang.web.alerts.grading import Earlier
from lianfang.web.alerts.models import Alert
from lianfang.web.alerts.workflow import approvers
from lianfang.web.shared.refused import Refused

from .conftest import FACTORS, WORDS

YELLOW, ORANGE, RED = "yellow", "orange", "red"
V, C, A = "rule_broken", "data_collision", "statistical_anomaly"
NAMES = ("nature", "amount", "subject", "repeat", "hits", "impact", "post_risk")

# name, nature and colour of the indicator, triggers, factors → capped colour, score, its colour, proposal
EXAMPLES = [
    (
        "flaw of an ordinary official, first time",
        V,
        YELLOW,
        (),
        ("flaw", 0, "ordinary", 1, 1, "none", "3"),
        YELLOW,
        1,
        YELLOW,
        YELLOW,
    ),
    (
        "statistical, 600 000, middle post",
        A,
        ORANGE,
        (),
        ("tendency", 600_000, "middle", 1, 1, "none", "2"),
        YELLOW,
        6,
        ORANGE,
        ORANGE,
    ),
    (
        "collision capped at orange",
        C,
        RED,
        (),
        ("breach", 20_000, "ordinary", 1, 1, "none", "3"),
        ORANGE,
        3,
        YELLOW,
        ORANGE,
    ),
    ("head, 8 million, three", V, RED, (), ("breach", 8_000_000, "head", 1, 3, "complaints", "1"), RED, 14, RED, RED),
    (
        "overdue yellow is orange",
        V,
        YELLOW,
        ("DO1",),
        ("flaw", 0, "unit", 1, 1, "none", "3"),
        YELLOW,
        2,
        YELLOW,
        ORANGE,
    ),
    ("untrue answer is red", V, YELLOW, ("DR3",), ("tendency", 0, "unit", 2, 1, "none", "2"), YELLOW, 6, ORANGE, RED),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e[0])
def test_worked_example(example):
    _name, nature, colour, triggers, values, capped, score, banded, proposed = example
    found = grading.propose(
        indicators=[(colour, nature)],
        factors=dict(zip(NAMES, values, strict=True)),
        triggers=triggers,
        day=date(2025, 6, 1),
    )
    assert (found.indicator, found.score, found.score_colour, found.colour) == (capped, score, banded, proposed)


# earlier alerts, the new one's day, colour and indicator → rule, colour
REPEATED = [
    (
        "second yellow of one indicator",
        [("2025-01-10", YELLOW, "LIC-001")],
        ("2025-06-01", YELLOW, "LIC-001"),
        "E4",
        ORANGE,
    ),
    (
        "third yellow of any",
        [("2025-01-10", YELLOW, "LIC-001"), ("2025-03-10", YELLOW, "EXP-001")],
        ("2025-06-01", YELLOW, "CAR-001"),
        "E5",
        ORANGE,
    ),
    (
        "two yellow of two indicators",
        [("2025-01-10", YELLOW, "LIC-001")],
        ("2025-06-01", YELLOW, "CAR-001"),
        "",
        YELLOW,
    ),
    ("second orange", [("2025-02-01", ORANGE, "BID-001")], ("2025-12-01", ORANGE, "ENG-101"), "E6", RED),
    ("more than twelve months ago", [("2024-05-01", YELLOW, "LIC-001")], ("2025-06-01", YELLOW, "LIC-001"), "", YELLOW),
    ("twelve months to the day", [("2024-06-01", YELLOW, "LIC-001")], ("2025-06-01", YELLOW, "LIC-001"), "", YELLOW),
    ("one day less", [("2024-06-02", YELLOW, "LIC-001")], ("2025-06-01", YELLOW, "LIC-001"), "E4", ORANGE),
]


@pytest.mark.parametrize("case", REPEATED, ids=lambda c: c[0])
def test_repetition_within_twelve_months(case):
    _name, before, (day, colour, code), rule, raised = case
    earlier = [Earlier(date.fromisoformat(on), c, frozenset({i})) for on, c, i in before]
    found = grading.repetition(colour, frozenset({code}), earlier, date.fromisoformat(day))
    assert (found[0], found[1] or colour) == (rule, raised)


@pytest.mark.parametrize(
    "name, value, points",
    [
        ("amount", 49_999, 0),
        ("amount", 50_000, 1),
        ("amount", 499_999, 1),
        ("amount", 500_000, 2),
        ("amount", 5_000_000, 3),
        ("repeat", 2, 2),
        ("repeat", 9, 3),
        ("hits", 3, 2),
    ],
)
def test_band_starts_where_the_table_says(name, value, points):
    assert grading.FACTOR[name].points(value) == points


def test_most_points_are_eighteen():
    assert grading.MOST == 18


@pytest.mark.parametrize("score, colour", [(0, YELLOW), (5, YELLOW), (6, ORANGE), (9, ORANGE), (10, RED), (18, RED)])
def test_score_bands(score, colour):
    assert grading.banded(score) == colour


def test_colour_is_changed_only_with_a_reason(road):
    alert = road.to("verifying")
    given = {"by": road.cast.officer, "factors": {**FACTORS["yellow"], "repeat": 1, "hits": 1, "post_risk": "3"}}
    with pytest.raises(Refused) as refused:
        actions.save_grade(alert, colour="orange", reason="太轻", **given)
    assert set(refused.value.fields) == {"reason"}
    grade = actions.save_grade(alert, colour="orange", reason=WORDS, **given)
    assert (grade.proposal, grade.colour) == ("yellow", "orange")


def test_two_steps_need_the_next_level(road):
    alert = road.to("verifying")
    given = {"by": road.cast.officer, "factors": {**FACTORS["yellow"], "repeat": 1, "hits": 1, "post_risk": "3"}}
    actions.save_grade(alert, colour="red", reason=WORDS, **given)
    alert = Alert.objects.get(pk=alert.pk)
    assert approvers.deciding_role(alert) == "party_head"


def test_exemption_covers_one_step_down():
    assert grading.steps("orange", "yellow") == 1
    assert grading.steps("orange", "yellow", "EX2") == 0
    assert grading.steps("red", "yellow", "EX2") == 1
    assert grading.steps("yellow", "red", "EX2") == 2


def test_factor_keeps_where_its_value_came_from(road):
    alert = road.to("verifying")
    factors = {**FACTORS["yellow"], "repeat": 1, "hits": 1, "post_risk": "3"}
    grade = actions.save_grade(alert, by=road.cast.officer, factors=factors, colour="yellow")
    assert grade.factors["repeat"] == {"value": 1, "points": 0, "source": "ledger"}
    assert grade.factors["nature"]["source"] == "checker"


def test_earlier_alert_of_the_unit_raises_the_next(road):
    road.to("rectifying")
    alert = road.to("verifying")
    factors = {**FACTORS["yellow"], "repeat": 1, "hits": 1, "post_risk": "3"}
    found = actions.propose(alert, factors)
    assert (found.repetition, found.colour) == ("E4", "orange")


def test_missing_factor_is_refused(road):
    with pytest.raises(Refused) as refused:
        actions.propose(road.to("verifying"), FACTORS["yellow"])
    assert set(refused.value.fields) == {"factors"}
