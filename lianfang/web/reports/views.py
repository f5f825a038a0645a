"""The desk, the dashboard with the rows behind its numbers, the wall, and the figures of closed periods."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianfang.web.alerts.models import Alert
from lianfang.web.detection.queries import runs
from lianfang.web.organisation.models import Unit
from lianfang.web.registers import queries as registers
from lianfang.web.reports import actions, figures, queries
from lianfang.web.reports.desk import desk_of
from lianfang.web.reports.forms import ReasonForm
from lianfang.web.reports.models import BulletinFigure
from lianfang.web.reports.periods import Period, closed
from lianfang.web.shared import clock, desk, menu, pages, paging
from lianfang.web.shared.actor import Actor, actor_of
from lianfang.web.shared.refused import Refused
from lianfang.web.shared.roles import Permission, Reach
from lianfang.web.shared.templatetags.lianfang import weekday

# ---- the desk ----------------------------------------------------------------------------------------------------


@pages.signed_in
def my_desk(request: HttpRequest) -> HttpResponse:
    """What waits for the reader; administrators, who have no business here, go to their own first page."""
    actor = getattr(request, "actor", None)
    if actor is None:
        raise Refused(_("您的账号还没有角色。请向安全管理员申请。"), status=403)
    if not actor.may(Permission.DESK_READ):
        lines = menu.lines_for(actor, request.path)
        return redirect(lines[0].url if lines else "me")
    shown = request.GET.get("show", "")
    found = desk_of(actor, shown)
    context = {"desk": found, "shown": shown, "tabs": _desk_tabs(found.counts, shown), "seen": desk.remembered(request)}
    return render(request, "reports/desk.html", context)


def _desk_tabs(counts: dict[str, int], shown: str) -> list[dict[str, Any]]:
    names = (("", _("全部"), "all"), ("overdue", _("逾期"), "overdue"), ("today", _("今天"), "today"))
    tabs = [
        {"url": f"?show={name}" if name else "?", "label": title, "count": counts[key], "current": shown == name}
        for name, title, key in names
    ]
    others = {"url": "?show=others", "label": _("等别人"), "count": counts["others"], "current": shown == "others"}
    return [*tabs, others]


# ---- the dashboard -----------------------------------------------------------------------------------------------


@pages.page(Permission.DASHBOARD_READ)
def dashboard(request: HttpRequest) -> HttpResponse:
    return render(request, "reports/dashboard.html", _dashboard(request))


@pages.page(Permission.DASHBOARD_READ)
def dashboard_print(request: HttpRequest) -> HttpResponse:
    """The same numbers on one sheet of paper."""
    return render(request, "reports/print.html", _dashboard(request))


def _dashboard(request: HttpRequest) -> dict[str, Any]:
    actor = actor_of(request)
    places = _places(actor)
    scope = next((unit for unit in places if unit.code == request.GET.get("under")), None)
    period = _period(request)
    found = queries.counted_for(actor, scope)
    rows = figures.of_period(found, period)
    due = rows["due"]["total"]
    return {
        "view": queries.overview(actor, found, _towns(places, scope), scope),
        "scope": scope,
        "whole": _whole(actor),
        "is_city": actor.reach(Permission.DASHBOARD_READ) is Reach.CITY,
        "places": [(unit.code, unit.shown_name) for unit in places],
        "period": period,
        "periods": [(one.key, one.label) for one in _offered()],
        "period_rows": queries.period_table(rows, actor, period, scope),
        "in_time": registers.Coverage(due - rows["late"]["total"], due),
        "overdue_rows": queries.longest_overdue(actor, found),
        "coverage": runs.coverage(actor),
        "units_covered": registers.unit_coverage(actor, Permission.DASHBOARD_READ),
        "first_shown": registers.publicity_coverage(actor, Permission.DASHBOARD_READ),
        "now": clock.now(),
    }


def _places(actor: Actor) -> list[Unit]:
    """What the page can be narrowed to: the districts and townships within reach."""
    kinds = [Unit.Kind.DISTRICT, Unit.Kind.TOWNSHIP]
    reached = Unit.objects.filter(actor.within(Permission.DASHBOARD_READ, unit=""), kind__in=kinds, closed_on=None)
    return list(reached.order_by("path"))


def _towns(places: list[Unit], scope: Unit | None) -> list[Unit]:
    towns = [unit for unit in places if unit.kind == Unit.Kind.TOWNSHIP]
    return [unit for unit in towns if unit.path.startswith(scope.path)] if scope else towns


def _whole(actor: Actor) -> str:
    """What the page covers when it is not narrowed: the whole place, or the reader's own unit."""
    if actor.reach(Permission.DASHBOARD_READ) is Reach.CITY:
        return _("%(place)s全域") % {"place": settings.PLACE}
    unit = Unit.objects.filter(pk=actor.unit_id).first()
    return unit.name if unit else ""


def _offered() -> list[Period]:
    """This quarter and month, and those before."""
    today = clock.today()
    return [Period.of(today, 3), *closed(3, 4), Period.of(today, 1), *closed(1, 6)]


def _period(request: HttpRequest) -> Period:
    asked = Period.parse(request.GET.get("period", ""))
    return asked if asked and asked.first <= clock.today() else Period.of(clock.today(), 3)


@pages.page(Permission.ALERT_READ)
def dashboard_rows(request: HttpRequest) -> HttpResponse:
    """The alerts behind one number, with the number above them."""
    actor = actor_of(request)
    names = [one.name for one in fields(queries.Wanted)]
    wanted = queries.Wanted(**{name: request.GET[name] for name in names if request.GET.get(name)})
    if wanted.of not in queries.SETS:
        raise Http404
    found = queries.rows_of(queries.counted_for(actor), wanted).select_related("unit")
    order = ("due_at", "pk") if wanted.of == "overdue" else ("-opened_at", "-pk")
    page = paging.page(found, order=order, token=request.GET.get("page", ""))
    days = queries.Workdays.over(row.due_at for row in page.rows if row.state in queries.OPEN)
    rows = [(row, days.left(row.due_at) if row.state in queries.OPEN else None) for row in page.rows]
    context = {"title": queries.SETS[wanted.of], "wanted": wanted, "page": page, "rows": rows, **_words(wanted)}
    return render(request, "reports/rows.html", context)


def _words(wanted: queries.Wanted) -> dict[str, Any]:
    period = Period.parse(wanted.period)
    place = Unit.objects.filter(code=wanted.under or wanted.unit).first() if wanted.under or wanted.unit else None
    stage = queries.STAGES.get(wanted.stage)
    return {"period": period, "place_unit": place, "stage": stage[0] if stage else ""}


# ---- the wall ----------------------------------------------------------------------------------------------------


WALL_STATES = (
    ("state.issued", gettext_lazy("待签收")),
    ("state.rectifying", gettext_lazy("整改中")),
    ("state.replied", gettext_lazy("已回告")),
    ("state.accepting", gettext_lazy("验收中")),
    ("released_quarter", gettext_lazy("本季解除")),
    ("looked_back", gettext_lazy("待回头看")),
)


@pages.page(Permission.DASHBOARD_READ)
def wall(request: HttpRequest) -> HttpResponse:
    """A screen without a menu: what has been issued, in large figures."""
    return render(request, "reports/wall.html", _wall(request))


@pages.page(Permission.DASHBOARD_READ)
def wall_figures(request: HttpRequest) -> JsonResponse:
    """The figures alone: what the wall asks for each minute."""
    actor = actor_of(request)
    return JsonResponse(_figures(queries.wall(actor, queries.counted_for(actor))))


def wall_time() -> str:
    now = timezone.localtime(clock.now())
    return f"{now:%Y-%m-%d} {weekday(now.date())} {now:%H:%M}"


def _wall(request: HttpRequest) -> dict[str, Any]:
    actor = actor_of(request)
    alerts = queries.counted_for(actor)
    found = queries.wall(actor, alerts)
    board, elsewhere = found["board"]
    return {
        **_figures(found),
        "wall": found,
        "board": board,
        "elsewhere": elsewhere,
        "run": runs.latest_run(),
        "steps": wall_steps(actor, alerts),
        "states": [(name, title, found["states"].get(name.removeprefix("state."))) for name, title in WALL_STATES],
        "rows_url": queries.Wanted(of="issued").url if actor.may(Permission.ALERT_READ) else "",
    }


def _figures(found: dict[str, Any]) -> dict[str, Any]:
    """What changes on the wall: every figure, the bars beneath them, where a red alert is open, and the time."""
    return {
        "figures": wall_numbers(found),
        "bars": {name: [tally.colours[c] for c in queries.COLOURS] for name, tally in found["states"].items()},
        "red": [tile.code for tile in found["board"][0] if tile.red],
        "at": wall_time(),
    }


def wall_numbers(found: dict[str, Any]) -> dict[str, int]:
    """Every figure of the wall under the name that its place on the page carries."""
    board, elsewhere = found["board"]
    numbers = {"total": found["total"], "overdue": found["overdue"], "elsewhere": elsewhere.count}
    numbers |= {f"colour.{name}": n for name, n in found["colours"].items()}
    numbers |= {f"new.{name}": n for name, n in found["new"].items()}
    numbers |= {name: found[name] for name in ("released", "escalated", "released_quarter", "looked_back")}
    for name, tally in found["safeties"].items():
        numbers |= {f"safety.{name}": tally.total, f"safety.{name}.overdue": tally.overdue}
    numbers |= {f"state.{name}": tally.total for name, tally in found["states"].items()}
    return numbers | {f"tile.{tile.code}": tile.count for tile in board}


def wall_steps(actor: Actor, alerts: QuerySet[Alert]) -> list[dict[str, Any]]:
    """The steps of prevention for which there are facts; the others are not on the wall."""
    permission = Permission.DASHBOARD_READ
    due = list(figures.reply_terms(alerts, Period.of(clock.today(), 3)))
    late = sum(is_late for _colour, is_late in due)
    steps = (
        (_("单位查险"), registers.unit_coverage(actor, permission)),
        (_("一级公示"), registers.publicity_coverage(actor, permission)),
        (_("按期回告"), registers.Coverage(len(due) - late, len(due))),
    )
    return [{"name": name, "coverage": coverage} for name, coverage in steps if coverage.of]


# ---- figures of closed periods -----------------------------------------------------------------------------------


@pages.page(Permission.BULLETIN_READ)
def bulletins(request: HttpRequest) -> HttpResponse:
    """Closed months and quarters: what was published, and for those who decide what waits to be."""
    actor = actor_of(request)
    standing = {row.period: row for row in BulletinFigure.objects.filter(withdrawn_at=None)}
    sees_all = _sees_all(actor)
    offered = [*closed(3, 8), *closed(1, 12)]
    rows = [(period, standing.get(period.key)) for period in offered if sees_all or period.key in standing]
    return render(request, "reports/bulletins.html", {"rows": rows, "sees_all": sees_all})


def _sees_all(actor: Actor) -> bool:
    return actor.reach(Permission.BULLETIN_READ) is Reach.CITY


def _closed_period(key: str) -> Period:
    period = Period.parse(key)
    if period is None or not period.is_over:
        raise Http404
    return period


@pages.page(Permission.BULLETIN_READ)
def bulletin(request: HttpRequest, key: str) -> HttpResponse:
    """One period: exact figures inside, what the public gets beside them, and what was published before."""
    actor, period = actor_of(request), _closed_period(key)
    past = list(BulletinFigure.objects.filter(period=period.key).order_by("-pk"))
    standing = next((row for row in past if row.withdrawn_at is None), None)
    if standing is None and not _sees_all(actor):
        raise Http404
    rows = standing.rows if standing else figures.of_period(Alert.objects.all(), period)
    keys = ("total", *queries.COLOURS)
    table = [(figures.MEASURES[m], [(rows[m][k], figures.told(rows[m][k])) for k in keys]) for m in figures.MEASURES]
    context = {
        "period": period,
        "standing": standing,
        "past": past,
        "table": table,
        "units": standing.units if standing else figures.units_counted(),
        "as_of": standing.figures_of if standing else clock.today(),
        "may_issue": actor.may(Permission.BULLETIN_ISSUE),
    }
    return render(request, "reports/bulletin.html", context)


@pages.page(Permission.BULLETIN_ISSUE)
def bulletin_publish(request: HttpRequest, key: str) -> HttpResponse:
    return _decide(request, _closed_period(key), withdraws=False)


@pages.page(Permission.BULLETIN_ISSUE)
def bulletin_withdraw(request: HttpRequest, key: str) -> HttpResponse:
    return _decide(request, _closed_period(key), withdraws=True)


def _decide(request: HttpRequest, period: Period, *, withdraws: bool) -> HttpResponse:
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        decide = actions.withdraw_figure if withdraws else actions.publish_figure
        decide(period, by=actor_of(request), reason=form.cleaned_data["reason"])
        said = _("已撤下%(period)s的数字。") if withdraws else _("已公布%(period)s的数字。")
        messages.success(request, said % {"period": period.label})
        return redirect("bulletin", key=period.key)
    context = {"period": period, "form": form, "withdraws": withdraws}
    return render(request, "reports/bulletin_decide.html", context, status=422 if form.is_bound else 200)
