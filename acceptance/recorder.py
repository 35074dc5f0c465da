"""Keeps the results of a run as they come, and writes the run's files from them."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from acceptance import history
from acceptance.advice import in_one_look
from acceptance.checklist import Item, checklist
from acceptance.facts import ProbeError, dump, load
from acceptance.judge import Case, catalogue
from acceptance.nothing_runs import without_running_parts
from acceptance.record.compare import with_since
from acceptance.record.model import Deployment, ItemRow, Record, SignOff
from acceptance.record.runbook import commands, contacts, endpoints
from acceptance.record.shots import shots
from acceptance.redact import Redactor
from acceptance.run import Run, point_latest
from acceptance.settle import Said, settle
from acceptance.signoff import ROLES, TAKE_DOWN
from acceptance.target import Target
from acceptance.verdict import Result, Status, decide

T = TypeVar("T")
EARLIER = 200  # runs, samples of a watch among them, that are read at most to say since when an item is as it is
EVERY_S = 2.0  # the record is rendered at most this often while the run goes on


class Recorder:
    """The controller's memory of the run."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.results: dict[str, Result] = {}
        self.record: Record | None = None
        self.lost = ""  # why a file of the run could not be written: a full disk, a folder that is gone
        self._next_render = 0.0
        self._earlier: Iterator[Record] | None = None

    def take(self, result: dict[str, Any]) -> None:
        """One result, as it rides on a report: into the journal at once, into the record when it is time."""
        with self._writing(), (self.run.folder / "journal.jsonl").open("a", encoding="utf-8") as journal:
            journal.write(json.dumps(result, ensure_ascii=False) + "\n")
        self.results[result["id"]] = load(Result, json.dumps(result))
        if time.monotonic() > self._next_render:
            began = time.monotonic()
            self.render(complete=False)
            # a tenth of the time at most, however long a record takes to render
            self._next_render = time.monotonic() + max(EVERY_S, 10 * (time.monotonic() - began))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """What can't be written is remembered: the run goes on, and says at its end that it is not whole."""
        try:
            yield
        except OSError as problem:
            self.lost = self.lost or f"{problem.filename or self.run.folder}: {problem.strerror or problem}"

    def finish(self, selected: list[str], *, cut: bool) -> Record:
        """Settle what was selected and never reported, write the whole record, and let `latest` lead to it."""
        for id in selected:
            if id not in self.results:
                status = Status.NOT_RUN if cut else Status.BLOCKED
                note = "the run was cut" if cut else "its worker was lost"
                self.results[id] = Result(id, checklist()[id].severity, status, status, note=note)
        if not self.run.replayed_from:
            self._earlier = history.read_newest(self.run.folder.parent, EARLIER)
        record = self.render(complete=not cut, running=False)
        if self.lost:
            self.record = record = replace(record, complete=False)
        elif selected and not self.run.replayed_from:
            with self._writing():
                point_latest(self.run.folder)
        return record

    def render(self, *, complete: bool, running: bool = True) -> Record:
        """Write the record's files as things stand."""
        from acceptance.record import file, html, junit, markdown

        self.record = record = self._record(complete=complete, running=running)
        folder = self.run.folder
        files: dict[str, Callable[[], str]] = {
            "record.json": lambda: file.dump(record), "record.html": lambda: html.render(record),
            "checklist.md": lambda: markdown.render(record, checklist().text), "junit.xml": lambda: junit.render(record),
        }  # fmt: skip
        for name, rendered in files.items():
            with self._writing():
                replace_file(folder / name, rendered())
        return record

    def summary(self, *, colour: bool) -> str:
        """What the terminal says at the end."""
        from acceptance.record import terminal

        assert self.record
        said = terminal.render(self.record, str(self.run.folder), colour)
        return f"{said}What lies there is not whole, a file could not be written: {self.lost}\n" if self.lost else said

    def tell_github(self, summary_file: str) -> str:
        """Add to the step summary of GitHub Actions; the annotations to print."""
        from acceptance.record import github

        assert self.record
        with Path(summary_file).open("a", encoding="utf-8") as summary:
            summary.write(github.summary(self.record))
        return github.commands(self.record)

    def _record(self, *, complete: bool, running: bool) -> Record:
        # while pytest has not collected yet, nobody else may import the tests: their assertions would go unseen
        cases = catalogue() if self.results or not running else {}
        said, version = self.run.said, self._running_version()
        found = {item.id: self.results.get(item.id) or _not_run(item, cases) for item in checklist().items}
        if self._nothing_runs():
            found = {
                id: without_running_parts(each, checklist()[id], cases.get(id), self.run.target)
                for id, each in found.items()
            }
        results = [settle(each, checklist()[id], said, version) for id, each in found.items()]
        redact = self.run.redactor()  # people's words are read as they were written
        results = [_clean(result, redact) if said.of(checklist()[result.id]) else result for result in results]
        record = Record(
            target=self.run.target.name,
            version=said.version or version,
            commit=said.release.commit if said.release else "",
            started=self.run.now,
            ended=None if running else max(self.run.now, datetime.now(UTC)),  # a clock may have been set back
            selection=redact(self.run.selection),
            complete=complete,
            verdict=decide(results, said.words.planned(self.run.now)),
            requests=self.run.requests(),
            items=tuple(self._drawn(_row(r, cases, said, redact, self.run.folder), running) for r in results),
            run=self.run.folder.name,
            running=running,
            replayed_from=self.run.replayed_from,
            allow=tuple(sorted(self.run.allow)),
            doubles=self.run.target.doubles,
            advice="" if running else in_one_look((r.id, r.found, " ".join([r.note, *r.evidence])) for r in results),
            **{name: _clean(part, redact) for name, part in people_of(said, self.run.target).items()},
        )
        return record if self._earlier is None else with_since(record, self._earlier)

    def _drawn(self, row: ItemRow, running: bool) -> ItemRow:
        """An item with its charts and tables, once the run is over."""
        if running or row.found not in (Status.PASS, Status.FAIL, Status.BLOCKED):
            return row
        from acceptance.record.drawn import charts_of, tables_of

        return replace(row, charts=charts_of(row.id, self.run.facts), tables=tables_of(row.id, self.run.facts))

    def _nothing_runs(self) -> bool:
        return (self.run.folder / "facts" / "hosts.json").exists() and self.run.nothing_runs()

    def _running_version(self) -> str:
        """The version that runs by its own word; two versions during one run are both named."""
        said = []
        for probe in ("status_document", "status_at_end"):
            with suppress(ProbeError):
                if (self.run.folder / "facts" / f"{probe}.json").exists():
                    said.append(self.run.facts(probe).version)
        return " and then ".join(dict.fromkeys(filter(None, said)))


def _clean(value: T, redact: Redactor) -> T:
    """A part of the record without secrets."""
    if isinstance(value, tuple):
        return tuple(_clean(each, redact) for each in value)  # type: ignore[return-value]  # of the same things
    return load(type(value), dump(value, redact))


def _not_run(item: Item, cases: dict[str, Case]) -> Result:
    note = "not selected" if item.attested or item.id in cases else "this suite has no test for it yet"
    return Result(item.id, item.severity, Status.NOT_RUN, Status.NOT_RUN, note=note)


def _row(result: Result, cases: dict[str, Case], said: Said, redact: Redactor, folder: Path) -> ItemRow:
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
        words=_clean(said.of(item), redact),
        shots=shots(item.id, folder, passed=result.found is Status.PASS),
    )


def people_of(said: Said, target: Target) -> dict[str, Any]:
    """What the record says of the deployment and its people."""
    release = said.release
    found: dict[str, Any] = {
        "commands": commands(_back_to(said)),
        "sign_off": tuple(SignOff(role) for role in ROLES),
        "endpoints": endpoints(target),
    }
    if release:
        started = release.started
        found["deployment"] = Deployment(
            date=f"{started:%Y-%m-%d}" if started else "",
            time=f"{started:%H:%M %Z}" if started else "",
            commit=release.commit,
            version=release.version,
            deployed_by=release.deployed_by,
            status=release.status,
            issues=tuple(f"{issue.summary} ({issue.severity})" for issue in release.known_issues or ()),
            notes=release.notes,
        )
        found["contacts"] = contacts(release.contacts)
    return found


def _back_to(said: Said) -> str:
    back = said.release.rollback if said.release else ""
    if back in ("", TAKE_DOWN):
        return ""
    known = said.words.releases.get(back)
    return known.git_tag if known else f"v{back}"


def replace_file(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        part.write_text(text, encoding="utf-8")
        part.rename(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
