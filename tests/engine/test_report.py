"""A run shown: JSON that a program can read, a spreadsheet and a page that carry no instruction, a quiet terminal."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from lianfang.engine import figures
from lianfang.engine.catalogue import Catalogue
from lianfang.engine.dataset import Dataset
from lianfang.engine.page import SHOWN, page
from lianfang.engine.report import write_json
from lianfang.engine.run import Run, run
from lianfang.engine.terminal import tables_read, terminal
from lianfang.engine.workbook import write_workbook
from tests.engine.made_up import OVER_LIMIT, YEAR_END, catalogue, dataset, put_indicator

HOSTILE = '<script>alert(1)</script><img src="http://example.org/x">&amp;[/red][bold]'
FORMULA = '=HYPERLINK("http://example.org","x")'
CONTRACTS = f"""
contract_id | unit_id | supplier_id  | sign_date  | amount  | title
C1          | U1      | @SUM(1+1)    | 2024-03-01 | 100.01  | {HOSTILE}
C2          | U<b>2   | +1+cmd       | 2024-03-01 | 1000    | {FORMULA}
"""
UNITS = """
unit_id | name
U1      | 示例市<i>住建局</i>
"""


@pytest.fixture
def shipped(tmp_path: Path) -> Catalogue:
    put_indicator(
        tmp_path / "catalogue",
        "SELECT p.unit_id, 'project' AS subject_type, p.project_id AS subject_id, 1 AS metric FROM project AS p",
        code="TST-002",
        name={"zh": "别的", "en": "Another"},
        population="project",
    )
    silent = OVER_LIMIT.replace("c.amount >", "c.amount < 0 AND c.amount >")
    put_indicator(tmp_path / "catalogue", silent, code="TST-003", name={"zh": "无声的", "en": "Silent"})
    return catalogue(tmp_path / "catalogue")


@pytest.fixture
def data(tmp_path: Path) -> Dataset:
    return replace(
        dataset(tmp_path / "data", contract=CONTRACTS, unit=UNITS),
        notes=(f"{HOSTILE}.xlsx: 2 行合计未读入", "b.xlsx: 2 行合计未读入"),
    )


@pytest.fixture
def finished(data: Dataset, shipped: Catalogue) -> Run:
    return run(data, as_of=YEAR_END, catalogue=shipped)


def test_the_json_holds_statuses_and_findings(finished: Run) -> None:
    stream = io.StringIO()
    write_json(finished, stream)
    found = json.loads(stream.getvalue())
    assert [(i["code"], i["status"], i["findings"], i["missing"]) for i in found["indicators"]] == [
        ("TST-001", "computed", 2, []),
        ("TST-002", "not_computable", 0, ["表 project(工程项目)"]),
        ("TST-003", "computed", 0, []),
    ]
    assert found["as_of"] == "2024-12-31"
    assert found["findings"] == list(finished.findings())
    assert found["findings"][0]["evidence"]["title"] == HOSTILE


def test_json_without_findings_is_json(tmp_path: Path, shipped: Catalogue) -> None:
    stream = io.StringIO()
    write_json(run(dataset(tmp_path / "none", unit=UNITS), as_of=YEAR_END, catalogue=shipped), stream)
    assert json.loads(stream.getvalue())["findings"] == []


def test_the_spreadsheet_opens_and_holds_no_formula(tmp_path: Path, finished: Run, shipped: Catalogue) -> None:
    path = tmp_path / "run.xlsx"
    write_workbook(finished, shipped, path)
    book = CalamineWorkbook.from_path(path)
    summary, found = (book.get_sheet_by_name(name).to_python() for name in book.sheet_names)
    assert [row[:3] for row in summary] == [
        ["编码", "名称", "状态"],
        ["TST-001", "合同金额超限", "已算"],
        ["TST-002", "别的", "不可计算"],
        ["TST-003", "无声的", "已算"],
    ]
    assert [row[:6] for row in found] == [
        ["编码", "名称", "颜色", "单位", "对象类型", "对象"],
        ["TST-001", "合同金额超限", "黄", "U1", "contract", "C1"],
        ["TST-001", "合同金额超限", "橙", "U<b>2", "contract", "C2"],
    ]
    assert [row[8] for row in found[1:]] == [100.01, 1000.0]
    assert FORMULA in found[2][10]
    assert not re.findall(r"<f[ >]|<hyperlink", sheets_xml(path))


def sheets_xml(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        return "".join(archive.read(name).decode("utf-8") for name in archive.namelist() if "worksheets/" in name)


@pytest.mark.parametrize("start", ["=1+1", "+1+1", "-1+cmd", "@SUM(A1)", "\t=1+1"])
def test_a_subject_that_looks_like_a_formula_is_inert(tmp_path: Path, start: str, shipped: Catalogue) -> None:
    drawn = "contract_id | unit_id | supplier_id | sign_date | amount | title\nC1 | U1 | F | 2024-01-01 | 200 | t"
    finished = run(dataset(tmp_path / "data", contract=drawn), as_of=YEAR_END, catalogue=shipped)
    finished.connection.execute("UPDATE findings SET subject_id = ?", [start])
    write_workbook(finished, shipped, tmp_path / "run.xlsx")
    book = CalamineWorkbook.from_path(tmp_path / "run.xlsx")
    assert book.get_sheet_by_name("发现").to_python()[1][5] == "'" + start
    assert not re.findall(r"<f[ >]", sheets_xml(tmp_path / "run.xlsx"))


class Elements(HTMLParser):
    """The elements, attributes and texts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_the_page_stands_alone_and_runs_nothing(finished: Run, data: Dataset, shipped: Catalogue) -> None:
    text = page(finished, data, shipped)
    elements = Elements(text)
    tags = {tag for tag, _ in elements.found}
    assert tags & {"script", "img", "link", "iframe", "object", "embed", "form", "base", "svg", "i"} == set()
    attributes = {(name, value) for _, attrs in elements.found for name, value in attrs.items()}
    assert [
        name for name, _ in attributes if name.startswith("on") or name in ("src", "srcset", "action", "style")
    ] == []
    assert [value for name, value in attributes if name == "href" and not str(value).startswith("#")] == []
    style = "".join(re.findall(r"<style>(.*?)</style>", text, re.DOTALL))
    assert style
    assert not re.findall(r"url\(|@import|expression", style)
    assert HOSTILE in elements.texts  # shown as it is written, as text
    assert "示例市<i>住建局</i>" in elements.texts


def test_every_link_of_the_page_leads_somewhere(finished: Run, data: Dataset, shipped: Catalogue) -> None:
    elements = Elements(page(finished, data, shipped))
    anchors = {attrs["id"] for _, attrs in elements.found if "id" in attrs}
    links = {str(attrs["href"])[1:] for tag, attrs in elements.found if tag == "a"}
    assert links == {"TST-001", "silent", "not-computed"}
    assert links <= anchors


def test_the_page_says_what_a_finding_rests_on(finished: Run, data: Dataset, shipped: Catalogue) -> None:
    text = "".join(Elements(page(finished, data, shipped)).texts)
    said = [
        "合同管理办法 第3条",
        "应急采购",
        "调阅合同",
        "未登记的合同",
        "FROM contract AS c",
        "合同金额(元)",
        "≥ 1,000 元",
    ]
    said += ["表 project(工程项目)", "TST-002 别的", "TST-003 无声的", "发现是要看一看的理由", "限额", "2020-01-01"]
    assert [words for words in said if words not in text] == []


@pytest.mark.parametrize("language, words", [("zh", "看到什么"), ("en", "What is seen")])
def test_the_page_is_complete_in_both_languages(
    data: Dataset, shipped: Catalogue, monkeypatch: pytest.MonkeyPatch, language: str, words: str
) -> None:
    monkeypatch.setenv("LIANFANG_LANG", language)
    text = page(run(data, as_of=YEAR_END, catalogue=shipped), data, shipped)
    elements = Elements(text)
    assert elements.found[0] == ("html", {"lang": "zh-CN" if language == "zh" else "en"})
    assert words in elements.texts
    if language == "en":
        ours = [re.sub(r"合同管理办法 第3条|示例市<i>住建局</i>|.*行合计未读入.*", "", one) for one in elements.texts]
        assert [one for one in ours if re.search(r"[\u4e00-\u9fff]", one)] == []


def test_the_page_lists_the_gravest_first_and_not_without_end(tmp_path: Path, shipped: Catalogue) -> None:
    rows = "\n".join(f"C{n:03} | U1 | F | 2024-01-01 | {200 + n * 10} | t" for n in range(SHOWN + 40))
    drawn = f"contract_id | unit_id | supplier_id | sign_date | amount | title\n{rows}"
    data = dataset(tmp_path / "many", contract=drawn)
    text = page(run(data, as_of=YEAR_END, catalogue=shipped), data, shipped)
    shown = re.findall(r"C\d{3}", "".join(Elements(text).texts))
    assert shown == [f"C{n:03}" for n in range(SHOWN + 39, 39, -1)]
    assert f"只列出前 {SHOWN} 条" in text


def shown(finished: Run, data: Dataset, shipped: Catalogue) -> str:
    stream = io.StringIO()
    terminal(finished, data, shipped, stream)
    return stream.getvalue()


def test_the_terminal_says_what_was_seen_and_what_was_not(finished: Run, data: Dataset, shipped: Catalogue) -> None:
    text = shown(finished, data, shipped)
    assert "\x1b" not in text  # no colours where nobody watches
    said = ["读入 2 张表,3 行", "合同金额超限", "TST-003 无声的", "表 project(工程项目)", "不是结论"]
    assert [words for words in said if words not in text] == []
    assert HOSTILE in text.replace("\n", "")  # brackets of a file name are no markup
    row = next(line for line in text.splitlines() if line.startswith("TST-001"))
    assert row.split() == ["TST-001", "合同金额超限", "·", "1", "1", "2", "报得太多,先调参数"][:6]


def test_the_terminal_names_rejected_and_unusable_tables(data: Dataset) -> None:
    contract = replace(data.tables["contract"], rejected=3, usable=False, reason="拒收[太多]")
    stream = io.StringIO()
    tables_read(replace(data, tables=data.tables | {"contract": contract}), stream)
    assert "contract: 拒收 3 行" in stream.getvalue()
    assert "contract 不可用:拒收[太多]" in stream.getvalue()


def test_the_terminal_tells_over_firing_above_and_changes(tmp_path: Path, shipped: Catalogue) -> None:
    rows = "\n".join(f"C{n} | U1 | F | 2024-01-01 | 200 | t" for n in range(30))
    data = dataset(
        tmp_path / "many", contract=f"contract_id | unit_id | supplier_id | sign_date | amount | title\n{rows}"
    )
    run(data, as_of=YEAR_END, catalogue=shipped, folder=tmp_path / "first")
    again = run(data, as_of=YEAR_END, catalogue=shipped, level="city", against=tmp_path / "first")
    text = shown(again, data, shipped)
    said = ["报得太多", "超过所看对象的 20%", "未处理的发现:0", "新 0 · 持续 30 · 变化 0 · 消失 0"]
    assert [words for words in said if words not in text] == []


@pytest.mark.parametrize(
    "value, unit, text",
    [
        (1234567.5, "yuan", "1,234,567.5"),
        (0.1234, "ratio", "12.34"),
        (12.0, "days", "12"),
        (0.004, "hours", "0.004"),
        (-3.0, "number", "-3"),
    ],
)
def test_metrics_read_as_people_write_them(value: float, unit: str, text: str) -> None:
    assert figures.metric_text(value, unit) == text


@pytest.mark.parametrize(
    "value, text",
    [
        (None, "—"),
        (True, "是"),
        (False, "否"),
        (2024, "2024"),
        (1234.5, "1,234.5"),
        ("2024-01-02 00:00:00", "2024-01-02"),
    ],
)
def test_values_of_evidence_keep_unknown_apart_from_no(value: Any, text: str) -> None:
    assert figures.value_text(value, None) == text


def test_a_colour_is_told_in_the_words_of_its_metric(shipped: Catalogue) -> None:
    told = figures.condition_text(shipped.indicators["TST-001"], "metric >= 1000 and metric < 2000000")
    assert told == "合同金额 ≥ 1,000 且 合同金额 < 2,000,000 元"


def test_notes_of_many_places_are_told_once() -> None:
    notes = [*(f"{name}.xlsx: 合计未读入" for name in "abcde"), "f.xlsx: 缺表头", "只有一句"]
    assert figures.grouped(notes) == ["合计未读入(5 处:a.xlsx、b.xlsx、c.xlsx 等)", "f.xlsx: 缺表头", "只有一句"]
