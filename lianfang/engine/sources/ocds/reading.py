"""Releases into one nested DuckDB table: whole files at once where they are plain, line by line where they are not."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import orjson

from lianfang.engine.fault import say
from lianfang.engine.sources.ocds import careful, shape
from lianfang.engine.sources.ocds.flatten import RELEASE, moment_macro
from lianfang.engine.sources.ocds.settings import Settings

REJECTED, NOTES = "ocds_rejected", "ocds_note"
HEAD = 1 << 16  # bytes of a file that are looked at to tell what it is
UNMERGED_SHARE = 0.05  # of the processes: more repeated ones than this are no slips
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


def read(con: duckdb.DuckDBPyConnection, paths: Sequence[Path], settings: Settings, progress: Progress | None) -> None:
    """Fill the table of releases; what cannot be used goes to the table of rejected rows."""
    fields = shape.release(settings.move_auctions)
    con.execute(moment_macro(settings.time_zone or zone_of(paths)))
    con.execute(f"CREATE OR REPLACE TEMP TABLE {REJECTED} (file VARCHAR, row BIGINT, reason VARCHAR)")
    con.execute(f"CREATE OR REPLACE TEMP TABLE {NOTES} (file VARCHAR, note VARCHAR)")
    con.execute(f"CREATE OR REPLACE TEMP TABLE {RELEASE} AS {_nested('[]', settings, fields)} LIMIT 0")
    for number, path in enumerate(paths):
        if progress:
            progress(path.name, number, len(paths))
        _read_file(con, path, number, settings, fields)
    doubtful = _unusable(con)
    for number in doubtful:
        con.execute(f"DELETE FROM {RELEASE} WHERE file = {number}")
        _read_carefully(con, paths[number], number, settings, fields)
    if doubtful:
        _reject_repeated(con, paths)


def _read_file(
    con: duckdb.DuckDBPyConnection, path: Path, number: int, settings: Settings, fields: dict[str, Any]
) -> None:
    """Try the fast way; a file it cannot take as it is, is read line by line, which finds out why."""
    form = _plain(path)
    if form is not None:
        try:
            con.execute(f"INSERT INTO {RELEASE} {_nested(_json(path, form, fields), settings, fields, number)}")
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
    """SELECT of the releases of ``source`` with the columns of the table of releases."""
    if source == "[]":  # no file: only the types
        source = "(SELECT " + ", ".join(f"CAST(NULL AS {shape.sql_type(f)}) AS {n}" for n, f in fields.items()) + ")"
    row = careful.ROW if careful.ROW in fields else "CAST(NULL AS BIGINT)"
    bids = "bids.details"
    if settings.move_auctions:
        stages = "list_transform(auctions, lambda a: flatten(list_transform(a.stages, lambda s: s.bids)))"
        bids = f"CASE WHEN bids IS NULL THEN flatten({stages}) ELSE bids.details END"
    return (
        f"SELECT {number} AS file, {row} AS row,"
        " CASE WHEN json_type(ocid) = 'VARCHAR' THEN nullif(ocid ->> '$', '') END AS tender_id,"
        f" buyer, tender, tender.lots AS lots, {bids} AS bids, awards, contracts, parties FROM {source}"
    )


def _read_carefully(
    con: duckdb.DuckDBPyConnection, path: Path, number: int, settings: Settings, fields: dict[str, Any]
) -> None:
    with TemporaryDirectory() as folder:
        lines = Path(folder) / "releases.jsonl"
        rejected = careful.sieved(path, fields, lines)
        numbered = fields | {careful.ROW: shape.WHOLE}
        con.execute(
            f"INSERT INTO {RELEASE} {_nested(_json(lines, 'newline_delimited', numbered), settings, numbered, number)}"
        )
    if rejected:
        con.executemany(f"INSERT INTO {REJECTED} VALUES (?, ?, ?)", [[path.name, row, why] for row, why in rejected])


def _unusable(con: duckdb.DuckDBPyConnection) -> list[int]:
    """Files with releases that have no usable ocid, or one that another release has too."""
    repeated = f"SELECT tender_id FROM {RELEASE} GROUP BY tender_id HAVING count(*) > 1"
    found = con.execute(
        f"SELECT DISTINCT file FROM {RELEASE} WHERE tender_id IS NULL OR tender_id IN ({repeated}) ORDER BY file"
    )
    return [number for (number,) in found.fetchall()]


def _reject_repeated(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> None:
    """Keep one of several equal releases; where they differ nobody can say which is right, and none is kept."""
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE _ocds_repeated AS
        SELECT file, row, tender_id, count(DISTINCT content) OVER (PARTITION BY tender_id) AS contents,
          row_number() OVER (PARTITION BY tender_id ORDER BY file, row) AS place,
          first(row) OVER (PARTITION BY tender_id ORDER BY file, row) AS first_row
        FROM (SELECT file, row, tender_id, hash(buyer, tender, lots, bids, awards, contracts, parties) AS content,
                count(*) OVER (PARTITION BY tender_id) AS times FROM {RELEASE})
        WHERE times > 1"""
    )
    differ = "SELECT count(DISTINCT tender_id) FROM _ocds_repeated WHERE contents > 1"
    counted = con.execute(f"SELECT count(DISTINCT tender_id), ({differ}) FROM {RELEASE}").fetchone()
    all_of, differing = counted or (0, 0)
    if differing > all_of * UNMERGED_SHARE:
        raise careful.unmerged(
            ", ".join(path.name for path in paths[:3]) + (" …" if len(paths) > 3 else ""),
            say(
                f"{all_of} 个采购过程中有 {differing} 个分在内容不同的多行,这是未合并的公告。",
                f"{differing} of {all_of} processes stand in several releases that differ: they are not compiled.",
            ),
        )
    names = "[" + ", ".join("'" + path.name.replace("'", "''") + "'" for path in paths) + "]"
    same = say("与第 {} 行重复", "repeats line {}").partition("{}")
    differ = say("同一 ocid 另有内容不同的行", "another line with the same ocid differs")
    con.execute(
        f"""INSERT INTO {REJECTED} SELECT {names}[file + 1], row,
          CASE WHEN contents > 1 THEN '{differ}' ELSE '{same[0]}' || first_row || '{same[2]}' END
        FROM _ocds_repeated WHERE contents > 1 OR place > 1 ORDER BY file, row"""
    )
    con.execute(
        f"""DELETE FROM {RELEASE} WHERE (file, row, tender_id) IN
          (SELECT (file, row, tender_id) FROM _ocds_repeated WHERE contents > 1 OR place > 1)"""
    )
    con.execute("DROP TABLE _ocds_repeated")
