"""OCDS: what Cardinal's own fixtures expect, the forms of files, what is refused, and a slow twin over made-up data."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Mapping
from configparser import ConfigParser
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from benchmarks.ocds_data import SETTINGS, releases
from lianfang import engine
from lianfang.engine import catalogue
from lianfang.engine.derived import derived
from lianfang.engine.fault import Fault
from lianfang.engine.sources import ocds
from lianfang.engine.sources.ocds import shape
from lianfang.engine.sql import Bindings, Calendar
from tests.indicators import slow_twins

FIXTURES = Path(__file__).parent / "fixtures" / "cardinal"
CODES = ("R003", "R018", "R024", "R025", "R028", "R030", "R035", "R036", "R038", "R048", "R058")
GROUPS = {"tender": "OCID", "buyer": "Buyer", "procuring_entity": "ProcuringEntity", "bidder": "Tenderer"}
# The two settings under which the fixtures' expected results were made.
GLOBAL = {
    "no_price_comparison_procurement_methods": "NPC",
    "exclusions": {"procurement_method_details": "EXC"},
}
AS_OF = date(2030, 1, 1)


def scan(
    paths: list[Path], folder: Path, codes: tuple[str, ...], settings: Mapping[str, Any], parameters: dict | None = None
) -> engine.Run:
    mapping = folder / "mapping.yaml"
    mapping.write_text(yaml.safe_dump({"ocds": dict(settings)}), encoding="utf-8")
    dataset = engine.read(paths, folder=folder / "dataset", mapping=mapping)
    return engine.run(dataset, as_of=AS_OF, only=codes, parameters=parameters)


def grouped(run: engine.Run) -> dict[str, Any]:
    """Findings as Cardinal prints its results."""
    found: dict[str, Any] = {}
    for finding in run.findings():
        group = found.setdefault(GROUPS[finding["subject_type"]], {})
        group.setdefault(finding["subject_id"], {})[finding["code"]] = finding["metric"]
    return found


# ---- Cardinal's fixtures -------------------------------------------------------------------------------------


def told_by(stem: str) -> tuple[str, dict[str, Any]]:
    """Code and parameters as a fixture's file name tells them: R003-threshold-10."""
    code, _, rest = stem.partition("-")
    words = rest.split("-")
    if words[0] == "procurement_method_details":
        by_method = [{"key": key, "value": int(value)} for key, value in zip(words[1::2], words[2::2], strict=True)]
        return code, {"threshold": [{"value": 15}, *by_method]}
    if words[0] == "procurement_methods":
        return code, {"procurement_methods": words[1].split("+")}
    return code, {words[0]: int(words[1])} if len(words) == 2 else {}


@pytest.mark.parametrize("path", sorted((FIXTURES / "indicators").glob("*.jsonl")), ids=lambda path: path.stem)
def test_indicator_agrees_with_cardinal(path: Path, tmp_path: Path):
    code, parameters = told_by(path.stem)
    run = scan([path], tmp_path, (code,), GLOBAL, {code: parameters} if parameters else None)
    assert run.outcomes[0].status == "computed", run.outcomes[0].missing
    assert grouped(run) == json.loads(path.with_suffix(".expected").read_text(encoding="utf-8"))


DOCUMENTED = {
    "003": {"OCID": {"F": {"R003": 1.0}}},
    "018": {"OCID": {"F": {"R018": 1.0}}},
    "024": {"OCID": {"F": {"R024": 1.0}}, "Tenderer": {"W": {"R024": 0.0}, "L": {"R024": 0.0}}},
    "025": {"Tenderer": {"F": {"R025": 0.16666666666666666}}},
    "028": {"OCID": {"F": {"R028": 1.0}}, "Tenderer": {"D": {"R028": 1.0}, "V": {"R028": 1.0}}},
    "030": {"OCID": {"F": {"R030": 1.0}}, "Tenderer": {"W": {"R030": 1.0}}},
    "035": {"OCID": {"F": {"R035": 1.0}}, "Tenderer": {"V": {"R035": 0.0}}},
    "036": {"OCID": {"F": {"R036": 1.0}}},
    "038": {"Buyer": {"B": {"R038": 0.5}}},
    "048": {"Tenderer": {"F": {"R048": 2.0}}},
    "058": {"OCID": {"F": {"R058": 99.0}}, "Tenderer": {"W": {"R058": 0.0}}},
}


@pytest.mark.parametrize("number", DOCUMENTED)
def test_example_of_cardinals_documentation(number: str, tmp_path: Path):
    """The page's own settings file names the indicators to run; without one all eleven run."""
    own = FIXTURES / "docs" / "R" / f"{number}.ini"
    asked = settings_of(own if own.exists() else FIXTURES / "docs" / "settings.ini")
    parameters = {code: {k: int(v) for k, v in values.items()} for code, values in asked.items() if values}
    run = scan([FIXTURES / "docs" / "R" / f"{number}.jsonl"], tmp_path, tuple(asked), {}, parameters)
    assert grouped(run) == DOCUMENTED[number]


def settings_of(path: Path) -> dict[str, Any]:
    """A Cardinal settings file as a mapping; ``[codelists.bid_status]`` is a group within a group."""
    parser = ConfigParser(delimiters="=")
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(path.read_text(encoding="utf-8"))
    found: dict[str, Any] = {}
    for section in parser.sections():
        group = found
        for name in section.split("."):
            group = group.setdefault(name, {})
        group.update(
            {key: value == "true" if value in ("true", "false") else value for key, value in parser[section].items()}
        )
    return found


def loaded(
    lines: list[dict[str, Any]] | str, folder: Path, settings: Mapping[str, Any] | None = None
) -> duckdb.DuckDBPyConnection:
    path = folder / "data.jsonl"
    text = lines if isinstance(lines, str) else "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8")
    return from_files([path], settings)


def from_files(paths: list[Path], settings: Mapping[str, Any] | None = None) -> duckdb.DuckDBPyConnection:
    """A connection in which every canonical table that was filled stands under its own name."""
    con = duckdb.connect()
    for name, relation in ocds.load(con, paths, settings).items():
        con.execute(f"CREATE TABLE {name} AS FROM {relation}")
    return con


def rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return con.execute(sql).fetchall()


def notes(con: duckdb.DuckDBPyConnection) -> str:
    return "\n".join(note for (note,) in rows(con, f"SELECT note FROM {ocds.NOTES}"))


@pytest.mark.parametrize("path", sorted((FIXTURES / "prepare").glob("*.jsonl")), ids=lambda path: path.stem)
def test_preparation_agrees_with_cardinal(path: Path, tmp_path: Path):
    """The canonical tables of the input, prepared by us, hold what Cardinal's prepared output says."""
    settings = settings_of(path.with_suffix(".ini"))
    given = path.read_text(encoding="utf-8").splitlines()
    prepared = path.with_suffix(".output").read_text(encoding="utf-8").splitlines()
    assert len(given) == len(prepared) > 0
    for before, after in zip(given, prepared, strict=True):
        release = {"ocid": "x"} | json.loads(before)  # the fixtures have no ocid; without one a line is refused
        con = loaded([release], tmp_path, settings)
        assert held(con) == said(json.loads(after), settings)


def held(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """What the canonical tables hold, in the words of ``said``."""
    tables = {name for (name,) in rows(con, "SELECT table_name FROM duckdb_tables() WHERE NOT temporary")}

    def of(table: str, sql: str) -> list[tuple[Any, ...]]:
        return rows(con, sql) if table in tables else []

    members = dict(of("bid_tenderer", "SELECT bid_id, list_sort(list(bidder_id)) FROM bid_tenderer GROUP BY bid_id"))
    bids = of("bid", "SELECT bid_id, status, CAST(price AS DOUBLE), currency, bidder_id FROM bid")
    suppliers = {
        (award,): listed
        for award, listed in of(
            "award_supplier", "SELECT award_id, list_sort(list(supplier_id)) FROM award_supplier GROUP BY award_id"
        )
    }
    awards = of("award", "SELECT award_id, status, supplier_id FROM award")
    return {
        "tender": rows(con, "SELECT unit_id, procuring_entity_id, procurement_method_details FROM tender"),
        "bids": sorted(((*row[1:4], [row[4]] if row[4] else members.get(row[0], [])) for row in bids), key=repr),
        "awards": sorted(
            ((row[0], row[1], [row[2]] if row[2] else suppliers.get((row[0],), [])) for row in awards), key=repr
        ),
        "items": sorted(of("item", "SELECT scheme, classification_id FROM item"), key=repr),
        "roles": {party: roles for party, roles in of("party", "SELECT party_id, roles FROM party") if roles},
    }


def said(release: dict[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """The same of a prepared release."""
    tender, bids, awards = (
        release.get("tender", {}),
        release.get("bids", {}).get("details", []),
        release.get("awards", []),
    )

    def members(organisations: list[dict[str, Any]]) -> list[str]:
        return sorted(one["id"] for one in organisations if "id" in one)

    roles = {party["id"]: ";".join(party["roles"]) for party in release.get("parties", []) if "roles" in party}
    named = {"buyer": [release.get("buyer", {})], "procuringEntity": [tender.get("procuringEntity", {})]}
    named |= {"tenderer": [t for b in bids for t in b.get("tenderers", [])]}
    named |= {"supplier": [s for a in awards for s in a.get("suppliers", [])]}
    for role, organisations in named.items():  # who is named without standing among the parties has that role
        for party in members(organisations):
            if party not in {p.get("id") for p in release.get("parties", [])} and (
                "parties" not in release or settings.get("defaults", {}).get("party_roles")
            ):
                roles[party] = ";".join(sorted({*filter(None, roles.get(party, "").split(";")), role}))
    return {
        "tender": [
            (
                release.get("buyer", {}).get("id"),
                tender.get("procuringEntity", {}).get("id"),
                tender.get("procurementMethodDetails"),
            )
        ],
        "bids": sorted(
            (
                (
                    b.get("status"),
                    b.get("value", {}).get("amount"),
                    b.get("value", {}).get("currency"),
                    members(b.get("tenderers", [])),
                )
                for b in bids
            ),
            key=repr,
        ),
        "awards": sorted(
            (
                (a.get("id", f"award-{place}"), a.get("status") or None, members(a.get("suppliers", [])))
                for place, a in enumerate(awards, 1)
            ),
            key=repr,
        ),
        "items": sorted(
            (
                (i["classification"].get("scheme"), i["classification"]["id"])
                for a in awards
                for i in a.get("items", [])
            ),
            key=repr,
        ),
        "roles": roles,
    }


# ---- forms of files ------------------------------------------------------------------------------------------


ONE = {"ocid": "a", "tender": {"title": "甲"}, "bids": {"details": [{"id": "1", "status": "valid"}]}}
TWO = {"ocid": "b", "tender": {"title": "乙"}}


@pytest.mark.parametrize(
    "name, text",
    [
        ("lines.jsonl", "\n".join(map(json.dumps, [ONE, TWO]))),
        ("blank lines.json", f"\n{json.dumps(ONE)}\n\n  \n{json.dumps(TWO)}\n"),
        ("bom.json", "\ufeff" + json.dumps(ONE) + "\n" + json.dumps(TWO)),
        ("array.json", json.dumps([ONE, TWO])),
        ("pretty array.json", json.dumps([ONE, TWO], indent=2)),
        ("package.json", json.dumps({"uri": "x", "releases": [ONE, TWO]})),
        ("pretty package.json", json.dumps({"uri": "x", "releases": [ONE, TWO]}, indent=2)),
        ("packages.jsonl", "\n".join(json.dumps({"releases": [one]}) for one in (ONE, TWO))),
        ("records.json", json.dumps({"records": [{"ocid": r["ocid"], "compiledRelease": r} for r in (ONE, TWO)]})),
        (
            "record lines.jsonl",
            "\n".join(json.dumps({"ocid": r["ocid"], "releases": [], "compiledRelease": r}) for r in (ONE, TWO)),
        ),
        ("with [brackets]*?.jsonl", "\n".join(map(json.dumps, [ONE, TWO]))),
        ("quote'.jsonl", "\n".join(map(json.dumps, [ONE, TWO]))),
    ],
    ids=lambda value: value if value.endswith(("json", "jsonl")) else "",
)
@pytest.mark.parametrize("packed", [False, True])
def test_every_form_is_read(name: str, text: str, packed: bool, tmp_path: Path):
    path = tmp_path / (name + ".gz" * packed)
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    assert ocds.is_ocds(path)
    con = from_files([path])
    assert rows(con, "SELECT tender_id, title FROM tender ORDER BY 1") == [("a", "甲"), ("b", "乙")]
    assert rows(con, "SELECT bid_id, status FROM bid") == [("a#1", "valid")]
    assert rows(con, f"FROM {ocds.REJECTED}") == []


def test_a_single_pretty_release_is_read(tmp_path: Path):
    path = tmp_path / "one.json"
    path.write_text(json.dumps(ONE, indent=4), encoding="utf-8")
    assert ocds.is_ocds(path)
    assert rows(from_files([path]), "SELECT tender_id FROM tender") == [("a",)]


def test_several_files_are_one_set_and_progress_names_them(tmp_path: Path):
    paths = []
    for release in (ONE, TWO):
        paths.append(tmp_path / f"{release['ocid']}.json")
        paths[-1].write_text(json.dumps(release), encoding="utf-8")
    seen: list[tuple[str, int, int]] = []
    con = duckdb.connect()
    found = ocds.load(con, paths, {}, progress=lambda *step: seen.append(step))
    assert con.execute(f"SELECT count(*) FROM {found['tender']}").fetchone() == (2,)
    assert seen == [("a.json", 0, 2), ("b.json", 1, 2)]


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}\n{"a": 2}',
        '[{"name": "x", "amount": 3}]',
        "ocid,tender\n1,2",
        "",
        '"ocid": 1',
        '{"tender": 1, "buyer": 2}',
    ],
)
def test_other_files_are_not_taken_for_ocds(text: str, tmp_path: Path):
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")
    assert not ocds.is_ocds(path)


def test_a_release_whose_ocid_stands_far_behind_is_known_by_its_parts(tmp_path: Path):
    release = {"tender": {"description": "长" * 70_000}, "ocid": "a"}
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps({"buyer": {"id": "1"}, "parties": [], "awards": []} | release), encoding="utf-8")
    assert ocds.is_ocds(path)
    assert rows(from_files([path]), "SELECT tender_id, unit_id FROM tender") == [("a", "1")]


def test_a_broken_archive_is_no_ocds(tmp_path: Path):
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(ONE).encode())[:20])
    assert not ocds.is_ocds(path)


# ---- what is refused and what is rejected --------------------------------------------------------------------


def fault(text: str | bytes, folder: Path, settings: Mapping[str, Any] | None = None) -> str:
    path = folder / "data.jsonl"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(Fault) as caught:
        from_files([path], settings)
    return str(caught.value)


def test_a_truncated_line_is_named(tmp_path: Path):
    text = "\n".join([json.dumps(ONE), json.dumps(TWO)[:-5], json.dumps(ONE | {"ocid": "c"})])
    message = fault(text, tmp_path)
    assert "data.jsonl 第 2 行" in message
    assert "截断" in message


def test_a_truncated_last_line_is_named(tmp_path: Path):
    assert "第 2 行" in fault(json.dumps(ONE) + "\n" + json.dumps(TWO)[:9], tmp_path)


def test_a_line_that_is_not_utf8_is_named(tmp_path: Path):
    assert "第 2 行: 不是 UTF-8" in fault(json.dumps(ONE).encode() + b'\n{"ocid": "\xb2\xe2"}', tmp_path)


def test_records_without_compiled_release_are_refused(tmp_path: Path):
    message = fault(json.dumps({"records": [{"ocid": "a", "releases": [ONE]}]}), tmp_path)
    assert "compiledRelease" in message
    assert "ocdskit compile" in message


def test_releases_of_one_process_are_not_merged(tmp_path: Path):
    text = "\n".join(json.dumps({"ocid": "a", "tender": {"title": title}}) for title in "甲乙丙")
    assert "未合并" in fault(text, tmp_path)


def test_an_archive_that_breaks_off_is_refused(tmp_path: Path):
    whole = gzip.compress("\n".join(json.dumps(ONE | {"ocid": str(i)}) for i in range(5000)).encode())
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Fault, match="重新下载"):
        from_files([path])


@pytest.mark.parametrize(
    "line, reason",
    [('{"ocid": 5}', "ocid"), ('{"tender": {}}', "ocid"), ('{"ocid": ""}', "ocid"), ("[1]", "对象"), ("7", "对象")],
)
def test_a_line_without_usable_ocid_is_rejected_and_the_others_go_on(line: str, reason: str, tmp_path: Path):
    con = loaded("\n".join([json.dumps(ONE), line, json.dumps(TWO)]), tmp_path)
    assert rows(con, "SELECT tender_id FROM tender ORDER BY 1") == [("a",), ("b",)]
    ((file, row, why),) = rows(con, f"SELECT file, row, reason FROM {ocds.REJECTED}")
    assert (file, row) == ("data.jsonl", 2)
    assert reason in why


def test_a_repeated_line_counts_once(tmp_path: Path):
    con = loaded([ONE, TWO, ONE], tmp_path)
    assert rows(con, "SELECT tender_id FROM tender ORDER BY 1") == [("a",), ("b",)]
    assert rows(con, f"FROM {ocds.REJECTED}") == []
    assert ("data.jsonl", "1 行与更早的行相同,只计一次") in rows(con, f"FROM {ocds.NOTES}")


def test_few_processes_with_differing_lines_are_rejected_all(tmp_path: Path):
    lines = [{"ocid": str(number)} for number in range(40)]
    con = loaded([*lines, {"ocid": "7", "tender": {"title": "另一个"}}], tmp_path)
    assert rows(con, "SELECT count(*) FROM tender") == [(39,)]
    assert [row[1] for row in rows(con, f"FROM {ocds.REJECTED} ORDER BY row")] == [8, 41]


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"default": {}}, ("default", "defaults")),
        ({"defaults": {"curency": "CNY"}}, ("curency", "currency")),
        ({"modifications": {"move_auction": True}}, ("move_auction", "move_auctions")),
        ({"codelists": {"bids_status": {}}}, ("bids_status", "bid_status")),
        ({"codelists": {"bid_status": "valid"}}, ("bid_status",)),
        ({"defaults": {"party_roles": "maybe"}}, ("party_roles", "true")),
        ({"redactions": {"amount": "x"}}, ("amount", "x")),
        ({"time_zone": "Peking"}, ("time_zone", "+08:00")),
        ({"currency": ["CNY"]}, ("currency",)),
        ({"defaults": 3}, ("defaults",)),
    ],
)
def test_a_wrong_setting_is_named_with_the_nearest_one(settings: dict, words: tuple[str, ...], tmp_path: Path):
    message = fault(json.dumps(ONE), tmp_path, settings)
    assert all(word in message for word in words), message


# ---- from releases to tables ---------------------------------------------------------------------------------


def test_ids_that_are_lacking_or_repeated_are_made_from_the_place(tmp_path: Path):
    release = {
        "ocid": "a",
        "bids": {"details": [{"status": "valid"}, {"id": "7"}, {"id": "7"}, {"id": ""}]},
        "awards": [{"status": "active"}, {"id": 3, "items": [{"quantity": 2}, {"id": "x"}]}],
        "contracts": [{"awardID": 3}],
        "tender": {"lots": [{"title": "一"}, {"id": 2}]},
    }
    con = loaded([release], tmp_path)
    assert rows(con, "SELECT bid_id FROM bid ORDER BY 1") == [("a#7",), ("a#bid-1",), ("a#bid-3",), ("a#bid-4",)]
    assert rows(con, "SELECT award_id FROM award ORDER BY 1") == [("3",), ("award-1",)]
    assert rows(con, "SELECT item_id, award_id FROM item ORDER BY 1") == [("3#1", "3"), ("3#2", "3")]
    assert rows(con, "SELECT contract_id FROM contract") == [("a#contract-1",)]
    assert rows(con, "SELECT lot_id FROM lot ORDER BY 1") == [("2",), ("lot-1",)]


def test_a_bid_by_one_has_its_bidder_and_a_joint_bid_its_members(tmp_path: Path):
    release = {
        "ocid": "a",
        "bids": {
            "details": [{"id": "1", "tenderers": [{"id": "S"}]}, {"id": "2", "tenderers": [{"id": "S"}, {"id": "T"}]}]
        },
        "awards": [
            {"id": "1", "suppliers": [{"id": "S"}], "relatedBid": "1"},
            {"id": "2", "suppliers": [{"id": "S"}, {"id": "T"}]},
        ],
    }
    con = loaded([release], tmp_path)
    assert rows(con, "SELECT bid_id, bidder_id FROM bid ORDER BY 1") == [("a#1", "S"), ("a#2", None)]
    assert rows(con, "FROM bid_tenderer ORDER BY 2") == [("a#2", "S"), ("a#2", "T")]
    assert rows(con, "SELECT award_id, supplier_id, related_bid_id FROM award ORDER BY 1") == [
        ("1", "S", "a#1"),
        ("2", None, None),
    ]
    assert rows(con, "FROM award_supplier ORDER BY 3") == [("a", "2", "S"), ("a", "2", "T")]


def test_lots_are_kept_where_a_part_is_for_one_only(tmp_path: Path):
    bids = [{"relatedLots": ["L1"]}, {"relatedLots": ["L1", "L2"]}, {}]
    release = {
        "ocid": "a",
        "tender": {"lots": [{"id": "L1", "title": "一", "value": {"amount": 5, "currency": "CNY"}}]},
        "bids": {"details": bids},
        "awards": [{"relatedLots": ["L2"], "items": [{"relatedLot": "L3"}, {}]}],
    }
    con = loaded([release], tmp_path)
    assert rows(con, "SELECT lot_id FROM bid ORDER BY bid_id") == [("L1",), (None,), (None,)]
    assert rows(con, "SELECT lot_id FROM award") == [("L2",)]
    assert rows(con, "SELECT lot_id FROM item ORDER BY item_id") == [("L3",), ("L2",)]
    assert rows(con, "SELECT lot_id, title, CAST(value AS INTEGER), currency FROM lot") == [("L1", "一", 5, "CNY")]


@pytest.mark.parametrize("numbered", [False, True])
def test_lots_are_known_by_the_older_ways_of_naming_them(numbered: bool, tmp_path: Path):
    bids = [
        {"relatedLot": "L1"},
        {"relatedLots": [], "relatedLot": "L2"},
        {"relatedLots": ["L1", "L2"], "relatedLot": "L1"},
    ]
    awards = [
        {"relatedLots": [{"lotId": "L1"}]},
        {"relatedLots": [{"id": "L2"}]},
        {"relatedLots": [{}]},
        {"relatedLots": [7]},
    ]
    release = {"ocid": "a", "bids": {"details": bids}, "awards": awards}
    # a line without a usable ocid sends the file the slow way
    con = loaded([release, {"ocid": 7}] if numbered else [release], tmp_path)
    assert rows(con, "SELECT lot_id FROM bid ORDER BY bid_id") == [("L1",), ("L2",), (None,)]
    assert rows(con, "SELECT lot_id FROM award ORDER BY award_id") == [("L1",), ("L2",), (None,), ("7",)]


@pytest.mark.parametrize(
    "zone, first, second",
    [(None, "2024-03-01 08:00:00", "2024-03-02 07:00:00"), ("+08:00", "2024-03-01 21:00:00", "2024-03-02 20:00:00")],
)
def test_times_are_instants_told_by_the_clock_of_one_zone(zone: str | None, first: str, second: str, tmp_path: Path):
    period = {"startDate": "2024-03-01T08:00:00-05:00", "endDate": "2024-03-02T12:00:00Z"}
    settings = {} if zone is None else {"time_zone": zone}
    con = loaded([{"ocid": "a", "tender": {"tenderPeriod": period}}], tmp_path, settings)
    ((start, end),) = rows(con, "SELECT tender_start, bid_deadline FROM tender")
    assert (str(start), str(end)) == (first, second)


@pytest.mark.parametrize(
    "text",
    ["2024-03-02", "2024-03-02T00:00", "2024-03-02 00:00:00", "2024-03-02T00:00:00.000", "2024-03-02T00:00:00+0800"],
)
def test_days_and_times_without_a_zone_are_taken_as_they_stand(text: str, tmp_path: Path):
    period = {"startDate": "2024-03-01T08:00:00-05:00", "endDate": text}
    con = loaded([{"ocid": "a", "tender": {"tenderPeriod": period}}], tmp_path)
    assert str(rows(con, "SELECT bid_deadline FROM tender")[0][0]) == "2024-03-02 00:00:00"


def test_what_cannot_be_read_is_left_empty_and_counted(tmp_path: Path):
    bids = [
        {"value": {"amount": 1e17, "currency": "CNY"}},
        {"value": {"amount": "12.5", "currency": "CNY"}},
        {"value": {"amount": "十二", "currency": "CNY"}, "date": "昨天"},
        {"value": {"amount": 3}, "status": "qualified"},
        {"value": {"amount": 0, "currency": "CNY"}, "status": "valid"},
    ]
    con = loaded([{"ocid": "a", "tender": {"tenderPeriod": {"endDate": "?"}}, "bids": {"details": bids}}], tmp_path)
    prices = [
        None if price is None else float(price) for (price,) in rows(con, "SELECT price FROM bid ORDER BY bid_id")
    ]
    assert prices == [None, 12.5, None, 3.0, 0.0]
    told = notes(con)
    for words in (
        "1 份投标的报价过大",
        "1 份投标的时间看不懂",
        "qualified × 1",
        "3 个投标没有状态",
        "1 份投标报价为 0",
        "没有币种",
        "投标期看不懂",
    ):
        assert words in told, told


def test_excluded_processes_are_left_out_and_counted(tmp_path: Path):
    lines = [{"ocid": d, "tender": {"procurementMethodDetails": d}} for d in ("抽签 - 小额", "公开")]
    settings = {
        "modifications": {"split_procurement_method_details": "-"},
        "exclusions": {"procurement_method_details": ["抽签"]},
    }
    con = loaded(lines, tmp_path, settings)
    assert rows(con, "SELECT tender_id FROM tender") == [("公开",)]
    assert "1 个采购过程" in notes(con)


@pytest.mark.parametrize(
    "settings, expected",
    [
        ({}, [None, None, None]),
        ({"no_price_comparison_procurement_methods": ["甲"]}, [False, True, True]),
        ({"price_comparison_procurement_methods": "甲|丙"}, [True, False, False]),
    ],
)
def test_methods_whose_prices_are_compared(settings: dict, expected: list[bool | None], tmp_path: Path):
    lines = [
        {"ocid": "1", "tender": {"procurementMethodDetails": "甲"}},
        {"ocid": "2", "tender": {"procurementMethodDetails": "乙"}},
        {"ocid": "3"},
    ]
    con = loaded(lines, tmp_path, settings)
    assert [row[0] for row in rows(con, "SELECT prices_compared FROM tender ORDER BY tender_id")] == expected


def test_the_currency_of_comparison_is_the_awards_or_the_one_set(tmp_path: Path):
    value = {"value": {"amount": 1, "currency": "USD"}}
    release = {"ocid": "a", "tender": {"value": {"currency": "CNY"}}, "bids": {"details": [value]}, "awards": []}
    assert rows(loaded([release], tmp_path), "SELECT currency FROM tender") == [("USD",)]
    assert rows(loaded([release | {"bids": {}}], tmp_path), "SELECT currency FROM tender") == [("CNY",)]
    awarded = release | {"awards": [{"value": {"amount": 1, "currency": "EUR"}}]}
    assert rows(loaded([awarded], tmp_path), "SELECT currency FROM tender") == [("EUR",)]
    assert rows(loaded([awarded], tmp_path, {"currency": "PEN"}), "SELECT currency FROM tender") == [("PEN",)]


def test_tables_of_yuan_take_no_other_currency(tmp_path: Path):
    def contract(currency: str | None) -> dict[str, Any]:
        return {"id": str(currency), "value": {"amount": 9} | ({"currency": currency} if currency else {})}

    con = loaded([{"ocid": "a", "contracts": [contract(c) for c in ("CNY", "USD", None)]}], tmp_path)
    found = rows(con, "SELECT contract_id, CAST(amount AS INTEGER) FROM contract ORDER BY 1")
    assert found == [("a#CNY", 9), ("a#None", 9), ("a#USD", None)]
    [(note,)] = rows(con, "SELECT note FROM ocds_note WHERE note LIKE '%USD%'")
    assert "USD × 1" in note


def test_a_contract_knows_the_only_supplier_of_its_award(tmp_path: Path):
    release = {
        "ocid": "a",
        "buyer": {"id": "U"},
        "awards": [{"id": "1", "suppliers": [{"id": "S"}]}, {"id": "2", "suppliers": [{"id": "S"}, {"id": "T"}]}],
        "contracts": [{"id": "x", "awardID": "1", "dateSigned": "2024-03-01T00:00:00Z"}, {"id": "y", "awardID": "2"}],
    }
    found = rows(
        loaded([release], tmp_path), "SELECT unit_id, supplier_id, sign_date FROM contract ORDER BY contract_id"
    )
    assert found == [("U", "S", date(2024, 3, 1)), ("U", None, None)]


def test_parties_have_a_name_from_wherever_it_stands(tmp_path: Path):
    listed = {
        "ocid": "a",
        "buyer": {"id": "B"},
        "parties": [{"id": "B", "name": "甲局", "roles": ["buyer"], "identifier": {"id": "9", "scheme": "CN"}}],
    }
    assert rows(loaded([listed], tmp_path), "FROM party") == [("B", "甲局", "CN", "9", "buyer")]
    named = {
        "ocid": "a",
        "bids": {"details": [{"tenderers": [{"id": "S", "name": "乙公司"}]}]},
        "buyer": {"id": "B", "name": "甲局"},
    }
    found = rows(loaded([named], tmp_path), "SELECT party_id, name, roles FROM party ORDER BY 1")
    assert found == [("B", "甲局", "buyer"), ("S", "乙公司", "tenderer")]


def test_tables_of_which_the_data_say_nothing_are_left_out(tmp_path: Path):
    con = loaded([{"ocid": "a", "bids": {"details": []}, "awards": []}], tmp_path)
    assert {name for (name,) in rows(con, "SELECT table_name FROM duckdb_tables() WHERE NOT temporary")} == {"tender"}


FULL = {
    "ocid": "a",
    "buyer": {"id": "B", "name": "甲局"},
    "parties": [{"id": "B", "name": "甲局", "roles": ["buyer"], "identifier": {"scheme": "CN", "id": "9"}}],
    "tender": {
        "title": "标题",
        "status": "complete",
        "procuringEntity": {"id": "P"},
        "procurementMethod": "open",
        "procurementMethodDetails": "公开招标",
        "numberOfTenderers": 2,
        "tenderPeriod": {"startDate": "2024-03-01T08:00:00Z", "endDate": "2024-03-21T08:00:00Z"},
        "lots": [{"id": "L", "title": "一包", "status": "active", "value": {"amount": 9, "currency": "CNY"}}],
    },
    "bids": {
        "details": [
            {"id": "1", "status": "valid", "date": "2024-03-20T08:00:00Z", "value": {"amount": 8, "currency": "CNY"}}
            | {"tenderers": [{"id": "S"}], "relatedLots": ["L"]},
            {"id": "2", "status": "valid", "tenderers": [{"id": "S"}, {"id": "T"}]},
        ]
    },
    "awards": [
        {"id": "1", "status": "active", "date": "2024-04-01T00:00:00Z", "value": {"amount": 8, "currency": "CNY"}}
        | {"suppliers": [{"id": "S"}], "relatedBid": "1", "relatedLots": ["L"]}
        | {
            "items": [
                {"classification": {"scheme": "CPV", "id": "45"}, "quantity": 2, "unit": {"value": {"amount": 4}}}
            ]
        },
        {"id": "2", "status": "cancelled", "suppliers": [{"id": "S"}, {"id": "T"}]},
    ],
    "contracts": [
        {"id": "1", "awardID": "1", "title": "合同", "status": "active", "dateSigned": "2024-04-02T00:00:00Z"}
        | {"value": {"amount": 8, "currency": "CNY"}}
    ],
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[tuple[str, str], list[tuple[Any, ...]]]]:
    """A release with everything in it, and every column of the tables that it fills."""
    path = tmp_path_factory.mktemp("whole") / "full.jsonl"
    path.write_text(json.dumps(FULL), encoding="utf-8")
    con = duckdb.connect()
    values = {}
    for table, relation in ocds.load(con, [path]).items():
        for column, *_ in con.execute(f"DESCRIBE {relation}").fetchall():
            values[table, column] = con.execute(f"SELECT {column} FROM {relation} ORDER BY ALL").fetchall()
    return path, values


def test_a_full_release_fills_every_column(whole):
    _, values = whole
    assert {table for table, _ in values} == set(shape.TABLES)
    # the settings say which prices are compared; nothing was said
    assert [place for place, found in values.items() if all(one == (None,) for one in found)] == [
        ("tender", "prices_compared")
    ]


def test_a_column_asked_for_alone_is_what_it_is_among_all(whole):
    path, values = whole
    for (table, column), expected in values.items():
        con = duckdb.connect()
        found = ocds.load(con, [path], wanted={table: [column]})
        assert list(found) == [table]
        alone = con.execute(f"SELECT {column} FROM {found[table]} ORDER BY ALL").fetchall()
        assert alone == expected, (table, column)


def test_a_scan_for_some_indicators_reads_what_they_need_and_finds_the_same(tmp_path: Path):
    path = tmp_path / "made.jsonl"
    path.write_text("\n".join(map(json.dumps, releases(400, 5))), encoding="utf-8")
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(yaml.safe_dump({"ocds": SETTINGS}), encoding="utf-8")
    whole = engine.read([path], folder=tmp_path / "whole", mapping=mapping)
    wanted: dict[str, set[str]] = {}
    for indicator in catalogue.load(only=CODES).chosen(CODES):
        for table, columns in indicator.reads().items():
            wanted.setdefault(table, set()).update(columns)
    lean = engine.read([path], folder=tmp_path / "lean", mapping=mapping, wanted=wanted)
    assert lean.tables.keys() < whole.tables.keys()
    assert len(lean.tables["award"].columns) < len(whole.tables["award"].columns)
    first, second = (list(engine.run(d, as_of=AS_OF, only=CODES).findings()) for d in (whole, lean))
    assert first == second
    assert first


def test_what_the_data_lack_makes_an_indicator_not_computable(tmp_path: Path):
    path = tmp_path / "a.jsonl"
    path.write_text(
        json.dumps({"ocid": "a", "tender": {"procurementMethod": "open", "numberOfTenderers": 1}}), encoding="utf-8"
    )
    run = scan([path], tmp_path, CODES, {})
    statuses = {outcome.code: outcome.status for outcome in run.outcomes}
    assert statuses.pop("R018") == "computed"
    assert set(statuses.values()) == {"not_computable"}
    assert all(outcome.missing for outcome in run.outcomes if outcome.code != "R018")


def test_later_processes_are_not_seen_by_an_earlier_day(tmp_path: Path):
    period = {"startDate": "2024-03-01T08:00:00Z", "endDate": "2024-03-02T08:00:00Z"}
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"ocid": "a", "tender": {"tenderPeriod": period}}), encoding="utf-8")
    dataset = engine.read([path], folder=tmp_path / "dataset")
    assert [f["subject_id"] for f in engine.run(dataset, as_of=date(2024, 3, 1), only=["R003"]).findings()] == ["a"]
    assert list(engine.run(dataset, as_of=date(2024, 2, 29), only=["R003"]).findings()) == []


def test_identity_numbers_among_the_ids_are_refused_without_a_key(tmp_path: Path):
    release = {"ocid": "a", "bids": {"details": [{"id": "1", "tenderers": [{"id": "11010519491231002X"}]}]}}
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(release), encoding="utf-8")
    with pytest.raises(Fault, match="证件号码"):
        engine.read([path], folder=tmp_path / "dataset")


# ---- plain tables give findings too --------------------------------------------------------------------------


def test_a_folder_of_tender_and_bid_tables_gives_findings(tmp_path: Path):
    data = tmp_path / "data"
    data.mkdir()
    tenders = [
        "tender_id,unit_id,method,bid_deadline,winner_id",
        "T1,U1,公开,2024-03-15 10:00:00,W",
        "T2,U1,公开,2024-03-15 10:00:00,W",
        "T3,U1,邀请,2024-03-15 10:00:00,W",
        "T4,U1,公开,2024-03-15 10:00:00,W",
        "T5,U1,公开,2024-03-15 10:00:00,V",
        "T6,U1,公开,2024-03-15 10:00:00,V",
    ]
    bids = [
        "bid_id,tender_id,bidder_id,price,submit_time,valid",
        "B1,T1,W,100.00,2024-03-14 09:00:00,是",
        "B2,T2,W,100.00,2024-03-15 10:00:01,是",
        "B3,T2,L,100.50,2024-03-14 09:00:00,是",
        "B4,T3,W,100.00,2024-03-14 09:00:00,是",
        "B5,T3,L,100.00,2024-03-14 09:00:00,否",
        "B6,T4,W,100.00,2024-03-14 09:00:00,是",
        "B7,T4,K,99.00,2024-03-14 09:00:00,否",
        "B8,T5,V,100.00,2024-03-14 09:00:00,是",
        "B9,T5,L,300.00,2024-03-14 09:00:00,是",
        "B10,T6,V,100.00,2024-03-14 09:00:00,是",
        "B11,T6,L,120.00,2024-03-14 09:00:00,是",
    ]
    (data / "tender.csv").write_text("\n".join(tenders), encoding="utf-8")
    (data / "bid.csv").write_text("\n".join(bids), encoding="utf-8")
    dataset = engine.read([data], folder=tmp_path / "dataset")
    codes = ("R018", "R024", "R028", "R030", "R036", "R058")
    run = engine.run(
        dataset, as_of=AS_OF, only=codes, parameters={"R024": {"threshold": 0.01}, "R058": {"threshold": 1}}
    )
    found = {(f["code"], f["subject_id"]) for f in run.findings() if f["subject_type"] == "tender"}
    assert found == {
        ("R018", "T1"), ("R024", "T2"), ("R030", "T2"), ("R028", "T3"), ("R036", "T3"), ("R036", "T4"), ("R058", "T5"),
    }  # fmt: skip


# ---- the slow twin -------------------------------------------------------------------------------------------


def prepared(given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the benchmark's settings make of releases, done by hand for the twin."""
    words = SETTINGS["codelists"]["bid_status"] | SETTINGS["codelists"]["award_status"]
    out = json.loads(json.dumps(given))
    for release in out:
        for part in (*release["bids"]["details"], *release["awards"]):
            if "status" in part:
                part["status"] = words.get(part["status"], part["status"])
    excluded = SETTINGS["exclusions"]["procurement_method_details"]
    return [r for r in out if r["tender"]["procurementMethodDetails"] not in excluded]


@pytest.mark.parametrize("seed", [1, 2])
def test_all_eleven_agree_with_the_slow_twin(seed: int, tmp_path: Path):
    made = list(releases(3000, seed))
    dice = random.Random(seed)
    for release in made:
        if dice.random() < 0.3:
            del release["tender"]["numberOfTenderers"]
        if dice.random() < 0.1:
            release["tender"]["tenderPeriod"]["endDate"] = (
                release["tender"]["tenderPeriod"]["endDate"][:10] + "T00:00:00Z"
            )
    path = tmp_path / "made.jsonl"
    path.write_text("\n".join(map(json.dumps, made)), encoding="utf-8")
    run = scan([path], tmp_path, CODES, SETTINGS | {"time_zone": "-05:00"})
    found = {(f["subject_type"], f["subject_id"], f["code"]): f["metric"] for f in run.findings()}
    uncompared = SETTINGS["no_price_comparison_procurement_methods"]
    expected = slow_twins.judge(prepared(made), SETTINGS["currency"], uncompared)
    assert found.keys() == expected.keys()
    assert found == pytest.approx(expected, rel=1e-15)
    assert {code for _, _, code in found} >= {"R003", "R018", "R028", "R030", "R035", "R036", "R038", "R058"}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_kinds_of_goods_agree_with_the_slow_twin(seed: int, tmp_path: Path):
    dice = random.Random(seed)
    made = []
    for number in range(1500):
        supplier = f"S{dice.randint(1, 40)}"
        widest = 60 if supplier == "S7" else 6
        items = [{"classification": {"id": f"{dice.randint(1, widest) + 10}00"}} for _ in range(dice.randint(0, 2))]
        award = {"status": "active", "suppliers": [{"id": supplier}], "items": items}
        made.append({"ocid": str(number), "tender": {}, "awards": [award]})
    path = tmp_path / "made.jsonl"
    path.write_text("\n".join(map(json.dumps, made)), encoding="utf-8")
    run = scan([path], tmp_path, ("R048",), {})
    found = {(f["subject_type"], f["subject_id"], f["code"]): f["metric"] for f in run.findings()}
    assert found == slow_twins.many_kinds(made)
    assert ("bidder", "S7", "R048") in found


def tenders_with(differences: list[float], dice: random.Random) -> list[dict[str, Any]]:
    """Tenders won by the lowest of two bids, the second higher by the given shares."""
    made = []
    for number, difference in enumerate(differences):
        bidders = dice.sample(["S1", "S2", "S3", "S4", "S5", "S6"], 2)
        bids = [
            {"status": "valid", "tenderers": [{"id": bidder}], "value": {"amount": amount, "currency": "PEN"}}
            for bidder, amount in zip(bidders, (100.0, round(100 * (1 + difference), 2)), strict=True)
        ]
        award = {"status": "active", "suppliers": [{"id": bidders[0]}]}
        made.append(
            {"ocid": str(number), "tender": {"status": "complete"}, "bids": {"details": bids}, "awards": [award]}
        )
    return made


@pytest.mark.parametrize("seed", range(6))
def test_fences_above_zero_agree_with_the_slow_twin(seed: int, tmp_path: Path):
    dice = random.Random(seed)
    ordinary = [round(dice.choice((0.3, 0.31, 0.32, 0.35, 0.4)), 2) for _ in range(dice.randint(20, 60))]
    made = tenders_with([*ordinary, 0.01, 0.02, 0.5, 0.9, 0.15], dice)
    path = tmp_path / "made.jsonl"
    path.write_text("\n".join(map(json.dumps, made)), encoding="utf-8")
    run = scan([path], tmp_path, ("R024", "R025", "R058"), {"currency": "PEN"})
    found = {(f["subject_type"], f["subject_id"], f["code"]): f["metric"] for f in run.findings()}
    expected = slow_twins.differences(made, "PEN") | slow_twins.few_wins(made)
    assert found.keys() == expected.keys()
    assert found == pytest.approx(expected, rel=1e-15)
    assert {code for _, _, code in found} >= {"R024", "R058"}


def test_fences_are_rounded_once_like_a_fused_multiply_add():
    """Values on a fence are on it: the SQL gives the very double that a fused multiply-add gives."""
    rule = derived()["difference_fence"].rule
    sql = rule.bind(Bindings(AS_OF, Calendar(AS_OF, AS_OF)), "duckdb")
    dice, con, apart = random.Random(7), duckdb.connect(), 0
    for _ in range(300):
        low, high = sorted(dice.choice((dice.random(), round(dice.random(), 2))) for _ in range(2))
        values = [dice.choice((low, high, dice.uniform(low, high))) for _ in range(dice.randint(1, 12))]
        con.execute("CREATE OR REPLACE TABLE tender_difference (difference DOUBLE)")
        con.executemany("INSERT INTO tender_difference VALUES (?)", [[value] for value in values])
        q1, q3, lower, upper = con.execute(sql).fetchone() or ()
        assert (q1, lower, upper) == slow_twins.fences(values)
        apart += (lower, upper) != (q1 - 1.5 * (q3 - q1), q3 + 1.5 * (q3 - q1))
    assert apart > 20  # plain arithmetic would have got these wrong
