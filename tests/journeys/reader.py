"""A browser without a screen: pages, their forms and cookies. What broke on its way is sent again, word for word."""

from __future__ import annotations

import http.client
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

BROKEN = (http.client.HTTPException, ConnectionError, TimeoutError, OSError)
TRIES = 40
Files = dict[str, tuple[str, bytes]]


@dataclass
class Form:
    """One form as its page filled it in."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    has_files: bool = False

    @property
    def names(self) -> set[str]:
        return {name for name, _value in self.fields}

    def filled(self, **given: Any) -> list[tuple[str, str]]:
        """The fields with ``given`` put in; a list puts in several, None takes one out."""
        kept = [(name, value) for name, value in self.fields if name not in given]
        for name, value in given.items():
            values = value if isinstance(value, list) else [] if value is None else [value]
            kept += [(name, str(one)) for one in values]
        return kept


class _Forms(HTMLParser):
    """Collects the forms that are sent by POST."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.form: Form | None = None
        self.select = self.area = ""
        self.options: list[tuple[str, bool]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "form":
            self.form = Form(given.get("action") or "") if (given.get("method") or "").lower() == "post" else None
            if self.form is not None:
                self.found.append(self.form)
        elif self.form is None:
            return
        elif tag == "input" and name:
            self._input(self.form, name, given)
        elif tag == "select":
            self.select, self.options = name, []
        elif tag == "option" and self.select:
            self.options.append((given.get("value") or "", "selected" in given))
        elif tag == "textarea":
            self.area, self.text = name, ""

    def _input(self, form: Form, name: str, given: dict[str, str | None]) -> None:
        kind = given.get("type") or "text"
        if kind == "file":
            form.has_files = True
        elif kind not in ("checkbox", "radio", "submit", "button") or "checked" in given:
            form.fields.append((name, given.get("value") or ""))

    def handle_data(self, data: str) -> None:
        if self.area:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        if self.form is None:
            return
        if tag == "select" and self.select:
            chosen = next((value for value, is_on in self.options if is_on), self.options[0][0] if self.options else "")
            self.form.fields.append((self.select, chosen))
            self.select = ""
        elif tag == "textarea" and self.area:
            self.form.fields.append((self.area, self.text.removeprefix("\n")))
            self.area = ""
        elif tag == "form":
            self.form = None


@dataclass
class Page:
    url: str
    status: int
    text: str

    @property
    def forms(self) -> list[Form]:
        parser = _Forms()
        parser.feed(self.text)
        return parser.found

    def form(self, has: str = "", action: str = "") -> Form:
        """The form that has a field ``has`` and leads to an address that ends with ``action``."""
        for one in self.forms:
            if (not has or has in one.names) and one.action.endswith(action):
                return one
        raise AssertionError(f"{self.url}: no form with {has!r} to {action!r} (status {self.status})\n{self.words}")

    @property
    def words(self) -> str:
        """What a reader sees, for a failure's text."""
        body = re.sub(r"(?s)<(script|style|nav).*?</\1>", "", self.text)
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))[:1500]


class Reader:
    """Somebody who has signed in. ``mend`` is called when a connection broke, before the same is sent again."""

    def __init__(self, port: int, mend: Callable[[], None]) -> None:
        self.port, self.mend = port, mend
        self.cookies: SimpleCookie = SimpleCookie()

    def sign_in(self, name: str, password: str) -> Reader:
        form = self.get("/account/login/").form("login")
        page = self.send("/account/login/", form.filled(login=name, password=password))
        assert not page.url.startswith("/account/login/"), page.words
        return self

    def get(self, path: str) -> Page:
        for _redirect in range(8):
            status, where, text = self._sent("GET", path, b"", "")
            if status not in (301, 302, 303):
                return Page(path, status, text)
            path = where
        raise AssertionError(f"{path}: sent round in circles")

    def send(self, path: str, fields: list[tuple[str, str]], files: Files | None = None) -> Page:
        """Send a form and follow where it leads; a refusal's page comes back as it is."""
        answer = self.post(path, fields, files)
        return self.get(answer.url) if answer.status in (301, 302, 303) else answer

    def post(self, path: str, fields: list[tuple[str, str]], files: Files | None = None) -> Page:
        """Send a form; of a redirect its address alone."""
        body, kind = _packed(fields, files) if files else (urlencode(fields).encode(), _PLAIN)
        status, where, text = self._sent("POST", path, body, kind)
        return Page(where if status in (301, 302, 303) else path, status, text)

    def blank(self, **given: Any) -> list[tuple[str, str]]:
        """A form of one's own, with what every form carries."""
        form = Form("", [("csrfmiddlewaretoken", self.cookies["csrftoken"].value), ("once", secrets.token_urlsafe(32))])
        return form.filled(**given)

    def _sent(self, method: str, path: str, body: bytes, kind: str) -> tuple[int, str, str]:
        for _try in range(TRIES):
            try:
                return self._once(method, path, body, kind)
            except BROKEN as broken:
                last = broken
                self.mend()
        raise AssertionError(f"{method} {path}: still broken after {TRIES} tries: {last!r}")

    def _once(self, method: str, path: str, body: bytes, kind: str) -> tuple[int, str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            headers = {"Cookie": "; ".join(f"{c.key}={c.value}" for c in self.cookies.values())}
            if method == "POST":
                headers |= {"Content-Type": kind, "Referer": f"http://127.0.0.1:{self.port}{path}"}
            connection.request(method, path, body=body or None, headers=headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
            for given in answer.headers.get_all("Set-Cookie") or ():
                self.cookies.load(given)
            where = urlsplit(urljoin(f"http://x{path}", answer.headers.get("Location") or ""))
            return answer.status, where.path + (f"?{where.query}" if where.query else ""), text
        finally:
            connection.close()


_PLAIN = "application/x-www-form-urlencoded"


def _packed(fields: list[tuple[str, str]], files: Files) -> tuple[bytes, str]:
    mark = secrets.token_hex(16)
    parts = [f'--{mark}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n'.encode() for n, v in fields]
    for name, (file, content) in files.items():
        head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n'
        parts.append(head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + content + b"\r\n")
    return b"".join([*parts, f"--{mark}--\r\n".encode()]), f"multipart/form-data; boundary={mark}"
