"""Grading: what colour is proposed, and why. The heaviest of what the indicator says, the score, a direct trigger and
repetition within twelve months; a person may then change it, with a reason.

Source: the domain's workflow, colour_scoring and escalation E4 to E6. All values are recommended defaults.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

COLOURS = ("yellow", "orange", "red")
CAPS = {"rule_broken": "red", "data_collision": "orange", "statistical_anomaly": "yellow"}
MONTHS = 12


@dataclass(frozen=True)
class Choice:
    """One value a factor can take, with its points."""

    name: str
    label: str | Promise
    points: int


@dataclass(frozen=True)
class Factor:
    """One of the seven factors: chosen from a list, or a number that falls into a band (from, points)."""

    name: str
    label: str | Promise
    choices: tuple[Choice, ...] = ()
    bands: tuple[tuple[int, int], ...] = ()

    @property
    def most(self) -> int:
        return max(points for points in [*(c.points for c in self.choices), *(p for _from, p in self.bands)])

    def points(self, value: Any) -> int:
        """The points of ``value``; ValueError when it is none of this factor's values."""
        if self.choices:
            for choice in self.choices:
                if choice.name == value:
                    return choice.points
            raise ValueError(f"{self.name}: {value!r}")
        number = Decimal(str(value))
        if number < self.bands[0][0]:
            raise ValueError(f"{self.name}: {value!r}")
        return max(points for start, points in self.bands if number >= start)


FACTORS: tuple[Factor, ...] = (
    Factor(
        "nature",
        _("问题性质"),
        (
            Choice("flaw", _("程序瑕疵"), 1),
            Choice("tendency", _("倾向性问题"), 2),
            Choice("breach", _("涉嫌违规"), 3),
        ),
    ),
    Factor("amount", _("涉及金额"), bands=((0, 0), (50_000, 1), (500_000, 2), (5_000_000, 3))),
    Factor(
        "subject",
        _("对象"),
        (
            Choice("ordinary", _("一般人员"), 0),
            Choice("unit", _("单位"), 1),
            Choice("middle", _("中层或重点岗位"), 1),
            Choice("leader", _("领导班子成员"), 2),
            Choice("head", _("一把手"), 3),
        ),
    ),
    Factor("repeat", _("12个月同类次数"), bands=((1, 0), (2, 2), (3, 3))),
    Factor("hits", _("独立指标命中"), bands=((1, 0), (2, 1), (3, 2))),
    Factor(
        "impact",
        _("社会影响"),
        (
            Choice("none", _("无"), 0),
            Choice("complaints", _("投诉3件及以上或媒体反映"), 1),
            Choice("mass", _("群体性或损失难以挽回"), 2),
        ),
    ),
    Factor(
        "post_risk",
        _("岗位风险等级"),
        (Choice("3", _("三级"), 0), Choice("2", _("二级"), 1), Choice("1", _("一级"), 2)),
    ),
)
FACTOR = {factor.name: factor for factor in FACTORS}
MOST = sum(factor.most for factor in FACTORS)
BANDS = {"yellow": (1, 5), "orange": (6, 9), "red": (10, 18)}

TRIGGERS: dict[str, tuple[str, str | Promise]] = {
    "DO1": ("orange", _("黄色逾期5个工作日未回告")),
    "DO2": ("orange", _("12个月内同对象同指标第2次黄色，或任意第3次黄色")),
    "DO3": ("orange", _("回告内容与核查事实不符")),
    "DO4": ("orange", _("整改验收两次不合格")),
    "DR1": ("red", _("橙色逾期5个工作日未回告，或拒不整改")),
    "DR2": ("red", _("12个月内第2次橙色")),
    "DR3": ("red", _("改动业务数据、提供不实整改材料，或对提出意见者不利")),
    "DR4": ("red", _("公共资金正在发生重大且难以挽回的损失")),
    "DR5": ("red", _("上级党委、纪委或领导小组批示直接红色")),
}
# DO2 and DR2 are counted by the system; the others are what a person establishes.
COUNTED = frozenset({"DO2", "DR2"})
EXEMPTIONS: dict[str, str | Promise] = {
    "EX1": _("申请人隐瞒或提供不实材料致错，且经办人已尽审查义务"),
    "EX2": _("不可抗力或信息系统故障"),
    "EX3": _("预警送达前已主动发现并纠正，且无后果"),
    "EX4": _("经容错免责程序认定（推进改革先行先试、集体决策、未谋私）"),
}


def rank(colour: str) -> int:
    """0 for none, 1 yellow, 2 orange, 3 red."""
    return COLOURS.index(colour) + 1 if colour else 0


def heaviest(colours: Iterable[str]) -> str:
    return max(colours, key=rank, default="")


def capped(colour: str, nature: str) -> str:
    """The colour an indicator of this nature can propose by itself, before anybody checked."""
    return min(colour, CAPS[nature], key=rank) if colour else ""


@dataclass(frozen=True)
class Earlier:
    """An alert of the same subject that was issued before: day, colour and indicators."""

    day: date
    colour: str
    codes: frozenset[str]


@dataclass(frozen=True)
class Proposal:
    """The colour proposed, with each part that led to it. ``repetition`` is E4, E5, E6 or empty."""

    colour: str
    indicator: str
    score: int
    score_colour: str
    points: Mapping[str, int]
    triggers: tuple[str, ...]
    trigger_colour: str
    repetition: str
    repetition_colour: str = field(default="")


def score_of(factors: Mapping[str, Any]) -> dict[str, int]:
    """The points of each of the seven factors; all must be there."""
    return {factor.name: factor.points(factors[factor.name]) for factor in FACTORS}


def banded(score: int, bands: Mapping[str, Sequence[int]] = BANDS) -> str:
    """The colour of a score; less than the lowest band counts as the lowest."""
    return heaviest(["yellow", *(colour for colour, (first, _last) in bands.items() if score >= first)])


def propose(
    *,
    indicators: Iterable[tuple[str, str]],
    factors: Mapping[str, Any],
    triggers: Iterable[str] = (),
    earlier: Iterable[Earlier] = (),
    codes: frozenset[str] = frozenset(),
    day: date,
    bands: Mapping[str, Sequence[int]] = BANDS,
) -> Proposal:
    """The colour proposed on ``day``. ``indicators`` are (colour, nature) of each that points at the matter."""
    indicator = heaviest(capped(colour, nature) for colour, nature in indicators)
    points = score_of(factors)
    score = sum(points.values())
    said = tuple(t for t in TRIGGERS if t in set(triggers))
    trigger_colour = heaviest(TRIGGERS[t][0] for t in said)
    base = heaviest([indicator, banded(score, bands), trigger_colour])
    rule, raised = repetition(base, codes, earlier, day)
    return Proposal(
        colour=heaviest([base, raised]),
        indicator=indicator,
        score=score,
        score_colour=banded(score, bands),
        points=points,
        triggers=said,
        trigger_colour=trigger_colour,
        repetition=rule,
        repetition_colour=raised,
    )


def repetition(colour: str, codes: frozenset[str], earlier: Iterable[Earlier], day: date) -> tuple[str, str]:
    """Which rule of repetition raises ``colour`` on ``day``, and to what. One matter is raised by one step at most."""
    since = _year_before(day)
    within = [e for e in earlier if since < e.day <= day]
    yellows = [e for e in within if e.colour == "yellow"]
    if colour == "yellow" and any(e.codes & codes for e in yellows):
        return "E4", "orange"
    if colour == "yellow" and len(yellows) >= 2:
        return "E5", "orange"
    if colour == "orange" and any(e.colour == "orange" for e in within):
        return "E6", "red"
    return "", ""


REPETITIONS: dict[str, str | Promise] = {
    "E4": _("12个月内同对象同指标第2次黄色，按橙色"),
    "E5": _("12个月内同一对象第3次黄色，按橙色"),
    "E6": _("12个月内同一对象第2次橙色，按红色"),
}


def _year_before(day: date) -> date:
    if (day.month, day.day) == (2, 29):
        return date(day.year - 1, 2, 28)
    return day.replace(year=day.year - 1)


def steps(proposal: str, colour: str, exemption: str = "") -> int:
    """By how many steps a person changed the proposal; an exemption that was found covers one step down."""
    changed = rank(colour) - rank(proposal)
    return -changed - 1 if exemption and changed < 0 else abs(changed)
