"""Which fields of a release are read, once as DuckDB types for whole files and once as a sieve for single values."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

TEXT, WHOLE, NUMBER = "VARCHAR", "BIGINT", "DOUBLE"
Shape = Any  # a type name, {field: Shape} for an object, or [Shape] for a list

LOT = "TEXT"  # an id, or in some publications an object with one, which is then read as JSON text
_NAMED = {"id": TEXT, "name": TEXT}
_VALUE = {"amount": NUMBER, "currency": TEXT}
_CLASS = {"scheme": TEXT, "id": TEXT}
_AMOUNT_LIMIT = 2**63


TABLES = ("tender", "lot", "bid", "bid_tenderer", "award", "award_supplier", "item", "contract", "party")


def release(with_auctions: bool, wanted: Collection[str] = TABLES) -> dict[str, Shape]:
    """The fields of a release that the wanted tables are made of."""
    organisation = _NAMED if "party" in wanted else {"id": TEXT}
    bid = {
        "id": TEXT,
        "status": TEXT,
        "date": TEXT,
        "value": _VALUE,
        "tenderers": [organisation],
        "relatedLots": [LOT],
        "relatedLot": TEXT,
    }
    award: dict[str, Shape] = {
        "id": TEXT,
        "status": TEXT,
        "date": TEXT,
        "value": _VALUE,
        "suppliers": [organisation],
        "relatedBid": TEXT,
        "relatedLots": [LOT],
        "relatedLot": TEXT,
    }
    if "item" in wanted:
        unit = {"value": _VALUE}
        award["items"] = [{"id": TEXT, "relatedLot": TEXT, "classification": _CLASS, "quantity": NUMBER, "unit": unit}]
    tender: dict[str, Shape] = {
        "title": TEXT,
        "status": TEXT,
        "procuringEntity": organisation,
        "procurementMethod": TEXT,
        "procurementMethodDetails": TEXT,
        "numberOfTenderers": WHOLE,
        "tenderPeriod": {"startDate": TEXT, "endDate": TEXT},
        "value": {"currency": TEXT},
    }
    if "lot" in wanted:
        tender["lots"] = [{"id": TEXT, "title": TEXT, "status": TEXT, "value": _VALUE}]
    contract: dict[str, Shape] = {"awardID": TEXT, "status": TEXT}
    if "contract" in wanted:
        contract |= {"id": TEXT, "dateSigned": TEXT, "title": TEXT, "value": _VALUE}
    found: dict[str, Shape] = {"ocid": "JSON"}  # tells a text from a number
    found |= {"buyer": organisation, "tender": tender, "bids": {"details": [bid]}, "awards": [award]}
    found |= {"contracts": [contract]}
    if "party" in wanted:
        found["parties"] = [{**_NAMED, "roles": [TEXT], "identifier": _CLASS}]
    if with_auctions:
        found["auctions"] = [{"stages": [{"bids": [bid]}]}]
    return found


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
