"""What holds for every test: no network, one language, required parts are not skipped, the same examples every time."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import settings

# CI names the parts that must run: LIANFANG_REQUIRE=spark,postgres,mysql. A skip of one of these is a failure there.
PARTS = ("spark", "postgres", "mysql", "browser")
REQUIRED = frozenset(filter(None, os.environ.get("LIANFANG_REQUIRE", "").split(",")))
if REQUIRED - set(PARTS):
    raise pytest.UsageError(f"LIANFANG_REQUIRE may name {', '.join(PARTS)}; it is {os.environ['LIANFANG_REQUIRE']!r}")

settings.register_profile("house", derandomize=True, deadline=None, database=None)
settings.load_profile("house")
os.environ["LIANFANG_LANG"] = "zh"


def missing_part(part: str) -> str | None:
    """Why tests marked with ``part`` cannot run on this machine, or None."""
    if part in os.environ.get("LIANFANG_SKIP", "").split(","):
        return f"{part}: left out on request (LIANFANG_SKIP; make test SPARK=0)"
    if part == "spark":
        if _java_version() < 17:
            return "spark: no Java runtime of version 17 or later (apt-get install openjdk-17-jre-headless)"
        if find_spec("pyspark") is None:
            return "spark: the extra is not installed (make env SPARK=1)"
    if part == "postgres" and not os.environ.get("LIANFANG_TEST_POSTGRES"):
        return "postgres: LIANFANG_TEST_POSTGRES names no server (.ci/run starts one)"
    if part == "mysql" and not os.environ.get("LIANFANG_TEST_MYSQL"):
        return "mysql: LIANFANG_TEST_MYSQL names no server (.ci/run starts one)"
    if part == "browser" and not (shutil.which("chromium") or shutil.which("google-chrome")):
        return "browser: no Chromium (apt-get install chromium)"
    return None


def _java_version() -> int:
    home = os.environ.get("JAVA_HOME")
    java = f"{home}/bin/java" if home else "java"
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, check=True).stderr
    except (OSError, subprocess.CalledProcessError):
        return 0
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else 0


def required_part(text: str, marks: set[str]) -> str | None:
    """The required part that a skip with this reason and these marks leaves out, or None."""
    return next((part for part in sorted(REQUIRED) if part in marks or part in text.lower()), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reasons = {part: missing_part(part) for part in PARTS if any(i.get_closest_marker(part) for i in items)}
    for item in items:
        for part, reason in reasons.items():
            if reason and item.get_closest_marker(part):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report: Any = yield
    _fail_when_required(report, {mark.name for mark in item.iter_markers()})
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    report: Any = yield
    _fail_when_required(report, set())
    return report


def _fail_when_required(report: Any, marks: set[str]) -> None:
    """Turn the skip of a required part into a failure: a green run must mean that it ran."""
    if not report.skipped or hasattr(report, "wasxfail") or not isinstance(report.longrepr, tuple):
        return
    part = required_part(report.longrepr[2], marks)
    if part:
        report.outcome = "failed"
        report.longrepr = f"{part} is required here (LIANFANG_REQUIRE) and was skipped: {report.longrepr[2]}"


class NetworkReached(AssertionError):
    """A test tried to leave this machine."""


def _refuse_far(address: object) -> None:
    if not isinstance(address, tuple):
        return  # a Unix socket
    host = str(address[0])
    if host not in ("", "localhost") and not ip_address(host).is_loopback:
        raise NetworkReached(f"a test tried to reach {host}: tests run without a network")


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Python sockets connect to this machine only; names other than localhost are not looked up."""
    connect, connect_ex, lookup = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        _refuse_far(address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        _refuse_far(address)
        return connect_ex(self, address)

    def guarded_lookup(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in (None, "", "localhost", socket.gethostname()) and not _is_address(name):
            raise NetworkReached(f"a test tried to look up {name}: tests run without a network")
        return lookup(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_lookup)
        yield


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
