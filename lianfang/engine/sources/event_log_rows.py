"""Reading an event log, XES or CSV, as rows of text under the canonical names of a log's columns."""

from __future__ import annotations

import codecs
import csv
import io
import re
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from lianfang.engine.fault import Fault, say
from lianfang.engine.sources import xes

TEXT, REJECTED = "_event_log_text", "event_log_rejected"
MARKS = ",;\t|"
# The columns of a log as they are usually named; a mapping.yaml may name others.
NAMES: dict[str, tuple[str, ...]] = {
    "case_id": ("case:concept:name", "case_id", "caseid", "case id", "case", "办件编号", "办件号", "案件编号"),
    "activity": ("concept:name", "activity", "task", "环节", "环节名称", "办理环节"),
    "time": ("time:timestamp", "timestamp", "时间", "办理时间"),
    "start_time": ("start_timestamp", "start_time", "starttime", "start", "开始时间"),
    "end_time": ("complete_time", "completetime", "end_time", "endtime", "end", "完成时间", "结束时间"),
    "resource": ("org:resource", "resource", "originator", "user", "经办人", "办理人"),
    "resource_role": ("org:role", "role", "岗位"),
    "lifecycle": ("lifecycle:transition", "lifecycle"),
    "instance": ("concept:instance", "activity_instance_id"),
    "amount": ("amount", "cost:total", "金额"),
    "unit_id": ("case:unit_id", "unit_id"),
    "case_type": ("case:case_type", "case_type"),
    "outcome": ("case:outcome", "outcome"),
    "opened_time": ("case:opened_time", "opened_time"),
    "closed_time": ("case:closed_time", "closed_time"),
}
_XES_ONLY = {"start_time": "start_timestamp", "amount": "amount"}  # what XES names without an extension's prefix
_HEAD, _BATCH, _CHUNK = 1 << 16, 50_000, 1 << 20
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Log:
    """One file to be read, and what mapping.yaml says about it."""

    path: Path
    log_id: str
    settings: Mapping[str, Any]

    @property
    def columns(self) -> dict[str, str]:
        """Canonical column: name in the source, as far as mapping.yaml names it."""
        given = self.settings.get("columns", {})
        named = {c: spec.get("from") if isinstance(spec, Mapping) else spec for c, spec in given.items()}
        return {column: str(source) for column, source in named.items() if source is not None}

    @property
    def values(self) -> dict[str, str]:
        """Canonical column: the one value that mapping.yaml gives to all rows."""
        given = self.settings.get("columns", {})
        fixed = {c: str(s["value"]) for c, s in given.items() if isinstance(s, Mapping) and "value" in s}
        return fixed | ({"unit_id": str(self.settings["unit_id"])} if "unit_id" in self.settings else {})


def read(con: duckdb.DuckDBPyConnection, log: Log) -> None:
    """Put the log's rows into a fresh table of text: place in the log, row in the file, the columns of NAMES."""
    columns = ", ".join(f"{name} VARCHAR" for name in NAMES)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {TEXT} (place BIGINT, row BIGINT, {columns})")
    if (head(log.path) or "").lstrip().startswith("<"):
        _read_xes(con, log)
    else:
        _read_csv(con, log)


def head(path: Path) -> str | None:
    """The first characters, unpacked, or None when this is no text. A cut archive still has a head."""
    with path.open("rb") as file:
        first = file.read(_HEAD)
    if first.startswith(b"\x1f\x8b"):
        try:
            first = zlib.decompressobj(wbits=31).decompress(first, _HEAD)
        except zlib.error:
            return None
    for encoding in ("utf-16",) if first.startswith(_UTF16) else ("utf-8-sig", "gb18030"):
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(first)
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else text
    return None


def first_record(text: str, mark: str) -> list[str]:
    try:
        return [name.strip() for name in next(csv.reader(io.StringIO(text), delimiter=mark), [])]
    except csv.Error:
        return []


def recognised(header: Sequence[str]) -> dict[str, str]:
    """Canonical column: header, by the usual names; the earlier of two usual names wins."""
    written = {name.casefold(): name for name in reversed(header)}
    firsts = ((column, next((written[n] for n in names if n in written), None)) for column, names in NAMES.items())
    return {column: name for column, name in firsts if name is not None}


def _read_xes(con: duckdb.DuckDBPyConnection, log: Log) -> None:
    """Attributes of the trace are named ``case:…``, as the CSV exports of XES name them."""
    sources = {column: names[0] for column, names in NAMES.items() if ":" in names[0]} | _XES_ONLY | log.columns
    of_case = {c: s.removeprefix("case:") for c, s in sources.items() if s.startswith("case:")}
    of_event = {c: s for c, s in sources.items() if c not in of_case}
    fixed = log.values
    batch: list[tuple[Any, ...]] = []
    places = count(1)

    def take(line: int, case: Mapping[str, str], event: Mapping[str, str]) -> None:
        found = (case.get(of_case[c]) if c in of_case else event.get(of_event.get(c, "")) for c in NAMES)
        batch.append((next(places), line, *(fixed.get(c, value) for c, value in zip(NAMES, found, strict=True))))
        if len(batch) >= _BATCH:
            _insert(con, batch)

    xes.read(log.path, frozenset(of_case.values()), frozenset(of_event.values()), take)
    _insert(con, batch)


def _insert(con: duckdb.DuckDBPyConnection, batch: list[tuple[Any, ...]]) -> None:
    types = [pa.int64()] * 2 + [pa.string()] * len(NAMES)
    columns = zip(*batch, strict=True) if batch else [[] for _ in types]
    arrays = [pa.array(values, kind) for values, kind in zip(columns, types, strict=True)]
    con.register("_event_log_batch", pa.table(arrays, names=["place", "row", *NAMES]))
    con.execute(f"INSERT INTO {TEXT} SELECT * FROM _event_log_batch")
    con.unregister("_event_log_batch")
    batch.clear()


def _read_csv(con: duckdb.DuckDBPyConnection, log: Log) -> None:
    text = head(log.path)
    if text is None:
        raise _encoding_fault(log.path)
    headers = [(mark, first_record(text, mark)) for mark in MARKS]
    mark, header = max(headers, key=lambda one: (len(recognised(one[1])), len(one[1])))
    places = {column: f"c{header.index(name)}" for column, name in _chosen(log, header).items()}
    places |= {column: "'" + value.replace("'", "''") + "'" for column, value in log.values.items()}
    picked = ", ".join(places.get(column, "NULL") for column in NAMES)
    types = ", ".join(f"c{i}: 'VARCHAR'" for i in range(len(header)))
    with _as_utf8(log.path) as path:
        try:
            con.execute(
                f"INSERT INTO {TEXT} SELECT row_number() OVER () AS n, n + 1, {picked} FROM read_csv("
                f"?, header = true, delim = ?, quote = '\"', escape = '\"', columns = {{{types}}},"
                " auto_detect = false, compression = ?, store_rejects = true,"
                " rejects_table = '_event_log_bad', rejects_scan = '_event_log_scan')",
                [str(path), mark, "gzip" if xes.is_gzip(path) else "none"],
            )
        except duckdb.Error as error:
            raise _csv_fault(log.path, error) from None
    _reject_lines(con, log)


def _chosen(log: Log, header: Sequence[str]) -> dict[str, str]:
    """Canonical column: header. What mapping.yaml names must be there; the rest goes by the usual names."""
    missing = sorted(source for source in log.columns.values() if source not in header)
    chosen = recognised(header) | log.columns
    lacking = [column for column in ("case_id", "activity") if column not in chosen and column not in log.values]
    if missing or lacking:
        raise Fault(
            log.path.name,
            say("缺少列:", "columns are missing: ") + ", ".join(missing or lacking) + say("。", "."),
            say("在 event_log.columns 中写明;现有列:", "name them under event_log.columns; there are: ")
            + ", ".join(header),
        )
    return chosen


def _csv_fault(path: Path, error: duckdb.Error) -> Fault:
    """DuckDB's own message would show the row: only its place and kind are told."""
    line = re.search(r"Line: (\d+)", str(error))
    at = say(f"第{line[1]}行起", f"from line {line[1]} on it ") if line else ""
    return Fault(
        path.name,
        at + say("无法按 CSV 读取。", "cannot be read as CSV."),
        say("改正该行或重新导出该文件。", "correct the line, or export the file again."),
    )


def _reject_lines(con: duckdb.DuckDBPyConnection, log: Log) -> None:
    """Lines with a wrong number of fields are counted; an open quote swallows what follows, so reading stops."""
    bad = con.execute("SELECT line, min(error_type::VARCHAR) FROM _event_log_bad GROUP BY line ORDER BY 1").fetchall()
    con.execute("DROP TABLE IF EXISTS _event_log_bad; DROP TABLE IF EXISTS _event_log_scan")
    for line, kind in bad:
        if kind == "UNQUOTED VALUE":
            raise Fault(
                say(f"{log.path.name} 第{line}行", f"{log.path.name} line {line}"),
                say("引号没有闭合,其后的行无法分辨。", "a quote is not closed: the lines after it are lost."),
                say("改正该行或重新导出。", "correct the line, or export the file again."),
            )
        reason = say("字段数不对", "wrong number of fields")
        con.execute(f"INSERT INTO {REJECTED} VALUES (?, ?, ?)", [log.path.name, line, reason])


@contextmanager
def _as_utf8(path: Path) -> Iterator[Path]:
    """The path itself, or a UTF-8 copy of a file in another encoding, kept only while it is read."""
    encoding = _encoding(path)
    if encoding == "utf-8":
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="lianfang-") as folder:
        copy = Path(folder) / "log.csv"
        decoder = codecs.getincrementaldecoder(encoding)()
        with xes.opened(path) as old, copy.open("w", encoding="utf-8", newline="") as new:
            try:
                while chunk := old.read(_CHUNK):
                    new.write(decoder.decode(chunk))
                new.write(decoder.decode(b"", final=True))
            except UnicodeDecodeError:
                raise _encoding_fault(path) from None
        yield copy


def _encoding_fault(path: Path) -> Fault:
    return Fault(
        path.name,
        say("文字编码不是 UTF-8、GB18030 或 UTF-16。", "the encoding is not UTF-8, GB18030 or UTF-16."),
        say("另存为 UTF-8 编码的 CSV。", "save it as CSV in UTF-8."),
    )


def _encoding(path: Path) -> str:
    """Read through once: a Chinese office's file is UTF-8 or GB18030, and a cut archive shows itself here."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    found = "utf-8"
    with xes.opened(path) as file:
        chunk = file.read(_CHUNK)
        if chunk.startswith(_UTF16):
            return "utf-16"
        while chunk:
            if found == "utf-8":
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    found = "gb18030"
            chunk = file.read(_CHUNK)
    return found
