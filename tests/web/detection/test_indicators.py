"""Indicators in the office: status and parameters by two people, precision, the catalogue, publication."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lianfang.web.detection import catalogue, queries
from lianfang.web.detection.actions import findings as finding_actions
from lianfang.web.detection.actions import indicators as actions
from lianfang.web.detection.models import Finding, IndicatorParameter, IndicatorStatus
from lianfang.web.detection.queries.indicators import Precision, precision_by_kind
from lianfang.web.shared import clock, pages
from lianfang.web.shared.models import LogEntry, Package
from lianfang.web.shared.refused import Refused
from tests.web.detection.small_city import ran

REASON = "试运行三个月，触发准确，可以启用"


def in_force(cast, code: str = "ENG-401"):
    proposal = actions.propose_status(code, "in_force", by=cast.analyst, from_on=clock.today(), reason=REASON)
    return actions.decide(proposal, by=cast.office_head, agreed=True)


def test_a_status_is_proposed_by_one_and_decided_by_another(cast):
    proposal = actions.propose_status("ENG-401", "in_force", by=cast.analyst, from_on=clock.today(), reason=REASON)
    assert queries.indicator("ENG-401").status == "trial"
    with pytest.raises(Refused) as refused:
        actions.decide(proposal, by=cast.officer, agreed=True)
    assert refused.value.status == 403
    actions.decide(proposal, by=cast.office_head, agreed=True)
    assert queries.indicator("ENG-401").status == "in_force"
    with pytest.raises(Refused) as refused:
        actions.decide(proposal, by=cast.office_head, agreed=False)
    assert refused.value.status == 409


def test_whoever_proposed_cannot_decide(cast):
    proposal = actions.propose_status("ENG-401", "in_force", by=cast.office_head, from_on=clock.today(), reason=REASON)
    with pytest.raises(Refused) as refused:
        actions.decide(proposal, by=cast.office_head, agreed=True)
    assert refused.value.status == 403
    assert IndicatorStatus.objects.get().decision == "waiting"


def test_statuses_change_forward_only_and_one_at_a_time(cast):
    with pytest.raises(Refused) as refused:
        actions.propose_status(
            "ENG-401", "in_force", by=cast.analyst, from_on=clock.today() - timedelta(days=1), reason=REASON
        )
    assert "from_on" in refused.value.fields
    later = clock.today() + timedelta(days=3)
    proposal = actions.propose_status("ENG-401", "in_force", by=cast.analyst, from_on=later, reason=REASON)
    with pytest.raises(Refused):
        actions.propose_status("ENG-401", "retired", by=cast.officer, from_on=later, reason=REASON)
    actions.decide(proposal, by=cast.office_head, agreed=True)
    assert queries.indicator("ENG-401").status == "trial"
    with clock.at(clock.now() + timedelta(days=3)):
        assert queries.indicator("ENG-401").status == "in_force"
        with pytest.raises(Refused):
            actions.propose_status("ENG-401", "in_force", by=cast.analyst, from_on=clock.today(), reason=REASON)


def test_decided_late_it_begins_on_the_day_of_the_decision(cast):
    proposal = actions.propose_status("ENG-401", "in_force", by=cast.analyst, from_on=clock.today(), reason=REASON)
    with clock.at(clock.now() + timedelta(days=9)):
        assert actions.decide(proposal, by=cast.office_head, agreed=True).from_on == clock.today()


def test_an_indicator_whose_law_is_not_verified_is_not_put_in_force(cast):
    draft = next(code for code, one in catalogue.shipped().indicators.items() if one.card.status == "draft")
    with pytest.raises(Refused) as refused:
        actions.propose_status(draft, "in_force", by=cast.analyst, from_on=clock.today(), reason=REASON)
    assert "status" in refused.value.fields


def test_an_own_value_of_a_parameter_takes_two_people_a_source_and_a_fitting_value(cast):
    given = {"by": cast.analyst, "from_on": clock.today(), "reason": "按本市文件执行该比例"}
    with pytest.raises(Refused) as refused:
        actions.propose_parameter("ENG-401", "share", 0.1, source="", **given)
    assert "source" in refused.value.fields
    with pytest.raises(Refused) as refused:
        actions.propose_parameter("ENG-401", "share", "many", source="市政府〔2024〕1号", **given)
    assert "value" in refused.value.fields
    proposal = actions.propose_parameter("ENG-401", "share", 0.1, source="市政府〔2024〕1号", **given)
    assert catalogue.local_parameters(clock.today()) == {}
    actions.decide(proposal, by=cast.office_head, agreed=False, opinion="依据不足")
    assert catalogue.local_parameters(clock.today()) == {}
    again = actions.propose_parameter("ENG-401", "share", 0.1, source="市政府〔2024〕1号", **given)
    actions.decide(again, by=cast.office_head, agreed=True)
    own = catalogue.local_parameters(clock.today())["ENG-401"]["share"]
    assert [(one["value"], one["from"]) for one in own] == [(0.1, None)]


def test_a_dated_parameter_keeps_the_law_of_earlier_days(cast):
    from datetime import date

    given = {"by": cast.analyst, "from_on": clock.today(), "reason": "本省政府规章提高了限额标准", "key": "施工"}
    proposal = actions.propose_parameter("BID-001", "tender_limit", 6_000_000, source="省政府令第1号", **given)
    actions.decide(proposal, by=cast.office_head, agreed=True)
    local, indicator = catalogue.local_parameters(clock.today()), catalogue.card_of("BID-001")

    def works(day: date) -> float:
        return {v["key"]: v["value"] for v in catalogue.values_on(indicator, "tender_limit", day, local)}["施工"]

    assert (works(date(2017, 6, 1)), works(date(2020, 6, 1)), works(clock.today())) == (2000000, 4000000, 6000000)


def test_the_pages_take_a_proposal_through_to_its_decision(cast, as_user):
    analyst, head = as_user("analyst"), as_user("office_head")
    given = {"status": "in_force", "from_on": clock.today(), "reason": REASON, "once": pages.new_token()}
    assert analyst.post("/indicators/ENG-401/status/", given | {"reason": "短"}).status_code == 422
    given["once"] = pages.new_token()
    assert analyst.post("/indicators/ENG-401/status/", given).status_code == 302
    assert analyst.get("/indicators/ENG-401/decide/status/").status_code == 403
    assert REASON in head.get("/indicators/ENG-401/decide/status/").content.decode()
    answer = {"agreed": "yes", "opinion": "同意", "once": pages.new_token()}
    assert head.post("/indicators/ENG-401/decide/status/", answer).status_code == 302
    assert head.get("/indicators/ENG-401/decide/status/").status_code == 404
    value = {"value": "8%", "from_on": clock.today(), "source": "市政府〔2024〕1号", "reason": REASON}
    assert analyst.post("/indicators/ENG-401/parameters/share/", value | {"value": "多"}).status_code == 422
    assert analyst.post("/indicators/ENG-401/parameters/share/", value).status_code == 302
    assert IndicatorParameter.objects.get().value == 0.08
    assert head.post("/indicators/ENG-401/decide/share/", answer | {"once": ""}).status_code == 302
    assert "本地" in head.get("/indicators/ENG-401/parameters/").content.decode()
    assert REASON in head.get("/indicators/ENG-401/history/").content.decode()


# ---- precision -------------------------------------------------------------------------------------------------------


def test_precision_with_its_interval():
    found = Precision(89, 124)
    assert round(found.share, 1) == 71.8
    # Wilson, 95 %: worked out by hand with z = 1.96
    assert (round(found.low, 1), round(found.high, 1)) == (63.3, 78.9)
    assert found.is_enough
    assert not Precision(9, 9).is_enough
    assert Precision(10, 10).is_enough
    assert (Precision(0, 0).low, Precision(0, 0).high) == (0.0, 100.0)
    assert Precision(10, 10).high == 100.0


def test_precision_comes_from_what_people_answered(cast, clean_store):
    ran()
    one, other = Finding.objects.filter(code="ENG-401").order_by("subject_id")
    finding_actions.judge(one, by=cast.officer, fired_rightly=True, reason="confirmed")
    finding_actions.judge(other, by=cast.officer, fired_rightly=False, reason="data_wrong")
    assert queries.precision("ENG-401") == Precision(1, 2)
    assert queries.precision("CAD-001") == Precision(0, 0)
    assert precision_by_kind("ENG-401") == [("部门", Precision(1, 2))]


# ---- the catalogue ---------------------------------------------------------------------------------------------------


def test_each_facet_has_its_numbers_and_narrows_the_catalogue(cast, as_user):
    client = as_user("officer")
    page = client.get("/indicators/")
    total = len(catalogue.shipped().indicators)
    assert page.context["total"] == total
    for facet in page.context["facets"]:
        assert sum(n for _value, _title, n in facet.values) == total
    works = client.get("/indicators/?family=works").context["rows"]
    assert {row.indicator.family for row in works} == {"works"}
    both = client.get("/indicators/?family=works&family=land&nature=rule_broken").context["rows"]
    assert {row.indicator.family for row in both} == {"works", "land"}
    assert {row.indicator.card.nature for row in both} == {"rule_broken"}
    assert [row.code for row in client.get("/indicators/?q=contract_change 10%").context["rows"]] == ["ENG-401"]
    with CaptureQueriesContext(connection) as captured:
        client.get("/indicators/")
    assert len(captured) <= 12


@pytest.mark.parametrize("tab", ["", "rule/", "parameters/", "cases/", "performance/", "findings/", "history/"])
def test_every_tab_of_every_indicator_opens_in_both_languages(tab, cast, as_user):
    client = as_user("analyst")
    client.get("/indicators/ENG-401/")
    for code in catalogue.shipped().indicators:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/indicators/{code}/{tab}").status_code == 200
        assert len(captured) <= 15
    client.cookies["django_language"] = "en"
    assert "Cumulative changes over contract" in client.get(f"/indicators/ENG-401/{tab}").content.decode()
    assert client.get("/indicators/NO-001/").status_code == 404
    assert client.get("/indicators/ENG-401/nothing/").status_code == 404


def test_who_may_not_see_findings_reads_the_catalogue_without_them(cast, as_user, clean_store):
    ran()
    number = Finding.objects.filter(code="ENG-401").first().number
    for tab in ("", "performance/", "findings/"):
        assert number not in as_user("unit_head").get(f"/indicators/ENG-401/{tab}").content.decode()
    assert number in as_user("officer").get("/indicators/ENG-401/findings/").content.decode()


# ---- publication -----------------------------------------------------------------------------------------------------


def test_what_the_public_reads_helps_nobody_to_evade(cast):
    with pytest.raises(Refused):
        actions.publish_indicator("ENG-401", by=cast.office_head)
    in_force(cast)
    with pytest.raises(Refused) as refused:
        actions.publish_indicator("ENG-401", by=cast.officer)
    assert refused.value.status == 403
    actions.publish_indicator("ENG-401", by=cast.office_head)
    package = Package.objects.get(kind="indicator")
    assert package.key == "ENG-401"
    assert package.content["name"] == {"zh": "累计变更超合同", "en": "Cumulative changes over contract"}
    assert package.content["law"] == ["政府投资条例 第21条、第23条"]
    assert LogEntry.objects.filter(action="indicator.publish").count() == 1
    for code, one in catalogue.shipped().indicators.items():
        content = actions.public_content(one)
        text = str(content)
        assert "SELECT" not in text
        assert set(content) == {"code", "name", "watched", "why", "law", "family", "safety"}
        if one.card.nature != "rule_broken":
            assert content["watched"]["zh"] == one.card.name.zh, code


def test_a_published_indicator_can_be_taken_down(cast, as_user):
    in_force(cast)
    head = as_user("office_head")
    head.post("/indicators/ENG-401/publish/", {"once": pages.new_token()})
    assert "从公开网站撤下" in head.get("/indicators/ENG-401/").content.decode()
    head.post("/indicators/ENG-401/publish/", {"down": "1", "once": pages.new_token()})
    assert Package.objects.order_by("-number").first().content is None
    assert "公开这个指标" in head.get("/indicators/ENG-401/").content.decode()
    assert as_user("officer").post("/indicators/ENG-401/publish/").status_code == 403
