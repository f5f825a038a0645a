"""Months and quarters: their days, their names, and whether they are over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from lianfang.web.shared import clock

_WRITTEN = re.compile(r"(20\d\d)-(Q[1-4]|0[1-9]|1[0-2])")
MONTHS = (
    *(_("1月"), _("2月"), _("3月"), _("4月"), _("5月"), _("6月")),
    *(_("7月"), _("8月"), _("9月"), _("10月"), _("11月"), _("12月")),
)
QUARTERS = (_("第一季度"), _("第二季度"), _("第三季度"), _("第四季度"))


@dataclass(frozen=True, order=True)
class Period:
    """A month (2025-09) or a quarter (2025-Q3)."""

    first: date
    months: int

    @classmethod
    def parse(cls, text: str) -> Period | None:
        found = _WRITTEN.fullmatch(text)
        if not found:
            return None
        year, part = int(found[1]), found[2]
        if part.startswith("Q"):
            return cls(date(year, 3 * int(part[1]) - 2, 1), 3)
        return cls(date(year, int(part), 1), 1)

    @classmethod
    def of(cls, day: date, months: int) -> Period:
        """The month or quarter in which ``day`` lies."""
        return cls(date(day.year, day.month - (day.month - 1) % months, 1), months)

    @property
    def key(self) -> str:
        if self.months == 3:
            return f"{self.first.year}-Q{(self.first.month + 2) // 3}"
        return f"{self.first:%Y-%m}"

    @property
    def last(self) -> date:
        return self._next_first() - timedelta(days=1)

    def _next_first(self) -> date:
        month = self.first.month + self.months
        return date(self.first.year + (month > 12), month - 12 * (month > 12), 1)

    @property
    def before(self) -> Period:
        return Period.of(self.first - timedelta(days=1), self.months)

    @property
    def begins(self) -> datetime:
        return timezone.make_aware(datetime.combine(self.first, time()))

    @property
    def ends(self) -> datetime:
        """The first moment after it."""
        return timezone.make_aware(datetime.combine(self._next_first(), time()))

    @property
    def is_over(self) -> bool:
        return self.last < clock.today()

    @property
    def label(self) -> str:
        """Its name in the language of the page."""
        part = QUARTERS[(self.first.month - 1) // 3] if self.months == 3 else MONTHS[self.first.month - 1]
        return gettext("%(year)d年%(part)s") % {"year": self.first.year, "part": part}

    @property
    def labels(self) -> dict[str, str]:
        """Its name in both languages, for what is published."""
        names = {}
        for name, code in (("zh", "zh-hans"), ("en", "en")):
            with override(code):
                names[name] = self.label
        return names


def closed(months: int, count: int) -> Iterator[Period]:
    """The last ``count`` months or quarters that are over, the latest first."""
    period = Period.of(clock.today(), months)
    for _number in range(count):
        period = period.before
        yield period
