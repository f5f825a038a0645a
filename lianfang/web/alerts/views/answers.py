"""How an action's refusal goes back into the form it came from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms

from lianfang.web.shared.refused import Refused


def carried_out(form: forms.Form, action: Callable[[], Any]) -> Any:
    """Carry ``action`` out; a refusal that names fields, or of what was typed, goes back to the form."""
    try:
        return action()
    except Refused as refused:
        if refused.status in {404, 409} or (refused.lacks and not refused.fields):
            raise
        for name, said in (refused.fields or {"": refused.said}).items():
            form.add_error(name if name in form.fields else None, said)
        return None
