"""Every address as every role: whoever lacks the permission that it names is sent away, and nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.resolvers import RegexPattern

from lianfang.web.shared.models import LogEntry
from lianfang.web.shared.roles import ROLES, Permission

# Django's and allauth's own pages for signing in and out are open by their nature; each is named here.
OPEN = {"public", "signed in"}
SLUGS = {"slug": "approve"}  # words that an address written as a regular expression takes
SAMPLE = {"int": 1, "slug": "nothing", "str": "nothing", "uuid": "0" * 32, "path": "nothing"}


@dataclass(frozen=True)
class Address:
    name: str
    url: str
    permission: str


def patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry)
        else:
            yield entry


def addresses() -> list[Address]:
    found = []
    for pattern in patterns(get_resolver()):
        permission = getattr(pattern.callback, "permission", None)
        kwargs = {name: _sample(converter) for name, converter in pattern.pattern.converters.items()}
        kwargs |= {name: SLUGS.get(name, "nothing") for name in _groups(pattern)}
        if pattern.name != "home":
            found.append(Address(pattern.name, reverse(pattern.name, kwargs=kwargs), permission))
    return found


def _groups(pattern: URLPattern) -> list[str]:
    """The names in an address that is written as a regular expression."""
    return list(pattern.pattern.regex.groupindex) if isinstance(pattern.pattern, RegexPattern) else []


def _sample(converter: object) -> object:
    kind = type(converter).__name__.removesuffix("Converter").lower()
    return SAMPLE["str" if kind == "string" else kind]


ADDRESSES = addresses()


def test_every_address_names_who_may_open_it():
    assert [a.name for a in ADDRESSES if not isinstance(a.permission, (Permission, str))] == []
    assert {a.permission for a in ADDRESSES} <= set(Permission) | OPEN
    assert len({a.name for a in ADDRESSES}) == len(ADDRESSES)


CLOSED = {"get": {403, 405}, "post": {403}}  # 405: an address that only takes forms says so to everybody
GUARDED = [a for a in ADDRESSES if isinstance(a.permission, Permission)]


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", sorted(ROLES))
def test_address_is_closed_to_whoever_lacks_its_permission(name, method, as_user, django_user_model):
    browser = as_user(name)
    browser.raise_request_exception = False
    before = LogEntry.objects.count()
    wrong = []
    for address in GUARDED:
        if address.permission in ROLES[name].may:
            continue
        status = getattr(browser, method)(address.url).status_code
        if status not in CLOSED[method]:
            wrong.append((address.name, status))
    assert wrong == []
    assert LogEntry.objects.count() == before


@pytest.mark.parametrize("name", sorted(ROLES))
def test_address_opens_for_whoever_has_its_permission(name, as_user):
    browser = as_user(name)
    wrong = []
    for address in GUARDED:
        if address.permission in ROLES[name].may:
            status = browser.get(address.url).status_code
            if status not in {200, 302, 404, 405}:
                wrong.append((address.name, status))
    assert wrong == []


@pytest.mark.parametrize("method", ["get", "post"])
def test_visitor_is_asked_to_sign_in(method, office):
    browser, before = Client(), LogEntry.objects.count()
    wrong = []
    for address in GUARDED + [a for a in ADDRESSES if a.permission == "signed in"]:
        response = getattr(browser, method)(address.url)
        asked = response.status_code == 302 and response.url.startswith("/account/login/")
        if not asked and response.status_code not in CLOSED[method] - {403}:
            wrong.append((address.name, response.status_code))
    assert wrong == []
    assert LogEntry.objects.count() == before


def test_account_without_a_role_in_force_opens_nothing(as_user, cast):
    cast.user("officer").grants.update(until_on="2024-12-31")
    browser = as_user("officer")
    assert {browser.get(a.url).status_code for a in GUARDED} <= {302, 405}


def test_account_that_was_closed_opens_nothing(as_user, cast):
    browser = as_user("officer")
    user = cast.user("officer")
    user.is_active = False
    user.save()
    assert {browser.get(a.url).status_code for a in GUARDED} <= {302, 405}
