"""Writes on terms, bands and capacity: proposed by one person, decided by another, from a day to come."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from lianfang.web.alerts import deadlines
from lianfang.web.alerts.models import Alert, Parameter, Sighting
from lianfang.web.shared import clock, log
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.refused import Refused
from lianfang.web.shared.roles import Permission


@transaction.atomic
def propose_parameter(key: str, value: str, *, by: Actor, from_on: date, source: str) -> Parameter:
    """Propose this office's own value, with where it stands; it cannot reach back."""
    by.require(Permission.ALERT_PROPOSE)
    if not deadlines.is_parameter(key, value):
        raise Refused(_("没有这个参数，或值不合要求。"), fields={"value": _("例如5wd、30cd、4h或整数。")})
    if from_on <= clock.today():
        said = _("只能从明天或以后起生效。")
        raise Refused(said, fields={"from_on": said})
    if not source.strip():
        said = _("请写明依据文号。")
        raise Refused(said, fields={"source": said})
    row = Parameter.objects.create(
        key=key,
        value=value,
        from_on=from_on,
        source=source.strip(),
        proposed_by_id=by.user_id,
        proposed_at=clock.now(),
    )
    log.record("parameter.propose", by=by, subject_type="parameter", subject=key, value=value, from_on=str(from_on))
    return row


@transaction.atomic
def decide_parameter(row: Parameter, *, by: Actor) -> Parameter:
    """Put a proposed value in force: by another hand than the one that proposed it."""
    by.require(Permission.DATA_GOVERN)
    row = Parameter.objects.select_for_update().get(pk=row.pk)
    if row.proposed_by_id == by.user_id:
        raise Refused(_("提出的人不能自己批准。请另一位办理。"), status=403)
    if row.decided_at is not None or row.from_on <= clock.today():
        raise Refused(_("该参数已办理，或已过生效日，请重新提出。"), status=409)
    row.decided_by_id, row.decided_at = by.user_id, clock.now()
    row.save(update_fields=["decided_by", "decided_at"])
    log.record("parameter.decide", by=by, subject_type="parameter", subject=row.key, value=row.value)
    return row


@transaction.atomic
def see(alert: Alert, *, by: Actor) -> None:
    """Keep who has seen an alert; a look at one that concerns a person is logged each time."""
    if by.user_id is None:
        return
    now = clock.now()
    row, is_new = Sighting.objects.select_for_update().get_or_create(
        alert=alert, user_id=by.user_id, role=by.role, defaults={"first_at": now, "last_at": now}
    )
    if not is_new:
        row.last_at, row.times = now, row.times + 1
        row.save(update_fields=["last_at", "times"])
    if is_new or alert.person_id is not None:
        log.record("alert.see", by=by, subject_type="alert", subject=alert.number, unit_path=alert.unit.path)
