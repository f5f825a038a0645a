"""Schemes planted in the demonstration city, written from law and published kinds of cases, not from the catalogue."""

from __future__ import annotations

import random

from lianfang.demo.schemes import (
    assets,
    conflicts,
    enforcement,
    expenses,
    land,
    licensing,
    medical,
    personnel,
    procurement,
    subsidies,
    tendering,
    villages,
    works,
)
from lianfang.demo.schemes.scene import Scene
from lianfang.demo.schemes.scheme import Scheme
from lianfang.demo.story import Story

SCHEMES: tuple[Scheme, ...] = (
    works.SPLIT,
    works.CHANGE,
    works.ADVANCE,
    tendering.BORROWED,
    tendering.RING,
    tendering.FIXED,
    procurement.SPLIT,
    land.PRICE,
    land.PADDED,
    subsidies.FALSE,
    subsidies.DEAD,
    subsidies.KIN,
    subsidies.RELIEF,
    medical.POOLING,
    expenses.TWICE,
    expenses.CAR,
    personnel.EMPTY,
    personnel.EARLY,
    conflicts.KIN_FIRM,
    enforcement.LOWERED,
    licensing.ONE_HAND,
    villages.OFF_BOOKS,
    assets.CHEAP,
    assets.FEES,
)


def play_schemes(story: Story, rounds: int) -> None:
    """Every scheme in every variant and its look-alike, ``rounds`` times, by chances of their own."""
    before, story.rng = story.rng, random.Random(f"{story.seed} schemes")
    for number in range(rounds):
        scene = Scene(story, number)
        for scheme in SCHEMES:
            scheme.play(scene)
    story.rng = before
