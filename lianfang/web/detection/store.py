"""Where uploaded files, checked tables and taken batches stand in the store, and how they get there whole.

A file is written under another name, flushed to the disk and then renamed: whoever finds it finds all of it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from secrets import token_bytes

from django.conf import settings

GONE = ".gone-"  # how the name of a folder begins that is being taken away


def uploaded(digest: str) -> Path:
    """The file that was uploaded with this digest."""
    return settings.STORE / "uploads" / digest[:2] / digest


def checked(delivery: str) -> Path:
    """The folder of what checks of a delivery made, one folder an attempt."""
    return settings.STORE / "deliveries" / delivery


def batch(number: str) -> Path:
    """The folder of a taken batch: its table as Parquet, and the rows that were returned."""
    return settings.STORE / "batches" / number


def in_store(relative: str) -> Path:
    return settings.STORE / relative


def relative(path: Path) -> str:
    return path.relative_to(settings.STORE).as_posix()


def keep_upload(blocks: Iterable[bytes]) -> tuple[str, int]:
    """Keep an uploaded file under its digest; returns the digest and the size. The same file is kept once."""
    place = settings.STORE / "uploads"
    place.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".arriving-", dir=place)
    digest, size = hashlib.sha256(), 0
    try:
        with os.fdopen(handle, "wb") as out:
            for block in blocks:
                digest.update(block)
                size += len(block)
                out.write(block)
            _flush(out.fileno())
        target = uploaded(digest.hexdigest())
        target.parent.mkdir(exist_ok=True)
        os.replace(name, target)
        _flush_folder(target.parent)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)
    return digest.hexdigest(), size


def file_digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def link(origin: Path, target: Path) -> None:
    """The same file under another name; a copy where the disk has no links."""
    try:
        os.link(origin, target)
    except OSError:
        shutil.copyfile(origin, target)


def settle(folder: Path) -> None:
    """Flush all files below ``folder`` to the disk, so that its name may be trusted after a power cut."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as stream:
                _flush(stream.fileno())
    _flush_folder(folder)


def place(folder: Path, target: Path) -> None:
    """Give a finished folder its name. One that stands there already came of the same work and stays."""
    settle(folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.rename(folder, target)
    except OSError:
        if not target.is_dir():
            raise
        shutil.rmtree(folder)
    _flush_folder(target.parent)


def remove(folder: Path) -> None:
    """Take a folder away: first its name, so that no half of it is ever found under it."""
    gone = folder.with_name(f"{GONE}{folder.name.removeprefix(GONE)}")
    with suppress(FileNotFoundError):
        if gone != folder:
            if gone.exists():
                shutil.rmtree(gone)
            os.rename(folder, gone)
        shutil.rmtree(gone)


def folders(kind: str) -> list[Path]:
    """The folders of deliveries or batches that stand in the store."""
    return inside(settings.STORE / kind)


def inside(place: Path) -> list[Path]:
    """The folders in a folder, in order."""
    return sorted(path for path in place.iterdir() if path.is_dir()) if place.is_dir() else []


def uploads(older_than: float) -> Iterator[Path]:
    """The uploaded files, whole or broken off, that have stood for so many seconds."""
    place = settings.STORE / "uploads"
    if place.is_dir():
        for path in place.rglob("*"):
            if path.is_file() and time.time() - path.stat().st_mtime > older_than:
                yield path


def person_key() -> Path:
    """The office's key for digests of identity numbers, made at first use and readable by its owner only."""
    path: Path = settings.STORE / "keys" / "person.key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(prefix=".key-", dir=path.parent)  # made 0600
        with os.fdopen(handle, "wb") as out:
            out.write(token_bytes(32).hex().encode("ascii"))
            _flush(out.fileno())
        with suppress(FileExistsError):
            os.link(name, path)  # never over a key that another process has just made
        os.unlink(name)
        _flush_folder(path.parent)
    return path


def _flush(handle: int) -> None:
    os.fsync(handle)


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
