"""A few tables of a made-up city, and runs over them: contracts with changes, appointments, pensions."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from lianfang.engine.cases import Case, dataset_of, read_drawn
from lianfang.web.detection import carrying
from lianfang.web.detection.actions import runs
from lianfang.web.detection.models import Run
from lianfang.web.shared.actor import system

CODES = ("ENG-401", "CAD-001", "SOC-001", "MED-001")
TABLES = {
    "contract": """
        contract_id | unit_id | ctype | sign_date  | amount
        HT-1        | ZJJ     | 施工  | 2023-01-10 | 10000000
        HT-2        | CZJ     | 施工  | 2023-01-10 | 10000000
        HT-3        | ZJJ     | 施工  | 2023-01-10 | 10000000""",
    "contract_change": """
        change_id | contract_id | amount | apply_date | approve_level
        BG-1      | HT-1        | 300000 | 2023-09-01 | 分管
        BG-2      | HT-1        | 400000 | 2023-10-01 | 分管
        BG-3      | HT-2        | 900000 | 2023-10-01 | 分管
        BG-4      | HT-3        | 100000 | 2023-10-01 | 分管""",
    "appointment": """
        appt_id | unit_id | person_id | from_rank | to_rank | from_rank_since | need_months | appoint_date
        A-ZHU   | ZJJ-ZL  | P-ZHU     | 4         | 5       | 2022-03-15      | 24          | 2024-03-01
        A-SHEN  | ZJJ     | P-SHEN    | 4         | 5       | 2022-03-15      | 24          | 2024-03-01
        A-ABOVE | 420700  | P-ABOVE   | 4         | 5       | 2022-03-15      | 24          | 2024-03-01""",
    "person": """
        person_id | person_key | name         | unit_id | managed_by
        P-ZHU     | key-zhu    | 朱青         | ZJJ-ZL  | 县
        P-SHEN    | key-shen   | 沈立         | ZJJ     | 市
        P-ABOVE   | key-above  | 管在上级的人 | 420700  | 省""",
    "pension_payment": """
        unit_id | person_key | scheme   | amount | month
        ZJJ     | key-old    | 城乡居民 | 3000   | 2024-05-01
        ZJJ     | key-old    | 城乡居民 | 3000   | 2024-06-01""",
    "death_record": """
        person_key | death_date | register_date
        key-old    | 2024-04-03 | 2024-04-20""",
}


def put(folder: Path, changed: Mapping[str, str | None] | None = None) -> Mapping[str, Sequence[str]]:
    """Write the tables into ``folder``; ``changed`` puts others in their place, or none."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {name: text for name, text in {**TABLES, **(changed or {})}.items() if text is not None}
    rows = {name: read_drawn(text, name) for name, text in drawn.items()}
    dataset_of(Case("small city", date(2024, 12, 31), rows, [], (), (), {}), folder)
    return {name: [f"B-{name}"] for name in drawn}


def ran(
    changed: Mapping[str, str | None] | None = None, *, codes: Sequence[str] = CODES, as_of: date | None = None
) -> Run:
    """A run over the small city, carried out at once."""
    run = runs.start_run(by=system("test"), codes=codes, as_of=as_of)
    carrying.carry_out(run.number, assemble=lambda folder: put(folder, changed))
    run.refresh_from_db()
    return run


def folder_with_tables() -> Path:
    """A folder of the tables that outlives the process which made it."""
    folder = Path(tempfile.mkdtemp(prefix="small-city-"))
    put(folder)
    return folder


def copied(origin: Path, folder: Path) -> Mapping[str, Sequence[str]]:
    shutil.copytree(origin, folder)
    return {path.stem: ["B"] for path in folder.glob("*.parquet")}
