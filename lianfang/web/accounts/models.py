"""Accounts and the roles given to them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lianfang.web.organisation.models import Person, Unit
from lianfang.web.shared.roles import ROLES, Duty

DUTIES = [
    (Duty.BUSINESS.value, _("业务")),
    (Duty.SYSTEM.value, _("系统管理")),
    (Duty.SECURITY.value, _("安全管理")),
    (Duty.AUDIT.value, _("审计管理")),
]
ADMIN_ROLES = {role.name: role.duty for role in ROLES.values() if role.duty is not Duty.BUSINESS}


class Users(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=username)


class User(AbstractBaseUser):
    """An account. It has one duty for ever, so that nobody administers and does business with the same account.

    An account opened by the system administrator works only after the security administrator activated it.
    """

    username = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=60)
    email = models.EmailField(blank=True)
    duty = models.CharField(max_length=10, choices=DUTIES, default=Duty.BUSINESS.value)
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT)
    person = models.OneToOneField(Person, null=True, blank=True, on_delete=models.PROTECT)
    is_active = models.BooleanField(default=False)
    opened_by = models.CharField(max_length=60, blank=True)
    opened_at = models.DateTimeField()
    activated_by = models.CharField(max_length=60, blank=True)
    activated_at = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = Users()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(duty__in=[d.value for d in Duty]), name="duty_is_known"),
            models.CheckConstraint(
                condition=~Q(opened_by=models.F("activated_by")) | Q(opened_by=""), name="two_hands"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """There are no permissions outside the table of roles."""
        return False

    def get_full_name(self) -> str:
        return self.name


class Grant(models.Model):
    """A role given to an account, for a unit and a time. ``duty`` repeats the account's, so that the rule
    "one account, one duty" is a constraint of this table and not only of the code."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=30)
    duty = models.CharField(max_length=10, choices=DUTIES)
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT)
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)
    granted_by = models.CharField(max_length=60)
    granted_at = models.DateTimeField()
    revoked_by = models.CharField(max_length=60, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            # an administrator's role goes with its own duty, and with no other
            models.CheckConstraint(
                condition=Q(duty=Duty.BUSINESS.value) & ~Q(role__in=list(ADMIN_ROLES))
                | Q(duty=Duty.SYSTEM.value, role="system_admin")
                | Q(duty=Duty.SECURITY.value, role="security_admin")
                | Q(duty=Duty.AUDIT.value, role="audit_admin"),
                name="role_fits_duty",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by="") | Q(revoked_at__isnull=False) & ~Q(revoked_by=""),
                name="revoked_by_and_at_together",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.title}"

    @property
    def title(self) -> str:
        return str(ROLES[self.role].title)
