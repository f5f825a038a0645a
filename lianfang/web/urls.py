"""Every address of the office and the portal."""

from __future__ import annotations

from django.urls import include, path

from lianfang.web.shared import views as shared

urlpatterns = [
    path("", shared.home, name="home"),
    path("language/", shared.language, name="language"),
    path("search/", shared.search, name="search"),
    path("styleguide/", shared.styleguide, name="styleguide"),
    path("", include("lianfang.web.accounts.urls")),
    path("admin/", include("lianfang.web.accounts.admin_urls")),
    path("open/", include("lianfang.web.portal.urls")),
    path("", include("lianfang.web.organisation.urls")),
    path("", include("lianfang.web.registers.urls")),
    path("", include("lianfang.web.detection.urls")),
    path("", include("lianfang.web.alerts.urls")),
    path("", include("lianfang.web.reports.urls")),
]
handler404 = "lianfang.web.shared.views.not_found"
handler500 = "lianfang.web.shared.views.failed"
