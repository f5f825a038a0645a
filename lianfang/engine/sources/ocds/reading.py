"""Releases into one nested DuckDB view: whole files at once where they are plain, line by line where they are not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import orjson

from lianfang.engine.fault import say
from lianfang.engine.sources.ocds import careful, shape
from lianfang.engine.sources.ocds.flatten import RELEASE, kept, moment_macro
from lianfang.engine.sources.ocds.settings import Settings

REJECTED, NOTES = "ocds_rejected", "ocds_note"
_HELD, _STORED = "_ocds_held", "_ocds_stored"
_HELD_BYTES = 16 << 30  # bytes of files whose releases may be held in memory, where they take about a fifth of that
HEAD = 1 << 16  # bytes of a file that are looked at to tell what it is
UNMERGED_SHARE = 0.05  # of the releases: more that share a process with another one are no slips
_LARGE = 1 << 24  # bytes one line may have for the fast way, which takes several times as much memory
_LARGEST = 1 << 28  # bytes a file that is one array may have for it
_OCDS = re.compile(rb'"(?:ocid|releases|records|compiledRelease)"\s*:')
_PARTS = re.compile(rb'"(parties|buyer|tender|bids|awards|contracts|planning)"\s*:\s*[\[{]')
_TIME = re.compile(rb'T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)"')

Progress = Callable[[str, int, int], None]


def head(path: Path) -> bytes:
    """The first bytes of a file, unpacked."""
    try:
        with careful.opened(path) as stream:
            return stream.read(HEAD).removeprefix(b"\xef\xbb\xbf").lstrip()
    except (OSError, EOFError):
        return b""


def is_ocds(path: Path) -> bool:
    """Whether the first bytes are JSON with the marks of OCDS."""
    first = head(path)
    if first[:1] not in (b"{", b"["):
        return False
    return bool(_OCDS.search(first)) or len(set(_PARTS.findall(first))) > 2


def zone_of(paths: Sequence[Path]) -> str:
    """The offset of the first time in the files that has one: the zone in which their people read clocks."""
    for path in paths:
        if found := _TIME.search(head(path)):
            return found[1].decode()
    return "Z"


def read(
    con: duckdb.DuckDBPyConnection,
    paths: Sequence[Path],
    settings: Settings,
    wanted: shape.Wanted | None,
    progress: Progress | None,
) -> None:
    """Make the view of releases; what cannot be used goes to the table of rejected rows."""
    fields = shape.release(wanted, list(_marks(settings, wanted)))
    con.execute(moment_macro(settings.time_zone or zone_of(paths)))
    con.execute(f"CREATE OR REPLACE TEMP TABLE {REJECTED} (file VARCHAR, row BIGINT, reason VARCHAR)")
    con.execute(f"CREATE OR REPLACE TEMP TABLE {NOTES} (file VARCHAR, note VARCHAR)")
    place = _at_once(con, paths, settings, fields, progress) or _file_by_file(con, paths, settings, fields, progress)
    con.execute(f"CREATE OR REPLACE TEMP VIEW {RELEASE} AS FROM {place} WHERE {kept(settings)}")
    if settings.excluded_details:
        counted = con.execute(f"SELECT count(*) - (SELECT count(*) FROM {RELEASE}) FROM {place}").fetchone()
        if counted and counted[0]:
            _note_excluded(con, paths, counted[0])


def _marks(settings: Settings, wanted: shape.Wanted | None) -> Iterator[str]:
    """What must be read beside the wanted columns, because a setting says so."""
    if settings.award_status_by_contract:
        yield shape.BY_CONTRACT
    if settings.move_auctions:
        yield shape.BY_AUCTION
    if settings.currency is None and (wanted is None or "currency" in wanted.get("tender", ())):
        yield shape.BY_TENDER


def _note_excluded(con: duckdb.DuckDBPyConnection, paths: Sequence[Path], number: int) -> None:
    note = say(
        f"{number} 个采购过程按 ocds.exclusions 未读入",
        f"{number} processes were left out as ocds.exclusions says",
    )
    con.execute(f"INSERT INTO {NOTES} VALUES (?, ?)", [named(paths), note])


def named(paths: Sequence[Path]) -> str:
    """The files in a message: the first few by name."""
    return ", ".join(path.name for path in paths[:3]) + (" …" if len(paths) > 3 else "")


def _at_once(
    con: duckdb.DuckDBPyConnection,
    paths: Sequence[Path],
    settings: Settings,
    fields: dict[str, Any],
    progress: Progress | None,
) -> str | None:
    """Read all files in one statement and hold the rows in memory; None where they are not all plain and in order.

    Rows held as the result of a statement cost a third less than rows put into a table, which can be moved to disk.
    """
    forms = [_plain(path) for path in paths]
    if None in forms or sum(path.stat().st_size for path in paths) > _HELD_BYTES:
        return None
    if progress:
        for number, path in enumerate(paths):
            progress(path.name, number, len(paths))
    sources = [_json(path, form, fields) for path, form in zip(paths, forms, strict=True) if form is not None]
    nested = [_nested(source, settings, fields, number) for number, source in enumerate(sources)]
    try:
        con.execute(f"PREPARE _ocds_read AS {' UNION ALL '.join(nested)}")
        con.register(_HELD, con.sql("EXECUTE _ocds_read"))
        con.execute("DEALLOCATE _ocds_read")
    except duckdb.Error:
        return None
    return None if _unusable(con, _HELD) else _HELD


def _file_by_file(
    con: duckdb.DuckDBPyConnection,
    paths: Sequence[Path],
    settings: Settings,
    fields: dict[str, Any],
    progress: Progress | None,
) -> str:
    """Read each file as well as it can be read, into a table that may be moved to disk."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE {_STORED} AS {_nested('', settings, fields)} LIMIT 0")
    for number, path in enumerate(paths):
        if progress:
            progress(path.name, number, len(paths))
        _read_file(con, path, number, settings, fields)
    doubtful = _unusable(con, _STORED)
    for number in doubtful:
        con.execute(f"DELETE FROM {_STORED} WHERE file = {number}")
        _read_carefully(con, paths[number], number, settings, fields)
    if doubtful:
        _reject_repeated(con, paths)
    return _STORED


def _read_file(
    con: duckdb.DuckDBPyConnection, path: Path, number: int, settings: Settings, fields: dict[str, Any]
) -> None:
    """Try the fast way; a file it cannot take as it is, is read line by line, which finds out why."""
    form = _plain(path)
    if form is not None:
        try:
            con.execute(f"INSERT INTO {_STORED} {_nested(_json(path, form, fields), settings, fields, number)}")
        except duckdb.Error:
            form = None
    if form is None:
        _read_carefully(con, path, number, settings, fields)


def _plain(path: Path) -> str | None:
    """The form in which DuckDB can read the file at once: lines, or one array, of compiled releases."""
    with careful.opened(path) as stream:
        first = stream.read(HEAD).lstrip()
        if first.startswith(b"["):
            return "array"
        line = first.partition(b"\n")
        text = line[0] if line[1] else first + stream.readline(_LARGEST)
    try:
        release = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    package = isinstance(release, dict) and {"releases", "records", "compiledRelease"} & release.keys()
    return None if package else "newline_delimited"


def _json(path: Path, form: str, fields: dict[str, Any]) -> str:
    escaped = re.sub(r"([*?\[])", r"[\1]", str(path)).replace("'", "''")
    with path.open("rb") as stream:
        packed = stream.read(2) == careful.GZIP
    return (
        f"read_json('{escaped}', format = '{form}', records = true, columns = {shape.columns(fields)},"
        f" compression = '{'gzip' if packed else 'none'}',"
        f" maximum_object_size = {_LARGEST if form == 'array' else _LARGE})"
    )


def _nested(source: str, settings: Settings, fields: dict[str, Any], number: int = 0) -> str:
    """SELECT of the releases of ``source`` with the columns of the view of releases; without source, only types."""
    if not source:
        source = "(SELECT " + ", ".join(f"CAST(NULL AS {shape.sql_type(f)}) AS {n}" for n, f in fields.items()) + ")"
    row = careful.ROW if careful.ROW in fields else "CAST(NULL AS BIGINT)"
    bids = "bids.details"
    if settings.move_auctions:
        stages = "list_transform(auctions, lambda a: flatten(list_transform(a.stages, lambda s: s.bids)))"
        bids = f"CASE WHEN bids IS NULL THEN flatten({stages}) ELSE bids.details END"
    found = {"buyer": "buyer", "tender": "tender", "lots": "tender.lots", "bids": bids}
    found |= {"awards": "awards", "contracts": "contracts", "parties": "parties"}
    there = {*fields, *(("lots",) if "lots" in fields["tender"] else ())}
    listed = [
        f"{sql if name in there else 'CAST(NULL AS STRUCT(id VARCHAR)[])'} AS {name}" for name, sql in found.items()
    ]
    return (
        f"SELECT {number} AS file, {row} AS row,"
        f" CASE WHEN json_type(ocid) = 'VARCHAR' THEN nullif(ocid ->> '$', '') END AS tender_id, {', '.join(listed)}"
        f" FROM {source}"
    )


def _read_carefully(
    con: duckdb.DuckDBPyConnection, path: Path, number: int, settings: Settings, fields: dict[str, Any]
) -> None:
    with TemporaryDirectory() as folder:
        lines = Path(folder) / "releases.jsonl"
        rejected = careful.sieved(path, fields, lines)
        numbered = fields | {careful.ROW: shape.WHOLE}
        con.execute(
            f"INSERT INTO {_STORED} {_nested(_json(lines, 'newline_delimited', numbered), settings, numbered, number)}"
        )
    if rejected:
        con.executemany(f"INSERT INTO {REJECTED} VALUES (?, ?, ?)", [[path.name, row, why] for row, why in rejected])


def _unusable(con: duckdb.DuckDBPyConnection, place: str) -> list[int]:
    """Files with releases that have no usable ocid, or one that another release has too."""
    repeated = f"SELECT tender_id FROM {place} GROUP BY tender_id HAVING count(*) > 1"
    found = con.execute(
        f"SELECT DISTINCT file FROM {place} WHERE tender_id IS NULL OR tender_id IN ({repeated}) ORDER BY file"
    )
    return [number for (number,) in found.fetchall()]


def _reject_repeated(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> None:
    """Keep one of several equal releases; where they differ nobody can say which is right, and none is kept."""
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE _ocds_repeated AS
        SELECT file, row, tender_id, count(DISTINCT content) OVER (PARTITION BY tender_id) AS contents,
          row_number() OVER (PARTITION BY tender_id ORDER BY file, row) AS place
        FROM (SELECT file, row, tender_id, hash(buyer, tender, lots, bids, awards, contracts, parties) AS content,
                count(*) OVER (PARTITION BY tender_id) AS times FROM {_STORED})
        WHERE times > 1"""
    )
    differ = "SELECT count(DISTINCT tender_id) FROM _ocds_repeated WHERE contents > 1"
    counted = con.execute(f"SELECT count(DISTINCT tender_id), ({differ}) FROM {_STORED}").fetchone()
    all_of, differing = counted or (0, 0)
    rows = con.execute(
        f"SELECT count(*), (SELECT count(*) FROM _ocds_repeated WHERE contents > 1) FROM {_STORED}"
    ).fetchone() or (0, 0)
    if rows[1] > rows[0] * UNMERGED_SHARE:
        raise careful.unmerged(
            named(paths),
            say(
                f"{all_of} 个采购过程中有 {differing} 个分在内容不同的多行,这是未合并的公告。",
                f"{differing} of {all_of} processes stand in several releases that differ: they are not compiled.",
            ),
        )
    names = "[" + ", ".join("'" + path.name.replace("'", "''") + "'" for path in paths) + "]"
    differ = say("同一 ocid 另有内容不同的行", "another line with the same ocid differs")
    con.execute(
        f"INSERT INTO {REJECTED} SELECT {names}[file + 1], row, '{differ}' FROM _ocds_repeated WHERE contents > 1"
    )
    again = say(" 行与更早的行相同,只计一次", " lines say the same as an earlier one and count once")
    con.execute(
        f"""INSERT INTO {NOTES} SELECT {names}[file + 1], count(*) || '{again}' FROM _ocds_repeated
        WHERE contents = 1 AND place > 1 GROUP BY file ORDER BY file"""
    )
    con.execute(
        f"""DELETE FROM {_STORED} WHERE (file, row, tender_id) IN
          (SELECT (file, row, tender_id) FROM _ocds_repeated WHERE contents > 1 OR place > 1)"""
    )
    con.execute("DROP TABLE _ocds_repeated")
