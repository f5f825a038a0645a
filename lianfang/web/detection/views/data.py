"""Pages of data sets and of an import: what stands, and one page for each step."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from lianfang.engine.tables import tables, templates
from lianfang.web.detection import store
from lianfang.web.detection.actions import batches, datasets
from lianfang.web.detection.catalogue import said
from lianfang.web.detection.forms import data as data_forms
from lianfang.web.detection.models import Batch, Dataset, Delivery
from lianfang.web.detection.queries import data as queries
from lianfang.web.detection.views import steps
from lianfang.web.organisation.queries import units_in_reach
from lianfang.web.shared import log, pages, paging
from lianfang.web.shared.actor import actor_of
from lianfang.web.shared.refused import Refused
from lianfang.web.shared.roles import Permission

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


# ---- data sets -----------------------------------------------------------------------------------------------------


@pages.page(Permission.DATA_READ)
def data_list(request: HttpRequest) -> HttpResponse:
    """What is delivered by whom, how fresh it is, and what it supports."""
    actor = actor_of(request)
    found = queries.datasets_for(actor).filter(closed_on=None)
    page = paging.page(
        queries.with_batches(found), order=("table", "provider__path", "number"), token=request.GET.get("page", "")
    )
    context = {
        "page": page,
        "rows": [queries.row(dataset) for dataset in page.rows],
        "totals": queries.totals(found),
        "under_way": steps.under_way(actor),
        "may_import": actor.may(Permission.DATA_IMPORT),
        "may_govern": actor.may(Permission.DATA_GOVERN),
    }
    return render(request, "detection/data_list.html", context)


@pages.page(Permission.DATA_READ)
def dataset(request: HttpRequest, number: str) -> HttpResponse:
    """One data set: on which terms it comes, what came, and for when it is called complete."""
    actor = actor_of(request)
    found = queries.dataset_for(actor, number)
    codes = queries.supports().get(found.table, ())
    context = {
        "dataset": found,
        "row": queries.row(queries.with_batches(Dataset.objects.filter(pk=found.pk)).get()),
        "columns": [c for c in tables()[found.table].columns.values() if c.name in found.fields],
        "withheld": [c for c in tables()[found.table].columns.values() if c.name not in found.fields],
        "complete": found.completeness.filter(revoked_at=None),
        "cards": [queries.shipped().indicators[code].card for code in codes],
        "may_import": actor.reaches(Permission.DATA_IMPORT, found.provider.path),
        "may_govern": actor.may(Permission.DATA_GOVERN),
    }
    return render(request, "detection/dataset.html", context)


@pages.page(Permission.DATA_GOVERN)
def dataset_new(request: HttpRequest) -> HttpResponse:
    """Register a data set: first the table, then on which terms."""
    table = queries.deliverable().get(request.GET.get("table", ""))
    if table is None:
        chosen = [(name, f"{said(one)} {name}") for name, one in queries.deliverable().items()]
        return render(request, "detection/dataset_table.html", {"tables": chosen})
    usual = {"retention_days": queries.usual_days(table), "fields_given": queries.needed_columns(table)}
    form = data_forms.TermsForm(request.POST or None, table=table, initial=usual)
    form.fields["provider"] = forms.ModelChoiceField(
        label=_("来源单位"), queryset=units_in_reach(actor_of(request), Permission.DATA_GOVERN), to_field_name="code"
    )
    form.order_fields(["provider"])
    if request.method == "POST" and form.is_valid():
        provider = form.cleaned_data["provider"]
        made = _done(form, lambda: datasets.register_dataset(
            table.name, by=actor_of(request), provider=provider, terms=form.terms()
        ))  # fmt: skip
        if made:
            messages.success(request, _("已登记“%(title)s”。") % {"title": made.title})
            return redirect("dataset", number=made.number)
    return _form_page(request, form, _("登记数据集：%(table)s") % {"table": said(table)}, _("登记数据集"))


@pages.page(Permission.DATA_GOVERN)
def dataset_edit(request: HttpRequest, number: str) -> HttpResponse:
    """Change on which terms it comes."""
    found = queries.dataset_for(actor_of(request), number)
    form = data_forms.TermsForm(request.POST or None, table=tables()[found.table], initial=data_forms.terms_of(found))
    if request.method == "POST" and form.is_valid():
        version = _number(request.POST.get("version", ""))
        if _done(form, lambda: datasets.change_dataset(
            found, by=actor_of(request), terms=form.terms(), version=version
        )):  # fmt: skip
            messages.success(request, _("已改好“%(title)s”。") % {"title": found.title})
            return redirect("dataset", number=number)
    return _form_page(request, form, _("修改%(title)s") % {"title": found.title}, _("保存修改"), found)


@pages.page(Permission.DATA_GOVERN)
def dataset_close(request: HttpRequest, number: str) -> HttpResponse:
    found = queries.dataset_for(actor_of(request), number)
    form = data_forms.CloseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        version = _number(request.POST.get("version", ""))
        datasets.close_dataset(found, by=actor_of(request), reason=form.cleaned_data["reason"], version=version)
        messages.success(request, _("已停用“%(title)s”，以后的运行不再使用它的数据。") % {"title": found.title})
        return redirect("datasets")
    return _form_page(request, form, _("停用%(title)s") % {"title": found.title}, _("停用数据集"), found)


@pages.page(Permission.DATA_IMPORT)
def dataset_complete(request: HttpRequest, number: str) -> HttpResponse:
    """The provider's word that nothing is missing in a period."""
    found = queries.dataset_for(actor_of(request), number)
    form = data_forms.CompleteForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _done(
        form, lambda: datasets.declare_complete(found, by=actor_of(request), **form.cleaned_data)
    ):  # fmt: skip
        messages.success(request, _("已声明齐全。从下次运行起，这段时间内没有的行按“没有”对待。"))
        return redirect("dataset", number=number)
    return _form_page(request, form, _("声明%(title)s齐全") % {"title": found.title}, _("声明齐全"), found)


@pages.page(Permission.DATA_IMPORT)
def complete_revoke(request: HttpRequest, number: str, from_on: str, until_on: str) -> HttpResponse:
    found = queries.dataset_for(actor_of(request), number)
    period = {"from_on": parse_date(from_on), "until_on": parse_date(until_on)}
    word = found.completeness.filter(revoked_at=None, **period).first() if all(period.values()) else None
    if word is None:
        raise Http404
    form = data_forms.ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        datasets.revoke_complete(word, by=actor_of(request), reason=form.cleaned_data["reason"])
        messages.success(request, _("已收回齐全声明。"))
        return redirect("dataset", number=number)
    return _form_page(request, form, _("收回齐全声明%(period)s") % {"period": word}, _("收回声明"), found)


@pages.page(Permission.DATA_READ)
def data_template(request: HttpRequest, table: str) -> HttpResponse:
    """The blank workbook of a table, to be filled in."""
    found = queries.deliverable().get(table)
    if found is None:
        raise Http404
    with tempfile.TemporaryDirectory() as folder:
        (path,) = templates.write_templates(Path(folder), [table])
        return _download(path.read_bytes(), path.name)


# ---- an import, step by step ---------------------------------------------------------------------------------------


@pages.page(Permission.DATA_IMPORT)
def delivery_new(request: HttpRequest) -> HttpResponse:
    """Send a file. It is kept as it is; what it holds is for the worker to see."""
    actor = actor_of(request)
    providers = units_in_reach(actor, Permission.DATA_IMPORT).filter(datasets__closed_on=None, datasets__isnull=False)
    form = data_forms.UploadForm(
        request.POST or None, request.FILES or None, providers=providers.distinct(),
        initial={"provider": request.GET.get("provider") or actor.unit_path.strip("/").split("/")[-1], "adds": "whole"},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        made = _done(form, lambda: _receive(request, form.cleaned_data))
        if made:
            messages.success(request, _("已收到“%(file)s”。") % {"file": made.file_name})
            return redirect("delivery", number=made.number)
    context = {"form": form, "has_providers": providers.exists()}
    return render(request, "detection/upload.html", context, status=422 if form.errors else 200)


def _receive(request: HttpRequest, given: Mapping[str, Any]) -> Delivery:
    file = given["file"]
    try:
        digest, size = store.keep_upload(file.chunks())
    except OSError:
        raise Refused(_("文件没有存下，磁盘可能已满。请告诉系统管理员后再传。"), status=503) from None
    return batches.receive(
        by=actor_of(request),
        provider=given["provider"],
        file_name=file.name,
        digest=digest,
        size=size,
        adds=given["adds"],
    )


@pages.page(Permission.DATA_IMPORT)
def delivery(request: HttpRequest, number: str) -> HttpResponse:
    """Where a delivery stands now."""
    found = queries.delivery_for(actor_of(request), number)
    if request.htmx and not found.awaits:  # type: ignore[attr-defined]
        return HttpResponseClientRedirect(steps.url(found))
    if not found.awaits and found.state not in (Delivery.State.DISCARDED, Delivery.State.UNREADABLE):
        return redirect(steps.url(found))
    return _step_page(request, found, steps.present(found), "delivery")


@pages.page(Permission.DATA_IMPORT)
def delivery_columns(request: HttpRequest, number: str) -> HttpResponse:
    """① Which column is which: confirmed or changed by a person."""
    found = queries.delivery_for(actor_of(request), number)
    if (elsewhere := steps.elsewhere(request, found, "columns")) is not None:
        return elsewhere
    said_no = None
    if request.method == "POST":
        try:
            _confirm(request, found)
        except Refused as refused:
            if refused.status != 422:
                raise
            said_no = refused
        else:
            messages.success(request, _("对应关系已记住，正在检查。"))
            return redirect("delivery", number=number)
    given = request.POST if request.method == "POST" else None
    context = {"sheets": steps.sheets(found, request.GET, given), "refused": said_no}
    return _step_page(request, found, "columns", "columns", context, status=422 if said_no else 200)


def _confirm(request: HttpRequest, found: Delivery) -> None:
    if names := data_forms.twice(found, request.POST):
        said_twice = _("有两列对应同一个规范列：%(names)s。请把其中一列改为“不导入”。") % {"names": "、".join(names)}
        raise Refused(said_twice)
    sheets = data_forms.sheets_given(found, request.POST)
    version = _number(request.POST.get("version", ""))
    batches.confirm_mapping(found, by=actor_of(request), sheets=sheets, version=version)


@require_POST
@pages.page(Permission.DATA_IMPORT)
def delivery_read(request: HttpRequest, number: str) -> HttpResponse:
    """Read the file again with another header row or encoding."""
    found = queries.delivery_for(actor_of(request), number)
    row, sheet = request.POST.get("header_row", ""), request.POST.get("sheet", "")
    rows = {sheet: _number(row)} if row and sheet else {}
    batches.look_again(found, by=actor_of(request), encoding=request.POST.get("encoding", ""), header_rows=rows)
    messages.success(request, _("正在重新读取。"))
    return redirect("delivery", number=number)


@pages.page(Permission.DATA_IMPORT)
def delivery_check(request: HttpRequest, number: str) -> HttpResponse:
    """② What was found wrong, row by row."""
    found = queries.delivery_for(actor_of(request), number)
    if (elsewhere := steps.elsewhere(request, found, "check")) is not None:
        return elsewhere
    context = {"tables": steps.tables_checked(found), "lines": steps.lines(found), "lacks": batches.lacks_of(found)}
    return _step_page(request, found, "check", "check", context)


@pages.page(Permission.DATA_IMPORT)
def delivery_preview(request: HttpRequest, number: str) -> HttpResponse:
    """③ How it differs from what stands, and what it makes computable."""
    found = queries.delivery_for(actor_of(request), number)
    if (elsewhere := steps.elsewhere(request, found, "preview")) is not None:
        return elsewhere
    known = queries.shipped().indicators
    codes = [known[code].card for code in found.result.get("computable", ()) if code in known]
    context = {"tables": steps.tables_checked(found), "cards": codes, "lacks": batches.lacks_of(found)}
    return _step_page(request, found, "preview", "preview", context)


@pages.page(Permission.DATA_IMPORT)
def delivery_store(request: HttpRequest, number: str) -> HttpResponse:
    """④ Take it."""
    found = queries.delivery_for(actor_of(request), number)
    if (elsewhere := steps.elsewhere(request, found, "store")) is not None:
        return elsewhere
    if request.method == "POST":
        version, runs_after = _number(request.POST.get("version", "")), bool(request.POST.get("runs_after"))
        batches.ask_taking(found, by=actor_of(request), runs_after=runs_after, version=version)
        messages.success(request, _("正在入库。"))
        return redirect("delivery", number=number)
    lacks = [{"what": what, "url": ""} for what in batches.lacks_of(found)]
    context = {"tables": steps.tables_checked(found), "lacks": lacks, "rows": steps.usable_rows(found)}
    return _step_page(request, found, "store", "store", context)


@pages.page(Permission.DATA_IMPORT)
def delivery_done(request: HttpRequest, number: str) -> HttpResponse:
    """⑤ It stands, and may be taken back."""
    found = queries.delivery_for(actor_of(request), number)
    if (elsewhere := steps.elsewhere(request, found, "done")) is not None:
        return elsewhere
    taken = found.batches.exclude(state=Batch.State.DISCARDED).select_related("dataset__provider", "delivery")
    return _step_page(request, found, "done", "done", {"batches": taken})


@require_POST
@pages.page(Permission.DATA_IMPORT)
def delivery_discard(request: HttpRequest, number: str) -> HttpResponse:
    found = queries.delivery_for(actor_of(request), number)
    batches.discard(found, by=actor_of(request))
    messages.success(request, _("已放弃“%(file)s”，文件已删除。") % {"file": found.file_name})
    return redirect("datasets")


@pages.page(Permission.DATA_IMPORT)
def delivery_rejected(request: HttpRequest, number: str) -> HttpResponse:
    """The rows that go back to whoever sent them, before anything was taken."""
    found = queries.delivery_for(actor_of(request), number)
    path = store.in_store(found.folder) / "rejected.xlsx"
    if not found.folder or not path.is_file():
        raise Http404
    return _rejected(request, path, "delivery", found.number, found.provider.path)


# ---- batches -------------------------------------------------------------------------------------------------------


@pages.page(Permission.DATA_READ)
def batch_rejected(request: HttpRequest, number: str) -> HttpResponse:
    """The rows that were returned of a taken batch."""
    found = queries.batch_for(actor_of(request), number)
    path = store.batch(found.number) / "rejected.xlsx"
    if found.state != Batch.State.TAKEN or not path.is_file():
        raise Http404
    return _rejected(request, path, "batch", found.number, found.dataset.provider.path)


def _rejected(request: HttpRequest, path: Path, kind: str, number: str, unit_path: str) -> HttpResponse:
    log.record(f"{kind}.rejected", by=actor_of(request), subject_type=kind, subject=number, unit_path=unit_path)
    return _download(path.read_bytes(), _("退回行") + f"-{number}.xlsx")


@pages.page(Permission.DATA_IMPORT)
def batch_withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take a whole batch back: what will happen, and why."""
    actor = actor_of(request)
    found = queries.batch_for(actor, number)
    if not actor.reaches(Permission.DATA_IMPORT, found.dataset.provider.path):
        raise Http404
    form = data_forms.ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        if _done(form, lambda: batches.withdraw_batch(found, by=actor, reason=reason)):
            messages.success(request, _("已撤回%(number)s。") % {"number": found.number})
            return redirect("dataset", number=found.dataset.number)
    context = {"batch": found, "form": form, "before": queries.stands_after(found)}
    return render(request, "detection/batch_withdraw.html", context, status=422 if form.errors else 200)


# ---- shared by the pages -------------------------------------------------------------------------------------------


def _step_page(
    request: HttpRequest,
    found: Delivery,
    step: str,
    template: str,
    context: Mapping[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    whole = {"delivery": found, "rail": steps.rail(found, step), "fault": steps.fault(found), **(context or {})}
    return render(request, f"detection/import_{template}.html", whole, status=status)


def _done(form: forms.Form, action: Callable[[], Any]) -> Any:
    """Carry ``action`` out; a refusal about fields goes back to the form."""
    try:
        return action()
    except Refused as refused:
        if not refused.fields:
            raise
        for name, words in refused.fields.items():
            own = {"fields": "fields_given"}.get(name, name)
            form.add_error(own if own in form.fields else None, words)
        return None


def _form_page(
    request: HttpRequest, form: forms.Form, title: str, button: str, dataset: Dataset | None = None
) -> HttpResponse:
    context = {"form": form, "title": title, "button": button, "dataset": dataset}
    return render(request, "detection/data_form.html", context, status=422 if form.errors else 200)


def _number(text: str) -> int:
    """A number out of a form; one that is none is nobody's version and no row."""
    return int(text) if text.isdigit() and len(text) < 10 else -1


def _download(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response
