"""What the catalogue refuses, so that no incomplete indicator is ever shown, and what it tells the author to mend."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lianfang.engine.catalogue import load, rule_problems
from lianfang.engine.duck import open_duckdb
from lianfang.engine.fault import Fault
from lianfang.engine.findings import BrokenContract, Findings
from tests.engine.made_up import LIMIT, OVER_LIMIT, PERSONAL, put_indicator

COLOUR = {"metric": {"zh": "值", "en": "value", "unit": "number"}}
ALWAYS = {"limit": {**LIMIT["limit"], "values": [{"value": 100}]}}
KEYED = {"limit": {**LIMIT["limit"], "values": [{"value": 100, "key": "施工"}]}}


@pytest.mark.parametrize(
    "card, said",
    [
        ({"code": "eng101"}, "编码 eng101 不合规"),
        ({"checker": "analyst"}, "作者与复核人须不同"),
        ({"detects": {"zh": "发现", "en": "Finds"}}, "Detects"),
        ({"law": []}, "law 不可为空"),
        ({"innocent": []}, "innocent 不可为空"),
        ({"check": []}, "check 不可为空"),
        ({"blind_spots": []}, "blind_spots 不可为空"),
        ({"nature": "statistical_anomaly"}, "statistical_anomaly 的自动颜色最高为 yellow"),
        ({"nature": "data_collision"}, "data_collision 的自动颜色最高为 orange"),
        ({"cap": "yellow"}, "颜色 orange 高于封顶 yellow"),
        ({"colour": COLOUR}, "没有颜色条件"),
        ({"colour": COLOUR | {"yellow": "metric > amount"}}, "看不懂的条件:metric > amount"),
        ({"colour": COLOUR | {"yellow": "metric >"}}, "看不懂的条件:metric >"),
        ({"colour": COLOUR | {"yellow": "metric > (SELECT 1)"}}, "看不懂的条件"),
        ({"colour": COLOUR | {"yellow": "metric"}}, "看不懂的条件:metric"),
        ({"law": [{"text": "某法", "certainty": "general_knowledge"}]}, "只能是 draft"),
        ({"parameters": {"limit": {**LIMIT["limit"], "values": []}}}, "参数 limit 没有值"),
        ({"optional": {"contract": ["colour"]}}, "optional 中没有列 contract.colour"),
        ({"status": "proven"}, "status"),
        ({"next_review": "soon"}, "next_review"),
        ({"name": {"zh": "只有中文"}}, "en"),
        ({"guilt": 1}, "guilt"),
    ],
)
def test_an_incomplete_card_is_refused_with_what_to_mend(tmp_path: Path, card: dict[str, Any], said: str) -> None:
    put_indicator(tmp_path, **card)
    with pytest.raises(Fault) as caught:
        load(tmp_path)
    assert said in str(caught.value)
    assert "补全卡片" in str(caught.value)
    assert "indicator.yaml" in caught.value.where


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    put_indicator(tmp_path, code="x", law=[], check=[])
    with pytest.raises(Fault, match=r"编码 x 不合规; law 不可为空; check 不可为空"):
        load(tmp_path)


def test_a_draft_may_rest_on_law_that_is_not_verified(tmp_path: Path) -> None:
    put_indicator(tmp_path, status="draft", law=[{"text": "某法", "certainty": "general_knowledge"}])
    assert load(tmp_path).indicators["TST-001"].card.status == "draft"


def test_a_code_is_never_used_twice(tmp_path: Path) -> None:
    put_indicator(tmp_path)
    (tmp_path / "made" / "tst_001").rename(tmp_path / "made" / "another")
    put_indicator(tmp_path)
    with pytest.raises(Fault, match="编码 TST-001 已被"):
        load(tmp_path)


def test_a_retired_indicator_runs_only_when_it_is_asked_for(tmp_path: Path) -> None:
    put_indicator(tmp_path, status="retired")
    put_indicator(tmp_path, code="TST-002")
    catalogue = load(tmp_path)
    assert [i.code for i in catalogue.chosen(None)] == ["TST-002"]
    assert [i.code for i in catalogue.chosen(["TST-001"])] == ["TST-001"]


def problems(tmp_path: Path, rule: str = OVER_LIMIT, **card: Any) -> list[str]:
    put_indicator(tmp_path, rule, **card)
    return rule_problems(load(tmp_path).indicators["TST-001"])


def test_a_card_that_fits_its_rule_has_no_problem(tmp_path: Path) -> None:
    assert problems(tmp_path) == []


@pytest.mark.parametrize(
    "rule, card, said",
    [
        (OVER_LIMIT.replace("AS metric", "AS measure"), {}, "规则没有返回 metric"),
        (OVER_LIMIT.replace("'limit'", "'ceiling'"), {"parameters": ALWAYS}, "规则用了未声明的参数 ceiling"),
        (OVER_LIMIT.replace("'limit'", "'ceiling'"), {"parameters": ALWAYS}, "参数 limit 没有用到"),
        (OVER_LIMIT.replace(", c.sign_date)", ")"), {}, "参数 limit 的取值按日期"),
        (OVER_LIMIT, {"parameters": KEYED}, "参数 limit 的取值按类别"),
        (OVER_LIMIT.replace("c.title", "c.amount * 2 AS twice"), {}, "evidence 须说明列 twice"),
        (OVER_LIMIT.replace("c.title", "c.publish_date AS told_on"), {}, "evidence 须说明列 told_on"),
        (OVER_LIMIT, {"evidence": {"nothing": {"zh": "无", "en": "none"}}}, "evidence 中没有列 nothing"),
        (OVER_LIMIT, {"personal": PERSONAL}, "没有读取个人数据"),
        (
            OVER_LIMIT.replace("FROM contract AS c", "FROM contract AS c JOIN person AS p ON p.name = c.title"),
            {},
            "读取个人数据须写 personal",
        ),
        (OVER_LIMIT.replace("c.amount AS metric", "c.sign_date - 1 AS metric"), {}, "days"),
        (OVER_LIMIT.replace("c.amount AS metric", "CAST(c.amount AS BIGINT) AS metric"), {}, "floor"),
    ],
)
def test_what_does_not_fit_between_card_and_rule_is_told(
    tmp_path: Path, rule: str, card: dict[str, Any], said: str
) -> None:
    assert [problem for problem in problems(tmp_path, rule, **card) if said in problem] != []


def test_two_values_of_a_list_would_hide_one_another(tmp_path: Path) -> None:
    values = [{"value": ["甲"]}, {"from": date(2020, 1, 1), "value": ["乙"]}]
    listed = {"kinds": {"zh": "类别", "en": "kinds", "type": "list", "values": values}}
    rule = OVER_LIMIT.replace("c.amount > param('limit', c.sign_date)", "param_has('kinds', c.ctype)")
    assert "列表参数 kinds 只能有一个值" in problems(tmp_path, rule, parameters=listed)


@pytest.mark.parametrize(
    "metric, expected",
    [
        ("0.000001", "yellow"),
        ("0.299999", "yellow"),
        ("0.3", "orange"),
        ("0.1 + 0.2", "orange"),
        ("12", "red"),
        ("-1", None),
    ],
)
def test_colours_are_decided_on_exact_decimals(tmp_path: Path, metric: str, expected: str | None) -> None:
    colour = COLOUR | {
        "yellow": "metric > 0",
        "orange": "metric >= 0.3 and metric < 5",
        "red": "metric >= 12 or metric = 7",
    }
    put_indicator(tmp_path, colour=colour)
    indicator = load(tmp_path).indicators["TST-001"]
    with open_duckdb() as connection:
        evidence = "'F' AS supplier_id, 't' AS title, NULL AS sign_date"
        identity = "'U' AS unit_id, 'x' AS subject_type, 'S' AS subject_id"
        connection.execute(f"CREATE TEMP TABLE rows_here AS SELECT {identity}, {metric} AS metric, {evidence}")
        findings = Findings(connection)
        if expected is None:
            with pytest.raises(BrokenContract, match="没有颜色"):
                findings.add(indicator, "rows_here")
        else:
            findings.add(indicator, "rows_here")
            assert findings.counts() == {"TST-001": {expected: 1}}


def test_sensitivity_follows_where_a_value_comes_from(tmp_path: Path) -> None:
    rule = """WITH named AS (SELECT p.person_id AS id, p.name || '(' || p.post_id || ')' AS words FROM person AS p)
    SELECT u.unit_id, 'unit' AS subject_type, u.unit_id AS subject_id, 1 AS metric, n.words, u.name AS unit_name
    FROM unit AS u JOIN named AS n ON n.id = u.parent_unit_id"""
    put_indicator(tmp_path, rule, personal=PERSONAL)
    sensitivity = load(tmp_path).indicators["TST-001"].sensitivity
    assert sensitivity["words"] == "personal"
    assert sensitivity["unit_name"] != "personal"
    assert sensitivity["metric"] == "public"
