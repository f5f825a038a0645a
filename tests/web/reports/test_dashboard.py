"""The dashboard: numbers worked out by hand, each equal to the list it opens, and few queries."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from lianfang.web.reports import queries
from lianfang.web.reports.queries import Number
from lianfang.web.shared import clock
from tests.web.conftest import NOW

pytestmark = pytest.mark.django_db


def _numbers(view: queries.Overview) -> list[Number]:
    found = [view.total, view.uncoloured, view.overdue, view.opened, view.released, view.other_safety, view.elsewhere]
    found += view.colours.values()
    found += [number for card in view.safeties for number in (card.figure, card.overdue, *card.colours.values())]
    found += [Number(row.total, row.url) for row in view.stages]
    found += [Number(tile.count, tile.url) for tile in view.tiles]
    return found


def overview(actor: Any) -> queries.Overview:
    return queries.overview(actor, queries.counted_for(actor), queries.townships(actor))


def _listed(client: Any, url: str) -> int:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.context["page"].count


def test_numbers_are_those_worked_out_by_hand(cast: Any, several: Any) -> None:
    view = overview(cast.officer)
    assert view.total.count == 9
    assert {name: number.count for name, number in view.colours.items()} == {"yellow": 4, "orange": 2, "red": 2}
    assert view.uncoloured.count == 1
    assert view.overdue.count == 2
    assert (view.opened.count, view.released.count) == (2, 1)
    cards = {card.name: (card.figure.count, card.overdue.count) for card in view.safeties}
    assert cards == {"projects": (1, 0), "funds": (5, 2), "powers": (1, 0), "cadres": (1, 0)}
    assert view.other_safety.count == 1
    stages = [(row.total, row.counts["yellow"], row.counts["orange"], row.counts["red"]) for row in view.stages]
    assert stages == [(2, 1, 0, 0), (1, 0, 1, 0), (2, 2, 0, 0), (3, 1, 1, 1), (1, 0, 0, 1)]
    assert [(tile.code, tile.count, tile.red, tile.ramp) for tile in view.tiles] == [("420704103", 2, True, 1)]
    assert view.elsewhere.count == 7


@pytest.mark.parametrize("name", ["officer", "secretary", "dispatch_head", "unit_head", "other_unit_head"])
def test_every_number_equals_the_list_it_opens(name: str, cast: Any, several: Any, as_user: Any) -> None:
    client = as_user(name)
    answer = client.get("/dashboard/")
    view = answer.context["view"]
    for number in _numbers(view):
        assert _listed(client, number.url) == number.count, number.url
    for row in answer.context["period_rows"]:
        for number in row["cells"]:
            if number.url:
                assert _listed(client, number.url) == number.count, number.url
    # and the figures on the page are these
    for url, shown in re.findall(r'<a href="(/dashboard/rows/[^"]+)">([\d\u202f]+)</a>', answer.content.decode()):
        assert _listed(client, url.replace("&amp;", "&")) == int(shown.replace("\u202f", ""))


def test_a_narrowed_page_counts_the_same_way(cast: Any, several: Any, as_user: Any) -> None:
    client = as_user("officer")
    answer = client.get("/dashboard/?under=420704")
    assert answer.context["view"].total.count == 2
    for number in _numbers(answer.context["view"]):
        assert _listed(client, number.url) == number.count, number.url
    assert client.get("/dashboard/?under=nonsense&period=2099-13").context["view"].total.count == 9


def test_a_unit_sees_its_own_and_only_from_issue_on(cast: Any, several: Any) -> None:
    assert overview(cast.unit_head).total.count == 4  # three of its own, one of its institution's
    assert overview(cast.other_unit_head).total.count == 1  # the one that was issued, not the one checked
    assert overview(cast.dispatch_head).total.count == 5  # and the pending one
    assert overview(cast.unit_head).tiles == []


def test_who_may_not_open_alerts_gets_numbers_without_links(as_user: Any, several: Any) -> None:
    client = as_user("analyst")
    answer = client.get("/dashboard/")
    assert answer.context["view"].total.count == 9
    assert "/dashboard/rows/" not in answer.content.decode()
    assert several["red"].number not in answer.content.decode()
    assert client.get("/dashboard/rows/?of=open").status_code == 403


def test_the_dashboard_is_for_those_who_have_it(as_user: Any) -> None:
    for address in ("/dashboard/", "/dashboard/print/", "/wall/", "/wall/figures/"):
        assert as_user("officer").get(address).status_code == 200
        for name in ("cadre", "system_admin", "security_admin", "audit_admin"):
            assert as_user(name).get(address).status_code == 403, (name, address)


def test_the_weekly_line_is_counted_from_the_alerts_dates(cast: Any, lay: Any) -> None:
    lay("rectifying", opened_at=NOW - timedelta(weeks=3))
    lay("released", opened_at=NOW - timedelta(weeks=5), released_at=NOW - timedelta(weeks=2))
    lay("dismissed", opened_at=NOW - timedelta(weeks=1), closed_at=NOW - timedelta(days=1))
    points = queries.weekly(queries.counted_for(cast.officer)).points["funds"]
    # the ends of eleven weeks (Mondays 0:00) and now; the first was opened on 18 December
    assert points == [0, 0, 0, 0, 0, 0, 1, 1, 2, 1, 2, 1]


def test_overdue_is_told_in_working_days(cast: Any, several: Any) -> None:
    rows = queries.longest_overdue(cast.officer, queries.counted_for(cast.officer))
    # due on Thursday 2 January; Friday, Monday, Tuesday, Wednesday have passed or are today
    assert [row["left"] for row in rows] == [-4, -4]
    assert queries.longest_overdue(cast.analyst, queries.counted_for(cast.analyst)) == []


def test_workdays_left_skip_holidays(office: Any) -> None:
    with clock.at(NOW.replace(month=1, day=27)):
        days = queries.Workdays.over([clock.now() + timedelta(days=9), clock.now() - timedelta(days=3), None])
        assert days.left(clock.now() + timedelta(days=9)) == 1  # Spring Festival: 28 January to 4 February
        assert days.left(clock.now()) == 0
        assert days.left(clock.now() - timedelta(days=3)) == -2  # Sunday the 26th was worked, Monday is today
        assert days.left(None) is None


def test_the_page_takes_few_queries_however_many_rows(
    as_user: Any, several: Any, lay: Any, django_assert_max_num_queries: Any
) -> None:
    client = as_user("officer")
    client.get("/dashboard/")
    with django_assert_max_num_queries(25):
        client.get("/dashboard/")
    for _ in range(30):
        lay("rectifying", "orange", unit="420704103")
    with django_assert_max_num_queries(25):
        client.get("/dashboard/")
    with django_assert_max_num_queries(12):
        client.get("/dashboard/rows/?of=open")
    with django_assert_max_num_queries(18):  # every app offers its items; half of these are the menu's numbers
        client.get("/desk/")


def test_rows_ask_for_a_known_set(as_user: Any) -> None:
    assert as_user("officer").get("/dashboard/rows/?of=nonsense").status_code == 404
    assert as_user("officer").get("/dashboard/rows/?of=open&under=nowhere").context["page"].count == 0


def test_the_print_page_holds_the_same_sentence(as_user: Any, several: Any) -> None:
    client = as_user("officer")
    shown = [re.search(r'class="lf-sentence">(.*?)</p>', client.get(a).content.decode(), re.S) for a in
             ("/dashboard/", "/dashboard/print/")]  # fmt: skip
    assert shown[0]
    assert shown[1]
    assert shown[0][1] == shown[1][1]


# ---- the wall ----------------------------------------------------------------------------------------------------


def test_the_wall_counts_only_what_was_issued(as_user: Any, several: Any) -> None:
    figures = json.loads(as_user("secretary").get("/wall/figures/").content)["figures"]
    assert figures["total"] == 6
    assert (figures["colour.yellow"], figures["colour.orange"], figures["colour.red"]) == (3, 1, 2)
    assert (figures["overdue"], figures["tile.420704103"], figures["elsewhere"]) == (2, 1, 5)
    assert (figures["safety.projects"], figures["safety.funds"], figures["safety.powers"]) == (0, 5, 0)
    assert (figures["state.issued"], figures["state.rectifying"], figures["state.replied"]) == (2, 3, 1)
    assert (figures["released"], figures["released_quarter"], figures["looked_back"]) == (1, 1, 1)


def test_the_wall_names_nobody_and_shows_no_title(as_user: Any, several: Any, lay: Any, office: Any) -> None:
    lay("rectifying", "red", person=office.person("P-ZHU"), unit="ZJJ-ZL")
    shown = as_user("secretary").get("/wall/").content.decode()
    for hidden in ("朱青", "何远", "同一品目", several["red"].number):
        assert hidden not in shown
    assert len(shown.encode()) < 40_000


def test_the_walls_refresh_is_small_and_names_every_figure_of_the_page(
    as_user: Any, several: Any, django_assert_max_num_queries: Any
) -> None:
    client = as_user("secretary")
    page = client.get("/wall/").content.decode()
    with django_assert_max_num_queries(10):
        answer = client.get("/wall/figures/")
    assert len(answer.content) < 3000
    assert set(re.findall(r'data-figure="([^"]+)"', page)) == set(json.loads(answer.content)["figures"])


def test_the_walls_tiles_open_what_they_count(as_user: Any, several: Any) -> None:
    client = as_user("secretary")
    for tile in client.get("/wall/").context["board"]:
        assert dict(parse_qsl(urlsplit(tile.url).query))["of"] == "issued"
        assert _listed(client, tile.url) == tile.count
