"""Text tables (csv, tsv, txt): encoding, separator and header are found, rows are read without Python loops."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from lianfang.engine.fault import Fault, say
from lianfang.engine.sources import ROW, Sheet, safety
from lianfang.engine.sources.layout import SAMPLE, find_layout, no_rows, place, text_sheet

SEPARATORS = ",\t;|"
_HEAD = 4 << 20  # bytes in which encoding, separator and header are found
_BLOCK = 8 << 20  # bytes read at once; a record must fit
_PROOF = 2  # characters of several bytes that make it certain that a text is UTF-8


class _NotUtf8(Exception):
    """A byte far down in the file is not UTF-8."""


@dataclass(frozen=True)
class _Start:
    """The first rows of the text under a separator."""

    separator: str
    head: list[list[str]]
    ends: list[int]  # byte after each row of ``head``


@dataclass(frozen=True)
class _Form:
    """How the rows below the header are written."""

    separator: str
    width: int  # cells of a row
    before: int  # rows above the data
    where: str


def sheets(path: Path, header_row: int | None = None, sheet: str | None = None) -> Iterator[Sheet]:
    """The one sheet of a text table."""
    with TemporaryDirectory() as folder:
        readable, skip = _in_utf8(path, Path(folder))
        safety.check_lines(readable, path.name)
        try:
            found = _read(path, readable, skip, header_row)
        except _NotUtf8:
            # Only the end of a large file can be in another encoding than its first part.
            found = _read(path, _recoded(path, Path(folder)), 0, header_row)
    if found is None:
        raise no_rows(path.name)
    yield found


def _in_utf8(path: Path, folder: Path) -> tuple[Path, int]:
    """A file with the text in UTF-8 and the number of its first bytes to skip."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if head.startswith(codecs.BOM_UTF8):
        return path, len(codecs.BOM_UTF8)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _transcoded(path, folder, "utf-16"), 0
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return _recoded(path, folder), 0
    return path, 0


def _recoded(path: Path, folder: Path) -> Path:
    """The text out of GB18030, unless what comes before the first wrong byte proves that it was meant as UTF-8."""
    before = _before_wrong_byte(path) or b""
    if len(before.decode("utf-8", "ignore").encode("ascii", "ignore")) + 3 * _PROOF <= len(before):
        return _transcoded(path, folder, "utf-8")
    return _transcoded(path, folder, "gb18030")


def _before_wrong_byte(path: Path) -> bytes | None:
    """What stands shortly before the first byte that is not UTF-8, or None where all are."""
    decoder, before = codecs.getincrementaldecoder("utf-8")(), b""
    with path.open("rb") as stream:
        while True:
            block = stream.read(_HEAD)
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                return before + error.object[: error.start]
            if not block:
                return None
            before = block


def _transcoded(path: Path, folder: Path, encoding: str) -> Path:
    target, decoder = folder / f"{path.stem}.utf8", codecs.getincrementaldecoder(encoding)("strict")
    done, line = 0, 1
    with path.open("rb") as stream, target.open("wb") as out:
        while True:
            block = stream.read(_HEAD)
            pending = len(decoder.getstate()[0])
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                before = error.object[: error.start]
                raise _undecodable(
                    path.name, encoding, done - pending + error.start, line + before.count(b"\n")
                ) from None
            out.write(text.encode("utf-8"))
            if not block:
                return target
            done, line = done + len(block), line + text.count("\n")


def _undecodable(where: str, encoding: str, byte: int, row: int) -> Fault:
    name = encoding.upper()
    return Fault(
        place(where, row),
        say(f"第 {byte + 1} 个字节不是 {name} 编码。", f"byte {byte + 1} is not {name}."),
        say("另存为 UTF-8 编码的 CSV,或重新导出。", "save it as CSV in UTF-8, or export it again."),
    )


def _read(path: Path, readable: Path, skip: int, header_row: int | None) -> Sheet | None:
    where = path.name
    start = _start(readable, skip, where)
    layout = find_layout(start.head, (), header_row, where)
    header = max(len(row) for row in start.head[layout.first : layout.last + 1])
    width = max(header, _blank_ends(start.head[layout.last + 1 :], header))
    if width > safety.MAX_COLUMNS:
        raise safety.too_many_columns(where, width)
    offset = start.ends[layout.last]
    if offset >= readable.stat().st_size:
        return None
    table, notes = _rows(readable, offset, _Form(start.separator, width, layout.last + 1, where))
    for column in range(header, width):
        filled = pc.not_equal(table.column(column), "")
        if pc.any(filled).as_py():
            raise _too_many_cells(where, table.column(ROW).filter(filled)[0].as_py(), header)
    table = table.select([*range(header), width])
    names = (layout.names + ("",) * header)[:header]
    return text_sheet(
        origin=where, file=where, name=path.stem, layout=replace(layout, names=names), rows=table, notes=notes
    )


def _start(readable: Path, skip: int, where: str) -> _Start:
    with readable.open("rb") as stream:
        stream.seek(skip)
        text = stream.read(_HEAD).decode("utf-8", "ignore")
    best = max((_records(text, separator, where) for separator in SEPARATORS), key=_fitness)
    return replace(best, ends=[skip + end for end in best.ends])


def _records(text: str, separator: str, where: str) -> _Start:
    head: list[list[str]] = []
    ends: list[int] = []
    size = 0

    def lines() -> Iterator[str]:
        nonlocal size
        for line in io.StringIO(text, newline=""):
            size += len(line.encode())
            yield line

    try:
        for record in csv.reader(lines(), delimiter=separator):
            head.append(record)
            ends.append(size)
            if len(head) == SAMPLE:
                break
    except csv.Error:
        raise _open_quote(where, len(head) + 1) from None
    return _Start(separator, head, ends)


def _fitness(start: _Start) -> tuple[int, int]:
    """How many rows have the most common number of cells, if that is more than one."""
    widths = Counter(len(row) for row in start.head if len(row) > 1)
    width, rows = widths.most_common(1)[0] if widths else (1, 0)
    return rows, width


def _blank_ends(rows: list[list[str]], header: int) -> int:
    """The usual number of cells where what exceeds the header is blank: separators at the end of each line."""
    if any(any(text.strip() for text in row[header:]) for row in rows):
        return header
    return Counter(map(len, rows)).most_common(1)[0][0] if rows else header


def _rows(readable: Path, offset: int, form: _Form) -> tuple[pa.Table, list[str]]:
    """All rows as text with their numbers, and what had to be filled up."""
    quotes = _quotes(readable, offset)
    if quotes % 2:
        _refuse_open_quote(readable, offset, form)
    try:
        table = _parse(readable, offset, form, quoted=quotes > 0)
    except pa.ArrowInvalid as error:
        if _before_wrong_byte(readable) is not None:
            raise _NotUtf8 from None
        if "straddling" in str(error):
            raise _open_quote(form.where) from None
        return _uneven(readable, offset, form, quoted=quotes > 0)
    if quotes:
        _refuse_swallowed(table, form)
    return table.append_column(ROW, pa.arange(form.before + 1, form.before + table.num_rows + 1)), []


def _quotes(readable: Path, offset: int) -> int:
    with readable.open("rb") as stream:
        stream.seek(offset)
        return sum(block.count(b'"') for block in iter(lambda: stream.read(_HEAD), b""))


def _parse(readable: Path, offset: int, form: _Form, *, quoted: bool, uneven: Any = None) -> pa.Table:
    names = [str(i) for i in range(form.width)]
    with pa.OSFile(str(readable)) as stream:
        stream.seek(offset)
        return arrow_csv.read_csv(
            stream,
            # Only without threads the number of an uneven row is known.
            read_options=arrow_csv.ReadOptions(use_threads=uneven is None, block_size=_BLOCK, column_names=names),
            parse_options=arrow_csv.ParseOptions(
                delimiter=form.separator,
                quote_char='"' if quoted else False,
                newlines_in_values=quoted,
                ignore_empty_lines=False,
                invalid_row_handler=uneven,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )


def _uneven(readable: Path, offset: int, form: _Form, *, quoted: bool) -> tuple[pa.Table, list[str]]:
    """Rows with too few cells are filled up at the end with blanks; too many cells are refused."""
    short: dict[int, list[str]] = {}
    faults: list[Fault] = []

    def handle(row: arrow_csv.InvalidRow) -> str:
        number = row.number + form.before
        cells = next(csv.reader(io.StringIO(row.text, newline=""), delimiter=form.separator), [])
        while len(cells) > form.width and not cells[-1].strip():
            cells.pop()
        if row.text.count('"') % 2:
            faults.append(_open_quote(form.where, number))
        elif len(cells) > form.width:
            faults.append(_too_many_cells(form.where, number, form.width))
        short[number] = cells + [""] * (form.width - len(cells))
        return "error" if faults else "skip"

    try:
        table = _parse(readable, offset, form, quoted=quoted, uneven=handle)
    except pa.ArrowInvalid:
        raise (faults[0] if faults else safety.damaged(form.where)) from None
    last = form.before + table.num_rows + len(short)
    if last in short and not _ends_with_newline(readable):
        raise _cut_off(form.where, last)
    return _merged(table, short, form), [_padded(short)]


def _merged(table: pa.Table, short: dict[int, list[str]], form: _Form) -> pa.Table:
    added = pa.array(sorted(short), pa.int64())
    total = table.num_rows + len(added)
    numbers = pa.arange(form.before + 1, form.before + total + 1)
    numbers = numbers.filter(pc.invert(pc.is_in(numbers, value_set=added)))
    filled = pa.table(
        [pa.array(cells, pa.string()) for cells in zip(*(short[n] for n in sorted(short)), strict=True)],
        table.column_names,
    )
    table = pa.concat_tables([table.append_column(ROW, numbers), filled.append_column(ROW, added)])
    return table.sort_by(ROW)


def _padded(short: dict[int, list[str]]) -> str:
    first = min(short)
    return say(
        f"{len(short)} 行单元格少于表头,末尾按空值读入(首个:第{first}行)",
        f"{len(short)} rows have fewer cells than the header, filled up with blanks (first: row {first})",
    )


def _ends_with_newline(readable: Path) -> bool:
    with readable.open("rb") as stream:
        stream.seek(-1, io.SEEK_END)
        return stream.read(1) in b"\r\n"


def _refuse_open_quote(readable: Path, offset: int, form: _Form) -> None:
    """An odd number of quotation marks: find the one that is not closed, if it is not just a mark inside a text."""
    number = form.before
    with readable.open("rb") as stream:
        stream.seek(offset)
        text = io.TextIOWrapper(stream, encoding="utf-8", errors="replace", newline="")
        try:
            for _ in csv.reader(text, delimiter=form.separator, strict=True):
                number += 1
        except csv.Error:
            raise _open_quote(form.where, number + 1) from None


def _refuse_swallowed(table: pa.Table, form: _Form) -> None:
    """A cell that holds a whole line of the table: a quotation mark was opened by mistake and closed far below."""
    if form.width < 3:
        return
    mark = re.escape(form.separator)
    pattern = rf"\n(?:[^{mark}\n]*{mark}){{{form.width - 1}}}[^{mark}\n]*\n"
    for column in table.columns:
        if not any(b"\n" in (chunk.buffers()[2] or pa.py_buffer(b"")).to_pybytes() for chunk in column.chunks):
            continue
        swallowed = pc.indices_nonzero(pc.match_substring_regex(column, pattern))
        if len(swallowed):
            raise _open_quote(form.where, form.before + 1 + swallowed[0].as_py())


def _open_quote(where: str, row: int | None = None) -> Fault:
    return Fault(
        place(where, row) if row else where,
        say("引号没有成对。", "a quotation mark is not closed."),
        say("补上或删去多余的引号,或另存为 xlsx。", "close or remove the quotation mark, or save it as xlsx."),
    )


def _too_many_cells(where: str, row: int, width: int) -> Fault:
    return Fault(
        place(where, row),
        say(f"单元格多于表头的 {width} 列。", f"has more cells than the {width} of the header."),
        say("给含分隔符的文本加上引号,或另存为 xlsx。", "quote texts that hold the separator, or save it as xlsx."),
    )


def _cut_off(where: str, row: int) -> Fault:
    return Fault(
        place(where, row),
        say("最后一行不完整,文件可能被截断。", "the last row is incomplete; the file may be cut off."),
        say("重新导出或拷贝。", "export or copy it again."),
    )
