"""The eleven procurement indicators a second time: plain Python over releases, slow and simple, to judge the SQL.

They follow what Cardinal's documentation and source say, with the house's own reading where these are silent:
prices are compared within a lot, equal prices do not depend on the order of the file, a price of zero gives no
ratio, a deadline before the start is no short period, and a deadline at midnight is a day without its hour.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from math import floor
from typing import Any

ZONE = timezone(timedelta(hours=-5))  # of the made-up releases
Release = dict[str, Any]
Found = dict[tuple[str, str, str], float]  # (subject type, subject, code) -> metric


def judge(releases: Iterable[Release], currency: str, uncompared: Iterable[str] = ()) -> Found:
    """What the eleven indicators say of releases that are already prepared."""
    kept = [r for r in releases if r.get("tender", {}).get("status") != "cancelled"]
    comparable = [r for r in kept if r["tender"].get("procurementMethodDetails") not in set(uncompared)]
    found: Found = {}
    for release in kept:
        found |= short_period(release) | single_bidder(release) | late_winner(release) | all_but_winner(release)
    for release in comparable:
        found |= identical_prices(release) | lowest_disqualified(release, currency)
    found |= differences(comparable, currency) | few_wins(kept) | disqualified(kept) | many_kinds(kept)
    return found


def quantile(values: Iterable[float], tau: float) -> float:
    """As the library statrs: h = (n + 1/3) tau + 1/3, linear between neighbours."""
    ordered = sorted(values)
    h = (len(ordered) + 1 / 3) * tau + 1 / 3
    rank = floor(h)
    if rank <= 0:
        return ordered[0]
    if rank >= len(ordered):
        return ordered[-1]
    return ordered[rank - 1] + (h - rank) * (ordered[rank] - ordered[rank - 1])


def fused(a: float, b: float, c: float) -> float:
    """a * b + c rounded once."""
    return float(Fraction(a) * Fraction(b) + Fraction(c))


def fences(values: Iterable[float]) -> tuple[float, float, float]:
    """First quartile, lower fence, upper fence."""
    listed = list(values)
    q1, q3 = quantile(listed, 0.25), quantile(listed, 0.75)
    return q1, fused(q3 - q1, -1.5, q1), fused(q3 - q1, 1.5, q3)


def moment(text: str) -> datetime:
    """The instant by the clock of ``ZONE``; midnight is a day without its hour and keeps its date."""
    found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return found.replace(tzinfo=ZONE) if found.time() == datetime.min.time() else found.astimezone(ZONE)


def bids_of(release: Release) -> list[dict[str, Any]]:
    return release.get("bids", {}).get("details", [])


def submitted(release: Release) -> Iterator[dict[str, Any]]:
    return (b for b in bids_of(release) if b.get("status") not in (None, "invited", "withdrawn"))


def ids(organisations: Iterable[dict[str, Any]]) -> list[str]:
    return [one["id"] for one in organisations if one.get("id")]


def members(part: dict[str, Any]) -> list[str | None]:
    """The bidders of a bid or the suppliers of an award; one that is named twice is one."""
    return list(dict.fromkeys(one.get("id") for one in part.get("tenderers", part.get("suppliers", []))))


def lot_of(part: dict[str, Any]) -> str:
    return part["relatedLots"][0] if len(part.get("relatedLots", [])) == 1 else ""


def active_awards(release: Release) -> list[dict[str, Any]]:
    return [a for a in release.get("awards", []) if a.get("status") == "active"]


def is_settled(release: Release) -> bool:
    final = (None, "active", "cancelled", "unsuccessful")
    return all(a.get("status") in final for a in release.get("awards", []))


def sole_winner(release: Release) -> str | None:
    """The one supplier of the one active award, where all awards are settled."""
    awards = active_awards(release)
    if not is_settled(release) or len(awards) != 1 or len(members(awards[0])) != 1:
        return None
    return members(awards[0])[0]


def short_period(release: Release) -> Found:
    period = release["tender"].get("tenderPeriod", {})
    if "startDate" not in period or "endDate" not in period:
        return {}
    length = moment(period["endDate"]) - moment(period["startDate"])
    return {("tender", release["ocid"], "R003"): 1.0} if timedelta(0) <= length < timedelta(days=15) else {}


def single_bidder(release: Release) -> Found:
    tender = release["tender"]
    number = tender.get("numberOfTenderers")
    if number is None:
        came = [b for b in bids_of(release) if b.get("status") not in ("invited", "withdrawn")]
        number = len({members(b)[0] if len(members(b)) == 1 else id(b) for b in came})
    if number == 1 and tender.get("procurementMethod") in ("open", "selective"):
        return {("tender", release["ocid"], "R018"): 1.0}
    return {}


def late_winner(release: Release) -> Found:
    winners = {one for award in active_awards(release) for one in ids(award.get("suppliers", []))}
    end = release["tender"].get("tenderPeriod", {}).get("endDate")
    found: Found = {}
    for bid in bids_of(release):
        if end is None or bid.get("status") != "valid" or "date" not in bid:
            continue
        deadline, sent = moment(end), moment(bid["date"])
        midnight = deadline.time() == datetime.min.time()
        late = sent.date() > deadline.date() if midnight else sent > deadline
        for bidder in winners & set(ids(bid["tenderers"])) if late else ():
            found[("tender", release["ocid"], "R030")] = found[("bidder", bidder, "R030")] = 1.0
    return found


def all_but_winner(release: Release) -> Found:
    suppliers = {one for award in active_awards(release) for one in ids(award.get("suppliers", []))}
    valid, rejected = set(), set()
    for bid in bids_of(release):
        chosen = {"valid": valid, "disqualified": rejected}.get(bid.get("status"))
        if chosen is not None:
            chosen.update(ids(bid["tenderers"]))
    others = rejected - valid
    if not is_settled(release) or len(valid) != 1 or valid != suppliers or not others:
        return {}
    (winner,) = valid
    return {("tender", release["ocid"], "R035"): float(len(others)), ("bidder", winner, "R035"): 0.0}


def identical_prices(release: Release) -> Found:
    groups = defaultdict(set)
    for bid in submitted(release):
        value, bidders = bid.get("value", {}), frozenset(ids(bid["tenderers"]))
        if value.get("amount") is not None and bidders:
            groups[lot_of(bid), value.get("currency"), value["amount"]].add(bidders)
    found: Found = {}
    for sets in groups.values():
        if len(sets) > 1:
            found[("tender", release["ocid"], "R028")] = 1.0
            found |= {("bidder", one, "R028"): 1.0 for bidders in sets for one in bidders}
    return found


def lowest_disqualified(release: Release, currency: str) -> Found:
    lots = defaultdict(list)
    for bid in submitted(release):
        value = bid.get("value", {})
        if value.get("amount") is not None and value.get("currency") == currency:
            lots[lot_of(bid)].append((value["amount"], bid["status"]))
    for prices in lots.values():
        lowest = min(price for price, _ in prices)
        if (lowest, "disqualified") in prices and any(status == "valid" for _, status in prices):
            return {("tender", release["ocid"], "R036"): 1.0} if active_awards(release) else {}
    return {}


def differences(releases: Iterable[Release], currency: str) -> Found:
    """R024 and R058."""
    known = {}
    for release in releases:
        winner = sole_winner(release)
        prices = defaultdict(list)
        for bid in bids_of(release):
            value = bid.get("value", {})
            if bid.get("status") == "valid" and value.get("currency") == currency and len(members(bid)) == 1:
                prices[members(bid)[0]].append(value["amount"])
        others = [(min(listed), bidder) for bidder, listed in prices.items() if bidder != winner]
        if winner in prices and others and 0 < min(prices[winner]) <= min(others)[0]:
            won, second = min(prices[winner]), min(others)[0]
            seconds = {bidder for price, bidder in others if price == second}
            known[release["ocid"]] = ((second - won) / won, winner, seconds)
    found: Found = {}
    q1, lower, upper = fences(difference for difference, _, _ in known.values())
    for ocid, (difference, winner, seconds) in known.items():
        if q1 > 0 and lower > 0 and difference <= lower:
            found[("tender", ocid, "R024")] = difference
            found |= {("bidder", bidder, "R024"): 0.0 for bidder in {winner, *seconds}}
        if 0 < upper <= difference:
            found |= {("tender", ocid, "R058"): difference, ("bidder", winner, "R058"): 0.0}
    return found


def few_wins(releases: Iterable[Release]) -> Found:
    bids, wins = defaultdict(int), defaultdict(int)
    for release in releases:
        winner = sole_winner(release)
        if winner is None:
            continue
        valid = [members(bid) for bid in bids_of(release) if bid.get("status") == "valid"]
        for bidder in {listed[0] for listed in valid if len(listed) == 1}:
            bids[bidder] += 1
            wins[bidder] += bidder == winner
    shares = {bidder: wins[bidder] / number for bidder, number in bids.items()}
    many = quantile((float(number) for number in bids.values()), 0.75)
    q1, lower, _ = fences(shares.values())
    if q1 <= 0 or lower <= 0:
        return {}
    return {("bidder", b, "R025"): s for b, s in shares.items() if bids[b] >= many and s <= lower}


def disqualified(releases: Iterable[Release]) -> Found:
    tally: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for release in releases:
        entity = release["tender"].get("procuringEntity", {}).get("id")
        for bid in submitted(release):
            rejected = bid["status"] == "disqualified"
            places = [("bidder", one) for one in members(bid)]
            places += [("buyer", release.get("buyer", {}).get("id")), ("procuring_entity", entity)]
            for kind, subject in places:
                if subject is not None:
                    tally[kind][subject][0] += rejected
                    tally[kind][subject][1] += 1
    found: Found = {}
    for kind, counts in tally.items():
        shares = {subject: rejected / number for subject, (rejected, number) in counts.items() if number >= 2}
        upper = fences(shares.values())[2] if shares else 0
        found |= {(kind, subject, "R038"): share for subject, share in shares.items() if 0 < upper <= share}
    return found


def many_kinds(releases: Iterable[Release]) -> Found:
    kinds, tenders = defaultdict(set), defaultdict(set)
    for release in releases:
        for award in active_awards(release):
            suppliers = members(award)
            classes = [i["classification"]["id"][:2] for i in award.get("items", []) if i.get("classification")]
            if len(suppliers) == 1 and classes:
                kinds[suppliers[0]].update(classes)
                tenders[suppliers[0]].add(release["ocid"])
    numbers = {s: float(len(listed)) for s, listed in kinds.items() if len(tenders[s]) >= 20}
    upper = fences(numbers.values())[2] if numbers else 0
    return {("bidder", s, "R048"): number for s, number in numbers.items() if number >= upper}
