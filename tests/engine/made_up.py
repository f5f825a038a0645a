"""Made-up tables and indicators, drawn in the test that uses them; an indicator stands in a folder, as real ones do."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import yaml

from lianfang.engine.cases import Case, dataset_of, read_drawn
from lianfang.engine.catalogue import Catalogue, load
from lianfang.engine.dataset import Complete, Dataset, SourceFile
from lianfang.engine.run import Run

YEAR_END = date(2024, 12, 31)
CARD: dict[str, Any] = {
    "code": "TST-001",
    "name": {"zh": "合同金额超限", "en": "Contract above the limit"},
    "status": "trial",
    "nature": "rule_broken",
    "safety": "projects",
    "stage": "合同",
    "subject": "contract",
    "detects": {"zh": "发现金额超过限额的合同。", "en": "Detects contracts above the limit."},
    "why": {"zh": "大额合同须先审批。", "en": "Large contracts need approval."},
    "law": [{"text": "合同管理办法 第3条", "certainty": "verified_text"}],
    "innocent": [{"zh": "应急采购", "en": "emergency purchase", "case": "an emergency purchase stays silent"}],
    "check": [{"zh": "调阅合同", "en": "read the contract"}],
    "colour": {
        "metric": {"zh": "合同金额", "en": "contract amount", "unit": "yuan"},
        "yellow": "metric > 0",
        "orange": "metric >= 1000",
    },
    "cap": "red",
    "population": "contract",
    "blind_spots": [{"zh": "未登记的合同", "en": "contracts never registered"}],
    "author": "analyst",
    "checker": "second reader",
    "next_review": date(2027, 6, 30),
}
LIMIT = {
    "limit": {"zh": "限额", "en": "limit", "type": "money", "values": [{"from": date(2020, 1, 1), "value": 100}]},
}
OVER_LIMIT = """SELECT c.unit_id, 'contract' AS subject_type, c.contract_id AS subject_id, c.amount AS metric,
  c.supplier_id, c.title, c.sign_date
FROM contract AS c
WHERE c.amount > param('limit', c.sign_date)
"""
PERSONAL = {"purpose": "核对", "authorisation": "办法", "retention": "30天"}
CASES = """as_of: 2024-12-31
cases:
  - name: an emergency purchase stays silent
    shows: [innocent, miss]
    tables:
      contract: |
        contract_id | unit_id | sign_date  | amount
        C1          | U1      | 2024-01-01 | 100
    expect: none
  - name: a contract a fen above the limit is seen
    shows: [hit, boundary]
    tables:
      contract: |
        contract_id | unit_id | sign_date  | amount
        C1          | U1      | 2024-01-01 | 100.01
    expect: |
        subject_id | metric | colour
        C1         | 100.01 | yellow
"""


def put_indicator(folder: Path, rule: str = OVER_LIMIT, cases: str = CASES, **card: Any) -> Path:
    """Write an indicator below the catalogue ``folder``; what ``card`` gives stands in place of the usual."""
    whole = {**CARD, "parameters": LIMIT if "param(" in rule else {}, **card}
    place = folder / "made" / str(whole["code"]).lower().replace("-", "_")
    place.mkdir(parents=True)
    (place / "indicator.yaml").write_text(yaml.safe_dump(whole, allow_unicode=True, sort_keys=False), "utf-8")
    (place / "rule.sql").write_text(rule, "utf-8")
    (place / "cases.yaml").write_text(cases, "utf-8")
    return place


def catalogue(folder: Path, rule: str = OVER_LIMIT, **card: Any) -> Catalogue:
    put_indicator(folder, rule, **card)
    return load(folder)


def dataset(
    folder: Path, complete: Sequence[Complete] = (), sources: Sequence[SourceFile] = (), **drawn: str
) -> Dataset:
    """A dataset of the drawn tables; a column that is empty in every row counts as wholly empty."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = {name: read_drawn(text, name) for name, text in drawn.items()}
    made = dataset_of(Case("made up", YEAR_END, rows, [], (), (), {}), folder)
    tables = {
        name: replace(data, empty_columns=tuple(c for c in data.columns if all(row[c] is None for row in rows[name])))
        for name, data in made.tables.items()
    }
    return Dataset(folder, tables, tuple(complete), tuple(sources))


def findings(finished: Run) -> dict[str, Mapping[str, Any]]:
    """The findings of a run by subject."""
    return {finding["subject_id"]: finding for finding in finished.findings()}


def parquet(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return rows


def manifest(folder: Path) -> dict[str, Any]:
    text: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
    return text


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its name, with its bytes."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
