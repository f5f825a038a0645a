"""Risk points: who, at which step, in which way; graded, moved and published as the table of moves says."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from lianfang.web.organisation.models import Post, Unit
from lianfang.web.registers import grading
from lianfang.web.shared import clock

STATES = {
    "draft": _("草拟"),
    "self_assessed": _("自评"),
    "first_review": _("初审"),
    "approved": _("审定"),
    "publicity": _("公示"),
    "in_control": _("在控"),
    "adjusted": _("调整"),
    "closed": _("销号"),
}
CATEGORIES = {
    "duty": _("岗位职责"),
    "process": _("业务流程"),
    "rules": _("制度机制"),
    "environment": _("外部环境"),
    "morals": _("思想道德"),
}
LEVELS = {1: _("一级"), 2: _("二级"), 3: _("三级")}
NOT_PUBLISHED = "morals"  # what concerns a person's own conduct is never shown to the public


def _score(title: Any) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(title, validators=[MinValueValidator(1), MaxValueValidator(5)])


class RiskPoint(models.Model):
    """One way in which a post may misuse its power at one step of one matter; never about a person."""

    number = models.CharField(max_length=60, unique=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="risk_points")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="risk_points")
    responsible_post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="answers_for")
    category = models.CharField(max_length=12, choices=list(CATEGORIES.items()))
    matter = models.CharField(max_length=80)
    node = models.CharField(max_length=60)
    manifestation = models.TextField()
    cause = models.TextField(blank=True)
    measures = models.JSONField(default=list)
    control = models.CharField(max_length=12, choices=list(grading.CONTROLS.items()), default="partly")
    supervision = models.CharField(max_length=200, blank=True)

    discretion = _score(_("裁量"))
    concentration = _score(_("集中度"))
    oversight = _score(_("监督"))
    history = _score(_("历史"))
    frequency = _score(_("频度"))
    consequence = _score(_("后果"))
    amount = _score(_("金额"))
    reach = _score(_("影响面"))
    declared = models.JSONField(default=list, help_text="situations of level 1 that the proposer declares")
    level = models.PositiveSmallIntegerField()

    state = models.CharField(max_length=16, choices=list(STATES.items()), default="draft")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    proposed_by = models.CharField(max_length=60, blank=True)
    proposed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.CharField(max_length=60, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.CharField(max_length=60, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    # accounts, so that two people of one name are two people
    proposer_id = models.BigIntegerField(null=True, blank=True)
    reviewer_id = models.BigIntegerField(null=True, blank=True)
    approver_id = models.BigIntegerField(null=True, blank=True)
    minutes_number = models.CharField(max_length=60, blank=True)
    level_in_force = models.PositiveSmallIntegerField(null=True, blank=True)
    level_for_post = models.PositiveSmallIntegerField(null=True, blank=True)
    level_since = models.DateField(null=True, blank=True)
    publicity_from = models.DateField(null=True, blank=True)
    publicity_until = models.DateField(null=True, blank=True)
    is_published = models.BooleanField(default=False)
    next_review_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["unit__path", "number"]
        indexes = [
            models.Index(F("state"), F("level"), name="risk_state"),
            models.Index(F("publicity_until"), name="risk_publicity"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(level__in=[1, 2, 3]), name="risk_level_is_known"),
            models.CheckConstraint(
                condition=Q(approved_at=None, approved_by="") | Q(approved_at__isnull=False) & ~Q(approved_by=""),
                name="risk_approved_by_and_at",
            ),
            models.CheckConstraint(
                condition=~Q(state="publicity") | Q(level=1, publicity_until__isnull=False),
                name="risk_publicity_is_of_level_one",
            ),
            models.CheckConstraint(condition=~Q(is_published=True, category=NOT_PUBLISHED), name="risk_not_morals"),
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
    def scores(self) -> dict[str, int]:
        return {anchor.name: getattr(self, anchor.name) for anchor in grading.ANCHORS}

    @cached_property
    def grade(self) -> grading.Grade:
        return grading.grade(self.scores, declared=self.declared, is_head_post=self.post.is_head)

    @property
    def residual(self) -> Decimal:
        return self.grade.residual(self.control)

    @property
    def title(self) -> str:
        return self.manifestation

    @property
    def is_in_publicity(self) -> bool:
        return self.state == "publicity" and self.publicity_until is not None and self.publicity_until >= clock.today()

    @property
    def review_is_due(self) -> bool:
        return self.next_review_on is not None and self.next_review_on <= clock.today()


def public_content(risk: RiskPoint) -> dict[str, Any]:
    """What the public sees of a level-1 point: matter, step, how it may happen, measures, post, how to supervise.

    No scores: they would tell where supervision is weak. No person.
    """
    return {
        "number": risk.number,
        "unit": risk.unit.name,
        "matter": risk.matter,
        "node": risk.node,
        "manifestation": risk.manifestation,
        "measures": list(risk.measures),
        "responsible_post": f"{risk.responsible_post.unit.shown_name}{risk.responsible_post.name}",
        "supervision": risk.supervision,
        "publicity_from": _iso(risk.publicity_from),
        "publicity_until": _iso(risk.publicity_until),
    }


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
