"""The two engines that run rules: DuckDB on one machine, Spark on many; the few differences stay here."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import Any, Protocol, TypeVar

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from lianfang.engine.duck import settle
from lianfang.engine.fault import Fault, say
from lianfang.engine.sql import CALENDAR, CALENDAR_ERROR
from lianfang.engine.workdays import WorkingCalendar

Result = TypeVar("Result")


class NotCountable(Exception):
    """A rule counted working days over a day that the calendar does not have."""


class RuleStopped(Exception):
    """The engine stopped while it ran a rule: ``kind`` names the error, ``detail`` may hold values of rows."""

    def __init__(self, error: Exception) -> None:
        self.kind = type(error).__name__
        self.detail = f"{self.kind}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"
        super().__init__(self.kind)


class Backend(Protocol):
    """What the engine needs of an engine. Statements are already in the backend's dialect."""

    dialect: str

    def connection_here(self, connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection: ...
    def add_parquet(self, name: str, path: Path) -> None: ...
    def add_calendar(self, calendar: WorkingCalendar) -> None: ...
    def add_view(self, name: str, sql: str) -> None: ...
    def add_table(self, name: str, sql: str) -> None: ...
    def spread(self, work: Callable[[], Result], after: Sequence[Future[None]] = ()) -> Future[Result]: ...
    def number(self, sql: str) -> int: ...
    def collect(self, sql: str, into: duckdb.DuckDBPyConnection, name: str) -> None: ...
    def close(self) -> None: ...


def _stopped(error: Exception) -> NotCountable | RuleStopped:
    found = re.search(rf"{CALENDAR_ERROR} (\d{{4}}-\d{{2}}-\d{{2}})", str(error))
    return NotCountable(found.group(1)) if found else RuleStopped(error)


def _do(work: Callable[[], Result], after: Sequence[Future[None]], result: Future[Result]) -> Future[Result]:
    """Do a piece of work, unless what it builds on has failed."""
    try:
        for one in after:
            one.result()
        result.set_result(work())
    except Exception as error:  # whoever asks for the result gets it
        result.set_exception(error)
    return result


class DuckDB:
    """DuckDB in this process: all on one connection, or spread over ``hands`` that work side by side.

    DuckDB by itself uses all processors for large tables; hands keep them busy with small ones, while the next rule is
    still being written. Each has a cursor of its own, which sees no temporary table of another: theirs are ordinary.
    """

    dialect = "duckdb"

    def __init__(self, connection: duckdb.DuckDBPyConnection, hands: int = 0) -> None:
        self.connection = connection
        self._kind = "TEMP" if not hands else ""
        self._hands = ThreadPoolExecutor(hands) if hands else None
        self._own = threading.local()
        self._cursors: list[duckdb.DuckDBPyConnection] = []
        self._closed = False

    def add_parquet(self, name: str, path: Path) -> None:
        quoted = str(path).replace("'", "''")
        self.connection.execute(f"CREATE OR REPLACE {self._kind} VIEW {name} AS SELECT * FROM read_parquet('{quoted}')")

    def add_calendar(self, calendar: WorkingCalendar) -> None:
        self.connection.execute(
            f"CREATE OR REPLACE {self._kind} TABLE {CALENDAR} AS SELECT ?::INTEGER[] AS ordinals",
            [list(calendar.ordinals)],
        )

    def add_view(self, name: str, sql: str) -> None:
        self.connection.execute(f"CREATE OR REPLACE {self._kind} VIEW {name} AS {sql}")

    def add_table(self, name: str, sql: str) -> None:
        self._run(f"CREATE OR REPLACE {self._kind} TABLE {name} AS {sql}")

    def spread(self, work: Callable[[], Result], after: Sequence[Future[None]] = ()) -> Future[Result]:
        """Do a piece of work beside others, once all that it builds on is done."""
        result: Future[Result] = Future()
        if self._hands is None:
            return _do(work, after, result)
        hands, context = self._hands, copy_context()

        def begin(_: object = None) -> None:
            other = next((one for one in after if not one.done()), None)
            if other is not None:
                other.add_done_callback(begin)
            elif not self._closed:
                hands.submit(context.run, _do, work, after, result)

        begin()
        return result

    def number(self, sql: str) -> int:
        row = self._run(sql).fetchone()
        return int(row[0]) if row and row[0] is not None else 0

    def collect(self, sql: str, into: duckdb.DuckDBPyConnection, name: str) -> None:
        self._run(f"CREATE OR REPLACE {self._kind} TABLE {name} AS {sql}")

    def connection_here(self, connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
        """The cursor of the hand that asks."""
        if self._hands is None:
            return connection
        if not hasattr(self._own, "cursor"):
            self._own.cursor = settle(self.connection.cursor())
            self._cursors.append(self._own.cursor)
        cursor: duckdb.DuckDBPyConnection = self._own.cursor
        return cursor

    def _run(self, sql: str) -> duckdb.DuckDBPyConnection:
        if self._closed:
            raise KeyboardInterrupt
        try:
            return self.connection_here(self.connection).execute(sql)
        except duckdb.InterruptException:
            raise KeyboardInterrupt from None
        except duckdb.Error as error:
            raise _stopped(error) from None

    def close(self) -> None:
        if self._hands is None:
            return
        self._closed = True
        for cursor in self._cursors:
            cursor.interrupt()  # what still runs is no longer wanted
        self._hands.shutdown(cancel_futures=True)
        for cursor in self._cursors:
            cursor.close()


class Spark:
    """Apache Spark: the session that is there, or a local one. Needs the extra ``lianfang[spark]`` and Java 17."""

    dialect = "spark"

    def __init__(self, small: bool = False) -> None:
        """``small`` tunes the session for tables of a few rows, as in worked cases."""
        self.session = _spark_session()
        partitions = "1" if small else os.environ.get("LIANFANG_SPARK_PARTITIONS", "8")
        self.session.conf.set("spark.sql.shuffle.partitions", partitions)
        self.session.conf.set("spark.sql.adaptive.enabled", str(not small).lower())
        self.session.conf.set("spark.sql.codegen.wholeStage", str(not small).lower())
        self._cached: list[str] = []

    def connection_here(self, connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
        return connection

    def add_parquet(self, name: str, path: Path) -> None:
        reader = self.session.read
        if path.is_file():
            reader = reader.schema(_spark_columns(path))  # spares Spark a job that looks into the file
        reader.parquet(str(path)).createOrReplaceTempView(name)

    def add_calendar(self, calendar: WorkingCalendar) -> None:
        ordinals = ",".join(map(str, calendar.ordinals))  # as text: a Python row would need Python beside Spark
        self.session.sql(f"SELECT from_json('[{ordinals}]', 'array<int>') AS ordinals").createOrReplaceTempView(
            CALENDAR
        )

    def add_view(self, name: str, sql: str) -> None:
        self.session.sql(sql).createOrReplaceTempView(name)

    def add_table(self, name: str, sql: str) -> None:
        self.session.sql(sql).cache().createOrReplaceTempView(name)
        self._cached.append(name)

    def spread(self, work: Callable[[], Result], after: Sequence[Future[None]] = ()) -> Future[Result]:
        return _do(work, after, Future())

    def number(self, sql: str) -> int:
        value = self._rows(sql).column(0)[0].as_py()
        return int(value or 0)

    def collect(self, sql: str, into: duckdb.DuckDBPyConnection, name: str) -> None:
        rows = self._rows(sql)
        into.register("_collected", rows)
        into.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM _collected")
        into.unregister("_collected")

    def _rows(self, sql: str) -> pa.Table:
        try:
            return self.session.sql(sql).toArrow()
        except Exception as error:  # pyspark's errors have no common class of their own
            raise _stopped(error) from None

    def close(self) -> None:
        for name in self._cached:
            self.session.catalog.uncacheTable(name)


def _spark_session() -> Any:
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise Fault(
            "--engine spark",
            say("没有安装 Spark。", "Spark is not installed."),
            say("安装 lianfang[spark],并安装 Java 17。", "install lianfang[spark] and Java 17."),
        ) from None
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    builder = (
        SparkSession.builder.appName("lianfang")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.ansi.enabled", "true")
        .config("spark.log.level", "ERROR")
    )
    if "SPARK_REMOTE" not in os.environ and "SPARK_MASTER" not in os.environ:
        builder = builder.master("local[*]")
    try:
        return builder.getOrCreate()
    except Exception as error:
        raise Fault(
            "--engine spark",
            say("Spark 启动不了:", "Spark does not start: ") + str(error).splitlines()[0],
            say("检查 Java 17 和 SPARK_MASTER。", "check Java 17 and SPARK_MASTER."),
        ) from None


_SPARK_TYPES = {"string": "STRING", "int64": "BIGINT", "bool": "BOOLEAN", "date32[day]": "DATE", "double": "DOUBLE"}


def _spark_columns(path: Path) -> str:
    """The columns of a Parquet file as Spark declares them."""
    columns = []
    for column in pq.read_schema(path):
        kind = _SPARK_TYPES.get(str(column.type))
        if pa.types.is_decimal(column.type):
            kind = f"DECIMAL({column.type.precision},{column.type.scale})"
        elif pa.types.is_timestamp(column.type):
            kind = "TIMESTAMP_NTZ" if column.type.tz is None else "TIMESTAMP"
        if kind is None:
            raise Fault(
                f"{path.name} {column.name}",
                say(f"规范表没有这种类型:{column.type}。", f"no canonical column has type {column.type}."),
                say("用 lianfang tables read 重新读入。", "read it again with lianfang tables read."),
            )
        columns.append(f"`{column.name}` {kind}")
    return ", ".join(columns)
