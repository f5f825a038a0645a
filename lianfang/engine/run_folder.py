"""The run folder, all that crosses the door: written whole or not at all, at a declared level of disclosure."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lianfang.engine.disclosure import Level, told
from lianfang.engine.fault import Fault, say
from lianfang.engine.findings import write_findings, write_keys
from lianfang.engine.signing import MANIFEST, read_manifest, sign

if TYPE_CHECKING:
    from lianfang.engine.run import Run

FINDINGS = "findings.parquet"
UNITS = "units.json"


def compare(finished: Run, against: Path) -> dict[str, int]:
    """Findings that are new, continuing, changed (metric or colour) or gone since the earlier run.

    Adds table ``comparison`` (finding_key, change) to the run's connection.
    """
    earlier = read_manifest(against)
    path = against / FINDINGS
    if earlier.get("disclosure") != "full" or not path.exists():
        raise Fault(
            str(against),
            say("这个运行没有带全部发现,不能比较。", "this run does not hold its findings in full."),
            say("与 --disclose full 的运行比较。", "compare with a run of --disclose full."),
        )
    codes = [o.code for o in finished.outcomes if o.status in ("computed", "not_applicable")]
    finished.connection.execute(
        """CREATE OR REPLACE TEMP TABLE comparison AS
        SELECT coalesce(now.finding_key, was.finding_key) AS finding_key,
          CASE WHEN was.finding_key IS NULL THEN 'new' WHEN now.finding_key IS NULL THEN 'gone'
               WHEN now.metric = was.metric AND now.colour = was.colour THEN 'continuing' ELSE 'changed' END AS change
        FROM findings AS now FULL JOIN (SELECT * FROM read_parquet(?) WHERE code IN (SELECT unnest(?))) AS was
          ON was.finding_key = now.finding_key""",
        [str(path), codes],
    )
    rows = finished.connection.execute("SELECT change, count(*) FROM comparison GROUP BY ALL").fetchall()
    return {change: dict(rows).get(change, 0) for change in ("new", "continuing", "changed", "gone")}


def check_place(folder: Path) -> None:
    """Refuse a place that is not an empty or new folder."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Fault(
            str(folder),
            say("输出位置已有内容。", "the output place is not empty."),
            say("换一个文件夹。", "choose another folder."),
        )


def write(finished: Run, folder: Path, *, disclose: Level = "full", signing_key: Path | None = None) -> None:
    """Write the run folder whole or not at all; an existing folder with contents is never touched."""
    check_place(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise Fault(
            str(folder),
            say("不能写:", "cannot write: ") + str(error.strerror),
            say("换一个可写的位置。", "choose a place you may write."),
        ) from None
    try:
        _fill(finished, made, disclose)
        if signing_key is not None:
            sign(made, signing_key)
        made.chmod(0o755)
        if folder.exists():
            folder.rmdir()
        made.rename(folder)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    finished.folder = folder


def _fill(finished: Run, folder: Path, disclose: Level) -> None:
    names = _write_findings(finished, folder, disclose)
    manifest = dict(finished.manifest, disclosure=disclose)
    if disclose != "full":
        manifest = _coarse(manifest)
    manifest["files"] = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    (folder / MANIFEST).write_text(_json(manifest), encoding="utf-8")
    seconds = {o.code: round(o.seconds, 4) for o in finished.outcomes}
    (folder / "timing.json").write_text(_json({"seconds": seconds}), encoding="utf-8")


def _write_findings(finished: Run, folder: Path, disclose: Level) -> list[str]:
    path = folder / FINDINGS
    if disclose == "full":
        write_findings(finished.connection, path)
        return [FINDINGS]
    if disclose == "keys":
        write_keys(finished.connection, path)
        return [FINDINGS]
    if disclose == "units":
        rows = finished.connection.execute(
            "SELECT code, unit_id, colour, count(*) AS n FROM findings GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        listed = [{"code": c, "unit_id": u, "colour": k, "findings": told(n)} for c, u, k, n in rows]
        (folder / UNITS).write_text(_json(listed), encoding="utf-8")
        return [UNITS]
    return []


def _coarse(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest with every count as it may be published, and files by their digest alone."""
    counts = {
        name: manifest[name] for name in ("indicators", "tables", "dropped_above", "comparison") if name in manifest
    }
    sources = [{"sha256": source["sha256"]} for source in manifest["sources"]]
    return {**manifest, **_told(counts), "sources": sources}


def _told(value: Any) -> Any:
    """Every number inside ``value`` as it may be published."""
    if isinstance(value, Mapping):
        return {key: _told(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_told(one) for one in value]
    return told(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=str) + "\n"
