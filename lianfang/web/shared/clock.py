"""The office's clock: the machine's, moved only by a demonstration or a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils import timezone

_stopped: ContextVar[datetime | None] = ContextVar("stopped", default=None)
_moved: ContextVar[timedelta | None] = ContextVar("moved", default=None)


def now() -> datetime:
    """This moment, with its time zone."""
    moved = _moved.get()
    return _stopped.get() or timezone.now() + (timedelta(seconds=settings.CLOCK_OFFSET) if moved is None else moved)


def today() -> date:
    """This day where the office is."""
    return timezone.localdate(now())


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Stop the clock at ``moment``: how a test gets its day."""
    token = _stopped.set(moment)
    try:
        yield
    finally:
        _stopped.reset(token)


@contextmanager
def going_from(moment: datetime) -> Iterator[None]:
    """Let the clock go on from ``moment``: how a demonstration gets its history."""
    token = _moved.set(moment - timezone.now())
    try:
        yield
    finally:
        _moved.reset(token)
