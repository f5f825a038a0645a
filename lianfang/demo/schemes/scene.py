"""The people, firms and papers that a scheme needs, each with the rows that a real unit would hold about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from lianfang.demo import divisions
from lianfang.demo.cast import FIRST_WORD, SECOND_WORD, hold, person_name
from lianfang.demo.story import Row, Story, add_working_days, at, next_working_day

FAR_UNITS = ("EZ02", "EZ04", "EZ06", "EZ07", "EZ08", "EZ10", "EZ11", "EZ14", "EZ15", "EZ16")


@dataclass
class Scene:
    """Where one round of the schemes is played; ``number`` tells rounds apart."""

    story: Story
    number: int = 0

    def __post_init__(self) -> None:
        self.rng = self.story.rng
        self._turn = self.number

    # Who

    def department(self) -> str:
        """A department of the city, each in its turn."""
        self._turn += 1
        return FAR_UNITS[self._turn % len(FAR_UNITS)]

    def district(self) -> str:
        """A district's own department: its officials stand in no other scheme."""
        districts = divisions.at_level(divisions.DISTRICT)
        return f"D{districts[self.number % len(districts)].code}{'01' if self.number >= len(districts) else ''}"

    def town(self) -> divisions.Division:
        self._turn += 1
        towns = [t for t in divisions.at_level(divisions.TOWNSHIP) if len(divisions.villages_of(t.code)) > 4]
        free = [t for t in towns if t.name not in ("太和镇", "华容镇", "泽林镇", "汀祖镇")]
        return free[self._turn % len(free)]

    def village(self, town: divisions.Division) -> str:
        self._turn += 1
        below = divisions.villages_of(town.code)
        return below[self._turn % len(below)].code

    def officers(self, unit: str) -> list[Row]:
        """The people of a unit, leaders first; not those whom a scheme has put on its list."""
        people = self.story.tables["person"]
        return [row for row in people if row["unit_id"] == unit and not row["person_id"].startswith("RX")]

    def head(self, unit: str) -> Row:
        return self.officers(unit)[0]

    def clerk(self, unit: str, number: int = 1) -> Row:
        people = self.officers(unit)
        return people[-(number % max(1, len(people) - 1)) - 1] if len(people) > 1 else people[0]

    def person_key(self, first: int = 1962, last: int = 1996) -> str:
        return self.story.identity(first, last)[1]

    def resident(self, village: str, household: str | None = None, first: int = 1940, last: int = 1995) -> Row:
        """A resident with a row in the register of the population."""
        born, key = self.story.identity(first, last)
        row = {
            "person_key": key,
            "name": person_name(self.story),
            "gender": self.rng.choice("12"),
            "birth_date": born,
            "household_id": household or self.story.next_id("HH"),
            "hukou_region": village,
            "hukou_since": born,
            "household_kind": "家庭户",
        }
        return self.story.add("population", **row)

    def household(self, village: str, members: int) -> list[Row]:
        number = self.story.next_id("HH")
        return [self.resident(village, number) for _ in range(members)]

    def account(self) -> str:
        return f"6217{self.rng.randrange(10**14):014d}"[:16]

    def firm(
        self,
        trade: str = "建设工程",
        *,
        owner: str | None = None,
        founded: date | None = None,
        industry: str = "E4700",
        name: str | None = None,
        **over: Any,
    ) -> Row:
        """A firm with an owner who is its legal representative and a small partner."""
        owner = owner or self.person_key()
        founded = founded or self.story.day(date(2010, 1, 1), date(2020, 12, 31))
        title = name or f"{self.rng.choice(FIRST_WORD)}{self.rng.choice(SECOND_WORD)}{self.story.next_id('')[-4:]}"
        company = {
            "company_id": self.story.credit_code(),
            "name": f"鄂州示例{title}{trade}有限公司",
            "legal_rep_key": owner,
            "reg_address": f"鄂州市示例大道{self.rng.randint(1, 990)}号{self.rng.randint(101, 2308)}室",
            "reg_phone": f"0270{self.rng.randrange(10**7):07d}",
            "reg_date": founded,
            "reg_capital": self.story.money(1_000_000, 30_000_000, 100_000),
            "industry_code": industry,
            "is_sme": True,
            "insured_count": self.rng.randint(8, 90),
            "status": "存续",
            "status_date": founded,
        }
        row = self.story.add("company", **(company | over))
        hold(self.story, row, owner, 0.8, founded)
        hold(self.story, row, self.person_key(), 0.2, founded)
        return row

    def kin(self, official: Row, relation: str, declared: bool = True) -> str:
        """The number of a relative; an undeclared one stands in no register."""
        key = self.person_key(1958, 2000)
        if declared:
            self.story.add(
                "relative",
                person_id=official["person_id"],
                relative_key=key,
                relation=relation,
                source="申报",
                declared_date=date(2022, 1, 20),
            )
        return key

    # Works and purchases

    def project(self, unit: str, name: str, budget: float, start: date, days: int = 180, **over: Any) -> Row:
        """A project whose approvals came in their order and whose funds were there."""

        def before(number: int) -> date:
            return next_working_day(start - timedelta(days=number))

        finish = start + timedelta(days=days - 10)
        row = {
            "project_id": f"2401-420700-{self.story.next_id('S')}",
            "name": name,
            "unit_id": unit,
            "region_code": divisions.CITY_CODE,
            "category": "市政",
            "fund_source": "财政",
            "is_gov_invest": True,
            "is_emergency": False,
            "feasibility_date": before(260),
            "estimate_amount": round(budget * 1.02, 2),
            "prelim_date": before(210),
            "approved_budget": budget,
            "construction_budget": round(budget * 0.93, 2),
            "control_price": round(budget * 0.9, 2),
            "drawing_review_date": before(170),
            "land_date": before(200),
            "plan_permit_date": before(150),
            "construct_permit_date": before(12),
            "construct_permit_status": "有",
            "permit_required": True,
            "approval_mode": "常规审批",
            "funds_ready": round(budget * 0.6, 2),
            "start_date": start,
            "plan_days": days,
            "finish_date": finish,
            "accept_date": next_working_day(finish + timedelta(days=12)),
            "status": "已验收",
        }
        return self.story.add("project", **(row | over))

    def tender(
        self,
        project: Row | None,
        unit: str,
        title: str,
        notice: date,
        budget: float,
        bids: Sequence[tuple[Row, float]],
        **over: Any,
    ) -> Row:
        """A tender with its bids; the first bidder wins unless ``winner_id`` says otherwise."""
        notice = next_working_day(notice)
        deadline = next_working_day(notice + timedelta(days=24))
        report = next_working_day(deadline + timedelta(days=1))
        first = next_working_day(report + timedelta(days=1))
        award = next_working_day(first + timedelta(days=6))
        row = {
            "tender_id": self.story.next_id("ZBX"),
            "title": title,
            "project_id": project["project_id"] if project else None,
            "unit_id": unit,
            "regime": "ZB" if project else "CG",
            "kind": "工程" if project else "货物",
            "method": "公开",
            "mandatory": True,
            "estimate": budget,
            "ceiling": round(budget * 0.98, 2),
            "budget": budget,
            "intention_date": notice - timedelta(days=45),
            "notice_date": notice,
            "doc_start": notice,
            "doc_end": next_working_day(notice + timedelta(days=8)),
            "doc_issue_date": notice,
            "bid_deadline": at(deadline, 9, 30),
            "open_time": at(deadline, 9, 30),
            "eval_end": at(deadline, 16),
            "eval_report_date": report,
            "candidate_start": first,
            "candidate_end": first + timedelta(days=4),
            "award_notice_date": award,
            "winner_id": bids[0][0]["company_id"],
            "award_price": bids[0][1],
            "award_rule": "排名第一",
            "deposit": round(budget * 0.015, 2),
            "round_no": 1,
            "status": "中标",
        }
        tender = self.story.add("tender", **(row | over))
        for rank, (firm, price) in enumerate(bids, 1):
            self._bid(tender, firm, price, rank)
        return tender

    def _bid(self, tender: Row, firm: Row, price: float, rank: int) -> None:
        mark = f"{self.rng.randrange(16**8):08x}"
        self.story.add(
            "bid",
            bid_id=self.story.next_id("TBX"),
            tender_id=tender["tender_id"],
            bidder_id=firm["company_id"],
            status="valid",
            price=round(price, 2),
            submit_time=at(tender["bid_deadline"].date(), 8, self.rng.randint(0, 55)),
            ip=f"ip-{mark}",
            mac=f"mac-{mark}{rank:04d}",
            machine_code=f"mc-{mark[::-1]}",
            lock_no=f"lock-{mark[:7]}{rank}",
            doc_author=f"作者{mark[:5]}",
            deposit_account=f"dep-{firm['company_id'][-10:]}",
            deposit_payer=firm["name"],
            deposit_form="转账",
            contact_hash=f"lx-{mark}",
            phone_hash=f"dh-{mark}",
            total_score=round(96.5 - 2.4 * rank + self.rng.random(), 2),
            rank_no=rank,
            valid=True,
        )

    def bids_of(self, tender: Row) -> list[Row]:
        return [row for row in self.story.tables["bid"] if row["tender_id"] == tender["tender_id"]]

    def bidders(self, lowest: float, number: int = 4, trade: str = "建设工程") -> list[tuple[Row, float]]:
        return [(self.firm(trade), price) for price in self.story.bid_prices(lowest, number)]

    def contract(
        self,
        unit: str,
        firm: Row,
        title: str,
        amount: float,
        signed: date,
        *,
        project: Row | None = None,
        tender: Row | None = None,
        **over: Any,
    ) -> Row:
        signed = next_working_day(signed)
        row = {
            "contract_id": self.story.next_id("HTX"),
            "title": title,
            "tender_id": tender["tender_id"] if tender else None,
            "project_id": project["project_id"] if project else None,
            "unit_id": unit,
            "supplier_id": firm["company_id"],
            "ctype": "施工" if project else "货物",
            "is_supplement": False,
            "award_kind": "总价",
            "sign_date": signed,
            "amount": round(amount, 2),
            "days": 180 if project else 60,
            "prepay_ratio": 0.1,
            "retention_ratio": 0.03,
            "pay_days": 30,
            "publish_date": add_working_days(signed, 1),
            "filing_date": add_working_days(signed, 4),
            "procure_mode": "招标" if tender else "直接",
        }
        contract = self.story.add("contract", **(row | over))
        self.story.add("supplier_account", contract_id=contract["contract_id"], account=bank_of(firm))
        return contract

    def won(self, unit: str, title: str, amount: float, notice: date, number: int = 4) -> tuple[Row, Row, Row, Row]:
        """A work tendered openly: project, tender, contract, winner."""
        start = notice + timedelta(days=75)
        project = self.project(unit, title, amount * 1.15, start)
        bids = self.bidders(amount, number)
        tender = self.tender(project, unit, f"{title}施工", notice, round(amount * 1.08, 2), bids)
        signed = tender["award_notice_date"] + timedelta(days=8)
        contract = self.contract(unit, bids[0][0], f"{title}施工合同", amount, signed, project=project, tender=tender)
        return project, tender, contract, bids[0][0]

    def pay(self, contract: Row, amount: float, day: date, firm: Row | None = None, **over: Any) -> Row:
        company = firm or next(c for c in self.story.tables["company"] if c["company_id"] == contract["supplier_id"])
        row = {
            "payment_id": self.story.next_id("ZFX"),
            "unit_id": contract["unit_id"],
            "project_id": contract["project_id"],
            "contract_id": contract["contract_id"],
            "payee_id": company["company_id"],
            "payee_account": bank_of(company),
            "payee_kind": "company",
            "amount": round(amount, 2),
            "pay_date": next_working_day(day),
            "method": "国库直接",
            "from_account_type": "零余额",
            "invoice_no": f"2442{self.rng.randrange(10**16):016d}",
            "summary": "进度款" if contract["project_id"] else "货款",
            "purpose": "工程款" if contract["project_id"] else "货物款",
            "approver_id": self.head(contract["unit_id"])["person_id"],
        }
        return self.story.add("payment", **(row | over))


def bank_of(firm: Row) -> str:
    """The firm's bank account as its contracts name it."""
    return f"acc-{firm['company_id'][-10:]}"
