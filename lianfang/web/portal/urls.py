"""Addresses of ``portal``: everything under /open/."""

from __future__ import annotations

from django.urls import path

from lianfang.web.portal import views

urlpatterns = [
    path("", views.home, name="open"),
    path("risks/", views.risks, name="open_risks"),
    path("risks/<str:number>/", views.risk, name="open_risk"),
    path("indicators/", views.indicators, name="open_indicators"),
    path("indicators/<str:code>/", views.indicator, name="open_indicator"),
    path("bulletins/", views.bulletins, name="open_bulletins"),
    path("bulletins/<str:period>/", views.bulletin, name="open_bulletin"),
    path("data/", views.data, name="open_data"),
    path("data/figures.csv", views.figures_file, name="open_figures_file"),
]
