"""Units, posts, persons and accounts of the demonstration office."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction

from lianfang.demo.story import Row, Story
from lianfang.web.accounts import actions as accounts
from lianfang.web.accounts import queries
from lianfang.web.accounts.models import User
from lianfang.web.organisation import actions as organisation
from lianfang.web.organisation.actions import PersonRow, UnitRow
from lianfang.web.organisation.models import Holding, Person, Unit
from lianfang.web.shared.actor import Actor, system
from lianfang.web.shared.roles import ROLES

OFFICE = "FKB"
PASSWORD = "lianfang-demo-2025"  # anybody may know it: the demonstration listens on this machine only
OPENING, GRANTING = system("示例建立"), system("示例启用")
SINCE = date(2024, 1, 2)

# (account, role, unit the role is given for, unit, name; "" takes the present head of the unit)
ACCOUNTS = (
    ("zhoulan", "officer", "", OFFICE, "周岚"),
    ("limu", "officer", "", OFFICE, "李沐"),
    ("sunqiao", "officer", "", OFFICE, "孙桥"),
    ("zhengchuan", "office_head", "", OFFICE, "郑川"),
    ("wujun", "deputy_secretary", "", "EZ01", "吴峻"),
    ("heyuan", "secretary", "", "EZ01", "何远"),
    ("gaoyuan", "party_head", "", "EZ01", "高原"),
    ("fengchuan", "dispatch_head", "U01", "EZ01", "冯川"),
    ("fangqing", "dispatch_head", "EZ00", "EZ01", "方青"),
    ("qiansuan", "analyst", "", OFFICE, "秦算"),
    ("zhujian", "unit_officer", "U01", "U01", "钱多"),
    ("zhujian-head", "unit_head", "U01", "U01", ""),
    ("caizheng", "unit_officer", "EZ02", "EZ02", "韩松"),
    ("caizheng-head", "unit_head", "EZ02", "EZ02", ""),
    ("minzheng-head", "unit_head", "U05", "U05", ""),
    ("zelin-head", "unit_head", "U23", "U23", ""),
    ("cadre", "cadre", "U01", "U01", ""),
    ("sysadmin", "system_admin", "", "", "系统员"),
    ("secadmin", "security_admin", "", "", "安全员"),
    ("audit", "audit_admin", "", "", "审计员"),
)
KINDS = {
    "党委": "department",
    "政府": "department",
    "事业": "institution",
    "学校": "institution",
    "医院": "institution",
    "国企": "company",
    "乡镇": "township",
    "街道": "township",
    "村居": "village",
}


@dataclass
class People:
    """Who acts in the demonstration, by account."""

    names: dict[str, User] = field(default_factory=dict)

    def __call__(self, username: str) -> Actor:
        user = self.names[username]
        return queries.actor_of_grant(queries.grants_in_force(user)[0], user)

    def of(self, role: str, unit: Unit) -> Actor:
        """Who holds ``role`` in ``unit``; an account is opened for the one who has none yet."""
        for user in self.names.values():
            actor = self(user.username)
            if actor.role == role and actor.unit_path == unit.path:
                return actor
        username = f"{role.removeprefix('unit_')}-{unit.code.lower()}"
        self.names[username] = _opened(username, role, unit.code, unit.code, "")
        return self(username)


def lay_organisation(story: Story) -> None:
    """Units, posts, officials and the calendar, out of the story's tables."""
    organisation.load_calendar(date(2023, 1, 1), date(2028, 12, 31), by=OPENING)
    organisation.load_units(_units(story.tables["unit"]), by=OPENING)
    organisation.load_posts(
        (
            (
                row["post_id"],
                row["unit_id"],
                row["name"],
                row["post_class"] == "主要领导",
                row["post_class"] == "班子成员",
            )
            for row in story.tables["post"]
        ),
        by=OPENING,
    )
    organisation.load_persons(_persons(story), by=OPENING)


def _units(rows: list[Row]) -> list[UnitRow]:
    """Parents before their children; the office itself beside the others."""
    waiting = {row["unit_id"]: row for row in rows}
    placed: list[UnitRow] = []
    done: set[str] = set()
    while waiting:
        ready = [row for row in waiting.values() if not row.get("parent_unit_id") or row["parent_unit_id"] in done]
        for row in ready:
            parent, region = row.get("parent_unit_id") or "", row.get("region_code") or ""
            placed.append(UnitRow(row["unit_id"], row["name"], _kind(row), parent, _short(row), 0, region))
            done.add(row["unit_id"])
            del waiting[row["unit_id"]]
    root = next(row.code for row in placed if not row.parent)
    return [*placed, UnitRow(OFFICE, "鄂州市廉政风险预警防控办公室", "department", root, "市防控办")]


def _short(row: Row) -> str:
    """泽林镇 of 鄂州市鄂城区泽林镇人民政府, 市财政局 of 鄂州市财政局."""
    name = re.sub(r"^鄂州市(?:(?:梁子湖|华容|鄂城)区(?=.))?", "", row["name"])
    name = re.sub(r"(?<=.)(?:人民政府|办事处|管理委员会)$", "", name)
    return f"市{name}" if row["admin_level"] == "市直" and row["unit_type"] == "政府" and name.endswith("局") else name


def _kind(row: Row) -> str:
    if not row.get("parent_unit_id"):
        return "city"
    is_district = row["admin_level"] == "区" and row["name"].endswith("人民政府")
    return "district" if is_district else KINDS[row["unit_type"]]


def _persons(story: Story) -> list[PersonRow]:
    held: dict[str, list[tuple[str, date, date | None]]] = {}
    for row in story.tables["post_history"]:
        if row.get("post_id"):
            held.setdefault(row["person_id"], []).append((row["post_id"], row["since_date"], row["until_date"]))
    return [
        PersonRow(
            row["person_id"],
            row["name"],
            row["unit_id"],
            row.get("managed_by") or "",
            tuple(held.get(row["person_id"], ())),
        )
        for row in story.tables["person"]
    ]


@transaction.atomic
def open_accounts() -> People:
    """One account a role at least; heads of units are the present heads in the register of persons."""
    people = People()
    for username, role, reach, unit, name in ACCOUNTS:
        people.names[username] = _opened(username, role, reach, unit, name)
    return people


def _opened(username: str, role: str, reach: str, unit: str, name: str) -> User:
    person = None if name or not unit else _person_for(role, unit)
    user = accounts.open_account(
        by=OPENING,
        username=username,
        name=name or (person.name if person else _post_name(role, unit)),
        password=PASSWORD,
        duty=ROLES[role].duty.value,
        unit=Unit.objects.filter(code=unit).first(),
        person=person,
    )
    accounts.activate_account(user, by=GRANTING)
    accounts.grant_role(user, role, by=GRANTING, unit=Unit.objects.filter(code=reach).first(), from_on=SINCE)
    return User.objects.get(pk=user.pk)


def _post_name(role: str, unit: str) -> str:
    """Where the register holds nobody: the unit and the role."""
    found = Unit.objects.filter(code=unit).first()
    return f"{found.shown_name if found else ''}{ROLES[role].title}"


def _person_for(role: str, unit: str) -> Person | None:
    """The present head of ``unit``, a member of its leadership, or somebody there who leads nothing."""
    holdings = Holding.objects.filter(post__unit__code=unit, until_on=None, person__user=None)
    holdings = holdings.filter(post__is_head=role == "unit_head", post__is_leader=role == "unit_deputy")
    held = holdings.select_related("person").order_by("person__code").first()
    return held.person if held else None


def said() -> list[tuple[str, str]]:
    """The accounts as they are printed: name, role and person."""
    names = dict(User.objects.values_list("username", "name"))
    return [(username, f"{ROLES[role].title} {names[username]}") for username, role, *_rest in ACCOUNTS]
