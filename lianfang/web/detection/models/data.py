"""Data sets and what was delivered for them: who may deliver which columns why, each file, each batch."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lianfang.web.organisation.models import Unit

UNDO_DAYS = 30  # a batch may be withdrawn for so long


class Dataset(models.Model):
    """One canonical table as one unit delivers it, with the four things without which no data come in.

    ``fields`` are the columns that may be delivered; what else a file holds is not read in. ``retention_days`` is
    how long a batch's rows are kept after they were taken.
    """

    number = models.CharField(max_length=20, unique=True)
    table = models.CharField(max_length=60)
    title = models.CharField(max_length=100)
    provider = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="datasets")
    purpose = models.TextField()
    legal_basis = models.TextField()
    fields = models.JSONField()
    retention_days = models.PositiveIntegerField()
    reject_limit = models.DecimalField(max_digits=5, decimal_places=4, default=Decimal("0.05"))
    registered_by = models.CharField(max_length=60)
    registered_at = models.DateTimeField()
    closed_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["table", "provider__path"]
        constraints = [
            models.UniqueConstraint(fields=["table", "provider"], condition=Q(closed_on=None), name="dataset_once"),
            models.CheckConstraint(condition=~Q(purpose="") & ~Q(legal_basis=""), name="dataset_says_why"),
            models.CheckConstraint(condition=Q(retention_days__gte=1), name="dataset_is_kept_for_a_time"),
            models.CheckConstraint(condition=Q(reject_limit__gte=0, reject_limit__lte=1), name="dataset_limit"),
        ]

    def __str__(self) -> str:
        return self.title


class Completeness(models.Model):
    """The provider's word that a data set is complete for a period: only then is a missing row a fact."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="completeness")
    from_on = models.DateField()
    until_on = models.DateField()
    declared_by = models.CharField(max_length=60)
    declared_at = models.DateTimeField()
    revoked_by = models.CharField(max_length=60, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-until_on", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(until_on__gte=F("from_on")), name="complete_in_order"),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by="") | Q(revoked_at__isnull=False) & ~Q(revoked_by=""),
                name="complete_revoked_by_and_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_on}–{self.until_on}"


class Delivery(models.Model):
    """One uploaded file on its way through the steps; taken, it is one batch for each table that it fills.

    ``awaits`` names what the worker has still to do ("" when a person is next). Whoever does it holds a lease and an
    ``attempt``; when the lease runs out the clock queues the work again, and a lost attempt writes nothing any more.
    """

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("已上传")
        PROPOSED = "proposed", _("待对应列")
        MAPPED = "mapped", _("检查中")
        CHECKED = "checked", _("已检查")
        TAKING = "taking", _("入库中")
        TAKEN = "taken", _("已入库")
        UNREADABLE = "unreadable", _("未能读取")
        DISCARDED = "discarded", _("已放弃")

    class Work(models.TextChoices):
        NOTHING = "", _("无")
        LOOK = "look", _("读取文件")
        CHECK = "check", _("检查数据")
        TAKE = "take", _("入库")

    number = models.CharField(max_length=20, unique=True)
    provider = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="deliveries")
    file_name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField()
    uploaded_by = models.CharField(max_length=60)
    uploaded_by_id = models.BigIntegerField(null=True)
    uploaded_at = models.DateTimeField()
    adds = models.BooleanField(default=False, help_text="adds rows to what stands, instead of taking its place")
    runs_after = models.BooleanField(default=True, help_text="the catalogue is run once it is taken")
    state = models.CharField(max_length=10, choices=State, default=State.UPLOADED)
    awaits = models.CharField(max_length=6, choices=Work, default=Work.NOTHING, blank=True)
    task = models.CharField(max_length=40, blank=True, help_text="the queued task that does it")
    leased_until = models.DateTimeField(null=True, blank=True)
    is_held = models.BooleanField(default=False, help_text="a worker is at it now")
    attempt = models.PositiveIntegerField(default=0)
    losses = models.PositiveSmallIntegerField(default=0, help_text="times in a row that the work was lost")
    progress = models.JSONField(default=dict)
    form = models.CharField(max_length=64, blank=True, help_text="digest of the file's sheets and headers")
    reading = models.JSONField(default=dict, help_text="header rows and encoding that a person chose")
    proposal = models.JSONField(default=dict)
    mapping = models.JSONField(default=dict)
    mapped_by = models.CharField(max_length=60, blank=True)
    taken_by = models.CharField(max_length=60, blank=True)
    result = models.JSONField(default=dict, help_text="what the check found: rows, notes, comparison")
    folder = models.CharField(max_length=200, blank=True, help_text="where the checked tables stand, in the store")
    fault = models.JSONField(default=dict, help_text="where, what and remedy, in both languages")
    finished_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(awaits="")
                | Q(awaits="look", state="uploaded")
                | Q(awaits="check", state="mapped")
                | Q(awaits="take", state="taking"),
                name="work_fits_state",
            ),
        ]
        indexes = [
            models.Index(fields=["provider", "form"], name="delivery_form"),
            models.Index(fields=["awaits", "leased_until"], name="delivery_lost"),
        ]

    FINAL = (State.TAKEN, State.DISCARDED)

    def __str__(self) -> str:
        return f"{self.number} {self.file_name}"

    @property
    def is_over(self) -> bool:
        return self.state in self.FINAL


class Batch(models.Model):
    """What one delivery brought for one data set. Its rows are Parquet files in the store, never changed in place."""

    class State(models.TextChoices):
        CHECKED = "checked", _("待入库")
        TAKEN = "taken", _("已入库")
        WITHDRAWN = "withdrawn", _("已撤回")
        DISCARDED = "discarded", _("已放弃")
        EXPIRED = "expired", _("保留期满已销毁")

    number = models.CharField(max_length=20, unique=True)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="batches")
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="batches")
    state = models.CharField(max_length=10, choices=State, default=State.CHECKED)
    adds = models.BooleanField(default=False)
    rows = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    columns = models.JSONField(default=list)
    empty_columns = models.JSONField(default=list)
    digest = models.CharField(max_length=64, blank=True, help_text="of the Parquet file")
    digests_key = models.CharField(max_length=8, blank=True, help_text="fingerprint of the key of person digests")
    taken_at = models.DateTimeField(null=True, blank=True)
    taken_by = models.CharField(max_length=60, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.CharField(max_length=60, blank=True)
    withdrawn_because = models.TextField(blank=True)
    expires_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["delivery", "dataset"], name="batch_once"),
            models.CheckConstraint(
                condition=Q(taken_at=None, taken_by="", state__in=["checked", "discarded"])
                | Q(taken_at__isnull=False, state__in=["taken", "withdrawn", "expired"]) & ~Q(taken_by=""),
                name="batch_taken_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by="") & ~Q(state="withdrawn")
                | Q(withdrawn_at__isnull=False, state="withdrawn") & ~Q(withdrawn_by=""),
                name="batch_withdrawn_by_and_at",
            ),
        ]
        indexes = [models.Index(fields=["dataset", "state", "-id"], name="batch_current")]

    def __str__(self) -> str:
        return self.number

    @property
    def file_name(self) -> str:
        return self.delivery.file_name

    @property
    def uploaded_by(self) -> str:
        return self.delivery.uploaded_by

    @property
    def uploaded_at(self) -> Any:
        return self.delivery.uploaded_at

    @property
    def undo_until(self) -> Any:
        """The last day on which the batch may be withdrawn, or None when it was not taken."""
        return None if self.taken_at is None else timezone.localdate(self.taken_at) + timedelta(days=UNDO_DAYS)


class FileForm(models.Model):
    """How a provider's files of one form are read: confirmed by a person once, used again for the next month's file."""

    provider = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="+")
    form = models.CharField(max_length=64)
    mapping = models.JSONField()
    confirmed_by = models.CharField(max_length=60)
    confirmed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "form"], name="form_once")]

    def __str__(self) -> str:
        return self.form[:8]
