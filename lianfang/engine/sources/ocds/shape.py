"""Which fields of a release are read, once as DuckDB types for whole files and once as a sieve for single values."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

Shape = Any  # a type name, {field: Shape} for an object, or [Shape] for a list
Wanted = Mapping[str, Collection[str]]  # canonical table → columns

TEXT, WHOLE, NUMBER = "VARCHAR", "BIGINT", "DOUBLE"
LOT = "TEXT"  # an id, or in some publications an object with one, which is then read as JSON text
TABLES = ("tender", "lot", "bid", "bid_tenderer", "award", "award_supplier", "item", "contract", "party")
_ALWAYS = "tender.tender_id"  # whatever is asked, processes are read
# Marks beside those of columns: what only some settings ask for.
BY_CONTRACT, BY_AUCTION, BY_TENDER = "?award status by contract", "?bids of auctions", "?currency by tender"
_AMOUNT_LIMIT = 2**63


def _organisation(columns: str) -> dict[str, Shape]:
    return {"id": (TEXT, f"{columns} party.party_id"), "name": (TEXT, "party.name")}


def _value(amount: str, currency: str) -> dict[str, Shape]:
    return {"amount": (NUMBER, amount), "currency": (TEXT, currency)}


# Each field with the canonical columns that are made of it.
_BID = {
    "id": (TEXT, "bid.bid_id bid_tenderer.bid_id"),
    "status": (TEXT, "bid.status"),
    "date": (TEXT, "bid.submit_time"),
    "value": _value("bid.price", f"bid.currency {BY_TENDER}"),
    "tenderers": [_organisation("bid.bidder_id bid_tenderer.bidder_id")],
    "relatedLots": [(LOT, "bid.lot_id")],
    "relatedLot": (TEXT, "bid.lot_id"),
}
_ITEM = {
    "relatedLot": (TEXT, "item.lot_id"),
    "classification": {"scheme": (TEXT, "item.scheme"), "id": (TEXT, "item.item_id item.classification_id")},
    "quantity": (NUMBER, "item.quantity"),
    "unit": {"value": _value("item.unit_price", "item.unit_price")},
}
_AWARD = {
    "id": (TEXT, "award.award_id award_supplier.award_id item.item_id item.award_id contract.supplier_id"),
    "status": (TEXT, "award.status"),
    "date": (TEXT, "award.award_date"),
    "value": _value("award.amount", f"award.currency {BY_TENDER}"),
    "suppliers": [_organisation("award.supplier_id award_supplier.supplier_id contract.supplier_id")],
    "relatedBid": (TEXT, "award.related_bid_id"),
    "relatedLots": [(LOT, "award.lot_id item.lot_id")],
    "relatedLot": (TEXT, "award.lot_id item.lot_id"),
    "items": [_ITEM],
}
_TENDER = {
    "title": (TEXT, "tender.title"),
    "status": (TEXT, "tender.status"),
    "procuringEntity": _organisation("tender.procuring_entity_id"),
    "procurementMethod": (TEXT, "tender.procurement_method"),
    "procurementMethodDetails": (TEXT, _ALWAYS),  # processes are excluded by it
    "numberOfTenderers": (WHOLE, "tender.bidder_count"),
    "tenderPeriod": {"startDate": (TEXT, "tender.tender_start"), "endDate": (TEXT, "tender.bid_deadline")},
    "value": {"currency": (TEXT, BY_TENDER)},
    "lots": [
        {
            "id": (TEXT, "lot.lot_id"),
            "title": (TEXT, "lot.title"),
            "status": (TEXT, "lot.status"),
            "value": _value("lot.value", "lot.currency"),
        }
    ],
}
_CONTRACT = {
    "id": (TEXT, "contract.contract_id"),
    "awardID": (TEXT, f"contract.supplier_id {BY_CONTRACT}"),
    "status": (TEXT, BY_CONTRACT),
    "dateSigned": (TEXT, "contract.sign_date"),
    "title": (TEXT, "contract.title"),
    "value": _value("contract.amount", "contract.amount"),
}
_PARTY = {
    "id": (TEXT, "party.party_id"),
    "name": (TEXT, "party.name"),
    "roles": [(TEXT, "party.roles")],
    "identifier": {"scheme": (TEXT, "party.scheme"), "id": (TEXT, "party.identifier")},
}
_RELEASE = {
    "ocid": ("JSON", _ALWAYS),  # JSON tells a text from a number
    "buyer": _organisation("tender.unit_id contract.unit_id"),
    "tender": _TENDER,
    "bids": {"details": [_BID]},
    "awards": [_AWARD],
    "contracts": [_CONTRACT],
    "parties": [_PARTY],
    "auctions": [{"stages": [{"bids": [_BID]}]}],
}


def release(wanted: Wanted | None = None, marks: Collection[str] = ()) -> dict[str, Shape]:
    """The fields of a release that the wanted columns (None: all) and the further marks ask for."""
    found: dict[str, Shape] = _pruned(_RELEASE, wanted, marks)
    if BY_AUCTION not in marks:
        found.pop("auctions", None)
    return found


def _pruned(shape: Shape, wanted: Wanted | None, marks: Collection[str]) -> Shape:
    """The shape without its marks, and without fields that nothing asks for; None where nothing is left."""
    if isinstance(shape, dict):
        inner = {name: _pruned(one, wanted, marks) for name, one in shape.items()}
        return {name: one for name, one in inner.items() if one is not None} or None
    if isinstance(shape, list):
        one = _pruned(shape[0], wanted, marks)
        return None if one is None else [one]
    kind, asked_by = shape
    asked = any(_is_asked(mark, wanted) for mark in asked_by.partition("?")[0].split())
    return kind if asked or any(mark in asked_by for mark in marks) else None


def _is_asked(mark: str, wanted: Wanted | None) -> bool:
    table, _, column = mark.partition(".")
    return mark == _ALWAYS or wanted is None or column in wanted.get(table, ())


def sql_type(shape: Shape) -> str:
    """The DuckDB type of a shape."""
    if isinstance(shape, dict):
        return f"STRUCT({', '.join(f'{_quoted(name)} {sql_type(inner)}' for name, inner in shape.items())})"
    return f"{sql_type(shape[0])}[]" if isinstance(shape, list) else str(shape)


def columns(shape: dict[str, Shape]) -> str:
    """The ``columns`` argument of read_json."""
    return "{" + ", ".join(f"{_quoted(name)}: '{sql_type(inner)}'" for name, inner in shape.items()) + "}"


def _quoted(name: str) -> str:
    return f'"{name}"'


def sieve(value: Any, shape: Shape) -> Any:
    """The part of ``value`` that has the shape: numbers where texts belong become texts, a lone object a list of
    one; what cannot be used is left out."""
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return None
        kept = {name: sieve(value.get(name), inner) for name, inner in shape.items() if name in value}
        return {name: inner for name, inner in kept.items() if inner is not None}
    if isinstance(shape, list):
        if isinstance(value, dict):
            value = [value]
        return [sieve(one, shape[0]) for one in value] if isinstance(value, list) else None
    if shape in (WHOLE, NUMBER):
        return _number(value, shape == WHOLE)
    if shape == LOT and isinstance(value, dict):
        return {name: text for name in ("id", "lotId") if (text := _text(value.get(name)))}
    return _text(value)


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    return None if isinstance(value, bool) or not isinstance(value, int | float) else str(value)


def _number(value: Any, whole: bool) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    if not abs(number) < _AMOUNT_LIMIT:  # too large, or not a number at all
        return None
    if not whole:
        return number
    return int(number) if number.is_integer() else None
