"""Alerts at any point of their way, brought there by the office's own actions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from lianfang.web.alerts import actions
from lianfang.web.alerts.models import Alert, Signal
from lianfang.web.detection.models import Finding, Run
from lianfang.web.shared import clock

WORDS = "已调取档案并与原始单据逐项核对，事实清楚，同意办理。"
FACTORS = {
    "yellow": {"nature": "flaw", "amount": 0, "subject": "unit", "impact": "none"},
    "orange": {"nature": "tendency", "amount": 6_124_000, "subject": "unit", "impact": "none"},
    "red": {"nature": "breach", "amount": 8_000_000, "subject": "head", "impact": "mass"},
}
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n"
PATH = ("verifying", "pending", "approved", "issued", "rectifying", "replied", "accepting", "passed", "released")


@dataclass
class Road:
    """Leads one matter along the main path; ``to("rectifying")`` stops there."""

    office: Any
    count: int = 0

    def finding(self, code: str = "LAW-007", unit: str = "ZJJ", colour: str = "yellow", **given: Any) -> Finding:
        self.count += 1
        run, _new = Run.objects.get_or_create(
            number=1,
            defaults={
                "as_of": date(2025, 1, 7),
                "level": "city",
                "state": "ended",
                "started_by": "worker",
                "queued_at": clock.now(),
                "ended_at": clock.now(),
            },
        )
        made = {
            "number": f"F-2025-{self.count:06d}",
            "finding_key": f"{code}|penalty_case|C{self.count}|",
            "code": code,
            "family": "enforcement",
            "nature": "rule_broken",
            "safety": "powers",
            "stage": "行政执法",
            "unit": self.office.unit(unit),
            "unit_code": unit,
            "subject_type": "penalty_case",
            "subject_id": f"C{self.count}",
            "metric": 1,
            "colour": colour,
            "severity": ("yellow", "orange", "red").index(colour) + 1,
            "sentence_zh": "截至2025年1月7日的数据中，该单位有一件案件登记的执法人员只有一人，请核实原因。",
            "sentence_en": "Data up to 7 January 2025: one case names a single officer; please establish why.",
            "as_of": date(2025, 1, 7),
            "first_run": run,
            "last_run": run,
            "change": "new",
            "found_at": clock.now(),
        }
        return Finding.objects.create(**{**made, **given})

    def signal(self, **given: Any) -> Signal:
        return actions.signal_from_finding(self.finding(**given), by=self.cast.officer)

    @property
    def cast(self) -> Any:
        return self.office.cast

    def alert(self, *, colour: str = "yellow", person: str = "", **given: Any) -> Alert:
        signal = self.signal(colour=colour, **given)
        if person:
            Signal.objects.filter(pk=signal.pk).update(person=self.office.person(person))
            signal.refresh_from_db()
        second = self.cast.user("second_officer") if colour != "yellow" else None
        return actions.take_up_signal(
            signal, by=self.cast.officer, checker=self.cast.user("officer"), second_checker=second
        )

    def checked(self, alert: Alert, colour: str) -> Alert:
        """Everything that approval wants to see, done by the two who check."""
        for one in alert.ticks.all():
            actions.tick(one, by=self.cast.officer, result="excluded", note="已查无此情形")
        actions.write_facts(
            alert, by=self.cast.officer, facts="已核对原始案卷。", methods=["files"], no_conflict_declared=True
        )
        factors = {**FACTORS[colour], "repeat": 1, "hits": 1, "post_risk": "3"}
        actions.save_grade(
            alert,
            by=self.cast.officer,
            factors=factors,
            colour=colour,
            reason=WORDS,
            requirements=[("补正案卷，说明单人办理的原因", "补正后的案卷和书面说明")],
            disposals=["Y3"],
        )
        if colour != "yellow":
            actions.give_second_opinion(alert, by=self.cast.second_officer, agrees=True, text="同意核验意见。")
        return Alert.objects.get(pk=alert.pk)

    def to(self, stop: str, *, colour: str = "yellow", **given: Any) -> Alert:
        """A new alert, led up to ``stop``."""
        return self.on(self.alert(colour=colour, **given), stop, colour=colour)

    def on(self, alert: Alert, stop: str, *, colour: str = "yellow") -> Alert:
        steps: dict[str, Callable[[Alert], Any]] = {
            "pending": lambda a: actions.submit(self.checked(a, colour), by=self.cast.officer),
            "approved": lambda a: self.approved(a, colour),
            "issued": lambda a: self.move(a, "issue", "officer"),
            "rectifying": lambda a: self.move(a, "sign", "unit_head"),
            "replied": self.replied,
            "accepting": lambda a: self.move(
                a, "assign-acceptance", "officer", acceptor=self.cast.user("third_officer")
            ),
            "passed": lambda a: self.accepted(a, passed=True),
            "released": lambda a: self.move(a, "release", self.decides(colour), reason=WORDS),
        }
        for name in PATH:
            if name == stop and name == "verifying":
                return alert
            if name in steps and not self._is_behind(alert, name):
                steps[name](alert)
                alert = Alert.objects.get(pk=alert.pk)
            if name == stop:
                return alert
        raise ValueError(stop)

    @staticmethod
    def _is_behind(alert: Alert, name: str) -> bool:
        return name in PATH and alert.state in PATH and PATH.index(alert.state) >= PATH.index(name)

    @staticmethod
    def decides(colour: str) -> str:
        return {"yellow": "office_head", "orange": "deputy_secretary", "red": "secretary"}[colour]

    def move(self, alert: Alert, slug: str, who: str, **given: Any) -> Alert:
        return actions.make_move(alert, slug, by=self.cast.actor(who), given=given)

    def approved(self, alert: Alert, colour: str) -> Alert:
        cosigner = {"orange": "dispatch_head", "red": "deputy_secretary"}.get(colour)
        if cosigner:
            actions.cosign(alert, by=self.cast.actor(cosigner), agrees=True, text=WORDS)
        return self.move(alert, "approve", self.decides(colour), reason=WORDS)

    def answered(self, alert: Alert) -> Alert:
        for one in alert.requirements.all():
            actions.answer_requirement(
                alert,
                one,
                by=self.cast.unit_head,
                measure="已补正案卷。",
                responsible="蒋平",
                status="done",
                done_on=clock.today(),
                upload=SimpleUploadedFile("补正.pdf", PDF + str(alert.returns).encode()),
            )
        actions.write_answer(
            alert, by=self.cast.unit_head, analysis="排班不足。", is_promised=True, plan="补充人员，十日内完成。"
        )
        return Alert.objects.get(pk=alert.pk)

    def replied(self, alert: Alert) -> Alert:
        return self.move(self.answered(alert), "send-reply", "unit_head")

    def accepted(self, alert: Alert, *, passed: bool) -> Alert:
        numbers = alert.requirements.values_list("number", flat=True)
        actions.record_acceptance(
            alert,
            by=self.cast.third_officer,
            methods=["files", "recount"],
            recount="重算后该案不再出现。" if passed else "重算后仍出现。",
            results=dict.fromkeys(numbers, (passed, "" if passed else "案卷仍缺签名")),
        )
        return Alert.objects.get(pk=alert.pk)


@pytest.fixture
def road(office: Any) -> Road:
    return Road(office)


@contextmanager
def later(**by: int) -> Iterator[datetime]:
    """So much later."""
    moment = clock.now() + timedelta(**by)
    with clock.at(moment):
        yield moment
