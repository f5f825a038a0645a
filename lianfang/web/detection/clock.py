"""What the clock process does for detection each time it looks: idempotent, so that missing a turn loses nothing."""

from __future__ import annotations

from lianfang.web.detection.actions import batches, findings, runs


def sweep() -> None:
    """Queue again what was lost, start the night's run, let expired data and evidence go."""
    batches.requeue_lost()
    batches.expire()
    batches.give_up_idle()
    batches.clear_leftovers()
    runs.requeue_lost_runs()
    runs.start_nightly_run()
    runs.drop_expired_tables()
    runs.clear_leftovers()
    findings.expire_evidence()
