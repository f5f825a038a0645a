"""Signs out whoever did nothing for a quarter of an hour, and finds in which role a request is made."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from lianfang.web.accounts import queries

Answer = Callable[[HttpRequest], HttpResponse]
GRACE = 60  # the moment of the last action is written once a minute at most


def idle_sign_out(get_response: Answer) -> Answer:
    def answer(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = int(timezone.now().timestamp())
            seen = request.session.get("seen", now)
            if now - seen > settings.IDLE_MINUTES * 60:
                logout(request)
                messages.info(request, _("%(n)d分钟未操作，已退出。登录后回到原处。") % {"n": settings.IDLE_MINUTES})
            elif now - seen > GRACE or "seen" not in request.session:
                request.session["seen"] = now
        return get_response(request)

    return answer


def actor(get_response: Answer) -> Answer:
    def answer(request: HttpRequest) -> HttpResponse:
        request.actor = queries.actor_for_request(request)  # type: ignore[attr-defined]
        return get_response(request)

    return answer
