"""About a hundred wrong inputs: each is refused with its place and a remedy, and nothing is written."""

from __future__ import annotations

import gzip
import json
import os
import random
import socket
import sqlite3
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
import pytest
import xlsxwriter
from pyarrow import parquet

from lianfang.engine.__main__ import main
from lianfang.engine.sources import ENDINGS, safety

HEADER = "支付号,金额,日期"
ROWS = [f"P{i},{i}.50,2024-03-01" for i in range(1, 40)]
TABLE = [line.split(",") for line in (HEADER, *ROWS)]
RIGHT = "\n".join([HEADER, *ROWS]) + "\n"
RECORDS = [dict(zip(TABLE[0], row, strict=True)) for row in TABLE[1:]]
NOBODY = 65_534

Build = Callable[[Path], list[str]]  # makes the input in a folder and returns the arguments of `scan`


@dataclass(frozen=True)
class Wrong:
    name: str
    build: Build
    says: tuple[str, ...]  # what the message must name


# ---- builders --------------------------------------------------------------------------------------------------


def file(name: str, content: bytes | str, *arguments: str) -> Build:
    """One file with this content."""

    def build(folder: Path) -> list[str]:
        path = folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return [str(path), *arguments]

    return build


def csv(rows: str, *arguments: str, header: str = HEADER, name: str = "payment.csv") -> Build:
    return file(name, f"{header}\n{rows}\n", *arguments)


def changed(name: str, change: Callable[[bytes], bytes]) -> Build:
    """A right file of this name whose bytes are then changed."""

    def build(folder: Path) -> list[str]:
        path = right(folder, name)
        path.write_bytes(change(path.read_bytes()))
        return [str(path)]

    return build


def cut(name: str) -> Build:
    return changed(name, lambda data: data[: len(data) * 2 // 3])


def right(folder: Path, name: str) -> Path:
    """A file of the format its ending says, in which everything is right."""
    path, ending = folder / name, name.partition(".")[2]
    if ending == "xlsx":
        book(path, TABLE)
    elif ending == "parquet":
        parquet.write_table(pa.Table.from_pylist(RECORDS), path)
    elif ending == "db":
        with closing(sqlite3.connect(path)) as con:
            con.execute("CREATE TABLE payment (payment_id TEXT, amount REAL, pay_date TEXT)")
            con.executemany("INSERT INTO payment VALUES (?, ?, ?)", TABLE[1:])
            con.commit()
    elif ending == "duckdb":
        with duckdb.connect(str(path)) as con:
            con.execute(
                "CREATE TABLE payment AS SELECT 'P1' AS payment_id, 1.5 AS amount, DATE '2024-03-01' AS pay_date"
            )
    else:
        contents = {"csv": RIGHT, "json": json.dumps(RECORDS), "jsonl": "\n".join(map(json.dumps, RECORDS)), "xes": XES}
        data = contents[ending.removesuffix(".gz")].encode()
        path.write_bytes(gzip.compress(data) if ending.endswith(".gz") else data)
    return path


def book(path: Path, rows: list[list[str]], **options: str) -> Path:
    with xlsxwriter.Workbook(str(path)) as workbook:
        sheet = workbook.add_worksheet(options.get("sheet", "支付"))
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
        if "hidden" in options:
            workbook.add_worksheet("封面").activate()
            sheet.hide()
    return path


def xlsx(rows: list[list[str]], *arguments: str, **options: str) -> Build:
    return lambda folder: [str(book(folder / "payment.xlsx", rows, **options)), *arguments]


def archive(name: str, members: dict[str, bytes]) -> Build:
    def build(folder: Path) -> list[str]:
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as out:
            for member, content in members.items():
                out.writestr(member, content)
        return [str(folder / name)]

    return build


def with_member(member: str, change: Callable[[bytes], bytes]) -> Build:
    """A right workbook in which one part was changed."""

    def build(folder: Path) -> list[str]:
        path = right(folder, "payment.xlsx")
        with zipfile.ZipFile(path) as source:
            parts = {name: source.read(name) for name in source.namelist()}
        return archive("payment.xlsx", parts | {member: change(parts.get(member, b""))})(folder)

    return build


def bomb(document: bytes) -> bytes:
    """An XML document with entities that unfold without end."""
    head, _, rest = document.partition(b"?>")
    entities = b"".join(b'<!ENTITY e%d "%s">' % (i, b"&e%d;" % (i - 1) * 9) for i in range(1, 9))
    return head + b'?><!DOCTYPE x [<!ENTITY e0 "x">' + entities + b"]>" + rest.replace(b"</", b"&e8;</", 1)


def mapped(text: str | bytes, says: str | None = None) -> Build:
    """A right file with a wrong mapping.yaml."""

    def build(folder: Path) -> list[str]:
        (folder / "mapping.yaml").write_bytes(text.encode() if isinstance(text, str) else text)
        return [str(right(folder, "payment.csv")), "--mapping", str(folder / "mapping.yaml")]

    return build


def rule(columns: dict[str, str] | None = None, **entries: str) -> Build:
    """A right file with a mapping of which some columns or entries are changed; a blank takes one away."""
    taken = {"payment_id": "支付号", "amount": "金额", "pay_date": "日期"} | (columns or {})
    said = ", ".join(f"{name}: {take}" for name, take in taken.items() if take)
    entry = {"match": "payment.csv", "table": "payment", "columns": f"{{{said}}}"} | entries
    return mapped("files:\n  - " + "\n    ".join(f"{name}: {value}" for name, value in entry.items() if value) + "\n")


def options(*arguments: str) -> Build:
    """A right file with wrong arguments; {folder} stands for the folder."""
    return lambda folder: [
        str(right(folder, "payment.csv")),
        *(argument.format(folder=folder) for argument in arguments),
    ]


def special(make: Callable[[Path], object], name: str = "payment.csv") -> Build:
    def build(folder: Path) -> list[str]:
        make(folder / name)
        return [str(folder / name)]

    return build


def listening(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        previous = os.getcwd()
        os.chdir(path.parent)  # the name of a socket may have 108 bytes only
        server.bind(path.name)
        os.chdir(previous)


def link_to_folder(path: Path) -> None:
    (path.parent / "folder").mkdir()
    path.symlink_to(path.parent / "folder")


def table_of(statement: str) -> Build:
    def build(folder: Path) -> list[str]:
        with closing(sqlite3.connect(folder / "库.db")) as con:
            con.execute(statement)
            con.commit()
        return [str(folder / "库.db")]

    return build


def noise(size: int = 5_000) -> bytes:
    return b"\x00\x01" + random.Random(7).randbytes(size)


XES = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1.0"><trace><string key="concept:name" value="C1"/>
<event><string key="concept:name" value="受理"/><date key="time:timestamp" value="2024-03-01T09:00:00+08:00"/></event>
</trace></log>
"""
BACK = "from: 2024-02-01, to: 2024-01-01"
OCDS = json.dumps(
    {"ocid": "ocds-1", "id": "1", "date": "2024-03-01T00:00:00Z", "tag": ["tender"], "tender": {"id": "T"}}
)
LOCKED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1_000) + "EncryptedPackage".encode("utf-16-le") + bytes(3_000)

# ---- the wrong inputs --------------------------------------------------------------------------------------------

FILES = [
    Wrong("a missing file", lambda folder: [str(folder / "没有.csv")], ("没有.csv",)),
    Wrong("an empty folder", lambda folder: [str(folder)], ()),
    Wrong("a folder named like a file", special(Path.mkdir), ("payment.csv",)),
    Wrong("a link to a folder", special(link_to_folder), ("payment.csv",)),
    Wrong("a link to nothing", special(lambda path: path.symlink_to("nowhere")), ("payment.csv",)),
    Wrong("a pipe", special(os.mkfifo), ("payment.csv", "管道")),
    Wrong("a socket", special(listening), ("payment.csv", "套接字")),
    Wrong("a device", lambda folder: ["/dev/zero"], ("/dev/zero", "设备")),
    Wrong("an unknown ending", file("付款.docx", "abc"), ("付款.docx", "格式")),
    Wrong("no ending", file("付款", RIGHT), ("付款", "格式")),
    Wrong("a picture", file("付款.png", b"\x89PNG\r\n\x1a\n" + noise()), ("付款.png", "格式")),
    *(Wrong(f"an empty {e}", file(f"payment.{e}", b""), (f"payment.{e}", "空文件")) for e in [*ENDINGS, "csv.gz"]),
    *(
        Wrong(f"noise named {e}", file(f"payment.{e}", noise()), (f"payment.{e}",))
        for e in [*ENDINGS, "csv.gz", "json.gz", "xes"]
    ),
    *(
        Wrong(f"a cut off {e}", cut(f"payment.{e}"), (f"payment.{e}",))
        for e in ("xlsx", "parquet", "json", "jsonl", "db", "duckdb", "csv.gz", "xes")
    ),
    Wrong("a cut off csv", changed("payment.csv", lambda data: data[:-12]), ("payment.csv 第40行", "截断")),
    Wrong("an archive named xlsx", archive("payment.xlsx", {"payment.csv": RIGHT.encode()}), ("payment.xlsx", "解压")),
    Wrong(
        "a page named xls",
        file("payment.xls", "<html><table><tr><td>1</td></tr></table></html>"),
        ("payment.xls", "网页"),
    ),
    Wrong("a page named csv", file("payment.csv", "\n <!DOCTYPE html><p>请登录</p>"), ("payment.csv", "网页")),
    Wrong("a page named xlsx", file("payment.xlsx", "<html></html>"), ("payment.xlsx", "内容不是")),
    Wrong("a document named csv", file("payment.csv", b"%PDF-1.7\n" + noise()), ("payment.csv", "二进制")),
    Wrong("a text named parquet", file("payment.parquet", RIGHT), ("payment.parquet", "Parquet")),
    Wrong(
        "a parquet with broken names",
        changed("payment.parquet", lambda data: data.replace("支付号".encode(), b"\xff" * 9)),
        ("payment.parquet",),
    ),
    Wrong("a text named db", file("payment.db", RIGHT), ("payment.db", "内容不是")),
    Wrong("a workbook with a password", file("payment.xlsx", LOCKED), ("payment.xlsx", "密码")),
    Wrong(
        "an archive of zeros", archive("payment.xlsx", {"xl/workbook.xml": bytes(70 << 20)}), ("payment.xlsx", "炸弹")
    ),
    Wrong(
        "an archive of ten thousand parts",
        archive("payment.xlsx", {f"xl/{i}": b"" for i in range(safety.MAX_MEMBERS + 1)}),
        ("payment.xlsx", "上限"),
    ),
    Wrong("a gz of zeros", file("payment.csv.gz", gzip.compress(bytes(70 << 20))), ("payment.csv.gz", "炸弹")),
    Wrong("entities in a workbook", with_member("xl/worksheets/sheet1.xml", bomb), ("payment.xlsx", "实体")),
    Wrong("entities in shared texts", with_member("xl/sharedStrings.xml", bomb), ("payment.xlsx", "实体")),
    Wrong(
        "entities in an open document",
        archive("payment.ods", {"content.xml": bomb(b'<?xml version="1.0"?><a></a>')}),
        ("payment.ods", "实体"),
    ),
    Wrong(
        "an open document whose text breaks off",
        archive("payment.ods", {"mimetype": b"", "META-INF/manifest.xml": b"<m/>", "content.xml": b"<a><b>"}),
        ("payment.ods", "损坏"),
    ),
    Wrong(
        "a cell in row ten million",
        with_member("xl/worksheets/sheet1.xml", lambda part: part.replace(b'r="A2"', b'r="A10000000"')),
        ("payment.xlsx", "范围"),
    ),
    Wrong(
        "four thousand million texts announced",
        with_member("xl/sharedStrings.xml", lambda part: part.replace(b'uniqueCount="', b'uniqueCount="4000000')),
        ("payment.xlsx", "内存"),
    ),
    Wrong("entities in a log", file("日志.xes", bomb(XES.encode())), ("日志.xes", "实体")),
    Wrong(
        "a workbook without its sheet", with_member("xl/worksheets/sheet1.xml", lambda _: b"<work"), ("payment.xlsx",)
    ),
]

SHEETS = [
    Wrong("a thousand columns", csv(",".join("1" * 1000), header=",".join(f"c{i}" for i in range(1000))), ("500",)),
    Wrong(
        "a thousand columns in a workbook",
        xlsx([[f"c{i}" for i in range(1000)], ["1"] * 1000]),
        ("payment.xlsx", "500"),
    ),
    Wrong("a header only", csv(""), ("payment.csv", "没有数据行")),
    Wrong("a header only in a workbook", xlsx(TABLE[:1]), ("payment.xlsx", "没有数据行")),
    Wrong("totals only", csv("合计,3.00,\n制表:某某,,"), ("payment.csv", "没有数据行")),
    Wrong("no header", file("payment.csv", "\n".join(ROWS)), ("payment.csv", "表头", "第1行")),
    Wrong("no header in a workbook", xlsx(TABLE[1:]), ("payment.xlsx › 支付", "表头", "第1行")),
    Wrong("blank lines only", file("payment.csv", "\n\n\n"), ("payment.csv",)),
    Wrong("separators only", file("payment.csv", ",,,\n,,,\n"), ("payment.csv",)),
    Wrong("only hidden sheets", xlsx(TABLE, hidden="yes"), ("payment.xlsx",)),
    Wrong("an empty workbook", xlsx([]), ("payment.xlsx",)),
    Wrong("columns of no table", csv("1,2,3", header="甲,乙,丙", name="未知.csv"), ("未知.csv", "propose-mapping")),
    Wrong("an open quote", csv('P1,"1,2024-03-01\nP2,2,2024-03-01'), ("payment.csv 第2行", "引号")),
    Wrong(
        "a quote closed far below",
        csv('P1,"1,2024-03-01\nP2,2,2024-03-01\nP3,3,2024-03-01\nP4,4",2024-03-01'),
        ("payment.csv 第2行", "引号"),
    ),
    Wrong("too many cells", csv("P1,1,2024-03-01\nP2,1,234.00,2024-03-01"), ("payment.csv 第3行", "多于")),
    Wrong("a line of two megabytes", csv("P1,1," + "x" * (2 << 20)), ("payment.csv 第2行", "1 MiB")),
    Wrong("a long cell", csv(f'P1,1,"{"x" * 40_000}"'), ("payment.csv 第2行「日期」", "32767")),
    Wrong(
        "a broken UTF-8", file("payment.csv", RIGHT.encode() + b"P\xff,1,2024-03-01\n"), ("payment.csv 第41行", "字节")
    ),
    Wrong("a broken GB18030", file("payment.csv", RIGHT.encode("gbk") + b"P\xff,1,\n"), ("payment.csv 第41行", "字节")),
    Wrong(
        "half a character of UTF-16",
        file("payment.csv", RIGHT.encode("utf-16") + b"\n"),
        ("payment.csv 第41行", "字节"),
    ),
    Wrong("UTF-16 without mark", file("payment.csv", RIGHT.encode("utf-16-le")), ("payment.csv", "二进制")),
    Wrong("UTF-32", file("payment.csv", RIGHT.encode("utf-32")), ("payment.csv",)),
    Wrong(
        "a column twice", csv("P1,1,2024-03-01,2024-03-02", header=HEADER + ",pay_date"), ("payment.csv", "pay_date")
    ),
    Wrong(
        "numbers of identity without key",
        csv("P1,1,2024-03-01,11010519491231002X", header=HEADER + ",审批人"),
        ("密钥",),
    ),
]

JSONS = [
    Wrong("an array of numbers", file("payment.json", "[1, 2]"), ("payment.json 第1行", "不是对象")),
    Wrong("an array in an array", file("payment.json", "[[1, 2]]"), ("payment.json 第1行", "不是对象")),
    Wrong("a number", file("payment.json", "12"), ("payment.json", "记录")),
    Wrong("two lists in an object", file("payment.json", '{"a": [{}], "b": [{}]}'), ("payment.json", "记录")),
    Wrong("an empty array", file("payment.json", "[]"), ("payment.json", "没有数据行")),
    Wrong("a deep nest", file("payment.json", "[" * 100_000), ("payment.json",)),
    Wrong("a deep nest that ends", file("payment.json", "[" * 5_000 + "]" * 5_000), ("payment.json",)),
    Wrong("invalid UTF-8", file("payment.json", b'[{"a": "\xff"}]'), ("payment.json 第1行", "UTF-8")),
    Wrong("NaN", file("payment.json", '[{"金额":\nNaN}]'), ("payment.json 第2行", "NaN")),
    Wrong("Infinity", file("payment.jsonl", '{"a": 1}\n{"a": -Infinity}\n'), ("payment.jsonl 第2行", "Infinity")),
    Wrong("a comma too many", file("payment.json", '[{"a": 1},]'), ("payment.json 第1行",)),
    Wrong("single quotes", file("payment.jsonl", "{'a': 1}\n"), ("payment.jsonl 第1行",)),
    Wrong("a number among the lines", file("payment.jsonl", '{"a": 1}\n2\n'), ("payment.jsonl 第2行", "不是对象")),
    Wrong("a thousand members", file("payment.json", json.dumps([{f"c{i}": 1 for i in range(1000)}])), ("500",)),
    Wrong("a cut off OCDS", file("开放.jsonl", OCDS + "\n" + OCDS[:60]), ("开放.jsonl",)),
    Wrong("an OCDS without releases", file("开放.json", '{"uri": "x", "ocid": 5, "releases": []}'), ("开放.json",)),
    Wrong("a log of another kind", file("日志.xes", "<?xml version='1.0'?><html></html>"), ("日志.xes",)),
    Wrong("a log that does not close", file("日志.xes", XES.replace("</trace>", "")), ("日志.xes 第4行", "XML")),
    Wrong("a log without events", file("日志.xes", '<log xes.version="1.0"></log>'), ("日志.xes",)),
]

DATABASES = [
    Wrong("a database without the tables", table_of("CREATE TABLE notes (x)"), ("库.db", "notes")),
    Wrong("a view of nothing", table_of("CREATE VIEW payment AS SELECT * FROM nowhere"), ("库.db", "nowhere")),
    Wrong("a server that is down", lambda _: ["postgresql://u:geheim7@127.0.0.1:1/x"], ("127.0.0.1",)),
    Wrong("a driver that is missing", lambda _: ["mysql://u:geheim7@127.0.0.1:1/x"], ("lianfang[mysql]",)),
    Wrong("a database file that is missing", lambda folder: [f"sqlite:///{folder}/无.db"], ("无.db",)),
    Wrong("an address of another kind", lambda _: ["oracle://u:geheim7@127.0.0.1/x"], ("oracle://", "数据库")),
]

MAPPINGS = [
    Wrong("no such mapping", options("--mapping", "{folder}/没有.yaml"), ("没有.yaml",)),
    Wrong("a mapping that is a folder", options("--mapping", "{folder}"), ()),
    Wrong("a mapping of noise", mapped(noise()), ("mapping.yaml",)),
    Wrong("a list", mapped("- 1\n"), ("mapping.yaml",)),
    Wrong("broken YAML", mapped("files: [\n"), ("mapping.yaml", "line 2")),
    Wrong("aliases", mapped("files: [&a {table: x}, *a]\n"), ("mapping.yaml", "alias")),
    Wrong("a Python object", mapped("files: !!python/object/apply:os.getcwd []\n"), ("mapping.yaml",)),
    Wrong("a mapping of two megabytes", mapped("files: []\n" + "#" * (2 << 20)), ("mapping.yaml",)),
    Wrong("an unknown word", mapped("fils: []\n"), ("mapping.yaml", "fils", "files")),
    Wrong("a key given twice", mapped("files: []\nfiles: []\n"), ("mapping.yaml", "files")),
    Wrong("an unknown table", rule(table="paymnt"), ("files[1]", "paymnt", "payment")),
    Wrong("an unknown column", rule({"payment_no": "支付号"}), ("files[1]", "payment_no", "payment_id")),
    Wrong("a header that is not there", rule({"payment_id": "编号"}), ("编号", "payment.csv")),
    Wrong("a required column left out", rule({"amount": ""}), ("files[1]", "amount")),
    Wrong("no match", rule(match=""), ("files[1]", "match")),
    Wrong("a header row of zero", rule(header_row="0"), ("files[1]", "header_row")),
    Wrong("a header row below the table", rule(header_row="900"), ("payment.csv", "第900行")),
    Wrong("an unknown unit", rule({"amount": "{from: 金额, unit: 斤}"}), ("斤",)),
    Wrong("a date form that is none", rule({"pay_date": "{from: 日期, format: Y-M}"}), ("Y-M",)),
    Wrong("two sources of a column", rule({"payment_id": "{from: 支付号, row: true}"}), ("files[1]", "payment_id")),
    Wrong("an amount made of the row", rule({"amount": "{row: true}"}), ("files[1]", "amount")),
    Wrong("a share above one", mapped("reject_limit: 2\n"), ("reject_limit",)),
    Wrong("a period that runs back", mapped(f"complete: [{{table: payment, {BACK}, by: 局}}]\n"), ("complete[1]",)),
    Wrong("settings of a log that are none", mapped("event_log: {match: 'payment.csv', colums: {}}\n"), ("colums",)),
]

STRICT = [
    Wrong(
        "releases that are no list", file("开放.json", '{"releases": {"ocid": 5}}', "--strict"), ("开放.json 第1行",)
    ),
    Wrong("an impossible date", csv("P1,1,2024-03-01\nP2,2,2024-02-30", "--strict"), ("payment.csv 第3行",)),
    Wrong("a text for a number", csv("P1,壹佰,2024-03-01x\nP2,2,2024-03-01", "--strict"), ("payment.csv 第2行",)),
    Wrong("a key twice", csv("P1,1,2024-03-01\nP1,2,2024-03-02", "--strict"), ("payment.csv 第3行",)),
    Wrong("a required value left blank", csv("P1,,2024-03-01", "--strict"), ("payment.csv 第2行",)),
    Wrong("an amount out of all bounds", csv("P1,1e30,2024-03-01", "--strict"), ("payment.csv 第2行",)),
    Wrong(
        "a code of no list", csv("P1,1,2024-03-01,机器", "--strict", header=HEADER + ",类别"), ("payment.csv 第2行",)
    ),
    Wrong("a row that breaks off", csv("P1,1\nP2,2,2024-03-01", "--strict"), ("payment.csv 第2行",)),
    Wrong(
        "a number that lost its end",
        csv("P1,1,2024-03-01,4.20703E+17", "--strict", header=HEADER + ",合同"),
        ("payment.csv 第2行", "合同"),
    ),
]

COMMANDS = [
    Wrong("an unknown indicator", options("--only", "XYZ-999"), ("XYZ-999",)),
    Wrong("a day that is none", options("--as-of", "2024-02-30"), ("2024-02-30",)),
    Wrong("a day in words", options("--as-of", "昨天"), ("昨天",)),
    Wrong("a share in words", options("--reject-limit", "少"), ("少",)),
    Wrong("a key file that is missing", options("--key-file", "{folder}/没有.key"), ("没有.key",)),
    Wrong("a key that is short", lambda folder: [*options()(folder), *key(folder, b"abc")], ("密钥",)),
    Wrong("a key for all to read", lambda folder: [*options()(folder), *key(folder, mode=0o644)], ("600",)),
    Wrong("settings that are missing", options("--settings", "{folder}/没有.yaml"), ("没有.yaml",)),
    Wrong("a catalogue that is missing", options("--catalogue", "{folder}/没有"), ("没有",)),
    Wrong("a level that is none", options("--level", "宇宙"), ("宇宙",)),
    Wrong("a run that is missing", options("--against", "{folder}/没有"), ("没有",)),
    Wrong("an engine that is none", options("--engine", "abacus"), ("abacus",)),
    Wrong("an output in a file", options("--out", "{folder}/payment.csv"), ("payment.csv", "已有内容")),
    Wrong("an output below a file", options("--out", "{folder}/payment.csv/run"), ("payment.csv",)),
    Wrong("an output in a full folder", options("--out", "{folder}"), ("已有内容",)),
    Wrong("an output where none may write", options("--out", "/proc/run"), ("/proc",)),
]


def key(folder: Path, content: bytes = b"0123456789abcdef" * 4, mode: int = 0o600) -> list[str]:
    path = folder / "office.key"
    path.write_bytes(content)
    path.chmod(mode)
    return ["--key-file", str(path)]


WRONG = [*FILES, *SHEETS, *JSONS, *DATABASES, *MAPPINGS, *STRICT, *COMMANDS]


@contextmanager
def unprivileged() -> Iterator[None]:
    """As another user where this one is the superuser, who may read everything."""
    superuser = os.geteuid() == 0
    if superuser:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if superuser:
            os.seteuid(0)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "run"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "in"
    path.mkdir()
    return path


def scan(arguments: list[str], out: Path) -> int:
    """The exit code of `scan`, with what every case has in common where it says nothing else."""
    common = {"--as-of": ["2024-12-31"], "--only": ["ENG-603"], "--out": [str(out)]}
    added = [word for name, value in common.items() if name not in arguments for word in (name, *value)]
    try:
        return main(["scan", *arguments, *added])
    except SystemExit as exit:
        return int(exit.code or 0)


@pytest.mark.parametrize("name", ["csv", "xlsx", "parquet", "json", "jsonl", "db", "duckdb", "csv.gz", "xes"])
def test_right_input_is_read(name: str, folder: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The files from which wrong ones are made are right: what is refused is refused for its fault."""
    assert scan([str(right(folder, f"payment.{name}")), "--strict"], out) == 0, capsys.readouterr().err
    assert (out / "manifest.json").is_file()


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.name)
def test_wrong_input_is_refused(
    wrong: Wrong, folder: Path, out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pymysql", None)
    arguments = wrong.build(folder)
    before = sorted(folder.rglob("*"))
    code = scan(arguments, out)
    said = capsys.readouterr().err
    assert code != 0
    assert said.strip()
    assert "程序出错" not in said
    assert [word for word in wrong.says if word not in said] == [], said
    assert "Traceback" not in said
    assert "geheim7" not in said
    assert "11010519491231002X" not in said
    assert not out.exists()
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("closed", ["payment.csv", "."])
def test_file_without_permission_is_refused(closed: str, capsys: pytest.CaptureFixture[str]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name) / "in"
        for path in (folder.parent, folder):
            path.mkdir(exist_ok=True)
            path.chmod(0o755)
        arguments = [str(right(folder, "payment.csv"))]
        assert scan(arguments, Path(name) / "right") == 0  # also imports what only the superuser may be able to import
        (folder / closed).chmod(0)
        with unprivileged():
            code = scan(arguments, Path(name) / "run")
        (folder / closed).chmod(0o755)
        said = capsys.readouterr().err
        assert code != 0
        assert "payment.csv" in said
        assert "权限" in said
        assert not (Path(name) / "run").exists()


def test_names_of_wrong_inputs_are_unique() -> None:
    assert len({wrong.name for wrong in WRONG}) == len(WRONG) > 100


def test_table_with_too_many_rejected_rows_makes_its_indicators_not_computable(folder: Path, out: Path) -> None:
    assert scan(csv("P1,1,2024-02-30\nP2,2,2024-03-01")(folder), out) == 0
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    [status] = [entry for entry in manifest["indicators"] if entry["code"] == "ENG-603"]
    assert status["status"] == "not_computable"
