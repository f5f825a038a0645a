"""Numbers without gaps: taken in the transaction that uses them, given back when it fails."""

from __future__ import annotations

from django.db import connection

from lianfang.web.shared.models import Counter


def take(name: str) -> int:
    """The next number under ``name``, starting at 1. Others wait until this transaction ends."""
    if not connection.in_atomic_block:
        raise RuntimeError("a number is taken inside the transaction that uses it")
    Counter.objects.get_or_create(name=name)
    counter = Counter.objects.select_for_update().get(name=name)
    counter.value += 1
    counter.save(update_fields=["value"])
    return counter.value


def take_many(name: str, count: int) -> range:
    """The next ``count`` numbers under ``name``, in the transaction that uses them all."""
    first = take(name)
    if count > 1:
        Counter.objects.filter(name=name).update(value=first + count - 1)
    return range(first, first + count)
