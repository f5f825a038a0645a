"""Conflicts of interest: relatives' firms and the office's business."""

from __future__ import annotations

from datetime import date, timedelta

from lianfang.demo.cast import hold
from lianfang.demo.schemes.scene import Scene
from lianfang.demo.schemes.scheme import Scheme, Told, told

KIN_FIRM = Scheme(
    "relatives-firm",
    "利益冲突",
    "领导干部亲属的企业承接其单位业务",
    "A firm of an official's relatives does business with the official's unit",
    "中国共产党纪律处分条例(廉洁纪律);规范领导干部配偶、子女及其配偶经商办企业的规定",
    "Disciplinary Regulation of the Party (integrity); the rules on relatives of leading officials in business",
)


@KIN_FIRM.tells("plain", "配偶控股的公司拿到本单位直接发包的合同", "a spouse's firm is given contracts directly")
def _spouse(s: Scene) -> Told:
    unit = s.department()
    official = s.head(unit)
    firm = s.firm("园林", owner=s.kin(official, "配偶"), industry="E4890")
    contracts = [
        s.contract(unit, firm, title, amount, date(2024, month, 12), ctype="服务")
        for title, amount, month in (("机关绿化养护", 286_000, 3), ("绿化补植", 194_000, 8))
    ]
    for contract in contracts:
        s.pay(contract, contract["amount"], contract["sign_date"] + timedelta(days=40))
    return told(unit, contract=contracts, company=firm, person=official)


@KIN_FIRM.tells(
    "disguised",
    "子女通过一家投资公司持股,公开招标中标",
    "a child holds through an investment firm that owns the winner",
)
def _through_a_holding(s: Scene) -> Told:
    unit = s.department()
    official = s.officers(unit)[1]
    holding = s.firm("投资", owner=s.kin(official, "子女"), industry="L7212")
    project, tender, contract, firm = s.won(unit, "机关办公楼维修", 4_400_000, date(2024, 2, 22))
    hold(s.story, firm, holding["company_id"], 0.6, date(2021, 6, 1))
    return told(unit, project=project, tender=tender, contract=contract, company=[firm, holding], person=official)


@KIN_FIRM.tells(
    "evasive",
    "亲家未申报,股份由司机代持,业务从另一家单位的分包里拿",
    "an in-law never declared, shares held by a driver, the work taken as a subcontract of another unit's",
)
def _by_a_nominee(s: Scene) -> Told:
    unit, other = s.district(), s.department()
    official = s.head(unit)
    inlaw = s.kin(official, "近姻亲", declared=False)
    project, _, contract, main = s.won(other, "滨江防汛通道", 9_100_000, date(2024, 1, 29))
    firm = s.firm("建材", owner=s.person_key(), industry="F5165")
    s.story.add(
        "company_staff",
        company_id=firm["company_id"],
        person_key=inlaw,
        role="联络员",
        since_date=date(2023, 11, 2),
        until_date=None,
    )
    part = s.contract(
        other,
        firm,
        "防汛通道砂石供应",
        2_600_000,
        contract["sign_date"] + timedelta(days=20),
        project=project,
        ctype="分包",
        parent_id=contract["contract_id"],
    )
    return told(unit, contract=part, company=[firm, main], person=official)


@KIN_FIRM.tells(
    "innocent",
    "配偶两年前已退出股份,公开招标中标且本人回避",
    "the spouse left the firm two years before; open tender, the official stood aside",
)
def _sold_before(s: Scene) -> Told:
    unit = s.department()
    official = s.officers(unit)[1]
    spouse = s.kin(official, "配偶")
    project, tender, contract, firm = s.won(unit, "政务服务大厅修缮", 4_700_000, date(2024, 3, 14))
    hold(s.story, firm, spouse, 0.1, date(2018, 4, 2), until=date(2022, 1, 10))
    return told(unit, tender=tender, contract=contract, company=firm, project=project)
