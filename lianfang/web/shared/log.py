"""The audit log: one row for each write and each look at a restricted thing, in the transaction of what it tells."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from lianfang.web.shared import clock
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.models import LogEntry


def record(
    action: str,
    *,
    by: Actor,
    subject_type: str = "",
    subject: object = "",
    unit_path: str = "",
    reason: str = "",
    **detail: Any,
) -> LogEntry:
    """Write what ``by`` did. ``detail`` is kept as it is: personal values go through ``digest`` first."""
    return LogEntry.objects.create(
        at=clock.now(),
        user_id=by.user_id,
        actor=by.name,
        role=by.role,
        address=by.address,
        request_number=by.request_number,
        action=action,
        subject_type=subject_type,
        subject=str(subject),
        unit_path=unit_path,
        reason=reason,
        detail=detail,
    )


def digest(value: object) -> str:
    """A keyed digest that stands for a personal value in the log."""
    key = settings.EVIDENCE_SECRET.encode()
    return hmac.new(key, f"log:{value}".encode(), sha256).hexdigest()[:32]


def entries() -> QuerySet[LogEntry]:
    """The whole log; only the audit administrator's pages read it."""
    return LogEntry.objects.all()
