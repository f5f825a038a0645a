"""Lays the small office of the web tests into the database that the environment names."""

from __future__ import annotations

import django

if __name__ == "__main__":
    django.setup()
    from tests.web.conftest import build_office

    build_office()
