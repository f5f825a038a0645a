"""Whatever is tried in whatever order by whomever: the table's rules hold after each try."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianfang.web.alerts import actions
from lianfang.web.alerts.models import FINALS, Alert, Opinion
from lianfang.web.alerts.workflow import ALERTS, SLUGS
from lianfang.web.shared.models import LogEntry
from lianfang.web.shared.refused import Refused

from .conftest import WORDS, Road

WHO = ("officer", "second_officer", "third_officer", "office_head", "deputy_secretary", "secretary")
UNIT = ("dispatch_head", "unit_head", "unit_deputy", "unit_officer", "other_unit_head")
STEPS = (*SLUGS, "check", "answer", "accept", "fail", "cosign", "submit")
TRIES = st.lists(st.tuples(st.sampled_from(STEPS), st.sampled_from(WHO + UNIT)), min_size=8, max_size=25)
# Led by the hand as far as here, so that tries reach the late states too.
STARTS = st.sampled_from(("verifying", "pending", "issued", "rectifying", "accepting"))


@pytest.mark.django_db
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(start=STARTS, colour=st.sampled_from(("yellow", "orange", "red")), tries=TRIES)
def test_rules_hold_in_any_order(road: Road, start: str, colour: str, tries: list[tuple[str, str]]) -> None:
    alert = road.to(start, colour=colour)
    for step, who in tries:
        before = Alert.objects.get(pk=alert.pk)
        entries = LogEntry.objects.filter(subject=alert.number, action__contains=".T").count()
        moved = attempt(road, before, step, who, colour)
        after = Alert.objects.get(pk=alert.pk)
        written = LogEntry.objects.filter(subject=alert.number, action__contains=".T").count() - entries
        assert_sound(before, after, moved, written)


def attempt(road: Road, alert: Alert, step: str, who: str, colour: str) -> bool:
    by = road.cast.actor(who)
    works: dict[str, Any] = {
        "check": lambda: road.checked(alert, colour),
        "answer": lambda: road.answered(alert),
        "accept": lambda: road.accepted(alert, passed=True),
        "fail": lambda: road.accepted(alert, passed=False),
        "cosign": lambda: actions.cosign(alert, by=by, agrees=True, text=WORDS),
        "submit": lambda: actions.submit(alert, by=by),
    }
    given = {"reason": WORDS, "closing_reason": "explained", "acceptor": road.cast.user("third_officer")}
    try:
        works.get(step, lambda: actions.make_move(alert, step, by=by, given=given))()
    except Refused:
        return False
    return True


def assert_sound(before: Alert, after: Alert, moved: bool, written: int) -> None:
    if before.state in FINALS or not moved:
        assert after.state == before.state
        assert written == 0
    if after.state != before.state:
        assert written >= 1
        assert (before.state, after.state) in {(m.origin, m.target) for m in ALERTS.moves} | {("verifying", "pending")}
    if after.colour:
        decided = {
            o.user_id for o in Opinion.objects.filter(alert=after, decision="agree").exclude(seat="second_checker")
        }
        assert not decided & {after.checker_id, after.second_checker_id}
    if after.acceptor_id and after.colour in ("orange", "red"):
        assert after.acceptor_id not in {after.checker_id, after.second_checker_id}
    assert bool(after.closed_at) == bool(after.closing_code)
    assert (after.state in FINALS) == bool(after.closed_at)
