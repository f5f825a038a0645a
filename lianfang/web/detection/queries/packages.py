"""The evidence package of a finding: rows, rule, thresholds and digests in one archive, the same bytes each time."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from lianfang.web.detection import catalogue
from lianfang.web.detection.models import Finding
from lianfang.web.detection.queries.findings import Evidence, event_day, limits_of

FILES = (
    ("finding.json", _("发现本身：指标、单位、对象、指标值、所据运行")),
    ("evidence.csv", _("证据：规则返回的各列")),
    ("rows-*.csv", _("证据背后的原始行，一表一个文件")),
    ("rule.sql", _("计算方法")),
    ("indicator.yaml", _("指标卡")),
    ("limits.json", _("当日有效的限额与参数")),
    ("manifest.json", _("目录版本、数据表和每个文件的摘要")),
)
_MADE = (1980, 1, 1, 0, 0, 0)  # an archive's own dates would make other bytes of the same content


def package(finding: Finding, evidence: Evidence) -> bytes:
    """The archive, with masked cells as masked as they were shown."""
    indicator = catalogue.card_of(finding.code)
    day = event_day(finding, evidence.raw)
    limits = [{"name": one.name, "unit": one.unit, "values": one.values} for one in limits_of(finding, day)]
    parts = {
        "finding.json": _json(_facts(finding)),
        "evidence.csv": _csv(
            [heading.text for heading, _cell in evidence.values], [[c.text for _h, c in evidence.values]]
        ),
        **{f"rows-{rows.table}.csv": _csv(*_table(rows)) for rows in evidence.tables},
        "rule.sql": indicator.rule_text.encode(),
        "indicator.yaml": (indicator.folder / "indicator.yaml").read_bytes(),
        "limits.json": _json({"day": day.isoformat(), "limits": limits}),
    }
    parts["manifest.json"] = _json(_manifest(finding, parts))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(parts):
            archive.writestr(zipfile.ZipInfo(name, _MADE), parts[name])
    return content.getvalue()


def _facts(finding: Finding) -> dict[str, Any]:
    return {
        "number": finding.number,
        "code": finding.code,
        "unit": finding.unit_code,
        "subject_type": finding.subject_type,
        "period": finding.period,
        "metric": str(finding.metric.normalize()),
        "colour_suggested": finding.colour,
        "as_of": finding.as_of.isoformat(),
        "sentence": {"zh": finding.sentence_zh, "en": finding.sentence_en},
        "run": finding.last_run.number,
    }


def _manifest(finding: Finding, parts: dict[str, bytes]) -> dict[str, Any]:
    run = finding.last_run
    return {
        "catalogue": run.catalogue,
        "engine_version": run.version,
        "as_of": run.as_of.isoformat(),
        "tables": run.tables,
        "batches": run.batches,
        "parameters": run.parameters.get(finding.code, {}),
        "evidence_digest": finding.evidence_digest,
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(parts.items())},
    }


def _table(rows: Any) -> tuple[list[str], list[list[str]]]:
    return [heading.text for heading in rows.headings], [[cell.text for cell in line.cells] for line in rows.lines]


def _csv(head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([_harmless(cell) for cell in head])
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    """A text that a spreadsheet does not take for a formula."""
    return (
        f"'{cell}"
        if cell[:1] in "=+-@\t\r" and not cell.lstrip("-").replace(".", "", 1).replace(",", "").isdigit()
        else cell
    )


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=str) + "\n").encode()
