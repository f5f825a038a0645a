"""The rows of all registers: one import a register."""

from __future__ import annotations

from lianfang.web.registers.risk_points import RiskPoint

__all__ = ["RiskPoint"]
