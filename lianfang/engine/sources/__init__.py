"""What is read becomes sheets: the format is decided by content and ending, and each format has its module."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

import pyarrow as pa

from lianfang.engine.fault import Fault, say

ROW = "_row"  # the column of ``Sheet.rows`` that holds the row number in the source

_MODULES = {
    "spreadsheet": ("xlsx", "xlsm", "xltx", "xls", "et", "ods"),
    "delimited": ("csv", "tsv", "txt"),
    "parquet": ("parquet", "json", "jsonl", "ndjson"),
    "database": ("db", "sqlite", "sqlite3", "duckdb"),
}
ENDINGS = {ending: module for module, endings in _MODULES.items() for ending in endings}
PACKED = ("csv", "tsv", "txt", "json", "jsonl", "ndjson")  # may also end in .gz


class Empty(Fault):
    """A file in order that has a header and no rows: of a whole folder it is no reason to stop."""


@dataclass(frozen=True)
class Sheet:
    """One rectangular table as it was found, before anything is known about its meaning."""

    origin: str  # "预算.xlsx › 明细": where, for messages
    file: str  # file name as given; for a database its address without the password
    name: str  # sheet or table name, or the file's stem
    columns: tuple[str, ...]  # header texts, cleaned, unique
    rows: pa.Table  # the columns, plus int64 "_row": the row number a person sees in the source, from 1
    typed: bool  # False: every column is text
    unit: str | None = None  # "万元" where the sheet says so above its table
    left_out: int = 0  # total and signature rows that are no data
    notes: tuple[str, ...] = ()  # what was changed in reading: columns renamed, rows filled up or left out


def sheets(path: Path | str, header_row: int | None = None, sheet: str | None = None) -> Iterator[Sheet]:
    """The sheets of a file or database. ``sheet`` is a glob on their names, ``header_row`` counts from 1.

    A database is named by its address (``postgresql://…``); its tables are the canonical ones or those of ``sheet``.
    """
    from lianfang.engine.sources import safety

    if is_address(path):
        yield from _module("database").sheets(str(path), header_row, sheet)
        return
    path = Path(path)
    safety.check_file(path)
    if path.suffix.lower() != ".gz":
        yield from _module(_kind(path)).sheets(path, header_row, sheet)
        return
    if _ending(path.with_suffix("")) not in PACKED:
        raise _unknown(path)
    with TemporaryDirectory() as folder:
        inner = safety.unpack(path, Path(folder), path.name)
        safety.check_file(inner)
        for found in _module(_kind(inner)).sheets(inner, header_row, sheet):
            yield replace(found, file=path.name, origin=found.origin.replace(inner.name, path.name, 1))


def is_address(path: Path | str) -> bool:
    """Whether the text is the address of a database, not a file."""
    return isinstance(path, str) and re.match(r"[a-z][a-z0-9+]*://", path, re.IGNORECASE) is not None


def _module(name: str) -> ModuleType:
    return import_module(f"{__name__}.{name}")


def _ending(path: Path) -> str:
    return path.suffix.lower().lstrip(".")


def _kind(path: Path) -> str:
    """The module that reads a file: by its first bytes where they are clear, else by its ending."""
    ending = _ending(path)
    expected = ENDINGS.get(ending)
    with path.open("rb") as stream:
        head = stream.read(4096)
    found = _by_content(path, head)
    if found:
        return found
    if expected is None:
        raise _unknown(path)
    if expected == "delimited" or ending == "xls":
        _refuse_other_text(path, head)
        return "delimited"
    if expected == "parquet" and ending != "parquet":
        return expected
    raise Fault(
        path.name,
        say(f"内容不是 {ending} 格式,或文件已损坏。", f"its content is no {ending} file, or it is damaged."),
        say("重新导出或拷贝,不要只改扩展名。", "export or copy it again; do not just rename it."),
    )


def _by_content(path: Path, head: bytes) -> str | None:
    if head.startswith(b"PK\x03\x04"):
        return _zipped(path)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "spreadsheet"
    if head.startswith(b"PAR1"):
        return "parquet"
    return "database" if head.startswith(b"SQLite format 3\0") or head[8:12] == b"DUCK" else None


def _zipped(path: Path) -> str:
    from lianfang.engine.sources import safety

    names = safety.check_zip(path, path.name)
    if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
        raise Fault(
            path.name,
            say("是压缩包,其中没有工作簿。", "is an archive without a workbook in it."),
            say("先解压,再逐个写出其中的数据文件。", "unpack it and name the data files in it."),
        )
    return "spreadsheet"


def _refuse_other_text(path: Path, head: bytes) -> None:
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise Fault(
            path.name,
            say("内容是网页或 XML,不是表格文件。", "its content is a web page or XML, not a table."),
            say("用 Excel 或 WPS 打开后另存为 xlsx。", "open it in Excel or WPS and save it as xlsx."),
        )
    if head.startswith(b"%PDF") or (b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff"))):
        raise Fault(
            path.name,
            say("内容是二进制,不是文本表格。", "its content is binary, not a text table."),
            say("从原系统导出为 CSV 或 xlsx。", "export it from its system as CSV or xlsx."),
        )


def _unknown(path: Path) -> Fault:
    return Fault(
        path.name,
        say("格式无法识别。", "its format is not known."),
        say(
            f"改用这些格式之一:{'、'.join(ENDINGS)},文本可加 .gz。",
            f"use one of: {', '.join(ENDINGS)}; texts may end in .gz.",
        ),
    )
