"""Who may import whom: the table is the drawing, and the code is held to it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# The floors of the office, lowest first. An app uses floors below its own, never its own or a higher one.
FLOORS = (
    {"shared"},
    {"organisation"},
    {"accounts"},
    {"portal"},
    {"registers", "identification"},
    {"detection"},
    {"education", "flows"},
    {"alerts"},
    {"assessment"},
    {"supervision", "reports"},
)
FLOOR_OF = {app: number for number, apps in enumerate(FLOORS) for app in apps}
PORTAL_USES = {"shared"}  # what was not handed to the portal cannot leak from it
DOOR = "detection"  # the only app that imports the engine

# The engine: one process beside the data, with no web, no network of its own, and no clock.
NOT_IN_ENGINE = {
    "aiohttp": "network",
    "django": "web",
    "ftplib": "network",
    "http": "network",
    "httpx": "network",
    "ninja": "web",
    "requests": "network",
    "smtplib": "network",
    "socket": "network",
    "socketserver": "network",
    "urllib.request": "network",
    "urllib3": "network",
}
CLOCK = {
    "datetime": {"now", "today", "utcnow"},
    "date": {"today"},
    "time": {"time", "time_ns", "localtime", "gmtime", "ctime", "asctime", "strftime"},
}
READS_THE_CLOCK = {"lianfang.engine.__main__"}  # the command; what it read is handed down as a value


@dataclass(frozen=True)
class Place:
    """Where a module stands: its part (engine, web, indicators, demo) and, in the office, its app."""

    part: str
    app: str = ""

    @classmethod
    def of(cls, module: str) -> Place:
        names = [*module.split("."), "", ""]
        if names[1] == "web":
            return cls("web", names[2] if names[2] in FLOOR_OF else "")
        return cls(names[1])


def module_name(path: Path) -> str:
    parts = list(path.with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(tree: ast.AST, module: str, is_package: bool) -> set[str]:
    """Every module that ``tree`` imports, at any depth, by its full name."""
    package = module.split(".") if is_package else module.split(".")[:-1]
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*above, *(node.module or "").split(".")]).strip(".")
            names |= {f"{origin}.{alias.name}" for alias in node.names}
    return names


def clock_reads(tree: ast.AST) -> set[str]:
    """The calls in ``tree`` whose answer depends on the moment."""
    from_time = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "time"
        for alias in node.names
        if alias.name in CLOCK["time"]
    }
    found = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name) and called.id in from_time:
            found.add(called.id)
        if isinstance(called, ast.Attribute):
            owner = called.value.attr if isinstance(called.value, ast.Attribute) else getattr(called.value, "id", "")
            if called.attr in CLOCK.get(owner, ()):
                found.add(f"{owner}.{called.attr}")
    return found


def refused_import(module: str, target: str) -> str | None:
    """Why ``module`` may not import ``target``, or None."""
    here, there = Place.of(module), Place.of(target)
    if here.part == "engine":
        for name, reason in NOT_IN_ENGINE.items():
            if target == name or target.startswith(name + "."):
                return f"the engine has no {reason}"
    if not target.startswith("lianfang.") or here.part == "demo":
        return None
    if there.part == "demo":
        return "nothing imports the demonstration"
    if here.part == "engine" and there.part in {"web", "indicators"}:
        return "the engine stands alone; it reads indicators by path"
    if here.part == "indicators" and there.part in {"web", "engine"}:
        return "an indicator is data: the engine reads it, it does not reach into the engine"
    return _refused_in_office(here, there) if here.part == "web" else None


def _refused_in_office(here: Place, there: Place) -> str | None:
    if there.part == "engine":
        return None if here.app == DOOR else f"only {DOOR} opens the door to the engine"
    if there.part != "web" or not here.app or here.app == there.app:
        return None
    if not there.app:
        return "an app does not import the site's settings and addresses"
    if here.app == "portal" and there.app not in PORTAL_USES:
        return "the portal uses only shared"
    if FLOOR_OF[there.app] >= FLOOR_OF[here.app]:
        return f"{there.app} stands on floor {FLOOR_OF[there.app]}, {here.app} on {FLOOR_OF[here.app]}"
    return None


def faults(path: Path, text: str) -> list[str]:
    """What in this file breaks the table. ``path`` is relative to the repository."""
    module, tree = module_name(path), ast.parse(text)
    found = [
        f"{path}: {module} imports {target}: {reason}"
        for target in sorted(imported(tree, module, path.name == "__init__.py"))
        if (reason := refused_import(module, target))
    ]
    if Place.of(module).part == "engine" and module not in READS_THE_CLOCK:
        found += [f"{path}: {call}() in the engine: hand the day down instead" for call in sorted(clock_reads(tree))]
    return found


def test_every_module_keeps_to_its_floor():
    files = sorted((ROOT / "lianfang").rglob("*.py"))
    assert len(files) > 3
    assert [fault for f in files for fault in faults(f.relative_to(ROOT), f.read_text(encoding="utf-8"))] == []


def test_every_app_of_the_office_has_a_floor():
    web = ROOT / "lianfang" / "web"
    apps = {p.parent.name for p in web.glob("*/apps.py")}
    assert apps - set(FLOOR_OF) == set()


BAD = [
    ("lianfang/engine/run.py", "import django.db", "no web"),
    ("lianfang/engine/run.py", "from urllib import request", "no network"),
    ("lianfang/engine/sources/x.py", "def f():\n    import socket", "no network"),
    ("lianfang/engine/run.py", "from lianfang.web.alerts import models", "stands alone"),
    ("lianfang/engine/run.py", "from ..web import settings", "stands alone"),
    ("lianfang/engine/run.py", "from lianfang.demo import data", "nothing imports"),
    ("lianfang/engine/run.py", "import datetime\nd = datetime.datetime.now()", "hand the day down"),
    ("lianfang/engine/run.py", "from datetime import date\nd = date.today()", "hand the day down"),
    ("lianfang/engine/run.py", "from time import time as t\nt()", "hand the day down"),
    ("lianfang/indicators/works/x/rule.py", "from lianfang.engine import run", "is data"),
    ("lianfang/web/alerts/views.py", "from lianfang.engine import run", "only detection"),
    ("lianfang/web/registers/models.py", "from lianfang.web.alerts.models import Alert", "floor 7"),
    ("lianfang/web/registers/models.py", "from ..identification import models", "floor 4"),
    ("lianfang/web/portal/views.py", "from lianfang.web.accounts import models", "only shared"),
    ("lianfang/web/shared/moves.py", "from lianfang.web.organisation.models import Unit", "floor 1"),
    ("lianfang/web/alerts/views.py", "from lianfang.web import settings", "settings"),
]


@pytest.mark.parametrize("path, text, reason", BAD)
def test_import_against_the_table_is_found(path, text, reason):
    (fault,) = faults(Path(path), text)
    assert reason in fault


GOOD = [
    ("lianfang/engine/run.py", "import time\nfrom urllib.parse import quote\nt = time.perf_counter()"),
    ("lianfang/engine/__main__.py", "from datetime import date\nd = date.today()"),
    ("lianfang/engine/sources/database.py", "import psycopg"),
    ("lianfang/web/detection/actions.py", "from lianfang.engine import run"),
    ("lianfang/web/alerts/actions.py", "from lianfang.web.detection import queries\nfrom . import models"),
    ("lianfang/web/portal/views.py", "from lianfang.web.shared import components"),
    ("lianfang/web/urls.py", "from lianfang.web.reports import urls"),
    ("lianfang/demo/data.py", "from lianfang.web.alerts import actions"),
]


@pytest.mark.parametrize("path, text", GOOD)
def test_import_within_the_table_is_left_alone(path, text):
    assert faults(Path(path), text) == []
