"""Runs that travel: whole and signed, and at each level of disclosure only what may leave the house."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lianfang.engine.dataset import SourceFile
from lianfang.engine.disclosure import LEVELS, Level, told
from lianfang.engine.fault import Fault
from lianfang.engine.run import run
from lianfang.engine.signing import new_signing_key, verify, write_secret
from tests.engine.made_up import PERSONAL, YEAR_END, catalogue, dataset, files, manifest, parquet

RULE = """SELECT c.unit_id, 'contract' AS subject_type, c.contract_id AS subject_id, p.approver_id AS person_id,
  p.amount AS metric, c.title
FROM contract AS c JOIN payment AS p ON p.contract_id = c.contract_id
WHERE p.amount > 0
"""


def made(folder: Path, disclose: Level, key: Path | None = None) -> Path:
    """A run with seven findings in U1 and two in U2, one contract with two approvers."""
    contracts = "\n".join(f"CONTRACT{n} | {'UNIT2' if n > 5 else 'UNIT1'} | 秘密标题{n}" for n in range(8))
    payments = "\n".join(f"P{n} | CONTRACT{n} | {1000 + n}.77 | OFFICIAL{n}" for n in range(8))
    data = dataset(
        folder / "data",
        sources=[SourceFile("张三的付款.xlsx", "ab" * 32, 4321)],
        contract=f"contract_id | unit_id | title\n{contracts}",
        payment=f"payment_id | contract_id | amount | approver_id\n{payments}\nP9 | CONTRACT0 | 20.00 | OFFICIAL9",
    )
    card = {"personal": PERSONAL, "optional": {"payment": ["approver_id"]}}
    run(
        data,
        as_of=YEAR_END,
        catalogue=catalogue(folder / "catalogue", RULE, **card),
        folder=folder / "run",
        disclose=disclose,
        signing_key=key,
    )
    return folder / "run"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "bureau.key"
    new_signing_key(path)
    return path


@pytest.fixture
def signed(tmp_path: Path, key: Path) -> Path:
    return made(tmp_path, "full", key)


def test_a_signed_run_is_taken_from_who_is_trusted(signed: Path, key: Path) -> None:
    assert verify(signed, key.with_name("bureau.key.pub"))["disclosure"] == "full"
    assert verify(signed) == manifest(signed)


def test_an_unsigned_run_is_whole_but_not_trusted(tmp_path: Path, key: Path) -> None:
    folder = made(tmp_path, "full")
    assert verify(folder) == manifest(folder)
    with pytest.raises(Fault, match="没有签名"):
        verify(folder, key.with_name("bureau.key.pub"))


def alter_findings(folder: Path) -> None:
    path = folder / "findings.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"\0")


def alter_manifest(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_text(path.read_text("utf-8").replace('"findings": 9', '"findings": 8'), "utf-8")
    assert '"findings": 8' in path.read_text("utf-8")


def rewrite_whole(folder: Path) -> None:
    """The forger makes findings and manifest agree, and only the signature is left to tell."""
    alter_findings(folder)
    found = manifest(folder)
    import hashlib

    found["files"]["findings.parquet"] = hashlib.sha256((folder / "findings.parquet").read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(found), "utf-8")


def add_file(folder: Path) -> None:
    (folder / "inside").mkdir()
    (folder / "inside" / "extra.parquet").write_bytes(b"x")


def break_signature(folder: Path) -> None:
    path = folder / "signature.json"
    path.write_text(path.read_text("utf-8").replace('"signature": "', '"signature": "AAAA'), "utf-8")


@pytest.mark.parametrize(
    "alter, named, said",
    [
        (alter_findings, "findings.parquet", "摘要"),
        (lambda folder: (folder / "findings.parquet").unlink(), "findings.parquet", "摘要"),
        (alter_manifest, "signature.json", "签名不成立"),
        (rewrite_whole, "signature.json", "签名不成立"),
        (add_file, "extra.parquet", "没有这个文件"),
        (break_signature, "signature.json", "签名不成立"),
        (lambda folder: (folder / "signature.json").write_text("{}"), "signature.json", "签名不成立"),
        (lambda folder: (folder / "signature.json").write_text("[]"), "signature.json", "签名不成立"),
        (lambda folder: (folder / "manifest.json").unlink(), "run", "manifest.json"),
        (lambda folder: (folder / "manifest.json").write_text('{"as_of": 1, "files": []}'), "run", "manifest.json"),
    ],
)
def test_what_was_altered_is_not_taken(signed: Path, alter: Callable[[Path], Any], named: str, said: str) -> None:
    alter(signed)
    with pytest.raises(Fault, match=said) as caught:
        verify(signed)
    assert Path(caught.value.where).name == named


def test_another_signer_is_not_the_trusted_one(signed: Path, tmp_path: Path) -> None:
    other = new_signing_key(tmp_path / "other.key")
    with pytest.raises(Fault, match="不是所信任的"):
        verify(signed, other)


def test_a_trusted_key_that_is_none_is_named_itself(signed: Path, tmp_path: Path, key: Path) -> None:
    for path in (tmp_path / "nowhere.pub", key):
        with pytest.raises(Fault, match="不是可用的 Ed25519 公钥") as caught:
            verify(signed, path)
        assert caught.value.where == str(path)


def test_the_measured_time_is_outside_the_signature(signed: Path, key: Path) -> None:
    (signed / "timing.json").write_text("{}", "utf-8")
    assert verify(signed, key.with_name("bureau.key.pub"))


def test_keys_are_for_their_owner_and_never_overwritten(tmp_path: Path, key: Path) -> None:
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = files(tmp_path)
    with pytest.raises(Fault, match="已存在"):
        new_signing_key(key)
    (tmp_path / "next.key.pub").write_text("kept", "utf-8")
    with pytest.raises(Fault, match="已存在"):
        new_signing_key(tmp_path / "next.key")
    with pytest.raises(Fault, match="不能写"):
        write_secret(tmp_path / "nowhere" / "key", b"x")
    assert files(tmp_path) == before | {"next.key.pub": b"kept"}


SECRETS = {
    "titles": "秘密标题",
    "metrics": "1003.77",
    "persons": "OFFICIAL",
    "subjects": "CONTRACT",
    "units": "UNIT1",
    "sources": "张三的付款",
    "sizes": "4321",
}
TRAVELS = {
    "full": {"titles", "metrics", "persons", "subjects", "units", "sources", "sizes"},
    "keys": {"subjects", "units"},
    "units": {"units"},
    "counts": set(),
}


@pytest.mark.parametrize("disclose", LEVELS)
def test_only_what_the_level_allows_travels(tmp_path: Path, disclose: Level) -> None:
    folder = made(tmp_path, disclose)
    texts = [content.decode("utf-8") for name, content in files(folder).items() if not name.endswith(".parquet")]
    texts += [str(parquet(path)) for path in folder.glob("*.parquet")]
    whole = "\n".join(texts)
    assert {name for name, secret in SECRETS.items() if secret in whole} == TRAVELS[disclose]
    assert verify(folder)["disclosure"] == disclose


def test_keys_tell_each_subject_once_without_its_persons(tmp_path: Path) -> None:
    rows = parquet(made(tmp_path, "keys") / "findings.parquet")
    assert len(rows) == 8  # nine findings: two approvers of one contract
    assert rows[0] == {
        "finding_key": "TST-001:contract:CONTRACT0::",
        "code": "TST-001",
        "unit_id": "UNIT1",
        "subject_type": "contract",
        "subject_id": "CONTRACT0",
        "period": None,
        "colour": "orange",  # the graver of the two
    }


def test_units_tell_rounded_numbers_and_no_small_ones(tmp_path: Path) -> None:
    listed = json.loads((made(tmp_path, "units") / "units.json").read_text("utf-8"))
    assert listed == [
        {"code": "TST-001", "unit_id": "UNIT1", "colour": "orange", "findings": 5},
        {"code": "TST-001", "unit_id": "UNIT1", "colour": "yellow", "findings": "<5"},
        {"code": "TST-001", "unit_id": "UNIT2", "colour": "orange", "findings": "<5"},
    ]


@pytest.mark.parametrize("disclose", ["counts", "units", "keys"])
def test_every_count_in_a_travelling_manifest_is_rounded(tmp_path: Path, disclose: Level) -> None:
    found = manifest(made(tmp_path, disclose))
    outcome = found["indicators"][0]
    assert (outcome["findings"], outcome["colours"], outcome["population"]) == (10, {"yellow": "<5", "orange": 10}, 10)
    assert found["tables"] == {
        "contract": {"rows": 10, "rejected": 0, "usable": True},
        "payment": {"rows": 10, "rejected": 0, "usable": True},
    }
    assert found["sources"] == [{"sha256": "ab" * 32}]


@pytest.mark.parametrize(
    "number, as_told", [(0, 0), (1, "<5"), (4, "<5"), (5, 5), (7, 5), (8, 10), (12, 10), (13, 15), (1002, 1000)]
)
def test_a_number_is_told_rounded_or_not_at_all(number: int, as_told: int | str) -> None:
    assert told(number) == as_told
