"""Mutants of an indicator: each threshold made a little stricter and a little laxer, to see whether a case notices."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from lianfang.engine.backends import DuckDB, NotCountable, RuleStopped
from lianfang.engine.cases import Case, dataset_of, difference
from lianfang.engine.catalogue import COLOURS, Indicator
from lianfang.engine.duck import open_duckdb
from lianfang.engine.findings import BrokenContract, Findings
from lianfang.engine.run import _House

COMPARISON = re.compile(r"metric\s*(>=|<=|>|<)\s*(-?\d+(?:\.\d+)?)")
TURNED = {">": ">=", ">=": ">", "<": "<=", "<=": "<"}
WHOLE_UNITS = {"count", "days", "workdays", "months", "years", "number"}
SHARE = Decimal("0.01")  # a small step for what is not counted in whole numbers


@dataclass(frozen=True)
class Mutant:
    """An indicator with one threshold changed, and the words that say which."""

    what: str
    indicator: Indicator


def steps(number: Decimal, whole: bool) -> tuple[Decimal, Decimal]:
    """The number a small step lower and higher."""
    step = Decimal(1) if whole else abs(number) * SHARE or SHARE
    return number - step, number + step


def colour_mutants(indicator: Indicator) -> Iterator[Mutant]:
    """The lowest colour holds for every row that a rule returns and so decides nothing: those above are changed."""
    colour = indicator.card.colour
    stated = [name for name in COLOURS if getattr(colour, name) is not None]
    for name in stated[1:]:
        text: str = getattr(colour, name)
        for found in COMPARISON.finditer(text):
            sign, number = found[1], Decimal(found[2])
            moved = steps(number, colour.metric.unit in WHOLE_UNITS and number == int(number))
            for put in (f"metric {TURNED[sign]} {number}", *(f"metric {sign} {one}" for one in moved)):
                changed = text[: found.start()] + put + text[found.end() :]
                card = msgspec.structs.replace(
                    indicator.card, colour=msgspec.structs.replace(colour, **{name: changed})
                )
                yield Mutant(f"{name}: {text} → {changed}", replace(indicator, card=card))


def parameter_mutants(indicator: Indicator) -> Iterator[Mutant]:
    for name, parameter in indicator.card.parameters.items():
        for place, dated in enumerate(parameter.values):
            if not isinstance(dated.value, int | float):
                continue
            for moved in steps(Decimal(str(dated.value)), parameter.type == "int"):
                values = list(parameter.values)
                values[place] = msgspec.structs.replace(dated, value=float(moved) if moved % 1 else int(moved))
                parameters = {**indicator.card.parameters, name: msgspec.structs.replace(parameter, values=values)}
                where = " ".join(str(part) for part in (name, dated.key, dated.since) if part is not None)
                card = msgspec.structs.replace(indicator.card, parameters=parameters)
                yield Mutant(f"{where}: {dated.value} → {moved.normalize():f}", replace(indicator, card=card))


class Prepared:
    """A case whose tables stand ready, so that many mutants can be tried on it."""

    def __init__(self, case: Case, indicator: Indicator, database: duckdb.DuckDBPyConnection) -> None:
        self.case, self.connection = case, database.cursor()
        with tempfile.TemporaryDirectory() as folder:
            data = dataset_of(case, Path(folder))
            self.house = _House(data, _InMemory(self.connection), self.connection, case.as_of, True)
            self.house.prepare(indicator)
        self.ran: str | None = None

    def differs(self, mutant: Indicator, bound: dict[Any, str]) -> bool:
        """Whether the mutant's findings are others than the expected ones."""
        values = mutant.values(self.case.parameters)
        asked = (self.case.as_of, self.case.complete, self.house.calendar.end, repr(values))
        if asked not in bound:
            bound[asked] = mutant.rule.bind(self.house.bindings(values), "duckdb")
        findings = Findings(self.connection)
        try:
            if self.ran != bound[asked]:
                self.ran = None
                self.house.backend.collect(bound[asked], self.connection, "_rows")
                self.ran = bound[asked]
            findings.add(mutant, "_rows")
        except (NotCountable, RuleStopped, BrokenContract):
            return True
        return difference(self.case.expected, self._found()) is not None

    def _found(self) -> list[Mapping[str, Any]]:
        cursor = self.connection.execute("SELECT * FROM findings")
        names = [column[0] for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        return [row | {"metric": float(row["metric"])} | json.loads(row["evidence"]) for row in rows]


class _InMemory(DuckDB):
    """Tables are copied in, so that no file has to outlive the preparation."""

    def add_parquet(self, name: str, path: Path) -> None:
        quoted = str(path).replace("'", "''")
        self.connection.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM read_parquet('{quoted}')")


def survivors(indicator: Indicator, cases: list[Case]) -> list[str]:
    """The mutants that no case notices."""
    telling = {"boundary": 0, "law_change": 1, "hit": 2}
    ordered = sorted(cases, key=lambda case: min((telling.get(shown, 3) for shown in case.shows), default=3))
    bound: dict[Any, str] = {}
    with ExitStack() as stack:
        database = stack.enter_context(open_duckdb())
        ready: list[Prepared] = []
        waiting = iter(ordered)

        def prepared() -> Iterator[Prepared]:
            yield from ready
            for case in waiting:
                ready.append(Prepared(case, indicator, database))
                stack.enter_context(ready[-1].connection)
                yield ready[-1]

        mutants = [*colour_mutants(indicator), *parameter_mutants(indicator)]
        return [m.what for m in mutants if not any(one.differs(m.indicator, bound) for one in prepared())]
