"""The tree of units of the city: organs, departments, districts, townships, villages, schools and hospitals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from lianfang.demo import divisions
from lianfang.demo.cast import TOWNS, person_name
from lianfang.demo.divisions import DISTRICT, Division, long_code
from lianfang.demo.story import Row, Story

GOVERNMENT = "EZ00"
CITY_ORGANS = {
    "EZ01": ("中共鄂州市委员会", "党委"),
    "EZ02": ("鄂州市财政局", "政府"),
    "EZ03": ("鄂州市医疗保障局", "政府"),
    "EZ04": ("鄂州市自然资源和规划局", "政府"),
    "EZ05": ("鄂州市人力资源和社会保障局", "政府"),
    "EZ06": ("鄂州市发展和改革委员会", "政府"),
    "EZ07": ("鄂州市应急管理局", "政府"),
    "EZ08": ("鄂州市生态环境局", "政府"),
    "EZ09": ("鄂州市审计局", "政府"),
    "EZ10": ("鄂州市经济和信息化局", "政府"),
    "EZ11": ("鄂州市商务局", "政府"),
    "EZ12": ("鄂州市公共资源交易中心", "事业"),
    "EZ13": ("鄂州市城市建设投资有限公司", "国企"),
    "EZ14": ("鄂州市公安局", "政府"),
    "EZ15": ("鄂州市司法局", "政府"),
    "EZ16": ("鄂州市退役军人事务局", "政府"),
}
INSTITUTIONS = {  # invented beside the real divisions
    "EZ41": ("鄂州市青禾中学", "学校"),
    "EZ42": ("鄂州市松涛小学", "学校"),
    "EZ51": ("鄂州市松涛医院", "医院"),
    "EZ52": ("鄂州市明湖医院", "医院"),
}
DISTRICT_DEPARTMENTS = (
    "财政局", "住房和城乡建设局", "农业农村局", "民政局", "教育局", "卫生健康局", "交通运输局", "水利和湖泊局",
    "发展和改革局", "人力资源和社会保障局", "市场监督管理局", "自然资源和规划分局", "行政审批局", "城市管理执法局",
    "应急管理局", "审计局", "司法局", "文化和旅游局", "医疗保障局", "退役军人事务局",
)  # fmt: skip
TOWN_STATIONS = ("农业服务中心", "财政所", "社会事务服务中心", "综合执法中心", "党群服务中心")
SCHOOL_WORDS, HOSPITAL_WORDS = "青松竹梅兰荷桂枫柳桐", "康宁安和仁济惠民"
POSTS = (("主要领导", "办公室"), ("班子成员", "办公室"), ("中层", "财务科"), ("一般", "业务科"))
CITY_HEADS = (("市委书记", 14), ("市长", 13), ("常务副市长", 12), ("副市长", 12))
PARTS = {"tiny": (1, 0, 4), "district": (6, 1, 9), "city": (len(DISTRICT_DEPARTMENTS), 5, 20)}


@dataclass(frozen=True)
class Body:
    """One unit: its place in the tree and how many work there."""

    unit_id: str
    name: str
    unit_type: str
    admin_level: str
    region_code: str
    parent: str | None
    staff: int


def bodies(size: str) -> Iterator[Body]:
    """The units beyond those of the cast, parents first."""
    departments, stations, staff = PARTS[size]
    city = divisions.CITY_CODE
    yield Body(GOVERNMENT, "鄂州市人民政府", "政府", "市直", city, None, len(CITY_HEADS) + 2)
    for unit, (name, kind) in (CITY_ORGANS | INSTITUTIONS).items():
        yield Body(unit, name, kind, "市直", city, GOVERNMENT, staff)
    for district in divisions.at_level(DISTRICT):
        government = f"D{district.code}"
        yield Body(government, f"鄂州市{district.name}人民政府", "政府", "区", district.code, GOVERNMENT, staff)
        for number, name in enumerate(DISTRICT_DEPARTMENTS[:departments], 1):
            yield Body(
                f"{government}{number:02d}",
                f"鄂州市{district.name}{name}",
                "政府",
                "区",
                district.code,
                government,
                staff,
            )
        for town in divisions.townships_of(district.code):
            yield from _town(size, district, town, stations, staff)


def _town(size: str, district: Division, town: Division, stations: int, staff: int) -> Iterator[Body]:
    held = {name: unit for unit, name in TOWNS.items()}
    unit, region = held.get(town.name, f"T{town.code}"), long_code(town.code)
    whole = f"鄂州市{district.name}{town.name}"
    if town.name not in held:
        street = town.name.endswith("街道")
        office = "办事处" if street else "管理委员会" if town.code[6] == "4" else "人民政府"
        kind = "街道" if street else "乡镇"
        yield Body(unit, whole + office, kind, "乡镇", region, f"D{district.code}", max(3, staff - 1))
    for number, name in enumerate(TOWN_STATIONS[:stations], 1):
        yield Body(f"T{town.code}{number}", whole + name, "事业", "乡镇", region, unit, staff // 2)
    if size == "city":
        word = SCHOOL_WORDS[int(town.code) % len(SCHOOL_WORDS)]
        care = HOSPITAL_WORDS[int(town.code) % len(HOSPITAL_WORDS)]
        yield Body(f"S{town.code}", f"{whole}{word}溪学校", "学校", "乡镇", region, unit, 2 * staff)
        yield Body(f"H{town.code}", f"{whole}{care}卫生院", "医院", "乡镇", region, unit, staff)
    if size == "city" or (size == "district" and district.name == "鄂城区"):
        for village in divisions.villages_of(town.code):
            yield Body(f"V{village.code}", f"{whole}{village.name}", "村居", "村", village.code, unit, 4)


def people_the_tree(story: Story, size: str) -> None:
    """Rows of divisions, units, posts, persons and their terms: complete enough for an office to start from."""
    _regions(story)
    for row in story.tables["unit"]:  # those of the cast, written before the tree stood
        town = row["unit_type"] == "乡镇"
        row["parent_unit_id"] = f"D{row['region_code'][:6]}" if town else GOVERNMENT
    for body in bodies(size):
        _unit(story, body)
    for person in story.tables["person"]:
        _term(story, person)


def _regions(story: Story) -> None:
    for one in divisions.tree():
        parent = long_code(one.parent) if one.parent else None
        story.add("region", region_code=long_code(one.code), name=one.name, level=one.level, parent_code=parent)


def _unit(story: Story, body: Body) -> None:
    story.add(
        "unit",
        unit_id=body.unit_id,
        uscc=story.credit_code(),
        name=body.name,
        unit_type=body.unit_type,
        admin_level=body.admin_level,
        region_code=body.region_code,
        parent_unit_id=body.parent,
        is_budget_unit=body.unit_type not in ("村居", "国企"),
        quota_leaders=4,
        quota_staff=max(6, body.staff + 3),
        status="正常",
    )
    for number, (kind, dept) in enumerate(POSTS, 1):
        story.add(
            "post",
            post_id=f"{body.unit_id}-{number}",
            unit_id=body.unit_id,
            dept_name=dept,
            name=f"{dept}{kind}岗",
            post_class=kind,
            is_key_post=kind != "一般",
            risk_level=min(number, 3),
            duty_kind="财务" if kind == "中层" else "其他",
        )
    superior = None
    for number in range(body.staff):
        person = _person(story, body, number, superior)
        superior = superior or person["person_id"]


def _person(story: Story, body: Body, number: int, superior: str | None) -> Row:
    born, key = story.identity(1966, 1999)
    is_head = body.unit_id == GOVERNMENT and number < len(CITY_HEADS)
    leaders = 1 if body.staff < 8 else 3
    is_leader = is_head or number < leaders
    since = story.day(date(2018, 1, 1), date(2023, 6, 30))
    place = 0 if number == 0 else 1 if is_leader else 2 if number == leaders else 3
    floor = {"市直": 8, "区": 7, "乡镇": 6, "村": 3}[body.admin_level]
    return story.add(
        "person",
        person_id=story.next_id("R"),
        person_key=key,
        name=person_name(story),
        gender=story.rng.choice("12"),
        birth_date=born,
        unit_id=body.unit_id,
        post_id=f"{body.unit_id}-{place + 1}",
        rank_code=CITY_HEADS[number][0] if is_head else None,
        rank_order=CITY_HEADS[number][1] if is_head else floor if number == 0 else max(1, floor - 1 - number % 4),
        is_party_member=is_leader or story.rng.random() < 0.6,
        is_leader=is_leader,
        is_top_leader=number == 0,
        staff_type=_staff_type(body, number),
        fiscal_paid=body.unit_type not in ("村居", "国企"),
        post_since=since,
        rank_since=since,
        status="在职",
        managed_by=_manager(body, is_head, is_leader),
        direct_superior_id=superior,
    )


def _staff_type(body: Body, number: int) -> str:
    kind = {"村居": "村居", "国企": "国企"}.get(body.unit_type)
    return kind or ("事业" if body.unit_type in ("学校", "医院", "事业") or number % 4 == 3 else "公务员")


def _manager(body: Body, is_head: bool, is_leader: bool) -> str:
    """The committee that manages the person: the heads of the city are managed by the province."""
    if is_head or (body.unit_id == "EZ01" and is_leader):
        return "省"
    if body.admin_level == "市直":
        return "市" if is_leader else "县"
    if body.admin_level == "区":
        return "市" if is_leader and body.parent == GOVERNMENT else "县"
    return "乡" if body.admin_level == "村" or not is_leader else "县"


def _term(story: Story, person: Row) -> None:
    story.add(
        "post_history",
        person_id=person["person_id"],
        unit_id=person["unit_id"],
        post_id=person["post_id"],
        is_leader=person["is_leader"],
        since_date=person["post_since"],
        until_date=None,
    )
