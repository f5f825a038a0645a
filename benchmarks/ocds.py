"""Eleven procurement indicators over made-up compiled releases, beside OCDS Cardinal's coverage of the same file.

    python -m benchmarks.ocds [RELEASES] [--repeat N]

Each figure is the best of N runs, each in a process of its own: seconds of the call, without imports, and the peak
of memory. ``coverage`` is what the published Python package of Cardinal offers; its indicators need its own program.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from benchmarks.ocds_data import SETTINGS, write

if TYPE_CHECKING:
    from lianfang.engine.catalogue import Catalogue

CODES = ("R003", "R018", "R024", "R025", "R028", "R030", "R035", "R036", "R038", "R048", "R058")
AS_OF = date(2030, 1, 1)
RESULTS = Path(__file__).parent / "results"
# measure → what it is, and the part of coverage's time that it must stay under
MEASURES: dict[str, tuple[str, float | None]] = {
    "coverage": ("ocdscardinal.coverage()", None),
    "orjson": ("parse every line with orjson, nothing else", None),
    "duckdb": ("parse the fields of the eleven with DuckDB, nothing else", None),
    "json": ("scan --only the eleven, from JSON", 1 / 2),
    "json_all": ("read every table and field, then the eleven", None),
    "parquet": ("the eleven, from the Parquet saved", 1 / 7),
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("releases", nargs="?", type=int, default=100_000)
    options.add_argument("--repeat", type=int, default=3)
    options.add_argument("--one", choices=MEASURES, help=argparse.SUPPRESS)
    options.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.one:
        print(json.dumps(_one(given.one, given.folder)))
        return
    with tempfile.TemporaryDirectory(prefix="ocds-bench-") as folder:
        result = measure(given.releases, given.repeat, Path(folder))
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"ocds-{given.releases}.json"
    path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(_drawn(result))


def measure(releases: int, repeat: int, folder: Path) -> dict[str, Any]:
    """Write the data, run every measure ``repeat`` times by turns, and keep the best of each."""
    data = folder / "releases.jsonl"
    write(data, releases)
    (folder / "mapping.yaml").write_text(yaml.safe_dump({"ocds": SETTINGS}), encoding="utf-8")
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in MEASURES}
    for _ in range(repeat):
        for name in MEASURES:
            command = [sys.executable, "-m", "benchmarks.ocds", "--one", name, "--folder", str(folder)]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            runs[name].append(json.loads(said))
    return {
        "releases": releases,
        "bytes": data.stat().st_size,
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in ("duckdb", "ocdscardinal", "orjson")},
        "repeat": repeat,
        "measures": {name: min(found, key=lambda run: run["seconds"]) for name, found in runs.items()},
    }


def _one(name: str, folder: Path) -> dict[str, float]:
    """Run one measure in this process."""
    work = _MAKERS[name](folder)
    start = time.perf_counter()
    findings = work()
    seconds = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_SELF)
    figures = {"seconds": seconds, "cpu_seconds": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss / 1024}
    return figures | ({} if findings is None else {"findings": findings})


Work = Callable[[], int | None]


def _coverage(folder: Path) -> Work:
    import ocdscardinal

    def work() -> None:
        ocdscardinal.coverage(str(folder / "releases.jsonl"))

    return work


def _orjson(folder: Path) -> Work:
    import orjson

    def work() -> None:
        with (folder / "releases.jsonl").open("rb") as lines:
            for line in lines:
                orjson.loads(line)

    return work


def _duckdb(folder: Path) -> Work:
    import duckdb

    from lianfang.engine import catalogue
    from lianfang.engine.sources.ocds import reading
    from lianfang.engine.sources.ocds.settings import parse

    wanted = _wanted(catalogue.load(only=CODES))

    def work() -> None:
        con = duckdb.connect()
        con.execute("SET preserve_insertion_order = false")
        reading.read(con, [folder / "releases.jsonl"], parse(SETTINGS), wanted, None)

    return work


def _json(folder: Path) -> Work:
    from lianfang import engine
    from lianfang.engine import catalogue

    def work() -> int:
        mapping, data = folder / "mapping.yaml", folder / "releases.jsonl"
        loaded = catalogue.load(only=CODES)
        with tempfile.TemporaryDirectory(dir=folder) as made:
            dataset = engine.read([data], folder=Path(made) / "dataset", mapping=mapping, wanted=_wanted(loaded))
            run = engine.run(dataset, as_of=AS_OF, only=CODES, catalogue=loaded)
            return sum(outcome.findings for outcome in run.outcomes)

    return work


def _json_all(folder: Path) -> Work:
    from lianfang import engine

    def work() -> int:
        dataset = engine.read([folder / "releases.jsonl"], folder=folder / "dataset", mapping=folder / "mapping.yaml")
        return sum(outcome.findings for outcome in engine.run(dataset, as_of=AS_OF, only=CODES).outcomes)

    return work


def _parquet(folder: Path) -> Work:
    from lianfang import engine

    def work() -> int:
        dataset = engine.open_dataset(folder / "dataset")
        return sum(outcome.findings for outcome in engine.run(dataset, as_of=AS_OF, only=CODES).outcomes)

    return work


_MAKERS: dict[str, Callable[[Path], Work]] = {
    "coverage": _coverage,
    "orjson": _orjson,
    "duckdb": _duckdb,
    "json": _json,
    "json_all": _json_all,
    "parquet": _parquet,
}


def _wanted(loaded: Catalogue) -> dict[str, set[str]]:
    """The columns that the eleven look at."""
    found: dict[str, set[str]] = {}
    for indicator in loaded.chosen(CODES):
        for table, columns in indicator.reads().items():
            found.setdefault(table, set()).update(columns)
    return found


def _drawn(result: dict[str, Any]) -> str:
    peer = result["measures"]["coverage"]["seconds"]
    lines = [
        f"{result['releases']:,} releases, {result['bytes'] / 1e9:.2f} GB, {result['cpus']} CPUs,"
        f" best of {result['repeat']}",
        f"{'':58} {'seconds':>8} {'ratio':>7} {'limit':>7} {'peak MB':>8} {'findings':>9}",
    ]
    for name, (what, limit) in MEASURES.items():
        found = result["measures"][name]
        bound = "" if limit is None else f"{limit:.3f}"
        lines.append(
            f"{what:58} {found['seconds']:8.2f} {found['seconds'] / peer:7.3f} {bound:>7} {found['peak_mb']:8.0f}"
            f" {found.get('findings', ''):>9}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
