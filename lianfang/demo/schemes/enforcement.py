"""Enforcement: fines lowered, cases kept from the prosecutor."""

from __future__ import annotations

from datetime import date, timedelta

from lianfang.demo.schemes.scene import Scene
from lianfang.demo.schemes.scheme import Scheme, Told, told
from lianfang.demo.story import Row, next_working_day

ENVIRONMENT = "EZ08"
CLAUSE = "CFX1"
GRADES = (("减轻", 5_000, 20_000), ("从轻", 20_000, 50_000), ("一般", 50_000, 120_000), ("从重", 120_000, 200_000))

LOWERED = Scheme(
    "fine-lowered",
    "行政执法",
    "违规减轻、拆分处罚,以罚代刑",
    "Fines lowered against the rules, split, or instead of prosecution",
    "行政处罚法第5条、第27条、第57条、第58条;规范行政处罚裁量权指导意见(国办发〔2022〕27号)",
    "Administrative Penalty Law, articles 5, 27, 57 and 58; opinion 27 of 2022 on discretion",
)


def _grades(s: Scene) -> None:
    if CLAUSE in {row["clause_code"] for row in s.story.tables.get("discretion_rule", ())}:
        return
    for grade, low, high in GRADES:
        s.story.add(
            "discretion_rule",
            clause_code=CLAUSE,
            grade=grade,
            effective_from=date(2022, 1, 1),
            fine_min=low,
            fine_max=high,
            source_doc="鄂州市生态环境裁量基准(2022版)",
        )


def _case(s: Scene, firm: Row, filed: date, fine: float, **over: object) -> Row:
    _grades(s)
    decided = next_working_day(filed + timedelta(days=52))
    row = {
        "case_id": s.story.next_id("CAX"),
        "unit_id": ENVIRONMENT,
        "clause_code": CLAUSE,
        "party_id": firm["company_id"],
        "filing_date": filed,
        "legal_review_date": decided - timedelta(days=9),
        "collective_date": decided - timedelta(days=5),
        "hearing_told_date": decided - timedelta(days=20),
        "decision_date": decided,
        "deliver_date": next_working_day(decided + timedelta(days=3)),
        "fine": fine,
        "confiscated": 0,
        "grade": "一般",
        "mitigated": False,
        "is_major": True,
        "has_social_impact": False,
        "need_hearing": True,
        "simple_proc": False,
        "officer1_id": s.clerk(ENVIRONMENT, 1)["person_id"],
        "officer2_id": s.clerk(ENVIRONMENT, 2)["person_id"],
        "collect_mode": "银行电子",
        "paid_amount": fine,
        "paid_date": next_working_day(decided + timedelta(days=10)),
        "pay_due": next_working_day(decided + timedelta(days=18)),
        "outcome": "处罚",
        "publish_date": next_working_day(decided + timedelta(days=6)),
        "reversed": False,
    }
    return s.story.add("penalty_case", **(row | over))


@LOWERED.tells(
    "plain", "罚款低于裁量基准下限,没有减轻情节", "a fine below the lowest of its grade, nothing to mitigate"
)
def _below_the_grade(s: Scene) -> Told:
    firm = s.firm("化工", industry="C2600")
    return told(ENVIRONMENT, penalty_case=_case(s, firm, date(2024, 3, 6), 12_000), company=firm)


@LOWERED.tells(
    "disguised",
    "按“减轻”处罚,未经法制审核和集体讨论",
    "“mitigated” without legal review or the collective",
)
def _mitigated_alone(s: Scene) -> Told:
    firm = s.firm("建材", industry="C3000")
    case = _case(s, firm, date(2024, 4, 10), 9_000, grade="减轻", mitigated=True)
    case.update(legal_review_date=None, legal_review_status="无", collective_date=None, collective_status="无")
    return told(ENVIRONMENT, penalty_case=case, company=firm)


@LOWERED.tells(
    "evasive",
    "一案拆成三个小案走普通程序从轻,案值定在移送线下一点",
    "one case cut into three small ones, the value set just under the line for prosecution",
)
def _cut_in_three(s: Scene) -> Told:
    owner = s.person_key()
    firms = [s.firm("固废处置", owner=owner, industry="N7724") for _ in range(2)]
    cases = [
        _case(
            s,
            firms[n % 2],
            date(2024, 5, 8) + timedelta(days=16 * n),
            21_000 + 500 * n,
            grade="从轻",
            is_major=False,
            need_hearing=False,
            crim_threshold=300_000,
            case_value=291_000 - 2_000 * n,
        )
        for n in range(3)
    ]
    return told(ENVIRONMENT, penalty_case=cases, company=firms)


@LOWERED.tells(
    "innocent",
    "主动消除危害,经法制审核和集体讨论减轻;企业另一案依法移送",
    "mitigated for repairing the harm, reviewed and discussed; another case passed on as it must be",
)
def _mitigated_by_all(s: Scene) -> Told:
    firm = s.firm("纺织", industry="C1700")
    case = _case(s, firm, date(2024, 6, 5), 8_000, grade="减轻", mitigated=True)
    passed = _case(s, firm, date(2024, 2, 6), 60_000, crim_threshold=300_000, case_value=420_000)
    passed.update(transfer_date=passed["filing_date"] + timedelta(days=20), transfer_status="有", outcome="移送")
    return told(ENVIRONMENT, penalty_case=[case, passed])
