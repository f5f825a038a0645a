"""The geometry of small drawings, with numbers worked out by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from lianfang.web.shared import drawing


def test_piece_that_crosses_the_limit_is_cut_there():
    bar = drawing.limit_bar([{"amount": Decimal("300")}, {"amount": Decimal("200")}], 400)
    # the axis is 500 × 1.15 = 575 long
    assert [(p.x, p.width, p.label, p.is_beyond) for p in bar.pieces] == [
        ("0.00%", "52.17%", "1", False),
        ("52.17%", "17.39%", "", False),
        ("69.57%", "17.39%", "2", True),
    ]
    assert bar.limit_x == "69.57%"


def test_amount_exactly_at_the_limit_is_not_beyond():
    bar = drawing.limit_bar([{"amount": 400}], 400)
    assert [p.is_beyond for p in bar.pieces] == [False]


def test_everything_after_the_limit_is_beyond():
    bar = drawing.limit_bar([{"amount": 400}, {"amount": 1}, {"amount": 50, "label": "c"}], 400)
    assert [p.is_beyond for p in bar.pieces] == [False, True, True]
    assert bar.pieces[2].label == "c"


def test_limit_beyond_all_amounts_is_still_on_the_axis():
    bar = drawing.limit_bar([{"amount": 10}], 400)
    assert bar.limit_x == "86.96%"
    assert not any(p.is_beyond for p in bar.pieces)


@pytest.mark.parametrize("limit, labels", [(400, ["50", "100"]), (8, ["1", "2"]), (0.05, ["0.01", "0.02"])])
def test_ticks_are_round(limit, labels):
    assert [tick.label for tick in drawing.limit_bar([], limit).ticks][:2] == labels
    assert len(drawing.limit_bar([], limit).ticks) <= 8


@pytest.mark.parametrize("values", [[], [3]])
def test_line_needs_two_points(values):
    assert drawing.sparkline(values) is None


def test_line_runs_from_edge_to_edge():
    line = drawing.sparkline([1, 2, 3], width=106, height=36, margin=3)
    assert line.points == "3.0,33.0 53.0,18.0 103.0,3.0"
    assert (line.last_x, line.last_y) == ("103.0", "3.0")


def test_equal_values_lie_in_the_middle():
    assert {p.split(",")[1] for p in drawing.sparkline([5, 5, 5]).points.split()} == {"17.0"}


def test_own_dot_is_last():
    dots = drawing.peer_strip([1, 3], 2)
    assert [(d.x, d.is_own) for d in dots] == [("2.00%", False), ("98.00%", False), ("50.00%", True)]
    assert drawing.peer_strip([], 2)[0].is_own


def test_stack_keeps_the_order_of_the_ladder_and_leaves_out_nothing_counted():
    slices = drawing.stack({"red": 1, "yellow": 2, "orange": 0}, 4)
    assert [(s.colour, s.x, s.width) for s in slices] == [("yellow", "0.00%", "50.00%"), ("red", "50.00%", "25.00%")]
    assert drawing.stack({}, 0) == ()


@pytest.mark.parametrize("left, total, used", [(3, 3, 0), (1, 3, 2), (0, 3, 3), (-2, 3, 3), (5, 3, 0)])
def test_pips_show_the_days_used(left, total, used):
    assert drawing.pips(left, total) == (True,) * used + (False,) * (total - used)


def test_too_many_days_are_not_counted_in_pips():
    assert drawing.pips(5, 11) == ()
