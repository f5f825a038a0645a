"""Addresses of ``detection``."""

from __future__ import annotations

from django.urls import path

from lianfang.web.detection.views import data, findings, indicators, runs

urlpatterns = [
    path("runs/", runs.run_list, name="runs"),
    path("runs/start/", runs.run_start, name="run_start"),
    path("runs/<int:number>/", runs.run_page, name="run"),
    path("runs/<int:number>/cancel/", runs.run_cancel, name="run_cancel"),
    path("coverage/", runs.coverage, name="coverage"),
    path("findings/", findings.finding_list, name="findings"),
    path("findings/<str:number>/", findings.finding_page, name="finding"),
    path("findings/<str:number>/judge/", findings.finding_judge, name="finding_judge"),
    path("findings/<str:number>/explain/", findings.finding_explain, name="finding_explain"),
    path("findings/<str:number>/recount/", findings.finding_recount, name="finding_recount"),
    path("findings/<str:number>/package/", findings.finding_package, name="finding_package"),
    path("findings/<str:number>/unmask/<slug:column>/", findings.finding_unmask, name="finding_unmask"),
    path("indicators/", indicators.indicator_list, name="indicators"),
    path("indicators/<str:code>/", indicators.indicator_page, name="indicator"),
    path("indicators/<str:code>/status/", indicators.indicator_status, name="indicator_status"),
    path("indicators/<str:code>/publish/", indicators.indicator_publish, name="indicator_publish"),
    path("indicators/<str:code>/decide/<slug:what>/", indicators.indicator_decide, name="indicator_decide"),
    path("indicators/<str:code>/parameters/<slug:name>/", indicators.indicator_parameter, name="indicator_parameter"),
    path("indicators/<str:code>/<slug:tab>/", indicators.indicator_page, name="indicator_tab"),
    path("data/", data.data_list, name="datasets"),
    path("data/new/", data.dataset_new, name="dataset_new"),
    path("data/templates/<slug:table>/", data.data_template, name="data_template"),
    path("data/import/", data.delivery_new, name="delivery_new"),
    path("data/import/<str:number>/", data.delivery, name="delivery"),
    path("data/import/<str:number>/columns/", data.delivery_columns, name="delivery_columns"),
    path("data/import/<str:number>/read/", data.delivery_read, name="delivery_read"),
    path("data/import/<str:number>/check/", data.delivery_check, name="delivery_check"),
    path("data/import/<str:number>/preview/", data.delivery_preview, name="delivery_preview"),
    path("data/import/<str:number>/store/", data.delivery_store, name="delivery_store"),
    path("data/import/<str:number>/done/", data.delivery_done, name="delivery_done"),
    path("data/import/<str:number>/discard/", data.delivery_discard, name="delivery_discard"),
    path("data/import/<str:number>/rejected/", data.delivery_rejected, name="delivery_rejected"),
    path("data/batches/<str:number>/withdraw/", data.batch_withdraw, name="batch_withdraw"),
    path("data/batches/<str:number>/rejected/", data.batch_rejected, name="batch_rejected"),
    path("data/<str:number>/", data.dataset, name="dataset"),
    path("data/<str:number>/edit/", data.dataset_edit, name="dataset_edit"),
    path("data/<str:number>/close/", data.dataset_close, name="dataset_close"),
    path("data/<str:number>/complete/", data.dataset_complete, name="dataset_complete"),
    path(
        "data/<str:number>/complete/<str:from_on>/<str:until_on>/revoke/",
        data.complete_revoke,
        name="complete_revoke",
    ),
]
