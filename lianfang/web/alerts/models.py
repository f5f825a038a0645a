"""What alerts keep: signals, alerts with all that was looked into, decided, answered and accepted, and who saw them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lianfang.web.accounts.models import User
from lianfang.web.detection.models import Colour, Finding, Nature, Safety
from lianfang.web.organisation.models import Person, Unit
from lianfang.web.shared.language import is_english

# Every state of the workflow; a signal and the alert that it becomes share one table of words.
STATES = {
    "signal": _("已生成"),
    "screening": _("初筛"),
    "verifying": _("核验中"),
    "graded": _("已定级"),
    "pending": _("呈批中"),
    "approved": _("已批准"),
    "issued": _("已送达"),
    "rectifying": _("整改中"),
    "replied": _("已回告"),
    "accepting": _("验收中"),
    "released": _("已解除"),
    "lookback": _("回头看"),
    "archived": _("归档"),
    "dismissed": _("不成立"),
    "merged": _("并案"),
    "transferred": _("转线索"),
    "withdrawn": _("撤销"),
    "escalated": _("升级结案"),
}
FINALS = frozenset({"archived", "dismissed", "merged", "transferred", "withdrawn", "escalated"})
# A signal that is taken up becomes an alert in the state "verifying" and keeps that word itself.
SIGNAL_STATES = ("signal", "screening", "verifying", "dismissed", "merged", "transferred")
# From approval on the colour is decided; the constraint below holds it.
DECIDED = ("approved", "issued", "rectifying", "replied", "accepting", "released", "lookback", "archived", "escalated")


class Source(models.TextChoices):
    FINDING = "finding", _("指标")
    PATROL = "patrol", _("人工巡查")
    DAILY = "daily", _("日常监督")
    AUDIT = "audit", _("审计")
    INSPECTION = "inspection", _("巡视巡察")
    HOTLINE = "hotline", _("12345")
    PETITION = "petition", _("信访转办")
    MEDIA = "media", _("媒体")
    SUPERIOR = "superior", _("上级交办")
    SELF = "self", _("自查")


class NotFounded(models.TextChoices):
    """Why a signal or an alert does not stand; the same words as the judgement of a finding."""

    EXPLAINED = "explained", _("有正当原因，规则应当排除")
    DATA_WRONG = "data_wrong", _("数据有误")
    RULE_WRONG = "rule_wrong", _("规则有误或已过时")
    LIMIT_WRONG = "limit_wrong", _("限额或参数不适用")
    NOT_COMPETENT = "not_competent", _("不属于该单位职责")


class Closing(models.TextChoices):
    CORRECTED = "C1", _("整改到位")
    NOT_FOUNDED = "C2", _("不成立")
    TRANSFERRED = "C3", _("转线索")
    MERGED = "C4", _("并案")
    WITHDRAWN = "C5", _("撤销")
    ESCALATED = "C6", _("升级")
    SUBJECT_GONE = "C7", _("对象失去")


class Told(models.Model):
    """A matter told in words: what the system saw is in both languages, what a person wrote is in the writer's."""

    title = models.CharField(max_length=200)
    title_en = models.CharField(max_length=300, blank=True)
    text = models.TextField()
    text_en = models.TextField(blank=True)

    class Meta:
        abstract = True

    @property
    def shown_title(self) -> str:
        return self.title_en if is_english() and self.title_en else self.title

    @property
    def shown_text(self) -> str:
        return self.text_en if is_english() and self.text_en else self.text


class Alert(Told):
    """A matter under checking, then a graded and approved warning, followed to a verified correction.

    ``colour`` is empty until somebody entitled to it has approved one; ``proposed_colour`` is what the office proposes.
    ``parameters`` are the terms and bands that hold for this alert: taken anew until it is issued, then kept.
    ``next_role`` and ``next_user`` say whose turn it is. Nothing of an alert is ever deleted.
    """

    number = models.CharField(max_length=24, unique=True)
    state = models.CharField(max_length=12, choices=list(STATES.items()))
    version = models.PositiveIntegerField(default=1)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="alerts")
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="alerts")
    source = models.CharField(max_length=12, choices=Source)
    safety = models.CharField(max_length=10, choices=Safety, blank=True)
    family = models.CharField(max_length=40, blank=True)
    stage = models.CharField(max_length=40, blank=True)
    amount = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    proposed_colour = models.CharField(max_length=10, choices=Colour, blank=True)
    colour = models.CharField(max_length=10, choices=Colour, blank=True)
    round = models.PositiveSmallIntegerField(default=1, help_text="how often it was prepared for approval")
    returns = models.PositiveSmallIntegerField(default=0, help_text="how often acceptance sent it back")

    facts = models.TextField(blank=True, help_text="what was established")
    methods = models.JSONField(default=list, help_text="how it was established")
    no_conflict_declared = models.BooleanField(default=False)
    disposals = models.JSONField(default=list, help_text="measures of the office that go with the notice")
    parameters = models.JSONField(default=dict)

    checker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    second_checker = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    proposer = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    acceptor = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    next_role = models.CharField(max_length=30, blank=True)
    next_user = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    opened_at = models.DateTimeField()
    step_started_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    due_is_provisional = models.BooleanField(default=False)
    is_overdue = models.BooleanField(default=False)
    submitted_at = models.DateTimeField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    issued_at = models.DateTimeField(null=True, blank=True)
    notice_number = models.CharField(max_length=60, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    replied_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    lookback_on = models.DateField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closing_code = models.CharField(max_length=2, choices=Closing, blank=True)
    closing_reason = models.CharField(max_length=20, blank=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="escalations")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=list(STATES)), name="alert_state_known"),
            models.CheckConstraint(condition=~Q(state__in=DECIDED) | ~Q(colour=""), name="alert_colour_decided"),
            models.CheckConstraint(
                condition=Q(closed_at=None, closing_code="") | Q(closed_at__isnull=False) & ~Q(closing_code=""),
                name="alert_closed_at_and_code",
            ),
            models.CheckConstraint(
                condition=Q(second_checker=None) | ~Q(second_checker=F("checker")), name="alert_two_checkers"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "due_at"], name="alert_due"),
            models.Index(fields=["unit", "-id"], name="alert_unit"),
            models.Index(fields=["next_role", "next_user", "due_at"], name="alert_turn"),
            models.Index(fields=["colour", "issued_at"], name="alert_issued"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def log_name(self) -> str:
        return self.number

    @property
    def log_unit_path(self) -> str:
        return self.unit.path

    @property
    def shown_colour(self) -> str:
        return self.colour or self.proposed_colour

    @property
    def is_proposed(self) -> bool:
        return not self.colour

    @property
    def is_over(self) -> bool:
        return self.state in FINALS

    @property
    def shown_number(self) -> str:
        """The number with the colour's letter before it, once the colour is decided."""
        return f"{self.colour[0].upper()}-{self.number}" if self.colour else self.number


class Hit(models.Model):
    """An indicator that points at this alert. ``colour`` is its colour cut by its cap."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="hits")
    code = models.CharField(max_length=12, db_index=True)
    nature = models.CharField(max_length=20, choices=Nature)
    colour = models.CharField(max_length=10, choices=Colour)
    finding = models.OneToOneField(Finding, on_delete=models.PROTECT, related_name="hit")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.code


class Signal(Told):
    """A finding or report that somebody has decided to look into. Several of one matter are merged into one.

    ``reasons`` say why it stands where it does in the queue; ``rank`` is their sum.
    """

    number = models.CharField(max_length=20, unique=True)
    state = models.CharField(max_length=12, choices=list(STATES.items()), default="signal")
    version = models.PositiveIntegerField(default=1)
    source = models.CharField(max_length=12, choices=Source)
    source_number = models.CharField(max_length=60, blank=True)
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="signals")
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="signals")
    subject_type = models.CharField(max_length=60, blank=True)
    subject_id = models.CharField(max_length=200, blank=True)
    safety = models.CharField(max_length=10, choices=Safety, blank=True)
    family = models.CharField(max_length=40, blank=True)
    stage = models.CharField(max_length=40, blank=True)
    amount = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    colour = models.CharField(max_length=10, choices=Colour, blank=True)
    rank = models.IntegerField(default=0)
    reasons = models.JSONField(default=list)
    registered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    registered_name = models.CharField(max_length=100)
    registered_unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    found_on = models.DateField(null=True, blank=True)
    received_at = models.DateTimeField()
    assigned_to = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField(null=True, blank=True)
    due_is_provisional = models.BooleanField(default=False)
    is_overdue = models.BooleanField(default=False)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")
    alert = models.ForeignKey(Alert, null=True, blank=True, on_delete=models.PROTECT, related_name="signals")
    closing_reason = models.CharField(max_length=20, choices=NotFounded, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    findings = models.ManyToManyField(Finding, through="SignalFinding", related_name="signals")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=SIGNAL_STATES), name="signal_state_known"),
            models.CheckConstraint(
                condition=~Q(state="merged") | Q(merged_into__isnull=False) | Q(alert__isnull=False),
                name="signal_merged_into_something",
            ),
            models.CheckConstraint(
                condition=~Q(state="verifying") | Q(alert__isnull=False), name="signal_became_an_alert"
            ),
            models.CheckConstraint(
                condition=~Q(state="dismissed") | ~Q(closing_reason=""), name="signal_dismissed_for_a_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-rank", "-id"], name="signal_queue"),
            models.Index(fields=["unit", "subject_type", "subject_id"], name="signal_matter"),
            models.Index(fields=["assigned_to", "state"], name="signal_assigned"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def log_name(self) -> str:
        return self.number

    @property
    def log_unit_path(self) -> str:
        return self.unit.path if self.unit else ""

    @property
    def is_waiting(self) -> bool:
        return self.state in ("signal", "screening")


class SignalFinding(models.Model):
    """A finding belongs to one signal for ever: one key makes at most one signal, however often it runs."""

    signal = models.ForeignKey(Signal, on_delete=models.PROTECT, related_name="links")
    finding = models.OneToOneField(Finding, on_delete=models.PROTECT, related_name="signal_link")

    def __str__(self) -> str:
        return f"{self.signal_id} {self.finding_id}"


class Tick(models.Model):
    """One innocent explanation of an indicator's card, and what came of looking into it."""

    class Result(models.TextChoices):
        EXCLUDED = "excluded", _("已排除")
        HOLDS = "holds", _("成立")
        UNCLEAR = "unclear", _("尚不清楚")

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="ticks")
    code = models.CharField(max_length=12)
    case = models.CharField(max_length=200)
    text = models.TextField()
    text_en = models.TextField(blank=True)
    result = models.CharField(max_length=10, choices=Result, blank=True)
    note = models.TextField(blank=True)
    by = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["alert", "code", "case"], name="tick_once"),
            models.CheckConstraint(
                condition=Q(result="", by="", at=None) | ~Q(result="") & ~Q(by="") & Q(at__isnull=False),
                name="tick_by_and_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.case}"

    @property
    def shown_text(self) -> str:
        return self.text_en if is_english() and self.text_en else self.text

    @property
    def is_done(self) -> bool:
        return self.result in (self.Result.EXCLUDED, self.Result.HOLDS)


class Grade(models.Model):
    """One grading: every part with its value, its points and where it came from. The last one counts."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="grades")
    round = models.PositiveSmallIntegerField()
    factors = models.JSONField(help_text="factor → value, points, source")
    indicator_colour = models.CharField(max_length=10, choices=Colour, blank=True)
    score = models.PositiveSmallIntegerField()
    score_colour = models.CharField(max_length=10, choices=Colour)
    triggers = models.JSONField(default=list)
    repetition = models.CharField(max_length=4, blank=True)
    proposal = models.CharField(max_length=10, choices=Colour)
    exemption = models.CharField(max_length=4, blank=True)
    colour = models.CharField(max_length=10, choices=Colour)
    reason = models.TextField(blank=True)
    judgement = models.TextField(blank=True, help_text="the checker's sentence on the nature of the matter")
    by = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(colour=F("proposal")) | ~Q(reason=""), name="grade_changed_for_a_reason")
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.colour}"


class Requirement(models.Model):
    """One thing the notice asks for, and by what it is seen to be done."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="requirements")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    standard = models.TextField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["alert", "number"], name="requirement_once")]

    def __str__(self) -> str:
        return f"{self.number}. {self.text}"


class Opinion(models.Model):
    """What one seat of the approval said in one round.

    ``entered_by`` is empty when the person said it here; otherwise it was given on paper and entered by another
    officer, and ``paper`` is the number of that paper.
    """

    class Decision(models.TextChoices):
        AGREE = "agree", _("同意")
        DISAGREE = "disagree", _("不同意")
        RETURN = "return", _("退回补充")
        REJECT = "reject", _("不予预警")

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="opinions")
    round = models.PositiveSmallIntegerField()
    seat = models.CharField(max_length=30)
    decision = models.CharField(max_length=10, choices=Decision)
    text = models.TextField(blank=True)
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    by = models.CharField(max_length=60)
    at = models.DateTimeField()
    entered_by = models.CharField(max_length=60, blank=True)
    paper = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["alert", "round", "seat"], name="opinion_once"),
            models.CheckConstraint(
                condition=Q(entered_by="", paper="") | ~Q(entered_by="") & ~Q(paper=""), name="opinion_paper_is_named"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.seat} {self.decision}"


class Delivery(models.Model):
    """The notice as it was sent to one addressee, and how it was received."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="deliveries")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    is_copy = models.BooleanField(default=False)
    sent_at = models.DateTimeField()
    sent_by = models.CharField(max_length=60)
    signed_by = models.CharField(max_length=60, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    is_deemed = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(signed_at=None, signed_by="", is_deemed=False)
                | Q(signed_at__isnull=False, is_deemed=True, signed_by="")
                | Q(signed_at__isnull=False, is_deemed=False) & ~Q(signed_by=""),
                name="delivery_signed_or_deemed",
            )
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.unit_id}"


class Answer(models.Model):
    """The unit's report-back, prepared by its people and signed by its head; one for each time it was asked."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="answers")
    round = models.PositiveSmallIntegerField(default=0, help_text="how often acceptance had sent it back before")
    plan = models.TextField(blank=True)
    plan_by = models.CharField(max_length=60, blank=True)
    plan_at = models.DateTimeField(null=True, blank=True)
    analysis = models.TextField(blank=True)
    money_recovered = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    rules_made = models.TextField(blank=True)
    is_promised = models.BooleanField(default=False)
    signed_by = models.CharField(max_length=60, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-round"]
        constraints = [
            models.UniqueConstraint(fields=["alert", "round"], name="answer_once"),
            models.CheckConstraint(
                condition=Q(signed_by="", signed_at=None) | ~Q(signed_by="") & Q(signed_at__isnull=False),
                name="answer_signed_by_and_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.round}"


class AnswerItem(models.Model):
    """The answer to one requirement."""

    class Status(models.TextChoices):
        DONE = "done", _("已完成")
        UNDER_WAY = "under_way", _("进行中")

    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="items")
    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="answers")
    measure = models.TextField()
    responsible = models.CharField(max_length=60)
    done_on = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=Status)
    by = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        ordering = ["requirement__number"]
        constraints = [models.UniqueConstraint(fields=["answer", "requirement"], name="answer_item_once")]

    def __str__(self) -> str:
        return f"{self.answer_id} {self.requirement_id}"


class Acceptance(models.Model):
    """The check of one report-back, requirement by requirement, by somebody who did not check the matter before."""

    class Conclusion(models.TextChoices):
        PASSED = "passed", _("合格")
        FAILED = "failed", _("不合格")

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="acceptances")
    round = models.PositiveSmallIntegerField()
    methods = models.JSONField(default=list)
    recount = models.TextField(help_text="what computing the indicator again gave, or why it could not be")
    results = models.JSONField(help_text="requirement's number → passed, note")
    conclusion = models.CharField(max_length=10, choices=Conclusion)
    note = models.TextField(blank=True)
    by = models.CharField(max_length=60)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-round"]
        constraints = [models.UniqueConstraint(fields=["alert", "round"], name="acceptance_once")]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.conclusion}"


class Attachment(models.Model):
    """A file of an alert: its kind was told from its content, not from its name."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="attachments")
    item = models.ForeignKey(AnswerItem, null=True, blank=True, on_delete=models.PROTECT, related_name="files")
    is_screening = models.BooleanField(default=False, help_text="gathered while checking: the unit does not see it")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10)
    size = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64)
    path = models.CharField(max_length=300)
    by = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["alert", "item", "digest"], name="attachment_once")]

    def __str__(self) -> str:
        return self.name


class Sighting(models.Model):
    """Who has seen an alert, first and last, and how often."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="sightings")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=30)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-last_at"]
        constraints = [models.UniqueConstraint(fields=["alert", "user", "role"], name="sighting_once")]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.user_id}"


class Notice(models.Model):
    """“One thing waits for you.” It says nothing more, and is made once for a person, a thing, a kind and a day."""

    class Kind(models.TextChoices):
        SOON = "soon", _("将到期")
        TODAY = "today", _("今天到期")
        OVERDUE = "overdue", _("已逾期")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices")
    subject = models.CharField(max_length=24)
    kind = models.CharField(max_length=10, choices=Kind)
    due_at = models.DateTimeField()
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "subject", "kind", "due_at"], name="notice_once")]
        indexes = [models.Index(fields=["user", "read_at", "-id"], name="notice_unread")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind}"


class Parameter(models.Model):
    """A term, a band or a capacity of this office from a day on: proposed by one person and decided by another."""

    key = models.CharField(max_length=40)
    value = models.CharField(max_length=40)
    from_on = models.DateField()
    source = models.TextField()
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["key", "from_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")), name="parameter_two_hands"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None, decided_at=None) | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="parameter_decided_by_and_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.value} {self.from_on}"
