"""Makes the folder of canonical tables that a run opens: the batches that stand, and the office's own registers."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from django.db.models import Prefetch

from lianfang.engine import dataset as datasets
from lianfang.engine.dataset import Complete, SourceFile, TableData
from lianfang.engine.duck import open_duckdb
from lianfang.engine.identity import Digester, load_key
from lianfang.engine.quality import quoted
from lianfang.engine.tables import Table, tables
from lianfang.engine.values import literal
from lianfang.web.detection import store
from lianfang.web.detection.queries.data import TakenTable, current_tables
from lianfang.web.organisation.models import Holding, Person, Post, Unit

OFFICE = "office"  # the source named for rows that come out of the office's own registers


def assemble(folder: Path, standing: Sequence[TakenTable] | None = None) -> Path:
    """Make ``folder`` an engine dataset of the batches that stand; it appears whole or not at all.

    One batch alone is linked as it is. Several of one table are united; of rows with one key the later batch's holds.
    Of units, posts and persons the office is master: its rows stand over delivered ones, column by column.
    """
    standing = current_tables() if standing is None else standing
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        with open_duckdb({"temp_directory": str(work / ".spill")}) as con:
            made = _tables(con, work, standing)
            shutil.rmtree(work / ".spill", ignore_errors=True)
        key = store.person_key()
        card = datasets.Dataset(
            folder=work,
            tables=made,
            complete=tuple(_complete(standing)),
            sources=tuple(SourceFile(f"{one.batch} {one.file_name}", one.digest, 0) for one in standing),
        )
        datasets.write_card(card, Digester(load_key(key)), folder)
        store.place(work, folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return folder


def _tables(con: duckdb.DuckDBPyConnection, work: Path, standing: Sequence[TakenTable]) -> dict[str, TableData]:
    parts: dict[str, list[TakenTable]] = {}
    for one in standing:
        parts.setdefault(one.table, []).append(one)
    own = office_tables()
    made = {}
    for name, table in tables().items():
        path = work / f"{name}.parquet"
        if name in parts:
            _unite(con, table, [one.path for one in parts[name]], path)
        if name in own:
            _put_over(con, table, own[name], path)
        if name in parts or name in own:
            rejected = sum(one.rejected for one in parts.get(name, ()))
            found = datasets.described(con, table, path)
            made[name] = TableData(name, path, found.columns, found.empty_columns, found.rows, rejected)
    return made


def _unite(con: duckdb.DuckDBPyConnection, table: Table, paths: Sequence[Path], target: Path) -> None:
    """One file of several, older before newer."""
    if len(paths) == 1:
        store.link(paths[0], target)
    else:
        _copy(con, f"SELECT * FROM ({united(con, table, paths)}) ORDER BY ALL", target)


def united(con: duckdb.DuckDBPyConnection, table: Table, paths: Sequence[Path]) -> str:
    """The rows of several files of one table as a SELECT, older before newer: of rows with one key the last holds."""
    union = " UNION ALL BY NAME ".join(
        f"SELECT {number} AS _batch, * FROM read_parquet({literal(str(path))})" for number, path in enumerate(paths)
    )
    present = {name for name, *_ in con.execute(f"DESCRIBE ({union})").fetchall()}
    columns = ", ".join(quoted(name) for name in table.columns if name in present)
    key = ", ".join(quoted(name) for name in table.key)
    has_key = set(table.key) <= present
    newest = f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY _batch DESC) = 1" if has_key else ""
    return f"SELECT {columns} FROM (SELECT * FROM ({union}) {newest})"


def _put_over(con: duckdb.DuckDBPyConnection, table: Table, own: pa.Table, path: Path) -> None:
    """Put the office's own rows over the delivered ones at ``path``, where there are any."""
    if not path.exists():
        pq.write_table(own, path)
        return
    con.register("_own", own)
    given = {name for name, *_ in con.execute(f"DESCRIBE SELECT * FROM read_parquet({literal(str(path))})").fetchall()}
    key = [quoted(name) for name in table.key if name in given]
    same = " AND ".join(f"o.{name} IS NOT DISTINCT FROM g.{name}" for name in key)
    columns = [_master(name, name in own.column_names, name in given) for name in table.columns]
    chosen = ", ".join(column for column in columns if column)
    both = path.with_suffix(".both")
    _copy(con, f"SELECT {chosen} FROM _own AS o FULL JOIN read_parquet({literal(str(path))}) AS g ON {same}", both)
    con.unregister("_own")
    path.unlink()  # a link to the batch's own file, which must stay as it is
    both.rename(path)


def _master(name: str, is_own: bool, is_given: bool) -> str:
    column = quoted(name)
    if is_own and is_given:
        return f"coalesce(o.{column}, g.{column}) AS {column}"
    return f"o.{column}" if is_own else f"g.{column}" if is_given else ""


def _copy(con: duckdb.DuckDBPyConnection, select: str, target: Path) -> None:
    con.execute(f"COPY ({select}) TO {literal(str(target))} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)")


def _complete(standing: Sequence[TakenTable]) -> Iterator[Complete]:
    """For when each table is complete: where several providers deliver it, only while all of them say so."""
    words: dict[str, dict[str, tuple[tuple[date, date, str], ...]]] = {}
    for one in standing:
        words.setdefault(one.table, {})[one.dataset] = one.complete
    for table, by_dataset in words.items():
        periods: list[tuple[date, date, str]] = [(date.min, date.max, "")]
        for said in by_dataset.values():
            periods = list(_common(periods, said))
        for since, until, by in periods:
            yield Complete(table, since, until, by)


def _common(
    one: Iterable[tuple[date, date, str]], other: Iterable[tuple[date, date, str]]
) -> Iterator[tuple[date, date, str]]:
    said = list(other)
    for since, until, by in one:
        for since_too, until_too, by_too in said:
            first, last = max(since, since_too), min(until, until_too)
            if first <= last:
                yield first, last, "、".join(dict.fromkeys(name for name in (by, by_too) if name))


# ---- the office's own registers ----------------------------------------------------------------------------------

_LEVELS = {"city": "市直", "district": "区", "township": "乡镇", "village": "村"}  # data
_TYPES = {
    "city": "政府",  # data
    "district": "政府",  # data
    "township": "乡镇",  # data
    "village": "村居",  # data
    "department": "政府",  # data
    "institution": "事业",  # data
    "company": "国企",  # data
}


def office_tables() -> dict[str, pa.Table]:
    """Units, posts, persons and posts held, as the office's registers say today."""
    found = {"unit": _units(), "post": _posts(), "person": _persons(), "post_history": _holdings()}
    return {name: rows for name, rows in found.items() if rows.num_rows}


def _arrow(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    kinds = {"VARCHAR": pa.string(), "BIGINT": pa.int64(), "BOOLEAN": pa.bool_(), "DATE": pa.date32()}
    columns = [c for c in tables()[name].columns.values() if rows and c.name in rows[0]]
    return pa.table({c.name: pa.array([row[c.name] for row in rows], kinds[c.sql_type]) for c in columns})


def _units() -> pa.Table:
    units = {unit.code: unit for unit in Unit.objects.select_related("parent").order_by("path")}
    rows = []
    for unit in units.values():
        place = next(c for c in reversed(_ancestry(unit)) if units[c].kind in _LEVELS or units[c].parent_id is None)
        rows.append(
            {
                "unit_id": unit.code,
                "name": unit.name,
                "unit_type": _TYPES[unit.kind],
                "admin_level": _LEVELS.get(units[place].kind),
                "region_code": unit.region_code or units[place].region_code or place,
                "parent_unit_id": unit.parent.code if unit.parent else None,
                "status": "撤销" if unit.closed_on else "正常",  # data
            }
        )
    return _arrow("unit", rows)


def _ancestry(unit: Unit) -> list[str]:
    """The codes from the root down to the unit itself."""
    return unit.path.strip("/").split("/")


def _posts() -> pa.Table:
    posts = Post.objects.select_related("unit").order_by("code")
    return _arrow(
        "post",
        [
            {
                "post_id": post.code,
                "unit_id": post.unit.code,
                "name": post.name,
                "post_class": "主要领导" if post.is_head else "班子成员" if post.is_leader else None,  # data
                "risk_level": post.risk_level,
            }
            for post in posts
        ],
    )


def _persons() -> pa.Table:
    present = Holding.objects.filter(until_on=None).select_related("post").order_by("-from_on", "pk")
    persons = Person.objects.select_related("unit").prefetch_related(Prefetch("holdings", present)).order_by("code")
    rows = []
    for person in persons:
        held = [holding.post for holding in person.holdings.all()]
        rows.append(
            {
                "person_id": person.code,
                "name": person.name,
                "unit_id": person.unit.code,
                "post_id": held[0].code if held else None,
                "is_leader": any(post.is_leader or post.is_head for post in held),
                "is_top_leader": any(post.is_head for post in held),
                "status": "离职" if person.left_on else None,  # data
                "managed_by": person.managed_by,
            }
        )
    return _arrow("person", rows)


def _holdings() -> pa.Table:
    held = Holding.objects.select_related("person", "post__unit").order_by("person__code", "from_on", "pk")
    return _arrow(
        "post_history",
        [
            {
                "person_id": one.person.code,
                "unit_id": one.post.unit.code,
                "post_id": one.post.code,
                "is_leader": one.post.is_leader or one.post.is_head,
                "since_date": one.from_on,
                "until_date": one.until_on,
            }
            for one in held
        ],
    )
