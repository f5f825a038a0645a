"""The text of cells and headers in one form: half width, no invisible characters, blanks as null."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from lianfang.engine.sources import ROW
from lianfang.engine.sources.apart import moment_text

# 无 is not among them: of a yes-or-no column it is the answer no, and only its meaning tells.
BLANKS = (
    "", "-", "--", "—", "——", "–", "/", "\\", "N/A", "n/a", "#N/A", "null", "NULL", "Null", "None", "NaN", "\\N",
    "0000-00-00", "0000-00-00 00:00:00",  # MySQL's date for no date
)  # fmt: skip
LONGEST_NUMBER = 1e15  # a spreadsheet keeps 15 digits: a longer number has lost its end

_FULL_WIDTH = {
    code: unicodedata.normalize("NFKC", chr(code)) for code in (*range(0xFF01, 0xFF5F), *range(0xFFE0, 0xFFE7))
}
# Marks of Chinese sentences stay as they are beside Chinese characters: 甲公司，乙公司 is not the list "甲公司,乙公司".
_MARKS = {ord(mark): _FULL_WIDTH.pop(ord(mark)) for mark in "，；：！？"}
_SPACES = dict.fromkeys(
    [*range(0x09, 0x0E), 0x85, 0xA0, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000], " "
)
_INVISIBLE = dict.fromkeys(
    (
        *(*range(0x00, 0x09), *range(0x0E, 0x20), *range(0x7F, 0x85), *range(0x86, 0xA0), 0xAD),
        *(*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), *range(0xFE00, 0xFE10), 0xFEFF),
    )
)
_DASHES = dict.fromkeys([0x2010, 0x2011, 0x2212], "-")
_CHARACTERS = {**_FULL_WIDTH, **_SPACES, **_INVISIBLE, **_DASHES}
_CHINESE = re.compile(r"[㐀-鿿𠀀-\U0003ffff]")
_GAP = re.compile(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])")

# How exports mark a number as text, ="0012" and '0012, and how returned sheets make a formula inert.
_MARKED = re.compile(r"""="([^"]*)"|'+((?=[\d=+\-@]).*)""")

# What `clean` may change, as RE2 sees it and as bytes of UTF-8 that a column must hold before RE2 is asked at all.
_UNCLEAN = (
    r"[\x00-\x1f\x7f-\xa0\xad\x{300}-\x{36f}\x{2000}-\x{2011}\x{2028}-\x{202f}\x{205f}-\x{206f}\x{2212}\x{3000}"
    r"\x{f900}-\x{faff}\x{fe00}-\x{feff}\x{ff01}-\x{ff5e}\x{ffe0}-\x{ffe6}]|^ *=\"|^ *'"
)
# In UTF-8 most first bytes begin nothing unclean, and two begin much that is clean: then more bytes are looked at.
_HARMLESS = bytes({*range(0x20, 0x7F), *range(0x80, 0x100)} - {*b"='", 0xC2, 0xCC, 0xCD, 0xE2, 0xE3, 0xEF})
_DOUBTFUL = {*b"='", 0xE2, 0xE3}
_HINTS = (b'="', b"'", b"\xe2\x80", b"\xe2\x81", b"\xe2\x88\x92", b"\xe3\x80\x80")


def clean(text: str) -> str:
    """The text in half width, without invisible characters and outer whitespace."""
    text = unicodedata.normalize("NFC", text).translate(_CHARACTERS)
    if not _CHINESE.search(text):
        text = text.translate(_MARKS)
    text = text.strip(" ")
    while found := _MARKED.fullmatch(text):
        text = (found[1] or found[2] or "").strip(" ")
    return text


def clean_header(text: str) -> str:
    """A header text: also without gaps inside Chinese words and without the star of required columns."""
    return _GAP.sub("", clean(text)).strip("* ")


def unique_names(texts: Iterable[str]) -> tuple[tuple[str, ...], list[str]]:
    """The header texts made unique by a number at the end, and those that had to be changed."""
    names: list[str] = []
    changed: list[str] = []
    taken = {ROW}
    for text in texts:
        name, count = text, 1
        while name in taken:
            count += 1
            name = f"{text}_{count}"
        if name != text:
            changed.append(name)
        taken.add(name)
        names.append(name)
    return tuple(names), changed


def text_of(value: object) -> str | None:
    """A cell's value as text: dates in ISO form, whole numbers without point, too long numbers with exponent."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return moment_text(value)


def _number(value: float) -> str | None:
    if math.isnan(value) or math.isinf(value):
        return None
    if abs(value) >= LONGEST_NUMBER:
        return f"{value:.14e}"
    if value.is_integer():
        return str(int(value))
    return format(Decimal(f"{value:.15g}"), "f")


def clean_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of text, cleaned, blanks as null. Only values that hold something unclean pass through Python."""
    column = pa.chunked_array([_clean_chunk(chunk) for chunk in column.chunks], column.type)
    blank = pc.is_in(column, value_set=pa.array(BLANKS, column.type))
    return pc.if_else(blank, pa.scalar(None, column.type), column) if pc.any(blank).as_py() else column


def _clean_chunk(chunk: pa.Array) -> pa.Array:
    if _hinted(chunk):
        mask = pc.fill_null(pc.match_substring_regex(chunk, _UNCLEAN), False)
        unclean = chunk.filter(mask).dictionary_encode()
        cleaned = pa.array([clean(text) for text in unclean.dictionary.to_pylist()], chunk.type)
        chunk = pc.replace_with_mask(chunk, mask, cleaned.take(unclean.indices))
    padded = pc.or_(pc.starts_with(chunk, " "), pc.ends_with(chunk, " "))
    return pc.utf8_trim(chunk, " ") if pc.any(padded).as_py() else chunk


def _hinted(chunk: pa.Array) -> bool:
    """Whether the bytes of a column may hold something unclean: far faster than a search in its texts."""
    buffer = chunk.buffers()[2]
    data = buffer.to_pybytes() if buffer is not None else b""
    leads = set(data.translate(None, _HARMLESS))
    return bool(leads - _DOUBTFUL) or any(hint in data for hint in _HINTS if hint[0] in leads)


def clean_columns(table: pa.Table) -> pa.Table:
    """The table with each of its text columns cleaned."""
    for index, entry in enumerate(table.schema):
        if pa.types.is_string(entry.type) or pa.types.is_large_string(entry.type):
            table = table.set_column(index, entry.name, clean_column(table.column(index)))
    return table
