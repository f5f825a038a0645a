"""What waits for whom, and the counts that dashboards show; every number is a filter of the list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lianfang.web.alerts.models import FINALS, STATES, Alert
from lianfang.web.alerts.queries.access import alerts_for, my_turn, signals_for
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.desk import Item
from lianfang.web.shared.roles import ROLES, Permission

MOST = 200
ENDED = (*FINALS, "released", "lookback")
OPEN = tuple(state for state in STATES if state not in ENDED)  # named, so that an index leads to the few that run
ISSUED = ("issued", "rectifying", "replied", "accepting")
VERBS: dict[str, str | Promise] = {
    "screening": _("初筛"),
    "verifying": _("核验"),
    "graded": _("呈批"),
    "pending": _("审批"),
    "approved": _("送达"),
    "issued": _("签收"),
    "rectifying": _("回告"),
    "replied": _("指派验收"),
    "accepting": _("验收"),
    "lookback": _("回头看"),
}


def due_for(actor: Actor) -> list[Item]:
    """What the desk shows of signals and alerts: what waits for ``actor``, then what waits for others."""
    if not actor.may(Permission.ALERT_READ):
        return []
    return [*_signals_to_screen(actor), *_my_alerts(actor), *_second_opinions(actor), *_with_others(actor)]


def _signals_to_screen(actor: Actor) -> Iterator[Item]:
    if not actor.may(Permission.SIGNAL_SCREEN):
        return
    rows = signals_for(actor).filter(assigned_to=actor.user_id, state__in=("signal", "screening"))
    for signal in rows.select_related("unit").order_by("due_at", "pk")[:MOST]:
        yield Item(
            verb=VERBS["screening"],
            title=signal.shown_title,
            unit=signal.unit.shown_name if signal.unit else "",
            colour=signal.colour,
            stage=STATES[signal.state],
            due_at=signal.due_at,
            url=reverse("signal", args=[signal.number]),
            is_proposed=True,
        )


def _running(actor: Actor) -> QuerySet[Alert]:
    rows = alerts_for(actor).filter(state__in=(*OPEN, "lookback")).select_related("unit", "next_user")
    return rows.order_by("due_at", "pk")


def _my_alerts(actor: Actor) -> Iterator[Item]:
    for alert in _running(actor).filter(my_turn(actor))[:MOST]:
        yield _item(alert)


def _second_opinions(actor: Actor) -> Iterator[Item]:
    if not actor.may(Permission.ALERT_CHECK):
        return
    rows = _running(actor).filter(state__in=("verifying", "graded"), second_checker=actor.user_id)
    for alert in rows.prefetch_related("opinions")[:MOST]:
        if not any(one.round == alert.round and one.seat == "second_checker" for one in alert.opinions.all()):
            yield _item(alert, verb=_("复核"), url=reverse("alert_check", args=[alert.number]))


def _with_others(actor: Actor) -> Iterator[Item]:
    """What the actor has handed on and somebody else now has."""
    rows = _running(actor).filter(Q(checker=actor.user_id) | Q(proposer=actor.user_id) | Q(acceptor=actor.user_id))
    for alert in rows.exclude(my_turn(actor))[:MOST]:
        yield _item(alert, waits_for=whose(alert))


def whose(alert: Alert) -> str:
    """The person or post whose turn it is."""
    if alert.next_user is not None:
        return str(alert.next_user.name)
    return str(ROLES[alert.next_role].title) if alert.next_role in ROLES else ""


def _item(alert: Alert, *, verb: str | Promise = "", url: str = "", waits_for: str = "") -> Item:
    return Item(
        verb=verb or (_("批准解除") if _is_release(alert) else VERBS.get(alert.state, "")),
        title=alert.shown_title,
        unit=alert.unit.shown_name,
        colour=alert.shown_colour,
        stage=STATES[alert.state],
        due_at=alert.due_at,
        url=url or reverse("alert", args=[alert.number]),
        waits_for=waits_for,
        is_proposed=alert.is_proposed,
    )


def _is_release(alert: Alert) -> bool:
    return alert.state == "accepting" and alert.next_user_id is None


@dataclass(frozen=True)
class Counts:
    """Alerts that run, counted once for each way of looking; each key is a value of the list's filter."""

    total: int = 0
    overdue: int = 0
    by_state: dict[str, int] = field(default_factory=dict)
    by_colour: dict[str, int] = field(default_factory=dict)
    by_safety: dict[str, int] = field(default_factory=dict)
    by_safety_colour: dict[tuple[str, str], int] = field(default_factory=dict)
    by_safety_overdue: dict[str, int] = field(default_factory=dict)
    by_state_colour: dict[tuple[str, str], int] = field(default_factory=dict)
    by_unit: dict[int, int] = field(default_factory=dict)
    by_unit_colour: dict[tuple[int, str], int] = field(default_factory=dict)
    overdue_by_unit: dict[int, int] = field(default_factory=dict)


def open_alerts(actor: Actor, *, unit_path: str = "", issued_only: bool = False) -> QuerySet[Alert]:
    """The alerts that run: what the dashboard counts and the list shows under the same number."""
    rows = alerts_for(actor).filter(state__in=OPEN)
    if issued_only:
        rows = rows.filter(state__in=ISSUED)
    return rows.filter(unit__path__startswith=unit_path) if unit_path else rows


def counts_for(actor: Actor, *, unit_path: str = "", issued_only: bool = False) -> Counts:
    """Counts of the alerts that run, in one question to the database. A colour counts as proposed until approved."""
    rows = open_alerts(actor, unit_path=unit_path, issued_only=issued_only).order_by()
    grouped = rows.values_list("state", "colour", "proposed_colour", "safety", "unit_id", "is_overdue")
    sums: dict[str, Counter[Any]] = {name: Counter() for name in Counts.__dataclass_fields__}
    for state, colour, proposed, safety, unit, late, n in grouped.annotate(n=Count("pk")):
        shown = colour or proposed
        for name, key in (
            ("by_state", state),
            ("by_colour", shown),
            ("by_safety", safety),
            ("by_safety_colour", (safety, shown)),
            ("by_state_colour", (state, shown)),
            ("by_unit", unit),
            ("by_unit_colour", (unit, shown)),
        ):
            sums[name][key] += n
        sums["total"]["all"] += n
        if late:
            sums["overdue"]["all"] += n
            sums["by_safety_overdue"][safety] += n
            sums["overdue_by_unit"][unit] += n
    single = {"total": sums.pop("total")["all"], "overdue": sums.pop("overdue")["all"]}
    return Counts(**single, **{name: dict(counted) for name, counted in sums.items()})


@dataclass(frozen=True)
class Flow:
    """What came and went within some days. Alerts that were withdrawn count no longer."""

    issued: dict[str, int]
    released: int
    dismissed: int
    new: int


def flow_for(actor: Actor, first: date, last: date, *, unit_path: str = "") -> Flow:
    """How many were opened, issued by colour, released and found not to stand from ``first`` to ``last``."""
    rows = alerts_for(actor).order_by()
    if unit_path:
        rows = rows.filter(unit__path__startswith=unit_path)
    within = {"__date__gte": first, "__date__lte": last}

    def on(moment: str) -> dict[str, Any]:
        return {f"{moment}{lookup}": day for lookup, day in within.items()}

    counted = rows.filter(**on("issued_at")).exclude(state__in=("withdrawn", "escalated"))
    return Flow(
        issued=dict(counted.values_list("colour").annotate(n=Count("pk"))),
        released=rows.filter(**on("released_at")).exclude(state="withdrawn").count(),
        dismissed=rows.filter(**on("closed_at"), state="dismissed").count(),
        new=rows.filter(**on("opened_at")).count(),
    )


def waiting_signals(actor: Actor) -> int:
    """How many signals wait for screening: the number beside the menu's line."""
    return signals_for(actor).filter(state__in=("signal", "screening")).count()


def running_alerts(actor: Actor) -> int:
    return open_alerts(actor).count()
