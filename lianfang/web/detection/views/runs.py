"""Pages of runs, and of what the office does not see."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from lianfang.web.detection import catalogue
from lianfang.web.detection.actions import runs as actions
from lianfang.web.detection.forms.runs import RunForm
from lianfang.web.detection.models import Run
from lianfang.web.detection.queries import runs as queries
from lianfang.web.shared import pages, paging
from lianfang.web.shared.actor import actor_of
from lianfang.web.shared.refused import Refused
from lianfang.web.shared.roles import Permission


@pages.page(Permission.RUN_READ)
def run_list(request: HttpRequest) -> HttpResponse:
    """All runs, the newest first."""
    actor = actor_of(request)
    found = queries.runs_for(actor)
    page = paging.page(found, order=("-number",), token=request.GET.get("page", ""))
    context = {"page": page, "active": queries.active_runs(), "may_start": actor.may(Permission.RUN_START)}
    return render(request, "detection/run_list.html", context)


@pages.page(Permission.RUN_START)
def run_start(request: HttpRequest) -> HttpResponse:
    """Start a run over the taken data."""
    form = RunForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            run = actions.start_run(by=actor_of(request), as_of=form.cleaned_data["as_of"])
        except Refused as refused:
            if not refused.fields:
                raise
            for name, said in refused.fields.items():
                form.add_error(name, said)
        else:
            messages.success(request, _("已发起运行%(n)s。") % {"n": run.number})
            return redirect("run", number=run.number)
    context = {"form": form, "tables": queries.taken_tables()}
    return render(request, "detection/run_start.html", context, status=422 if form.errors else 200)


@pages.page(Permission.RUN_READ)
def run_page(request: HttpRequest, number: int) -> HttpResponse:
    """One run: how far it is, then four figures and one table, beside another run where one was chosen."""
    actor = actor_of(request)
    run = queries.run_for(actor, number)
    if run.is_over and request.headers.get("HX-Request") and request.headers.get("HX-Target") == "progress":
        return HttpResponseClientRefresh()
    if run.state != Run.State.ENDED:
        return render(request, "detection/run_progress.html", _progress(run) | _rights(request))
    earlier = queries.earlier_runs(run)
    chosen = request.GET.get("beside", "")
    beside = next((one for one in earlier if str(one.number) == chosen), None)
    context = {
        "run": run,
        "earlier": [(one.number, f"{one.number} · {one.as_of}") for one in earlier],
        "beside": beside,
        "lines": queries.lines_of(run, beside),
        "counts": queries.status_counts(run),
    }
    return render(request, "detection/run.html", context | _rights(request))


def _rights(request: HttpRequest) -> dict[str, bool]:
    return {"may_start": actor_of(request).may(Permission.RUN_START)}


def _progress(run: Run) -> dict[str, object]:
    families = [{**one, "title": catalogue.family_title(one["family"])} for one in run.progress]
    now = next((one for one in families if 0 < one["done"] < one["of"]), None)
    return {
        "run": run,
        "families": families,
        "now": now,
        "done": sum(one["done"] for one in families),
        "of": sum(one["of"] for one in families),
    }


@pages.page(Permission.RUN_START)
@require_POST
def run_cancel(request: HttpRequest, number: int) -> HttpResponse:
    """Stop a run; it leaves nothing."""
    actor = actor_of(request)
    actions.cancel_run(queries.run_for(actor, number), by=actor)
    messages.success(request, _("已取消运行%(n)s，没有留下结果。") % {"n": number})
    return redirect("runs")


@pages.page(Permission.FINDING_READ)
def coverage(request: HttpRequest) -> HttpResponse:
    """What the office does not see."""
    return render(request, "detection/coverage.html", {"coverage": queries.coverage(actor_of(request))})
