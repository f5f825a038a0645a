"""Work spread over hands: in the order that it needs, in the language of who asked, and with the same result."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from lianfang.engine.backends import DuckDB, RuleStopped
from lianfang.engine.derived import DerivedTables, derived
from lianfang.engine.duck import open_duckdb
from lianfang.engine.fault import Fault, say, speaking
from lianfang.engine.sql import Bindings, Calendar, Rule
from lianfang.engine.tables import CanonicalTables, tables


@pytest.fixture
def backend() -> Iterator[DuckDB]:
    with closing(DuckDB(open_duckdb(), hands=2)) as found:
        yield found


def test_work_begins_when_all_it_builds_on_is_done(backend: DuckDB) -> None:
    gate, done = threading.Event(), []

    def held_up() -> None:
        gate.wait(10)
        done.append("first")

    first = backend.spread(held_up)
    second = backend.spread(lambda: done.append("second"), [first])
    third = backend.spread(lambda: done.append("third"), [first, second])
    backend.spread(lambda: done.append("free")).result(10)  # whoever waits keeps no hand from other work
    gate.set()
    third.result(10)
    assert done == ["free", "first", "second", "third"]


def test_a_failure_is_that_of_all_that_builds_on_it_and_of_nothing_else(backend: DuckDB) -> None:
    made = backend.spread(lambda: backend.add_table("made", "SELECT * FROM nowhere"))
    read, other = backend.spread(lambda: None, [made]), backend.spread(lambda: backend.number("SELECT 7"))
    with pytest.raises(RuleStopped):
        read.result(10)
    assert other.result(10) == 7


def test_hands_see_the_tables_of_each_other(backend: DuckDB) -> None:
    backend.add_view("given", "SELECT 1 AS n")
    made = backend.spread(lambda: backend.add_table("made", "SELECT n + 1 AS n FROM given"))
    assert backend.spread(lambda: backend.number("SELECT n FROM made"), [made]).result(10) == 2


def test_hands_speak_the_language_of_who_gave_the_work(backend: DuckDB) -> None:
    for language in ("en", "zh"):
        with speaking(language):
            said = backend.spread(lambda: say("zh", "en"))
        assert said.result(10) == language


def test_nothing_begins_after_the_backend_is_closed() -> None:
    backend, gate, begun = DuckDB(open_duckdb(), hands=1), threading.Event(), threading.Event()

    def held_up() -> int:
        begun.set()
        gate.wait(10)
        return backend.number("SELECT 1")

    last = backend.spread(held_up)
    waiting = backend.spread(lambda: None)
    assert begun.wait(10)
    threading.Timer(0.2, gate.set).start()
    backend.close()
    assert not last.done()
    assert not waiting.done()


RULE = """SELECT f.id, days(as_of(), f.day) AS late, param('limit', f.day) AS allowed, joined(f.id) AS ids
FROM fact AS f WHERE absent(f.day) OR add_months(f.day, 1) > as_of() GROUP BY f.id, f.day"""
SCHEMA = {"fact": {"id": "VARCHAR", "day": "DATE"}}


@pytest.mark.parametrize("dialect", ["duckdb", "spark"])
def test_writing_a_rule_changes_nothing_in_it(dialect: str) -> None:
    rule = Rule.parse(RULE, SCHEMA, "r")
    bindings = Bindings(date(2024, 12, 31), Calendar(date(2004, 1, 1), date(2025, 12, 31)), {"limit": ()})
    before = repr(rule.tree)
    assert rule.bind(bindings, dialect) == rule.bind(bindings, dialect)
    assert repr(rule.tree) == before


def test_the_collector_of_python_goes_on_after_a_rule_that_is_refused() -> None:
    with pytest.raises(Fault):
        Rule.parse("SELECT now() AS n FROM fact", SCHEMA, "r")
    assert gc.isenabled()


def test_derived_tables_come_after_what_they_read() -> None:
    found = derived().in_order(["difference_fence", "tender", "interest"])
    assert set(found) >= {"tender_result", "tender_bid", "tender_competition", "control"}
    for place, name in enumerate(found):
        assert {table for table in derived()[name].rule.tables if table in derived()} <= set(found[:place])


def test_derived_tables_that_read_each_other_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    looped = DerivedTables({"a": "SELECT b.x FROM b", "b": "SELECT a.x FROM a"})
    monkeypatch.setattr("lianfang.engine.derived.derived", lambda: looped)
    with pytest.raises(ValueError, match="circle: a, b"):
        looped["a"]


def test_the_types_of_derived_columns_are_known() -> None:
    columns = derived()["tender_competition"].columns
    assert dict(columns)["tender_id"] == "TEXT"
    assert len(columns) == len(derived()["tender_competition"].rule.output)


def test_a_table_is_known_by_name_before_its_file_is_parsed() -> None:
    folder = Path(__file__).parents[2] / "lianfang" / "engine" / "tables"
    fresh = CanonicalTables({path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml"))})
    assert list(fresh) == list(tables())
    assert "tender" in fresh
    assert all(fresh[name].name == name for name in fresh)
    with pytest.raises(KeyError):
        fresh["nowhere"]


COLUMNS = "{zh: 表, en: table, key: [id], columns: {id: {type: text, zh: 号, en: id}}}"


def test_a_table_is_declared_once_and_alone_on_its_line() -> None:
    with pytest.raises(ValueError, match=r"b\.yaml: table t is declared twice"):
        CanonicalTables({"a.yaml": "\ntables:\n  t:\n", "b.yaml": "\ntables:\n  t:\n"})
    text = "group: g\ntables:\n  t:\n    zh: 表\n    en: t\n    key: [id]\n    columns: {}\n  u: " + COLUMNS
    with pytest.raises(ValueError, match="alone on its line"):
        CanonicalTables({"a.yaml": text})["t"]
