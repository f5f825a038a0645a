"""An indicator's page, made from its three files: everything its readers need, and the same each time."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from lianfang.engine.catalogue import SHIPPED, load
from lianfang.engine.document import indicator_page, pages
from tests.engine.made_up import CASES, OVER_LIMIT, PERSONAL, catalogue, put_indicator

DEFAULTS = CASES.replace("cases:", "defaults:\n  contract: {unit_id: U1, ctype: 施工}\ncases:", 1).replace(
    "    shows: [hit, boundary]\n", "    as_of: 2023-05-06\n    complete: [contract]\n    parameters: {limit: 100}\n"
)


@pytest.fixture
def text(tmp_path: Path) -> str:
    parameters = {
        "limit": {
            "zh": "限额",
            "en": "limit",
            "type": "money",
            "unit": "元",
            "values": [
                {
                    "from": date(2020, 1, 1),
                    "value": 100,
                    "key": "施工|监理",
                    "source": "办法",
                    "certainty": "verified_text",
                },
                {"value": None},
            ],
        }
    }
    law = [{"text": "旧办法", "certainty": "practice", "until": date(2019, 12, 31)}]
    law += [{"text": "办法 第3条", "certainty": "verified_text", "from": date(2020, 1, 1), "en": "Measures, art. 3"}]
    put_indicator(tmp_path, cases=DEFAULTS, parameters=parameters, law=law, personal=PERSONAL)
    return indicator_page(load(tmp_path).indicators["TST-001"])


def test_the_page_says_everything_of_the_card(text: str) -> None:
    said = ["# TST-001 合同金额超限 · Contract above the limit", "试用 trial", "项目安全 projects", "2027-06-30"]
    said += [
        "- 旧办法 [惯例 practice] —2019-12-31",
        "- 办法 第3条 (Measures, art. 3) [已核原文 text verified] 2020-01-01—",
    ]
    said += ["| `limit` | 限额 · limit | 2020-01-01 | 施工\\|监理 | 100 元 | 办法 [已核原文 text verified] |"]
    said += ["| `limit` | 限额 · limit |  |  |  |  |"]
    said += ["- 橙 orange: `metric >= 1000`", "应急采购 · emergency purchase — *an emergency purchase stays silent*"]
    said += ["1. 调阅合同", "未登记的合同 · contracts never registered", "授权 authorisation: 办法"]
    said += [
        "- `contract`: `amount`, `contract_id`, `sign_date`, `unit_id`",
        "WHERE c.amount > param('limit', c.sign_date)",
    ]
    assert [words for words in said if words not in text] == []


def test_the_page_shows_the_cases_as_they_run(text: str) -> None:
    said = ["### a contract a fen above the limit is seen", "C1          | U1      | 2024-01-01 | 100.01"]
    said += [
        "`contract`: unit_id = U1, ctype = 施工",
        "as_of: 2023-05-06",
        "complete: [contract]",
        "parameters: {limit: 100}",
    ]
    assert [words for words in said if words not in text] == []


def test_an_indicator_without_parameters_has_no_empty_table(tmp_path: Path) -> None:
    page = indicator_page(
        catalogue(tmp_path, OVER_LIMIT.replace("param('limit', c.sign_date)", "5")).indicators["TST-001"]
    )
    assert "Parameters" not in page
    assert "personal data" not in page


def test_the_index_leads_to_every_page(tmp_path: Path) -> None:
    put_indicator(tmp_path, code="TST-002")
    made = pages(catalogue(tmp_path))
    assert set(made) == {"indicators.md", "indicators/TST-001.md", "indicators/TST-002.md"}
    assert "(2)" in made["indicators.md"].splitlines()[0]
    assert all(f"](indicators/{code}.md)" in made["indicators.md"] for code in ("TST-001", "TST-002"))


def test_the_shipped_pages_are_well_formed_and_repeatable() -> None:
    shipped = load(SHIPPED)
    one = pages(shipped)
    assert one == pages(shipped)
    assert len(one) == len(shipped.indicators) + 1
    for name, page in one.items():
        assert page.endswith("\n"), name
        assert page.count("```") % 2 == 0, name
        assert "None" not in page.split("## 规则 Rule")[0], name
