"""The office's words in other languages: one file of translations an app, merged into what gettext reads."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

HERE = Path(__file__).parent
Text = str | tuple[str, ...]


def sources(language: str) -> list[Path]:
    """The files of translations of ``language``, one an app; what all apps share comes first."""
    return sorted((HERE / language).glob("*.po"), key=lambda path: (path.stem != "shared", path.stem))


def compiled(language: str) -> Path:
    """Where Django looks for the translations of ``language``."""
    return HERE / language / "LC_MESSAGES" / "django.mo"


def is_stale(language: str) -> bool:
    """Whether a file of translations is newer than what was made of them."""
    made = compiled(language)
    return not made.exists() or any(p.stat().st_mtime > made.stat().st_mtime for p in sources(language))


def merge(language: str) -> Catalog:
    """All translations of ``language`` as one. What two files translate is taken from ``shared`` first."""
    whole = Catalog(locale=language, charset="utf-8")
    for path in sources(language):
        for text, said in translations(path, language).items():
            if whole.get(text) is None:
                whole.add(text, said)
    return whole


def translations(path: Path, language: str) -> dict[Text, Text]:
    """The texts of one file with their translations; what has none is left out. One with a plural is a pair."""
    with path.open("rb") as file:
        return {_plain(m.id): _plain(m.string) for m in read_po(file, locale=language) if m.id and any(m.string)}


def _plain(text: object) -> Text:
    return tuple(text) if isinstance(text, (list, tuple)) else str(text)


def differences(language: str) -> list[str]:
    """Texts that two files translate differently: one text has one translation, everywhere."""
    found: dict[Text, tuple[str, Text]] = {}
    wrong = []
    for path in sources(language):
        for text, said in translations(path, language).items():
            name, known = found.setdefault(text, (path.name, said))
            if known != said:
                wrong.append(f"{text}: {known} ({name}), {said} ({path.name})")
    return wrong


def build(language: str) -> Path:
    """Write what gettext reads, whole or not at all, so that a process that starts meanwhile reads no half file."""
    made = compiled(language)
    made.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=made.parent, suffix=".tmp")
    with os.fdopen(handle, "wb") as out:
        write_mo(out, merge(language))
    os.chmod(name, 0o644)
    os.replace(name, made)
    return made


def languages() -> list[str]:
    return sorted(path.name for path in HERE.iterdir() if path.is_dir() and any(path.glob("*.po")))


def refresh() -> None:
    """Build what is missing or stale; called when the office starts."""
    for language in languages():
        if is_stale(language):
            build(language)
