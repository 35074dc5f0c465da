"""Records of earlier runs of the phase before deployment: what they decided, and whether they are as they were written."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from acceptance.facts import ProbeError, facts
from acceptance.visit import Visit

if TYPE_CHECKING:
    from acceptance.record.model import Record
    from acceptance.signoff import People

NEWEST = 40  # so many runs of this target are read, newest first
READ = 400  # and of so many altogether: other targets may share the folder


@facts
class Approval:
    """One run that judged the whole phase before deployment; `signed` are roles whose signature holds."""

    run: str
    version: str
    commit: str
    ended: datetime
    decision: str
    approved: bool
    signed: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()  # what was changed since it was signed

    def __repr__(self) -> str:
        return f"{self.run}: {self.decision}{' (approved)' if self.approved else ''}"[:200]


@facts
class Approvals:
    """The runs of one folder. `moment` is the deployment's start once it has begun, else the moment of the look."""

    folder: str
    version: str
    commit: str
    moment: datetime
    runs: tuple[Approval, ...]
    unreadable: dict[str, str]  # run -> why its record is not believed

    def __repr__(self) -> str:
        return f"{len(self.runs)} records of the phase before deployment in {self.folder}"[:200]

    def looked(self) -> str:
        """How many records, and which counts."""
        return f"{self!r}; the newest for {self.version} is {self._newest() or 'none'}"

    def why_not_approved(self, *, hours: float) -> tuple[str, ...]:
        """Why the newest record for this version and commit does not let it go, or lies more than so many hours back."""
        newest = self._newest()
        if newest is None:
            none = f"no record judged the phase before deployment for {self.version} at {self.commit[:12]}"
            return (none, *self._unreadable_since(""))
        wrong = list(self._unreadable_since(newest.run))
        if self.moment - newest.ended > timedelta(hours=hours):
            age = (self.moment - newest.ended) / timedelta(hours=1)
            wrong.append(f"{newest.run} ended {age:.1f} h before the deployment, {hours:g} h at most are allowed")
        if newest.decision == "GO WITH APPROVAL" and newest.approved:
            if "Tech Lead" not in newest.signed:
                wrong.append(f"{newest.run} is GO WITH APPROVAL, and no Tech Lead has signed it")
        elif newest.decision != "GO":
            wrong.append(
                f"{newest.run} is {newest.decision}" + ("" if newest.decision == "NO-GO" else ", not approved")
            )
        return (*wrong, *(f"{newest.run}: {problem}" for problem in newest.problems))

    def later_than(self, review: datetime) -> tuple[str, ...]:
        """The record, when it ended after its review; that there is none is INFRA-READY-01's to say."""
        newest = self._newest()
        if newest is None or newest.ended < review:
            return ()
        return (
            f"{newest.run} ended {newest.ended:%Y-%m-%d %H:%M %Z}, its review was signed {review:%Y-%m-%d %H:%M %Z}",
        )

    def _newest(self) -> Approval | None:
        own = (run for run in self.runs if (run.version, run.commit) == (self.version, self.commit))
        before = [run for run in own if run.ended <= self.moment]
        return max(before, key=lambda run: run.ended, default=None)

    def _unreadable_since(self, run: str) -> tuple[str, ...]:
        return tuple(why for name, why in self.unreadable.items() if name > run)


def look(visit: Visit) -> Approvals:
    """Read the records of the target's earlier runs, and check what is signed with the people of the target."""
    from acceptance.record.file import RecordError, load
    from acceptance.words import WordsError, read_people

    release = visit.need("release")
    table = visit.target.records
    folder = (visit.target._folder / table.folder) if table else visit.run.parent
    try:
        people = read_people(visit.target._folder / "people.toml")
    except WordsError as problem:
        raise ProbeError("who may sign", str(problem)) from None
    runs: list[Approval] = []
    unreadable: dict[str, str] = {}
    own = 0
    for path in sorted(folder.glob("*/record.json"), reverse=True)[:READ]:
        if own == NEWEST:
            break
        run = path.parent
        if run.is_symlink() or run == visit.run:
            continue
        try:
            record = load(path.read_bytes().decode("utf-8", "replace"), f"{run.name}/record.json")
        except (RecordError, OSError) as problem:
            unreadable[run.name] = str(problem)[:300]
            continue
        if record.target != visit.target.name:
            continue
        own += 1
        if record.ended and covers(record):
            runs.append(_approval(run, record, people))
    return Approvals(str(folder), release.version, release.commit, release.moment, tuple(runs), unreadable)


def covers(record: Record) -> bool:
    """Whether a run looked itself, to its end, at every item before deployment that does nothing to the target."""
    from acceptance.verdict import Status

    before = [item for item in record.items if item.phase == "before" and not item.impact]
    judged = before and all(item.status is not Status.NOT_RUN for item in before)
    return bool(judged and record.complete and not record.running and not record.replayed_from)


def _approval(folder: Path, record: Record, people: People) -> Approval:
    from acceptance.record.signatures import FOLDER, verify

    seen = verify(folder, people, pages=False) if (folder / FOLDER).is_dir() else None
    return Approval(
        run=folder.name,
        version=record.version,
        commit=record.commit,
        ended=record.ended or record.started,
        decision=str(record.verdict.decision),
        approved=record.verdict.approved,
        signed=seen.signed if seen else (),
        problems=tuple(problem[:300] for problem in seen.problems[:20]) if seen else (),
    )
