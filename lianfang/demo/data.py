"""Tells the whole story and writes it down: the folder an office would hand in, and the truth about it beside it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from lianfang.demo import (
    approvals,
    conduct,
    duties,
    land,
    penalties,
    permits,
    social,
    tender_plots,
    villages,
    welfare,
    works,
    works_plots,
)
from lianfang.demo.cast import Cast, people_the_city
from lianfang.demo.divisions import CITY_CODE
from lianfang.demo.folder import write_folder
from lianfang.demo.ordinary import records
from lianfang.demo.ordinary.year import SIZES, Year
from lianfang.demo.procurement import Release, build_procurement
from lianfang.demo.schemes import play_schemes
from lianfang.demo.story import REGION, Event, Matter, Row, Story
from lianfang.demo.units import people_the_tree
from lianfang.engine.catalogue import SHIPPED
from lianfang.engine.identity import Digester, load_key, read_personal_text

# Anybody may know the key of a city that does not exist; a real one is made with `lianfang keygen`.
DEMO_KEY = "demonstration-city-0123456789-abcdefghijklmnopqrstuvwxyz"
CHAPTERS = (
    works.build_works,
    welfare.build_welfare,
    conduct.build_conduct,
    permits.build_permits,
    penalties.build_penalties,
    approvals.build_approvals,
    land.build_land,
    social.build_social,
    villages.build_villages,
    duties.build_duties,
)
PLOTS = (
    works_plots.plot_works,
    tender_plots.plot_tenders,
    welfare.plot_welfare,
    conduct.plot_conduct,
    permits.plot_permits,
    penalties.plot_penalties,
    approvals.plot_approvals,
    land.plot_land,
    social.plot_social,
    villages.plot_villages,
    duties.plot_duties,
)


def tell(seed: int, size: str = "tiny") -> tuple[Story, Cast, list[Release]]:
    """The story with this seed: rows by table, and the OCDS releases; all but the ordinary year of the city."""
    story = Story(seed)
    cast = people_the_city(story)
    for part in (*CHAPTERS, *PLOTS):
        part(story, cast)
    releases = build_procurement(story, cast)
    people_the_tree(story, size)
    play_schemes(story, SIZES[size].rounds)
    for rows in story.tables.values():
        for row in rows:
            if row.get("region_code") == REGION:  # the chapters of the cast know the city by this number only
                row["region_code"] = CITY_CODE
    return story, cast, releases


def build(out: Path, seed: int = 7, size: str = "tiny") -> tuple[Story, dict[str, int]]:
    """Write files, key and known answers into ``out``, anew; the same seed and size write the same bytes.

    Returns the story and the number of rows by table. The year of a larger city is streamed into files.
    """
    data = out / "data"
    if data.exists():
        shutil.rmtree(data)
    data.mkdir(parents=True)
    story, _, releases = tell(seed, size)
    year = records(Year(story, SIZES[size]))
    if size == "tiny":
        for table, row in list(year):
            story.add(table, **row)
        year = iter(())
    streamed = write_folder(story, releases, data, year)
    key = out / "demo.key"
    key.unlink(missing_ok=True)
    key.touch(mode=0o600)
    key.write_text(DEMO_KEY + "\n", encoding="ascii")
    _write_truth(story, out, key)
    counts = {table: len(rows) + streamed.get(table, 0) for table, rows in story.tables.items()}
    return story, counts | {table: number for table, number in streamed.items() if table not in counts}


def _write_truth(story: Story, out: Path, key: Path) -> None:
    shipped, digester = shipped_codes(), Digester(load_key(key))
    planted = {c: s for c, s in subjects(story.planted, key).items() if c in shipped}
    innocent = {c: s for c, s in subjects(story.innocent, key).items() if c in shipped}
    schemes = {
        "schemes": [_matter(one, digester) for one in story.schemes],
        "lookalikes": [_matter(one, digester) for one in story.lookalikes],
        "innocent": innocent,
    }
    _write_json(out / "truth.json", planted | schemes)
    _write_json(
        out / "story.json", {"planted": [*map(asdict, story.planted)], "innocent": [*map(asdict, story.innocent)]}
    )


def _matter(matter: Matter, digester: Digester) -> Row:
    """As findings name it: numbers of persons and accounts are digests."""
    named = [
        {
            "table": one.table,
            "key": "/".join(_as_stored(part, digester) for part in one.key.split("/")),
            "values": [_as_stored(value, digester) for value in one.values],
        }
        for one in matter.subjects
    ]
    return asdict(matter) | {"subjects": named}


def shipped_codes() -> set[str]:
    """The codes of the catalogue: an event that no indicator speaks of yet stands in ``story.json`` only."""
    cards = SHIPPED.glob("*/*/indicator.yaml")
    return {code[1] for card in cards if (code := re.search(r"(?m)^code: *(\S+)", card.read_text(encoding="utf-8")))}


def subjects(events: Iterable[Event], key: Path) -> dict[str, list[str]]:
    """The subjects of the events by indicator, as findings name them: numbers of persons and accounts are digests."""
    digester = Digester(load_key(key))
    found: dict[str, list[str]] = {}
    for event in events:
        parts = [_as_stored(part, digester) for part in event.subject.split("/")]
        found.setdefault(event.code, []).append("/".join(parts))
    return {code: sorted(found[code]) for code in sorted(found)}


def _as_stored(part: str, digester: Digester) -> str:
    is_personal = re.fullmatch(r"\d{16}|\d{17}[\dX]", part)  # an account, or an identity number
    return read_personal_text(part, digester).text or part if is_personal else part


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
