"""A run as a spreadsheet: a summary of the indicators and a sheet of findings; no cell of it can be a formula."""

from __future__ import annotations

from pathlib import Path

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from lianfang.engine.catalogue import Catalogue
from lianfang.engine.fault import say
from lianfang.engine.figures import COLOUR_WORDS, STATUS_WORDS, evidence_columns, unit_text, value_text
from lianfang.engine.run import Run
from lianfang.engine.sources.safety import MAX_CELL, inert

_INERT = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_SHADES = {"red": "#FDECEA", "orange": "#FFF1E0", "yellow": "#FFF8D6"}
_SUMMARY = (
    ("编码", "code", 10),
    ("名称", "name", 32),
    ("状态", "status", 14),
    ("看了", "looked at", 10),
    ("发现", "findings", 10),
    *((*COLOUR_WORDS[colour], 8) for colour in _SHADES),
    ("缺什么", "what is missing", 60),
)
_FINDINGS = (
    ("编码", "code", 10),
    ("名称", "name", 28),
    ("颜色", "colour", 8),
    ("单位", "unit", 14),
    ("对象类型", "kind of subject", 14),
    ("对象", "subject", 20),
    ("人员", "person", 14),
    ("期间", "period", 10),
    ("指标值", "metric", 14),
    ("计量单位", "unit of the metric", 10),
    ("证据", "evidence", 90),
    ("发现标识", "finding key", 40),
)


def write_workbook(finished: Run, catalogue: Catalogue, path: Path) -> None:
    """Write the spreadsheet to ``path``."""
    with xlsxwriter.Workbook(path, _INERT) as book:
        _summary(finished, catalogue, book)
        _findings(finished, catalogue, book)


def _summary(finished: Run, catalogue: Catalogue, book: xlsxwriter.Workbook) -> None:
    sheet = book.add_worksheet(say("汇总", "summary"))
    _heading(sheet, _SUMMARY, book)
    for row, outcome in enumerate(finished.outcomes, 1):
        texts = [outcome.code, catalogue.indicators[outcome.code].card.name.said, say(*STATUS_WORDS[outcome.status])]
        counts = [outcome.population, outcome.findings, *(outcome.colours.get(colour) for colour in _SHADES)]
        for column, text in enumerate(texts):
            sheet.write_string(row, column, inert(text))
        for column, number in enumerate(counts, len(texts)):
            if number is not None:
                sheet.write_number(row, column, number)
        sheet.write_string(row, len(texts) + len(counts), inert("; ".join(outcome.missing))[:MAX_CELL])
    sheet.autofilter(0, 0, max(len(finished.outcomes), 1), len(_SUMMARY) - 1)


def _findings(finished: Run, catalogue: Catalogue, book: xlsxwriter.Workbook) -> None:
    sheet = book.add_worksheet(say("发现", "findings"))
    _heading(sheet, _FINDINGS, book)
    shades = {colour: book.add_format({"bg_color": shade}) for colour, shade in _SHADES.items()}
    columns = {code: evidence_columns(catalogue.indicators[code]) for code in {o.code for o in finished.outcomes}}
    last = 0
    for last, finding in enumerate(finished.findings(), 1):
        card = catalogue.indicators[finding["code"]].card
        evidence = "; ".join(
            f"{heading}={value_text(finding['evidence'].get(name), column)}"
            for name, (heading, column) in columns[finding["code"]].items()
        )
        _text(sheet, last, 0, finding["code"], card.name.said)
        sheet.write_string(last, 2, say(*COLOUR_WORDS[finding["colour"]]), shades[finding["colour"]])
        _text(sheet, last, 3, *(finding[n] for n in ("unit_id", "subject_type", "subject_id", "person_id", "period")))
        sheet.write_number(last, 8, finding["metric"])
        _text(sheet, last, 9, unit_text(card.colour.metric.unit), evidence, finding["finding_key"])
    sheet.autofilter(0, 0, max(last, 1), len(_FINDINGS) - 1)


def _heading(sheet: Worksheet, heads: tuple[tuple[str, str, int], ...], book: xlsxwriter.Workbook) -> None:
    bold = book.add_format({"bold": True, "bottom": 1})
    sheet.freeze_panes(1, 0)
    for column, (zh, en, width) in enumerate(heads):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, say(zh, en), bold)


def _text(sheet: Worksheet, row: int, column: int, *texts: str | None) -> None:
    for place, text in enumerate(texts, column):
        if text:
            sheet.write_string(row, place, inert(text)[:MAX_CELL])
