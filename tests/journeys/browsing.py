"""People at their browsers: what they press and fill in, and every fault that a page shows on the way."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    sync_playwright,
)

from tests.web.conftest import PASSWORD

DESK, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
PATIENCE = 60_000  # milliseconds that a page, or the worker behind it, may take
CHINESE = re.compile(r"[㐀-鿿]")

# What a reader sees or hears on a page in another language than it says: texts, and the words of attributes. What is
# marked with its own language is right as it is.
FOREIGN = """() => {
  const found = new Set();
  const own = e => e.closest('[lang]');
  const quiet = 'script, style, textarea, [aria-hidden=true]';
  const skip = e => !e || (own(e) && own(e) !== document.documentElement) || e.closest(quiet);
  const shown = e => e.tagName === 'OPTION' || e.checkVisibility({checkVisibilityCSS: true});
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement, text = walker.currentNode.textContent.trim();
    if (text && !skip(parent) && shown(parent)) found.add(text.replace(/\\s+/g, ' '));
  }
  for (const e of document.querySelectorAll('[title], [aria-label], [placeholder]'))
    for (const name of ['title', 'aria-label', 'placeholder'])
      if (e.hasAttribute(name) && !skip(e)) found.add(e.getAttribute(name).trim());
  found.add(document.title);
  return [...found];
}"""
TOO_WIDE = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  const scrolls = e => e && e !== document.body &&
    (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
  const wide = [...document.querySelectorAll('body *')].filter(
    e => e.getBoundingClientRect().right > room + 1 && !scrolls(e.parentElement));
  return (wide.length ? wide : [document.body]).slice(0, 4).map(e => e.outerHTML.slice(0, 160));
}"""


def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("google-chrome")
    assert found, "no Chromium (apt-get install chromium)"
    return found


@contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as player:
        opened = player.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        try:
            yield opened
        finally:
            opened.close()


@dataclass
class Visitor:
    """Somebody at a browser, signed in or not. ``faults`` collects what went wrong anywhere, for the end."""

    context: BrowserContext
    base: str
    name: str
    faults: list[str]
    known: tuple[str, ...]
    is_phone: bool = False
    page: Page = field(init=False)
    seen: set[tuple[str, str, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.context.set_default_timeout(PATIENCE)
        self.page = self.context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.fault(f"error on the page: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._answered)

    # ---- faults --------------------------------------------------------------------------------------------------

    def fault(self, what: str) -> None:
        self.faults.append(f"{self.name} at {self.path}: {what}")

    def _console(self, said: ConsoleMessage) -> None:
        if said.type in ("error", "warning"):
            self.fault(f"console {said.type}: {said.text}")

    def _failed(self, request: Request) -> None:
        # Leaving a page ends its question how far the worker is, and a download is no page.
        if request.resource_type not in ("fetch", "xhr") and request.failure != "net::ERR_ABORTED":
            self.fault(f"request failed: {request.method} {request.url}: {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.fault(f"{response.status} for {response.request.method} {response.url}")

    # ---- going about ---------------------------------------------------------------------------------------------

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.base)

    def sign_in(self) -> Visitor:
        self.go("/account/login/")
        self.fill(login=self.name, password=PASSWORD)
        self.press("登录")
        assert not self.path.startswith("/account/login/"), self.words
        return self

    def go(self, path: str) -> Visitor:
        self.page.goto(self.base + path)
        return self.look()

    def press(self, name: str, within: str = "main", exact: bool = True) -> Visitor:
        """Press the button or link with this name, and be where it leads."""
        place = self.page.locator(within).first
        wanted = place.get_by_role("button", name=name, exact=exact).or_(
            place.get_by_role("link", name=name, exact=exact)
        )
        return self.follow(wanted.first)

    def follow(self, wanted: Locator, language: str = "zh") -> Visitor:
        with self.page.expect_navigation():
            if self.is_phone:
                wanted.tap()
            else:
                wanted.click()
        return self.look("en" if language == "en" else "zh-hans")

    def fill(self, within: str = "main", **given: Any) -> Visitor:
        """Fill in the fields of these names: text, choices, ticks or a file, as each field wants it."""
        for name, value in given.items():
            fields = self.page.locator(within).first.locator(f"[name='{name}']:not([type=hidden])")
            assert fields.count(), f"{self.name} at {self.path}: no field {name}\n{self.words}"
            self._enter(fields, value)
        return self

    def _enter(self, fields: Locator, value: Any) -> None:
        kind = fields.first.evaluate("e => e.type || e.tagName.toLowerCase()")
        if kind in ("radio", "checkbox") and not isinstance(value, bool):
            for one in [value] if isinstance(value, str) else value:
                fields.and_(self.page.locator(f"[value='{one}']")).check()
        elif kind == "checkbox":
            fields.set_checked(value)
        elif kind == "file":
            fields.set_input_files(value)
        elif kind == "select-one":
            fields.select_option(value)
        else:
            fields.fill(str(value))

    def until_at(self, part: str) -> Visitor:
        """Wait until the page, which asks by itself how far the worker is, leads to ``part``."""
        self.page.wait_for_url(f"**{part}")
        self.page.wait_for_load_state()
        return self.look()

    def until_there(self, path: str) -> Visitor:
        """Ask for a page until it is there: the clock carries what was published within seconds."""
        end = time.monotonic() + PATIENCE / 1000
        while self.context.request.get(self.base + path).status == 404 and time.monotonic() < end:
            self.page.wait_for_timeout(300)
        return self.go(path)

    def until_shown(self, selector: str) -> Visitor:
        self.page.locator(selector).first.wait_for()
        self.page.wait_for_load_state()
        return self.look()

    def has(self, *texts: str) -> Visitor:
        for text in texts:
            assert text in self.words, f"{self.name} at {self.path}: {text!r} is not in\n{self.words}"
        return self

    @property
    def words(self) -> str:
        return re.sub(r"\s+", " ", self.page.locator("body").inner_text())

    # ---- what every page must be ---------------------------------------------------------------------------------

    def look(self, language: str = "zh-hans") -> Visitor:
        page = self.page
        if (heads := page.locator("h1").count()) != 1:
            self.fault(f"{heads} first headings")
        if (said := page.locator("html").get_attribute("lang")) != language:
            self.fault(f"the page says it is in {said}")
        for wide in page.evaluate(TOO_WIDE):
            self.fault(f"wider than the window ({page.viewport_size}): {wide}")
        if language == "en":
            for text in page.evaluate(FOREIGN):
                if left := CHINESE.search(self._without_known(text)):
                    self.fault(f"Chinese on an English page, at {left[0]}: {text[:100]}")
        self.seen.add((self.path, language, page.viewport_size["width"]))
        return self

    def _without_known(self, text: str) -> str:
        for word in self.known:
            text = text.replace(word, "")
        return text

    def both(self) -> Visitor:
        """Look at this page in both languages, on a desk's screen and on a phone's; then go on as before."""
        usual = PHONE if self.is_phone else DESK
        other = DESK if self.is_phone else PHONE
        self._sized(other).look()
        self._speaks("en").look("en")
        self._sized(usual).look("en")
        return self._speaks("zh-hans")

    def _sized(self, size: dict[str, int]) -> Visitor:
        self.page.set_viewport_size(size)  # type: ignore[arg-type]
        return self

    def _speaks(self, language: str) -> Visitor:
        """The same page in another language, as the switch on it would leave it."""
        self.context.add_cookies([{"name": "django_language", "value": language, "url": self.base}])
        self.page.reload()
        return self

    def switch(self) -> Visitor:
        """Press the other language on the page itself, and the first one again; the page stays the same."""
        before = self.path.partition("#")[0]
        for language in ("en", "zh"):
            self.follow(self.page.locator(f"form.lf-language button[lang={language}]").first, language)
            assert self.path == before, f"changing the language led from {before} to {self.path}"
        return self


@dataclass
class Company:
    """Everybody of one journey, each with a browser of their own."""

    opened: Browser
    base: str
    known: tuple[str, ...]
    faults: list[str] = field(default_factory=list)
    people: dict[str, Visitor] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Visitor:
        """Somebody of the cast, who signs in when first needed."""
        if name not in self.people:
            self.people[name] = self.visitor(name).sign_in()
        return self.people[name]

    def on_phone(self, name: str) -> Visitor:
        if name not in self.people:
            self.people[name] = self.visitor(name, is_phone=True).sign_in()
        return self.people[name]

    def visitor(self, name: str, *, is_phone: bool = False) -> Visitor:
        context = self.opened.new_context(
            viewport=PHONE if is_phone else DESK, has_touch=is_phone, locale="zh-CN", reduced_motion="reduce"
        )
        return Visitor(context, self.base, name, self.faults, self.known, is_phone)


def all_parts(texts: Iterable[str]) -> tuple[str, ...]:
    """Texts that may stand in Chinese on any page, the longest first, so that a part does not spoil the whole."""
    return tuple(sorted({text for text in texts if CHINESE.search(text)}, key=lambda text: (-len(text), text)))
