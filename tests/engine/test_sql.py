"""The language of rules: what is refused and why, what the engine's functions give, on both engines."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from lianfang.engine.backends import DuckDB, NotCountable, Spark
from lianfang.engine.fault import Fault
from lianfang.engine.sql import Bindings, Calendar, Rule, Value
from lianfang.engine.workdays import published_calendar

SCHEMA = {
    "fact": {"id": "VARCHAR", "unit": "VARCHAR", "a": "DATE", "b": "DATE", "s": "TIMESTAMP", "e": "TIMESTAMP",
             "m": "DECIMAL(18,2)", "n": "DECIMAL(18,2)", "k": "BIGINT"},
}  # fmt: skip
ROWS = """CREATE TABLE fact AS SELECT * FROM (VALUES
    ('1', 'u', DATE '2024-01-31', DATE '2024-02-29', TIMESTAMP '2024-01-01 08:00:00',
     TIMESTAMP '2024-01-01 12:59:00', 11.00::DECIMAL(18,2), 10.00::DECIMAL(18,2), 1::BIGINT),
    ('2', 'u', DATE '2024-09-30', DATE '2024-10-08', NULL, NULL, 1.00, 0.00, 2),
    ('3', 'v', DATE '2024-10-12', NULL, NULL, NULL, NULL, 3.00, 3),
    ('4', 'v', DATE '2024-03-31', DATE '2024-02-29', NULL, NULL, 1.00, 3.00, NULL)
) t(id, unit, a, b, s, e, m, n, k)"""


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("SELECT m / n AS x FROM fact", "ratio"),
        ("SELECT k // 2 AS x FROM fact", "//"),
        ("SELECT avg(m) AS x FROM fact", "avg"),
        ("SELECT date_diff('month', a, b) AS x FROM fact", "date_diff"),
        ("SELECT current_date AS x FROM fact", "时钟"),
        ("SELECT now() AS x FROM fact", "now"),
        ("SELECT random() AS x FROM fact", "RAND"),
        ("SELECT id FROM fact LIMIT 3", "LIMIT"),
        ("SELECT * FROM fact", "列名"),
        ("SELECT list(id ORDER BY a) AS x FROM fact", "joined"),
        ("SELECT string_agg(id, ',' ORDER BY a) AS x FROM fact", "string_agg"),
        ("SELECT quantile_cont(m, 0.5) AS x FROM fact", "子集"),
        ("SELECT a + INTERVAL 3 DAY AS x FROM fact", "日期"),
        ("SELECT jaro_winkler_similarity(id, unit) AS x FROM fact", "jaro_winkler"),
        ("SELECT id FROM fact ASOF JOIN fact AS g USING (id)", "ASOF"),
        ("WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT n FROM r", "递归"),
        ("SELECT id FROM fact ORDER BY id", "ORDER BY"),
        ("SELECT id FROM secret", "secret"),
        ("SELECT nothing FROM fact", "nothing"),
        ("SELECT read_text('/etc/passwd') AS x", "read_text"),
        ("SELECT id FROM read_csv('/etc/passwd')", "子集"),
        ("DELETE FROM fact", "SELECT"),
        ("SELECT 1 AS x; SELECT 2 AS x", "SELECT"),
        ("SELECT FROM WHERE", "语法"),
        ("SELECT param(id) AS x FROM fact", "param"),
        ("SELECT absent(coalesce(a, b)) AS x FROM fact", "absent"),
        ("SELECT days(a) AS x FROM fact", "days"),
        ("SELECT getenv('HOME') AS x FROM fact", "getenv"),
    ],
)
def test_a_rule_outside_the_subset_is_refused_with_its_word(text: str, word: str) -> None:
    with pytest.raises(Fault) as refused:
        Rule.parse(text, SCHEMA, "ENG-999 rule.sql")
    assert refused.value.where == "ENG-999 rule.sql"
    assert word in refused.value.what


@pytest.mark.parametrize(
    "text", ["SELECT b - a AS x FROM fact", "SELECT a + 3 AS x FROM fact", "SELECT CAST(m AS INTEGER) AS x FROM fact"]
)
def test_what_only_types_can_show_is_refused(text: str) -> None:
    assert Rule.parse(text, SCHEMA, "r").type_problems()


def test_a_rounded_cast_is_allowed() -> None:
    assert Rule.parse("SELECT CAST(floor(m) AS BIGINT) AS x FROM fact", SCHEMA, "r").type_problems() == []


def _calendar() -> Calendar:
    calendar = published_calendar()
    return Calendar(calendar.start, calendar.end)


def _backend(engine: str, folder: Path) -> Any:
    connection = duckdb.connect()
    connection.execute(ROWS)
    path = folder / "fact.parquet"
    connection.execute(f"COPY fact TO '{path}' (FORMAT parquet)")
    backend: Any = DuckDB(connection) if engine == "duckdb" else Spark(small=True)
    if engine == "spark":
        backend.add_parquet("fact", path)
    backend.add_calendar(published_calendar())
    return backend


def _values(engine: str, folder: Path, expression: str, **bound: Any) -> dict[str, Any]:
    rule = Rule.parse(f"SELECT id, {expression} AS x FROM fact", SCHEMA, "r")
    bindings = Bindings(date(2024, 12, 31), _calendar(), **bound)
    backend, connection = _backend(engine, folder), duckdb.connect()
    into = backend.connection if engine == "duckdb" else connection
    backend.collect(rule.bind(bindings, backend.dialect), into, "found")
    return dict(into.execute("SELECT id, x FROM found").fetchall())


ENGINES = ["duckdb", pytest.param("spark", marks=pytest.mark.spark)]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("days(a, b)", {"1": 29, "2": 8, "3": None, "4": -31}),
        # February 2024 has 21 weekdays, less 12 to 16 (Spring Festival), and the 4th and 18th, Sundays, are worked.
        # 30 September 2024 to 8 October: only the 8th is worked; 12 October is a Saturday that is worked.
        ("workdays(a, b)", {"1": 18, "2": 1, "3": None, "4": -21}),
        ("is_workday(a)", {"1": True, "2": True, "3": True, "4": False}),
        # 31 January to 29 February, a month's last day, is a full month; to 28 February it would not be.
        ("full_months(a, b)", {"1": 1, "2": 0, "3": None, "4": -1}),
        ("full_years(a, b)", {"1": 0, "2": 0, "3": None, "4": 0}),
        ("hours(s, e)", {"1": Decimal("4.983333"), "2": None, "3": None, "4": None}),
        ("ratio(m, n)", {"1": Decimal("1.100000"), "2": None, "3": None, "4": Decimal("0.333333")}),
        ("add_days(a, 1)",
         {"1": date(2024, 2, 1), "2": date(2024, 10, 1), "3": date(2024, 10, 13), "4": date(2024, 4, 1)}),
        ("add_months(a, 1)",
         {"1": date(2024, 2, 29), "2": date(2024, 10, 30), "3": date(2024, 11, 12), "4": date(2024, 4, 30)}),
        ("month_start(a)",
         {"1": date(2024, 1, 1), "2": date(2024, 9, 1), "3": date(2024, 10, 1), "4": date(2024, 3, 1)}),
        ("year_of(a)", {"1": 2024, "2": 2024, "3": 2024, "4": 2024}),
        ("as_of()",
         {"1": date(2024, 12, 31), "2": date(2024, 12, 31), "3": date(2024, 12, 31), "4": date(2024, 12, 31)}),
    ],
)  # fmt: skip
def test_a_function_gives_the_same_on_every_engine(
    engine: str, expression: str, expected: dict[str, Any], tmp_path: Path
) -> None:
    assert _values(engine, tmp_path, expression) == expected


@pytest.mark.parametrize("engine", ENGINES)
def test_joined_sorts_and_drops_what_is_twice(engine: str, tmp_path: Path) -> None:
    rule = Rule.parse("SELECT unit AS id, joined(id) AS x, mean(m) AS y FROM fact GROUP BY unit", SCHEMA, "r")
    backend = _backend(engine, tmp_path)
    into = backend.connection if engine == "duckdb" else duckdb.connect()
    backend.collect(rule.bind(Bindings(date(2024, 12, 31), _calendar()), backend.dialect), into, "found")
    assert into.execute("SELECT * FROM found ORDER BY id").fetchall() == [
        ("u", "1、2", Decimal("6.000000")),
        ("v", "3、4", Decimal("1.000000")),
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_parameter_has_the_value_of_the_day_and_of_the_key(engine: str, tmp_path: Path) -> None:
    values = (
        Value("CAST('1' AS BIGINT)"),
        Value("CAST('2' AS BIGINT)", date(2024, 3, 31)),
        Value("CAST('9' AS BIGINT)", date(2024, 3, 31), "v"),
    )
    found = _values(engine, tmp_path, "param('limit', a, unit)", parameters={"limit": values})
    assert found == {"1": 1, "2": 2, "3": 9, "4": 9}


def test_before_the_first_value_there_is_none(tmp_path: Path) -> None:
    values = (Value("CAST('5' AS BIGINT)", date(2024, 9, 30)),)
    assert _values("duckdb", tmp_path, "param('limit', a)", parameters={"limit": values}) == {
        "1": None,
        "2": 5,
        "3": 5,
        "4": None,
    }


@pytest.mark.parametrize(("listed", "expected"), [(("'u'",), {"1", "2"}), (None, {"1", "2", "3", "4"}), ((), set())])
def test_a_list_parameter_holds_its_items_and_null_holds_all(listed: Any, expected: set[str], tmp_path: Path) -> None:
    found = _values("duckdb", tmp_path, "param_has('units', unit)", parameters={"units": (Value(listed),)})
    assert {key for key, holds in found.items() if holds} == expected


@pytest.mark.parametrize("engine", ENGINES)
def test_a_day_outside_the_calendar_has_no_answer(engine: str, tmp_path: Path) -> None:
    with pytest.raises(NotCountable, match="2031"):
        _values(engine, tmp_path, "workdays(a, add_months(b, 84))")


def test_lineage_and_reads_follow_ctes_unions_and_subqueries() -> None:
    rule = Rule.parse(
        """WITH x AS (SELECT id, m + n AS total FROM fact),
        y AS (SELECT id, total FROM x UNION ALL SELECT id, m FROM fact)
        SELECT y.id AS k, y.total AS t, EXISTS (SELECT 1 FROM fact AS f WHERE f.unit = y.id) AS e FROM y""",
        SCHEMA,
        "r",
    )
    assert rule.lineage["t"] == {("fact", "m"), ("fact", "n")}
    assert rule.lineage["e"] == {("fact", "unit"), ("fact", "id")}
    assert rule.reads == {"fact": {"id", "m", "n", "unit"}}
