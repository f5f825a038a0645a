"""Reading: files of any recognised kind become one folder with one Parquet file a canonical table."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from lianfang.engine import identity, quality, rejects
from lianfang.engine.duck import open_duckdb
from lianfang.engine.fault import Fault, say
from lianfang.engine.identity import Digester
from lianfang.engine.intake import Intake, Progress, fits, is_canonical, listed, types
from lianfang.engine.mapping import Complete, Rules
from lianfang.engine.mapping import load as load_mapping
from lianfang.engine.quality import quoted
from lianfang.engine.sources import ROW, is_address
from lianfang.engine.sources.safety import check_file
from lianfang.engine.tables import Table, tables
from lianfang.engine.values import literal

__all__ = ["Complete", "Dataset", "SourceFile", "TableData", "described", "open_dataset", "read", "write_card"]

CARD = "dataset.json"
REJECTED = "rejected.xlsx"
MAPPING = "mapping.yaml"
REJECT_LIMIT = Decimal("0.05")
MANY_NOTES = 60


@dataclass(frozen=True)
class TableData:
    """One canonical table of a dataset: a Parquet file with canonical column names and types."""

    name: str
    path: Path
    columns: tuple[str, ...]
    empty_columns: tuple[str, ...]
    rows: int
    rejected: int = 0
    usable: bool = True
    reason: str | None = None


@dataclass(frozen=True)
class SourceFile:
    """A file that was read, with its fingerprint; a database has none."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Dataset:
    """A folder of canonical tables, what was rejected on the way, and what the reader should know."""

    folder: Path
    tables: dict[str, TableData]
    complete: tuple[Complete, ...] = ()
    sources: tuple[SourceFile, ...] = ()
    rejected_file: Path | None = None
    notes: tuple[str, ...] = ()


def read(
    paths: Sequence[Path | str],
    *,
    folder: Path,
    mapping: Path | None = None,
    key_file: Path | None = None,
    reject_limit: Decimal | None = None,
    progress: Progress | None = None,
    wanted: Mapping[str, Collection[str]] | None = None,
) -> Dataset:
    """Read ``paths`` into ``folder``, which appears whole or not at all.

    ``wanted`` (table → columns) spares open data the parsing of what nobody will look at.
    """
    folder = Path(folder).absolute()
    places = [path if is_address(path) else Path(path) for path in paths]
    _check_places(places, folder)
    opened = [open_dataset(Path(place)) for place in places if _is_dataset(place)]
    files = list(_files(place for place in places if not _is_dataset(place)))
    rules = _rules(places, mapping)
    digester = Digester(identity.load_key(Path(key_file)), rules.algorithm) if key_file else None
    limit = next(value for value in (reject_limit, rules.reject_limit, REJECT_LIMIT) if value is not None)
    with _new_folder(folder) as work, _workspace(work) as con, ThreadPoolExecutor(1) as beside:
        intake = Intake(con, rules, digester, progress, wanted)
        sources = _take_in(intake, files, beside, progress)
        made = _tables(intake, work, limit)
        kept = _kept(opened, made)
        if not made and not kept:
            raise _nothing(places, intake)
        dataset = Dataset(
            folder=work,
            tables={name: (made | kept)[name] for name in tables() if name in made or name in kept},
            complete=(*(word for one in opened for word in one.complete), *rules.complete),
            sources=(*(file for one in opened for file in one.sources), *(source.result() for source in sources)),
            rejected_file=_write_rejects(intake, work, made),
            notes=_notes(intake, made | kept),
        )
        write_card(dataset, digester, folder)
    return _at(dataset, work, folder)


# ---- what is read --------------------------------------------------------------------------------------------


def _is_dataset(place: Path | str) -> bool:
    return isinstance(place, Path) and (place / CARD).is_file()


def _check_places(places: Sequence[Path | str], folder: Path) -> None:
    for place in places:
        if isinstance(place, str):
            continue
        if not place.exists():
            raise Fault(str(place), say("找不到。", "is not there."), say("检查路径。", "check the path."))
        if place.absolute() in (folder, *folder.parents) and place.is_dir() and place.absolute() == folder:
            raise Fault(
                str(folder),
                say("不能把结果写回所读的文件夹。", "the result cannot be written into the folder that is read."),
                say("换一个输出文件夹。", "choose another output folder."),
            )


def _files(places: Iterable[Path | str]) -> Iterator[tuple[Path | str, bool]]:
    """Each file or database, and whether the user named it or only its folder."""
    for place in places:
        if isinstance(place, Path) and place.is_dir():
            yield from ((path, False) for path in listed(place))
        else:
            yield place, True


def _rules(places: Sequence[Path | str], given: Path | None) -> Rules:
    if given is not None:
        return load_mapping(Path(given))
    found = [p / MAPPING for p in places if isinstance(p, Path) and p.is_dir() and (p / MAPPING).is_file()]
    if len(found) > 1:
        raise Fault(
            str(found[1]),
            say(f"与 {found[0]} 都是映射。", f"is a mapping beside {found[0]}."),
            say("用 --mapping 指明一个。", "name one with --mapping."),
        )
    return load_mapping(found[0]) if found else Rules()


def _take_in(
    intake: Intake, files: Sequence[tuple[Path | str, bool]], beside: Executor, progress: Progress | None
) -> list[Future[SourceFile]]:
    """Hand every file to the intake; fingerprints are taken ``beside``, while the files are read."""
    sources = []
    for number, (path, named) in enumerate(files):
        name = path.name if isinstance(path, Path) else mask_address(path)
        if progress:
            progress(name, number, len(files))
        if named and isinstance(path, Path):
            check_file(path)  # before it is opened: a pipe would wait for ever
        if isinstance(path, Path):
            _check_readable(path)
        if intake.add(path, named=named):
            sources.append(beside.submit(_fingerprint, path, name))
    if progress and files:
        progress("", len(files), len(files))
    return sources


def mask_address(address: str) -> str:
    """The address of a database without user and password."""
    return re.sub(r"//[^/@]*@", "//", address)


def _check_readable(path: Path) -> None:
    try:
        path.open("rb").close()
    except OSError as error:
        raise Fault(
            str(path),
            say("无法读取。", f"cannot be read ({error.strerror})."),
            say("检查权限。", "check its permissions."),
        ) from None


def _fingerprint(place: Path | str, name: str) -> SourceFile:
    if isinstance(place, str):
        return SourceFile(name, "", 0)
    with place.open("rb") as stream:
        return SourceFile(name, hashlib.file_digest(stream, "sha256").hexdigest(), place.stat().st_size)


def _nothing(places: Sequence[Path | str], intake: Intake) -> Fault:
    shown = say("、", ", ").join(intake.unread[:5]) or say("没有数据文件", "no data files")
    return Fault(
        say("、", ", ").join(Path(str(place)).name for place in places[:3]),
        say(f"没有一个文件能读成规范表({shown})。", f"nothing in it could be read as a canonical table ({shown})."),
        _propose(),
    )


def _propose() -> str:
    return say(
        "运行 lianfang tables propose-mapping 文件,改好后用 --mapping 给出。",
        "run `lianfang tables propose-mapping FILE`, correct it and give it with --mapping.",
    )


# ---- canonical tables ------------------------------------------------------------------------------------------


def _tables(intake: Intake, work: Path, limit: Decimal) -> dict[str, TableData]:
    placed = intake.finish()
    made = {}
    given = [name for name in tables() if name in {*placed, *intake.whole, *intake.parts, *intake.lacking}]
    for name in given:
        table = tables()[name]
        if name in placed:
            made[name] = described(intake.con, table, placed[name].absolute())
        elif name in intake.whole:
            made[name] = _whole(intake, table, work, limit)
        elif name in intake.parts:
            made[name] = _written(intake, table, work, limit)
        else:
            made[name] = TableData(name, work / f"{name}.parquet", (), (), 0)
            columns = ", ".join(f"NULL::{c.sql_type} AS {quoted(c.name)}" for c in table.columns.values() if c.required)
            _copy(intake.con, f"SELECT {columns} LIMIT 0", made[name].path)
        if name in intake.lacking:
            made[name] = replace(made[name], usable=False, reason=intake.lacking[name])
    for name, data in made.items():
        if name in intake.whole:
            continue  # its parts come out of one text and cannot dangle
        for column in (tables()[name].columns[c] for c in data.columns):
            target = made.get((column.ref or "").partition(".")[0])
            if target and target.rows and data.rows and (column.ref or "").partition(".")[2] in target.columns:
                quality.dangling(intake.con, column, (str(data.path), str(target.path)), intake.tally, name)
    return made


def _whole(intake: Intake, table: Table, work: Path, limit: Decimal) -> TableData:
    """Write a table as its source filled it; one with doubtful values goes the way of sheets."""
    file, relation = intake.whole[table.name]
    path = work / f"{table.name}.parquet"
    present = {column for column, *_ in intake.con.execute(f"DESCRIBE {relation}").fetchall()}
    columns = ", ".join(quoted(c) for c in table.columns if c in present)
    # large tables: snappy is quicker both ways than zstd, and so is writing rows in whatever order they come
    intake.con.execute("SET preserve_insertion_order = false")
    _copy(intake.con, f"SELECT {columns} FROM {relation}", path, "snappy")
    intake.con.execute("RESET preserve_insertion_order")
    if not fits(intake.con, table, path, keys_once=True):
        intake.take_relation(table.name, file, relation)
        return _written(intake, table, work, limit)
    data = described(intake.con, table, path)
    rejected = intake.rejected.get(table.name, 0)
    return _within(replace(data, rejected=rejected), limit)


def _written(intake: Intake, table: Table, work: Path, limit: Decimal) -> TableData:
    """Write the rows of a table that are in order, and judge whether enough of them are."""
    con, parts = intake.con, intake.parts[table.name]
    present = {column for part in parts for column in part.columns}
    columns = [column for column in table.columns if column in present]
    con.execute(f"CREATE TEMP VIEW _all AS {' UNION ALL BY NAME '.join(f'FROM {part.name}' for part in parts)}")
    quality.duplicates(con, table, columns, "_all", intake.tally)
    issues = f"FROM {quality.ISSUES} WHERE tbl = {literal(table.name)}"
    rejected = con.execute(f"SELECT count(*) FROM (SELECT DISTINCT source, row {issues})").fetchall()[0][0]
    path = work / f"{table.name}.parquet"
    rows = quality.standing(table, "_all")
    _copy(con, f"SELECT {', '.join(map(quoted, columns))} FROM {rows} ORDER BY {quality.SOURCE}, {ROW}", path)
    con.execute("DROP VIEW _all")
    for part in parts:
        _keep_rejects(intake, table, part.source)
        con.execute(f"DROP TABLE {part.name}")
    return _within(replace(described(con, table, path), rejected=rejected + intake.rejected.get(table.name, 0)), limit)


def _within(data: TableData, limit: Decimal) -> TableData:
    """The table, not usable where more of its rows were rejected than the limit allows."""
    share = Decimal(data.rejected) / max(data.rows + data.rejected, 1)
    if share <= limit:
        return data
    zh = f"拒收 {data.rejected} 行,占 {share:.1%},超过 {limit:.1%}"
    en = f"{data.rejected} rows rejected, {share:.1%}, above {limit:.1%}"
    return replace(data, usable=False, reason=say(zh, en))


def _copy(con: duckdb.DuckDBPyConnection, select: str, path: Path, compression: str = "zstd") -> None:
    level = ", COMPRESSION_LEVEL 1" if compression == "zstd" else ""
    con.execute(f"COPY ({select}) TO {literal(str(path))} (FORMAT parquet, COMPRESSION {compression}{level})")


def _keep_rejects(intake: Intake, table: Table, source: int) -> None:
    """Fetch the rejected rows of a source while its rows can still be had."""
    wanted = [row for number, row in rejects.numbers(intake.con, table) if number == source]
    intake.read_again(source, wanted)


def described(con: duckdb.DuckDBPyConnection, table: Table, path: Path) -> TableData:
    """A canonical Parquet file and which of its columns hold nothing."""
    present = types(con, path)
    columns = tuple(column for column in table.columns if column in present)
    counted = ", ".join(f"count({quoted(column)})" for column in columns)
    rows, *filled = con.execute(f"SELECT count(*), {counted} FROM read_parquet({literal(str(path))})").fetchall()[0]
    empty = tuple(column for column, count in zip(columns, filled, strict=True) if not count)
    return TableData(table.name, path, columns, empty, rows)


def _kept(opened: Sequence[Dataset], made: Mapping[str, TableData]) -> dict[str, TableData]:
    """The tables of datasets that were read before; a table that comes twice is a Fault."""
    kept: dict[str, TableData] = {}
    for name, data in ((name, data) for one in opened for name, data in one.tables.items()):
        if name in kept or name in made:
            raise Fault(
                str(data.path),
                say(f"{name} 另有来源。", f"there is another {name}."),
                say("从原始文件一起读。", "read the original files together."),
            )
        kept[name] = data
    return kept


def _write_rejects(intake: Intake, work: Path, made: Mapping[str, TableData]) -> Path | None:
    found = {
        name: rejects.lines(intake.con, tables()[name], intake.sources, intake.cells)
        for name in intake.parts
        if made[name].rejected > intake.rejected.get(name, 0)
    }
    if not found and not intake.others:
        return None
    rejects.write(work / REJECTED, found, {name: data.rejected for name, data in made.items()}, intake.others)
    return work / REJECTED


def _notes(intake: Intake, found: Mapping[str, TableData]) -> tuple[str, ...]:
    notes = list(dict.fromkeys(intake.notes))
    if len(notes) > MANY_NOTES:
        more = len(notes) - MANY_NOTES
        notes = [*notes[:MANY_NOTES], say(f"另有 {more} 条同类说明", f"{more} more notes of this kind")]
    notes += intake.tally.notes()
    notes += [f"{name}: {data.reason}" for name, data in found.items() if not data.usable]
    if intake.unread:
        names = say("、", ", ").join(intake.unread[:MANY_NOTES])
        notes.append(say(f"未读:{names};{_propose()}", f"not read: {names}; {_propose()}"))
    return tuple(notes)


# ---- the folder --------------------------------------------------------------------------------------------------


@contextmanager
def _new_folder(folder: Path) -> Iterator[Path]:
    """A folder beside ``folder`` that takes its place at the end, or vanishes when something fails."""
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not _is_dataset(folder))):
        raise Fault(
            str(folder),
            say("已有其他内容。", "holds something else."),
            say("换一个输出文件夹。", "choose another output folder."),
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield work
        if folder.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
            os.replace(folder, old)
            os.replace(work, folder)
            shutil.rmtree(old)
        else:
            os.replace(work, folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextmanager
def _workspace(work: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB in memory, with a place in the folder for what does not fit."""
    spill = work / ".spill"
    with open_duckdb({"temp_directory": str(spill)}) as con:
        yield con
    shutil.rmtree(spill, ignore_errors=True)


def _at(dataset: Dataset, work: Path, folder: Path) -> Dataset:
    """The dataset with its paths where the folder stands in the end."""

    def moved(path: Path) -> Path:
        return folder / path.relative_to(work) if path.is_relative_to(work) else path

    return replace(
        dataset,
        folder=folder,
        tables={name: replace(data, path=moved(data.path)) for name, data in dataset.tables.items()},
        rejected_file=moved(dataset.rejected_file) if dataset.rejected_file else None,
    )


def write_card(dataset: Dataset, digester: Digester | None, folder: Path) -> None:
    """Write dataset.json: paths are relative to the folder where they are in it."""
    whole = _at(dataset, dataset.folder, folder)
    card: dict[str, Any] = {
        "tables": {name: _row(data, folder) for name, data in whole.tables.items()},
        "complete": [
            {"table": w.table, "from": w.from_on.isoformat(), "to": w.until_on.isoformat(), "by": w.by}
            for w in whole.complete
        ],
        "sources": [{"name": s.name, "sha256": s.sha256, "size": s.size} for s in whole.sources],
        "rejected_file": whole.rejected_file.name if whole.rejected_file else None,
        "notes": list(whole.notes),
        "digests": {"algorithm": digester.algorithm, "key": digester.fingerprint()} if digester else None,
    }
    text = json.dumps(card, ensure_ascii=False, indent=1)
    (dataset.folder / CARD).write_text(text + "\n", encoding="utf-8")


def _row(data: TableData, folder: Path) -> dict[str, Any]:
    inside = data.path.is_relative_to(folder)
    return {
        "path": str(data.path.relative_to(folder) if inside else data.path),
        "columns": data.columns,
        "empty_columns": data.empty_columns,
        "rows": data.rows,
        "rejected": data.rejected,
        "usable": data.usable,
        "reason": data.reason,
    }


def open_dataset(folder: Path) -> Dataset:
    """Open a folder written by ``read``, or a folder that holds only ``<table>.parquet`` files."""
    folder = Path(folder).absolute()
    return _from_card(folder) if _is_dataset(folder) else _from_parquet(folder)


def _from_card(folder: Path) -> Dataset:
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        found = {
            name: TableData(
                name, folder / raw["path"], tuple(raw["columns"]), tuple(raw["empty_columns"]), raw["rows"],
                raw["rejected"], raw["usable"], raw["reason"],
            )
            for name, raw in card["tables"].items()
            if name in tables()
        }  # fmt: skip
        words = card["complete"]
        complete = [
            Complete(w["table"], date.fromisoformat(w["from"]), date.fromisoformat(w["to"]), w["by"]) for w in words
        ]
        sources = [SourceFile(raw["name"], raw["sha256"], raw["size"]) for raw in card["sources"]]
        rejected = folder / card["rejected_file"] if card["rejected_file"] else None
    except (ValueError, KeyError, TypeError, OSError):
        raise Fault(
            str(folder / CARD),
            say("不完整。", "is not whole."),
            say("从原始文件重新读。", "read the original files again."),
        ) from None
    for data in found.values():
        if not data.path.is_file():
            raise Fault(
                str(data.path),
                say("已不在原处。", "is no longer there."),
                say("放回原处,或从原始文件重新读。", "put it back, or read the original files again."),
            )
    return Dataset(folder, found, tuple(complete), tuple(sources), rejected, tuple(card["notes"]))


def _from_parquet(folder: Path) -> Dataset:
    paths = list(listed(folder)) if folder.is_dir() else []
    if not paths or any(path.suffix != ".parquet" or path.stem not in tables() for path in paths):
        raise Fault(
            str(folder),
            say(
                "不是数据集:里面不全是规范表的 Parquet 文件。",
                "is no dataset: not all in it are canonical Parquet files.",
            ),
            say("用 lianfang tables read 读入。", "read it with `lianfang tables read`."),
        )
    found, sources = {}, []
    with open_duckdb() as con:
        for path in paths:
            table = tables()[path.stem]
            if not is_canonical(table, types(con, path)) or not fits(con, table, path):
                raise Fault(
                    path.name,
                    say(
                        "列、类型或数据不合规范表。", "its columns, types or rows are not those of the canonical table."
                    ),
                    say("用 lianfang tables read 读入。", "read it with `lianfang tables read`."),
                )
            found[table.name] = described(con, table, path)
            sources.append(_fingerprint(path, path.name))
    return Dataset(folder, found, sources=tuple(sources))
