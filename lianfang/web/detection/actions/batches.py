"""Writes on deliveries and batches: a person's steps, and what the clock does for work that nobody holds any more.

What the worker does between a person's steps is in ``checking``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from lianfang.engine import mapping as mappings
from lianfang.engine.fault import Fault, speaking
from lianfang.engine.tables import tables
from lianfang.web.detection import reading, store
from lianfang.web.detection.catalogue import column_title, table_title
from lianfang.web.detection.models import Batch, Dataset, Delivery, FileForm
from lianfang.web.detection.models.data import UNDO_DAYS
from lianfang.web.detection.queries import data as queries
from lianfang.web.organisation.models import Unit
from lianfang.web.shared import clock, log, numbering, panels
from lianfang.web.shared.actor import Actor, system
from lianfang.web.shared.language import is_english
from lianfang.web.shared.refused import Refused
from lianfang.web.shared.roles import Permission

State, Work = Delivery.State, Delivery.Work
LEASE = timedelta(seconds=settings.LEASE_SECONDS)  # a worker that does not renew it for so long is taken for dead
RENEW = settings.LEASE_SECONDS / 6
QUEUED = LEASE  # for so long queued work is not looked after
MAX_LOSSES = 5
IDLE = timedelta(days=14)  # a delivery nobody went on with
REASON_LENGTH = 20
OPEN = (State.UPLOADED, State.PROPOSED, State.MAPPED, State.CHECKED, State.UNREADABLE)

# A lease runs on the machine's own clock: a demonstration that lives on another day still has to see its worker die.
machine_now = timezone.now


# ---- a person's steps ----------------------------------------------------------------------------------------------


@transaction.atomic
def receive(
    *,
    by: Actor,
    provider: Unit,
    file_name: str,
    digest: str,
    size: int,
    adds: bool = False,
    runs_after: bool = True,
) -> Delivery:
    """Register a file that stands in the store, and let the worker look at it.

    The same file of the same provider on its way already is that delivery; one that stands already is refused.
    """
    by.require(Permission.DATA_IMPORT)
    _check_reach(by, provider)
    if not queries.registered(provider.pk):
        said = _("%(unit)s还没有登记数据集。请防控办主任先登记目的、依据、字段和保留期。") % {"unit": provider.name}
        raise Refused(said, fields={"provider": said})
    Unit.objects.select_for_update().get(pk=provider.pk)  # the same file sent twice at once is one delivery
    for earlier in Delivery.objects.filter(provider=provider, digest=digest).exclude(state=State.DISCARDED):
        if not earlier.is_over:
            return earlier
        if standing := earlier.batches.filter(state=Batch.State.TAKEN).first():
            said = _("这个文件已经入库（%(batch)s），不用再传。") % {"batch": standing.number}
            raise Refused(said, status=409, fields={"file": said})
    year = clock.today().year
    delivery = Delivery(
        number=f"I-{year}-{numbering.take(f'delivery {year}'):05d}",
        provider=provider,
        file_name=reading.safe_name(file_name),
        digest=digest,
        size=size,
        uploaded_by=by.name,
        uploaded_by_id=by.user_id,
        uploaded_at=clock.now(),
        adds=adds,
        runs_after=runs_after,
    )
    delivery.save(force_insert=True)
    queue(delivery, Work.LOOK)
    _tell("delivery.receive", delivery, by, file=digest, size=size)
    return delivery


@transaction.atomic
def look_again(
    delivery: Delivery, *, by: Actor, encoding: str = "", header_rows: Mapping[str, int] | None = None
) -> Delivery:
    """Read the file once more, with the encoding or the header rows that a person chose."""
    delivery = _stepped(delivery, by, (State.PROPOSED, State.UNREADABLE))
    if encoding and encoding not in reading.ENCODINGS:
        raise Refused(_("没有这种编码。"), fields={"encoding": _("没有这种编码。")})
    if any(not 1 <= row <= 1000 for row in (header_rows or {}).values()):
        said = _("表头行是从1起的行号。")
        raise Refused(said, fields={"header_row": said})
    kept = dict(delivery.reading.get("header_rows", {})) | dict(header_rows or {})
    delivery.reading = {"encoding": encoding, "header_rows": kept}
    delivery.state, delivery.fault = State.UPLOADED, {}
    queue(delivery, Work.LOOK)
    _tell("delivery.look_again", delivery, by, encoding=encoding, header_rows=list(kept.values()))
    return delivery


@transaction.atomic
def confirm_mapping(
    delivery: Delivery, *, by: Actor, sheets: list[dict[str, Any]], version: int | None = None
) -> Delivery:
    """Settle which column is which, remember it for the provider's next file of this form, and let it be checked.

    ``sheets`` names for each sheet its ``key``, its ``table`` ("" leaves it out) and its ``columns``.
    """
    delivery = _stepped(delivery, by, (State.PROPOSED, State.CHECKED), version)
    confirmed = confirmed_mapping(delivery, sheets)
    delivery.mapping, delivery.mapped_by = confirmed, by.name
    _discard_checked(delivery)
    delivery.state, delivery.fault, delivery.result = State.MAPPED, {}, {}
    queue(delivery, Work.CHECK)
    _remember(delivery, by)
    _tell("delivery.map", delivery, by, tables=sorted({one["table"] for one in confirmed["sheets"]}))
    return delivery


@transaction.atomic
def ask_taking(delivery: Delivery, *, by: Actor, runs_after: bool = True, version: int | None = None) -> Delivery:
    """Let the checked tables be taken; what a data set's limit does not allow is refused."""
    delivery = _stepped(delivery, by, (State.CHECKED,), version)
    if lacks := lacks_of(delivery):
        raise Refused(_("还不能入库：") + "".join(lacks))
    delivery.state, delivery.taken_by, delivery.runs_after, delivery.fault = State.TAKING, by.name, runs_after, {}
    queue(delivery, Work.TAKE)
    _tell("delivery.ask_taking", delivery, by)
    return delivery


@transaction.atomic
def discard(delivery: Delivery, *, by: Actor) -> Delivery:
    """Give a delivery up; nothing of it stays but its name and digest."""
    delivery = _stepped(delivery, by, OPEN)
    _discard_checked(delivery)
    delivery.state, delivery.awaits, delivery.finished_at = State.DISCARDED, Work.NOTHING, clock.now()
    delivery.proposal, delivery.result, delivery.version = {}, {}, delivery.version + 1
    delivery.save()
    _tell("delivery.discard", delivery, by)
    transaction.on_commit(partial(drop_files, delivery))
    return delivery


@transaction.atomic
def withdraw_batch(batch: Batch, *, by: Actor, reason: str) -> Batch:
    """Take a whole batch back within thirty days. What rests on it is marked by whoever built on it."""
    by.require(Permission.DATA_IMPORT)
    _check_reach(by, batch.dataset.provider)
    locked = Batch.objects.select_for_update(of=("self",)).select_related("dataset__provider", "delivery")
    batch = locked.get(pk=batch.pk)
    if batch.state != Batch.State.TAKEN:
        said = _("这一批现在是“%(state)s”，不能撤回。") % {"state": batch.get_state_display()}
        raise Refused(said, status=409)
    if clock.today() > batch.undo_until:
        raise Refused(_("入库已超过%(n)d天，不能再整批撤回。请上传更正后的数据。") % {"n": UNDO_DAYS}, status=409)
    if len(reason.strip()) < REASON_LENGTH:
        said = _("理由不少于%(n)d字。") % {"n": REASON_LENGTH}
        raise Refused(said, fields={"reason": said})
    batch.state, batch.withdrawn_at, batch.withdrawn_by = Batch.State.WITHDRAWN, clock.now(), by.name
    batch.withdrawn_because = reason.strip()
    batch.save(update_fields=["state", "withdrawn_at", "withdrawn_by", "withdrawn_because"])
    tell_batch("batch.withdraw", batch, by, reason=batch.withdrawn_because)
    panels.check("batch.withdrawn", batch)
    transaction.on_commit(partial(store.remove, store.batch(batch.number)))
    return batch


def lacks_of(delivery: Delivery) -> list[str]:
    """What stands in the way of taking a checked delivery, in the reader's words."""
    found = []
    for one in delivery.result.get("tables", ()):
        words = {"table": table_title(one["table"]), "share": f"{one['share']:.1%}", "limit": f"{one['limit']:.1%}"}
        if one["reason"]:
            found.append(_("“%(table)s”缺少必填列。") % words)
        elif one["share"] > one["limit"]:
            found.append(_("“%(table)s”退回%(share)s，超过上限%(limit)s。") % words)
    if not any(one["rows"] for one in delivery.result.get("tables", ())):
        found.append(_("没有可用的行。"))
    return found


def _check_reach(by: Actor, provider: Unit) -> None:
    if not by.reaches(Permission.DATA_IMPORT, provider.path):
        raise Refused(_("没有这个单位的数据。"), status=404)


def _stepped(delivery: Delivery, by: Actor, states: tuple[str, ...], version: int | None = None) -> Delivery:
    """The delivery, locked, if ``by`` may go on with it and it still stands where the step begins."""
    by.require(Permission.DATA_IMPORT)
    locked = Delivery.objects.select_for_update(of=("self",)).select_related("provider").get(pk=delivery.pk)
    _check_reach(by, locked.provider)
    if locked.state not in states or (version is not None and locked.version != version):
        state = locked.get_state_display()
        raise Refused(_("这份数据现在是“%(state)s”。请刷新后再办。") % {"state": state}, status=409)
    return locked


def _discard_checked(delivery: Delivery) -> None:
    delivery.batches.filter(state=Batch.State.CHECKED).update(state=Batch.State.DISCARDED)


# ---- the mapping ---------------------------------------------------------------------------------------------------


def confirmed_mapping(delivery: Delivery, given: list[dict[str, Any]]) -> dict[str, Any]:
    """The mapping as it will be used, once every table is registered and every needed column has its header."""
    proposal = delivery.proposal
    if proposal.get("kind") == "folder":
        return {"kind": "folder", "sheets": [], "wholes": {}}
    known = {one["key"]: one for one in proposal["sheets"]}
    registered = queries.registered(delivery.provider_id)
    sheets = [
        {name: known[one["key"]][name] for name in ("key", "file", "sheet", "alone", "asked_row")}
        | {"table": one["table"], "columns": _columns(one, known[one["key"]], registered)}
        for one in given
        if one.get("table") and one.get("key") in known
    ]
    if not sheets and not proposal["wholes"]:
        said = _("请为至少一张表选择规范表。")
        raise Refused(said, fields={"table": said})
    confirmed = {"kind": "sheets", "sheets": sheets, "wholes": proposal["wholes"]}
    with speaking("en" if is_english() else "zh"):
        try:
            raw = {"files": [{"match": "*", "table": s["table"], "columns": s["columns"]} for s in sheets]}
            mappings.parse(raw, _("对应关系"))
        except Fault as fault:
            raise Refused(f"{fault.what}{fault.remedy}", fields={"columns": str(fault.what)}) from None
    return confirmed


def _columns(one: Mapping[str, Any], sheet: Mapping[str, Any], registered: Mapping[str, Dataset]) -> dict[str, Any]:
    """The columns of one sheet; each must be registered and come from a header that the sheet has."""
    dataset = registered.get(one["table"])
    if dataset is None:
        said = _("“%(table)s”没有登记为该单位的数据集，不能导入。") % {"table": table_title(one["table"])}
        raise Refused(said, fields={"table": said})
    headers = {column["header"] for column in sheet["columns"]}
    columns = {
        name: take
        for name, take in one["columns"].items()
        if name in dataset.fields and (take.get("from") in headers or take.get("row") or "value" in take)
    }
    table = tables()[one["table"]]
    missing = [c.name for c in table.columns.values() if c.required and c.name not in columns]
    if missing:
        names = "、".join(column_title(table.name, name) for name in missing)
        said = _("“%(sheet)s”还缺必填列：%(names)s。") % {"sheet": sheet["sheet"], "names": names}
        raise Refused(said, fields={"columns": said})
    return columns


def _remember(delivery: Delivery, by: Actor) -> None:
    """Keep how this form of file is read, so that the provider's next one needs nobody's hand."""
    if not delivery.form or delivery.mapping["kind"] != "sheets":
        return
    order = {one["key"]: number for number, one in enumerate(delivery.proposal["sheets"])}
    headers = {one["key"]: [c["header"] for c in one["columns"]] for one in delivery.proposal["sheets"]}
    kept = [
        {"place": order[s["key"]], "headers": headers[s["key"]], "table": s["table"], "columns": s["columns"],
         "asked_row": s["asked_row"]}
        for s in delivery.mapping["sheets"]
    ]  # fmt: skip
    FileForm.objects.update_or_create(
        provider=delivery.provider,
        form=delivery.form,
        defaults={
            "mapping": {"encoding": delivery.reading.get("encoding", ""), "sheets": kept},
            "confirmed_by": by.name,
            "confirmed_at": clock.now(),
        },
    )


def remembered_mapping(form: FileForm, proposal: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """A remembered mapping on the sheets of a new file of the same form, or None where it does not fit."""
    found = []
    for kept in form.mapping["sheets"]:
        if kept["place"] >= len(proposal["sheets"]):
            return None
        sheet = proposal["sheets"][kept["place"]]
        renamed = reading.headers_now(kept["headers"], [column["header"] for column in sheet["columns"]])
        if renamed is None:
            return None
        columns = {
            name: {**take, "from": renamed[take["from"]]} if "from" in take else take
            for name, take in kept["columns"].items()
        }
        found.append({"key": sheet["key"], "table": kept["table"], "columns": columns})
    return found


# ---- the clock's ---------------------------------------------------------------------------------------------------


def queue(delivery: Delivery, work: str) -> None:
    """Hand work to the worker with this transaction."""
    from lianfang.web.detection import tasks  # a task calls an action and an action queues a task

    result = tasks.FOR_WORK[work].enqueue(delivery.number)
    delivery.awaits, delivery.task = work, str(result.id)
    delivery.is_held, delivery.leased_until = False, machine_now() + QUEUED
    delivery.version += 1
    delivery.save()


def requeue_lost() -> int:
    """Queue again the work whose worker has died; returns how many deliveries were queued or given up."""
    from django_tasks_db.models import DBTaskResult

    lost = Delivery.objects.filter(~Q(awaits=""), leased_until__lt=machine_now()).order_by("pk")
    count = 0
    for number in list(lost.values_list("number", flat=True)):
        with transaction.atomic():
            delivery = Delivery.objects.select_for_update(of=("self",)).get(number=number)
            if not delivery.awaits or delivery.leased_until > machine_now():
                continue
            if not delivery.is_held and DBTaskResult.objects.filter(id=delivery.task, status="READY").exists():
                continue  # the queue is long, or no worker runs
            count += 1
            delivery.losses += 1
            if delivery.losses >= MAX_LOSSES:
                failed(delivery, work=delivery.awaits, fault=in_both_words(_lost_words, delivery.losses))
                delivery.awaits, delivery.is_held, delivery.losses = Work.NOTHING, False, 0
                delivery.version += 1
                delivery.save()
            else:
                queue(delivery, delivery.awaits)
    return count


def expire() -> int:
    """Destroy the rows of batches whose time is over, unless a matter holds them; returns how many went."""
    due = Batch.objects.filter(state=Batch.State.TAKEN, expires_on__lte=clock.today()).order_by("pk")
    count = 0
    for pk in list(due.values_list("pk", flat=True)):
        try:
            with transaction.atomic():
                count += _expire_one(pk)
        except Refused:  # held; asked again with the next sweep
            continue
    return count


def _expire_one(pk: int) -> int:
    locked = Batch.objects.select_for_update(of=("self",)).select_related("dataset__provider")
    batch = locked.filter(pk=pk, state=Batch.State.TAKEN).first()
    if batch is None:
        return 0
    panels.check("batch.expiring", batch)
    batch.state = Batch.State.EXPIRED
    batch.save(update_fields=["state"])
    tell_batch("batch.expire", batch, system("clock"), rows=batch.rows)
    transaction.on_commit(partial(store.remove, store.batch(batch.number)))
    return 1


def give_up_idle() -> int:
    """Discard deliveries that nobody went on with for two weeks: they hold files with numbers of persons."""
    before = clock.now() - IDLE
    idle = Delivery.objects.filter(state__in=OPEN, awaits="", uploaded_at__lt=before).order_by("pk")
    found = list(idle)
    for delivery in found:
        discard(delivery, by=system("clock"))
    return len(found)


def clear_leftovers() -> None:
    """Take away folders and files that no row speaks of any more: what a killed process could not.

    Folders are listed before rows are read: whatever stands in the list and is needed has its row by then.
    """
    standing, taken = store.folders("deliveries"), store.folders("batches")
    live = set(Delivery.objects.exclude(state__in=Delivery.FINAL).values_list("number", flat=True))
    kept = set(Batch.objects.filter(state__in=["checked", "taken"]).values_list("number", flat=True))
    for folder in (*(f for f in standing if f.name not in live), *(f for f in taken if f.name not in kept)):
        store.remove(folder)
    for delivery in Delivery.objects.filter(awaits="").exclude(state__in=Delivery.FINAL):
        tidy(delivery)
    old = list(store.uploads(older_than=3600))
    wanted = set(Delivery.objects.exclude(state__in=Delivery.FINAL).values_list("digest", flat=True))
    for file in old:
        if file.name not in wanted:
            file.unlink(missing_ok=True)


def drop_files(delivery: Delivery) -> None:
    """The file as it was sent holds what digests were made to hide: it goes as soon as nobody needs it."""
    store.remove(store.checked(delivery.number))
    if not Delivery.objects.filter(digest=delivery.digest).exclude(state__in=Delivery.FINAL).exists():
        store.uploaded(delivery.digest).unlink(missing_ok=True)


def _tell(action: str, delivery: Delivery, by: Actor, **detail: object) -> None:
    log.record(
        action,
        by=by,
        subject_type="delivery",
        subject=delivery.number,
        unit_path=delivery.provider.path,
        **detail,
    )


def tell_batch(action: str, batch: Batch, by: Actor, *, reason: str = "", **detail: object) -> None:
    dataset = batch.dataset
    path = dataset.provider.path
    log.record(
        action, by=by, subject_type="batch", subject=batch.number, unit_path=path, reason=reason,
        dataset=dataset.number, **detail,
    )  # fmt: skip


def tidy(delivery: Delivery) -> None:
    """Take away what attempts up to this one left; a later one may be at work already, and the last check stays."""
    kept = Delivery.objects.filter(pk=delivery.pk).values_list("folder", flat=True).first()
    for folder in store.inside(store.checked(delivery.number)):
        if int(folder.name.rpartition("-")[2]) <= delivery.attempt and store.relative(folder) != kept:
            store.remove(folder)


def failed(mine: Delivery, *, work: str, fault: dict[str, Any]) -> None:
    back = {Work.LOOK: State.UNREADABLE, Work.CHECK: State.PROPOSED, Work.TAKE: State.CHECKED}
    mine.state, mine.fault = back[Work(work)], fault


def _lost_words(times: int) -> dict[str, str]:
    what = _("处理这个文件时程序中断了%(n)d次。") % {"n": times}
    return {"where": "", "what": what, "remedy": _("文件可能过大。请分成几个文件再上传，或告诉管理员。")}


def in_both_words(words: Callable[[Any], dict[str, str]], given: Any) -> dict[str, dict[str, str]]:
    found = {}
    for language, code in (("zh", "zh-hans"), ("en", "en")):
        with translation.override(code):
            found[language] = words(given)
    return found
