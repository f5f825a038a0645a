"""Writes on runs: started by a person or the night, claimed by a worker, taken in whole, cancelled, queued again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks_db.models import DBTaskResult

from lianfang.web.detection import catalogue, store
from lianfang.web.detection.models import Batch, Delivery, Run
from lianfang.web.detection.queries.data import current_tables
from lianfang.web.shared import clock, log, numbering
from lianfang.web.shared.actor import Actor, system
from lianfang.web.shared.refused import Refused
from lianfang.web.shared.roles import Permission

LEASE = timedelta(seconds=settings.LEASE_SECONDS)  # a worker renews it; one that is silent for so long is lost
MOST_ATTEMPTS = 10  # a run that was lost so often will be lost again
NIGHT = time(1, 0)
ACTIVE = (Run.State.QUEUED, Run.State.RUNNING)


class Superseded(Exception):
    """This attempt is no longer the run's: it was cancelled, or lost and given to another worker."""


# ---- started, claimed, cancelled --------------------------------------------------------------------------------


@transaction.atomic
def start_run(*, by: Actor, as_of: date | None = None, codes: Sequence[str] = (), is_nightly: bool = False) -> Run:
    """Queue a run over the taken batches as of a day (today). One may wait while another runs; a third is refused."""
    by.require(Permission.RUN_START)
    as_of = as_of or clock.today()
    if as_of > clock.today():
        said = _("数据截至日不能晚于今天。")
        raise Refused(said, fields={"as_of": said})
    unknown = [code for code in codes if code not in catalogue.shipped().indicators]
    if unknown:
        raise Refused(_("目录里没有这个指标：%(codes)s。") % {"codes": "、".join(unknown)})
    waiting = Run.objects.select_for_update().filter(state=Run.State.QUEUED).first()
    if waiting is not None:
        raise Refused(
            _("运行%(number)s已在排队，会用到最新入库的数据。不必再发起。") % {"number": waiting.number}, status=409
        )
    run = Run.objects.create(
        number=numbering.take("run"),
        as_of=as_of,
        level=settings.LEVEL,
        codes=list(codes),
        is_nightly=is_nightly,
        started_by=by.name,
        started_by_id=by.user_id,
        queued_at=clock.now(),
    )
    log.record("run.start", by=by, subject_type="run", subject=run.number, as_of=str(as_of), codes=list(codes))
    _enqueue(run)
    return run


@transaction.atomic
def cancel_run(run: Run, *, by: Actor, reason: str = "") -> Run:
    """Stop a run; it leaves nothing. Its worker notices at the next indicator."""
    by.require(Permission.RUN_START)
    run = Run.objects.select_for_update().get(pk=run.pk)
    if run.is_over:
        raise Refused(_("运行%(number)s已经结束，不能取消。") % {"number": run.number}, status=409)
    _end(run, Run.State.CANCELLED)
    log.record("run.cancel", by=by, subject_type="run", subject=run.number, reason=reason)
    return run


@transaction.atomic
def claim_run(number: int) -> Run | None:
    """Take a waiting or lost run for this worker, or None when it is over or somebody else has it."""
    run = Run.objects.select_for_update().filter(number=number).first()
    if run is None or run.is_over:
        return None
    if run.state == Run.State.RUNNING and run.lease_until and run.lease_until > clock.now():
        return None
    if run.state == Run.State.QUEUED and Run.objects.filter(state=Run.State.RUNNING).exists():
        return None  # its turn comes when the other one is over
    if run.attempt >= MOST_ATTEMPTS:
        run.failure = _("多次中断，已停止重试。请系统管理员查看任务。")
        _end(run, Run.State.FAILED)
        return None
    run.state, run.attempt, run.progress = Run.State.RUNNING, run.attempt + 1, []
    run.started_at, run.lease_until = clock.now(), clock.now() + LEASE
    run.data = f"runs/{run.number}-{run.attempt}"
    run.save(update_fields=["state", "attempt", "progress", "started_at", "lease_until", "data"])
    return run


def keep_lease(run: Run, progress: Sequence[Mapping[str, Any]] | None = None) -> None:
    """Say that the worker lives, with how far it has come; raises Superseded when the run is no longer its own."""
    changes: dict[str, Any] = {"lease_until": clock.now() + LEASE}
    if progress is not None:
        changes["progress"] = list(progress)
    mine = Run.objects.filter(pk=run.pk, attempt=run.attempt, state=Run.State.RUNNING)
    if not mine.update(**changes):
        raise Superseded


@transaction.atomic
def fail_run(run: Run, because: str) -> None:
    """End a run that could not be carried out; ``because`` names no value of any row."""
    current = Run.objects.select_for_update().get(pk=run.pk)
    if current.attempt == run.attempt and not current.is_over:
        current.failure = because
        _end(current, Run.State.FAILED)
        log.record("run.fail", by=system("worker"), subject_type="run", subject=run.number, because=because)


def _end(run: Run, state: Run.State) -> None:
    run.state, run.ended_at, run.lease_until, run.data = state, clock.now(), None, ""
    run.save(update_fields=["state", "ended_at", "lease_until", "data", "failure"])


def queue_waiting_run() -> None:
    """Queue the task of a run that waited for another one to be over."""
    waiting = Run.objects.filter(state=Run.State.QUEUED).first()
    if waiting is not None:
        _enqueue(waiting)


@transaction.atomic
def requeue_lost_runs() -> int:
    """Queue again every run whose worker fell silent; returns how many. Doing it twice does it once.

    The run itself is not touched: whoever claims it counts the attempt, and a worker that was only slow goes on.
    """
    silent = Q(state=Run.State.RUNNING, lease_until__lt=clock.now())
    waiting = Q(state=Run.State.QUEUED)
    is_busy = Run.objects.filter(state=Run.State.RUNNING, lease_until__gte=clock.now()).exists()
    lost = Run.objects.select_for_update().filter(silent if is_busy else silent | waiting)
    return sum(_enqueue(run) for run in lost)


def _enqueue(run: Run) -> bool:
    """Queue the run's task unless one waits already."""
    from lianfang.web.detection.tasks import perform_run

    asked = {"args": [run.number], "kwargs": {}}
    waits = DBTaskResult.objects.ready().filter(task_path=perform_run.module_path, args_kwargs=asked).exists()
    if not waits:
        perform_run.enqueue(run.number)
        log.record("run.queue", by=system(), subject_type="run", subject=run.number, attempt=run.attempt)
    return not waits


@transaction.atomic
def start_nightly_run() -> Run | None:
    """Start the night's run once a day, where there is something to run over and nothing waits already."""
    today = clock.today()
    is_night = timezone.localtime(clock.now()).time() >= NIGHT
    if not is_night or Run.objects.filter(is_nightly=True, as_of=today).exists():
        return None
    if Run.objects.filter(state=Run.State.QUEUED).exists() or not current_tables():
        return None
    return start_run(by=system("nightly run"), as_of=today, is_nightly=True)


@transaction.atomic
def drop_expired_tables() -> int:
    """Delete the kept tables of runs whose time has come; returns of how many."""
    expired = Run.objects.exclude(data="").filter(data_until__lt=clock.today())
    return sum(drop_tables(run) for run in expired)


def run_after_taking(delivery: Delivery) -> None:
    """Queue a run after a delivery was taken, where its sender wished it; one that waits already sees it too."""
    if delivery.runs_after and not Run.objects.filter(state=Run.State.QUEUED).exists():
        start_run(by=system("worker"))


def batch_expiring(batch: Batch) -> None:
    """A batch's time is over: what runs kept of it goes with it."""
    for run in runs_resting_on(batch):
        drop_tables(run)


def runs_resting_on(batch: Batch) -> list[Run]:
    """The ended runs whose tables were made of a batch, among others."""
    table = batch.dataset.table
    return [run for run in Run.objects.filter(state=Run.State.ENDED) if batch.number in run.batches.get(table, ())]


def drop_tables(run: Run) -> int:
    """Delete a run's kept tables, in the transaction that says so: a run's row never names what is half gone."""
    if not run.data:
        return 0
    folder = store.in_store(run.data)
    transaction.on_commit(lambda: store.remove(folder))
    return Run.objects.filter(pk=run.pk).update(data="", data_until=None)


def clear_leftovers() -> int:
    """Delete folders that no run names: what lost attempts left behind."""
    place = store.in_store("runs")
    named = set(Run.objects.exclude(data="").values_list("data", flat=True))
    over = [path for path in place.glob("*-*") if store.relative(path) not in named] if place.is_dir() else []
    for path in over:
        store.remove(path)
    return len(over)
