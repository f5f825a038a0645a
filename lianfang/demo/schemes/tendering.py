"""Tendering: borrowed qualifications, bidders who act as one, a supplier fixed beforehand."""

from __future__ import annotations

from datetime import date, timedelta

from lianfang.demo.schemes.scene import Scene, bank_of
from lianfang.demo.schemes.scheme import Scheme, Told, told
from lianfang.demo.story import Row

BORROWED = Scheme(
    "borrowed-qualification",
    "招标投标",
    "借用他人资质投标,中标后由出借方以外的人施工",
    "A bid under a borrowed qualification; somebody else does the work",
    "招标投标法第33条、第54条;建筑工程施工发包与承包违法行为认定查处管理办法第9、10条",
    "Tendering and Bidding Law, articles 33 and 54; rules on unlawful contracting of 2019, articles 9 and 10",
)


def _manager(s: Scene, contract: Row, employer: Row) -> str:
    """A project manager who is insured by ``employer`` all year."""
    key = s.person_key(1970, 1990)
    for role in ("项目经理", "技术负责人"):
        s.story.add(
            "contract_person",
            contract_id=contract["contract_id"],
            person_key=key if role == "项目经理" else s.person_key(1972, 1994),
            role=role,
            since_date=contract["sign_date"],
        )
    for month in range(1, 13):
        s.story.add(
            "social_ins",
            person_key=key,
            employer_id=employer["company_id"],
            month=date(2024, month, 1),
            kind="职工养老",
            base=8_200,
            insured_as="单位参保",
        )
    return key


@BORROWED.tells(
    "plain",
    "保证金由第三家公司交,项目经理社保也在那家",
    "the deposit is paid, and the manager insured, by a third firm",
)
def _deposit_by_another(s: Scene) -> Told:
    unit, real = s.department(), s.firm()
    project, tender, contract, firm = s.won(unit, "沙窝乡农路拓宽", 5_900_000, date(2024, 2, 20))
    s.bids_of(tender)[0].update(deposit_payer=real["name"], deposit_account=f"dep-{real['company_id'][-10:]}")
    _manager(s, contract, real)
    s.pay(contract, 2_400_000, date(2024, 8, 15), real)
    return told(unit, project=project, tender=tender, contract=contract, company=[firm, real])


@BORROWED.tells(
    "disguised",
    "款项以“债权转让”转到实际施工人的公司",
    "the money passes to the real builder as an assigned claim",
)
def _assigned_to_the_builder(s: Scene) -> Told:
    unit, real = s.department(), s.firm()
    project, tender, contract, firm = s.won(unit, "临江防洪闸维修", 4_900_000, date(2024, 3, 4))
    _manager(s, contract, real)
    payments = [
        s.pay(contract, 1_100_000, date(2024, 8, 5) + timedelta(days=40 * n), real, assignment=True) for n in range(3)
    ]
    return told(unit, project=project, tender=tender, contract=contract, payment=payments, company=[firm, real])


@BORROWED.tells(
    "evasive",
    "钱付给中标人,再以九成七的分包合同转出",
    "the winner is paid and passes 97 % on by a subcontract",
)
def _almost_all_subcontracted(s: Scene) -> Told:
    unit, real = s.department(), s.firm("劳务", industry="E5090")
    project, _, contract, firm = s.won(unit, "涂家垴灌区渠道整修", 6_800_000, date(2024, 2, 27))
    _manager(s, contract, firm)
    part = s.contract(
        unit,
        real,
        "涂家垴灌区渠道劳务与材料",
        contract["amount"] * 0.97,
        contract["sign_date"] + timedelta(days=9),
        project=project,
        ctype="分包",
        parent_id=contract["contract_id"],
    )
    s.pay(contract, 3_000_000, date(2024, 9, 3))
    return told(unit, project=project, contract=[contract, part], company=[firm, real])


@BORROWED.tells(
    "innocent",
    "依法分包一成八的劳务,项目经理与中标人社保一致",
    "lawful labour subcontract of 18 %, manager insured by the winner",
)
def _labour_subcontract(s: Scene) -> Told:
    unit, labour = s.department(), s.firm("劳务", industry="E5090")
    project, _, contract, firm = s.won(unit, "蒲团中心校操场工程", 5_100_000, date(2024, 3, 11))
    _manager(s, contract, firm)
    part = s.contract(
        unit,
        labour,
        "操场工程劳务分包",
        contract["amount"] * 0.18,
        contract["sign_date"] + timedelta(days=15),
        project=project,
        ctype="分包",
        parent_id=contract["contract_id"],
    )
    return told(unit, project=project, contract=[contract, part])


RING = Scheme(
    "ring-bidding",
    "招标投标",
    "几家投标人由一人安排报价",
    "Several bidders whose bids one hand arranged",
    "招标投标法第32条、第53条;招标投标法实施条例第39、40条;刑法第223条",
    "Tendering and Bidding Law, articles 32 and 53; its Regulation, articles 39 and 40; Criminal Law, article 223",
)


@RING.tells(
    "plain",
    "三家的标书出自同一台电脑,保证金出自同一账户",
    "three bids of one computer, deposits of one account",
)
def _one_computer(s: Scene) -> Told:
    unit = s.department()
    project, tender, contract, _ = s.won(unit, "凤凰街道管网修复", 6_300_000, date(2024, 1, 17))
    bids = s.bids_of(tender)[:3]
    for bid in bids:
        bid.update(
            {name: bids[0][name] for name in ("ip", "mac", "machine_code", "doc_author", "deposit_account")},
            deposit_payer=bids[0]["deposit_payer"],
        )
    return told(unit, tender=tender, bid=bids, contract=contract, project=project)


@RING.tells(
    "disguised",
    "各用各的网络,但联系电话相同、报价差成等差",
    "different networks, one telephone, prices in equal steps",
)
def _equal_steps(s: Scene) -> Told:
    unit = s.department()
    project, tender, contract, _ = s.won(unit, "段店镇雨污分流", 7_700_000, date(2024, 2, 6), 5)
    bids = s.bids_of(tender)
    for number, bid in enumerate(bids[:4]):
        bid.update(price=7_700_000 + 46_200 * number, phone_hash=bids[0]["phone_hash"])
    for one, other in ((0, 1), (1, 2), (0, 3)):
        s.story.add(
            "bid_similarity",
            tender_id=tender["tender_id"],
            bidder_a=bids[one]["bidder_id"],
            bidder_b=bids[other]["bidder_id"],
            text_sim=0.91,
            same_errors=4,
            price_same_rate=0.72,
        )
    return told(unit, tender=tender, bid=bids[:4], contract=contract, project=project)


@RING.tells(
    "evasive",
    "四家轮流中标,通过一家持股公司相连,价格都贴着限价",
    "four firms win in turn, joined through a holding firm, prices close to the ceiling",
)
def _in_turn(s: Scene) -> Told:
    unit = s.department()
    holding = s.firm("投资", industry="L7212")
    firms = [s.firm() for _ in range(4)]
    for firm in firms[:3]:
        _share(s, firm, holding, 0.18)
    tenders, contracts = [], []
    for turn, (title, amount, month) in enumerate(
        (("花湖东路", 5_100_000, 1), ("花湖西路", 5_400_000, 4), ("花湖南路", 4_900_000, 7))
    ):
        order = firms[turn:] + firms[:turn]
        budget = amount / 0.958
        project = s.project(unit, f"{title}改造", budget * 1.1, date(2024, month, 8) + timedelta(days=70), 90)
        prices = [(firm, amount * (1 + 0.0061 * n + 0.0013 * (n % 2))) for n, firm in enumerate(order)]
        tender = s.tender(project, unit, f"{title}改造施工", date(2024, month, 8), budget, prices)
        signed = tender["award_notice_date"] + timedelta(days=9)
        tenders.append(tender)
        contracts.append(s.contract(unit, order[0], f"{title}施工", amount, signed, project=project, tender=tender))
    return told(unit, tender=tenders, contract=contracts, company=firms)


def _share(s: Scene, firm: Row, holder: Row, ratio: float) -> None:
    s.story.add(
        "company_holder",
        company_id=firm["company_id"],
        holder_key=holder["company_id"],
        holder_kind="company",
        ratio=ratio,
        since_date=firm["reg_date"],
        until_date=None,
        is_controller=False,
    )


@RING.tells(
    "innocent",
    "两家在交易中心终端上传标书,地址相同",
    "two bids sent from the trading centre's own terminal",
)
def _centre_terminal(s: Scene) -> Told:
    unit = s.department()
    _, tender, _, _ = s.won(unit, "西山街道口袋公园", 4_600_000, date(2024, 3, 18))
    bids = s.bids_of(tender)[:2]
    for bid in bids:
        bid.update(ip="ip-centre01", mac="mac-centre01", machine_code="mc-centre01", at_centre_terminal=True)
    return told(unit, tender=tender, bid=bids)


FIXED = Scheme(
    "supplier-fixed",
    "招标投标",
    "以限制条件、采购方式或评分把供应商事先定下",
    "A supplier is fixed beforehand by conditions, method or scoring",
    "政府采购法第31条、第71条;政府采购法实施条例第20条;招标投标法第18条",
    "Government Procurement Law, articles 31 and 71; its Regulation, article 20; Tendering and Bidding Law, article 18",
)


def _purchase(s: Scene, title: str, amount: float, day: date, number: int, **over: object) -> tuple[str, Row, Row, Row]:
    unit = s.department()
    bids = s.bidders(amount, number, "信息技术")
    tender = s.tender(None, unit, title, day, round(amount * 1.04, 2), bids, **over)
    contract = s.contract(
        unit, bids[0][0], title, amount, tender["award_notice_date"] + timedelta(days=10), tender=tender
    )
    return unit, tender, contract, bids[0][0]


@FIXED.tells("plain", "应公开招标的,未经批准单一来源采购", "single source without approval where tendering was due")
def _single_source(s: Scene) -> Told:
    unit, tender, contract, firm = _purchase(
        s, "智慧城管平台二期", 5_600_000, date(2024, 5, 9), 1, method="单一来源", approve_no=None, approve_status="无"
    )
    return told(unit, tender=tender, contract=contract, company=firm)


@FIXED.tells(
    "disguised",
    "限定品牌,发售期压在假期,其余投标全被否决",
    "a brand asked for, papers sold over a holiday, all others rejected",
)
def _brand_and_holiday(s: Scene) -> Told:
    unit, tender, contract, firm = _purchase(
        s,
        "实验室检测设备",
        2_300_000,
        date(2024, 9, 29),
        4,
        limit_brand=True,
        doc_start=date(2024, 9, 29),
        doc_end=date(2024, 10, 5),
    )
    for bid in s.bids_of(tender)[1:]:
        bid.update(valid=False, status="disqualified", reject_reason="授权书格式不符", rank_no=None, total_score=None)
    return told(unit, tender=tender, contract=contract, company=firm)


@FIXED.tells(
    "evasive",
    "三次询价都请同三家,其中两家陪衬,金额在公开招标限额以下",
    "three quotations from the same three firms, two for show, below the tendering limit",
)
def _same_three_invited(s: Scene) -> Told:
    unit, winner, extras = s.department(), s.firm("办公设备"), [s.firm("办公设备") for _ in range(2)]
    tenders, contracts = [], []
    for month, title, amount in ((3, "会议室音视频", 962_000), (6, "档案密集架", 987_000), (10, "终端更新", 975_000)):
        prices = [(winner, amount), (extras[0], amount * 1.021), (extras[1], amount * 1.034)]
        day = date(2024, month, 11)
        tender = s.tender(None, unit, title, day, amount * 1.01, prices, method="询价", mandatory=False)
        tenders.append(tender)
        signed = tender["award_notice_date"] + timedelta(days=7)
        contracts.append(s.contract(unit, winner, title, amount, signed, tender=tender, procure_mode="采购"))
    return told(unit, tender=tenders, contract=contracts, company=[winner, *extras])


@FIXED.tells(
    "innocent",
    "只有一家能提供的原系统扩容,公示并经批准后单一来源",
    "an extension only its maker can supply, published and approved",
)
def _approved_single_source(s: Scene) -> Told:
    unit, tender, contract, _ = _purchase(
        s,
        "社保系统原厂扩容",
        1_900_000,
        date(2024, 6, 4),
        1,
        method="单一来源",
        approve_no="鄂州财采〔2024〕17号",
        approve_status="有",
        expert_approve_no="论证2024-06",
    )
    s.pay(contract, 1_800_000, date(2024, 11, 19), payee_account=bank_of({"company_id": contract["supplier_id"]}))
    return told(unit, tender=tender, contract=contract)
