"""A mapping proposed for a file: which table its sheets are, by headers and contents, and how sure that is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import log2
from pathlib import Path
from statistics import fmean

import pyarrow as pa
import yaml
from rapidfuzz import fuzz, process

from lianfang.engine import identity, values
from lianfang.engine.duck import open_duckdb
from lianfang.engine.fault import say
from lianfang.engine.mapping import Plan, Take, plain, with_unit
from lianfang.engine.sources import Sheet, event_log, ocds, sheets
from lianfang.engine.tables import Column, Table, tables

CERTAIN = 0.75  # from here on, and well ahead of the next table, a file is read without being asked
AHEAD = 0.1
POSSIBLE = 0.25  # below it no table is named: it would mislead
SURE = 0.85  # a column below this is marked as doubtful
SAMPLE = 300  # values of a column that are looked at
READABLE = 0.9  # share of a column's values that its type should read
EXACT, GENERAL, INSTEAD, NEAR, OWN_ID = 1.0, 0.95, 0.8, 0.79, 0.75
FORMATS = (
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%d.%m.%Y",
    "%d/%m/%y",
    "%d-%b-%Y",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
)
_EPOCH = r"1[0-9]{9}(?:[0-9]{3})?"
NUMBERING = ("序号", "行号", "no", "unnamed")  # headers that say nothing of the table
IDS = ("id", "编号", "编码", "代码", "code")  # headers that may be the key of any table


@dataclass(frozen=True)
class Guess:
    """A header taken for a canonical column, how sure that is, and why not surer."""

    column: Column
    header: str
    score: float
    doubt: str | None = None
    formats: tuple[str, ...] = ()


@dataclass(frozen=True)
class SheetProposal:
    """The table that a sheet seems to be, and its columns."""

    file: str
    sheet: str
    table: Table
    score: float
    next_table: Table | None
    next_score: float
    guesses: tuple[Guess, ...]
    left_over: tuple[str, ...]
    takes: dict[str, Take]

    @property
    def missing(self) -> list[Column]:
        """Required columns that no header was found for."""
        return [column for column in self.table.columns.values() if column.required and column.name not in self.takes]

    @property
    def certain(self) -> bool:
        sure = {guess.column.name for guess in self.guesses if guess.score >= SURE}
        required = {column.name for column in self.table.columns.values() if column.required}
        return required <= sure and self.score >= CERTAIN and self.score - self.next_score >= AHEAD

    def plan(self, sheet: Sheet) -> Plan:
        """What is read of the sheet when nobody is asked: only the columns that are sure."""
        sure = {guess.column.name for guess in self.guesses if guess.score >= SURE}
        takes = {name: take for name, take in self.takes.items() if name in sure}
        used = {take.header for take in takes.values()}
        return Plan(self.table, takes, tuple(header for header in sheet.columns if header not in used))


@dataclass(frozen=True)
class Proposal:
    """A mapping.yaml for a file, to be looked over."""

    sheets: tuple[SheetProposal, ...]
    unknown: tuple[str, ...]  # sheets that seem to be none of the tables
    note: str | None = None

    @property
    def text(self) -> str:
        if self.note:
            return f"# {self.note}\nfiles: []\n"
        lines = [say("# 请核对标“?”的行。", "# Please check the lines marked with ?.")]
        lines += [
            say(f"# {origin}:认不出是哪张表。", f"# {origin}: no table was recognised.") for origin in self.unknown
        ]
        lines.append("files:" if self.sheets else "files: []")
        several = len(self.sheets) + len(self.unknown) > 1
        for found in self.sheets:
            lines += _entry(found, several)
        return "\n".join(lines) + "\n"


def propose(path: Path | str) -> Proposal:
    """Look at every sheet of a file."""
    if isinstance(path, Path) and (ocds.is_ocds(path) or event_log.is_event_log(path)):
        what = "OCDS" if ocds.is_ocds(path) else say("办件日志", "an event log")
        return Proposal(
            (),
            (),
            say(f"{path.name} 是{what},不用映射即可读入", f"{path.name} is {what} and is read without a mapping"),
        )
    found, unknown = [], []
    for sheet in sheets(path):
        proposal = of_sheet(sheet)
        if proposal is None:
            unknown.append(sheet.origin)
        else:
            found.append(proposal)
    return Proposal(tuple(found), tuple(unknown))


def of_sheet(sheet: Sheet) -> SheetProposal | None:
    """The table that fits a sheet best, or None when none explains enough of it."""
    looks = _looks(sheet)
    # an empty column still tells the table where it has the name of one
    headers = [
        header
        for header in sheet.columns
        if (looks[header].filled or plain(header) in _names()) and plain(header) not in NUMBERING
    ]
    candidates = _candidates(headers)
    ranked = []
    for table in tables().values():
        guesses = _assigned(candidates.get(table.name, []), looks, table)
        if len(guesses) >= 2:
            ranked.append((_score(table, guesses, headers, sheet), table, guesses))
    ranked.sort(key=lambda entry: (-entry[0], entry[1].name))
    if not ranked or ranked[0][0] < POSSIBLE:
        return None
    score, table, guesses = ranked[0]
    next_score, next_table = (ranked[1][0], ranked[1][1]) if len(ranked) > 1 else (0.0, None)
    takes = {g.column.name: with_unit(Take(header=g.header, formats=g.formats), g.column, sheet) for g in guesses}
    if len(table.key) == 1 and table.key[0] not in takes and table.columns[table.key[0]].type == "text":
        takes[table.key[0]] = Take(row=True)
    used = {guess.header for guess in guesses}
    left_over = tuple(header for header in sheet.columns if header not in used)
    return SheetProposal(sheet.file, sheet.name, table, score, next_table, next_score, tuple(guesses), left_over, takes)


# ---- names -----------------------------------------------------------------------------------------------------


@cache
def _names() -> dict[str, list[tuple[str, str, float]]]:
    """Every name of a column in its plain form → tables and columns that it may stand for, and how surely."""
    text = files("lianfang.engine").joinpath("synonyms.yaml").read_text(encoding="utf-8")
    known = yaml.safe_load(text)
    found: dict[str, dict[tuple[str, str], float]] = {}
    for table in tables().values():
        for column in table.columns.values():
            whole = f"{table.name}.{column.name}"
            own = [(name, EXACT) for name in (column.zh, column.en, column.name, *known["columns"].get(whole, ()))]
            own += [(name, GENERAL) for name in known["columns"].get(column.name, ())]
            own += [(name, INSTEAD) for name in known["instead"].get(whole, ())]
            for name, score in own:
                entry = found.setdefault(plain(str(name)), {})
                entry[table.name, column.name] = max(score, entry.get((table.name, column.name), 0))
    return {name: [(*place, score) for place, score in entry.items()] for name, entry in found.items() if name}


@cache
def _table_words() -> dict[str, list[str]]:
    known = yaml.safe_load(files("lianfang.engine").joinpath("synonyms.yaml").read_text(encoding="utf-8"))
    return {t.name: [t.zh, t.en.lower(), t.name, *map(str, known["tables"].get(t.name, ()))] for t in tables().values()}


def _candidates(headers: Sequence[str]) -> dict[str, list[tuple[float, str, str]]]:
    """For each table the headers that may be columns of it: (similarity, header, column)."""
    names = _names()
    found: dict[str, list[tuple[float, str, str]]] = {}
    for header, text in ((h, form) for h in headers for form in dict.fromkeys((plain(h), plain(h.rpartition(".")[2])))):
        if text in IDS:
            for own in tables().values():
                if len(own.key) == 1:
                    found.setdefault(own.name, []).append((OWN_ID, header, own.key[0]))
        near = process.extract(text, names.keys(), scorer=fuzz.ratio, score_cutoff=70, limit=30) if text else []
        alike = {name: NEAR * ratio / 100 for name, ratio, _ in near if name != text}
        alike |= {name: max(alike.get(name, 0), share) for name, share in _contained(text, names)}
        if text in names:
            alike[text] = 1.0
        for name, similarity in alike.items():
            for table, column, score in names[name]:
                found.setdefault(table, []).append((similarity * score, header, column))
    return found


def _contained(text: str, names: Mapping[str, object]) -> Iterator[tuple[str, float]]:
    """Names that stand within a header, or the other way round: 中标供应商 in 中标供应商名称."""
    for name in names:
        short, long = sorted((name, text), key=len)
        if len(short) >= (2 if not short.isascii() else 5) and short != long and short in long:
            yield name, 0.5 + 0.3 * len(short) / len(long)


# ---- contents --------------------------------------------------------------------------------------------------

_KINDS = {
    kind: Column(name, kind_type, "", "")
    for kind, name, kind_type in (
        ("date", "day", "date"),
        ("month", "month", "date"),
        ("timestamp", "time", "timestamp"),
        ("money", "amount", "money"),
        ("ratio", "ratio", "ratio"),
        ("int", "count", "int"),
        ("bool", "yes", "bool"),
        ("status", "status", "status"),
    )
}


@dataclass(frozen=True)
class _Look:
    """What a column's values look like: shares of them that each type reads, forms of dates, identity numbers."""

    filled: int
    share: float  # of the rows that are filled
    shares: Mapping[str, float]
    identity: float
    distinct: float
    words: frozenset[str]


def _looks(sheet: Sheet) -> dict[str, _Look]:
    samples = {header: _sample(sheet, header) for header in sheet.columns}
    flat = [(number, value) for number, sample in enumerate(samples.values()) for value in sample]
    cells = pa.table(
        {"n": pa.array([n for n, _ in flat], pa.int32()), "r": pa.array([v for _, v in flat], pa.string())}
    )
    tests = {kind: f"count({values.typed('r', column)})" for kind, column in _KINDS.items()}
    tests |= {form: f"count(try_strptime(r, '{form}'))" for form in FORMATS}
    tests[values.EPOCH] = f"count(CASE WHEN regexp_full_match(r, '{_EPOCH}') THEN 1 END)"
    with open_duckdb() as con:
        con.register("cells", cells)
        rows = con.execute(f"SELECT n, {', '.join(tests.values())} FROM cells GROUP BY n").fetchall()
    counted = {number: dict(zip(tests, counts, strict=True)) for number, *counts in rows}
    return {
        header: _look(
            sample, 1 - sheet.rows.column(header).null_count / max(sheet.rows.num_rows, 1), counted.get(n, {})
        )
        for n, (header, sample) in enumerate(samples.items())
    }


def _look(sample: Sequence[str], share: float, counted: Mapping[str, int]) -> _Look:
    size = max(len(sample), 1)
    shares = {kind: count / size for kind, count in counted.items()}
    numbers = sum(identity.looks_like_identity(value) for value in sample)
    first = sample[:SAMPLE]  # a repeated key stands on lines that follow each other
    distinct = len(set(first)) / max(len(first), 1)
    return _Look(len(sample), share, shares, numbers / size, distinct, frozenset(sample))


def _sample(sheet: Sheet, header: str) -> list[str]:
    """The first values of a column and as many from the rest: a list in order of days tells day from month late."""
    column = sheet.rows.column(header).drop_null()
    rest = range(SAMPLE, len(column), max(1, (len(column) - SAMPLE) // SAMPLE))
    places = [*range(min(SAMPLE, len(column))), *rest[:SAMPLE]]
    texts = [str(value) for value in column.take(pa.array(places, pa.int64())).to_pylist()]
    return [text for text in texts if text not in values.NO_VALUE]


def _guess(column: Column, header: str, similarity: float, look: _Look, table: Table) -> Guess | None:
    """The header as the column, less sure where its values do not look like it; None where they cannot be it."""
    if not look.filled:
        return Guess(column, header, similarity) if similarity >= GENERAL and not column.required else None
    score, doubts = similarity, []
    if similarity == INSTEAD:
        doubts.append(say("以名称代替代码", "a name instead of a code"))
    elif similarity < SURE:
        doubts.append(say("列名相近", "the names are alike"))
    share, formats = _readable(column, look)
    if share < 0.5 or (column.type == "person_key" and look.identity < 0.5 and similarity < GENERAL):
        return None
    if share < READABLE:
        score *= 0.8
        doubts.append(say(f"{1 - share:.0%} 的值读不出", f"{1 - share:.0%} of the values cannot be read"))
    if len(formats) > 1:
        score *= 0.8
        doubts.append(say("日月顺序不明", "day and month may be the other way round"))
    if look.identity > 0.5 and column.type != "person_key" and column.sensitivity != "personal":
        score *= 0.3
        doubts.append(say("含证件号", "holds identity numbers"))
    if column.required and look.share < READABLE:
        score *= 0.7
        doubts.append(say(f"{1 - look.share:.0%} 为空", f"{1 - look.share:.0%} are empty"))
    if table.key == (column.name,) and look.distinct < 0.95:
        score *= 0.7
        doubts.append(say("作主键有重复", "repeats, as a key must not"))
    return Guess(column, header, score, say(";", "; ").join(doubts) or None, formats[:1])


def _readable(column: Column, look: _Look) -> tuple[float, tuple[str, ...]]:
    """The share of values that the column would read, and the forms of date that this needs."""
    if column.type in ("date", "timestamp"):
        usual = look.shares.get("month" if values.is_month(column) else column.type, 0)
        forms = tuple(form for form in (*FORMATS, values.EPOCH) if look.shares.get(form, 0) >= 0.98)
        return (usual, ()) if usual >= 0.5 or not forms else (look.shares[forms[0]], forms)
    if column.type == "code" and column.codes and not column.open_codes:
        known = {*column.codes, *(word for word, _ in column.synonyms)}
        return sum(word in known for word in look.words) / max(len(look.words), 1), ()
    kind = "money" if column.type == "quantity" else column.type
    return look.shares.get(kind, 1.0 if column.sql_type == "VARCHAR" and column.type != "status" else 0.0), ()


# ---- tables ----------------------------------------------------------------------------------------------------


def _assigned(candidates: Sequence[tuple[float, str, str]], looks: Mapping[str, _Look], table: Table) -> list[Guess]:
    """One header for each column, the surest first."""
    guesses = [
        _guess(table.columns[name], header, similarity, looks[header], table) for similarity, header, name in candidates
    ]
    taken: list[Guess] = []
    for guess in sorted((g for g in guesses if g is not None), key=lambda g: (-g.score, g.header, g.column.name)):
        if guess.score >= 0.4 and all(guess.column is not t.column and guess.header != t.header for t in taken):
            taken.append(guess)
    return taken


def _score(table: Table, guesses: Sequence[Guess], headers: Sequence[str], sheet: Sheet) -> float:
    """How well a table explains a sheet: its headers, the rare ones more; its required columns; its name."""
    matched = {guess.header: guess.score for guess in guesses}
    weights = {header: _rarity(header) for header in headers}
    explained = sum(matched.get(h, 0) * w for h, w in weights.items()) / max(sum(weights.values()), 1e-9)
    required = [column for column in table.columns.values() if column.required]
    scores = {guess.column.name: guess.score for guess in guesses}
    made = table.key[0] if len(table.key) == 1 else None  # an id can be made where there is none
    needed = (
        fmean(scores.get(column.name, 0.5 if column.name == made else 0) for column in required) if required else 1.0
    )
    named = (
        max(fuzz.partial_ratio(word, f"{sheet.name} {sheet.file}".lower()) for word in _table_words()[table.name]) / 100
    )
    # A table of two columns is soon complete: what is needed counts fully only where much is explained.
    return 0.5 * explained + 0.35 * needed * min(1, explained / 0.3) + 0.15 * (named if named > 0.8 else 0)


@cache
def _rarity(header: str) -> float:
    """What a header says of the table: much when few tables have such a column."""
    known = len({table for table, *_ in _names().get(plain(header), ())})
    return 1 / (1 + log2(known)) if known else 0.6


# ---- as text ---------------------------------------------------------------------------------------------------


def _entry(found: SheetProposal, several: bool) -> list[str]:
    table, pattern = found.table, found.file.replace("[", "[[]").replace("*", "[*]").replace("?", "[?]")
    sure = say(f"把握 {found.score:.0%}", f"{found.score:.0%} sure")
    other = f", {found.next_table.name} {found.next_score:.0%}" if found.next_table else ""
    lines = [f"  - match: {json.dumps(pattern, ensure_ascii=False)}"]
    if several:
        lines.append(f"    sheet: {json.dumps(found.sheet, ensure_ascii=False)}")
    lines.append(f"    table: {table.name}  # {'' if found.certain else '? '}{table.zh} {table.en}({sure}{other})")
    lines.append("    columns:")
    guesses = {guess.column.name: guess for guess in found.guesses}
    for name, column in table.columns.items():
        if name in found.takes:
            lines.append(_column(column, found.takes[name], guesses.get(name)))
        elif column.required:
            lines.append(f"      # ? {name}: {say('必填,未找到', 'required, not found')} {column.zh}")
    if found.left_over:
        lines.append(f"      # {say('未用的列', 'columns not used')}: {', '.join(found.left_over)}")
    return lines


def _column(column: Column, take: Take, guess: Guess | None) -> str:
    if take.row or guess is None:
        none = say("没有编号列,以文件、工作表和行号代替", "no column of ids: made of file, sheet and row")
        return f"      {column.name}: {{row: true}}  # ? {none}"
    header = json.dumps(take.header, ensure_ascii=False)
    more = [f"unit: {json.dumps(take.unit, ensure_ascii=False)}"] if take.unit else []
    more += [f"format: {json.dumps(take.formats[0])}"] if take.formats else []
    text = f"{{from: {header}, {', '.join(more)}}}" if more else header
    doubt = f"  # ? {column.zh}:{guess.doubt or ''} {guess.score:.0%}" if guess.score < SURE else ""
    return f"      {column.name}: {text}{doubt}"
