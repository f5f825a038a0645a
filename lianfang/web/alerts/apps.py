"""The application ``alerts``."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AlertsConfig(AppConfig):
    name = "lianfang.web.alerts"
    label = "alerts"

    def ready(self) -> None:

        from lianfang.web.alerts import queries, searching
        from lianfang.web.alerts.views import panels
        from lianfang.web.shared import desk, menu, search
        from lianfang.web.shared.panels import Panel, add
        from lianfang.web.shared.roles import Permission

        add(Panel("finding.head", "alerts/_finding_head.html", panels.of_finding, Permission.SIGNAL_SCREEN))
        add(Panel("finding.aside", "alerts/_finding_aside.html", panels.beside_finding, Permission.SIGNAL_READ))
        add(Panel("run.head", "alerts/_run_head.html", panels.of_run, Permission.SIGNAL_SCREEN))
        add(Panel("unit.main", "alerts/_unit_main.html", panels.of_unit, Permission.ALERT_READ))
        desk.add_source(queries.due_for)
        menu.add_count("signals", queries.waiting_signals)
        menu.add_count("alerts", queries.running_alerts)
        search.add_source(search.Source(_("预警"), searching.found))
