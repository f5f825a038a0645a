"""The application ``portal``."""

from __future__ import annotations

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "lianfang.web.portal"
    label = "portal"
