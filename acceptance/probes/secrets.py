"""Secrets in the release's tree and in all history of the clone. Findings name file, line and kind, never the value."""

from __future__ import annotations

import json
import time
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from acceptance.facts import ProbeError, Unseen, facts, offenders, text
from acceptance.visit import Visit

if TYPE_CHECKING:
    from acceptance.repository.git import Git
    from acceptance.repository.secrets import Found

SHOWN = 50


@facts
class Secret:
    """One secret: where it stands (`in_tree`: in the release itself), and of what kind it is."""

    file: str
    line: int
    kind: str
    in_tree: bool

    def __repr__(self) -> str:
        return f"{self.file}:{self.line} {self.kind} ({'in the release' if self.in_tree else 'in history'})"


@facts
class Secrets:
    """What the whole history holds. `accepted` are baseline entries that count, `rejected` those that don't."""

    path: str
    commit: str
    objects: int
    read_now: int
    compared: int  # live secrets that were looked for
    found: tuple[Secret, ...] = ()
    likely: tuple[Secret, ...] = ()
    accepted: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    unseen: tuple[Unseen, ...] = ()

    def __repr__(self) -> str:
        return f"history of {self.path}, {self.objects} objects"

    def looked(self) -> str:
        """How much was read, and what is listed but not judged."""
        shown = f"; likely: {', '.join(f'{s.file}:{s.line}' for s in self.likely[:5])}" if self.likely else ""
        taken = f"; accepted by the baseline: {', '.join(self.accepted[:5])}" if self.accepted else ""
        return (
            f"{self.objects} objects of all refs of {self.path} ({self.read_now} read now), structured secrets and "
            f"{self.compared} live ones{taken}{shown}"
        )

    def new(self) -> tuple[str, ...]:
        """Secrets that the baseline does not accept."""
        why = f"; {self.rejected[0]}" if self.rejected else ""
        return offenders([f"{each!r}{why}" for each in self.found], list(self.unseen))


def look(visit: Visit) -> Secrets:
    """Read what no earlier run read, and judge it against the baseline of the release."""
    from acceptance.repository import history
    from acceptance.repository.git import Git

    table = visit.target.repo
    assert table
    git = Git(visit.target._folder / table.path, lambda: visit.time_left_s(60))
    if why := git.incomplete():
        raise ProbeError("the whole history", why)
    commit = git.commit_of(visit.need("release").commit)
    if not commit:
        raise ProbeError(f"commit {visit.need('release').commit[:12]}", f"it is not in {table.path}; fetch it")
    live = _live(visit)
    kept = visit.state / "secrets-of-history.json"
    seen = history.Seen.load(kept, history.key_of(live))
    wanted = history.objects(git)
    try:
        read_now = history.read(git, seen, wanted, live, lambda: time.monotonic() < visit.ends - 5)
    finally:
        seen.save(kept)
    tree = _tree(git, commit)
    accepted, rejected = _baseline(git, commit, table.baseline, live, visit.now.date())
    found = [(_place(id, wanted[id], id in tree, each), each) for id in wanted for each in seen.found.get(id, ())]
    return Secrets(
        path=table.path,
        commit=commit,
        objects=len(wanted),
        read_now=read_now,
        compared=len(live),
        found=tuple(s for s, f in found if not f.likely and f.hash not in accepted)[:SHOWN],
        likely=tuple(s for s, f in found if f.likely and f.hash not in accepted)[:SHOWN],
        accepted=tuple(sorted({accepted[f.hash] for _, f in found if f.hash in accepted}))[:SHOWN],
        rejected=tuple(rejected)[:SHOWN],
        unseen=tuple(
            Unseen(f"{wanted[id] or id[:12]}", "the text is larger than 20 MB")
            for id in sorted(seen.too_large)
            if id in wanted
        ),
    )


def _place(id: str, path: str, in_tree: bool, found: Found) -> Secret:
    return Secret(text(path or f"message of {id[:12]}", 200), found.line, found.kind, in_tree)


def _tree(git: Git, commit: str) -> frozenset[str]:
    return frozenset(line.split()[2] for line in git.lines("ls-tree", "-r", "-z", commit) if len(line.split()) > 3)


def _live(visit: Visit) -> tuple[bytes, ...]:
    """Values of the target's secrets that are long enough to be told from words."""
    from acceptance.repository.secrets import placeholder

    values: set[bytes] = set()
    for name in visit.target.credentials:
        try:
            value = visit.secret(name)
        except ProbeError:
            continue  # what can't be read can't be compared; the probes that need it say so
        if len(value) >= 10 and not placeholder(value):
            values.add(value.encode())
    return tuple(sorted(values))


def _baseline(
    git: Git, commit: str, path: str, live: tuple[bytes, ...], today: date
) -> tuple[dict[str, str], list[str]]:
    """Entries of the release's audited baseline by hash: those with a rotation date whose value no live secret has."""
    import hashlib

    source = git.file(commit, path)
    if source is None:
        return {}, []
    in_use = {hashlib.sha1(value, usedforsecurity=False).hexdigest() for value in live}
    accepted: dict[str, str] = {}
    rejected: list[str] = []
    try:
        results: dict[str, list[dict[str, Any]]] = json.loads(source)["results"]
        for file, entries in results.items():
            for entry in entries:
                value, where = str(entry["hashed_secret"]), f"{file}:{entry.get('line_number', '?')}"
                if value in in_use:
                    rejected.append(f"{path} accepts {where}, which is in use")
                elif not _is_date(entry.get("rotated"), today):
                    rejected.append(f"{path} accepts {where} without a date in `rotated` that is past")
                else:
                    accepted[value] = f"{where} rotated {entry['rotated']}"
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        return {}, [f"{path} can't be read: {type(problem).__name__}"]
    return accepted, rejected


def _is_date(value: object, today: date) -> bool:
    try:
        return date.fromisoformat(str(value)) <= today + timedelta(days=1)  # it may be tomorrow where they are
    except ValueError:
        return False
