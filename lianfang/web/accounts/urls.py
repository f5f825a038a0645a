"""Addresses of signing in and of one's own account; the names are those that allauth looks for."""

from __future__ import annotations

from django.urls import path

from lianfang.web.accounts import sign_in

urlpatterns = [
    path("account/login/", sign_in.login, name="account_login"),
    path("account/logout/", sign_in.logout, name="account_logout"),
    path("account/inactive/", sign_in.inactive, name="account_inactive"),
    path("account/reauthenticate/", sign_in.reauthenticate, name="account_reauthenticate"),
    path("account/password/change/", sign_in.change_password, name="account_change_password"),
    path("account/mfa/", sign_in.second_factor, name="mfa_index"),
    path("account/mfa/authenticate/", sign_in.authenticate, name="mfa_authenticate"),
    path("account/mfa/reauthenticate/", sign_in.mfa_reauthenticate, name="mfa_reauthenticate"),
    path("account/mfa/totp/activate/", sign_in.activate_totp, name="mfa_activate_totp"),
    path("account/mfa/totp/deactivate/", sign_in.deactivate_totp, name="mfa_deactivate_totp"),
    path("account/mfa/recovery-codes/", sign_in.recovery_codes, name="mfa_view_recovery_codes"),
    path("account/mfa/recovery-codes/generate/", sign_in.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("account/mfa/recovery-codes/download/", sign_in.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("me/", sign_in.me, name="me"),
    path("me/role/", sign_in.role, name="role"),
    path("start/", sign_in.start, name="start"),
]
