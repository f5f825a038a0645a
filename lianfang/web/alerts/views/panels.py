"""What alerts show on the pages of findings, runs and units."""

from __future__ import annotations

from typing import Any

from lianfang.web.alerts import queries
from lianfang.web.detection.models import Finding, Run
from lianfang.web.organisation.models import Unit
from lianfang.web.shared.actor import Actor


def of_finding(finding: Finding, actor: Actor) -> dict[str, Any] | None:
    """The button that makes a signal, as long as there is none."""
    if not finding.is_present or queries.signal_of(finding):
        return None
    return {"finding": finding}


def beside_finding(finding: Finding, actor: Actor) -> dict[str, Any] | None:
    """The signal and the alert that came of the finding."""
    standing = queries.signal_of(finding)
    if standing is None or not queries.signals_for(actor).filter(pk=standing.pk).exists():
        return None
    return {"signal": standing, "state": queries.STATE_WORDS[standing.state]}


def of_run(run: Run, actor: Actor) -> dict[str, Any] | None:
    """How many signals one press would make."""
    if run.state != Run.State.ENDED:
        return None
    offered = queries.unsignalled(run).count()
    room = queries.capacity_left()
    return {"run": run, "offered": offered, "room": room, "makes": min(offered, room)} if offered else None


def of_unit(unit: Unit, actor: Actor) -> dict[str, Any] | None:
    """The unit's alerts that run, as far as the reader may see them."""
    rows = list(queries.open_alerts(actor).filter(unit=unit).order_by("-pk")[:10])
    return {"alerts": rows} if rows else None
