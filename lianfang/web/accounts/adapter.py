"""How django-allauth behaves here: nobody signs up, each sign-in is logged, and every refusal says what to do."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from lianfang.web.shared import log
from lianfang.web.shared.actor import Actor


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": _("连续5次口令不对，已锁定30分钟。请30分钟后再试，或请安全管理员核实身份。"),
        "username_password_mismatch": _("账号或口令不对。请核对后再试；连续5次不对，锁定30分钟。"),
        "enter_current_password": _("现在的口令不对。"),
        "incorrect_password": _("口令不对。"),
        "incorrect_code": _("数字不对，或已过期。请写验证器上现在的6位数字。"),
        "rate_limited": _("试得太快。请稍等几分钟再试。"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def login(self, request: HttpRequest, user: Any) -> None:
        super().login(request, user)
        by = Actor(user_id=user.pk, name=user.name, role="signed in", address=request.META.get("REMOTE_ADDR", ""))
        log.record("account.sign_in", by=by, subject_type="account", subject=user.username)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        super().authentication_failed(request, **credentials)
        by = Actor(user_id=None, name="", role="visitor", address=request.META.get("REMOTE_ADDR", ""))
        tried = log.digest(credentials.get("username", ""))
        log.record("account.sign_in_failed", by=by, subject_type="account", tried=tried)


class SecondFactor(DefaultMFAAdapter):  # type: ignore[misc]
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("数字不对，或已过期。请写验证器上现在的6位数字。"),
        "cannot_generate_recovery_codes": _("先设置动态口令，再生成备用码。"),
    }
