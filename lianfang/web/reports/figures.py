"""What became of alerts in a closed period, counted from their own dates; and as the public may see it.

Source: the domain's statistics K10 (issued; of a chain of escalations only the highest colour), K13 and K14 (reports
back in time). Small numbers are not told and the others are rounded, as the engine does with what leaves the house.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from lianfang.web.alerts.deadlines import term_of
from lianfang.web.alerts.models import Alert, Answer
from lianfang.web.organisation.calendar import Term
from lianfang.web.organisation.models import Day, Unit
from lianfang.web.reports.periods import Period
from lianfang.web.shared import clock

COLOURS = ("yellow", "orange", "red")
MEASURES = {
    "issued": _("发出"),
    "released": _("解除"),
    "due": _("应回告"),
    "late": _("其中逾期"),
}
SMALLEST, ROUNDED_TO = 5, 5
NOT_COUNTED = ("withdrawn", "dismissed", "merged")
LONGEST_TERM = 120  # days after the last day of a period in which a term that began in it can end

Row = dict[str, int]


def counted(alerts: QuerySet[Alert]) -> QuerySet[Alert]:
    """Alerts that were issued and still count: not those withdrawn, and not those that were escalated further."""
    # asked once, not once for each alert: hardly any has a parent, so that an index on it looks useless to SQLite
    higher = Alert.objects.filter(parent__isnull=False, issued_at__isnull=False).order_by().values("parent")
    return alerts.filter(issued_at__isnull=False).exclude(state__in=NOT_COUNTED).exclude(pk__in=higher)


def was_issued(period: Period) -> Q:
    return Q(issued_at__gte=period.begins, issued_at__lt=period.ends)


def was_released(period: Period) -> Q:
    return Q(released_at__gte=period.begins, released_at__lt=period.ends)


def of_period(alerts: QuerySet[Alert], period: Period) -> dict[str, Row]:
    """Measure → colour → count, and ``total``, over ``alerts`` in ``period``."""
    due = list(reply_terms(alerts, period))
    return {
        **_came_and_went(alerts, period),
        "due": _summed(colour for colour, _is_late in due),
        "late": _summed(colour for colour, is_late in due if is_late),
    }


def _came_and_went(alerts: QuerySet[Alert], period: Period) -> dict[str, Row]:
    wanted = {"issued": was_issued(period), "released": was_released(period)}
    counts = {name: Count("pk", filter=condition, distinct=True) for name, condition in wanted.items()}
    touched = counted(alerts).filter(wanted["issued"] | wanted["released"]).order_by()
    rows = {row["colour"]: row for row in touched.values("colour").annotate(**counts)}
    return {
        name: _with_total({colour: rows[colour][name] if colour in rows else 0 for colour in COLOURS})
        for name in wanted
    }


def _summed(colours: Iterable[str]) -> Row:
    found = dict.fromkeys(COLOURS, 0)
    for colour in colours:
        found[colour] += 1
    return _with_total(found)


def _with_total(row: Mapping[str, int]) -> Row:
    return {"total": sum(row.values()), **row}


def reply_terms(alerts: QuerySet[Alert], period: Period) -> Iterator[tuple[str, bool]]:
    """Colour and lateness of each alert whose first report-back was due in ``period``.

    Late is one that was not signed by the end of its last day. The deadline is counted anew from the day of issue and
    the terms kept with the alert, for the alert's own one has moved on to the next step since.
    """
    begun = period.begins - timedelta(days=LONGEST_TERM)
    issued = counted(alerts).filter(issued_at__gte=begun, issued_at__lt=period.ends).order_by()
    rows = list(issued.annotate(terms=F("parameters__terms__L10")).values_list("pk", "colour", "issued_at", "terms"))
    if not rows:
        return
    workdays = _workdays(begun.date(), period.last + timedelta(days=LONGEST_TERM))
    signed = _first_signed(begun, period)
    due_on: dict[tuple[date, str, str], date | None] = {}
    zone = timezone.get_current_timezone()  # asked once: there may be thousands of rows
    for alert, colour, issued_at, terms in rows:
        day = issued_at.astimezone(zone).date()
        key = (day, colour, str(terms))
        if key not in due_on:
            due_on[key] = reply_due(day, term_of({"terms": {"L10": terms}}, "L10", colour), workdays)
        due = due_on[key]
        if due is not None and period.first <= due <= period.last:
            answered = signed.get(alert)
            yield colour, answered is None or answered > due


def reply_due(issued: date, term: Term, workdays: list[date]) -> date | None:
    """The last day of the first report-back; None when the calendar does not reach so far."""
    if term.unit == "wd":
        place = bisect_right(workdays, issued) + term.count - 1
    elif term.unit == "cd":
        place = bisect_left(workdays, issued + timedelta(days=term.count))
    else:
        place = bisect_right(workdays, issued)  # hours of duty end on the next working day at the latest
    return workdays[place] if place < len(workdays) else None


def _workdays(first: date, last: date) -> list[date]:
    days = Day.objects.filter(day__gte=first, day__lte=last, is_workday=True).order_by("day")
    return list(days.values_list("day", flat=True))


def _first_signed(begun: datetime, period: Period) -> dict[int, date]:
    """Alert → the day on which its first report-back was signed, for those issued since ``begun``."""
    signed = Answer.objects.filter(round=0, signed_at__isnull=False, alert__issued_at__gte=begun)
    found = signed.filter(alert__issued_at__lt=period.ends).order_by().values_list("alert", "signed_at")
    zone = timezone.get_current_timezone()
    return {alert: at.astimezone(zone).date() for alert, at in found}


def units_counted() -> int:
    """The denominator of a city's figures: its units that are not closed, without places that only stand above."""
    return Unit.objects.filter(closed_on=None).exclude(kind__in=[Unit.Kind.CITY, Unit.Kind.DISTRICT]).count()


def told(number: int) -> int | str:
    """A count as it may be published: 0 as it is, small ones as <5, the rest rounded to the nearest five."""
    if number == 0:
        return 0
    if number < SMALLEST:
        return f"<{SMALLEST}"
    return ROUNDED_TO * ((number + ROUNDED_TO // 2) // ROUNDED_TO)


def public_content(period: Period, rows: Mapping[str, Row], units: int) -> dict[str, Any]:
    """What the portal shows of a period."""
    return {
        "period": period.key,
        "label": period.labels,
        "from": period.first.isoformat(),
        "until": period.last.isoformat(),
        "as_of": clock.today().isoformat(),
        "units": units,
        "rows": [
            {"measure": name, "name": _both(name), **{key: told(row[key]) for key in ("total", *COLOURS)}}
            for name, row in rows.items()
        ],
    }


def _both(measure: str) -> dict[str, str]:
    names = {}
    for name, code in (("zh", "zh-hans"), ("en", "en")):
        with override(code):
            names[name] = str(MEASURES[measure])
    return names
