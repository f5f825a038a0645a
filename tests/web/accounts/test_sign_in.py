"""Signing in with password and second factor, changing role, and what is said when an account is locked."""

from __future__ import annotations

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client
from django.utils import translation

from lianfang.web.accounts import actions
from lianfang.web.shared.actor import system
from lianfang.web.shared.models import LogEntry
from tests.web.conftest import PASSWORD

LOGIN = "/account/login/"


@pytest.fixture(autouse=True)
def _nothing_counted(db):
    cache.clear()
    with translation.override("zh-hans"):
        yield


def sign_in(name: str, password: str = PASSWORD) -> tuple[Client, object]:
    browser = Client()
    return browser, browser.post(LOGIN, {"login": name, "password": password})


def text(answer) -> str:
    return answer.content.decode()


def test_password_opens_the_office_and_is_logged(office):
    _browser, answer = sign_in("officer")
    assert (answer.status_code, answer["Location"]) == (302, "/start/")
    assert LogEntry.objects.filter(action="account.sign_in", subject="officer").count() == 1


def test_sign_in_returns_to_where_one_was_going(office):
    browser = Client()
    asked = browser.get("/me/")
    assert asked["Location"] == "/account/login/?next=/me/"
    answer = browser.post(asked["Location"], {"login": "officer", "password": PASSWORD, "next": "/me/"})
    assert answer["Location"] == "/me/"


def test_sign_in_sends_nobody_elsewhere(office):
    browser = Client()
    given = {"login": "officer", "password": PASSWORD, "next": "https://example.org/"}
    assert browser.post(LOGIN, given)["Location"] == "/start/"


@pytest.mark.parametrize("name, password", [("officer", "wrong-battery-1"), ("nobody", PASSWORD)])
def test_wrong_account_and_wrong_password_say_the_same(office, name, password):
    _browser, answer = sign_in(name, password)
    assert "账号或口令不对" in text(answer)
    assert PASSWORD not in text(answer)


def test_fifth_failure_locks_the_account_for_the_right_password_too_and_says_so(office):
    for _n in range(5):
        _browser, answer = sign_in("officer", "wrong-battery-1")
        assert "账号或口令不对" in text(answer)
    _browser, answer = sign_in("officer")
    assert answer.status_code == 200
    assert "已锁定30分钟" in text(answer)
    assert sign_in("analyst")[1].status_code == 302


def test_account_that_was_not_activated_is_told_so(office):
    actions.open_account(by=system("test"), username="new", name="新来的", password=PASSWORD)
    browser, answer = sign_in("new")
    assert answer["Location"] == "/account/inactive/"
    assert "还没有启用" in text(browser.get(answer["Location"]))
    assert browser.get("/me/").status_code == 302


@pytest.mark.parametrize("address", ["/account/signup/", "/account/password/reset/", "/account/email/"])
def test_pages_that_the_office_does_not_use_are_not_there(office, address):
    assert Client().get(address).status_code == 404


def activate(browser: Client) -> str:
    """Set up one-time codes in the browser; returns the secret."""
    browser.post("/account/reauthenticate/", {"password": PASSWORD})
    page = browser.get("/account/mfa/totp/activate/")
    secret = page.context["form"].secret
    assert secret in text(page)
    answer = browser.post("/account/mfa/totp/activate/", {"code": code(secret)})
    assert answer.status_code == 302, answer.context["form"].errors
    return secret


def code(secret: str) -> str:
    counter = next(iter(totp.yield_hotp_counters_from_time()))
    return totp.format_hotp_value(totp.hotp_value(secret, counter))


def test_second_factor_is_asked_for_once_it_is_set_up(office):
    browser, _answer = sign_in("office_head")
    secret = activate(browser)
    assert "已设置" in text(browser.get("/me/"))
    cache.clear()  # a code works once; here the clock does not move
    other, answer = sign_in("office_head")
    assert answer["Location"] == "/account/mfa/authenticate/"
    assert other.get("/me/").status_code == 302
    assert "数字不对" in text(other.post(answer["Location"], {"code": "000000"}))
    assert other.post(answer["Location"], {"code": code(secret)})["Location"] == "/start/"
    assert other.get("/me/").status_code == 200


def test_recovery_code_signs_in_once(office):
    browser, _answer = sign_in("office_head")
    activate(browser)
    codes = browser.get("/account/mfa/recovery-codes/").context["unused_codes"]
    assert len(codes) == 10
    for expected in (302, 200):
        other, answer = sign_in("office_head")
        assert other.post(answer["Location"], {"code": codes[0]}).status_code == expected


def test_second_factor_is_set_up_only_after_the_password_was_given_again(office, as_user):
    answer = as_user("officer").get("/account/mfa/totp/activate/")
    assert answer["Location"].startswith("/account/reauthenticate/")


def test_password_is_changed_by_who_knows_it(office):
    browser, _answer = sign_in("officer")
    new = "another-horse-8-battery"
    given = {"oldpassword": "wrong", "password1": new, "password2": new}
    assert "现在的口令不对" in text(browser.post("/account/password/change/", given))
    short = {"oldpassword": PASSWORD, "password1": "short", "password2": "short"}
    assert browser.post("/account/password/change/", short).status_code == 200
    assert browser.post("/account/password/change/", {**given, "oldpassword": PASSWORD}).status_code == 302
    assert sign_in("officer", new)[1].status_code == 302
    assert "账号或口令不对" in text(sign_in("officer")[1])


@pytest.fixture
def two_roles(cast):
    return actions.grant_role(cast.user("officer"), "analyst", by=system("granting"))


def test_role_is_changed_among_ones_own_and_logged(two_roles, as_user):
    browser = as_user("officer")
    assert "核验岗" in text(browser.get("/me/"))
    assert browser.post("/me/role/", {"grant": two_roles.pk}).status_code == 302
    assert browser.get("/me/").context["actor"].role == "analyst"
    assert LogEntry.objects.filter(action="account.role", role="analyst").count() == 1


def test_role_of_somebody_else_is_refused(cast, as_user):
    browser = as_user("officer")
    other = cast.user("secretary").grants.get()
    assert browser.post("/me/role/", {"grant": other.pk}).status_code == 403
    assert browser.get("/me/").context["actor"].role == "officer"


def test_role_that_has_ended_is_refused(two_roles, as_user):
    browser = as_user("officer")
    browser.post("/me/role/", {"grant": two_roles.pk})
    actions.revoke_role(two_roles, by=system("granting"), reason="调离")
    assert browser.get("/me/").context["actor"].role == "officer"
    assert browser.post("/me/role/", {"grant": two_roles.pk}).status_code == 403


@pytest.mark.parametrize("grant", ["", "x", "0", "-1"])
def test_role_that_is_no_number_is_refused(office, as_user, grant):
    assert as_user("officer").post("/me/role/", {"grant": grant}).status_code == 403


def test_account_without_a_role_sees_its_own_page_only(cast, as_user):
    cast.user("officer").grants.update(until_on="2024-12-31")
    browser = as_user("officer")
    assert "还没有角色" in text(browser.get("/me/"))
    assert browser.get("/start/")["Location"] == "/me/"


def test_start_is_the_first_page_of_the_role(office, as_user):
    assert as_user("security_admin").get("/start/")["Location"] == "/admin/security/grants/"


def test_sign_out_is_by_form_only_and_leads_to_the_public_site(office, as_user):
    browser = as_user("officer")
    assert browser.get("/account/logout/").status_code == 200
    assert browser.get("/me/").status_code == 200
    assert browser.post("/account/logout/")["Location"] == "/open/"
    assert browser.get("/me/").status_code == 302


@pytest.mark.parametrize("language, word", [("zh-hans", "登录"), ("en", "Sign in")])
def test_sign_in_page_speaks_the_readers_language(office, language, word):
    browser = Client()
    browser.cookies["django_language"] = language
    assert f"<h1>{word}</h1>" in text(browser.get(LOGIN))
