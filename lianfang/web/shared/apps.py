"""The application ``shared``."""

from __future__ import annotations

from django.apps import AppConfig


class SharedConfig(AppConfig):
    name = "lianfang.web.shared"
    label = "shared"
