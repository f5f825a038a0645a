"""Reading line by line, for files that are no plain lines of compiled releases: slower, and it says which line."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import orjson

from lianfang.engine.fault import Fault, say
from lianfang.engine.sources.ocds.shape import Shape, sieve

ROW = "_row"
GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"


def opened(path: Path) -> IO[bytes]:
    """The file's bytes, unpacked if it is a .gz by its content."""
    with path.open("rb") as stream:
        packed = stream.read(2) == GZIP
    return gzip.open(path) if packed else path.open("rb")  # type: ignore[return-value]


def sieved(path: Path, shape: dict[str, Shape], out: Path) -> list[tuple[int, str]]:
    """Write the usable releases of ``path`` to ``out`` as plain lines; returns row and reason of the others."""
    rejected = []
    with out.open("wb") as lines:
        for row, value in _releases(path):
            if not isinstance(value, dict):
                rejected.append((row, say("不是 JSON 对象", "is not a JSON object")))
            elif not isinstance(value.get("ocid"), str) or not value["ocid"].strip():
                rejected.append((row, say("ocid 不是文字或为空", "its ocid is not a text, or empty")))
            else:
                lines.write(orjson.dumps(sieve(value, shape) | {"ocid": value["ocid"], ROW: row}))
                lines.write(b"\n")
    return rejected


def _releases(path: Path) -> Iterator[tuple[int, Any]]:
    """Every release with its row: the line it stands on, or its place in a file that is one JSON text."""
    with opened(path) as stream:
        by_line = _is_lines(stream)
    if not by_line:
        for place, value in enumerate(_unpacked(_whole(path), path.name), 1):
            yield place, value
        return
    with opened(path) as stream:
        for number, line in _numbered(stream, path):
            where = say(f"{path.name} 第 {number} 行", f"{path.name}, line {number}")
            for value in _unpacked(_parsed(line, where), where):
                yield number, value


def _is_lines(stream: IO[bytes]) -> bool:
    """Whether the first or the second line that is not blank is a JSON text of its own."""
    found = 0
    for line in stream:
        text = line.removeprefix(_BOM).strip()
        if not text:
            continue
        try:
            orjson.loads(text)
            return not text.startswith(b"[")
        except orjson.JSONDecodeError:
            found += 1
            if found == 2:
                return False
    return False


def _numbered(stream: IO[bytes], path: Path) -> Iterator[tuple[int, bytes]]:
    number = 0
    try:
        for number, line in enumerate(stream, 1):
            text = line.removeprefix(_BOM).strip() if number == 1 else line.strip()
            if text:
                yield number, text
    except (OSError, EOFError) as error:
        raise Fault(
            path.name,
            say(f"读到第 {number} 行后中断:{error}。", f"breaks off after line {number}: {error}."),
            say("重新下载或拷贝。", "download or copy it again."),
        ) from None


def _whole(path: Path) -> Any:
    try:
        with opened(path) as stream:
            text = stream.read()
    except (OSError, EOFError) as error:
        raise Fault(path.name, f"{error}.", say("重新下载或拷贝。", "download or copy it again.")) from None
    return _parsed(text.removeprefix(_BOM), path.name)


def _parsed(text: bytes, where: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if "UTF-8" in error.msg:
            raise Fault(
                where,
                say("不是 UTF-8 文字。", "is not UTF-8 text."),
                say("把文件另存为 UTF-8 编码。", "save the file as UTF-8."),
            ) from None
        cut = error.pos >= len(text.decode()) or "end of data" in error.msg
        what = say("JSON 不完整,像是被截断", "its JSON breaks off") if cut else say("JSON 有错误", "its JSON is broken")
        at = say(f"(第 {error.pos + 1} 个字符处)。", f" at character {error.pos + 1}.")
        raise Fault(
            where,
            what + at,
            say(
                "重新下载或导出;若只坏这一行,删去它再读。",
                "download or export it again; if only this line is spoilt, delete it.",
            ),
        ) from None


def _unpacked(value: Any, where: str) -> Iterator[Any]:
    """The releases in a value: itself, or those of a list, a release package, a record or a record package."""
    if isinstance(value, list):
        for one in value:
            yield from _unpacked(one, where)
    elif isinstance(value, dict) and isinstance(inside := value.get("records", value.get("releases")), list):
        if "compiledRelease" in value or ("ocid" in value and "records" not in value):
            yield _compiled(value, where)
        else:
            for one in inside:
                yield from _unpacked(one, where)
    elif isinstance(value, dict) and "compiledRelease" in value:
        yield _compiled(value, where)
    else:
        yield value


def _compiled(record: dict[str, Any], where: str) -> dict[str, Any]:
    if isinstance(release := record.get("compiledRelease"), dict):
        return release
    raise unmerged(where, say("记录中没有 compiledRelease。", "the record has no compiledRelease."))


def unmerged(where: str, what: str) -> Fault:
    """Releases that would have to be merged first."""
    return Fault(
        where,
        what,
        say(
            "先用 OCDS 工具(如 ocdskit compile)合并成 compiled release 再读;本引擎不做合并。",
            "compile them first with an OCDS tool such as `ocdskit compile`; releases are not merged here.",
        ),
    )
