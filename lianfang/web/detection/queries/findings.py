"""Reads on findings: whom they are shown to, their evidence, the rows behind it, and their history."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from lianfang.engine.catalogue import Indicator
from lianfang.engine.fault import Fault, speaking
from lianfang.engine.figures import parameter_text as written_parameter
from lianfang.engine.tables import Column, tables
from lianfang.web.accounts.models import User
from lianfang.web.detection import catalogue, evidence, execution, sentences, store
from lianfang.web.detection.models import Change, ExplanationResult, Finding, NamedPerson, RunIndicator, Unmasking
from lianfang.web.organisation.models import Person, Unit
from lianfang.web.shared import clock, log
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.language import is_english
from lianfang.web.shared.refused import Refused
from lianfang.web.shared.roles import Permission

NUMBERS = ("money", "ratio", "quantity", "int", "double")
MASK = "**"
_CHINESE = re.compile(r"[\u3400-\u9fff]")


# ---- whom they are shown to --------------------------------------------------------------------------------------


def findings_for(actor: Actor) -> QuerySet[Finding]:
    """The findings that ``actor`` may see: within reach, and neither on the actor nor on a superior."""
    found = Finding.objects.filter(actor.within(Permission.FINDING_READ, unit="unit"))
    kept_from = _self_and_superiors(actor)
    if not kept_from:
        return found
    named = NamedPerson.objects.filter(finding=OuterRef("pk"), person__in=kept_from)
    return found.exclude(person__in=kept_from).filter(~Exists(named))


def finding_for(actor: Actor, number: str) -> Finding:
    """The finding with ``number``, if ``actor`` may see it; otherwise it is not found."""
    return one_of(findings_for(actor), number)


def one_of(shown: QuerySet[Finding], number: str) -> Finding:
    """The finding with ``number`` among those that a reader is shown."""
    related = ("unit", "last_run", "first_run", "gone_run", "judgement", "key", "sealed")
    found = shown.filter(number=number).select_related(*related).first()
    if found is None:
        raise Http404
    return found


def _self_and_superiors(actor: Actor) -> list[str]:
    """The codes of the actor's own person and of the heads of the actor's unit and of every unit above it."""
    if actor.is_system or actor.user_id is None:
        return []
    user = User.objects.filter(pk=actor.user_id).select_related("unit", "person__unit").first()
    own = user.person if user else None
    units = [unit for unit in (user and user.unit, own and own.unit) if unit is not None]
    above = {path for unit in units for path in _paths_above(unit.path)}
    heads = Person.objects.filter(
        holdings__post__is_head=True, holdings__post__unit__path__in=above, holdings__until_on=None
    )
    return sorted({*heads.values_list("code", flat=True), *([own.code] if own else [])})


def _paths_above(path: str) -> list[str]:
    """The path itself and those of all units above it."""
    codes = path.strip("/").split("/")
    return [f"/{'/'.join(codes[: depth + 1])}/" for depth in range(len(codes))]


# ---- evidence ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Heading:
    """A column as it is shown. ``unit`` is said in the heading, where all its numbers have the same."""

    name: str
    text: str
    is_number: bool = False
    is_masked: bool = False
    kind: str = ""


@dataclass(frozen=True)
class Cell:
    text: str
    is_number: bool = False
    is_masked: bool = False
    column: str = ""
    is_day: bool = False


@dataclass(frozen=True)
class Line:
    """One row of a table; ``crosses`` marks the one that passes the limit, ``total`` is the sum so far."""

    cells: list[Cell]
    total: Cell | None = None
    crosses: bool = False
    amount: Decimal | None = None


@dataclass(frozen=True)
class Rows:
    """The rows of one canonical table that stand behind a finding."""

    table: str
    title: str
    headings: list[Heading]
    lines: list[Line]
    has_totals: bool = False
    is_cut: bool = False


@dataclass(frozen=True)
class Bar:
    """Amounts in order against the limit, in ten thousand yuan: the one that crosses it is cut there."""

    parts: list[dict[str, Any]]
    limit: Decimal
    label: str


@dataclass(frozen=True)
class Evidence:
    """A finding's evidence as one actor may read it; ``gone`` says why there is none any more."""

    values: list[tuple[Heading, Cell]] = field(default_factory=list)
    tables: list[Rows] = field(default_factory=list)
    raw: Mapping[str, Any] = field(default_factory=dict)
    bar: Bar | None = None
    gone: str = ""

    @property
    def count(self) -> int:
        return sum(len(rows.lines) for rows in self.tables)

    @property
    def masked(self) -> list[Heading]:
        """The columns of which a cell is masked for this actor."""
        found = [heading for heading, cell in self.values if cell.is_masked]
        return list({heading.name: heading for heading in found}.values())


def evidence_of(actor: Actor, finding: Finding, *, purpose: str = "look") -> Evidence:
    """The finding's evidence, unsealed for ``actor`` and logged; personal cells are masked unless asked for."""
    log.record(
        "finding.evidence",
        by=actor,
        subject_type="finding",
        subject=finding.number,
        unit_path=finding.unit.path if finding.unit else "",
        purpose=purpose,
    )
    sealed = unsealed(finding)
    if sealed is None:
        return Evidence(gone=_gone(finding))
    indicator = catalogue.card_of(finding.code)
    shown = unmasked_columns(actor, finding)
    values = list(_values(indicator, sealed["values"], shown))
    limit = sentences.limit_of(indicator, sealed["values"], finding.as_of, {})
    plain = sealed["values"].values()
    numbers = [Decimal(str(v)) for v in plain if isinstance(v, int | float) and not isinstance(v, bool)]
    numbers.append(finding.metric)
    listed = [_rows(name, rows, limit, numbers) for name, rows in sealed["rows"].items()]
    return Evidence(values, listed, sealed["values"], _bar(finding, sealed["values"], listed, limit))


def unsealed(finding: Finding) -> dict[str, Any] | None:
    """What was sealed, or None where the key was destroyed. For this app's own use: it masks and logs nothing."""
    key, sealed = getattr(finding, "key", None), getattr(finding, "sealed", None)
    if key is None or key.wrapped is None or sealed is None:
        return None
    return evidence.unseal(finding.finding_key, key.wrapped, bytes(sealed.content))


def _gone(finding: Finding) -> str:
    because = getattr(getattr(finding, "key", None), "destroyed_because", "")
    return {
        "expired": _("证据保留期已满，密钥已销毁。"),
        "transferred": _("证据已移交有权机关，本系统的密钥已销毁。"),
        "withdrawn": _("所据数据已撤回，证据已销毁。"),
    }.get(because, _("没有保存证据。"))


def unmasked_columns(actor: Actor, finding: Finding) -> frozenset[str]:
    """The personal columns that ``actor`` asked for and may still read."""
    sensitivity = catalogue.card_of(finding.code).sensitivity
    if actor.user_id is None or "personal" not in sensitivity.values():
        return frozenset()
    asked = Unmasking.objects.filter(finding=finding, user_id=actor.user_id, until__gt=clock.now())
    return frozenset(asked.values_list("column", flat=True))


def _values(indicator: Indicator, values: Mapping[str, Any], shown: frozenset[str]) -> Any:
    for name in indicator.evidence:
        if values.get(name) is None:
            continue
        column = indicator.origin(name)
        if name in indicator.card.evidence:
            text = catalogue.said(indicator.card.evidence[name])
        else:
            text = catalogue.said(column) if column else name
        is_personal = indicator.sensitivity.get(name) == "personal"
        is_masked = is_personal and name not in shown
        is_number = _is_number(values[name], column)
        kind = column.type if column else ""
        own = indicator.card.evidence.get(name)
        is_money = own is not None and "元" in own.zh and is_number  # data
        cell_text = f"{Decimal(str(values[name])):,.2f}" if is_money else value_text(values[name], column)
        if is_masked:
            cell_text = masked(values[name])
        yield Heading(name, text, is_number, is_masked, kind), Cell(cell_text, is_number, is_masked, name)


def masked(value: Any) -> str:
    """A personal value hidden; of a name in Chinese the first sign shows."""
    text = str(value)
    return f"{text[:1]}{MASK}" if _CHINESE.match(text) else MASK


def value_text(value: Any, column: Column | None) -> str:
    """A value of the evidence as people read it."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return _("是") if value else _("否")
    kind = column.type if column else ""
    if isinstance(value, int | float) or (kind in NUMBERS and _is_numeral(value)):
        number = Decimal(str(value))
        if kind == "ratio":
            return f"{number * 100:,.2f}%"
        return f"{number:,.2f}" if kind == "money" or number % 1 else f"{number:f}".split(".", maxsplit=1)[0]
    return str(value).removesuffix(" 00:00:00").removesuffix("T00:00:00")


def _is_numeral(value: Any) -> bool:
    return isinstance(value, str) and value.replace(".", "", 1).lstrip("-").isdigit()


def _is_number(value: Any, column: Column | None) -> bool:
    if column is not None:
        return column.type in NUMBERS
    return isinstance(value, int | float) and not isinstance(value, bool)


def _rows(
    table: str, rows: Sequence[Mapping[str, Any]], limit: sentences.Limit | None, numbers: Sequence[Decimal]
) -> Rows:
    columns = tables()[table].columns
    names = [name for name in columns if any(row.get(name) is not None for row in rows)]
    headings = [
        Heading(name, catalogue.said(columns[name]), columns[name].type in NUMBERS, kind=columns[name].type)
        for name in names
    ]
    summed = _summed(table, rows, numbers)
    lines, total, crossed = [], Decimal(0), False
    for row in rows:
        cells = [_cell(row.get(name), columns[name]) for name in names]
        if summed is None:
            lines.append(Line(cells))
            continue
        amount = Decimal(str(row.get(summed) or 0))
        total += amount
        crosses = limit is not None and limit.unit == "yuan" and not crossed and total > Decimal(str(limit.value))
        crossed = crossed or crosses
        lines.append(Line(cells, Cell(f"{total:,.2f}", True), crosses, amount))
    return Rows(
        table, catalogue.table_title(table), headings, lines, summed is not None, len(rows) > execution.MANY_ROWS
    )


def _cell(value: Any, column: Column) -> Cell:
    return Cell(value_text(value, column), column.type in NUMBERS, is_day=column.type in ("date", "timestamp"))


def _bar(
    finding: Finding, values: Mapping[str, Any], listed: Sequence[Rows], limit: sentences.Limit | None
) -> Bar | None:
    """The limit bar, where the arithmetic shows which amounts the metric compares with the limit."""
    if limit is None or limit.unit != "yuan" or not limit.value:
        return None
    label = f"{limit.en if is_english() else limit.zh}"
    bound = Decimal(str(limit.value))
    for rows in listed:
        amounts = [line.amount for line in rows.lines if line.amount is not None]
        if rows.has_totals and amounts and sum(amounts) > bound:
            return Bar([{"amount": amount / _WAN} for amount in amounts], bound / _WAN, label)
    unit = catalogue.card_of(finding.code).card.colour.metric.unit
    for name, value in values.items():
        if name == limit.column or isinstance(value, bool) or not isinstance(value, int | float):
            continue
        measured = Decimal(str(value))
        reached = measured / bound if unit == "ratio" else measured
        if unit in ("ratio", "yuan") and abs(reached - finding.metric) < Decimal("0.00001"):
            return Bar([{"amount": measured / _WAN}], bound / _WAN, label)
    return None


_WAN = Decimal(10_000)


def _summed(table: str, rows: Sequence[Mapping[str, Any]], numbers: Sequence[Decimal]) -> str | None:
    """The money column whose sum over the rows is a number of the evidence: only then is a running total true."""
    if len(rows) < 2:
        return None
    for name, column in tables()[table].columns.items():
        if column.type == "money" and all(row.get(name) is not None for row in rows):
            total = sum((Decimal(str(row[name])) for row in rows), Decimal(0))
            if any(abs(total - number) < Decimal("0.01") for number in numbers):
                return name
    return None


# ---- the law and the limits of the day -----------------------------------------------------------------------------


@dataclass(frozen=True)
class InForce:
    """A parameter's values on a day, and what differs today."""

    name: str
    title: str
    unit: str
    kind: str
    values: list[dict[str, Any]]
    today: list[dict[str, Any]]

    @property
    def shown(self) -> list[tuple[dict[str, Any], str, str]]:
        """Each value in words, and today's where it is another."""
        now = {value["key"]: parameter_text(value["value"], self.kind) for value in self.today}
        texts = [(value, parameter_text(value["value"], self.kind)) for value in self.values]
        return [(value, text, now.get(value["key"], "") * (now.get(value["key"]) != text)) for value, text in texts]


def limits_of(finding: Finding, day: date) -> list[InForce]:
    """The parameters of the finding's indicator as they were in force on ``day``."""
    indicator, local = catalogue.card_of(finding.code), catalogue.local_parameters(clock.today())
    return [
        InForce(
            name,
            catalogue.said(parameter),
            parameter.unit or "",
            parameter.type,
            catalogue.values_on(indicator, name, day, local),
            catalogue.values_on(indicator, name, clock.today(), local),
        )
        for name, parameter in indicator.card.parameters.items()
    ]


def event_day(finding: Finding, raw: Mapping[str, Any]) -> date:
    """The day by which the law is read: the latest day of the evidence, else the run's."""
    indicator = catalogue.card_of(finding.code)
    days = []
    for name, value in raw.items():
        column = indicator.origin(name)
        if indicator.sensitivity.get(name) == "personal":
            continue  # the day is shown to everybody who sees the finding
        if isinstance(value, str) and column is not None and column.type in ("date", "timestamp"):
            try:
                days.append(date.fromisoformat(value[:10]))
            except ValueError:
                continue
    return max((day for day in days if day <= finding.as_of), default=finding.as_of)


def law_on(indicator: Indicator, day: date) -> list[Any]:
    """The articles of the card that were in force on ``day``; where none was, all of them."""
    found = [
        law
        for law in indicator.card.law
        if (law.since is None or law.since <= day) and (law.until is None or day <= law.until)
    ]
    return found or list(indicator.card.law)


# ---- around a finding ----------------------------------------------------------------------------------------------


def of_the_same_subject(shown: QuerySet[Finding], finding: Finding) -> list[Finding]:
    """Other findings about the same thing."""
    same = Q(subject_type=finding.subject_type, subject_id=finding.subject_id)
    return list(shown.filter(same).exclude(pk=finding.pk).order_by("-severity", "-pk")[:10])


def of_the_unit(shown: QuerySet[Finding], unit: Unit | None) -> dict[str, int]:
    """How many present findings of each colour the unit has."""
    if unit is None:
        return {}
    rows = shown.filter(unit=unit).exclude(change="gone").order_by().values_list("colour").annotate(n=Count("pk"))
    counts = dict(rows)
    return {colour: counts[colour] for colour in ("red", "orange", "yellow") if colour in counts}


def peers(shown: QuerySet[Finding], finding: Finding) -> list[float]:
    """The metric of the indicator's present findings, for the strip on which this one is a dot among others."""
    others = shown.filter(code=finding.code).exclude(change="gone").exclude(pk=finding.pk)
    return [float(metric) for metric in others.order_by("pk").values_list("metric", flat=True)[:_PEERS]]


_PEERS = 200


def indicator_history(finding: Finding) -> list[RunIndicator]:
    """What the last runs said of the finding's indicator, the newest first."""
    ended = RunIndicator.objects.filter(code=finding.code, run__state="ended").select_related("run")
    return list(ended.order_by("-run__number")[:5])


def sentence_of(finding: Finding) -> str:
    return finding.sentence_en if is_english() else finding.sentence_zh


def metric_of(finding: Finding) -> str:
    """The metric with its unit, as the sentence says it."""
    zh, en = sentences.amount(finding.metric, catalogue.card_of(finding.code).card.colour.metric)
    return en if is_english() else zh


@dataclass(frozen=True)
class Explanation:
    """An innocent explanation, the worked case in which the rule stays silent on it, and what came of looking."""

    text: str
    case: str
    result: ExplanationResult | None


def explanations_of(finding: Finding) -> list[Explanation]:
    kept = {one.case: one for one in ExplanationResult.objects.filter(finding=finding)}
    innocent = catalogue.card_of(finding.code).card.innocent
    return [Explanation(catalogue.said(one), one.case, kept.get(one.case)) for one in innocent]


def parameters_shown(limits: Sequence[InForce]) -> list[tuple[str, str]]:
    """The parameters as they stand beside the SQL."""
    return [
        (f"{one.name} {value['key']}" if value["key"] else one.name, parameter_text(value["value"], one.kind))
        for one in limits
        for value in one.values
    ]


def parameter_text(value: Any, kind: str) -> str:
    """A parameter's value: shares in per cent, amounts with separators."""
    with speaking("en" if is_english() else "zh"):
        return written_parameter(value, kind)


def can_recount(finding: Finding) -> bool:
    return bool(finding.last_run.data) and finding.is_present


def column_title(finding: Finding, column: str) -> str | None:
    """The heading of a personal evidence column, or None where there is none of that name."""
    indicator = catalogue.card_of(finding.code)
    if column not in indicator.evidence or indicator.sensitivity.get(column) != "personal":
        return None
    if column in indicator.card.evidence:
        return catalogue.said(indicator.card.evidence[column])
    origin = indicator.origin(column)
    return catalogue.said(origin) if origin else column


# ---- counted again -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Recount:
    """What computing an indicator again over the kept tables of a run gave."""

    differs: int  # findings of the indicator that are not the same as the run's
    is_same: bool  # whether this finding is
    same_catalogue: bool


def recount(finding: Finding) -> Recount:
    """Compute the finding's indicator again from the tables its last run kept, and compare all its findings."""
    run = finding.last_run
    folder = store.in_store(run.data) / "tables"
    if not run.data or not folder.is_dir():
        raise Refused(_("该次运行所用的数据表已按期删除，只能核对摘要，不能重算。"), status=409)
    order = execution.Order(run.as_of, run.level, (finding.code,), run.parameters)
    with tempfile.TemporaryDirectory() as spill:
        try:
            result = execution.execute(folder, order, spill=Path(spill))
        except Fault as fault:
            raise Refused(_("保留的数据表已不完整，不能重算。"), status=409) from fault
    found = {s.found["finding_key"]: _identity(s) for s in result.seen}
    stored = Finding.objects.filter(code=finding.code, last_run=run).exclude(change=Change.GONE)
    kept = {f.finding_key: (f.metric, f.colour, f.evidence_digest) for f in stored}
    differing = {key for key in found.keys() | kept.keys() if found.get(key) != kept.get(key)}
    return Recount(len(differing), finding.finding_key not in differing, result.manifest["catalogue"] == run.catalogue)


def _identity(seen: execution.Seen) -> tuple[object, ...]:
    return seen.found["metric"], seen.found["colour"], evidence.digest(seen.evidence)
