"""The office's pages at a hundred thousand findings and alerts, beside a bare Django page on the same machine.

    python -m benchmarks.web [--rows N] [--database sqlite|postgres|both] [--seconds S]

Both are served as ``python -m lianfang.web serve`` does, by granian with two processes; eight connections ask as fast
as they are answered. PostgreSQL is measured where LIANFANG_TEST_POSTGRES names a server.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import platform
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

RESULTS = Path(__file__).parent / "results"
ROOT = Path(__file__).parents[1]
CONNECTIONS = 8
DEEP = 40  # how many pages into a list the deep page lies
# page → the budget of queries and of milliseconds at the 95th percentile (UI.md, section 8)
BUDGETS: dict[str, tuple[int, int]] = {
    "findings": (12, 150),
    "findings, deep": (12, 150),
    "findings, filtered": (12, 150),
    "finding": (20, 200),
    "alerts": (12, 150),
    "alerts, deep": (12, 150),
    "alerts, filtered": (12, 150),
    "alert": (20, 200),
    "desk": (12, 150),
    "dashboard": (25, 300),
}


@dataclass(frozen=True)
class Measure:
    """One page: requests per second with eight connections; milliseconds with one; its queries."""

    per_second: float
    p50: float
    p95: float
    alone: float
    queries: int | None = None
    size: int = 0


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--database", choices=["sqlite", "postgres", "both"], default="both")
    options.add_argument("--seconds", type=float, default=4, help="for which each page is asked")
    options.add_argument("--page", action="append", choices=list(BUDGETS), help="only this page; may be repeated")
    options.add_argument("--part", choices=["build", "queries"], help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.part:
        print(json.dumps(_build(given.rows) if given.part == "build" else _queries(json.load(sys.stdin))))
        return
    for database in ["sqlite", "postgres"] if given.database == "both" else [given.database]:
        server = os.environ.get("LIANFANG_TEST_POSTGRES", "")
        if database == "postgres" and not server:
            print("postgres: left out, LIANFANG_TEST_POSTGRES names no server")
            continue
        result = measure(database, server, given.rows, given.seconds, given.page or list(BUDGETS))
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"web-{database}-{given.rows}.json"
        path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        print(_drawn(result))


def measure(database: str, server: str, rows: int, seconds: float, pages: Sequence[str]) -> dict[str, Any]:
    """Build an office on ``database``, serve it and the bare page, and ask for every page."""
    with tempfile.TemporaryDirectory(prefix="web-bench-") as store, _address(database, server) as address:
        environment = _environment(store, address)
        begun = time.perf_counter()
        opened = json.loads(_part("build", environment, rows))
        built = time.perf_counter() - begun
        with _served("lianfang.web.wsgi:application", environment) as port:
            cookie = _signed_in(port, *opened["account"])
            asked = {name: _addresses(port, cookie, opened, name) for name in pages}
            queries = json.loads(_part("queries", environment, rows, json.dumps(asked)))
            measures = {name: _measured(port, paths, cookie, seconds, queries[name]) for name, paths in asked.items()}
        with _served("benchmarks.bare:application", environment) as port:
            bare = _measured(port, ["/"], "", seconds, 0)
    return {
        "database": database,
        "rows": rows,
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in ("django", "granian")},
        "connections": CONNECTIONS,
        "seconds_to_build": round(built, 1),
        "bare": asdict(bare),
        "pages": {name: asdict(one) for name, one in measures.items()},
    }


# ---- the office in its own processes -------------------------------------------------------------------------------


def _environment(store: str, address: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LIANFANG_", "DJANGO_"))}
    own = {"LIANFANG_STORE": store, "LIANFANG_DATABASE": address, "DJANGO_SETTINGS_MODULE": "lianfang.web.settings"}
    return kept | own | {"PYTHONPATH": str(ROOT), "LIANFANG_HOSTS": "127.0.0.1,testserver"}


@contextmanager
def _address(database: str, server: str) -> Iterator[str]:
    """The address of an empty database; "" for SQLite in the store."""
    if database == "sqlite":
        yield ""
        return
    import psycopg

    name = f"web_bench_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{server.rsplit('/', 1)[0]}/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _part(part: str, environment: Mapping[str, str], rows: int, given: str = "") -> str:
    command = [sys.executable, "-m", "benchmarks.web", "--part", part, "--rows", str(rows)]
    done = subprocess.run(command, env=environment, cwd=ROOT, input=given, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout.splitlines()[-1]


def _build(rows: int) -> dict[str, list[str]]:
    import django

    django.setup()
    from benchmarks.web_data import build
    from lianfang.web.serve import prepare

    prepare()
    return build(rows)


def _queries(asked: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """How many queries each page makes, sign-in and session among them, once its process is warm."""
    import django

    django.setup()
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from lianfang.web.accounts.models import User

    browser, counts = Client(), {}
    browser.force_login(
        User.objects.get(username="officer"), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    for name, paths in asked.items():
        for path in paths[:2]:
            with CaptureQueriesContext(connection) as seen:
                assert browser.get(path).status_code == 200, path
        counts[name] = sum(not one["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")) for one in seen)
    return counts


@contextmanager
def _served(application: str, environment: Mapping[str, str]) -> Iterator[int]:
    """Granian with two processes, as ``serve`` starts it."""
    from lianfang.web.serve import parts

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [*parts("127.0.0.1", port, 2)[0].command[:-1], application]
    process = subprocess.Popen(command, env=environment, cwd=ROOT, start_new_session=True)
    try:
        for _try in range(300):
            try:
                _get(http.client.HTTPConnection("127.0.0.1", port, timeout=30), "/", "")
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


# ---- asking --------------------------------------------------------------------------------------------------------


def _get(connection: http.client.HTTPConnection, path: str, cookie: str) -> tuple[int, bytes]:
    connection.request("GET", path, headers={"Cookie": cookie})
    answer = connection.getresponse()
    return answer.status, answer.read()


def _signed_in(port: int, name: str, password: str) -> str:
    """The cookies of an officer who has signed in."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/account/login/")
    answer = connection.getresponse()
    page, cookies = answer.read().decode(), answer.headers.get_all("Set-Cookie") or []
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found, page
    given = urlencode({"login": name, "password": password, "csrfmiddlewaretoken": found[1]})
    jar = "; ".join(one.partition(";")[0] for one in cookies)
    headers = {"Cookie": jar, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/account/login/", given, headers)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 302, answer.status
    return "; ".join(one.partition(";")[0] for one in answer.headers.get_all("Set-Cookie") or [])


def _addresses(port: int, cookie: str, opened: Mapping[str, Sequence[str]], page: str) -> list[str]:
    """The addresses that are asked for in turn as one kind of page."""
    kind, _comma, which = page.partition(", ")
    if which == "deep":
        return [_deep(port, cookie, f"/{kind}/")]
    if which == "filtered":
        own = {"findings": "code=ENG-101", "alerts": "state=rectifying"}[kind]
        return [f"/{kind}/?{given}" for given in ("colour=orange&safety=funds", "unit=D07", own)]
    if kind in ("finding", "alert"):
        return [f"/{kind}s/{number}/" for number in opened[f"{kind}s"]]
    return [f"/{kind}/"]


def _deep(port: int, cookie: str, path: str) -> str:
    """The address of a page far into a list, reached as a reader reaches it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    at = path
    for _page in range(DEEP):
        status, text = _get(connection, at, cookie)
        assert status == 200, (at, status)
        found = re.search(r'<a href="([^"]+)" rel="next"', text.decode())
        if found is None:
            break
        at = path + found[1].replace("&amp;", "&").removeprefix(path)
    return at


def _measured(port: int, paths: Sequence[str], cookie: str, seconds: float, queries: int) -> Measure:
    """Warm the pages, time one reader alone, then eight at once."""
    _asked(port, paths, cookie, min(seconds, 1), CONNECTIONS)
    alone, _size = _asked(port, paths, cookie, seconds / 2, 1)
    times, size = _asked(port, paths, cookie, seconds, CONNECTIONS)
    return Measure(
        per_second=round(len(times) / seconds, 1),
        p50=_part_of(times, 0.5),
        p95=_part_of(times, 0.95),
        alone=_part_of(alone, 0.95),
        queries=queries,
        size=size,
    )


def _asked(port: int, paths: Sequence[str], cookie: str, seconds: float, connections: int) -> tuple[list[float], int]:
    """The seconds of every request within ``seconds``, over so many connections, and the bytes of the last answer."""
    times: list[float] = []
    sizes = [0]
    wrong: list[str] = []
    end = time.perf_counter() + seconds

    def ask(place: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while (begun := time.perf_counter()) < end:
            path = paths[place % len(paths)]
            status, body = _get(connection, path, cookie)
            times.append(time.perf_counter() - begun)
            if status != 200:
                wrong.append(f"{path}: {status}")
                return
            sizes[0] = len(body)
            place += connections
        connection.close()

    readers = [threading.Thread(target=ask, args=(place,)) for place in range(connections)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    if wrong:
        raise SystemExit(wrong[0])
    return times, sizes[0]


def _part_of(times: Sequence[float], part: float) -> float:
    """Milliseconds that this part of the requests stayed under."""
    ordered = sorted(times)
    return round(ordered[min(int(len(ordered) * part), len(ordered) - 1)] * 1000, 1)


def _drawn(result: Mapping[str, Any]) -> str:
    lines = [
        f"{result['database']}: {result['rows']:,} findings and {result['rows']:,} alerts, {result['cpus']} CPUs,"
        f" {result['connections']} connections",
        f"{'':20} {'a second':>9} {'of bare':>8} {'p50 ms':>8} {'p95 ms':>8} {'alone':>7} {'budget':>7}"
        f" {'queries':>8} {'budget':>7} {'kB':>6}",
    ]
    bare = result["bare"]
    for name, one in {"bare Django page": bare, **result["pages"]}.items():
        queries, budget = BUDGETS.get(name, ("", ""))
        lines.append(
            f"{name:20} {one['per_second']:9.1f} {one['per_second'] / bare['per_second']:8.3f} {one['p50']:8.1f}"
            f" {one['p95']:8.1f} {one['alone']:7.1f} {budget:>7} {one['queries']:>8} {queries:>7}"
            f" {one['size'] / 1000:6.1f}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
