"""What every page's template knows about the office."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from lianfang.web.shared import clock, pages, search


def office(request: HttpRequest) -> dict[str, Any]:
    return {
        "actor": getattr(request, "actor", None),
        "place": settings.PLACE,
        "is_demo": settings.DEMO,
        "today": clock.today(),
        "has_search": search.is_offered(),
        "once": pages.new_token,
    }
