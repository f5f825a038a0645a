"""Forms of the register of units."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from lianfang.web.organisation.models import Unit


class UnitForm(forms.Form):
    name = forms.CharField(label=_("单位名称"), max_length=100)
    short_name = forms.CharField(label=_("简称"), max_length=40, required=False)
    kind = forms.ChoiceField(label=_("类别"), choices=Unit.Kind.choices)
    version = forms.IntegerField(widget=forms.HiddenInput)


class NewUnitForm(forms.Form):
    code = forms.CharField(label=_("单位代码"), max_length=40, help_text=_("与上报数据中的单位代码一致"))
    name = forms.CharField(label=_("单位名称"), max_length=100)
    short_name = forms.CharField(label=_("简称"), max_length=40, required=False)
    kind = forms.ChoiceField(label=_("类别"), choices=Unit.Kind.choices)


class PlaceForm(forms.Form):
    parent = forms.CharField(label=_("新的上级单位代码"), max_length=40)
    version = forms.IntegerField(widget=forms.HiddenInput)


class CloseForm(forms.Form):
    on = forms.DateField(label=_("撤销日期"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    reason = forms.CharField(label=_("依据"), min_length=4, help_text=_("写明文号或会议"))
    version = forms.IntegerField(widget=forms.HiddenInput)
