"""Addresses of the three administrators."""

from __future__ import annotations

from django.urls import path

from lianfang.web.accounts import views

urlpatterns = [
    path("system/accounts/", views.accounts, name="accounts"),
    path("system/accounts/new/", views.account_new, name="account_new"),
    path("system/calendar/", views.calendar, name="calendar_days"),
    path("security/grants/", views.grants, name="grants"),
    path("security/grants/<slug:username>/", views.account_grants, name="account_grants"),
    path("security/grants/<slug:username>/activate/", views.account_activate, name="account_activate"),
    path("security/grants/<slug:username>/close/", views.account_close, name="account_close"),
    path("security/grants/<slug:username>/<int:number>/revoke/", views.grant_revoke, name="grant_revoke"),
    path("audit/log/", views.audit_log, name="audit_log"),
    path("audit/log/verify/", views.audit_verify, name="audit_verify"),
    path("audit/log/export/", views.audit_export, name="audit_export"),
]
