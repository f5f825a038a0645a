"""The office of the kill test, as a command in its environment: ``lay`` makes it, ``facts`` prints what it holds."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import django

RETENTION = 1095
# Written again when a page is asked for again, or as often as work was lost: not what was done.
REPEATED = ("run.queue", "account.", "evidence.read", "finding.read", "delivery.rejected", "batch.rejected")


def lay() -> dict[str, Any]:
    """Make it; returns what a form that is sent without its page has to know."""
    from lianfang.web.detection import catalogue
    from tests.web.conftest import build_office
    from tests.web.detection import deliveries

    cast = build_office().cast
    for table in ("project", "payment"):
        deliveries.register(cast.office_head, table, retention_days=RETENTION)
    people = {name: cast.user(name).pk for name in cast.users}
    return {"people": people, "cases": [one.case for one in catalogue.card_of("ENG-101").card.innocent]}


def facts() -> dict[str, Any]:
    """Everything that must be the same in an office whose parts were killed and in its undisturbed twin."""
    _settle()
    return {
        "deliveries": _deliveries(),
        "runs": _runs(),
        "findings": _findings(),
        "said": _said(),
        "moved": _moved(),
        "numbers": _numbers(),
        "portal": _portal(),
        "log": _log(),
        "chain": _chain(),
        "store": _store(),
        "waiting": _waiting(),
    }


def _settle() -> None:
    """What the clock would do in the next hours, at once."""
    from django.conf import settings

    from lianfang.web import clock

    old = time.time() - 7200
    for path in Path(settings.STORE / "uploads").rglob("*"):
        os.utime(path, (old, old))
    for sweep in clock.sweeps():
        sweep.work()


def _names() -> dict[str, str]:
    """Numbers of batches by what was sent: which of two files is checked first is chance."""
    from lianfang.web.detection.models import Batch

    batches = Batch.objects.select_related("delivery", "dataset")
    return {one.number: f"{one.delivery.file_name} {one.dataset.table}" for one in batches}


def _deliveries() -> list[Any]:
    from lianfang.web.detection.models import Delivery

    rows = Delivery.objects.order_by("number").prefetch_related("batches__dataset")
    return [
        [
            one.number,
            one.file_name,
            one.state,
            one.awaits,
            one.is_held,
            one.fault,
            [[b.dataset.table, b.state, b.rows, b.rejected, b.digest, _rows(b)] for b in one.batches.order_by("pk")],
        ]
        for one in rows
    ]


def _rows(batch: Any) -> list[Any] | None:
    """The rows of a batch as they stand in the store."""
    import pyarrow.parquet as pq

    from lianfang.web.detection import store

    path = store.batch(batch.number) / f"{batch.dataset.table}.parquet"
    return sorted(map(str, pq.read_table(path).to_pylist())) if path.exists() else None


def _runs() -> list[Any]:
    from lianfang.web.detection.models import Run

    names = _names()
    return [
        [
            run.number,
            run.state,
            run.is_nightly,
            {table: sorted(names[number] for number in numbers) for table, numbers in run.batches.items()},
            [run.findings, run.new, run.continuing, run.changed, run.gone, run.dropped_above],
            sorted(run.indicators.values_list("code", "status", "findings", "new", "changed", "gone")),
        ]
        for run in Run.objects.order_by("number")
    ]


def _findings() -> list[Any]:
    from lianfang.web.detection.models import Finding

    return [
        [f.number, f.finding_key, str(f.metric), f.colour, f.change, f.first_run.number, f.last_run.number,
         f.evidence_digest, hasattr(f, "sealed"), hasattr(f, "key")]
        for f in Finding.objects.order_by("number").select_related("first_run", "last_run")
    ]  # fmt: skip


def _said() -> dict[str, Any]:
    """What people said of indicators and findings."""
    from lianfang.web.detection.models import ExplanationResult, IndicatorStatus, Judgement

    judged = Judgement.objects.order_by("finding__number")
    explained = ExplanationResult.objects.order_by("finding__number", "case")
    proposed = IndicatorStatus.objects.order_by("pk")
    return {
        "judgements": list(map(list, judged.values_list("finding__number", "reason", "note", "judged_by"))),
        "explanations": list(map(list, explained.values_list("finding__number", "case", "result", "note"))),
        "statuses": list(map(list, proposed.values_list("code", "status", "decision", "proposed_by", "decided_by"))),
    }


def _moved() -> dict[str, Any]:
    """Everything a table of moves runs over: where it stands, and the moves that the log has of it."""
    from lianfang.web.alerts.models import Alert, Signal
    from lianfang.web.registers.risk_points import RiskPoint

    return {
        model.__name__: [
            [one.number, one.state, one.version, _moves(one)] for one in model.objects.order_by("number")
        ]
        for model in (RiskPoint, Signal, Alert)
    }  # fmt: skip


def _moves(thing: Any) -> list[Any]:
    """The moves of one thing in their order. Each begins where the one before ended, and the last one is now."""
    from lianfang.web.shared.models import LogEntry

    entries = LogEntry.objects.filter(subject=thing.log_name, detail__has_key="target").order_by("pk")
    moves = [[e.action, e.actor, e.detail["origin"], e.detail["target"]] for e in entries]
    for before, after in pairwise(moves):
        assert before[3] == after[2], f"{thing}: {before} is followed by {after}"
    assert not moves or moves[-1][3] == thing.state, f"{thing} is {thing.state}; the log says {moves[-1]}"
    return moves


def _numbers() -> dict[str, int]:
    """The counters, each held against what was numbered by it."""
    from lianfang.web.alerts.models import Alert, Signal
    from lianfang.web.detection.models import Batch, Delivery, Finding, Run
    from lianfang.web.registers.risk_points import RiskPoint
    from lianfang.web.shared.models import Counter as Number
    from lianfang.web.shared.models import Package

    numbered = {
        "delivery 2025": Delivery, "batch 2025": Batch, "run": Run, "finding": Finding, "risk ZJJ": RiskPoint,
        "signal 2025": Signal, "alert 2025 420700": Alert, "portal package": Package,
    }  # fmt: skip
    counters = dict(Number.objects.values_list("name", "value"))
    for name, model in numbered.items():
        given = sorted(int(str(number).rpartition("-")[2]) for number in model.objects.values_list("number", flat=True))
        assert given == list(range(1, len(given) + 1)), f"numbers of {name} have gaps: {given}"
    return counters


def _portal() -> dict[str, Any]:
    from lianfang.web.portal.models import Published
    from lianfang.web.shared import outbox
    from lianfang.web.shared.models import Package

    packages = list(Package.objects.order_by("number"))
    assert all(outbox.signature(one) == one.signature for one in packages)
    return {
        "packages": [[one.number, one.kind, one.key, one.content is None] for one in packages],
        "published": [
            [one.kind, one.key, one.package_number, one.withdrawn_at is None, sorted(one.content)]
            for one in Published.objects.order_by("kind", "key")
        ],
    }


def _log() -> list[Any]:
    """How often each thing was logged, besides what is logged again when it is looked at again."""
    from lianfang.web.shared.models import LogEntry

    names = _names()
    told = Counter(
        (e.action, e.actor, names.get(e.subject, e.subject), e.reason)
        for e in LogEntry.objects.all()
        if not e.action.startswith(REPEATED)
    )
    return sorted([*entry, count] for entry, count in told.items())


def _chain() -> dict[str, Any]:
    from lianfang.web.shared import sealing

    verdict = sealing.verify()
    return {"waiting": verdict.waiting, "faults": list(verdict.faults)}


def _store() -> list[str]:
    """Every file of data in the store, by what it belongs to; attempts are numbered and may be more."""
    return sorted(_stored())


def _stored() -> Iterator[str]:
    from django.conf import settings

    from lianfang.web.detection.models import Run

    names = _names()
    kept = {run.data: f"runs/{run.number}" for run in Run.objects.exclude(data="")}
    for kind in ("uploads", "deliveries", "batches", "runs", "files"):
        root = Path(settings.STORE) / kind
        for path in root.rglob("*"):
            if path.is_file():
                yield _place(path.relative_to(settings.STORE).as_posix(), kept, names)


def _place(path: str, kept: dict[str, str], names: dict[str, str]) -> str:
    first, second, *rest = path.split("/")
    run = kept.get(f"{first}/{second}")
    return "/".join([run, *rest]) if run else "/".join([first, names.get(second, second), *rest])


def _waiting() -> list[Any]:
    """What a worker would still find to do."""
    from django_tasks_db.models import DBTaskResult

    return [one.task_path for one in DBTaskResult.objects.filter(status="READY")]


if __name__ == "__main__":
    django.setup()
    print(json.dumps({"lay": lay, "facts": facts}[sys.argv[1]](), ensure_ascii=False))
