"""In which of the two languages the page at hand is written."""

from __future__ import annotations

from django.utils.translation import get_language


def is_english() -> bool:
    return (get_language() or "").startswith("en")
