"""Reads on accounts: the roles in force, and the actor of a request."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from lianfang.web.accounts.models import Grant, User
from lianfang.web.shared import clock
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.roles import ROLES


def grants_in_force(user: User) -> QuerySet[Grant]:
    """The roles that ``user`` has today, the oldest first."""
    today = clock.today()
    return (
        Grant.objects.filter(user=user, duty=user.duty, revoked_at=None, from_on__lte=today, role__in=list(ROLES))
        .filter(Q(until_on=None) | Q(until_on__gte=today))
        .select_related("unit")
        .order_by("pk")
    )


def actor_for_request(request: HttpRequest) -> Actor | None:
    """The actor of this request, in the role chosen in this session; None for visitors and accounts without a role."""
    user = request.user
    if not isinstance(user, User) or not user.is_active:
        return None
    grants = list(grants_in_force(user))
    if not grants:
        return None
    chosen = request.session.get("grant")
    grant = next((g for g in grants if g.pk == chosen), grants[0])
    request.grants = grants  # type: ignore[attr-defined]
    return actor_of_grant(grant, user, request)


def actor_of_grant(grant: Grant, user: User, request: HttpRequest | None = None) -> Actor:
    """``user`` acting in the role that ``grant`` gives."""
    return Actor(
        user_id=user.pk,
        name=user.name,
        role=grant.role,
        unit_id=grant.unit_id,
        unit_path=grant.unit.path if grant.unit else "",
        person_id=user.person_id,
        address=request.META.get("REMOTE_ADDR", "") if request else "",
        request_number=getattr(request, "number", "") if request else "",
        permissions=dict(ROLES[grant.role].may),
    )


def actors_with_role(*roles: str) -> list[Actor]:
    """Everybody who holds one of ``roles`` today: whom a step can be given to."""
    today = clock.today()
    grants = (
        Grant.objects.filter(role__in=roles, revoked_at=None, from_on__lte=today, user__is_active=True)
        .filter(Q(until_on=None) | Q(until_on__gte=today))
        .select_related("unit", "user")
        .order_by("pk")
    )
    return [actor_of_grant(grant, grant.user) for grant in grants]


def accounts(words: str = "") -> QuerySet[User]:
    """Every account, with its unit and its roles, or those whose name or account holds ``words``."""
    rows = User.objects.select_related("unit").prefetch_related("grants__unit")
    return rows.filter(Q(name__contains=words) | Q(username__contains=words)) if words.strip() else rows
