"""Units as a tree, posts, persons, who held which post, and the days of the calendar."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Unit(models.Model):
    """A public body or a place in the tree: city → district → township → village, departments and institutions beside.

    ``code`` is the canonical tables' unit_id. ``path`` holds the codes from the root down, so that a subtree is a
    range: /420700/420704/420704101/.
    """

    class Kind(models.TextChoices):
        CITY = "city", _("市")
        DISTRICT = "district", _("区")
        TOWNSHIP = "township", _("乡镇街道")
        VILLAGE = "village", _("村社区")
        DEPARTMENT = "department", _("部门")
        INSTITUTION = "institution", _("事业单位")
        COMPANY = "company", _("国有企业")

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    short_name = models.CharField(max_length=40, blank=True)
    region_code = models.CharField(max_length=12, blank=True, help_text="division code, where the code is another")
    kind = models.CharField(max_length=12, choices=Kind)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    path = models.CharField(max_length=300, unique=True)
    depth = models.PositiveSmallIntegerField()
    rank = models.IntegerField(default=0)
    closed_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["path"]

    def __str__(self) -> str:
        return self.name

    @property
    def division(self) -> str:
        """The nine digits of its administrative division, or its own code."""
        return (self.region_code or self.code)[:9]

    @property
    def shown_name(self) -> str:
        return self.short_name or self.name


class Post(models.Model):
    """A place in a unit that somebody holds; its risk level is the post's, never the person's."""

    code = models.CharField(max_length=40, unique=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="posts")
    name = models.CharField(max_length=100)
    is_head = models.BooleanField(default=False)
    is_leader = models.BooleanField(default=False)
    risk_level = models.PositiveSmallIntegerField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["unit__path", "code"]

    def __str__(self) -> str:
        return self.name


class Person(models.Model):
    """An official whom the office may process. ``code`` is the canonical tables' person_id.

    Officials managed above this level are not in this table at all.
    """

    code = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=60)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="persons")
    managed_by = models.CharField(max_length=10)
    left_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["unit__path", "code"]

    def __str__(self) -> str:
        return self.name


class Holding(models.Model):
    """Who held which post from when until when."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="holdings")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="holdings")
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "post", "from_on"], name="holding_once"),
            models.CheckConstraint(
                condition=models.Q(until_on__isnull=True) | models.Q(until_on__gte=models.F("from_on")),
                name="holding_ends_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.post}"


class Day(models.Model):
    """One day of the working calendar. A year not yet decreed is provisional: weekends and statutory days only."""

    day = models.DateField(primary_key=True)
    is_workday = models.BooleanField()
    note = models.CharField(max_length=40, blank=True)
    is_provisional = models.BooleanField(default=False)

    class Meta:
        ordering = ["day"]
        indexes = [models.Index(fields=["is_workday", "day"], name="day_workday")]

    def __str__(self) -> str:
        return f"{self.day} {self.note}".strip()
