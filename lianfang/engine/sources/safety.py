"""What is refused before a file is opened: what is no file, bombs, entities; and texts made inert for spreadsheets."""

from __future__ import annotations

import gzip
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from xml.parsers import expat

from lianfang.engine.fault import Fault, say

MAX_COLUMNS = 500  # of one sheet
MAX_CELL = 32_767  # characters, the limit of Excel itself
MAX_LINE = 1 << 20  # bytes of one line of a CSV file
MAX_MEMBERS = 10_000  # files inside an xlsx or ods
MAX_UNPACKED = 4 << 30  # bytes an xlsx or ods may have when unpacked
MAX_GZ = 64 << 30  # bytes a .gz may have when unpacked
MAX_RATIO = 250  # unpacked : packed; a table of repeated texts reaches about 100
RATIO_FROM = 64 << 20  # unpacked bytes from which the ratio is looked at
MAX_ROWS = 1_048_576  # of one sheet, the limit of Excel itself

_BLOCK = 1 << 20
_CELL = 32  # bytes of an empty cell in memory
_OVERLAP = 64  # bytes kept of the last block, so that no pattern is cut in two
_ENTITY = tuple(mark.encode(code) for mark in ("<!DOCTYPE", "<!ENTITY") for code in ("ascii", "utf-16-le", "utf-16-be"))
_WIDE_CELL = re.compile(rb'<c [^>]*?\br="(?:[A-Z]{3}|S[G-Z]|[T-Z][A-Z])\d+"[^>]*[^/]>\s*<[vfi]')
_WIDE_NAME = re.compile(rb'r="(?:[A-Z]{3}|S[G-Z]|[T-Z][A-Z])')  # what each of them holds, found faster
_BEYOND_Z = re.compile(rb'r="[A-Z]{2}')
_LONG = re.compile(rb'r="[A-Z]*\d{6}')
_MILLIONTH = re.compile(rb'r="[A-Z]*(\d{7,})')
_COUNT = re.compile(rb'ount="(\d{7,18})\d*"')
_REPEATED_CELL = re.compile(rb"<table:table-cell\b[^>]*?number-columns-repeated=\"(\d+)\"[^>]*>")
_REPEATED_ROW = re.compile(
    rb'<table:table-row\b[^>]*?number-rows-repeated="(\d+)"[^>]*>((?:(?!</table:table-row>).)*)', re.DOTALL
)
_NUMBER = re.compile(r"[+-]?(\d[\d,]*)?\.?\d+([eE][+-]?\d+)?%?")


def check_file(path: Path) -> None:
    """Refuse what is not a readable, filled, ordinary file."""
    try:
        linked, mode = path.is_symlink(), path.stat().st_mode
    except PermissionError:
        raise _no_permission(path) from None
    except (OSError, ValueError):
        raise Fault(
            str(path),
            say("没有这个文件。", "there is no such file."),
            say("核对路径和文件名(含扩展名)。", "check the path and the file name with its ending."),
        ) from None
    if stat.S_ISDIR(mode):
        what = say("是指向文件夹的链接。", "is a link to a folder.") if linked else say("是文件夹。", "is a folder.")
        raise Fault(str(path), what, say("写出其中的数据文件。", "name the data files in it."))
    if not stat.S_ISREG(mode):
        raise Fault(
            str(path),
            say("不是普通文件(设备、管道或套接字)。", "is not an ordinary file (a device, pipe or socket)."),
            say("先另存为普通文件。", "save its content as an ordinary file first."),
        )
    try:
        with path.open("rb") as stream:
            first = stream.read(1)
    except PermissionError:
        raise _no_permission(path) from None
    except OSError as error:
        raise Fault(
            str(path),
            say(f"读不出来({error.strerror})。", f"cannot be read ({error.strerror})."),
            say("检查磁盘或重新拷贝文件。", "check the disk or copy the file again."),
        ) from None
    if not first:
        raise Fault(
            str(path),
            say("是空文件(0 字节)。", "is empty (0 bytes)."),
            say(
                "重新导出或拷贝;无数据时不必提供文件。",
                "export or copy it again; leave the file out if there is no data.",
            ),
        )


def _no_permission(path: Path) -> Fault:
    return Fault(
        str(path),
        say("没有读取权限。", "may not be read by this user."),
        say("由文件所有者授予读取权限,或换用户运行。", "ask its owner for read permission, or run as another user."),
    )


@contextmanager
def _archive(path: Path, where: str) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, UnicodeDecodeError):
        raise damaged(where) from None


def check_zip(path: Path, where: str) -> frozenset[str]:
    """Refuse damaged, locked and bomb-like zip containers (xlsx, ods); the names of their parts."""
    with _archive(path, where) as archive:
        members = archive.infolist()
        _check_sizes(members, path.stat().st_size, where)
        if any(member.flag_bits & 1 for member in members):
            raise locked(where)
        return frozenset(member.filename for member in members)


@dataclass
class _Load:
    """What tells how much memory a workbook takes when it is read."""

    is_long: bool = False  # has cells below row 99,999
    is_wide: bool = False  # has cells beyond column Z
    cells: int = 0
    longest: int = 0  # bytes of a shared text
    announced: int = 0  # entries for which the reader makes room before it sees them

    @property
    def bytes(self) -> int:
        area = (MAX_ROWS if self.is_long else 99_999) * (MAX_COLUMNS if self.is_wide else 26)
        return (area + self.announced) * _CELL + self.cells * self.longest


def check_parts(path: Path, where: str) -> int:
    """Refuse XML entities and sheets without bounds; the bytes that reading an xlsx may take, at most."""
    load = _Load()
    with _archive(path, where) as archive:
        for name in archive.namelist():  # all of them: a workbook may keep a sheet under any name
            with archive.open(name) as stream:
                _check_part(stream, name, where, load)
            if name == "content.xml":
                with archive.open(name) as stream:
                    _check_whole(stream, where)
    return load.bytes


def _check_whole(stream: IO[bytes], where: str) -> None:
    """Of an ods whose XML breaks off the reader would look for the end for ever."""
    parser = expat.ParserCreate()
    try:
        parser.ParseFile(stream)
    except (expat.ExpatError, LookupError, ValueError):  # also an encoding that does not exist
        raise damaged(where) from None


def damaged(where: str) -> Fault:
    return Fault(
        where,
        say("文件不完整或已损坏,无法打开。", "is incomplete or damaged and cannot be opened."),
        say("重新导出或重新拷贝该文件。", "export it again or copy it again."),
    )


def _no_password() -> str:
    return say("在原软件中取消密码后另存。", "save it without a password in the program it comes from.")


def locked(where: str) -> Fault:
    return Fault(where, say("设有密码。", "has a password."), _no_password())


def _check_sizes(members: list[zipfile.ZipInfo], packed: int, where: str) -> None:
    total = sum(member.file_size for member in members)
    what = None
    if len(members) > MAX_MEMBERS:
        what = say(
            f"压缩包内有 {len(members)} 个文件,上限 {MAX_MEMBERS}。",
            f"holds {len(members)} parts, limit {MAX_MEMBERS}.",
        )
    elif total > MAX_UNPACKED or (total > RATIO_FROM and total > MAX_RATIO * packed):
        what = say(
            f"解压后有 {total >> 20} MiB,是压缩大小的 {total // max(packed, 1)} 倍,疑似压缩炸弹。",
            f"unpacks to {total >> 20} MiB, {total // max(packed, 1)} times its size, like a zip bomb.",
        )
    if what:
        raise Fault(
            where,
            what,
            say("删去多余的空白格式后另存,或分成几个文件。", "save it without unused formatting, or split it."),
        )


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    kept = b""
    while block := stream.read(_BLOCK):
        yield kept + block
        kept = block[-_OVERLAP:]


def _check_part(stream: IO[bytes], name: str, where: str, load: _Load) -> None:
    for block in _blocks(stream):
        if name.endswith((".xml", ".rels")):
            _refuse_entities(block, where)
        load.announced = max(load.announced, *map(int, _COUNT.findall(block)), 0)
        if name == "content.xml":
            _check_repeats(block, where)
        elif b"<c " in block:
            _check_cells(block, where, load)
        elif b"</si>" in block:
            load.longest = max(load.longest, *map(len, block.split(b"</si>")))


def _check_cells(block: bytes, where: str, load: _Load) -> None:
    if _WIDE_NAME.search(block) and _WIDE_CELL.search(block):
        raise too_many_columns(where)
    if any(int(row) > MAX_ROWS for row in _MILLIONTH.findall(block)):
        raise _too_large(where)
    load.is_long = load.is_long or _LONG.search(block) is not None
    load.is_wide = load.is_wide or _BEYOND_Z.search(block) is not None
    load.cells += block.count(b"<c ")


def _check_repeats(block: bytes, where: str) -> None:
    """An ods cell may say that it stands for a million cells."""
    for cell in _REPEATED_CELL.finditer(block):
        if int(cell[1]) > MAX_COLUMNS and b"value-type" in cell[0]:
            raise too_many_columns(where)
    for row in _REPEATED_ROW.finditer(block):
        if int(row[1]) > 100_000 and b"value-type" in row[2]:
            raise _too_large(where)


def _too_large(where: str) -> Fault:
    return Fault(
        where,
        say("单元格范围过大。", "spans too many cells."),
        say("删去表格之外的零散单元格后另存。", "delete stray cells outside the table and save it again."),
    )


def too_many_columns(where: str, found: int | None = None) -> Fault:
    many = f" {found} " if found else ""
    return Fault(
        where,
        say(
            f"有{many}列,超过上限 {MAX_COLUMNS} 列。",
            f"has{many or ' more '}columns, above the limit of {MAX_COLUMNS}.",
        ),
        say("只保留需要的列后另存。", "keep only the columns that are needed and save it again."),
    )


def _refuse_entities(block: bytes, where: str) -> None:
    if any(mark in block for mark in _ENTITY):
        raise Fault(
            where,
            say(
                "XML 中有 DTD 或实体声明,可能是 XML 炸弹。", "declares a DTD or entities in its XML, like an XML bomb."
            ),
            say("在原软件中重新导出,不要手工改写 XML。", "export it again from the program it comes from."),
        )


def unpack(path: Path, folder: Path, where: str) -> Path:
    """The content of a .gz as a file in ``folder``; bombs and damaged files are refused."""
    target, packed, total = folder / path.stem, path.stat().st_size, 0
    try:
        with gzip.open(path) as stream, target.open("wb") as out:
            while block := stream.read(_BLOCK):
                total += len(block)
                if total > MAX_GZ or (total > RATIO_FROM and total > MAX_RATIO * packed):
                    raise Fault(
                        where,
                        say(
                            f"解压后超过 {total >> 20} MiB,疑似压缩炸弹。",
                            f"unpacks to over {total >> 20} MiB, like a bomb.",
                        ),
                        say(
                            "核对来源;确需使用时先自行解压。",
                            "check where it comes from; unpack it yourself if it is wanted.",
                        ),
                    )
                out.write(block)
    except (gzip.BadGzipFile, zlib.error, EOFError):
        raise damaged(where) from None
    return target


def check_lines(path: Path, where: str) -> None:
    """Refuse a text file with a line above ``MAX_LINE``, looking only near the ends of windows of that size."""
    with path.open("rb") as stream:
        start, line = 0, 0
        while window := stream.read(MAX_LINE):
            cut = max(window.rfind(b"\n"), window.rfind(b"\r"))
            if cut < 0 and len(window) == MAX_LINE and stream.read(1):
                raise Fault(
                    say(f"{where} 第{line + 1}行", f"{where} line {line + 1}"),
                    say("一行超过 1 MiB。", "the line is longer than 1 MiB."),
                    say("核对换行符和引号,重新导出。", "check line ends and quotation marks, and export it again."),
                )
            line += window.count(b"\n", 0, cut + 1)
            start += cut + 1 if cut >= 0 else len(window)
            stream.seek(start)


def inert(text: str) -> str:
    """The text as it may be written into a spreadsheet: one that would start a formula gets an apostrophe."""
    if text[:1] in "=+-@\t\r" and text and not _NUMBER.fullmatch(text):
        return "'" + text
    return text
