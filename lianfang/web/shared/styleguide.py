"""What the style guide shows in each component: invented, in both languages, every state once."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from lianfang.web.shared.paging import Page
from lianfang.web.shared.refused import Lack

_PLACE = ZoneInfo("Asia/Shanghai")
SQL = """-- purchases of one item under one budget line, together against the limit of the day
SELECT t.buyer_id AS unit_id, 'budget_item' AS subject_type, t.budget_item AS subject_id,
       sum(t.award_price) AS metric
FROM tender t
WHERE t.method <> 'open' AND t.publish_date > add_months(as_of(), -12)
GROUP BY 1, 2, 3
HAVING sum(t.award_price) > param('open_limit', max(t.publish_date))"""


class ExampleForm(forms.Form):
    """A form with one of each field."""

    reason = forms.CharField(
        label=_("理由"), min_length=20, widget=forms.Textarea(attrs={"rows": 3}), help_text=_("不少于20字，写明依据")
    )
    day = forms.DateField(label=_("完成日"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    colour = forms.ChoiceField(label=_("拟定颜色"), choices=[("yellow", _("黄色")), ("orange", _("橙色"))])
    done = forms.ChoiceField(
        label=_("完成情况"), choices=[("yes", _("已完成")), ("no", _("进行中"))], widget=forms.RadioSelect
    )
    note = forms.CharField(label=_("补充说明"), required=False)
    file = forms.FileField(label=_("佐证"), required=False)
    is_told = forms.BooleanField(label=_("已告知单位主要负责人"), required=False)


def examples() -> dict[str, Any]:
    """The lists and objects of the examples; texts that stand alone are in the template."""
    wrong = ExampleForm({"reason": _("太短"), "day": "2025-13-02", "colour": "yellow"})
    wrong.is_valid()
    return {
        "form": ExampleForm(),
        "wrong": wrong,
        "sql": SQL,
        "due": date(2025, 9, 26),
        "started": date(2025, 9, 22),
        "at": datetime(2025, 9, 22, 9, 41, tzinfo=_PLACE),
        "page": Page(rows=[], size=50, following="x", preceding="y", count=7694),
        **_lists(),
        **_figures(),
    }


def _lists() -> dict[str, Any]:
    moment = datetime(2025, 9, 22, 9, 41, tzinfo=_PLACE)
    return {
        "lacks": [Lack(_("误报排查1项"), "#evidence"), Lack(_("复核人意见"))],
        "stages": [
            {"name": _("信息收集"), "state": "done", "note": _("9月22日 系统")},
            {"name": _("等级评定"), "state": "now", "note": _("核验中 · 应于9月26日")},
            {"name": _("预警处置"), "state": "later", "note": _("批准2、送达1个工作日")},
            {"name": _("督查整改"), "state": "later", "note": _("送达后10个工作日")},
            {"name": _("结果回告"), "state": "later", "note": _("验收5个工作日")},
            {"name": _("定期通报"), "state": "later", "note": _("第三季度通报")},
        ],
        "checks": [
            {"done": True, "what": _("调取采购档案"), "note": _("3份附件")},
            {"done": True, "what": _("评分7项"), "note": _("7分")},
            {"done": False, "what": _("误报排查"), "note": _("还差1项"), "url": "#evidence"},
            {"done": False, "what": _("复核人意见"), "note": _("等李沐")},
        ],
        "people": [
            {"name": _("周岚"), "note": _("核验人 · 已声明无回避情形"), "word": _("进行中"), "state": "now"},
            {"name": _("李沐"), "note": _("复核人（橙、红须两人）"), "word": _("待"), "state": "later"},
            {
                "name": _("派驻第四纪检监察组"),
                "note": _("回避，由派驻第二组代"),
                "struck": _("派驻第三组"),
                "word": _("会签"),
                "state": "later",
            },
            {"name": _("市纪委分管副书记"), "note": _("批准后1个工作日内送达"), "word": _("批准"), "state": "later"},
        ],
        "entries": [
            {
                "at": moment,
                "who": _("周岚"),
                "role": _("核验岗"),
                "sentence": _("开始核验"),
                "reason": _("材料齐全，指派本人核验"),
            },
            {"at": moment, "system": True, "sentence": _("由运行2025-09-21的3条发现生成信号")},
        ],
        "rows": [
            {"field": _("等级"), "before": _("二级"), "after": _("一级")},
            {"field": _("措施"), "before": _("双人审查，抽查5%"), "after": _("双人审查，抽查10%并公开结果")},
        ],
        "tabs": [
            {"label": _("全部"), "url": "?", "count": 7, "current": True},
            {"label": _("逾期"), "url": "?due=over", "count": 1},
            {"label": _("等别人"), "url": "?due=others", "count": 5},
        ],
        "chips": [{"label": _("橙色"), "url": "?"}, {"label": _("市直"), "url": "?"}],
        "colours": [("yellow", _("黄色")), ("orange", _("橙色")), ("red", _("红色"))],
        "parameters": [("open_limit", "4 000 000")],
    }


def _figures() -> dict[str, Any]:
    def row(name: Any, yellow: int, orange: int, red: int) -> dict[str, Any]:
        counts = {"yellow": yellow, "orange": orange, "red": red}
        return {"name": name, "counts": counts, "total": yellow + orange + red, "url": "#"}

    names = [_("葛店"), _("华容"), _("临江"), _("西山"), _("古楼"), _("凤凰"), _("庙岭"), _("段店")]
    counts = [11, 6, 1, 9, 8, 12, 3, 4]
    places = [(1, 1), (2, 1), (3, 1), (5, 1), (6, 1), (7, 1), (1, 2), (2, 2)]
    return {
        "parts": [{"amount": amount} for amount in (118.60, 97.80, 136.00, 128.50, 131.50)],
        "peers": [0.4, 0.5, 0.52, 0.6, 0.61, 0.7, 0.72, 0.75, 0.9],
        "points": [3, 4, 4, 6, 5, 7, 6, 8, 9, 8, 10, 11],
        "stacked": [
            row(_("初筛"), 14, 3, 1),
            row(_("核验"), 11, 5, 1),
            row(_("定级呈批"), 7, 4, 1),
            row(_("送达签收"), 9, 2, 0),
            row(_("整改"), 36, 8, 4),
            row(_("回告验收"), 14, 7, 1),
        ],
        "tiles": [
            {
                "name": name,
                "count": count,
                "column": column,
                "row": line,
                "ramp": min(4, (count + 1) // 3 + 1),
                "red": count > 10,
                "url": "#",
            }
            for name, count, (column, line) in zip(names, counts, places, strict=True)
        ],
        "chart": {"kind": "line", "x": ["7", "8", "9"], "series": [{"name": str(_("本单位")), "values": [3, 5, 4]}]},
        "cells": [
            ("clear", "#"),
            ("clear", ""),
            ("yellow", "#"),
            ("orange", "#"),
            ("red", "#"),
            ("unknown", ""),
            ("later", ""),
        ],
    }
