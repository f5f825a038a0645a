"""What the registers and the ledger say for grading, and the lists that its form offers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lianfang.web.alerts import grading
from lianfang.web.alerts.models import Alert
from lianfang.web.organisation.models import Holding
from lianfang.web.shared import clock

# Measures that go with a notice, by colour. What only another organ may decide is a suggestion to it.
DISPOSALS: dict[str, tuple[str, str | Promise]] = {
    "Y1": ("yellow", _("提醒函")),
    "Y2": ("yellow", _("提醒谈话")),
    "Y3": ("yellow", _("限期纠正")),
    "Y4": ("yellow", _("补办手续")),
    "Y5": ("yellow", _("补课学习")),
    "O1": ("orange", _("约谈")),
    "O2": ("orange", _("函询")),
    "O3": ("orange", _("责令书面检查")),
    "O4": ("orange", _("一定范围通报")),
    "O5": ("orange", _("纪检监察建议书")),
    "O6": ("orange", _("收缴退赔建议")),
    "O7": ("orange", _("暂停该事项办理权限（建议）")),
    "R1": ("red", _("挂牌督办")),
    "R2": ("red", _("约谈主要负责人")),
    "R3": ("red", _("责令整改并公开承诺")),
    "R4": ("red", _("全市通报")),
    "R5": ("red", _("组织处理建议")),
    "R6": ("red", _("问责建议")),
}
METHOD_WORDS: dict[str, str | Promise] = {
    "files": _("调档"),
    "source": _("比对源系统"),
    "site": _("现场"),
    "phone": _("电话"),
    "talk": _("谈话了解"),
}
ACCEPTANCE_WORDS: dict[str, str | Promise] = {
    "files": _("查资料"),
    "site": _("看现场"),
    "recount": _("数据复算"),
    "revisit": _("回访服务对象"),
}
SOURCES: dict[str, str | Promise] = {
    "evidence": _("证据累计"),
    "register": _("单位、人员登记"),
    "ledger": _("预警台账"),
    "indicators": _("同一事实只计一次"),
    "risk": _("岗位风险登记"),
    "checker": _("核验人判断"),
}


@dataclass(frozen=True)
class Suggested:
    """A value that the registers give for a factor, and which register."""

    value: Any
    source: str


def suggested_factors(alert: Alert) -> dict[str, Suggested]:
    """What is known for the seven factors; nature and impact are a person's to judge."""
    codes = {hit.code for hit in alert.hits.all()}
    same = [e for e in earlier_alerts(alert) if not codes or e.codes & codes]
    found = {
        "subject": Suggested(_subject(alert), "register"),
        "repeat": Suggested(len(same) + 1, "ledger"),
        "hits": Suggested(max(1, len(codes)), "indicators"),
        "post_risk": Suggested(str(_post_risk(alert)), "risk"),
    }
    if alert.amount is not None:
        found["amount"] = Suggested(alert.amount.quantize(Decimal("0.01")), "evidence")
    return found


def _present(alert: Alert) -> list[Holding]:
    return list(Holding.objects.filter(person=alert.person_id, until_on=None).select_related("post"))


def _subject(alert: Alert) -> str:
    if alert.person_id is None:
        return "unit"
    posts = [holding.post for holding in _present(alert)]
    if any(post.is_head for post in posts):
        return "head"
    if any(post.is_leader for post in posts):
        return "leader"
    return "middle" if any((post.risk_level or 3) < 3 for post in posts) else "ordinary"


def _post_risk(alert: Alert) -> int:
    """The highest level of the subject's posts; of a unit, that of its posts."""
    if alert.person_id is not None:
        levels = [holding.post.risk_level for holding in _present(alert)]
    else:
        levels = list(alert.unit.posts.filter(closed_on=None).values_list("risk_level", flat=True))
    return min((level for level in levels if level), default=3)


def earlier_alerts(alert: Alert) -> list[grading.Earlier]:
    """What was issued before to the same subject within twelve months and still counts."""
    since = clock.now() - timedelta(days=367)
    rows = Alert.objects.filter(issued_at__gte=since, unit=alert.unit_id).exclude(pk=alert.pk)
    rows = rows.filter(person=alert.person_id) if alert.person_id else rows.filter(person=None)
    rows = rows.exclude(state__in=("withdrawn", "escalated", "dismissed")).prefetch_related("hits")
    return list(_as_earlier(rows))


def _as_earlier(rows: Iterable[Alert]) -> Iterable[grading.Earlier]:
    for row in rows:
        codes = frozenset(hit.code for hit in row.hits.all())
        yield grading.Earlier(timezone.localdate(row.issued_at), row.colour, codes)
