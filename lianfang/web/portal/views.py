"""The public's pages: what was published, readable without a script and on a telephone."""

from __future__ import annotations

import csv
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from lianfang.web.portal import queries
from lianfang.web.shared import clock, pages, paging
from lianfang.web.shared.templatetags.lianfang import SAFETIES as WORDS

SAFETIES = {name: words[1] for name, words in WORDS.items()}


def shown(request: HttpRequest, template: str, section: str, **context: Any) -> HttpResponse:
    """A page of the portal; its menu names only what is there."""
    counts = queries.counts()
    page = {"counts": counts, "section": section, "day": clock.today(), **context}
    return render(request, f"portal/{template}", page)


def _resolved(row: Any) -> dict[str, Any]:
    return {**queries.said(row.content), "key": row.key, "published_at": row.published_at}


@pages.public
def home(request: HttpRequest) -> HttpResponse:
    running = [_resolved(row) for row in queries.in_publicity()[:5]]
    latest = queries.figures().first()
    return shown(
        request,
        "home.html",
        "home",
        running=running,
        running_count=queries.in_publicity().count() if len(running) == 5 else len(running),
        latest=latest and _resolved(latest),
    )


@pages.public
def risks(request: HttpRequest) -> HttpResponse:
    words = request.GET.get("q", "").strip()[:60]
    page = paging.page(queries.risks(words), order=("-published_at", "key"), token=request.GET.get("page", ""), size=25)
    rows = [_resolved(row) for row in page.rows]
    return shown(request, "risks.html", "risk", page=page, rows=rows, words=words)


@pages.public
def risk(request: HttpRequest, number: str) -> HttpResponse:
    found = _resolved(queries.one("risk", number))
    is_running = clock.today().isoformat() <= found.get("publicity_until", "")
    return shown(request, "risk.html", "risk", risk=found, is_running=is_running)


@pages.public
def indicators(request: HttpRequest) -> HttpResponse:
    words, safety = request.GET.get("q", "").strip()[:60], request.GET.get("safety", "")
    safety = safety if safety in SAFETIES else ""
    page = paging.page(queries.indicators(words, safety), order=("key",), token=request.GET.get("page", ""), size=50)
    rows = [_resolved(row) for row in page.rows]
    found = queries.indicators_by_safety()
    safeties = [(name, title, found[name]) for name, title in SAFETIES.items() if found.get(name)]
    return shown(
        request, "indicators.html", "indicator", page=page, rows=rows, words=words, safety=safety, safeties=safeties
    )


@pages.public
def indicator(request: HttpRequest, code: str) -> HttpResponse:
    found = _resolved(queries.one("indicator", code))
    return shown(request, "indicator.html", "indicator", indicator=found, safety=SAFETIES.get(found.get("safety", "")))


@pages.public
def bulletins(request: HttpRequest) -> HttpResponse:
    page = paging.page(queries.figures(), order=("-key",), token=request.GET.get("page", ""), size=25)
    return shown(request, "bulletins.html", "figure", page=page, rows=[_resolved(row) for row in page.rows])


@pages.public
def bulletin(request: HttpRequest, period: str) -> HttpResponse:
    return shown(request, "bulletin.html", "figure", figure=_resolved(queries.one("figure", period)))


@pages.public
def data(request: HttpRequest) -> HttpResponse:
    found = queries.indicators_by_safety()
    return shown(
        request,
        "data.html",
        "data",
        units=queries.risks_by_unit(),
        safeties=[(title, found[name]) for name, title in SAFETIES.items() if found.get(name)],
        figures=[_resolved(row) for row in queries.figures()[:24]],
    )


@pages.public
def figures_file(request: HttpRequest) -> HttpResponse:
    """All published figures as one table that any spreadsheet opens."""
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="figures.csv"'
    out = csv.writer(response)
    out.writerow(["period", "from", "until", "figures_of", "measure", "total", "yellow", "orange", "red"])
    for row in queries.figures():
        content = queries.said(row.content)
        head = [row.key, content["from"], content["until"], content["as_of"]]
        for line in content["rows"]:
            out.writerow([*head, line["name"], line["total"], line["yellow"], line["orange"], line["red"]])
    return response
