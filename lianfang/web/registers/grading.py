"""How a risk point gets its level: five anchors of likelihood, three of harm, the matrix, and what overrides it.

Source: the domain's grading scheme (likelihood × harm, 15 and more level 1, 8 to 14 level 2; harm 5 never level 3;
five situations that are level 1 by themselves). 1 is the highest level. Levels belong to points and posts, never to
persons, and have nothing to do with the three colours of warnings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Word = str | Promise


@dataclass(frozen=True)
class Anchor:
    """One question answered by a score: ``says`` holds the sentences of the scores 1 to 5."""

    name: str
    title: Word
    says: tuple[Word, Word, Word, Word, Word]

    def choices(self) -> list[tuple[int, Word]]:
        return list(enumerate(self.says, start=1))


LIKELIHOOD = (
    Anchor(
        "discretion",
        _("裁量"),
        (
            _("无裁量，由系统自动办理"),
            _("基准明确，调档须集体决定"),
            _("有分档基准，但可调档"),
            _("幅度可自定，有粗略标准"),
            _("幅度、对象、时机均可自定，且无基准"),
        ),
    ),
    Anchor(
        "concentration",
        _("集中度"),
        (_("多方制衡"), _("分岗分权"), _("分岗，但可代办"), _("两人办理，同一领导"), _("一人可走完全程")),
    ),
    Anchor(
        "oversight",
        _("监督"),
        (
            _("全程电子监察并公开"),
            _("事中复核并留痕"),
            _("事后抽查"),
            _("事后抽查不足5%"),
            _("无复核，不留痕"),
        ),
    ),
    Anchor(
        "history",
        _("历史"),
        (
            _("没有问题记录"),
            _("个别瑕疵"),
            _("收到过反映或审计问题"),
            _("同行业近3年多发"),
            _("本单位3年内有案件"),
        ),
    ),
    Anchor(
        "frequency",
        _("频度"),
        (_("一年不到一次"), _("每季"), _("每月"), _("每周"), _("每日")),
    ),
)
HARM = (
    Anchor(
        "consequence",
        _("后果"),
        (
            _("提醒即可"),
            _("可能诫勉、组织处理"),
            _("可能一般处分"),
            _("可能撤职以上处分"),
            _("可能构成职务犯罪"),
        ),
    ),
    Anchor(
        "amount",
        _("金额"),
        (
            _("一年不足3万元"),
            _("一年3万至20万元"),
            _("一年20万至100万元"),
            _("一年100万至500万元"),
            _("一年500万元及以上"),
        ),
    ),
    Anchor(
        "reach",
        _("影响面"),
        (_("内部"), _("个别群众"), _("单位"), _("行业"), _("全市或群体性，或危及公共安全")),
    ),
)
ANCHORS = LIKELIHOOD + HARM

# Situations that are level 1 whatever the matrix says. Those with an anchor follow from its highest score.
DIRECT: dict[str, Word] = {
    "final_say": _("对人财物有最终决定权的主要领导岗位"),
    "no_benchmark": _("裁量无基准，或全程可由一人完成"),
    "past_case": _("近3年本岗位发生过案件，或12个月内出现1次红色、2次橙色预警"),
    "large_funds": _("年经手财政、基金、集体资金500万元及以上"),
    "key_step": _("重点领域的关键环节"),
}
DECLARED = ("past_case", "key_step")  # what nobody can read off the anchors or the post: the proposer ticks it
NOT_FOR_POSTS = frozenset({"key_step"})  # it sets the matter's level; the post is judged by the matrix again

CONTROLS: dict[str, Word] = {"effective": _("有效"), "partly": _("基本有效"), "ineffective": _("无效")}
_LEFT_OVER = {"effective": Decimal("0.6"), "partly": Decimal("0.8"), "ineffective": Decimal("1.0")}
HIGHEST_HARM, MANY = 5, 5


@dataclass(frozen=True)
class Grade:
    """A level with everything it came from."""

    likelihood: int
    harm: int
    by_matrix: int
    level: int
    direct: tuple[str, ...]
    is_raised_by_harm: bool

    @property
    def inherent(self) -> int:
        return self.likelihood * self.harm

    @property
    def level_for_post(self) -> int:
        """What this point adds to its post's level."""
        return 1 if set(self.direct) - NOT_FOR_POSTS else self.by_matrix

    @property
    def direct_words(self) -> list[Word]:
        return [DIRECT[name] for name in self.direct]

    def residual(self, control: str) -> Decimal:
        """Inherent risk times how far the measures leave it: for ordering only, it never lowers the level."""
        return self.inherent * _LEFT_OVER[control]


def matrix_level(likelihood: int, harm: int) -> int:
    """The level by likelihood × harm alone."""
    inherent = likelihood * harm
    level = 1 if inherent >= 15 else 2 if inherent >= 8 else 3
    # unlikely but of the greatest harm must not stand in the lowest level
    return min(level, 2) if harm == HIGHEST_HARM else level


def direct_situations(scores: Mapping[str, int], declared: Iterable[str], *, is_head_post: bool) -> tuple[str, ...]:
    """Which situations hold, in the order of ``DIRECT``."""
    holding = set(declared) & set(DECLARED)
    if is_head_post:
        holding.add("final_say")
    if HIGHEST_HARM in (scores["discretion"], scores["concentration"]):
        holding.add("no_benchmark")
    if scores["amount"] == HIGHEST_HARM:
        holding.add("large_funds")
    return tuple(name for name in DIRECT if name in holding)


def grade(scores: Mapping[str, int], *, declared: Iterable[str] = (), is_head_post: bool = False) -> Grade:
    """The grade of a point by its ``scores``, one for each anchor."""
    likelihood = max(scores[anchor.name] for anchor in LIKELIHOOD)
    harm = max(scores[anchor.name] for anchor in HARM)
    by_matrix = matrix_level(likelihood, harm)
    direct = direct_situations(scores, declared, is_head_post=is_head_post)
    return Grade(
        likelihood=likelihood,
        harm=harm,
        by_matrix=by_matrix,
        level=1 if direct else by_matrix,
        direct=direct,
        is_raised_by_harm=harm == HIGHEST_HARM and likelihood * harm < 8,
    )


def post_level(levels: Sequence[int]) -> int | None:
    """The level of a post by its points: the highest of them; five of level 2 make level 1. None without points."""
    if not levels:
        return None
    highest = min(levels)
    return 1 if highest == 2 and list(levels).count(2) >= MANY else highest
