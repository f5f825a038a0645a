"""Databases: files and servers give the same rows; passwords stay out of messages."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import duckdb
import pyarrow as pa
import pytest

from lianfang.engine.fault import Fault
from lianfang.engine.sources import Sheet, sheets

SERVER = os.environ.get("LIANFANG_TEST_POSTGRES", "")
SCHEMA = "lianfang_test_sources"


def values(sheet: Sheet) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in sheet.rows.to_pylist()]


@pytest.fixture
def lite(tmp_path: Path) -> Path:
    path = tmp_path / "业务.db"
    with closing(sqlite3.connect(path)) as con:
        con.execute("CREATE TABLE payment (payment_id TEXT, amount REAL, n INTEGER, mixed, memo TEXT)")
        con.execute("CREATE TABLE other (x)")
        con.execute("CREATE VIEW company AS SELECT payment_id AS company_id FROM payment")
        rows = [("V1", 12.5, 420703199001011234, 1, " １２ "), ("V2", None, None, "x", "-")]
        con.executemany("INSERT INTO payment VALUES (?, ?, ?, ?, ?)", rows)
        con.commit()
    return path


@pytest.fixture
def duck(tmp_path: Path) -> Path:
    path = tmp_path / "业务.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute(
            "CREATE TABLE payment (payment_id VARCHAR, amount DECIMAL(18,2), paid DATE, buyer STRUCT(id VARCHAR))"
        )
        con.execute("INSERT INTO payment VALUES ('V1', 12.50, '2024-03-01', {'id': 'U1'}), ('-', NULL, NULL, NULL)")
        con.execute(f"CREATE VIEW other AS SELECT * FROM read_text('{tmp_path}/secret.txt')")
    (tmp_path / "secret.txt").write_text("x")
    return path


def test_canonical_tables_and_views_of_sqlite_are_read(lite: Path) -> None:
    company, payment = sheets(lite)
    assert (payment.origin, payment.file, payment.name, payment.typed) == (
        "业务.db › payment",
        "业务.db",
        "payment",
        True,
    )
    assert payment.columns == ("payment_id", "amount", "n", "mixed", "memo")
    assert payment.rows.schema.types[:4] == [pa.string(), pa.float64(), pa.int64(), pa.string()]
    assert values(payment) == [("V1", 12.5, 420703199001011234, "1", "12", 1), ("V2", None, None, "x", None, 2)]
    assert values(company) == [("V1", 1), ("V2", 2)]


def test_batches_of_unlike_values_become_one_column(lite: Path) -> None:
    with closing(sqlite3.connect(lite)) as con:
        con.execute("CREATE TABLE long (n, f, t)")
        rows = [(i, i, i) for i in range(50_000)] + [(None, 0.5, "x")]
        con.executemany("INSERT INTO long VALUES (?, ?, ?)", rows)
        con.commit()
    [sheet] = sheets(lite, sheet="long")
    assert sheet.rows.schema.types == [pa.int64(), pa.float64(), pa.string(), pa.int64()]
    assert values(sheet)[49_999:] == [(49_999, 49_999.0, "49999", 50_000), (None, 0.5, "x", 50_001)]


def test_tables_are_chosen_by_glob(lite: Path) -> None:
    assert [sheet.name for sheet in sheets(f"sqlite:///{lite}", sheet="o*")] == ["other"]
    with pytest.raises(Fault, match="company、other、payment"):
        list(sheets(lite, sheet="nothing*"))


def test_duckdb_is_read(duck: Path) -> None:
    [sheet] = sheets(f"duckdb:///{duck}")
    assert sheet.columns == ("payment_id", "amount", "paid", "buyer.id")
    assert values(sheet) == [("V1", Decimal("12.50"), dt.date(2024, 3, 1), "U1", 1), (None, None, None, None, 2)]


def test_view_in_a_duckdb_file_reaches_no_other_file(duck: Path) -> None:
    with pytest.raises(Fault, match="数据库不能读取"):
        list(sheets(duck, sheet="other"))


def test_files_are_not_written_to(lite: Path, duck: Path) -> None:
    for path in (lite, duck):
        before = path.read_bytes()
        list(sheets(path, sheet="payment"))
        assert path.read_bytes() == before
        assert [p for p in path.parent.iterdir() if p.name.startswith(path.name) and p != path] == []


def test_missing_driver_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymysql", None)
    with pytest.raises(Fault, match=r"lianfang\[mysql\]") as caught:
        list(sheets("mysql://reader:geheim@127.0.0.1/x"))
    assert "geheim" not in str(caught.value)


def test_server_that_does_not_answer_is_a_fault_without_password() -> None:
    pytest.importorskip("psycopg", reason="the extra postgresql is not installed")
    with pytest.raises(Fault, match=r"postgresql://reader@127\.0\.0\.1:1/x") as caught:
        list(sheets("postgresql://reader:geh%40im@127.0.0.1:1/x?application_name=geh%40im"))
    assert "geh" not in str(caught.value)


@pytest.fixture
def server() -> Iterator[str]:
    import psycopg

    with psycopg.connect(SERVER, autocommit=True) as con:
        con.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA}; SET search_path = {SCHEMA}")
        con.execute(
            "CREATE TABLE payment (payment_id text PRIMARY KEY, amount numeric(18,2), free numeric, paid date,"
            " at timestamptz, n int, f float8, yes boolean, memo text, more jsonb)"
        )
        con.execute(
            "INSERT INTO payment VALUES"
            " ('V2', NULL, 'NaN', 'infinity', NULL, NULL, 'NaN', NULL, '-', NULL),"
            """ ('V1', 12.5, 0.1, '2024-03-01', '2024-03-01 20:00+00', 3, 1.5, true, E'x"y,\nz', '{"a": 1}')"""
        )
        con.execute("CREATE TABLE late (x date); INSERT INTO late VALUES ('10000-01-01'), ('2024-03-01')")
        con.execute("CREATE TABLE empty (x int)")
        yield f"{SERVER}{'&' if '?' in SERVER else '?'}schema={SCHEMA}"
        con.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


@pytest.mark.postgres
def test_postgresql_is_read_by_key_and_with_its_types(server: str) -> None:
    [sheet] = sheets(server)
    assert sheet.name == "payment"
    day, moment = dt.date(2024, 3, 1), dt.datetime(2024, 3, 2, 4)
    assert values(sheet) == [
        ("V1", Decimal("12.50"), "0.1", day, moment, 3, 1.5, True, 'x"y, z', '{"a": 1}', 1),
        ("V2", None, None, None, None, None, None, None, None, None, 2),
    ]


@pytest.mark.postgres
def test_date_that_fits_no_type_stays_text(server: str) -> None:
    [late, empty] = [next(sheets(server, sheet=name)) for name in ("late", "empty")]
    assert values(late) == [("10000-01-01", 1), ("2024-03-01", 2)]
    assert (empty.columns, empty.rows.num_rows) == (("x",), 0)


@pytest.mark.postgres
def test_refused_password_is_not_repeated(server: str) -> None:
    address = urlsplit(server)
    wrong = address._replace(netloc=f"nobody:geheim99@{address.netloc.rpartition('@')[2]}")
    with pytest.raises(Fault, match="数据库不能读取") as caught:
        list(sheets(urlunsplit(wrong)))
    assert "geheim99" not in str(caught.value)


@pytest.mark.mysql
def test_mysql_is_read() -> None:
    import pymysql

    address = urlsplit(os.environ["LIANFANG_TEST_MYSQL"])
    login = {"host": address.hostname, "port": address.port, "user": address.username, "password": address.password}
    with closing(pymysql.connect(**login, database=address.path[1:], autocommit=True)) as con, con.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS payment")
        cursor.execute(
            "CREATE TABLE payment (payment_id VARCHAR(9) PRIMARY KEY, amount DECIMAL(18,2), paid DATE, memo TEXT)"
        )
        cursor.execute("INSERT INTO payment VALUES ('V2', 12.5, '2024-03-01', ' １２ '), ('V1', NULL, NULL, '-')")
        found = list(sheets(os.environ["LIANFANG_TEST_MYSQL"]))
        cursor.execute("DROP TABLE payment")
    assert [sheet.name for sheet in found] == ["payment"]
    assert values(found[0]) == [("V1", None, None, None, 1), ("V2", Decimal("12.50"), dt.date(2024, 3, 1), "12", 2)]
