"""Writes on data sets: registered with purpose, legal basis, fields, retention and provider, or not at all."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lianfang.web.detection.catalogue import column_title, table_title
from lianfang.web.detection.models import Completeness, Dataset
from lianfang.web.detection.queries.data import SHORT_KEPT, SHORT_KEPT_DAYS, deliverable
from lianfang.web.organisation.models import Unit
from lianfang.web.shared import clock, log, numbering
from lianfang.web.shared.actor import Actor
from lianfang.web.shared.refused import Refused
from lianfang.web.shared.roles import Permission

REJECT_LIMIT = Decimal("0.05")


@dataclass(frozen=True)
class Terms:
    """On what terms a table may be delivered. Without purpose, legal basis, fields and retention nothing comes in."""

    title: str
    purpose: str
    legal_basis: str
    fields: Collection[str]
    retention_days: int | None
    reject_limit: Decimal = REJECT_LIMIT


@transaction.atomic
def register_dataset(table: str, *, by: Actor, provider: Unit, terms: Terms) -> Dataset:
    """Register what a unit delivers, on which terms."""
    by.require(Permission.DATA_GOVERN)
    dataset = Dataset(table=table, provider=provider, registered_by=by.name, registered_at=clock.now())
    _put(dataset, terms)
    if Dataset.objects.filter(table=table, provider=provider, closed_on=None).exists():
        said = _("%(unit)s的“%(table)s”已登记。") % {"unit": provider.name, "table": table_title(table)}
        raise Refused(said, fields={"table": said}, status=409)
    dataset.number = f"D-{numbering.take('dataset'):04d}"
    dataset.save(force_insert=True)
    _tell("dataset.register", dataset, by, table=table, **_facts(dataset))
    return dataset


@transaction.atomic
def change_dataset(dataset: Dataset, *, by: Actor, terms: Terms, version: int) -> Dataset:
    """Change the terms; batches that were taken keep their own retention."""
    by.require(Permission.DATA_GOVERN)
    dataset = _locked(dataset, version)
    before = _facts(dataset)
    _put(dataset, terms)
    dataset.version += 1
    dataset.save()
    _tell("dataset.change", dataset, by, before=before, after=_facts(dataset))
    return dataset


def _put(dataset: Dataset, terms: Terms) -> None:
    dataset.title = terms.title.strip() or table_title(dataset.table)
    dataset.purpose, dataset.legal_basis = terms.purpose.strip(), terms.legal_basis.strip()
    dataset.fields, dataset.retention_days = _in_order(dataset.table, terms.fields), terms.retention_days or 0
    dataset.reject_limit = terms.reject_limit
    _check(dataset)


def _facts(dataset: Dataset) -> dict[str, Any]:
    limit = str(dataset.reject_limit)
    return {"fields": dataset.fields, "retention_days": dataset.retention_days, "reject_limit": limit}


@transaction.atomic
def close_dataset(dataset: Dataset, *, by: Actor, reason: str, version: int) -> Dataset:
    """Take no more batches for a data set; the runs to come leave its batches out."""
    by.require(Permission.DATA_GOVERN)
    dataset = _locked(dataset, version)
    if not reason.strip():
        raise Refused(_("请写明停用的理由。"), fields={"reason": _("请写明停用的理由。")})
    dataset.closed_on, dataset.version = clock.today(), dataset.version + 1
    dataset.save(update_fields=["closed_on", "version"])
    _tell("dataset.close", dataset, by, reason=reason.strip())
    return dataset


@transaction.atomic
def declare_complete(dataset: Dataset, *, by: Actor, from_on: date, until_on: date) -> Completeness:
    """Put down the provider's word that the data set is complete for a period. From then on absence is a fact."""
    by.require(Permission.DATA_IMPORT)
    if not by.reaches(Permission.DATA_IMPORT, dataset.provider.path):
        raise Refused(_("没有这个数据集。"), status=404)
    if until_on < from_on:
        said = _("截止日不能早于起始日。")
        raise Refused(said, fields={"until_on": said})
    if until_on > clock.today():
        said = _("不能声明将来的数据已齐全。")
        raise Refused(said, fields={"until_on": said})
    word = Completeness.objects.create(
        dataset=dataset, from_on=from_on, until_on=until_on, declared_by=by.name, declared_at=clock.now()
    )
    _tell("dataset.complete", dataset, by, from_on=str(from_on), until_on=str(until_on))
    return word


@transaction.atomic
def revoke_complete(word: Completeness, *, by: Actor, reason: str) -> Completeness:
    """Take the word back: from the next run on, a missing row says nothing again."""
    by.require(Permission.DATA_IMPORT)
    word = Completeness.objects.select_for_update(of=("self",)).select_related("dataset__provider").get(pk=word.pk)
    if not by.reaches(Permission.DATA_IMPORT, word.dataset.provider.path):
        raise Refused(_("没有这个数据集。"), status=404)
    if word.revoked_at is None:
        word.revoked_by, word.revoked_at = by.name, clock.now()
        word.save(update_fields=["revoked_by", "revoked_at"])
        period = {"from_on": str(word.from_on), "until_on": str(word.until_on)}
        _tell("dataset.complete_revoke", word.dataset, by, reason=reason.strip(), **period)
    return word


def _in_order(table: str, fields: Collection[str]) -> list[str]:
    found = deliverable().get(table)
    return [name for name in found.columns if name in fields] if found else []


def _check(dataset: Dataset) -> None:
    """All four things are there, and the time that rows are kept is lawful."""
    table = deliverable().get(dataset.table)
    if table is None:
        said = _("没有这张可报送的规范表。")
        raise Refused(said, fields={"table": said})
    missing = {
        "purpose": (dataset.purpose, _("请写明处理目的。")),
        "legal_basis": (dataset.legal_basis, _("请写明法律依据（法规名称和条款）。")),
        "fields": (dataset.fields, _("请选择可以报送的列。")),
        "retention_days": (dataset.retention_days, _("请填写保留天数。")),
    }
    faults = {name: said for name, (given, said) in missing.items() if not given}
    required = [c.name for c in table.columns.values() if c.required or c.name in table.key]
    if dataset.fields and (lacking := [name for name in required if name not in dataset.fields]):
        names = "、".join(column_title(dataset.table, name) for name in lacking)
        faults["fields"] = _("缺少必填列：%(names)s。") % {"names": names}
    if dataset.table in SHORT_KEPT and dataset.retention_days > SHORT_KEPT_DAYS:
        faults["retention_days"] = _("家庭、结算、行程、账户一类数据最多保留%(n)d天。") % {"n": SHORT_KEPT_DAYS}
    if not 0 <= dataset.reject_limit <= 1:
        faults["reject_limit"] = _("退回上限在0与100%之间。")
    if faults:
        raise Refused(_("目的、依据、字段、保留期、来源单位缺一不可。") + "".join(faults.values()), fields=faults)


def _locked(dataset: Dataset, version: int) -> Dataset:
    locked = Dataset.objects.select_for_update(of=("self",)).select_related("provider").get(pk=dataset.pk)
    if locked.version != version or locked.closed_on:
        raise Refused(_("这个数据集刚被别人改过。请核对后再提交。"), status=409)
    return locked


def _tell(action: str, dataset: Dataset, by: Actor, *, reason: str = "", **detail: object) -> None:
    log.record(
        action,
        by=by,
        subject_type="dataset",
        subject=dataset.number,
        unit_path=dataset.provider.path,
        reason=reason,
        **detail,
    )
