"""The chain over the log: what is sealed, and what verifying finds."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from lianfang.web.shared import log, sealing
from lianfang.web.shared.actor import system
from lianfang.web.shared.models import Link, LogEntry


def written(number: int) -> list[LogEntry]:
    return [log.record("thing.done", by=system(), subject=n, note="甲") for n in range(number)]


@pytest.fixture
def entries(db) -> list[LogEntry]:
    return written(5)


def test_every_entry_is_linked_once(entries):
    assert sealing.seal() == 5
    assert sealing.seal() == 0
    assert sealing.verify().faults == ()
    assert sealing.verify().linked == 5


def test_chain_goes_on_in_batches(entries, monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 2)
    assert sealing.seal() == 5
    written(2)
    assert sealing.verify().waiting == 2
    assert sealing.seal() == 2
    verdict = sealing.verify()
    assert (verdict.linked, verdict.waiting, verdict.faults) == (7, 0, ())


@pytest.mark.parametrize(
    "field, value",
    [("actor", "别人"), ("action", "thing.undone"), ("detail", {"note": "乙"}), ("reason", "x"), ("user_id", 7)],
)
def test_altered_entry_is_found(entries, field, value):
    sealing.seal()
    LogEntry.objects.filter(pk=entries[2].pk).update(**{field: value})
    (fault,) = sealing.verify().faults
    assert "link 3" in fault
    assert "altered" in fault


def test_entry_that_is_gone_is_found(entries):
    sealing.seal()
    LogEntry.objects.filter(pk=entries[1].pk).delete()
    (fault,) = sealing.verify().faults
    assert "is gone" in fault


def test_entry_taken_out_with_its_link_is_found(entries):
    sealing.seal()
    Link.objects.filter(entry_id=entries[1].pk).delete()
    LogEntry.objects.filter(pk=entries[1].pk).delete()
    assert any("link 2 is missing" in fault for fault in sealing.verify().faults)


def test_new_digest_over_an_altered_entry_breaks_the_next_link(entries):
    sealing.seal()
    LogEntry.objects.filter(pk=entries[0].pk).update(actor="别人")
    Link.objects.filter(number=1).update(digest="0" * 64)
    assert len(sealing.verify().faults) == 2


def test_database_refuses_to_change_the_log(entries, append_only):
    sealing.seal()
    changes = (
        "UPDATE shared_logentry SET actor = 'x'",
        "DELETE FROM shared_logentry",
        "UPDATE shared_link SET digest = ''",
        "DELETE FROM shared_link",
    )
    for change in changes:
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)
    assert LogEntry.objects.count() == 5
