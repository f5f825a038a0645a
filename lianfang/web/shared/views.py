"""Pages that belong to no subject: the language switch and what is shown when something fails."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lianfang.web.shared import pages
from lianfang.web.shared import search as finding
from lianfang.web.shared.refused import Refused
from lianfang.web.shared.styleguide import examples


@pages.public
def home(request: HttpRequest) -> HttpResponse:
    """The public see the portal; who works here begins at work."""
    return redirect("start" if getattr(request, "actor", None) else "open")


@pages.public
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Show pages in the language chosen, and stay where one was."""
    wanted, back = request.POST.get("language", ""), request.POST.get("back", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = "/"
    response = HttpResponseRedirect(back)
    if wanted in dict(settings.LANGUAGES):
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, wanted, max_age=365 * 86400, samesite="Lax", httponly=True)
    return response


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    said = _("页面停留太久或在别处登录过，本次没有提交。您的填写保留在下方，请返回后重新提交。")
    return pages.refusal(request, Refused(said, status=403))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def failed(request: HttpRequest) -> HttpResponse:
    return render(request, "500.html", {"number": getattr(request, "number", "")}, status=500)


@pages.signed_in
def search(request: HttpRequest) -> HttpResponse:
    """What is found for the words given, by kind; an exact number or code opens at once."""
    text = request.GET.get("q", "")
    found = finding.find(request.actor, text) if request.actor else []  # type: ignore[attr-defined]
    if hit := finding.exact(found, text):
        return HttpResponseRedirect(hit.url)
    return render(request, "search.html", {"text": text, "found": found})


@pages.signed_in
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in all its states."""
    return render(request, "styleguide/index.html", examples())
