"""Addresses of ``reports``."""

from __future__ import annotations

from django.urls import path

from lianfang.web.reports import views

urlpatterns = [
    path("desk/", views.my_desk, name="desk"),
    path("dashboard/", views.dashboard, name="dashboard"),
    path("dashboard/rows/", views.dashboard_rows, name="dashboard_rows"),
    path("dashboard/print/", views.dashboard_print, name="dashboard_print"),
    path("wall/", views.wall, name="wall"),
    path("wall/figures/", views.wall_figures, name="wall_figures"),
    path("bulletins/", views.bulletins, name="bulletins"),
    path("bulletins/<str:key>/", views.bulletin, name="bulletin"),
    path("bulletins/<str:key>/publish/", views.bulletin_publish, name="bulletin_publish"),
    path("bulletins/<str:key>/withdraw/", views.bulletin_withdraw, name="bulletin_withdraw"),
]
