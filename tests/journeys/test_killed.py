"""Killing the web server, the worker or the clock at any moment of import, run or move loses and doubles nothing."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.killed_story import Story
from tests.journeys.killing import Killer, MortalSite
from tests.journeys.site import postgres_database

AT_LEAST = 50  # kills
OFFICE = "tests.journeys.killed_office"


@dataclass(frozen=True)
class Told:
    """An office in which the whole story was told: what it holds, how often which part was killed, and lines learnt."""

    facts: dict[str, Any]
    kills: Counter[tuple[str, str]]
    lines: dict[str, list[int]]


def told(store: Path, database: str = "", *, seed: int = 0, lines: Mapping[str, list[int]] | None = None) -> Told:
    """Tell the story in a new office. With ``lines`` its parts are killed meanwhile."""
    site = MortalSite(store, database)
    killer = Killer(site, seed, dict(lines or {}))
    try:
        site.command("-c", "import django; django.setup(); from lianfang.web.serve import prepare; prepare()")
        known = json.loads(site.command("-m", OFFICE, "lay"))
        site.start()
        Story(killer, **known).tell()
        site.stop()
        return Told(json.loads(site.command("-m", OFFICE, "facts")), killer.kills, killer.learnt)
    finally:
        site.stop()


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The same story with nobody killed."""
    return told(tmp_path_factory.mktemp("twin"))


def holds_the_same(killed: Told, twin: Told) -> None:
    """Everything in the killed office is as in its twin, part by part, so that a difference names itself."""
    assert set(killed.facts) == set(twin.facts)
    for name, fact in twin.facts.items():
        assert killed.facts[name] == fact, f"{name} differs after {dict(killed.kills)}"


def is_killed_everywhere(killed: Told) -> None:
    assert killed.kills.total() >= AT_LEAST, killed.kills
    for phase, part in (("import", "web"), ("import", "worker"), ("run", "worker"), ("move", "web")):
        assert killed.kills[phase, part] >= 3, f"{part} was hardly killed in {phase}: {killed.kills}"
    assert sum(times for (_phase, part), times in killed.kills.items() if part == "clock") >= 3, killed.kills


def test_undisturbed_office_does_all_that_the_story_tells(twin):
    """What the others are held against is itself as it should be."""
    facts = twin.facts
    assert [one[2] for one in facts["deliveries"]] == ["taken"] * 5
    assert [batch[1] for one in facts["deliveries"] for batch in one[6]].count("withdrawn") == 1
    assert [run[1] for run in facts["runs"]] == ["ended"] * 3
    assert sorted(finding[4] for finding in facts["findings"]) == ["continuing"] * 3 + ["gone"]
    assert [alert[1] for alert in facts["moved"]["Alert"]] == ["released"]
    assert [package[0] for package in facts["portal"]["packages"]] == [1, 2]
    assert facts["chain"] == {"waiting": 0, "faults": []}
    assert not [path for path in facts["store"] if path.startswith(("uploads/", "deliveries/")) or "/." in path]
    assert facts["waiting"] == []


def test_killed_office_on_sqlite_is_as_its_twin(twin, tmp_path):
    killed = told(tmp_path / "store", seed=11, lines=twin.lines)
    holds_the_same(killed, twin)
    is_killed_everywhere(killed)


@pytest.mark.postgres
def test_killed_office_on_postgres_is_as_its_twin(twin, tmp_path):
    with postgres_database(os.environ["LIANFANG_TEST_POSTGRES"]) as database:
        killed = told(tmp_path / "store", database, seed=12, lines=twin.lines)
    holds_the_same(killed, twin)
    is_killed_everywhere(killed)
