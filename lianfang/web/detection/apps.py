"""The application ``detection``."""

from __future__ import annotations

from django.apps import AppConfig


class DetectionConfig(AppConfig):
    name = "lianfang.web.detection"
    label = "detection"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from lianfang.web.detection import searching
        from lianfang.web.detection.actions import findings, runs
        from lianfang.web.detection.queries.runs import unit_panel
        from lianfang.web.detection.views import steps
        from lianfang.web.shared import desk, panels, search
        from lianfang.web.shared.roles import Permission

        desk.add_source(steps.desk_items)
        panels.add_check("delivery.taken", runs.run_after_taking)
        panels.add_check("batch.withdrawn", findings.batch_withdrawn)
        panels.add_check("batch.expiring", runs.batch_expiring)
        panels.add(panels.Panel("unit.main", "detection/_unit.html", unit_panel, Permission.FINDING_READ, rank=20))
        search.add_source(search.Source(_("指标"), searching.found))
