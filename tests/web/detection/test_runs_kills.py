"""Killing the worker at any moment of a run loses nothing and doubles nothing."""

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
from django_tasks_db.models import DBTaskResult

from lianfang.web.detection import carrying, store
from lianfang.web.detection.actions import runs
from lianfang.web.detection.models import Finding, NamedPerson, Run, RunIndicator, SealedEvidence
from lianfang.web.detection.queries import findings as queries
from lianfang.web.shared import clock
from lianfang.web.shared.actor import system
from lianfang.web.shared.models import LogEntry
from tests.web.conftest import NOW, build_office
from tests.web.detection import small_city

DEATHS = 24
HERE = Path(__file__).parents[3]


class Dying:
    """Workers that are killed, one after the other, over the test's own database and store."""

    def __init__(self, place: Path, folder: Path) -> None:
        self.folder = folder
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "lianfang.web.settings", "LIANFANG_STORE": str(place)}
        environment |= {"LIANFANG_DATABASE": address(), "LIANFANG_EVIDENCE_SECRET": settings.EVIDENCE_SECRET}
        environment["PYTHONPATH"] = str(HERE)
        command = [sys.executable, "-m", "tests.web.detection.dying_run"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=HERE
        )

    def ask(self, run: Run, line: int) -> str:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{run.number} {line} {self.folder} {clock.now().isoformat()}\n")
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
    worker = Dying(clean_store, small_city.folder_with_tables())
    yield worker
    worker.close()


def everything() -> dict[str, Any]:
    """What a run leaves, without moments and what differs from run to run."""
    findings = Finding.objects.select_related("key", "sealed").order_by("finding_key")
    return {
        "findings": [(f.finding_key, f.number, f.metric, f.colour, f.evidence_digest) for f in findings],
        "evidence": [queries.unsealed(f) for f in findings],
        "named": list(NamedPerson.objects.order_by("finding__finding_key").values_list("finding__number", "person")),
        "sealed": SealedEvidence.objects.count(),
    }


def test_a_worker_killed_anywhere_in_a_run_leaves_it_to_be_carried_out_once(dying):
    build_office()
    lines = []
    for _first_and_again in range(2):
        whole = runs.start_run(by=system("test"), codes=small_city.CODES)
        said, counted = dying.ask(whole, 0).split()
        assert said == "lived"
        lines.append(int(counted))
    expected = everything()
    assert len(expected["findings"]) == 5
    died = 0
    for number in range(1, DEATHS + 1):
        moment = NOW + timedelta(hours=number)
        with clock.at(moment):
            if number % 2 == 0:
                Finding.objects.update(evidence_digest="")  # everything is written anew, as in a first run
            run = runs.start_run(by=system("test"), codes=small_city.CODES)
            answer = dying.ask(run, lines[number % 2] * number // (DEATHS + 1) + number % 7)
            assert answer == "died" or answer.startswith("lived"), answer
            died += answer == "died"
            DBTaskResult.objects.update(status="RUNNING")  # a worker had picked it up, and is no more
        with clock.at(moment + timedelta(minutes=5)):
            runs.requeue_lost_runs()
            runs.clear_leftovers()
            for _twice in range(2):
                carrying.carry_out(run.number, assemble=lambda place: small_city.copied(dying.folder, place))
            runs.clear_leftovers()
        run.refresh_from_db()
        assert (run.state, run.findings, run.new, run.continuing, run.gone) == ("ended", 5, 0, 5, 0), number
        assert everything() == expected, f"killed at death {number}"
        assert RunIndicator.objects.filter(run=run).count() == len(small_city.CODES)
        assert LogEntry.objects.filter(action="run.end", subject=str(run.number)).count() == 1
        assert len(list(store.in_store("runs").iterdir())) <= 2
    assert died >= 20
