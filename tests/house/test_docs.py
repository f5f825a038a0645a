"""The generated pages are those of the catalogue and the tables as they are now."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lianfang.engine.__main__ import main

GENERATED = Path(__file__).parents[2] / "docs" / "generated"


def test_generated_pages_are_fresh(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["docs", str(GENERATED), "--check"])
    assert code == 0, capsys.readouterr().out


@pytest.mark.parametrize("fault", ["changed", "lacking", "left over"])
def test_a_stale_page_is_named(fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "generated"
    shutil.copytree(GENERATED, folder)
    page = folder / "indicators" / ("R999.md" if fault == "left over" else "R018.md")
    if fault == "lacking":
        page.unlink()
    else:
        page.write_text("# old\n", encoding="utf-8")
    assert main(["docs", str(folder), "--check"]) == 1
    assert page.name in capsys.readouterr().out


@pytest.mark.parametrize("code", ["R018", "ENG-101", "AGRI-001"])
def test_a_page_shows_sentence_law_rule_and_cases(code: str) -> None:
    text = (GENERATED / "indicators" / f"{code}.md").read_text(encoding="utf-8")
    for part in ("Detects ", "## 依据 Law", "## 规则 Rule\n\n```sql\n", "## 案例 Cases"):
        assert part in text
