"""The search of the top bar finds what the reader may see, and opens an exact name at once."""

from __future__ import annotations

import pytest

from lianfang.web.organisation import queries
from lianfang.web.shared import search


def test_unit_is_found_by_name_short_name_and_code(cast):
    for text in ("住房和城乡", "市住建局", "ZJJ"):
        assert "市住房和城乡建设局" in [hit.title for hit in queries.found(cast.officer, text)]


def test_unit_that_the_reader_does_not_reach_is_not_found(cast):
    assert queries.found(cast.unit_officer, "市财政局") == []
    assert [hit.title for hit in queries.found(cast.other_unit_officer, "市财政局")] == ["市财政局"]
    assert queries.found(cast.cadre, "市财政局") == []


@pytest.mark.parametrize("text", ["", " ", "市", "没有这样的单位"])
def test_too_short_or_unknown_finds_nothing(cast, text):
    assert search.find(cast.officer, text) == []


def test_page_lists_what_was_found_and_escapes_what_was_asked(as_user):
    page = as_user("officer").get("/search/", {"q": "财政"}).content.decode()
    assert 'href="/units/CZJ/"' in page
    asked = as_user("officer").get("/search/", {"q": "<script>alert(1)</script>"}).content.decode()
    assert "<script>alert" not in asked


def test_exact_name_opens_at_once(as_user):
    assert as_user("officer").get("/search/", {"q": " 市财政局 "})["Location"] == "/units/CZJ/"


def test_account_without_a_role_finds_nothing(cast, as_user):
    cast.user("officer").grants.update(until_on="2024-12-31")
    assert 'href="/units/' not in as_user("officer").get("/search/", {"q": "财政"}).content.decode()


def test_indicator_is_found_by_code_and_name_and_its_code_opens_at_once(as_user, cast):
    kinds = dict(search.find(cast.officer, "ENG-101"))
    assert [hit.code for hits in kinds.values() for hit in hits] == ["ENG-101"]
    assert as_user("officer").get("/search/", {"q": "ENG-101"})["Location"] == "/indicators/ENG-101/"
    assert search.find(cast.cadre, "ENG-101") == []


def test_administrators_find_nothing_and_have_no_field(cast, as_user):
    for name in ("system_admin", "security_admin", "audit_admin"):
        assert search.find(getattr(cast, name), "市住建") == []
        assert search.find(getattr(cast, name), "ENG-101") == []
        assert "data-search" not in as_user(name).get("/me/").content.decode()


def test_two_hits_of_one_name_are_listed_and_not_opened():
    hits = [search.Hit("同名", "/a/"), search.Hit("同名", "/b/")]
    assert search.exact([("单位", hits)], "同名") is None
    assert search.exact([("单位", hits[:1])], " 同名 ") == hits[0]
    assert search.exact([("单位", [search.Hit("甲", "/a/", "X-1")])], "X-1").url == "/a/"
