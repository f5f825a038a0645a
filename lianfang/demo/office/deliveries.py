"""What the units deliver to the demonstration office: registered, uploaded, checked and taken as the pages do it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml
from django.core.management import call_command

from lianfang.engine.tables import tables
from lianfang.web.detection import store
from lianfang.web.detection.actions import batches, datasets
from lianfang.web.detection.actions.datasets import Terms
from lianfang.web.detection.models import Delivery
from lianfang.web.detection.queries.data import SHORT_KEPT, SHORT_KEPT_DAYS, deliverable
from lianfang.web.organisation.models import Unit
from lianfang.web.shared.actor import Actor

# Who delivers the tables of a group.
PROVIDER = {
    "reference": "EZ06",
    "people": "EZ14",
    "companies": "U08",
    "works": "U01",
    "procurement": "EZ12",
    "payments": "EZ02",
    "subsidies": "U06",
    "expenses": "U12",
    "enforcement": "U09",
    "land": "EZ04",
    "welfare": "U05",
    "villages": "U06",
    "cadres": "EZ01",
    "assets": "EZ02",
    "education": "U04",
    "conduct": "EZ09",
    "events": "EZ02",
    "licensing": "U07",
    "medical": "EZ03",
    "justice": "EZ15",
}
SPECIAL = {"02 公职人员.xlsx": "EZ01", "09 死亡登记.xlsx": "U05", "13 政府采购.jsonl": "EZ12", "flow_rule.csv": "EZ02"}
SPECIAL |= {"14 资金拨付审批日志.csv": "EZ02", "post_history.parquet": "EZ01"}
OWN = {"01 单位与岗位.xlsx", "post_history.parquet"}  # the office is master of these
OPEN_CONTRACTING = {"tender", "lot", "bid", "bid_tenderer", "award", "award_supplier", "contract", "item", "party"}
LOG = {"event", "event_case", "flow_rule"}
PURPOSE = "比对公共权力运行数据，发现需要核实的情形"
BASIS = "《中华人民共和国监察法》第十八条；与提供单位签订的数据使用协议"
KEPT_DAYS = 3 * 365


def deliver(data: Path, *, analyst: Actor, head: Actor) -> None:
    """Register what each unit delivers and bring its files in, one folder a unit."""
    for provider, paths, mapping, named in _folders(data):
        for table in sorted(set(_tables(paths, named)) & set(deliverable())):
            _register(table, provider, head)
        _bring(provider, f"{provider.name}2024年度数据.zip", _packed(paths, mapping), analyst)


def deliver_again(data: Path, *, analyst: Actor) -> None:
    """Bring in anew what may be kept for thirty days only."""
    for provider, paths, mapping, named in _folders(data):
        short = [path for path in paths if set(_tables([path], named)) & SHORT_KEPT]
        if short:
            _bring(provider, f"{provider.name}短期数据.zip", _packed(short, mapping), analyst)


def _folders(data: Path) -> Iterator[tuple[Unit, list[Path], dict[str, object], dict[str, set[str]]]]:
    """For each unit its files, with the mapping and the tables that files are named for."""
    mapping = yaml.safe_load((data / "mapping.yaml").read_text(encoding="utf-8"))
    named: dict[str, set[str]] = {}
    for one in mapping["files"]:
        named.setdefault(one["match"], set()).add(one["table"])
    sent: dict[str, list[Path]] = {}
    for path in sorted(data.iterdir()):
        if path.name not in OWN | {"mapping.yaml"}:
            sent.setdefault(_provider(path, named), []).append(path)
    for code, paths in sent.items():
        yield Unit.objects.get(code=code), paths, mapping, named


def _provider(path: Path, named: dict[str, set[str]]) -> str:
    if path.name in SPECIAL:
        return SPECIAL[path.name]
    table = sorted(named.get(path.name, {path.stem}))[0]
    return PROVIDER[tables()[table].group]


def _tables(paths: Iterable[Path], named: dict[str, set[str]]) -> Iterator[str]:
    for path in paths:
        if path.suffix == ".jsonl":
            yield from OPEN_CONTRACTING
        elif path.name.startswith("14 "):
            yield from LOG
        else:
            yield from named.get(path.name, {path.stem})


def _register(table: str, provider: Unit, head: Actor) -> None:
    canonical = deliverable()[table]
    terms = Terms(
        title=canonical.zh,
        purpose=PURPOSE,
        legal_basis=BASIS,
        fields=list(canonical.columns),
        retention_days=SHORT_KEPT_DAYS if table in SHORT_KEPT else KEPT_DAYS,
    )
    datasets.register_dataset(table, by=head, provider=provider, terms=terms)


def _packed(paths: list[Path], mapping: dict[str, object]) -> bytes:
    """The unit's files as one folder, with the part of the mapping that speaks of them."""
    names = {path.name for path in paths}
    own = {"files": [one for one in mapping["files"] if one["match"] in names]}  # type: ignore[attr-defined]
    if any(name.startswith("14 ") for name in names):
        own["event_log"] = mapping["event_log"]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mapping.yaml", yaml.safe_dump(own, allow_unicode=True, sort_keys=False))
        for path in paths:
            archive.write(path, path.name)
    return out.getvalue()


def _bring(provider: Unit, name: str, content: bytes, analyst: Actor) -> Delivery:
    """Upload, confirm, check and take one folder, with the worker's part done here."""
    digest, size = store.keep_upload([content])
    delivery = batches.receive(
        by=analyst, provider=provider, file_name=name, digest=digest, size=size, runs_after=False
    )
    delivery = _worked(delivery, Delivery.State.PROPOSED)
    batches.confirm_mapping(delivery, by=analyst, sheets=[])
    delivery = _worked(delivery, Delivery.State.CHECKED)
    batches.ask_taking(delivery, by=analyst, runs_after=False)
    return _worked(delivery, Delivery.State.TAKEN)


def _worked(delivery: Delivery, state: str) -> Delivery:
    work()
    delivery.refresh_from_db()
    if delivery.state != state:
        raise RuntimeError(f"{delivery.file_name}: {delivery.state} instead of {state}: {delivery.fault}")
    return delivery


def work() -> None:
    """Do what waits for the worker, here and now."""
    call_command("db_worker", batch=True, startup_delay=False, interval=0, verbosity=0)
