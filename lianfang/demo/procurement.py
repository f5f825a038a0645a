"""The chapter of government purchases, published as OCDS releases, and what is planted there."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from lianfang.demo.cast import BUREAUS, Cast
from lianfang.demo.story import Row, Story, at

Release = dict[str, Any]
PREFIX = "ocds-demo00"
GOODS = {"办公设备": "goods", "信息技术": "services", "物业服务": "services"}
PURCHASES = 160


def build_procurement(story: Story, cast: Cast) -> list[Release]:
    releases = [purchase(story, cast) for _ in range(PURCHASES)]
    for plot in (_one_bid, _short, _close, _identical, _only_one_valid, _lowest_out):
        plot(story, cast, releases)
    return releases


def purchase(story: Story, cast: Cast, bidders: int | None = None, days: int | None = None) -> Release:
    """An open purchase: 20 to 30 days for bids, three to five bids at different prices, the lowest wins."""
    trade = story.rng.choice(list(GOODS))
    published = story.working_day(date(2023, 2, 1), date(2024, 10, 10))
    deadline = published + timedelta(days=days or story.rng.randint(21, 30))
    budget = story.money(200_000, 3_000_000, 1_000)
    firms = story.rng.sample(cast.firms[trade][8:], bidders or story.rng.randint(3, 5))
    price = round(budget * story.rng.uniform(0.82, 0.95), 2)
    prices = story.bid_prices(price, len(firms))
    unit = story.rng.choice(list(BUREAUS))
    number = story.next_id("")
    bids = [
        _bid(place, firm, price, deadline) for place, (firm, price) in enumerate(zip(firms, prices, strict=True), 1)
    ]
    return {
        "ocid": f"{PREFIX}-{number}",
        "id": f"{number}-1",
        "date": f"{deadline + timedelta(days=12)}T10:00:00+08:00",
        "tag": ["compiled"],
        "initiationType": "tender",
        "buyer": {"id": unit, "name": f"鄂州市{BUREAUS[unit]}"},
        "parties": [{"id": unit, "name": f"鄂州市{BUREAUS[unit]}", "roles": ["buyer", "procuringEntity"]}]
        + [{"id": firm["company_id"], "name": firm["name"], "roles": ["tenderer"]} for firm in firms],
        "tender": {
            "id": f"T{number}",
            "title": f"{trade}采购",
            "status": "complete",
            "procurementMethod": "open",
            "mainProcurementCategory": GOODS[trade],
            "awardCriteria": "priceOnly",
            "procuringEntity": {"id": unit, "name": f"鄂州市{BUREAUS[unit]}"},
            "value": _cny(budget),
            "items": [
                {"id": "1", "description": trade, "classification": {"scheme": "DEMO", "id": list(GOODS).index(trade)}}
            ],
            "tenderPeriod": {"startDate": _moment(published, 9), "endDate": _moment(deadline, 9)},
            "numberOfTenderers": len(firms),
            "tenderers": [_reference(firm) for firm in firms],
        },
        "bids": {"details": bids},
        "awards": [
            {
                "id": f"A{number}",
                "status": "active",
                "date": _moment(deadline + timedelta(days=7), 15),
                "value": _cny(price),
                "suppliers": [_reference(firms[0])],
                "items": [
                    {
                        "id": "1",
                        "description": trade,
                        "classification": {"scheme": "DEMO", "id": list(GOODS).index(trade)},
                    }
                ],
            }
        ],
        "contracts": [
            {
                "id": f"C{number}",
                "awardID": f"A{number}",
                "status": "active",
                "value": _cny(price),
                "dateSigned": _moment(deadline + timedelta(days=12), 10),
            }
        ],
    }


def _bid(place: int, firm: Row, price: float, deadline: date) -> Release:
    submitted = _moment(deadline - timedelta(days=1), 8 + place)
    return {
        "id": str(place),
        "status": "valid",
        "date": submitted,
        "tenderers": [_reference(firm)],
        "value": _cny(price),
    }


def _reference(firm: Row) -> dict[str, str]:
    return {"id": str(firm["company_id"]), "name": str(firm["name"])}


def _cny(amount: float) -> dict[str, Any]:
    return {"amount": amount, "currency": "CNY"}


def _moment(day: date, hour: int) -> str:
    return f"{at(day, hour):%Y-%m-%dT%H:%M:%S}+08:00"


def _keep(releases: list[Release], release: Release) -> tuple[str, list[Release]]:
    """Add the release; its ocid and its bids, for a plot to change."""
    releases.append(release)
    return str(release["ocid"]), release["bids"]["details"]


def _firms(bids: list[Release]) -> list[str]:
    return [bid["tenderers"][0]["id"] for bid in bids]


def _one_bid(story: Story, cast: Cast, releases: list[Release]) -> None:
    for _ in range(2):
        ocid, _bids = _keep(releases, purchase(story, cast, bidders=1))
        story.plant("R018", "tender", ocid, why="公开采购只有一家投标")
    ocid, bids = _keep(releases, purchase(story, cast, bidders=2))
    story.lookalike("R018", "tender", ocid, why="两家投标")
    assert len(bids) == 2


def _short(story: Story, cast: Cast, releases: list[Release]) -> None:
    ocid, _ = _keep(releases, purchase(story, cast, days=4))
    story.plant("R003", "tender", ocid, why="投标期只有 4 天")


def _close(story: Story, cast: Cast, releases: list[Release]) -> None:
    ocid, bids = _keep(releases, purchase(story, cast, bidders=4))
    bids[1]["value"] = _cny(round(bids[0]["value"]["amount"] * 1.0005, 2))
    story.plant("R024", "tender", ocid, *_firms(bids[:2]), why="第二名报价只比中标价高 0.05%")


def _identical(story: Story, cast: Cast, releases: list[Release]) -> None:
    ocid, bids = _keep(releases, purchase(story, cast, bidders=4))
    bids[2]["value"] = dict(bids[1]["value"])
    story.plant("R028", "tender", ocid, *_firms(bids[1:3]), why="两家不同投标人报价分毫不差")


def _only_one_valid(story: Story, cast: Cast, releases: list[Release]) -> None:
    ocid, bids = _keep(releases, purchase(story, cast, bidders=4))
    for bid in bids[1:]:
        bid["status"] = "disqualified"
    story.plant("R035", "tender", ocid, *_firms(bids[:1]), why="除中标人外全部被否决")


def _lowest_out(story: Story, cast: Cast, releases: list[Release]) -> None:
    ocid, bids = _keep(releases, purchase(story, cast, bidders=4))
    bids[3]["status"] = "disqualified"
    bids[3]["value"] = _cny(round(bids[0]["value"]["amount"] * 0.9, 2))
    story.plant("R036", "tender", ocid, why="最低报价被否决")
