"""Every worked case of every indicator, on DuckDB and on Spark: the same findings on both."""

from __future__ import annotations

import pytest

from lianfang.engine.cases import failures
from lianfang.engine.catalogue import SHIPPED, load

CODES = sorted(load().indicators)


def check(code: str, engine: str) -> None:
    """Fail with the cases of an indicator whose findings are not the expected ones."""
    catalogue = load(SHIPPED, only=[code])
    found = [failure for _, _, failure in failures(catalogue, catalogue.chosen([code]), engine) if failure]
    if found:
        pytest.fail("\n".join(f"{code}: {one.case}\n    {one.difference}" for one in found), pytrace=False)


@pytest.mark.parametrize("code", CODES)
def test_cases_hold_on_duckdb(code: str) -> None:
    check(code, "duckdb")


@pytest.mark.spark
@pytest.mark.parametrize("code", CODES)
def test_cases_hold_on_spark(code: str) -> None:
    check(code, "spark")
