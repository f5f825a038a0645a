"""What mapping.yaml says under ``ocds:`` the data need before they can be used: defaults, redactions, corrections."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from lianfang.engine.fault import Fault, say

WHERE = "mapping.yaml › ocds"
_FLAG, _TEXT, _TEXTS, _NUMBERS, _WORDS = "flag", "text", "texts", "numbers", "words"
# Section and key names have the meaning they have in Cardinal's settings file.
_KEYS: dict[str, Any] = {
    "currency": _TEXT,
    "time_zone": _TEXT,
    "price_comparison_procurement_methods": _TEXTS,
    "no_price_comparison_procurement_methods": _TEXTS,
    "defaults": {
        "currency": _TEXT,
        "item_classification_scheme": _TEXT,
        "bid_status": _TEXT,
        "award_status": _TEXT,
        "party_roles": _FLAG,
    },
    "redactions": {"amount": _NUMBERS, "organization_id": _TEXTS},
    "corrections": {"award_status_by_contract_status": _FLAG},
    "modifications": {
        "move_auctions": _FLAG,
        "prefix_buyer_or_procuring_entity_id": _TEXT,
        "prefix_tenderer_or_supplier_id": _TEXT,
        "split_procurement_method_details": _TEXT,
    },
    "codelists": {"bid_status": _WORDS, "award_status": _WORDS},
    "exclusions": {"procurement_method_details": _TEXTS},
}
_ZONE = re.compile(r"Z|[+-](?:0\d|1[0-4]):[0-5]\d")


@dataclass(frozen=True)
class Settings:
    """The settings as they were given, checked; what was not set is None, empty or False."""

    currency: str | None
    time_zone: str | None
    compared_methods: tuple[str, ...]
    uncompared_methods: tuple[str, ...]
    default_currency: str | None
    default_scheme: str | None
    default_bid_status: str | None
    default_award_status: str | None
    party_roles: bool
    redacted_amounts: tuple[float, ...]
    redacted_ids: tuple[str, ...]
    award_status_by_contract: bool
    move_auctions: bool
    buyer_prefix: str
    bidder_prefix: str
    details_split: str | None
    bid_status_words: Mapping[str, str]
    award_status_words: Mapping[str, str]
    excluded_details: tuple[str, ...]


def parse(given: Mapping[str, Any] | None) -> Settings:
    """Check ``given`` and fill in what it leaves out; an unknown key is a Fault that names the nearest one."""
    found = _checked(given or {}, _KEYS, "")
    zone = found["time_zone"]
    if zone is not None and not _ZONE.fullmatch(zone):
        raise _fault(
            "time_zone",
            say(f"不是时差:{zone}。", f"not a difference from universal time: {zone}."),
            say('写成 "+08:00" 或 "Z",带引号。', 'write "+08:00" or "Z", with quotes.'),
        )
    defaults, changes = found["defaults"], found["modifications"]
    return Settings(
        currency=found["currency"],
        time_zone=zone,
        compared_methods=found["price_comparison_procurement_methods"],
        uncompared_methods=found["no_price_comparison_procurement_methods"],
        default_currency=defaults["currency"],
        default_scheme=defaults["item_classification_scheme"],
        default_bid_status=defaults["bid_status"],
        default_award_status=defaults["award_status"],
        party_roles=defaults["party_roles"],
        redacted_amounts=found["redactions"]["amount"],
        redacted_ids=found["redactions"]["organization_id"],
        award_status_by_contract=found["corrections"]["award_status_by_contract_status"],
        move_auctions=changes["move_auctions"],
        buyer_prefix=changes["prefix_buyer_or_procuring_entity_id"] or "",
        bidder_prefix=changes["prefix_tenderer_or_supplier_id"] or "",
        details_split=changes["split_procurement_method_details"],
        bid_status_words=found["codelists"]["bid_status"],
        award_status_words=found["codelists"]["award_status"],
        excluded_details=found["exclusions"]["procurement_method_details"],
    )


def _checked(given: Any, keys: Mapping[str, Any], above: str) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise _fault(above, say("须是一组设置。", "must be a group of settings."), _choose(keys))
    for name in given:
        if name not in keys:
            near = get_close_matches(str(name), keys, n=1, cutoff=0.4)
            remedy = say(f"是否想写 {near[0]}?", f"did you mean {near[0]}?") if near else _choose(keys)
            raise _fault(f"{above}{name}", say("没有这个设置。", "there is no such setting."), remedy)
    return {
        name: _checked(given.get(name) or {}, kind, f"{above}{name} › ")
        if isinstance(kind, dict)
        else _value(given.get(name), kind, f"{above}{name}")
        for name, kind in keys.items()
    }


def _value(given: Any, kind: str, name: str) -> Any:
    if kind == _FLAG:
        if given not in (None, True, False):
            raise _fault(name, say("须是 true 或 false。", "must be true or false."), say("改正。", "correct it."))
        return bool(given)
    if kind == _WORDS:
        return _words(given, name)
    if kind in (_TEXTS, _NUMBERS):
        texts = _texts(given, name)
        return tuple(_number(text, name) for text in texts) if kind == _NUMBERS else texts
    if isinstance(given, Mapping | list):
        raise _fault(name, say("须是一个值。", "must be one value."), say("改正。", "correct it."))
    return None if given in (None, "") else str(given)


def _texts(given: Any, name: str) -> tuple[str, ...]:
    """A list, or Cardinal's ``a|b``."""
    if given is None:
        return ()
    if isinstance(given, str):
        return tuple(given.split("|"))
    items = given if isinstance(given, Sequence) else [given]
    if any(isinstance(item, Mapping | list) for item in items):
        raise _fault(name, say("须是一列文字。", "must be a list of texts."), say("写成 [甲, 乙]。", "write [a, b]."))
    return tuple("null" if item is None else str(item) for item in items)


def _number(text: str, name: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise _fault(name, say(f"不是数:{text}。", f"not a number: {text}."), say("改正。", "correct it.")) from None


def _words(given: Any, name: str) -> dict[str, str]:
    if not isinstance(given or {}, Mapping):
        raise _fault(
            name,
            say("须是“原词: 标准词”。", "must be `word: standard word`."),
            say("例如 {qualified: valid}。", "for example {qualified: valid}."),
        )
    return {str(key): str(value) for key, value in (given or {}).items()}


def _choose(keys: Mapping[str, Any]) -> str:
    return say("可用:", "use: ") + ", ".join(keys)


def _fault(name: str, what: str, remedy: str) -> Fault:
    return Fault(f"{WHERE} › {name}".rstrip(" ›"), what, remedy)
