"""A run as one self-contained page: what was seen, the evidence, the law, and what was not seen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2

from lianfang.engine.catalogue import COLOURS, Catalogue, Indicator
from lianfang.engine.dataset import Dataset
from lianfang.engine.document import CERTAINTY
from lianfang.engine.fault import language, say
from lianfang.engine.report import COLOUR_WORDS, metric_text
from lianfang.engine.run import Run
from lianfang.engine.tables import tables

SHOWN = 50  # findings shown of one indicator; the rest is in the run folder


def page(finished: Run, dataset: Dataset, catalogue: Catalogue) -> str:
    """HTML without script and without anything from elsewhere."""
    folder = Path(__file__).parent / "templates"
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(say=say, metric_text=metric_text, colour_words=COLOUR_WORDS, certainty=CERTAINTY)
    shown = _findings(finished)
    seen = [o for o in finished.outcomes if o.findings]
    return environment.get_template("report.html").render(
        language=language(),
        run=finished,
        dataset=dataset,
        tables=tables(),
        indicators=catalogue.indicators,
        seen=sorted(seen, key=lambda o: (-_weight(o.colours), o.code)),
        silent=[o for o in finished.outcomes if o.status == "computed" and not o.findings],
        not_computed=[o for o in finished.outcomes if o.status != "computed"],
        shown=shown,
        headings={code: _headings(catalogue.indicators[code]) for code in shown},
        total={c: sum(o.colours.get(c, 0) for o in finished.outcomes) for c in COLOURS},
    )


def _weight(colours: Mapping[str, int]) -> int:
    return max((COLOURS.index(c) for c, n in colours.items() if n), default=-1)


def _findings(finished: Run) -> dict[str, list[dict[str, Any]]]:
    """The first findings of each indicator, the gravest colour and the largest metric first."""
    rows = finished.connection.execute(
        """SELECT code, finding_key FROM (SELECT code, finding_key, row_number() OVER (PARTITION BY code ORDER BY
           list_position(['red', 'orange', 'yellow'], colour), metric DESC, finding_key) AS place FROM findings)
           WHERE place <= ? ORDER BY code, place""",
        [SHOWN],
    ).fetchall()
    wanted = {key: place for place, (_, key) in enumerate(rows)}
    found: dict[str, list[dict[str, Any]]] = {}
    for finding in finished.findings():
        if finding["finding_key"] in wanted:
            found.setdefault(finding["code"], []).append(finding)
    for listed in found.values():
        listed.sort(key=lambda finding: wanted[finding["finding_key"]])
    return found


def _headings(indicator: Indicator) -> dict[str, str]:
    """Evidence column → the words of the column it comes from, or its own name."""
    found = {}
    for name in indicator.evidence:
        origins = [o for o in indicator.rule.lineage.get(name, ()) if o[0] in tables()]
        column = tables()[origins[0][0]].columns.get(origins[0][1]) if len(origins) == 1 else None
        found[name] = say(column.zh, column.en) if column is not None else name.replace("_", " ")
    return found
