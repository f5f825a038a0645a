"""The application ``organisation``."""

from __future__ import annotations

from django.apps import AppConfig


class OrganisationConfig(AppConfig):
    name = "lianfang.web.organisation"
    label = "organisation"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from lianfang.web.organisation import queries
        from lianfang.web.shared import search

        search.add_source(search.Source(_("单位"), queries.found))
