"""What the repository as a whole must hold: files, locks, words, and texts that match the code."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import lianfang
from lianfang.engine.__main__ import parser
from lianfang.engine.sql import ARITY

ROOT = Path(__file__).parents[2]
REQUIRED = (
    ".ci/run",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "GLOSSARY.md",
    "LICENSE",
    "Makefile",
    "NOTICE",
    "README.md",
    "README.zh-CN.md",
    "THREAT_MODEL.md",
    "pyproject.toml",
    "requirements/dev.txt",
    "requirements/engine.txt",
    "requirements/spark.txt",
    "requirements/web.txt",
)
# Where somebody's machine or package source would show. Written so that this file does not match itself.
LEAKS = re.compile(
    r"\b(?:pypi|npmjs|pythonhosted|debian)\.(?:org|com)\b"
    r"|--(?:extra-)?index-url|--find-link[s]"
    r"|(?<![\w.}*-])/(?:work|root|opt|home|Users)/\w"
)
NAMES_WITHOUT_SUBJECT = {
    "utils",
    "util",
    "helpers",
    "helper",
    "manager",
    "service",
    "services",
    "base",
    "misc",
    "common",
}
LOCKS = ("engine", "web", "spark", "dev")


def kept_files() -> list[Path]:
    """The files that git keeps or would keep, as it would hand them to somebody else."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def leaks(text: str) -> list[str]:
    return [match.group() for match in LEAKS.finditer(text)]


def sections(text: str, level: str) -> list[str]:
    return [line.removeprefix(level).strip() for line in text.splitlines() if line.startswith(level)]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_required_files_are_there():
    assert [name for name in REQUIRED if not (ROOT / name).is_file() or not (ROOT / name).stat().st_size] == []


def test_no_file_names_a_machine_or_a_package_source():
    found = {}
    for path in kept_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture, a spreadsheet or an archive
        if where := leaks(text):
            found[str(path.relative_to(ROOT))] = where[:3]
    assert found == {}


@pytest.mark.parametrize(
    "text",
    ["see /" + "work/x", "(/" + "root/y)", "https://files.pythonhosted" + ".org/a", "pip install --index" + "-url x"],
)
def test_leak_is_found(text):
    assert leaks(text)


@pytest.mark.parametrize("text", ["a/work/b", "net/opt/c", "$HOME/work/x", "the /roots of", "*/home/x"])
def test_ordinary_text_is_no_leak(text):
    assert leaks(text) == []


@pytest.mark.parametrize("name", LOCKS)
def test_lock_pins_every_package_with_hashes(name):
    text = read(f"requirements/{name}.txt")
    entries = re.split(r"\n(?=[a-z0-9])", re.sub(r"(?m)^#.*\n", "", text).strip())
    unpinned = [e.splitlines()[0] for e in entries if "==" not in e or "--hash=sha256:" not in e]
    assert entries
    assert unpinned == []
    assert "://" not in text


@pytest.mark.parametrize("name", LOCKS)
def test_lock_is_compiled_from_its_list(name):
    wanted = re.findall(r"(?m)^([a-z0-9-]+)(?:\[\w+\])?==(\S+)", read(f"requirements/{name}.in"))
    locked = dict(re.findall(r"(?m)^([a-z0-9-]+)(?:\[\w+\])?==(\S+)", read(f"requirements/{name}.txt")))
    assert wanted
    assert [(package, version) for package, version in wanted if locked.get(package) != version] == []


def third_party(folder: Path) -> set[str]:
    """The packages, as published, whose modules are imported somewhere in ``folder``."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in folder.rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    modules = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level}
    roots = {module.split(".", maxsplit=1)[0] for module in modules} - set(sys.stdlib_module_names) - {"lianfang"}
    published = packages_distributions()
    return {published[root][0].lower() if root in published else root for root in roots}


def test_every_imported_package_is_locked():
    locked = {
        name: set(re.findall(r"(?m)^([a-z0-9-]+)(?:\[\w+\])?==", read(f"requirements/{name}.txt"))) for name in LOCKS
    }
    extras = {"playwright", "psycopg", "pymysql", "pyspark"}  # playwright takes the walkthrough's pictures
    assert third_party(ROOT / "lianfang" / "engine") - extras - locked["engine"] == set()
    assert third_party(ROOT / "lianfang") - extras - locked["web"] == set()
    assert third_party(ROOT / "tests") | third_party(ROOT / "benchmarks") <= locked["dev"] | locked["spark"] | {
        "tests",
        "benchmarks",
    }


def test_glossary_has_a_word_for_every_family_and_derived_table():
    families = {p.name for p in (ROOT / "lianfang" / "indicators").iterdir() if p.is_dir() and p.name != "__pycache__"}
    derived = {path.stem for path in (ROOT / "lianfang" / "engine" / "tables" / "derived").glob("*.sql")}
    glossary = read("GLOSSARY.md")
    assert [word for word in sorted(families | derived) if f"`{word}`" not in glossary] == []


def test_decision_titles_are_sentences_and_have_consequences():
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert decisions
    wrong = []
    for path in decisions:
        text = path.read_text(encoding="utf-8")
        (title,) = sections(text, "# ")
        sentence = len(title.split()) >= 4 and title[0].isupper() and title[-1] not in ".:?!"
        consequences = text.partition("## Consequences")[2]
        if not (sentence and "\n- " in consequences and re.fullmatch(r"\d{4}-[a-z0-9-]+", path.stem)):
            wrong.append(path.name)
    assert wrong == []


def test_changelog_opens_with_the_version_of_the_package():
    assert sections(read("CHANGELOG.md"), "## ")[0].split()[0] == lianfang.__version__


def test_make_words_in_the_texts_exist():
    makefile = read("Makefile")
    targets = set(re.findall(r"(?m)^([a-z-]+):", makefile))
    for name in ("README.md", "README.zh-CN.md", "CONTRIBUTING.md"):
        assert set(re.findall(r"\bmake ([a-z-]+)(?=[\s`|]|$)", "\n".join(code_of(read(name))))) - targets == set()


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md", "CONTRIBUTING.md"])
def test_commands_in_the_texts_are_understood(name, capsys):
    lines = [line.strip() for code in code_of(read(name)) for line in code.splitlines()]
    commands = [line for line in lines if line.startswith("lianfang ")]
    refused = []
    for command in commands:
        try:
            parser().parse_args(shlex.split(command, comments=True)[1:])
        except SystemExit:
            refused.append(command)
    assert commands
    assert refused == [], capsys.readouterr().err


def test_every_function_of_rules_is_explained():
    """A refused rule sends its author to CONTRIBUTING."""
    assert [name for name in ARITY if f"`{name}(" not in read("CONTRIBUTING.md")] == []


def code_of(markdown: str) -> list[str]:
    """The code in a text: fenced blocks and inline spans."""
    fenced = re.findall(r"(?ms)^```\w*\n(.*?)^```", markdown)
    return fenced + re.findall(r"`([^`\n]+)`", re.sub(r"(?ms)^```.*?^```", "", markdown))


def test_every_make_word_is_explained():
    phony = re.search(r"(?m)^\.PHONY: (.*)$", read("Makefile"))
    assert phony
    assert [w for w in phony[1].split() if not re.search(rf"(?m)^{w}:[^#]*## \w", read("Makefile"))] == []


def test_modules_have_a_subject_and_say_it():
    wrong = []
    for path in sorted((ROOT / "lianfang").rglob("*.py")):
        if path.parent.name == "migrations":
            continue  # written by makemigrations
        opening = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        if path.stem in NAMES_WITHOUT_SUBJECT or not opening.split("\n\n")[0].strip().endswith("."):
            wrong.append(str(path.relative_to(ROOT)))
    assert wrong == []
