"""Addresses of ``organisation``."""

from __future__ import annotations

from django.urls import path

from lianfang.web.organisation import views

urlpatterns = [
    path("units/", views.units, name="units"),
    path("units/<str:code>/", views.unit, name="unit"),
    path("units/<str:code>/edit/", views.unit_edit, name="unit_edit"),
    path("units/<str:code>/new/", views.unit_new, name="unit_new"),
    path("units/<str:code>/place/", views.unit_place, name="unit_place"),
    path("units/<str:code>/close/", views.unit_close, name="unit_close"),
]
