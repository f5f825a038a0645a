"""A run: what becomes of each indicator, with which parameters, compared with which earlier run, in which bytes."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lianfang.engine import settings
from lianfang.engine.dataset import Complete, Dataset, SourceFile
from lianfang.engine.fault import Fault
from lianfang.engine.run import Run, run
from tests.engine.made_up import (
    LIMIT,
    OVER_LIMIT,
    YEAR_END,
    catalogue,
    dataset,
    files,
    findings,
    manifest,
    put_indicator,
)

CONTRACTS = """
contract_id | unit_id | supplier_id | sign_date  | amount  | title
C1          | U1      | F1          | 2024-03-01 | 100.00  | 甲
C2          | U1      | F2          | 2024-03-01 | 100.01  | 乙
C3          | U2      | F1          | 2024-03-01 | 1000.00 | 丙
C4          | U2      | F1          | 2019-12-31 | 5000.00 | 丁
"""


def outcome(finished: Run) -> tuple[str, list[str]]:
    return finished.outcomes[0].status, finished.outcomes[0].missing


def ran(folder: Path, data: Dataset, rule: str = OVER_LIMIT, **card: Any) -> Run:
    return run(data, as_of=YEAR_END, catalogue=catalogue(folder / "catalogue", rule, **card))


def test_findings_carry_identity_metric_colour_and_evidence(tmp_path: Path) -> None:
    finished = ran(tmp_path, dataset(tmp_path / "data", contract=CONTRACTS))
    assert outcome(finished) == ("computed", [])
    assert list(finished.findings()) == [
        {
            "finding_key": "TST-001:contract:C2::",
            "code": "TST-001",
            "unit_id": "U1",
            "subject_type": "contract",
            "subject_id": "C2",
            "person_id": None,
            "period": None,
            "metric": 100.01,
            "colour": "yellow",
            "evidence": {"supplier_id": "F2", "title": "乙", "sign_date": "2024-03-01"},
        },
        {
            "finding_key": "TST-001:contract:C3::",
            "code": "TST-001",
            "unit_id": "U2",
            "subject_type": "contract",
            "subject_id": "C3",
            "person_id": None,
            "period": None,
            "metric": 1000.0,
            "colour": "orange",
            "evidence": {"supplier_id": "F1", "title": "丙", "sign_date": "2024-03-01"},
        },
    ]
    assert finished.outcomes[0].colours == {"yellow": 1, "orange": 1}
    assert (finished.outcomes[0].findings, finished.outcomes[0].population) == (2, 4)


def test_subjects_with_colons_keep_keys_apart(tmp_path: Path) -> None:
    rule = """SELECT c.unit_id, c.title AS subject_type, c.supplier_id AS subject_id, c.amount AS metric
    FROM contract AS c"""
    drawn = """
    contract_id | unit_id | supplier_id | title | amount
    1           | U1      | b:c         | a     | 1
    2           | U1      | c           | a:b   | 1
    3           | U1      | b%3Ac       | a     | 1
    """
    finished = ran(tmp_path, dataset(tmp_path / "data", contract=drawn), rule)
    assert [f["finding_key"] for f in finished.findings()] == [
        "TST-001:a%3Ab:c::",
        "TST-001:a:b%253Ac::",
        "TST-001:a:b%3Ac::",
    ]


def test_nothing_to_look_at_is_not_applicable(tmp_path: Path) -> None:
    drawn = "contract_id | unit_id | sign_date | amount | supplier_id | title"
    data = dataset(tmp_path / "data", contract=drawn + "\n" + "C1 | U1 | 2025-01-01 | 5 | F | x")
    assert outcome(ran(tmp_path, data)) == ("not_applicable", [])  # the only contract is of a later day


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    data = dataset(tmp_path / "data", project="project_id | unit_id\nP1 | U1")
    assert outcome(ran(tmp_path, data)) == ("not_computable", ["表 contract(合同)"])


def test_missing_and_wholly_empty_columns_are_named(tmp_path: Path) -> None:
    drawn = """
    contract_id | unit_id | sign_date
    C1          | U1      |
    """
    data = dataset(tmp_path / "data", contract=drawn)
    assert outcome(ran(tmp_path, data)) == (
        "not_computable",
        ["列 contract.amount", "列 contract.sign_date(整列为空)"],
    )


def test_evidence_and_optional_columns_may_be_missing(tmp_path: Path) -> None:
    data = dataset(tmp_path / "data", contract="contract_id | unit_id | amount\nC1 | U1 | 101")
    rule = OVER_LIMIT.replace("WHERE", "WHERE COALESCE(c.ctype, '施工') = '施工' AND")
    values = {"limit": LIMIT["limit"] | {"values": [{"value": 100}]}}
    optional = {"contract": ["sign_date", "ctype"]}
    finished = ran(tmp_path, data, rule, parameters=values, optional=optional)
    assert outcome(finished) == ("computed", [])
    assert findings(finished)["C1"]["evidence"] == {"supplier_id": None, "title": None, "sign_date": None}
    needed = run(data, as_of=YEAR_END, catalogue=catalogue(tmp_path / "other", rule, parameters=values))
    assert outcome(needed) == ("not_computable", ["列 contract.ctype", "列 contract.sign_date"])


def test_columns_below_a_union_are_needed_too(tmp_path: Path) -> None:
    rule = """WITH both AS (
      SELECT c.unit_id, c.contract_id, c.amount AS paid FROM contract AS c
      UNION ALL
      SELECT c.unit_id, c.contract_id, c.settle_amount AS paid FROM contract AS c
    )
    SELECT b.unit_id, 'contract' AS subject_type, b.contract_id AS subject_id, 1 AS metric
    FROM both AS b WHERE b.paid > 100
    UNION ALL
    SELECT c.unit_id, 'late' AS subject_type, c.contract_id AS subject_id, 1 AS metric
    FROM contract AS c WHERE c.accept_date > c.sign_date"""
    data = dataset(tmp_path / "data", contract="contract_id | unit_id\nC1 | U1")
    assert outcome(ran(tmp_path, data, rule)) == (
        "not_computable",
        ["列 contract.accept_date", "列 contract.amount", "列 contract.settle_amount", "列 contract.sign_date"],
    )


def test_one_of_the_tables_behind_a_derived_table_is_enough(tmp_path: Path) -> None:
    rule = """SELECT c.unit_id, 'contract' AS subject_type, c.contract_id AS subject_id, 1 AS metric
    FROM contract AS c JOIN control AS k ON k.company_id = c.supplier_id
    WHERE k.how IS NOT NULL"""
    data = dataset(tmp_path / "data", contract=CONTRACTS)
    status, missing = outcome(ran(tmp_path, data, rule))
    assert status == "not_computable"
    assert missing == ["company_holder.holder_key 或 company_staff.person_key 或 company.legal_rep_key"]
    staff = "company_id | person_key | role\nF1 | k1 | 董事"
    data = dataset(tmp_path / "more", contract=CONTRACTS, company_staff=staff)
    finished = run(data, as_of=YEAR_END, catalogue=catalogue(tmp_path / "again", rule))
    assert outcome(finished) == ("computed", [])
    assert set(findings(finished)) == {"C1", "C3", "C4"}


def test_a_day_outside_the_working_calendar_is_not_computable(tmp_path: Path) -> None:
    rule = """SELECT c.unit_id, 'contract' AS subject_type, c.contract_id AS subject_id,
      workdays(c.sign_date, c.retention_due) AS metric
    FROM contract AS c WHERE workdays(c.sign_date, c.retention_due) > 3"""
    drawn = "contract_id | unit_id | sign_date | retention_due\nC1 | U1 | 2024-01-02 | 2099-01-02"
    finished = ran(tmp_path, dataset(tmp_path / "data", contract=drawn), rule)
    assert outcome(finished) == ("not_computable", ["工作日历没有 2099-01-02"])


@pytest.mark.parametrize(
    "rule, said",
    [
        (OVER_LIMIT.replace("c.unit_id,", "c.project_id AS unit_id,", 1), "2 行主体或单位为空"),
        (OVER_LIMIT.replace("c.contract_id AS", "c.project_id AS", 1), "2 行主体或单位为空"),
        (OVER_LIMIT.replace("c.amount AS metric", "c.settle_amount AS metric"), "2 行指标值为空"),
        (OVER_LIMIT.replace("c.amount AS metric", "-c.amount AS metric"), "2 行没有颜色"),
        (OVER_LIMIT.replace("c.contract_id AS", "'one' AS", 1), "1 行与别的行同一主体"),
        (OVER_LIMIT.replace("c.amount >", "CAST(c.title AS BIGINT) > 5 OR c.amount >"), "ConversionException"),
    ],
)
def test_a_rule_that_breaks_its_contract_has_failed(tmp_path: Path, rule: str, said: str) -> None:
    optional = {"contract": ["project_id", "settle_amount"]}
    finished = ran(tmp_path, dataset(tmp_path / "data", contract=CONTRACTS), rule, optional=optional)
    assert outcome(finished) == ("failed", [said])
    assert list(finished.findings()) == []


def test_one_failed_rule_leaves_the_others_alone(tmp_path: Path) -> None:
    put_indicator(tmp_path / "catalogue", OVER_LIMIT.replace("c.contract_id AS", "'one' AS", 1), code="TST-002")
    finished = ran(tmp_path, dataset(tmp_path / "data", contract=CONTRACTS))
    assert [(o.code, o.status) for o in finished.outcomes] == [("TST-001", "computed"), ("TST-002", "failed")]
    assert {f["code"] for f in finished.findings()} == {"TST-001"}


def contracts(amounts: list[int]) -> str:
    rows = "\n".join(f"C{n} | U1 | F1 | 2024-01-01 | {amount}" for n, amount in enumerate(amounts))
    return f"contract_id | unit_id | supplier_id | sign_date | amount\n{rows}"


@pytest.mark.parametrize("above, of, fires_too_often", [(6, 30, False), (7, 30, True), (29, 29, False), (0, 30, False)])
def test_over_firing_is_a_share_of_enough_subjects(tmp_path: Path, above: int, of: int, fires_too_often: bool) -> None:
    data = dataset(tmp_path / "data", contract=contracts([101] * above + [100] * (of - above)))
    finished = ran(tmp_path, data)
    assert finished.outcomes[0].over_firing is fires_too_often


def test_a_runs_own_parameters_stand_in_place_of_the_cards(tmp_path: Path) -> None:
    data = dataset(tmp_path / "data", contract=CONTRACTS)
    shipped = catalogue(tmp_path / "catalogue")

    def seen(limit: Any) -> set[str]:
        own = {"TST-001": {"limit": limit}}
        finished = run(data, as_of=YEAR_END, catalogue=shipped, parameters=own)
        assert finished.manifest["parameters"] == own
        return set(findings(finished))

    assert seen(99) == {"C1", "C2", "C3", "C4"}  # one value is for always: also before the card's first day
    assert seen([{"from": date(2024, 3, 1), "value": 999}]) == {"C3"}
    assert seen([{"value": 4999}, {"from": date(2024, 1, 1), "value": 100}]) == {"C2", "C3", "C4"}
    assert seen(None) == set()


@pytest.mark.parametrize(
    "text, words",
    [
        ("TST-009: {limit: 1}", ["TST-009", "没有这个指标"]),
        ("TST-001: {ceiling: 1}", ["TST-001 ceiling", "没有这个参数", "limit"]),
        ("TST-001: {limit: many}", ["TST-001 limit", "不是数:many"]),
        ("TST-001: {limit: .inf}", ["TST-001 limit", "不是数"]),
        ("TST-001: {limit: [{from: yesterday, value: 1}]}", ["TST-001 limit"]),
        ("TST-001: 5", ["编码: {参数: 值}"]),
        ("- TST-001", ["编码: {参数: 值}"]),
        ("{", ["settings.yaml"]),
        ("7: {limit: 1}", ["7", "没有这个指标"]),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(tmp_path: Path, text: str, words: list[str]) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(Fault) as caught:
        settings.load(path, catalogue(tmp_path / "catalogue"))
    assert [word for word in words if word not in str(caught.value)] == []


def test_settings_are_read_as_code_name_value(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text("TST-001: {limit: 250}", "utf-8")
    assert settings.load(path, catalogue(tmp_path / "catalogue")) == {"TST-001": {"limit": 250}}


def test_unknown_codes_and_levels_are_refused(tmp_path: Path) -> None:
    data, shipped = dataset(tmp_path / "data", contract=CONTRACTS), catalogue(tmp_path / "catalogue")
    with pytest.raises(Fault, match="NONE-1"):
        run(data, as_of=YEAR_END, catalogue=shipped, only=["TST-001", "NONE-1"])
    with pytest.raises(Fault, match="NONE-2"):
        run(data, as_of=YEAR_END, catalogue=shipped, parameters={"NONE-2": {}})
    with pytest.raises(Fault, match="village"):
        run(data, as_of=YEAR_END, catalogue=shipped, level="village")


LATER = """
contract_id | unit_id | supplier_id | sign_date  | amount  | title
C2          | U1      | F2          | 2024-03-01 | 100.01  | 乙
C3          | U2      | F1          | 2024-03-01 | 1000.01 | 丙
C5          | U2      | F1          | 2024-06-01 | 300.00  | 戊
C6          | U2      | F1          | 2024-06-01 | 400.00  | 己
"""


def test_against_tells_new_continuing_changed_and_gone(tmp_path: Path) -> None:
    shipped = catalogue(tmp_path / "catalogue")
    first = CONTRACTS + "C7 | U2 | F1 | 2024-03-01 | 700.00 | 庚\n"
    run(dataset(tmp_path / "a", contract=first), as_of=YEAR_END, catalogue=shipped, folder=tmp_path / "first")
    later = dataset(tmp_path / "b", contract=LATER)
    finished = run(later, as_of=YEAR_END, catalogue=shipped, against=tmp_path / "first", folder=tmp_path / "second")
    assert finished.comparison == {"new": 2, "continuing": 1, "changed": 1, "gone": 1}
    assert manifest(tmp_path / "second")["comparison"] == finished.comparison
    changes = finished.connection.execute("SELECT finding_key, change FROM comparison ORDER BY 1").fetchall()
    assert changes == [
        ("TST-001:contract:C2::", "continuing"),
        ("TST-001:contract:C3::", "changed"),
        ("TST-001:contract:C5::", "new"),
        ("TST-001:contract:C6::", "new"),
        ("TST-001:contract:C7::", "gone"),
    ]


def test_against_leaves_out_what_could_not_be_computed_now(tmp_path: Path) -> None:
    shipped = catalogue(tmp_path / "catalogue")
    run(dataset(tmp_path / "a", contract=CONTRACTS), as_of=YEAR_END, catalogue=shipped, folder=tmp_path / "first")
    lacking = dataset(tmp_path / "b", project="project_id\nP1")
    finished = run(lacking, as_of=YEAR_END, catalogue=shipped, against=tmp_path / "first")
    assert finished.comparison == {"new": 0, "continuing": 0, "changed": 0, "gone": 0}


def test_against_needs_a_run_with_its_findings(tmp_path: Path) -> None:
    shipped, data = catalogue(tmp_path / "catalogue"), dataset(tmp_path / "a", contract=CONTRACTS)
    run(data, as_of=YEAR_END, catalogue=shipped, folder=tmp_path / "counts", disclose="counts")
    for against, word in ((tmp_path / "counts", "disclose"), (tmp_path / "nowhere", "manifest.json")):
        with pytest.raises(Fault, match=word):
            run(data, as_of=YEAR_END, catalogue=shipped, against=against, folder=tmp_path / "never")
    assert not (tmp_path / "never").exists()


def kept(folder: Path) -> dict[str, bytes]:
    return {name: content for name, content in files(folder).items() if name != "timing.json"}


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    shipped = catalogue(tmp_path / "catalogue")
    rows = [f"C{n} | U{n % 7} | F{n % 11} | 2024-01-01 | {n % 40 * 10}.5 | 标题{n}" for n in range(400)]
    head = "contract_id | unit_id | supplier_id | sign_date | amount | title\n"
    sources = (SourceFile("合同.xlsx", "ab" * 32, 7),)
    declared = (Complete("contract", date(2024, 1, 1), YEAR_END, "发改委"),)
    for name, order in (("one", rows), ("two", rows), ("shuffled", rows[1::2] + rows[::2])):
        data = dataset(tmp_path / name / "data", declared, sources, contract=head + "\n".join(order))
        run(data, as_of=YEAR_END, catalogue=shipped, folder=tmp_path / name / "run")
    one, two, shuffled = (kept(tmp_path / name / "run") for name in ("one", "two", "shuffled"))
    assert set(one) == {"manifest.json", "findings.parquet"}
    assert len(one["findings.parquet"]) > 1000
    assert one == two == shuffled


def test_other_input_gives_other_bytes(tmp_path: Path) -> None:
    shipped, data = catalogue(tmp_path / "catalogue"), dataset(tmp_path / "data", contract=CONTRACTS)
    run(data, as_of=YEAR_END, catalogue=shipped, folder=tmp_path / "one")
    run(data, as_of=YEAR_END, catalogue=shipped, folder=tmp_path / "two", parameters={"TST-001": {"limit": 200}})
    one, two = kept(tmp_path / "one"), kept(tmp_path / "two")
    assert all(one[name] != two[name] for name in ("manifest.json", "findings.parquet"))


def test_the_manifest_says_what_was_run_over_what(tmp_path: Path) -> None:
    shipped = catalogue(tmp_path / "catalogue")
    declared = (Complete("contract", date(2024, 1, 1), YEAR_END, "发改委"),)
    data = dataset(tmp_path / "data", declared, [SourceFile("合同.xlsx", "ab" * 32, 7)], contract=CONTRACTS)
    run(data, as_of=YEAR_END, catalogue=shipped, folder=tmp_path / "run")
    found = manifest(tmp_path / "run")
    assert found.pop("version")
    assert len(found.pop("files")["findings.parquet"]) == 64
    assert found == {
        "engine": "duckdb",
        "catalogue": shipped.digest,
        "as_of": "2024-12-31",
        "parameters": {},
        "level": None,
        "dropped_above": None,
        "disclosure": "full",
        "sources": [{"name": "合同.xlsx", "sha256": "ab" * 32, "size": 7}],
        "complete": [{"table": "contract", "from": "2024-01-01", "until": "2024-12-31", "by": "发改委"}],
        "tables": {"contract": {"rows": 4, "rejected": 0, "usable": True}},
        "statuses": {"TST-001": "trial"},
        "indicators": [
            {
                "code": "TST-001",
                "status": "computed",
                "missing": [],
                "findings": 2,
                "colours": {"yellow": 1, "orange": 1},
                "population": 4,
                "over_firing": False,
            }
        ],
    }


def test_the_digest_of_a_catalogue_changes_with_a_rule(tmp_path: Path) -> None:
    one = catalogue(tmp_path / "a").digest
    assert one == catalogue(tmp_path / "b").digest
    assert one != catalogue(tmp_path / "c", OVER_LIMIT + "-- another\n").digest


def test_nothing_is_left_when_writing_fails_half_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped, data = catalogue(tmp_path / "catalogue"), dataset(tmp_path / "data", contract=CONTRACTS)
    (tmp_path / "out").mkdir()

    def full_disk(self: Path, *args: object, **more: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full_disk)  # the findings are written by then, the manifest is not
    with pytest.raises(OSError, match="No space"):
        run(data, as_of=YEAR_END, catalogue=shipped, folder=tmp_path / "out" / "run")
    assert list((tmp_path / "out").iterdir()) == []


def test_an_unusable_signing_key_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    shipped, data = catalogue(tmp_path / "catalogue"), dataset(tmp_path / "data", contract=CONTRACTS)
    (tmp_path / "key").write_text("not a key", "utf-8")
    for key in ("key", "none"):
        with pytest.raises(Fault, match="Ed25519"):
            run(data, as_of=YEAR_END, catalogue=shipped, folder=tmp_path / "run", signing_key=tmp_path / key)
    assert not (tmp_path / "run").exists()


def test_a_place_with_contents_is_never_touched(tmp_path: Path) -> None:
    shipped, data = catalogue(tmp_path / "catalogue"), dataset(tmp_path / "data", contract=CONTRACTS)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "kept.txt").write_text("mine", "utf-8")
    (tmp_path / "file").write_text("mine", "utf-8")
    for place in ("full", "file"):
        with pytest.raises(Fault, match="已有内容"):
            run(data, as_of=YEAR_END, catalogue=shipped, folder=tmp_path / place)
    assert files(tmp_path / "full") == {"kept.txt": b"mine"}
    assert (tmp_path / "file").read_bytes() == b"mine"


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    shipped, data = catalogue(tmp_path / "catalogue"), dataset(tmp_path / "data", contract=CONTRACTS)
    (tmp_path / "empty").mkdir()
    finished = run(data, as_of=YEAR_END, catalogue=shipped, folder=tmp_path / "empty")
    assert finished.folder == tmp_path / "empty"
    assert set(files(tmp_path / "empty")) == {"findings.parquet", "manifest.json", "timing.json"}
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


@pytest.mark.spark
def test_both_engines_give_the_same_findings(tmp_path: Path) -> None:
    shipped, data = catalogue(tmp_path / "catalogue"), dataset(tmp_path / "data", contract=CONTRACTS)
    for engine in ("duckdb", "spark"):
        run(data, as_of=YEAR_END, catalogue=shipped, folder=tmp_path / engine, engine=engine)
    one, two = files(tmp_path / "duckdb"), files(tmp_path / "spark")
    assert one["findings.parquet"] == two["findings.parquet"]
    assert manifest(tmp_path / "duckdb") | {"engine": "spark"} == manifest(tmp_path / "spark")
