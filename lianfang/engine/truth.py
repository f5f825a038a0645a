"""Recall and precision of a run against known answers: a truth file says what should be seen and what should not.

A truth file has two parts, each of which may be absent.

*By indicator*: ``{"ENG-101": ["P1", …]}``: subjects that this indicator is expected to name. Such answers are
written beside the rules. They show that a rule still does what its author meant, and nothing about what it misses.

*By scheme*: ``"schemes": [{"scheme", "variant", "unit_id", "subjects": [{"table", "key"}, …], …}]``, and in the same
form ``"lookalikes"``, which are lawful; ``"innocent"`` (code → subjects) are look-alikes of the first part. Schemes
are written by somebody who has not read the rules, and name no indicator. One counts as seen when a finding is about
one of its subjects: as the finding's subject (parts of it are parted by ``/`` or ``+``), as its person, or in one of
the key columns of its evidence (named ``…_id``, ``…_key`` or ``…_no``). A subject may list further ``values`` of its
row: then a digest of a person or account among them counts as well, and a finding about a group (school and item,
unit and month) when all parts of its subject are values of one row of a table that its indicator looks at. An
official counts only as subject or person of the finding: officials stand in the evidence of many rows as approvers.

What these numbers mean: a person who follows up the findings of the run would come upon that share of what was
planted. What they do not mean: that a finding says *why*. One that fires for another reason on a row of the scheme
counts as well, so recall by scheme is an upper bound; the codes that touched each scheme are printed to be read. Nor
is the share one of real life: schemes are invented, each as often as every other, and nobody knows what real data
hide. Precision is that of this data: findings that touch what was planted against findings that touch look-alikes or
nothing that was planted; of the latter some may be right, where an ordinary record is not as lawful as it was meant.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from lianfang.engine.catalogue import Catalogue
from lianfang.engine.fault import Fault, say
from lianfang.engine.run import Run

DIGEST = "p:"  # how the digest of a person or account begins
Reads = Mapping[str, Collection[str]]
PARTS = ("schemes", "lookalikes", "innocent")
VARIANTS = {"plain": ("直白", "plain"), "disguised": ("伪装", "disguised"), "evasive": ("规避", "evasive")}
_PARTED = re.compile("[/+]")
_KEY_COLUMN = re.compile(r".*_(id|key|no)s?")


@dataclass(frozen=True)
class Measure:
    """Per indicator: how many known subjects were seen, how many not, and how many others were seen."""

    code: str
    seen: int
    missed: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def recall(self) -> float | None:
        total = self.seen + len(self.missed)
        return self.seen / total if total else None

    @property
    def precision(self) -> float | None:
        total = self.seen + len(self.others)
        return self.seen / total if total else None


@dataclass(frozen=True)
class Sighting:
    """A scheme or a look-alike, and the indicators whose findings are about one of its subjects."""

    scheme: str
    variant: str
    zh: str
    en: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Judgement:
    """What became of the schemes, and how many findings touch what was planted, look-alikes only, or neither."""

    schemes: tuple[Sighting, ...]
    lookalikes: tuple[Sighting, ...]
    planted: int
    innocent: int
    nothing: int

    def recall(self, variant: str) -> tuple[int, int]:
        """How many schemes of a variant were seen, and of how many."""
        those = [one for one in self.schemes if one.variant == variant]
        return sum(bool(one.codes) for one in those), len(those)

    @property
    def precision(self) -> float | None:
        total = self.planted + self.innocent + self.nothing
        return self.planted / total if total else None


@dataclass(frozen=True)
class _Truth:
    known: dict[str, set[str]]
    innocent: dict[str, set[str]]
    schemes: tuple[Mapping[str, Any], ...]
    lookalikes: tuple[Mapping[str, Any], ...]


def measure(finished: Run, path: Path, reads: Reads | None = None) -> list[Measure]:
    """By indicator; every code of the run counts. A finding about a scheme is not one of the others."""
    truth = _read(path)
    known, of_schemes = truth.known, _Places(truth.schemes, reads)
    found: dict[str, set[str]] = {o.code: set() for o in finished.outcomes if o.status == "computed"}
    excused: set[tuple[str, str]] = set()
    for finding in finished.findings():
        found[finding["code"]].add(finding["subject_id"])
        if of_schemes.touched(finding):
            excused.add((finding["code"], finding["subject_id"]))
    return [
        Measure(
            code,
            len(known.get(code, set()) & found.get(code, set())),
            tuple(sorted(known.get(code, set()) - found.get(code, set()))),
            tuple(sorted(s for s in found.get(code, set()) - known.get(code, set()) if (code, s) not in excused)),
        )
        for code in sorted(set(found) | set(known))
        if known.get(code) or found.get(code)
    ]


def judge(finished: Run, path: Path, reads: Reads | None = None) -> Judgement | None:
    """By scheme; None where the truth file holds no schemes. ``reads`` are the tables that an indicator looks at."""
    truth = _read(path)
    if not truth.schemes:
        return None
    schemes, lookalikes = _Places(truth.schemes, reads), _Places(truth.lookalikes, reads)
    planted = innocent = nothing = 0
    for finding in finished.findings():
        code, subject = finding["code"], finding["subject_id"]
        # both are noted: what touches a scheme and a look-alike is seen for the one and held against the other
        in_scheme, in_lookalike = schemes.note(finding), lookalikes.note(finding)
        if in_scheme or subject in truth.known.get(code, ()):
            planted += 1
        elif in_lookalike or subject in truth.innocent.get(code, ()):
            innocent += 1
        else:
            nothing += 1
    return Judgement(schemes.sightings(), lookalikes.sightings(), planted, innocent, nothing)


class _Places:
    """Where schemes lie: from a value of a key to the schemes with such a subject, and what was seen of them."""

    def __init__(self, matters: Iterable[Mapping[str, Any]], reads: Reads | None) -> None:
        self.matters, self.reads = tuple(matters), reads
        self.codes: list[set[str]] = [set() for _ in self.matters]
        self.keys: dict[str, set[int]] = {}
        self.persons: dict[str, set[int]] = {}
        self.rows: dict[str, list[tuple[int, str, frozenset[str]]]] = {}
        for number, matter in enumerate(self.matters):
            for subject in matter["subjects"]:
                self._place(number, subject)

    def _place(self, number: int, subject: Mapping[str, Any]) -> None:
        values = frozenset(str(value) for value in subject.get("values", ()))
        places = self.persons if subject["table"] == "person" else self.keys
        for key in (str(subject["key"]), *(value for value in values if value.startswith(DIGEST))):
            places.setdefault(key, set()).add(number)
        for value in values:
            self.rows.setdefault(value, []).append((number, subject["table"], values))

    def touched(self, finding: Mapping[str, Any]) -> set[int]:
        subject = str(finding["subject_id"])
        parts = _PARTED.split(subject)
        named = {subject, *parts, str(finding.get("person_id"))}
        numbers: set[int] = set()
        for value in named | set(_keys(finding["evidence"])):
            numbers |= self.keys.get(value, set())
        for value in named:
            numbers |= self.persons.get(value, set())
        if len(parts) > 1:
            numbers |= set(self._grouped(finding["code"], parts))
        return numbers

    def _grouped(self, code: str, parts: list[str]) -> Iterator[int]:
        """Schemes with a row that belongs to the group, in a table that the indicator looks at."""
        for number, table, values in self.rows.get(parts[0], ()):
            if values.issuperset(parts) and (self.reads is None or table in self.reads.get(code, ())):
                yield number

    def note(self, finding: Mapping[str, Any]) -> bool:
        touched = self.touched(finding)
        for number in touched:
            self.codes[number].add(finding["code"])
        return bool(touched)

    def sightings(self) -> tuple[Sighting, ...]:
        return tuple(
            Sighting(m["scheme"], m["variant"], m.get("zh", ""), m.get("en", ""), tuple(sorted(codes)))
            for m, codes in zip(self.matters, self.codes, strict=True)
        )


def _keys(evidence: Mapping[str, Any]) -> Iterable[str]:
    for name, value in evidence.items():
        if value is not None and _KEY_COLUMN.fullmatch(name):
            yield from str(value).split("、")


def _read(path: Path) -> _Truth:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        by_code = {code: {str(s) for s in subjects} for code, subjects in raw.items() if code not in PARTS}
        innocent = {code: {str(s) for s in subjects} for code, subjects in raw.get("innocent", {}).items()}
        lists = [tuple(raw.get(part, ())) for part in ("schemes", "lookalikes")]
        for matter in (*lists[0], *lists[1]):
            _ = matter["scheme"], matter["variant"], [(s["table"], s["key"]) for s in matter["subjects"]]
        return _Truth(by_code, innocent, *lists)
    except (OSError, ValueError, AttributeError, TypeError, KeyError):
        subject = '{"table": "project", "key": "P1"}'
        scheme = f'{{"scheme": "split", "variant": "plain", "subjects": [{subject}]}}'
        form = f'{{"ENG-101": ["P1"], "schemes": [{scheme}]}}'
        raise Fault(
            str(path), say("不是已知答案的 JSON。", "not JSON of known answers."),
            say(f"写成 {form}。", f"write it like {form}."),
        ) from None  # fmt: skip


def report(finished: Run, path: Path, catalogue: Catalogue, stream: IO[str]) -> None:
    """Print everything that the truth file can be asked."""
    reads = {code: set(indicator.looks_at) for code, indicator in catalogue.indicators.items()}
    show(measure(finished, path, reads), stream)
    if judgement := judge(finished, path, reads):
        show_schemes(judgement, stream)


def show(measures: list[Measure], stream: IO[str]) -> None:
    """Print the measures, and the totals."""
    for one in measures:
        recall = "-" if one.recall is None else f"{one.recall:.0%}"
        precision = "-" if one.precision is None else f"{one.precision:.0%}"
        missed = say("未见 ", "missed ") + " ".join(one.missed[:5]) if one.missed else ""
        others = say("另见 ", "others ") + " ".join(one.others[:5]) if one.others else ""
        figures = f"{say('召回', 'recall')} {recall:>5} {say('精确', 'precision')} {precision:>5}"
        print(f"{one.code:8} {figures} {missed} {others}".rstrip(), file=stream)
    seen = sum(one.seen for one in measures)
    known = seen + sum(len(one.missed) for one in measures)
    others_seen = sum(len(one.others) for one in measures)
    zh = f"合计:应见 {known},看到 {seen},另见 {others_seen}"
    print(say(zh, f"total: {known} known, {seen} seen, {others_seen} others seen"), file=stream)


def show_schemes(judgement: Judgement, stream: IO[str]) -> None:
    """Print which schemes were touched by which indicators, the misses, recall by variant, and precision."""
    print(
        say("手法(不看规则写成)与触及它的指标:", "schemes (written without the rules) and what touched them:"),
        file=stream,
    )
    for one in judgement.schemes:
        print(f"  {one.scheme:24} {one.variant:10} {' '.join(one.codes) or '-'}", file=stream)
    for one in judgement.schemes:
        if not one.codes:
            print(f"{say('未见', 'missed')} {one.scheme} {one.variant}: {say(one.zh, one.en)}", file=stream)
    for one in judgement.lookalikes:
        if one.codes:
            marked = say("相似而合规,却被触及", "look-alike touched")
            print(f"{marked} {one.scheme}: {say(one.zh, one.en)} ({' '.join(one.codes)})", file=stream)
    for variant, (zh, en) in VARIANTS.items():
        seen, total = judgement.recall(variant)
        if total:
            print(
                f"{say('手法召回', 'recall of schemes')} {say(zh, en)}: {seen}/{total} = {seen / total:.0%}",
                file=stream,
            )
    total = judgement.planted + judgement.innocent + judgement.nothing
    share = "-" if judgement.precision is None else f"{judgement.precision:.0%}"
    zh = (
        f"精确:{total} 条发现中,触及埋设 {judgement.planted},"
        f"触及相似而合规 {judgement.innocent},其余 {judgement.nothing};{share}"
    )
    en = (
        f"precision: of {total} findings {judgement.planted} touch what was planted, {judgement.innocent} look-alikes, "
        f"{judgement.nothing} neither; {share}"
    )
    print(say(zh, en), file=stream)
