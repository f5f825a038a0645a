"""What each file is: canonical by name, mapped, open data, an event log, or proposed; and its rows taken in."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from lianfang.engine import mapping, quality
from lianfang.engine.fault import Fault, say
from lianfang.engine.identity import IDENTITY, SIEVE, Digester
from lianfang.engine.mapping import Plan, Rules, Take
from lianfang.engine.quality import Part, Tally, quoted
from lianfang.engine.rejects import LISTED, Source
from lianfang.engine.sources import ENDINGS, PACKED, ROW, Empty, Sheet, event_log, ocds, sheets
from lianfang.engine.tables import Table, tables
from lianfang.engine.values import among, literal

Progress = Callable[[str, int, int], None]
IGNORED = re.compile(r"mapping\.yaml|dataset\.json|(readme|licen[cs]e)(\..*)?|.*\.md|\..*|~\$.*", re.IGNORECASE)


class Intake:
    """The rows of all files as parts of canonical tables in DuckDB, with everything that was noted on the way."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        rules: Rules,
        digester: Digester | None,
        progress: Progress | None = None,
        wanted: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        self.con, self.rules, self.digester, self.progress, self.wanted = con, rules, digester, progress, wanted
        self.tally = Tally()
        self.parts: dict[str, list[Part]] = {}
        self.canonical: dict[str, list[Path]] = {}  # Parquet files that may be used where they are
        self.whole: dict[str, tuple[str, str]] = {}  # files and relation of tables that a source fills with keys once
        self.lacking: dict[str, str] = {}  # tables of which a file could not be used, with the reason
        self.rejected: dict[str, int] = {}  # rows that a source rejected before they were rows of the table
        self.others: list[tuple[str, int | None, str]] = []  # those rows: file, row, reason
        self.sources: dict[int, Source] = {}
        self.cells: dict[int, dict[int, dict[str, str | None]]] = {}  # rejected rows as they were
        self.notes: list[str] = []
        self.unread: list[str] = []
        self._again: dict[int, tuple[Path | str, int | None]] = {}
        self._open_data: list[Path] = []
        self._logs: list[Path] = []
        self._ruled: set[str] = set()
        self._left_over: dict[str, dict[str, None]] = {}  # headers without a place, by table
        quality.prepare(con)

    def add(self, path: Path | str, *, named: bool) -> bool:
        """Take in a file or database; False: it is none that can be read. ``named``: the user named this very file."""
        if self._by_rules(path):
            return True
        if isinstance(path, Path):
            if self._is_log(path, asked=True) or self._is_open_data(path):
                return True
            if path.name.lower().removesuffix(".gz").endswith(".xes") and self._is_log(path, asked=False):
                return True
            if not named and not _has_known_ending(path):
                self.unread.append(path.name)
                return False
            table = mapping.table_named(_stem(path))
            if table is not None and path.suffix.lower() == ".parquet":
                self.canonical.setdefault(table.name, []).append(path)
                return True
            if (table is None or not _has_known_ending(path)) and self._is_log(path, asked=False):
                return True
        try:
            found = [self._by_names(path, sheet) for sheet in sheets(path)]
        except Empty as empty:
            if named:
                raise
            self.notes.append(str(empty))
            return False
        if not any(found):
            self.unread.append(Path(str(path)).name)
        return any(found)

    def finish(self) -> dict[str, Path]:
        """Take in what is read all at once; the canonical Parquet files that can be used in place, by table."""
        for rule in self.rules.files:
            if rule.where not in self._ruled:
                self.notes.append(
                    say(f"{rule.where}:没有文件符合 {rule.match}", f"{rule.where}: no file matches {rule.match}")
                )
        self._load(self._open_data, ocds, self.rules.ocds, "tender")
        self._load(self._logs, event_log, self.rules.event_log, "event")
        placed = {}
        for name, paths in self.canonical.items():
            if len(paths) == 1 and name not in self.parts and fits(self.con, tables()[name], paths[0]):
                placed[name] = paths[0]
                continue
            for path in paths:
                for sheet in sheets(path):
                    if not self._by_names(path, sheet):
                        self.unread.append(path.name)
        for name, headers in self._left_over.items():
            self.tally.add(name, "", "left_over", len(headers), headers)
        return placed

    # ---- kinds of files

    def _by_rules(self, path: Path | str) -> bool:
        rules = [rule for rule in self.rules.files if mapping.applies(rule, Path(str(path)).name)]
        for rule in rules:
            self._ruled.add(rule.where)
            found = 0
            for found, sheet in enumerate(sheets(path, rule.header_row, rule.sheet), 1):  # noqa: B007
                self._take(path, sheet, mapping.by_rule(rule, sheet), rule.header_row)
            if not found:
                names = [sheet.name for sheet in sheets(path)]
                raise mapping.unknown(f"{rule.where} › sheet ({Path(str(path)).name})", rule.sheet or "", names)
        return bool(rules)

    def _is_open_data(self, path: Path) -> bool:
        if ocds.is_ocds(path):
            self._open_data.append(path)
            return True
        return False

    def _is_log(self, path: Path, *, asked: bool) -> bool:
        """Whether the file is an event log, by the mapping's word (``asked``) or by its first lines."""
        match = (self.rules.event_log or {}).get("match")
        if fnmatch(path.name, str(match)) if asked and match else not asked and event_log.is_event_log(path):
            self._logs.append(path)
            return True
        return False

    def _by_names(self, path: Path | str, sheet: Sheet) -> bool:
        stem = _stem(path) if isinstance(path, Path) else ""
        known = [table for name in (sheet.name, stem) if name and (table := mapping.table_named(name)) is not None]
        plan = next((plan for table in known if (plan := mapping.recognised(sheet, table)) is not None), None)
        if plan is None and (plan := self._proposed(sheet)) is None:
            return False
        missing = [c.zh for c in plan.table.columns.values() if c.required and c.name not in plan.takes]
        if missing and (proposed := self._proposed(sheet, plan.table)) is not None:
            plan, missing = proposed, []
        if missing:
            what = say(f"缺少必填列 {'、'.join(missing)}", f"required columns are missing: {', '.join(missing)}")
            self.lacking[plan.table.name] = f"{sheet.origin}: {what}"
            return True
        self._take(path, sheet, plan, None)
        return True

    def _proposed(self, sheet: Sheet, table: Table | None = None) -> Plan | None:
        """The plan by headers and contents where it is certain, and for that table where one is given."""
        from lianfang.engine import proposal

        found = proposal.of_sheet(sheet)
        if found is None or not found.certain or (table is not None and found.table is not table):
            return None
        share = f"{found.score:.0%}"
        self.notes.append(
            say(
                f"{sheet.origin}:按列名和内容认作 {found.table.name}({found.table.zh}),把握 {share}",
                f"{sheet.origin}: taken for {found.table.name} by headers and contents ({share} sure)",
            )
        )
        return found.plan(sheet)

    # ---- rows

    def _take(self, path: Path | str, sheet: Sheet, plan: Plan, header_row: int | None) -> None:
        number = self._begin(plan, sheet)
        self._again[number] = (path, header_row)
        self.notes += [f"{sheet.origin}: {note}" for note in sheet.notes]
        self._left_over.setdefault(plan.table.name, {}).update(dict.fromkeys(plan.left_over))
        named = {header: f"c{place}" for place, header in enumerate(sheet.columns)}
        rows = sheet.rows.select([ROW, *sheet.columns])
        self.con.register("_sheet", rows.rename_columns([ROW, *named.values()]))
        part = quality.read_part(self.con, plan, sheet, number, self.digester, self.tally)
        self.con.unregister("_sheet")
        self.parts.setdefault(plan.table.name, []).append(part)
        asked = f"SELECT DISTINCT row FROM {quality.ISSUES} WHERE source = {number} ORDER BY 1 LIMIT {LISTED}"
        self.cells[number] = _cells(sheet, [row for (row,) in self.con.execute(asked).fetchall()])

    def _begin(self, plan: Plan, sheet: Sheet) -> int:
        number = len(self.sources)
        self.sources[number] = Source(sheet.file, sheet.name, plan)
        return number

    def read_again(self, number: int, rows: list[int]) -> None:
        """Fetch rejected rows as they were, of a sheet that is no longer in memory."""
        missing = [row for row in rows if row not in self.cells.setdefault(number, {})]
        source = self.sources[number]
        if missing and number in self._again:
            path, header_row = self._again[number]
            for sheet in sheets(path, header_row):
                if sheet.name == source.sheet:
                    self.cells[number] |= _cells(sheet, missing)
        elif missing:
            listed = pa.table({ROW: pa.array(missing, pa.int64())})
            self.con.register("_rows", listed)
            cast = f"CAST(COLUMNS(* EXCLUDE ({ROW}, {quality.SOURCE})) AS VARCHAR)"
            asked = f"SELECT {ROW}, {cast} FROM _part_{number} SEMI JOIN _rows USING ({ROW})"
            found = self.con.sql(asked).to_arrow_table().to_pylist()
            self.con.unregister("_rows")
            self.cells[number] |= {row.pop(ROW): row for row in found}

    def _load(self, paths: list[Path], source: Any, settings: Mapping[str, Any] | None, blamed: str) -> None:
        """Take in the tables that a source fills by itself, and what it could not use."""
        if not paths:
            return
        file = paths[0].name if len(paths) == 1 else say(f"{len(paths)} 个文件", f"{len(paths)} files")
        more = {"progress": self.progress, "wanted": self.wanted} if source is ocds else {}
        for name, relation in source.load(self.con, paths, settings or {}, **more).items():
            if source.KEYS_ONCE and name not in self.parts and name not in self.canonical:
                self.whole[name] = (file, relation)
            else:
                self.take_relation(name, file, relation)
        refused = self.con.execute(f"SELECT file, row, reason FROM {source.REJECTED} ORDER BY 1, 2").fetchall()
        self.others += refused
        self.rejected[blamed] = len(refused)
        told = self.con.execute(f"SELECT file, note FROM {source.NOTES}").fetchall()
        self.notes += [f"{file}: {note}" for file, note in told]

    def take_relation(self, name: str, file: str, relation: str) -> None:
        """Take in a table that a source filled, row by row like a sheet."""
        table = tables()[name]
        columns = [column for column, *_ in self.con.execute(f"DESCRIBE {relation}").fetchall()]
        plan = Plan(table, {c: Take(header=c) for c in table.columns if c in columns})
        selected = ", ".join(f"{quoted(column)} AS c{place}" for place, column in enumerate(columns))
        self.con.execute(
            f"CREATE TEMP TABLE _sheet AS SELECT row_number() OVER () AS {ROW}, {selected} FROM {relation}"
        )
        sheet = Sheet(file, file, name, tuple(columns), pa.table({}), typed=True)
        part = quality.read_part(self.con, plan, sheet, self._begin(plan, sheet), self.digester, self.tally)
        self.con.execute("DROP TABLE _sheet")
        self.parts.setdefault(name, []).append(part)


def _cells(sheet: Sheet, rows: list[int]) -> dict[int, dict[str, str | None]]:
    """The given rows of a sheet as texts by header."""
    if not rows:
        return {}
    found = sheet.rows.filter(pc.is_in(sheet.rows.column(ROW), value_set=pa.array(rows, pa.int64())))
    return {
        row.pop(ROW): {header: None if value is None else str(value) for header, value in row.items()}
        for row in found.to_pylist()
    }


def _stem(path: Path) -> str:
    return path.with_suffix("").stem if path.suffix.lower() == ".gz" else path.stem


def _has_known_ending(path: Path) -> bool:
    ending = path.suffix.lower().lstrip(".")
    if ending == "gz":
        return path.with_suffix("").suffix.lower().lstrip(".") in PACKED
    return ending in ENDINGS


def listed(folder: Path) -> Iterator[Path]:
    """The files of a folder that may hold data, in order of their names."""
    for path in sorted(folder.iterdir()):
        if path.is_file() and not IGNORED.fullmatch(path.name):
            yield path


# ---- canonical Parquet -----------------------------------------------------------------------------------------


def types(con: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    """The columns of a Parquet file and their DuckDB types."""
    try:
        found = con.execute(f"DESCRIBE SELECT * FROM read_parquet({literal(str(path))})").fetchall()
    except duckdb.Error:
        raise Fault(
            path.name,
            say("不是完好的 Parquet 文件。", "is no whole Parquet file."),
            say("重新导出或拷贝。", "export or copy it again."),
        ) from None
    return {name: kind for name, kind, *_ in found}


def is_canonical(table: Table, found: Mapping[str, str]) -> bool:
    """Whether a file has nothing but columns of the table, each of its type."""
    return bool(found) and all(
        name in table.columns and table.columns[name].sql_type == kind for name, kind in found.items()
    )


def fits(con: duckdb.DuckDBPyConnection, table: Table, path: Path, *, keys_once: bool = False) -> bool:
    """Whether a Parquet file can be used as it is: canonical, complete where required, keys once, no plain numbers.

    ``keys_once``: the keys are known to be so.
    """
    found = types(con, path)
    required = {column.name for column in table.columns.values() if column.required}
    if not is_canonical(table, found) or not required <= set(found):
        return False
    doubts = [doubt for name in found for doubt in _doubts(table, name)]
    file = f"read_parquet({literal(str(path))})"
    if doubts and con.execute(f"SELECT count(CASE WHEN {' OR '.join(doubts)} THEN 1 END) FROM {file}").fetchall()[0][0]:
        return False
    if keys_once or not set(table.key) <= set(found):
        return True
    key = ", ".join(quoted(name) for name in table.key)
    return not con.execute(f"SELECT 1 FROM {file} GROUP BY {key} HAVING count(*) > 1 LIMIT 1").fetchall()


def _doubts(table: Table, name: str) -> Iterator[str]:
    """Conditions under which a row of canonical types has still to be looked at."""
    column, quoted_name = table.columns[name], quoted(name)
    if column.required:
        yield f"{quoted_name} IS NULL"
    if column.minimum is not None:
        yield f"{quoted_name} < {column.minimum}"
    if column.maximum is not None:
        yield f"{quoted_name} > {column.maximum}"
    if column.sql_type == "VARCHAR":
        yield f"{quoted_name} IN {among(('', *column.defaults))}"
    if column.codes and not column.open_codes:
        yield f"{quoted_name} NOT IN {among(column.codes)}"
    if column.synonyms:
        yield f"{quoted_name} IN {among(word for word, _ in column.synonyms)}"
    if column.type == "status":
        yield f"{quoted_name} NOT IN ('yes', 'no', 'unknown')"
    if column.type == "person_key":
        yield rf"regexp_full_match({quoted_name}, '\d{{15}}|\d{{17}}[\dXx]')"
    elif column.type == "text":
        pattern = SIEVE if column.sensitivity == "personal" else IDENTITY
        yield f"(length({quoted_name}) BETWEEN 11 AND 24 AND regexp_full_match({quoted_name}, '{pattern}'))"
