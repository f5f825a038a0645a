"""Copies what the pages load from the locked packages into the repository: ``make vendor`` after ``npm ci``.

Whoever installs the office needs no node: the files are kept, and each is listed with its package and digest.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
KEPT = Path(__file__).parent / "static" / "vendor"
# file as kept → package, path within it
FILES = {
    "echarts.min.js": ("echarts", "dist/echarts.min.js"),
    "htmx.min.js": ("htmx.org", "dist/htmx.min.js"),
    "inter-latin-wght-normal.woff2": ("@fontsource-variable/inter", "files/inter-latin-wght-normal.woff2"),
    "tabler.min.css": ("@tabler/core", "dist/css/tabler.min.css"),
}
LICENCES = {
    "echarts": ("LICENSE", "NOTICE", "licenses/LICENSE-d3"),
    "htmx.org": ("LICENSE",),
    "@fontsource-variable/inter": ("LICENSE",),
    "@tabler/core": (),  # the package carries none; its text stands in the head of the file and in NOTICE
}
_MAP = re.compile(rb"\s*/[/*]# sourceMappingURL=\S+(?:\s*\*/)?")


def kept(content: bytes, name: str) -> bytes:
    """The content as it is kept: a text without the line that names a map we do not ship."""
    return content if name.endswith(".woff2") else _MAP.sub(b"", content).rstrip() + b"\n"


def digest(content: bytes) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content).digest()).decode()


def copy(modules: Path, into: Path = KEPT) -> dict[str, dict[str, str]]:
    """Copy every file from ``modules`` (node_modules) and return the list that is written beside them."""
    locked = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    listed = {}
    into.mkdir(parents=True, exist_ok=True)
    for name, (package, path) in FILES.items():
        content = kept((modules / package / path).read_bytes(), name)
        (into / name).write_bytes(content)
        entry = locked[f"node_modules/{package}"]
        listed[name] = {
            "package": package,
            "version": entry["version"],
            "path": path,
            "licence": entry["license"],
            "package_integrity": entry["integrity"],
            "digest": digest(content),
        }
    for package, texts in LICENCES.items():
        for text in texts:
            name = f"{package.strip('@').replace('/', '-')}.{Path(text).name}.txt"
            (into / name).write_bytes((modules / package / text).read_bytes())
    (into / "VENDOR.json").write_text(json.dumps(listed, indent=2) + "\n", encoding="utf-8")
    return listed


if __name__ == "__main__":
    for name, entry in copy(ROOT / "node_modules").items():
        print(f"{name}  {entry['package']} {entry['version']}")
