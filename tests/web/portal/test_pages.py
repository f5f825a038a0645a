"""The public's pages: only what was published, in both languages, without a script."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from lianfang.web.portal import actions
from lianfang.web.shared import clock, outbox
from tests.web.conftest import NOW

pytestmark = pytest.mark.django_db

RISK = {
    "number": "R-ZJJ-0001",
    "unit": "市住房和城乡建设局",
    "matter": "施工许可核发",
    "node": "初审",
    "manifestation": "审查人员对材料标准把握不一，可能放宽条件",
    "measures": ["双人审查", "抽查5%"],
    "responsible_post": "市住建局局长",
    "supervision": "市住建局，0711-3350000",
    "publicity_from": "2025-01-06",
    "publicity_until": "2025-01-10",
}
INDICATOR = {
    "code": "ENG-101",
    "name": {"zh": "未批先建", "en": "Start before approvals"},
    "watched": {"zh": "发现批复以前开工的项目。", "en": "Detects projects begun before approval."},
    "why": {"zh": "先批后建。", "en": "Approval comes first."},
    "law": ["政府投资条例 第20条"],
    "family": "works",
    "safety": "projects",
}
FIGURE = {
    "label": {"zh": "2024年第四季度", "en": "Fourth quarter of 2024"},
    "from": "2024-10-01",
    "until": "2024-12-31",
    "as_of": "2025-01-07",
    "units": 8,
    "rows": [
        {"name": {"zh": "发出", "en": "Issued"}, "total": 25, "yellow": 20, "orange": "<5", "red": 0},
        {"name": {"zh": "解除", "en": "Released"}, "total": 10, "yellow": 10, "orange": 0, "red": 0},
    ],
}
ADDRESSES = (
    "", "risks/", "risks/R-ZJJ-0001/",
    "indicators/", "indicators/ENG-101/", "bulletins/", "bulletins/2024-Q4/", "data/",
)  # fmt: skip


@pytest.fixture
def everything(db: None) -> None:
    outbox.publish("risk", "R-ZJJ-0001", RISK)
    outbox.publish("indicator", "ENG-101", INDICATOR)
    outbox.publish("figure", "2024-Q4", FIGURE)
    actions.carry()


def _shown(address: str = "", **headers: str) -> str:
    answer = Client().get(f"/open/{address}", headers=headers)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_an_empty_portal_has_no_dead_link() -> None:
    shown = _shown()
    assert "还没有公开的内容" in shown
    for name in ("risks", "indicators", "bulletins"):
        assert f"/open/{name}/" not in shown
        assert Client().get(f"/open/{name}/").status_code == 200


def test_what_is_not_carried_yet_is_not_shown(db: None) -> None:
    outbox.publish("risk", "R-ZJJ-0001", RISK)
    assert "施工许可核发" not in _shown("risks/")
    assert Client().get("/open/risks/R-ZJJ-0001/").status_code == 404
    actions.carry()
    assert "施工许可核发" in _shown("risks/")


def test_what_was_withdrawn_is_gone(everything: None) -> None:
    for kind, key in (("risk", "R-ZJJ-0001"), ("indicator", "ENG-101"), ("figure", "2024-Q4")):
        outbox.withdraw(kind, key)
    actions.carry()
    for address in ADDRESSES[2:7:2]:
        assert Client().get(f"/open/{address}").status_code == 404, address
    assert "施工许可核发" not in _shown() + _shown("risks/") + _shown("data/")
    assert "还没有公开的内容" in _shown()


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_works_without_a_script(address: str, language: str, everything: None) -> None:
    answer = Client().get(f"/open/{address}", headers={"Accept-Language": language})
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert "<script" not in shown
    assert "12388" in shown
    assert not re.search(r'\sstyle="|\son[a-z]+="', shown)
    assert len(answer.content) < 60_000
    for link in set(re.findall(r'href="(/open/[^"?]*)', shown)):
        assert Client().get(link).status_code == 200, link


def test_a_level_one_point_says_all_six_things_and_its_period(everything: None) -> None:
    shown = _shown("risks/R-ZJJ-0001/")
    for words in ("施工许可核发", "初审", "把握不一", "双人审查", "抽查5%", "市住建局局长", "0711-3350000"):
        assert words in shown
    assert "公示期5个工作日：2025-01-06至2025-01-10" in shown
    assert "正在公示（1）" in _shown()
    with clock.at(NOW + timedelta(days=3)):
        assert "期满后长期公开" in _shown("risks/R-ZJJ-0001/")
        assert "正在公示" not in _shown()


def test_an_indicator_tells_what_why_and_law_in_the_readers_language(everything: None) -> None:
    shown = _shown("indicators/ENG-101/")
    assert "发现批复以前开工的项目" in shown
    assert "政府投资条例 第20条" in shown
    english = _shown("indicators/ENG-101/", **{"Accept-Language": "en"})
    assert "Detects projects begun before approval." in english
    assert "未批先建" not in english


def test_words_find(everything: None) -> None:
    assert "R-ZJJ-0001" in _shown("risks/?q=许可 初审")
    assert "R-ZJJ-0001" not in _shown("risks/?q=土地")
    assert "ENG-101/" in _shown("indicators/?q=approval&safety=projects")
    assert "ENG-101/" not in _shown("indicators/?safety=funds")


def test_figures_tell_their_period_day_and_denominator(everything: None) -> None:
    shown = _shown("bulletins/2024-Q4/")
    assert "2024-10-01至2024-12-31，数据截至2025-01-07" in shown
    assert "8个单位" in shown
    assert "&lt;5" in shown


def test_the_file_of_figures_opens_as_a_table(everything: None) -> None:
    answer = Client().get("/open/data/figures.csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[1] == ["2024-Q4", "2024-10-01", "2024-12-31", "2025-01-07", "发出", "25", "20", "<5", "0"]


def test_a_text_from_outside_cannot_become_markup(db: None) -> None:
    outbox.publish("risk", "R-1", {**RISK, "matter": "<script>x</script>"})
    actions.carry()
    assert "<script" not in _shown("risks/") + _shown("risks/R-1/") + _shown()


@pytest.mark.parametrize("rows", [1, 30])
def test_queries_do_not_grow(rows: int, db: None, django_assert_max_num_queries: Any) -> None:
    for number in range(rows):
        outbox.publish("risk", f"R-{number}", RISK)
        outbox.publish("indicator", f"ENG-{number}", INDICATOR)
        outbox.publish("figure", f"2024-{number:02}", FIGURE)
    actions.carry()
    for address in ("", "risks/", "risks/R-0/", "indicators/", "bulletins/", "data/"):
        with django_assert_max_num_queries(6):
            Client().get(f"/open/{address}")


def test_an_indicator_as_detection_publishes_it_is_readable(db: None) -> None:
    from lianfang.web.detection import catalogue
    from lianfang.web.detection.actions.indicators import public_content

    card = catalogue.card_of("ENG-101")
    outbox.publish("indicator", "ENG-101", public_content(card))
    actions.carry()
    shown = _shown("indicators/ENG-101/")
    assert card.card.name.zh in shown
    assert card.card.why.zh in shown
