"""The worker's work on a delivery: looking at the file, checking its rows, putting the tables where runs find them.

The worker may be stopped at any moment. What it makes stands in a folder of its own attempt until one transaction
names it; an attempt that lost its lease writes nothing.
"""

from __future__ import annotations

import logging
import shutil
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from lianfang.engine.dataset import Dataset as Tables
from lianfang.engine.tables import tables
from lianfang.web.detection import reading, store
from lianfang.web.detection.actions import batches
from lianfang.web.detection.models import Batch, Dataset, Delivery, FileForm
from lianfang.web.detection.queries import data as queries
from lianfang.web.shared import clock, numbering, panels
from lianfang.web.shared.actor import system
from lianfang.web.shared.refused import Refused

State, Work = Delivery.State, Delivery.Work
Finish = Callable[[Delivery], None]


def look(number: str) -> None:
    """See what an uploaded file is. One whose form is known goes straight on to its check."""
    _do(number, Work.LOOK, _look)


def check(number: str) -> None:
    """Read the rows under the confirmed mapping, set the wrong ones apart and compare with what stands."""
    _do(number, Work.CHECK, _check)


def take(number: str) -> None:
    """Put the checked tables where runs find them, all of a delivery at once."""
    _do(number, Work.TAKE, _take)


def _do(number: str, work: str, does: Callable[[Delivery, Path], Finish]) -> None:
    """Do a delivery's work if it still waits and nobody else is at it; the slow part outside of any transaction."""
    delivery = _claim(number, work)
    if delivery is None:
        return
    folder = store.checked(number) / f"work-{delivery.attempt}"
    try:
        with _renewed(delivery):
            finish = does(delivery, folder)
    except reading.Unreadable as unreadable:
        finish = partial(batches.failed, work=work, fault=unreadable.fault)
    except Exception as error:
        finish = partial(batches.failed, work=work, fault=_broken(error))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    with transaction.atomic():
        mine = Delivery.objects.select_for_update(of=("self",)).select_related("provider").get(pk=delivery.pk)
        if mine.awaits != work or mine.attempt != delivery.attempt:
            return  # the lease ran out and somebody else has it, or a person gave the delivery up
        mine.awaits, mine.is_held, mine.leased_until, mine.losses, mine.progress = Work.NOTHING, False, None, 0, {}
        mine.version += 1
        finish(mine)
        mine.save()
        transaction.on_commit(partial(batches.tidy, mine))


@transaction.atomic
def _claim(number: str, work: str) -> Delivery | None:
    delivery = Delivery.objects.select_for_update(of=("self",)).select_related("provider").filter(number=number).first()
    now = batches.machine_now()
    if delivery is None or delivery.awaits != work or (delivery.is_held and delivery.leased_until > now):
        return None
    delivery.is_held, delivery.leased_until, delivery.attempt = True, now + batches.LEASE, delivery.attempt + 1
    delivery.save(update_fields=["is_held", "leased_until", "attempt"])
    return delivery


@contextmanager
def _renewed(delivery: Delivery) -> Iterator[None]:
    """Keep the lease while the work goes on, from a thread of its own."""
    done = Event()
    mine = Delivery.objects.filter(pk=delivery.pk, attempt=delivery.attempt)

    def renew() -> None:
        while not done.wait(batches.RENEW):
            mine.update(leased_until=batches.machine_now() + batches.LEASE)
            connection.close()

    keeper = Thread(target=renew, daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()


def _look(delivery: Delivery, folder: Path) -> Finish:
    offered = set(queries.registered(delivery.provider_id))
    found = reading.in_both(lambda: reading.look(_sent(delivery), _fresh(folder), offered))
    form = delivery.form or found.get("form", "")
    known = FileForm.objects.filter(provider=delivery.provider, form=form).first() if form else None
    asked = dict(delivery.reading)
    if known is not None and not delivery.reading and (wanted := _asked(known, found)):
        asked = wanted
        again = _sent(delivery, asked)
        found = reading.in_both(lambda: reading.look(again, _fresh(folder), offered))
    given = batches.remembered_mapping(known, found) if known is not None and not delivery.reading else None

    def finish(mine: Delivery) -> None:
        mine.proposal, mine.form, mine.reading, mine.state = found, form, asked, State.PROPOSED
        if given is not None:
            try:
                mine.mapping = batches.confirmed_mapping(mine, given)
            except Refused:  # a table or column is no longer registered: a person decides anew
                return
            mine.mapped_by, mine.state = known.confirmed_by if known else "", State.MAPPED
            batches.queue(mine, Work.CHECK)

    return finish


def _asked(form: FileForm, proposal: Mapping[str, Any]) -> dict[str, Any]:
    """How a person chose to have this form of file read, where that is not as it is found."""
    rows = {}
    for kept in form.mapping["sheets"]:
        if kept["asked_row"] and kept["place"] < len(proposal["sheets"]):
            sheet = proposal["sheets"][kept["place"]]
            rows[f"{sheet['file']}›{sheet['sheet']}"] = kept["asked_row"]
    encoding = form.mapping["encoding"]
    return {"encoding": encoding, "header_rows": rows} if encoding or rows else {}


def _sent(delivery: Delivery, asked: Mapping[str, Any] | None = None) -> reading.Sent:
    asked = delivery.reading if asked is None else asked
    return reading.Sent(
        delivery.digest, delivery.file_name, asked.get("encoding", ""), dict(asked.get("header_rows", {}))
    )


def _fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _check(delivery: Delivery, folder: Path) -> Finish:
    progress = partial(_show_progress, delivery)
    found = reading.in_both(lambda: reading.read(_sent(delivery), delivery.mapping, _fresh(folder), progress))
    registered = queries.registered(delivery.provider_id)
    result = _result(delivery, found, registered)
    kept = store.checked(delivery.number) / f"check-{delivery.attempt}"
    store.place(found.folder, kept)

    def finish(mine: Delivery) -> None:
        mine.result, mine.folder, mine.state = result, store.relative(kept), State.CHECKED
        for one in result["tables"]:
            _put_batch(mine, registered[one["table"]], one)

    return finish


def _show_progress(delivery: Delivery, file: str, done: int, total: int) -> None:
    Delivery.objects.filter(pk=delivery.pk, attempt=delivery.attempt).update(
        progress={"file": file, "done": done, "total": total}
    )


def _result(delivery: Delivery, found: Tables, registered: Mapping[str, Dataset]) -> dict[str, Any]:
    standing = queries.current_tables()
    have = queries.filled(standing)
    before = queries.computable(have)
    rows = []
    for name, data in found.tables.items():
        if name not in registered:
            continue
        dataset, left = registered[name], [c for c in data.columns if c not in registered[name].fields]
        kept = reading.only_registered(data, dataset.fields)
        own = [one for one in standing if one.dataset == dataset.number]
        rows.append(
            {
                "table": name,
                "dataset": dataset.number,
                "rows": kept.rows,
                "rejected": kept.rejected,
                "share": kept.rejected / max(kept.rows + kept.rejected, 1),
                "limit": float(dataset.reject_limit),
                "reason": "" if kept.usable else str(kept.reason),
                "columns": list(kept.columns),
                "empty_columns": list(kept.empty_columns),
                "not_registered": left,
                "digest": store.file_digest(kept.path),
                "comparison": _comparison(delivery, reading.compared(tables()[name], kept, own)),
            }
        )
        have.setdefault(name, set()).update(set(kept.columns) - (set(kept.empty_columns) if kept.rows else set()))
    return {
        "tables": rows,
        "left_out": sorted(set(found.tables) - set(registered)),
        "notes": list(found.notes),
        "lines": reading.rejected_lines(found.rejected_file),
        "has_rejected": found.rejected_file is not None,
        "computable": sorted(queries.computable(have) - before),
        "key": reading.fingerprint(),
    }


def _comparison(delivery: Delivery, found: dict[str, Any]) -> dict[str, Any]:
    """What is added to what stands takes nothing of it away."""
    return found | ({"gone": 0} if delivery.adds else {})


def _put_batch(delivery: Delivery, dataset: Dataset, one: Mapping[str, Any]) -> None:
    """The delivery's batch for a data set; a second check corrects the first, and the number stays."""
    batch = delivery.batches.filter(dataset=dataset).first()
    if batch is None:
        year = clock.today().year
        number = f"B-{year}-{numbering.take(f'batch {year}'):05d}"
        batch = Batch(number=number, dataset=dataset, delivery=delivery)
    batch.state, batch.adds = Batch.State.CHECKED, delivery.adds
    batch.rows, batch.rejected, batch.digest = one["rows"], one["rejected"], one["digest"]
    batch.columns, batch.empty_columns, batch.digests_key = one["columns"], one["empty_columns"], delivery.result["key"]
    batch.save()


def _take(delivery: Delivery, folder: Path) -> Finish:
    checked = store.in_store(delivery.folder)
    brought = list(delivery.batches.filter(state=Batch.State.CHECKED).select_related("dataset__provider"))
    for batch in brought:
        _put_in_place(batch, checked, folder / batch.number)

    def finish(mine: Delivery) -> None:
        moment = clock.now()
        mine.state, mine.finished_at = State.TAKEN, moment
        for batch in brought:
            batch.state, batch.taken_at, batch.taken_by = Batch.State.TAKEN, moment, mine.taken_by
            batch.expires_on = clock.today() + timedelta(days=batch.dataset.retention_days)
            batch.save(update_fields=["state", "taken_at", "taken_by", "expires_on"])
            detail = {"rows": batch.rows, "rejected": batch.rejected, "digest": batch.digest}
            batches.tell_batch("batch.take", batch, system("worker"), asked_by=mine.taken_by, **detail)
        mine.proposal, mine.result = {}, mine.result | {"lines": []}  # what was in the file goes with the file
        panels.check("delivery.taken", mine)
        transaction.on_commit(partial(batches.drop_files, mine))

    return finish


def _put_in_place(batch: Batch, checked: Path, work: Path) -> None:
    target, file = store.batch(batch.number), f"{batch.dataset.table}.parquet"
    if target.is_dir() and store.file_digest(target / file) != batch.digest:
        store.remove(target)  # left by an attempt before the file was mapped anew
    if target.is_dir():
        return
    work.mkdir(parents=True)
    store.link(checked / file, work / file)
    if (checked / "rejected.xlsx").is_file() and batch.rejected:
        store.link(checked / "rejected.xlsx", work / "rejected.xlsx")
    store.place(work, target)


def _broken(error: Exception) -> dict[str, Any]:
    """A failure of the program. Its own words may hold values of rows: only its kind and place are kept."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    kind = f"{type(error).__name__} ({Path(place.filename).name}:{place.lineno})"
    logging.getLogger(__name__).error("work on a delivery failed: %s", kind)
    return batches.in_both_words(_failed_words, kind)


def _failed_words(kind: str) -> dict[str, str]:
    what = _("程序没能处理这个文件（%(kind)s）。") % {"kind": kind}
    return {"where": "", "what": what, "remedy": _("可以再试一次；仍不行，请把括号里的字告诉管理员。")}
