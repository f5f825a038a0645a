"""Event logs: recognised by content, read as streams, typed, paired and counted; what is broken is told."""

from __future__ import annotations

import gzip
import tracemalloc
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import hypothesis
import pytest
from hypothesis import strategies as st

from lianfang.engine.dataset import read
from lianfang.engine.fault import Fault
from lianfang.engine.run import run
from lianfang.engine.sources import event_log, xes
from lianfang.engine.tables import tables

HEADER = "case_id,activity,timestamp,resource\n"
Rows = list[tuple[Any, ...]]
Steps = list[tuple[str, str]]


def loaded(paths: Path | Sequence[Path], settings: Mapping[str, Any] | None = None) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    event_log.load(con, [paths] if isinstance(paths, Path) else paths, settings or {})
    return con


def rows(con: duckdb.DuckDBPyConnection, sql: str) -> Rows:
    return con.execute(sql).fetchall()


def events(con: duckdb.DuckDBPyConnection, columns: str = "case_id, seq, activity, resource") -> Rows:
    return rows(con, f"SELECT {columns} FROM event_log_event ORDER BY log_id, case_id, seq")


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    data = text.encode(encoding)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def csv_log(folder: Path, body: str, header: str = HEADER, name: str = "log.csv") -> Path:
    return written(folder / name, header + body)


def trace(case: str | None, *steps: Mapping[str, str], extra: str = "") -> str:
    name = f'<string key="concept:name" value="{case}"/>' if case is not None else ""
    inside = "".join(
        "<event>" + "".join(f'<string key="{key}" value="{value}"/>' for key, value in step.items()) + "</event>"
        for step in steps
    )
    return f"<trace>{name}{extra}{inside}</trace>"


def step(activity: str, time: str, who: str = "P1", **more: str) -> dict[str, str]:
    return {"concept:name": activity, "time:timestamp": time, "org:resource": who} | more


def xes_log(folder: Path, *traces: str, name: str = "log.xes", head: str = "") -> Path:
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{head}<!-- a <log> of no interest -->\n<log xes.version="1.0">\n'
    return written(folder / name, text + "\n".join(traces) + "\n</log>\n")


# --- what is an event log ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, is_log",
    [
        ("case:concept:name,concept:name,time:timestamp\n", True),
        ("case_id;activity;completeTime\n1;a;2024-01-01", True),
        ("Case ID\tActivity\tstart\tend\n", True),
        ("\ufeff办件编号,环节,时间,经办人\n", True),
        ('"case",task,timestamp\n', True),
        ("log_id,case_id,seq,activity,start_time,end_time\n", False),  # the canonical table itself
        ("case_id,seq,node_no,handler_id,start_time,end_time\n", False),  # the steps of licence cases
        ("case_id,activity\n", False),
        ("payment_id,amount\n", False),
        ('{"case_id": 1, "activity": 2, "timestamp": 3}\n', False),
        ("", False),
        ('<?xml version="1.0"?><!-- x --><log xmlns="http://www.xes-standard.org/">', True),
        ('<?xml version="1.0"?><!DOCTYPE log [<!ENTITY a "b">]><log>', True),  # recognised, so that it can be refused
        ("<x:log>", True),
        ("<pnml><!-- <log> --></pnml>", False),
        ("<logbook>", False),
    ],
)
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_log_is_recognised_by_its_first_lines(tmp_path: Path, text: str, is_log: bool, ending: str) -> None:
    assert event_log.is_event_log(written(tmp_path / f"any.dat{ending}", text)) is is_log


def test_folder_binary_and_missing_file_are_no_log(tmp_path: Path) -> None:
    binary = tmp_path / "x.csv"
    binary.write_bytes(b"PK\x03\x04\0\0case_id,activity,timestamp")
    assert [event_log.is_event_log(p) for p in (tmp_path, binary, tmp_path / "none")] == [False, False, False]


# --- XES ----------------------------------------------------------------------------------------------------


def test_xes_gives_events_and_cases(tmp_path: Path) -> None:
    first = trace(
        "C1",
        step("受理", "2024-03-01T09:00:00.000+08:00", **{"lifecycle:transition": "complete", "org:role": "窗口"}),
        step("决定", "2024-03-02T09:00:00.500+08:00", "P2", amount="1,234.50"),
        extra='<string key="case_type" value="I1"/>',
    )
    con = loaded(xes_log(tmp_path, first, trace("C2", step("受理", "2024-03-03T09:00:00+08:00"))), {"unit_id": "U1"})
    assert events(con, "log_id, case_id, seq, activity, resource, resource_role, start_time, end_time, amount") == [
        ("log", "C1", 1, "受理", "P1", "窗口", None, datetime(2024, 3, 1, 9), None),
        ("log", "C1", 2, "决定", "P2", None, None, datetime(2024, 3, 2, 9, 0, 0, 500_000), 1234.5),
        ("log", "C2", 1, "受理", "P1", None, None, datetime(2024, 3, 3, 9), None),
    ]
    assert rows(con, "FROM event_log_case ORDER BY case_id") == [
        ("log", "C1", "U1", "I1", None, datetime(2024, 3, 1, 9), None),
        ("log", "C2", "U1", None, None, datetime(2024, 3, 3, 9), None),
    ]


def test_columns_and_types_are_canonical(tmp_path: Path) -> None:
    path = xes_log(tmp_path, trace("C1", step("受理", "2024-03-01T09:00:00+08:00")))
    con = duckdb.connect()
    found = event_log.load(con, [path], {"as": "license"})
    assert set(found) == {"event", "event_case", "license_case", "license_event"}
    for table, name in found.items():
        described = {column: kind for column, kind, *_ in rows(con, f"DESCRIBE {name}")}
        assert described == {column: tables()[table].columns[column].sql_type for column in described}
        assert set(tables()[table].key) <= set(described)
    left = {name for (name,) in rows(con, "SHOW TABLES")}
    assert left == {*found.values(), event_log.REJECTED, event_log.NOTES}


def test_attributes_of_a_trace_may_stand_behind_its_events(tmp_path: Path) -> None:
    late = (
        '<trace><event><string key="concept:name" value="受理"/><date key="time:timestamp" value="2024-03-01"/></event>'
        '<string key="concept:name" value="C1"/></trace>'
    )
    assert events(loaded(xes_log(tmp_path, late))) == [("C1", 1, "受理", None)]


def test_nested_attributes_and_globals_are_not_the_events_own(tmp_path: Path) -> None:
    event = (
        '<event><string key="concept:name" value="受理"><string key="concept:name" value="内层"/></string>'
        '<list key="x"><string key="time:timestamp" value="1999-01-01"/></list>'
        '<date key="time:timestamp" value="2024-03-01T09:00:00"/></event>'
    )
    glob = '<global scope="trace"><string key="concept:name" value="UNKNOWN"/></global>'
    path = xes_log(tmp_path, glob, f'<trace><string key="concept:name" value="C1"/>{event}</trace>')
    assert events(loaded(path), "case_id, activity, end_time") == [("C1", "受理", datetime(2024, 3, 1, 9))]


def test_prefixed_namespace_is_read(tmp_path: Path) -> None:
    text = (
        '<x:log xmlns:x="http://www.xes-standard.org/"><x:trace><x:string key="concept:name" value="C1"/><x:event>'
        '<x:string key="concept:name" value="受理"/><x:date key="time:timestamp" value="2024-03-01"/>'
        "</x:event></x:trace></x:log>"
    )
    assert events(loaded(written(tmp_path / "a.xes", text))) == [("C1", 1, "受理", None)]


def test_other_attributes_are_named_in_the_mapping(tmp_path: Path) -> None:
    one = trace("7", step("A1", "2024-03-01T09:00:00", action="受理"), extra='<string key="dept" value="U7"/>')
    con = loaded(xes_log(tmp_path, one), {"columns": {"activity": {"from": "action"}, "unit_id": "case:dept"}})
    assert events(con) == [("7", 1, "受理", "P1")]
    assert rows(con, "SELECT unit_id FROM event_log_case") == [("U7",)]


@pytest.mark.parametrize(
    "head",
    ['<!DOCTYPE log [<!ENTITY a "b">]>', '<!DOCTYPE log SYSTEM "http://192.0.2.1/x.dtd">', "<!DOCTYPE log>"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_document_types_and_entities_are_refused(tmp_path: Path, head: str, encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>\n{head}\n<log>{trace("C", step("a", "2024-03-01"))}</log>'
    path = written(tmp_path / "bad.xes", text, encoding)
    with pytest.raises(Fault, match="文档类型") as caught:
        loaded(path)
    assert caught.value.where == "bad.xes 第2行"


def test_malformed_xml_names_its_line(tmp_path: Path) -> None:
    path = xes_log(tmp_path, trace("C1", step("受理", "2024-03-01")), "<trace><event></trace>")
    with pytest.raises(Fault, match="格式有误") as caught:
        loaded(path)
    assert caught.value.where == "log.xes 第5行"


def test_cut_xml_is_a_fault(tmp_path: Path) -> None:
    path = xes_log(tmp_path, trace("C1", step("受理", "2024-03-01")))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(Fault, match="格式有误"):
        loaded(path)


def test_other_xml_is_told(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="根元素是 pnml"):
        loaded(written(tmp_path / "net.xml", "<pnml/>"))


def test_memory_stays_flat_over_a_long_log(tmp_path: Path) -> None:
    path = tmp_path / "long.xes.gz"
    body = trace("C", *[step(f"环节{n}", "2024-03-01T09:00:00+08:00", noise="x" * 200) for n in range(10)])
    with gzip.open(path, "wt", compresslevel=1) as file:
        file.write("<log>")
        for _ in range(2_000):
            file.write(body)
        file.write("</log>")
    seen = 0

    def take(*_: object) -> None:
        nonlocal seen
        seen += 1

    tracemalloc.start()
    xes.read(path, frozenset({"concept:name"}), frozenset({"concept:name"}), take)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seen == 20_000
    assert peak < 4_000_000


# --- CSV ----------------------------------------------------------------------------------------------------


def test_csv_gives_the_same_as_xes(tmp_path: Path) -> None:
    of_csv = csv_log(tmp_path, "C1,受理,2024-03-01T09:00:00+08:00,P1\nC1,决定,2024-03-02T09:00:00+08:00,P2\n")
    steps = step("受理", "2024-03-01T09:00:00+08:00"), step("决定", "2024-03-02T09:00:00+08:00", "P2")
    of_xes = xes_log(tmp_path, trace("C1", *steps))
    both = "case_id, seq, activity, resource, resource_role, start_time, end_time, lifecycle, amount"
    assert events(loaded(of_csv), both) == events(loaded(of_xes), both)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("name", ["日志.csv", "日志.csv.gz"])
def test_csv_is_read_in_the_encodings_of_offices(tmp_path: Path, encoding: str, name: str) -> None:
    text = "办件编号;环节;时间;经办人\n甲;受理;2024-03-01 09:00;张三\n"
    path = written(tmp_path / name, text, encoding)
    assert event_log.is_event_log(path)
    con = loaded(path)
    assert events(con, "log_id, case_id, activity, resource") == [("日志", "甲", "受理", "张三")]


def test_gb18030_is_found_where_the_first_lines_are_plain(tmp_path: Path) -> None:
    body = "".join(f"C{n},a,2024-03-01 09:00,P\n" for n in range(60_000)) + "末,受理,2024-03-01 09:00,李\n"
    con = loaded(written(tmp_path / "log.csv", HEADER + body, "gb18030"))
    assert rows(con, "SELECT activity, resource FROM event_log_event WHERE case_id = '末'") == [("受理", "李")]


def test_unknown_encoding_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(HEADER.encode() + b"C1,\xff\xff\x80,2024-03-01,P\n")
    with pytest.raises(Fault, match="文字编码"):
        loaded(path)


def test_file_name_with_glob_signs_is_read_as_itself(tmp_path: Path) -> None:
    csv_log(tmp_path, "OTHER,a,2024-03-01,P\n", name="a1.csv")
    path = csv_log(tmp_path, "C1,a,2024-03-01,P\n", name="a[1]'*.csv")
    assert events(loaded(path), "log_id, case_id") == [("a[1]'*", "C1")]


def test_mapping_names_columns_and_values(tmp_path: Path) -> None:
    path = csv_log(tmp_path, "7,送达,P9,2024-03-01\n", "编号,动作,谁,何时\n")
    named = {"case_id": "编号", "activity": "动作", "resource": "谁", "time": {"from": "何时"}}
    con = loaded(path, {"log_id": "L", "columns": {**named, "unit_id": {"value": "U'1"}}})
    assert events(con, "log_id, case_id, activity, resource, end_time") == [
        ("L", "7", "送达", "P9", datetime(2024, 3, 1))
    ]
    assert rows(con, "SELECT unit_id FROM event_log_case") == [("U'1",)]


def test_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="经办") as caught:
        loaded(csv_log(tmp_path, "C1,a,2024-03-01,P\n"), {"columns": {"resource": "经办"}})
    assert "case_id, activity, timestamp, resource" in str(caught.value)
    with pytest.raises(Fault, match="activity"):
        loaded(csv_log(tmp_path, "1,2\n", "case_id,timestamp\n"))


def test_open_quote_stops_the_reading_and_shows_no_value(tmp_path: Path) -> None:
    path = csv_log(tmp_path, 'C1,a,2024-03-01,P\nC2,"张三丰,2024-03-01,P\nC3,a,2024-03-01,P\n')
    with pytest.raises(Fault, match="引号没有闭合") as caught:
        loaded(path)
    assert caught.value.where == "log.csv 第3行"
    assert "张三丰" not in str(caught.value)


# --- broken archives ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["log.csv.gz", "log.xes.gz"])
def test_cut_archive_is_a_fault(tmp_path: Path, name: str) -> None:
    body = "".join(f"C{n},a{n * 7919},2024-03-01,P\n" for n in range(20_000))
    traces = [trace(f"C{n}", step(f"a{n * 7919}", "2024-03-01")) for n in range(20_000)]
    path = csv_log(tmp_path, body, name=name) if ".csv" in name else xes_log(tmp_path, *traces, name=name)
    path.write_bytes(path.read_bytes()[:-1000])
    assert event_log.is_event_log(path)
    with pytest.raises(Fault, match="压缩文件不完整"):
        loaded(path)


def test_archive_is_known_by_content_not_by_ending(tmp_path: Path) -> None:
    packed = tmp_path / "packed.csv"
    packed.write_bytes(gzip.compress((HEADER + "C1,a,2024-03-01,P\n").encode()))
    plain = tmp_path / "plain.xes.gz"
    plain.write_bytes(xes_log(tmp_path, trace("C1", step("a", "2024-03-01"))).read_bytes())
    assert events(loaded(packed), "case_id") == events(loaded(plain), "case_id") == [("C1",)]


# --- rows that cannot be used ---------------------------------------------------------------------------------


def test_rows_without_case_step_or_time_are_counted_with_their_place(tmp_path: Path) -> None:
    body = "C1,受理,2024-03-01,P1\n ,受理,2024-03-01,P1\nC1, ,2024-03-01,P1\nC1,决定,,P1\nC1,决定,昨天,P1\nC1,x\n"
    con = loaded(csv_log(tmp_path, body))
    assert rows(con, "FROM event_log_rejected ORDER BY row, reason") == [
        ("log.csv", 3, "没有办件编号"),
        ("log.csv", 4, "没有环节名称"),
        ("log.csv", 5, "没有时间"),
        ("log.csv", 6, "时间读不懂"),
        ("log.csv", 7, "字段数不对"),
    ]
    assert events(con, "activity") == [("受理",)]


def test_events_of_a_trace_without_name_are_counted_with_their_line(tmp_path: Path) -> None:
    path = xes_log(tmp_path, trace("C1", step("a", "2024-03-01")), trace(None, step("a", "2024-03-01")))
    assert rows(loaded(path), "FROM event_log_rejected") == [("log.xes", 5, "没有办件编号")]


def test_log_without_any_usable_row_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="时间读不懂 × 2"):
        loaded(csv_log(tmp_path, "C1,a,3月1日,P\nC1,b,3月2日,P\n"))
    with pytest.raises(Fault, match="没有事件"):
        loaded(csv_log(tmp_path, ""))


def test_a_good_log_beside_an_empty_one_does_not_hide_it(tmp_path: Path) -> None:
    good = csv_log(tmp_path, "C1,a,2024-03-01,P\n", name="good.csv")
    empty = csv_log(tmp_path, "", name="empty.csv")
    with pytest.raises(Fault, match="没有一行可用") as caught:
        loaded([good, empty])
    assert caught.value.where == "empty.csv"


def test_fillers_name_nobody(tmp_path: Path) -> None:
    body = "C1,a,2024-03-01,UNKNOWN\nC1,b,2024-03-02,无\nC1,c,2024-03-03,STAFF MEMBER\nC1,d,2024-03-04,P1\n"
    con = loaded(csv_log(tmp_path, body), {"nobody": ["Staff member"]})
    assert events(con, "resource") == [(None,), (None,), (None,), ("P1",)]


# --- times ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, moment",
    [
        ("2024-03-01T09:05:07.123456+08:00", datetime(2024, 3, 1, 9, 5, 7, 123_456)),
        ("2024-03-01 09:05:07,500", datetime(2024, 3, 1, 9, 5, 7, 500_000)),
        ("2024-03-01T09:05Z", datetime(2024, 3, 1, 9, 5)),
        ("2024-03-01 09:05:07+0100", datetime(2024, 3, 1, 9, 5, 7)),
        ("2024-03-01 09:05:07 -05", datetime(2024, 3, 1, 9, 5, 7)),
        ("2024-03-01", datetime(2024, 3, 1)),
        ("2024/3/1 9:05", datetime(2024, 3, 1, 9, 5)),
        ("2024.3.1", datetime(2024, 3, 1)),
        ("2024年3月1日 09:05", datetime(2024, 3, 1, 9, 5)),
        ("20240301", datetime(2024, 3, 1)),
        ("20240301090507", datetime(2024, 3, 1, 9, 5, 7)),
    ],
)
def test_wall_time_is_kept_as_written(tmp_path: Path, text: str, moment: datetime) -> None:
    con = loaded(csv_log(tmp_path, f'C1,a,"{text}",P\n'))
    assert events(con, "end_time") == [(moment,)]


@pytest.mark.parametrize(
    "text", ["01/02/2024", "2024-13-01", "2024-02-30", "infinity", "0024-03-01", "2999-01-01", "45352"]
)
def test_time_that_may_mean_two_things_or_nothing_is_rejected(tmp_path: Path, text: str) -> None:
    con = loaded(csv_log(tmp_path, f"C1,a,{text},P\nC1,b,2024-03-01,P\n"))
    assert rows(con, "SELECT row, reason FROM event_log_rejected") == [(2, "时间读不懂")]


def test_other_forms_of_time_are_read_as_the_mapping_says(tmp_path: Path) -> None:
    con = loaded(csv_log(tmp_path, "C1,a,01/02/2024 09:00,P\n"), {"time_format": "%d/%m/%Y %H:%M"})
    assert events(con, "end_time") == [(datetime(2024, 2, 1, 9),)]


def test_summer_time_is_noted_and_mixed_clocks_are_refused(tmp_path: Path) -> None:
    body = "C1,a,2024-03-01T09:00:00+01:00,P\nC1,b,2024-04-01T09:00:00+02:00,P\n"
    con = loaded(csv_log(tmp_path, body))
    assert [end for (end,) in events(con, "end_time")] == [datetime(2024, 3, 1, 9), datetime(2024, 4, 1, 9)]
    assert "夏令时" in rows(con, "SELECT note FROM event_log_note")[0][0]
    with pytest.raises(Fault, match="time_zone"):
        loaded(csv_log(tmp_path, body + "C1,c,2024-04-02T09:00:00+08:00,P\n"))


def test_time_zone_converts_what_has_an_offset(tmp_path: Path) -> None:
    body = "C1,a,2024-03-01T20:00:00Z,P\nC1,b,2024-03-02T09:00:00+08:00,P\nC1,c,2024-03-03T09:00:00,P\n"
    con = loaded(csv_log(tmp_path, body), {"time_zone": "+08:00"})
    assert [end for (end,) in events(con, "end_time")] == [
        datetime(2024, 3, 2, 4),
        *(datetime(2024, 3, d, 9) for d in (2, 3)),
    ]
    assert rows(con, "FROM event_log_note") == []


def test_universal_time_is_noted(tmp_path: Path) -> None:
    notes = rows(
        loaded(csv_log(tmp_path, "C1,a,2024-03-01T20:00:00Z,P\nC1,b,2024-03-02,P\n")), "SELECT note FROM event_log_note"
    )
    assert [("世界时" in note, "没有时差" in note) for (note,) in notes] == [(False, True), (True, False)]


# --- start and complete ---------------------------------------------------------------------------------------

LIFE = "case_id,activity,timestamp,resource,lifecycle\n"


def test_start_and_complete_become_one_step(tmp_path: Path) -> None:
    body = (
        "C1,审查,2024-03-01 09:00,P1,start\nC1,审查,2024-03-01 11:00,P2,start\nC1,复核,2024-03-01 12:00,P3,COMPLETE\n"
        "C1,审查,2024-03-01 13:00,,complete\nC1,审查,2024-03-01 15:00,P2,complete\nC1,归档,2024-03-01 16:00,P4,start\n"
        "C1,归档,2024-03-01 17:00,P4,suspend\n"
    )
    con = loaded(csv_log(tmp_path, body, LIFE))
    assert events(con, "seq, activity, resource, hour(start_time), hour(end_time), lifecycle") == [
        (1, "审查", "P1", 9, 13, "complete"),
        (2, "审查", "P2", 11, 15, "complete"),
        (3, "复核", "P3", None, 12, "complete"),
        (4, "归档", "P4", 16, None, "start"),
        (5, "归档", "P4", 17, None, "suspend"),
    ]


def test_instances_keep_pairs_apart(tmp_path: Path) -> None:
    body = (
        "C1,审查,2024-03-01 09:00,start,x\nC1,审查,2024-03-01 10:00,start,y\n"
        "C1,审查,2024-03-01 11:00,complete,y\nC1,审查,2024-03-01 12:00,complete,x\n"
    )
    con = loaded(csv_log(tmp_path, body, "case_id,activity,timestamp,lifecycle,concept:instance\n"))
    assert events(con, "hour(start_time), hour(end_time)") == [(9, 12), (10, 11)]


def test_intervals_are_read_as_they_stand(tmp_path: Path) -> None:
    body = "C1,审查,2024-03-01 09:00,2024-03-01 11:00\nC1,决定,2024-03-01 10:00,\n"
    con = loaded(csv_log(tmp_path, body, "case,task,开始时间,结束时间\n"))
    assert events(con, "activity, hour(start_time), hour(end_time)") == [("审查", 9, 11), ("决定", 10, None)]


FIRST = datetime(2024, 3, 1)
STEPS = st.tuples(st.sampled_from("AB"), st.sampled_from(["start", "complete", "suspend"]))


@hypothesis.settings(max_examples=10)
@hypothesis.given(cases=st.lists(st.lists(STEPS, min_size=1, max_size=25), min_size=1, max_size=20))
def test_pairs_are_those_of_a_queue(
    tmp_path_factory: pytest.TempPathFactory, cases: list[list[tuple[str, str]]]
) -> None:
    body, expected = "", []
    for case, steps in enumerate(cases):
        body += "".join(f"{case},{a},{FIRST + timedelta(hours=n)},P,{kind}\n" for n, (a, kind) in enumerate(steps))
        expected += [(str(case), *pair) for pair in paired(steps)]
    con = loaded(csv_log(tmp_path_factory.mktemp("pairs"), body, LIFE))
    hour = "date_diff('hour', TIMESTAMP '2024-03-01', {})"
    found = events(con, f"case_id, activity, {hour.format('start_time')}, {hour.format('end_time')}")
    assert sorted(found, key=repr) == sorted(expected, key=repr)


def paired(steps: Steps) -> Rows:
    """The slow twin: a queue of open starts for each activity."""
    found: Rows = []
    waiting: dict[str, deque[int]] = defaultdict(deque)
    for number, (activity, kind) in enumerate(steps):
        if kind == "start":
            waiting[activity].append(number)
        elif kind == "complete":
            found.append((activity, waiting[activity].popleft() if waiting[activity] else None, number))
        else:
            found.append((activity, number, None))
    return found + [(activity, number, None) for activity, numbers in waiting.items() for number in numbers]


def test_order_follows_time_and_then_the_file(tmp_path: Path) -> None:
    body = "C1,乙,2024-03-02,P\nC1,丙,2024-03-02,P\nC1,甲,2024-03-01,P\n"
    assert events(loaded(csv_log(tmp_path, body)), "seq, activity") == [(1, "甲"), (2, "乙"), (3, "丙")]


# --- cases and licences ---------------------------------------------------------------------------------------


def test_case_is_closed_only_where_the_log_says_so(tmp_path: Path) -> None:
    path = csv_log(tmp_path, "C1,受理,2024-03-01,P\nC1,办结,2024-03-05,P\nC1,归档,2024-03-07,P\nC2,受理,2024-03-02,P\n")
    closed = "SELECT case_id, day(opened_time), day(closed_time) FROM event_log_case ORDER BY 1"
    assert rows(loaded(path), closed) == [("C1", 1, None), ("C2", 2, None)]
    assert rows(loaded(path, {"closed_by": ["办结"]}), closed) == [("C1", 1, 5), ("C2", 2, None)]
    assert rows(loaded(path, {"all_closed": True}), closed) == [("C1", 1, 7), ("C2", 2, 2)]


def test_case_columns_of_the_log_are_taken_and_contradictions_left_blank(tmp_path: Path) -> None:
    header = "case_id,activity,timestamp,case:case_type,case:outcome,unit_id,case:closed_time\n"
    body = "C1,a,2024-03-02,I1,准予,U1,2024-03-09\nC1,b,2024-03-03,,不予,U1,2024-03-09\n"
    con = loaded(csv_log(tmp_path, body, header))
    assert rows(con, "SELECT unit_id, case_type, outcome, closed_time FROM event_log_case") == [
        ("U1", "I1", None, datetime(2024, 3, 9))
    ]
    assert rows(con, "FROM event_log_note") == [("log.csv", "1 个案件的 outcome 前后不一,留空")]


def test_log_as_licences(tmp_path: Path) -> None:
    header = "case_id,activity,timestamp,resource,case_type,outcome,unit_id\n"
    steps = [
        ("收件登记", 1, "P1"),
        ("受理", 2, "P1"),
        ("审核", 4, "P2"),
        ("签发", 5, "P3"),
        ("签发", 6, "P3"),
        ("备注", 7, "P9"),
    ]
    path = csv_log(tmp_path, "".join(f"C1,{a},2024-03-0{d},{p},I1,准予,U1\n" for a, d, p in steps), header)
    settings = {
        "as": "license",
        "nodes": ["收件登记", "受理", "审核", "签发"],
        "milestones": {"accept_time": "受理", "decide_time": "签发"},
        "closed_by": ["签发"],
    }
    con = loaded(path, settings)
    assert rows(con, "FROM event_log_license_event ORDER BY seq")[1:] == [
        ("C1", 2, 2, "受理", "P1", None, datetime(2024, 3, 2)),
        ("C1", 3, 3, None, "P2", None, datetime(2024, 3, 4)),
        ("C1", 4, 4, "决定", "P3", None, datetime(2024, 3, 5)),
        ("C1", 5, 4, "决定", "P3", None, datetime(2024, 3, 6)),
        ("C1", 6, None, None, "P9", None, datetime(2024, 3, 7)),
    ]
    names = "case_id, item_code, unit_id, day(receive_time), day(accept_time), day(decide_time), issue_time, result"
    assert rows(con, f"SELECT {names} FROM event_log_license_case") == [("C1", "I1", "U1", 1, 2, 6, None, "准予")]


def test_nodes_are_numbered_as_first_seen_where_none_are_declared(tmp_path: Path) -> None:
    body = (
        "C1,受理,2024-03-01,P\nC1,审查,2024-03-02,P\nC1,决定,2024-03-03,P\nC2,受理,2024-03-01,P\nC2,决定,2024-03-02,P\n"
    )
    con = loaded(csv_log(tmp_path, body), {"as": "license", "item_code": "I9"})
    found = rows(con, "SELECT DISTINCT node_no, action FROM event_log_license_event ORDER BY 1")
    assert found == [(1, "受理"), (2, "决定"), (3, "审查")]
    assert rows(con, "SELECT DISTINCT item_code FROM event_log_license_case") == [("I9",)]


def test_step_that_the_log_never_has_is_noted(tmp_path: Path) -> None:
    con = loaded(csv_log(tmp_path, "C1,受理,2024-03-01,P\n"), {"closed_by": ["办结"]})
    assert rows(con, "FROM event_log_note") == [("log.csv", "日志里没有这些环节:办结")]


# --- settings and several logs --------------------------------------------------------------------------------


def test_each_log_has_its_own_settings(tmp_path: Path) -> None:
    first = csv_log(tmp_path, "C1,a,2024-03-01,P\n", name="甲.csv")
    second = csv_log(tmp_path, "C1,a,2024-03-01,P\n", name="乙.csv.gz")
    files = [{"match": "甲*", "unit_id": "U2"}, {"match": "乙*", "log_id": "L2", "as": "license", "item_code": "I2"}]
    con = loaded([first, second], {"unit_id": "U1", "files": files})
    assert rows(con, "SELECT log_id, case_id, unit_id FROM event_log_case ORDER BY 1") == [
        ("L2", "C1", "U1"),
        ("甲", "C1", "U2"),
    ]
    assert rows(con, "SELECT case_id, item_code FROM event_log_license_case") == [("C1", "I2")]


def test_two_logs_of_one_id_need_a_word(tmp_path: Path) -> None:
    first = csv_log(tmp_path, "C1,a,2024-03-01,P\n", name="log.csv")
    second = xes_log(tmp_path, trace("C2", step("a", "2024-03-01")), name="log.xes")
    with pytest.raises(Fault, match="日志编号相同"):
        loaded([first, second])
    con = loaded([first, second], {"log_id": "L"})
    assert rows(con, "SELECT log_id, case_id FROM event_log_case ORDER BY 2") == [("L", "C1"), ("L", "C2")]


def test_parts_of_one_log_are_put_in_one_order(tmp_path: Path) -> None:
    late = csv_log(tmp_path, "C1,乙,2024-03-02,P\n", name="1.csv")
    early = csv_log(tmp_path, "C1,甲,2024-03-01,P\n", name="2.csv")
    assert events(loaded([late, early], {"log_id": "L"}), "seq, activity") == [(1, "甲"), (2, "乙")]


def test_licences_of_a_log_in_parts_stand_there_once(tmp_path: Path) -> None:
    parts = [csv_log(tmp_path, f"C1,a,2024-03-0{n},P\n", name=f"{n}.csv") for n in (1, 2)]
    con = loaded(parts, {"log_id": "L", "as": "license"})
    assert rows(con, "SELECT case_id FROM event_log_license_case") == [("C1",)]
    assert rows(con, "SELECT seq FROM event_log_license_event ORDER BY 1") == [(1,), (2,)]


def test_log_and_rules_of_its_flow_give_findings_and_without_rules_none_are_computable(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    csv_log(folder, "C1,受理,2024-03-01,P1\nC1,决定,2024-03-02,P1\nC2,受理,2024-03-01,P1\nC2,决定,2024-03-02,P2\n")
    (tmp_path / "mapping.yaml").write_text("event_log: {log_id: 许可, unit_id: U1}", encoding="utf-8")
    bare = read([folder], folder=tmp_path / "bare", mapping=tmp_path / "mapping.yaml")
    assert [o.status for o in run(bare, as_of=date(2024, 12, 31), only=["FLW-001"]).outcomes] == ["not_computable"]
    rule = "log_id,rule_no,kind,activity_a,activity_b\n许可,1,four_eyes,受理,决定\n"
    written(folder / "flow_rule.csv", rule)
    ruled = read([folder], folder=tmp_path / "ruled", mapping=tmp_path / "mapping.yaml")
    found = run(ruled, as_of=date(2024, 12, 31), only=["FLW-001"]).findings()
    assert [(f["unit_id"], f["subject_id"], f["person_id"], f["colour"]) for f in found] == [
        ("U1", "许可/C1", "P1", "yellow")
    ]


@pytest.mark.parametrize(
    "settings, said",
    [
        ({"colums": {}}, "colums"),
        ({"columns": {"who": "x"}}, "columns.who"),
        ({"columns": "x"}, "columns"),
        ({"milestones": {"end_time": "x"}}, "milestones.end_time"),
        ({"as": "licence"}, "as: licence"),
        ({"closed_by": "办结"}, "closed_by"),
        ({"unit_id": 420700}, "unit_id"),
        ({"files": [["x"]]}, "files"),
        ({"files": [{"mach": "x"}]}, "mach"),
        ({"time_zone": "Asia/Shanghai"}, "time_zone"),
        ({"time_zone": 8}, "time_zone"),
    ],
)
def test_settings_that_are_not_known_are_refused(tmp_path: Path, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(Fault) as caught:
        loaded(csv_log(tmp_path, "C1,a,2024-03-01,P\n"), settings)
    assert said in str(caught.value)


def test_loading_twice_on_one_connection_starts_afresh(tmp_path: Path) -> None:
    con = duckdb.connect()
    for name in ("C1", "C2"):
        event_log.load(con, [csv_log(tmp_path, f"{name},a,2024-03-01,P\nx\n")], {})
        assert events(con, "case_id") == [(name,)]
        assert rows(con, "SELECT count(*) FROM event_log_rejected") == [(1,)]
