"""The demonstration city: the same every time, canonical, invented, and with known answers that do not contradict."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from lianfang.demo.data import build, tell
from lianfang.demo.story import REGION
from lianfang.engine.tables import tables


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    out = tmp_path_factory.mktemp("city")
    return out, build(out)


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_same_seed_writes_the_same_bytes(city, tmp_path):
    out, _ = city
    build(tmp_path)
    assert digests(tmp_path) == digests(out)


def test_another_seed_tells_another_story(city):
    _, story = city
    other, _, _ = tell(8)
    assert other.tables["payment"] != story.tables["payment"]


def test_rows_have_canonical_columns_and_keys(city):
    _, story = city
    own_format = {"approval_log"}  # becomes the event log
    for name in sorted(set(story.tables) - own_format):
        table, rows = tables()[name], story.tables[name]
        assert {column for row in rows for column in row} - set(table.columns) == set(), name
        keys = [tuple(row.get(column) for column in table.key) for row in rows]
        assert len(set(keys)) == len(keys), name


def test_city_is_of_a_size_to_look_at(city):
    _, story = city
    assert len(story.tables) >= 12
    assert max(len(rows) for rows in story.tables.values()) <= 2_500


def test_every_number_of_a_person_or_firm_is_of_a_place_that_does_not_exist(city):
    _, story = city
    numbers = [
        (name, column, str(value))
        for name, rows in story.tables.items()
        for row in rows
        for column, value in row.items()
        if (column.endswith("_key") and value) or column == "company_id"
    ]
    assert numbers
    assert [one for one in numbers if not one[2].startswith((REGION, f"91{REGION}"))] == []


def test_no_subject_is_both_planted_and_innocent(city):
    _, story = city
    planted = {(event.code, event.subject) for event in story.planted}
    innocent = {(event.code, event.subject) for event in story.innocent}
    assert planted
    assert innocent
    assert planted & innocent == set()


def test_every_planted_code_has_a_reason_and_most_have_a_lookalike(city):
    _, story = city
    assert [event for event in story.planted + story.innocent if not event.why] == []
    codes = {event.code for event in story.planted}
    assert len({event.code for event in story.innocent} & codes) >= len(codes) * 0.7
