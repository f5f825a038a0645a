"""A run's own values for the parameters of indicators, from a YAML file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from lianfang.engine.catalogue import Catalogue
from lianfang.engine.fault import Fault, say


def load(path: Path, catalogue: Catalogue) -> dict[str, dict[str, Any]]:
    """``R003: {threshold: 10}`` as code → name → value; unknown codes and parameters are a Fault."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Fault(str(path), str(error).replace("\n", " "), _DO) from None
    if not isinstance(raw, dict) or not all(isinstance(values, dict) for values in raw.values()):
        raise Fault(str(path), say("不是“编码: {参数: 值}”。", "not `CODE: {parameter: value}`."), _DO)
    for code, values in raw.items():
        catalogue.chosen([code])[0].values(values)
    return raw


_DO = say("写成 R003: {threshold: 10}。", "write it like R003: {threshold: 10}.")
