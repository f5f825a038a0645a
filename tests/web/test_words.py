"""No string is left out of translation, and every one that is shown has its English."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

WEB = Path(__file__).parents[2] / "lianfang" / "web"
CHINESE = re.compile(r"[\u3400-\u9fff]")
TRANSLATED = {"_", "gettext", "gettext_lazy", "ngettext", "pgettext"}
# Words that are data and not text: codes of the canonical tables, patterns, names of files.
DATA = re.compile(r"#\s*data\b")


def python_files() -> list[Path]:
    return sorted(p for p in WEB.rglob("*.py") if "migrations" not in p.parts)


def template_files() -> list[Path]:
    return sorted((WEB / "templates").rglob("*.html"))


def left_out(text: str) -> list[str]:
    """Chinese strings of a module that are neither translated, nor docstrings, nor marked ``# data``."""
    tree, lines = ast.parse(text), text.splitlines()
    spared: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in TRANSLATED:
            spared |= {id(inner) for argument in node.args for inner in ast.walk(argument)}
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                spared.add(id(first.value))
    marked = {number for number, line in enumerate(lines, 1) if DATA.search(line)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and CHINESE.search(node.value)
        and id(node) not in spared
        and not marked & set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    ]


def messages_of_python(text: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in TRANSLATED:
            if node.args and isinstance(node.args[0], ast.Constant):
                found.add(node.args[0].value)
            else:
                continue
    return found


def messages_of_template(text: str) -> set[str]:
    """What a template asks gettext for: Django writes it as calls of gettext."""
    written = templatize(text)
    return {
        ast.literal_eval(f"({quoted})")
        for quoted in re.findall(r"gettext\(u?((?:'''|\"\"\"|'|\").*?)\)\s", written + " ", re.S)
    }


def untranslated_text(text: str) -> str:
    """What is left of a template when comments, translated strings and tags are taken out."""
    text = re.sub(r"\{#.*?#\}|\{%\s*comment.*?endcomment\s*%\}|<!--.*?-->", "", text, flags=re.S)
    text = re.sub(r"\{%\s*blocktrans(?:late)?\b.*?endblocktrans(?:late)?\s*%\}", "", text, flags=re.S)
    return re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.S)


@pytest.mark.parametrize("path", python_files(), ids=lambda p: str(p.relative_to(WEB)))
def test_module_leaves_no_chinese_text_untranslated(path):
    assert left_out(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", template_files(), ids=lambda p: str(p.relative_to(WEB)))
def test_template_leaves_no_chinese_text_untranslated(path):
    bare = untranslated_text(path.read_text(encoding="utf-8"))
    assert [line.strip() for line in bare.splitlines() if CHINESE.search(line)] == []


def english() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted((WEB / "locale" / "en").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="en"):
                if message.id:
                    found[str(message.id)] = str(message.string)
    return found


def asked() -> set[str]:
    found: set[str] = set()
    for path in python_files():
        found |= messages_of_python(path.read_text(encoding="utf-8"))
    for path in template_files():
        found |= messages_of_template(path.read_text(encoding="utf-8"))
    return {text for text in found if CHINESE.search(text)}


def test_every_string_has_its_english():
    known = english()
    assert sorted(text for text in asked() if not known.get(text)) == []


def test_english_leaves_no_chinese_and_keeps_every_place():
    places = re.compile(r"%\(\w+\)[sd]")
    wrong = [
        (text, said)
        for text, said in english().items()
        if (CHINESE.search(said) and text != "中文") or set(places.findall(text)) != set(places.findall(said))
    ]
    assert wrong == []


def test_scanner_finds_what_is_left_out():
    assert left_out('x = "中文"') == ["中文"]
    assert left_out('x = _("中文")\n"""文"""') == ["文"]
    assert left_out('"""文"""\nx = gettext("中文")') == []
    assert messages_of_template('{% translate "中文" %}{% blocktranslate %}共{{ n }}件{% endblocktranslate %}') == {
        "中文",
        "共%(n)s件",
    }
    assert CHINESE.search(untranslated_text("<p>中文{% translate '好' %}</p>"))
    assert not CHINESE.search(untranslated_text("<p>{% translate '好' %}{# 注 #}</p>"))
