"""Looks through a text for what must not be published: identity numbers, telephone numbers, names of officials."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from stdnum.cn import ric
from stdnum.exceptions import ValidationError

_IDENTITY = re.compile(r"(?<![0-9A-Za-z])(\d{17}[\dXx]|\d{15})(?![0-9A-Za-z])")
_MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?(1[3-9]\d[- ]?\d{4}[- ]?\d{4})(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3}[- ]?\d{7,8})(?!\d)")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９Ｘ－＋　", "0123456789X-+ ")


@dataclass(frozen=True)
class Hit:
    """One place that must be looked at: which field, what kind, and the text with its middle masked."""

    field: str
    kind: str  # identity, telephone, name
    masked: str


def scan(texts: dict[str, str], *, names: Iterable[str] = (), contacts: frozenset[str] = frozenset()) -> list[Hit]:
    """What stands in ``texts`` (field → text). In the fields ``contacts`` an office's land line is expected."""
    known = [name for name in set(names) if len(name) > 1]
    hits: list[Hit] = []
    for field, given in texts.items():
        text = given.translate(_FULL_WIDTH)
        hits += [Hit(field, "identity", _masked(found)) for found in _identities(text)]
        hits += [Hit(field, "telephone", _masked(found)) for found in _MOBILE.findall(text)]
        if field not in contacts:
            hits += [Hit(field, "telephone", _masked(found)) for found in _LANDLINE.findall(text)]
        hits += [Hit(field, "name", _masked(name)) for name in sorted(known) if name in text]
    return hits


def _identities(text: str) -> list[str]:
    """Numbers of eighteen that hold a day of birth, and those of fifteen as they once were."""
    return [found for found in _IDENTITY.findall(text) if len(found) == 15 or _is_identity(found)]


def _is_identity(number: str) -> bool:
    try:
        ric.get_birth_date(number)
    except ValidationError:
        return False
    return True


def _masked(text: str) -> str:
    return f"{text[0]}**" if len(text) < 6 else f"{text[:3]}…{text[-2:]}"
