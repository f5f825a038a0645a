"""Reads a workbook in a process of its own: a wrong one can stop its reader, or make it take all memory.

The parent runs this file as a script; it imports nothing of the engine, so that it starts fast.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

MEMORY = 8 << 30  # bytes the process may take, and never more than three quarters of the machine's
WAIT = 600  # seconds
LOCKED = 3  # exit code: the workbook has a password

Grid = tuple[str, list[list[Any]], list[Any]]  # name of a sheet, its rows, its merged cells


class Damaged(Exception):
    """The workbook cannot be read; ``locked``: because it has a password."""

    def __init__(self, *, locked: bool) -> None:
        super().__init__()
        self.locked = locked


def visible(book: CalamineWorkbook) -> list[str]:
    """The names of the sheets that a person sees."""
    return [
        meta.name
        for meta in book.sheets_metadata
        if meta.visible == SheetVisibleEnum.Visible and meta.typ == SheetTypeEnum.WorkSheet
    ]


def grid(book: CalamineWorkbook, name: str) -> Grid:
    """The rows of a sheet from its first row and column on."""
    sheet = book.get_sheet_by_name(name)
    return name, sheet.to_python(skip_empty_area=False), sheet.merged_cell_ranges or []


def read(path: Path) -> list[Grid]:
    """The visible sheets of a workbook, dates as text."""
    command = [sys.executable, "-P", __file__, str(path.resolve())]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=WAIT, check=False)
        if done.returncode:
            raise Damaged(locked=done.returncode == LOCKED)
        return [(name, rows, merges) for name, rows, merges in json.loads(done.stdout)]
    except (subprocess.TimeoutExpired, ValueError):
        raise Damaged(locked=False) from None


def moment_text(value: object) -> str:
    """A date, time or duration as text."""
    if isinstance(value, dt.timedelta):
        minutes, seconds = divmod(int(value.total_seconds()), 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"
    return value.isoformat(" ") if isinstance(value, dt.datetime) else str(value)


def _main(path: str) -> int:
    if sys.platform != "win32":
        import resource

        limit = min(MEMORY, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") * 3 // 4)
        most = resource.getrlimit(resource.RLIMIT_AS)[1]
        limit = limit if most == resource.RLIM_INFINITY else min(limit, most)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    try:
        with open(path, "rb") as stream, CalamineWorkbook.from_filelike(stream) as book:
            # As one text, so that what is too large fails here and not in the parent.
            text = json.dumps([grid(book, name) for name in visible(book)], default=moment_text)
    except PasswordError:
        return LOCKED
    except (CalamineError, ValueError, OSError, MemoryError):
        return 1
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1]))
