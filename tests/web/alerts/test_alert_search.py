"""Alerts in the search of the top bar: found by the office at once, by the unit from their issue on."""

from __future__ import annotations

import pytest

from lianfang.web.alerts import searching


@pytest.fixture(autouse=True)
def _addresses(monkeypatch):
    """What is found is tried here, not where it leads."""
    monkeypatch.setattr(searching, "reverse", lambda name, args: f"/{name}/{args[0]}/")


def codes(actor, text: str) -> list[str]:
    return [hit.code for hit in searching.found(actor, text)]


def test_alert_is_found_by_number_and_title(road, cast):
    alert = road.to("issued")
    assert codes(cast.officer, alert.number) == [alert.number]
    assert codes(cast.officer, alert.title[:6]) == [alert.number]
    assert codes(cast.officer, "没有这样的词") == []


def test_unit_finds_its_own_alert_from_the_issue_on(road, cast):
    early, issued = road.to("verifying"), road.to("issued")
    assert codes(cast.unit_head, early.number) == []
    assert codes(cast.unit_head, issued.number) == [issued.number]
    assert codes(cast.other_unit_head, issued.number) == []
