"""A whole office for a journey: its own store and database, and the real processes: web server, worker, clock."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).parents[2]
OPENS = datetime(2025, 1, 8, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))  # a Wednesday


@dataclass
class Site:
    """One office with its processes. ``database`` is the address of an empty database, "" for SQLite in the store."""

    store: Path
    database: str = ""
    port: int = field(default=0)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.store.mkdir(parents=True, exist_ok=True)
        offset = int((OPENS - datetime.now(OPENS.tzinfo)).total_seconds())
        (self.store / "clock_offset").write_text(str(offset), encoding="ascii")
        self.port = self.port or free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LIANFANG_", "DJANGO_"))}
        own = {"LIANFANG_STORE": str(self.store), "LIANFANG_DEMO": "1", "LIANFANG_DATABASE": self.database}
        return kept | own | {"DJANGO_SETTINGS_MODULE": "lianfang.web.settings", "PYTHONPATH": str(ROOT)}

    def command(self, *arguments: str) -> str:
        """Run one of the office's commands to its end; returns what it printed."""
        done = subprocess.run(
            [sys.executable, *arguments], env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def lay(self) -> None:
        """Database, static files and the small office of the web tests."""
        self.command("-c", "import django; django.setup(); from lianfang.web.serve import prepare; prepare()")
        self.command("-m", "tests.journeys.small_office")

    def start(self, *names: str) -> None:
        """Start the named parts, or all that do not run."""
        for name, command in self._commands().items():
            if (not names or name in names) and not self.is_running(name):
                with (self.store / f"{name}.log").open("ab") as log:
                    self.processes[name] = subprocess.Popen(
                        command, env=self.environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
                    )
        if "web" in (names or self._commands()):
            self.wait_until_it_answers()

    def _commands(self) -> dict[str, Sequence[str]]:
        web = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port)]
        office = [sys.executable, "-m", "lianfang.web"]
        return {
            "web": [
                *web,
                "--workers",
                "1",
                "--no-ws",
                "--blocking-threads",
                "2",
                "--log-level",
                "warning",
                "lianfang.web.wsgi:application",
            ],
            "worker": [*office, "db_worker", "--interval", "0.2", "--no-startup-delay"],
            "clock": [*office, "clock"],
        }

    def is_running(self, name: str) -> bool:
        return name in self.processes and self.processes[name].poll() is None

    def kill(self, name: str) -> None:
        """End a part with all its children at once, as a power cut would."""
        process = self.processes.pop(name, None)
        if process is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def stop(self) -> None:
        for name in list(self.processes):
            self.kill(name)

    def wait_until_it_answers(self, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                urllib.request.urlopen(f"{self.url}/account/login/", timeout=5).close()
                return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        raise AssertionError(
            f"the site does not answer: {(self.store / 'web.log').read_text(encoding='utf-8')[-3000:]}"
        )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def site(store: Path, database: str = "") -> Iterator[Site]:
    """A laid and running office; stopped, whatever happens."""
    made = Site(store, database)
    try:
        made.lay()
        made.start()
        yield made
    finally:
        made.stop()


@contextmanager
def postgres_database(server: str) -> Iterator[str]:
    """An empty database on ``server``, dropped at the end."""
    import psycopg

    name = f"journey_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{server.rsplit('/', 1)[0]}/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
