"""What the pages of an import show of a delivery: where it stands, its sheets to be mapped, what its check found."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianfang.engine.tables import Column, Table, tables
from lianfang.web.detection import reading
from lianfang.web.detection.catalogue import column_title, said, table_title
from lianfang.web.detection.forms.data import key_of_rows
from lianfang.web.detection.models import Delivery
from lianfang.web.detection.queries import data as queries
from lianfang.web.shared import desk
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.language import is_english
from lianfang.web.shared.roles import Permission, Reach

State = Delivery.State
STEPS = (
    ("columns", gettext_lazy("对应列")),
    ("check", gettext_lazy("检查")),
    ("preview", gettext_lazy("预览")),
    ("store", gettext_lazy("入库")),
    ("done", gettext_lazy("可撤回")),
)
_OPEN_IN = {
    "columns": (State.PROPOSED, State.CHECKED),
    "check": (State.CHECKED,),
    "preview": (State.CHECKED,),
    "store": (State.CHECKED,),
    "done": (State.TAKEN,),
}
_PRESENT = {
    State.UPLOADED: "columns",
    State.PROPOSED: "columns",
    State.UNREADABLE: "columns",
    State.MAPPED: "check",
    State.CHECKED: "check",
    State.TAKING: "store",
    State.TAKEN: "done",
    State.DISCARDED: "columns",
}
SURE, LIKELY = 0.85, 0.6
DESK, SCANNED = 10, 200
_VERBS = {
    State.PROPOSED: gettext_lazy("对应列"),
    State.CHECKED: gettext_lazy("看检查结果"),
    State.UNREADABLE: gettext_lazy("看原因"),
}


def present(delivery: Delivery) -> str:
    """The step at which a delivery stands."""
    return _PRESENT[State(delivery.state)]


def url(delivery: Delivery) -> str:
    """The page of that step, or the delivery's own where no step is open."""
    step = present(delivery)
    if delivery.awaits or delivery.state not in _OPEN_IN[step]:
        return reverse("delivery", args=[delivery.number])
    return reverse(f"delivery_{step}", args=[delivery.number])


def elsewhere(request: HttpRequest, delivery: Delivery, step: str) -> HttpResponse | None:
    """The way to where the delivery stands, when that is not this step; what is sent is the action's to refuse."""
    if request.method == "POST" or delivery.state in _OPEN_IN[step]:
        return None
    return redirect(url(delivery))


def rail(delivery: Delivery, step: str) -> list[dict[str, Any]]:
    """The five steps, as the rail shows them."""
    names = [name for name, _word in STEPS]
    shown, found = names.index(step), []
    for number, (name, word) in enumerate(STEPS):
        state = "now" if number == shown else "done" if number < shown else "later"
        note = _("现在") if state == "now" else _("已办") if state == "done" else ""
        found.append({"name": f"{'①②③④⑤'[number]}{word}", "state": state, "note": note, "key": name})
    return found


def fault(delivery: Delivery) -> dict[str, str] | None:
    """Why a step could not be done, in the reader's language."""
    return delivery.fault.get("en" if is_english() else "zh") or None


def under_way(actor: Actor) -> list[dict[str, Any]]:
    """Deliveries that nobody has finished yet."""
    found = queries.deliveries_for(actor).exclude(state__in=Delivery.FINAL).order_by("-pk")[:20]
    return [{"delivery": one, "url": url(one), "waits": "" if one.awaits else one.get_state_display()} for one in found]


def desk_items(actor: Actor) -> Iterator[desk.Item]:
    """What waits for one person: files to go on with, and for who delivers, data that are late or were never sent."""
    if not actor.may(Permission.DATA_IMPORT):
        return
    mine = queries.deliveries_for(actor).filter(uploaded_by_id=actor.user_id, awaits="", state__in=_VERBS)
    for one in mine.order_by("pk")[:DESK]:
        verb, stage = _VERBS[State(one.state)], one.get_state_display()
        yield desk.Item(verb, one.file_name, one.provider.shown_name, "", stage, None, url(one))
    if actor.reach(Permission.DATA_IMPORT) is Reach.SUBTREE:
        yield from _overdue(actor)


def _overdue(actor: Actor) -> Iterator[desk.Item]:
    found = queries.with_batches(queries.datasets_for(actor).filter(closed_on=None)).order_by("number")
    for row in [r for r in map(queries.row, found[:SCANNED]) if r.freshness != "on_time"][:DESK]:
        stage = _("缺") if row.freshness == "missing" else _("迟%(n)s天") % {"n": row.days_late}
        address = f"{reverse('delivery_new')}?provider={row.dataset.provider.code}"
        yield desk.Item(_("上传"), row.dataset.title, row.dataset.provider.shown_name, "", stage, None, address)


# ---- ① columns -----------------------------------------------------------------------------------------------------


def sheets(delivery: Delivery, asked: Mapping[str, str], given: Mapping[str, str] | None) -> list[dict[str, Any]]:
    """Each sheet with the table it is taken for and a line for each of its columns.

    ``asked`` may name another table for a sheet; ``given`` is what a person filled in and has to see again.
    """
    registered = queries.registered(delivery.provider_id)
    choices = [(name, f"{table_title(name)} {name}") for name in registered]
    before = {one["key"]: one for one in delivery.mapping.get("sheets", ())}
    found = []
    for sheet in delivery.proposal.get("sheets", ()):
        table = _table_of(sheet, asked, given, before, registered)
        plan = before[sheet["key"]]["columns"] if _is_before(sheet, table, before) else sheet["plans"].get(table, {})
        fields = registered[table].fields if table in registered else []
        lines = list(_lines(sheet, table, plan, given)) if table else []
        found.append(
            {
                "sheet": sheet,
                "table": table,
                "choices": choices,
                "taken_for": table_title(sheet["table"]) if sheet["table"] else "",
                "is_registered": sheet["table"] in registered,
                "options": _options(tables()[table], fields) if table else [],
                "lines": lines,
                "own_key": column_title(table, own) if table and (own := key_of_rows(table, plan)) else "",
                "is_text": sheet["file"].lower().endswith((".csv", ".tsv", ".txt")),
            }
        )
    return found


def _is_before(sheet: Mapping[str, Any], table: str, before: Mapping[str, Any]) -> bool:
    return sheet["key"] in before and before[sheet["key"]]["table"] == table


def _table_of(
    sheet: Mapping[str, Any],
    asked: Mapping[str, str],
    given: Mapping[str, str] | None,
    before: Mapping[str, Any],
    registered: Mapping[str, Any],
) -> str:
    key = sheet["key"]
    if given is not None:
        table = given.get(f"{key}.table", "")
    elif key in asked:
        table = asked[key]
    elif before:
        table = before[key]["table"] if key in before else ""
    else:
        table = sheet["table"]
    return table if table in registered else ""


def _options(table: Table, fields: list[str]) -> list[tuple[str, str]]:
    """The columns that may be delivered, those without which nothing goes first."""
    columns = [table.columns[name] for name in fields]
    columns.sort(key=lambda c: not c.required)
    return [(c.name, f"{said(c)}{_in_unit(c)}{' *' if c.required else ''}") for c in columns]


def _in_unit(column: Column) -> str:
    unit = column.unit or (_("元") if column.type == "money" else "")
    return f" {unit}" if unit else ""


def _lines(
    sheet: Mapping[str, Any], table: str, plan: Mapping[str, Any], given: Mapping[str, str] | None
) -> Iterator[dict[str, Any]]:
    by_header = {take["from"]: (name, take) for name, take in plan.items() if "from" in take}
    for number, column in enumerate(sheet["columns"]):
        name, take = by_header.get(column["header"], ("", {}))
        unit = take.get("unit", "")
        if given is not None:
            name, unit = given.get(f"{sheet['key']}.c{number}", ""), given.get(f"{sheet['key']}.u{number}", "")
        guess = sheet["guesses"].get(name) if table == sheet["table"] else None
        known = tables()[table].columns.get(name)
        yield {
            "number": number,
            "header": column["header"],
            "samples": column["samples"],
            "column": name,
            "unit": unit,
            "units": reading.unit_names(known) if known else [],
            "factor": reading.factor_words(unit, known) if known and unit else "",
            "format": "、".join(take.get("format", ())),
            "sure": _sure(guess["score"]) if guess else _("同名") if name else "",
            "doubt": guess["doubt"] if guess and not is_english() else "",
        }


def _sure(score: float) -> str:
    return _("高") if score >= SURE else _("中") if score >= LIKELY else _("低")


# ---- ② ③ ④ ---------------------------------------------------------------------------------------------------------


def tables_checked(delivery: Delivery) -> list[dict[str, Any]]:
    """What the check says of each table, in words."""
    found = []
    for one in delivery.result.get("tables", ()):
        name = one["table"]
        found.append(
            one
            | {
                "title": table_title(name),
                "share_percent": one["share"] * 100,
                "limit_percent": one["limit"] * 100,
                "is_over": one["share"] > one["limit"],
                "withheld": [column_title(name, column) for column in one["not_registered"]],
                "sums": [
                    {"title": column_title(name, s["column"]), "now": s["now"], "before": s["before"]}
                    for s in one["comparison"]["sums"]
                ],
            }
        )
    return found


def usable_rows(delivery: Delivery) -> int:
    return sum(one["rows"] for one in delivery.result.get("tables", ()))


def lines(delivery: Delivery) -> list[dict[str, str]]:
    """The first rejected rows, each with what is wrong and how to put it right."""
    by_zh = {table.zh: table.name for table in tables().values()}
    found = []
    for line in delivery.result.get("lines", ()):
        table = by_zh.get(line["table"], "")
        found.append(line | {"column": _column(table, line["column"]), "reason": _reason(line["reason"])})
    return found


def _column(table: str, words: str) -> str:
    """Columns as the returned spreadsheet names them, in the reader's language."""
    if not is_english() or table not in tables():
        return words
    by_zh = {column.zh: column.en for column in tables()[table].columns.values()}
    return ", ".join(by_zh.get(word, word) for part in words.split(";") for word in part.split("、"))


def _reason(words: str) -> str:
    """Reasons as the returned spreadsheet gives them, in the reader's language."""
    if not is_english():
        return words
    for zh, here in sorted(_reasons().items(), key=lambda pair: -len(pair[0])):
        words = words.replace(zh, here)
    return re.sub(r"第 (\d+) 行", r"row \1", words).replace(":", ": ")  # data


def _reasons() -> dict[str, str]:
    """What the engine writes into the spreadsheet for its sender, and what that is for the reader of the page."""
    here = [str(words) for words in _REASONS]
    with translation.override("zh-hans"):
        return dict(zip(map(str, _REASONS), here, strict=True))


_REASONS = (
    gettext_lazy("必填项为空"),
    gettext_lazy("身份证号码校验不通过"),
    gettext_lazy("统一社会信用代码校验不通过"),
    gettext_lazy("长编号被存成数字,后几位已丢失,请把该列设为文本后重新填写"),
    gettext_lazy("日期无法识别或不存在,请写成"),
    gettext_lazy("时间无法识别或不存在,请写成"),
    gettext_lazy("金额无法识别或过大"),
    gettext_lazy("比例无法识别"),
    gettext_lazy("数值无法识别"),
    gettext_lazy("不是整数"),
    gettext_lazy("须填“是”或“否”"),
    gettext_lazy("须填“有”“无”或“不详”"),
    gettext_lazy("不在代码表内"),
    gettext_lazy("超出允许范围"),
    gettext_lazy("主键重复"),
    gettext_lazy("首次见于"),
    gettext_lazy("可填"),
    gettext_lazy("不小于"),
    gettext_lazy("不大于"),
)
