"""What is shown when something cannot be: which house it stands in, what it keeps, and what it says to do."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory
from django.utils import translation

from lianfang.web.shared import pages, views
from lianfang.web.shared.refused import Lack, Refused


@pytest.fixture(autouse=True)
def _chinese():
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def request_of_visitor():
    def made(**given: str):
        request = RequestFactory().post("/x/", given)
        request.user, request.actor, request.session, request.number = AnonymousUser(), None, {}, "3f9a21"
        request._messages = []
        return request

    return made


def text(answer) -> str:
    return answer.content.decode()


def test_what_is_not_there_is_said_in_the_house_one_is_in(as_user, db):
    visitor, officer = Client().get("/nothing-here/"), as_user("officer").get("/nothing-here/")
    assert (visitor.status_code, officer.status_code) == (404, 404)
    assert "lf-open-top" in text(visitor)
    assert "lf-menu" not in text(visitor)
    assert "lf-menu" in text(officer)
    assert "没有找到这一页" in text(visitor)


def test_refusal_says_what_is_missing_and_keeps_what_was_typed(request_of_visitor):
    request = request_of_visitor(reason="理由<b>", once="t", password="secret", csrfmiddlewaretoken="c")
    refused = Refused("还差一项。", lacks=[Lack("复核人意见", "/a/"), Lack("<i>")])
    answer = pages.refusal(request, refused)
    assert answer.status_code == 422
    assert "还差一项。" in text(answer)
    assert '<a href="/a/">复核人意见</a>' in text(answer)
    assert "理由&lt;b&gt;" in text(answer)
    assert "&lt;i&gt;" in text(answer)
    assert "secret" not in text(answer)


@pytest.mark.parametrize("status, said", [(403, "没有权限"), (409, "别人已先办理"), (422, "还不能办理")])
def test_refusal_is_headed_by_its_kind(request_of_visitor, status, said):
    answer = pages.refusal(request_of_visitor(), Refused("说明", status=status))
    assert answer.status_code == status
    assert f"<h1>{said}</h1>" in text(answer)


def test_failure_says_its_number_and_needs_no_menu(request_of_visitor):
    answer = views.failed(request_of_visitor())
    assert answer.status_code == 500
    assert "<b>3f9a21</b>" in text(answer)
    assert "lf-menu" not in text(answer)


def test_form_without_its_token_is_refused_in_words(office):
    answer = Client(enforce_csrf_checks=True).post("/account/login/", {"login": "a", "password": "b"})
    assert answer.status_code == 403
    assert "本次没有提交" in text(answer)


@pytest.mark.parametrize("back", ["https://example.org/", "//example.org/", "javascript:x()"])
def test_change_of_language_leads_nowhere_else(db, back):
    answer = Client().post("/language/", {"language": "en", "back": back})
    assert answer["Location"] == "/"
    assert answer.cookies["django_language"].value == "en"


def test_change_of_language_stays_in_place_and_knows_its_languages(db):
    answer = Client().post("/language/", {"language": "xx", "back": "/open/?a=1"})
    assert answer["Location"] == "/open/?a=1"
    assert "django_language" not in answer.cookies


def test_address_of_the_house_leads_visitors_to_the_portal_and_staff_to_work(as_user, db):
    assert Client().get("/")["Location"] == "/open/"
    assert as_user("officer").get("/")["Location"] == "/start/"
