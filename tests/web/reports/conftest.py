"""Alerts with chosen dates, laid as rows: what became of them is not what these tests are about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from lianfang.web.alerts.deadlines import parameters_on
from lianfang.web.alerts.models import DECIDED, FINALS, Alert
from tests.web.conftest import NOW
from tests.web.registers.conftest import approved, filled  # noqa: F401  # risk points as that register makes them


@pytest.fixture
def lay(office: Any) -> Callable[..., Alert]:
    """``lay("rectifying", "yellow", unit="ZJJ", issued_at=…)``."""
    numbers, parameters = count(1), parameters_on(NOW.date())

    def one(state: str = "rectifying", colour: str = "yellow", **given: Any) -> Alert:
        decided = state in DECIDED
        opened: datetime = given.pop("opened_at", NOW - timedelta(days=20))
        issued = opened + timedelta(days=5) if decided and state != "approved" else None
        values: dict[str, Any] = {
            "number": f"2025-420700-{next(numbers):06}",
            "state": state,
            "colour": colour if decided else "",
            "proposed_colour": colour,
            "unit": office.unit(given.pop("unit", "ZJJ")),
            "checker": office.cast.user("officer"),
            "title": "同一品目采购多次",
            "text": "同一预算项目、同一品目采购多次，合计超过限额",
            "source": "finding",
            "safety": "funds",
            "parameters": parameters,
            "opened_at": opened,
            "step_started_at": opened,
            "issued_at": issued,
            "due_at": NOW + timedelta(days=5),
        }
        if state in FINALS:
            values |= {"closed_at": NOW - timedelta(days=1), "closing_code": "C1"}
        return Alert.objects.create(**{**values, **given})

    return one


@pytest.fixture
def several(lay: Callable[..., Alert]) -> dict[str, Any]:
    """A few alerts whose numbers are worked out by hand below.

    open: 1 verifying (yellow proposed), 1 verifying without a colour, 1 pending (orange proposed), 2 issued (yellow),
    3 rectifying (yellow, orange, red), 1 replied (red) = 9; overdue: the red rectifying one and one issued yellow = 2.
    ended: 1 released this week, 1 archived long ago, 1 dismissed.
    """
    monday = NOW - timedelta(days=2)
    late = NOW - timedelta(days=6)
    rows = {
        "checking": lay("verifying", "yellow", safety="projects", opened_at=monday, unit="420704103"),
        "uncoloured": lay("verifying", "", safety="", opened_at=monday, unit="CZJ"),
        "pending": lay("pending", "orange", safety="powers"),
        "issued": lay("issued", "yellow"),
        "issued_late": lay("issued", "yellow", due_at=late, unit="CZJ"),
        "yellow": lay("rectifying", "yellow", safety="cadres"),
        "orange": lay("rectifying", "orange", unit="ZJJ-ZL"),
        "red": lay("rectifying", "red", due_at=late, unit="420704103201"),
        "replied": lay("replied", "red"),
        "released": lay("released", "yellow", released_at=NOW - timedelta(days=1), due_at=late),
        "archived": lay(
            "archived", "yellow", opened_at=NOW - timedelta(days=300), released_at=NOW - timedelta(days=250)
        ),
        "dismissed": lay("dismissed", "yellow"),
    }
    return rows
