"""Event logs, XES and CSV: who did which step of which case, and when, as canonical events and cases."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import duckdb

from lianfang.engine.fault import Fault, say
from lianfang.engine.sources import event_log_rows as rows
from lianfang.engine.sources import event_log_tables as tables

SETTINGS = (
    "match", "log_id", "columns", "unit_id", "as", "item_code", "nodes", "milestones", "closed_by", "all_closed",
    "time_zone", "time_format", "nobody", "files",
)  # fmt: skip
_KINDS: tuple[tuple[type, tuple[str, ...], str], ...] = (
    (Mapping, ("columns", "milestones"), "{...: ...}"),
    (list, ("nodes", "closed_by", "nobody", "files"), "[..., ...]"),
    (bool, ("all_closed",), "true / false"),
    (str, ("match", "log_id", "unit_id", "item_code", "time_format", "time_zone", "as"), '"..."'),
)
REJECTED, NOTES = rows.REJECTED, tables.NOTES
KEYS_ONCE = False  # a log may hold a step twice
_ROOT = re.compile(r"\A\s*(?:<[?!].*?>\s*)*<(?:[\w.-]+:)?log[\s>/]", re.DOTALL)
_ZONE = re.compile(r"[+-](?:0\d|1[0-4]):[0-5]\d")


def is_event_log(path: Path) -> bool:
    """Whether the first lines are those of an XES log, or of a CSV with case, step and time columns."""
    head = rows.head(path) if path.is_file() else None
    if head is None:
        return False
    if head.lstrip().startswith("<"):
        return bool(_ROOT.match(re.sub(r"<!--.*?-->", "", head, flags=re.DOTALL)))
    return any(_is_log_header(rows.first_record(head, mark)) for mark in rows.MARKS)


def _is_log_header(header: Sequence[str]) -> bool:
    found = rows.recognised(header)
    canonical = {"log_id", "seq"} <= {name.casefold() for name in header}  # the table ``event`` itself
    has_time = bool(found.keys() & {"time", "start_time", "end_time"})
    return not canonical and has_time and {"case_id", "activity"} <= set(found)


def load(con: duckdb.DuckDBPyConnection, paths: Sequence[Path], settings: Mapping[str, Any]) -> dict[str, str]:
    """Fill ``event`` and ``event_case`` (and the licence tables, ``as: license``); canonical name: DuckDB table.

    Times keep the wall clock written in the log and lose their offset, unless ``time_zone`` says to convert.
    What could not be used stands in the tables ``event_log_rejected`` and ``event_log_note``.
    """
    logs = _logs(paths, settings)
    tables.begin(con)
    for log in logs:
        rows.read(con, log)
        tables.type_rows(con, log)
    tables.fill_events(con)
    tables.fill_cases(con, logs)
    licences = list({log.log_id: log for log in logs if log.settings.get("as") == "license"}.values())
    found = {"event": tables.EVENT, "event_case": tables.CASE}
    found |= tables.fill_licences(con, licences) if licences else {}
    tables.finish(con)
    return found


def _logs(paths: Sequence[Path], settings: Mapping[str, Any]) -> list[rows.Log]:
    """The files with what mapping.yaml says of each; later entries of ``files`` that match win."""
    _check(settings)
    logs = []
    for path in paths:
        merged = {key: value for key, value in settings.items() if key != "files"}
        for one in settings.get("files", ()):
            _check(one)
            if fnmatch(path.name, str(one.get("match", "*"))):
                merged |= one
        logs.append(rows.Log(path, str(merged.get("log_id", _stem(path))), merged))
    taken: dict[str, rows.Log] = {}
    for log in logs:
        other = taken.setdefault(log.log_id, log)
        if other is not log and "log_id" not in log.settings:
            raise Fault(
                log.path.name,
                say(f"与 {other.path.name} 的日志编号相同。", f"has the same log id as {other.path.name}."),
                say("在 mapping.yaml 的 event_log.files 中各写 log_id。", "give each a log_id under event_log.files."),
            )
    return logs


def _stem(path: Path) -> str:
    return re.sub(r"\.(xes|xml|csv|tsv|txt)$", "", path.name.removesuffix(".gz"), flags=re.IGNORECASE)


def _check(settings: Any) -> None:
    """Refuse what is not known and what is not of its kind, before anything is read."""
    if not isinstance(settings, Mapping):
        raise _miswritten("files", "[{match: ..., log_id: ...}]")
    for kind, names, written in _KINDS:
        for name in names:
            if name in settings and not isinstance(settings[name], kind):
                raise _miswritten(name, written)
    unknown = sorted(set(settings) - set(SETTINGS))
    unknown += sorted(f"columns.{c}" for c in settings.get("columns", {}) if c not in rows.NAMES)
    unknown += sorted(f"milestones.{c}" for c in settings.get("milestones", {}) if c not in tables.MILESTONES)
    if settings.get("as", "license") != "license":
        unknown.append(f"as: {settings['as']}")
    if unknown:
        raise Fault(
            "mapping.yaml event_log",
            say("不认识的设置:", "unknown settings: ") + ", ".join(unknown) + say("。", "."),
            say("可用:", "use: ") + ", ".join(SETTINGS) + "; columns: " + ", ".join(rows.NAMES),
        )
    if "time_zone" in settings and not _ZONE.fullmatch(str(settings["time_zone"])):
        raise Fault(
            "mapping.yaml event_log.time_zone",
            say("须写与世界时的时差。", "is the difference from universal time."),
            say('例如 time_zone: "+08:00"(带引号)。', 'write, for example, time_zone: "+08:00" (with quotes).'),
        )


def _miswritten(name: str, written: str) -> Fault:
    what = say("写法不对。", "is not written as it should be.")
    return Fault(f"mapping.yaml event_log.{name}", what, say("应写成 ", "write ") + written)
