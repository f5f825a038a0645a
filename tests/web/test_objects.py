"""What belongs to one unit, at every address, as people of another unit: not found, and nothing written or read."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import URLPattern, get_resolver, reverse

from lianfang.web.registers import actions as registers
from lianfang.web.shared.models import LogEntry
from tests.web.alerts.conftest import Road
from tests.web.detection import deliveries
from tests.web.detection.conftest import clean_store
from tests.web.registers.conftest import filled
from tests.web.test_addresses import patterns

__all__ = ["clean_store", "filled"]  # fixtures of single apps, used here too

# Of another unit, or of the same unit but with nothing of one's own in the matter.
OUTSIDERS = ("other_unit_officer", "other_unit_head", "cadre")
STATES = ("verifying", "pending", "issued", "rectifying", "accepting", "released")
SHUT = {403, 404, 405}
OTHER_WORDS = {
    "place": 1,
    "digest": "0" * 64,
    "column": "title",
    "slug": "approve",
    "move_id": "close",
    "from_on": "2024-01-01",
    "until_on": "2024-12-31",
}


@pytest.fixture
def things(office: Any, clean_store: Any, filled: Any) -> dict[str, list[dict[str, Any]]]:
    """Everything of unit ZJJ by the beginning of its address: the values that name it there."""
    cast, road = office.cast, Road(office)
    dataset = deliveries.register(cast.office_head)
    delivery = deliveries.taken(cast.analyst)  # its run comes before the one that the road makes
    alerts = [road.to(state) for state in STATES]
    signal, finding = road.signal(), road.finding()
    risk = registers.add_risk(filled(), by=cast.unit_officer)
    return {
        "alerts/": [{"number": alert.number} for alert in alerts],
        "signals/": [{"number": signal.number}],
        "findings/": [{"number": finding.number}],
        "risks/": [{"number": risk.number}],
        "units/": [{"code": "ZJJ"}],
        "data/import/": [{"number": delivery.number}],
        "data/batches/": [{"number": batch.number} for batch in delivery.batches.all()],
        "data/": [{"number": dataset.number}],
    }


def addresses(things: dict[str, list[dict[str, Any]]]) -> list[tuple[str, str]]:
    """Name and address of every page of every thing."""
    found = []
    for pattern in patterns(get_resolver()):
        names = set(pattern.pattern.converters) | _groups(pattern)
        place = next((p for p in things if str(pattern.pattern).lstrip("^").startswith(p)), None)
        if place is None or not names & {"number", "code"}:
            continue
        for named in things[place]:
            if set(named) <= names:
                others = {name: OTHER_WORDS[name] for name in names - set(named)}
                found.append((pattern.name, reverse(pattern.name, kwargs=named | others)))
    return found


def _groups(pattern: URLPattern) -> set[str]:
    return set(getattr(pattern.pattern.regex, "groupindex", {}))


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("who", OUTSIDERS)
def test_things_of_another_unit_are_not_found_at_any_address(who, method, things, as_user):
    if who == "cadre":
        things = {place: named for place, named in things.items() if place != "risks/"}  # of the cadre's own post
    browser, before = as_user(who), LogEntry.objects.count()
    tried = addresses(things)
    assert {name for name, _url in tried} > {"alert", "signal", "finding", "unit", "dataset", "delivery", "alert_move"}
    open_ = [(name, url) for name, url in tried if getattr(browser, method)(url).status_code not in SHUT]
    assert open_ == []
    assert LogEntry.objects.count() == before


def test_things_are_found_by_those_whom_they_reach(things, as_user):
    """So that the test above tries addresses behind which there is something."""
    browser = as_user("officer")
    found = {name: browser.get(url).status_code for name, url in addresses(things)}
    assert {found[name] for name in ("alert", "signal", "finding", "unit", "dataset", "delivery")} <= {200, 302}
    own = as_user("unit_officer")
    assert own.get(f"/alerts/{things['alerts/'][3]['number']}/").status_code == 200
