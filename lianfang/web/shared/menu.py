"""The menu as one table: what stands in it, in which order, and who sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lianfang.web.shared.actor import Actor
from lianfang.web.shared.roles import Permission

P = Permission


@dataclass(frozen=True)
class Item:
    """One line of the menu: the address's name, and the permission without which it is not shown."""

    label: str | Promise
    url_name: str
    permission: Permission


@dataclass(frozen=True)
class Group:
    """A line with lines below it, or one line alone. ``rule_after`` draws a hairline below."""

    label: str | Promise
    icon: str
    items: tuple[Item, ...]
    rule_after: bool = False


MENU: tuple[Group, ...] = (
    Group(_("我的工作台"), "desk", (Item(_("我的工作台"), "desk", P.DESK_READ),), rule_after=True),
    Group(
        _("预警处置"),
        "inbox",
        (
            Item(_("信号"), "signals", P.SIGNAL_READ),
            Item(_("预警"), "alerts", P.ALERT_READ),
            Item(_("期限日历"), "alert_calendar", P.ALERT_READ),
            Item(_("督办"), "alert_supervision", P.ALERT_READ),
            Item(_("通报"), "bulletins", P.BULLETIN_READ),
        ),
        rule_after=True,
    ),
    Group(
        _("数据与指标"),
        "database",
        (
            Item(_("数据集"), "datasets", P.DATA_READ),
            Item(_("运行"), "runs", P.RUN_READ),
            Item(_("发现"), "findings", P.FINDING_READ),
            Item(_("指标目录"), "indicators", P.INDICATOR_READ),
            Item(_("看不到的"), "coverage", P.FINDING_READ),
        ),
    ),
    Group(
        _("职权与风险"),
        "book",
        (
            Item(_("风险点"), "risks", P.RISK_READ),
            Item(_("单位"), "units", P.UNIT_READ),
            Item(_("岗位"), "posts", P.UNIT_READ),
            Item(_("人员"), "persons", P.UNIT_READ),
        ),
    ),
    Group(_("统计看板"), "line", (Item(_("全市态势"), "dashboard", P.DASHBOARD_READ),)),
    Group(_("公开与意见"), "globe", (Item(_("公开"), "publishing", P.PUBLISHING_READ),)),
    Group(
        _("系统管理"),
        "settings",
        (Item(_("账号"), "accounts", P.ACCOUNT_OPEN), Item(_("工作日历"), "calendar_days", P.SYSTEM_READ)),
    ),
    Group(_("安全管理"), "key", (Item(_("角色与授权"), "grants", P.ROLE_GRANT),)),
    Group(
        _("审计"),
        "shield",
        (Item(_("审计日志"), "audit_log", P.LOG_READ), Item(_("核对记录链"), "audit_verify", P.LOG_READ)),
    ),
)
# Four at the foot of a cadre's phone.
PHONE: tuple[tuple[str, Item], ...] = (
    ("desk", Item(_("待办"), "desk", P.DESK_READ)),
    ("inbox", Item(_("预警"), "alerts", P.ALERT_READ)),
    ("shield", Item(_("我的风险"), "my_risks", P.RISK_READ)),
    ("user", Item(_("我的"), "me", P.DESK_READ)),
)


# G, then this letter.
SHORTCUTS = {"desk": "d", "signals": "s", "alerts": "a", "risks": "r", "dashboard": "b"}


@dataclass(frozen=True)
class Line:
    """A line as one reader sees it on one page."""

    label: str
    url: str
    icon: str = ""
    is_current: bool = False
    is_open: bool = False
    count: int | None = None
    lines: tuple[Line, ...] = ()
    rule_after: bool = False


_counts: dict[str, Callable[[Actor], int]] = {}


def add_count(url_name: str, count: Callable[[Actor], int]) -> None:
    """Show a number beside a line: what waits there for the reader. An app registers it once, in its ``apps.py``."""
    _counts[url_name] = count


def _address(item: Item) -> str:
    """The item's address, or nothing when this office has no such page."""
    try:
        return reverse(item.url_name)
    except NoReverseMatch:
        return ""


def _lines(items: tuple[Item, ...], actor: Actor) -> list[Line]:
    found = []
    for item in items:
        url = _address(item) if actor.may(item.permission) else ""
        if url:
            count = _counts[item.url_name](actor) if item.url_name in _counts else None
            found.append(Line(label=str(item.label), url=url, count=count))
    return found


def lines_for(actor: Actor | None, path: str) -> tuple[Line, ...]:
    """The menu for ``actor`` on the page at ``path``; a group shows its lines only when one is inside it."""
    if actor is None:
        return ()
    groups = [(group, lines) for group in MENU if (lines := _lines(group.items, actor))]
    current = max((line.url for _group, lines in groups for line in lines if path.startswith(line.url)), default="")
    return tuple(_shown(groups, current))


def _shown(groups: list[tuple[Group, list[Line]]], current: str) -> Iterator[Line]:
    for group, lines in groups:
        marked = tuple(Line(label=x.label, url=x.url, is_current=x.url == current, count=x.count) for x in lines)
        inside = any(line.is_current for line in marked)
        alone = len(marked) == 1
        yield Line(
            label=str(group.label),
            url=marked[0].url,
            icon=group.icon,
            is_current=inside and alone,
            is_open=inside and not alone,
            count=marked[0].count if alone else None,
            lines=() if alone else marked,
            rule_after=group.rule_after,
        )


def shortcuts_for(actor: Actor | None) -> tuple[tuple[str, str], ...]:
    """Letter and address of the pages that two keys open."""
    if actor is None:
        return ()
    items = [
        item for group in MENU for item in group.items if item.url_name in SHORTCUTS and actor.may(item.permission)
    ]
    return tuple(
        (SHORTCUTS[item.url_name], url) for item in items if actor.may(item.permission) and (url := _address(item))
    )


def phone_lines_for(actor: Actor | None, path: str) -> tuple[Line, ...]:
    """The bar at the foot of a phone, for those who come a few times a year."""
    if actor is None or actor.role != "cadre":
        return ()
    shown = [(icon, item, _address(item)) for icon, item in PHONE if actor.may(item.permission)]
    return tuple(
        Line(label=str(item.label), url=url, icon=icon, is_current=path.startswith(url))
        for icon, item, url in shown
        if url
    )
