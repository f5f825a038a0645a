"""Databases: DuckDB and SQLite files, PostgreSQL and MySQL servers; read only, and only the tables asked for."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from decimal import Decimal
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

import duckdb
import pyarrow as pa
from pyarrow import csv as arrow_csv

from lianfang.engine.duck import open_duckdb
from lianfang.engine.fault import Fault, say
from lianfang.engine.sources import Sheet, safety
from lianfang.engine.sources.cell_text import text_of
from lianfang.engine.sources.typed import typed_sheet
from lianfang.engine.tables import tables

Found = Iterator[tuple[str, pa.Table]]

_BATCH = 50_000  # rows fetched at once
_WAIT = 10  # seconds for a server to answer
_SHOWN = 12  # tables named in a message


def sheets(source: Path | str, header_row: int | None = None, sheet: str | None = None) -> Iterator[Sheet]:
    """The tables of a database: the canonical ones, or those that match the glob ``sheet``."""
    if isinstance(source, Path):
        where, found = source.name, _file(source, sheet)
    else:
        address = urlsplit(source)
        where = _without_password(address)
        if address.scheme in ("sqlite", "duckdb"):
            path = Path(unquote(address.path.removeprefix("/")))
            safety.check_file(path)
            found = _file(path, sheet)
        elif address.scheme in ("postgresql", "postgres"):
            found = _postgresql(address, where, sheet)
        elif address.scheme in ("mysql", "mariadb"):
            found = _mysql(address, where, sheet)
        else:
            raise Fault(
                where,
                say("不认识这种数据库。", "its kind of database is not known."),
                say(
                    "用 postgresql、mysql、sqlite 或 duckdb,或导出为 CSV。",
                    "use postgresql, mysql, sqlite or duckdb, or export CSV.",
                ),
            )
    for name, table in found:
        yield typed_sheet(origin=f"{where} › {name}", file=where, name=name, table=table)


def _without_password(address: SplitResult) -> str:
    host = address.netloc.rpartition("@")[2]
    user = f"{address.username}@" if address.username else ""
    return f"{address.scheme}://{user}{host}{address.path}"


def _wanted(names: Iterable[str], where: str, sheet: str | None) -> list[str]:
    every = sorted(names)
    if sheet is None:
        wanted = [name for name in every if name in tables()]
    else:
        wanted = [name for name in every if fnmatchcase(name, sheet)]
    if not wanted:
        shown = "、".join(every[:_SHOWN]) + ("…" if len(every) > _SHOWN else "")
        raise Fault(
            where,
            say(f"没有要读的表(有:{shown or '无'})。", f"has none of the tables to read (it has: {shown or 'none'})."),
            say("在 mapping.yaml 的 sheet 中写明表名或视图名。", "name the table or view under sheet in mapping.yaml."),
        )
    return wanted


def _file(path: Path, sheet: str | None) -> Found:
    with path.open("rb") as stream:
        head = stream.read(16)
    if head.startswith(b"SQLite format 3\0"):
        return _sqlite(path, sheet)
    if head[8:12] == b"DUCK":
        return _duckdb(path, sheet)
    raise safety.damaged(path.name)


def _duckdb(path: Path, sheet: str | None) -> Found:
    try:
        with open_duckdb({"autoload_known_extensions": False}) as con:
            con.execute(f"ATTACH {_literal(str(path))} AS source (READ_ONLY)")
            # A view in the file could otherwise read any other file.
            con.execute("SET enable_external_access = false; SET lock_configuration = true")
            listed = "SELECT table_name, table_schema FROM information_schema.tables WHERE table_catalog = 'source'"
            schemas = dict(con.execute(f"{listed} ORDER BY table_schema = 'main'").fetchall())
            for name in _wanted(schemas, path.name, sheet):
                yield name, con.sql(f"FROM source.{_name(schemas[name])}.{_name(name)}").to_arrow_table()
    except (duckdb.Error, UnicodeDecodeError) as error:
        raise _refused(path.name, error) from None


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _sqlite(path: Path, sheet: str | None) -> Found:
    address = f"file:{quote(str(path.resolve()))}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as con:
            _refuse_cut_off(con, path)
            con.execute("PRAGMA query_only = 1")
            con.execute("PRAGMA trusted_schema = 0")
            con.execute("BEGIN")
            listed = con.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
            for name in _wanted([name for (name,) in listed if not name.startswith("sqlite_")], path.name, sheet):
                yield name, _fetched(con.execute(f"SELECT * FROM {_name(name)}"))
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise _refused(path.name, error) from None


def _refuse_cut_off(con: sqlite3.Connection, path: Path) -> None:
    """SQLite reads the missing end of a file as zeros."""
    (pages,), (size,) = (con.execute(f"PRAGMA {asked}").fetchone() for asked in ("page_count", "page_size"))
    if pages * size > path.stat().st_size and not path.with_name(path.name + "-wal").exists():
        raise safety.damaged(path.name)


def _postgresql(address: SplitResult, where: str, sheet: str | None) -> Found:
    psycopg = _driver("psycopg", where, "postgresql")
    asked = dict(parse_qsl(address.query))
    schema = asked.pop("schema", None)
    url = address._replace(scheme="postgresql", query=urlencode({"connect_timeout": _WAIT, **asked})).geturl()
    try:
        with psycopg.connect(url) as con:
            con.read_only, con.isolation_level = True, psycopg.IsolationLevel.REPEATABLE_READ
            con.execute("SET TIME ZONE INTERVAL '+08:00' HOUR TO MINUTE")
            con.execute("SET datestyle = ISO")
            schemas = _schemas(con, schema)
            for name in _wanted(schemas, where, sheet):
                yield name, _copied(con, schemas[name], name)
    except psycopg.Error as error:
        raise _refused(where, error, address.password, asked.get("password")) from None


def _schemas(con: Any, schema: str | None) -> dict[str, str]:
    """The tables and views that may be read, each with its schema; the search path decides among equal names."""
    listed = """
        SELECT c.relname, n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND has_table_privilege(c.oid, 'SELECT')
          AND n.nspname = ANY (coalesce(%s::name[], current_schemas(false)))
        ORDER BY array_position(current_schemas(false), n.nspname) DESC NULLS FIRST"""
    return dict(con.execute(listed, ([schema] if schema else None,)).fetchall())


# How a column is selected, and the type its text is read as. What is not listed stays text.
_COPIED: dict[str, tuple[str, pa.DataType]] = {
    **dict.fromkeys(("int2", "int4", "int8"), ("{0}", pa.int64())),
    **dict.fromkeys(("float4", "float8"), ("CASE WHEN {0} - {0} = 0 THEN {0} END", pa.float64())),
    "bool": ("{0}", pa.bool_()),
    "date": ("CASE WHEN isfinite({0}) THEN {0} END", pa.date32()),
    "timestamp": ("CASE WHEN isfinite({0}) THEN {0} END", pa.timestamp("us")),
    "timestamptz": ("CASE WHEN isfinite({0}) THEN {0}::timestamp END", pa.timestamp("us")),
}


def _copied(con: Any, schema: str, name: str) -> pa.Table:
    """A table through COPY, which is as fast as the server can write."""
    full = f"{_name(schema)}.{_name(name)}"
    described = con.execute(
        """SELECT a.attname, t.typname, CASE WHEN a.atttypmod > 0 THEN (a.atttypmod - 4) >> 16 END,
                  CASE WHEN a.atttypmod > 0 THEN (a.atttypmod - 4) & 65535 END
           FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
           WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum""",
        (full,),
    ).fetchall()
    selected, types = [], {}
    for column, kind, digits, scale in described:
        form, types[column] = _COPIED.get(kind, ("{0}", pa.string()))
        if kind == "numeric":
            form = "nullif({0}, 'NaN')"
            types[column] = pa.decimal128(digits, scale) if digits and digits <= 38 and scale <= digits else pa.string()
        selected.append(form.format(_name(column)))
    with TemporaryFile() as file:
        query = f"COPY (SELECT {', '.join(selected)} FROM {full}{_order(con, full)}) TO STDOUT (FORMAT csv)"
        with con.cursor().copy(query) as copy:
            for block in copy:
                file.write(block)
        try:
            return _parsed(file, types)
        except pa.ArrowInvalid:
            # A date after the year 9999 fits no type: as text it is rejected with its row.
            return _parsed(file, dict.fromkeys(types, pa.string()))


def _order(con: Any, full: str) -> str:
    """Ordered by its key, so that row numbers are the same in each reading."""
    keys = con.execute(
        """SELECT a.attname FROM pg_index i, unnest(i.indkey) WITH ORDINALITY AS k (attnum, place), pg_attribute a
           WHERE i.indrelid = %s::regclass AND i.indisprimary AND a.attrelid = i.indrelid AND a.attnum = k.attnum
           ORDER BY k.place""",
        (full,),
    ).fetchall()
    return " ORDER BY " + ", ".join(_name(key) for (key,) in keys) if keys else ""


def _parsed(file: IO[bytes], types: dict[str, pa.DataType]) -> pa.Table:
    if not file.tell():
        return pa.schema(list(types.items())).empty_table()
    file.seek(0)
    return arrow_csv.read_csv(
        file,
        read_options=arrow_csv.ReadOptions(column_names=list(types), block_size=8 << 20),
        parse_options=arrow_csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=arrow_csv.ConvertOptions(
            column_types=types, null_values=[""], strings_can_be_null=True, true_values=["t"], false_values=["f"]
        ),
    )


def _mysql(address: SplitResult, where: str, sheet: str | None) -> Found:
    pymysql = _driver("pymysql", where, "mysql")
    from pymysql.cursors import SSCursor

    try:
        con = pymysql.connect(
            host=address.hostname or "127.0.0.1",
            port=address.port or 3306,
            user=unquote(address.username or ""),
            password=unquote(address.password or ""),
            database=address.path.strip("/"),
            charset="utf8mb4",
            connect_timeout=_WAIT,
            init_command="SET time_zone = '+08:00'",
        )
        with closing(con), con.cursor() as cursor:
            cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
            cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = database()")
            for name in _wanted([name for (name,) in cursor.fetchall()], where, sheet):
                cursor.execute(
                    "SELECT column_name FROM information_schema.key_column_usage WHERE table_schema = database()"
                    " AND table_name = %s AND constraint_name = 'PRIMARY' ORDER BY ordinal_position",
                    (name,),
                )
                keys = ", ".join(_ticked(key) for (key,) in cursor.fetchall())
                with con.cursor(SSCursor) as rows:
                    rows.execute(f"SELECT * FROM {_ticked(name)}" + (f" ORDER BY {keys}" if keys else ""))
                    yield name, _fetched(rows)
    except pymysql.Error as error:
        raise _refused(where, error, address.password) from None


def _ticked(text: str) -> str:
    return "`" + text.replace("`", "``") + "`"


def _driver(module: str, where: str, extra: str) -> Any:
    try:
        return import_module(module)
    except ImportError:
        raise Fault(
            where,
            say(f"读取该数据库需要 {module},尚未安装。", f"needs {module}, which is not installed."),
            say(f"安装 lianfang[{extra}]。", f"install lianfang[{extra}]."),
        ) from None


def _fetched(cursor: Any) -> pa.Table:
    """The rows of a cursor whose values are Python objects."""
    names = [described[0] for described in cursor.description]
    batches: list[list[pa.Array]] = []
    while rows := cursor.fetchmany(_BATCH):
        batches.append([_array(values) for values in zip(*rows, strict=True)])
    columns = [_joined([batch[place] for batch in batches]) for place in range(len(names))]
    return pa.table(columns, names=names)


def _array(values: Sequence[Any]) -> pa.Array:
    """One type for a column of Python values; mixed ones (SQLite allows them) are text."""
    kinds = {type(value) for value in values} - {type(None)}
    if not kinds:
        return pa.nulls(len(values))
    if kinds in ({int}, {bool}, {float}, {int, float}, {Decimal}, {dt.date}, {dt.datetime}, {bytes}):
        try:
            return pa.array(values)
        except (pa.ArrowInvalid, OverflowError):
            pass
    return pa.array([text_of(value) for value in values], pa.string())


def _joined(arrays: Sequence[pa.Array]) -> pa.ChunkedArray:
    kinds = {array.type for array in arrays} - {pa.null()}
    if len(kinds) <= 1:
        kind = next(iter(kinds), pa.string())
    elif kinds <= {pa.int64(), pa.float64()}:
        kind = pa.float64()
    elif all(pa.types.is_decimal(kind) for kind in kinds):
        kind = pa.decimal128(38, max(kind.scale for kind in kinds))
    else:
        return pa.chunked_array([pa.array(map(text_of, array.to_pylist()), pa.string()) for array in arrays])
    return pa.chunked_array([array.cast(kind) for array in arrays], kind)


def _refused(where: str, error: Exception, *passwords: str | None) -> Fault:
    """What the database answered, in one line and without the password."""
    answer = next(iter(str(error.args[-1] if error.args else error).splitlines()), type(error).__name__).strip()
    for password in filter(None, passwords):
        answer = answer.replace(password, "***").replace(unquote(password), "***")
    return Fault(
        where,
        say(f"数据库不能读取:{answer}。", f"the database cannot be read: {answer}."),
        say(
            "核对地址、账号、读取权限,以及文件是否正被其他程序占用。",
            "check address, account and read permission, and whether another program holds the file.",
        ),
    )
