"""The menu shows what exists and what the reader may open, and nothing else."""

from __future__ import annotations

import pytest
from django.urls import reverse

from lianfang.web.shared import menu
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.roles import ROLES


def reader(role: str) -> Actor:
    return Actor(user_id=1, name="甲", role=role, permissions=dict(ROLES[role].may))


@pytest.fixture(autouse=True)
def _no_counts(monkeypatch):
    """What stands beside the lines is the apps' own; here the lines are looked at."""
    monkeypatch.setattr(menu, "_counts", {})


@pytest.fixture
def only(monkeypatch):
    """An office in which the addresses named exist."""

    def exist(*names: str) -> None:
        monkeypatch.setattr(menu, "_address", lambda item: f"/{item.url_name}/" if item.url_name in names else "")

    return exist


def test_visitor_has_no_menu():
    assert menu.lines_for(None, "/") == ()
    assert menu.shortcuts_for(None) == ()


@pytest.mark.parametrize("role", sorted(ROLES))
def test_every_line_leads_to_a_page_that_the_reader_may_open(role):
    allowed = {item.url_name for group in menu.MENU for item in group.items if reader(role).may(item.permission)}
    urls = {menu._address(item) for group in menu.MENU for item in group.items if item.url_name in allowed}
    for line in menu.lines_for(reader(role), "/"):
        assert {line.url, *(below.url for below in line.lines)} <= urls


def test_address_that_does_not_exist_is_not_shown(only):
    only("alerts")
    lines = menu.lines_for(reader("officer"), "/")
    assert [line.url for line in lines] == ["/alerts/"]


def test_group_opens_only_when_one_is_inside(only):
    only("signals", "alerts", "dashboard")
    inside = menu.lines_for(reader("officer"), "/alerts/2025-1/")
    assert [(line.is_open, line.is_current) for line in inside] == [(True, False), (False, False)]
    assert [line.is_current for line in inside[0].lines] == [False, True]
    outside = menu.lines_for(reader("officer"), "/dashboard/")
    assert [(line.is_open, line.is_current) for line in outside] == [(False, False), (False, True)]


def test_page_below_two_addresses_belongs_to_the_longer(only, monkeypatch):
    addresses = {"alerts": "/alerts/", "alert_calendar": "/alerts/calendar/"}
    monkeypatch.setattr(menu, "_address", lambda item: addresses.get(item.url_name, ""))
    (group,) = menu.lines_for(reader("officer"), "/alerts/calendar/2025/")
    assert [line.is_current for line in group.lines] == [False, True]


def test_administrators_see_no_business():
    business = {g.icon for g in menu.MENU if g.icon not in {"settings", "key", "shield"}}
    for role in ("system_admin", "security_admin", "audit_admin"):
        lines = menu.lines_for(reader(role), "/")
        assert lines
        assert not {line.icon for line in lines} & business


def test_count_stands_beside_its_line(only, monkeypatch):
    only("signals", "alerts")
    monkeypatch.setattr(menu, "_counts", {"signals": lambda actor: 42})
    (group,) = menu.lines_for(reader("officer"), "/alerts/")
    assert [line.count for line in group.lines] == [42, None]


def test_only_cadres_have_the_bar_of_the_phone():
    assert menu.phone_lines_for(reader("officer"), "/") == ()
    shown = menu.phone_lines_for(reader("cadre"), reverse("me"))
    assert shown[-1].url == reverse("me")
    assert shown[-1].is_current


def test_shortcut_leads_only_where_the_reader_may_go(only):
    only("desk", "signals", "alerts")
    assert dict(menu.shortcuts_for(reader("cadre"))) == {"d": "/desk/", "a": "/alerts/"}


def test_page_shows_the_menu_of_its_reader(as_user):
    page = as_user("security_admin").get("/me/").content.decode()
    assert "看不到业务数据" in page
    assert 'class="lf-office lf-shell-security"' in page
