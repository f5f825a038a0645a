"""How often chance alone makes a statistical indicator fire, measured with the rule itself."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date
from itertools import pairwise
from math import sqrt
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lianfang.engine.catalogue import SHIPPED, load
from lianfang.engine.dataset import Dataset, TableData
from lianfang.engine.run import run

AS_OF = date(2024, 12, 31)
TENDERS = 20_000
LIMIT = 0.005  # the share of tenders with random prices that BID-015 may point at
SPREAD = {4: 0.05, 5: 0.14, 6: 0.15}  # as its card has it


def random_bids(bids: int, lowest: int) -> dict[str, list[int]]:
    """Tenders whose prices lie anywhere between ``lowest`` and a hundred per cent of one million yuan."""
    chance = random.Random(bids * 1000 + lowest)
    return {
        f"{bids}/{n}": sorted(chance.randint(lowest * 10_000, 1_000_000) for _ in range(bids)) for n in range(TENDERS)
    }


def variation(values: list[float]) -> float:
    """The sample's standard deviation against its mean."""
    mean = sum(values) / len(values)
    return sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1)) / mean


def is_even(prices: list[int]) -> bool:
    """The rule a second time: equal steps, or equal percentages."""
    steps = [float(high - low) for low, high in pairwise(prices)]
    rises = [(high - low) / low for low, high in pairwise(prices)]
    return any(variation(row) < SPREAD[len(prices)] for row in (steps, rises))


def written(folder: Path, name: str, columns: dict[str, pa.Array]) -> TableData:
    path = folder / f"{name}.parquet"
    pq.write_table(pa.table(columns), path)
    return TableData(name, path, tuple(columns), (), len(next(iter(columns.values()))))


def dataset(folder: Path, tenders: dict[str, list[int]]) -> Dataset:
    bids = [(name, n, price) for name, prices in tenders.items() for n, price in enumerate(prices)]
    bid = {
        "bid_id": pa.array([f"{name}/{n}" for name, n, _ in bids]),
        "tender_id": pa.array([name for name, _, _ in bids]),
        "price": pa.array([price for _, _, price in bids]).cast(pa.decimal128(19, 0)).cast(pa.decimal128(18, 2)),
    }
    tables = [written(folder, "tender", {"tender_id": pa.array(list(tenders))}), written(folder, "bid", bid)]
    return Dataset(folder, {table.name: table for table in tables})


@pytest.mark.parametrize("lowest", [50, 95])
def test_random_prices_seldom_look_evenly_spaced(tmp_path: Path, lowest: int) -> None:
    made = {name: prices for bids in SPREAD for name, prices in random_bids(bids, lowest).items()}
    catalogue = load(SHIPPED, only=["BID-015"])
    finished = run(dataset(tmp_path, made), as_of=AS_OF, catalogue=catalogue, presume_present=True)
    found = {finding["subject_id"] for finding in finished.findings()}
    assert found == {name for name, prices in made.items() if is_even(prices)}
    shares = {bids: n / TENDERS for bids, n in Counter(name.split("/")[0] for name in found).items()}
    assert set(shares) == {str(bids) for bids in SPREAD}
    assert max(shares.values()) < LIMIT
