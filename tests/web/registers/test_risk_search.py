"""Risk points in the search of the top bar."""

from __future__ import annotations

from lianfang.web.registers import searching


def test_risk_is_found_by_number_matter_and_words(cast, approved):
    risk = approved()
    for text in (risk.number, "工程质量监督", "放宽标准"):
        assert [hit.code for hit in searching.found(cast.officer, text)] == [risk.number]
    assert searching.found(cast.officer, "没有这样的词") == []


def test_risk_of_another_unit_is_not_found(cast, approved):
    approved()
    assert searching.found(cast.unit_officer, "工程质量监督")
    assert searching.found(cast.other_unit_officer, "工程质量监督") == []
