"""Who lives and works in the demonstration city: units, posts, officials, relatives, residents, firms."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from lianfang.demo import divisions
from lianfang.demo.story import Row, Story, identity_number

BUREAUS = {
    "U01": "住房和城乡建设局",
    "U02": "交通运输局",
    "U03": "水利局",
    "U04": "教育局",
    "U05": "民政局",
    "U06": "农业农村局",
    "U07": "行政审批局",
    "U08": "市场监督管理局",
    "U09": "城市管理局",
    "U10": "卫生健康局",
    "U11": "文化和旅游局",
    "U12": "机关事务服务中心",
}
TOWNS = {"U21": "太和镇", "U22": "华容镇", "U23": "泽林镇", "U24": "汀祖镇"}  # the rest of the tree is in units.py
VILLAGES_PER_TOWN = 4
LEADERS_PER_UNIT, STAFF_PER_UNIT = 3, 16

# Names made of the stems and branches of the old calendar: nobody's.
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
STEMS, BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
FIRST_WORD = "青云山海江湖松柏金玉晨星恒远宏泰瑞安启明和顺永盛"
SECOND_WORD = "禾田木林川原石峰诚信达通源兴业丰泽润基筑工匠"
TRADES = {
    "建设工程": "E4700",
    "市政工程": "E4800",
    "水利工程": "E4822",
    "工程咨询": "M7481",
    "信息技术": "I6500",
    "办公设备": "F5179",
    "物业服务": "K7020",
    "餐饮": "H6210",
    "农资": "F5166",
}
FIRMS_PER_TRADE = 40


@dataclass
class Cast:
    """The people and bodies that the chapters of the story use by name."""

    units: list[str] = field(default_factory=list)
    towns: list[str] = field(default_factory=list)
    officials: dict[str, list[Row]] = field(default_factory=dict)
    residents: list[Row] = field(default_factory=list)
    firms: dict[str, list[Row]] = field(default_factory=dict)

    def leader(self, unit: str) -> Row:
        return self.officials[unit][0]

    def clerk(self, unit: str, number: int = 0) -> Row:
        return self.officials[unit][LEADERS_PER_UNIT + number]

    def firm(self, trade: str, number: int) -> Row:
        return self.firms[trade][number]


def people_the_city(story: Story) -> Cast:
    cast = Cast(units=list(BUREAUS), towns=list(TOWNS))
    for unit, name in (BUREAUS | TOWNS).items():
        _unit(story, cast, unit, name)
    for number in range(720):
        cast.residents.append(_resident(story, number))
    for trade, industry in TRADES.items():
        cast.firms[trade] = [_firm(story, trade, industry) for _ in range(FIRMS_PER_TRADE)]
    return cast


def village(town: str, number: int) -> str:
    """The twelve-digit code of a village of the town."""
    return divisions.villages_of(divisions.township(TOWNS[town]).code)[number].code


def person_name(story: Story) -> str:
    return story.rng.choice(SURNAMES) + story.rng.choice(STEMS) + story.rng.choice(BRANCHES)


def _unit(story: Story, cast: Cast, unit: str, name: str) -> None:
    is_town = unit in TOWNS
    story.add(
        "unit",
        unit_id=unit,
        uscc=story.credit_code(),
        name=f"鄂州市{divisions.district_of(name).name}{name}人民政府" if is_town else f"鄂州市{name}",
        unit_type="乡镇" if is_town else "政府",
        admin_level="乡镇" if is_town else "市直",
        region_code=f"{divisions.township(name).code}000" if is_town else divisions.CITY_CODE,
        is_budget_unit=True,
        quota_leaders=5,
        quota_staff=30,
        status="正常",
    )
    posts = [
        _post(story, unit, name, kind) for kind in ("主要领导", "班子成员", "中层", "窗口" if unit == "U07" else "一般")
    ]
    cast.officials[unit] = []
    for number in range(LEADERS_PER_UNIT + STAFF_PER_UNIT):
        post = posts[0 if number == 0 else 1 if number < LEADERS_PER_UNIT else 2 + number % 2]
        cast.officials[unit].append(_official(story, unit, post, number))


def _post(story: Story, unit: str, name: str, kind: str) -> str:
    dept = {"主要领导": "办公室", "班子成员": "办公室", "中层": "综合科", "一般": "业务科", "窗口": "政务服务大厅"}[
        kind
    ]
    post_id = f"{unit}-{('主要领导', '班子成员', '中层', '一般', '窗口').index(kind) + 1}"
    story.add(
        "post",
        post_id=post_id,
        unit_id=unit,
        dept_name=dept,
        name=f"{name}{kind}岗",
        post_class=kind,
        is_key_post=kind != "一般",
    )
    return post_id


def _official(story: Story, unit: str, post: str, number: int) -> Row:
    born = story.birth(1966, 1997)
    is_leader = number < LEADERS_PER_UNIT
    return story.add(
        "person",
        person_id=story.next_id("P"),
        person_key=identity_number(born),
        name=person_name(story),
        gender=story.rng.choice("12"),
        birth_date=born,
        unit_id=unit,
        post_id=post,
        rank_order=8 - number // 4 if is_leader else 4 - number % 3,
        is_party_member=is_leader or story.rng.random() < 0.7,
        is_leader=is_leader,
        is_top_leader=number == 0,
        staff_type="公务员" if number % 4 else "事业",
        fiscal_paid=True,
        managed_by="市" if is_leader else "县",
        post_since=story.day(date(2018, 1, 1), date(2021, 12, 1)),
        status="在职",
    )


def _resident(story: Story, number: int) -> Row:
    """A resident; three in a row share a household. Residents are no canonical table: they appear in payments."""
    born = story.birth(1935, 2000)
    household = number // 3
    town = list(TOWNS)[household % len(TOWNS)]
    return {
        "person_key": identity_number(born),
        "name": person_name(story),
        "household_id": f"H{household:04d}",
        "town": town,
        "region_code": village(town, household % VILLAGES_PER_TOWN),
        "account_no": f"6200{household % 3:02d}{number:010d}",
    }


def _firm(story: Story, trade: str, industry: str) -> Row:
    born = story.birth(1960, 1995)
    founded = story.day(date(2008, 1, 1), date(2019, 12, 31))
    firm = story.add(
        "company",
        company_id=story.credit_code(),
        name=f"鄂州示例{story.rng.choice(FIRST_WORD)}{story.rng.choice(SECOND_WORD)}{story.next_id('')[-3:]}{trade}有限公司",
        legal_rep_key=identity_number(born),
        reg_address=f"鄂州市{story.rng.choice(list(TOWNS.values()))}示例路{story.rng.randint(1, 990)}号",
        reg_date=founded,
        reg_capital=story.money(500_000, 50_000_000, 100_000),
        industry_code=industry,
        is_sme=story.rng.random() < 0.8,
        insured_count=story.rng.randint(6, 180),
        status="存续",
        status_date=founded,
    )
    hold(story, firm, firm["legal_rep_key"], 0.7, founded)
    hold(story, firm, identity_number(story.birth(1960, 1995)), 0.3, founded)
    return firm


def hold(story: Story, firm: Row, holder: str, ratio: float, since: date, until: date | None = None) -> None:
    """A share in a firm, held by a person or, when the holder is a credit code, by a firm."""
    kind = "company" if holder.startswith("91") else "person"
    if ratio > 0.5:  # the others make room: the shares of a firm add up to one
        for other in (row for row in story.tables.get("company_holder", ()) if row["company_id"] == firm["company_id"]):
            other.update(ratio=round(other["ratio"] * (1 - ratio), 4), is_controller=False)
    story.add(
        "company_holder",
        company_id=firm["company_id"],
        holder_key=holder,
        holder_kind=kind,
        ratio=ratio,
        since_date=since,
        until_date=until,
        is_controller=ratio > 0.5,
    )
