"""Accounts: opened by one, activated by another, with one duty; roles for a unit and a time."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from lianfang.web.accounts import actions, queries
from lianfang.web.accounts.models import Grant, User
from lianfang.web.shared import clock
from lianfang.web.shared.models import LogEntry
from lianfang.web.shared.refused import Refused
from lianfang.web.shared.roles import ROLES, Duty

STRONG = "long-enough-and-odd-31"


def test_account_works_after_another_hand_activated_it(cast):
    user = actions.open_account(by=cast.system_admin, username="new", name="新人", password=STRONG)
    assert not user.is_active
    actions.activate_account(user, by=cast.security_admin)
    actions.grant_role(user, "officer", by=cast.security_admin)
    assert [g.role for g in queries.grants_in_force(User.objects.get(username="new"))] == ["officer"]


@pytest.mark.parametrize("name", [n for n, r in ROLES.items() if r.duty is not Duty.SYSTEM])
def test_only_the_system_administrator_opens_accounts(cast, name):
    with pytest.raises(Refused):
        actions.open_account(by=cast.actor(name), username="new", name="新人", password=STRONG)
    assert not User.objects.filter(username="new").exists()


@pytest.mark.parametrize("name", [n for n, r in ROLES.items() if r.duty is not Duty.SECURITY])
def test_only_the_security_administrator_gives_and_takes_roles(cast, name):
    with pytest.raises(Refused):
        actions.grant_role(cast.user("cadre"), "office_head", by=cast.actor(name))
    with pytest.raises(Refused):
        actions.revoke_role(
            Grant.objects.get(role="officer", user__username="officer"), by=cast.actor(name), reason="x"
        )
    with pytest.raises(Refused):
        actions.activate_account(cast.user("cadre"), by=cast.actor(name))


@pytest.mark.parametrize("admin", ["system_admin", "security_admin", "audit_admin"])
@pytest.mark.parametrize("role", sorted(ROLES))
def test_administrator_takes_no_role_of_another_duty(cast, admin, role):
    if ROLES[role].duty == ROLES[admin].duty:
        return
    with pytest.raises(Refused):
        actions.grant_role(cast.user(admin), role, by=cast.actor("security_admin"))


@pytest.mark.parametrize(
    "role, duty",
    [("officer", "audit"), ("system_admin", "business"), ("security_admin", "system"), ("audit_admin", "security")],
)
def test_database_refuses_a_role_of_another_duty(cast, role, duty):
    grant = {"user": cast.user("officer"), "role": role, "duty": duty, "from_on": date(2025, 1, 1)}
    with pytest.raises(IntegrityError), transaction.atomic():
        Grant.objects.create(**grant, granted_by="x", granted_at=clock.now())


def test_role_smuggled_in_by_another_duty_gives_nothing(cast):
    user = cast.user("audit_admin")
    Grant.objects.create(
        user=user, role="officer", duty="business", from_on=date(2025, 1, 1), granted_by="x", granted_at=clock.now()
    )
    assert [g.role for g in queries.grants_in_force(user)] == ["audit_admin"]


def test_nobody_grants_to_themselves(cast):
    with pytest.raises(Refused, match="不能给自己授权"):
        actions.grant_role(cast.user("security_admin"), "security_admin", by=cast.security_admin)


def test_database_refuses_one_hand_for_opening_and_activating(cast):
    user = cast.user("officer")
    user.activated_by = user.opened_by
    with pytest.raises(IntegrityError), transaction.atomic():
        user.save()


@pytest.mark.parametrize("password", ["short", "1234567890", "password12", "zhoulan-2025"])
def test_weak_password_is_refused(cast, password):
    with pytest.raises(Refused) as refused:
        actions.open_account(by=cast.system_admin, username="zhoulan", name="周岚", password=password)
    assert "password" in refused.value.fields


def test_role_holds_from_its_first_day_to_its_last(cast):
    user = cast.user("cadre")
    actions.grant_role(
        user, "unit_officer", by=cast.security_admin, from_on=date(2025, 1, 10), until_on=date(2025, 1, 20)
    )
    held = {}
    for day in (9, 10, 20, 21):
        with clock.at(clock.now().replace(day=day)):
            held[day] = [g.role for g in queries.grants_in_force(user)]
    assert held == {9: ["cadre"], 10: ["cadre", "unit_officer"], 20: ["cadre", "unit_officer"], 21: ["cadre"]}


def test_revoked_role_gives_nothing_from_then_on(cast, as_user):
    browser = as_user("officer")
    assert browser.get("/units/").status_code == 200
    grant = Grant.objects.get(user__username="officer")
    actions.revoke_role(grant, by=cast.security_admin, reason="调离")
    assert browser.get("/units/").status_code == 302
    assert LogEntry.objects.filter(action="role.revoke", reason="调离").count() == 1


def test_administrators_do_their_work_in_the_browser(cast, as_user):
    system, security, audit = (as_user(n) for n in ("system_admin", "security_admin", "audit_admin"))
    given = {"username": "fresh", "name": "新人", "duty": "business", "unit": "ZJJ", "password": STRONG}
    assert system.post("/admin/system/accounts/new/", {**given, "unit": "nowhere"}).status_code == 422
    assert system.post("/admin/system/accounts/new/", given).url == "/admin/system/accounts/"
    assert "fresh" in system.get("/admin/system/accounts/").content.decode()
    assert security.post("/admin/security/grants/fresh/activate/").status_code == 302
    role = {"role": "unit_officer", "unit": "ZJJ"}
    assert security.post("/admin/security/grants/fresh/", role).status_code == 302
    assert security.post("/admin/security/grants/fresh/", {"role": "audit_admin"}).status_code == 422
    grant = Grant.objects.get(user__username="fresh")
    assert grant.unit.code == "ZJJ"
    assert (
        security.post(f"/admin/security/grants/fresh/{grant.pk}/revoke/", {"reason": "填错了单位"}).status_code == 302
    )
    assert security.post("/admin/security/grants/fresh/close/", {"reason": "不再需要"}).status_code == 302
    page = audit.get("/admin/audit/log/?subject=fresh").content.decode()
    wanted = ("account.open", "account.activate", "role.grant", "role.revoke", "account.close")
    assert [action for action in wanted if action not in page] == []
    assert "逐条一致" in audit.post("/admin/audit/log/verify/").content.decode()
    exported = audit.post("/admin/audit/log/export/", {"subject": "fresh"}).content.decode()
    assert exported.count("fresh") >= 5
    assert LogEntry.objects.filter(action="log.export").count() == 1


def test_calendar_day_is_corrected_with_its_notice(cast, as_user):
    browser = as_user("system_admin")
    assert "2025-01-28" in browser.get("/admin/system/calendar/?year=2025").content.decode()
    answer = browser.post("/admin/system/calendar/", {"day": "2025-03-03", "note": "地方节日，鄂政办〔2025〕2号"})
    assert answer.status_code == 302
    assert "地方节日" in browser.get("/admin/system/calendar/?year=2025").content.decode()


def test_exported_log_holds_no_formula(cast, as_user):
    actions.close_account(cast.user("cadre"), by=cast.security_admin, reason="=cmd|' /C calc'!A0")
    exported = as_user("audit_admin").post("/admin/audit/log/export/", {}).content.decode()
    assert "'=cmd" in exported
    assert ",=cmd" not in exported
