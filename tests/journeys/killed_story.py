"""What people do in the kill test, over HTTP: files taken and withdrawn, runs, points moved, findings and alerts."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.journeys.killing import Killer
from tests.journeys.reader import Files, Page, Reader
from tests.web.conftest import PASSWORD
from tests.web.detection.deliveries import payments, workbook

PROJECT = {
    "项目代码": "project_id", "名称": "name", "建设单位": "unit_id", "总投资(万元)": "",
    "是否政府投资": "is_gov_invest",
    "实际开工": "start_date", "可研批复日": "feasibility_date", "初设批复日": "prelim_date",
    "施工许可日": "construct_permit_date", "类别": "category",
}  # fmt: skip
RISK = {
    "unit": "ZJJ", "post": "ZJJ-2", "responsible_post": "ZJJ-1", "category": "duty", "matter": "施工许可核发",
    "node": "现场勘验", "cause": "勘验记录由一人填写", "measures": "两人到场并留存影像\n勘验记录当日上传",
    "manifestation": "勘验人员可能不到现场而直接填写合格意见，使不具备条件的项目取得许可",
    "control": "partly", "supervision": "办公电话和政务服务大厅公示栏", "declared": "key_step",
    "discretion": 4, "concentration": 4, "oversight": 4, "history": 3, "frequency": 4, "consequence": 4, "amount": 4,
    "reach": 3,
}  # fmt: skip
GRADE = {
    "save": "1", "nature": "flaw", "amount": 0, "subject": "unit", "impact": "none", "repeat": 1, "hits": 1,
    "post_risk": "3", "disposals": "Y3", "requirement_1": "补正案卷，说明提前开工的原因",
    "standard_1": "补正后的案卷和书面说明",
}  # fmt: skip
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n"
WORDS = "已调取档案并与原始单据逐项核对，事实清楚，同意办理。"


def projects(first: int, late: Sequence[int]) -> bytes:
    """Six works projects; those in ``late`` began before their feasibility approval."""
    rows = []
    for number in range(first, first + 6):
        approved, begun = date(2024, 3, 20) if number in late else date(2024, 2, 1), date(2024, 3, 4)
        name, total = f"道路整治工程{number}", 860.0 + number
        rows.append((f"P-{number:03d}", name, "ZJJ", total, "是", begun, approved, begun, begun, "市政"))
    return workbook(rows, list(PROJECT), "政府投资项目台账")


def _step(path: str) -> str:
    """An address without its numbers."""
    return re.sub(r"[A-Z]?-?\d[\d-]*", "#", path)


def paid(month: int) -> bytes:
    rows = [
        (f"PZ-{month:02d}{n:02d}", "ZJJ", date(2024, month, 3 + n), 12.5 * n, f"某某材料公司{n}") for n in range(1, 6)
    ]
    return payments(rows)


@dataclass
class Story:
    """The same things done by the same people in the same order, whatever dies meanwhile."""

    killer: Killer
    people: dict[str, int]  # account → its key, as forms name people
    cases: list[str]  # the explanations of the indicator that sees something
    readers: dict[str, Reader] = field(default_factory=dict)

    def tell(self) -> None:
        self.first_import()
        self.imports()
        self.runs()
        self.moves()
        self.rest()

    # ---- what everybody needs ----------------------------------------------------------------------------------

    def reader(self, name: str) -> Reader:
        if name not in self.readers:
            self.readers[name] = Reader(self.killer.site.port, self.killer.tend).sign_in(name, PASSWORD)
        return self.readers[name]

    def page(self, who: str, path: str) -> Page:
        page = self.reader(who).get(path)
        assert page.status == 200, f"{who} {path}: {page.status} {page.words}"
        return page

    def fill(
        self, who: str, path: str, *, has: str = "", action: str = "", files: Files | None = None, **given: Any
    ) -> Page:
        """Open a page, fill a form in and send it; while it is on its way the web server may die."""
        form = self.page(who, path).form(has, action)
        where = form.action or path
        step = _step(where)
        self.killer.before(step)
        page = self.reader(who).send(where, form.filled(**given), files)
        self.killer.tend()
        self.killer.after(step)
        assert page.status == 200, f"{who} {where}: {page.status} {page.words}"
        return page

    # ---- import --------------------------------------------------------------------------------------------------

    def upload(self, name: str, content: bytes, *, adds: bool) -> str:
        given = {"provider": "ZJJ", "adds": "adds" if adds else "whole"}
        page = self.fill("unit_officer", "/data/import/", has="provider", files={"file": (name, content)}, **given)
        return page.url.split("/")[3]

    def stands(self, number: str) -> str:
        """The step at which a delivery waits for a person, or "" while it waits for the worker."""
        page = self.reader("unit_officer").get(f"/data/import/{number}/")
        return page.url.removeprefix(f"/data/import/{number}/").strip("/") if page.status == 200 else ""

    def until(self, numbers: Sequence[str], *steps: str) -> None:
        for number in numbers:
            self.killer.until(lambda number=number: self.stands(number) in steps, f"{number} at {steps}")  # type: ignore[misc]
        self.killer.learn()

    def settle_columns(self, number: str, columns: dict[str, str] | None = None) -> None:
        path = f"/data/import/{number}/columns/"
        given: dict[str, str] = {}
        if columns is not None:
            heads = re.findall(r'<th scope="row">(.*?)</th>', self.page("unit_officer", path).text)
            given = {f"s0.c{place}": columns[html.unescape(head)] for place, head in enumerate(heads)}
        self.fill("unit_officer", path, has="s0.table", **given)

    def take(self, number: str) -> None:
        self.fill("unit_officer", f"/data/import/{number}/store/", has="version", runs_after=None)

    def first_import(self) -> None:
        """One file from upload to taken; the night's run follows by itself and sees it alone."""
        self.killer.phase = "import"
        self.killer.tasks("look_at_file", "check_batch")
        number = self.upload("工程项目台账.xlsx", projects(1, late=(2, 5)), adds=False)
        self.until([number], "columns")
        self.settle_columns(number, PROJECT)
        self.until([number], "check")
        self.killer.tasks("take_batch", "perform_run")
        self.take(number)
        self.killer.sweep()
        self.until([number], "done")
        self.killer.phase = "run"
        self.until_run(1)

    def imports(self) -> None:
        """Four more files on their way at once."""
        self.killer.phase = "import"
        self.killer.tasks("look_at_file", "look_at_file", "check_batch", "look_at_file", "check_batch")
        known = [
            self.upload(f"工程项目台账补{n}.xlsx", projects(1 + 10 * n, late=(1 + 10 * n,)), adds=True) for n in (1, 2)
        ]
        new = self.upload("支付明细5月.xlsx", paid(5), adds=True)
        self.until([new], "columns")
        self.settle_columns(new)
        self.killer.sweep()
        self.until([*known, new], "check")
        known.append(self.upload("支付明细6月.xlsx", paid(6), adds=True))
        self.until(known[-1:], "check")
        self.killer.tasks("take_batch", "take_batch", "take_batch")
        for number in (*known, new):
            self.take(number)
            self.killer.strike("worker")
        self.killer.sweep()
        self.until([*known, new], "done")

    # ---- runs ------------------------------------------------------------------------------------------------------

    def until_run(self, number: int) -> None:
        self.killer.until(lambda: self.has_ended(number), f"run {number} ended", every=0.5)
        self.killer.learn()

    def has_ended(self, number: int) -> bool:
        page = self.reader("officer").get(f"/runs/{number}/")
        return page.status == 200 and 'id="progress"' not in page.text

    def run(self) -> int:
        page = self.fill("officer", "/runs/start/", has="as_of")
        return int(page.url.split("/")[2])

    def runs(self) -> None:
        """A run over everything, one after a batch was taken back, and one more that finds nothing new."""
        self.killer.phase = "run"
        self.killer.tasks("perform_run", "perform_run")
        number = self.run()
        self.killer.sweep()
        self.until_run(number)
        self.withdraw()
        self.killer.phase = "run"
        self.killer.tasks("perform_run", "perform_run")
        number = self.run()
        self.killer.strike("clock")
        self.until_run(number)

    def withdraw(self) -> None:
        self.killer.phase = "import"
        listed = self.page("unit_officer", "/data/").text
        dataset = re.findall(r"/data/(D-\d+)/", listed)
        assert dataset, "no data set is listed"
        batches = {b for d in dict.fromkeys(dataset) for b in re.findall(
            r"/data/batches/(B-[\d-]+)/withdraw/", self.page("unit_officer", f"/data/{d}/").text)}  # fmt: skip
        assert batches, "no batch may be withdrawn"
        for batch in sorted(batches):
            path = f"/data/batches/{batch}/withdraw/"
            if "工程项目台账补1" in self.page("unit_officer", path).text:
                self.fill("unit_officer", path, has="reason", reason="供数单位来函说明导出条件有误，需要更正后重新报送")
                return
        raise AssertionError(f"the batch of the second file is not among {batches}")

    # ---- moves -----------------------------------------------------------------------------------------------------

    def moves(self) -> None:
        self.killer.phase = "move"
        self.indicator()
        self.risk()
        self.findings()
        self.signals()
        self.alert()

    def indicator(self) -> None:
        """Two people put an indicator in force, and its page goes to the portal."""
        path = "/indicators/ENG-101/"
        self.fill(
            "officer", f"{path}status/", has="status", status="in_force", reason="规则和依据已经核对，可以正式启用"
        )
        self.fill("office_head", f"{path}decide/status/", has="opinion", agreed="yes", opinion="同意启用")
        self.fill("office_head", path, action="/publish/")
        self.killer.strike("clock")

    def risk(self) -> None:
        """A risk point from its draft to the public, by five people."""
        page = self.fill("unit_officer", "/risks/new/", has="matter", **RISK)
        card = page.url
        for who, move, given in (
            ("unit_officer", "assess", {}),
            ("unit_deputy", "review", {}),
            ("unit_head", "approve", {"minutes_number": "党组纪要〔2025〕3号"}),
            ("office_head", "publicise", {"reason": WORDS, "names_checked": "on"}),
        ):
            self.fill(who, f"{card}{move}/", has="version", **given)
            self.killer.sweep()

    def findings(self) -> None:
        numbers = self.numbers_of_findings()
        for number, reason in zip(numbers, ("confirmed", "data_wrong"), strict=False):
            path, said = f"/findings/{number}/", {"result": "excluded", "note": "已查无此情形"}
            self.press("officer", f"{path}explain/", case=self.cases[0], **said)
            self.press("officer", f"{path}judge/", reason=reason, note="核对过原件")
        self.press("officer", f"/findings/{numbers[0]}/recount/")

    def numbers_of_findings(self) -> list[str]:
        listed = self.page("officer", "/findings/").text
        numbers = sorted(set(re.findall(r"/findings/(F-\d+)/", listed)))
        assert len(numbers) == 3, f"the runs should see three projects, not {numbers}"
        return numbers

    def press(self, who: str, path: str, files: Files | None = None, **given: Any) -> str:
        """Send a form without its page, and say where it leads; meanwhile the web server may die."""
        step = _step(path)
        self.killer.before(step)
        answer = self.reader(who).post(path, self.reader(who).blank(**given), files)
        self.killer.tend()
        self.killer.after(step)
        assert answer.status == 302, f"{who} {path}: {answer.status} {answer.words}"
        return answer.url

    def signals(self) -> None:
        """One finding becomes a signal by hand, the others with one press; one is found not to stand."""
        numbers = self.numbers_of_findings()
        first = self.press("officer", f"/findings/{numbers[0]}/signal/")
        self.press("officer", "/runs/3/signals/")
        found = first.rpartition("-")[0]
        self.press("officer", f"{found}-000002/dismiss/", closing_reason="data_wrong", reason=WORDS)
        self.killer.sweep()

    def alert(self) -> None:
        """A matter from its checking to its release, by five people."""
        path = self.press("officer", "/signals/S-2025-000001/check/", checker=self.people["officer"])
        for place in range(1, len(self.cases) + 1):
            self.press("officer", f"{path}check/tick/{place}/", result="excluded", note="已查无此情形")
        facts = {"facts": "已核对原始案卷。", "methods": ["files"], "no_conflict_declared": "on"}
        self.press("officer", f"{path}check/", **facts)
        self.press("officer", f"{path}check/file/", {"file": ("核验.pdf", PDF)})
        self.press("officer", f"{path}grade/", **GRADE)
        self.press("officer", f"{path}submit/")
        self.press("office_head", f"{path}approve/", reason=WORDS)
        self.press("officer", f"{path}issue/")
        self.press("unit_head", f"{path}sign/")
        self.killer.sweep()
        item = {"measure": "已补正案卷。", "responsible": "蒋平", "status": "done", "done_on": "2025-01-08"}
        self.press("unit_head", f"{path}reply/1/", {"file": ("补正.pdf", PDF)}, **item)
        self.press("unit_head", f"{path}reply/end/", analysis="排班不足。", is_promised="on")
        self.press("unit_head", f"{path}send-reply/")
        self.press("officer", f"{path}assign-acceptance/", acceptor=self.people["third_officer"])
        passed = {"methods": ["files"], "recount": "重算后不再出现。", "passed_1": "yes"}
        self.press("third_officer", f"{path}accept/", **passed)
        self.press("office_head", f"{path}release/", reason=WORDS)

    def rest(self) -> None:
        """All parts live once more, and the log is sealed."""
        self.killer.tend()
