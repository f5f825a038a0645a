"""Applies the office's packages to the portal: in their order, each one once, and only with the right signature."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from lianfang.web.portal.models import Published
from lianfang.web.shared import log, outbox
from lianfang.web.shared.actor import system
from lianfang.web.shared.models import Counter, Package
from lianfang.web.shared.refused import Refused

APPLIED = "portal applied"
CARRIER = system("portal")
BATCH = 200


@transaction.atomic
def apply(package: Package) -> bool:
    """Put one package on the portal; False when it was there already.

    A wrong signature, and a number that leaves one out, are refused: what came before stays as it is.
    """
    if not hmac.compare_digest(outbox.signature(package), package.signature):
        raise Refused(
            _("第%(n)d号公开包的签名不符，没有使用。请从办公系统重新导出。") % {"n": package.number}, status=409
        )
    Counter.objects.get_or_create(name=APPLIED)
    applied = Counter.objects.select_for_update().get(name=APPLIED)
    if package.number <= applied.value:
        return False
    if package.number != applied.value + 1:
        raise Refused(
            _("缺第%(n)d号公开包，第%(given)d号没有使用。请先送来缺少的公开包。")
            % {"n": applied.value + 1, "given": package.number},
            status=409,
        )
    applied.value = package.number
    applied.save(update_fields=["value"])
    _put(package)
    return True


def _put(package: Package) -> None:
    is_withdrawal = package.content is None
    values = {"content": package.content or {}, "package_number": package.number}
    values["withdrawn_at"] = package.at if is_withdrawal else None
    if not is_withdrawal:
        values["published_at"] = package.at
    Published.objects.update_or_create(kind=package.kind, key=package.key, defaults=values)
    action = "portal.withdraw" if is_withdrawal else "portal.publish"
    log.record(action, by=CARRIER, subject_type=package.kind, subject=package.key, package=package.number)


def carry() -> int:
    """Apply every waiting package of this office, oldest first; returns how many."""
    applied = 0
    while waiting := list(Package.objects.filter(number__gt=last_applied()).order_by("number")[:BATCH]):
        applied += sum(apply(package) for package in waiting)
    return applied


def last_applied() -> int:
    """The number of the last package on the portal; 0 before the first."""
    return Counter.objects.filter(name=APPLIED).values_list("value", flat=True).first() or 0


def exported(after: int = 0) -> Iterator[str]:
    """The office's packages after number ``after``, one line each: what a one-way ferry carries."""
    for package in Package.objects.filter(number__gt=after).order_by("number").iterator(chunk_size=BATCH):
        row = {
            "number": package.number,
            "kind": package.kind,
            "key": package.key,
            "content": package.content,
            "at": package.at.isoformat(),
            "signature": package.signature,
        }
        yield json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n"


def imported(lines: Iterable[str]) -> int:
    """Apply the packages of a file in its order; returns how many were new. Those before a fault stay applied."""
    return sum(apply(_read(line, number)) for number, line in enumerate(lines, start=1) if line.strip())


def _read(line: str, line_number: int) -> Package:
    try:
        row = json.loads(line)
        return Package(
            number=int(row["number"]),
            kind=str(row["kind"]),
            key=str(row["key"]),
            content=row["content"],
            at=datetime.fromisoformat(row["at"]),
            signature=str(row["signature"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        said = _("公开包文件第%(n)d行无法读取。请重新导出。") % {"n": line_number}
        raise Refused(said) from error
