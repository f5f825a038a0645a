"""A risk point's way: three hands, level 1 before the public, and what stops it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from lianfang.web.organisation.models import Person, Post
from lianfang.web.portal.models import Published
from lianfang.web.registers import actions
from lianfang.web.registers.clock import sweep
from lianfang.web.registers.risk_moves import TABLE
from lianfang.web.registers.risk_points import RiskPoint
from lianfang.web.shared import clock, panels
from lianfang.web.shared.models import LogEntry, Package
from lianfang.web.shared.refused import Refused
from lianfang.web.shared.roles import ROLES
from tests.web.conftest import NOW
from tests.web.registers.conftest import FIRST, REASON

pytestmark = pytest.mark.django_db


def test_numbers_run_without_gaps_within_a_unit(cast: Any, filled: Any) -> None:
    first, second = (actions.add_risk(filled(), by=cast.unit_officer) for _ in range(2))
    assert (first.number, second.number) == ("R-ZJJ-ZL-0001", "R-ZJJ-ZL-0002")


def test_a_point_is_added_by_its_units_officer_and_nobody_else(cast: Any, filled: Any) -> None:
    actions.add_risk(filled(), by=cast.unit_officer)
    actions.add_risk(filled(), by=cast.officer)
    for name in ("other_unit_officer", "unit_deputy", "cadre", "dispatch_head", "analyst", "system_admin"):
        with pytest.raises(Refused) as refused:
            actions.add_risk(filled(), by=cast.actor(name))
        assert refused.value.status == 403


def test_level_two_comes_under_control_without_the_public(cast: Any, approved: Any) -> None:
    risk = approved()
    assert (risk.level, risk.level_in_force) == (2, 2)
    risk = actions.move_risk(risk, "control", by=cast.unit_head)
    assert risk.state == "in_control"
    assert risk.next_review_on == clock.today() + timedelta(days=365)
    assert not Package.objects.exists()


def test_three_people_hold_one_paper(cast: Any, filled: Any) -> None:
    risk = actions.add_risk(filled(), by=cast.unit_officer)
    risk = actions.move_risk(risk, "assess", by=cast.unit_officer)
    risk = actions.move_risk(risk, "review", by=cast.unit_head)
    with pytest.raises(Refused, match="不能同时审定"):
        actions.move_risk(risk, "approve", by=cast.unit_head)
    assert actions.move_risk(risk, "approve", by=cast.unit_deputy).approved_by == "蒋平"


def test_level_one_is_approved_by_the_head_with_minutes(cast: Any, filled: Any) -> None:
    risk = actions.add_risk(filled(**FIRST), by=cast.unit_officer)
    risk = actions.move_risk(risk, "assess", by=cast.unit_officer)
    risk = actions.move_risk(risk, "review", by=cast.unit_head)
    with pytest.raises(Refused, match="党组集体审定"):
        actions.move_risk(risk, "approve", by=cast.unit_deputy, given={"minutes_number": "1号"})
    risk = actions.move_risk(risk, "return_reviewed", by=cast.unit_deputy, given={"reason": "请分管领导初审后再报"})
    risk = actions.move_risk(risk, "assess", by=cast.unit_officer)
    risk = actions.move_risk(risk, "review", by=cast.unit_deputy)
    with pytest.raises(Refused) as refused:
        actions.move_risk(risk, "approve", by=cast.unit_head)
    assert "minutes_number" in refused.value.fields
    assert actions.move_risk(risk, "approve", by=cast.unit_head, given={"minutes_number": "1号"}).level == 1


def test_another_units_head_moves_nothing(cast: Any, filled: Any) -> None:
    risk = actions.add_risk(filled(), by=cast.unit_officer)
    risk = actions.move_risk(risk, "assess", by=cast.unit_officer)
    with pytest.raises(Refused) as refused:
        actions.move_risk(risk, "review", by=cast.other_unit_head)
    assert refused.value.status == 403


@pytest.mark.parametrize("name", list(ROLES))
def test_every_move_refuses_every_role_that_the_table_does_not_name(name: str, cast: Any, filled: Any) -> None:
    actor = cast.actor(name)
    risk = actions.add_risk(filled(), by=cast.unit_officer)
    for move in TABLE.moves:
        if name not in move.roles:
            with pytest.raises(Refused) as refused:
                actions.move_risk(risk, move.id, by=actor, given={"reason": REASON})
            assert refused.value.status == 403


def test_level_one_is_shown_for_five_working_days_from_tomorrow(cast: Any, published: Any) -> None:
    risk = published()
    assert risk.state == "publicity"
    # Wednesday 8 January 2025: Thursday to Wednesday, the weekend does not count
    assert (str(risk.publicity_from), str(risk.publicity_until)) == ("2025-01-09", "2025-01-15")
    package = Package.objects.get()
    assert (package.kind, package.key) == ("risk", risk.number)
    assert set(package.content) == {
        "number", "unit", "matter", "node", "manifestation", "measures", "responsible_post", "supervision",
        "publicity_from", "publicity_until",
    }  # fmt: skip


def test_only_the_office_head_publishes_and_with_a_reason(cast: Any, approved: Any) -> None:
    risk = approved(**FIRST)
    for name in ("officer", "unit_head", "secretary"):
        with pytest.raises(Refused):
            actions.move_risk(risk, "publicise", by=cast.actor(name), given={"reason": REASON})
    with pytest.raises(Refused, match="不少于20字"):
        actions.move_risk(risk, "publicise", by=cast.office_head, given={"reason": "同意"})
    assert not Package.objects.exists()


def test_level_two_and_conduct_are_not_published(cast: Any, approved: Any) -> None:
    for given in ({}, {**FIRST, "category": "morals"}, {**FIRST, "supervision": ""}):
        with pytest.raises(Refused) as refused:
            actions.move_risk(approved(**given), "publicise", by=cast.office_head, given={"reason": REASON})
        assert refused.value.lacks
    assert not Package.objects.exists()


def test_conduct_of_level_one_comes_under_control_unpublished(cast: Any, approved: Any) -> None:
    risk = actions.move_risk(approved(**FIRST, category="morals"), "control", by=cast.unit_head)
    assert risk.state == "in_control"


def test_level_one_does_not_pass_by_the_public(cast: Any, approved: Any) -> None:
    with pytest.raises(Refused, match="先公示"):
        actions.move_risk(approved(**FIRST), "control", by=cast.unit_head)


def test_numbers_and_names_stop_a_publication(cast: Any, approved: Any) -> None:
    for text, kind in (
        ("监督员13912345678现场抽查时可能放宽标准", "电话号码"),
        ("监督员朱青在现场抽查时可能放宽标准", "人名"),
    ):
        risk = approved(**FIRST, manifestation=f"{text}，对不合格的材料不作记录")
        with pytest.raises(Refused, match=kind) as refused:
            actions.move_risk(risk, "publicise", by=cast.office_head, given={"reason": REASON})
        assert "朱青" not in refused.value.said
        assert "13912345678" not in refused.value.said
    assert not Package.objects.exists()


def test_a_word_that_reads_like_a_name_is_confirmed_but_a_number_is_not(cast: Any, approved: Any, office: Any) -> None:
    Person.objects.create(code="P-X", name="现场", unit=office.unit("CZJ"), managed_by="市")
    risk = approved(**FIRST)
    given = {"reason": REASON, "names_checked": True}
    assert actions.move_risk(risk, "publicise", by=cast.office_head, given=given).is_published
    risk = approved(**FIRST, measures=["可拨打13912345678反映"])
    with pytest.raises(Refused):
        actions.move_risk(risk, "publicise", by=cast.office_head, given=given)


def test_the_clock_ends_a_publicity_period_and_only_then(cast: Any, published: Any) -> None:
    risk = published()
    with clock.at(NOW + timedelta(days=7)):  # 15 January, the last day
        assert sweep() == 0
        with pytest.raises(Refused, match="公示期届满"):
            actions.move_risk(risk, "end_publicity", by=cast.office_head)
    with clock.at(NOW + timedelta(days=8)):
        assert sweep() == 1
        assert sweep() == 0
    risk.refresh_from_db()
    assert (risk.state, risk.is_published) == ("in_control", True)
    assert LogEntry.objects.get(action="risk.end_publicity").role == "system"


def test_what_is_withdrawn_leaves_the_portal(cast: Any, published: Any) -> None:
    risk = published()
    risk = actions.move_risk(risk, "withdraw", by=cast.office_head, given={"reason": REASON})
    assert (risk.state, risk.is_published) == ("adjusted", False)
    assert Package.objects.order_by("-number").first().content is None


def _in_control(risk: RiskPoint) -> RiskPoint:
    with clock.at(NOW + timedelta(days=8)):
        sweep()
    risk.refresh_from_db()
    return risk


def test_level_one_is_kept_for_twelve_months(cast: Any, published: Any, filled: Any) -> None:
    risk = _in_control(published())
    for after, ends in ((300, "first_review"), (366, "approved")):
        with clock.at(NOW + timedelta(days=after)):
            if risk.state == "in_control":
                risk = actions.move_risk(
                    risk, "adjust", by=cast.unit_officer, given={"reason": "措施有效，申请调整等级"}
                )
                risk = actions.change_risk(risk, filled(), by=cast.unit_officer, version=risk.version)
                assert risk.level == 2
                risk = actions.move_risk(risk, "assess_again", by=cast.unit_officer)
                risk = actions.move_risk(risk, "review", by=cast.unit_deputy)
            if ends == "first_review":
                with pytest.raises(Refused, match="须保持12个月"):
                    actions.move_risk(risk, "approve", by=cast.unit_head)
            else:
                risk = actions.move_risk(risk, "approve", by=cast.unit_head)
                assert risk.is_published
                risk = actions.move_risk(risk, "control", by=cast.unit_head)
    assert (risk.level_in_force, risk.is_published) == (2, False)


def test_a_higher_app_can_object_to_lowering(cast: Any, published: Any, filled: Any, monkeypatch: Any) -> None:
    def object_to(_risk: RiskPoint) -> None:
        raise Refused("12个月内有预警")

    monkeypatch.setattr(panels, "_checks", {"risk.lower": [object_to]})
    risk = _in_control(published())
    with clock.at(NOW + timedelta(days=400)):
        risk = actions.move_risk(risk, "adjust", by=cast.unit_officer, given={"reason": "措施有效，申请调整等级"})
        risk = actions.change_risk(risk, filled(), by=cast.unit_officer, version=risk.version)
        risk = actions.move_risk(risk, "assess_again", by=cast.unit_officer)
        risk = actions.move_risk(risk, "review", by=cast.unit_deputy)
        with pytest.raises(Refused, match="12个月内有预警"):
            actions.move_risk(risk, "approve", by=cast.unit_head)


def test_closing_takes_a_point_from_portal_and_post(cast: Any, published: Any) -> None:
    risk = _in_control(published())
    assert Post.objects.get(code="ZJJ-ZL-2").risk_level == 1
    actions.move_risk(risk, "close", by=cast.unit_head, given={"reason": REASON})
    assert Package.objects.order_by("-number").first().content is None
    assert Post.objects.get(code="ZJJ-ZL-2").risk_level is None


def test_a_post_takes_its_level_from_its_points(cast: Any, approved: Any) -> None:
    for number in range(4):
        approved()
        assert Post.objects.get(code="ZJJ-ZL-2").risk_level == 2, number
    approved()
    assert Post.objects.get(code="ZJJ-ZL-2").risk_level == 1


def test_the_post_of_a_head_is_level_one(cast: Any, approved: Any) -> None:
    risk = approved(post="ZJJ-1")
    assert (risk.level, risk.grade.direct) == (1, ("final_say",))


def test_a_draft_is_changed_and_the_change_is_kept(cast: Any, filled: Any) -> None:
    risk = actions.add_risk(filled(), by=cast.unit_officer)
    actions.change_risk(risk, filled(node="材料进场", **FIRST), by=cast.unit_officer, version=1)
    risk.refresh_from_db()
    assert (risk.node, risk.level, risk.version) == ("材料进场", 1, 2)
    changed = {row["field"]: row["after"] for row in LogEntry.objects.get(action="risk.change").detail["changes"]}
    assert changed == {"node": "材料进场", **FIRST}


@pytest.mark.parametrize(
    ("who", "version", "status"), [("unit_officer", 7, 409), ("other_unit_officer", 1, 403), ("unit_head", 1, 403)]
)
def test_a_change_is_refused(who: str, version: int, status: int, cast: Any, filled: Any) -> None:
    risk = actions.add_risk(filled(), by=cast.unit_officer)
    with pytest.raises(Refused) as refused:
        actions.change_risk(risk, filled(node="别处"), by=cast.actor(who), version=version)
    assert refused.value.status == status


def test_what_is_approved_is_not_changed_in_place(cast: Any, approved: Any, filled: Any) -> None:
    risk = approved()
    with pytest.raises(Refused, match="不能修改"):
        actions.change_risk(risk, filled(), by=cast.unit_officer, version=risk.version)


def test_what_is_published_does_not_become_conduct(cast: Any, published: Any, filled: Any) -> None:
    risk = _in_control(published())
    risk = actions.move_risk(risk, "adjust", by=cast.unit_officer, given={"reason": "内容需要重新归类处理"})
    with pytest.raises(Refused, match="先撤下公开"):
        actions.change_risk(risk, filled(category="morals"), by=cast.unit_officer, version=risk.version)


def test_published_points_stand_on_the_portal(cast: Any, published: Any) -> None:
    from lianfang.web.portal.clock import sweep as carry

    risk = published()
    carry()
    assert Published.objects.get(kind="risk").key == risk.number
