"""The one error a user of the engine sees: where it is, what is wrong, what to do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

LANGUAGES = ("zh", "en")
_spoken: ContextVar[str | None] = ContextVar("spoken", default=None)


def language() -> str:
    """The language of messages: ``zh`` (default) or ``en``, from ``speaking`` or else from ``LIANFANG_LANG``."""
    chosen = (_spoken.get() or os.environ.get("LIANFANG_LANG", "zh"))[:2].lower()
    return chosen if chosen in LANGUAGES else "zh"


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Say everything in one language for a while: one process answers readers of both."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


def say(zh: str, en: str) -> str:
    """The text in the language of messages."""
    return en if language() == "en" else zh


class Fault(Exception):
    """Input that cannot be used as it is.

    ``where`` names the file, sheet, row, column or indicator; ``what`` says what is wrong there;
    ``remedy`` says what the reader can do. Values that may identify a person never stand in it.
    """

    def __init__(self, where: str, what: str, remedy: str) -> None:
        self.where, self.what, self.remedy = where, what, remedy
        super().__init__(where, what, remedy)

    def __str__(self) -> str:
        return f"{self.where}: {self.what} {say('请', 'To do:')}{'' if language() == 'zh' else ' '}{self.remedy}"
