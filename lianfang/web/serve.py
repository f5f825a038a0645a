"""``python -m lianfang.web serve``: the whole office on one machine: web server, worker and clock."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field

from django.core.management import call_command

from lianfang.web import locale

logger = logging.getLogger("lianfang.serve")
PATIENCE = 10  # seconds that a part has to end by itself


@dataclass
class Part:
    """One process of the office, started anew when it ends."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    not_before: float = 0.0
    failures: int = field(default=0)

    def keep(self, now: float) -> None:
        """Start the process if it does not run; wait a little longer after each failure."""
        if self.process is not None and self.process.poll() is not None:
            self.failures += 1
            self.not_before = now + min(2**self.failures, 30)
            logger.warning("%s ended with %s", self.name, self.process.returncode)
            self.process = None
        if self.process is None and now >= self.not_before:
            self.process = subprocess.Popen(self.command)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()


def prepare() -> None:
    """Lay the database and the static files; quick when they are there."""
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    locale.refresh()


def parts(host: str, port: int, workers: int) -> list[Part]:
    """The processes of the office."""
    web = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)]
    web += [
        "--respawn-failed-workers",
        "--workers",
        str(workers),
        "--no-ws",
        "--blocking-threads",
        "2",
        "--log-level",
        "warning",
        "lianfang.web.wsgi:application",
    ]
    office = [sys.executable, "-m", "lianfang.web"]
    return [
        Part("web server", web),
        Part("worker", [*office, "db_worker", "--interval", "1"]),
        Part("clock", [*office, "clock"]),
    ]


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m lianfang.web serve", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=2, help="web processes")
    given = parser.parse_args(arguments)
    prepare()
    running = parts(given.host, given.port, given.workers)
    stopping: list[int] = []
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda number, _frame: stopping.append(number))
    print(f"LianFang: http://{given.host}:{given.port}/", flush=True)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lianfang.web.settings")
    while not stopping:
        for part in running:
            part.keep(time.monotonic())
        time.sleep(0.5)
    for part in running:
        part.stop()
