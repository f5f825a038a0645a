"""The command: exit codes, what goes to standard output and what to standard error, and no traceback for anyone."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from lianfang.engine import __main__ as command
from lianfang.engine.__main__ import BROKEN, FAILED, REFUSED, main
from lianfang.engine.catalogue import load_indicator
from lianfang.engine.fault import Fault
from lianfang.engine.signing import verify
from tests.engine.made_up import OVER_LIMIT, files, manifest, put_indicator

CONTRACTS = """合同编号,签约单位,供应商,签订日期,合同金额,合同名称
C1,U1,F1,2024-03-01,100.00,甲
C2,U1,F2,2024-03-01,100.01,乙
C3,U2,F1,2024-03-01,1000.00,丙
"""
MAPPING = """files:
  - match: "*.csv"
    table: contract
    columns:
      contract_id: 合同编号
      unit_id: 签约单位
      supplier_id: 供应商
      sign_date: 签订日期
      amount: 合同金额
      title: 合同名称
"""


class Desk:
    """A folder with a catalogue and a spreadsheet, and the command run on it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        put_indicator(folder / "catalogue")
        (folder / "data").mkdir()
        (folder / "data" / "合同.csv").write_text(CONTRACTS, "utf-8")
        (folder / "mapping.yaml").write_text(MAPPING, "utf-8")

    def run(self, *arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        return code, *self.capsys.readouterr()

    def scan(self, *arguments: object) -> tuple[int, str, str]:
        places = (self.folder / "data", "--mapping", self.folder / "mapping.yaml")
        return self.run("scan", *places, "--catalogue", self.folder / "catalogue", "--as-of", "2024-12-31", *arguments)


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def test_a_scan_shows_a_table_and_ends_well(desk: Desk) -> None:
    code, out, _ = desk.scan()
    assert code == 0
    assert "TST-001   合同金额超限" in out
    assert "读入 1 张表,3 行" in out


def test_json_is_all_there_is_on_standard_output(desk: Desk) -> None:
    code, out, _ = desk.scan("--format", "json")
    assert code == 0
    assert [finding["subject_id"] for finding in json.loads(out)["findings"]] == ["C2", "C3"]


def test_truth_goes_beside_the_json_not_into_it(desk: Desk) -> None:
    (desk.folder / "truth.json").write_text('{"TST-001": ["C3", "C9"], "TST-404": ["X"]}', "utf-8")
    _, out, err = desk.scan("--format", "json", "--truth", desk.folder / "truth.json")
    assert json.loads(out)
    assert "TST-001  召回   50% 精确   50% 未见 C9 另见 C2" in err
    assert "合计:应见 3,看到 1,另见 1" in err


def test_a_run_folder_is_written_signed_and_verified(desk: Desk) -> None:
    assert desk.run("keygen", desk.folder / "key", "--signing")[0] == 0
    code, out, _ = desk.scan("--out", desk.folder / "run", "--sign", desk.folder / "key", "--disclose", "units")
    assert code == 0
    assert str(desk.folder / "run") in out
    assert set(files(desk.folder / "run")) == {"manifest.json", "signature.json", "timing.json", "units.json"}
    code, out, _ = desk.run("verify", desk.folder / "run", "--trust", desk.folder / "key.pub")
    assert (code, out) == (0, "完整;签名成立;披露级别 units\n")
    (desk.folder / "run" / "units.json").write_text("[]", "utf-8")
    code, out, err = desk.run("verify", desk.folder / "run")
    assert (code, out) == (REFUSED, "")
    assert "摘要不符" in err


def test_the_installation_level_reaches_the_run(desk: Desk) -> None:
    assert desk.scan("--out", desk.folder / "run", "--level", "county")[0] == 0
    assert (manifest(desk.folder / "run")["level"], manifest(desk.folder / "run")["dropped_above"]) == ("county", 0)


def test_settings_may_name_indicators_that_are_left_out(desk: Desk) -> None:
    put_indicator(desk.folder / "catalogue", code="TST-002")
    (desk.folder / "settings.yaml").write_text("{TST-001: {limit: 999}, TST-002: {limit: 5}}", "utf-8")
    options = ("--settings", desk.folder / "settings.yaml", "--only", "TST-001", "--format", "json")
    code, out, _ = desk.scan(*options, "--out", desk.folder / "run")
    assert code == 0
    assert [finding["subject_id"] for finding in json.loads(out)["findings"]] == ["C3"]
    assert manifest(desk.folder / "run")["parameters"] == {"TST-001": {"limit": 999}}


@pytest.mark.parametrize("form, start", [("html", b"<!doctype html>"), ("xlsx", b"PK")])
def test_a_report_goes_where_it_is_asked(desk: Desk, form: str, start: bytes) -> None:
    path = desk.folder / f"report.{form}"
    code, out, err = desk.scan("--format", form, "--report", path)
    assert (code, out) == (0, "")
    assert str(path) in err
    assert path.read_bytes().startswith(start)


def test_a_spreadsheet_stands_beside_the_run(desk: Desk) -> None:
    desk.scan("--format", "xlsx", "--out", desk.folder / "run")
    assert (desk.folder / "run.xlsx").is_file()
    assert verify(desk.folder / "run")


def test_rejected_rows_stand_beside_the_run_and_strict_fails(desk: Desk) -> None:
    (desk.folder / "data" / "合同.csv").write_text(CONTRACTS + "C4,U2,F1,not-a-day,5,丁\n", "utf-8")
    code, _, err = desk.scan("--reject-limit", "0.5", "--out", desk.folder / "run")
    assert code == 0
    assert f"拒收的行:{desk.folder / 'run-rejected.xlsx'}" in err
    assert (desk.folder / "run-rejected.xlsx").is_file()
    code, out, err = desk.scan("--reject-limit", "0.5", "--strict")
    assert (code, out) == (FAILED, "")
    assert "contract: 拒收 1 行" in err


def test_a_failed_rule_ends_in_failure(desk: Desk) -> None:
    put_indicator(desk.folder / "catalogue", OVER_LIMIT.replace("c.contract_id AS", "'one' AS", 1), code="TST-002")
    code, out, _ = desk.scan()
    assert code == FAILED
    assert "规则出错" in out
    assert "TST-001   合同金额超限" in out


REFUSALS: list[tuple[tuple[Any, ...], str]] = [
    (("--as-of", "yesterday"), "--as-of yesterday: 不是日期"),
    (("--only", "TST-777"), "TST-777: 目录里没有这个指标"),
    (("--level", "village"), "没有这个层级"),
    (("--reject-limit", "many"), "不是 0 到 1 之间的数"),
    (("--reject-limit", "1.5"), "不是 0 到 1 之间的数"),
    (("--reject-limit", "nan"), "不是 0 到 1 之间的数"),
    (("--format", "xlsx"), "没有说写到哪里"),
    (("--disclose", "counts"), "--disclose: 须与 --out 同用"),
    (("--sign", "key"), "--sign: 须与 --out 同用"),
    (("--report", "x.html"), "--report: 须与 --format"),
    (("--format", "html", "--report", "nowhere/x.html"), "没有这个文件夹"),
    (("--out", "data"), "已有内容"),
    (("--out", "new", "--sign", "mapping.yaml"), "不是可用的 Ed25519 私钥"),
    (("--against", "data"), "不是运行文件夹"),
    (("--settings", "nothing.yaml"), "nothing.yaml"),
    (("--truth", "mapping.yaml"), "不是已知答案的 JSON"),
    (("--catalogue", "data"), "没有指标"),
]


@pytest.mark.parametrize("options, said", REFUSALS)
def test_what_cannot_be_done_is_refused_with_a_remedy(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(desk.folder)
    before = files(desk.folder)
    code, out, err = desk.scan(*options)
    assert code == REFUSED
    assert said in err
    assert "请" in err
    assert "Traceback" not in out + err
    assert files(desk.folder) == before


def test_refusals_are_complete_in_english(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LIANFANG_LANG", "en")
    assert desk.scan("--as-of", "yesterday")[2] == ("--as-of yesterday: not a date. To do: write it like 2024-12-31.\n")


def test_a_fault_of_the_program_shows_no_traceback_and_no_value(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*arguments: object) -> None:
        raise ValueError("110101199003070011")

    monkeypatch.setattr(command, "_check_outputs", breaks)
    code, out, err = desk.scan()
    assert (code, out) == (BROKEN, "")
    assert "ValueError (test_command.py:" in err
    assert "1990" not in err
    assert "Traceback" not in err


def test_an_interruption_says_that_nothing_was_written(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "_check_outputs", interrupted)
    code, _, err = desk.scan("--out", desk.folder / "run")
    assert code == 130
    assert "没有写下任何东西" in err
    assert not (desk.folder / "run").exists()


def test_cases_tell_what_differs(desk: Desk) -> None:
    code, out, _ = desk.run("cases", "--catalogue", desk.folder / "catalogue")
    assert (code, out) == (0, "2 个案例,0 个不符\n")
    place = desk.folder / "catalogue" / "made" / "tst_001"
    text = (place / "cases.yaml").read_text("utf-8").replace("| 100.01 | yellow", "| 100.02 | orange")
    (place / "cases.yaml").write_text(text, "utf-8")
    code, out, _ = desk.run("cases", "TST-001", "--catalogue", desk.folder / "catalogue")
    assert code == FAILED
    assert "a contract a fen above the limit is seen" in out
    assert (
        "缺少 subject_id=C1 | metric=100.02 | colour=orange; 多出 subject_id=C1 | metric=100.01 | colour=yellow" in out
    )


def test_cases_tell_what_is_wrong_between_card_and_rule(desk: Desk) -> None:
    rule = OVER_LIMIT.replace("c.amount AS metric", "c.amount AS measure")
    put_indicator(desk.folder / "catalogue", rule, code="TST-002", parameters={})
    code, out, _ = desk.run("cases", "TST-002", "--catalogue", desk.folder / "catalogue")
    assert code in (FAILED, REFUSED)
    assert "规则没有返回 metric" in out
    assert "规则用了未声明的参数 limit" in out


def test_cases_of_another_file_need_one_code(desk: Desk) -> None:
    place = desk.folder / "catalogue" / "made" / "tst_001" / "cases.yaml"
    options = ("--file", place, "--catalogue", desk.folder / "catalogue")
    assert desk.run("cases", "TST-001", *options)[0] == 0
    assert desk.run("cases", *options)[0] == REFUSED


def test_explain_lists_and_explains(desk: Desk) -> None:
    options = ("--catalogue", desk.folder / "catalogue")
    code, out, _ = desk.run("explain", *options)
    assert (code, out.split()) == (0, ["TST-001", "合同金额超限", "发现金额超过限额的合同。"])
    code, out, _ = desk.run("explain", "TST-001", *options)
    assert code == 0
    assert out.startswith("# TST-001 合同金额超限")
    code, out, err = desk.run("explain", "TST-9", *options)
    assert (code, out) == (REFUSED, "")
    assert "lianfang explain" in err


def test_a_new_indicator_is_refused_until_it_is_filled(desk: Desk) -> None:
    options = ("--catalogue", desk.folder / "catalogue")
    code, out, _ = desk.run("new", "indicator", "works", "single_admitted_bid", *options)
    assert code == 0
    folder = desk.folder / "catalogue" / "works" / "single_admitted_bid"
    assert str(folder) in out
    assert set(files(folder)) == {"indicator.yaml", "rule.sql", "cases.yaml"}
    assert all(yaml.safe_load((folder / name).read_text("utf-8")) for name in ("indicator.yaml", "cases.yaml"))
    with pytest.raises(Fault, match="补全卡片"):
        load_indicator(folder)
    assert desk.run("new", "indicator", "works", "single_admitted_bid", *options)[0] == REFUSED
    for name in ("Single-Bid", "../escape", "单一"):
        assert desk.run("new", "indicator", "works", name, *options)[0] == REFUSED


def test_key_files_are_for_their_owner_alone(desk: Desk) -> None:
    for name, options in (("digest.key", ()), ("sign.key", ("--signing",))):
        code, out, _ = desk.run("keygen", desk.folder / name, *options)
        assert (code, out.strip()) == (0, str(desk.folder / name) + (".pub" if options else ""))
        assert stat.S_IMODE((desk.folder / name).stat().st_mode) == 0o600
        assert desk.run("keygen", desk.folder / name, *options)[0] == REFUSED
    assert len((desk.folder / "digest.key").read_bytes()) == 32


def test_generated_pages_are_written_once_and_checked(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from lianfang.engine import catalogue as catalogues

    made = catalogues.load(desk.folder / "catalogue")
    monkeypatch.setattr(catalogues, "load", lambda *arguments: made)
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "gone.md").write_text("of an indicator that is no more", "utf-8")
    code, out, _ = desk.run("docs", docs, "--check")
    assert code == FAILED
    assert "indicators/TST-001.md" in out
    assert "gone.md" in out
    assert (desk.run("docs", docs)[0], desk.run("docs", docs, "--check")[0]) == (0, 0)
    assert not (docs / "gone.md").exists()
    (docs / "indicators" / "TST-001.md").write_text("edited by hand", "utf-8")
    code, out, _ = desk.run("docs", docs, "--check")
    assert (code, out) == (FAILED, "过时:indicators/TST-001.md;运行 make docs\n")


def test_tables_are_listed_and_read(desk: Desk) -> None:
    code, out, _ = desk.run("tables", "list")
    assert code == 0
    assert any(line.split()[:2] == ["contract", "合同"] for line in out.splitlines())
    options = ("--mapping", desk.folder / "mapping.yaml", "--out", desk.folder / "kept")
    code, out, _ = desk.run("tables", "read", desk.folder / "data", *options)
    assert code == 0
    assert "contract 3" in out
    assert (desk.folder / "kept" / "contract.parquet").is_file()
    code, out, _ = desk.run("scan", desk.folder / "kept", "--catalogue", desk.folder / "catalogue", "--format", "json")
    assert code == 0
    assert len(json.loads(out)["findings"]) == 2


def test_no_command_at_all_shows_how_to_use_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == REFUSED
    assert "usage: lianfang" in capsys.readouterr().err


def test_the_module_runs_as_a_command_and_a_closed_pipe_is_no_error() -> None:
    text = "import sys; from lianfang.engine.__main__ import run_main; sys.argv[1:] = ['tables', 'list']; run_main()"
    listing = subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert listing.stdout is not None
    assert listing.stderr is not None
    listing.stdout.close()
    said = listing.stderr.read().decode()
    listing.stderr.close()
    assert (listing.wait(), said) == (0, "")
