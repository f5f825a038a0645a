"""The declaration of the register of risk points: its columns, filters, tabs, and who reads and edits it."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lianfang.web.organisation.models import Unit
from lianfang.web.registers import actions, grading
from lianfang.web.registers.forms import ApproveForm, ExportForm, MoveForm, PublishForm, RiskForm
from lianfang.web.registers.machinery import Column, Filter, Register, View, Word
from lianfang.web.registers.risk_moves import TABLE
from lianfang.web.registers.risk_points import CATEGORIES, LEVELS, NOT_PUBLISHED, STATES, RiskPoint, public_content
from lianfang.web.shared import clock
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.roles import Permission


def _units(actor: Actor) -> list[tuple[str, Word]]:
    """Units that have points this actor may read."""
    reached = actor.within(Permission.RISK_READ, unit="")
    having = Unit.objects.filter(reached, risk_points__isnull=False).distinct().order_by("path")
    return [(unit.code, unit.shown_name) for unit in having[:400]]


def _fixed(choices: dict[Any, Word]) -> Any:
    return lambda _actor: [(str(value), title) for value, title in choices.items()]


def _post(risk: RiskPoint) -> str:
    return f"{risk.post.unit.shown_name} {risk.post.name}"


def held_by(person_id: int | None) -> Q:
    """Points of the posts that this person holds now."""
    if person_id is None:
        return Q(pk__in=())
    return Q(post__holdings__person=person_id, post__holdings__until_on=None)


def _answers(risk: RiskPoint, anchors: tuple[grading.Anchor, ...]) -> list[dict[str, Any]]:
    scores = risk.scores
    return [
        {"title": anchor.title, "score": scores[anchor.name], "says": anchor.says[scores[anchor.name] - 1]}
        for anchor in anchors
    ]


def _public(risk: RiskPoint) -> dict[str, Any] | None:
    """Level 1 alone is published, and nothing that concerns a person's conduct."""
    return public_content(risk) if risk.level == 1 and risk.category != NOT_PUBLISHED else None


def _card(risk: RiskPoint, actor: Actor) -> dict[str, Any]:
    """What the card shows beside the columns: how the level came about."""
    return {
        "anchors": _answers(risk, grading.LIKELIHOOD),
        "harms": _answers(risk, grading.HARM),
    }


RISKS = Register(
    name="risks",
    one="risk",
    kind="risk",
    title=_("风险点"),
    add=_("新增风险点"),
    model=RiskPoint,
    form=RiskForm,
    table=TABLE,
    columns=(
        Column("manifestation", _("风险点"), lambda r: r.manifestation, "link"),
        Column("number", _("编号"), lambda r: r.number, in_list=False),
        Column("unit", _("单位"), lambda r: r.unit.shown_name),
        Column("post", _("岗位"), _post, in_list=False),
        Column("category", _("类别"), lambda r: str(r.get_category_display()), in_list=False),
        Column("matter", _("职权事项"), lambda r: r.matter),
        Column("node", _("环节"), lambda r: r.node),
        Column("level", _("等级"), lambda r: r.level, "level"),
        Column("inherent", _("固有风险"), lambda r: r.grade.inherent, "inherent"),
        Column("measures", _("措施"), lambda r: "\n".join(r.measures), "count"),
        Column("responsible_post", _("责任岗位"), lambda r: r.responsible_post.name, in_list=False),
        Column("next_review_on", _("下次复核"), lambda r: r.next_review_on, "day"),
        Column("state", _("状态"), lambda r: str(STATES[r.state]), "state"),
    ),
    filters=(
        Filter("unit", _("单位"), _units, lambda code: Q(unit__code=code)),
        Filter("category", _("类别"), _fixed(CATEGORIES), lambda name: Q(category=name)),
        Filter("level", _("等级"), _fixed(LEVELS), lambda level: Q(level=int(level)) if level in "123" else Q()),
        Filter("state", _("状态"), _fixed(STATES), lambda state: Q(state=state)),
    ),
    views=(
        View("all", _("全部"), lambda _actor: ~Q(state="closed")),
        View("first", _("一级"), lambda _actor: Q(level=1) & ~Q(state="closed")),
        View(
            "review",
            _("待复核"),
            lambda _actor: Q(next_review_on__lte=clock.today()) & ~Q(state="closed"),
        ),
        View("closed", _("已销号"), lambda _actor: Q(state="closed")),
    ),
    search=("manifestation", "matter", "node", "number", "unit__name", "post__name"),
    order=("level", "unit__path", "number"),
    read=Permission.RISK_READ,
    edit=Permission.RISK_EDIT,
    is_open_to_edit=lambda risk: risk.state in actions.EDITABLE,
    card=_card,
    public=_public,
    add_row=actions.add_risk,
    change_row=actions.change_risk,
    move_row=actions.move_risk,
    move_forms={"approve": ApproveForm, "publicise": PublishForm},
    plain_move_form=MoveForm,
    export_form=ExportForm,
    own="post__holdings__person",
    while_own=Q(post__holdings__until_on=None),
    related=("unit", "post__unit", "responsible_post__unit"),
    templates={"card": "registers/risk.html", "form": "registers/risk_form.html"},
)
REGISTERS = (RISKS,)
