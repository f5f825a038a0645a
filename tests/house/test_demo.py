"""The demonstration city: the same every time, canonical, invented, and with known answers that do not contradict."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest

from lianfang.demo import divisions, untidy
from lianfang.demo.data import build, tell
from lianfang.demo.folder import BAD_PAYMENTS
from lianfang.demo.ordinary import records
from lianfang.demo.ordinary.year import SIZES, Year
from lianfang.demo.schemes import SCHEMES
from lianfang.demo.schemes.scheme import INNOCENT, VARIANTS
from lianfang.demo.story import AS_OF, REGION
from lianfang.demo.units import GOVERNMENT, bodies
from lianfang.engine import dataset
from lianfang.engine.tables import tables

OWN_FORMAT = {"approval_log"}  # becomes the event log


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    out = tmp_path_factory.mktemp("city")
    story, _ = build(out)
    return out, story


@pytest.fixture(scope="module")
def intake(city, tmp_path_factory):
    out, _ = city
    data = out / "data"
    folder = tmp_path_factory.mktemp("read") / "dataset"
    return dataset.read([data], folder=folder, mapping=data / "mapping.yaml", key_file=out / "demo.key")


@pytest.fixture(scope="module")
def district():
    """The city of the second size: its story, and its year as it is streamed."""
    story, _, _ = tell(7, "district")
    return story, list(records(Year(story, SIZES["district"])))


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def keys_of(story, table: str) -> list[tuple]:
    return [tuple(row.get(column) for column in tables()[table].key) for row in story.tables[table]]


def test_same_seed_writes_the_same_bytes(city, tmp_path):
    out, _ = city
    build(tmp_path)
    assert digests(tmp_path) == digests(out)


def test_same_seed_writes_the_same_bytes_when_the_year_is_streamed(tmp_path):
    for name in ("one", "other"):
        build(tmp_path / name, seed=3, size="district")
    assert digests(tmp_path / "one") == digests(tmp_path / "other")


def test_another_seed_tells_another_story(city):
    _, story = city
    other, _, _ = tell(8)
    assert other.tables["payment"] != story.tables["payment"][: len(other.tables["payment"])]


def test_rows_have_canonical_columns_and_keys(city):
    _, story = city
    for name in sorted(set(story.tables) - OWN_FORMAT):
        table, rows = tables()[name], story.tables[name]
        assert {column for row in rows for column in row} - set(table.columns) == set(), name
        keys = keys_of(story, name)
        assert len(set(keys)) == len(keys), name


def test_city_is_of_a_size_to_look_at(city):
    _, story = city
    assert len(story.tables) >= 25
    assert 55 <= len(story.tables["unit"]) <= 75
    assert max(len(rows) for rows in story.tables.values()) <= 4_000


def test_sizes_grow_about_tenfold(city, district):
    _, story = city
    tiny = sum(len(rows) for rows in story.tables.values())
    told, year = district
    assert 7 <= (len(year) + sum(map(len, told.tables.values()))) / tiny <= 14
    units = {size: sum(1 for _ in bodies(size)) for size in SIZES}
    assert units["tiny"] < units["district"] < units["city"]
    villages = {body.unit_id[1:] for body in bodies("city") if body.admin_level == "村"}
    assert villages == {one.code for one in divisions.at_level(divisions.VILLAGE)}


def test_streamed_year_has_canonical_columns_and_new_keys(district):
    story, year = district
    seen = {name: set(keys_of(story, name)) for name in set(story.tables) - OWN_FORMAT}
    for name, row in year:
        table = tables()[name]
        assert set(row) <= set(table.columns), name
        key = tuple(row.get(column) for column in table.key)
        assert key not in seen.setdefault(name, set()), (name, key)
        seen[name].add(key)


def test_units_form_one_tree_of_real_divisions(city):
    _, story = city
    units = {unit["unit_id"]: unit for unit in story.tables["unit"]}
    regions = {region["region_code"] for region in story.tables["region"]}
    assert [u for u, unit in units.items() if unit["parent_unit_id"] is None] == [GOVERNMENT]
    for unit in units.values():
        assert unit["region_code"] in regions, unit["name"]
        seen, above = set(), unit
        while above["parent_unit_id"] is not None:
            assert above["unit_id"] not in seen
            seen.add(above["unit_id"])
            above = units[above["parent_unit_id"]]
    names = {unit["name"] for unit in units.values()}
    for town in divisions.at_level(divisions.TOWNSHIP):
        assert any(town.name in name for name in names), town.name


def test_persons_have_a_unit_a_post_a_term_and_a_managing_level(city):
    _, story = city
    units = {unit["unit_id"] for unit in story.tables["unit"]}
    posts = {post["post_id"]: post["unit_id"] for post in story.tables["post"]}
    terms = {(term["person_id"], term["unit_id"]) for term in story.tables["post_history"]}
    people = story.tables["person"]
    assert all(person["unit_id"] in units and posts[person["post_id"]] == person["unit_id"] for person in people)
    assert all((person["person_id"], person["unit_id"]) in terms for person in people)
    assert {person["managed_by"] for person in people} <= {"省", "市", "县", "乡"}
    heads = [person for person in people if person["unit_id"] == GOVERNMENT and person["is_leader"]]
    assert heads
    assert {person["managed_by"] for person in heads} == {"省"}


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
    assert [one for one in numbers if one[2] and not one[2].startswith((REGION, f"91{REGION}"))] == []


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


def test_every_scheme_has_three_variants_and_a_lookalike():
    assert len(SCHEMES) >= 16
    assert len({scheme.name for scheme in SCHEMES}) == len(SCHEMES)
    for scheme in SCHEMES:
        variants = [variant for variant, *_ in scheme.parts]
        assert tuple(v for v in variants if v != INNOCENT) == VARIANTS, scheme.name
        assert INNOCENT in variants, scheme.name
        assert scheme.zh and scheme.en and scheme.source_zh and scheme.source_en, scheme.name  # noqa: PT018
        assert all(zh and en for _, zh, en, _ in scheme.parts), scheme.name


def test_subjects_of_schemes_exist_in_the_tables(city):
    _, story = city
    keys = {
        name: {"/".join(str(part) for part in key) for key in keys_of(story, name)}
        for name in set(story.tables) - OWN_FORMAT
    }
    units = {unit["unit_id"] for unit in story.tables["unit"]}
    matters = story.schemes + story.lookalikes
    assert Counter(m.variant for m in story.schemes) == dict.fromkeys(VARIANTS, len(SCHEMES))
    gone = ("paid-after-death", "evasive")  # struck off the register of the population: nobody to point at there
    for matter in matters:
        assert matter.unit_id in units, matter.scheme
        assert matter.subjects, matter.scheme
        for subject in matter.subjects:
            assert (matter.scheme, matter.variant) == gone or subject.key in keys[subject.table], (matter, subject)


def test_nothing_is_recorded_after_the_day_of_the_city_by_schemes_and_year(city):
    _, story = city
    late = [
        (name, column, value)
        for name in set(story.tables) - OWN_FORMAT
        for row in story.tables[name]
        for column, value in row.items()
        if isinstance(value, date)
        and not tables()[name].columns[column].planned
        and (value.date() if isinstance(value, datetime) else value) > AS_OF
        and (name, column) not in {("payment", "pay_date"), ("death_record", "register_date")}  # planted as wrong
    ]
    assert late == []


def test_truth_names_schemes_as_stored(city):
    out, story = city
    truth = json.loads((out / "truth.json").read_text(encoding="utf-8"))
    assert len(truth["schemes"]) == len(story.schemes)
    assert len(truth["lookalikes"]) == len(story.lookalikes)
    text = json.dumps(truth["schemes"] + truth["lookalikes"])
    identities = {str(row["person_key"]) for table in ("population", "person") for row in story.tables[table]}
    assert not [number for number in identities if number in text]


def test_untidy_files_reject_exactly_the_wrong_rows(city, intake):
    _, story = city
    rejected = {name: data.rejected for name, data in intake.tables.items() if data.rejected}
    assert len(untidy.FILES) >= 6
    assert rejected == untidy.wrong_rows(story) | {"payment": len(BAD_PAYMENTS)}
    for one in untidy.FILES:
        assert intake.tables[one.table].rows == len(story.tables[one.table]), one.file


def test_untidy_files_are_read_as_the_story_tells_them(city, intake):
    """Full-width digits, 万元, dates in five forms: the sums and days are those of the story."""
    import duckdb

    _, story = city
    for table, amount, day in (("payroll", "amount", "month"), ("asset", "orig_value", "acquired_date")):
        rows, path = story.tables[table], intake.folder / f"{table}.parquet"
        read = duckdb.sql(f"SELECT sum({amount}), count(DISTINCT {day}), max({day}) FROM '{path}'").fetchall()[0]
        assert float(read[0]) == pytest.approx(sum(row[amount] for row in rows))
        assert read[1] == len({row[day] for row in rows})
        assert read[2] == max(row[day] for row in rows)


def test_every_mapped_file_is_there(city):
    import yaml

    out, _ = city
    mapping = yaml.safe_load((out / "data" / "mapping.yaml").read_text(encoding="utf-8"))
    for entry in mapping["files"]:
        assert (out / "data" / entry["match"]).is_file(), entry["match"]
