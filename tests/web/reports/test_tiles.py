"""The board of tiles: townships at their places, others in free ones, shades by count."""

from __future__ import annotations

import pytest

from lianfang.web.organisation.models import Unit
from lianfang.web.reports import tiles
from lianfang.web.reports.tiles import board, short


def _unit(code: str, name: str, short_name: str = "") -> Unit:
    return Unit(code=code, name=name, short_name=short_name)


def test_known_units_stand_where_the_file_says_whether_nine_digits_or_twelve() -> None:
    found = board([_unit("420703101", "葛店镇"), _unit("420704107000", "花湖镇")], {"420703101": 9}, {"420703101"})
    assert [(t.name, t.column, t.row, t.count, t.ramp, t.red) for t in found] == [
        ("葛店", 1, 1, 9, 4, True),
        ("花湖", 8, 3, 0, 0, False),
    ]


def test_unknown_units_wrap_below() -> None:
    found = board([_unit("420702100", "太和镇"), *[_unit(f"X{n}", f"第{n}镇区") for n in range(9)]], {}, ())
    assert [(t.column, t.row) for t in found] == [(5, 4), *[(n, 5) for n in range(1, 9)], (1, 6)]
    assert [(t.column, t.row) for t in board([_unit("X", "别处镇")], {}, ())] == [(1, 1)]


@pytest.mark.parametrize(("count", "ramp"), [(0, 0), (1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (8, 3), (9, 4), (99, 4)])
def test_a_shade_begins_at_its_step(count: int, ramp: int) -> None:
    assert board([_unit("X", "镇")], {"X": count}, ())[0].ramp == ramp


@pytest.mark.parametrize(
    ("name", "given", "shown"),
    [
        ("长港镇", "", "长港"),
        ("西山街道", "", "西山"),
        ("古镇", "", "古镇"),
        ("某某镇", "某镇区", "某镇区"),
        ("临江乡", "", "临江"),
    ],
)
def test_names_are_short(name: str, given: str, shown: str) -> None:
    assert short(_unit("X", name, given)) == shown


def test_no_two_tiles_share_a_place_and_all_lie_on_the_board() -> None:
    places = [(place.column, place.row) for place in tiles.places().values()]
    assert len(set(places)) == len(places)
    assert all(1 <= column <= 8 and 1 <= row <= 4 for column, row in places)
