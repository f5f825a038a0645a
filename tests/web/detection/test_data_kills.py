"""Killing the worker at any moment of an import loses nothing and doubles nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from lianfang.web.detection.actions import batches, checking
from lianfang.web.detection.models import Batch, Delivery
from lianfang.web.shared.models import Counter, LogEntry
from tests.web.conftest import NOW, build_office
from tests.web.detection import deliveries

POINTS = 7  # of each of the three works
HERE = Path(__file__).parents[3]


class Dying:
    """Workers that are killed, one after the other, over the test's own database and store."""

    def __init__(self, store: Path) -> None:
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "lianfang.web.settings", "LIANFANG_STORE": str(store)}
        environment |= {"LIANFANG_DATABASE": address(), "LIANFANG_EVIDENCE_SECRET": settings.EVIDENCE_SECRET}
        environment["PYTHONPATH"] = str(HERE)
        command = [sys.executable, "-m", "tests.web.detection.dying_worker", NOW.isoformat()]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=HERE
        )

    def ask(self, work: str, number: str, line: int) -> str:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{work} {number} {line}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def close(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait(timeout=20)
        self.process.stdout.close()


def address() -> str:
    """The test's database, as the office's settings name one."""
    given: dict[str, Any] = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{given['NAME']}"
    return f"postgresql://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT']}/{given['NAME']}"


@pytest.fixture
def dying(transactional_db: None, clean_store: Path) -> Iterator[Dying]:
    worker = Dying(clean_store)
    yield worker
    worker.close()


def at_work(cast: Any, work: str, number: int) -> Delivery:
    """A delivery of its own content that waits for ``work``."""
    delivery = deliveries.send(cast.unit_officer, deliveries.numbered(number), f"支付{number}.xlsx")
    if work == "look":
        return delivery
    checking.look(delivery.number)
    delivery.refresh_from_db()
    if delivery.state == Delivery.State.PROPOSED:
        batches.confirm_mapping(delivery, by=cast.unit_officer, sheets=deliveries.proposed(delivery))
    if work == "check":
        return delivery
    checking.check(delivery.number)
    delivery.refresh_from_db()
    batches.ask_taking(delivery, by=cast.unit_officer, runs_after=False)
    return delivery


def time_passes() -> None:
    Delivery.objects.exclude(awaits="").update(leased_until=timezone.now() - timedelta(seconds=1))
    DBTaskResult.objects.update(status="RUNNING")  # a worker had picked them up, and is no more


def outcome(delivery: Delivery) -> dict[str, Any]:
    """Everything that a work leaves, without what differs from file to file."""
    delivery.refresh_from_db()
    found = list(delivery.batches.values_list("state", "rows", "rejected", "columns"))
    result = [
        {name: one[name] for name in ("table", "rows", "rejected", "columns", "share")}
        for one in delivery.result.get("tables", ())
    ]
    told = LogEntry.objects.filter(action="batch.take", subject__in=delivery.batches.values("number")).count()
    return {
        "state": delivery.state, "awaits": delivery.awaits, "fault": delivery.fault, "held": delivery.is_held,
        "batches": found, "result": result, "told": told, "sheets": len(delivery.proposal.get("sheets", ())),
    }  # fmt: skip


@pytest.mark.parametrize("work", ["look", "check", "take"])
def test_a_worker_killed_anywhere_leaves_its_work_to_be_done_once(work, dying):
    cast = build_office().cast
    deliveries.register(cast.office_head, retention_days=1095)
    if work != "look":
        first = deliveries.checked(cast.unit_officer)  # from here on the form is known
        batches.discard(first, by=cast.unit_officer)
    whole = at_work(cast, work, 0)
    said, lines = dying.ask(work, whole.number, 0).split()
    assert said == "lived"
    if work == "take":
        batches.withdraw_batch(
            whole.batches.get(), by=cast.unit_officer, reason="这一批只为量出步数，量完即予撤回，不作他用"
        )
        whole_taken = 1
    expected = outcome(whole) if work != "take" else None
    died = 0
    for number in range(1, POINTS + 1):
        delivery = at_work(cast, work, number)
        answer = dying.ask(work, delivery.number, int(lines) * number // (POINTS + 1) + number)
        died += answer == "died"
        assert answer == "died" or answer.startswith("lived"), answer
        time_passes()
        batches.requeue_lost()
        batches.clear_leftovers()
        deliveries.DOES[work](delivery.number)
        deliveries.DOES[work](delivery.number)
        found = outcome(delivery)
        if expected is None:
            expected = found
            assert (found["state"], found["told"], len(found["batches"])) == ("taken", whole_taken, 1)
        assert found == expected, f"killed at line {number}"
        if work == "take":
            check_taken(delivery)
    assert died == POINTS
    assert Batch.objects.count() == sum(c.value for c in Counter.objects.filter(name__startswith="batch"))
    batches.clear_leftovers()
    assert not [name for name in deliveries.stored() if "work-" in name or "/." in name]


def check_taken(delivery: Delivery) -> None:
    """One folder with one table, and nothing of the delivery left beside it."""
    batch = delivery.batches.get()
    batches.clear_leftovers()
    names = [name for name in deliveries.stored() if batch.number in name or delivery.number in name]
    assert names == [f"batches/{batch.number}/payment.parquet"]


def test_a_server_killed_while_it_receives_leaves_one_delivery_after_the_file_is_sent_again(dying):
    cast = build_office().cast
    deliveries.register(cast.office_head)
    dying.ask("receive", "0", 0)  # the first of a year makes its counter, in a few lines more
    said, lines = dying.ask("receive", "100", 0).split()
    assert (said, Delivery.objects.count()) == ("lived", 2)
    for number in range(1, POINTS + 1):
        assert dying.ask("receive", str(number), int(lines) * number // (POINTS + 1) + 1) == "died"
        delivery = deliveries.send(cast.unit_officer, deliveries.numbered(number), f"支付{number}.xlsx")
        assert Delivery.objects.count() == number + 2
        assert DBTaskResult.objects.filter(args_kwargs__args=[delivery.number]).count() == 1
    for path in (Path(settings.STORE) / "uploads").rglob("*"):
        os.utime(path, (0, 0))
    batches.clear_leftovers()
    wanted = {f"uploads/{d.digest[:2]}/{d.digest}" for d in Delivery.objects.all()}
    assert deliveries.stored() == wanted
