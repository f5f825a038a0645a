"""The application ``registers``."""

from __future__ import annotations

from django.apps import AppConfig


class RegistersConfig(AppConfig):
    name = "lianfang.web.registers"
    label = "registers"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from lianfang.web.registers import queries, searching
        from lianfang.web.shared import desk, search

        desk.add_source(queries.due_for)
        search.add_source(search.Source(_("风险点"), searching.found))
