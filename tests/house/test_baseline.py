"""The catalogue over the demonstration city: known events are seen, look-alikes are not, numbers are the kept ones."""

from __future__ import annotations

import pytest

from lianfang.demo import baseline


@pytest.fixture(scope="module")
def now():
    return baseline.count()


def test_every_known_event_is_seen(now):
    computed = {code: one for code, one in now.items() if one["status"] == "computed" and "planted" in one}
    assert len(computed) > 30
    assert {
        code: (one["seen"], one["planted"]) for code, one in computed.items() if one["seen"] != one["planted"]
    } == {}


def test_no_lookalike_is_flagged(now):
    assert {code: one["flagged"] for code, one in now.items() if one.get("flagged")} == {}


def test_no_indicator_fails(now):
    assert [code for code, one in now.items() if one["status"] == "failed"] == []


def test_findings_are_those_of_the_baseline(now):
    """A difference is read, and then accepted with `make baseline ARGS=--accept`."""
    assert baseline.differences(now, baseline.kept()) == {}


def test_difference_names_what_came_went_and_changed():
    before = {"A": {"status": "computed", "findings": 1}, "B": {"status": "computed", "findings": 2}}
    after = {"B": {"status": "not_computable", "findings": 0}, "C": {"status": "computed", "findings": 3}}
    expected = {"A": "没有了 -1", "B": "2 → 0,not_computable", "C": "新 +3"}
    assert baseline.differences(after, before) == expected
