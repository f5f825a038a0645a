"""Signing in, the second factor and one's own account: allauth's views under the office's rules, and no others."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lianfang.web.accounts import queries
from lianfang.web.shared import log, menu, pages
from lianfang.web.shared.refused import Refused
from lianfang.web.shared.roles import Permission

LEADERS = {"party_head", "secretary"}  # they decide a few matters and look at the whole

login = pages.public(account.login)
logout = pages.public(account.logout)
inactive = pages.public(account.account_inactive)
authenticate = pages.public(mfa.authenticate)
reauthenticate = pages.signed_in(account.reauthenticate)
mfa_reauthenticate = pages.signed_in(mfa.reauthenticate)
change_password = pages.signed_in(account.password_change)
second_factor = pages.signed_in(mfa.index)
activate_totp = pages.signed_in(totp.activate_totp)
deactivate_totp = pages.signed_in(totp.deactivate_totp)
recovery_codes = pages.signed_in(codes.view_recovery_codes)
generate_recovery_codes = pages.signed_in(codes.generate_recovery_codes)
download_recovery_codes = pages.signed_in(codes.download_recovery_codes)


@pages.signed_in
def me(request: HttpRequest) -> HttpResponse:
    """Who I am here: name, roles with their units and days, language, password, second factor."""
    grants = queries.grants_in_force(request.user)
    return render(request, "me.html", {"grants": grants, "has_second_factor": is_mfa_enabled(request.user)})


@pages.signed_in
@require_POST
def role(request: HttpRequest) -> HttpResponse:
    """Work in another of one's own roles from now on; the log names it from here."""
    grant = next((g for g in queries.grants_in_force(request.user) if str(g.pk) == request.POST.get("grant")), None)
    if grant is None:
        raise Refused(_("您没有这个角色，或者它已到期。"), status=403)
    request.session["grant"] = grant.pk
    by = queries.actor_of_grant(grant, request.user, request)
    log.record("account.role", by=by, subject_type="account", subject=request.user.username, role=grant.role)
    messages.success(request, _("现在以%(role)s身份工作。") % {"role": grant.title})
    return redirect("start")


@pages.signed_in
def start(request: HttpRequest) -> HttpResponse:
    """Where work begins in the present role: a leader's at the dashboard, everybody else's at the top of the menu."""
    actor = request.actor
    if actor and actor.role in LEADERS and actor.may(Permission.DASHBOARD_READ):
        return redirect("dashboard")
    lines = menu.lines_for(actor, "")
    return redirect(lines[0].url if lines else "me")
