"""From nested releases to the canonical tables: one SELECT a table, with the preparation that the settings ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lianfang.engine.sources.ocds.settings import Settings
from lianfang.engine.sources.ocds.shape import Wanted

RELEASE = "_ocds_release"  # file, row, tender_id, and the nested parts of a release as they were read
OURS = "CNY"


@dataclass(frozen=True)
class Prepared:
    """What is asked for and what was seen: which lists repeat an id in one release, and whether parties are listed."""

    settings: Settings
    repeating: frozenset[str] = frozenset()
    parties: bool = True
    wanted: Wanted | None = None

    def asks(self, table: str, column: str) -> bool:
        return self.wanted is None or column in self.wanted.get(table, ())


Select = tuple[dict[str, str], str]  # canonical column → expression; what follows FROM


def selects(prepared: Prepared, names: Iterable[str]) -> dict[str, str]:
    """Canonical table name → SELECT over the releases, columns in canonical names and types."""
    makers = (_tender, _lot, _bid, _bid_tenderer, _award, _award_supplier, _item, _contract, _party)
    by_name = {maker.__name__[1:]: maker for maker in makers}
    found = {}
    for name in names:
        columns, source = by_name[name](prepared)
        asked = [f"{sql} AS {column}" for column, sql in columns.items() if prepared.asks(name, column)]
        found[name] = f"SELECT {', '.join(asked)} FROM {source}"
    return found


def moment_macro(zone: str) -> str:
    """ocds_moment(text): the instant by the clock of ``zone``; a time without offset is taken as it stands.

    Midnight is mostly a day whose hour nobody wrote down: it keeps its date whatever its offset. Nearly all times of
    a file have one and the same offset, so that one comparison is all most of them need.
    """
    sign = "CAST(regexp_extract(t, '([+-])\\d\\d:?\\d\\d$', 1) || '1' AS INTEGER)"
    hours = "CAST(regexp_extract(t, '(\\d\\d):?\\d\\d$', 1) AS INTEGER)"
    offset = f"CASE WHEN upper(t[-1:]) = 'Z' THEN 0 ELSE {sign} * (60 * {hours} + CAST(t[-2:] AS INTEGER)) END"
    as_it_stands = "T00:00(:00(\\.0+)?)?([zZ]|[+-][\\d:]+)?$"
    return (
        "CREATE OR REPLACE TEMP MACRO ocds_moment(t) AS CASE"
        f" WHEN ends_with(t, '{zone}') THEN TRY_CAST(t AS TIMESTAMP)"
        " WHEN NOT regexp_matches(t, 'T.*([zZ]|[+-]\\d\\d:?\\d\\d)$') THEN TRY_CAST(t AS TIMESTAMP)"
        f" WHEN regexp_matches(t, '{as_it_stands}') THEN TRY_CAST(t AS TIMESTAMP)"
        f" ELSE TRY_CAST(t AS TIMESTAMP) + to_minutes({zone_minutes(zone)} - {offset}) END"
    )


def zone_minutes(zone: str) -> int:
    """Minutes by which ``zone`` (Z, +08:00) is ahead of universal time."""
    if zone == "Z":
        return 0
    return (1 if zone[0] == "+" else -1) * (60 * int(zone[1:3]) + int(zone[4:]))


def text(value: str) -> str:
    """The value as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def _listed(values: Iterable[str]) -> str:
    return "(" + ", ".join(text(value) for value in values) + ")"


def _filled(column: str) -> str:
    return f"nullif({column}, '')"


def _money(amount: str) -> str:
    return f"TRY_CAST({amount} AS DECIMAL(18,2))"


def _yuan(value: str, kind: str) -> str:
    """An amount where the canonical column is yuan: other currencies stay out."""
    return f"CASE WHEN coalesce({value}.currency, '{OURS}') = '{OURS}' THEN TRY_CAST({value}.amount AS {kind}) END"


def _organisation(column: str, prefix: str, settings: Settings) -> str:
    """An organisation's id: redacted ones are null, others get the prefix they lack."""
    value = _filled(column)
    if prefix:
        value = f"CASE WHEN starts_with({column}, {text(prefix)}) THEN {column} ELSE {text(prefix)} || {value} END"
    if settings.redacted_ids:
        value = f"CASE WHEN {column} IN {_listed(settings.redacted_ids)} THEN NULL ELSE {value} END"
    return value


def _buyer(column: str, settings: Settings) -> str:
    return _organisation(column, settings.buyer_prefix, settings)


def _bidder(column: str, settings: Settings) -> str:
    return _organisation(column, settings.bidder_prefix, settings)


def _several(organisations: str) -> str:
    """The condition that a list names more than one organisation; one that is named twice is one."""
    differ = f"len(list_filter({organisations}, lambda o: o.id IS DISTINCT FROM {organisations}[1].id)) > 0"
    return f"(len({organisations}) > 1 AND {differ})"


def _only(organisations: str, settings: Settings) -> str:
    """The bidder that a list names, when it names one only."""
    first = _bidder(f"{organisations}[1].id", settings)
    return f"CASE WHEN len({organisations}) = 1 THEN {first} WHEN NOT {_several(organisations)} THEN {first} END"


def _status(column: str, default: str | None, words: Mapping[str, str]) -> str:
    value = _filled(column) if default is None else f"coalesce({_filled(column)}, {text(default)})"
    whens = " ".join(f"WHEN {text(word)} THEN {text(standard)}" for word, standard in words.items())
    return f"CASE {value} {whens} ELSE {value} END" if whens else value


def _currency(value: str, settings: Settings) -> str:
    """The currency of an amount; the default is for amounts that name none."""
    if settings.default_currency is None:
        return _filled(f"{value}.currency")
    given = f"coalesce({_filled(value + '.currency')}, {text(settings.default_currency)})"
    return f"CASE WHEN {value} IS NOT NULL THEN {given} END"


def _lot_of(part: str) -> str:
    """The lot a bid or award is for, when it is for one only; some publications have a single relatedLot."""
    lots, lot = f"{part}.relatedLots", f"{part}.relatedLots[1]"
    named = f"CASE WHEN starts_with({lot}, '{{') THEN coalesce({lot} ->> '$.id', {lot} ->> '$.lotId') ELSE {lot} END"
    return f"CASE coalesce(len({lots}), 0) WHEN 1 THEN {_filled(named)} WHEN 0 THEN {_filled(part + '.relatedLot')} END"


def details(settings: Settings) -> str:
    """The procurement method as written, shortened as the settings ask."""
    column = _filled("tender.procurementMethodDetails")
    if settings.details_split is None:
        return column
    return f"rtrim(split_part({column}, {text(settings.details_split)}, 1))"


def kept(settings: Settings) -> str:
    """The condition that a process is not excluded by its procurement method."""
    if not settings.excluded_details:
        return "TRUE"
    return f"coalesce({details(settings)} NOT IN {_listed(settings.excluded_details)}, TRUE)"


def _prices_compared(settings: Settings) -> str:
    """Whether prices of bids may be compared; null where the settings say nothing."""
    if settings.compared_methods:
        return f"coalesce({details(settings)} IN {_listed(settings.compared_methods)}, FALSE)"
    if settings.uncompared_methods:
        return f"coalesce({details(settings)} NOT IN {_listed(settings.uncompared_methods)}, TRUE)"
    return "CAST(NULL AS BOOLEAN)"


def _tender_currency(settings: Settings) -> str:
    """The currency in which bids are compared: the one set, or that of the award, the first bid, the tender."""
    if settings.currency is not None:
        return text(settings.currency)
    places = ("awards[1].value", "bids[1].value", "tender.value")
    return f"coalesce({', '.join(_currency(place, settings) for place in places)})"


def _tender(prepared: Prepared) -> Select:
    settings = prepared.settings
    return {
        "tender_id": "tender_id",
        "title": _filled("tender.title"),
        "unit_id": _buyer("buyer.id", settings),
        "procuring_entity_id": _buyer("tender.procuringEntity.id", settings),
        "procurement_method": f"lower({_filled('tender.procurementMethod')})",
        "procurement_method_details": details(settings),
        "prices_compared": _prices_compared(settings),
        "currency": _tender_currency(settings),
        "bidder_count": "tender.numberOfTenderers",
        "tender_start": "ocds_moment(tender.tenderPeriod.startDate)",
        "bid_deadline": "ocds_moment(tender.tenderPeriod.endDate)",
        "status": _filled("tender.status"),
    }, RELEASE


def _parts(prepared: Prepared, source: str, alias: str, others: str = "") -> str:
    """One row a part of the list ``source``: ``alias``, its place ``i``, ``again`` where an earlier one has its id."""
    again = "FALSE"
    if source in prepared.repeating:
        again = f"coalesce(list_position(list_transform({source}, lambda part: part.id), {alias}.id) < i, FALSE)"
    kept = f"tender_id, {source}{others}" if source in prepared.repeating else f"tender_id{others}"
    return (
        f"SELECT *, {again} AS again FROM (SELECT {kept}, unnest({source}) AS {alias},"
        f" generate_subscripts({source}, 1) AS i FROM {RELEASE})"
    )


def _own_id(alias: str, kind: str) -> str:
    """An id that is unique in its release: the given one, or one made from the place where it lacks or repeats."""
    return f"CASE WHEN again OR coalesce({alias}.id, '') = '' THEN '{kind}-' || i ELSE {alias}.id END"


def _lot(prepared: Prepared) -> Select:
    return {
        "tender_id": "tender_id",
        "lot_id": _own_id("l", "lot"),
        "title": _filled("l.title"),
        "status": _filled("l.status"),
        "value": _money("l.value.amount"),
        "currency": _currency("l.value", prepared.settings),
    }, f"({_parts(prepared, 'lots', 'l')})"


_BID_KEY = f"tender_id || '#' || {_own_id('b', 'bid')}"


def _bid(prepared: Prepared) -> Select:
    settings, amount = prepared.settings, "b.value.amount"
    if settings.redacted_amounts:
        listed = ", ".join(repr(value) for value in settings.redacted_amounts)
        amount = f"CASE WHEN {amount} IN ({listed}) THEN NULL ELSE {amount} END"
    return {
        "bid_id": _BID_KEY,
        "tender_id": "tender_id",
        "lot_id": _lot_of("b"),
        "bidder_id": _only("b.tenderers", settings),
        "status": _status("b.status", settings.default_bid_status, settings.bid_status_words),
        "price": _money(amount),
        "currency": _currency("b.value", settings),
        "submit_time": "ocds_moment(b.date)",
    }, f"({_parts(prepared, 'bids', 'b')})"


def _bid_tenderer(prepared: Prepared) -> Select:
    bidder = _bidder("t.id", prepared.settings)
    joint = (
        f"SELECT {_BID_KEY} AS bid_id, unnest(b.tenderers) AS t FROM ({_parts(prepared, 'bids', 'b')})"
        f" WHERE {_several('b.tenderers')}"
    )
    once = f"SELECT DISTINCT bid_id, {bidder} AS bidder_id FROM ({joint}) WHERE {bidder} IS NOT NULL"
    return {"bid_id": "bid_id", "bidder_id": "bidder_id"}, f"({once})"


def _award(prepared: Prepared) -> Select:
    settings = prepared.settings
    status = _status("a.status", settings.default_award_status, settings.award_status_words)
    if settings.award_status_by_contract:
        ours = "list_filter(contracts, lambda c: c.awardID = a.id)"
        others = "list_filter(contracts, lambda c: c.awardID = a.id AND c.status IS DISTINCT FROM 'cancelled')"
        status = f"CASE WHEN len({ours}) > 0 AND len({others}) = 0 THEN 'cancelled' ELSE {status} END"
    return {
        "tender_id": "tender_id",
        "award_id": _own_id("a", "award"),
        "lot_id": _lot_of("a"),
        "status": status,
        "amount": _money("a.value.amount"),
        "currency": _currency("a.value", settings),
        "award_date": "CAST(ocds_moment(a.date) AS DATE)",
        "supplier_id": _only("a.suppliers", settings),
        "related_bid_id": f"tender_id || '#' || {_filled('a.relatedBid')}",
    }, f"({_parts(prepared, 'awards', 'a', ', contracts' if settings.award_status_by_contract else '')})"


def _award_supplier(prepared: Prepared) -> Select:
    supplier = _bidder("s.id", prepared.settings)
    joint = (
        f"SELECT tender_id, {_own_id('a', 'award')} AS award_id, unnest(a.suppliers) AS s"
        f" FROM ({_parts(prepared, 'awards', 'a')}) WHERE {_several('a.suppliers')}"
    )
    once = f"SELECT DISTINCT tender_id, award_id, {supplier} AS supplier_id FROM ({joint}) WHERE {supplier} IS NOT NULL"
    return {column: column for column in ("tender_id", "award_id", "supplier_id")}, f"({once})"


def _item(prepared: Prepared) -> Select:
    award_lot = f"{_lot_of('a')} AS award_lot, " if prepared.asks("item", "lot_id") else ""
    items = (
        f"SELECT tender_id, {_own_id('a', 'award')} AS award_id, {award_lot}unnest(a.items) AS x,"
        f" generate_subscripts(a.items, 1) AS j FROM ({_parts(prepared, 'awards', 'a')})"
    )
    scheme, default = _filled("x.classification.scheme"), prepared.settings.default_scheme
    if default is not None:
        scheme = f"CASE WHEN x.classification IS NOT NULL THEN coalesce({scheme}, {text(default)}) END"
    return {
        "tender_id": "tender_id",
        "item_id": "award_id || '#' || j",
        "award_id": "award_id",
        "lot_id": f"coalesce({_filled('x.relatedLot')}, award_lot)",
        "scheme": scheme,
        "classification_id": _filled("x.classification.id"),
        "quantity": "TRY_CAST(x.quantity AS DECIMAL(18,4))",
        "unit_price": _yuan("x.unit.value", "DECIMAL(18,4)"),
    }, f"({items})"


def _contract(prepared: Prepared) -> Select:
    settings, others, award = prepared.settings, ", buyer, awards", "list_filter(awards, lambda a: a.id = c.awardID)[1]"
    contracts = f"({_parts(prepared, 'contracts', 'c', others)})"
    if prepared.asks("contract", "supplier_id"):
        contracts = f"(SELECT *, {award} AS award FROM {contracts})"
    return {
        "contract_id": f"tender_id || '#' || {_own_id('c', 'contract')}",
        "title": _filled("c.title"),
        "tender_id": "tender_id",
        "unit_id": _buyer("buyer.id", settings),
        "supplier_id": _only("award.suppliers", settings),
        "sign_date": "CAST(ocds_moment(c.dateSigned) AS DATE)",
        "amount": _yuan("c.value", "DECIMAL(18,2)"),
    }, contracts


def _party(prepared: Prepared) -> Select:
    """Organisations by id. Where a release lists no parties, or their roles are asked for, its parts name them."""
    own = _listed_parties(prepared)
    if prepared.settings.party_roles or not prepared.parties:
        own = " UNION ALL ".join([own, *_named(prepared)])
    by_roles = (
        "SELECT party_id, min(name) AS name, min(scheme) AS scheme, min(identifier) AS identifier, roles"
        f" FROM ({own}) WHERE party_id IS NOT NULL GROUP BY party_id, roles"
    )
    return {
        "party_id": "party_id",
        "name": "min(name)",
        "scheme": "min(scheme)",
        "identifier": "min(identifier)",
        "roles": "nullif(array_to_string(list_sort(list_distinct(flatten(list(roles)))), ';'), '')",
    }, f"({by_roles}) GROUP BY party_id"


def _listed_parties(prepared: Prepared) -> str:
    parts = {"name": "p.name", "scheme": "p.identifier.scheme", "identifier": "p.identifier.id"}
    asked = [
        f"{_filled(field) if prepared.asks('party', column) else 'NULL'} AS {column}" for column, field in parts.items()
    ]
    roles = "p.roles" if prepared.asks("party", "roles") else "CAST(NULL AS VARCHAR[])"
    return (
        f"SELECT {_organisation('p.id', '', prepared.settings)} AS party_id, {', '.join(asked)}, {roles} AS roles"
        f" FROM (SELECT unnest(parties) AS p FROM {RELEASE})"
    )


def _named(prepared: Prepared) -> list[str]:
    """One SELECT for each place of a release that names organisations in a role."""
    settings = prepared.settings
    bids, awards = (f"SELECT unnest({name}) AS part FROM {RELEASE}" for name in ("bids", "awards"))
    places = [
        ("buyer", _buyer("o.id", settings), f"SELECT buyer AS o FROM {RELEASE}"),
        ("procuringEntity", _buyer("o.id", settings), f"SELECT tender.procuringEntity AS o FROM {RELEASE}"),
        ("tenderer", _bidder("o.id", settings), f"SELECT unnest(part.tenderers) AS o FROM ({bids})"),
        ("supplier", _bidder("o.id", settings), f"SELECT unnest(part.suppliers) AS o FROM ({awards})"),
    ]
    name = _filled("o.name") if prepared.asks("party", "name") else "NULL"
    return [
        f"SELECT {party} AS party_id, {name} AS name, NULL AS scheme, NULL AS identifier, ['{role}'] AS roles"
        f" FROM ({source})"
        for role, party, source in places
    ]
