"""Personnel: pay without work, promotion before its time."""

from __future__ import annotations

from datetime import date, timedelta

from lianfang.demo.schemes.scene import Scene
from lianfang.demo.schemes.scheme import Scheme, Told, told
from lianfang.demo.story import Row, add_working_days, next_working_day

EMPTY = Scheme(
    "empty-payroll",
    "人事薪酬",
    "吃空饷:不在岗而领工资",
    "Pay for people who do not work there",
    "公务员法第59条;事业单位人事管理条例第15条;防治“吃空饷”长效机制指导意见(国办发〔2014〕65号)",
    "Civil Servants Law, article 59; Regulation on public institutions' staff, article 15; opinion 65 of 2014",
)


def _extra(s: Scene, unit: str, **over: object) -> Row:
    """One more person on the list of a unit."""
    born, key = s.story.identity(1968, 1992)
    model = s.officers(unit)[-1]
    row = model | {
        "person_id": s.story.next_id("RX"),
        "person_key": key,
        "name": f"{model['name'][0]}{s.rng.choice('甲乙丙丁戊')}{s.rng.choice('子丑寅卯')}",
        "birth_date": born,
        "is_leader": False,
        "is_top_leader": False,
        "managed_by": "县",
    }
    person = s.story.add("person", **(row | over))
    s.story.add(
        "post_history",
        person_id=person["person_id"],
        unit_id=unit,
        post_id=person["post_id"],
        is_leader=False,
        since_date=person["post_since"],
        until_date=person.get("retire_date"),
    )
    return person


def _paid(s: Scene, person: Row, months: range, item: str = "基本工资", amount: int = 5_280) -> list[Row]:
    return [
        s.story.add(
            "payroll",
            person_id=person["person_id"],
            unit_id=person["unit_id"],
            month=date(2024, month, 1),
            item=item,
            amount=amount,
            approved=True,
        )
        for month in months
    ]


@EMPTY.tells("plain", "服刑和已辞职人员照发工资", "pay for one in prison and one who resigned")
def _in_prison(s: Scene) -> Told:
    unit = s.department()
    jailed, gone = _extra(s, unit), _extra(s, unit, status="离职", leave_kind="辞职", retire_date=date(2024, 2, 29))
    s.story.add(
        "custody_record", person_key=jailed["person_key"], kind="服刑", start_date=date(2024, 2, 20), end_date=None
    )
    rows = _paid(s, jailed, range(1, 11)) + _paid(s, gone, range(1, 11))
    return told(unit, person=[jailed, gone], payroll=[row for row in rows if row["month"] >= date(2024, 4, 1)])


@EMPTY.tells(
    "disguised",
    "长期在企业上班并参保,单位考勤全月旷工仍发工资",
    "works and is insured at a firm, absent all month, paid all the same",
)
def _works_elsewhere(s: Scene) -> Told:
    unit, firm = s.department(), s.firm("信息技术", industry="I6500")
    person = _extra(s, unit)
    rows = _paid(s, person, range(1, 13))
    for month in range(1, 13):
        s.story.add(
            "social_ins",
            person_key=person["person_key"],
            employer_id=firm["company_id"],
            month=date(2024, month, 1),
            kind="职工医疗",
            base=6_400,
            insured_as="单位参保",
        )
    day = date(2024, 9, 2)
    for number in range(26):
        if next_working_day(day + timedelta(days=number)) == day + timedelta(days=number):
            s.story.add("attendance", person_id=person["person_id"], day=day + timedelta(days=number), status="旷工")
    return told(unit, person=person, payroll=rows, company=firm)


@EMPTY.tells(
    "evasive",
    "挂在下属事业单位编外名下,考勤由人代打,工资走课后服务费和其他项目",
    "listed as contract staff of a school, somebody else clocks in, paid as service fees and other items",
)
def _listed_elsewhere(s: Scene) -> Told:
    unit = "EZ41"
    person = _extra(s, unit, staff_type="编外", fiscal_paid=False)
    rows = _paid(s, person, range(2, 13), "课后服务费", 2_950) + _paid(s, person, range(2, 13), "其他", 1_480)
    for number in range(60):
        day = date(2024, 9, 2) + timedelta(days=number)
        if next_working_day(day) == day:
            s.story.add("attendance", person_id=person["person_id"], day=day, status="正常")
    s.story.add(
        "exit_record", person_key=person["person_key"], exit_date=date(2024, 9, 8), entry_date=date(2024, 10, 26)
    )
    return told(unit, person=person, payroll=rows)


@EMPTY.tells(
    "innocent",
    "借调人员由原单位发工资;退休当月仍发工资",
    "a seconded person paid by the old unit; pay in the month of retiring",
)
def _seconded(s: Scene) -> Told:
    unit = s.department()
    away = _extra(s, unit)
    retired = _extra(s, unit, status="退休", leave_kind="退休", retire_date=date(2024, 6, 21))
    for number in range(25):
        day = date(2024, 9, 2) + timedelta(days=number)
        if next_working_day(day) == day:
            s.story.add("attendance", person_id=away["person_id"], day=day, status="出差")
    rows = _paid(s, away, range(1, 13)) + _paid(s, retired, range(1, 7))
    return told(unit, person=[away, retired], payroll=rows)


EARLY = Scheme(
    "early-promotion",
    "干部任用",
    "任职年限不够、程序缺失而提拔",
    "Promotion before the years are full or without its steps",
    "党政领导干部选拔任用工作条例第8条、第9条;选人用人专项检查通报",
    "Regulation on selecting leading officials, articles 8 and 9; published inspections of appointments",
)


def _appointment(s: Scene, unit: str, appoint: date, since: date, **over: object) -> Row:
    person, shown = s.officers(unit)[1], next_working_day(appoint - timedelta(days=24))
    row = {
        "appt_id": s.story.next_id("RMX"),
        "unit_id": unit,
        "person_id": person["person_id"],
        "from_rank": 5,
        "to_rank": 6,
        "motion_date": appoint - timedelta(days=60),
        "recommend_date": appoint - timedelta(days=50),
        "inspect_date": appoint - timedelta(days=38),
        "archive_ok": True,
        "report_ok": True,
        "discipline_ok": True,
        "petition_ok": True,
        "discuss_date": appoint - timedelta(days=28),
        "should_attend": 9,
        "attended": 8,
        "publicity_start": shown,
        "publicity_exempt": False,
        "publicity_end": add_working_days(shown, 6),
        "appoint_date": appoint,
        "from_rank_since": since,
        "need_months": 36,
        "is_exception": False,
        "proposer_id": s.officers(unit)[0]["person_id"],
    }
    return s.story.add("appointment", **(row | over))


@EARLY.tells(
    "plain", "任下一级一年多就提拔,讨论时到会不足三分之二", "after one year instead of three, too few at the table"
)
def _after_one_year(s: Scene) -> Told:
    unit = s.department()
    row = _appointment(s, unit, date(2024, 7, 15), date(2023, 4, 3), attended=5)
    return told(unit, appointment=row)


@EARLY.tells(
    "disguised",
    "以破格名义,连续两次破格,公示三天",
    "called an exception, twice running, three days of publicity",
)
def _exception_twice(s: Scene) -> Told:
    unit = s.department()
    row = _appointment(
        s, unit, date(2024, 8, 19), date(2023, 2, 6), is_exception=True, exception_no="破格2024-3", prev_exception=True
    )
    row.update(publicity_start=date(2024, 8, 12), publicity_end=date(2024, 8, 14))
    return told(unit, appointment=row)


@EARLY.tells(
    "evasive",
    "把下一级任职时间往前写,程序日期排得齐整,实际一周走完;处分影响期刚满次日动议",
    "the date of the lower rank is written back; orderly dates on paper; moved on the day after a sanction ends",
)
def _written_back(s: Scene) -> Told:
    unit = s.department()
    person = s.officers(unit)[1]
    person.update(rank_since=date(2023, 3, 20))
    s.story.add(
        "sanction",
        sanction_id=s.story.next_id("CFX"),
        person_id=person["person_id"],
        kind="警告",
        decide_date=date(2024, 3, 6),
        effect_end=date(2024, 9, 5),
    )
    row = _appointment(s, unit, date(2024, 11, 11), date(2021, 9, 1), motion_date=date(2024, 9, 6))
    return told(unit, appointment=row, person=person)


@EARLY.tells("innocent", "特别需要,报上级批准后破格一次", "one exception, needed and approved from above")
def _approved_exception(s: Scene) -> Told:
    unit = s.department()
    row = _appointment(
        s, unit, date(2024, 10, 14), date(2022, 3, 1), is_exception=True, exception_no="鄂州组函〔2024〕8号"
    )
    row.update(prev_exception=False, exception_status="有")
    return told(unit, appointment=row)
