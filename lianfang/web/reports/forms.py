"""Forms of the reports."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class ReasonForm(forms.Form):
    """Why a period's figures are published or withdrawn."""

    reason = forms.CharField(
        label=_("理由"),
        min_length=20,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("不少于20字，原样记入记录。"),
    )
