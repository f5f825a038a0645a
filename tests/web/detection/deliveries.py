"""Files as units send them, and the worker's turn, for the tests of data sets and batches."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from django.test import TestCase

from lianfang.web.detection import store
from lianfang.web.detection.actions import batches, checking, datasets
from lianfang.web.detection.models import Dataset, Delivery
from lianfang.web.organisation.models import Unit
from lianfang.web.shared.actor import Actor

PAYMENTS = (
    ("PZ-0001", "ZJJ", date(2024, 3, 4), 128.5, "某某照明工程有限公司"),
    ("PZ-0002", "ZJJ", date(2024, 4, 9), 86.0, "某某市政材料有限公司"),
    ("PZ-0003", "ZJJ-ZL", date(2024, 5, 20), 12.25, "某某检测有限公司"),
)
HEADERS = ("凭证号", "单位", "支付日期", "支付金额（万元）", "收款人名称", "经办备注")


def workbook(
    rows: Sequence[Sequence[Any]], headers: Sequence[str] = HEADERS, title: str = "2024年资金支付明细表"
) -> bytes:
    """An office's spreadsheet: a merged title, a line with who made it, a header in the third row, a total below."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.set_properties({"created": datetime(2025, 1, 6)})  # the same bytes whenever it is made
        sheet = book.add_worksheet("支付明细")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.merge_range(0, 0, 0, len(headers) - 1, title, book.add_format({"align": "center", "bold": True}))
        sheet.write(1, 0, "填报单位：市住建局　　填报人：钱多")
        sheet.write_row(2, 0, headers)
        for number, row in enumerate(rows, 3):
            for place, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(number, place, value, day)
                else:
                    sheet.write(number, place, value)
        sheet.write(len(rows) + 3, 0, "合计")
        sheet.write(len(rows) + 3, 3, sum(row[3] for row in rows if isinstance(row[3], int | float)))
    return out.getvalue()


def payments(rows: Sequence[Sequence[Any]] = PAYMENTS) -> bytes:
    return workbook([(*row, "已核") for row in rows])


def numbered(number: int) -> bytes:
    """A file whose content nobody else has."""
    return payments([(f"PZ-{number}-{n}", *row[1:]) for n, row in enumerate(PAYMENTS)])


def register(by: Actor, table: str = "payment", provider: str = "ZJJ", **changed: Any) -> Dataset:
    """A data set with everything that registering one asks for."""
    from lianfang.engine.tables import tables

    given: dict[str, Any] = {
        "title": "",
        "purpose": "比对财政资金支付与合同、验收是否一致",
        "legal_basis": "监察法第十八条；市数据共享协议〔2024〕3号",
        "fields": list(tables()[table].columns),
        "retention_days": 30,
    } | changed
    return datasets.register_dataset(
        table, by=by, provider=Unit.objects.get(code=provider), terms=datasets.Terms(**given)
    )


def send(
    by: Actor, content: bytes, name: str = "支付明细2024年12月.xlsx", provider: str = "ZJJ", **more: Any
) -> Delivery:
    digest, size = store.keep_upload([content])
    unit = Unit.objects.get(code=provider)
    return batches.receive(by=by, provider=unit, file_name=name, digest=digest, size=size, **more)


DOES = {"look": checking.look, "check": checking.check, "take": checking.take}


def work() -> None:
    """Let the worker do everything that waits, and what follows once it is written."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        while waiting := Delivery.objects.exclude(awaits="").order_by("pk").first():
            DOES[waiting.awaits](waiting.number)


def proposed(delivery: Delivery) -> list[dict[str, Any]]:
    """What was proposed, as a person confirms it without changing anything."""
    return [
        {"key": one["key"], "table": one["table"], "columns": one["plans"].get(one["table"], {})}
        for one in delivery.proposal["sheets"]
    ]


def checked(by: Actor, content: bytes | None = None, **more: Any) -> Delivery:
    """A delivery that was read, mapped as proposed and checked."""
    delivery = send(by, payments() if content is None else content, **more)
    work()
    delivery.refresh_from_db()
    if delivery.state == Delivery.State.PROPOSED:
        batches.confirm_mapping(delivery, by=by, sheets=proposed(delivery))
        work()
        delivery.refresh_from_db()
    return delivery


def taken(by: Actor, content: bytes | None = None, **more: Any) -> Delivery:
    delivery = checked(by, content, **more)
    batches.ask_taking(delivery, by=by)
    work()
    delivery.refresh_from_db()
    return delivery


def stored() -> set[str]:
    """Every file that stands in the store of data, by its path."""
    from django.conf import settings

    root = Path(settings.STORE)
    return {
        path.relative_to(root).as_posix()
        for kind in ("uploads", "deliveries", "batches")
        for path in (root / kind).rglob("*")
        if path.is_file()
    }
