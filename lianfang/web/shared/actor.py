"""Who acts: a person in one role, with the units the role reaches; every write names one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from lianfang.web.shared.refused import Refused
from lianfang.web.shared.roles import ROLES, Permission, Reach


@dataclass(frozen=True)
class Actor:
    """A person in the one role that is active, or the system itself.

    ``unit_path`` is the path of the unit the role was given for, e.g. ``/420700/420704/``; empty for the whole level.
    ``person_id`` is the register of persons' id of the one who acts, where there is one.
    """

    user_id: int | None
    name: str
    role: str
    unit_id: int | None = None
    unit_path: str = ""
    person_id: int | None = None
    address: str = ""
    request_number: str = ""
    permissions: dict[Permission, Reach] = field(default_factory=dict, compare=False)

    @property
    def is_system(self) -> bool:
        return self.role == "system"

    @property
    def role_title(self) -> str:
        return _("系统") if self.is_system else str(ROLES[self.role].title)

    def may(self, permission: Permission) -> bool:
        return self.is_system or permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Refuse unless this actor has ``permission`` at all; which objects it reaches is the access function's."""
        if not self.may(permission):
            raise Refused(
                _("您的角色不能办理此事。需要时可向安全管理员申请，期限最长30天。"),
                status=403,
            )

    def reach(self, permission: Permission) -> Reach | None:
        return Reach.CITY if self.is_system else self.permissions.get(permission)

    def within(self, permission: Permission, *, unit: str = "unit", own: str = "") -> Q:
        """The rows that ``permission`` reaches.

        ``unit`` is the lookup of the row's unit ("unit", "alert__unit"; "" when the row is the unit itself), ``own``
        the lookup of the person a row concerns. A permission that is not there reaches nothing.
        """
        reach = self.reach(permission)
        lookup = f"{unit}__path__startswith" if unit else "path__startswith"
        if reach is Reach.CITY:
            return Q()
        if reach is Reach.SUBTREE and self.unit_path:
            return Q(**{lookup: self.unit_path})
        if reach is Reach.OWN and own and self.person_id:
            return Q(**{own: self.person_id})
        return Q(pk__in=())

    def reaches(self, permission: Permission, unit_path: str) -> bool:
        """Whether ``permission`` reaches the unit at ``unit_path``."""
        reach = self.reach(permission)
        if reach is Reach.SUBTREE:
            return bool(self.unit_path) and unit_path.startswith(self.unit_path)
        return reach is Reach.CITY


def system(what: str = "clock") -> Actor:
    """The office's own processes: the clock, the worker, a bulk import of the demonstration."""
    return Actor(user_id=None, name=what, role="system")


def actor_of(request: Any) -> Actor:
    """The actor that the middleware found for this request."""
    return request.actor  # type: ignore[no-any-return]
