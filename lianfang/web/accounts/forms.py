"""Forms of the three administrators."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from lianfang.web.accounts.models import DUTIES
from lianfang.web.shared.roles import ROLES


class AccountForm(forms.Form):
    username = forms.SlugField(label=_("账号"), max_length=40, help_text=_("字母、数字和短横，开立后不能改"))
    name = forms.CharField(label=_("姓名"), max_length=60)
    duty = forms.ChoiceField(label=_("职责"), choices=DUTIES, help_text=_("一个账号只有一种职责，开立后不能改"))
    unit = forms.CharField(label=_("所在单位代码"), max_length=40, required=False)
    person = forms.CharField(label=_("对应人员编号"), max_length=80, required=False)
    password = forms.CharField(
        label=_("初始口令"), min_length=10, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )


class GrantForm(forms.Form):
    role = forms.ChoiceField(label=_("角色"), choices=[(role.name, role.title) for role in ROLES.values()])
    unit = forms.CharField(label=_("授权范围的单位代码"), max_length=40, required=False, help_text=_("空为全市"))
    until_on = forms.DateField(
        label=_("截止日期"),
        required=False,
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        help_text=_("空为长期"),
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("理由"), min_length=4, max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class DayForm(forms.Form):
    day = forms.DateField(label=_("日期"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    is_workday = forms.BooleanField(label=_("上班"), required=False)
    note = forms.CharField(label=_("说明"), max_length=40, help_text=_("如：国庆节放假，或调休上班，写明通知文号"))
