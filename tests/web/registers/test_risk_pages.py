"""The register's pages: who opens them, what they show, and how many queries they take."""

from __future__ import annotations

import io
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from lianfang.web.registers import actions, queries
from lianfang.web.registers.risk_points import RiskPoint
from lianfang.web.shared.models import LogEntry
from tests.web.registers.conftest import FIRST, REASON

pytestmark = pytest.mark.django_db


def _posted(values: dict[str, Any]) -> dict[str, Any]:
    codes = {name: values[name].code for name in ("unit", "post", "responsible_post")}
    return {**values, **codes, "measures": "\n".join(values["measures"])}


def test_the_list_shows_what_is_reached_and_nothing_else(as_user: Any, approved: Any) -> None:
    risk = approved()
    for name in ("officer", "unit_officer", "unit_head", "dispatch_head", "secretary", "cadre"):
        assert risk.number in as_user(name).get("/risks/").content.decode(), name
    for name in ("other_unit_officer", "other_unit_head"):
        answer = as_user(name).get("/risks/")
        assert risk.number not in answer.content.decode(), name
        assert as_user(name).get(f"/risks/{risk.number}/").status_code == 404
    for name in ("analyst", "system_admin", "security_admin", "audit_admin"):
        assert as_user(name).get("/risks/").status_code == 403, name


def test_a_cadre_sees_the_points_of_the_posts_held_now(as_user: Any, approved: Any, office: Any) -> None:
    own, other = approved(), approved(post="ZJJ-2")
    client = as_user("cadre")
    for address in ("/risks/", "/risks/mine/"):
        shown = client.get(address).content.decode()
        assert own.number in shown
        assert other.number not in shown
    assert client.get(f"/risks/{other.number}/").status_code == 404
    office.person("P-ZHU").holdings.update(until_on="2025-01-01")
    assert client.get(f"/risks/{own.number}/").status_code == 404


def test_mine_shows_own_posts_even_to_those_who_see_all(as_user: Any, approved: Any) -> None:
    own, other = approved(post="ZJJ-1"), approved()
    shown = as_user("unit_head").get("/risks/mine/").content.decode()
    assert own.number in shown
    assert other.number not in shown


def test_the_card_explains_the_level_and_offers_moves(as_user: Any, approved: Any) -> None:
    risk = approved(**FIRST)
    shown = as_user("office_head").get(f"/risks/{risk.number}/").content.decode()
    assert "可能性4 × 危害4 ＝ 固有风险16" in shown
    assert f"/risks/{risk.number}/publicise/" in shown
    assert f"/risks/{risk.number}/publicise/" not in as_user("officer").get(f"/risks/{risk.number}/").content.decode()


def test_the_form_shows_every_field_once(as_user: Any, cast: Any, filled: Any) -> None:
    risk = actions.add_risk(filled(), by=cast.unit_officer)
    for address in ("/risks/new/", f"/risks/{risk.number}/edit/"):
        answer = as_user("unit_officer").get(address)
        shown = answer.content.decode()
        for name in answer.context["form"].fields:
            assert f'name="{name}"' in shown, name
    assert "两人以上到场" in shown


def test_a_form_writes_a_draft(as_user: Any, filled: Any) -> None:
    client = as_user("unit_officer")
    answer = client.post("/risks/new/", _posted(filled()))
    risk = RiskPoint.objects.get()
    assert answer.headers["Location"] == f"/risks/{risk.number}/"
    assert (risk.state, risk.level, risk.measures) == ("draft", 2, ["两人以上到场", "抽查结果当场上传"])
    answer = client.post(f"/risks/{risk.number}/edit/", {**_posted(filled(node="材料进场")), "version": 1})
    assert answer.status_code == 302
    assert "材料进场" in client.get(f"/risks/{risk.number}/").content.decode()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"manifestation": "太短"}, "20"),
        ({"measures": ["短"]}, "每条措施不少于5字"),
        ({"manifestation": "证号420704198001011234的人在现场抽查时可能放宽标准"}, "身份证号"),
    ],
)
def test_a_form_that_is_wrong_comes_back(given: dict[str, Any], said: str, as_user: Any, filled: Any) -> None:
    answer = as_user("unit_officer").post("/risks/new/", _posted(filled(**given)))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not RiskPoint.objects.exists()


def test_the_card_tells_what_was_done_and_nothing_of_the_portals_log(as_user: Any, published: Any) -> None:
    from lianfang.web.portal.actions import carry

    risk = published()
    carry()
    history = as_user("officer").get(f"/risks/{risk.number}/").context["history"]
    assert [entry["who"] for entry in history] == ["郑川", "沈立", "蒋平", "钱多", "钱多"]


def test_a_form_offers_only_units_within_reach(as_user: Any, filled: Any) -> None:
    answer = as_user("other_unit_officer").post("/risks/new/", _posted(filled()))
    assert answer.status_code == 422
    assert as_user("cadre").get("/risks/new/").status_code == 403


def test_a_post_of_another_unit_is_refused(as_user: Any, filled: Any, office: Any) -> None:
    posted = {**_posted(filled()), "unit": "ZJJ"}
    assert "不在所选的单位" in as_user("unit_officer").post("/risks/new/", posted).content.decode()


def test_moves_run_from_their_pages(as_user: Any, cast: Any, filled: Any) -> None:
    risk = actions.add_risk(filled(**FIRST), by=cast.unit_officer)
    steps = (
        ("unit_officer", "assess", {}),
        ("unit_deputy", "review", {}),
        ("unit_head", "approve", {"minutes_number": "党组纪要〔2025〕1号"}),
        ("office_head", "publicise", {"reason": REASON}),
    )
    for name, move, given in steps:
        client, address = as_user(name), f"/risks/{risk.number}/{move}/"
        assert client.get(address).status_code == 200
        risk.refresh_from_db()
        answer = client.post(address, {**given, "version": risk.version})
        assert answer.status_code == 302, answer.content.decode()
    risk.refresh_from_db()
    assert risk.state == "publicity"


def test_a_move_without_what_it_asks_comes_back(as_user: Any, cast: Any, filled: Any) -> None:
    risk = actions.add_risk(filled(**FIRST), by=cast.unit_officer)
    actions.move_risk(risk, "assess", by=cast.unit_officer)
    actions.move_risk(risk, "review", by=cast.unit_deputy)
    answer = as_user("unit_head").post(f"/risks/{risk.number}/approve/", {"version": 3})
    assert answer.status_code == 422
    assert "会议纪要号" in answer.content.decode()
    given = {"minutes_number": "1号", "version": 3}
    assert as_user("unit_head").post(f"/risks/{risk.number}/approve/", {**given, "version": 1}).status_code == 409
    assert as_user("unit_officer").post(f"/risks/{risk.number}/approve/", given).status_code == 403
    assert as_user("other_unit_head").post(f"/risks/{risk.number}/approve/", given).status_code == 404
    assert as_user("unit_head").get(f"/risks/{risk.number}/nothing/").status_code == 404


def test_filters_and_words_narrow_the_list(as_user: Any, approved: Any) -> None:
    first, second = approved(**FIRST), approved(matter="施工许可核发")
    client = as_user("officer")
    for query, found in (
        ("level=1", {first.number}),
        ("level=2", {second.number}),
        ("q=施工许可", {second.number}),
        ("q=施工许可 抽查", {second.number}),
        ("unit=ZJJ-ZL", {first.number, second.number}),
        ("unit=CZJ", set()),
        ("view=first", {first.number}),
        ("view=closed", set()),
        ("level=9&state=nonsense", set()),
    ):
        shown = client.get(f"/risks/?{query}").content.decode()
        assert {n for n in (first.number, second.number) if n in shown} == found, query


def test_a_units_page_shows_its_points_to_those_who_may_read_them(as_user: Any, approved: Any) -> None:
    risk = approved()
    assert risk.number in as_user("officer").get("/units/ZJJ-ZL/").content.decode()
    assert risk.number not in as_user("officer").get("/units/ZJJ/").content.decode()


def test_an_export_holds_the_rows_of_the_list_and_is_logged(as_user: Any, approved: Any) -> None:
    first, _second = approved(**FIRST), approved()
    client = as_user("unit_officer")
    assert client.post("/risks/export/?level=1", {"purpose": ""}).status_code == 422
    answer = client.post("/risks/export/?level=1", {"purpose": "年度汇总上报"})
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert [row[1] for row in rows[1:2]] == [first.number]
    assert len(rows) == 4  # head, one row, an empty one, who and what for
    assert "年度汇总" in rows[3][0]
    entry = LogEntry.objects.get(action="risk.export")
    assert (entry.reason, entry.detail) == ("年度汇总上报", {"rows": 1})


def test_the_desk_says_whose_turn_it_is(cast: Any, filled: Any) -> None:
    risk = actions.add_risk(filled(**FIRST), by=cast.unit_officer)
    turns = (
        ("unit_officer", "assess", {}),
        ("unit_deputy", "review", {}),
        ("unit_head", "approve", {"minutes_number": "1"}),
    )
    for name, move, given in turns:
        assert [item.url for item in queries.due_for(cast.actor(name))] == [f"/risks/{risk.number}/"], name
        assert list(queries.due_for(cast.other_unit_head)) == []
        actions.move_risk(risk, move, by=cast.actor(name), given=given)
    assert [str(item.verb) for item in queries.due_for(cast.office_head)] == ["向社会公示"]
    assert list(queries.due_for(cast.officer)) == []


def test_coverage_has_its_denominator(cast: Any, published: Any) -> None:
    published()
    from lianfang.web.shared.roles import Permission

    found = queries.unit_coverage(cast.officer, Permission.DASHBOARD_READ)
    assert (found.done, found.of, found.percent) == (1, 8, None)  # fewer than ten units: no percentage
    found = queries.publicity_coverage(cast.officer, Permission.DASHBOARD_READ)
    assert (found.done, found.of) == (1, 1)


@pytest.mark.parametrize("rows", [1, 12])
def test_queries_do_not_grow_with_rows(
    rows: int, as_user: Any, approved: Any, django_assert_max_num_queries: Any
) -> None:
    for _ in range(rows):
        risk = approved()
    client = as_user("officer")
    client.get("/risks/")
    with django_assert_max_num_queries(12):
        client.get("/risks/")
    with django_assert_max_num_queries(12):
        client.get(f"/risks/{risk.number}/")
