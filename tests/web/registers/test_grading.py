"""The matrix of likelihood and harm, and what overrides it; numbers of the grading scheme."""

from __future__ import annotations

import pytest

from lianfang.web.registers import grading
from lianfang.web.registers.grading import grade, matrix_level, post_level

# the scheme's table, rows by likelihood from 1 to 5, columns by harm from 1 to 5
MATRIX = ((3, 3, 3, 3, 2), (3, 3, 3, 2, 2), (3, 3, 2, 2, 1), (3, 2, 2, 1, 1), (3, 2, 1, 1, 1))
LOW = {anchor.name: 1 for anchor in grading.ANCHORS}


@pytest.mark.parametrize("likelihood", range(1, 6))
@pytest.mark.parametrize("harm", range(1, 6))
def test_matrix_gives_the_level_of_the_table(likelihood: int, harm: int) -> None:
    assert matrix_level(likelihood, harm) == MATRIX[likelihood - 1][harm - 1]


def test_the_highest_anchor_counts() -> None:
    found = grade({**LOW, "oversight": 4, "frequency": 3, "consequence": 2, "reach": 4})
    assert (found.likelihood, found.harm, found.inherent, found.level) == (4, 4, 16, 1)
    assert found.direct == ()


def test_greatest_harm_is_never_level_three() -> None:
    found = grade({**LOW, "consequence": 5})
    assert (found.inherent, found.level, found.is_raised_by_harm) == (5, 2, True)


def test_harm_five_that_is_level_two_anyway_was_not_raised() -> None:
    assert grade({**LOW, "discretion": 2, "consequence": 5}).is_raised_by_harm is False


@pytest.mark.parametrize(
    ("scores", "situation"),
    [({"discretion": 5}, "no_benchmark"), ({"concentration": 5}, "no_benchmark"), ({"amount": 5}, "large_funds")],
)
def test_a_highest_anchor_can_be_level_one_by_itself(scores: dict[str, int], situation: str) -> None:
    found = grade({**LOW, **scores})
    assert found.by_matrix > 1
    assert (found.level, found.direct) == (1, (situation,))


@pytest.mark.parametrize("anchor", ["oversight", "history", "frequency", "consequence", "reach"])
def test_other_highest_anchors_are_not(anchor: str) -> None:
    assert grade({**LOW, anchor: 5}).direct == ()


def test_the_post_of_a_head_and_what_was_declared_are_level_one() -> None:
    assert grade(LOW, is_head_post=True).direct == ("final_say",)
    assert grade(LOW, declared=["past_case"]).level == 1
    assert grade(LOW, declared=["final_say", "nonsense"]).level == 3  # only what may be declared counts


def test_a_key_step_makes_the_matter_level_one_and_the_post_by_the_matrix() -> None:
    found = grade({**LOW, "discretion": 3, "consequence": 3}, declared=["key_step"])
    assert (found.level, found.level_for_post) == (1, 2)
    assert grade(LOW, declared=["past_case"]).level_for_post == 1


@pytest.mark.parametrize(("control", "left"), [("effective", "7.2"), ("partly", "9.6"), ("ineffective", "12.0")])
def test_what_is_left_over_orders_and_does_not_lower(control: str, left: str) -> None:
    found = grade({**LOW, "discretion": 3, "consequence": 4})
    assert str(found.residual(control)) == left
    assert found.level == 2


@pytest.mark.parametrize(
    ("levels", "level"),
    [([], None), ([3, 3], 3), ([2, 3], 2), ([2] * 4 + [3], 2), ([2] * 5, 1), ([3] * 9, 3), ([1, 3], 1)],
)
def test_post_takes_its_highest_point_and_five_of_level_two_make_level_one(levels: list[int], level: int) -> None:
    assert post_level(levels) == level
