"""What a reader of OCDS data should know about them: values that are missing, unknown or too large, in counts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from lianfang.engine.fault import say
from lianfang.engine.sources.ocds.flatten import OURS, RELEASE, Prepared
from lianfang.engine.sources.ocds.reading import NOTES, named
from lianfang.engine.sources.ocds.settings import Settings

BID_STATUSES = ("invited", "pending", "valid", "disqualified", "withdrawn")
AWARD_STATUSES = ("pending", "active", "cancelled", "unsuccessful")
_HOLDS = {
    "lot": "len(lots) > 0",
    "bid": "len(bids) > 0",
    "bid_tenderer": "len(list_filter(bids, lambda b: len(b.tenderers) > 1)) > 0",
    "award": "len(awards) > 0",
    "award_supplier": "len(list_filter(awards, lambda a: len(a.suppliers) > 1)) > 0",
    "item": "len(list_filter(awards, lambda a: len(a.items) > 0)) > 0",
    "contract": "len(contracts) > 0",
    "party": "coalesce(buyer.id, tender.procuringEntity.id) IS NOT NULL OR "
    + " OR ".join(
        f"len(list_filter({listed}, lambda one: one.id IS NOT NULL)) > 0"
        for listed in (
            "parties",
            "flatten(list_transform(bids, lambda b: b.tenderers))",
            "flatten(list_transform(awards, lambda a: a.suppliers))",
        )
    ),
}
_LISTS = {  # lists whose parts have ids, and the tables that these ids go to
    "lots": {"lot"},
    "bids": {"bid", "bid_tenderer"},
    "awards": {"award", "award_supplier", "item"},
    "contracts": {"contract"},
}
_SHOWN = 5  # values named in one note


@dataclass(frozen=True)
class Survey:
    """The tables of which the releases say something, the lists that repeat an id, and whether parties are listed."""

    tables: tuple[str, ...]
    repeating: frozenset[str]
    parties: bool


def survey(con: duckdb.DuckDBPyConnection, wanted: Collection[str]) -> Survey:
    """Look through the releases once."""
    asked = {"parties": "len(parties) > 0"} | {name: sql for name, sql in _HOLDS.items() if name in wanted}
    for name, tables in _LISTS.items():
        if tables & set(wanted):
            ids = f"list_transform({name}, lambda part: part.id)"
            asked[name] = f"len({name}) > 1 AND list_unique({ids}) < list_count({ids})"
    row = con.execute(f"SELECT {', '.join(f'bool_or({sql})' for sql in asked.values())} FROM {RELEASE}").fetchone()
    true = {name for name, value in zip(asked, row or (), strict=False) if value}
    filled = tuple(name for name in wanted if name in true | {"tender"})
    return Survey(filled, frozenset(true & _LISTS.keys()), "parties" in true)


def take(con: duckdb.DuckDBPyConnection, paths: Sequence[Path], prepared: Prepared, tables: Collection[str]) -> None:
    """Write the notes on the tables just made."""
    notes: list[str] = []
    if "bid" in tables:
        notes += _on_bids(con, prepared)
    if "award" in tables and prepared.asks("award", "status"):
        notes += _on_awards(con, prepared.settings)
    if "contract" in tables and prepared.asks("contract", "amount"):
        notes += _on_contracts(con)
    notes += _on_tenders(con, prepared)
    if notes:
        con.executemany(f"INSERT INTO {NOTES} VALUES (?, ?)", [[named(paths), note] for note in notes])


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


def _on_bids(con: duckdb.DuckDBPyConnection, prepared: Prepared) -> Iterator[str]:
    """One pass over the bids, by their status as written."""
    settings, amount = prepared.settings, "b.value.amount"
    asked = [  # the columns that must be there, and what is counted
        (("price",), f"{amount} = 0"),
        (("price", "currency"), f"{amount} IS NOT NULL AND coalesce(b.value.currency, '') = ''"),
        (("price",), f"{amount} IS NOT NULL AND TRY_CAST({amount} AS DECIMAL(18,2)) IS NULL"),
        (("submit_time",), "coalesce(b.date, '') <> '' AND ocds_moment(b.date) IS NULL"),
    ]
    counts = [
        f"count(*) FILTER ({sql})" if all(prepared.asks("bid", column) for column in columns) else "0"
        for columns, sql in asked
    ]
    status = "b.status" if prepared.asks("bid", "status") else f"'{BID_STATUSES[0]}'"
    found = con.execute(
        f"SELECT {status}, count(*), {', '.join(counts)} FROM (SELECT unnest(bids) AS b FROM {RELEASE}) GROUP BY 1"
    ).fetchall()
    known = _prepared({row[0]: row[1] for row in found}, settings.default_bid_status, settings.bid_status_words)
    yield from _statuses(known, BID_STATUSES, ("投标", "bids"), "bid_status")
    zero, bare, large, unread = (sum(row[place] for row in found) for place in range(2, 6))
    if zero and 0.0 not in settings.redacted_amounts:
        yield say(f"{zero} 份投标报价为 0", f"{zero} bids have a price of 0; see ocds.redactions.amount")
    if bare and settings.default_currency is None:
        yield say(
            f"{bare} 份投标的报价没有币种,不参与比价;可设 ocds.defaults.currency",
            f"{bare} bids have a price without a currency and are not compared; see ocds.defaults.currency",
        )
    if large:
        yield say(f"{large} 份投标的报价过大,留空", f"{large} bids have a price too large for the table: left empty")
    if unread:
        yield say(f"{unread} 份投标的时间看不懂,留空", f"{unread} bids have a time that cannot be read: left empty")


def _on_awards(con: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[str]:
    found = con.execute(f"SELECT a.status, count(*) FROM (SELECT unnest(awards) AS a FROM {RELEASE}) GROUP BY a.status")
    known = _prepared(dict(found.fetchall()), settings.default_award_status, settings.award_status_words)
    yield from _statuses(known, AWARD_STATUSES, ("授标", "awards"), "award_status")


def _prepared(counts: Mapping[str | None, int], default: str | None, words: Mapping[str, str]) -> dict[str | None, int]:
    """Counts by status as the settings change them, the most frequent first."""
    changed: dict[str | None, int] = {}
    for written, number in counts.items():
        status = written or default
        status = words.get(status, status) if status else None
        changed[status] = changed.get(status, 0) + number
    return dict(sorted(changed.items(), key=lambda one: (-one[1], one[0] or "")))


def _on_contracts(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Contracts in other money: limits are in yuan, so that their amounts are not taken."""
    foreign = con.execute(
        f"SELECT c.value.currency, count(*) FROM (SELECT unnest(contracts) AS c FROM {RELEASE})"
        f" WHERE c.value.amount IS NOT NULL AND coalesce(c.value.currency, '{OURS}') <> '{OURS}'"
        " GROUP BY ALL ORDER BY 2 DESC, 1"
    ).fetchall()
    if foreign:
        listed = ", ".join(f"{currency} × {number}" for currency, number in foreign[:_SHOWN])
        number = sum(count for _, count in foreign)
        yield say(
            f"{number} 份合同的金额不是人民币,留空({listed})",
            f"{number} contracts are not in yuan: their amounts are left empty ({listed})",
        )


def _on_tenders(con: duckdb.DuckDBPyConnection, prepared: Prepared) -> Iterator[str]:
    period = {"tender_start": "tender.tenderPeriod.startDate", "bid_deadline": "tender.tenderPeriod.endDate"}
    unread = " OR ".join(
        f"(coalesce({field}, '') <> '' AND ocds_moment({field}) IS NULL)"
        for column, field in period.items()
        if prepared.asks("tender", column)
    )
    if not unread:
        return
    (number,) = con.execute(f"SELECT count(*) FILTER ({unread}) FROM {RELEASE}").fetchone() or (0,)
    if number:
        yield say(
            f"{number} 个采购过程的投标期看不懂,留空",
            f"{number} processes have a tender period that cannot be read: left empty",
        )
