"""The application ``registers``."""

from __future__ import annotations

from django.apps import AppConfig


class RegistersConfig(AppConfig):
    name = "lianfang.web.registers"
    label = "registers"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from lianfang.web.registers import queries, searching
        from lianfang.web.shared import desk, panels, search
        from lianfang.web.shared.roles import Permission

        desk.add_source(queries.due_for)
        panels.add(
            panels.Panel("unit.main", "registers/_unit_risks.html", queries.of_unit, Permission.RISK_READ, rank=50)
        )
        search.add_source(search.Source(_("风险点"), searching.found))
