"""Forms of runs, findings and indicators."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lianfang.engine.catalogue import Parameter
from lianfang.web.detection.models import ExplanationResult, IndicatorStatus, Judgement
from lianfang.web.shared import clock


def _day(**options: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"), **options)


def _area(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class RunForm(forms.Form):
    as_of = _day(label=_("数据截至日"), help_text=_("运行只看这一天已经知道的事实。"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["as_of"].initial = clock.today()


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("理由"), widget=_area(), help_text=_("不少于10字，原样记入日志。"))


class JudgementForm(forms.Form):
    """Rightly or not is said by the reason: each stands under its own answer."""

    reason = forms.ChoiceField(
        label=_("判断和原因"),
        choices=[
            ("", _("请选择")),
            (_("触发得对"), [(r.value, r.label) for r in Judgement.RIGHTLY]),
            (_("不该触发"), [(r.value, r.label) for r in Judgement.Reason if r not in Judgement.RIGHTLY]),
        ],
    )
    note = forms.CharField(label=_("说明"), required=False, widget=_area(2))


class ExplanationForm(forms.Form):
    case = forms.CharField(widget=forms.HiddenInput)
    result = forms.ChoiceField(label=_("排查结果"), choices=ExplanationResult.Result.choices)
    note = forms.CharField(label=_("查了什么"), required=False)


class StatusForm(forms.Form):
    status = forms.ChoiceField(label=_("改为"), choices=IndicatorStatus.Status.choices)
    from_on = _day(label=_("自哪天起"))
    reason = forms.CharField(label=_("理由"), widget=_area(), help_text=_("不少于10字，决定人会看到。"))


class ParameterForm(forms.Form):
    """One value of a parameter; its kind comes from the card."""

    value = forms.CharField(label=_("值"))
    key = forms.ChoiceField(label=_("适用"), required=False)
    from_on = _day(label=_("自哪天起"))
    source = forms.CharField(label=_("出处"), help_text=_("文件名称、文号和条款。"))
    reason = forms.CharField(label=_("理由"), widget=_area(), help_text=_("不少于10字，决定人会看到。"))

    def __init__(self, *args: Any, parameter: Parameter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parameter = parameter
        keys = list(dict.fromkeys(value.key for value in parameter.values if value.key))
        if keys:
            self.fields["key"].choices = [(key, key) for key in keys]
        else:
            del self.fields["key"]

    def clean_value(self) -> Any:
        text = self.cleaned_data["value"].strip()
        if self.parameter.type in ("text", "list"):
            return text.split("、") if self.parameter.type == "list" else text
        try:
            number = float(text.rstrip("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            raise forms.ValidationError(_("请填写一个数，例如4000000或10%。")) from None
        return int(number) if number == int(number) else number


class DecisionForm(forms.Form):
    agreed = forms.ChoiceField(
        label=_("决定"), choices=[("yes", _("同意")), ("no", _("不同意"))], widget=forms.RadioSelect
    )
    opinion = forms.CharField(label=_("意见"), required=False, widget=_area(2))
