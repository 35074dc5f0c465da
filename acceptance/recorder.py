"""Keeps the results of a run as they come, and writes the run's files from them."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from acceptance.checklist import Item, checklist
from acceptance.facts import load
from acceptance.judge import Case, catalogue
from acceptance.record.model import ItemRow, Record, Requests
from acceptance.run import Run
from acceptance.verdict import Result, Status, decide

EVERY_S = 2.0  # the record is rendered at most this often while the run goes on


class Recorder:
    """The controller's memory of the run."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.results: dict[str, Result] = {}
        self.record: Record | None = None
        self._rendered = 0.0

    def take(self, result: dict[str, Any]) -> None:
        """One result, as it rides on a report: into the journal at once, into the record when it is time."""
        with (self.run.folder / "journal.jsonl").open("a", encoding="utf-8") as journal:
            journal.write(json.dumps(result, ensure_ascii=False) + "\n")
        self.results[result["id"]] = load(Result, json.dumps(result))
        if time.monotonic() - self._rendered > EVERY_S:
            self.render(complete=False)

    def finish(self, selected: Iterable[str], *, cut: bool) -> Record:
        """Settle what was selected and never reported, and write the whole record."""
        for id in selected:
            if id not in self.results:
                status = Status.NOT_RUN if cut else Status.BLOCKED
                note = "the run was cut" if cut else "its worker was lost"
                self.results[id] = Result(id, checklist()[id].severity, status, status, note=note)
        return self.render(complete=not cut, running=False)

    def render(self, *, complete: bool, running: bool = True) -> Record:
        """Write the record's files as things stand."""
        from acceptance.record import html, junit, markdown
        from acceptance.record.file import dump

        self._rendered = time.monotonic()
        self.record = record = self._record(complete=complete, running=running)
        folder = self.run.folder
        replace_file(folder / "record.json", dump(record))
        replace_file(folder / "record.html", html.render(record))
        replace_file(folder / "checklist.md", markdown.render(record, checklist().text))
        replace_file(folder / "junit.xml", junit.render(record))
        return record

    def summary(self, *, colour: bool) -> str:
        """What the terminal says at the end."""
        from acceptance.record import terminal

        assert self.record
        return terminal.render(self.record, str(self.run.folder), colour)

    def _record(self, *, complete: bool, running: bool) -> Record:
        cases = catalogue()
        results = [self.results.get(item.id) or _not_run(item, cases) for item in checklist().items]
        return Record(
            target=self.run.target.name,
            version="",
            commit="",
            started=self.run.now,
            ended=None if running else datetime.now(UTC),
            selection=self.run.selection,
            complete=complete,
            verdict=decide(results),
            requests=Requests(**self.run.requests()),
            items=tuple(_row(r, cases) for r in results),
            run=self.run.folder.name,
            running=running,
            replayed_from=self.run.replayed_from,
            allow=tuple(sorted(self.run.allow)),
            doubles=self.run.target.doubles,
        )


def _not_run(item: Item, cases: dict[str, Case]) -> Result:
    note = "not selected" if item.attested or item.id in cases else "this suite has no test for it yet"
    return Result(item.id, item.severity, Status.NOT_RUN, Status.NOT_RUN, note=note)


def _row(result: Result, cases: dict[str, Case]) -> ItemRow:
    item = checklist()[result.id]
    return ItemRow(
        id=item.id,
        sentence=item.sentence,
        section=item.section,
        severity=item.severity,  # type: ignore[arg-type]  # the parser allows these words only
        status=result.status,
        found=result.found,
        by=result.by,
        looked=result.looked,
        evidence=result.evidence,
        note=result.note,
        seconds=result.seconds,
        impact=item.impact,
        phase=item.phase,
        mend=cases[item.id].mend if item.id in cases else "",
    )


def replace_file(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(f".{path.name}-{os.getpid()}")
    part.write_text(text, encoding="utf-8")
    part.rename(path)
