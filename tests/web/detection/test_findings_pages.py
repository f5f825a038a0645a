"""Pages of findings: what they show, to whom, and what is never shown."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lianfang.web.detection import queries
from lianfang.web.detection.actions import findings as actions
from lianfang.web.detection.models import Batch, Dataset, Delivery, Finding, Judgement, Run
from lianfang.web.shared import clock, pages
from lianfang.web.shared.actor import system
from lianfang.web.shared.models import LogEntry
from lianfang.web.shared.refused import Refused
from tests.web.detection.small_city import ran

pytestmark = pytest.mark.usefixtures("clean_store")
REASON = "核对当事单位提供的原始凭证需要"


@pytest.fixture
def seen(office):
    ran()
    return {one.subject_id: one for one in Finding.objects.all()}


def test_a_finding_shows_sentence_evidence_limits_law_rule_and_what_to_check(seen, as_user):
    shown = as_user("officer").get(f"/findings/{seen['HT-1'].number}/").content.decode()
    assert "施工合同" in shown
    assert "BG-1" in shown
    assert "300,000.00" in shown
    assert "700,000.00" in shown  # the running total of the changes, proved by the sum in the evidence
    assert "政府投资条例 第21条、第23条" in shown
    assert "增加额占合同价的比例" in shown
    assert "changes approved by the original approving authority stay silent" in shown
    assert "调阅变更签证台账和批准文件" in shown
    assert 'class="sql-word"' in shown
    assert "style=" not in shown
    assert "<script>" not in shown


def test_looking_at_a_finding_is_logged_without_any_value_of_it(seen, as_user):
    as_user("officer").get(f"/findings/{seen['A-ZHU'].number}/")
    entry = LogEntry.objects.filter(action="finding.evidence").last()
    assert (entry.subject, entry.actor) == (seen["A-ZHU"].number, "周岚")
    assert entry.unit_path.startswith("/420700/ZJJ/")
    assert "P-ZHU" not in json.dumps(entry.detail)


def test_who_sees_findings_and_whose(seen, as_user, cast):
    numbers = {"HT-1", "HT-2", "A-ZHU", "A-SHEN"}
    for role in ("officer", "office_head", "analyst"):
        assert set(queries.findings_for(cast.actor(role)).values_list("subject_id", flat=True)) >= numbers
    own = set(queries.findings_for(cast.dispatch_head).values_list("subject_id", flat=True))
    assert {"HT-1", "A-ZHU", "A-SHEN"} <= own
    assert "HT-2" not in own
    client = as_user("dispatch_head")
    assert client.get(f"/findings/{seen['HT-1'].number}/").status_code == 200
    assert client.get(f"/findings/{seen['HT-2'].number}/").status_code == 404
    assert client.get("/findings/F-999999/").status_code == 404
    for role in ("unit_head", "unit_officer", "cadre", "secretary", "system_admin", "audit_admin"):
        assert as_user(role).get("/findings/").status_code == 403
        assert as_user(role).get(f"/findings/{seen['HT-1'].number}/").status_code == 403


def acting(cast, name: str, role: str = "officer"):
    """Somebody of the cast, given the office's rights for the whole city."""
    from dataclasses import replace

    from lianfang.web.shared.roles import ROLES

    return replace(cast.actor(name), role=role, unit_path="", permissions=dict(ROLES[role].may))


def test_nobody_sees_findings_on_themselves_or_on_those_above_them(seen, cast):
    def subjects(name: str) -> set[str]:
        return set(queries.findings_for(acting(cast, name)).values_list("subject_id", flat=True))

    assert "A-ZHU" not in subjects("cadre")  # on oneself
    assert "A-SHEN" not in subjects("cadre")  # the head of the unit above one's own
    assert "A-SHEN" not in subjects("unit_head")
    assert "A-ZHU" in subjects("unit_head")  # a head sees what concerns those below
    assert {"A-ZHU", "A-SHEN"} <= subjects("other_unit_head")
    with pytest.raises(Refused) as refused:
        actions.judge(seen["A-ZHU"], by=acting(cast, "cadre"), fired_rightly=True, reason="confirmed")
    assert refused.value.status == 404


def test_personal_cells_are_masked_until_asked_for_with_a_reason(seen, as_user):
    found = Finding.objects.get(code="SOC-001")
    client, other = as_user("officer"), as_user("second_officer")
    url = f"/findings/{found.number}/"
    assert "2024-04-03" not in client.get(url).content.decode()
    assert "key-old" not in client.get(url).content.decode()
    ask = f"{url}unmask/death_date/"
    assert client.get(ask).status_code == 200
    assert client.post(ask, {"reason": "短", "once": pages.new_token()}).status_code == 422
    assert client.post(ask, {"reason": REASON, "once": pages.new_token()}).status_code == 302
    assert "2024-04-03" in client.get(url).content.decode()
    assert "2024-04-03" not in other.get(url).content.decode()
    entry = LogEntry.objects.get(action="finding.unmask")
    assert (entry.reason, entry.detail["column"]) == (REASON, "death_date")
    assert client.get(f"{url}unmask/months/").status_code == 404
    with clock.at(clock.now() + actions.UNMASKED_FOR * 2):
        client = as_user("officer")
        assert "2024-04-03" not in client.get(url).content.decode()


def test_recounting_says_equal_and_notices_what_was_altered(seen, as_user):
    found, client = seen["HT-1"], as_user("officer")
    client.post(f"/findings/{found.number}/recount/", {"once": pages.new_token()})
    found.refresh_from_db()
    assert found.recount_differs == 0
    assert "复算一致" in client.get(f"/findings/{found.number}/").content.decode()
    Finding.objects.filter(pk=seen["HT-2"].pk).update(metric="0.5")
    result = queries.recount(Finding.objects.select_related("last_run").get(pk=found.pk))
    assert (result.differs, result.is_same) == (1, True)
    Run.objects.update(data="")
    with pytest.raises(Refused):
        queries.recount(Finding.objects.select_related("last_run").get(pk=found.pk))


def test_a_judgement_needs_a_reason_that_fits(seen, as_user, cast):
    found, client = seen["HT-1"], as_user("officer")
    url = f"/findings/{found.number}/judge/"
    assert client.post(url, {"reason": "", "once": pages.new_token()}).status_code == 422
    client.post(url, {"reason": "explained", "note": "已报批", "once": pages.new_token()})
    judged = Judgement.objects.get(finding=found)
    assert (judged.fired_rightly, judged.judged_by) == (False, "周岚")
    client.post(url, {"reason": "confirmed", "once": pages.new_token()})
    assert Judgement.objects.get().fired_rightly
    assert LogEntry.objects.filter(action="finding.judge").last().detail["before"] == "explained"
    with pytest.raises(Refused):
        actions.judge(found, by=cast.officer, fired_rightly=True, reason="data_wrong")
    assert as_user("analyst").post(url, {"reason": "confirmed"}).status_code == 403


def test_what_came_of_an_explanation_is_kept(seen, as_user, cast):
    found, client = seen["HT-1"], as_user("officer")
    case = "changes approved by the original approving authority stay silent"
    given = {"case": case, "result": "excluded", "note": "查了批复台账", "once": pages.new_token()}
    assert client.post(f"/findings/{found.number}/explain/", given).status_code == 302
    shown = client.get(f"/findings/{found.number}/").content.decode()
    assert "已排除" in shown
    assert "查了批复台账" in shown
    with pytest.raises(Refused):
        actions.explain(found, by=cast.officer, case="another", result="excluded")


def test_the_package_has_rows_rule_limits_and_digests_and_the_same_bytes(seen, as_user, cast):
    found, client = seen["HT-1"], as_user("officer")
    url = f"/findings/{found.number}/package/"
    assert client.post(url, {"reason": "短", "once": pages.new_token()}).status_code == 422
    answer = client.post(url, {"reason": REASON, "once": pages.new_token()})
    assert answer["Content-Type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert {"rule.sql", "evidence.csv", "rows-contract_change.csv", "limits.json"} <= set(archive.namelist())
    manifest = json.loads(archive.read("manifest.json"))
    assert manifest["evidence_digest"] == found.evidence_digest
    assert "BG-2" in archive.read("rows-contract_change.csv").decode("utf-8-sig")
    again = actions.take_package(found, by=cast.officer, reason=REASON)
    assert again == answer.content
    told = LogEntry.objects.filter(action="finding.package")
    assert (told.count(), told.first().reason) == (2, REASON)
    assert as_user("analyst").post(url, {"reason": REASON}).status_code == 403


def test_masked_cells_stay_masked_in_the_package(seen, cast):
    found = Finding.objects.get(code="SOC-001")
    content = actions.take_package(found, by=cast.officer, reason=REASON)
    archive = zipfile.ZipFile(io.BytesIO(content))
    text = b"".join(archive.read(name) for name in archive.namelist())
    assert b"2024-04-03" not in text
    assert b"key-old" not in text


# ---- the list --------------------------------------------------------------------------------------------------------


def listed(client, query: str = "") -> list[str]:
    page = client.get(f"/findings/{query}").context["page"]
    return sorted(one.subject_id for one in page.rows)


def test_the_list_is_narrowed_by_everything_in_its_address(seen, as_user):
    client = as_user("officer")
    assert len(listed(client)) == 5
    assert listed(client, "?code=ENG-401") == ["HT-1", "HT-2"]
    assert listed(client, "?unit=ZJJ&family=cadres") == ["A-SHEN", "A-ZHU"]  # with the units below it
    assert listed(client, "?safety=cadres") == ["A-SHEN", "A-ZHU"]
    assert listed(client, "?q=财政") == ["HT-2"]
    assert listed(client, "?q=HT-1") == ["HT-1"]
    assert listed(client, "?colour=red") == []
    assert listed(client, "?since=2025-01-09") == []
    assert listed(client, "?since=2025-01-08&stage=施工管理") == ["HT-1", "HT-2"]
    assert listed(client, "?colour=purple&since=nonsense") == listed(client)
    ran({"contract_change": "change_id | contract_id | amount | apply_date\n BG-9 | HT-1 | 700000 | 2023-10-01"})
    assert listed(client, "?change=gone") == ["HT-2"]
    assert "HT-2" not in listed(client)


def test_no_more_questions_are_asked_for_more_findings(office, as_user):
    def many(n: int) -> dict[str, str]:
        rows = [f"HT-{i} | ZJJ | 施工 | 2023-01-10 | 1000000" for i in range(n)]
        more = [f"BG-{i} | HT-{i} | 200000 | 2023-10-01 | 分管" for i in range(n)]
        head = "change_id | contract_id | amount | apply_date | approve_level"
        return {
            "contract": "\n".join(["contract_id | unit_id | ctype | sign_date | amount", *rows]),
            "contract_change": "\n".join([head, *more]),
        }

    client = as_user("officer")
    counts = []
    for n in (3, 60):
        ran(many(n), codes=["ENG-401"])
        number = Finding.objects.first().number
        client.get("/findings/")
        asked = []
        for url in ("/findings/", f"/findings/{number}/", "/runs/", f"/runs/{Run.objects.last().number}/"):
            with CaptureQueriesContext(connection) as captured:
                assert client.get(url).status_code == 200
            asked.append(len(captured))
        counts.append(asked)
    assert counts[0] == counts[1]
    lists, one, runs_list, run = counts[1]
    assert lists <= 12
    assert one <= 20
    assert runs_list <= 12
    assert run <= 15


# ---- withdrawn data ------------------------------------------------------------------------------------------------


def test_findings_on_a_withdrawn_batch_are_marked_and_their_tables_deleted(seen, office, as_user):
    moment = clock.now()
    dataset = Dataset.objects.create(
        number="D-1", table="contract_change", title="变更", provider=office.unit("ZJJ"), purpose="核对变更",
        legal_basis="政府投资条例", fields=[], retention_days=365, registered_by="甲", registered_at=moment,
    )  # fmt: skip
    delivery = Delivery.objects.create(
        number="L-1", provider=office.unit("ZJJ"), file_name="变更.xlsx", digest="0" * 64, size=1, uploaded_by="甲",
        uploaded_at=moment, state="taken",
    )  # fmt: skip
    batch = Batch.objects.create(
        number="B-contract_change", dataset=dataset, delivery=delivery, state="withdrawn", taken_at=moment,
        taken_by="甲", withdrawn_at=moment, withdrawn_by="甲",
    )  # fmt: skip
    held = seen["HT-2"]
    actions.hold_evidence(held, "2025-420700-000001", by=system("test"))
    actions.batch_withdrawn(batch)
    marked = Finding.objects.filter(withdrawn_on__isnull=False)
    assert set(marked.values_list("subject_id", flat=True)) == {"HT-1", "HT-2"}
    client = as_user("officer")
    assert listed(client, "?change=withdrawn") == ["HT-1", "HT-2"]
    assert "HT-1" not in listed(client)
    shown = client.get(f"/findings/{seen['HT-1'].number}/").content.decode()
    assert "所据数据已撤回" in shown
    assert "BG-1" not in shown
    assert "BG-3" in client.get(f"/findings/{held.number}/").content.decode()
    assert Run.objects.get().data == ""
    ran()
    assert not Finding.objects.filter(withdrawn_on__isnull=False).exists()
