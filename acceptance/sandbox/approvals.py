"""The record of the phase before deployment, as an earlier run of the suite left it: GO, two hours before the start."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import Any

from acceptance.checklist import Item, checklist
from acceptance.record.file import dump
from acceptance.record.model import ItemRow, Record, Requests
from acceptance.sandbox.fault import Fault
from acceptance.sandbox.world import World
from acceptance.verdict import Result, Status, decide

PROBES = ("approvals",)
FAULTS: tuple[Fault, ...] = tuple(
    Fault(name, "approvals", change, ("INFRA-READY-01",))
    for name, change in (
        ("record-missing", "no run judged the phase before deployment"),
        ("record-no-go", "the checks before deployment ended in NO-GO"),
        ("record-of-another-commit", "the checks were run for another commit"),
        ("record-of-another-version", "the checks were run for another version"),
        ("record-edited", "a status in the record was edited by hand"),
        ("record-cut", "the record's file is cut"),
        ("record-two-days-old", "the checks were run two days before the deployment"),
        ("record-of-few-items", "only half of the phase was judged"),
        ("record-not-signed", "a GO with approval that nobody has signed"),
    )
)
FOLDER = "records"


def start(world: World) -> dict[str, Any]:
    """Write the record; the target says where it lies."""
    refresh(world)
    return {"records": {"folder": FOLDER}, "doubles": ["records of earlier runs"]}


def refresh(world: World) -> None:
    """Write what is true with the faults that are on."""
    folder = world.folder / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    if world.on("record-missing"):
        folder.mkdir()
        return
    record = _record(world)
    run = folder / record.run
    run.mkdir(parents=True)
    text = dump(record)
    if world.on("record-edited"):
        text = text.replace('"note": ""', '"note": "checked by hand"', 1)
    if world.on("record-cut"):
        text = text[: len(text) // 2]
    (run / "record.json").write_text(text, encoding="utf-8")


def _record(world: World) -> Record:
    ended = (world.started - timedelta(hours=50 if world.on("record-two-days-old") else 2)).replace(microsecond=0)
    began = ended - timedelta(minutes=9)
    items = tuple(_row(item, number, world) for number, item in enumerate(checklist().items))
    return Record(
        target=world.folder.name,
        version=world.previous if world.on("record-of-another-version") else world.version,
        commit="1" * 40 if world.on("record-of-another-commit") else world.shared["release_commit"],
        started=began,
        ended=ended,
        selection="-m before",
        complete=True,
        verdict=decide(Result(row.id, row.severity, row.status, row.found, row.by) for row in items),
        requests=Requests(431, 0),
        items=items,
        run=f"{began:%Y%m%dT%H%M%SZ}",
    )


def _row(item: Item, number: int, world: World) -> ItemRow:
    status, by = Status.PASS, "measured"
    if item.phase != "before" or (world.on("record-of-few-items") and number % 2):
        status = Status.NOT_RUN
    elif world.on("record-no-go") and item.severity == "critical":
        status = Status.FAIL
    elif world.on("record-not-signed") and item.severity == "high":
        status, by = Status.WAIVED, "waived"
    found = Status.FAIL if status is Status.WAIVED else status
    return ItemRow(
        item.id, item.sentence, item.section, item.severity, status, found, by,  # type: ignore[arg-type]
        impact=item.impact, phase=item.phase,
    )  # fmt: skip
