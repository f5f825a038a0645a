"""Which fields of a release are read, once as DuckDB types for whole files and once as a sieve for single values."""

from __future__ import annotations

from typing import Any

TEXT, WHOLE, NUMBER = "VARCHAR", "BIGINT", "DOUBLE"
Shape = Any  # a type name, {field: Shape} for an object, or [Shape] for a list

LOT = "JSON"  # an id, or in some publications an object with one
_NAMED = {"id": TEXT, "name": TEXT}
_VALUE = {"amount": NUMBER, "currency": TEXT}
_CLASS = {"scheme": TEXT, "id": TEXT}
_AMOUNT_LIMIT = 2**63


def release(with_auctions: bool) -> dict[str, Shape]:
    """The fields read of a release."""
    bid = {
        "id": TEXT,
        "status": TEXT,
        "date": TEXT,
        "value": _VALUE,
        "tenderers": [_NAMED],
        "relatedLots": [LOT],
        "relatedLot": TEXT,
    }
    found: dict[str, Shape] = {
        "ocid": "JSON",  # tells a text from a number
        "parties": [{**_NAMED, "roles": [TEXT], "identifier": _CLASS}],
        "buyer": _NAMED,
        "tender": {
            "title": TEXT,
            "status": TEXT,
            "procuringEntity": _NAMED,
            "procurementMethod": TEXT,
            "procurementMethodDetails": TEXT,
            "numberOfTenderers": WHOLE,
            "tenderPeriod": {"startDate": TEXT, "endDate": TEXT},
            "value": {"currency": TEXT},
            "lots": [{"id": TEXT, "title": TEXT, "status": TEXT, "value": _VALUE}],
        },
        "bids": {"details": [bid]},
        "awards": [
            {
                "id": TEXT,
                "status": TEXT,
                "date": TEXT,
                "value": _VALUE,
                "suppliers": [_NAMED],
                "relatedBid": TEXT,
                "relatedLots": [LOT],
                "relatedLot": TEXT,
                "items": [
                    {
                        "id": TEXT,
                        "relatedLot": TEXT,
                        "classification": _CLASS,
                        "quantity": NUMBER,
                        "unit": {"value": _VALUE},
                    }
                ],
            }
        ],
        "contracts": [
            {"id": TEXT, "awardID": TEXT, "status": TEXT, "dateSigned": TEXT, "title": TEXT, "value": _VALUE}
        ],
    }
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
    if number != number or abs(number) >= _AMOUNT_LIMIT:
        return None
    if not whole:
        return number
    return int(number) if number == int(number) else None
