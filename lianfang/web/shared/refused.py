"""The one exception with which an action says no, in words that tell its reader what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Lack:
    """One thing that is missing before a move can be made: what it is called, and where it is done."""

    what: str
    url: str = ""


class Refused(Exception):
    """An action that was not carried out; nothing was written.

    ``said`` is for the person who asked. ``status`` is the answer's: 403 not permitted, 409 somebody was first,
    422 something is missing or wrong. ``fields`` holds a message for each field it concerns.
    """

    def __init__(
        self,
        said: str,
        *,
        status: int = 422,
        fields: dict[str, str] | None = None,
        lacks: Sequence[Lack] = (),
    ) -> None:
        super().__init__(said)
        self.said = said
        self.status = status
        self.fields = fields or {}
        self.lacks = tuple(lacks)
