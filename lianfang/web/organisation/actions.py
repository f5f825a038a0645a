"""Writes on units, posts, persons and the calendar. The office is master of all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import chinese_calendar
from django.conf import settings
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr
from django.utils.translation import gettext as _

from lianfang.web.organisation.models import Day, Holding, Person, Post, Unit
from lianfang.web.shared import log
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.refused import Refused
from lianfang.web.shared.roles import Permission

# Managing levels from high to low, as the canonical table `person` writes them.
MANAGING_LEVELS = {"central": "中央", "province": "省", "city": "市", "county": "县", "township": "乡"}  # data


LOADED = ("name", "kind", "short_name", "region_code")


@dataclass(frozen=True)
class UnitRow:
    """One unit as a register or a file gives it; parents come before their children."""

    code: str
    name: str
    kind: str
    parent: str = ""
    short_name: str = ""
    rank: int = 0
    region_code: str = ""


def processed_levels() -> frozenset[str]:
    """The managing levels whose officials this installation may process: its own and those below."""
    order = list(MANAGING_LEVELS.values())
    return frozenset(order[order.index(MANAGING_LEVELS[settings.LEVEL]) :])


def is_managed_above(managed_by: str | None) -> bool:
    """Whether an official with this managing level is managed above; one whose level is unknown counts so."""
    return managed_by not in processed_levels()


@transaction.atomic
def load_units(rows: Iterable[UnitRow], *, by: Actor) -> int:
    """Add units that are new and rename those that changed, in one transaction; returns how many rows were read."""
    by.require(Permission.UNIT_EDIT)
    known = {unit.code: unit for unit in Unit.objects.all()}
    new: list[Unit] = []
    changed: list[Unit] = []
    seen = 0
    for row in rows:
        seen += 1
        unit = known.get(row.code)
        if unit is None:
            known[row.code] = unit = _placed(row, known)
            unit.save(force_insert=True)
            new.append(unit)
        elif any(getattr(unit, field) != getattr(row, field) for field in LOADED):
            for field in LOADED:
                setattr(unit, field, getattr(row, field))
            changed.append(unit)
    Unit.objects.bulk_update(changed, LOADED, batch_size=500)
    log.record("unit.load", by=by, subject_type="unit", rows=seen, new=len(new), changed=len(changed))
    return seen


def _placed(row: UnitRow, known: dict[str, Unit]) -> Unit:
    if not row.code or "/" in row.code:
        raise Refused(_("单位代码“%(code)s”不能为空，也不能含有“/”。") % {"code": row.code})
    if row.kind not in Unit.Kind.values:
        raise Refused(_("单位“%(name)s”的类别“%(kind)s”不在类别表内。") % {"name": row.name, "kind": row.kind})
    parent = known.get(row.parent) if row.parent else None
    if row.parent and parent is None:
        raise Refused(
            _("单位“%(name)s”的上级代码“%(code)s”不存在；上级要排在前面。") % {"name": row.name, "code": row.parent}
        )
    path = f"{parent.path if parent else '/'}{row.code}/"
    return Unit(
        code=row.code,
        name=row.name,
        short_name=row.short_name,
        region_code=row.region_code,
        kind=row.kind,
        parent=parent,
        path=path,
        depth=path.count("/") - 1,
        rank=row.rank,
    )


@transaction.atomic
def change_unit(unit: Unit, *, by: Actor, name: str, short_name: str, kind: str, version: int) -> Unit:
    """Rename a unit or correct its kind."""
    by.require(Permission.UNIT_EDIT)
    unit = _locked(unit, version)
    before = {"name": unit.name, "short_name": unit.short_name, "kind": unit.kind}
    unit.name, unit.short_name, unit.kind, unit.version = name.strip(), short_name.strip(), kind, unit.version + 1
    if not unit.name:
        raise Refused(_("请填写单位名称。"), fields={"name": _("请填写单位名称。")})
    unit.save(update_fields=["name", "short_name", "kind", "version"])
    _tell(
        "unit.change", unit, by, before=before, after={"name": unit.name, "short_name": unit.short_name, "kind": kind}
    )
    return unit


@transaction.atomic
def add_unit(row: UnitRow, *, by: Actor) -> Unit:
    """Add one unit under its parent."""
    by.require(Permission.UNIT_EDIT)
    if Unit.objects.filter(code=row.code).exists():
        said = _("单位代码“%(code)s”已有。") % {"code": row.code}
        raise Refused(said, fields={"code": said})
    parents = {unit.code: unit for unit in Unit.objects.filter(code=row.parent)}
    unit = _placed(row, parents)
    unit.save(force_insert=True)
    _tell("unit.add", unit, by, name=unit.name)
    return unit


@transaction.atomic
def place_unit(unit: Unit, parent: Unit, *, by: Actor, version: int) -> Unit:
    """Move a unit with all below it under another parent."""
    by.require(Permission.UNIT_EDIT)
    unit = _locked(unit, version)
    if parent.path.startswith(unit.path):
        raise Refused(_("不能把单位放到它自己或它的下级之下。"))
    old, new = unit.path, f"{parent.path}{unit.code}/"
    deeper = new.count("/") - old.count("/")
    Unit.objects.filter(path__startswith=old).update(
        path=Concat(Value(new), Substr("path", len(old) + 1)), depth=F("depth") + deeper
    )
    Unit.objects.filter(pk=unit.pk).update(parent=parent, version=unit.version + 1)
    unit.refresh_from_db()
    _tell("unit.place", unit, by, before=old, after=new)
    return unit


@transaction.atomic
def close_unit(unit: Unit, *, by: Actor, on: date, reason: str, version: int) -> Unit:
    """Close a unit from a day on; what it did stays."""
    by.require(Permission.UNIT_EDIT)
    unit = _locked(unit, version)
    if Unit.objects.filter(path__startswith=unit.path, closed_on=None).exclude(pk=unit.pk).exists():
        raise Refused(_("下面还有未撤销的单位，请先撤销或移走它们。"))
    unit.closed_on, unit.version = on, unit.version + 1
    unit.save(update_fields=["closed_on", "version"])
    _tell("unit.close", unit, by, on=on.isoformat(), reason=reason)
    return unit


def _locked(unit: Unit, version: int) -> Unit:
    locked = Unit.objects.select_for_update().get(pk=unit.pk)
    if locked.version != version:
        raise Refused(_("这个单位刚被别人改过。请核对后再提交。"), status=409)
    return locked


def _tell(action: str, unit: Unit, by: Actor, *, reason: str = "", **detail: object) -> None:
    log.record(action, by=by, subject_type="unit", subject=unit.code, unit_path=unit.path, reason=reason, **detail)


@dataclass(frozen=True)
class PersonRow:
    """One official as a personnel file gives it, with the posts held."""

    code: str
    name: str
    unit: str
    managed_by: str
    posts: tuple[tuple[str, date, date | None], ...] = ()


@transaction.atomic
def load_posts(rows: Iterable[tuple[str, str, str, bool, bool]], *, by: Actor) -> int:
    """Add posts: (code, unit code, name, is head, is leader)."""
    by.require(Permission.UNIT_EDIT)
    units = dict(Unit.objects.values_list("code", "pk"))
    posts = []
    for code, unit, name, is_head, is_leader in rows:
        if unit not in units:
            raise Refused(_("岗位“%(name)s”的单位代码“%(code)s”不存在。") % {"name": name, "code": unit})
        posts.append(Post(code=code, unit_id=units[unit], name=name, is_head=is_head, is_leader=is_leader))
    Post.objects.bulk_create(posts, batch_size=1000, ignore_conflicts=True)
    log.record("post.load", by=by, subject_type="post", rows=len(posts))
    return len(posts)


@transaction.atomic
def load_persons(rows: Iterable[PersonRow], *, by: Actor) -> tuple[int, int]:
    """Add officials with the posts they hold. Those managed above are not stored; returns (stored, left out)."""
    by.require(Permission.UNIT_EDIT)
    units = dict(Unit.objects.values_list("code", "pk"))
    posts = dict(Post.objects.values_list("code", "pk"))
    given = list(rows)
    kept = [row for row in given if not is_managed_above(row.managed_by)]
    if missing := sorted({row.unit for row in kept} - set(units)):
        raise Refused(_("人员所在单位代码不存在：%(codes)s。") % {"codes": "、".join(missing[:5])})
    Person.objects.bulk_create(
        [Person(code=r.code, name=r.name, unit_id=units[r.unit], managed_by=r.managed_by) for r in kept],
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "unit", "managed_by"],
    )
    ids = dict(Person.objects.filter(code__in=[row.code for row in kept]).values_list("code", "pk"))
    holdings = [
        Holding(person_id=ids[row.code], post_id=posts[code], from_on=since, until_on=until)
        for row in kept
        for code, since, until in row.posts
        if code in posts
    ]
    Holding.objects.bulk_create(holdings, batch_size=1000, ignore_conflicts=True)
    log.record("person.load", by=by, subject_type="person", stored=len(kept), left_out=len(given) - len(kept))
    return len(kept), len(given) - len(kept)


@cache
def _decreed_until() -> int:
    """The last year the calendar package knows."""
    return max(day.year for day in chinese_calendar.holidays)


@transaction.atomic
def load_calendar(first: date, last: date, *, by: Actor) -> int:
    """Lay the days from ``first`` to ``last``. Years not yet decreed are laid provisionally, by weekends alone."""
    rows = []
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        if day.year <= _decreed_until():
            is_holiday, name = chinese_calendar.get_holiday_detail(day)
            rows.append(Day(day=day, is_workday=not is_holiday, note=name or ""))
        else:
            rows.append(Day(day=day, is_workday=day.weekday() < 5, is_provisional=True))
    Day.objects.bulk_create(
        rows,
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["day"],
        update_fields=["is_workday", "note", "is_provisional"],
    )
    log.record("calendar.load", by=by, subject_type="calendar", first=str(first), last=str(last))
    return len(rows)


@transaction.atomic
def correct_day(*, by: Actor, day: date, is_workday: bool, note: str) -> Day:
    """Correct one day of the calendar, with the notice it comes from. Deadlines set before keep their dates."""
    by.require(Permission.SYSTEM_READ)
    row, _new = Day.objects.update_or_create(
        day=day, defaults={"is_workday": is_workday, "note": note, "is_provisional": False}
    )
    log.record("calendar.correct", by=by, subject_type="calendar", subject=day, reason=note, is_workday=is_workday)
    return row
