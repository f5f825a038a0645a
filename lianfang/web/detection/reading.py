"""What the worker reads of an uploaded file: first what it seems to be, then its rows under the confirmed mapping."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import yaml
from django.utils import translation
from django.utils.translation import gettext as _
from python_calamine import CalamineWorkbook

from lianfang.engine import dataset as datasets
from lianfang.engine import mapping, proposal, values
from lianfang.engine.dataset import Dataset, TableData
from lianfang.engine.duck import open_duckdb
from lianfang.engine.fault import Fault, speaking
from lianfang.engine.identity import Digester, load_key, masked, masked_numbers
from lianfang.engine.intake import listed
from lianfang.engine.quality import quoted
from lianfang.engine.sources import ROW, Sheet, event_log, ocds, safety, sheets
from lianfang.engine.tables import Column, Table, tables
from lianfang.web.detection import store
from lianfang.web.detection.assembly import united
from lianfang.web.detection.queries.data import TakenTable

SAMPLES = 3
LINES_SHOWN = 200  # rejected rows that the page lists; the spreadsheet has them all
MAX_MEMBERS = 500  # files of an uploaded folder
MAX_UNPACKED = 4 << 30
WHOLE = {"ocds": "OCDS", "event_log": "XES"}  # files that say themselves what they are
ENCODINGS = ("utf-8", "gb18030", "utf-16", "big5")

T = TypeVar("T")


class Unreadable(Exception):
    """A file that cannot be used as it is: where, what and remedy in Chinese and in English."""

    def __init__(self, fault: dict[str, dict[str, str]]) -> None:
        super().__init__(fault["zh"]["what"])
        self.fault = fault


def in_both(work: Callable[[], T]) -> T:
    """Do ``work``; when it ends in a fault, do it again in English, so that each reader has it in own words."""
    try:
        with speaking("zh"), translation.override("zh-hans"):
            return work()
    except Fault as fault:
        told = {"zh": _told(fault)}
    try:
        with speaking("en"), translation.override("en"):
            work()
    except Fault as fault:
        told["en"] = _told(fault)
    raise Unreadable({"en": told["zh"], **told})


def _told(fault: Fault) -> dict[str, str]:
    """The fault without paths of this machine: a file is known by the name under which it was sent."""
    where = re.sub(r"(?:/[^/\s]+)+/", "", fault.where)
    return {"where": where, "what": str(fault.what), "remedy": str(fault.remedy)}


# ---- the file as it was sent ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sent:
    """An uploaded file: its digest in the store, its name, and how a person said that it is to be read."""

    digest: str
    file_name: str
    encoding: str = ""
    header_rows: Mapping[str, int] | None = None

    def header_row(self, key: str) -> int | None:
        return (self.header_rows or {}).get(key)


def unpacked(sent: Sent, work: Path) -> tuple[list[Path], Path | None]:
    """The files to read, below ``work`` and under their own names, and the mapping that came with them."""
    work.mkdir(parents=True, exist_ok=True)
    path = work / safe_name(sent.file_name)
    store.link(store.uploaded(sent.digest), path)
    if path.suffix.lower() != ".zip":
        return [_recoded(path, sent.encoding)], None
    folder = work / "folder"
    _unzip(path, folder)
    path.unlink()
    own = folder / datasets.MAPPING
    return list(listed(folder)), own if own.is_file() else None


def safe_name(name: str) -> str:
    """A file name as it was sent, without what would lead elsewhere or upset a disk."""
    name = re.sub(r"[\x00-\x1f/\\:*?\"<>|]", "_", name).strip(". ")[-120:]
    return name or "file"


def _recoded(path: Path, encoding: str) -> Path:
    """The text in UTF-8 where a person said in which encoding it was written."""
    if not encoding or path.suffix.lower().lstrip(".") not in ("csv", "tsv", "txt"):
        return path
    try:
        text = path.read_bytes().decode(encoding)
    except (UnicodeDecodeError, LookupError):
        raise Fault(
            path.name,
            _("按%(encoding)s读不出来。") % {"encoding": encoding},
            _("选“自动”或另一种编码。"),
        ) from None
    path.unlink()
    path.write_text(text, encoding="utf-8", newline="")
    return path


def _unzip(path: Path, folder: Path) -> None:
    """The files of an archive, flat: folders in it do not matter, and two files of one name are refused."""
    folder.mkdir()
    safety.check_zip(path, path.name)
    with zipfile.ZipFile(path) as archive:
        members = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX")]
        if len(members) > MAX_MEMBERS or sum(m.file_size for m in members) > MAX_UNPACKED:
            raise Fault(
                path.name,
                _("压缩包内超过%(n)d个文件或4 GB。") % {"n": MAX_MEMBERS},
                _("分成几个压缩包上传。"),
            )
        for member in members:
            target = folder / safe_name(Path(_member_name(member)).name)
            if target.exists():
                raise Fault(
                    f"{path.name} › {target.name}",
                    _("有两个同名文件。"),
                    _("改名后重新压缩。"),
                )
            with archive.open(member) as stream, target.open("wb") as out:
                shutil.copyfileobj(stream, out)


def _member_name(member: zipfile.ZipInfo) -> str:
    """A member's name: archives made on Chinese desktops keep names in GBK without saying so."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("gb18030")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return member.filename


# ---- what it seems to be -------------------------------------------------------------------------------------------


def look(sent: Sent, work: Path, offered: Collection[str]) -> dict[str, Any]:
    """What the file seems to be: its sheets with the table and columns that each is taken for, to be confirmed.

    ``offered`` are the tables that its provider has registered.
    """
    files, own = unpacked(sent, work)
    if not files:
        raise Fault(
            sent.file_name,
            _("压缩包里没有数据文件。"),
            _("把表格放进压缩包再上传。"),
        )
    if own is not None:
        mapping.load(own)
        return {"kind": "folder", "files": [f.name for f in files], "text": own.read_text(encoding="utf-8-sig")}
    kinds = {file.name: _whole_kind(file) for file in files}
    found = [one for file in files if not kinds[file.name] for one in _sheets(file, sent, offered)]
    wholes = {name: kind for name, kind in kinds.items() if kind}
    if not found and not wholes:
        raise Fault(sent.file_name, _("没有可读的表。"), _("核对文件。"))
    for number, one in enumerate(found):
        one["key"] = f"s{number}"
    return {"kind": "sheets", "wholes": wholes, "sheets": found, "form": _form(found, wholes)}


def _whole_kind(file: Path) -> str:
    if ocds.is_ocds(file):
        return "ocds"
    packed = file.name.lower().removesuffix(".gz")
    return "event_log" if packed.endswith(".xes") or event_log.is_event_log(file) else ""


def _form(found: list[dict[str, Any]], wholes: Mapping[str, str]) -> str:
    """What a provider's files of one kind have in common from month to month: their headers, not their names."""
    headers = sorted([_plain(column["header"]) for column in one["columns"]] for one in found)
    return sha256(json.dumps([headers, sorted(wholes.values())], ensure_ascii=False).encode()).hexdigest()


def headers_now(before: list[str], now: list[str]) -> dict[str, str] | None:
    """Last month's headers → this month's, which differ by a number at most; None where they are others."""
    places: dict[str, list[str]] = {}
    for header in now:
        places.setdefault(_plain(header), []).append(header)
    if sorted(map(_plain, before)) != sorted(map(_plain, now)):
        return None
    return {header: header if header in now else places[_plain(header)].pop(0) for header in before}


def _plain(header: str) -> str:
    return re.sub(r"\d+", "0", mapping.plain(header))


def _sheets(file: Path, sent: Sent, offered: Collection[str]) -> Iterator[dict[str, Any]]:
    every = list(sheets(file))
    for sheet in every:
        key = f"{file.name}›{sheet.name}"
        if (row := sent.header_row(key)) is not None:
            again = next(sheets(file, row, sheet.name if len(every) > 1 else None))
            yield _sheet(again, offered) | {"alone": len(every) == 1, "asked_row": row}
        else:
            yield _sheet(sheet, offered) | {"alone": len(every) == 1, "asked_row": None}


def _sheet(sheet: Sheet, offered: Collection[str]) -> dict[str, Any]:
    found = proposal.of_sheet(sheet)
    plans = {name: _by_name(tables()[name], sheet) for name in offered}
    if found is not None:
        plans[found.table.name] = dict(found.takes)
    best = found.table.name if found is not None else ""
    guesses = {g.column.name: {"score": round(g.score, 2), "doubt": g.doubt} for g in found.guesses} if found else {}
    personal = {
        take.header for name, takes in plans.items() for c, take in takes.items() if _is_personal(tables()[name], c)
    }
    known = {take.header for take in plans.get(best, {}).values()}
    first = sheet.rows.column(ROW)[0].as_py() if sheet.rows.num_rows else 0
    return {
        "file": sheet.file,
        "sheet": sheet.name,
        "rows": sheet.rows.num_rows,
        "header_row": max(first - 1, 0),
        "unit": sheet.unit,
        "notes": [masked_numbers(note) for note in sheet.notes],
        "columns": [
            {"header": header, "samples": _samples(sheet, header, header in known - personal)}
            for header in sheet.columns
        ],
        "table": best,
        "score": round(found.score, 2) if found else 0,
        "plans": {name: {c: take_json(t) for c, t in takes.items()} for name, takes in plans.items() if takes},
        "guesses": guesses,
    }


def _by_name(table: Table, sheet: Sheet) -> dict[str, mapping.Take]:
    try:
        return dict(mapping.by_name(table, sheet).takes)
    except Fault:  # two headers are the same column of it: the person chooses
        return {}


def _is_personal(table: Table, column: str) -> bool:
    found = table.columns[column]
    return found.sensitivity == "personal" or found.type == "person_key"


def _samples(sheet: Sheet, header: str, plain: bool) -> list[str]:
    """The first values of a column; those that may name a person are masked."""
    column = sheet.rows.column(header).drop_null()
    texts = [str(value) for value in column.slice(0, 50).to_pylist() if str(value).strip()]
    shown = [masked_numbers(text[:40]) if plain or _is_harmless(text) else masked(text[:40]) for text in texts]
    return list(dict.fromkeys(shown))[:SAMPLES]


def _is_harmless(text: str) -> bool:
    """Short numbers and days say nothing of a person."""
    return re.fullmatch(r"[\d.,%\-/ :年月日]{1,10}", text) is not None  # data


def take_json(take: mapping.Take) -> dict[str, Any]:
    """A take as a mapping.yaml would have it."""
    if take.row:
        return {"row": True}
    if take.value is not None:
        return {"value": take.value}
    found: dict[str, Any] = {"from": take.header}
    if take.unit:
        found["unit"] = take.unit
    if take.formats:
        found["format"] = list(take.formats)
    if take.answers:
        found["map"] = dict(take.answers)
    return found


def unit_names(column: Column) -> list[str]:
    """The units in which a file may give the column's values."""
    return values.unit_names(column) if column.type in values.NUMERIC else []


def factor_words(unit: str, column: Column) -> str:
    """What values in ``unit`` are multiplied by, "" where nothing changes."""
    times = values.factor(unit, column)
    return "" if times is None or times == 1 else f"×{times:,f}".replace(",", "\u202f")


# ---- its rows ------------------------------------------------------------------------------------------------------


def rules_text(confirmed: Mapping[str, Any]) -> str:
    """The mapping.yaml that a confirmed mapping stands for."""
    files = []
    for one in confirmed["sheets"]:
        rule = {"match": _literally(one["file"]), "table": one["table"], "columns": one["columns"]}
        if not one.get("alone"):
            rule["sheet"] = _literally(one["sheet"])
        if one.get("asked_row"):
            rule["header_row"] = one["asked_row"]
        files.append(rule)
    return yaml.safe_dump({"files": files}, allow_unicode=True, sort_keys=False)


def _literally(name: str) -> str:
    return re.sub(r"([\[*?])", r"[\1]", name)


def read(
    sent: Sent,
    confirmed: Mapping[str, Any],
    work: Path,
    progress: Callable[[str, int, int], None] | None = None,
) -> Dataset:
    """The file's rows as canonical tables in ``work``/tables, every number of a person digested."""
    files, own = unpacked(sent, work / "sent")
    if own is not None:
        files = [own.parent]
    else:
        own = work / datasets.MAPPING
        own.write_text(rules_text(confirmed), encoding="utf-8")
        wanted = {safe_name(name) for name in (*confirmed.get("wholes", ()), *(s["file"] for s in confirmed["sheets"]))}
        files = [file for file in files if file.name in wanted]
    found = datasets.read(
        files,
        folder=work / "tables",
        mapping=own,
        key_file=store.person_key(),
        reject_limit=Decimal(1),  # each data set has a limit of its own
        progress=progress,
    )
    shutil.rmtree(work / "sent")
    return found


def only_registered(table: TableData, fields: Collection[str]) -> TableData:
    """The table without the columns that its data set does not list; they are not kept, not even unread."""
    kept = tuple(column for column in table.columns if column in fields)
    if kept == table.columns:
        return table
    fewer = table.path.with_suffix(".fewer")
    with open_duckdb() as con:
        chosen = ", ".join(map(quoted, kept))
        target, origin = values.literal(str(fewer)), values.literal(str(table.path))
        con.execute(
            f"COPY (SELECT {chosen} FROM read_parquet({origin})) TO {target} (FORMAT parquet, COMPRESSION zstd)"
        )
    fewer.replace(table.path)
    return replace(table, columns=kept, empty_columns=tuple(c for c in table.empty_columns if c in kept))


def fingerprint() -> str:
    """By which it is told whether digests of two batches can be compared."""
    return Digester(load_key(store.person_key())).fingerprint()


# ---- what was rejected -----------------------------------------------------------------------------------------


def rejected_lines(path: Path | None) -> list[dict[str, str]]:
    """The first rejected rows, as the spreadsheet that goes back to the sender says it: row, column, reason, value."""
    if path is None:
        return []
    found: list[dict[str, str]] = []
    with path.open("rb") as stream, CalamineWorkbook.from_filelike(stream) as book:
        for name in book.sheet_names:
            rows = book.get_sheet_by_name(name).to_python()
            heads = [str(cell) for cell in rows[0]] if rows else []
            for row in rows[1 : LINES_SHOWN + 1]:
                cells = {head: _text(cell) for head, cell in zip(heads, row, strict=False)}
                if cells.get("原因"):  # data
                    found.append(_line(name, cells))
    return found[:LINES_SHOWN]


def _line(table: str, cells: Mapping[str, str]) -> dict[str, str]:
    return {
        "table": table,
        "sheet": cells.get("工作表", "") or cells["来源文件"],  # data
        "row": cells["行号"],  # data
        "column": cells.get("列", ""),  # data
        "reason": cells["原因"],  # data
        "value": cells.get("值", ""),  # data
    }


def _text(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


# ---- beside what stands ----------------------------------------------------------------------------------------


def compared(table: Table, new: TableData, standing: Iterable[TakenTable]) -> dict[str, Any]:
    """How a batch differs from what stands of its data set: rows added, changed and gone, and sums of money."""
    before = [one for one in standing if one.path.is_file()]
    with open_duckdb() as con:
        con.execute(f"CREATE VIEW new AS SELECT * FROM read_parquet({values.literal(str(new.path))})")
        sums = {column: {"now": _sum(con, "new", column)} for column in _money(table, new.columns)}
        if not before:
            return {"first": True, "added": new.rows, "changed": 0, "gone": 0, "sums": _shown(table, sums)}
        con.execute(f"CREATE VIEW old AS {united(con, table, [one.path for one in before])}")
        had = [name for name, *_ in con.execute("DESCRIBE old").fetchall()]
        for column, entry in sums.items():
            entry["before"] = _sum(con, "old", column) if column in had else None
        counts = _differences(con, table, [c for c in new.columns if c in had])
    return {"first": False, **counts, "sums": _shown(table, sums)}


def _money(table: Table, columns: Iterable[str]) -> list[str]:
    return [name for name in columns if table.columns[name].type == "money"][:3]


def _sum(con: duckdb.DuckDBPyConnection, relation: str, column: str) -> str | None:
    found = con.execute(f"SELECT sum({quoted(column)}) FROM {relation}").fetchall()[0][0]
    return None if found is None else str(found)


def _shown(table: Table, sums: Mapping[str, Mapping[str, str | None]]) -> list[dict[str, Any]]:
    return [
        {"column": name, "now": entry["now"], "before": entry.get("before")}
        for name, entry in sums.items()
        if entry["now"] is not None
    ]


def _differences(con: duckdb.DuckDBPyConnection, table: Table, shared: list[str]) -> dict[str, int]:
    key = [name for name in table.key if name in shared]
    if len(key) < len(table.key):
        added = con.execute("SELECT (SELECT count(*) FROM new) - (SELECT count(*) FROM old)").fetchall()[0][0]
        return {"added": max(added, 0), "changed": 0, "gone": max(-added, 0)}
    same = " AND ".join(f"n.{quoted(c)} IS NOT DISTINCT FROM o.{quoted(c)}" for c in key)
    others = " OR ".join(f"n.{quoted(c)} IS DISTINCT FROM o.{quoted(c)}" for c in shared if c not in key) or "FALSE"
    added = con.execute(f"SELECT count(*) FROM new AS n ANTI JOIN old AS o ON {same}").fetchall()[0][0]
    gone = con.execute(f"SELECT count(*) FROM old AS o ANTI JOIN new AS n ON {same}").fetchall()[0][0]
    changed = con.execute(f"SELECT count(*) FROM new AS n JOIN old AS o ON {same} WHERE {others}").fetchall()[0][0]
    return {"added": added, "changed": changed, "gone": gone}
