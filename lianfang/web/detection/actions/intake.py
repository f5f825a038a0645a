"""Takes a finished run in: what was seen, its evidence sealed, what is new, changed and gone; whole or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from lianfang.engine.run import Outcome
from lianfang.web.detection import catalogue, evidence, execution, sentences
from lianfang.web.detection.actions.runs import Superseded, drop_tables
from lianfang.web.detection.execution import Result, Seen
from lianfang.web.detection.models import Change, EvidenceKey, Finding, NamedPerson, Run, RunIndicator, SealedEvidence
from lianfang.web.organisation.models import Person, Unit
from lianfang.web.shared import clock, log, numbering
from lianfang.web.shared.actor import system

# Source: compliance reference, section on retention: what an indicator saw and led to nothing is kept for a year.
EVIDENCE_KEPT = timedelta(days=365)
TABLES_KEPT = timedelta(days=30)
RUNS_WITH_TABLES = 2  # the last run and the one before can be computed again
_CHUNK = 500
_UPDATED = (
    "family", "nature", "safety", "stage", "unit", "unit_code", "subject_type", "subject_id", "person", "period",
    "metric", "colour", "severity", "sentence_zh", "sentence_en", "as_of", "last_run", "change", "gone_run",
    "withdrawn_on", "evidence_digest", "recounted_at", "recount_differs",
)  # fmt: skip
Counts = dict[str, Counter[str]]  # code → change → how many


@dataclass(frozen=True)
class _Ready:
    """A finding ready to be written: its row, its sealed evidence with the key, and the officials it names.

    ``is_same`` says that nothing but the run changed: then neither row nor evidence is written anew, and the
    sentence keeps the day on which it was first true.
    """

    row: Finding
    wrapped: bytes = b""
    content: bytes = b""
    named: frozenset[str] = frozenset()
    is_known: bool = True
    is_same: bool = False


def take_in(run: Run, result: Result, batches: Mapping[str, Sequence[str]]) -> Run:
    """Write a finished run in one transaction; raises Superseded when the run is no longer this attempt's.

    What costs time (sentences, sealing) is done before the transaction opens: one run is active at a time, so that
    nothing it reads can change meanwhile.
    """
    ready = _Preparation(run, result).all(result.seen)
    with transaction.atomic():
        current = Run.objects.select_for_update().get(pk=run.pk)
        if current.attempt != run.attempt or current.state != Run.State.RUNNING:
            raise Superseded
        _write_findings([one for one in ready if not one.is_same])
        _see_again(current, [one.row.pk for one in ready if one.is_same])
        counts = _counted(ready)
        _mark_gone(current, result.outcomes, counts)
        _write_outcomes(current, result, counts)
        _finish(current, result, batches, counts)
        _drop_older_tables(current)
    return current


class _Preparation:
    """Turns what the engine saw into rows."""

    def __init__(self, run: Run, result: Result) -> None:
        self.run = run
        self.before = _before_with_the_same_rules(result)
        self.units = {unit.code: unit for unit in Unit.objects.all()}
        self.persons = frozenset(Person.objects.values_list("code", flat=True))
        self.local = catalogue.local_parameters(run.as_of)

    def all(self, seen: Sequence[Seen]) -> list[_Ready]:
        made: list[_Ready] = []
        for start in range(0, len(seen), _CHUNK):
            part = seen[start : start + _CHUNK]
            keys = [one.found["finding_key"] for one in part]
            known = {f.finding_key: f for f in Finding.objects.filter(finding_key__in=keys).select_related("key")}
            made += [self._ready(one, known.get(one.found["finding_key"])) for one in part]
        return made

    def _ready(self, seen: Seen, known: Finding | None) -> _Ready:
        key = getattr(known, "key", None)
        finding_key = seen.found["finding_key"]
        if known is not None and self._is_same(seen, known):
            return _Ready(known, is_same=True)
        if key is not None and key.destroyed_because == "transferred":
            wrapped = content = b""  # it was handed to another organ: it is not collected a second time
        else:
            wrapped = bytes(key.wrapped) if key is not None and key.wrapped else evidence.new_key(finding_key)
            content = evidence.seal(finding_key, wrapped, seen.evidence)
        named = frozenset(word for word in execution.words_of(seen) if word in self.persons)
        return _Ready(self._row(seen, known), wrapped, content, named, known is not None)

    def _is_same(self, seen: Seen, known: Finding) -> bool:
        """Whether a known finding is seen again as it was, in the same unit, with its evidence still there."""
        key, unit = getattr(known, "key", None), self.units.get(seen.found["unit_id"] or "")
        is_there = key is not None and (key.wrapped is not None or key.destroyed_because == "transferred")
        is_there = is_there and known.last_run_id == self.before
        is_kept = is_there and known.unit_id == (unit.pk if unit else None) and known.change != Change.GONE
        same = (known.metric, known.colour) == (seen.found["metric"], seen.found["colour"])
        return is_kept and same and known.evidence_digest == evidence.digest(seen.evidence)

    def _row(self, seen: Seen, known: Finding | None) -> Finding:
        found = seen.found
        indicator = catalogue.shipped().indicators[found["code"]]
        unit = self.units.get(found["unit_id"] or "")
        digest = evidence.digest(seen.evidence)
        is_same = known is not None and known.evidence_digest == digest
        text = sentences.sentence(
            indicator, found, as_of=self.run.as_of, unit=unit.name if unit else "", local=self.local
        )
        return Finding(
            # a number that is never kept stands for a known finding's own: its row is found by the key
            number=f"~{known.pk}" if known else "",
            finding_key=found["finding_key"],
            code=found["code"],
            family=indicator.family,
            nature=indicator.card.nature,
            safety=indicator.card.safety,
            stage=indicator.card.stage,
            unit=unit,
            unit_code=found["unit_id"] or "",
            subject_type=found["subject_type"],
            subject_id=found["subject_id"],
            person=found["person_id"] or "",
            period=found["period"] or "",
            metric=found["metric"],
            colour=found["colour"],
            severity=execution.SEVERITY[found["colour"]],
            sentence_zh=text.zh,
            sentence_en=text.en,
            as_of=self.run.as_of,
            first_run=self.run,
            last_run=self.run,
            change=_change(seen, known),
            evidence_digest=digest,
            recounted_at=known.recounted_at if known and is_same else None,
            recount_differs=known.recount_differs if known and is_same else None,
            found_at=clock.now(),
        )


def _before_with_the_same_rules(result: Result) -> int | None:
    """The run before, where it had the same catalogue and parameters: else sentences may have to say another limit."""
    before = Run.objects.filter(state=Run.State.ENDED).order_by("-number").first()
    if before is None or before.catalogue != result.manifest["catalogue"]:
        return None
    return before.pk if before.parameters == result.manifest["parameters"] else None


def _change(seen: Seen, known: Finding | None) -> Change:
    if known is None or known.change == Change.GONE:
        return Change.NEW
    same = (known.metric, known.colour) == (seen.found["metric"], seen.found["colour"])
    return Change.CONTINUING if same else Change.CHANGED


def _write_findings(ready: Sequence[_Ready]) -> None:
    new = [one for one in ready if not one.is_known]
    if new:
        for one, number in zip(new, numbering.take_many("finding", len(new)), strict=True):
            one.row.number = f"F-{number:06d}"
    for start in range(0, len(ready), _CHUNK):
        part = ready[start : start + _CHUNK]
        Finding.objects.bulk_create(
            [one.row for one in part], update_conflicts=True, unique_fields=["finding_key"], update_fields=_UPDATED
        )
        _write_evidence([one for one in part if one.content])
        NamedPerson.objects.filter(finding__in=[one.row.pk for one in part if one.is_known]).delete()
        NamedPerson.objects.bulk_create(
            NamedPerson(finding=one.row, person=code) for one in part for code in sorted(one.named)
        )


def _see_again(run: Run, ids: Sequence[int]) -> None:
    """What is as it was: only that this run saw it too, and that its evidence is needed for longer.

    ``as_of`` stays the day on which its sentence and evidence were written, so that a page names one day.
    """
    until = clock.today() + EVIDENCE_KEPT
    for start in range(0, len(ids), _CHUNK):
        part = ids[start : start + _CHUNK]
        Finding.objects.filter(pk__in=part).update(
            last_run=run, change=Change.CONTINUING, gone_run=None, withdrawn_on=None
        )
        EvidenceKey.objects.filter(finding__in=part).exclude(wrapped=None).update(expires_on=until)


def _write_evidence(ready: Sequence[_Ready]) -> None:
    until = clock.today() + EVIDENCE_KEPT
    SealedEvidence.objects.bulk_create(
        [SealedEvidence(finding=one.row, content=one.content) for one in ready],
        update_conflicts=True,
        unique_fields=["finding"],
        update_fields=["content"],
    )
    EvidenceKey.objects.bulk_create(
        [EvidenceKey(finding=one.row, wrapped=one.wrapped, expires_on=until) for one in ready],
        update_conflicts=True,
        unique_fields=["finding"],
        update_fields=["wrapped", "expires_on", "destroyed_at", "destroyed_because"],
    )


def _counted(ready: Sequence[_Ready]) -> Counts:
    counts: Counts = {}
    for one in ready:
        counts.setdefault(one.row.code, Counter())[Change.CONTINUING if one.is_same else one.row.change] += 1
    return counts


def _mark_gone(run: Run, outcomes: Sequence[Outcome], counts: Counts) -> None:
    """Findings that a run looked for and did not see are gone; where it could not look, they stay as they were."""
    looked = [o.code for o in outcomes if o.status in ("computed", "not_applicable")]
    gone = Finding.objects.filter(code__in=looked).exclude(last_run=run).exclude(change=Change.GONE)
    for code in gone.values_list("code", flat=True):
        counts.setdefault(code, Counter())[Change.GONE] += 1
    gone.update(change=Change.GONE, gone_run=run)


def _write_outcomes(run: Run, result: Result, counts: Counts) -> None:
    standing = catalogue.standings(clock.today())
    RunIndicator.objects.bulk_create(
        RunIndicator(
            run=run,
            code=outcome.code,
            family=catalogue.shipped().indicators[outcome.code].family,
            standing=standing[outcome.code],
            status=outcome.status,
            lacks=result.lacks.get(outcome.code, []),
            tables=sorted(catalogue.shipped().indicators[outcome.code].reads()),
            population=outcome.population,
            findings=outcome.findings,
            new=counts.get(outcome.code, Counter())[Change.NEW],
            changed=counts.get(outcome.code, Counter())[Change.CHANGED],
            gone=counts.get(outcome.code, Counter())[Change.GONE],
            **{colour: outcome.colours.get(colour, 0) for colour in execution.SEVERITY},
            over_fires=outcome.over_firing,
            seconds=outcome.seconds,
        )
        for outcome in result.outcomes
    )


def _finish(run: Run, result: Result, batches: Mapping[str, Sequence[str]], counts: Counts) -> None:
    total: Counter[str] = sum(counts.values(), Counter())
    run.state, run.ended_at, run.lease_until = Run.State.ENDED, clock.now(), None
    run.previous = Run.objects.filter(state=Run.State.ENDED).exclude(pk=run.pk).order_by("-number").first()
    run.catalogue, run.version = result.manifest["catalogue"], result.manifest["version"]
    run.parameters, run.tables = result.manifest["parameters"], result.manifest["tables"]
    run.batches = {table: list(numbers) for table, numbers in batches.items()}
    run.units = result.units
    run.data_until = clock.today() + TABLES_KEPT
    run.dropped_above = result.dropped_above
    run.findings = len(result.seen)
    run.new, run.continuing = total[Change.NEW], total[Change.CONTINUING]
    run.changed, run.gone = total[Change.CHANGED], total[Change.GONE]
    run.save()
    log.record(
        "run.end",
        by=system("worker"),
        subject_type="run",
        subject=run.number,
        findings=run.findings,
        new=run.new,
        gone=run.gone,
        dropped_above=run.dropped_above,
    )


def _drop_older_tables(run: Run) -> None:
    """Keep the tables of the last runs only; the rest goes once this run is written."""
    kept = Run.objects.filter(state=Run.State.ENDED).order_by("-number").values_list("pk", flat=True)[:RUNS_WITH_TABLES]
    for older in Run.objects.filter(state=Run.State.ENDED).exclude(data="").exclude(pk__in=list(kept)):
        drop_tables(older)
