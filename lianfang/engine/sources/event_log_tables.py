"""From a log's rows of text to canonical events, cases and licence tables: types, order, start with complete."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb

from lianfang.engine.fault import Fault, say
from lianfang.engine.sources.event_log_rows import REJECTED, TEXT, Log

NOTES = "event_log_note"
EVENT, CASE = "event_log_event", "event_log_case"
LICENSE_CASE, LICENSE_EVENT = "event_log_license_case", "event_log_license_event"
TIMES = ("time", "start_time", "end_time", "opened_time", "closed_time")
_ACTIONS = {"accept_time": "受理", "first_supplement_time": "补正退回", "decide_time": "决定", "issue_time": "送达"}
MILESTONES = ("receive_time", "accept_time", "first_supplement_time", "decide_time", "issue_time")
# Transitions of the XES standard after which a step is not done. Everything else counts as done.
NOT_DONE = (
    "start", "schedule", "assign", "reassign", "suspend", "resume", "withdraw", "autoskip", "manualskip",
    "pi_abort", "ate_abort",
)  # fmt: skip
# Fillers of anonymised or exported logs that name nobody: two steps by UNKNOWN are not two steps by one person.
NOBODY = ("unknown", "empty", "missing", "none", "null", "nil", "n/a", "undefined", "-", "无", "未知")
_WALL, _READ = "_event_log_wall", "_event_log_read"
_OFFSET = r"\d:\d\d(?::\d\d(?:[.,]\d+)?)?\s*(Z|z|[+-]\d\d(?::?\d\d)?)$"
_CASE_TEXTS = ("unit_id", "case_type", "outcome")
_EVENT_TEXTS = ("resource", "resource_role", "instance", "amount")


def begin(con: duckdb.DuckDBPyConnection) -> None:
    """Empty tables for what the logs will bring."""
    texts = ", ".join(f"{name} VARCHAR" for name in ("log_id", "file", "case_id", "activity", "lifecycle"))
    more = ", ".join(f"{name} VARCHAR" for name in (*_EVENT_TEXTS, *_CASE_TEXTS))
    times = ", ".join(f"{name} TIMESTAMP" for name in TIMES)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {_READ} ({texts}, {more}, {times}, place BIGINT)")
    con.execute(f"CREATE OR REPLACE TEMP TABLE {REJECTED} (file VARCHAR, row BIGINT, reason VARCHAR)")
    con.execute(f"CREATE OR REPLACE TEMP TABLE {NOTES} (file VARCHAR, note VARCHAR)")


def finish(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(f"DROP TABLE {TEXT}; DROP TABLE {_WALL}; DROP TABLE {_READ}")


def type_rows(con: duckdb.DuckDBPyConnection, log: Log) -> None:
    """Add the log's usable rows, typed; reject those without case, step or readable time."""
    walls = ", ".join(f"{_wall(name, log)} AS {name}_wall, {_offset(name)} AS {name}_offset" for name in TIMES)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {_WALL} AS SELECT *, {walls} FROM {TEXT}")
    _check_offsets(con, log)
    unread = " OR ".join(f"(NOT {_blank(name)} AND {name}_wall IS NULL)" for name in TIMES[:3])
    reason = (
        f"CASE WHEN {_blank('case_id')} THEN '{say('没有办件编号', 'no case id')}'"
        f" WHEN {_blank('activity')} THEN '{say('没有环节名称', 'no step')}'"
        f" WHEN {unread} THEN '{say('时间读不懂', 'time not understood')}'"
        f" WHEN coalesce(time_wall, start_time_wall, end_time_wall) IS NULL THEN '{say('没有时间', 'no time')}' END"
    )
    judged = f"(SELECT *, {reason} AS reason FROM {_WALL})"
    con.execute(f"INSERT INTO {REJECTED} SELECT ?, row, reason FROM {judged} WHERE reason IS NOT NULL", [log.path.name])
    texts = ", ".join(f"nullif(trim({name}), '') AS {name}" for name in (*_EVENT_TEXTS[2:], *_CASE_TEXTS))
    people = ", ".join(f"{_somebody(name, log)} AS {name}" for name in _EVENT_TEXTS[:2])
    times = ", ".join(f"{_local(name, log)} AS {name}" for name in TIMES)
    con.execute(
        f"INSERT INTO {_READ} BY NAME SELECT ? AS log_id, ? AS file, place, trim(case_id) AS case_id,"
        f" trim(activity) AS activity, lower(nullif(trim(lifecycle), '')) AS lifecycle, {people}, {texts}, {times}"
        f" FROM {judged} WHERE reason IS NULL",
        [log.log_id, log.path.name],
    )
    _check_yield(con, log)
    _check_steps(con, log)


def _blank(name: str) -> str:
    return f"coalesce(trim({name}), '') = ''"


def _somebody(name: str, log: Log) -> str:
    """Null where the text names nobody: fillers, and what mapping.yaml lists under ``nobody``."""
    nobody = (*NOBODY, *(str(one).casefold() for one in log.settings.get("nobody", ())))
    return f"CASE WHEN NOT {_blank(name)} AND lower(trim({name})) NOT IN ({_listed(nobody)}) THEN trim({name}) END"


def _listed(texts: Sequence[Any]) -> str:
    return ", ".join("'" + str(text).replace("'", "''") + "'" for text in texts) or "NULL"


def _offset(name: str) -> str:
    """Minutes east of universal time as written behind the time; null where none is written."""
    found = f"regexp_extract(trim({name}), '{_OFFSET}', 1)"
    digits = f"replace({found}, ':', '')"
    return (
        f"CASE WHEN {found} = '' THEN NULL WHEN lower({found}) = 'z' THEN 0"
        f" ELSE (CASE left({digits}, 1) WHEN '-' THEN -1 ELSE 1 END)"
        f" * (substr({digits}, 2, 2)::INTEGER * 60 + coalesce(try_cast(substr({digits}, 4, 2) AS INTEGER), 0)) END"
    )


def _wall(name: str, log: Log) -> str:
    """The clock reading as written, without its offset; null where it cannot be read or lies outside 1900–2100."""
    text = f"trim(regexp_replace(trim({name}), '(\\d)\\s*(Z|z|[+-]\\d\\d(:?\\d\\d)?)$', '\\1'))"
    bare = f"CASE WHEN contains({name}, ':') THEN {text} ELSE trim({name}) END"
    if "time_format" in log.settings:
        form = str(log.settings["time_format"]).replace("'", "''")
        read = f"try_strptime({bare}, '{form}')"
    else:
        iso = f"regexp_replace({bare}, '^(\\d{{4}})[./年](\\d{{1,2}})[./月](\\d{{1,2}})日?', '\\1-\\2-\\3')"
        compact = f"try_strptime({bare}, ['%Y%m%d%H%M%S', '%Y%m%d'])"
        read = f"coalesce(try_cast(replace({iso}, ',', '.') AS TIMESTAMP), {compact})"
    return f"CASE WHEN year({read}) BETWEEN 1900 AND 2100 THEN {read} END"


def _local(name: str, log: Log) -> str:
    """The wall time as written, or converted to the log's ``time_zone`` where an offset is written."""
    zone = log.settings.get("time_zone")
    if zone is None:
        return f"{name}_wall"
    hours, _, minutes = str(zone)[1:].partition(":")
    east = (int(hours) * 60 + int(minutes)) * (-1 if str(zone).startswith("-") else 1)
    return f"{name}_wall + to_minutes(coalesce({east} - {name}_offset, 0)::INTEGER)"


def _check_offsets(con: duckdb.DuckDBPyConnection, log: Log) -> None:
    """An hour apart is summer time and noted; further apart the clocks of two places cannot be put in one order."""
    every = " UNION ALL ".join(f"SELECT {n}_offset AS o, {n}_wall AS t FROM {_WALL}" for n in TIMES)
    found = con.execute(f"SELECT min(o), max(o), count(o), count(t) FROM ({every})").fetchone()
    least, most, written, times = found if found else (None, None, 0, 0)
    if written == 0 or "time_zone" in log.settings:
        return
    if most - least > 60:
        raise Fault(
            log.path.name,
            say("同一日志里的时差不一。", "the offsets of its times differ by more than summer time."),
            say('在 event_log 中写 time_zone: "+08:00" 统一换算。', 'set time_zone: "+08:00" to convert them all.'),
        )
    notes = []
    if most != least:
        notes.append(say("含夏令时:跨换时日的时长可差一小时", "summer time: durations may be an hour off"))
    if written < times:
        notes.append(say("部分时间没有时差,按当地时间读", "times without offset are read as local time"))
    if least == most == 0:
        notes.append(say("时间为世界时,可用 time_zone 换算", "times are universal time; time_zone converts them"))
    for note in notes:
        con.execute(f"INSERT INTO {NOTES} VALUES (?, ?)", [log.path.name, note])


def _check_steps(con: duckdb.DuckDBPyConnection, log: Log) -> None:
    """A step that mapping.yaml names and the log never has is more often misspelt than rare: it is noted."""
    named = [*log.settings.get("nodes", ()), *log.settings.get("closed_by", ())]
    named += log.settings.get("milestones", {}).values()
    found = con.execute(f"SELECT DISTINCT activity FROM {_READ} WHERE log_id = ?", [log.log_id]).fetchall()
    lacking = sorted({str(name) for name in named} - {activity for (activity,) in found})
    if lacking:
        note = say("日志里没有这些环节:", "the log has no such steps: ") + "、".join(lacking)
        con.execute(f"INSERT INTO {NOTES} VALUES (?, ?)", [log.path.name, note])


def _check_yield(con: duckdb.DuckDBPyConnection, log: Log) -> None:
    used = con.execute(
        f"SELECT count(*) FROM {_READ} WHERE file = ? AND log_id = ?", [log.path.name, log.log_id]
    ).fetchone()
    if used and used[0]:
        return
    why = con.execute(
        f"SELECT reason, count(*) FROM {REJECTED} WHERE file = ? GROUP BY reason ORDER BY 2 DESC, 1", [log.path.name]
    ).fetchall()
    listed = ", ".join(f"{reason} × {count}" for reason, count in why) or say("没有事件", "there are no events")
    raise Fault(
        log.path.name,
        say("没有一行可用:", "no row can be used: ") + listed + say("。", "."),
        say("在 event_log.columns 和 time_format 中写明列名和时间格式。", "set event_log.columns and time_format."),
    )


_STEP = "PARTITION BY log_id, case_id, activity, instance ORDER BY moment, file, place"
_SAME_STEP = (
    "{0}.log_id = {1}.log_id AND {0}.case_id = {1}.case_id AND {0}.activity = {1}.activity"
    " AND {0}.instance IS NOT DISTINCT FROM {1}.instance"
)


def fill_events(con: duckdb.DuckDBPyConnection) -> None:
    """One row per step carried out: a complete takes the earliest start that is still open; the rest stays open."""
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE {EVENT} AS
        WITH marked AS (
            SELECT *, coalesce(time, end_time, start_time) AS moment,
                CASE WHEN start_time IS NOT NULL THEN 'whole' WHEN lifecycle = 'start' THEN 'start'
                    WHEN lifecycle IN ({_listed(NOT_DONE)}) THEN 'other' ELSE 'done' END AS kind
            FROM {_READ}
        ), walked AS (
            SELECT *, count(*) FILTER (kind = 'start') OVER step AS start_no,
                count(*) FILTER (kind = 'done') OVER step AS done_no
            FROM marked WINDOW step AS ({_STEP} ROWS UNBOUNDED PRECEDING)
        ), floored AS (
            SELECT *, least(0, min(start_no - done_no) OVER ({_STEP} ROWS UNBOUNDED PRECEDING)) AS floor FROM walked
        ), pairs AS (
            -- a complete that takes the walk to a new low has no start; the others take starts first in, first out
            SELECT *, done_no + floor AS takes, floor < lag(floor, 1, 0) OVER ({_STEP}) AS alone FROM floored
        ), starts AS (
            SELECT * FROM pairs WHERE kind = 'start'
        ), takers AS (
            SELECT * FROM pairs WHERE kind = 'done' AND NOT alone
        ), steps AS (
            SELECT d.log_id, d.case_id, d.file, d.place, d.activity, d.resource_role, d.lifecycle, d.amount,
                coalesce(d.resource, s.resource) AS resource,
                CASE d.kind WHEN 'done' THEN s.moment WHEN 'whole' THEN d.start_time ELSE d.moment END AS start_time,
                CASE d.kind WHEN 'done' THEN d.moment WHEN 'whole' THEN coalesce(d.end_time, d.time) END AS end_time
            FROM pairs AS d
            LEFT JOIN starts AS s
                ON d.kind = 'done' AND NOT d.alone AND s.start_no = d.takes AND {_SAME_STEP.format("s", "d")}
            LEFT JOIN takers AS c
                ON d.kind = 'start' AND c.takes = d.start_no AND {_SAME_STEP.format("c", "d")}
            WHERE c.place IS NULL
        )
        SELECT log_id, case_id,
            row_number() OVER (
                PARTITION BY log_id, case_id ORDER BY coalesce(start_time, end_time), file, place) AS seq,
            activity, resource, resource_role, start_time, end_time, lifecycle,
            try_cast(replace(amount, ',', '') AS DECIMAL(18, 2)) AS amount
        FROM steps"""
    )


def fill_cases(con: duckdb.DuckDBPyConnection, logs: Sequence[Log]) -> None:
    """One row per case. A text that differs within a case is blank; a case is closed only where the log says so."""
    texts = ", ".join(f"CASE WHEN min({n}) = max({n}) THEN min({n}) END AS {n}" for n in _CASE_TEXTS)
    closing = " OR ".join(f"log_id = {_listed([g.log_id])} AND {rule}" for g in logs if (rule := _closes(g))) or "FALSE"
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE {CASE} AS
        WITH said AS (
            SELECT log_id, case_id, {texts}, min(opened_time) AS opened_time, max(closed_time) AS closed_time
            FROM {_READ} GROUP BY log_id, case_id
        ), seen AS (
            SELECT log_id, case_id, min(coalesce(start_time, end_time)) AS first_time,
                max(end_time) FILTER ({closing}) AS closing_time
            FROM {EVENT} GROUP BY log_id, case_id
        )
        SELECT log_id, case_id, {", ".join(_CASE_TEXTS)}, coalesce(opened_time, first_time) AS opened_time,
            coalesce(closed_time, closing_time) AS closed_time
        FROM said JOIN seen USING (log_id, case_id)"""
    )
    for name in _CASE_TEXTS:
        differing = con.execute(
            f"SELECT min(file), count(*) FROM (SELECT min(file) AS file FROM {_READ} GROUP BY log_id, case_id"
            f" HAVING min({name}) <> max({name}))"
        ).fetchone()
        if differing and differing[1]:
            count = differing[1]
            note = say(f"{count} 个案件的 {name} 前后不一,留空", f"{name} differs within {count} cases: left blank")
            con.execute(f"INSERT INTO {NOTES} VALUES (?, ?)", [differing[0], note])


def _closes(log: Log) -> str | None:
    """SQL for the events that close a case of this log, or None when the log does not say."""
    if log.settings.get("all_closed"):
        return "TRUE"
    steps = log.settings.get("closed_by")
    return f"activity IN ({_listed(steps)})" if steps else None


def fill_licences(con: duckdb.DuckDBPyConnection, logs: Sequence[Log]) -> dict[str, str]:
    """The logs as licence cases and steps: node numbers as declared, or in the order in which steps first occur."""
    steps = " UNION ALL ".join(_licence_steps(log) for log in logs)
    cases = " UNION ALL ".join(_licence_cases(log) for log in logs)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {LICENSE_EVENT} AS {steps}")
    con.execute(f"CREATE OR REPLACE TEMP TABLE {LICENSE_CASE} AS {cases}")
    return {"license_case": LICENSE_CASE, "license_event": LICENSE_EVENT}


def _licence_steps(log: Log) -> str:
    """An activity is an action of the code list by its own name, or by the milestone that it is declared to be."""
    declared = log.settings.get("nodes")
    if declared:
        numbers = (
            "CASE activity " + " ".join(f"WHEN {_listed([n])} THEN {i}" for i, n in enumerate(declared, 1)) + " END"
        )
    else:
        numbers = "dense_rank() OVER (ORDER BY first_seq, activity)"
    given = log.settings.get("milestones", {})
    said = [(given[name], action) for name, action in _ACTIONS.items() if name in given]
    said += [(action, action) for action in ("受理", "审查", "补正退回", "决定", "送达")]
    actions = "CASE activity " + " ".join(f"WHEN {_listed([a])} THEN '{action}'" for a, action in said) + " END"
    return (
        f"SELECT case_id, seq, CAST({numbers} AS BIGINT) AS node_no, {actions} AS action, resource AS handler_id,"
        f" start_time, end_time FROM (SELECT *, min(seq) OVER (PARTITION BY activity) AS first_seq"
        f" FROM {EVENT} WHERE log_id = {_listed([log.log_id])})"
    )


def _licence_cases(log: Log) -> str:
    """A milestone is the first time its step was done; a decision and a delivery, the last."""
    given = log.settings.get("milestones", {})
    times = ", ".join(_milestone(name, given.get(name)) + f" AS {name}" for name in MILESTONES)
    item = _listed([log.settings["item_code"]]) if "item_code" in log.settings else "min(c.case_type)"
    return (
        f"SELECT c.case_id, {item} AS item_code, min(c.unit_id) AS unit_id, {times},"
        f" min(c.closed_time) AS ended_time, min(c.outcome) AS result FROM {CASE} AS c JOIN {EVENT} AS e"
        f" ON e.log_id = c.log_id AND e.case_id = c.case_id WHERE c.log_id = {_listed([log.log_id])} GROUP BY c.case_id"
    )


def _milestone(name: str, activity: str | None) -> str:
    if activity is None:
        return "min(c.opened_time)" if name == "receive_time" else "CAST(NULL AS TIMESTAMP)"
    which = "max" if name in ("decide_time", "issue_time") else "min"
    return f"{which}(e.end_time) FILTER (e.activity = {_listed([activity])})"
