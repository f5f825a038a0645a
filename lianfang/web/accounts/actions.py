"""Writes on accounts: opened by one administrator, activated and given roles by another."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from lianfang.web.accounts.models import Grant, User
from lianfang.web.organisation.models import Person, Unit
from lianfang.web.shared import clock, log
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.refused import Refused
from lianfang.web.shared.roles import ROLES, Duty, Permission


@transaction.atomic
def open_account(
    *,
    by: Actor,
    username: str,
    name: str,
    password: str,
    duty: str = Duty.BUSINESS,
    unit: Unit | None = None,
    person: Person | None = None,
) -> User:
    """Open an account; it cannot sign in before the security administrator activated it."""
    by.require(Permission.ACCOUNT_OPEN)
    if User.objects.filter(username=username).exists():
        said = _("账号“%(name)s”已有。请另取一个。") % {"name": username}
        raise Refused(said, fields={"username": said})
    user = User(username=username, name=name, duty=duty, unit=unit, person=person)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refused(" ".join(error.messages), fields={"password": " ".join(error.messages)}) from error
    user.set_password(password)
    user.opened_by, user.opened_at = by.name, clock.now()
    user.save(force_insert=True)
    log.record("account.open", by=by, subject_type="account", subject=username, duty=str(duty))
    return user


@transaction.atomic
def activate_account(user: User, *, by: Actor) -> User:
    """Let an account sign in: by another hand than the one that opened it."""
    by.require(Permission.ROLE_GRANT)
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.opened_by == by.name:
        raise Refused(_("开立账号的人不能启用它。请另一位管理员办理。"), status=403)
    user.is_active, user.activated_by, user.activated_at = True, by.name, clock.now()
    user.save(update_fields=["is_active", "activated_by", "activated_at"])
    log.record("account.activate", by=by, subject_type="account", subject=user.username)
    return user


@transaction.atomic
def close_account(user: User, *, by: Actor, reason: str) -> User:
    """Shut an account out from now on; its roles stay on record."""
    by.require(Permission.ROLE_GRANT)
    user = User.objects.select_for_update().get(pk=user.pk)
    user.is_active = False
    user.save(update_fields=["is_active"])
    log.record("account.close", by=by, subject_type="account", subject=user.username, reason=reason)
    return user


@transaction.atomic
def grant_role(
    user: User,
    role: str,
    *,
    by: Actor,
    unit: Unit | None = None,
    from_on: date | None = None,
    until_on: date | None = None,
) -> Grant:
    """Give ``role`` to ``user`` for a unit and a time. An administrator's account takes no other duty's role."""
    by.require(Permission.ROLE_GRANT)
    if user.pk == by.user_id:
        raise Refused(_("不能给自己授权。"), status=403)
    if role not in ROLES or ROLES[role].duty != user.duty:
        said = _("该账号的职责是“%(duty)s”，不能授予这个角色。三类管理员与业务角色互斥。") % {
            "duty": user.get_duty_display()
        }
        raise Refused(said, fields={"role": said})
    if until_on and until_on < (from_on or clock.today()):
        said = _("截止日不能早于起始日。")
        raise Refused(said, fields={"until_on": said})
    grant = Grant.objects.create(
        user=user,
        role=role,
        duty=user.duty,
        unit=unit,
        from_on=from_on or clock.today(),
        until_on=until_on,
        granted_by=by.name,
        granted_at=clock.now(),
    )
    log.record("role.grant", by=by, subject_type="account", subject=user.username, role=role, unit=unit and unit.code)
    return grant


@transaction.atomic
def revoke_role(grant: Grant, *, by: Actor, reason: str) -> Grant:
    """Take a role back from now on."""
    by.require(Permission.ROLE_GRANT)
    grant = Grant.objects.select_for_update(of=("self",)).select_related("user").get(pk=grant.pk)
    if grant.revoked_at is None:
        grant.revoked_at, grant.revoked_by = clock.now(), by.name
        grant.save(update_fields=["revoked_at", "revoked_by"])
        log.record(
            "role.revoke", by=by, subject_type="account", subject=grant.user.username, reason=reason, role=grant.role
        )
    return grant
