"""The page that documents the canonical tables, and the plain words used for their types."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files

import yaml

from lianfang.engine.tables import Column, Table, tables

# type of a column -> what a reader is told, Chinese and English
TYPE_WORDS = {
    "text": ("文本", "text"),
    "code": ("代码", "code"),
    "status": ("有/无/不详", "yes/no/unknown"),
    "person_key": ("身份证件号码(读入时转为匿名键)", "identity number, digested at reading"),
    "bool": ("是/否", "yes/no"),
    "int": ("整数", "whole number"),
    "money": ("金额,两位小数", "money, two decimals"),
    "ratio": ("比例,10% 填 0.1", "ratio, 10% is 0.1"),
    "quantity": ("数值,四位小数", "number, four decimals"),
    "date": ("日期", "date"),
    "timestamp": ("日期和时间", "date and time"),
}
SENSITIVITY_WORDS = {
    "public": ("公开", "public"),
    "internal": ("内部", "internal"),
    "personal": ("个人信息", "personal"),
}
HEADING = """# 规范数据表 Canonical tables

本页由表定义生成,请勿手改。共 {tables} 张表、{columns} 列。
This page is generated from the table definitions; do not edit it. {tables} tables, {columns} columns.

- 金额以元计,另注单位的除外。Money is in yuan unless another unit is given.
- “何时得知”是该行(该值)为人所知的日期:分析日之前不可见。
  "Known at" is the day from which a row or a value is seen; before it the rules do not see it.
- “计划日期”可以晚于分析日。A planned date may lie after the as-of day.
- 带“等”的取值表可另有其他值。A list of values that ends in 等 is open.
"""
HEADER = "| 列 Column | 中文 | English | 类型 Type | 必填 | 单位 | 取值 Values | 敏感 | 说明 Notes |"


def column_unit(column: Column) -> str:
    """The unit of a column's values; money has one even where the definition is silent."""
    return column.unit or ("元" if column.type == "money" else "")


def column_codes(column: Column) -> str:
    """The values of a code column in words; an open list ends in 等."""
    return "、".join(column.codes) + (" 等" if column.codes and column.open_codes else "")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _remarks(column: Column, table: Table) -> str:
    parts = [column.note or ""]
    if column.of:
        parts.append(f"记录“{table.columns[column.of].zh}”的有无")
    if column.known_at:
        parts.append(f"何时得知 `{column.known_at}`")
    if column.planned:
        parts.append("计划日期")
    if column.ref:
        parts.append(f"→ `{column.ref}`")
    if column.synonyms:
        parts.append("也读作:" + "、".join(f"{word}={code}" for word, code in column.synonyms))
    if column.defaults:
        parts.append("视同空白:" + "、".join(f"`{value}`" for value in column.defaults))
    return ";".join(part for part in parts if part)


def _row(column: Column, table: Table) -> str:
    cells = (
        f"`{column.name}`",
        column.zh,
        column.en,
        " ".join(TYPE_WORDS[column.type]),
        "✓" if column.required else "",
        column_unit(column),
        column_codes(column),
        " ".join(SENSITIVITY_WORDS[column.sensitivity]),
        _remarks(column, table),
    )
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _section(table: Table) -> Iterable[str]:
    yield f"### {table.zh} {table.en} · `{table.name}`\n"
    yield f"{table.row_zh},主键 `{', '.join(table.key)}`,更新:{table.refresh},来源:{table.source}。  "
    known = ", ".join(table.known_at)
    sentence = f"{table.row_en.capitalize()}; key `{', '.join(table.key)}`"
    yield sentence + (f"; known at the earliest of `{known}`.\n" if known else "; not dated.\n")
    yield HEADER
    yield "|" + "---|" * (HEADER.count("|") - 1)
    yield from (_row(column, table) for column in table.columns.values())
    yield ""


def group_titles() -> dict[str, tuple[str, str]]:
    """Chinese and English title of every group of tables, in the order of their files."""
    found: dict[str, tuple[str, str]] = {}
    definitions = (path for path in files("lianfang.engine.tables").iterdir() if path.name.endswith(".yaml"))
    for path in sorted(definitions, key=lambda path: path.name):
        head = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        found[head["group"]] = (head["zh"], head["en"])
    return found


def markdown() -> dict[str, str]:
    """File name -> text of the generated documentation of the tables."""
    every = tables().values()
    lines = [HEADING.format(tables=len(every), columns=sum(len(table.columns) for table in every))]
    for group, (zh, en) in group_titles().items():
        lines.append(f"## {zh} {en}\n")
        for table in every:
            if table.group == group:
                lines.extend(_section(table))
    return {"tables.md": "\n".join(lines).rstrip() + "\n"}
