"""The way out to the portal: numbered, signed packages, written in the transaction that publishes."""

from __future__ import annotations

import hmac
import json
from datetime import UTC
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import transaction

from lianfang.web.shared import clock, numbering
from lianfang.web.shared.models import Package


@transaction.atomic
def publish(kind: str, key: str, content: dict[str, Any]) -> Package:
    """Hand ``content`` to the portal under ``kind`` and ``key``; a later package with the same key replaces it."""
    return _write(kind, key, content)


@transaction.atomic
def withdraw(kind: str, key: str) -> Package:
    """Take from the portal what was published under ``kind`` and ``key``."""
    return _write(kind, key, None)


def _write(kind: str, key: str, content: dict[str, Any] | None) -> Package:
    package = Package(number=numbering.take("portal package"), kind=kind, key=key, content=content, at=clock.now())
    package.signature = signature(package)
    package.save(force_insert=True)
    return package


def signature(package: Package) -> str:
    """The keyed digest over everything in the package; the portal compares it before it applies one."""
    text = json.dumps(
        [package.number, package.kind, package.key, package.content, package.at.astimezone(UTC).isoformat()],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return hmac.new(settings.PORTAL_SECRET.encode(), text.encode(), sha256).hexdigest()
