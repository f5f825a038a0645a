"""The guards of the suite itself: they must bite."""

from __future__ import annotations

import os
import socket

import pytest

from tests import conftest


def test_connection_to_another_machine_is_refused():
    with socket.socket() as far, pytest.raises(conftest.NetworkReached, match=r"192\.0\.2\.1"):
        far.connect(("192.0.2.1", 80))


def test_lookup_of_a_foreign_name_is_refused():
    with pytest.raises(conftest.NetworkReached, match=r"example\.org"):
        socket.getaddrinfo("example.org", 443)


def test_connection_to_this_machine_is_allowed():
    server = socket.create_server(("127.0.0.1", 0))
    with server, socket.create_connection(server.getsockname(), timeout=5) as client:
        assert client.getpeername() == server.getsockname()


def test_unix_socket_is_allowed(tmp_path):
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(path)
        server.listen(1)
        client.connect(path)


def test_messages_are_in_chinese():
    assert os.environ["LIANFANG_LANG"] == "zh"


SKIPS = """
    import pytest

    @pytest.mark.spark
    def test_spark(): pytest.skip("a reason of its own")

    def test_postgres(): pytest.importorskip("no_such_module", reason="PostgreSQL: the driver is missing")

    def test_other(): pytest.skip("fine anywhere")

    @pytest.mark.spark
    @pytest.mark.xfail(reason="known", strict=True)
    def test_known(): raise AssertionError
"""


@pytest.mark.parametrize("required, failed, skipped", [("spark,postgres", 2, 1), ("postgres", 1, 2), ("", 0, 3)])
def test_skip_of_a_required_part_fails(pytester, monkeypatch, required, failed, skipped):
    monkeypatch.setattr(conftest, "missing_part", lambda part: None)
    monkeypatch.setattr(conftest, "REQUIRED", frozenset(filter(None, required.split(","))))
    pytester.makepyfile(SKIPS)
    pytester.makeini("[pytest]\nmarkers =\n  spark:\n  postgres:\n  browser:\n")
    result = pytester.inline_run("-p", "no:django", plugins=[conftest])
    assert [len(outcome) for outcome in result.listoutcomes()] == [0, skipped + 1, failed]


def test_module_level_skip_of_a_required_part_fails(pytester, monkeypatch):
    monkeypatch.setattr(conftest, "REQUIRED", frozenset({"spark"}))
    pytester.makepyfile("import pytest\npytest.skip('pyspark is not here', allow_module_level=True)")
    result = pytester.inline_run("-p", "no:django", plugins=[conftest])
    assert [len(outcome) for outcome in result.listoutcomes()] == [0, 0, 1]


def test_absent_part_says_what_to_install(monkeypatch):
    monkeypatch.delenv("LIANFANG_SKIP", raising=False)
    monkeypatch.setattr(conftest, "_java_version", lambda: 0)
    monkeypatch.setattr(conftest, "find_spec", lambda name: object())
    assert "apt-get install openjdk-17-jre-headless" in (conftest.missing_part("spark") or "")
    monkeypatch.delenv("LIANFANG_TEST_POSTGRES", raising=False)
    assert "LIANFANG_TEST_POSTGRES" in (conftest.missing_part("postgres") or "")
    monkeypatch.setenv("LIANFANG_SKIP", "spark")
    assert "SPARK=0" in (conftest.missing_part("spark") or "")
