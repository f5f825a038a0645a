"""Pages of runs and of what is not seen."""

from __future__ import annotations

import pytest

from lianfang.web.detection import queries
from lianfang.web.detection.actions import runs as actions
from lianfang.web.detection.models import Run, RunIndicator
from lianfang.web.shared import clock, pages
from lianfang.web.shared.actor import system
from tests.web.detection.small_city import CODES, put, ran

pytestmark = pytest.mark.usefixtures("clean_store")


def test_who_may_start_a_run(cast, as_user):
    day = clock.today().isoformat()
    for role in ("officer", "office_head", "analyst"):
        client = as_user(role)
        answer = client.post("/runs/start/", {"as_of": day, "once": pages.new_token()})
        run = Run.objects.order_by("-number").first()
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/runs/{run.number}/")
        client.post(f"/runs/{run.number}/cancel/", {"once": pages.new_token()})
        run.refresh_from_db()
        assert run.state == "cancelled"
    for role in ("secretary", "dispatch_head", "unit_head", "unit_officer", "cadre", "security_admin"):
        assert as_user(role).post("/runs/start/", {"as_of": day}).status_code == 403
        assert as_user(role).get("/runs/").status_code == 403
    late = as_user("officer").post("/runs/start/", {"as_of": "2030-01-01", "once": pages.new_token()})
    assert late.status_code == 422


def test_a_running_run_shows_each_family_and_refreshes_when_it_is_over(cast, as_user):
    client = as_user("officer")
    run = actions.start_run(by=system("test"), codes=CODES)
    assert "排队中" in client.get(f"/runs/{run.number}/").content.decode()
    claimed = actions.claim_run(run.number)
    actions.keep_lease(claimed, [{"family": "works", "done": 3, "of": 9}, {"family": "cadres", "done": 0, "of": 3}])
    shown = client.get(f"/runs/{run.number}/").content.decode()
    assert "正在计算：工程建设" in shown
    assert 'hx-trigger="every 2s"' in shown
    assert 'value="3" max="12"' in shown
    actions.cancel_run(run, by=system("test"))
    polled = client.get(f"/runs/{run.number}/", headers={"HX-Request": "true", "HX-Target": "progress"})
    assert polled.headers["HX-Refresh"] == "true"
    assert "没有留下结果" in client.get(f"/runs/{run.number}/").content.decode()


def test_an_ended_run_shows_figures_new_ones_first_and_what_was_missing(cast, as_user):
    ran({"contract_change": None})
    run = ran()
    client = as_user("analyst")
    page = client.get(f"/runs/{run.number}/?beside={run.number - 1}")
    lines = page.context["lines"]
    assert [line.row.code for line in lines][:2] == ["ENG-401", "CAD-001"]
    assert lines[0].was.status == "not_computable"
    shown = page.content.decode()
    assert "缺表医保结算" in shown or "缺表" in shown
    assert "医保信息平台" in shown  # who should deliver it
    assert "涉及上级管理干部或管理层级不明人员的1条未作处理" in shown
    assert client.get("/runs/999/").status_code == 404


def test_zero_findings_are_never_shown_as_clean(cast, as_user, office):
    client = as_user("officer")
    assert "还没有运行过" in client.get("/coverage/").content.decode()
    assert "这不表示没有问题" in client.get("/findings/").content.decode()
    ran()
    found = queries.coverage(cast.officer)
    assert {unit.code for unit in found.without_data} == {"420704103", "420704103201", "FKB"}
    assert found.with_data == found.units - 3
    waiting = {(one.lack.table, one.lack.column): [code for code, _ in one.codes] for one in found.waiting}
    assert waiting[("med_claim", "")] == ["MED-001"]
    shown = client.get("/coverage/").content.decode()
    assert "泽林镇" in shown
    assert "MED-001" in shown
    own = queries.coverage(cast.dispatch_head)
    assert own.units == 2
    assert own.without_data == []
    assert as_user("unit_head").get("/coverage/").status_code == 403


def test_latest_run_is_the_last_that_ended(cast):
    assert queries.latest_run() is None
    run = ran()
    actions.start_run(by=system("test"))
    assert queries.latest_run() == run
    assert RunIndicator.objects.filter(run=run).count() == len(CODES)


def test_pages_are_the_same_whichever_tables_are_missing(cast, as_user, tmp_path):
    run = ran(dict.fromkeys(("contract", "appointment", "pension_payment", "death_record")))
    assert run.findings == 0
    assert as_user("officer").get(f"/runs/{run.number}/").status_code == 200
    assert "未见异常" not in as_user("officer").get("/indicators/ENG-401/findings/").content.decode()
    assert put(tmp_path / "again")


def test_unit_page_says_that_nothing_was_looked_at_rather_than_nothing_found(office, as_user):
    page = as_user("officer").get("/units/ZJJ/").content.decode()
    assert "还没有运行过：什么都还没有看。" in page
    assert "什么都还没有看" not in as_user("unit_officer").get("/units/ZJJ/").content.decode()
