"""OCDS: reading and eleven indicators, beside ``ocdscardinal.coverage()`` and a plain parse of the same fields.

    python -m benchmarks.ocds [NUMBER_OF_RELEASES …]

Each figure is taken in a process of its own, after imports, with the file in the page cache; memory is the peak of
the process. The peer is the one pass that Cardinal's published package offers; its indicators are not in the package.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

CODES = ("R003", "R018", "R024", "R025", "R028", "R030", "R035", "R036", "R038", "R048", "R058")
RESULTS = Path(__file__).parent / "results"
LIMITS = {"from JSON": 1 / 2, "from Parquet": 1 / 7}  # of the peer's time


def peer(data: Path, folder: Path) -> float:
    import ocdscardinal

    return _timed(lambda: ocdscardinal.coverage(str(data)))


def plain_parse(data: Path, folder: Path) -> float:
    """The fields that the indicators look at, parsed by DuckDB and counted, nothing else."""
    import duckdb

    from lianfang.engine.sources.ocds import shape

    fields = shape.release(_wanted())
    columns = ", ".join(f"count({name})" for name in fields)
    sql = (
        f"SELECT {columns} FROM read_json('{data}', format = 'newline_delimited', records = true,"
        f" columns = {shape.columns(fields)})"
    )
    connection = duckdb.connect()
    connection.execute("SET preserve_insertion_order = false")
    return _timed(lambda: connection.execute(sql).fetchall())


def from_json(data: Path, folder: Path) -> float:
    return _scan(data, folder)


def from_parquet(data: Path, folder: Path) -> float:
    return _scan(folder / "saved", folder)


def save(data: Path, folder: Path) -> float:
    """Read the releases once into Parquet, whole: what ``from Parquet`` starts from."""
    from lianfang import engine

    return _timed(lambda: engine.read([data], folder=folder / "saved", mapping=folder / "mapping.yaml"))


def _wanted() -> dict[str, set[str]]:
    from lianfang import engine

    found: dict[str, set[str]] = {}
    for indicator in engine.load(only=CODES).indicators.values():
        for table, columns in indicator.reads().items():
            found.setdefault(table, set()).update(columns)
    return found


def _scan(place: Path, folder: Path) -> float:
    from lianfang import engine

    catalogue = engine.load(only=CODES)
    wanted = _wanted()

    def scan() -> None:
        with tempfile.TemporaryDirectory(dir=folder) as work:
            mapping = folder / "mapping.yaml" if place.is_file() else None
            dataset = engine.read([place], folder=Path(work) / "dataset", mapping=mapping, wanted=wanted)
            run = engine.run(
                dataset, as_of=date(2024, 12, 31), only=CODES, catalogue=catalogue, folder=Path(work) / "run"
            )
            assert all(outcome.status == "computed" for outcome in run.outcomes)

    return _timed(scan)


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


STEPS: dict[str, Callable[[Path, Path], float]] = {
    "ocdscardinal.coverage()": peer,
    "plain parse": plain_parse,
    "from JSON": from_json,
    "save as Parquet": save,
    "from Parquet": from_parquet,
}


def measured(step: str, data: Path, folder: Path) -> dict[str, float]:
    """Seconds and peak MB of a step, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.ocds", "--step", step, str(data), str(folder)]
    said = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ}).stdout
    found: dict[str, float] = json.loads(said.splitlines()[-1])
    return found


def bench(number: int) -> dict[str, dict[str, float]]:
    """Measure every step over ``number`` generated releases and print the ratios."""
    import yaml

    from benchmarks.ocds_data import SETTINGS, write

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = folder / "releases.jsonl"
        write(data, number)
        (folder / "mapping.yaml").write_text(yaml.safe_dump({"ocds": SETTINGS}, allow_unicode=True), encoding="utf-8")
        print(f"{number:,} releases, {data.stat().st_size / 1e6:,.0f} MB, {os.cpu_count()} cores")
        found = {step: measured(step, data, folder) for step in STEPS}
    base = found["ocdscardinal.coverage()"]["seconds"]
    for step, one in found.items():
        limit = f"  (to stay under {LIMITS[step]:.3f})" if step in LIMITS else ""
        print(f"  {step:26} {one['seconds']:7.2f} s {one['mb']:7,.0f} MB   × {one['seconds'] / base:.3f}{limit}")
    return found


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--step"]:
        seconds = STEPS[arguments[1]](Path(arguments[2]), Path(arguments[3]))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"seconds": round(seconds, 3), "mb": round(memory)}))
        return
    RESULTS.mkdir(exist_ok=True)
    for number in [int(argument) for argument in arguments] or [100_000]:
        text = json.dumps(bench(number), indent=1)
        (RESULTS / f"ocds-{number}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
