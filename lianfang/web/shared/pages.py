"""How an address becomes a page: who may open it, each form carried out once, and every refusal shown in words."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from lianfang.web.shared import clock
from lianfang.web.shared.models import FormToken
from lianfang.web.shared.refused import Refused
from lianfang.web.shared.roles import Permission

View = Callable[..., HttpResponse]
PUBLIC = "public"


def page(permission: Permission) -> Callable[[View], View]:
    """A page for those who have ``permission``. Writing requests run once per form, in one transaction."""

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            actor = getattr(request, "actor", None)
            if actor is None:
                return redirect_to_login(request.get_full_path())
            if not actor.may(permission):
                return refusal(request, Refused(_no_permission(), status=403))
            return _carried_out(view, request, *args, **kwargs)

        opened.permission = permission  # type: ignore[attr-defined]  # read by the test of roles and addresses
        return opened

    return wrap


def public(view: View) -> View:
    """A page for everybody."""

    @functools.wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return _carried_out(view, request, *args, **kwargs)

    opened.permission = PUBLIC  # type: ignore[attr-defined]
    return opened


def signed_in(view: View) -> View:
    """A page for everybody who has signed in, in whichever role."""

    @functools.wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return _carried_out(view, request, *args, **kwargs)

    opened.permission = "signed in"  # type: ignore[attr-defined]
    return opened


def new_token() -> str:
    """A token for a form: carried out at most once."""
    return secrets.token_urlsafe(32)


def _carried_out(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    try:
        if request.method == "POST":
            return _once(view, request, *args, **kwargs)
        return view(request, *args, **kwargs)
    except Refused as refused:
        if refused.status == 404:
            raise Http404 from refused
        return refusal(request, refused)


def _once(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """Carry a form out in one transaction with its token; the second time, answer with the first one's result."""
    token = request.POST.get("once", "")[:43]
    if token and (done := FormToken.objects.filter(token=token).first()):
        return redirect(done.result)
    try:
        with transaction.atomic():
            if token:
                user = getattr(request, "user", None)
                row = FormToken.objects.create(
                    token=token, user_id=getattr(user, "pk", None), result="/", at=clock.now()
                )
            response = view(request, *args, **kwargs)
            if token and isinstance(response, HttpResponseRedirect):
                row.result = response.url[:300]
                row.save(update_fields=["result"])
            elif token:
                row.delete()  # the form came back with errors: it may be sent again
            if response.status_code >= 400:
                transaction.set_rollback(True)
            return response
    except IntegrityError:
        if token and (done := FormToken.objects.filter(token=token).first()):
            return redirect(done.result)
        raise


def refusal(request: HttpRequest, refused: Refused) -> HttpResponse:
    """The page that says why not, what to do, and keeps what was typed."""
    hidden = {"csrfmiddlewaretoken", "once", "version", "password"}
    entries = [(name, value) for name, value in request.POST.items() if name not in hidden and value]
    context = {"refused": refused, "entries": entries, "back": request.path}
    return render(request, "refused.html", context, status=refused.status)


def _no_permission() -> str:
    return _("您的角色不能查看此页。需要时可向安全管理员申请，期限最长30天。")
