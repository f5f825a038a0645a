"""Officials managed above are not processed: no trace of them is written or shown, but one total."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from lianfang.engine.page import page
from lianfang.engine.report import write_json
from lianfang.engine.run import Run, run
from lianfang.engine.terminal import terminal
from lianfang.engine.workbook import write_workbook
from tests.engine.made_up import (
    PERSONAL,
    YEAR_END,
    catalogue,
    dataset,
    files,
    findings,
    manifest,
    parquet,
    put_indicator,
)

PEOPLE = """
person_id | person_key | unit_id | managed_by
OWN       | key-own    | U1      | 市
BELOW     | key-below  | U1      | 县
ABOVE     | key-above  | U1      | 省
TOP       | key-top    | U1      | 中央
UNKNOWN   | key-unkn   | U1      |
A/B.1     | key-odd    | U1      | 省
"""
KIN = """
person_id | relative_key | relation
ABOVE     | kin-of-above | 配偶
OWN       | kin-of-own   | 配偶
"""


def ran(tmp_path: Path, rule: str, level: str | None = "city", people: str | None = PEOPLE, **drawn: str) -> Run:
    tables = drawn | ({"person": people, "relative": KIN} if people else {})
    card: dict[str, Any] = {"personal": PERSONAL, "population": next(iter(drawn))}
    shipped = catalogue(tmp_path / "catalogue", rule, **card)
    return run(dataset(tmp_path / "data", **tables), as_of=YEAR_END, catalogue=shipped, level=level)


APPROVED = """SELECT p.unit_id, 'payment' AS subject_type, p.payment_id AS subject_id, p.approver_id AS person_id,
  p.amount AS metric
FROM payment AS p WHERE p.amount > 0 AND COALESCE(p.approver_id, '') <> 'nobody'"""
PAYMENTS = """
payment_id | unit_id | amount | approver_id
1          | U1      | 5      | OWN
2          | U1      | 5      | BELOW
3          | U1      | 5      | ABOVE
4          | U1      | 5      | TOP
5          | U1      | 5      | UNKNOWN
6          | U1      | 5      | STRANGER
7          | U1      | 5      | A/B.1
8          | U1      | 5      |
"""


@pytest.mark.parametrize(
    "level, stays",
    [
        (None, "12345678"),
        ("central", "123478"),
        ("province", "12378"),
        ("city", "128"),
        ("county", "28"),
        ("township", "8"),
    ],
)
def test_officials_at_the_level_and_below_stay(tmp_path: Path, level: str | None, stays: str) -> None:
    finished = ran(tmp_path, APPROVED, level, payment=PAYMENTS)
    assert set(findings(finished)) == set(stays)
    assert finished.dropped_above == (None if level is None else 8 - len(stays))
    assert finished.outcomes[0].findings == len(stays)


def test_without_a_register_every_named_official_is_unknown(tmp_path: Path) -> None:
    assert set(findings(ran(tmp_path, APPROVED, people=None, payment=PAYMENTS))) == {"8"}


def test_a_register_without_levels_protects_everyone_in_it(tmp_path: Path) -> None:
    people = "\n".join(line.rpartition("|")[0] for line in PEOPLE.strip().splitlines())
    assert set(findings(ran(tmp_path, APPROVED, people=people, payment=PAYMENTS))) == {"8"}


EVIDENCE = """SELECT p.unit_id, 'payment' AS subject_type, p.payment_id AS subject_id, p.amount AS metric,
  p.approver_id, p.summary
FROM payment AS p WHERE p.amount > 0"""


@pytest.mark.parametrize(
    "approver, summary",
    [
        ("ABOVE", ""),
        ("", "ABOVE"),
        ("", "OWN、ABOVE"),
        ("", "ABOVE、OWN"),
        ("", "OWN,ABOVE"),
        ("", "OWN/ABOVE/BELOW"),
        ("", "审批人(ABOVE)"),
        ("", "审批人:ABOVE;经办人:OWN"),
        ("", "ABOVE 同意"),
        ("", "OWN+ABOVE"),
        ("", "审批 A/B.1、OWN"),
        ("", "key-above"),
        ("", "kin-of-above"),
        ("", "UNKNOWN"),
        ("", 'said "ABOVE"'),
    ],
)
def test_an_id_anywhere_in_the_evidence_is_found(tmp_path: Path, approver: str, summary: str) -> None:
    rows = f"1 | U1 | 5 | {approver} | {summary}\n2 | U1 | 5 | OWN | 正常"
    drawn = f"payment_id | unit_id | amount | approver_id | summary\n{rows}"
    finished = ran(tmp_path, EVIDENCE, payment=drawn)
    assert set(findings(finished)) == {"2"}
    assert finished.dropped_above == 1


@pytest.mark.parametrize("summary", ["OWN", "kin-of-own", "ABOVEBOARD", "NOT-ABOVE", "TOPAZ", "省", "key-abov", ""])
def test_what_only_resembles_an_id_stays(tmp_path: Path, summary: str) -> None:
    drawn = f"payment_id | unit_id | amount | approver_id | summary\n1 | U1 | 5 | BELOW | {summary}"
    assert set(findings(ran(tmp_path, EVIDENCE, payment=drawn))) == {"1"}


def test_ids_joined_by_a_rule_are_found(tmp_path: Path) -> None:
    rule = """SELECT p.unit_id, 'unit' AS subject_type, p.unit_id AS subject_id, sum(p.amount) AS metric,
      joined(p.approver_id) AS approvers
    FROM payment AS p WHERE p.unit_id IS NOT NULL AND p.amount > 0 GROUP BY p.unit_id"""
    drawn = """
    payment_id | unit_id | amount | approver_id
    1          | U1      | 5      | OWN
    2          | U1      | 5      | ABOVE
    3          | U2      | 5      | OWN
    4          | U2      | 5      | BELOW
    """
    finished = ran(tmp_path, rule, payment=drawn)
    assert set(findings(finished)) == {"U2"}
    assert findings(finished)["U2"]["evidence"] == {"approvers": "BELOW、OWN"}


def test_kin_and_keys_as_subjects_are_found(tmp_path: Path) -> None:
    rule = """SELECT s.unit_id, 'recipient' AS subject_type, s.person_key AS subject_id, s.amount AS metric
    FROM subsidy_payment AS s WHERE s.amount > 0"""
    keys = ("key-above", "kin-of-above", "kin-of-own", "key-own", "citizen")
    rows = "\n".join(f"{n} | U1 | {key} | 5" for n, key in enumerate(keys))
    drawn = f"pay_id | unit_id | person_key | amount\n{rows}"
    assert set(findings(ran(tmp_path, rule, subsidy_payment=drawn))) == {"kin-of-own", "key-own", "citizen"}


def test_a_record_about_a_protected_official_is_a_subject_that_resolves_to_one(tmp_path: Path) -> None:
    """The rule returns no person at all: only the appointment itself says whose it is."""
    rule = """SELECT a.unit_id, 'appointment' AS subject_type, a.appt_id AS subject_id, a.to_rank AS metric
    FROM appointment AS a WHERE a.to_rank > 0"""
    drawn = """
    appt_id | unit_id | person_id | to_rank | proposer_id
    A1      | U1      | ABOVE     | 3       | OWN
    A2      | U1      | OWN       | 3       | ABOVE
    A3      | U1      | STRANGER  | 3       | OWN
    A4      | U1      | BELOW     | 3       | OWN
    """
    finished = ran(tmp_path, rule, appointment=drawn)
    assert set(findings(finished)) == {"A2", "A4"}
    assert finished.dropped_above == 2


def test_no_trace_is_written_or_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shipped_at = tmp_path / "catalogue"
    put_indicator(shipped_at, EVIDENCE, code="TST-002", personal=PERSONAL, population="payment")
    shipped = catalogue(shipped_at, APPROVED, personal=PERSONAL, population="payment")
    drawn = """
    payment_id | unit_id | amount | approver_id | summary
    PAY-SEEN   | U1      | 5      | OWN         | 正常
    PAY-GONE   | U1      | 5      | ABOVE       | 张书记
    """
    data = dataset(tmp_path / "data", payment=drawn, person=PEOPLE, relative=KIN)

    def everything(level: str | None, folder: Path) -> str:
        """All that a run writes and shows, as one text."""
        finished = run(data, as_of=YEAR_END, catalogue=shipped, level=level, folder=folder / "run")
        stream = io.StringIO()
        terminal(finished, data, shipped, stream)
        write_json(finished, stream)
        write_workbook(finished, shipped, folder / "run.xlsx")
        sheets = _sheets(folder / "run.xlsx")
        written = files(folder / "run")
        texts = [written[name].decode("utf-8") for name in ("manifest.json", "timing.json")]
        texts += [str(parquet(folder / "run" / "findings.parquet")), written["findings.parquet"].decode("latin-1")]
        return "\n".join([*texts, stream.getvalue(), page(finished, data, shipped), sheets, *capsys.readouterr()])

    open_text, closed = everything(None, tmp_path / "open"), everything("city", tmp_path / "closed")
    for trace in ("PAY-GONE", "ABOVE", "张书记"):
        assert trace in open_text  # there is something that could leak
        assert trace not in closed
    assert "PAY-SEEN" in closed
    assert manifest(tmp_path / "closed" / "run")["dropped_above"] == 2


def _sheets(path: Path) -> str:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(path)
    return str([book.get_sheet_by_name(name).to_python() for name in book.sheet_names])
