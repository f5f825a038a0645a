"""A risk point's form as a unit fills it in, and the way from draft to publication."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lianfang.web.organisation.models import Post
from lianfang.web.registers import actions
from lianfang.web.registers.risk_points import RiskPoint

REASON = "按规定程序集体研究后办理，已核对全部内容，同意。"


@pytest.fixture
def filled(office: Any) -> Callable[..., dict[str, Any]]:
    """The cleaned values of the form: level 2 unless something else is given."""

    def fill(**given: Any) -> dict[str, Any]:
        post = Post.objects.get(code=given.pop("post", "ZJJ-ZL-2"))
        values = {
            "unit": post.unit,
            "post": post,
            "responsible_post": Post.objects.get(code="ZJJ-ZL-1"),
            "category": "process",
            "matter": "工程质量监督",
            "node": "现场抽查",
            "manifestation": "监督员在现场抽查时可能放宽标准，对不合格的材料不作记录",
            "cause": "抽查由一人完成",
            "measures": ["两人以上到场", "抽查结果当场上传"],
            "control": "partly",
            "supervision": "市住建局，0711-3350000",
            "discretion": 3,
            "concentration": 2,
            "oversight": 3,
            "history": 2,
            "frequency": 3,
            "consequence": 3,
            "amount": 1,
            "reach": 2,
            "declared": [],
        }
        return {**values, **given}

    return fill


FIRST = {"discretion": 4, "consequence": 4}  # 16: level 1


@pytest.fixture
def approved(cast: Any, filled: Callable[..., dict[str, Any]]) -> Callable[..., RiskPoint]:
    """A point that its unit has approved, by three people."""

    def approve(**given: Any) -> RiskPoint:
        risk = actions.add_risk(filled(**given), by=cast.unit_officer)
        risk = actions.move_risk(risk, "assess", by=cast.unit_officer)
        risk = actions.move_risk(risk, "review", by=cast.unit_deputy)
        return actions.move_risk(risk, "approve", by=cast.unit_head, given={"minutes_number": "党组纪要〔2025〕1号"})

    return approve


@pytest.fixture
def published(cast: Any, approved: Callable[..., RiskPoint]) -> Callable[..., RiskPoint]:
    def publish(**given: Any) -> RiskPoint:
        risk = approved(**{**FIRST, **given})
        return actions.move_risk(risk, "publicise", by=cast.office_head, given={"reason": REASON})

    return publish
