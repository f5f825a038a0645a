"""What all apps share in the database: the log and its chain, counters, the outbox, tokens of forms."""

from __future__ import annotations

from django.db import models


class LogEntry(models.Model):
    """One thing that somebody did or looked at. Never changed and never deleted before its time.

    It holds no foreign keys: what it speaks of may go, the entry stays. ``detail`` names fields and keyed digests of
    personal values, never the values.
    """

    at = models.DateTimeField(db_index=True)
    user_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=100)
    role = models.CharField(max_length=30)
    address = models.CharField(max_length=45, blank=True)
    request_number = models.CharField(max_length=32, blank=True)
    action = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40, blank=True)
    subject = models.CharField(max_length=80, blank=True)
    unit_path = models.CharField(max_length=300, blank=True)
    reason = models.TextField(blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["subject_type", "subject", "id"], name="log_subject"),
            models.Index(fields=["user_id", "id"], name="log_user"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.action} {self.subject}"


class Link(models.Model):
    """One link of the chain over committed log entries: its digest covers the entry and the link before."""

    number = models.BigIntegerField(primary_key=True)
    entry_id = models.BigIntegerField(unique=True)
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.number}: {self.digest[:8]}"


class Counter(models.Model):
    """The last number given out under a name; taken in the transaction that uses it, so that no number is lost."""

    name = models.CharField(max_length=60, primary_key=True)
    value = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} {self.value}"


class FormToken(models.Model):
    """A form that was carried out: pressing twice leads to the same result and does nothing again."""

    token = models.CharField(max_length=43, primary_key=True)
    user_id = models.BigIntegerField(null=True)
    result = models.CharField(max_length=300)
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.result


class Package(models.Model):
    """One numbered, signed thing for the portal, written in the transaction that publishes or withdraws it."""

    number = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=80)
    content = models.JSONField(null=True, help_text="null withdraws what was published under this key")
    at = models.DateTimeField()
    signature = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.number} {self.kind} {self.key}"
