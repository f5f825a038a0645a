"""The office that the web benchmark asks: findings and alerts by the hundred thousand, spread as in a working city.

Rows are written in bulk under the models' own constraints. What a page of one thing shows (evidence, hits, ticks,
gradings, what the log says) is written for the things that are opened.
"""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from lianfang.web.accounts import actions as accounts
from lianfang.web.accounts.models import User
from lianfang.web.alerts.models import (
    DECIDED,
    FINALS,
    Alert,
    Grade,
    Hit,
    Opinion,
    Requirement,
    Sighting,
    Signal,
    SignalFinding,
    Tick,
)
from lianfang.web.detection import catalogue, evidence
from lianfang.web.detection.models import EvidenceKey, Finding, Run, RunIndicator, SealedEvidence
from lianfang.web.organisation import actions as organisation
from lianfang.web.organisation.actions import PersonRow, UnitRow
from lianfang.web.organisation.models import Unit
from lianfang.web.shared import clock, log
from lianfang.web.shared.actor import system
from lianfang.web.shared.roles import ROLES

PASSWORD = "benchmark-horse-7-battery"
DEPARTMENTS, TOWNSHIPS, VILLAGES = 60, 24, 10
OPENED = 40  # findings and alerts whose own page is asked for
CHUNK = 2000
COLOURS = (("yellow", 1, 0.7), ("orange", 2, 0.25), ("red", 3, 0.05))
# An office that has worked for years: most of what it issued is over, a tenth is under way.
SHARES = {
    "verifying": 3, "graded": 1, "pending": 1, "approved": 1, "issued": 1, "rectifying": 2, "replied": 0.5,
    "accepting": 0.5, "released": 5, "lookback": 1, "archived": 60, "dismissed": 20, "withdrawn": 1, "merged": 1,
    "transferred": 1, "escalated": 1,
}  # fmt: skip
ISSUED = ("issued", "rectifying", "replied", "accepting", "released", "lookback", "archived", "escalated", "withdrawn")
CLOSED = {
    "archived": "C1", "dismissed": "C2", "transferred": "C3", "merged": "C4", "withdrawn": "C5", "escalated": "C6",
}  # fmt: skip


def build(rows: int) -> dict[str, list[str]]:
    """Fill an empty, migrated database; returns what is asked for, and the account that asks."""
    chance = random.Random(20241231)
    units = _organisation()
    people = _people()
    runs = _runs()
    findings = _findings(rows, units, runs, chance)
    numbers = _alerts(rows, units, people, chance)
    opened = _opened(findings, numbers, people)
    if connection.vendor == "postgresql":  # which does so by itself soon after; SQLite does not
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return opened


def _organisation() -> list[Unit]:
    by = system("benchmark")
    today = clock.today()
    organisation.load_calendar(date(today.year - 1, 1, 1), date(today.year, 12, 31), by=by)
    rows = [UnitRow("420700", "基准市", "city"), UnitRow("420704", "基准区", "district", "420700")]
    rows += [UnitRow(f"D{n:02d}", f"市属部门{n}", "department", "420700") for n in range(DEPARTMENTS)]
    for town in range(TOWNSHIPS):
        code = f"4207041{town:02d}"
        rows.append(UnitRow(code, f"基准镇{town}", "township", "420704"))
        rows += [UnitRow(f"{code}2{n:02d}", f"第{n}村", "village", code) for n in range(VILLAGES)]
    organisation.load_units(rows, by=by)
    posts = [(f"D{n:02d}-1", f"D{n:02d}", "局长", True, True) for n in range(DEPARTMENTS)]
    organisation.load_posts(posts, by=by)
    since = date(today.year - 2, 1, 4)
    held = {n: ((f"D{n:02d}-1", since, None),) for n in range(DEPARTMENTS)}
    organisation.load_persons([PersonRow(f"P{n:02d}", f"局长{n}", f"D{n:02d}", "市", held[n]) for n in held], by=by)
    return list(Unit.objects.exclude(code="420700"))


def _people() -> list[User]:
    opening, granting = system("opening"), system("granting")
    made = []
    for name in ("officer", "second_officer", "third_officer", "office_head"):
        role = "office_head" if name == "office_head" else "officer"
        user = accounts.open_account(
            by=opening, username=name, name=name, password=PASSWORD, duty=str(ROLES[role].duty),
            unit=Unit.objects.get(code="D00"),
        )  # fmt: skip
        accounts.activate_account(user, by=granting)
        accounts.grant_role(user, role, by=granting, from_on=date(clock.today().year - 1, 1, 1))
        made.append(user)
    return made


def _runs() -> list[Run]:
    """The weekly runs of half a year, with what each indicator was in them."""
    made, codes = [], list(catalogue.shipped().indicators)
    for week in range(26):
        moment = clock.now() - timedelta(weeks=25 - week)
        run = Run.objects.create(
            number=week + 1, as_of=timezone.localdate(moment), level="city", state="ended", started_by="benchmark",
            queued_at=moment, started_at=moment, ended_at=moment, previous=made[-1] if made else None,
        )  # fmt: skip
        RunIndicator.objects.bulk_create(
            RunIndicator(
                run=run,
                code=code,
                family=catalogue.shipped().indicators[code].family,
                standing="trial",
                status="computed",
                population=1000,
                findings=20,
                yellow=20,
            )
            for code in codes
        )
        made.append(run)
    return made


def _findings(rows: int, units: list[Unit], runs: list[Run], chance: random.Random) -> list[str]:
    codes = list(catalogue.shipped().indicators)
    for start in range(0, rows, CHUNK):
        Finding.objects.bulk_create(
            _finding(number, codes, units, runs, chance) for number in range(start, min(start + CHUNK, rows))
        )
    return [f"F-{1 + place * rows // OPENED:06d}" for place in range(OPENED)]


def _finding(number: int, codes: list[str], units: list[Unit], runs: list[Run], chance: random.Random) -> Finding:
    code = codes[number % len(codes)]
    indicator = catalogue.shipped().indicators[code]
    colour, severity, _share = chance.choices(COLOURS, [share for *_rest, share in COLOURS])[0]
    unit, first = chance.choice(units), chance.randrange(len(runs))
    change = "gone" if chance.random() < 0.3 else "new" if first == len(runs) - 1 else "continuing"
    return Finding(
        number=f"F-{number + 1:06d}", finding_key=f"{code}|{indicator.card.subject}|S{number}|", code=code,
        family=indicator.family, nature=indicator.card.nature, safety=indicator.card.safety,
        stage=indicator.card.stage, unit=unit, unit_code=unit.code, subject_type=indicator.card.subject,
        subject_id=f"S{number}", metric=1 + number % 9, colour=colour, severity=severity,
        sentence_zh=f"截至数据日，该单位第{number}号事项与登记不一致，请核实原因。",
        sentence_en=f"Matter {number} of this unit differs from what is registered; please establish why.",
        as_of=runs[-1].as_of, first_run=runs[first], last_run=runs[-1 if change != "gone" else first], change=change,
        gone_run=runs[-1] if change == "gone" else None, found_at=clock.now(),
    )  # fmt: skip


def _alerts(rows: int, units: list[Unit], people: list[User], chance: random.Random) -> list[str]:
    codes = list(catalogue.shipped().indicators)
    for start in range(0, rows, CHUNK):
        made = [_alert(number, codes, units, people, chance) for number in range(start, min(start + CHUNK, rows))]
        Alert.objects.bulk_create(made)
        _hits(made, start, codes)
    running = Alert.objects.exclude(state__in=FINALS).order_by("pk").values_list("number", flat=True)
    return list(running[:: max(1, running.count() // OPENED)][:OPENED])


def _alert(number: int, codes: list[str], units: list[Unit], people: list[User], chance: random.Random) -> Alert:
    state = chance.choices(list(SHARES), list(SHARES.values()))[0]
    card = catalogue.shipped().indicators[codes[number % len(codes)]].card
    colour = chance.choices([c for c, *_rest in COLOURS], [share for *_rest, share in COLOURS])[0]
    age = chance.randrange(40) if state not in FINALS else 30 + chance.randrange(700)
    opened = clock.now() - timedelta(days=age, minutes=chance.randrange(600))
    is_decided, is_over = state in DECIDED, state in FINALS
    issued = opened + timedelta(days=6) if state in ISSUED else None
    due = None if is_over or state == "lookback" else _end_of(opened + timedelta(days=25 + chance.randrange(20)))
    checker = people[0 if chance.random() < 0.005 else 1 + number % 2]  # the officer has some dozens of the open ones
    is_office = state in ("verifying", "graded", "approved", "replied", "accepting")
    return Alert(
        number=f"{opened.year}-420700-{number + 1:06d}", state=state, unit=chance.choice(units), source="finding",
        title=card.name.zh[:200], title_en=card.name.en, safety=card.safety, stage=card.stage,
        text="登记与实际不一致，请核实原因。", text_en="What is registered differs from what is; please establish why.",
        proposed_colour=colour, colour=colour if is_decided else "", checker=checker,
        next_role="" if is_over else "officer" if is_office else "unit_head", next_user=checker if is_office else None,
        opened_at=opened, step_started_at=opened, due_at=due, is_overdue=bool(due and due < clock.now()),
        submitted_at=opened + timedelta(days=4) if is_decided else None,
        approved_at=opened + timedelta(days=5) if is_decided else None,
        issued_at=issued, signed_at=issued,
        replied_at=opened + timedelta(days=20) if state in ISSUED[2:] else None,
        released_at=opened + timedelta(days=25) if state in ("released", "lookback", "archived") else None,
        lookback_on=timezone.localdate(opened) + timedelta(days=115) if state == "released" else None,
        closed_at=opened + timedelta(days=26) if is_over else None, closing_code=CLOSED.get(state, ""),
    )  # fmt: skip


def _end_of(moment: datetime) -> datetime:
    return timezone.make_aware(datetime.combine(timezone.localdate(moment), time(23, 59)))


def _hits(made: list[Alert], start: int, codes: list[str]) -> None:
    """Each alert stands on the finding of the same place in its list, through one signal."""
    numbers = [f"F-{start + place + 1:06d}" for place in range(len(made))]
    found = {f.number: f for f in Finding.objects.filter(number__in=numbers)}
    pairs = [(alert, found[number]) for alert, number in zip(made, numbers, strict=True)]
    Hit.objects.bulk_create(Hit(alert=a, code=f.code, nature=f.nature, colour=f.colour, finding=f) for a, f in pairs)
    signals = [
        Signal(
            number=f"S-{a.opened_at.year}-{start + place:06d}",
            state="verifying",
            source="finding",
            unit=a.unit,
            subject_type=f.subject_type,
            subject_id=f.subject_id,
            safety=a.safety,
            colour=f.colour,
            title=a.title,
            text=a.text,
            registered_name="officer",
            received_at=a.opened_at,
            alert=a,
        )
        for place, (a, f) in enumerate(pairs)
    ]
    signals += [
        Signal(
            number=f"W-{start}-{place}",
            state="screening",
            source="hotline",
            unit=a.unit,
            safety=a.safety,
            title=a.title,
            text=a.text,
            registered_name="officer",
            received_at=a.opened_at,
            rank=place % 9,
            due_at=clock.now(),
        )
        for place, a in enumerate(made[:10])
    ]
    Signal.objects.bulk_create(signals)
    SignalFinding.objects.bulk_create(
        SignalFinding(signal=s, finding=f) for s, (_a, f) in zip(signals, pairs, strict=False)
    )


def _opened(findings: list[str], alerts: list[str], people: list[User]) -> dict[str, list[str]]:
    """What the pages of single things show."""
    for finding in Finding.objects.filter(number__in=findings):
        _sealed(finding)
    for alert in Alert.objects.filter(number__in=alerts).select_related("unit"):
        _worked_on(alert, people)
    return {"findings": findings, "alerts": alerts, "account": [people[0].username, PASSWORD]}


def _sealed(finding: Finding) -> None:
    rows = [{"project_id": f"P{n}", "unit_id": finding.unit_code, "name": f"项目{n}"} for n in range(12)]
    content: dict[str, Any] = {"values": {}, "rows": {"project": rows}}
    wrapped = evidence.new_key(finding.finding_key)
    SealedEvidence.objects.create(finding=finding, content=evidence.seal(finding.finding_key, wrapped, content))
    until = clock.today() + timedelta(days=365)
    EvidenceKey.objects.create(finding=finding, wrapped=wrapped, expires_on=until)


def _worked_on(alert: Alert, people: list[User]) -> None:
    moment, by = alert.opened_at, people[0].name
    for finding in Finding.objects.filter(hit__alert=alert):
        for one in catalogue.shipped().indicators[finding.code].card.innocent:
            Tick.objects.create(
                alert=alert, code=finding.code, case=one.case[:200], text=one.zh, text_en=one.en,
                result="excluded", note="已查无此情形", by=by, at=moment,
            )  # fmt: skip
    Grade.objects.create(
        alert=alert, round=1, factors={}, score=4, score_colour="yellow", proposal=alert.proposed_colour,
        colour=alert.proposed_colour, reason="情节较轻", by=by, at=moment,
    )  # fmt: skip
    for number in range(1, 4):
        Requirement.objects.create(alert=alert, number=number, text=f"补正材料{number}", standard="书面说明")
    if alert.colour:
        Opinion.objects.create(
            alert=alert, round=1, seat="office_head", decision="agree", text="同意", user=people[3],
            by=people[3].name, at=moment,
        )  # fmt: skip
    for user in people:
        Sighting.objects.create(alert=alert, user=user, role="officer", first_at=moment, last_at=moment)
    for move in ("T07", "T08", "T10", "T12"):
        log.record(
            f"alert.{move}", by=system(by), subject_type="alert", subject=alert.number, unit_path=alert.unit.path,
            origin="verifying", target="graded",
        )  # fmt: skip
