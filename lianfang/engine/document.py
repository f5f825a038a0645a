"""An indicator's page: sentence, law by date, parameters, SQL and cases, made from its three files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from lianfang.engine.catalogue import COLOURS, Catalogue, Indicator, Text

STATUS = {"draft": "草稿 draft", "trial": "试用 trial", "in_force": "启用 in force", "retired": "停用 retired"}
NATURE = {
    "rule_broken": "规则违反 rule broken",
    "statistical_anomaly": "统计异常 statistical anomaly",
    "data_collision": "数据碰撞 data collision",
}
SAFETY = {
    "projects": "项目安全 projects",
    "funds": "资金安全 funds",
    "powers": "权力安全 powers",
    "cadres": "干部安全 cadres",
}
COLOUR = {"yellow": "黄 yellow", "orange": "橙 orange", "red": "红 red"}
CERTAINTY = {
    "verified_text": ("已核原文", "text verified"),
    "verified_secondary": ("二手核实", "second-hand"),
    "general_knowledge": ("未核原文", "text not verified"),
    "local_parameter": ("地方标准", "local standard"),
    "practice": ("惯例", "practice"),
}


def indicator_page(indicator: Indicator) -> str:
    """The page as Markdown, both languages side by side."""
    return "\n".join(_lines(indicator)).rstrip() + "\n"


def _row(*cells: object) -> str:
    """One line of a Markdown table; an empty cell for None."""
    texts = ("" if cell is None else str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells)
    return f"| {' | '.join(texts)} |"


def _table(*heads: str) -> Iterator[str]:
    yield _row(*heads)
    yield "|---" * len(heads) + "|"


def _both(text: Text) -> str:
    return f"{text.zh}  \n{text.en}"


def _lines(indicator: Indicator) -> Iterator[str]:
    card = indicator.card
    yield f"# {card.code} {card.name.zh} · {card.name.en}\n"
    yield f"{_both(card.detects)}\n"
    yield from _table("状态 status", "性质 nature", "四个安全 safety", "环节 stage", "封顶 cap", "下次复核 next review")
    yield _row(
        STATUS[card.status], NATURE[card.nature], SAFETY[card.safety], card.stage, COLOUR[card.cap], card.next_review
    )
    yield ""
    yield f"## 为什么 Why\n\n{_both(card.why)}\n"
    yield "## 依据 Law\n"
    for law in card.law:
        force = f"{law.since or ''}—{law.until or ''}" if law.since or law.until else ""
        yield f"- {law.text}{f' ({law.en})' if law.en else ''} [{' '.join(CERTAINTY[law.certainty])}] {force}".rstrip()
    yield from _parameters(indicator)
    yield from _colours(indicator)
    yield "\n## 可能的正当原因 Lawful explanations\n"
    for innocent in card.innocent:
        yield f"- {innocent.zh} · {innocent.en} — *{innocent.case}*"
    yield "\n## 核查什么 What to check\n"
    for number, check in enumerate(card.check, 1):
        yield f"{number}. {check.zh}  \n   {check.en}"
    yield "\n## 看不到什么 Blind spots\n"
    for spot in card.blind_spots:
        yield f"- {spot.zh} · {spot.en}"
    yield from _data(indicator)
    yield f"\n## 规则 Rule\n\n```sql\n{indicator.rule_text.strip()}\n```\n"
    yield from _cases(indicator.folder / "cases.yaml")


def _parameters(indicator: Indicator) -> Iterator[str]:
    if not indicator.card.parameters:
        return
    yield "\n## 参数 Parameters\n"
    yield from _table("参数", "含义", "自 from", "适用 key", "值 value", "出处 source")
    for name, parameter in indicator.card.parameters.items():
        for value in parameter.values:
            shown = "、".join(value.value) if isinstance(value.value, list) else value.value
            amount = "" if shown is None else f"{shown} {parameter.unit or ''}".rstrip()
            source = (
                f"{value.source or ''} [{' '.join(CERTAINTY[value.certainty])}]" if value.certainty else value.source
            )
            yield _row(f"`{name}`", f"{parameter.zh} · {parameter.en}", value.since, value.key, amount, source)


def _colours(indicator: Indicator) -> Iterator[str]:
    colour = indicator.card.colour
    yield f"\n## 颜色 Colour\n\n指标值 metric:{colour.metric.zh} · {colour.metric.en}({colour.metric.unit})\n"
    for name in COLOURS:
        condition = getattr(colour, name)
        if condition:
            yield f"- {COLOUR[name]}: `{condition}`"


def _data(indicator: Indicator) -> Iterator[str]:
    yield "\n## 所用数据 Data\n"
    for table, columns in sorted(indicator.needs.items()):
        yield f"- `{table}`: {', '.join(f'`{c}`' for c in sorted(columns)) or '—'}"
    for group in indicator.needs_one_of:
        yield f"- {' / '.join(f'`{t}.{c}`' for t, c in group)}"
    if indicator.card.personal:
        personal = indicator.card.personal
        yield f"\n个人数据 personal data: {personal.purpose}  "
        yield f"授权 authorisation: {personal.authorisation}  "
        yield f"保存 retention: {personal.retention}"


def _cases(path: Path) -> Iterator[str]:
    file = yaml.safe_load(path.read_text(encoding="utf-8"))
    yield f"## 案例 Cases\n\n分析日 as of: {file['as_of']}"
    for table, values in file.get("defaults", {}).items():
        yield f"\n`{table}`: {', '.join(f'{column} = {_plain(value)}' for column, value in values.items())}"
    for case in file["cases"]:
        yield f"\n### {case['name']}\n\n```text"
        for name in ("as_of", "complete", "parameters"):
            if name in case:
                yield f"{name}: {_plain(case[name])}\n"
        for table, text in case["tables"].items():
            yield f"{table}\n{text.rstrip()}\n"
        yield f"expect\n{case['expect'].strip()}\n```"


def _plain(value: object) -> str:
    """A value of a case as it is written in the file."""
    return (
        yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10_000).removesuffix("...\n").strip()
    )


def index_page(catalogue: Catalogue) -> str:
    """The list of all indicators by family."""
    lines = [f"# 预警指标 Indicators ({len(catalogue.indicators)})\n"]
    families: dict[str, list[Indicator]] = {}
    for indicator in catalogue.indicators.values():
        families.setdefault(indicator.family, []).append(indicator)
    for family, members in sorted(families.items()):
        lines += [f"\n## {family}\n", *_table("编码 code", "名称 name", "发现什么 detects", "状态 status", "封顶 cap")]
        for i in members:
            name = f"{i.card.name.zh} · {i.card.name.en}"
            page = f"[{i.code}](indicators/{i.code}.md)"
            lines.append(_row(page, name, i.card.detects.zh, STATUS[i.card.status], COLOUR[i.card.cap]))
    return "\n".join(lines) + "\n"


def pages(catalogue: Catalogue) -> dict[str, str]:
    """File name below ``docs/generated`` → text, for every indicator and the index."""
    found = {"indicators.md": index_page(catalogue)}
    for indicator in catalogue.indicators.values():
        found[f"indicators/{indicator.code}.md"] = indicator_page(indicator)
    return found
