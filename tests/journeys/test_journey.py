"""From a department's spreadsheet to the release of an alert and to the public, by people at their browsers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.journeys import ledger
from tests.journeys.browsing import Company, all_parts, browser
from tests.journeys.site import site
from tests.web.conftest import CAST, UNITS

WORDS = "已调取批复原件和开工令逐项核对，事实清楚，同意办理。"
TERMS = {
    "provider": "ZJJ",
    "title": "政府投资工程项目",
    "purpose": "比对开工与批复的先后，发现需要核实的情形",
    "legal_basis": "《中华人民共和国监察法》第十八条；市数据共享协议〔2024〕3号",
    "retention_days": "1095",
    "reject_limit": "10",
}


def known() -> tuple[str, ...]:
    """What people and units wrote or are called: it is not translated."""
    units = [part for unit in UNITS for part in (unit.name, getattr(unit, "short_name", ""))]
    people = [name for *_more, name in CAST]
    return all_parts([*units, *people, WORDS, *TERMS.values(), *ledger.WORDS])


@pytest.mark.browser
def test_from_spreadsheet_to_release_and_portal(tmp_path: Path) -> None:
    with site(tmp_path / "store") as office, browser() as opened:
        company = Company(opened, office.url, known())
        Journey(company, tmp_path).go()
        assert not company.faults, "\n".join(company.faults)


class Journey:
    """The steps in their order; each is done by whoever does it in an office."""

    def __init__(self, company: Company, folder: Path) -> None:
        self.company, self.folder = company, folder

    def go(self) -> None:
        self.register()
        self.deliver()
        self.find()

    def register(self) -> None:
        head = self.company["office_head"].go("/data/").both()
        head.press("登记数据集").fill(table="project").press("填写登记内容").both()
        head.fill(**TERMS, fields_given=list(ledger.COLUMNS.values())).press("登记数据集")
        head.has("已登记“政府投资工程项目”").both()

    def deliver(self) -> None:
        analyst = self.company["analyst"].go("/data/").press("上传数据").both()
        analyst.fill(provider="ZJJ", file=ledger.write(self.folder), adds="whole").press("上传文件")
        analyst.until_at("/columns/")  # the line above the heads was taken for one of them: the analyst says which it is
        analyst.fill(header_row="3").press("重新读取").until_at("/columns/").both()
        for head, column in ledger.COLUMNS.items():
            line = analyst.page.locator("tbody tr").filter(has=analyst.page.locator("th", has_text=head))
            line.locator("select").first.select_option(column)
        analyst.press("确认对应关系，开始检查").until_at("/check/").has("3月中旬").both()
        analyst.press("看预览").has("ENG-101").both()
        analyst.press("去入库").both()
        analyst.press("入库11行").until_at("/done/").has("收11 退1").both()

    def find(self) -> None:
        analyst = self.company["analyst"].go("/runs/")
        analyst.follow(analyst.page.locator("main tbody a").first)
        analyst.until_shown("text=各指标").both()
        officer = self.company["officer"].go("/findings/").both()
        officer.follow(officer.page.locator("main tbody td.is-title a").first).has("ENG-101").both()
        self.finding = re.findall(r"F-\d+", officer.path)[0]
