"""The small scripts in a browser, and the same pages without any script; no console error on the way."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lianfang.web.accounts import actions
from lianfang.web.accounts.models import Grant
from lianfang.web.shared.actor import system

pytestmark = pytest.mark.browser


@pytest.fixture
def chromium(monkeypatch) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    # Playwright's own loop runs in this thread; Django would take it for ours
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    path = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page_of(live_server, as_user, chromium) -> Iterator[Callable[..., Any]]:
    """A page of somebody who has signed in: ``page_of("officer", "/me/")``."""
    errors: list[str] = []

    def opened(name: str, path: str, *, width: int = 1366, script: bool = True) -> Any:
        context = chromium.new_context(
            viewport={"width": width, "height": 800}, java_script_enabled=script, base_url=live_server.url
        )
        session = as_user(name).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page = context.new_page()
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(path)
        return page

    yield opened
    assert errors == []


def is_open(page: Any, selector: str) -> bool:
    return page.locator(selector).first.is_visible()


def test_keys_open_pages_and_are_ignored_in_fields(page_of):
    page = page_of("officer", "/styleguide/")
    page.keyboard.press("?")
    assert is_open(page, "#keys")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("gd?")
    assert page.input_value("[data-search]") == "gd?"
    assert not is_open(page, "#keys")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("g")
    page.keyboard.press("d")
    page.wait_for_url("**/desk/")


def test_keys_walk_a_list(page_of):
    page = page_of("officer", "/search/?q=市")
    page.goto("/search/?q=建设")
    page.keyboard.press("j")
    first = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("j")
    second = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("k")
    assert first != second
    assert page.evaluate("document.activeElement.textContent") == first


def test_keys_can_be_switched_off(page_of):
    page = page_of("officer", "/me/")
    page.uncheck("[data-keys-toggle]")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    assert not is_open(page, "#keys")
    page.reload()
    assert not page.is_checked("[data-keys-toggle]")


def test_small_windows_close_on_escape_and_elsewhere_and_stay_on_the_screen(page_of):
    page = page_of("officer", "/styleguide/", width=390)
    for how in (lambda: page.keyboard.press("Escape"), lambda: page.mouse.click(5, 120)):
        page.click(".lf-law summary")
        box = page.locator(".lf-law .lf-pop-body").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        how()
        assert not is_open(page, ".lf-law .lf-pop-body")


def test_draft_survives_a_reload_and_the_change_of_language(page_of):
    page = page_of("officer", "/styleguide/")
    page.fill("form[data-draft] [name=reason]", "草稿在此")
    page.focus("form[data-draft] [name=note]")
    assert page.inner_text("[data-draft-said]")
    page.reload()
    assert page.input_value("form[data-draft] [name=reason]") == "草稿在此"
    page.click(".lf-top .lf-language [lang=en]")
    page.wait_for_selector("html[lang=en]")
    assert page.input_value("form[data-draft] [name=reason]") == "草稿在此"


def test_form_pressed_twice_is_sent_once(page_of, cast):
    actions.grant_role(cast.user("officer"), "analyst", by=system("granting"))
    page = page_of("officer", "/me/")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.locator("main form[action='/me/role/'] button").dblclick(no_wait_after=True)
    page.wait_for_selector(".lf-message-success")
    assert len(sent) == 1


def test_menu_is_a_drawer_on_a_phone(page_of):
    page = page_of("officer", "/me/", width=390)
    assert not is_open(page, "#menu a")
    page.click("[data-menu]")
    page.wait_for_selector("#menu a", state="visible")
    assert page.get_attribute("[data-menu]", "aria-expanded") == "true"
    page.keyboard.press("Escape")
    page.wait_for_selector("#menu a", state="hidden")


def test_chart_is_drawn_beside_its_table(page_of):
    page = page_of("officer", "/styleguide/")
    page.wait_for_selector(".lf-chart canvas")
    assert not is_open(page, ".lf-chart table")
    page.click(".lf-chart-table summary")
    assert is_open(page, ".lf-chart table")


def test_without_script_everything_is_there(page_of, cast):
    given = actions.grant_role(cast.user("officer"), "analyst", by=system("granting"))
    page = page_of("officer", "/styleguide/", width=390, script=False)
    assert is_open(page, "#menu a")
    assert is_open(page, ".lf-chart table")
    page.click(".lf-law summary")
    assert is_open(page, ".lf-law .lf-pop-body")
    page.goto("/me/")
    page.locator(f"main button[value='{given.pk}']").click()
    assert is_open(page, ".lf-message-success")
    assert Grant.objects.get(pk=given.pk).revoked_at is None


@pytest.mark.parametrize("width", [320, 390, 1000, 1366])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_page_of_the_shell_moves_sideways(page_of, width, language):
    page = page_of("officer", "/me/", width=width)
    page.context.add_cookies([{"name": "django_language", "value": language, "url": page.url}])
    for path in ("/me/", "/styleguide/", "/search/?q=市建", "/account/password/change/", "/account/mfa/"):
        page.goto(path)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert (path, wide) == (path, 0)
