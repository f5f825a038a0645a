"""Reads of what was published, each in the reader's language."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.http import Http404

from lianfang.web.portal.models import Published
from lianfang.web.shared import clock
from lianfang.web.shared.language import is_english

# What can stand on the portal: kind of package → name of the page that lists it.
PAGES = {"risk": "open_risks", "indicator": "open_indicators", "figure": "open_bulletins"}


def published(kind: str) -> QuerySet[Published]:
    """What stands on the portal of one kind."""
    return Published.objects.filter(kind=kind, withdrawn_at=None)


def one(kind: str, key: str) -> Published:
    """One published thing; what was withdrawn or never published is not found."""
    found = published(kind).filter(key=key).first()
    if found is None:
        raise Http404
    return found


def counts() -> dict[str, int]:
    """How many things of each kind stand on the portal; a kind with none is not there."""
    rows = Published.objects.filter(withdrawn_at=None, kind__in=PAGES).values_list("kind").annotate(n=Count("pk"))
    return dict(rows.order_by())


def matching(kind: str, words: str, names: tuple[str, ...]) -> QuerySet[Published]:
    """Published things of ``kind`` in which every word stands in one of the fields ``names``."""
    found = published(kind)
    for word in words.split()[:5]:
        either = Q()
        for name in names:
            either |= Q(**{f"content__{name}__icontains": word})
        found = found.filter(either)
    return found


RISK_WORDS = ("matter", "node", "manifestation", "unit", "responsible_post")
INDICATOR_WORDS = ("code", "name__zh", "name__en", "watched__zh", "watched__en")


def risks(words: str = "") -> QuerySet[Published]:
    """Level-1 risk points, the latest publication first."""
    return matching("risk", words, RISK_WORDS)


def in_publicity() -> QuerySet[Published]:
    """Level-1 points whose publicity period is not over, what ends first on top."""
    running = published("risk").filter(content__publicity_until__gte=clock.today().isoformat())
    return running.order_by(F("content__publicity_until").asc(), "key")


def indicators(words: str = "", safety: str = "") -> QuerySet[Published]:
    found = matching("indicator", words, INDICATOR_WORDS)
    return found.filter(content__safety=safety) if safety else found


def indicators_by_safety() -> dict[str, int]:
    return Counter(published("indicator").values_list("content__safety", flat=True))


def figures() -> QuerySet[Published]:
    """Figures of closed periods, the latest first. A key names its period: 2025-09, 2025-Q3."""
    return published("figure").order_by("-content__until", "-key")


def risks_by_unit() -> list[tuple[str, int]]:
    """How many published level-1 points each unit has, the most first."""
    found = Counter(published("risk").values_list("content__unit", flat=True))
    return sorted(found.items(), key=lambda row: (-row[1], row[0]))


def said(content: Any) -> Any:
    """``content`` in the language of the page: wherever it holds {zh, en}, the one that is read."""
    if isinstance(content, dict):
        if set(content) <= {"zh", "en"} and "zh" in content:
            language = "en" if is_english() else "zh"
            return content.get(language) or content["zh"]
        return {name: said(value) for name, value in content.items()}
    if isinstance(content, list):
        return [said(value) for value in content]
    return content
