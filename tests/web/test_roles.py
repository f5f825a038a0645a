"""The table of roles is the approved one: who may do what changes only together with ``approved_roles.txt``."""

from __future__ import annotations

from pathlib import Path

from lianfang.web.shared.roles import ROLES, Duty, Permission

APPROVED = Path(__file__).with_name("approved_roles.txt")


def table() -> str:
    """One line for each role and permission: role, duty, permission, reach."""
    lines = [
        f"{role.name:18} {role.duty.value:9} {permission.value:20} {reach.value}"
        for role in ROLES.values()
        for permission, reach in sorted(role.may.items())
    ]
    return "\n".join(lines) + "\n"


def test_roles_are_those_that_were_approved():
    assert table() == APPROVED.read_text(encoding="utf-8")


def test_every_permission_is_given_to_somebody_and_administrators_see_no_business():
    business = {p for role in ROLES.values() if role.duty is Duty.BUSINESS for p in role.may}
    administration = {p for role in ROLES.values() if role.duty is not Duty.BUSINESS for p in role.may}
    assert business & administration == set()
    assert business | administration == set(Permission)


def test_who_checks_does_not_also_approve_by_role():
    both = [role.name for role in ROLES.values() if {Permission.ALERT_CHECK, Permission.ALERT_APPROVE} <= set(role.may)]
    assert both == []
