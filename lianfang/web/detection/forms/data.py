"""Forms of data sets and of the steps of an import."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lianfang.engine.sources import ENDINGS, PACKED
from lianfang.engine.tables import Table
from lianfang.web.detection import reading
from lianfang.web.detection.actions.datasets import Terms
from lianfang.web.detection.catalogue import said
from lianfang.web.detection.models import Dataset, Delivery
from lianfang.web.organisation.models import Unit

MAX_UPLOAD = 512 << 20  # bytes
ENDS = (*ENDINGS, "xes", "zip", *(f"{ending}.gz" for ending in (*PACKED, "xes")))
_NOT_SENT = ("db", "sqlite", "sqlite3", "duckdb")  # databases are read where they stand, not sent
ACCEPTED = tuple(f".{ending}" for ending in ENDS if ending not in _NOT_SENT)


class UploadForm(forms.Form):
    """One file of one provider. What is in it is the worker's to see."""

    provider = forms.ModelChoiceField(label=_("来源单位"), queryset=Unit.objects.none(), to_field_name="code")
    file = forms.FileField(
        label=_("文件"),
        help_text=_("Excel、WPS、CSV、Parquet、JSON、OCDS、XES，或把几个表格放进一个zip；不超过512 MB"),
        widget=forms.FileInput(attrs={"accept": ",".join(ACCEPTED)}),
    )
    adds = forms.ChoiceField(
        label=_("这个文件是"),
        choices=[
            ("whole", _("全部数据：入库后取代现有的一批")),
            ("adds", _("新增的数据：加到现有数据之上，同一主键以新的为准")),
        ],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, providers: QuerySet[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["provider"].queryset = providers  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        """Only what can be told without opening it: a name, a known ending, a size."""
        file = self.cleaned_data["file"]
        if not file.name.lower().endswith(ACCEPTED):
            raise forms.ValidationError(gettext("这种文件不能读。请另存为 xlsx 或 csv 后再传。"))
        if file.size > MAX_UPLOAD:
            raise forms.ValidationError(gettext("文件超过512 MB。请导出为 csv.gz，或分成几个文件。"))
        return file

    def clean_adds(self) -> bool:
        return self.cleaned_data["adds"] == "adds"


class TermsForm(forms.Form):
    """The terms of a data set."""

    title = forms.CharField(label=_("名称"), max_length=100, required=False, help_text=_("不填则用规范表的名称"))
    purpose = forms.CharField(label=_("处理目的"), widget=forms.Textarea(attrs={"rows": 2}))
    legal_basis = forms.CharField(
        label=_("法律依据"), widget=forms.Textarea(attrs={"rows": 2}), help_text=_("法规名称和条款，或数据共享协议文号")
    )
    retention_days = forms.IntegerField(label=_("保留天数"), min_value=1, max_value=10950)
    reject_limit = forms.DecimalField(
        label=_("退回上限（%）"), min_value=0, max_value=100, decimal_places=2, initial=5,
        help_text=_("退回的行超过这个比例，整批不能入库"),
    )  # fmt: skip
    fields_given = forms.MultipleChoiceField(
        label=_("可以报送的列"), widget=forms.CheckboxSelectMultiple, help_text=_("没有选的列即使在文件里也不读入")
    )

    def __init__(self, *args: Any, table: Table, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["fields_given"]
        field.choices = [(c.name, f"{said(c)} {'*' if c.required else ''}") for c in table.columns.values()]  # type: ignore[attr-defined]

    def terms(self) -> Terms:
        given = self.cleaned_data
        return Terms(
            title=given["title"],
            purpose=given["purpose"],
            legal_basis=given["legal_basis"],
            fields=given["fields_given"],
            retention_days=given["retention_days"],
            reject_limit=given["reject_limit"] / Decimal(100),
        )


def terms_of(dataset: Dataset) -> dict[str, Any]:
    """What stands, as the form shows it."""
    return {
        "title": dataset.title,
        "purpose": dataset.purpose,
        "legal_basis": dataset.legal_basis,
        "retention_days": dataset.retention_days,
        "reject_limit": (dataset.reject_limit * 100).normalize(),
        "fields_given": dataset.fields,
    }


class CompleteForm(forms.Form):
    from_on = forms.DateField(label=_("起始日"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    until_on = forms.DateField(label=_("截止日"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("理由"), widget=forms.Textarea(attrs={"rows": 3}), help_text=_("不少于20字，记录中原样保留")
    )


class CloseForm(forms.Form):
    reason = forms.CharField(label=_("停用的理由"), widget=forms.Textarea(attrs={"rows": 2}))


def sheets_given(delivery: Delivery, post: Mapping[str, str]) -> list[dict[str, Any]]:
    """The mapping that the form of step one holds, sheet by sheet."""
    found = []
    for sheet in delivery.proposal.get("sheets", ()):
        key, table = sheet["key"], post.get(f"{sheet['key']}.table", "")
        found.append({"key": key, "table": table, "columns": _columns_given(sheet, table, post)})
    return found


def _columns_given(sheet: Mapping[str, Any], table: str, post: Mapping[str, str]) -> dict[str, Any]:
    """Canonical column → how it is filled. Of two headers for one column the first is taken; the page says which."""
    plan = sheet["plans"].get(table, {})
    columns: dict[str, Any] = {}
    for number, column in enumerate(sheet["columns"]):
        name = post.get(f"{sheet['key']}.c{number}", "")
        if not name or name in columns:
            continue
        take: dict[str, Any] = {"from": column["header"]}
        if unit := post.get(f"{sheet['key']}.u{number}", ""):
            take["unit"] = unit
        same = plan.get(name, {})
        if same.get("from") == column["header"] and same.get("format"):
            take["format"] = same["format"]
        columns[name] = take
    if table and (own := key_of_rows(table, columns)):
        columns[own] = {"row": True}
    return columns


def key_of_rows(table: str, columns: Mapping[str, Any]) -> str:
    """The key that is made of file, sheet and row where no header gives it; "" where none can be made."""
    found = reading.tables().get(table)
    if found is None or len(found.key) != 1 or found.key[0] in columns:
        return ""
    return found.key[0] if found.columns[found.key[0]].type == "text" else ""


def twice(delivery: Delivery, post: Mapping[str, str]) -> list[str]:
    """Canonical columns that two headers of one sheet were given to."""
    found = []
    for sheet in delivery.proposal.get("sheets", ()):
        names = [post.get(f"{sheet['key']}.c{n}", "") for n in range(len(sheet["columns"]))]
        found += sorted({name for name in names if name and names.count(name) > 1})
    return found
