"""Forms of the registers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianfang.web.organisation.models import Post, Unit
from lianfang.web.organisation.queries import units_in_reach
from lianfang.web.registers import grading
from lianfang.web.registers.risk_points import CATEGORIES, RiskPoint
from lianfang.web.registers.screening import scan
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.moves import Move
from lianfang.web.shared.roles import Permission

MEASURES = 12


class RiskForm(forms.Form):
    """A risk point as its unit fills it in: what, where, how, what is done about it, and the eight anchors."""

    unit = forms.ModelChoiceField(Unit.objects.none(), label=gettext_lazy("单位"), to_field_name="code")
    post = forms.ModelChoiceField(
        Post.objects.none(), label=gettext_lazy("岗位"), to_field_name="code",
        help_text=gettext_lazy("风险点属于岗位，不属于人。"),
    )  # fmt: skip
    responsible_post = forms.ModelChoiceField(
        Post.objects.none(), label=gettext_lazy("责任岗位"), to_field_name="code",
        help_text=gettext_lazy("由谁负责落实防控措施。"),
    )  # fmt: skip
    category = forms.ChoiceField(label=gettext_lazy("风险类别"), choices=list(CATEGORIES.items()))
    matter = forms.CharField(
        label=gettext_lazy("职权事项"), max_length=80, help_text=gettext_lazy("例如：施工许可核发。")
    )
    node = forms.CharField(label=gettext_lazy("环节"), max_length=60, help_text=gettext_lazy("例如：初审。"))
    manifestation = forms.CharField(
        label=gettext_lazy("表现形式"), min_length=20, max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("谁、在哪一步、可能怎样。20至300字，不写姓名。"),
    )  # fmt: skip
    cause = forms.CharField(
        label=gettext_lazy("成因"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    measures = forms.CharField(
        label=gettext_lazy("防控措施"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("一行一条，每条不少于5字。"),
    )  # fmt: skip
    control = forms.ChoiceField(label=gettext_lazy("现有措施的有效性"), choices=list(grading.CONTROLS.items()))
    supervision = forms.CharField(
        label=gettext_lazy("监督方式"), max_length=200, required=False,
        help_text=gettext_lazy("公众可以怎样监督，例如办公电话、公示栏。一级风险公示时必填。"),
    )  # fmt: skip
    declared = forms.MultipleChoiceField(
        label=gettext_lazy("直接定为一级的情形"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(name, grading.DIRECT[name]) for name in grading.DECLARED],
    )  # fmt: skip

    def __init__(self, *args: Any, actor: Actor, row: RiskPoint | None = None, **kwargs: Any) -> None:
        initial = {**(values_of(row) if row else {}), **kwargs.pop("initial", {})}
        super().__init__(*args, initial=initial, **kwargs)
        units = units_in_reach(actor, Permission.RISK_EDIT)
        posts = (
            Post.objects.filter(unit__in=units, closed_on=None).select_related("unit").order_by("unit__path", "code")
        )
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        for name in ("post", "responsible_post"):
            self.fields[name].queryset = posts  # type: ignore[attr-defined]
            self.fields[name].label_from_instance = _post_name  # type: ignore[attr-defined]
        for anchor in grading.ANCHORS:
            self.fields[anchor.name] = forms.TypedChoiceField(
                label=anchor.title,
                coerce=int,
                choices=[(score, f"{score} {words}") for score, words in anchor.choices()],
                widget=forms.RadioSelect,
            )

    def _fields(self, names: Iterable[str]) -> list[forms.BoundField]:
        return [self[name] for name in names]

    @property
    def what_fields(self) -> list[forms.BoundField]:
        return self._fields(("unit", "post", "category", "matter", "node", "manifestation", "cause"))

    @property
    def measure_fields(self) -> list[forms.BoundField]:
        return self._fields(("measures", "control", "responsible_post", "supervision"))

    @property
    def likelihood_fields(self) -> list[forms.BoundField]:
        return self._fields(anchor.name for anchor in grading.LIKELIHOOD)

    @property
    def harm_fields(self) -> list[forms.BoundField]:
        return self._fields(anchor.name for anchor in grading.HARM)

    def clean_measures(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["measures"].splitlines() if line.strip()]
        if any(len(line) < 5 for line in lines):
            raise forms.ValidationError(_("每条措施不少于5字。"))
        if len(lines) > MEASURES:
            raise forms.ValidationError(_("防控措施不多于%(n)d条。") % {"n": MEASURES})
        return lines

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        unit, post = given.get("unit"), given.get("post")
        if unit and post and post.unit_id != unit.pk:
            self.add_error("post", _("这个岗位不在所选的单位。"))
        for name in ("matter", "node", "manifestation", "cause"):
            if [hit for hit in scan({name: given.get(name, "")}) if hit.kind == "identity"]:
                self.add_error(name, _("这里含有身份证号，请删去。"))
        return given


def _post_name(post: Post) -> str:
    return f"{post.unit.shown_name} {post.name}"


def values_of(row: RiskPoint) -> dict[str, Any]:
    """What the form shows of a risk point, and what a diff compares."""
    return {
        "unit": row.unit.code,
        "post": row.post.code,
        "responsible_post": row.responsible_post.code,
        "category": row.category,
        "matter": row.matter,
        "node": row.node,
        "manifestation": row.manifestation,
        "cause": row.cause,
        "measures": "\n".join(row.measures),
        "control": row.control,
        "supervision": row.supervision,
        "declared": list(row.declared),
        **row.scores,
    }


class MoveForm(forms.Form):
    """What a move of a register asks: the reason, and what this move wants beside it."""

    reason = forms.CharField(
        label=gettext_lazy("理由"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, row: Any, move: Move, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if move.reason_length:
            self.fields["reason"].required = True
        elif not move.asks:
            del self.fields["reason"]


class ApproveForm(MoveForm):
    """The level is approved; level 1 by the Party group, whose minutes are named."""

    minutes_number = forms.CharField(
        label=gettext_lazy("党组会议纪要号"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("一级风险必填，例如：党组纪要〔2025〕9号。"),
    )

    def __init__(self, *args: Any, row: Any, move: Move, **kwargs: Any) -> None:
        super().__init__(*args, row=row, move=move, **kwargs)
        self.fields["minutes_number"].required = row.level == 1


class PublishForm(MoveForm):
    names_checked = forms.BooleanField(label=gettext_lazy("已逐字核对，检查提示的“人名”不是人名"), required=False)


class ExportForm(forms.Form):
    purpose = forms.CharField(
        label=gettext_lazy("用途"), min_length=5, max_length=200, help_text=gettext_lazy("写明导出做什么用，记入日志。")
    )
