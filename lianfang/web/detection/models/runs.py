"""Runs of the catalogue over the taken data, what each saw, and what the office says of indicators and findings."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lianfang.web.organisation.models import Unit


class Colour(models.TextChoices):
    YELLOW = "yellow", _("黄色")
    ORANGE = "orange", _("橙色")
    RED = "red", _("红色")


class Safety(models.TextChoices):
    PROJECTS = "projects", _("项目建设安全")
    FUNDS = "funds", _("资金使用安全")
    POWERS = "powers", _("权力行使安全")
    CADRES = "cadres", _("干部成长安全")


class Nature(models.TextChoices):
    RULE = "rule_broken", _("规则比对")
    STATISTICAL = "statistical_anomaly", _("统计比较")
    COLLISION = "data_collision", _("数据比对")


class Change(models.TextChoices):
    """What a finding is beside the run before: a finding that is gone was not seen by a run that looked for it."""

    NEW = "new", _("新增")
    CONTINUING = "continuing", _("持续")
    CHANGED = "changed", _("有变化")
    GONE = "gone", _("消失")


class Run(models.Model):
    """One run of the engine over the taken batches as of a day.

    ``batches`` maps each table to the numbers of the batches it was made of, ``data`` is the folder of the tables as
    they were, kept so that a finding can be computed again. A run whose ``lease_until`` has passed was lost: the clock
    queues it again, and ``attempt`` keeps the lost one from writing.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("排队中")
        RUNNING = "running", _("运行中")
        ENDED = "ended", _("已完成")
        FAILED = "failed", _("未完成")
        CANCELLED = "cancelled", _("已取消")

    number = models.PositiveIntegerField(unique=True)
    as_of = models.DateField()
    level = models.CharField(max_length=10)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    is_nightly = models.BooleanField(default=False)
    codes = models.JSONField(default=list, help_text="indicators asked for; empty means all")
    progress = models.JSONField(default=list, help_text="families in order: name, done, of")
    started_by = models.CharField(max_length=60)
    started_by_id = models.BigIntegerField(null=True)
    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True, db_index=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    failure = models.TextField(blank=True)
    catalogue = models.CharField(max_length=64, blank=True)
    version = models.CharField(max_length=20, blank=True)
    parameters = models.JSONField(default=dict)
    tables = models.JSONField(default=dict, help_text="table → rows, rejected, usable, digest")
    batches = models.JSONField(default=dict)
    units = models.JSONField(default=list, help_text="codes of the units of which the tables held anything")
    data = models.CharField(max_length=200, blank=True)
    data_until = models.DateField(null=True, help_text="when the kept tables are deleted")
    previous = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="following")
    dropped_above = models.PositiveIntegerField(null=True)
    findings = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    continuing = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    gone = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(state__in=["ended", "failed", "cancelled"]), name="run_ended_in_an_end"
            ),
            # one runs and one waits at most: a second would compare with a first that is not there yet
            models.UniqueConstraint(
                fields=["state"], condition=Q(state__in=["queued", "running"]), name="one_run_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} ({self.as_of})"

    @property
    def is_over(self) -> bool:
        return self.state not in (self.State.QUEUED, self.State.RUNNING)

    @property
    def seconds(self) -> int | None:
        if self.started_at is None or self.ended_at is None:
            return None
        return max(0, round((self.ended_at - self.started_at).total_seconds()))


class RunIndicator(models.Model):
    """What one run said of one indicator. ``lacks`` names the table or column that was missing, and why."""

    class Status(models.TextChoices):
        COMPUTED = "computed", _("已计算")
        NOT_APPLICABLE = "not_applicable", _("不适用")
        NOT_COMPUTABLE = "not_computable", _("无法计算")
        FAILED = "failed", _("规则出错")

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="indicators")
    code = models.CharField(max_length=12)
    family = models.CharField(max_length=40)
    standing = models.CharField(max_length=10, help_text="the indicator's status in this office on the run's day")
    status = models.CharField(max_length=15, choices=Status)
    lacks = models.JSONField(default=list)
    tables = models.JSONField(default=list)
    population = models.BigIntegerField(null=True)
    findings = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    gone = models.PositiveIntegerField(default=0)
    yellow = models.PositiveIntegerField(default=0)
    orange = models.PositiveIntegerField(default=0)
    red = models.PositiveIntegerField(default=0)
    over_fires = models.BooleanField(default=False)
    seconds = models.FloatField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "code"], name="indicator_once_a_run")]
        indexes = [models.Index(fields=["code", "run"], name="run_indicator_code")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.code} {self.status}"


class Finding(models.Model):
    """What an indicator saw: one row per key for ever, however often it is seen. A reason to look, never a verdict.

    The evidence is not here: it is sealed with a key of its own and opened by ``queries.evidence_of``.
    """

    number = models.CharField(max_length=20, unique=True)
    finding_key = models.TextField(unique=True)
    code = models.CharField(max_length=12)
    family = models.CharField(max_length=40)
    nature = models.CharField(max_length=20, choices=Nature)
    safety = models.CharField(max_length=10, choices=Safety)
    stage = models.CharField(max_length=40, blank=True)
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    unit_code = models.CharField(max_length=80, blank=True, help_text="as the data name it, known here or not")
    subject_type = models.CharField(max_length=60)
    subject_id = models.TextField()
    person = models.CharField(max_length=80, blank=True, db_index=True)
    period = models.CharField(max_length=40, blank=True)
    metric = models.DecimalField(max_digits=30, decimal_places=6)
    colour = models.CharField(max_length=10, choices=Colour)
    severity = models.PositiveSmallIntegerField(help_text="the colour as a number, for sorting")
    sentence_zh = models.TextField()
    sentence_en = models.TextField()
    as_of = models.DateField()
    first_run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+")
    last_run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+")
    change = models.CharField(max_length=10, choices=Change)
    gone_run = models.ForeignKey(Run, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_on = models.DateField(null=True, blank=True, help_text="data it rests on were withdrawn on this day")
    evidence_digest = models.CharField(max_length=64, blank=True)
    recounted_at = models.DateTimeField(null=True, blank=True)
    recount_differs = models.PositiveIntegerField(null=True, blank=True, help_text="rows that differed, 0: the same")
    found_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(severity__in=[1, 2, 3]), name="severity_of_a_colour")]
        indexes = [
            models.Index(fields=["-severity", "-id"], name="finding_order"),
            models.Index(fields=["code", "-severity", "-id"], name="finding_code"),
            models.Index(fields=["unit", "-severity", "-id"], name="finding_unit"),
            models.Index(fields=["last_run", "change"], name="finding_last_run"),
            models.Index(fields=["subject_type", "subject_id"], name="finding_subject"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_present(self) -> bool:
        """Whether the last run that looked still saw it, in data that still stand."""
        return self.change != Change.GONE and self.withdrawn_on is None


class NamedPerson(models.Model):
    """An official whom a finding names anywhere: neither they nor those below them are shown it."""

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="named")
    person = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["finding", "person"], name="person_named_once")]
        indexes = [models.Index(fields=["person", "finding"], name="named_person")]

    def __str__(self) -> str:
        return f"{self.finding_id}"


class SealedEvidence(models.Model):
    """A finding's evidence, readable only with the key in ``EvidenceKey``."""

    finding = models.OneToOneField(Finding, on_delete=models.CASCADE, related_name="sealed")
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.finding_id}"


class EvidenceKey(models.Model):
    """The key of one finding's evidence, itself sealed by the office's secret. Destroying it destroys the evidence.

    ``held_by`` names the matters that need the evidence; while there is one, its time does not run out.
    """

    finding = models.OneToOneField(Finding, on_delete=models.CASCADE, related_name="key")
    wrapped = models.BinaryField(null=True)
    expires_on = models.DateField(db_index=True)
    held_by = models.JSONField(default=list)
    destroyed_at = models.DateTimeField(null=True)
    destroyed_because = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(wrapped=None, destroyed_at__isnull=False) | Q(wrapped__isnull=False, destroyed_at=None),
                name="key_is_there_or_destroyed",
            )
        ]

    def __str__(self) -> str:
        return f"{self.finding_id}"


class Unmasking(models.Model):
    """Somebody asked, with a reason, to read a masked column of one finding's evidence, and may for a while."""

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="unmaskings")
    column = models.CharField(max_length=60)
    user_id = models.BigIntegerField()
    reason = models.TextField()
    at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["finding", "user_id"], name="unmasking_of")]

    def __str__(self) -> str:
        return f"{self.finding_id} {self.column}"


class Judgement(models.Model):
    """Did it fire rightly? One answer per finding; a later one replaces it and the log keeps both."""

    class Reason(models.TextChoices):
        CONFIRMED = "confirmed", _("情形属实，需要处理")
        CONFIRMED_MINOR = "confirmed_minor", _("情形属实，情节轻微")
        CORRECTED = "corrected", _("情形属实，已自行纠正")
        EXPLAINED = "explained", _("有正当原因，规则应当排除")
        DATA_WRONG = "data_wrong", _("数据有误")
        RULE_WRONG = "rule_wrong", _("规则有误或已过时")
        LIMIT_WRONG = "limit_wrong", _("限额或参数不适用")
        NOT_COMPETENT = "not_competent", _("不属于该单位职责")

    RIGHTLY = (Reason.CONFIRMED, Reason.CONFIRMED_MINOR, Reason.CORRECTED)

    finding = models.OneToOneField(Finding, on_delete=models.CASCADE, related_name="judgement")
    fired_rightly = models.BooleanField()
    reason = models.CharField(max_length=20, choices=Reason)
    note = models.TextField(blank=True)
    judged_by = models.CharField(max_length=60)
    judged_by_id = models.BigIntegerField(null=True)
    judged_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(fired_rightly=True, reason__in=["confirmed", "confirmed_minor", "corrected"])
                | Q(
                    fired_rightly=False,
                    reason__in=["explained", "data_wrong", "rule_wrong", "limit_wrong", "not_competent"],
                ),
                name="reason_fits_judgement",
            )
        ]

    def __str__(self) -> str:
        return f"{self.finding_id} {self.reason}"


class ExplanationResult(models.Model):
    """What came of looking into one innocent explanation of a finding; ``case`` is the card's name for it."""

    class Result(models.TextChoices):
        EXCLUDED = "excluded", _("已排除")
        HOLDS = "holds", _("成立")
        UNCLEAR = "unclear", _("尚不清楚")

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="explanations")
    case = models.CharField(max_length=200)
    result = models.CharField(max_length=10, choices=Result)
    note = models.TextField(blank=True)
    by = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["finding", "case"], name="explanation_once")]

    def __str__(self) -> str:
        return f"{self.finding_id} {self.result}"


class TwoHands(models.Model):
    """What one person proposes and another decides; in force from a day on, forward only."""

    class Decision(models.TextChoices):
        WAITING = "waiting", _("待决定")
        AGREED = "agreed", _("同意")
        REFUSED = "refused", _("不同意")

    code = models.CharField(max_length=12, db_index=True)
    from_on = models.DateField()
    reason = models.TextField()
    proposed_by = models.CharField(max_length=60)
    proposed_by_id = models.BigIntegerField(null=True)
    proposed_at = models.DateTimeField()
    decision = models.CharField(max_length=10, choices=Decision, default=Decision.WAITING)
    decided_by = models.CharField(max_length=60, blank=True)
    decided_by_id = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)
    opinion = models.TextField(blank=True)

    class Meta:
        abstract = True
        constraints: list[Any] = [
            models.CheckConstraint(
                condition=Q(decision="waiting", decided_at=None, decided_by="")
                | Q(decision__in=["agreed", "refused"], decided_at__isnull=False) & ~Q(decided_by=""),
                name="%(class)s_decided_by_and_at",
            ),
            models.CheckConstraint(condition=~Q(proposed_by_id=F("decided_by_id")), name="%(class)s_two_hands"),
        ]


class IndicatorStatus(TwoHands):
    """The status of an indicator in this office: trial, in force or retired."""

    class Status(models.TextChoices):
        TRIAL = "trial", _("试运行")
        IN_FORCE = "in_force", _("在用")
        RETIRED = "retired", _("停用")

    status = models.CharField(max_length=10, choices=Status)

    class Meta(TwoHands.Meta):
        indexes = [models.Index(fields=["code", "-from_on", "-id"], name="status_in_force")]
        constraints = [
            *TwoHands.Meta.constraints,
            models.UniqueConstraint(fields=["code"], condition=Q(decision="waiting"), name="one_status_proposal"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.status} {self.from_on}"


class IndicatorParameter(TwoHands):
    """This office's own value of an indicator's parameter, from a day on, with where it stands."""

    name = models.CharField(max_length=60)
    key = models.CharField(max_length=60, blank=True)
    value = models.JSONField()
    source = models.TextField()

    class Meta(TwoHands.Meta):
        constraints = [
            *TwoHands.Meta.constraints,
            models.UniqueConstraint(
                fields=["code", "name", "key"], condition=Q(decision="waiting"), name="one_parameter_proposal"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name} {self.from_on}"
