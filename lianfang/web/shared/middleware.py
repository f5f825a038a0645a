"""What happens to every request: a number, and the policy on what its page may load."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Answer = Callable[[HttpRequest], HttpResponse]

# Nothing from elsewhere, no script or style within a page, no frame, no form to another place.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "manifest-src 'self'",
    )
)


class RequestNumber(logging.Filter):
    """Puts the number of the request that a record speaks of beside it, "-" where there is none."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_number = getattr(getattr(record, "request", None), "number", "-")
        return True


def request_number(get_response: Answer) -> Answer:
    """Give each request a number; a failure's page shows it and the log keeps it."""

    def answer(request: HttpRequest) -> HttpResponse:
        request.number = secrets.token_hex(8)  # type: ignore[attr-defined]
        response = get_response(request)
        response["X-Request-Number"] = request.number  # type: ignore[attr-defined]
        return response

    return answer


def content_policy(get_response: Answer) -> Answer:
    """The strict content policy, and no caching of what only one person may see."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.setdefault("Content-Security-Policy", POLICY)
        response.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        if getattr(request, "user", None) is not None and request.user.is_authenticated:
            response.setdefault("Cache-Control", "no-store")
        return response

    return answer
