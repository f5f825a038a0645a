"""The command: ``lianfang scan · cases · explain · tables · new · verify · keygen``.

It alone reads the clock (the as-of day, when none is given) and writes to the terminal.
"""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import sys
import tempfile
import traceback
from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

import lianfang
from lianfang.engine.disclosure import LEVELS
from lianfang.engine.fault import Fault, say

if TYPE_CHECKING:
    from lianfang.engine.catalogue import Indicator
    from lianfang.engine.dataset import Dataset
    from lianfang.engine.report import Progress

FAILED, REFUSED, BROKEN = 1, 2, 3


def parser() -> argparse.ArgumentParser:
    """The command line, in the language of messages."""
    top = argparse.ArgumentParser(
        prog="lianfang", description=say("廉政风险预警引擎:表格进,发现出。", "Tables in, findings out.")
    )
    top.add_argument("--version", action="version", version=f"lianfang {lianfang.__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _scan_options(commands.add_parser("scan", help=say("读数据,跑指标", "read data and run indicators")))
    cases = commands.add_parser("cases", help=say("跑指标的案例", "run the worked cases of indicators"))
    cases.add_argument("codes", nargs="*", metavar="CODE")
    cases.add_argument("--file", type=Path, help=say("单独一个 cases.yaml", "one cases.yaml"))
    cases.add_argument("--spark", action="store_true", help=say("也在 Spark 上跑", "run on Spark as well"))
    cases.add_argument("--catalogue", type=Path)
    explain = commands.add_parser("explain", help=say("说明一个指标", "explain an indicator"))
    explain.add_argument("code", nargs="?", metavar="CODE")
    explain.add_argument("--catalogue", type=Path)
    _tables_options(
        commands.add_parser(
            "tables", help=say("规范表:模板、映射、读取", "canonical tables: templates, mapping, reading")
        )
    )
    docs = commands.add_parser("docs", help=say("生成文档页", "write the generated pages"))
    docs.add_argument("folder", type=Path)
    docs.add_argument("--check", action="store_true", help=say("只核对是否最新", "only check that they are fresh"))
    new = commands.add_parser("new", help=say("新指标的骨架", "the skeleton of a new indicator"))
    new.add_argument("what", choices=["indicator"])
    new.add_argument("family")
    new.add_argument("slug")
    new.add_argument("--catalogue", type=Path)
    verify = commands.add_parser(
        "verify", help=say("核对运行文件夹的完整与签名", "check that a run is whole and signed")
    )
    verify.add_argument("run", type=Path)
    verify.add_argument("--trust", type=Path, help=say("所信任的公钥", "the public key that is trusted"))
    keygen = commands.add_parser("keygen", help=say("生成密钥文件", "make a key file"))
    keygen.add_argument("path", type=Path)
    keygen.add_argument("--signing", action="store_true", help=say("签名用的密钥对", "a key pair for signing runs"))
    return top


def _scan_options(scan: argparse.ArgumentParser) -> None:
    scan.add_argument("paths", nargs="+", metavar="DIR_OR_FILE")
    scan.add_argument("--mapping", type=Path, help=say("说明哪一列是什么", "says which column is which"))
    scan.add_argument("--as-of", help=say("分析日,默认今天", "the as-of day, today by default"))
    scan.add_argument("--only", nargs="+", action="extend", metavar="CODE")
    scan.add_argument("--engine", choices=["duckdb", "spark"], default="duckdb")
    scan.add_argument("--out", type=Path, metavar="RUN", help=say("写运行文件夹", "write a run folder"))
    scan.add_argument("--format", choices=["table", "json", "xlsx", "html"], default="table")
    scan.add_argument("--report", type=Path, help=say("xlsx 或 html 写到哪里", "where to write the xlsx or html"))
    scan.add_argument("--settings", type=Path, help=say("参数取值的 YAML", "YAML with values of parameters"))
    scan.add_argument("--key-file", type=Path, help=say("证件号摘要的密钥", "key for the digests of identity numbers"))
    scan.add_argument("--reject-limit", help=say("可容忍的拒收比例", "rejected share below which a table is usable"))
    scan.add_argument(
        "--strict", action="store_true", help=say("有一行拒收即失败", "fail when a single row is rejected")
    )
    scan.add_argument("--level", help=say("本级:central … township", "level of the installation: central … township"))
    scan.add_argument(
        "--against", type=Path, metavar="RUN", help=say("与较早的运行比较", "compare with an earlier run")
    )
    scan.add_argument("--disclose", choices=LEVELS, default="full")
    scan.add_argument("--sign", type=Path, metavar="KEY")
    scan.add_argument(
        "--truth", type=Path, help=say("已知答案,打印召回与精确", "known answers: print recall and precision")
    )
    scan.add_argument("--catalogue", type=Path, help=say("另一个指标目录", "another catalogue"))


def _tables_options(tables: argparse.ArgumentParser) -> None:
    verbs = tables.add_subparsers(dest="verb", required=True, metavar="VERB")
    export = verbs.add_parser("export-templates", help=say("写填报模板", "write spreadsheet templates"))
    export.add_argument("folder", type=Path)
    export.add_argument("names", nargs="*", metavar="TABLE")
    propose = verbs.add_parser("propose-mapping", help=say("为文件提出映射", "propose a mapping for a file"))
    propose.add_argument("file", type=Path)
    read = verbs.add_parser("read", help=say("读入并存为 Parquet", "read files and keep them as Parquet"))
    read.add_argument("paths", nargs="+")
    read.add_argument("--mapping", type=Path)
    read.add_argument("--key-file", type=Path)
    read.add_argument("--reject-limit")
    read.add_argument("--out", type=Path, required=True)
    verbs.add_parser("list", help=say("列出规范表", "list the canonical tables"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code. A Fault is printed on standard error, never a traceback."""
    options = parser().parse_args(arguments)
    try:
        return _COMMANDS[options.command](options)
    except Fault as fault:
        print(fault, file=sys.stderr)
        return REFUSED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:  # a full disk, a folder that may not be entered
        what = say(f"无法读写({error.strerror})。", f"cannot be read or written ({error.strerror}).")
        remedy = say("检查权限和磁盘空间。", "check permissions and the space on the disk.")
        print(Fault(str(error.filename or options.command), what, remedy), file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        print(say("已中断,没有写下任何东西。", "Interrupted; nothing was written."), file=sys.stderr)
        return 130
    except Exception as error:
        # its own words may hold values of rows: only its kind and place are told
        place = traceback.extract_tb(error.__traceback__)[-1]
        what = f"{type(error).__name__} ({Path(place.filename).name}:{place.lineno})"
        print(
            say(f"程序出错:{what}。请告知开发者。", f"The program failed: {what}. Tell its developers."),
            file=sys.stderr,
        )
        return BROKEN


def run_main() -> None:
    """Entry point of the installed command."""
    sys.exit(main())


def _scan(options: argparse.Namespace) -> int:
    from lianfang.engine import catalogue as catalogues
    from lianfang.engine import report, settings
    from lianfang.engine.run import run
    from lianfang.engine.terminal import strictly_refused

    as_of = _day(options.as_of)
    _check_outputs(options)
    # settings may name any indicator, also one that this run leaves out
    catalogue = catalogues.load(options.catalogue or catalogues.SHIPPED, None if options.settings else options.only)
    catalogue.chosen(options.only)
    parameters = settings.load(options.settings, catalogue) if options.settings else None
    with report.Progress() as progress, tempfile.TemporaryDirectory(prefix="lianfang-") as temporary:
        wanted = _wanted(catalogue.chosen(options.only)) if options.only else None
        dataset = _read(options, Path(temporary) / "dataset", progress, wanted)
        if dataset.rejected_file is not None:
            _keep_rejected(dataset.rejected_file, options)
        _check_usable(dataset)
        if options.strict and any(table.rejected for table in dataset.tables.values()):
            progress.stop()
            strictly_refused(dataset, sys.stderr)
            return FAILED
        finished = run(
            dataset, as_of=as_of, only=options.only, catalogue=catalogue, parameters=parameters, engine=options.engine,
            level=options.level, against=options.against, folder=options.out, disclose=options.disclose,
            signing_key=options.sign, progress=progress.indicator,
        )  # fmt: skip
        progress.stop()
        report.show(finished, dataset, catalogue, options)
    return FAILED if any(outcome.status == "failed" for outcome in finished.outcomes) else 0


def _keep_rejected(rejected: Path, options: argparse.Namespace) -> None:
    """The rows to send back stand beside the run folder, not in it: they stay with whoever provided them."""
    if options.out is None:
        how = say("加 --out 可得到拒收行的表。", "with --out their spreadsheet is kept.")
        print(say("有拒收的行。", "Rows were rejected; ") + how, file=sys.stderr)
        return
    kept = options.out.with_name(options.out.name + "-rejected.xlsx")
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(rejected, kept)
    print(say(f"拒收的行:{kept}", f"Rejected rows: {kept}"), file=sys.stderr)


def _check_usable(dataset: Dataset) -> None:
    """Refuse data of which no table has its required columns: a run over them would only seem to have looked."""
    if not any(table.usable or table.rejected for table in dataset.tables.values()):
        reasons = "; ".join(f"{table.name}: {table.reason}" for table in dataset.tables.values())
        raise Fault(
            say("数据", "the data"), say(f"没有一张表可用({reasons})。", f"no table can be used ({reasons})."),
            say("补上所缺的列,或用 --mapping 说明。", "add the columns, or say with --mapping where they are."),
        )  # fmt: skip


def _check_outputs(options: argparse.Namespace) -> None:
    """Refuse outputs that could not be written before any work is done."""
    if options.format == "xlsx" and options.report is None and options.out is None:
        raise Fault(
            "--format xlsx", say("没有说写到哪里。", "it is not said where to write."),
            say("给出 --report 文件 或 --out 文件夹。", "give --report FILE or --out FOLDER."),
        )  # fmt: skip
    if options.out is not None and options.out.exists() and (not options.out.is_dir() or any(options.out.iterdir())):
        raise Fault(
            str(options.out), say("输出位置已有内容。", "the output place is not empty."),
            say("换一个文件夹。", "choose another folder."),
        )  # fmt: skip
    for option, asked in (("--disclose", options.disclose != "full"), ("--sign", options.sign is not None)):
        if asked and options.out is None:
            raise Fault(option, say("须与 --out 同用。", "it goes with --out."), say("给出 --out。", "give --out."))
    if options.report is not None and options.format not in ("xlsx", "html"):
        raise Fault(
            "--report",
            say("须与 --format xlsx 或 html 同用。", "it goes with --format xlsx or html."),
            say("给出 --format。", "give --format."),
        )
    if options.report is not None and not options.report.parent.is_dir():
        raise Fault(
            str(options.report),
            say("没有这个文件夹。", "there is no such folder."),
            say("先建文件夹。", "make the folder first."),
        )


def _wanted(chosen: Sequence[Indicator]) -> dict[str, set[str]]:
    """The columns that the chosen indicators look at; processes of open data are always read, to know what is wrong."""
    found: dict[str, set[str]] = {"tender": {"tender_id"}}
    for indicator in chosen:
        for table, columns in indicator.reads().items():
            found.setdefault(table, set()).update(columns)
    return found


def _read(options: argparse.Namespace, folder: Path, progress: Progress, wanted: dict[str, set[str]] | None) -> Dataset:
    from lianfang.engine import dataset

    return dataset.read(
        options.paths, folder=folder, mapping=options.mapping, key_file=options.key_file,
        reject_limit=_share(options.reject_limit), progress=progress.file, wanted=wanted,
    )  # fmt: skip


def _day(text: str | None) -> date:
    if text is None:
        return date.today()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Fault(
            f"--as-of {text}", say("不是日期。", "not a date."), say("写成 2024-12-31。", "write it like 2024-12-31.")
        ) from None


def _share(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        share = Decimal(text)
    except InvalidOperation:
        share = Decimal(-1)
    if not share.is_finite() or not 0 <= share <= 1:
        raise Fault(
            f"--reject-limit {text}",
            say("不是 0 到 1 之间的数。", "not a number between 0 and 1."),
            say("写成 0.05。", "write it like 0.05."),
        )
    return share


def _cases(options: argparse.Namespace) -> int:
    from lianfang.engine import cases
    from lianfang.engine import catalogue as catalogues

    catalogue = catalogues.load(options.catalogue or catalogues.SHIPPED, options.codes or None)
    if options.file and len(options.codes) != 1:
        raise Fault("--file", say("须同时给出一个编码。", "it goes with one code."), "lianfang cases CODE --file F")
    failed = number = 0
    for engine in ["duckdb", "spark"] if options.spark else ["duckdb"]:
        for indicator in catalogue.chosen(options.codes or None):
            for problem in catalogues.rule_problems(indicator):
                failed += 1
                print(f"✗ {indicator.code}: {problem}")
        for indicator, case, failure in cases.failures(
            catalogue, catalogue.chosen(options.codes or None), engine, options.file
        ):
            number += 1
            if failure:
                failed += 1
                print(f"✗ {indicator.code} [{engine}] {case.name}\n    {failure.difference}")
    print(say(f"{number} 个案例,{failed} 个不符", f"{number} cases, {failed} not as expected"))
    return FAILED if failed else 0


def _explain(options: argparse.Namespace) -> int:
    from lianfang.engine import catalogue as catalogues
    from lianfang.engine import document

    catalogue = catalogues.load(options.catalogue or catalogues.SHIPPED, [options.code] if options.code else None)
    if options.code is None:
        for indicator in catalogue.indicators.values():
            print(f"{indicator.code:8} {indicator.card.name.said}  {indicator.card.detects.said}")
        return 0
    print(document.indicator_page(catalogue.chosen([options.code])[0]))
    return 0


def _tables(options: argparse.Namespace) -> int:
    from lianfang.engine import dataset, report, terminal
    from lianfang.engine.tables import tables, templates

    if options.verb == "export-templates":
        written = templates.write_templates(options.folder, options.names or None)
        print(
            say(
                f"写了 {len(written)} 个模板到 {options.folder}",
                f"{len(written)} templates written to {options.folder}",
            )
        )
    elif options.verb == "propose-mapping":
        from lianfang.engine import mapping

        print(mapping.propose(options.file).text)
    elif options.verb == "read":
        with report.Progress() as progress:
            found = dataset.read(
                options.paths, folder=options.out, mapping=options.mapping, key_file=options.key_file,
                reject_limit=_share(options.reject_limit), progress=progress.file,
            )  # fmt: skip
        terminal.tables_read(found, sys.stdout)
    else:
        for table in tables().values():
            print(f"{table.name:20} {table.zh}  {table.en}")
    return 0


def _docs(options: argparse.Namespace) -> int:
    from lianfang.engine import catalogue as catalogues
    from lianfang.engine import document
    from lianfang.engine.tables import document as tables_document

    pages = document.pages(catalogues.load()) | tables_document.markdown()
    present = {p.relative_to(options.folder).as_posix(): p for p in options.folder.rglob("*.md")}
    stale = [name for name, text in pages.items() if name not in present or present[name].read_text("utf-8") != text]
    extra = sorted(set(present) - set(pages))
    if options.check:
        for name in stale + extra:
            print(say(f"过时:{name};运行 make docs", f"stale: {name}; run make docs"))
        return FAILED if stale or extra else 0
    for name in extra:
        present[name].unlink()
    for name, text in pages.items():
        (options.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (options.folder / name).write_text(text, encoding="utf-8")
    return 0


def _new(options: argparse.Namespace) -> int:
    from lianfang.engine import catalogue as catalogues
    from lianfang.engine import skeleton

    folder = skeleton.new_indicator(options.catalogue or catalogues.SHIPPED, options.family, options.slug)
    print(say(f"已建 {folder};先写案例,再写卡片和规则。", f"{folder} made; write the cases first, then card and rule."))
    return 0


def _verify(options: argparse.Namespace) -> int:
    from lianfang.engine import signing

    manifest = signing.verify(options.run, options.trust)
    signed = (
        say("签名成立", "the signature holds")
        if (options.run / signing.SIGNATURE).exists()
        else say("未签名", "not signed")
    )
    print(
        say(
            f"完整;{signed};披露级别 {manifest.get('disclosure')}",
            f"whole; {signed}; disclosure {manifest.get('disclosure')}",
        )
    )
    return 0


def _keygen(options: argparse.Namespace) -> int:
    from lianfang.engine import signing

    if options.signing:
        print(signing.new_signing_key(options.path))
    else:
        signing.write_secret(options.path, secrets.token_bytes(32))
        print(options.path)
    return 0


_COMMANDS = {
    "cases": _cases,
    "docs": _docs,
    "explain": _explain,
    "keygen": _keygen,
    "new": _new,
    "scan": _scan,
    "tables": _tables,
    "verify": _verify,
}

if __name__ == "__main__":
    run_main()
