"""Compiled releases made up with a seed: the size, shape and dirt of what publishers put out."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson

BID_STATUSES = ("valid", "disqualified", "pending", "withdrawn", "invited", "qualified", None)
BID_WEIGHTS = (70, 14, 4, 4, 3, 4, 1)
AWARD_STATUSES = ("active", "pending", "cancelled", "unsuccessful", "Active", None)
AWARD_WEIGHTS = (84, 4, 4, 4, 3, 1)
METHODS = ("open", "selective", "limited", "direct", None)
METHOD_WEIGHTS = (55, 20, 15, 8, 2)
DETAILS = ("Licitación Pública", "Subasta Inversa", "Comparación de Precios", "Sorteo de Obras", "Régimen Especial")
CURRENCIES = ("PEN", "USD", "EUR")
CURRENCY_WEIGHTS = (92, 6, 2)
WORDS = (
    "suministro", "servicio", "obra", "mantenimiento", "vial", "hospital", "equipo", "agua", "potable", "saneamiento",
    "escuela", "vehículo", "consultoría", "supervisión", "instalación", "material", "eléctrico", "informático",
    "medicamento", "alimento", "combustible",
)  # fmt: skip
PERIODS, PERIOD_WEIGHTS = (7, 10, 16, 20, 21, 25, 30, 40), (3, 5, 20, 25, 15, 15, 10, 7)
SETTINGS = {
    "currency": "PEN",
    "codelists": {"bid_status": {"qualified": "valid"}, "award_status": {"Active": "active"}},
    "exclusions": {"procurement_method_details": ["Régimen Especial"]},
    "no_price_comparison_procurement_methods": ["Sorteo de Obras"],
}


def write(path: Path, count: int, seed: int = 20240131) -> None:
    """Write ``count`` compiled releases as JSON Lines."""
    with path.open("wb") as out:
        for release in releases(count, seed):
            out.write(orjson.dumps(release))
            out.write(b"\n")


def releases(count: int, seed: int) -> Iterator[dict[str, Any]]:
    """Releases in a fixed order. A few bidders take part very often, as in life."""
    dice = random.Random(seed)
    bidders = [f"PE-RUC-{20000000000 + i * 37}" for i in range(max(20, count // 12))]
    buyers = [f"PE-CONSUCODE-{1000 + i}" for i in range(max(10, count // 400))]
    texts = [" ".join(dice.choices(WORDS, k=24)) for _ in range(500)]
    for number in range(count):
        yield _release(number, dice, bidders, buyers, texts)


def _release(number: int, dice: random.Random, bidders: list[str], buyers: list[str], texts: list[str]) -> dict:
    ocid = f"ocds-dgv273-seacev3-{700000 + number}"
    buyer, entity = dice.choice(buyers), dice.choice(buyers)
    start = date(2015 + number % 9, 1, 1) + timedelta(days=dice.randrange(330))
    deadline = start + timedelta(days=dice.choices(PERIODS, PERIOD_WEIGHTS)[0])
    stamp = start.isoformat()
    lots = [f"{number}-{i}" for i in range(dice.choice((1, 1, 1, 1, 1, 1, 1, 1, 2, 3)))]
    currency = dice.choices(CURRENCIES, CURRENCY_WEIGHTS)[0]
    details = _bids(dice, bidders, lots, currency, deadline, texts)
    awards = _awards(dice, number, details, lots, stamp, texts, bidders)
    method = dice.choices(METHODS, METHOD_WEIGHTS)[0]
    tender = {
        "id": f"{number}", "title": dice.choice(texts)[:90], "description": dice.choice(texts),
        "status": dice.choices(("complete", "active", "cancelled"), (90, 6, 4))[0],
        "procuringEntity": {"id": entity, "name": f"Entidad {entity}"},
        "value": {"amount": round(dice.uniform(1000, 5_000_000), 2), "currency": currency},
        "procurementMethodDetails": dice.choice(DETAILS),
        "tenderPeriod": {"startDate": f"{stamp}T08:00:00-05:00", "endDate": f"{deadline}T17:00:00-05:00"},
        "numberOfTenderers": len({t["id"] for bid in details for t in bid["tenderers"]}),
        "lots": [{"id": lot, "title": dice.choice(texts)[:60], "status": "complete"} for lot in lots],
        "items": [_item(dice, lot, texts) for lot in lots],
        "documents": [_document(dice, number, i, stamp, texts) for i in range(2)],
    }  # fmt: skip
    if method is not None:
        tender["procurementMethod"] = method
    organisations = {buyer, entity} | {t["id"] for bid in details for t in bid["tenderers"]}
    return {
        "ocid": ocid, "id": f"{ocid}-{stamp}", "date": f"{stamp}T23:00:00-05:00", "tag": ["compiled"],
        "initiationType": "tender", "language": "es", "tender": tender,
        "buyer": {"id": buyer, "name": f"Entidad {buyer}"},
        "parties": [_party(dice, name, texts) for name in sorted(organisations)],
        "bids": {"details": details}, "awards": awards,
        "contracts": [
            {
                "id": f"{award['id']}-c", "awardID": award["id"], "status": dice.choice(("active", "terminated")),
                "dateSigned": f"{stamp}T12:00:00-05:00", "value": award["value"], "title": dice.choice(texts)[:80],
                "documents": [_document(dice, number, 9, stamp, texts)],
            }
            for award in awards if award.get("status") == "active"
        ],
    }  # fmt: skip


def _bids(
    dice: random.Random, bidders: list[str], lots: list[str], currency: str, deadline: date, texts: list[str]
) -> list[dict]:
    details: list[dict] = []
    for lot in lots:
        price = round(dice.uniform(1000, 2_000_000), 2)
        for _ in range(dice.choice((1, 2, 3, 3, 4, 5))):
            taken = 2 if dice.random() < 0.04 else 1
            chosen = [bidders[int(len(bidders) * dice.random() ** 3)] for _ in range(taken)]
            bid: dict[str, Any] = {
                "id": f"{lot}-{len(details)}",
                "date": f"{deadline - timedelta(days=dice.randrange(4))}T{dice.randint(8, 17):02d}:15:00-05:00",
                "tenderers": [{"id": name, "name": f"Empresa {name}"} for name in chosen],
                "value": {"amount": price},
                "relatedLots": [lot],
                "documents": [
                    {"id": "1", "url": f"https://example.org/{lot}/{len(details)}.pdf", "title": texts[0][:60]}
                ],
            }
            status = dice.choices(BID_STATUSES, BID_WEIGHTS)[0]
            if status is not None:
                bid["status"] = status
            bid["value"]["currency"] = currency if dice.random() < 0.98 else "USD"
            if dice.random() > 0.01:
                price = round(price * dice.lognormvariate(0, 0.12), 2)
            details.append(bid)
    return details


def _awards(
    dice: random.Random, number: int, details: list[dict], lots: list[str], stamp: str, texts: list[str],
    bidders: list[str],
) -> list[dict]:  # fmt: skip
    awards = []
    for place, lot in enumerate(lots):
        qualified = [b for b in details if b["relatedLots"] == [lot] and b.get("status") in ("valid", "qualified")]
        if not qualified:
            continue
        winner = min(qualified, key=lambda bid: bid["value"]["amount"]) if dice.random() < 0.85 else qualified[-1]
        suppliers = winner["tenderers"] if dice.random() < 0.97 else [{"id": dice.choice(bidders), "name": "Empresa"}]
        award = {
            "id": f"{number}-a{place}", "date": f"{stamp}T18:00:00-05:00", "suppliers": suppliers,
            "title": dice.choice(texts)[:80], "description": dice.choice(texts), "value": winner["value"],
            "relatedBid": winner["id"], "relatedLots": [lot],
            "items": [_item(dice, lot, texts) for _ in range(dice.choice((1, 1, 2, 3)))],
        }  # fmt: skip
        status = dice.choices(AWARD_STATUSES, AWARD_WEIGHTS)[0]
        if status is not None:
            award["status"] = status
        awards.append(award)
    return awards


def _item(dice: random.Random, lot: str, texts: list[str]) -> dict:
    code = f"{dice.randint(10, 95)}{dice.randint(0, 999999):06d}"
    return {
        "id": f"{lot}-{code}", "description": dice.choice(texts)[:120], "relatedLot": lot,
        "classification": {"scheme": "UNSPSC", "id": code, "description": dice.choice(texts)[:40]},
        "quantity": dice.randint(1, 500),
        "unit": {"name": "Unidad", "value": {"amount": round(dice.uniform(1, 900), 2), "currency": "PEN"}},
    }  # fmt: skip


def _document(dice: random.Random, number: int, place: int, stamp: str, texts: list[str]) -> dict:
    return {
        "id": f"{number}-{place}", "documentType": "biddingDocuments", "title": dice.choice(texts)[:70],
        "url": f"https://example.org/documents/{number}/{place}.pdf", "format": "application/pdf",
        "datePublished": f"{stamp}T08:00:00-05:00", "language": "es",
    }  # fmt: skip


def _party(dice: random.Random, name: str, texts: list[str]) -> dict:
    return {
        "id": name, "name": f"Empresa {name}", "roles": ["buyer" if "CONSUCODE" in name else "tenderer"],
        "identifier": {"scheme": "PE-RUC", "id": name[-11:], "legalName": f"Empresa {name} S.A.C."},
        "address": {
            "streetAddress": dice.choice(texts)[:60], "locality": "LIMA", "region": "LIMA", "countryName": "PERU",
        },
        "contactPoint": {"name": "Mesa de partes", "telephone": "000000000"},
    }  # fmt: skip
