"""Builds the demonstration office from the first day to the day on which it opens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from lianfang.demo.data import build as build_data
from lianfang.demo.office import deliveries, governance
from lianfang.demo.office.people import lay_organisation, open_accounts
from lianfang.demo.office.play import play
from lianfang.web import serve
from lianfang.web.detection.actions import runs
from lianfang.web.reports.periods import Period
from lianfang.web.shared import clock, sealing

ZONE = ZoneInfo("Asia/Shanghai")
QUARTER, YEAR = date(2024, 9, 30), date(2024, 12, 31)  # the days the two runs look from


@contextmanager
def on(year: int, month: int, day: int, hour: int = 9, minute: int = 0) -> Iterator[None]:
    with clock.going_from(datetime(year, month, day, hour, minute, tzinfo=ZONE)):
        yield


def build(out: Path, seed: int, size: str) -> None:
    """Data, organisation, accounts, deliveries, runs and a few weeks of work."""
    story, _counts = build_data(out, seed, size)
    with on(2024, 12, 2):
        serve.prepare()
        lay_organisation(story)
        people = open_accounts()
        governance.lay_risks(people)
    with on(2025, 1, 2):
        in_force = governance.put_in_force(people)
        deliveries.deliver(out / "data", analyst=people("qiansuan"), head=people("zhengchuan"))
    for day in (QUARTER, YEAR):
        with on(2025, 1, 3):
            runs.start_run(by=people("qiansuan"), as_of=day)
            deliveries.work()
    play(people, seed)
    with on(2025, 2, 17):
        deliveries.deliver_again(out / "data", analyst=people("qiansuan"))
        governance.publish_catalogue(people, in_force)
        governance.publicise_risks(people)
        governance.publish_figure(people, Period.of(date(2025, 1, 1), 1))
    with on(2025, 2, 19, 8):
        sealing.seal()
