"""The desk: grouped by day, only what waits for the reader, and administrators elsewhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from lianfang.web.reports.desk import desk_of
from lianfang.web.shared import desk
from lianfang.web.shared.desk import Item
from tests.web.conftest import NOW

pytestmark = pytest.mark.django_db


def _item(title: str, due: timedelta | None, **given: Any) -> Item:
    at = None if due is None else NOW + due
    return Item("核验", title, "市住建局", given.pop("colour", ""), "核验中", at, f"/x/{title}/", **given)


@pytest.fixture
def items(monkeypatch: Any) -> list[Item]:
    found: list[Item] = []
    monkeypatch.setattr(desk, "_sources", [lambda _actor: found])
    return found


def test_items_are_grouped_by_their_day(items: list[Item], cast: Any) -> None:
    items += [
        _item("later", timedelta(days=6)),  # Tuesday of next week
        _item("none", None),
        _item("week", timedelta(days=2)),
        _item("today", timedelta(hours=2)),
        _item("over", -timedelta(hours=2)),
        _item("old", -timedelta(days=6)),
        _item("others", timedelta(days=1), waits_for="李沐"),
    ]
    found = desk_of(cast.officer)
    grouped = {name: [row.item.title for row in rows] for name, _title, rows in found.groups}
    assert grouped == {"overdue": ["old", "over"], "today": ["today"], "week": ["week"], "later": ["later", "none"]}
    assert [row.left for _name, _title, rows in found.groups for row in rows] == [-4, 0, 0, 2, 4, None]
    assert found.counts == {"all": 6, "others": 1, "overdue": 2, "today": 1, "week": 1, "later": 2}
    assert [n for _day, n in found.week] == [0, 0, 2, 0, 1]


def test_the_page_shows_verbs_and_links_and_says_who_is_waited_for(items: list[Item], as_user: Any) -> None:
    items += [_item("采购多次", timedelta(days=2), colour="orange", is_proposed=True)]
    items += [_item("等复核", timedelta(days=1), waits_for="李沐")]
    client = as_user("officer")
    shown = client.get("/desk/").content.decode()
    assert "周岚，今天等您办1件，其中逾期0件、今天到期0件。" in shown
    assert 'href="/x/采购多次/"' in shown
    assert "李沐" in shown
    only = client.get("/desk/?show=overdue").content.decode()
    assert "采购多次" not in only
    assert "等复核" in client.get("/desk/?show=others").content.decode()
    assert client.get("/desk/?show=nonsense").status_code == 200


def test_an_empty_desk_says_so(items: list[Item], as_user: Any) -> None:
    assert "今天没有等您办的事" in as_user("officer").get("/desk/").content.decode()


@pytest.mark.parametrize("name", ["system_admin", "security_admin", "audit_admin"])
def test_administrators_go_to_their_own_page(name: str, as_user: Any) -> None:
    answer = as_user(name).get("/desk/")
    assert answer.status_code == 302
    assert as_user(name).get(answer.headers["Location"]).status_code == 200


def test_visitors_sign_in_first(db: None) -> None:
    assert Client().get("/desk/").headers["Location"].startswith("/account/login/")


def test_what_was_looked_at_last_is_remembered(as_user: Any, approved: Any) -> None:
    risks = [approved() for _ in range(8)]
    client = as_user("officer")
    for risk in risks:
        client.get(f"/risks/{risk.number}/")
    client.get(f"/risks/{risks[3].number}/")
    seen = client.get("/desk/").context["seen"]
    assert [row["url"] for row in seen][:3] == [f"/risks/{risks[n].number}/" for n in (3, 7, 6)]
    assert len(seen) == desk.REMEMBERED


def test_every_role_opens_its_desk(as_user: Any, several: Any, approved: Any) -> None:
    approved()
    for name in (
        "officer",
        "office_head",
        "secretary",
        "dispatch_head",
        "unit_officer",
        "unit_head",
        "cadre",
        "analyst",
    ):
        assert as_user(name).get("/desk/").status_code == 200, name
