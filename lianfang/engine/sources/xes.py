"""XES, the exchange format of event logs, read as a stream: flat memory, no document types, no entities."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from xml.parsers import expat

from lianfang.engine.fault import Fault, say

_CHUNK = 1 << 18
_LOG, _TRACE, _INSIDE, _ATTRIBUTE = 1, 2, 3, 4  # depth of <log>, <trace>, a trace's children, an event's children

Event = dict[str, str]
Take = Callable[[int, Mapping[str, str], Event], None]


def is_gzip(path: Path) -> bool:
    """By the first two bytes: endings lie."""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The file's content, unpacked; a broken archive is a Fault wherever it breaks."""
    try:
        if is_gzip(path):
            with gzip.open(path) as packed:
                yield packed  # type: ignore[misc]
        else:
            with path.open("rb") as plain:
                yield plain
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise Fault(
            path.name,
            say("压缩文件不完整或已损坏,后面的事件读不到。", "the gz file is cut short or damaged."),
            say("重新导出或重新传送该文件。", "export or transfer the file again."),
        ) from None


def read(path: Path, case_keys: frozenset[str], event_keys: frozenset[str], take: Take) -> None:
    """Call ``take(line, case, event)`` for every event with the attributes asked for; outside a trace case is empty."""
    reader = _Reader(path.name, case_keys, event_keys, take)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.EntityDeclHandler = reader.refuse
    reader.parser = parser
    with opened(path) as file:
        try:
            while chunk := file.read(_CHUNK):
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise Fault(
                say(f"{path.name} 第{error.lineno}行", f"{path.name} line {error.lineno}"),
                say("XML 格式有误:", "the XML is malformed: ") + expat.ErrorString(error.code) + say("。", "."),
                say("重新导出该日志;不要用文本编辑器改动。", "export the log again; do not edit it as text."),
            ) from None


class _Reader:
    """Handlers of one log. The events of a trace wait until it ends: its attributes may stand behind them."""

    parser: expat.XMLParserType

    def __init__(self, file: str, case_keys: frozenset[str], event_keys: frozenset[str], take: Take) -> None:
        self.file, self.case_keys, self.event_keys, self.take = file, case_keys, event_keys, take
        self.depth, self.prefix = 0, ""
        self.case: dict[str, str] | None = None
        self.event: Event | None = None
        self.event_depth = self.line = 0
        self.events: list[tuple[int, Event]] = []

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self.depth += 1
        depth = self.depth
        if self.event is not None:
            if depth == self.event_depth + 1 and (key := attributes.get("key")) in self.event_keys:
                self.event[str(key)] = attributes.get("value", "")
        elif depth == _LOG:
            self._root(name)
        elif name == self.prefix + "event" and depth == (_INSIDE if self.case is not None else _TRACE):
            self.event, self.event_depth, self.line = {}, depth, self.parser.CurrentLineNumber
        elif depth == _TRACE and name == self.prefix + "trace":
            self.case = {}
        elif depth == _INSIDE and self.case is not None and (key := attributes.get("key")) in self.case_keys:
            self.case[str(key)] = attributes.get("value", "")

    def end(self, name: str) -> None:
        if self.event is not None and self.depth == self.event_depth:
            self.events.append((self.line, self.event))
            self.event = None
            if self.case is None:
                self._give({})
        elif self.depth == _TRACE and self.case is not None:
            self._give(self.case)
            self.case = None
        self.depth -= 1

    def _give(self, case: Mapping[str, str]) -> None:
        for line, event in self.events:
            self.take(line, case, event)
        self.events.clear()

    def _root(self, name: str) -> None:
        prefix, _, local = name.rpartition(":")
        if local != "log":
            raise Fault(
                self.file,
                say(f"不是 XES:根元素是 {name[:40]}。", f"not XES: the root element is {name[:40]}."),
                say("导出为 XES 或 CSV 日志。", "export the log as XES or CSV."),
            )
        self.prefix = f"{prefix}:" if prefix else ""

    def refuse(self, *_: object) -> None:
        line = self.parser.CurrentLineNumber
        raise Fault(
            say(f"{self.file} 第{line}行", f"{self.file} line {line}"),
            say("日志带有文档类型或实体声明,一律不读。", "document types and entities are never read."),
            say("由业务系统重新导出不含 DOCTYPE 的 XES。", "export the XES from its system again, without DOCTYPE."),
        )
