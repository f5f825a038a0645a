"""From a department's spreadsheet to the release of an alert and to the public, by people at their browsers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.journeys import ledger
from tests.journeys.browsing import Company, Visitor, all_parts, browser
from tests.journeys.killed_story import RISK
from tests.journeys.site import site
from tests.web.conftest import CAST, UNITS

WORDS = "已调取批复原件和开工令逐项核对，事实清楚，同意办理。"
FACTS = "可研、初设批复和施工许可的原件均晚于开工令所载开工日，单位未能当场提供应急依据。"
ASKED = ("说明先开工后批复的原因，附会议记录", "补办手续并报批复部门备案")
WANTED = ("经主要负责人签字的书面说明", "备案回执复印件")
ANSWERS = ("已由分管领导召集会议查明：工期前移时未核对批复", "已向批复部门补报并取得备案回执")
CAUSE = "经办科室只核对资金到位情况，没有把批复列入开工前检查表。"
RECOUNT, MINUTES = "重新计算，该情形已说明，数据未变。", "党组纪要〔2025〕3号"
TERMS = {
    "provider": "ZJJ",
    "title": "政府投资工程项目",
    "purpose": "比对开工与批复的先后，发现需要核实的情形",
    "legal_basis": "《中华人民共和国监察法》第十八条；市数据共享协议〔2024〕3号",
    "retention_days": "1095",
    "reject_limit": "10",
}
# What only the office may see: the portal shows no trace of it, whoever asks.
INSIDE = ("/desk/", "/alerts/", "/findings/", "/signals/", "/data/", "/runs/", "/dashboard/", "/units/")


def known() -> tuple[str, ...]:
    """What people and units wrote or are called: it is not translated."""
    units = [part for unit in UNITS for part in (unit.name, unit.short_name)]
    people = [name for *_more, name in CAST]
    risk = [line for text in RISK.values() if isinstance(text, str) for line in text.splitlines()]
    posts = ["局长", "副局长", "站长", "监督员", "泽林"]
    law = ["政府投资条例 第20条、第34条(一)", "建筑法 第7条", "鄂州廉预橙〔2025〕1号"]
    evidence = ["初步设计批复", "可研批复", "施工许可"]
    typed = [WORDS, FACTS, *ASKED, *WANTED, *ANSWERS, CAUSE, "办公室主任", RECOUNT, MINUTES]
    return all_parts([*units, *people, *posts, *evidence, *law, *risk, *typed, *TERMS.values(), *ledger.WORDS])


@pytest.mark.browser
def test_from_spreadsheet_to_release_and_portal(tmp_path: Path) -> None:
    with site(tmp_path / "store") as office, browser() as opened:
        company = Company(opened, office.url, known())
        Journey(company, tmp_path).go()
        assert not company.faults, "\n".join(dict.fromkeys(company.faults))


class Journey:
    """The steps in their order; each is done by whoever does it in an office."""

    def __init__(self, company: Company, folder: Path) -> None:
        self.company, self.folder = company, folder
        self.finding = self.alert = ""

    def go(self) -> None:
        self.register()
        self.deliver()
        self.run()
        self.take_up()
        self.check()
        self.grade()
        self.approve()
        self.correct()
        self.release()
        self.publish()
        self.visit()

    # ---- data ----------------------------------------------------------------------------------------------------

    def register(self) -> None:
        """The office's head registers what may be delivered, why, and for how long it is kept."""
        head = self.company["office_head"].go("/data/")
        head.press("登记数据集").fill(table="project").press("填写登记内容").both()
        head.fill(**TERMS, fields_given=list(ledger.COLUMNS.values())).press("登记数据集")
        head.has("已登记“政府投资工程项目”").both()

    def deliver(self) -> None:
        """The analyst sends the spreadsheet and goes through the five steps."""
        analyst = self.company["analyst"].go("/data/").switch().both().press("上传数据").both()
        analyst.fill(provider="ZJJ", file=ledger.write(self.folder), adds="whole").press("上传文件")
        analyst.until_at("/columns/")  # a remark above the heads was taken for one of them: say which row they are
        analyst.fill(header_row="3").press("重新读取").until_at("/columns/").both()
        for head, column in ledger.COLUMNS.items():
            line = analyst.page.locator("tbody tr").filter(has=analyst.page.locator("th", has_text=head))
            line.locator("select").first.select_option(column)
        analyst.press("确认对应关系，开始检查").until_at("/check/").has("3月中旬").both()
        analyst.press("看预览").has("ENG-101").both()
        analyst.press("去入库").both()
        analyst.press("入库11行").until_at("/done/").has("收11 退1").both()

    def run(self) -> None:
        """The run follows by itself. Two people put its indicator in force."""
        officer = self.company["officer"].go("/indicators/ENG-101/status/")
        officer.fill(status="in_force", reason="规则和依据已逐条核对，可以正式启用").press("提出变更")
        head = self.company["office_head"].go("/indicators/ENG-101/decide/status/")
        head.fill(agreed="yes", opinion=WORDS)
        head.follow(head.page.locator("main form button.btn-primary").first)
        analyst = self.company["analyst"].go("/runs/")
        analyst.follow(analyst.page.locator("main tbody a").first)
        analyst.until_shown("text=各指标").both()
        analyst.go("/coverage/").both()

    # ---- from the finding to the approval ------------------------------------------------------------------------

    def take_up(self) -> None:
        """A finding becomes a signal because an officer says so, and the signal a matter that two people check."""
        officer = self.company["officer"].go("/findings/?code=ENG-101").both()
        line = officer.page.locator("main tbody tr").filter(has_text="橙").locator("td.is-title a")
        officer.follow(line.first).has("滨湖片区道路整治工程3期").both()
        self.finding = re.findall(r"F-[\d-]+", officer.path)[0]
        officer.press("转为信号").both()
        officer.press("转核验", exact=False).both()
        officer.fill(checker="周岚", second_checker="李沐").press("转核验")
        self.alert = re.findall(r"/alerts/([\d-]+)/", officer.path)[0]
        officer.both()

    def at_alert(self, visitor: Visitor, part: str = "") -> Visitor:
        return visitor.go(f"/alerts/{self.alert}/{part}")

    def check(self) -> None:
        """Every innocent explanation is looked into; then what was established is written down."""
        officer = self.at_alert(self.company["officer"], "check/").both()
        ticks = officer.page.locator("form[action*='/tick/']").count()
        assert ticks == 4
        for place in range(1, ticks + 1):
            own = f"form[action$='/tick/{place}/']"
            officer.fill(own, result="excluded", note=WORDS).press("记下结果", own)
        officer.fill("#facts", facts=FACTS, methods=["files", "source"], no_conflict_declared=True)
        officer.press("保存核验事实").both()

    def grade(self) -> None:
        """Seven factors, a colour, and what the notice will ask for; the second officer agrees."""
        officer = self.at_alert(self.company["officer"], "grade/").both()
        factors = {"nature": "flaw", "amount": "0", "subject": "unit", "repeat": "1", "hits": "1"}
        asked = {f"requirement_{n}": text for n, text in enumerate(ASKED, 1)}
        wanted = {f"standard_{n}": text for n, text in enumerate(WANTED, 1)}
        officer.fill(**factors, impact="none", post_risk="3", **asked, **wanted, disposals=["O3"])
        officer.press("保存定级").both()
        second = self.at_alert(self.company["second_officer"].go("/desk/"), "check/")
        second.fill("form[action$='/second/']", decision="agree", text=WORDS).press("填写复核意见")
        self.move("officer", "submit")

    def approve(self) -> None:
        """The head of the dispatched team signs beside, the deputy secretary decides, the officer issues."""
        head = self.company["dispatch_head"].go("/desk/").both()
        self.at_alert(head, "cosign/").both().fill(decision="agree", text=WORDS).press("会签")
        secretary = self.company["deputy_secretary"].go("/desk/")
        self.at_alert(secretary).both()
        self.move("deputy_secretary", "approve", reason=WORDS)
        self.move("officer", "issue")
        self.at_alert(self.company["officer"], "documents/").both()

    def move(self, who: str, slug: str, **given: Any) -> Visitor:
        """Make a move from the page of the alert, on the page where it says what will happen."""
        visitor = self.at_alert(self.company[who])
        visitor.follow(visitor.page.locator(f"main a[href$='/{slug}/']:visible").first).both()
        if given:
            visitor.fill(**given)
        return visitor.follow(visitor.page.locator("main form.lf-form button.btn-primary").first)

    # ---- correction ----------------------------------------------------------------------------------------------

    def correct(self) -> None:
        """The unit's head signs and answers on a phone; another officer accepts."""
        head = self.company.on_phone("unit_head").go("/desk/").both()
        self.move("unit_head", "sign").both()
        for place, answer in enumerate(ANSWERS, 1):
            self.at_alert(head, f"reply/{place}/")
            if place == 1:
                head.both()
            head.fill(measure=answer, responsible="办公室主任", status="done", done_on="2025-01-08")
            head.press("保存，下一条")
        head.both().fill(analysis=CAUSE, is_promised=True).press("保存").both()
        self.move("unit_head", "send-reply")
        self.move("officer", "assign-acceptance", acceptor="孙桥")
        third = self.at_alert(self.company["third_officer"], "accept/").both()
        third.fill(methods=["files", "recount"], recount=RECOUNT)
        third.fill(passed_1="yes", passed_2="yes").press("保存验收结论")

    def release(self) -> None:
        """Each number of the dashboard opens its rows; who approved the alert releases it."""
        secretary = self.company["deputy_secretary"].go("/dashboard/").both()
        secretary.follow(secretary.page.locator("main a[href*='/dashboard/rows/']:visible").first)
        secretary.has("市住建局").both()
        secretary.follow(secretary.page.locator(f"main a[href*='{self.alert}']").first).has(f"O-{self.alert}")
        self.move("deputy_secretary", "release", reason=WORDS).has("已解除").both()
        self.at_alert(self.company["officer"], "record/").both()
        self.at_alert(self.company["unit_head"], "correction/").both()

    # ---- the public ----------------------------------------------------------------------------------------------

    def publish(self) -> None:
        """A risk point of level 1 by the unit's three people; an indicator and a closed month by the office's head."""
        officer = self.company["unit_officer"].go("/risks/new/").both()
        officer.fill(**{name: str(value) for name, value in RISK.items()}).press("写下草稿").both()
        card = officer.path
        for who, move, given in (
            ("unit_officer", "assess", {}),
            ("unit_deputy", "review", {}),
            ("unit_head", "approve", {"minutes_number": MINUTES}),
            ("office_head", "publicise", {"reason": WORDS, "names_checked": True}),
        ):
            visitor = self.company[who].go(f"{card}{move}/").fill(**given)
            visitor.follow(visitor.page.locator("main form.lf-form button.btn-primary").first)
        head = self.company["office_head"].both()
        head.go("/indicators/ENG-101/").both().press("公开这个指标")
        head.go("/bulletins/").both().go("/bulletins/2024-12/").both().press("公布这一期…")
        head.fill(reason=WORDS)
        head.follow(head.page.locator("main form.lf-form button.btn-primary").first)

    def visit(self) -> None:
        """Somebody without an account sees what was published, and nothing else."""
        visitor = self.company.visitor("a visitor")
        for path, text in (
            ("/open/indicators/ENG-101/", "未批先建"),
            ("/open/risks/", "施工许可核发"),
            ("/open/bulletins/2024-12/", "2024年12月"),
        ):
            visitor.until_there(path).has(text).both()
            self.has_no_trace(visitor)
        for path in ("/open/", "/open/indicators/", "/open/data/"):
            visitor.go(path).switch().both()
            self.has_no_trace(visitor)
        for path in (*INSIDE, f"/alerts/{self.alert}/", f"/findings/{self.finding}/"):
            visitor.go(path)
            assert visitor.path.startswith("/account/login/"), f"{path} opens to anybody: {visitor.words}"

    def has_no_trace(self, visitor: Visitor) -> None:
        html = visitor.page.content()
        for text in (self.alert, self.finding, "滨湖", FACTS, "沈立", "周岚"):
            assert text not in html, f"{visitor.path} shows {text}"
