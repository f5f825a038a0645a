"""Writes on the registers: adding, changing, moving, exporting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lianfang.web.registers import machinery
from lianfang.web.registers.forms import values_of
from lianfang.web.registers.machinery import Register
from lianfang.web.registers.risk_moves import TABLE
from lianfang.web.registers.risk_points import NOT_PUBLISHED, RiskPoint
from lianfang.web.shared import clock, log, numbering
from lianfang.web.shared.actor import Actor, system
from lianfang.web.shared.moves import Given
from lianfang.web.shared.refused import Refused
from lianfang.web.shared.roles import Permission

EDITABLE = frozenset({"draft", "adjusted"})


@transaction.atomic
def add_risk(values: Mapping[str, Any], *, by: Actor) -> RiskPoint:
    """Write down a new risk point; ``values`` are those of the form."""
    by.require(Permission.RISK_EDIT)
    unit = values["unit"]
    _reached(by, Permission.RISK_EDIT, unit.path)
    number = f"R-{unit.code}-{numbering.take(f'risk {unit.code}'):04d}"
    risk = RiskPoint(number=number, created_at=clock.now(), **values)
    risk.level = risk.grade.level
    risk.save(force_insert=True)
    _tell("risk.add", risk, by, level=risk.level)
    return risk


@transaction.atomic
def change_risk(risk: RiskPoint, values: Mapping[str, Any], *, by: Actor, version: int) -> RiskPoint:
    """Change a point that is drafted or being adjusted; what was changed is kept in the log."""
    by.require(Permission.RISK_EDIT)
    risk = RiskPoint.objects.select_for_update().get(pk=risk.pk)
    _reached(by, Permission.RISK_EDIT, risk.unit.path)
    if risk.version != version:
        raise Refused(_("这个风险点刚被别人改过。请核对后再提交。"), status=409)
    if risk.state not in EDITABLE:
        raise Refused(
            _("现在是“%(state)s”，不能修改。要改，先办“调整等级或内容”。") % {"state": risk.get_state_display()}
        )
    if values["unit"].pk != risk.unit_id:
        raise Refused(_("风险点不能换单位。请在原单位销号，在新单位新增。"))
    if risk.is_published and values["category"] == NOT_PUBLISHED:
        raise Refused(_("已公开的风险点不能改为思想道德类。请防控办先撤下公开。"))
    before = values_of(risk)
    for name, value in values.items():
        setattr(risk, name, value)
    # the grade hangs on what has just been set
    risk.__dict__.pop("grade", None)
    risk.level, risk.version = risk.grade.level, risk.version + 1
    risk.save()
    _tell("risk.change", risk, by, changes=machinery.changes(before, values_of(risk)))
    return risk


def move_risk(risk: RiskPoint, move_id: str, *, by: Actor, given: Given | None = None) -> RiskPoint:
    """Make one move of the table, if this actor's permission for it reaches the point's unit."""
    _reached(by, TABLE.move(move_id).permission, risk.unit.path)
    moved: RiskPoint = TABLE.run(risk, move_id, by=by, given=given)
    return moved


def end_publicity() -> int:
    """Take under control every level-1 point whose publicity period is over; returns how many."""
    over = RiskPoint.objects.filter(state="publicity", publicity_until__lt=clock.today()).order_by("pk")
    by = system("clock")
    return sum(1 for risk in over if TABLE.run(risk, "end_publicity", by=by))


@transaction.atomic
def export(register: Register, rows: Any, *, by: Actor, purpose: str) -> bytes:
    """The rows as a spreadsheet, with who asked for it and what for; the log keeps it."""
    by.require(register.read)
    count = rows.count()
    if count > machinery.EXPORT_LIMIT:
        raise Refused(_("一次最多导出%(n)d行。请先缩小范围。") % {"n": machinery.EXPORT_LIMIT})
    about = _("%(who)s（%(role)s）于%(at)s导出，用途：%(purpose)s") % {
        "who": by.name,
        "role": by.role_title,
        "at": f"{clock.now():%Y-%m-%d %H:%M}",
        "purpose": purpose,
    }
    log.record(f"{register.kind}.export", by=by, subject_type=register.kind, reason=purpose, rows=count)
    return machinery.workbook(register, rows, about=about)


def _reached(by: Actor, permission: Permission, unit_path: str) -> None:
    if not by.is_system and not by.reaches(permission, unit_path):
        raise Refused(_("这个单位不在您的范围内。"), status=403)


def _tell(action: str, risk: RiskPoint, by: Actor, **detail: Any) -> None:
    log.record(action, by=by, subject_type="risk", subject=risk.number, unit_path=risk.unit.path, **detail)
