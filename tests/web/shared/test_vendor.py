"""What is kept of other projects equals what the lock names, and every file has its licence beside it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from lianfang.web import vendor

ROOT = Path(__file__).parents[3]
LISTED = json.loads((vendor.KEPT / "VENDOR.json").read_text(encoding="utf-8"))
LOCKED = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
WANTED = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]


def test_every_file_is_listed_and_every_listed_file_is_there():
    kept = {path.name for path in vendor.KEPT.iterdir() if not path.name.endswith((".txt", ".json"))}
    assert kept == set(LISTED) == set(vendor.FILES)


@pytest.mark.parametrize("name", sorted(vendor.FILES))
def test_file_is_the_one_that_the_lock_names(name):
    entry = LISTED[name]
    locked = LOCKED[f"node_modules/{entry['package']}"]
    assert vendor.digest((vendor.KEPT / name).read_bytes()) == entry["digest"]
    assert (entry["version"], entry["package_integrity"]) == (locked["version"], locked["integrity"])
    assert WANTED[entry["package"]] == entry["version"]


@pytest.mark.parametrize("name", [name for name in sorted(vendor.FILES) if not name.endswith(".woff2")])
def test_file_names_no_map_that_is_not_shipped(name):
    assert b"sourceMappingURL" not in (vendor.KEPT / name).read_bytes()


def test_line_of_a_map_is_taken_out_and_a_font_is_left_alone():
    assert vendor.kept(b"a{}\n/*# sourceMappingURL=a.css.map */\n", "a.css") == b"a{}\n"
    assert vendor.kept(b"x()\n//# sourceMappingURL=a.js.map", "a.js") == b"x()\n"
    assert vendor.kept(b"//# sourceMappingURL=a", "a.woff2") == b"//# sourceMappingURL=a"


def test_every_package_has_a_licence_beside_it_and_stands_in_the_notice():
    beside = " ".join(path.name for path in vendor.KEPT.glob("*.txt"))
    packages = {entry["package"] for entry in LISTED.values()}
    assert [p for p in packages if f"{p.strip('@').replace('/', '-')}.LICENSE" not in beside] == []
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    assert [word for word in ("ECharts", "htmx", "Inter", "Tabler") if word not in notice] == []


def test_lock_names_no_package_source():
    assert not re.search(r'"resolved"|registry', (ROOT / "package-lock.json").read_text(encoding="utf-8"))
