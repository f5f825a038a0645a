"""What a run leaves in the office: findings once each, evidence sealed, and nothing of those managed above."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from django.db import connection
from django.test import Client

from lianfang.web.detection import evidence, store
from lianfang.web.detection.actions import findings as finding_actions
from lianfang.web.detection.actions import indicators, intake, runs
from lianfang.web.detection.models import (
    EvidenceKey,
    Finding,
    IndicatorStatus,
    NamedPerson,
    Run,
    RunIndicator,
    SealedEvidence,
)
from lianfang.web.detection.queries import findings as queries
from lianfang.web.shared import clock
from lianfang.web.shared.actor import system
from lianfang.web.shared.models import LogEntry
from lianfang.web.shared.refused import Refused
from tests.web.conftest import NOW
from tests.web.detection import small_city
from tests.web.detection.small_city import ran

pytestmark = pytest.mark.usefixtures("office", "clean_store")
MORE_CHANGES = """
    change_id | contract_id | amount | apply_date | approve_level
    BG-1      | HT-1        | 300000 | 2023-09-01 | 分管
    BG-2      | HT-1        | 500000 | 2023-10-01 | 分管
    BG-4      | HT-3        | 600000 | 2023-10-01 | 分管"""


def changes() -> dict[str, str]:
    return dict(Finding.objects.values_list("subject_id", "change"))


def test_a_run_keeps_each_finding_with_its_sentence_its_unit_and_its_proposed_colour():
    run = ran()
    assert (run.state, run.findings, run.new, run.dropped_above) == ("ended", 5, 5, 1)
    found = Finding.objects.get(subject_id="HT-1")
    assert (found.unit.code, found.colour, found.severity, found.code) == ("ZJJ", "yellow", 1, "ENG-401")
    assert found.sentence_zh.startswith("截至2025年1月8日的数据中，市住房和城乡建设局有增加造价的变更签证累计超过")
    assert found.sentence_zh.endswith("7.00%，对照累计增加额占合同价的比例5.00%。超出通常范围，建议核实。")
    assert "HT-1" in found.sentence_en
    assert found.sentence_en.endswith("Outside the usual range; please check.")


def test_findings_are_new_continuing_changed_or_gone_and_one_row_a_key_for_ever():
    first = ran()
    numbers = dict(Finding.objects.values_list("subject_id", "number"))
    second = ran({"contract_change": MORE_CHANGES})
    assert changes() == {
        "HT-1": "changed", "HT-2": "gone", "HT-3": "new", "A-ZHU": "continuing", "A-SHEN": "continuing",
        Finding.objects.get(code="SOC-001").subject_id: "continuing",
    }  # fmt: skip
    assert (second.new, second.changed, second.gone, second.continuing) == (1, 1, 1, 3)
    assert second.previous == first
    third = ran()
    assert (third.new, third.changed, third.gone) == (1, 1, 1)
    assert Finding.objects.count() == 6
    assert numbers.items() <= dict(Finding.objects.values_list("subject_id", "number")).items()
    assert Finding.objects.get(subject_id="HT-2").first_run == first
    row = RunIndicator.objects.get(run=third, code="ENG-401")
    assert (row.new, row.changed, row.gone, row.findings) == (1, 1, 1, 2)


def test_what_a_run_could_not_look_at_stays_as_it_was():
    ran()
    second = ran({"contract_change": None})
    assert second.gone == 0
    assert changes()["HT-1"] == "new"
    row = RunIndicator.objects.get(run=second, code="ENG-401")
    assert (row.status, row.lacks) == (
        "not_computable",
        [{"table": "contract_change", "column": "", "why": "absent"}],
    )
    missing = RunIndicator.objects.get(run=second, code="MED-001").lacks
    assert {"table": "med_claim", "column": "", "why": "absent"} in missing


def test_a_missing_column_is_named():
    run = ran({"contract_change": "change_id | contract_id\n BG-1 | HT-1"})
    lacks = RunIndicator.objects.get(run=run, code="ENG-401").lacks
    assert lacks == [{"table": "contract_change", "column": "amount", "why": "absent"}]


def test_a_run_that_cannot_open_its_tables_fails_and_leaves_everything_as_it_was():
    ran()
    run = runs.start_run(by=system("test"), codes=list(small_city.CODES))
    from lianfang.web.detection import carrying

    def broken(folder: Path) -> dict[str, list[str]]:
        folder.mkdir(parents=True)
        (folder / "contract.parquet").write_text("HT-1 朱青", "utf-8")
        return {}

    assert carrying.carry_out(run.number, assemble=broken) == "failed"
    run.refresh_from_db()
    assert "朱青" not in run.failure
    assert run.data == ""
    assert Finding.objects.filter(change="new").count() == 5
    assert not (store.in_store("runs") / f"{run.number}-1").exists()


def test_a_cancelled_run_leaves_nothing():
    from lianfang.web.detection import carrying

    run = runs.start_run(by=system("test"), codes=list(small_city.CODES))

    def cancelled_meanwhile(folder: Path) -> object:
        batches = small_city.put(folder)
        runs.cancel_run(run, by=system("somebody"))
        return batches

    assert carrying.carry_out(run.number, assemble=cancelled_meanwhile) == "cancelled"
    assert not Finding.objects.exists()
    assert not RunIndicator.objects.exists()
    assert list(store.in_store("runs").iterdir()) == []


def test_one_run_may_wait_behind_another_and_a_third_is_refused():
    first = runs.start_run(by=system("test"))
    runs.claim_run(first.number)
    second = runs.start_run(by=system("test"))
    with pytest.raises(Refused) as refused:
        runs.start_run(by=system("test"))
    assert refused.value.status == 409
    assert runs.claim_run(second.number) is None
    runs.cancel_run(first, by=system("test"))
    assert runs.claim_run(second.number) is not None


def test_a_lost_run_is_queued_again_once_and_given_up_after_many_deaths():
    from django_tasks_db.models import DBTaskResult

    run = runs.start_run(by=system("test"))
    assert DBTaskResult.objects.count() == 1
    assert runs.requeue_lost_runs() == 0  # its task waits: nothing is lost
    DBTaskResult.objects.update(status="RUNNING")
    runs.claim_run(run.number)
    assert runs.requeue_lost_runs() == 0  # somebody is at it
    with clock.at(NOW + timedelta(minutes=5)):
        assert runs.requeue_lost_runs() == 1
        assert runs.requeue_lost_runs() == 0
        assert runs.claim_run(run.number).attempt == 2
    for deaths in range(runs.MOST_ATTEMPTS):
        with clock.at(NOW + timedelta(hours=deaths + 1)):
            runs.claim_run(run.number)
    run.refresh_from_db()
    assert run.state == "failed"
    assert run.failure


def test_a_worker_that_was_given_up_writes_nothing_any_more():
    from lianfang.web.detection import execution

    run = runs.start_run(by=system("test"), codes=["ENG-401"])
    slow = runs.claim_run(run.number)
    small_city.put(store.in_store(slow.data) / "tables")
    order = execution.Order(slow.as_of, slow.level, ("ENG-401",), {})
    result = execution.execute(store.in_store(slow.data) / "tables", order, spill=store.in_store("spill"))
    with clock.at(NOW + timedelta(minutes=5)):
        runs.claim_run(run.number)
    with pytest.raises(runs.Superseded):
        intake.take_in(slow, result, {})
    with pytest.raises(runs.Superseded):
        runs.keep_lease(slow)
    assert not Finding.objects.exists()


def test_the_night_starts_one_run_where_there_are_data(monkeypatch):
    night = NOW.replace(hour=2)
    with clock.at(night):
        assert runs.start_nightly_run() is None  # nothing was taken yet
        monkeypatch.setattr(runs, "current_tables", lambda: ["a table"])
        run = runs.start_nightly_run()
        assert run.is_nightly
        runs.cancel_run(run, by=system("test"))
        assert runs.start_nightly_run() is None
    with clock.at(NOW.replace(hour=0, minute=30)):
        assert runs.start_nightly_run() is None


def test_indicators_that_are_retired_here_are_not_run_and_own_values_are_used(cast):
    proposal = indicators.propose_status(
        "CAD-001", "retired", by=cast.analyst, from_on=clock.today(), reason="本地不适用，停用一年观察"
    )
    indicators.decide(proposal, by=cast.office_head, agreed=True)
    value = indicators.propose_parameter(
        "ENG-401", "share", 0.08, by=cast.analyst, from_on=clock.today(), source="市政府〔2024〕1号第3条",
        reason="按本市变更管理办法调整",
    )  # fmt: skip
    indicators.decide(value, by=cast.office_head, agreed=True)
    from lianfang.web.detection import carrying

    run = runs.start_run(by=system("test"))
    carrying.carry_out(run.number, assemble=small_city.put)
    run.refresh_from_db()
    assert not RunIndicator.objects.filter(run=run, code="CAD-001").exists()
    assert list(Finding.objects.filter(code="ENG-401").values_list("subject_id", flat=True)) == ["HT-2"]
    assert run.parameters["ENG-401"]["share"][0]["value"] == 0.08


def test_an_indicator_that_fires_on_much_of_its_population_is_reported():
    contracts = "contract_id | unit_id | ctype | sign_date | amount\n" + "\n".join(
        f"HT-{n} | ZJJ | 施工 | 2023-01-10 | 1000000" for n in range(40)
    )
    added = "change_id | contract_id | amount | apply_date | approve_level\n" + "\n".join(
        f"BG-{n} | HT-{n} | 200000 | 2023-10-01 | 分管" for n in range(20)
    )
    run = ran({"contract": contracts, "contract_change": added}, codes=["ENG-401"])
    row = RunIndicator.objects.get(run=run)
    assert (row.over_fires, row.findings, row.population) == (True, 20, 40)


# ---- evidence --------------------------------------------------------------------------------------------------------


def test_evidence_is_sealed_with_a_key_of_its_own_and_goes_with_it(cast):
    ran()
    found = Finding.objects.get(subject_id="HT-1")
    opened = queries.unsealed(Finding.objects.select_related("key", "sealed").get(pk=found.pk))
    assert [row["change_id"] for row in opened["rows"]["contract_change"]] == ["BG-1", "BG-2"]
    assert opened["values"]["added"] == 700000
    sealed = bytes(SealedEvidence.objects.get(finding=found).content)
    assert b"BG-1" not in sealed
    other = Finding.objects.select_related("key", "sealed").get(subject_id="HT-2")
    with pytest.raises(InvalidTag):
        evidence.unseal(found.finding_key, bytes(other.key.wrapped), sealed)
    with pytest.raises(InvalidTag):
        evidence.unseal(other.finding_key, bytes(found.key.wrapped), sealed)
    finding_actions.destroy_evidence([found], "transferred", by=cast.officer)
    kept = Finding.objects.select_related("key", "sealed").get(pk=found.pk)
    assert queries.unsealed(kept) is None
    assert kept.key.wrapped is None
    assert queries.evidence_of(cast.officer, kept).gone
    ran()
    kept = Finding.objects.select_related("key").get(pk=found.pk)
    assert (kept.change, kept.key.wrapped) == ("continuing", None)  # what was handed over is not collected again


def test_another_secret_opens_nothing(settings):
    ran()
    settings.EVIDENCE_SECRET = "another"
    with pytest.raises(InvalidTag):
        queries.unsealed(Finding.objects.select_related("key", "sealed").get(subject_id="HT-1"))


def test_evidence_expires_unless_a_matter_holds_it(cast):
    ran()
    held = Finding.objects.get(subject_id="HT-1")
    finding_actions.hold_evidence(held, "2025-420700-000001", by=cast.officer)
    with clock.at(NOW + timedelta(days=400)):
        assert finding_actions.expire_evidence() == 4
        assert finding_actions.expire_evidence() == 0
        assert EvidenceKey.objects.get(finding=held).wrapped is not None
        finding_actions.release_evidence(held, "2025-420700-000001", by=cast.officer)
        assert finding_actions.expire_evidence() == 1


def test_findings_leave_no_plain_copy_on_the_disk(clean_store):
    run = ran()
    folder = store.in_store(run.data)
    assert {path.name for path in folder.iterdir()} <= {"tables", "spill"}
    assert not [path for path in clean_store.rglob("*") if path.name.startswith("findings")]


def test_only_the_last_two_runs_keep_their_tables(django_capture_on_commit_callbacks):
    made = []
    for _ in range(3):
        with django_capture_on_commit_callbacks(execute=True):
            made.append(ran())
    kept = [bool(Run.objects.get(pk=run.pk).data) for run in made]
    assert kept == [False, True, True]
    assert len(list(store.in_store("runs").iterdir())) == 2
    with clock.at(NOW + timedelta(days=31)), django_capture_on_commit_callbacks(execute=True):
        assert runs.drop_expired_tables() == 2
    assert list(store.in_store("runs").iterdir()) == []


# ---- managed above ---------------------------------------------------------------------------------------------------


def everything_in_the_database() -> str:
    """All rows of all tables as one text."""
    parts = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            parts += [json.dumps(row, default=str, ensure_ascii=False) for row in cursor.fetchall()]
    return "\n".join(parts)


def test_those_managed_above_leave_no_trace_but_one_total(cast, as_user, clean_store):
    run = ran()
    assert run.dropped_above == 1
    for finding in Finding.objects.select_related("key", "sealed"):
        assert "ABOVE" not in json.dumps(queries.unsealed(finding), ensure_ascii=False)
    text = everything_in_the_database()
    for trace in ("A-ABOVE", "P-ABOVE", "key-above", "管在上级的人"):
        assert trace not in text
    assert "A-ZHU" in text
    client: Client = as_user("officer")
    pages = [f"/findings/{f.number}/" for f in Finding.objects.all()]
    pages += ["/findings/", "/findings/?q=A-ABOVE", f"/runs/{run.number}/", "/coverage/"]
    pages += ["/indicators/CAD-001/findings/", "/indicators/CAD-001/performance/"]
    for url in pages:
        shown = client.get(url).content.decode()
        assert "P-ABOVE" not in shown
        assert "A-ABOVE" not in shown.replace("q=A-ABOVE", "").replace('value="A-ABOVE"', "").replace(">A-ABOVE<", "")
    for finding in Finding.objects.all():
        package = finding_actions.take_package(finding, by=cast.officer, reason="核对证据包中没有上级管理干部")
        assert b"ABOVE" not in package
    assert "ABOVE" not in json.dumps(list(LogEntry.objects.values_list("detail", "subject", "reason")))


def test_whom_a_finding_names_is_kept_apart_from_its_evidence():
    ran()
    named = set(NamedPerson.objects.values_list("finding__subject_id", "person"))
    assert named == {("A-ZHU", "P-ZHU"), ("A-SHEN", "P-SHEN")}


def test_status_on_the_day_of_the_run_is_kept(cast):
    run = ran(codes=["ENG-401"])
    assert RunIndicator.objects.get(run=run).standing == "trial"
    assert not IndicatorStatus.objects.exists()


def test_a_sentence_says_the_limit_that_was_applied_last(cast):
    ran(codes=["ENG-401"])
    ran(codes=["ENG-401"])
    assert "5.00%" in Finding.objects.get(subject_id="HT-2").sentence_zh
    value = indicators.propose_parameter(
        "ENG-401", "share", 0.08, by=cast.analyst, from_on=clock.today(), source="市政府〔2024〕1号第3条",
        reason="按本市变更管理办法调整",
    )  # fmt: skip
    indicators.decide(value, by=cast.office_head, agreed=True)
    run = ran(codes=["ENG-401"])
    found = Finding.objects.get(subject_id="HT-2")
    assert (found.change, run.gone) == ("continuing", 1)
    assert "8.00%" in found.sentence_zh


def test_evidence_of_what_is_seen_again_is_kept_longer():
    ran(codes=["ENG-401"])
    with clock.at(NOW + timedelta(days=100)):
        ran(codes=["ENG-401"])
        until = EvidenceKey.objects.get(finding__subject_id="HT-1").expires_on
    assert until == clock.today() + timedelta(days=465)
