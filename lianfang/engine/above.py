"""Officials managed above the installation are not processed: their findings are dropped before anything is written."""

from __future__ import annotations

from lianfang.engine.dataset import Dataset
from lianfang.engine.findings import Findings

LEVELS = {"central": "中央", "province": "省", "city": "市", "county": "县", "township": "乡"}
_ORDER = list(LEVELS.values())


def protect(findings: Findings, dataset: Dataset, level: str) -> int:
    """Drop every finding that names, anywhere, an official managed above ``level`` or their declared kin.

    An official whose managing level is not recorded counts as managed above, and so does a finding's person who
    is in no register of persons. Returns how many were dropped: the only trace that stays.
    """
    connection = findings.connection
    connection.execute("CREATE OR REPLACE TEMP TABLE protected (id VARCHAR)")
    person = dataset.tables.get("person")
    known = person is not None and person.usable
    if person is not None and known:
        allowed = ", ".join(f"'{name}'" for name in _ORDER[_ORDER.index(LEVELS[level]) :])
        source = f"read_parquet('{_quoted(str(person.path))}')"
        managed = "managed_by" if "managed_by" in person.columns else "NULL"
        above = f"SELECT person_id FROM {source} WHERE coalesce({managed}, '') NOT IN ({allowed})"
        connection.execute(f"INSERT INTO protected {above}")
        if "person_key" in person.columns:
            connection.execute(f"INSERT INTO protected SELECT person_key FROM {source} WHERE person_id IN ({above})")
        relative = dataset.tables.get("relative")
        if relative is not None:
            kin = f"read_parquet('{_quoted(str(relative.path))}')"
            connection.execute(f"INSERT INTO protected SELECT relative_key FROM {kin} WHERE person_id IN ({above})")
        unknown = f"SELECT DISTINCT person_id FROM findings WHERE person_id NOT IN (SELECT person_id FROM {source})"
    else:
        unknown = "SELECT DISTINCT person_id FROM findings WHERE person_id IS NOT NULL"
    connection.execute(f"INSERT INTO protected {unknown}")
    connection.execute("DELETE FROM protected WHERE id IS NULL")
    dropped = findings.drop_matching("protected")
    connection.execute("DROP TABLE protected")
    return dropped


def _quoted(path: str) -> str:
    return path.replace("'", "''")
