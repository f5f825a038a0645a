"""Known answers: what was seen of them, what was not, and which findings touch nothing that was planted."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from lianfang.engine import truth
from lianfang.engine.catalogue import Catalogue, load
from lianfang.engine.fault import Fault
from lianfang.engine.run import Run, run
from tests.engine.made_up import OVER_LIMIT, YEAR_END, dataset, put_indicator

CONTRACTS = """
contract_id | unit_id | supplier_id | sign_date  | amount  | title
C1          | U1      | F1          | 2024-03-01 | 100.00  | 甲
C2          | U1      | F2          | 2024-03-01 | 100.01  | 乙
C3          | U2      | F1          | 2024-03-01 | 1000.00 | 丙
C4          | U2      | F3          | 2024-03-02 | 5000.00 | 丁
"""
FEES = """
fee_id | unit_id | item   | amount | fee_date
S1     | U1      | 托管费 | 100    | 2024-03-01
S2     | U1      | 资料费 | 1      | 2024-03-01
"""
BY_ITEM = """SELECT f.unit_id, 'item' AS subject_type, f.unit_id || '/' || f.item AS subject_id,
  sum(f.amount) AS metric
FROM school_fee AS f WHERE f.unit_id IS NOT NULL AND f.item IS NOT NULL
GROUP BY f.unit_id, f.item
"""
BY_APPROVER = """SELECT c.unit_id, 'payment' AS subject_type, c.payment_id AS subject_id, c.amount AS metric,
  c.approver_id, c.contract_id, c.summary
FROM payment AS c
"""
PAYMENTS = """
payment_id | unit_id | contract_id | amount | pay_date   | approver_id | summary
Z1         | U1      | C2          | 5      | 2024-03-04 | P1          | C9
"""


def ran(folder: Path, rule: str = OVER_LIMIT, **drawn: str) -> tuple[Run, Catalogue]:
    put_indicator(folder / "catalogue", rule, population=next(iter(drawn)))
    found = load(folder / "catalogue")
    return run(dataset(folder / "data", **drawn), as_of=YEAR_END, catalogue=found), found


def written(folder: Path, **parts: Any) -> Path:
    path = folder / "truth.json"
    path.write_text(json.dumps(parts, ensure_ascii=False), encoding="utf-8")
    return path


def scheme(variant: str, *subjects: tuple[str, str], name: str = "split", **more: Any) -> dict[str, Any]:
    return {
        "scheme": name,
        "variant": variant,
        "unit_id": "U1",
        "zh": "拆分",
        "en": "cut up",
        "subjects": [{"table": table, "key": key, **more} for table, key in subjects],
    }


def judged(finished: Run, path: Path, reads: truth.Reads | None = None) -> truth.Judgement:
    judgement = truth.judge(finished, path, reads)
    assert judgement is not None
    return judgement


def test_answers_by_indicator_are_counted(tmp_path: Path) -> None:
    finished, _ = ran(tmp_path, contract=CONTRACTS)
    path = written(tmp_path, **{"TST-001": ["C2", "C9"], "TST-002": ["X"]})
    one, other = truth.measure(finished, path)
    assert (one.code, one.seen, one.missed, one.others) == ("TST-001", 1, ("C9",), ("C3", "C4"))
    assert (one.recall, one.precision) == (0.5, pytest.approx(1 / 3))
    assert (other.code, other.missed, other.recall, other.precision) == ("TST-002", ("X",), 0.0, None)
    assert truth.judge(finished, path) is None


def test_finding_about_a_scheme_is_not_one_of_the_others(tmp_path: Path) -> None:
    finished, _ = ran(tmp_path, contract=CONTRACTS)
    path = written(tmp_path, schemes=[scheme("plain", ("contract", "C3"))], **{"TST-001": ["C2"]})
    assert [one.others for one in truth.measure(finished, path)] == [("C4",)]


def test_scheme_is_seen_by_subject_or_key_of_the_evidence(tmp_path: Path) -> None:
    finished, _ = ran(tmp_path, contract=CONTRACTS)
    path = written(
        tmp_path,
        schemes=[
            scheme("plain", ("contract", "C2")),
            scheme("disguised", ("company", "F3"), ("company", "F9")),
            scheme("evasive", ("contract", "C1")),
            scheme("evasive", ("village_txn", "丙")),  # a title is no key
        ],
    )
    judgement = judged(finished, path)
    assert [one.codes for one in judgement.schemes] == [("TST-001",), ("TST-001",), (), ()]
    assert [judgement.recall(v) for v in truth.VARIANTS] == [(1, 1), (1, 1), (0, 2)]
    assert (judgement.planted, judgement.innocent, judgement.nothing) == (2, 0, 1)
    assert judgement.precision == pytest.approx(2 / 3)


def test_lookalikes_and_innocent_subjects_count_against_the_run(tmp_path: Path) -> None:
    finished, _ = ran(tmp_path, contract=CONTRACTS)
    path = written(
        tmp_path,
        schemes=[scheme("plain", ("contract", "C2"))],
        lookalikes=[scheme("innocent", ("contract", "C3")), scheme("innocent", ("contract", "C1"))],
        innocent={"TST-001": ["C4"]},
    )
    judgement = judged(finished, path)
    assert [one.codes for one in judgement.lookalikes] == [("TST-001",), ()]
    assert (judgement.planted, judgement.innocent, judgement.nothing) == (1, 2, 0)


def test_group_is_that_of_a_scheme_when_all_its_parts_are_values_of_one_row(tmp_path: Path) -> None:
    finished, found = ran(tmp_path, BY_ITEM, school_fee=FEES)
    reads = {code: set(one.looks_at) for code, one in found.indicators.items()}
    path = written(
        tmp_path,
        schemes=[
            scheme("plain", ("school_fee", "S1"), values=["S1", "U1", "托管费"]),
            scheme("disguised", ("school_fee", "S9"), values=["U1"]),
            scheme("evasive", ("payroll", "P1/2024-01-01/托管费"), values=["U1", "托管费"]),  # another table's item
        ],
    )
    assert [one.codes for one in judged(finished, path, reads).schemes] == [("TST-001",), (), ()]
    assert [bool(one.codes) for one in judged(finished, path).schemes] == [True, False, True]


def test_official_counts_only_as_subject_or_person(tmp_path: Path) -> None:
    finished, _ = ran(tmp_path, BY_APPROVER, payment=PAYMENTS)
    path = written(
        tmp_path,
        schemes=[
            scheme("plain", ("person", "P1")),
            scheme("plain", ("contract", "C2")),
            scheme("plain", ("lot", "C9")),
        ],
    )
    assert [bool(one.codes) for one in judged(finished, path).schemes] == [False, True, False]


def test_digest_among_the_values_of_a_row_counts(tmp_path: Path) -> None:
    account = "p:" + "a" * 64
    finished, _ = ran(tmp_path, contract=CONTRACTS.replace("F3", account))
    path = written(
        tmp_path,
        schemes=[
            scheme("plain", ("subsidy_payment", "B1"), values=["B1", account]),
            scheme("plain", ("subsidy_payment", "B2"), values=["B2", "F1"]),  # a firm named in a row is not the row
        ],
    )
    assert [bool(one.codes) for one in judged(finished, path).schemes] == [True, False]


def test_report_prints_recall_by_variant_misses_and_precision(tmp_path: Path) -> None:
    finished, found = ran(tmp_path, contract=CONTRACTS)
    path = written(
        tmp_path,
        schemes=[scheme("plain", ("contract", "C2")), scheme("evasive", ("contract", "C1"))],
        lookalikes=[scheme("innocent", ("contract", "C3"))],
    )
    out = io.StringIO()
    truth.report(finished, path, found, out)
    text = out.getvalue()
    assert "手法召回 直白: 1/1 = 100%" in text
    assert "手法召回 规避: 0/1 = 0%" in text
    assert "未见 split evasive: 拆分" in text
    assert "相似而合规,却被触及 split" in text
    assert "精确:3 条发现中,触及埋设 1,触及相似而合规 1,其余 1;33%" in text


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"TST-001": 1}', '{"schemes": [{"scheme": "a", "variant": "plain"}]}', '{"schemes": [1]}',
     '{"schemes": [{"scheme": "a", "variant": "plain", "subjects": [{"table": "contract"}]}]}', '{"innocent": []}'],
)  # fmt: skip
def test_what_is_no_truth_file_is_refused(tmp_path: Path, text: str) -> None:
    finished, _ = ran(tmp_path, contract=CONTRACTS)
    path = tmp_path / "truth.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Fault):
        truth.measure(finished, path)
