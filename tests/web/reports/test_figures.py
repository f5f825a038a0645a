"""Figures of closed periods: worked out by hand, published once, small numbers not told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from lianfang.web.alerts.models import Alert, Answer
from lianfang.web.organisation.calendar import Term
from lianfang.web.portal import actions as portal
from lianfang.web.portal.models import Published
from lianfang.web.reports import actions, figures
from lianfang.web.reports.models import BulletinFigure
from lianfang.web.reports.periods import Period, closed
from lianfang.web.shared import clock
from lianfang.web.shared.models import LogEntry, Package
from lianfang.web.shared.refused import Refused

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
DECEMBER = Period.parse("2024-12")
QUARTER = Period.parse("2024-Q4")
REASON = "上一季度的数字已经逐项核对无误，同意向社会公布。"
assert DECEMBER
assert QUARTER


def _on(month: int, day: int, year: int = 2024, hour: int = 10) -> datetime:
    return datetime(year, month, day, hour, tzinfo=ZONE)


def _signed(alert: Alert, at: datetime, round_: int = 0) -> None:
    Answer.objects.create(alert=alert, round=round_, signed_by="沈立", signed_at=at)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2024-12", "2024-12-01", "2024-12-31"),
        ("2024-Q1", "2024-01-01", "2024-03-31"),
        ("2024-Q4", "2024-10-01", "2024-12-31"),
    ],
)
def test_period_knows_its_days(text: str, first: str, last: str) -> None:
    period = Period.parse(text)
    assert period
    assert (period.key, str(period.first), str(period.last)) == (text, first, last)


@pytest.mark.parametrize("text", ["", "2024", "2024-13", "2024-00", "2024-Q5", "1999-01", "2024-1", "2024-Q4 "])
def test_what_is_no_period_is_none(text: str) -> None:
    assert Period.parse(text) is None


def test_closed_periods_are_over() -> None:
    assert [p.key for p in closed(3, 3)] == ["2024-Q4", "2024-Q3", "2024-Q2"]
    assert [p.key for p in closed(1, 2)] == ["2024-12", "2024-11"]
    assert all(p.is_over for p in closed(1, 3))
    assert not Period.of(clock.today(), 1).is_over


def test_issued_and_released_count_by_their_own_days(lay: Any) -> None:
    lay("rectifying", "yellow", issued_at=_on(12, 1, hour=0))
    lay("rectifying", "orange", issued_at=_on(12, 31, hour=23))
    lay("rectifying", "yellow", issued_at=_on(1, 1, 2025, hour=0))
    lay("released", "red", issued_at=_on(11, 30, hour=23), released_at=_on(12, 10))
    lay("withdrawn", "yellow", issued_at=_on(12, 5))
    rows = figures.of_period(Alert.objects.all(), DECEMBER)
    assert rows["issued"] == {"total": 2, "yellow": 1, "orange": 1, "red": 0}
    assert rows["released"] == {"total": 1, "yellow": 0, "orange": 0, "red": 1}


def test_of_a_chain_of_escalations_the_highest_colour_counts(lay: Any) -> None:
    first = lay("escalated", "yellow", issued_at=_on(12, 2))
    lay("rectifying", "orange", issued_at=_on(12, 20), parent=first)
    assert figures.of_period(Alert.objects.all(), DECEMBER)["issued"] == {
        "total": 1,
        "yellow": 0,
        "orange": 1,
        "red": 0,
    }


def test_a_report_back_is_late_after_its_last_day(lay: Any) -> None:
    """Yellow has five working days: issued on Monday 2 December 2024, due on Monday 9 December."""
    for at in (_on(12, 9, hour=23), _on(12, 10, hour=0), None):
        alert = lay("replied", "yellow", issued_at=_on(12, 2))
        if at:
            _signed(alert, at)
        # what was signed after acceptance sent it back does not make the first one early
        _signed(alert, _on(12, 3), round_=1)
    rows = figures.of_period(Alert.objects.all(), DECEMBER)
    assert (rows["due"]["yellow"], rows["late"]["yellow"]) == (3, 2)


def test_a_term_in_days_rolls_to_the_next_working_day(lay: Any) -> None:
    """Red has thirty days: issued on 2 December, due on 1 January, a holiday, so on Thursday 2 January 2025."""
    lay("rectifying", "red", issued_at=_on(12, 2))
    assert figures.of_period(Alert.objects.all(), DECEMBER)["due"]["total"] == 0
    january = Period.parse("2025-01")
    assert january
    assert figures.of_period(Alert.objects.all(), january)["due"]["red"] == 1
    workdays = figures._workdays(january.first - timedelta(days=60), january.last + timedelta(days=60))
    assert str(figures.reply_due(_on(12, 2).date(), Term(30, "cd"), workdays)) == "2025-01-02"
    assert figures.reply_due(_on(12, 2).date(), Term(30, "cd"), []) is None


def test_the_terms_kept_with_the_alert_hold_and_an_office_may_set_its_own(lay: Any) -> None:
    """Issued on Monday 2 December; with two working days of its own it is due on Wednesday, without any by the rule."""
    own = lay("rectifying", "yellow", issued_at=_on(12, 2), parameters={"terms": {"L10": {"yellow": "2wd"}}})
    bare = lay("rectifying", "yellow", issued_at=_on(12, 2), parameters={})
    _signed(own, _on(12, 5))
    _signed(bare, _on(12, 5))
    assert figures.of_period(Alert.objects.all(), DECEMBER)["late"]["yellow"] == 1


def test_due_days_are_those_of_the_alerts_own_clock(lay: Any) -> None:
    from lianfang.web.alerts.deadlines import due_of, term_of

    workdays = figures._workdays(_on(10, 1).date(), _on(3, 31, 2025).date())
    for day in range(1, 29):
        for colour in ("yellow", "orange", "red"):
            alert = lay("rectifying", colour, issued_at=_on(12, day))
            due = due_of(alert, "rectifying")
            assert due
            term = term_of(alert.parameters, "L10", colour)
            assert figures.reply_due(_on(12, day).date(), term, workdays) == due.on


@pytest.mark.parametrize(
    ("number", "shown"), [(0, 0), (1, "<5"), (4, "<5"), (5, 5), (7, 5), (8, 10), (12, 10), (13, 15), (164, 165)]
)
def test_small_numbers_are_not_told_and_others_are_rounded(number: int, shown: int | str) -> None:
    assert figures.told(number) == shown


def test_the_rule_is_that_of_the_engine() -> None:
    from lianfang.engine import disclosure

    assert [figures.told(n) for n in range(200)] == [disclosure.told(n) for n in range(200)]


def test_the_office_head_publishes_and_the_public_gets_rounded_numbers(cast: Any, lay: Any) -> None:
    for _ in range(7):
        lay("rectifying", "yellow", issued_at=_on(12, 2))
    lay("rectifying", "red", issued_at=_on(12, 2))
    figure = actions.publish_figure(QUARTER, by=cast.office_head, reason=REASON)
    assert figure.rows["issued"] == {"total": 8, "yellow": 7, "orange": 0, "red": 1}
    content = Package.objects.get().content
    assert content["rows"][0] | {"name": ""} == {
        "measure": "issued", "name": "", "total": 10, "yellow": 5, "orange": 0, "red": "<5",
    }  # fmt: skip
    assert (content["from"], content["until"], content["as_of"]) == ("2024-10-01", "2024-12-31", "2025-01-08")
    assert content["units"] == 6
    entry = LogEntry.objects.get(action="figure.publish")
    assert (entry.subject, entry.reason) == ("2024-Q4", REASON)
    portal.carry()
    assert Published.objects.get(kind="figure").key == "2024-Q4"


@pytest.mark.parametrize("name", ["officer", "secretary", "unit_head", "analyst", "cadre", "audit_admin"])
def test_nobody_else_publishes(name: str, cast: Any) -> None:
    with pytest.raises(Refused) as refused:
        actions.publish_figure(QUARTER, by=cast.actor(name), reason=REASON)
    assert refused.value.status == 403
    assert not Package.objects.exists()


def test_an_open_period_a_second_time_and_a_short_reason_are_refused(cast: Any) -> None:
    with pytest.raises(Refused, match="还没有结束"):
        actions.publish_figure(Period.of(clock.today(), 3), by=cast.office_head, reason=REASON)
    with pytest.raises(Refused, match="不少于20字"):
        actions.publish_figure(QUARTER, by=cast.office_head, reason="同意")
    actions.publish_figure(QUARTER, by=cast.office_head, reason=REASON)
    with pytest.raises(Refused, match="已经公布"):
        actions.publish_figure(QUARTER, by=cast.office_head, reason=REASON)
    assert BulletinFigure.objects.count() == 1


def test_a_correction_is_a_new_figure_after_the_old_one_was_withdrawn(cast: Any, lay: Any) -> None:
    actions.publish_figure(QUARTER, by=cast.office_head, reason=REASON)
    actions.withdraw_figure(QUARTER, by=cast.office_head, reason=REASON)
    portal.carry()
    assert Published.objects.get().withdrawn_at
    with pytest.raises(Refused):
        actions.withdraw_figure(QUARTER, by=cast.office_head, reason=REASON)
    lay("rectifying", "yellow", issued_at=_on(12, 2))
    actions.publish_figure(QUARTER, by=cast.office_head, reason=REASON)
    totals = BulletinFigure.objects.order_by("pk").values_list("rows__issued__total", "withdrawn_by")
    assert list(totals) == [(0, "郑川"), (1, "")]


def test_published_figures_do_not_change_with_the_alerts(cast: Any, lay: Any, as_user: Any) -> None:
    actions.publish_figure(QUARTER, by=cast.office_head, reason=REASON)
    lay("rectifying", "yellow", issued_at=_on(12, 2))
    assert as_user("officer").get("/bulletins/2024-Q4/").context["table"][0][1][0] == (0, 0)


def test_pages_of_figures(as_user: Any, cast: Any) -> None:
    client = as_user("office_head")
    assert client.get("/bulletins/").status_code == 200
    assert client.get("/bulletins/2024-Q4/").status_code == 200
    assert client.get("/bulletins/2024-Q4/publish/").status_code == 200
    assert client.post("/bulletins/2024-Q4/publish/", {"reason": "短"}).status_code == 422
    assert client.post("/bulletins/2024-Q4/publish/", {"reason": REASON}).status_code == 302
    assert client.get("/bulletins/2024-Q4/withdraw/").status_code == 200
    for address in ("2025-Q1", "2025-01", "nonsense"):
        assert client.get(f"/bulletins/{address}/").status_code == 404
    # a unit's head sees what was published and nothing that was not
    head = as_user("unit_head")
    assert head.get("/bulletins/2024-Q4/").status_code == 200
    assert head.get("/bulletins/2024-12/").status_code == 404
    assert "/bulletins/2024-12/" not in head.get("/bulletins/").content.decode()
    assert head.get("/bulletins/2024-Q4/publish/").status_code == 403
    assert as_user("cadre").get("/bulletins/").status_code == 403
