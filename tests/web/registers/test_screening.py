"""What must not be published is found in a text, masked in what is said about it."""

from __future__ import annotations

import pytest

from lianfang.web.registers.screening import scan


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("证号420704198001011234的人", "identity"),
        ("证号42070419800101123x", "identity"),
        ("旧证420704800101123，", "identity"),
        ("电话13912345678。", "telephone"),
        ("电话 139 1234 5678", "telephone"),
        ("拨打０７１１－３３５１２３４", "telephone"),
        ("0711-3351234", "telephone"),
        ("由朱青审核", "name"),
    ],
)
def test_scan_finds(text: str, kind: str) -> None:
    hits = scan({"manifestation": text}, names=["朱青"])
    assert [hit.kind for hit in hits] == [kind]
    assert hits[0].masked not in text


@pytest.mark.parametrize(
    "text",
    [
        "合同号420704199913011234567",
        "12388",
        "金额13912345.67元",
        "2025年1月8日",
        "项目编号202501080001",
        "许可证420704209913451234",
    ],
)
def test_scan_leaves_alone(text: str) -> None:
    assert scan({"manifestation": text}, names=["朱青"]) == []


def test_an_office_line_may_stand_where_contacts_are_expected_but_no_mobile() -> None:
    texts = {"supervision": "0711-3351234，或13912345678"}
    assert [hit.masked for hit in scan(texts, contacts=frozenset({"supervision"}))] == ["139…78"]


def test_a_name_of_one_character_is_no_name() -> None:
    assert scan({"a": "高楼"}, names=["高"]) == []
