"""Every move by one who may and one who may not, every guard, and two officers at the same moment."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connections
from django.http import Http404

from lianfang.web.alerts import actions, queries
from lianfang.web.alerts.models import FINALS, SIGNAL_STATES, STATES, Alert, Opinion, Signal, SignalFinding
from lianfang.web.alerts.workflow import ALERTS, SIGNALS, SLUGS, approvers
from lianfang.web.shared.models import LogEntry
from lianfang.web.shared.refused import Refused

from .conftest import WORDS, Road, later

OTHERS = ("unit_officer", "other_unit_head", "analyst", "system_admin", "security_admin", "audit_admin")

# move → where it starts, its slug, who may, who may not though near, what is given
MOVES = {
    "T05": ("verifying", "dismiss", "office_head", ("officer", "deputy_secretary"), {"closing_reason": "explained"}),
    "T09": ("pending", "return", "office_head", ("officer", "second_officer", "secretary"), {}),
    "T10": ("pending", "approve", "office_head", ("officer", "deputy_secretary", "dispatch_head"), {}),
    "T11": ("pending", "reject", "office_head", ("officer", "secretary"), {"closing_reason": "explained"}),
    "T12": ("approved", "issue", "officer", ("secretary", "unit_head"), {}),
    "T13": ("issued", "sign", "unit_head", ("officer", "office_head", "cadre"), {}),
    "T17": ("passed", "release", "office_head", ("officer", "third_officer", "deputy_secretary"), {}),
    "T22": ("issued", "withdraw", "office_head", ("officer", "dispatch_head", "unit_head"), {}),
    "T23": ("rectifying", "withdraw", "secretary", ("officer", "dispatch_head", "unit_head"), {}),
}


@pytest.mark.parametrize("name", MOVES)
def test_move_is_made_by_one_who_may_and_by_nobody_else(road, name):
    stop, slug, who, near, given = MOVES[name]
    alert = road.to(stop)
    for other in (*near, *OTHERS):
        with pytest.raises(Refused) as refused:
            road.move(alert, slug, other, reason=WORDS, **given)
        assert refused.value.status in (403, 404, 422)
    entries = LogEntry.objects.filter(action=f"alert.{name}").count()
    assert road.move(alert, slug, who, reason=WORDS, **given).state == ALERTS.move(name).target
    assert LogEntry.objects.filter(action=f"alert.{name}").count() == entries + 1


def test_checker_concludes_and_nobody_else(road):
    alert = road.checked(road.to("verifying"), "yellow")
    for other in ("second_officer", "office_head", "unit_head", *OTHERS):
        with pytest.raises(Refused):
            actions.submit(alert, by=road.cast.actor(other))
    assert actions.submit(alert, by=road.cast.officer).state == "pending"


def test_answer_is_signed_by_the_units_head(road):
    alert = road.answered(road.to("rectifying", colour="orange"))
    for other in ("unit_deputy", "cadre", "officer", *OTHERS):
        with pytest.raises(Refused):
            road.move(alert, "send-reply", other)
    assert road.move(alert, "send-reply", "unit_head").state == "replied"


def test_deputy_head_signs_yellow(road):
    alert = road.move(road.to("issued"), "sign", "unit_deputy")
    assert road.move(road.answered(alert), "send-reply", "unit_deputy").state == "replied"
    with pytest.raises(Refused):
        road.move(road.to("issued", colour="orange"), "sign", "unit_deputy")


def test_acceptance_of_orange_is_another_persons(road):
    alert = road.to("replied", colour="orange")
    for who in ("officer", "second_officer", "office_head"):
        with pytest.raises(Refused) as refused:
            road.move(alert, "assign-acceptance", "officer", acceptor=road.cast.user(who))
        assert set(refused.value.fields) == {"acceptor"}
    done = road.move(alert, "assign-acceptance", "officer", acceptor=road.cast.user("dispatch_head"))
    assert (done.state, done.next_role) == ("accepting", "dispatch_head")


def test_failed_acceptance_is_needed_to_send_back(road):
    alert = road.to("accepting")
    with pytest.raises(Refused) as refused:
        road.move(alert, "send-back", "third_officer", reason=WORDS)
    assert refused.value.lacks
    alert = road.accepted(alert, passed=False)
    for other in ("officer", "unit_head", *OTHERS):
        with pytest.raises(Refused):
            road.move(alert, "send-back", other, reason=WORDS)
    assert road.move(alert, "send-back", "office_head", reason=WORDS).state == "rectifying"


def test_lookback_ends_only_after_its_day(road):
    alert = road.to("released")
    with pytest.raises(Refused):
        ALERTS.run(alert, "T18", by=road.cast.officer)
    with later(days=100):
        from lianfang.web.alerts import deadlines

        deadlines.sweep()
        alert = Alert.objects.get(pk=alert.pk)
        with pytest.raises(Refused):
            road.move(alert, "archive", "office_head", reason=WORDS)
        assert road.move(alert, "archive", "officer", reason=WORDS).state == "archived"


def test_withdrawal_is_at_the_level_of_issue(road):
    alert = road.to("rectifying", colour="red")
    for low in ("office_head", "deputy_secretary"):
        with pytest.raises(Refused) as refused:
            road.move(alert, "withdraw", low, reason=WORDS)
        assert refused.value.status == 403
    assert road.move(alert, "withdraw", "secretary", reason=WORDS).closing_code == "C5"


# --- guards


def lacks_of(road: Road, alert: Alert) -> int:
    with pytest.raises(Refused) as refused:
        actions.submit(alert, by=road.cast.officer)
    assert all(lack.url for lack in refused.value.lacks)
    return len(refused.value.lacks)


def test_blocked_submission_counts_down(road):
    alert = road.to("verifying", colour="orange")
    assert lacks_of(road, alert) == 7
    for one in alert.ticks.all():
        actions.tick(one, by=road.cast.officer, result="excluded")
    assert lacks_of(road, alert) == 6
    actions.write_facts(alert, by=road.cast.officer, facts="已核对。", methods=["files"], no_conflict_declared=True)
    assert lacks_of(road, alert) == 4
    road.checked(alert, "orange")
    assert actions.submit(Alert.objects.get(pk=alert.pk), by=road.cast.officer).state == "pending"


def test_explained_matter_is_not_submitted(road):
    alert = road.checked(road.to("verifying"), "yellow")
    for one in alert.ticks.all():
        actions.tick(one, by=road.cast.officer, result="holds", note="系非现场电子监控处罚")
    assert lacks_of(road, Alert.objects.get(pk=alert.pk)) == 1


def test_changed_colour_asks_for_the_second_opinion_again(road):
    alert = road.checked(road.to("verifying", colour="orange"), "orange")
    assert Opinion.objects.filter(alert=alert, seat="second_checker").exists()
    factors = {"nature": "breach", "amount": 8_000_000, "subject": "head", "impact": "mass", "repeat": 1}
    actions.save_grade(
        alert, by=road.cast.officer, factors={**factors, "hits": 1, "post_risk": "1"}, colour="red", reason=WORDS
    )
    assert not Opinion.objects.filter(alert=alert, seat="second_checker").exists()


def test_red_answer_needs_its_plan_first(road):
    alert = road.to("rectifying", colour="red")
    actions.write_answer(alert, by=road.cast.unit_head, analysis="排班不足。", is_promised=True)
    with pytest.raises(Refused) as refused:
        road.move(alert, "send-reply", "unit_head")
    assert "整改方案" in {lack.what for lack in refused.value.lacks}


def test_every_requirement_is_answered(road):
    alert = road.to("rectifying")
    actions.write_answer(alert, by=road.cast.unit_head, analysis="排班不足。", is_promised=True)
    with pytest.raises(Refused) as refused:
        road.move(alert, "send-reply", "unit_head")
    assert len(refused.value.lacks) == 1


def test_stranger_cannot_answer(road):
    alert = road.to("rectifying")
    for who in ("other_unit_head", "cadre"):
        with pytest.raises(Refused) as refused:
            actions.write_answer(alert, by=road.cast.actor(who), analysis="x", is_promised=True)
        assert refused.value.status == 404
    assert actions.write_answer(alert, by=road.cast.unit_officer, analysis="排班不足。", is_promised=True)


# --- approvers


@pytest.mark.parametrize(
    "colour, unit, person, seats",
    [
        ("yellow", "ZJJ", "", ["office_head"]),
        ("orange", "ZJJ", "", ["dispatch_head", "deputy_secretary"]),
        ("orange", "CZJ", "", ["office_head", "deputy_secretary"]),
        ("red", "ZJJ", "", ["deputy_secretary", "secretary"]),
        ("yellow", "ZJJ-ZL", "P-ZHU", ["office_head"]),
        ("yellow", "ZJJ", "P-JIANG", ["office_head"]),
        ("yellow", "ZJJ", "P-SHEN", ["secretary", "party_head"]),
        ("yellow", "FKB", "", ["secretary"]),
    ],
)
def test_matrix_of_approvers(road, colour, unit, person, seats):
    alert = road.alert(colour=colour, unit=unit, person=person)
    assert [seat.role for seat in approvers.seats(alert)] == seats


def test_approval_waits_for_the_cosigner(road):
    alert = road.to("pending", colour="orange")
    with pytest.raises(Refused) as refused:
        road.move(alert, "approve", "deputy_secretary", reason=WORDS)
    assert len(refused.value.lacks) == 1
    with pytest.raises(Refused):
        actions.cosign(alert, by=road.cast.secretary, agrees=True, text=WORDS)
    actions.cosign(alert, by=road.cast.dispatch_head, agrees=False, text=WORDS)
    with pytest.raises(Refused):
        road.move(alert, "approve", "deputy_secretary", reason=WORDS)
    with pytest.raises(Refused):
        actions.cosign(alert, by=road.cast.dispatch_head, agrees=True, text=WORDS)


def test_word_on_paper_is_entered_by_another_officer(road):
    alert = road.to("pending", colour="orange")
    given: dict[str, Any] = {"signer": "冯川", "decision": "agree", "text": WORDS, "paper": "会签单2025-7"}
    for who in ("officer", "second_officer"):
        with pytest.raises(Refused) as refused:
            actions.enter_from_paper(alert, "dispatch_head", by=road.cast.actor(who), **given)
        assert refused.value.status == 403
    actions.enter_from_paper(alert, "dispatch_head", by=road.cast.third_officer, **given)
    said = Opinion.objects.get(seat="dispatch_head")
    assert (said.by, said.entered_by, said.paper) == ("冯川", "孙桥", "会签单2025-7")
    with pytest.raises(Refused):
        actions.enter_from_paper(alert, "deputy_secretary", by=road.cast.third_officer, **given)
    done = actions.enter_from_paper(alert, "deputy_secretary", by=road.cast.office_head, **{**given, "signer": "吴峻"})
    assert (done.state, done.colour) == ("approved", "orange")


# --- recusal, managed above, accusations


def test_nobody_acts_on_a_matter_of_their_own_or_their_heads(road):
    alert = road.alert(person="P-SHEN")
    Alert.objects.filter(pk=alert.pk).update(issued_at=alert.opened_at, state="issued", colour="yellow")
    assert queries.alert_for(road.cast.unit_head, alert.number)  # the subject, who may answer
    for below in ("unit_deputy", "unit_officer"):
        with pytest.raises(Http404):
            queries.alert_for(road.cast.actor(below), alert.number)
    assert queries.alert_for(road.cast.officer, alert.number)


def test_officer_who_is_the_subject_is_not_given_it_and_does_not_see_it(road):
    user = road.cast.user("second_officer")
    user.person = road.office.person("P-ZHU")
    type(user).objects.filter(person=user.person).update(person=None)
    user.save(update_fields=["person"])
    signal = road.signal(unit="ZJJ-ZL")
    Signal.objects.filter(pk=signal.pk).update(person=user.person)
    signal.refresh_from_db()
    with pytest.raises(Http404):
        queries.signal_for(road.cast.actor("second_officer"), signal.number)
    with pytest.raises(Refused) as refused:
        actions.take_up_signal(signal, by=road.cast.officer, checker=user)
    assert "回避" in refused.value.said
    with pytest.raises(Refused):
        actions.assign_signal(signal, user, by=road.cast.officer)


INTAKE: dict[str, Any] = {
    "source": "daily",
    "title": "现场检查记录不全",
    "text": "日常检查看到一件案卷缺现场检查记录。",
    "safety": "powers",
}


def nothing_was_kept(before: int) -> bool:
    return not Signal.objects.exists() and LogEntry.objects.count() == before


@pytest.mark.parametrize("code", ["P-ABOVE", "P-UNKNOWN"])
def test_matter_of_somebody_managed_above_leaves_no_trace(office, code):
    before = LogEntry.objects.count()
    given = actions.Intake(**INTAKE, unit=office.unit("ZJJ"), person=code)
    with pytest.raises(Refused) as refused:
        actions.register_signal(given, by=office.cast.officer)
    assert "上级管理权限" in refused.value.said
    assert nothing_was_kept(before)


ACCUSING = ["群众举报某局长", "收到来 信一封", "匿\u200b名信", "收受红包", "手机13800138000", "42070419800101123X"]


@pytest.mark.parametrize("text", ACCUSING)
def test_accusation_is_sent_back_unkept(office, text):
    before = LogEntry.objects.count()
    given = actions.Intake(**{**INTAKE, "text": f"情况：{text}"}, unit=office.unit("ZJJ"))
    with pytest.raises(Refused):
        actions.register_signal(given, by=office.cast.officer)
    assert nothing_was_kept(before)


@pytest.mark.parametrize(
    "text",
    [
        "12345反映收费标准与公示不一致",
        "农民工实名制登记缺12人",
        "原来信用等级为A",
        "代收现金支票未入账",
        "合同金额13800138元",
    ],
)
def test_ordinary_words_pass(office, text):
    given = actions.Intake(**{**INTAKE, "text": text}, unit=office.unit("ZJJ"))
    assert actions.register_signal(given, by=office.cast.officer).state == "screening"


def test_every_text_of_the_way_is_read(road):
    alert = road.to("verifying")
    bad = "有匿名信反映该情况，请继续核实办理此事。"
    tick = alert.ticks.first()
    tries = [
        lambda: actions.tick(tick, by=road.cast.officer, result="excluded", note=bad),
        lambda: actions.write_facts(
            alert, by=road.cast.officer, facts=bad, methods=["files"], no_conflict_declared=True
        ),
        lambda: road.move(alert, "dismiss", "office_head", reason=bad, closing_reason="explained"),
    ]
    for attempt in tries:
        with pytest.raises(Refused) as refused:
            attempt()
        assert "12388" in refused.value.said


# --- signals


def test_unit_reports_for_itself_and_sees_only_its_reports(road):
    given = actions.Intake(**INTAKE, unit=road.office.unit("ZJJ-ZL"))
    made = actions.register_signal(given, by=road.cast.unit_officer)
    road.signal(unit="ZJJ")
    assert list(queries.signals_for(road.cast.unit_officer)) == [made]
    assert not queries.signals_for(road.cast.other_unit_officer).exists()
    with pytest.raises(Refused):
        actions.register_signal(actions.Intake(**INTAKE, unit=road.office.unit("CZJ")), by=road.cast.unit_officer)


def test_finding_makes_one_signal_for_ever(road):
    finding = road.finding()
    actions.signal_from_finding(finding, by=road.cast.officer)
    with pytest.raises(Refused) as refused:
        actions.signal_from_finding(finding, by=road.cast.office_head)
    assert refused.value.status == 409
    for who in ("analyst", "unit_officer", "secretary"):
        with pytest.raises(Refused):
            actions.signal_from_finding(road.finding(), by=road.cast.actor(who))


def test_signal_is_merged_within_its_unit_only(road):
    first, other = road.signal(unit="ZJJ"), road.signal(unit="CZJ")
    with pytest.raises(Refused):
        actions.merge_signal(first, other, by=road.cast.officer)
    with pytest.raises(Refused):
        actions.merge_signal(first, first, by=road.cast.officer)
    with pytest.raises(Refused):
        actions.merge_signal(first, road.to("released"), by=road.cast.officer)


def test_dismissal_wants_a_listed_reason_and_tells_the_indicator(road):
    signal = road.signal()
    with pytest.raises(Refused):
        actions.dismiss_signal(signal, by=road.cast.officer, closing_reason="", reason=WORDS)
    with pytest.raises(Refused):
        actions.dismiss_signal(signal, by=road.cast.officer, closing_reason="explained", reason="太短")
    with pytest.raises(Refused):
        actions.dismiss_signal(signal, by=road.cast.dispatch_head, closing_reason="explained", reason=WORDS)
    done = actions.dismiss_signal(signal, by=road.cast.officer, closing_reason="data_wrong", reason=WORDS)
    assert done.state == "dismissed"
    assert not done.findings.get().judgement.fired_rightly


def test_run_makes_signals_of_indicators_in_force_within_the_weeks_capacity(road, monkeypatch):
    from lianfang.web.alerts import deadlines
    from lianfang.web.detection import catalogue

    heavy = road.finding(colour="orange")
    [road.finding() for _ in range(3)]
    road.finding(code="LIC-007")
    run = heavy.last_run
    assert not list(queries.unsignalled(run))  # what is on trial makes no signal
    with pytest.raises(Refused):
        actions.signals_from_run(run, by=road.cast.analyst)
    in_force = {code: "in_force" if code == "LAW-007" else "trial" for code in catalogue.shipped().indicators}
    monkeypatch.setattr(catalogue, "standings", lambda on, codes=None: in_force)
    monkeypatch.setitem(deadlines.SCALARS, deadlines.WEEKLY_CAPACITY, "3")
    made = actions.signals_from_run(run, by=road.cast.officer)
    assert len(made) == 3
    assert made[0].findings.get() == heavy
    with pytest.raises(Refused) as refused:
        actions.signals_from_run(run, by=road.cast.officer)
    assert "处理量" in refused.value.said


# --- the table


def test_table_has_all_states_and_no_move_out_of_a_final_one():
    assert len(STATES) == 18
    assert set(ALERTS.states) == set(STATES)
    assert set(SIGNALS.states) == set(SIGNAL_STATES)
    assert {move.origin for move in ALERTS.moves} & FINALS == set()


def test_every_move_has_an_address_or_is_the_clocks():
    named = {move for moves in SLUGS.values() for move in moves}
    assert {move.id for move in ALERTS.moves} - named == {"T18"}


# --- two at the same moment


@pytest.mark.django_db(transaction=True)
def test_two_who_approve_at_once_approve_once(transactional_db):
    from ..conftest import build_office

    road = Road(build_office())
    alert = road.to("pending")
    told = at_once([lambda: road.move(alert, "approve", "office_head", reason=WORDS, version=alert.version)] * 2)
    assert sorted(told) == ["409", "done"]
    assert LogEntry.objects.filter(action="alert.T10").count() == 1
    assert Opinion.objects.filter(seat="office_head").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_make_a_signal_of_one_finding_at_once_make_one(transactional_db):
    from ..conftest import build_office

    road = Road(build_office())
    finding = road.finding()
    told = at_once([lambda: actions.signal_from_finding(finding, by=road.cast.officer)] * 2)
    assert sorted(told) == ["409", "done"]
    assert SignalFinding.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_clocks_at_once_do_everything_once(transactional_db):
    from lianfang.web.alerts import deadlines

    from ..conftest import NOW, build_office

    road = Road(build_office())
    road.to("issued")
    from datetime import timedelta

    from lianfang.web.shared import clock

    def sweep() -> None:
        with clock.at(NOW + timedelta(days=20)):
            deadlines.sweep()

    assert at_once([sweep] * 2) == ["done", "done"]
    assert LogEntry.objects.filter(action="alert.T13").count() == 1
    assert LogEntry.objects.filter(action="alert.overdue").count() == 1


def at_once(works: list[Any]) -> list[str]:
    """Run each in a thread of its own, started together; what each said."""
    gate, told = threading.Barrier(len(works)), []

    def run(work: Any) -> None:
        gate.wait()
        try:
            work()
            told.append("done")
        except Refused as refused:
            told.append(str(refused.status))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told
