"""The fixed cast and the small office in which the web tests play; they run on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client

from lianfang.web.accounts import actions as accounts
from lianfang.web.accounts import queries as account_queries
from lianfang.web.accounts.models import User
from lianfang.web.organisation import actions as organisation
from lianfang.web.organisation.actions import PersonRow, UnitRow
from lianfang.web.organisation.models import Person, Unit
from lianfang.web.shared import clock
from lianfang.web.shared.actor import Actor, system
from lianfang.web.shared.roles import ROLES

NOW = datetime(2025, 1, 8, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))  # a Wednesday

UNITS = (
    UnitRow("420700", "鄂州市", "city"),
    UnitRow("420704", "鄂城区", "district", "420700"),
    UnitRow("420704103", "泽林镇", "township", "420704"),
    UnitRow("420704103201", "塔桥村", "village", "420704103"),
    UnitRow("ZJJ", "市住房和城乡建设局", "department", "420700", "市住建局"),
    UnitRow("ZJJ-ZL", "市建设工程质量监督站", "institution", "ZJJ", "质监站"),
    UnitRow("CZJ", "市财政局", "department", "420700"),
    UnitRow("FKB", "市廉政风险预警防控办公室", "department", "420700", "防控办"),
)
# (account, role, unit the role is given for, own unit, name)
CAST = (
    ("officer", "officer", None, "FKB", "周岚"),
    ("second_officer", "officer", None, "FKB", "李沐"),
    ("third_officer", "officer", None, "FKB", "孙桥"),
    ("office_head", "office_head", None, "FKB", "郑川"),
    ("deputy_secretary", "deputy_secretary", None, "420700", "吴峻"),
    ("secretary", "secretary", None, "420700", "何远"),
    ("party_head", "party_head", None, "420700", "高原"),
    ("dispatch_head", "dispatch_head", "ZJJ", "420700", "冯川"),
    ("unit_officer", "unit_officer", "ZJJ", "ZJJ", "钱多"),
    ("unit_deputy", "unit_deputy", "ZJJ", "ZJJ", "蒋平"),
    ("unit_head", "unit_head", "ZJJ", "ZJJ", "沈立"),
    ("other_unit_officer", "unit_officer", "CZJ", "CZJ", "韩松"),
    ("other_unit_head", "unit_head", "CZJ", "CZJ", "杨帆"),
    ("cadre", "cadre", "ZJJ-ZL", "ZJJ-ZL", "朱青"),
    ("analyst", "analyst", None, "FKB", "秦算"),
    ("system_admin", "system_admin", None, None, "系统员"),
    ("security_admin", "security_admin", None, None, "安全员"),
    ("audit_admin", "audit_admin", None, None, "审计员"),
)
PASSWORD = "correct-horse-7-battery"


@dataclass
class Cast:
    """Everybody by name: ``cast.officer`` is the actor, ``cast.user("officer")`` the account."""

    users: dict[str, User] = field(default_factory=dict)

    def user(self, name: str) -> User:
        return self.users[name]

    def actor(self, name: str) -> Actor:
        user = self.users[name]
        return account_queries.actor_of_grant(account_queries.grants_in_force(user)[0], user)

    def __getattr__(self, name: str) -> Actor:
        if name.startswith("_") or name not in self.users:
            raise AttributeError(name)
        return self.actor(name)


@dataclass
class Office:
    """The small office: its units and persons by code, and its cast."""

    cast: Cast

    def unit(self, code: str) -> Unit:
        return Unit.objects.get(code=code)

    def person(self, code: str) -> Person:
        return Person.objects.get(code=code)


@pytest.fixture(autouse=True)
def office_day() -> Iterator[None]:
    """Web tests live on one day."""
    with clock.at(NOW):
        yield


TRIGGERS = {  # name of the trigger, its table, and the statement that makes it
    "sqlite": "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname, tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger"
    " WHERE NOT tgisinternal",
}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Emptying and altering tables must be possible in tests: the log's triggers are kept aside until asked for."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(TRIGGERS[connection.vendor])
        for name, table, sql in cursor.fetchall():
            KEPT_TRIGGERS[name] = sql
            cursor.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if connection.vendor == "postgresql" else ""))
    yield
    if connection.vendor == "postgresql":
        # a thread of a test may have left its session open, and a database with a session cannot be dropped
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            others = "datname = current_database() AND pid <> pg_backend_pid()"
            cursor.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")


KEPT_TRIGGERS: dict[str, str] = {}


@pytest.fixture
def append_only(db: None) -> None:
    """The log as the migration leaves it: nothing in it can be changed. Undone with the test's transaction."""
    with connection.cursor() as cursor:
        for sql in KEPT_TRIGGERS.values():
            cursor.execute(sql)


@pytest.fixture
def office(db: None) -> Office:
    return build_office()


@pytest.fixture
def cast(office: Office) -> Cast:
    return office.cast


def build_office() -> Office:
    """Units, posts, persons, calendar and accounts, made by the product's own actions."""
    opening, granting = system("opening"), system("granting")
    organisation.load_calendar(date(2024, 1, 1), date(2026, 12, 31), by=opening)
    organisation.load_units(UNITS, by=opening)
    posts = [
        ("ZJJ-1", "ZJJ", "局长", True, True),
        ("ZJJ-2", "ZJJ", "副局长", False, True),
        ("ZJJ-ZL-1", "ZJJ-ZL", "站长", True, False),
        ("ZJJ-ZL-2", "ZJJ-ZL", "监督员", False, False),
        ("CZJ-1", "CZJ", "局长", True, True),
    ]
    organisation.load_posts(posts, by=opening)
    since = date(2022, 1, 4)
    persons = [
        PersonRow("P-SHEN", "沈立", "ZJJ", "市", (("ZJJ-1", since, None),)),
        PersonRow("P-JIANG", "蒋平", "ZJJ", "市", (("ZJJ-2", since, None),)),
        PersonRow("P-ZHU", "朱青", "ZJJ-ZL", "县", (("ZJJ-ZL-2", since, None),)),
        PersonRow("P-YANG", "杨帆", "CZJ", "市", (("CZJ-1", since, None),)),
        PersonRow("P-ABOVE", "管在上级的人", "420700", "省"),
    ]
    organisation.load_persons(persons, by=opening)
    cast = Cast()
    own = {"unit_head": "P-SHEN", "unit_deputy": "P-JIANG", "cadre": "P-ZHU", "other_unit_head": "P-YANG"}
    for username, role, reach, unit, name in CAST:
        user = accounts.open_account(
            by=opening,
            username=username,
            name=name,
            password=PASSWORD,
            duty=str(ROLES[role].duty),
            unit=Unit.objects.filter(code=unit).first() if unit else None,
            person=Person.objects.filter(code=own.get(username, "")).first(),
        )
        accounts.activate_account(user, by=granting)
        given_for = Unit.objects.get(code=reach) if reach else None
        accounts.grant_role(user, role, by=granting, unit=given_for, from_on=since)
        cast.users[username] = User.objects.get(pk=user.pk)
    return Office(cast)


@pytest.fixture
def as_user(cast: Cast) -> Callable[[str], Client]:
    """A browser in which somebody of the cast has signed in: ``as_user("officer").get("/desk/")``."""

    def sign_in(name: str) -> Client:
        client = Client()
        client.force_login(cast.user(name), backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in
