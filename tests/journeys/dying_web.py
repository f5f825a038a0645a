"""The office's web application, made to die in the middle of an armed form or with its answer unsent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from lianfang.web.wsgi import application as office
from tests.journeys.dying import armed, watched


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """What the office answers; a POST that is armed is watched."""
    unit = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
    line = armed("web", unit) if environ["REQUEST_METHOD"] == "POST" else None
    if line is None:
        return office(environ, start_response)
    end = watched("web", unit, line)
    try:
        answer = list(office(environ, start_response))
    finally:
        end()
    return answer
