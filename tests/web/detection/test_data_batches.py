"""From a spreadsheet as offices make them to tables that a run finds, and back."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from datetime import date, timedelta
from decimal import Decimal

import duckdb
import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from lianfang.engine.dataset import open_dataset
from lianfang.web.detection import assembly, store
from lianfang.web.detection.actions import batches, checking, datasets
from lianfang.web.detection.models import Batch, Dataset, Delivery
from lianfang.web.detection.queries import data as queries
from lianfang.web.shared import clock, panels
from lianfang.web.shared.models import LogEntry
from lianfang.web.shared.refused import Refused
from tests.web.conftest import NOW
from tests.web.detection import deliveries

pytestmark = pytest.mark.django_db


def test_an_ugly_spreadsheet_arrives_as_it_was_meant(cast, clean_store):
    deliveries.register(cast.office_head)
    delivery = deliveries.send(cast.unit_officer, deliveries.payments())
    deliveries.work()
    delivery.refresh_from_db()
    (sheet,) = delivery.proposal["sheets"]
    assert (delivery.state, sheet["table"], sheet["header_row"], sheet["rows"]) == ("proposed", "payment", 3, 3)
    assert sheet["plans"]["payment"]["amount"] == {"from": "支付金额(万元)", "unit": "万元"}
    batches.confirm_mapping(delivery, by=cast.unit_officer, sheets=deliveries.proposed(delivery))
    deliveries.work()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.fault) == ("checked", {})
    assert not queries.current_tables(), "nothing stands before it was taken"
    batches.ask_taking(delivery, by=cast.unit_officer)
    deliveries.work()
    delivery.refresh_from_db()
    (standing,) = queries.current_tables()
    rows = duckdb.sql(f"SELECT payment_id, amount, pay_date::VARCHAR FROM '{standing.path}' ORDER BY 1").fetchall()
    assert [(number, str(amount), day) for number, amount, day in rows] == [
        ("PZ-0001", "1285000.00", "2024-03-04"),
        ("PZ-0002", "860000.00", "2024-04-09"),
        ("PZ-0003", "122500.00", "2024-05-20"),
    ]
    assert delivery.state == Delivery.State.TAKEN
    assert not store.uploaded(delivery.digest).exists(), "the file as it was sent is not kept"
    assert LogEntry.objects.filter(action="batch.take", subject=standing.batch).count() == 1


# ---- wrong files ---------------------------------------------------------------------------------------------------


def with_password() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600


def archive(*files: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, content in files:
            packed.writestr(name, content)
    return out.getvalue()


WRONG = {
    "空的.csv": b"",
    "损坏的.xlsx": b"PK\x03\x04" + b"\0" * 100,
    "有密码的.xlsx": with_password(),
    "其实是网页.xls": b"<html><body><table><tr><td>1</td></tr></table></body></html>",
    "其实是图片.csv": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 200,
    "只有表头.xlsx": deliveries.payments(()),
    "只有说明.txt": "本月没有数据，特此说明。".encode("gb18030"),
    "空的压缩包.zip": archive(),
    "同名的.zip": archive(("一月/支付.xlsx", deliveries.payments()), ("二月/支付.xlsx", deliveries.payments())),
    "坏的对应.zip": archive(("支付.xlsx", deliveries.payments()), ("mapping.yaml", b"files: [{match: x}]")),
    "半个.zip": deliveries.payments()[:900],
    "日志.xes": b"<?xml version='1.0'?><log><trace><event>",
}


@pytest.mark.parametrize("name", sorted(WRONG))
def test_a_wrong_file_says_where_what_and_what_to_do(name, cast, clean_store):
    deliveries.register(cast.office_head)
    delivery = deliveries.checked(cast.unit_officer, WRONG[name], name=name)
    assert delivery.state in ("unreadable", "proposed"), delivery.state
    for language in ("zh", "en"):
        told = delivery.fault[language]
        assert told["where"]
        assert told["what"]
        assert told["remedy"]
        assert str(clean_store) not in f"{told}"
    assert delivery.fault["zh"]["what"] != delivery.fault["en"]["what"]
    assert not Batch.objects.exists()
    assert deliveries.stored() == {f"uploads/{delivery.digest[:2]}/{delivery.digest}"}
    batches.discard(delivery, by=cast.unit_officer)


def test_no_wrong_file_is_stored_as_half_a_table(cast, clean_store):
    """Rows that are wrong are set apart; above the limit nothing can be taken, whoever asks."""
    deliveries.register(cast.office_head)
    rows = [*deliveries.PAYMENTS, ("PZ-9", "ZJJ", "2025.13.2", 1, "某公司")]
    delivery = deliveries.checked(cast.unit_officer, deliveries.payments(rows))
    (one,) = delivery.result["tables"]
    assert (one["rows"], one["rejected"], delivery.result["lines"][0]["row"]) == (3, 1, "7")
    with pytest.raises(Refused, match="超过上限"):
        batches.ask_taking(delivery, by=cast.unit_officer)
    delivery.refresh_from_db()
    assert (delivery.state, queries.current_tables()) == ("checked", [])


def test_rows_sent_back_hold_no_number_of_a_person(cast, clean_store):
    deliveries.register(cast.office_head, "death_record", reject_limit=Decimal(1))
    wrong, right = "420704198001011234", "110101199003070492"
    content = deliveries.workbook(
        [("1", wrong, date(2024, 1, 3), 0), ("2", right, date(2024, 2, 3), 0)], ("序号", "身份证号", "死亡日期", "备注")
    )
    delivery = deliveries.checked(cast.unit_officer, content, name="死亡登记.xlsx")
    kept = f"{delivery.proposal}{delivery.result}{list(LogEntry.objects.values_list('detail', flat=True))}"
    assert delivery.result["tables"][0]["rows"] == 1
    assert wrong not in kept
    assert right not in kept
    batches.ask_taking(delivery, by=cast.unit_officer)
    deliveries.work()
    (standing,) = queries.current_tables()
    ((key,),) = duckdb.sql(f"SELECT person_key FROM '{standing.path}'").fetchall()
    assert key.startswith("p:")
    assert stat.S_IMODE(store.person_key().stat().st_mode) == 0o600
    for name in deliveries.stored():
        content = (clean_store / name).read_bytes()
        assert right.encode() not in content
        assert wrong.encode() not in content


# ---- the next month ------------------------------------------------------------------------------------------------


def test_the_next_file_of_the_same_form_needs_no_hand(cast, clean_store):
    deliveries.register(cast.office_head)
    deliveries.taken(cast.unit_officer)
    rows = [*[(*row, "已核") for row in deliveries.PAYMENTS], ("PZ-0007", "ZJJ", date(2025, 1, 2), 9.5, "某公司", "")]
    delivery = deliveries.send(
        cast.unit_officer, deliveries.workbook(rows, title="2025年资金支付明细表"), "支付明细2025年1月.xlsx"
    )
    deliveries.work()
    delivery.refresh_from_db()
    comparison = delivery.result["tables"][0]["comparison"]
    assert (delivery.state, delivery.mapped_by) == ("checked", "钱多")
    assert {name: comparison[name] for name in ("added", "changed", "gone")} == {"added": 1, "changed": 0, "gone": 0}
    assert comparison["sums"][0]["now"] == "2362500.00"


def test_a_remembered_form_waits_for_a_hand_once_its_data_set_changed(cast, clean_store):
    dataset = deliveries.register(cast.office_head)
    deliveries.taken(cast.unit_officer)
    datasets.close_dataset(dataset, by=cast.office_head, reason="改由财政局报送", version=1)
    deliveries.register(cast.office_head, "contract")
    rows = [(*row, "改过") for row in deliveries.PAYMENTS]
    delivery = deliveries.send(cast.unit_officer, deliveries.workbook(rows))
    deliveries.work()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.fault) == ("proposed", {})


def test_a_header_row_that_a_person_chose_is_remembered_too(cast, clean_store):
    deliveries.register(cast.office_head)
    delivery = deliveries.send(cast.unit_officer, deliveries.payments())
    deliveries.work()
    batches.look_again(delivery, by=cast.unit_officer, header_rows={"支付明细2024年12月.xlsx›支付明细": 3})
    deliveries.work()
    delivery.refresh_from_db()
    assert delivery.proposal["sheets"][0]["asked_row"] == 3
    batches.confirm_mapping(delivery, by=cast.unit_officer, sheets=deliveries.proposed(delivery))
    deliveries.work()
    rows = [(*row, "复核") for row in deliveries.PAYMENTS]
    again = deliveries.send(cast.unit_officer, deliveries.workbook(rows), "支付明细2025年2月.xlsx")
    deliveries.work()
    again.refresh_from_db()
    assert (again.state, again.reading["header_rows"]) == ("checked", {"支付明细2025年2月.xlsx›支付明细": 3})


def test_rows_may_be_added_to_what_stands(cast, clean_store):
    deliveries.register(cast.office_head)
    deliveries.taken(cast.unit_officer)
    more = [
        ("PZ-0003", "ZJJ-ZL", date(2024, 5, 20), 13, "某某检测有限公司"),
        ("PZ-4", "ZJJ", date(2024, 7, 1), 1, "某"),
    ]
    added = deliveries.taken(cast.unit_officer, deliveries.payments(more), name="补报.xlsx", adds=True)
    assert added.state == "taken"
    assert len(queries.current_tables()) == 2
    folder = assembly.assemble(clean_store / "assembled")
    rows = duckdb.sql(f"SELECT payment_id, amount::INT FROM '{folder}/payment.parquet' ORDER BY 1").fetchall()
    assert rows == [("PZ-0001", 1285000), ("PZ-0002", 860000), ("PZ-0003", 130000), ("PZ-4", 10000)]
    whole = deliveries.taken(cast.unit_officer, deliveries.payments(more[1:]), name="全部.xlsx")
    assert [one.batch for one in queries.current_tables()] == [whole.batches.get().number]


# ---- other kinds of files ------------------------------------------------------------------------------------------


def test_a_folder_in_an_archive_fills_several_tables(cast, clean_store):
    for table in ("payment", "contract"):
        deliveries.register(cast.office_head, table)
    contracts = deliveries.workbook(
        [("HT-1", "ZJJ", date(2024, 1, 2), 100.0)], ("合同编号", "甲方单位", "签订日期", "合同金额（万元）"), "合同台账"
    )
    content = archive(("支付明细.xlsx", deliveries.payments()), ("台账/合同台账.xlsx", contracts))
    delivery = deliveries.taken(cast.unit_officer, content, name="一季度.zip")
    assert delivery.state == "taken", delivery.fault
    assert {one.table: one.rows for one in queries.current_tables()} == {"payment": 3, "contract": 1}


def test_a_folder_may_bring_its_own_mapping(cast, clean_store):
    deliveries.register(cast.office_head)
    rules = """
files:
  - match: "*.xlsx"
    table: payment
    columns: {payment_id: 凭证号, unit_id: 单位, pay_date: 支付日期, amount: {from: 支付金额(万元), unit: 万元}}
"""
    content = archive(("明细.xlsx", deliveries.payments()), ("mapping.yaml", rules.encode()))
    delivery = deliveries.send(cast.unit_officer, content, "一季度.zip")
    deliveries.work()
    delivery.refresh_from_db()
    batches.confirm_mapping(delivery, by=cast.unit_officer, sheets=[])
    deliveries.work()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.result["tables"][0]["rows"]) == ("checked", 3)


def test_an_event_log_and_open_data_need_no_mapping(cast, clean_store):
    for table in ("event", "event_case"):
        deliveries.register(cast.office_head, table)
    xes = """<?xml version="1.0"?><log><trace><string key="concept:name" value="c1"/><event>
<string key="concept:name" value="受理"/><date key="time:timestamp" value="2024-03-01T09:00:00+08:00"/></event>
</trace></log>"""
    delivery = deliveries.taken(cast.unit_officer, xes.encode(), name="办件日志.xes")
    assert delivery.state == "taken", delivery.fault
    assert {one.table for one in queries.current_tables()} == {"event", "event_case"}
    deliveries.register(cast.office_head, "tender", "CZJ")
    release = {
        "ocid": "ocds-1", "id": "1", "date": "2024-03-01T00:00:00Z", "tag": ["tender"],
        "tender": {"id": "T1", "title": "路灯", "status": "complete"}, "buyer": {"id": "B", "name": "B"},
    }  # fmt: skip
    package = {"uri": "x", "publishedDate": "2024-03-02T00:00:00Z", "version": "1.1", "releases": [release]}
    sent = deliveries.taken(cast.other_unit_officer, json.dumps(package).encode(), name="ocds.json", provider="CZJ")
    assert sent.state == "taken", sent.fault
    assert sent.result["left_out"], "tables that nobody registered are not taken"
    assert "tender" in {one.table for one in queries.current_tables()}


def test_a_column_that_is_not_registered_is_not_kept(cast, clean_store):
    required = ["payment_id", "unit_id", "amount", "pay_date"]
    deliveries.register(cast.office_head, fields=required)
    deliveries.taken(cast.unit_officer)
    (standing,) = queries.current_tables()
    held = [name for name, *_ in duckdb.sql(f"DESCRIBE SELECT * FROM '{standing.path}'").fetchall()]
    assert sorted(held) == sorted(required)


# ---- back ----------------------------------------------------------------------------------------------------------

REASON = "供数单位来函说明导出条件有误，需要更正后重新报送"


def test_a_batch_that_is_withdrawn_is_gone_and_the_one_before_stands_again(
    cast, clean_store, django_capture_on_commit_callbacks
):
    deliveries.register(cast.office_head)
    first = deliveries.taken(cast.unit_officer).batches.get()
    second = deliveries.taken(cast.unit_officer, deliveries.payments(deliveries.PAYMENTS[:1])).batches.get()
    told = []
    panels.add_check("batch.withdrawn", lambda batch: told.append(batch.number))
    with django_capture_on_commit_callbacks(execute=True):
        batches.withdraw_batch(second, by=cast.unit_officer, reason=REASON)
    panels._checks["batch.withdrawn"].pop()
    assert told == [second.number]
    assert [one.batch for one in queries.current_tables()] == [first.number]
    assert not store.batch(second.number).exists()
    entry = LogEntry.objects.get(action="batch.withdraw")
    assert (entry.subject, entry.reason, entry.actor) == (second.number, REASON, "钱多")
    with pytest.raises(Refused, match="不能撤回"):
        batches.withdraw_batch(second, by=cast.unit_officer, reason=REASON)


def test_a_batch_is_withdrawn_within_thirty_days_only(cast, clean_store):
    deliveries.register(cast.office_head, retention_days=1095)
    batch = deliveries.taken(cast.unit_officer).batches.get()
    with clock.at(NOW + timedelta(days=31)), pytest.raises(Refused, match="超过30天"):
        batches.withdraw_batch(batch, by=cast.unit_officer, reason=REASON)
    with clock.at(NOW + timedelta(days=30)):
        assert batches.withdraw_batch(batch, by=cast.unit_officer, reason=REASON).state == "withdrawn"


def test_rows_are_destroyed_when_their_time_is_over(cast, clean_store, django_capture_on_commit_callbacks):
    deliveries.register(cast.office_head, retention_days=30)
    batch = deliveries.taken(cast.unit_officer).batches.get()
    with clock.at(NOW + timedelta(days=29)):
        assert batches.expire() == 0
    with clock.at(NOW + timedelta(days=30)), django_capture_on_commit_callbacks(execute=True):
        assert batches.expire() == 1
    batch.refresh_from_db()
    assert (batch.state, store.batch(batch.number).exists(), queries.current_tables()) == ("expired", False, [])


def test_a_file_that_nobody_went_on_with_is_given_up(cast, clean_store, django_capture_on_commit_callbacks):
    deliveries.register(cast.office_head)
    delivery = deliveries.send(cast.unit_officer, deliveries.payments())
    deliveries.work()
    with clock.at(NOW + timedelta(days=15)), django_capture_on_commit_callbacks(execute=True):
        assert batches.give_up_idle() == 1
    delivery.refresh_from_db()
    assert (delivery.state, deliveries.stored()) == ("discarded", set())


def test_taking_twice_does_nothing(cast, clean_store):
    deliveries.register(cast.office_head)
    delivery = deliveries.taken(cast.unit_officer)
    before = (deliveries.stored(), LogEntry.objects.count())
    checking.take(delivery.number)
    checking.check(delivery.number)
    checking.look(delivery.number)
    assert (deliveries.stored(), LogEntry.objects.count()) == before
    with pytest.raises(Refused, match="已入库"):
        batches.ask_taking(delivery, by=cast.unit_officer)
    with pytest.raises(Refused, match="已经入库"):
        deliveries.send(cast.unit_officer, deliveries.payments())


def test_the_same_file_on_its_way_is_the_same_delivery(cast, clean_store):
    deliveries.register(cast.office_head)
    first = deliveries.send(cast.unit_officer, deliveries.payments())
    assert deliveries.send(cast.unit_officer, deliveries.payments()).number == first.number


def test_work_that_is_lost_again_and_again_is_given_up_with_words(cast, clean_store):
    deliveries.register(cast.office_head)
    delivery = deliveries.send(cast.unit_officer, deliveries.payments())
    for _time in range(batches.MAX_LOSSES):
        assert checking._claim(delivery.number, "look") is not None
        assert checking._claim(delivery.number, "look") is None, "somebody is at it"
        Delivery.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
        assert batches.requeue_lost() == 1
    delivery.refresh_from_db()
    assert (delivery.state, delivery.awaits) == ("unreadable", "")
    assert "5" in delivery.fault["zh"]["what"]
    assert "5" in delivery.fault["en"]["what"]


def test_work_that_waits_in_a_long_queue_is_not_queued_twice(cast, clean_store):
    deliveries.register(cast.office_head)
    deliveries.send(cast.unit_officer, deliveries.payments())
    Delivery.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert batches.requeue_lost() == 0
    DBTaskResult.objects.update(status="RUNNING")  # a worker took it up and died before it could say so
    assert batches.requeue_lost() == 1


# ---- what a run opens ----------------------------------------------------------------------------------------------


def test_tables_of_several_providers_are_united_with_the_offices_own(cast, clean_store):
    for provider in ("ZJJ", "CZJ"):
        deliveries.register(cast.office_head, provider=provider)
    deliveries.taken(cast.unit_officer)
    other = [("CZ-1", "CZJ", date(2024, 8, 1), 3, "某公司")]
    deliveries.taken(cast.other_unit_officer, deliveries.payments(other), provider="CZJ", name="财政.xlsx")
    for number, until in (("D-0001", date(2024, 12, 31)), ("D-0002", date(2024, 6, 30))):
        dataset = Dataset.objects.get(number=number)
        datasets.declare_complete(dataset, by=cast.analyst, from_on=date(2024, 1, 1), until_on=until)
    found = open_dataset(assembly.assemble(clean_store / "assembled"))
    assert {name: data.rows for name, data in found.tables.items()} == {
        "payment": 4, "unit": 8, "post": 5, "person": 4, "post_history": 4
    }  # fmt: skip
    assert [(w.table, w.from_on, w.until_on) for w in found.complete] == [
        ("payment", date(2024, 1, 1), date(2024, 6, 30))
    ]
    units = duckdb.sql(f"SELECT unit_id, admin_level, region_code FROM '{found.tables['unit'].path}'").fetchall()
    assert ("ZJJ-ZL", "市直", "420700") in units
    assert ("420704103201", "村", "420704103201") in units


def test_the_office_is_master_of_persons_and_a_file_adds_what_it_does_not_hold(cast, clean_store):
    deliveries.register(cast.office_head, "person")
    rows = [("P-SHEN", "别的名字", "110101199003070492", "副职"), ("P-NEW", "外来的人", "", "科员")]
    content = deliveries.workbook(
        [(code, name, number, 0) for code, name, number, _ in rows], ("人员编码", "姓名", "身份证号", "备注"), "花名册"
    )
    delivery = deliveries.send(cast.unit_officer, content, "花名册.xlsx")
    deliveries.work()
    delivery.refresh_from_db()
    columns = {"person_id": {"from": "人员编码"}, "name": {"from": "姓名"}, "person_key": {"from": "身份证号"}}
    given = [{"key": "s0", "table": "person", "columns": columns}]
    batches.confirm_mapping(delivery, by=cast.unit_officer, sheets=given)
    deliveries.work()
    delivery.refresh_from_db()
    batches.ask_taking(delivery, by=cast.unit_officer)
    deliveries.work()
    found = open_dataset(assembly.assemble(clean_store / "assembled")).tables["person"]
    asked = f"SELECT person_id, name, person_key IS NOT NULL, managed_by FROM '{found.path}' ORDER BY 1"
    persons = duckdb.sql(asked).fetchall()
    assert ("P-SHEN", "沈立", True, "市") in persons
    assert ("P-NEW", "外来的人", False, None) in persons
    assert len(persons) == 5
