"""Filters and tags for templates: numbers, money, days, panels and what an actor may do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from difflib import SequenceMatcher
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lianfang.web.shared import drawing, menu, panels
from lianfang.web.shared.icons import ICONS, SHAPES
from lianfang.web.shared.language import is_english
from lianfang.web.shared.roles import ROLES, Permission

register = template.Library()
_WEEKDAYS = (_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"))


def _grouped(text: str) -> str:
    """Thousands: a thin no-break space in Chinese from four digits on, a comma in English."""
    sign, digits = ("−", text[1:]) if text.startswith("-") else ("", text)
    whole, dot, rest = digits.partition(".")
    mark = "," if is_english() else "\u202f"
    return sign + f"{int(whole):,}".replace(",", mark) + dot + rest


@register.filter
def number(value: Any, places: int = 0) -> str:
    """A number as people read it; a missing one is a dash, never 0."""
    if value is None or value == "":
        return "—"
    return _grouped(f"{Decimal(str(value)):.{places}f}")


@register.filter
def wan(yuan: Any) -> str:
    """An amount of yuan in 万元 with two decimals."""
    return "—" if yuan is None or yuan == "" else _grouped(f"{Decimal(str(yuan)) / 10000:.2f}")


@register.filter
def yuan(value: Any) -> str:
    """An amount of yuan with two decimals, as exports and ledgers have it."""
    return number(value, 2)


@register.filter
def weekday(day: date | None) -> str:
    return "" if day is None else str(_WEEKDAYS[day.weekday()])


@register.filter
def month_day(day: date | None) -> str:
    """9月26日 or 26 Sep."""
    if day is None:
        return "—"
    day = timezone.localtime(day).date() if hasattr(day, "hour") else day
    if is_english():
        return f"{day:%-d %b}"
    return gettext("%(month)d月%(day)d日") % {"month": day.month, "day": day.day}


@register.filter
def iso(value: Any) -> str:
    """A day as 2025-09-26, a moment as 2025-09-26 14:02."""
    if value in (None, ""):
        return "—"
    if hasattr(value, "hour"):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    return str(value)


@register.filter
def item(mapping: Any, key: Any) -> Any:
    """``mapping[key]``, or nothing."""
    try:
        return mapping[key]
    except (KeyError, IndexError, TypeError):
        return None


@register.filter
def may(actor: Any, permission: str) -> bool:
    """Whether the actor has the permission, e.g. ``actor|may:"alert.check"``."""
    return actor is not None and actor.may(Permission(permission))


@register.simple_tag(takes_context=True)
def panels_of(context: template.Context, place: str, thing: Any) -> SafeString:
    """The panels that higher apps show at ``place`` for ``thing``."""
    request = context["request"]
    shown = (
        render_to_string(name, {**values, "thing": thing}, request=request)
        for name, values in panels.of(place, thing, request.actor)
    )
    return mark_safe("".join(shown))  # each part was rendered, and so escaped, by its own template


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """The present address's query with some values changed; an empty value takes its name out."""
    given = context["request"].GET.copy()
    for name, value in changes.items():
        given.pop(name, None)
        if value not in ("", None):
            given[name] = value
    text = given.urlencode()
    return f"?{text}" if text else "?"


COLOURS = {
    "yellow": (_("黄色"), _("黄"), _("黄色预警（提醒级）"), _("拟黄色"), _("建议黄色")),
    "orange": (_("橙色"), _("橙"), _("橙色预警（警示级）"), _("拟橙色"), _("建议橙色")),
    "red": (_("红色"), _("红"), _("红色预警（处置级）"), _("拟红色"), _("建议红色")),
}
SAFETIES = {
    "projects": (_("项目"), _("项目建设安全")),
    "funds": (_("资金"), _("资金使用安全")),
    "powers": (_("权力"), _("权力行使安全")),
    "cadres": (_("干部"), _("干部成长安全")),
}
LEVELS = {"1": _("一级"), "2": _("二级"), "3": _("三级")}


@register.filter
def colour_word(colour: Any, form: str = "full") -> str:
    """The word of a warning colour: ``full``, ``short``, ``title``, ``proposed`` or ``suggested``."""
    words = COLOURS.get(str(colour).lower())
    place = ("full", "short", "title", "proposed", "suggested").index(form)
    return str(words[place]) if words else ""


@register.filter
def safety_word(name: Any, form: str = "short") -> str:
    words = SAFETIES.get(str(name).lower())
    return str(words[("short", "full").index(form)]) if words else ""


@register.filter
def level_word(level: Any) -> str:
    return str(LEVELS.get(str(level), ""))


@register.simple_tag
def icon(name: str, size: Any = 16) -> SafeString:
    """A line icon; it says nothing that the word beside it does not say."""
    return format_html(
        '<svg class="lf-icon" width="{0}" height="{0}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
        'stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">'
        '<path d="{1}"/></svg>',
        size,
        ICONS[name],
    )


@register.simple_tag
def shape(colour: Any, size: Any = 13) -> SafeString:
    """The shape of a warning: triangle, diamond or octagon."""
    path = SHAPES.get(str(colour).lower())
    if path is None:
        return mark_safe("")
    return format_html(
        '<svg class="lf-shape lf-shape-{0}" width="{1}" height="{1}" viewBox="0 0 16 16" aria-hidden="true" '
        'focusable="false"><path fill="currentColor" fill-rule="evenodd" d="{2}"/></svg>',
        str(colour).lower(),
        size,
        path,
    )


_UNITS = "个工作日|万元|亿元|公里|元|次|倍|件|人|户|家|天|项|条|处|%|％"  # data
_FIGURE = re.compile(
    rf"[0-9](?:[0-9.,\u202f]*[0-9])?\s?(?:{_UNITS}|(?:times|days|working days|yuan|cases|persons|households|km)\b)"
)


@register.filter
def figures(sentence: Any) -> SafeString:
    """A sentence whose figures stand out: a number with its unit."""
    return mark_safe(_FIGURE.sub(lambda found: f"<b>{found[0]}</b>", conditional_escape(sentence)))


@register.filter
def field_id(field: Any) -> str:
    """The id of a form's field, for the links of the error summary."""
    return str(getattr(field, "id_for_label", "") or getattr(field, "auto_id", ""))


@register.simple_tag
def limit_bar(parts: Sequence[Mapping[str, Any]], limit: Any) -> drawing.LimitBar:
    return drawing.limit_bar(parts, limit)


@register.simple_tag
def sparkline(values: Sequence[Any]) -> drawing.Line | None:
    return drawing.sparkline(values or ())


@register.simple_tag
def peer_strip(peers: Sequence[Any], own: Any) -> tuple[drawing.Dot, ...]:
    return drawing.peer_strip(peers, own)


@register.simple_tag
def stacked(counts: Mapping[str, int], whole: Any) -> tuple[drawing.Slice, ...]:
    return drawing.stack(counts, int(whole))


@register.simple_tag
def pips(left: Any, total: Any) -> tuple[bool, ...]:
    return drawing.pips(_whole(left) or 0, _whole(total) or 0)


def _whole(value: Any) -> int | None:
    return None if value in (None, "") else int(value)


@register.filter
def whole(value: Any) -> int | None:
    """A whole number, also out of text, or nothing."""
    return _whole(value)


@register.filter
def absolute(value: Any) -> int:
    return abs(_whole(value) or 0)


@register.filter
def changes(row: Mapping[str, Any]) -> SafeString:
    """What became of a text, by word; Chinese by character: deletions struck, additions marked."""
    before, after = _words(row.get("before")), _words(row.get("after"))
    shown = []
    for what, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        gone, come = "".join(before[a:b]), "".join(after[c:d])
        if what == "equal":
            shown.append(format_html("{}", gone))
            continue
        if gone:
            shown.append(format_html("<del>{}</del>", gone))
        if come:
            shown.append(format_html("<ins>{}</ins>", come))
    return format_html_join("", "{}", ((part,) for part in shown))


def _words(text: Any) -> list[str]:
    return re.findall(r"[A-Za-z0-9.,_-]+|\s+|.", "" if text is None else str(text))


@register.simple_tag(takes_context=True)
def menu_lines(context: template.Context) -> tuple[menu.Line, ...]:
    """The menu as the reader sees it on this page."""
    return menu.lines_for(context["actor"], context["request"].path)


@register.simple_tag(takes_context=True)
def phone_lines(context: template.Context) -> tuple[menu.Line, ...]:
    return menu.phone_lines_for(context["actor"], context["request"].path)


@register.simple_tag(takes_context=True)
def shortcuts(context: template.Context) -> tuple[tuple[str, str], ...]:
    return menu.shortcuts_for(context["actor"])


@register.filter
def shell(actor: Any) -> str:
    """In which shell one works: ``business``, ``system``, ``security`` or ``audit``."""
    role = ROLES.get(actor.role) if actor else None
    return role.duty.value if role else "business"


@register.filter
def skeleton(request: Any) -> str:
    """The skeleton of a page that both houses show: the office's for who works there, the portal's for everybody."""
    return "office.html" if getattr(request, "actor", None) else "open.html"


@register.filter
def wordlist(text: str) -> list[str]:
    """The words of a text, for short fixed lists in a template."""
    return text.split()


@register.filter
def groups_of_four(code: Any) -> list[str]:
    """A receipt code in groups that can be read out."""
    plain = re.sub(r"[\s-]", "", str(code))
    return [plain[start : start + 4] for start in range(0, len(plain), 4)]


_SQL = re.compile(
    r"(?P<note>--[^\n]*)|(?P<text>'(?:[^']|'')*')|(?P<own>\b(?:param|param_has|as_of|days|workdays|ratio|absent|complete|"
    r"joined|full_months|full_years|hours|add_days|add_months)\b(?=\())|(?P<word>\b(?:select|from|where|and|or|not|in|is|"
    r"null|join|left|inner|on|group|by|order|having|with|as|case|when|then|else|end|exists|between|over|partition|"
    r"distinct|union|all|limit|true|false|using|cross|desc|asc|filter|count|sum|min|max|avg|coalesce|cast|date)\b)"
    r"|(?P<number>\b[0-9]+(?:\.[0-9]+)?\b)",
    re.IGNORECASE,
)


@register.filter
def sql_lines(sql: Any) -> SafeString:
    """A query as numbered lines; its words are told apart by classes."""
    text, shown, done = str(sql).strip("\n"), [], 0
    for found in _SQL.finditer(text):
        shown.append(conditional_escape(text[done : found.start()]))
        shown.append(format_html('<span class="sql-{}">{}</span>', found.lastgroup, found[0]))
        done = found.end()
    shown.append(conditional_escape(text[done:]))
    lines = "".join(shown).split("\n")
    return mark_safe("\n".join(f'<span class="lf-line">{line or " "}</span>' for line in lines))


@register.filter
def said(words: Any) -> str:
    """The words of anything that has ``zh`` and ``en``, in the reader's language."""
    return words.en if is_english() else words.zh  # type: ignore[no-any-return]
