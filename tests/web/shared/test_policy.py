"""No template writes a script, a style or a handler into a page: the content policy would block it."""

from __future__ import annotations

import re

import pytest

from lianfang.web import settings
from lianfang.web.shared.middleware import POLICY

TEMPLATES = sorted((settings.HERE / "templates").rglob("*.html"))
FORBIDDEN = {
    "style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.I),
    "style element": re.compile(r"<style\b", re.I),
    "handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.I),
    "hx-on": re.compile(r"\shx-on\b|\shx-vals\s*=\s*['\"]js:", re.I),
    "script within the page": re.compile(r"<script\b(?![^>]*\bsrc=)", re.I),
    "address of a script": re.compile(r"(?:href|src|action)\s*=\s*[\"']\s*javascript:", re.I),
    "something from elsewhere": re.compile(
        r"<(?:script|link|img|iframe)\b[^>]*(?:src|href)\s*=\s*[\"'](?:https?:)?//", re.I
    ),
}


def faults(text: str) -> list[str]:
    return [name for name, pattern in FORBIDDEN.items() if pattern.search(text)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(settings.HERE / "templates")))
def test_template_holds_to_the_policy(path):
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "text, fault",
    [
        ('<p class="a" style="color:red">', "style attribute"),
        ("<style>a{}</style>", "style element"),
        ('<a onclick="x()">', "handler"),
        ('<a hx-on:click="x()">', "hx-on"),
        ("<script>x()</script>", "script within the page"),
        ('<a href="javascript:x()">', "address of a script"),
        ('<img src="https://example.org/x.png">', "something from elsewhere"),
    ],
)
def test_fault_is_found(text, fault):
    assert fault in faults(text)


def test_ordinary_markup_is_no_fault():
    assert faults('<script src="/static/x.js" defer></script><link rel="stylesheet" href="x.css"><p class="on">') == []


@pytest.mark.parametrize("address", ["/account/login/", "/styleguide/", "/nothing-here/"])
def test_pages_carry_the_policy(as_user, address):
    answer = as_user("officer").get(address)
    assert answer["Content-Security-Policy"] == POLICY
    assert "unsafe" not in POLICY
