"""What the demonstration office decided before it began: indicators in force, risk points, and what is published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from lianfang.demo.office.people import People
from lianfang.web.detection import catalogue
from lianfang.web.detection.actions import indicators
from lianfang.web.detection.models import IndicatorStatus
from lianfang.web.organisation.models import Post, Unit
from lianfang.web.portal import actions as portal
from lianfang.web.registers import actions as registers
from lianfang.web.registers.models import RiskPoint
from lianfang.web.reports import actions as reports
from lianfang.web.reports.periods import Period
from lianfang.web.shared.refused import Refused

IN_FORCE_FROM = date(2025, 1, 2)


def put_in_force(people: People) -> list[str]:
    """Put every indicator in force whose law was verified: proposed by the analyst, decided by the office's head."""
    done = []
    for code in sorted(catalogue.shipped().indicators):
        reason = "法律依据已逐条核对，用例全部通过，自本年度起在本市启用。"
        try:
            proposal = indicators.propose_status(
                code, IndicatorStatus.Status.IN_FORCE, by=people("qiansuan"), from_on=IN_FORCE_FROM, reason=reason
            )
        except Refused:
            continue  # its law is not verified: it stays on trial, and is counted without making signals
        indicators.decide(proposal, by=people("zhengchuan"), agreed=True, opinion="同意启用。")
        done.append(code)
    return done


def publish_catalogue(people: People, codes: list[str]) -> None:
    """Show the public what is watched."""
    for code in codes:
        indicators.publish_indicator(code, by=people("zhengchuan"))
    portal.carry()


@dataclass(frozen=True)
class Point:
    """One risk point of the demonstration: where, at which step, how it may happen, and what is done against it."""

    unit: str
    matter: str
    node: str
    manifestation: str
    cause: str
    measures: tuple[str, ...]
    scores: tuple[int, int, int, int, int, int, int, int]
    category: str = "process"


POINTS = (
    Point(
        "U01",
        "施工许可核发",
        "审查",
        "审查人员对材料标准把握不一，同样的材料有的通过、有的退回",
        "没有统一的审查要点，复核只看结论",
        ("双人审查", "每月抽查5%并公布结果", "审查要点上墙上网"),
        (4, 3, 4, 2, 4, 4, 4, 3),
    ),
    Point(
        "U01",
        "政府投资项目变更签证",
        "审批",
        "变更签证由现场人员和施工单位商定，累计变更超过概算未报批",
        "变更没有限额提醒，分次办理",
        ("变更累计到5%自动提醒", "超过10%报原审批部门"),
        (4, 4, 3, 3, 3, 4, 5, 3),
    ),
    Point(
        "EZ02",
        "财政资金支付",
        "复核",
        "收款账户临时变更后直接支付，经办与复核由同一人完成",
        "岗位人手少，代办较多",
        ("账户变更须两人确认", "系统限制经办人复核本人单据"),
        (2, 4, 3, 2, 5, 5, 5, 3),
    ),
    Point(
        "U05",
        "最低生活保障审核确认",
        "入户调查",
        "经办人不入户调查，或由村干部代写调查记录后直接上报",
        "一名经办人负责多个乡镇",
        ("入户须两人并留影像", "与死亡、车辆、房产登记按月比对", "名单在村公示栏长期公示"),
        (3, 3, 4, 4, 3, 4, 3, 3),
    ),
    Point(
        "EZ04",
        "国有建设用地使用权出让",
        "价款征收",
        "受让人未缴清价款先办理登记，或缴清后以奖补名义返还",
        "登记与征收信息不联网",
        ("登记前核验缴款凭证", "返还事项一律报市政府常务会"),
        (3, 3, 3, 4, 3, 5, 5, 4),
    ),
    Point(
        "U23",
        "村级工程发包",
        "确定施工人",
        "把一项工程拆分到限额以下，不经比选直接交给固定的施工人",
        "村民代表会议流于形式",
        ("限额以下也在村务公开栏询价三家", "镇三资平台预审"),
        (4, 4, 4, 3, 3, 4, 3, 2),
    ),
    Point(
        "U09",
        "城市管理行政处罚",
        "裁量",
        "同类案件罚款高低不一，减轻处罚没有集体讨论",
        "裁量基准没有细化到情节",
        ("系统带出裁量基准", "减轻处罚须集体讨论并附记录"),
        (4, 3, 3, 2, 4, 3, 2, 3),
    ),
    Point(
        "U12",
        "公务用车调派",
        "派车",
        "节假日派车没有公务事由，加油卡一卡多车、没有绑定车辆",
        "派车单事后补填",
        ("派车单与定位比对", "油卡与车辆绑定"),
        (2, 3, 2, 2, 4, 2, 1, 1),
    ),
)
ANCHORS = ("discretion", "concentration", "oversight", "history", "frequency", "consequence", "amount", "reach")


def lay_risks(people: People) -> None:
    """Write the points down, grade, review and approve them, and publish those of level 1."""
    for point in POINTS:
        unit = Unit.objects.get(code=point.unit)
        proposer, deputy, head = (people.of(role, unit) for role in ("unit_officer", "unit_deputy", "unit_head"))
        posts = list(Post.objects.filter(unit=unit).order_by("code"))
        values: dict[str, Any] = {
            "unit": unit,
            "post": posts[-1],
            "responsible_post": next(post for post in posts if post.is_head),
            "category": point.category,
            "matter": point.matter,
            "node": point.node,
            "manifestation": point.manifestation,
            "cause": point.cause,
            "measures": list(point.measures),
            "control": "partly",
            "supervision": "市纪委监委派驻纪检监察组；监督电话12388",
            "declared": [],
            **dict(zip(ANCHORS, point.scores, strict=True)),
        }
        risk = registers.add_risk(values, by=proposer)
        for move, by, given in (
            ("assess", proposer, {}),
            ("review", deputy, {}),
            ("approve", head, {"minutes_number": f"{unit.short_name}党组纪要〔2024〕{risk.pk + 20}号"}),
        ):
            risk = registers.move_risk(RiskPoint.objects.get(pk=risk.pk), move, by=by, given=given)


def publicise_risks(people: People) -> None:
    """Publish what is of level 1; take the others under control."""
    for risk in RiskPoint.objects.filter(state="approved").select_related("unit"):
        if risk.level == 1:
            reason = "属重点领域关键环节，按规定向社会公示五个工作日。"
            registers.move_risk(risk, "publicise", by=people("zhengchuan"), given={"reason": reason})
        else:
            registers.move_risk(risk, "control", by=people.of("unit_head", risk.unit))
    portal.carry()


def publish_figure(people: People, period: Period) -> None:
    reason = "本期数据已经核对，按规定公布预警办理情况。"
    reports.publish_figure(period, by=people("zhengchuan"), reason=reason)
    portal.carry()
