"""Packages reach the portal in their order, each one once, and only with the right signature."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from lianfang.web.portal import actions, clock
from lianfang.web.portal.models import Published
from lianfang.web.shared import outbox
from lianfang.web.shared.models import LogEntry, Package
from lianfang.web.shared.refused import Refused

pytestmark = pytest.mark.django_db


def test_what_was_published_stands_on_the_portal() -> None:
    outbox.publish("risk", "R-1", {"matter": "施工许可"})
    assert clock.sweep() == 1
    row = Published.objects.get()
    assert (row.kind, row.key, row.content) == ("risk", "R-1", {"matter": "施工许可"})
    assert row.published_at is not None
    assert LogEntry.objects.get(action="portal.publish").subject == "R-1"


def test_a_later_package_replaces_and_a_withdrawal_leaves_no_content() -> None:
    outbox.publish("risk", "R-1", {"matter": "施工许可"})
    outbox.publish("risk", "R-1", {"matter": "竣工备案"})
    outbox.withdraw("risk", "R-1")
    assert actions.carry() == 3
    row = Published.objects.get()
    assert row.withdrawn_at is not None
    assert row.content == {}
    outbox.publish("risk", "R-1", {"matter": "竣工备案"})
    actions.carry()
    row.refresh_from_db()
    assert row.withdrawn_at is None
    assert row.content == {"matter": "竣工备案"}


def test_withdrawing_what_never_was_published_keeps_the_order() -> None:
    outbox.withdraw("risk", "R-9")
    outbox.publish("risk", "R-1", {"matter": "x"})
    assert actions.carry() == 2
    assert Published.objects.get(key="R-9").published_at is None


def test_applying_twice_does_nothing() -> None:
    first = outbox.publish("risk", "R-1", {"matter": "施工许可"})
    outbox.publish("risk", "R-1", {"matter": "竣工备案"})
    actions.carry()
    assert actions.apply(first) is False
    assert actions.carry() == 0
    assert Published.objects.get().content == {"matter": "竣工备案"}
    assert LogEntry.objects.filter(action="portal.publish").count() == 2


def test_a_gap_stops_and_names_what_is_missing() -> None:
    for number in range(3):
        outbox.publish("risk", f"R-{number}", {})
    Package.objects.filter(number=2).delete()
    with pytest.raises(Refused, match="缺第2号"):
        actions.carry()
    assert actions.last_applied() == 1
    assert list(Published.objects.values_list("key", flat=True)) == ["R-0"]


@pytest.mark.parametrize("change", ["content", "kind", "key", "number"])
def test_a_package_that_was_altered_is_not_used(change: str) -> None:
    outbox.publish("risk", "R-1", {"matter": "施工许可"})
    package = Package.objects.get()
    setattr(package, change, {"content": {"matter": "别的"}, "kind": "figure", "key": "R-2", "number": 2}[change])
    with pytest.raises(Refused, match="签名不符"):
        actions.apply(package)
    assert not Published.objects.exists()


def test_a_file_carries_them_over_and_may_be_read_twice(tmp_path: Path) -> None:
    outbox.publish("risk", "R-1", {"matter": "施工许可", "measures": ["双人审查"]})
    outbox.withdraw("risk", "R-0")
    file = tmp_path / "packages.jsonl"
    call_command("carry", export=file)
    Package.objects.all().delete()  # the portal's machine knows nothing of the office
    call_command("carry", source=file)
    assert Published.objects.get(key="R-1").content["measures"] == ["双人审查"]
    call_command("carry", source=file)
    assert actions.last_applied() == 2


def test_a_later_file_continues_and_a_skipped_one_stops(tmp_path: Path) -> None:
    for number in range(4):
        outbox.publish("risk", f"R-{number}", {})
    first, third = tmp_path / "a", tmp_path / "b"
    first.write_text("".join(list(actions.exported())[:1]), encoding="utf-8")
    third.write_text("".join(actions.exported(after=2)), encoding="utf-8")
    call_command("carry", source=first)
    with pytest.raises(CommandError, match="缺第2号"):
        call_command("carry", source=third)
    assert actions.last_applied() == 1


@pytest.mark.parametrize("line", ["{", "[]", '{"number": 1}', "null"])
def test_a_broken_file_says_which_line(line: str, tmp_path: Path) -> None:
    file = tmp_path / "broken"
    file.write_text(f"{line}\n", encoding="utf-8")
    with pytest.raises(CommandError, match="第1行"):
        call_command("carry", source=file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="nowhere"):
        call_command("carry", source=tmp_path / "nowhere")
