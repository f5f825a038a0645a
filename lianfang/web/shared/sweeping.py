"""What is kept for a while only: tokens of forms that were carried out, sessions and tasks that ended."""

from __future__ import annotations

from datetime import timedelta

from django.core.management import call_command

from lianfang.web.shared import clock
from lianfang.web.shared.models import FormToken

KEPT = timedelta(days=2)


def forget_tokens() -> int:
    """Forget the tokens of forms older than two days, ended sessions and tasks; returns how many tokens went."""
    call_command("clearsessions")
    call_command("prune_db_task_results", verbosity=0)
    gone, _ = FormToken.objects.filter(at__lt=clock.now() - KEPT).delete()
    return gone
