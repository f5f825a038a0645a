"""Units as a tree: loading, changing, moving, closing, and who may see which."""

from __future__ import annotations

from datetime import date

import pytest
from django.http import Http404

from lianfang.web.organisation import actions, queries
from lianfang.web.organisation.actions import PersonRow, UnitRow
from lianfang.web.organisation.models import Holding, Person, Unit
from lianfang.web.shared.models import LogEntry
from lianfang.web.shared.refused import Refused


def test_tree_has_paths_from_the_root_down(office):
    village = office.unit("420704103201")
    assert village.path == "/420700/420704/420704103/420704103201/"
    assert village.depth == 4
    assert [unit.code for unit in queries.above(village)] == ["420700", "420704", "420704103"]


def test_loading_again_changes_names_and_adds_nothing(office, cast):
    before = Unit.objects.count()
    actions.load_units([UnitRow("CZJ", "市财政和国资局", "department", "420700")], by=cast.office_head)
    assert Unit.objects.count() == before
    assert office.unit("CZJ").name == "市财政和国资局"


@pytest.mark.parametrize(
    "row, said",
    [
        (UnitRow("", "无代码", "department", "420700"), "不能为空"),
        (UnitRow("A/B", "斜杠", "department", "420700"), "不能为空，也不能含有"),
        (UnitRow("X", "类别", "planet", "420700"), "不在类别表内"),
        (UnitRow("X", "孤儿", "department", "nowhere"), "上级要排在前面"),
    ],
)
def test_wrong_row_is_refused_and_nothing_is_loaded(office, cast, row, said):
    before = Unit.objects.count()
    with pytest.raises(Refused, match=said):
        actions.load_units([UnitRow("GOOD", "好的", "department", "420700"), row], by=cast.office_head)
    assert Unit.objects.count() == before


def test_moving_a_unit_takes_all_below_along(office, cast):
    unit = office.unit("ZJJ")
    actions.place_unit(unit, office.unit("420704"), by=cast.office_head, version=unit.version)
    below = office.unit("ZJJ-ZL")
    assert below.path == "/420700/420704/ZJJ/ZJJ-ZL/"
    assert below.depth == 4


def test_unit_is_not_moved_below_itself(office, cast):
    unit = office.unit("420704")
    with pytest.raises(Refused, match="它自己或它的下级"):
        actions.place_unit(unit, office.unit("420704103"), by=cast.office_head, version=unit.version)


def test_unit_with_open_units_below_is_not_closed(office, cast):
    unit = office.unit("ZJJ")
    with pytest.raises(Refused, match="还有未撤销的单位"):
        actions.close_unit(unit, by=cast.office_head, on=date(2025, 1, 8), reason="机构改革", version=unit.version)
    below = office.unit("ZJJ-ZL")
    actions.close_unit(below, by=cast.office_head, on=date(2025, 1, 8), reason="机构改革", version=below.version)
    actions.close_unit(unit, by=cast.office_head, on=date(2025, 1, 8), reason="机构改革", version=unit.version)
    assert office.unit("ZJJ").closed_on == date(2025, 1, 8)


def test_second_of_two_who_change_a_unit_is_told(office, cast):
    unit = office.unit("CZJ")
    actions.change_unit(unit, by=cast.office_head, name="甲", short_name="", kind="department", version=unit.version)
    with pytest.raises(Refused, match="刚被别人改过") as refused:
        actions.change_unit(
            unit, by=cast.office_head, name="乙", short_name="", kind="department", version=unit.version
        )
    assert refused.value.status == 409
    assert office.unit("CZJ").name == "甲"


def test_only_the_office_head_changes_units_and_each_change_is_logged(office, cast):
    unit = office.unit("CZJ")
    with pytest.raises(Refused) as refused:
        actions.change_unit(unit, by=cast.officer, name="甲", short_name="", kind="department", version=unit.version)
    assert refused.value.status == 403
    actions.change_unit(unit, by=cast.office_head, name="甲", short_name="", kind="department", version=unit.version)
    entry = LogEntry.objects.get(action="unit.change")
    assert (entry.subject, entry.unit_path, entry.detail["after"]["name"]) == ("CZJ", unit.path, "甲")


def test_unit_officer_sees_the_own_subtree_and_nothing_else(office, cast):
    assert {u.code for u in queries.units_for(cast.unit_officer)} == {"ZJJ", "ZJJ-ZL"}
    assert queries.unit_for(cast.unit_officer, "ZJJ-ZL").name == "市建设工程质量监督站"
    with pytest.raises(Http404):
        queries.unit_for(cast.unit_officer, "CZJ")


def test_official_managed_above_or_of_unknown_level_is_not_stored(office, cast):
    assert not Person.objects.filter(code="P-ABOVE").exists()
    rows = [
        PersonRow("P-1", "甲", "CZJ", "省"),
        PersonRow("P-2", "乙", "CZJ", ""),
        PersonRow("P-3", "丙", "CZJ", "县", (("CZJ-1", date(2024, 5, 6), None),)),
    ]
    assert actions.load_persons(rows, by=cast.office_head) == (1, 2)
    assert [p.code for p in Person.objects.filter(code__in=["P-1", "P-2", "P-3"])] == ["P-3"]
    assert "甲" not in str(list(LogEntry.objects.values()))
    actions.load_persons(rows, by=cast.office_head)
    assert Holding.objects.filter(person__code="P-3").count() == 1


def test_pages_of_units_show_what_is_there(office, as_user):
    browser = as_user("office_head")
    assert "市建设工程质量监督站" in browser.get("/units/?q=质量").content.decode()
    page = browser.get("/units/ZJJ/").content.decode()
    assert "沈立" in page
    assert "新增下级单位" in page
    assert "新增下级单位" not in as_user("unit_officer").get("/units/ZJJ/").content.decode()
    assert as_user("unit_officer").get("/units/CZJ/").status_code == 404


def test_forms_of_units_write_and_tell_what_is_wrong(office, as_user):
    browser = as_user("office_head")
    wrong = browser.post("/units/ZJJ/new/", {"code": "CZJ", "name": "x", "kind": "department"})
    assert wrong.status_code == 422
    assert "已有" in wrong.content.decode()
    made = browser.post("/units/ZJJ/new/", {"code": "ZJJ-2", "name": "市房产交易中心", "kind": "institution"})
    assert made.url == "/units/ZJJ-2/"
    version = office.unit("ZJJ-2").version
    moved = browser.post("/units/ZJJ-2/place/", {"parent": "CZJ", "version": version})
    assert moved.url == "/units/ZJJ-2/"
    assert office.unit("ZJJ-2").parent.code == "CZJ"
    changed = browser.post(
        "/units/ZJJ-2/edit/", {"name": "市房产中心", "short_name": "", "kind": "institution", "version": version + 1}
    )
    assert changed.status_code == 302
    stale = browser.post(
        "/units/ZJJ-2/edit/", {"name": "旧", "short_name": "", "kind": "institution", "version": version}
    )
    assert stale.status_code == 409
    assert "刚被别人改过" in stale.content.decode()
    closed = browser.post(
        "/units/ZJJ-2/close/", {"on": "2025-01-08", "reason": "鄂编〔2025〕1号", "version": version + 2}
    )
    assert closed.url == "/units/"
