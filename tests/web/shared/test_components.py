"""Every component in its states: what it shows, what it escapes, and that colour never stands alone."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation
from django_cotton.compiler_regex import CottonCompiler

from lianfang.web import settings
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.paging import Page
from lianfang.web.shared.refused import Lack
from lianfang.web.shared.styleguide import ExampleForm

EVIL = '<script>alert("x")</script>'
VOID = {"meta", "link", "input", "img", "br", "path", "rect", "line", "circle", "polyline", "hr"}


def render(markup: str, **values: object) -> str:
    """A component as a page would render it, in Chinese unless a test asks otherwise."""
    request = RequestFactory().get("/?sort=due&page=x")
    text = CottonCompiler().process(markup)
    return Template(text).render(Context({"request": request, "once": "token", **values}))


@pytest.fixture(autouse=True)
def _chinese():
    with translation.override("zh-hans"):
        yield


class Balance(HTMLParser):
    """Whether every element that is opened is closed, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open, f"</{tag}> closes nothing"
            assert self.open.pop() == tag


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html)).strip()


@pytest.mark.parametrize(
    "colour, word, path", [("yellow", "黄色", "M8 1.2"), ("orange", "橙色", "M8 .6"), ("red", "红色", "M5 .8")]
)
@pytest.mark.parametrize(
    "stage, says", [("proposed", "拟{}"), ("suggested", "建议{}"), ("issued", "{}"), ("solid", "{}")]
)
def test_colour_always_has_word_and_shape(colour, word, path, stage, says):
    html = render(f'<c-colour colour="{colour}" stage="{stage}" />')
    assert words(html) == says.format(word)
    assert path in html
    assert f"{word}预警（" in html
    assert ("尚未批准" in html) == (stage == "proposed")


def test_colour_that_ended_keeps_its_word():
    assert words(render('<c-colour colour="red" stage="ended" />')) == "红色，已解除"
    assert words(render('<c-colour colour="red" stage="ended" word="已撤销" />')) == "红色，已撤销"


@pytest.mark.parametrize("colour", ["", None])
def test_no_colour_shows_nothing(colour):
    assert words(render('<c-colour :colour="colour" />', colour=colour)) == ""


def test_colours_of_the_engine_are_understood_in_capitals():
    assert words(render('<c-colour colour="ORANGE" short />')) == "橙"


@pytest.mark.parametrize(
    "left, said",
    [(3, "还剩3个工作日"), (1, "还剩1个工作日"), (0, "今天到期"), (-2, "逾期2")],
)
def test_clock_says_what_is_left(left, said):
    assert said in words(render('<c-clock left="{{ left }}" of="3" />', left=left))


def test_clock_draws_a_pip_for_each_day_and_none_when_they_are_too_many():
    html = render('<c-clock left="1" of="3" />')
    assert html.count("<i") == 3
    assert html.count("is-used") == 2
    assert "lf-pips" not in render('<c-clock left="11" of="15" />')


def test_clock_that_is_overdue_has_no_warning_colour():
    assert not re.search("yellow|orange|red", render('<c-clock left="-2" of="3" />'))


def test_clock_that_stopped_says_why_and_shows_no_day():
    shown = words(render('<c-clock state="stopped" note="申辩复核中" :due="due" />', due=date(2025, 9, 26)))
    assert shown == "已停表：申辩复核中"


def test_clock_shows_day_and_weekday_in_both_languages():
    html = '<c-clock left="2" of="3" :due="due" />'
    assert "9月26日 周五" in words(render(html, due=date(2025, 9, 26)))


def test_status_is_nothing_without_a_word():
    assert words(render('<c-status word="" />')) == ""
    assert "is-mine" in render('<c-status word="核验中" kind="mine" />')


def test_figures_of_a_sentence_stand_out_and_its_text_is_escaped():
    html = render('<c-say :sentence="text" hint="请核实。" />', text=f"采购5次，合计612.40万元{EVIL}")
    assert "<b>5次</b>" in html
    assert "<b>612.40万元</b>" in html
    assert "<script>" not in html
    assert words(html).endswith("请核实。")


def test_panel_has_heading_and_actions():
    html = render('<c-panel title="证据" note="5行"><c-slot name="actions"><a href="#">导出</a></c-slot>内容</c-panel>')
    assert '<h2 tabindex="-1">证据</h2>' in html
    assert html.index("5行") < html.index("导出") < html.index("内容")


def test_panel_does_not_take_the_pages_own_variables():
    assert "lf-panel-head" not in render("<c-panel>x</c-panel>", title="of the page", note="of the page")


def test_blocked_button_counts_and_names_what_is_missing():
    lacks = [Lack("复核人意见"), Lack("误报排查", "/x/")]
    html = render('<c-blocked label="提交呈批" :lacks="lacks" id="l" />', lacks=lacks)
    assert "还差2项" in words(html)
    assert '<a href="/x/">误报排查</a>' in html
    assert 'aria-describedby="l"' in html
    assert 'id="l"' in html


def test_errors_link_to_their_fields():
    form = ExampleForm({"reason": "短"})
    html = render('<c-errors :form="form" /><c-field :field="form.reason" />', form=form)
    assert 'href="#id_reason"' in html
    assert 'id="id_reason"' in html
    assert 'id="id_reason_error"' in html
    assert "错误" in words(html)
    assert words(render('<c-errors :form="form" />', form=ExampleForm())) == ""


def test_choice_of_one_is_a_group_with_a_legend_and_its_help_belongs_to_it():
    html = render('<c-field :field="form.done" /><c-field :field="form.reason" />', form=ExampleForm())
    assert re.search(r"<fieldset.*<legend[^>]*>完成情况</legend>.*</fieldset>", html, re.S)
    assert 'for="id_reason"' in html
    assert 'aria-describedby="id_reason_helptext"' in html
    assert 'id="id_reason_helptext"' in html


def test_refusal_of_a_field_from_an_action_is_shown():
    form = ExampleForm(
        {
            "reason": "二十个字以上的理由写在这里，依据写明，请核对原件。",
            "day": "2025-01-08",
            "colour": "yellow",
            "done": "yes",
        }
    )
    assert form.is_valid()
    form.add_error("day", "这一天不是工作日。")
    assert "这一天不是工作日。" in words(render('<c-errors :form="form" />', form=form))


def test_form_carries_both_tokens():
    html = render('<c-form button="签收" version="4"></c-form>', csrf_token="abc")
    assert 'name="once" value="token"' in html
    assert 'name="version" value="4"' in html
    assert "csrfmiddlewaretoken" in html


def test_limit_bar_cuts_the_piece_that_crosses_the_limit():
    parts = [{"amount": 300}, {"amount": 200}]
    html = render('<c-limit :parts="parts" limit="400" unit="万元" colour="orange" said="两次采购" />', parts=parts)
    assert html.count("<rect") == 3
    assert html.count("url(#lf-stripes-orange)") == 1
    assert "限额400" in words(html)
    assert 'role="img" aria-label="两次采购"' in html


def test_pager_keeps_the_query_and_says_the_count():
    html = render('<c-pager :page="page" sizes />', page=Page([], 50, "next", "", 7694))
    assert "共7 694行" in words(html)
    assert 'href="?sort=due&amp;page=next"' in html
    assert "上一页" not in html
    assert "共10 000行以上" in words(render('<c-pager :page="page" />', page=Page([], 50, "", "", None)))


def test_sort_says_its_direction():
    assert 'aria-sort="ascending"' in render('<c-sort name="due" label="期限" />')
    assert "aria-sort" not in render('<c-sort name="title" label="情形" />')


def test_next_step_has_one_main_button():
    checks = [{"done": True, "what": "评分"}, {"done": False, "what": EVIL, "note": "还差1项"}]
    html = render('<c-next title="完成核验" mine :checks="checks" label="继续" url="/x/" />', checks=checks)
    assert html.count("btn-primary") == 1
    assert "已办" in html
    assert "未办" in html
    assert "<script>" not in html


@pytest.mark.parametrize(
    "state, said", [("clear", "未见异常"), ("unknown", "缺数据，无法计算"), ("later", "未到环节"), ("red", "红")]
)
def test_four_cells_never_look_alike(state, said):
    html = render(f'<c-cell state="{state}" />')
    assert said in words(html)
    assert f"is-{state}" in html


def test_percentage_of_few_is_not_shown():
    assert "样本不足" in words(render('<c-bullet name="制度" percent="50" done="4" of="8" />'))
    assert "50.0%" in words(render('<c-bullet name="制度" percent="50" done="5" of="10" />'))
    assert "—" in words(render('<c-bullet name="制度" percent="" done="" of="20" />'))


def test_differences_are_marked_by_character_and_escaped():
    rows = [{"field": "等级", "before": "二级", "after": f"一级{EVIL}"}]
    html = render('<c-diff :rows="rows" />', rows=rows)
    assert "<del>二</del><ins>一</ins>级" in html
    assert "<script>" not in html


def test_query_is_numbered_and_escaped():
    html = render('<c-sql :sql="sql" summary="一条查询" />', sql="SELECT 1\nFROM t -- <b>\nWHERE a > param('x')")
    assert html.count("lf-line") == 3
    assert "&lt;b&gt;" in html
    assert '<span class="sql-own">param</span>' in html


def test_progress_asks_again_only_while_it_runs():
    assert "hx-get" in render('<c-progress step="检查" done="1" of="2" url="/x/" />')
    assert "hx-get" not in render('<c-progress ended said="完成" url="/x/" />')


def test_receipt_is_in_groups_of_four():
    assert re.findall("<span>(.*?)</span>", render('<c-receipt code="K7QM-X2P4 9RTD8HWA" />')) == [
        "K7QM",
        "X2P4",
        "9RTD",
        "8HWA",
    ]


ONE_OF_EACH = {
    "level": '<c-level level="2" />',
    "level disc": '<c-level level="1" disc />',
    "safety": '<c-safety name="funds" full />',
    "tag": '<c-tag :word="evil" />',
    "empty": '<c-empty :sentence="evil" label="x" url="?" />',
    "fault": '<c-fault :what="evil" kept="k" todo="t" number="n" />',
    "tabs": '<c-tabs :tabs="tabs" />',
    "filter": '<c-filter :chips="tabs"><c-text :label="evil" /></c-filter>',
    "select": '<c-select name="a" label="b" :options="pairs" value="1" />',
    "rail": '<c-rail :stages="stages" />',
    "timeline": '<c-timeline :entries="entries" whole url="#" />',
    "chain": '<c-chain :people="people" />',
    "head": '<c-head :title="evil" number="1"><c-slot name="moves">m</c-slot></c-head>',
    "fold": '<c-folds><c-fold :title="evil" summary="s" state="t">x</c-fold></c-folds>',
    "law": '<c-law :label="evil" title="t" :text="evil" :start="day" :until="day" :day="day" source="s" />',
    "peers": '<c-peers :peers="numbers" own="3" :label="evil" />',
    "stat": '<c-stat :name="evil" figure="7694" :points="numbers" yellow="1" orange="2" red="3" overdue="0" />',
    "stacked": '<c-stacked :rows="stacked" most="9" />',
    "tiles": '<c-tiles :tiles="tiles" label="x" />',
    "file": '<c-file :name="evil" size="1024" digest="abcdefghijk" :at="day" />',
    "evidence": '<c-evidence rows="2" withdrawn><table></table></c-evidence>',
    "masked": '<c-masked :text="evil" url="#" />',
    "icon": '<c-icon name="check" />',
    "scroll": '<c-scroll :label="evil">x</c-scroll>',
    "legend": "<c-legend />",
    "chart": '<c-chart id="c" :data="chart" :label="evil"><table></table></c-chart>',
}


@pytest.mark.parametrize("name", sorted(ONE_OF_EACH))
def test_component_is_well_formed_and_escapes(name):
    html = render(
        ONE_OF_EACH[name],
        evil=EVIL,
        day=date(2025, 9, 26),
        pairs=[("1", EVIL)],
        numbers=[1, 2, 3],
        tabs=[{"label": EVIL, "url": "?", "count": 3, "current": True}],
        stages=[{"name": EVIL, "state": "now", "note": EVIL}],
        entries=[{"at": date(2025, 9, 26), "who": EVIL, "sentence": EVIL, "reason": EVIL}],
        people=[{"name": EVIL, "note": EVIL, "struck": EVIL, "said": EVIL, "word": EVIL, "state": "now"}],
        stacked=[{"name": EVIL, "counts": {"yellow": 3, "red": 1}, "total": 4}],
        tiles=[{"name": EVIL, "count": 3, "column": 1, "row": 1, "ramp": 2, "red": True}],
        chart={"kind": "line", "x": [EVIL], "series": []},
    )
    assert "<script>alert" not in html
    parser = Balance()
    parser.feed(html)
    assert parser.open == []


def test_watermark_names_the_reader_and_the_day():
    reader = Actor(user_id=1, name=EVIL, role="officer")
    html = render("<c-watermark />", actor=reader, today=date(2025, 1, 8))
    assert "2025-01-08" in html
    assert "<script>" not in html
    assert words(render("<c-watermark />", actor=None)) == ""


def test_every_component_is_tried_above():
    there = {path.stem for path in (settings.HERE / "templates" / "cotton").glob("*.html")}
    text = Path(__file__).read_text(encoding="utf-8")
    assert sorted(name for name in there if not re.search(rf"<c-{name}[ >]", text)) == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_style_guide_shows_in_both_languages(as_user, language):
    browser = as_user("officer")
    browser.cookies["django_language"] = language
    answer = browser.get("/styleguide/")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert f'<html lang="{language}"' in page
    assert page.count("<h1") == 1
    assert ("Waits for you" in page) == (language == "en")
