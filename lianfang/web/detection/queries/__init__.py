"""Reads of detection, split by subject: the only ways to its rows."""

from __future__ import annotations

from lianfang.web.detection.queries.findings import evidence_of, finding_for, findings_for, recount
from lianfang.web.detection.queries.indicators import indicator, precision
from lianfang.web.detection.queries.runs import coverage, latest_run

__all__ = [
    "coverage",
    "evidence_of",
    "finding_for",
    "findings_for",
    "indicator",
    "latest_run",
    "precision",
    "recount",
]
