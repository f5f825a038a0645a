"""Pages of signals and alerts: each opens for those it is for, in both languages, with a fixed number of queries."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lianfang.web.alerts import actions
from lianfang.web.alerts.models import Alert, Sighting, Signal
from lianfang.web.shared.models import LogEntry

from .conftest import PDF, WORDS

TABS = ("", "correction/", "documents/", "record/")


@pytest.mark.parametrize("colour", ["yellow", "orange", "red"])
@pytest.mark.parametrize("stop", ["verifying", "pending", "issued", "rectifying", "accepting", "passed", "released"])
def test_alert_opens_at_every_step_for_everybody_it_is_for(road, as_user, stop, colour):
    alert = road.to(stop, colour=colour)
    everybody = ["officer", "second_officer", "office_head", "deputy_secretary", "secretary", "dispatch_head"]
    for who in [*everybody, *(["unit_head", "unit_officer", "unit_deputy"] if alert.issued_at else [])]:
        for tab in TABS if alert.issued_at else ("", "record/"):
            response = as_user(who).get(f"/alerts/{alert.number}/{tab}")
            assert response.status_code == 200, (who, tab)


def test_alert_speaks_english(road, as_user):
    alert = road.to("rectifying", colour="orange")
    client = as_user("officer")
    client.cookies["django_language"] = "en"
    page = client.get(f"/alerts/{alert.number}/").content.decode()
    assert "Data up to 7 January 2025" in page


def test_unit_sees_nothing_before_issue(road, as_user):
    alert = road.to("approved")
    for who in ("unit_head", "unit_deputy", "unit_officer", "other_unit_head", "cadre"):
        assert as_user(who).get(f"/alerts/{alert.number}/").status_code == 404
        assert alert.number not in as_user(who).get("/alerts/?view=all").content.decode()
    road.move(alert, "issue", "officer")
    assert as_user("unit_head").get(f"/alerts/{alert.number}/").status_code == 200
    assert as_user("other_unit_head").get(f"/alerts/{alert.number}/").status_code == 404


def test_subject_reads_the_alert_without_notes_of_its_checking(road, as_user):
    alert = road.to("rectifying", person="P-ZHU", unit="ZJJ-ZL")
    page = as_user("cadre").get(f"/alerts/{alert.number}/").content.decode()
    assert "您的权利" in page
    assert "已查无此情形" not in page
    assert "谁看过" not in page
    office = as_user("officer").get(f"/alerts/{alert.number}/").content.decode()
    assert "已查无此情形" in office
    assert "谁看过" in office
    record = as_user("cadre").get(f"/alerts/{alert.number}/record/").content.decode()
    assert "签收通知" in record
    assert "提交呈批" not in record


def test_looking_is_kept(road, as_user):
    alert = road.to("issued", person="P-ZHU", unit="ZJJ-ZL")
    client = as_user("officer")
    client.get(f"/alerts/{alert.number}/")
    client.get(f"/alerts/{alert.number}/")
    seen = Sighting.objects.get(alert=alert, user=road.cast.user("officer"))
    assert seen.times == 2
    assert LogEntry.objects.filter(action="alert.see", subject=alert.number).count() == 2


def test_inbox_and_intake(road, as_user):
    first = road.signal()
    client = as_user("officer")
    assert first.title in client.get("/signals/").content.decode()
    assert client.get(f"/signals/{first.number}/").status_code == 200
    given = {
        "source": "audit",
        "unit": "市财政局",
        "title": "专户利息未及时入账",
        "text": "审计报告提到专户利息滞留三个月未入账。",
        "safety": "funds",
    }
    response = client.post("/signals/new/", given)
    made = Signal.objects.get(source="audit")
    assert response.url == f"/signals/{made.number}/"
    assert made.state == "screening"


def post(client: Any, url: str, data: dict[str, Any], status: int = 302) -> Any:
    response = client.post(url, data)
    assert response.status_code == status, response.content.decode()[-3000:]
    return response


def test_whole_path_by_forms(road, as_user):
    """Everything that a user presses, from the finding to the release, in orange."""
    finding = road.finding(colour="orange")
    officer, second, unit = as_user("officer"), as_user("second_officer"), as_user("unit_head")
    number = post(officer, f"/findings/{finding.number}/signal/", {}).url.strip("/").split("/")[-1]
    people = {"checker": road.cast.user("officer").pk, "second_checker": road.cast.user("second_officer").pk}
    url = post(officer, f"/signals/{number}/check/", people).url
    alert = Alert.objects.get()
    assert url == f"/alerts/{alert.number}/"
    for place in range(1, alert.ticks.count() + 1):
        post(officer, f"{url}check/tick/{place}/", {"result": "excluded", "note": "已查"})
    facts = {"facts": "已核对案卷。", "methods": ["files"], "no_conflict_declared": "on"}
    post(officer, f"{url}check/", facts)
    post(officer, f"{url}check/file/", {"file": SimpleUploadedFile("笔录.pdf", PDF)})
    graded = {
        "nature": "tendency",
        "amount": "6124000",
        "subject": "unit",
        "repeat": "1",
        "hits": "1",
        "impact": "none",
        "post_risk": "2",
        "requirement_1": "补正案卷",
        "standard_1": "补正后的案卷",
        "disposals": ["O1"],
    }
    recounted = officer.post(f"{url}grade/", graded)
    assert recounted.status_code == 200
    assert recounted.context["proposal"].score == 7
    post(officer, f"{url}grade/", graded | {"save": "1"})
    post(second, f"{url}check/second/", {"decision": "agree", "text": "同意"})
    assert officer.get(f"{url}submit/").status_code == 200
    post(officer, f"{url}submit/", {})
    post(as_user("dispatch_head"), f"{url}cosign/", {"decision": "agree", "text": WORDS})
    post(as_user("deputy_secretary"), f"{url}approve/", {"reason": WORDS})
    post(officer, f"{url}issue/", {})
    post(unit, f"{url}sign/", {})
    item = {"measure": "已补正", "responsible": "蒋平", "status": "done", "done_on": "2025-01-08"}
    item["file"] = SimpleUploadedFile("补正.pdf", PDF)
    assert unit.get(f"{url}reply/").status_code == 200
    assert unit.get(f"{url}reply/1/").status_code == 200
    post(unit, f"{url}reply/1/", item)
    post(unit, f"{url}reply/end/", {"analysis": "排班不足", "is_promised": "on"})
    post(unit, f"{url}send-reply/", {})
    post(officer, f"{url}assign-acceptance/", {"acceptor": road.cast.user("third_officer").pk})
    third = as_user("third_officer")
    assert third.get(f"{url}accept/").status_code == 200
    accepted = {"methods": ["files"], "recount": "重算后不再出现", "passed_1": "yes"}
    post(third, f"{url}accept/", accepted)
    post(as_user("deputy_secretary"), f"{url}release/", {"reason": WORDS})
    assert Alert.objects.get().state == "released"


def test_refusal_comes_back_into_the_form(road, as_user):
    alert = road.to("pending")
    response = as_user("office_head").post(f"/alerts/{alert.number}/approve/", {"reason": "同意"})
    assert response.status_code == 422
    accusing = as_user("office_head").post(
        f"/alerts/{alert.number}/return/", {"reason": "有群众举报该同志收受红包，请核验人继续查"}
    )
    assert accusing.status_code == 422
    assert "12388" in accusing.content.decode()


def test_move_that_is_not_there_is_not_found(road, as_user):
    alert = road.to("verifying")
    assert as_user("officer").get(f"/alerts/{alert.number}/release/").status_code == 404


def test_file_is_handed_over_to_be_saved(road, as_user):
    alert = road.to("verifying")
    kept = actions.attach(alert, SimpleUploadedFile("笔录.pdf", PDF), by=road.cast.officer)
    response = as_user("officer").get(f"/alerts/{alert.number}/files/{kept.digest}/")
    assert b"".join(response.streaming_content) == PDF
    assert response["Content-Disposition"].startswith("attachment")
    road.on(alert, "issued")
    assert as_user("unit_head").get(f"/alerts/{alert.number}/files/{kept.digest}/").status_code == 404


def queries_of(client: Any, url: str) -> int:
    client.get(url)  # the session's and sighting's first time apart
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(url).status_code == 200
    return len(caught)


@pytest.mark.parametrize("url", ["/alerts/?view=open", "/signals/", "/alerts/calendar/"])
def test_lists_ask_the_same_for_one_row_and_for_three(road, as_user, url):
    client = as_user("officer")
    road.to("rectifying")
    road.signal()
    one = queries_of(client, url)
    for _ in range(2):
        road.to("rectifying")
        road.signal()
    assert queries_of(client, url) == one
    assert one <= 24


def test_page_of_an_alert_asks_the_same_for_one_finding_and_for_three(road, as_user):
    client = as_user("officer")
    first = road.to("pending", colour="orange")
    one = queries_of(client, f"/alerts/{first.number}/")
    alert = road.alert(colour="orange")
    for _ in range(2):
        actions.merge_signal(road.signal(), alert, by=road.cast.officer)
    road.on(alert, "pending", colour="orange")
    more = queries_of(client, f"/alerts/{alert.number}/")
    # each finding's evidence is unsealed for its reader and logged; nothing else grows
    assert more - one <= 2 * 5
    assert one <= 34
