"""Figures of closed periods, as they were when somebody decided to publish them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class BulletinFigure(models.Model):
    """The alerts of one closed month or quarter in exact numbers; the public gets them rounded.

    Numbers are never changed: a correction is a new row, after the old one was withdrawn.
    """

    period = models.CharField(max_length=7)
    from_on = models.DateField()
    until_on = models.DateField()
    rows = models.JSONField(help_text="measure → colour → count")
    units = models.PositiveIntegerField(help_text="how many units are counted over")
    figures_of = models.DateField(help_text="the day on which they were counted")
    published_by = models.CharField(max_length=60)
    published_at = models.DateTimeField()
    reason = models.TextField()
    withdrawn_by = models.CharField(max_length=60, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-until_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["period"], condition=Q(withdrawn_at__isnull=True), name="bulletin_figure_stands_once"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by="") | Q(withdrawn_at__isnull=False) & ~Q(withdrawn_by=""),
                name="bulletin_figure_withdrawn_by_and_at",
            ),
        ]

    def __str__(self) -> str:
        return self.period
