"""An ordinary year of the city: records in which nothing is planted, in any number."""

from __future__ import annotations

from collections.abc import Iterator

from lianfang.demo.ordinary import authority, care, offices, people, villages, works
from lianfang.demo.ordinary.year import Year
from lianfang.demo.story import Row


def records(year: Year) -> Iterator[tuple[str, Row]]:
    """All records as (table, row), one after the other: they need not fit into memory."""
    for chapter in (people, works, offices, authority, care, villages):
        yield from chapter.records(year)
