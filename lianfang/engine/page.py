"""A run as one self-contained page: what was seen, the evidence, the law, and what was not seen."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import jinja2

from lianfang.engine import figures
from lianfang.engine.catalogue import COLOURS, Catalogue, Indicator
from lianfang.engine.dataset import Dataset
from lianfang.engine.document import CERTAINTY
from lianfang.engine.fault import language, say
from lianfang.engine.run import Outcome, Run
from lianfang.engine.tables import Column, tables

SHOWN = 50  # findings shown of one indicator; the rest is in the run folder
_DIGEST = re.compile(r"\b([a-z]:[0-9a-f]{8})[0-9a-f]{56}\b")
_NUMBERS = ("money", "ratio", "quantity", "int")


@dataclass(frozen=True)
class Head:
    """A column of a table of findings."""

    text: str
    is_number: bool = False


@dataclass(frozen=True)
class Seen:
    """One indicator on the page: its outcome and the first of its findings as a table of texts."""

    indicator: Indicator
    outcome: Outcome
    heads: tuple[Head, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]  # colour, texts


def page(finished: Run, dataset: Dataset, catalogue: Catalogue) -> str:
    """HTML without script and without anything from elsewhere."""
    folder = Path(__file__).parent / "templates"
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(say=say, figures=figures, certainty=CERTAINTY, tables=tables())
    shown, units = _findings(finished), _unit_names(finished, dataset)
    outcomes = sorted((o for o in finished.outcomes if o.findings), key=figures.gravity)
    seen = [_seen(catalogue.indicators[o.code], o, shown[o.code], units) for o in outcomes]
    return environment.get_template("report.html").render(
        language=language(),
        run=finished,
        dataset=dataset,
        indicators=catalogue.indicators,
        seen=seen,
        by_colour=[(colour, list(ones)) for colour, ones in groupby(seen, lambda one: figures.gravest(one.outcome))],
        silent=[o for o in finished.outcomes if o.status == "computed" and not o.findings],
        lacking=_lacking(finished.outcomes),
        others=[o for o in finished.outcomes if o.status in ("not_applicable", "failed")],
        not_computed=[o for o in finished.outcomes if o.status != "computed"],
        total={c: sum(o.colours.get(c, 0) for o in finished.outcomes) for c in COLOURS},
    )


def _lacking(outcomes: Sequence[Outcome]) -> list[tuple[str, list[str]]]:
    """What is missing → the indicators that wait for it, the most waited for first."""
    found: dict[str, list[str]] = {}
    for outcome in outcomes:
        if outcome.status == "not_computable":
            found.setdefault(say("、", ", ").join(outcome.missing), []).append(outcome.code)
    return sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))


def _findings(finished: Run) -> dict[str, list[dict[str, Any]]]:
    """The first findings of each indicator, the gravest colour and the largest metric first."""
    rows = finished.connection.execute(
        """SELECT code, finding_key FROM (SELECT code, finding_key, row_number() OVER (PARTITION BY code ORDER BY
           list_position(['red', 'orange', 'yellow'], colour), metric DESC, finding_key) AS place FROM findings)
           WHERE place <= ? ORDER BY code, place""",
        [SHOWN],
    ).fetchall()
    wanted = {key: place for place, (_, key) in enumerate(rows)}
    found: dict[str, list[dict[str, Any]]] = {}
    for finding in finished.findings():
        if finding["finding_key"] in wanted:
            found.setdefault(finding["code"], []).append(finding)
    for listed in found.values():
        listed.sort(key=lambda finding: wanted[finding["finding_key"]])
    return found


def _unit_names(finished: Run, dataset: Dataset) -> dict[str, str]:
    data = dataset.tables.get("unit")
    if data is None or not data.usable or not {"unit_id", "name"} <= set(data.columns):
        return {}
    sql = "SELECT unit_id, max(name) FROM read_parquet(?) WHERE name IS NOT NULL GROUP BY unit_id"
    return dict(finished.connection.execute(sql, [str(data.path)]).fetchall())


def _seen(indicator: Indicator, outcome: Outcome, findings: Sequence[dict[str, Any]], units: Mapping[str, str]) -> Seen:
    """The table of an indicator's findings; a column that none of them fills is left out."""
    card = indicator.card
    competent = card.competent.said if card.competent else "—"
    columns: list[tuple[Head, list[str]]] = [
        (Head(say("单位", "unit")), [units.get(f["unit_id"], f["unit_id"]) or competent for f in findings]),
        (Head(_subject_heading(findings)), [f["subject_id"] for f in findings]),
    ]
    for name, heading in (("person_id", say("人员", "person")), ("period", say("期间", "period"))):
        if any(f[name] for f in findings):
            columns.append((Head(heading), [f[name] or "—" for f in findings]))
    metric = [figures.metric_text(f["metric"], card.colour.metric.unit) for f in findings]
    columns.append((Head(figures.metric_heading(indicator), is_number=True), metric))
    for name, (heading, column) in figures.evidence_columns(indicator).items():
        values = [f["evidence"].get(name) for f in findings]
        if any(value is not None for value in values):
            texts = [figures.value_text(value, column) for value in values]
            columns.append((Head(heading, _is_number(values, column)), texts))
    rows = zip(*(texts for _, texts in columns), strict=True)
    return Seen(
        indicator,
        outcome,
        tuple(head for head, _ in columns),
        tuple((f["colour"], tuple(map(_short, texts))) for f, texts in zip(findings, rows, strict=True)),
    )


def _short(text: str) -> str:
    """Digests cut to what tells them apart."""
    return _DIGEST.sub(r"\1…", text)


def _subject_heading(findings: Sequence[dict[str, Any]]) -> str:
    kinds = {f["subject_type"] for f in findings}
    table = tables().get(next(iter(kinds))) if len(kinds) == 1 else None
    return say(table.zh, table.en) if table else say("对象", "subject")


def _is_number(values: Sequence[Any], column: Column | None) -> bool:
    if column is not None:
        return column.type in _NUMBERS
    return all(value is None or (isinstance(value, int | float) and not isinstance(value, bool)) for value in values)
