"""The worker's tasks. What one does may be done twice, or stopped at any moment, and is done once."""

from __future__ import annotations

from django_tasks import task

from lianfang.web.detection import carrying
from lianfang.web.detection.actions import checking
from lianfang.web.detection.models import Delivery


@task()
def perform_run(number: int) -> str:
    """Carry out a run."""
    return carrying.carry_out(number)


@task()
def look_at_file(number: str) -> None:
    """See what an uploaded file is."""
    checking.look(number)


@task()
def check_batch(number: str) -> None:
    """Read and check the rows of a delivery."""
    checking.check(number)


@task()
def take_batch(number: str) -> None:
    """Take the checked tables of a delivery."""
    checking.take(number)


FOR_WORK = {Delivery.Work.LOOK: look_at_file, Delivery.Work.CHECK: check_batch, Delivery.Work.TAKE: take_batch}
