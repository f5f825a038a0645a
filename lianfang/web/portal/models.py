"""What has been published, as it was handed over: nothing else is within the portal's reach."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Published(models.Model):
    """The present content under one kind and key; what was withdrawn keeps its row and loses its content."""

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=80)
    content = models.JSONField(default=dict)
    package_number = models.BigIntegerField(unique=True)
    published_at = models.DateTimeField(null=True, help_text="when the present content was published")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="published_once"),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, published_at__isnull=False)
                | Q(withdrawn_at__isnull=False, content={}),
                name="withdrawn_has_no_content",
            ),
        ]
        indexes = [models.Index(F("kind"), F("withdrawn_at"), F("key"), name="published_list")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
