"""What a reader of OCDS data should know about them: values that are missing, unknown or too large, in counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import duckdb

from lianfang.engine.fault import say
from lianfang.engine.sources.ocds.flatten import RELEASE
from lianfang.engine.sources.ocds.reading import NOTES

BID_STATUSES = ("invited", "pending", "valid", "disqualified", "withdrawn")
AWARD_STATUSES = ("pending", "active", "cancelled", "unsuccessful")
_PARTS = ("lots", "bids", "awards", "contracts")
_HOLDS = {
    "tender": "count(*) > 0",
    "lot": "bool_or(len(lots) > 0)",
    "bid": "bool_or(len(bids) > 0)",
    "bid_tenderer": "bool_or(len(list_filter(bids, lambda b: len(b.tenderers) > 1)) > 0)",
    "award": "bool_or(len(awards) > 0)",
    "award_supplier": "bool_or(len(list_filter(awards, lambda a: len(a.suppliers) > 1)) > 0)",
    "item": "bool_or(len(list_filter(awards, lambda a: len(a.items) > 0)) > 0)",
    "contract": "bool_or(len(contracts) > 0)",
    "party": "count(*) > 0",
    "parties": "bool_or(len(parties) > 0)",
}
_SHOWN = 5  # values named in one note


def seen(con: duckdb.DuckDBPyConnection) -> tuple[frozenset[str], frozenset[str]]:
    """The canonical tables of which the releases say something, and the lists that repeat an id in one release."""
    ids = {name: f"list_filter(list_transform({name}, lambda p: p.id), lambda one: one IS NOT NULL)" for name in _PARTS}
    asked = _HOLDS | {name: f"bool_or(len(list_distinct({listed})) < len({listed}))" for name, listed in ids.items()}
    row = con.execute(f"SELECT {', '.join(asked.values())} FROM {RELEASE}").fetchone() or ()
    true = frozenset(name for name, value in zip(asked, row, strict=False) if value)
    return true - frozenset(_PARTS), true & frozenset(_PARTS)


def take(con: duckdb.DuckDBPyConnection, paths: Sequence[Path], found: Mapping[str, str], excluded: int) -> None:
    """Write the notes on the tables just made."""
    names = ", ".join(path.name for path in paths[:3]) + (" …" if len(paths) > 3 else "")
    notes = [*_on_bids(con, found), *_on_awards(con, found), *_on_tenders(con)]
    if excluded:
        notes.append(
            say(
                f"{excluded} 个采购过程按 ocds.exclusions 未读入",
                f"{excluded} processes were left out as ocds.exclusions says",
            )
        )
    if notes:
        con.executemany(f"INSERT INTO {NOTES} VALUES (?, ?)", [[names, note] for note in notes])


def _counts(con: duckdb.DuckDBPyConnection, table: str) -> dict[str | None, int]:
    rows = con.execute(f"SELECT status, count(*) FROM {table} GROUP BY status ORDER BY 2 DESC, 1").fetchall()
    return dict(rows)


def _statuses(counts: Mapping[str | None, int], known: Sequence[str], what: tuple[str, str], key: str) -> Iterator[str]:
    zh, en = what
    if missing := counts.get(None):
        yield say(
            f"{missing} 个{zh}没有状态,按状态的指标不计;可设 ocds.defaults.{key}",
            f"{missing} {en} have no status and are not counted by status; see ocds.defaults.{key}",
        )
    other = {status: number for status, number in counts.items() if status is not None and status not in known}
    if other:
        listed = ", ".join(f"{status} × {number}" for status, number in list(other.items())[:_SHOWN])
        yield say(
            f"{sum(other.values())} 个{zh}的状态不在代码表内({listed});可设 ocds.codelists.{key}",
            f"{sum(other.values())} {en} have a status outside the code list ({listed}); see ocds.codelists.{key}",
        )


def _on_bids(con: duckdb.DuckDBPyConnection, found: Mapping[str, str]) -> Iterator[str]:
    if "bid" not in found:
        return
    yield from _statuses(_counts(con, found["bid"]), BID_STATUSES, ("投标", "bids"), "bid_status")
    zero, bare = con.execute(
        "SELECT count(*) FILTER (price = 0), count(*) FILTER (price IS NOT NULL AND currency IS NULL)"
        f" FROM {found['bid']}"
    ).fetchone() or (0, 0)
    if zero:
        yield say(f"{zero} 份投标报价为 0", f"{zero} bids have a price of 0; see ocds.redactions.amount")
    if bare:
        yield say(
            f"{bare} 份投标的报价没有币种,不参与比价;可设 ocds.defaults.currency",
            f"{bare} bids have a price without a currency and are not compared; see ocds.defaults.currency",
        )
    large, unread = con.execute(
        "SELECT count(*) FILTER (b.value.amount IS NOT NULL AND TRY_CAST(b.value.amount AS DECIMAL(18,2)) IS NULL),"
        " count(*) FILTER (coalesce(b.date, '') <> '' AND ocds_moment(b.date) IS NULL)"
        f" FROM (SELECT unnest(bids) AS b FROM {RELEASE})"
    ).fetchone() or (0, 0)
    if large:
        yield say(f"{large} 份投标的报价过大,留空", f"{large} bids have a price too large for the table: left empty")
    if unread:
        yield say(f"{unread} 份投标的时间看不懂,留空", f"{unread} bids have a time that cannot be read: left empty")


def _on_awards(con: duckdb.DuckDBPyConnection, found: Mapping[str, str]) -> Iterator[str]:
    if "award" in found:
        yield from _statuses(_counts(con, found["award"]), AWARD_STATUSES, ("授标", "awards"), "award_status")


def _on_tenders(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    period = "tender.tenderPeriod"
    unread = " OR ".join(
        f"(coalesce({period}.{end}, '') <> '' AND ocds_moment({period}.{end}) IS NULL)"
        for end in ("startDate", "endDate")
    )
    (number,) = con.execute(f"SELECT count(*) FILTER ({unread}) FROM {RELEASE}").fetchone() or (0,)
    if number:
        yield say(
            f"{number} 个采购过程的投标期看不懂,留空",
            f"{number} processes have a tender period that cannot be read: left empty",
        )
