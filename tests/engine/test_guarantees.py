"""What the engine guarantees to every rule, each beside the fault that a rule has without it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest

from lianfang.engine.cases import Case, dataset_of, read_drawn
from lianfang.engine.catalogue import Card, Catalogue, Indicator
from lianfang.engine.dataset import Complete, Dataset
from lianfang.engine.run import Run, run

YEAR_END = date(2024, 12, 31)
CARD: dict[str, Any] = {
    "code": "TST-001",
    "name": {"zh": "试", "en": "trial"},
    "status": "trial",
    "nature": "rule_broken",
    "safety": "projects",
    "stage": "试",
    "subject": "thing",
    "detects": {"zh": "发现", "en": "Detects things"},
    "why": {"zh": "因", "en": "because"},
    "law": [{"text": "法", "certainty": "verified_text"}],
    "innocent": [{"zh": "无", "en": "none", "case": "none"}],
    "check": [{"zh": "查", "en": "look"}],
    "colour": {"metric": {"zh": "值", "en": "value", "unit": "number"}, "yellow": "metric > 0"},
    "cap": "red",
    "population": "contract",
    "blind_spots": [{"zh": "无", "en": "none"}],
    "author": "one",
    "checker": "two",
    "next_review": "2027-01-01",
}


def dataset(folder: Path, complete: tuple[Complete, ...] = (), **drawn: str) -> Dataset:
    rows = {name: read_drawn(text, name) for name, text in drawn.items()}
    found = dataset_of(Case("here", YEAR_END, rows, [], (), (), {}), folder)
    return Dataset(folder, found.tables, complete)


def ran(data: Dataset, rule: str, as_of: date = YEAR_END, **card: Any) -> Run:
    made = Indicator(msgspec.convert(CARD | card, Card), rule, Path(__file__).parent / "none" / "none")
    catalogue = Catalogue({made.code: made})
    catalogue.__dict__["digest"] = "test"
    return run(data, as_of=as_of, catalogue=catalogue, presume_present=True)


def subjects(finished: Run) -> dict[str, float]:
    assert finished.outcomes[0].status == "computed", finished.outcomes[0].missing
    return {finding["subject_id"]: finding["metric"] for finding in finished.findings()}


CONTRACTS = """
contract_id | unit_id | supplier_id | sign_date  | amount | publish_date
C1          | U1      | F1          | 2020-06-01 | 100    | 2020-06-20
C2          | U1      | F1          | 2025-05-01 | 100    | 2025-05-02
C3          | U1      | F1          |            | 100    |
"""
COUNT = (
    "SELECT c.unit_id, 'unit' AS subject_type, c.unit_id AS subject_id, count(*) AS metric "
    "FROM contract AS c WHERE c.contract_id <> 'C3' GROUP BY c.unit_id"
)


def test_a_run_for_2020_counts_nothing_of_2025(tmp_path: Path) -> None:
    data = dataset(tmp_path, contract=CONTRACTS)
    raw = (
        duckdb.connect()
        .execute(f"SELECT count(*) FROM '{data.tables['contract'].path}' WHERE contract_id <> 'C3'")
        .fetchone()
    )
    assert raw == (2,)  # what a rule without the view would count
    assert subjects(ran(data, COUNT, date(2020, 12, 31))) == {"U1": 1}
    assert subjects(ran(data, COUNT, date(2025, 5, 1))) == {"U1": 2}


def test_a_date_later_than_the_day_is_not_known_yet(tmp_path: Path) -> None:
    data = dataset(tmp_path, contract=CONTRACTS)
    rule = (
        "SELECT c.unit_id, 'contract' AS subject_type, c.contract_id AS subject_id, 1 AS metric "
        "FROM contract AS c WHERE c.publish_date IS NOT NULL"
    )
    assert subjects(ran(data, rule, date(2020, 6, 19))) == {}
    assert subjects(ran(data, rule, date(2020, 6, 20))) == {"C1": 1}


def test_a_value_is_known_on_the_day_of_its_own_event(tmp_path: Path) -> None:
    data = dataset(
        tmp_path,
        tender="""
        tender_id | unit_id | notice_date | award_notice_date | award_price
        T1        | U1      | 2024-01-01  | 2024-03-01        | 500
        """,
    )
    rule = (
        "SELECT t.unit_id, 'tender' AS subject_type, t.tender_id AS subject_id, t.award_price AS metric "
        "FROM tender AS t WHERE t.award_price IS NOT NULL"
    )
    assert subjects(ran(data, rule, date(2024, 2, 29), population="tender")) == {}
    assert subjects(ran(data, rule, date(2024, 3, 1), population="tender")) == {"T1": 500}


def test_a_planned_date_stays_visible(tmp_path: Path) -> None:
    data = dataset(
        tmp_path,
        tender="""
        tender_id | unit_id | notice_date | bid_deadline
        T1        | U1      | 2024-12-20  | 2025-01-10 09:00:00
        """,
    )
    rule = (
        "SELECT t.unit_id, 'tender' AS subject_type, t.tender_id AS subject_id, days(t.notice_date, "
        "t.bid_deadline) AS metric "
        "FROM tender AS t WHERE t.bid_deadline IS NOT NULL"
    )
    assert subjects(ran(data, rule, population="tender")) == {"T1": 21}


PEOPLE = """
person_id | person_key | unit_id | post_since
O1        | k1         | U1      | 2025-06-01
"""
HELD = """SELECT c.unit_id, 'contract' AS subject_type, c.contract_id AS subject_id, t.person_id, 1 AS metric
FROM contract AS c
JOIN tenure AS t ON t.unit_id = c.unit_id
  AND (t.since_date IS NULL OR t.since_date <= c.sign_date) AND (t.until_date IS NULL OR t.until_date > c.sign_date)
JOIN kin AS k ON k.person_id = t.person_id
JOIN control AS h ON h.holder_key = k.person_key AND h.company_id = c.supplier_id
  AND (h.since_date IS NULL OR h.since_date <= c.sign_date) AND (h.until_date IS NULL OR h.until_date > c.sign_date)"""
LATER = date(2026, 1, 1)
ONE = """
contract_id | unit_id | supplier_id | sign_date  | amount
C1          | U1      | F1          | 2020-06-01 | 100
C2          | U1      | F1          | 2025-07-01 | 100
"""


def test_a_post_taken_later_does_not_reach_back(tmp_path: Path) -> None:
    data = dataset(
        tmp_path,
        contract=ONE,
        person=PEOPLE,
        company_staff="""
        company_id | person_key | role | since_date
        F1         | k1         | 董事 | 2010-01-01
        """,
    )
    undated = "SELECT count(*) FROM read_parquet('{c}') c JOIN read_parquet('{p}') p USING (unit_id)"
    paths = {"c": data.tables["contract"].path, "p": data.tables["person"].path}
    assert duckdb.connect().execute(undated.format(**paths)).fetchone() == (2,)  # both contracts, by today's unit
    assert subjects(ran(data, HELD, LATER)) == {"C2": 1}


def test_a_recorded_history_is_preferred_to_the_present_post(tmp_path: Path) -> None:
    data = dataset(
        tmp_path,
        contract=ONE,
        person=PEOPLE,
        post_history="""
        person_id | unit_id | since_date | until_date
        O1        | U1      | 2019-01-01 | 2021-01-01
        """,
        company_staff="""
        company_id | person_key | role | since_date
        F1         | k1         | 董事 | 2010-01-01
        """,
    )
    assert subjects(ran(data, HELD, LATER)) == {"C1": 1}


@pytest.mark.parametrize(
    ("since", "until", "seen"),
    [
        ("2025-07-01", "", {"C2"}),  # from the very day on
        ("2025-07-02", "", set()),  # acquired a day after the contract
        ("2010-01-01", "2025-07-01", set()),  # left on the day
        ("2010-01-01", "2025-07-02", {"C2"}),  # ended after the contract: still a fact of that day
    ],
)
def test_a_share_counts_only_while_it_is_held(since: str, until: str, seen: set[str], tmp_path: Path) -> None:
    data = dataset(
        tmp_path,
        contract=ONE,
        person=PEOPLE,
        company_holder=f"""
        company_id | holder_key | holder_kind | ratio | since_date | until_date
        F1         | k1         | person      | 0.6   | {since}    | {until}
        """,
    )
    assert set(subjects(ran(data, HELD, LATER))) == seen


def test_control_follows_corporate_holders_down_the_path(tmp_path: Path) -> None:
    data = dataset(
        tmp_path,
        contract=ONE,
        person=PEOPLE,
        company_holder="""
        company_id | holder_key | holder_kind | ratio    | since_date
        P1         | k1         | person      | 0.51     | 2010-01-01
        P2         | P1         | company     | 1        | 2010-01-01
        F1         | P2         | company     | 0.500001 | 2010-01-01
        """,
    )
    assert set(subjects(ran(data, HELD, LATER))) == {"C2"}


def test_half_of_the_shares_is_not_control(tmp_path: Path) -> None:
    data = dataset(
        tmp_path,
        contract=ONE,
        person=PEOPLE,
        company_holder="""
        company_id | holder_key | holder_kind | ratio | since_date
        F1         | k1         | person      | 0.5   | 2010-01-01
        """,
    )
    assert subjects(ran(data, HELD, LATER)) == {}


def test_todays_head_is_not_the_head_of_then(tmp_path: Path) -> None:
    tables = {"contract": ONE, "person": PEOPLE.replace("2025-06-01", "2010-01-01")}
    company = "company_id | legal_rep_key | reg_date\nF1 | k1 | 2005-01-01"
    terms = (
        "company_id | person_key | role | since_date | until_date\n"
        "F1 | k9 | 法定代表人 | 2005-01-01 | 2021-01-01\n"
        "F1 | k1 | 法定代表人 | 2021-01-01 |"
    )
    for name, more, seen in (("undated", {}, {"C1", "C2"}), ("dated", {"company_staff": terms}, {"C2"})):
        folder = tmp_path / name
        folder.mkdir()
        assert set(subjects(ran(dataset(folder, **tables, company=company, **more), HELD, LATER))) == seen


def test_inferred_kin_is_not_kin(tmp_path: Path) -> None:
    tables = {
        "contract": ONE,
        "person": PEOPLE,
        "company_staff": """
        company_id | person_key | role | since_date
        F1         | k2         | 监事 | 2010-01-01
        """,
    }
    declared = "person_id | relative_key | relation | source\nO1 | k2 | 配偶 | {source}"
    for source, seen in (("申报", {"C2"}), ("户籍推断", set())):
        folder = tmp_path / source
        folder.mkdir()
        data = dataset(folder, **tables, relative=declared.format(source=source))
        assert set(subjects(ran(data, HELD, LATER))) == seen


def test_whole_months_are_not_boundaries(tmp_path: Path) -> None:
    data = dataset(
        tmp_path,
        contract="""
        contract_id | unit_id | sign_date  | publish_date
        C1          | U1      | 2024-01-31 | 2024-02-01
        C2          | U1      | 2024-01-31 | 2024-03-31
        """,
    )
    assert duckdb.connect().execute("SELECT date_diff('month', DATE '2024-01-31', DATE '2024-02-01')").fetchone() == (
        1,
    )
    rule = (
        "SELECT c.unit_id, 'contract' AS subject_type, c.contract_id AS subject_id, full_months(c.sign_date, "
        "c.publish_date) AS metric "
        "FROM contract AS c WHERE full_months(c.sign_date, c.publish_date) >= 1"
    )
    assert subjects(ran(data, rule)) == {"C2": 2}


def test_a_share_of_exactly_the_limit_does_not_fire(tmp_path: Path) -> None:
    data = dataset(
        tmp_path,
        contract="""
        contract_id | unit_id | amount
        C1          | U1      | 1100000
        C2          | U1      | 1100000.01
        """,
    )
    assert 1100000 / 1000000 - 1 > 0.10  # in floating point the exact limit is beyond itself
    rule = (
        "SELECT c.unit_id, 'contract' AS subject_type, c.contract_id AS subject_id, "
        "ratio(c.amount - 1000000, 1000000) AS metric "
        "FROM contract AS c"
    )
    colour = CARD["colour"] | {"yellow": "metric > 0", "red": "metric > 0.10"}
    found = ran(data, rule, colour=colour)
    assert {f["subject_id"]: f["colour"] for f in found.findings()} == {"C1": "yellow", "C2": "yellow"}
    exact = rule.replace("ratio(c.amount - 1000000, 1000000)", "c.amount - 1000000 * 1.10")
    found = ran(data, f"{exact} WHERE c.amount > 1000000 * 1.10", colour=colour)
    assert {f["subject_id"] for f in found.findings()} == {"C2"}


ROWS = "SELECT c.unit_id, 'contract' AS subject_type, {subject} AS subject_id, {metric} AS metric FROM contract AS c"
FOUR = """
contract_id | unit_id | supplier_id | amount
C1          | U1      |             | 1
C2          | U1      |             | 2
C3          | U2      | F1          |
C4          |         | F1          | 4
"""


@pytest.mark.parametrize(
    ("subject", "metric", "words"),
    [
        ("c.supplier_id", "coalesce(c.amount, 1)", "主体或单位为空"),  # a null key never forms a cluster
        ("c.contract_id", "c.amount", "主体或单位为空"),  # a finding nobody answers for
    ],
)
def test_a_row_without_subject_or_unit_is_no_finding(subject: str, metric: str, words: str, tmp_path: Path) -> None:
    outcome = ran(dataset(tmp_path, contract=FOUR), ROWS.format(subject=subject, metric=metric)).outcomes[0]
    assert outcome.status == "failed"
    assert words in outcome.missing[0]


def test_nobody_answers_only_where_the_card_names_a_department(tmp_path: Path) -> None:
    rule = ROWS.format(subject="c.contract_id", metric="coalesce(c.amount, 9)")
    competent = {"zh": "财政局", "en": "finance bureau"}
    found = ran(dataset(tmp_path, contract=FOUR), rule, competent=competent)
    assert set(subjects(found)) == {"C1", "C2", "C3", "C4"}


def test_a_metric_is_never_null(tmp_path: Path) -> None:
    rule = ROWS.format(subject="c.contract_id", metric="c.amount") + " WHERE c.unit_id IS NOT NULL"
    outcome = ran(dataset(tmp_path, contract=FOUR), rule).outcomes[0]
    assert (outcome.status, "指标值为空" in outcome.missing[0]) == ("failed", True)


def test_every_row_fires_a_colour(tmp_path: Path) -> None:
    rule = ROWS.format(subject="c.contract_id", metric="0") + " WHERE c.unit_id IS NOT NULL"
    outcome = ran(dataset(tmp_path, contract=FOUR), rule).outcomes[0]
    assert (outcome.status, "没有颜色" in outcome.missing[0]) == ("failed", True)


def test_one_fact_is_one_row(tmp_path: Path) -> None:
    rule = ROWS.format(subject="c.unit_id", metric="1") + " WHERE c.unit_id IS NOT NULL"
    outcome = ran(dataset(tmp_path, contract=FOUR), rule).outcomes[0]
    assert (outcome.status, "同一主体" in outcome.missing[0]) == ("failed", True)


ABSENT = (
    "SELECT p.unit_id, 'project' AS subject_type, p.project_id AS subject_id, 1 AS metric "
    "FROM project AS p WHERE absent(p.construct_permit_date)"
)
PROJECTS = """
project_id | unit_id | feasibility_date | start_date | construct_permit_date | construct_permit_status
P1         | U1      | 2023-12-01       | 2024-03-01 |                       | no
P2         | U1      | 2023-12-01       | 2024-03-01 |                       | unknown
P3         | U1      | 2023-12-01       | 2024-03-01 |                       |
P4         | U1      | 2023-12-01       | 2024-03-01 | 2024-02-01            | yes
P5         | U1      | 2021-12-01       | 2022-03-01 |                       |
"""


def test_only_a_recorded_absence_is_absence(tmp_path: Path) -> None:
    data = dataset(tmp_path, project=PROJECTS)
    assert set(subjects(ran(data, ABSENT, population="project"))) == {"P1"}


def test_the_owners_word_makes_blanks_absence_for_its_period_only(tmp_path: Path) -> None:
    word = Complete("project", date(2023, 1, 1), date(2024, 12, 31), "住建局")
    data = dataset(tmp_path, (word,), project=PROJECTS)
    assert set(subjects(ran(data, ABSENT, population="project"))) == {"P1", "P2", "P3"}


def test_complete_speaks_for_rows_that_are_not_there(tmp_path: Path) -> None:
    rule = """SELECT c.unit_id, 'contract' AS subject_type, c.contract_id AS subject_id, 1 AS metric FROM contract AS c
    WHERE complete('payment', c.sign_date)
      AND NOT EXISTS (SELECT 1 FROM payment AS p WHERE p.contract_id = c.contract_id)"""
    payment = "payment_id | contract_id | pay_date | amount\nX1 | C9 | 2024-01-01 | 1"
    assert subjects(ran(dataset(tmp_path, contract=CONTRACTS, payment=payment), rule, LATER)) == {}
    word = Complete("payment", date(2020, 1, 1), date(2020, 12, 31), "财政局")
    assert set(subjects(ran(dataset(tmp_path, (word,), contract=CONTRACTS, payment=payment), rule, LATER))) == {"C1"}
