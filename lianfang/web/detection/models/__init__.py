"""What detection keeps: the data that were taken, the runs over them, and what the runs saw."""

from __future__ import annotations

from lianfang.web.detection.models.data import Batch, Completeness, Dataset, Delivery, FileForm
from lianfang.web.detection.models.runs import (
    Change,
    Colour,
    EvidenceKey,
    ExplanationResult,
    Finding,
    IndicatorParameter,
    IndicatorStatus,
    Judgement,
    NamedPerson,
    Nature,
    Run,
    RunIndicator,
    Safety,
    SealedEvidence,
    Unmasking,
)

__all__ = [
    "Batch",
    "Change",
    "Colour",
    "Completeness",
    "Dataset",
    "Delivery",
    "EvidenceKey",
    "ExplanationResult",
    "FileForm",
    "Finding",
    "IndicatorParameter",
    "IndicatorStatus",
    "Judgement",
    "NamedPerson",
    "Nature",
    "Run",
    "RunIndicator",
    "Safety",
    "SealedEvidence",
    "Unmasking",
]
