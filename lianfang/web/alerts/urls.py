"""Addresses of ``alerts``."""

from __future__ import annotations

from django.urls import path, re_path

from lianfang.web.alerts.views import alerts, moves, signals, work
from lianfang.web.alerts.workflow import SLUGS

_SLUG = "|".join(SLUGS)

urlpatterns = [
    path("signals/", signals.inbox, name="signals"),
    path("signals/new/", signals.signal_new, name="signal_new"),
    path("signals/<str:number>/", signals.signal, name="signal"),
    path("signals/<str:number>/check/", signals.signal_take_up, name="signal_take_up"),
    path("signals/<str:number>/dismiss/", signals.signal_dismiss, name="signal_dismiss"),
    path("signals/<str:number>/merge/", signals.signal_merge, name="signal_merge"),
    path("signals/<str:number>/assign/", signals.signal_assign, name="signal_assign"),
    path("signals/<str:number>/complete/", signals.signal_complete, name="signal_complete"),
    path("findings/<str:number>/signal/", signals.finding_signal, name="finding_signal"),
    path("runs/<int:number>/signals/", signals.run_signals, name="run_signals"),
    path("alerts/", alerts.alert_list, name="alerts"),
    path("alerts/calendar/", alerts.calendar, name="alert_calendar"),
    path("alerts/<str:number>/", alerts.alert, name="alert"),
    path("alerts/<str:number>/correction/", alerts.correction, name="alert_correction"),
    path("alerts/<str:number>/documents/", alerts.documents, name="alert_documents"),
    path("alerts/<str:number>/record/", alerts.record, name="alert_record"),
    path("alerts/<str:number>/files/<str:digest>/", alerts.attachment, name="alert_file"),
    path("alerts/<str:number>/check/", work.check, name="alert_check"),
    path("alerts/<str:number>/check/tick/<int:place>/", work.tick, name="alert_tick"),
    path("alerts/<str:number>/check/file/", work.attach, name="alert_attach"),
    path("alerts/<str:number>/check/second/", work.second, name="alert_second"),
    path("alerts/<str:number>/grade/", work.grade, name="alert_grade"),
    path("alerts/<str:number>/reply/", work.reply, name="alert_reply"),
    path("alerts/<str:number>/reply/end/", work.reply_end, name="alert_reply_end"),
    path("alerts/<str:number>/reply/<int:place>/", work.reply_item, name="alert_reply_item"),
    path("alerts/<str:number>/accept/", work.accept, name="alert_accept"),
    path("alerts/<str:number>/cosign/", moves.cosign, name="alert_cosign"),
    path("alerts/<str:number>/paper/", moves.paper, name="alert_paper"),
    re_path(rf"^alerts/(?P<number>[^/]+)/(?P<slug>{_SLUG})/$", moves.move, name="alert_move"),
]
