"""Works: splitting to avoid tendering, prices that grow after the award, money ahead of the work."""

from __future__ import annotations

from datetime import date, timedelta

from lianfang.demo.schemes.scene import Scene, bank_of
from lianfang.demo.schemes.scheme import Scheme, Told, told

SPLIT = Scheme(
    "works-split",
    "工程",
    "把依法必须招标的工程拆成限额以下的几份,直接发包",
    "Works that must be tendered are cut into parts below the limit and given directly",
    "招标投标法第4条、第49条;必须招标的工程项目规定第5条",
    "Tendering and Bidding Law, articles 4 and 49; the 2018 list of works that must be tendered, article 5",
)


@SPLIT.tells(
    "plain",
    "同一工程同月拆成三个“标段”,都给同一家公司",
    "one work, three sections in one month, all to one firm",
)
def _three_sections(s: Scene) -> Told:
    unit, firm = s.department(), s.firm()
    project = s.project(unit, "城东排水改造工程", 8_300_000, date(2024, 4, 8))
    contracts = [
        s.contract(unit, firm, f"城东排水改造工程{part}", amount, date(2024, 3, 11 + 3 * n), project=project)
        for n, (part, amount) in enumerate((("一标段", 2_610_000), ("二标段", 2_480_000), ("三标段", 2_555_000)))
    ]
    for contract in contracts:
        s.pay(contract, contract["amount"] * 0.9, date(2024, 10, 15))
    return told(unit, project=project, contract=contracts)


@SPLIT.tells(
    "disguised",
    "按工序取不同名称,分给同一人控制的两家公司,相隔两个月",
    "named by trade, to two firms of one person, two months apart",
)
def _two_firms_of_one(s: Scene) -> Told:
    unit, owner = s.department(), s.person_key()
    firms = [s.firm(owner=owner), s.firm("市政工程", owner=owner)]
    project = s.project(unit, "滨湖步道提升工程", 7_200_000, date(2024, 5, 13))
    works = (
        ("步道基层铺装", 0, 3_120_000, 25),
        ("绿化与栏杆安装", 1, 2_240_000, 60),
        ("照明设施安装", 0, 1_480_000, 88),
    )
    contracts = [
        s.contract(unit, firms[who], title, amount, date(2024, 3, 20) + timedelta(days=wait), project=project)
        for title, who, amount, wait in works
    ]
    for contract in contracts:
        s.pay(contract, contract["amount"] * 0.85, date(2024, 11, 12))
    return told(unit, project=project, contract=contracts, company=firms)


@SPLIT.tells(
    "evasive",
    "立成三个小项目,分属两个单位、三家公司,时间散在九个月",
    "three small projects of two units, three firms, over nine months",
)
def _three_projects(s: Scene) -> Told:
    unit, other, head = s.department(), s.department(), s.person_key()
    firms = [s.firm(), s.firm("市政工程"), s.firm("建设工程", name="恒远坤")]
    s.story.add("company_staff", company_id=firms[2]["company_id"], person_key=head, role="监事", since_date=None)
    s.story.add("company_staff", company_id=firms[0]["company_id"], person_key=head, role="财务", since_date=None)
    parts = (
        (unit, firms[0], "月湖路东段道路维护", 3_960_000, date(2024, 2, 26)),
        (unit, firms[1], "月湖路附属设施完善", 2_870_000, date(2024, 6, 24)),
        (other, firms[2], "月湖片区环境整治", 3_730_000, date(2024, 10, 21)),
    )
    projects, contracts = [], []
    for body, firm, title, amount, start in parts:
        project = s.project(body, title, amount * 1.04, start, 60)
        contract = s.contract(body, firm, title, amount, start - timedelta(days=10), project=project)
        s.pay(contract, amount * 0.8, min(start + timedelta(days=65), date(2024, 12, 20)))
        projects.append(project)
        contracts.append(contract)
    return told(unit, project=projects, contract=contracts, company=firms)


@SPLIT.tells(
    "innocent",
    "汛期抢险按应急程序直接发包两份合同",
    "flood repair given directly under the emergency procedure",
)
def _flood_repair(s: Scene) -> Told:
    unit, firm = s.department(), s.firm("水利工程", industry="E4822")
    project = s.project(
        unit,
        "长港堤防汛期抢险加固",
        6_900_000,
        date(2024, 7, 3),
        45,
        is_emergency=True,
        approval_mode="简化审批",
        category="水利",
    )
    contracts = [
        s.contract(unit, firm, f"堤防抢险{part}", amount, date(2024, 7, 2 + n), project=project)
        for n, (part, amount) in enumerate((("上游段", 3_150_000), ("下游段", 2_900_000)))
    ]
    return told(unit, project=project, contract=contracts)


CHANGE = Scheme(
    "change-after-award",
    "工程",
    "低价中标后靠变更、签证和补充合同把价款加上去",
    "After a low winning price the amount is raised by changes, site orders and supplements",
    "招标投标法第46条;建设工程价款结算暂行办法第9条、第10条;审计公告:高套变更签证",
    "Tendering and Bidding Law, article 46; settlement rules of 2004, articles 9 and 10; audits of padded changes",
)


def _changes(s: Scene, contract: dict, amounts: list[float], level: str, first: date, step: int) -> list[dict]:
    approver = s.head(contract["unit_id"])["person_id"]
    found = []
    for number, amount in enumerate(amounts):
        asked = first + timedelta(days=step * number)
        found.append(
            s.story.add(
                "contract_change",
                change_id=s.story.next_id("BGX"),
                contract_id=contract["contract_id"],
                kind="现场签证" if number % 2 else "设计变更",
                amount=amount,
                apply_date=asked,
                approve_date=asked + timedelta(days=6),
                exec_date=asked + timedelta(days=9),
                approver_id=approver,
                approve_level=level,
            )
        )
    return found


@CHANGE.tells(
    "plain", "两次变更把合同价抬高四成,由分管领导一人批", "two changes raise the price by 40 %, approved by one deputy"
)
def _two_changes(s: Scene) -> Told:
    unit = s.department()
    project, _, contract, _ = s.won(unit, "樊湖泵站改造", 5_200_000, date(2024, 1, 15))
    changes = _changes(s, contract, [1_250_000, 870_000], "分管", date(2024, 6, 11), 30)
    s.pay(contract, 5_000_000, date(2024, 9, 20))
    return told(unit, project=project, contract=contract, contract_change=changes)


@CHANGE.tells(
    "disguised",
    "九笔签证,每笔略低于五十万元的班子集体审批线",
    "nine orders, each just below the 500,000 that needs the collective",
)
def _nine_small_changes(s: Scene) -> Told:
    unit = s.department()
    project, _, contract, _ = s.won(unit, "武昌大道支路改造", 12_800_000, date(2024, 1, 22))
    amounts = [s.story.money(471_000, 499_000) for _ in range(9)]
    changes = _changes(s, contract, amounts, "部门", date(2024, 6, 3), 14)
    s.pay(contract, 9_000_000, date(2024, 9, 24))
    return told(unit, project=project, contract=contract, contract_change=changes)


@CHANGE.tells(
    "evasive",
    "不做变更,完工前另签“配套”合同,余下在结算里认",
    "no change order: a further contract beside it, and the rest at settlement",
)
def _beside_and_settled(s: Scene) -> Told:
    unit = s.department()
    project, _, contract, firm = s.won(unit, "江碧路口渠化工程", 6_400_000, date(2024, 1, 8), 5)
    contract.update(settle_amount=7_020_000, settle_date=date(2024, 12, 16))
    project.update(settle_submit_amount=7_650_000, settle_submit_date=date(2024, 11, 25), settle_amount=7_020_000)
    project.update(settle_review_date=date(2024, 12, 16))
    beside = s.contract(unit, firm, "江碧路口交通设施配套", 1_880_000, date(2024, 8, 27), project=project, ctype="货物")
    s.pay(beside, 1_800_000, date(2024, 11, 26))
    return told(unit, project=project, contract=[contract, beside])


@CHANGE.tells(
    "innocent",
    "地质情况与勘察不符,报原审批部门调整概算后变更",
    "ground unlike the survey; the approving body adjusted the budget first",
)
def _approved_change(s: Scene) -> Told:
    unit = s.department()
    project, _, contract, _ = s.won(unit, "葛店再生水厂管网", 9_600_000, date(2024, 1, 10))
    project.update(adjusted_budget=project["approved_budget"] + 1_500_000, adjusted_date=date(2024, 5, 28))
    changes = _changes(s, contract, [760_000], "原审批部门", date(2024, 5, 30), 1)
    return told(unit, project=project, contract=contract, contract_change=changes)


ADVANCE = Scheme(
    "paid-ahead",
    "工程",
    "未干活先付钱,超进度付款",
    "Money is paid before or ahead of the work",
    "建设工程价款结算暂行办法第12条、第13条;财政违法行为处罚处分条例第9条",
    "settlement rules of 2004, articles 12 and 13; Regulation on breaches of fiscal law, article 9",
)


@ADVANCE.tells("plain", "开工前付到合同价的六成", "six tenths paid before the start")
def _before_the_start(s: Scene) -> Told:
    unit = s.department()
    project, _, contract, _ = s.won(unit, "雷山公园提质工程", 5_700_000, date(2024, 2, 19))
    payments = [
        s.pay(contract, 3_420_000, contract["sign_date"] + timedelta(days=6), summary="预付款", cumulative_progress=0)
    ]
    return told(unit, project=project, contract=contract, payment=payments)


@ADVANCE.tells(
    "disguised",
    "补填进度证明,按虚高的完成量付款",
    "certificates written afterwards, paid on work that was not yet there",
)
def _inflated_progress(s: Scene) -> Told:
    unit = s.department()
    project, _, contract, _ = s.won(unit, "走马湖清淤工程", 8_800_000, date(2024, 2, 26))
    project.update(finish_date=None, accept_date=None, status="在建")
    done = (
        ("一季度进度款", 1_900_000, 2_600_000),
        ("二季度进度款", 2_400_000, 5_000_000),
        ("进度款", 3_900_000, 8_700_000),
    )
    payments = [
        s.pay(contract, amount, date(2024, 6, 12) + timedelta(days=50 * n), summary=text, cumulative_progress=progress)
        for n, (text, amount, progress) in enumerate(done)
    ]
    return told(unit, project=project, contract=contract, payment=payments)


@ADVANCE.tells(
    "evasive",
    "以农民工工资和债权转让名义分三笔付给第三方",
    "in three parts to a third firm, as wages and assigned claims",
)
def _through_a_third_firm(s: Scene) -> Told:
    unit = s.department()
    third = s.firm("劳务", industry="E5090")
    project, _, contract, firm = s.won(unit, "庙岭污水提升泵站", 7_400_000, date(2024, 2, 5))
    start = project["start_date"]
    payments = [
        s.pay(contract, 740_000, start + timedelta(days=3), summary="预付款", cumulative_progress=0),
        s.pay(
            contract,
            1_460_000,
            start + timedelta(days=12),
            third,
            summary="农民工工资",
            purpose="农民工工资",
            to_wage_account=False,
        ),
        s.pay(contract, 1_470_000, start + timedelta(days=24), third, summary="债权转让", assignment=True),
    ]
    return told(unit, project=project, contract=contract, payment=payments, company=[firm, third])


@ADVANCE.tells(
    "innocent",
    "合同约定三成预付款,另一笔按法院协助执行付给第三方",
    "three tenths agreed in the contract; another sum paid to a third party by court order",
)
def _court_order(s: Scene) -> Told:
    unit, creditor = s.department(), s.firm("建材")
    _, _, contract, _ = s.won(unit, "燕矶码头道路工程", 6_100_000, date(2024, 2, 1))
    contract["prepay_ratio"] = 0.3
    done = contract["sign_date"]
    payments = [
        s.pay(contract, 1_830_000, done + timedelta(days=5), summary="预付款", cumulative_progress=0),
        s.pay(
            contract,
            900_000,
            done + timedelta(days=110),
            creditor,
            court_order=True,
            cumulative_progress=3_400_000,
            payee_account=bank_of(creditor),
        ),
    ]
    return told(unit, contract=contract, payment=payments)
