"""The chain over the log: every committed entry is linked to the one before, so that none can be altered unseen."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef, QuerySet

from lianfang.web.shared import clock
from lianfang.web.shared.models import Link, LogEntry

BATCH = 2000
MARGIN = 100_000  # a transaction may commit after this many later entries and is still sealed in the usual sweep
_FIRST = "0" * 64


@dataclass(frozen=True)
class Verdict:
    """What verifying the chain found: how many entries are linked, how many wait, and what is wrong."""

    linked: int
    waiting: int
    last_digest: str
    faults: tuple[str, ...]


def seal() -> int:
    """Link the committed entries that have no link yet, oldest first; returns how many."""
    linked = 0
    while batch := _seal_batch():
        linked += batch
    return linked


def _seal_batch() -> int:
    with transaction.atomic():
        _one_at_a_time()
        last = Link.objects.order_by("-number").first()
        number, before = (last.number, last.digest) if last else (0, _FIRST)
        links = []
        reached = Link.objects.aggregate(reached=Max("entry_id"))["reached"] or 0
        for entry in _waiting().filter(pk__gt=reached - MARGIN)[:BATCH]:
            number += 1
            before = _digest(before, entry)
            links.append(Link(number=number, entry_id=entry.pk, digest=before, sealed_at=clock.now()))
        Link.objects.bulk_create(links)
    return len(links)


def _one_at_a_time() -> None:
    """Two sealers must not both continue the chain. SQLite has one writer anyhow."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(726571)")


def _waiting() -> QuerySet[LogEntry]:
    linked = Link.objects.filter(entry_id=OuterRef("pk"))
    return LogEntry.objects.filter(~Exists(linked)).order_by("pk")


def verify() -> Verdict:
    """Walk the chain from its first link and compare every entry with the digest it had when it was linked."""
    faults: list[str] = []
    number, before = 0, _FIRST
    for link, entry in _walk():
        number += 1
        if link.number != number:
            faults.append(f"link {number} is missing; the chain goes on at {link.number}")
            number = link.number
        if entry is None:
            faults.append(f"link {link.number}: log entry {link.entry_id} is gone")
        elif _digest(before, entry) != link.digest:
            faults.append(f"link {link.number}: log entry {link.entry_id} or the link before it was altered")
        before = link.digest
    return Verdict(number, _waiting().count(), before, tuple(faults))


def _walk() -> Iterator[tuple[Link, LogEntry | None]]:
    after = 0
    while links := list(Link.objects.filter(number__gt=after).order_by("number")[:BATCH]):
        entries = LogEntry.objects.in_bulk([link.entry_id for link in links])
        for link in links:
            yield link, entries.get(link.entry_id)
        after = links[-1].number


def _digest(before: str, entry: LogEntry) -> str:
    fields = [
        entry.pk,
        entry.at.isoformat(),
        entry.user_id,
        entry.actor,
        entry.role,
        entry.address,
        entry.request_number,
        entry.action,
        entry.subject_type,
        entry.subject,
        entry.unit_path,
        entry.reason,
        entry.detail,
    ]
    text = before + json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hmac.new(settings.EVIDENCE_SECRET.encode(), text.encode(), sha256).hexdigest()
