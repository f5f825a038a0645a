"""Publishing and withdrawing the figures of a closed period."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from lianfang.web.alerts.models import Alert
from lianfang.web.reports import figures
from lianfang.web.reports.models import BulletinFigure
from lianfang.web.reports.periods import Period
from lianfang.web.shared import clock, log, outbox
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.refused import Refused
from lianfang.web.shared.roles import Permission

REASON = 20


@transaction.atomic
def publish_figure(period: Period, *, by: Actor, reason: str) -> BulletinFigure:
    """Count a closed month or quarter, keep the numbers as they are now, and hand the rounded ones to the portal."""
    by.require(Permission.BULLETIN_ISSUE)
    _said(reason)
    if not period.is_over:
        raise Refused(_("%(period)s还没有结束，期满后才能公布。") % {"period": period.label})
    if BulletinFigure.objects.filter(period=period.key, withdrawn_at=None).exists():
        raise Refused(_("%(period)s已经公布。更正的，先撤下再公布。") % {"period": period.label}, status=409)
    rows = figures.of_period(Alert.objects.all(), period)
    units = figures.units_counted()
    figure = BulletinFigure.objects.create(
        period=period.key,
        from_on=period.first,
        until_on=period.last,
        rows=rows,
        units=units,
        figures_of=clock.today(),
        published_by=by.name,
        published_at=clock.now(),
        reason=reason.strip(),
    )
    outbox.publish("figure", period.key, figures.public_content(period, rows, units))
    log.record("figure.publish", by=by, subject_type="figure", subject=period.key, reason=reason, rows=rows)
    return figure


@transaction.atomic
def withdraw_figure(period: Period, *, by: Actor, reason: str) -> BulletinFigure:
    """Take a period's figures from the portal; what was published stays on record."""
    by.require(Permission.BULLETIN_ISSUE)
    _said(reason)
    figure = BulletinFigure.objects.select_for_update().filter(period=period.key, withdrawn_at=None).first()
    if figure is None:
        raise Refused(_("%(period)s没有公布，不用撤下。") % {"period": period.label}, status=409)
    figure.withdrawn_by, figure.withdrawn_at = by.name, clock.now()
    figure.save(update_fields=["withdrawn_by", "withdrawn_at"])
    outbox.withdraw("figure", period.key)
    log.record("figure.withdraw", by=by, subject_type="figure", subject=period.key, reason=reason)
    return figure


def _said(reason: str) -> None:
    if len(reason.strip()) < REASON:
        said = _("理由不少于%(n)d字。") % {"n": REASON}
        raise Refused(said, fields={"reason": said})
