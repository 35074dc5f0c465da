"""The pipeline of the release's commit: a folder of its artifacts, and checks and issues by GitHub's API."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from acceptance.facts import ProbeError, Unseen, text
from acceptance.probes.ci_facts import CLOCKS_DIFFER, Ci
from acceptance.probes.ci_reports import (
    Bug,
    Coverage,
    Findings,
    Ignored,
    LogLine,
    Mutants,
    OtherCommit,
    Scan,
    TestRun,
    Unread,
)
from acceptance.visit import Visit

if TYPE_CHECKING:
    from acceptance.tables.ci import Ci as Table

ROLES = ("tests", "coverage", "mutation", "lint", "scans", "web_scan", "integration", "load", "staging")
STAMP = "pipeline.json"  # {"commit": ..., "finished": ...} of a folder and what lies below it
COMPLAINT = re.compile(
    r"(?<![\w./-])(?:warn|warning|warnings|error|errors|fatal|panic|panicked)(?:\[\w+\])?(?=[:!\s]|$)|\bERR!"
    r"|\[\s*(?:warn|warning|error|fatal)\s*\]|\"level\":\s*\"(?:warn|warning|error|fatal|panic)\"",
    re.IGNORECASE,
)
HARMLESS = re.compile(r"\b(?:0|no|zero) (?:warnings?|errors?)\b", re.IGNORECASE)
LINES_LIMIT = 200


def look(visit: Visit) -> Ci:
    """Read the folder, and ask the forge where the target names one."""
    from acceptance.pipeline import forge

    table = visit.target.ci
    if table is None:
        raise ProbeError("the pipeline", "the target grants no [ci]")
    commit = str(visit.need("release").commit)
    root = visit.target._folder / table.folder.replace("{commit}", commit)
    if not root.is_dir():
        raise ProbeError("the pipeline's artifacts", f"there is no folder {root} for commit {commit[:12]}")
    read = read_folder(root, table, commit, visit.now)
    return Ci(
        commit=commit,
        where=table.folder.replace("{commit}", commit[:12]),
        now=visit.now,
        **read,
        ignored=_ignored(visit.target._folder, table),
        checks=forge.checks(visit, table.github, commit) if table.github else (),
        required=table.github.checks if table.github else {},
        bugs=_bugs(visit, table),
        hosts=_hosts(visit),
    )


def read_folder(root: Path, table: Table, commit: str, now: datetime) -> dict[str, Any]:
    """Every report of the folder by its kind; what can't be read or is of another commit keeps its name."""
    from acceptance.pipeline import reading, sniff

    found: dict[type, list[Any]] = {
        each: [] for each in (TestRun, Coverage, Mutants, Findings, Scan, OtherCommit, Unread, LogLine)
    }
    logs: list[str] = []
    try:
        names = tuple(n for n in reading.files(root) if not n.endswith(STAMP))
    except reading.Refused as problem:
        raise ProbeError(f"the pipeline's artifacts in {root}", str(problem)) from None
    stamps = _Stamps(root, commit)
    seen: dict[tuple[str, bytes], str] = {}
    for role in (*ROLES, "build_log"):
        for name in reading.matching(names, getattr(table, role)):
            stamp = stamps.of(name)
            if isinstance(stamp, Unread):
                found[Unread].append(Unread(name, role, stamp.why))
                continue
            if stamp.commit != commit:
                found[OtherCommit].append(OtherCommit(name, role, stamp.commit))
                continue
            try:
                for part, data in reading.contents(root, name):
                    if (twin := seen.setdefault((role, data), part)) != part:
                        raise reading.Refused(f"is the same file as {twin}")
                    if role == "build_log":
                        logs.append(part)
                        found[LogLine] += complaints(part, data, table.build_allow)
                        continue
                    reports, named = sniff.report(part, role, data)
                    if named and named != commit:
                        found[OtherCommit].append(OtherCommit(part, role, text(named, 40)))
                        continue
                    for report in reports:
                        found[type(report)].append(_dated(report, stamp, now))
            except reading.Refused as problem:
                found[Unread].append(Unread(name, role, str(problem)))
    return {
        "runs": tuple(found[TestRun]),
        "coverage": tuple(found[Coverage]),
        "mutants": tuple(found[Mutants]),
        "findings": tuple(found[Findings]),
        "scans": tuple(found[Scan]),
        "others": tuple(found[OtherCommit]),
        "unread": tuple(found[Unread]),
        "log_files": tuple(logs),
        "log_lines": tuple(found[LogLine][:LINES_LIMIT]),
    }


def complaints(name: str, data: bytes, allowed: dict[str, str]) -> list[LogLine]:
    """Lines of a build log that warn or fail, save those that the target allows with a reason."""
    found: list[LogLine] = []
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        plain = re.sub(r"\x1b\[[0-9;]*m", "", line[:2000])
        if COMPLAINT.search(HARMLESS.sub("", plain)) and not any(each in plain for each in allowed):
            found.append(LogLine(name, number, text(plain.strip(), 160)))
    return found


class _Stamp:
    def __init__(self, commit: str, finished: datetime | None) -> None:
        self.commit, self.finished = commit, finished


class _Stamps:
    """Which commit files are of: the nearest pipeline.json above them, else the folder's own name."""

    def __init__(self, root: Path, commit: str) -> None:
        self.root = root
        self.by_name = _Stamp(commit if root.name == commit else "", None)
        self.known: dict[str, _Stamp | Unread | None] = {}

    def of(self, name: str) -> _Stamp | Unread:
        """The stamp that holds for a file."""
        for folder in Path(name).parents:
            if stamp := self._read(str(folder / STAMP)):
                return stamp
        return self.by_name

    def _read(self, name: str) -> _Stamp | Unread | None:
        if name not in self.known:
            self.known[name] = self._fresh(name)
        return self.known[name]

    def _fresh(self, name: str) -> _Stamp | Unread | None:
        from acceptance.pipeline import reading, scans

        if not (self.root / name).exists():
            return None
        try:
            data = json.loads(dict(reading.contents(self.root, name))[name])
            return _Stamp(str(data["commit"]), scans.when(data.get("finished")))
        except (reading.Refused, ValueError, RecursionError, KeyError, TypeError, AttributeError) as problem:
            return Unread(name, "", f"{name}: {type(problem).__name__} {text(problem, 100)}")


def _dated(report: Any, stamp: _Stamp, now: datetime) -> Any:
    """A scan with its date. One from the future would never grow old: it is refused."""
    from dataclasses import replace

    from acceptance.pipeline.reading import Refused

    if isinstance(report, Scan) and report.made is None:
        report = replace(report, made=stamp.finished)
    if isinstance(report, Scan) and report.made and report.made > now + CLOCKS_DIFFER:
        raise Refused(f"is dated {report.made:%Y-%m-%d %H:%M %Z}, which lies in the future")
    return report


def _ignored(folder: Path, table: Table) -> tuple[Ignored, ...]:
    if not table.ignores:
        return ()
    path = folder / table.ignores
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
        return tuple(
            Ignored(id, _said(each, "reason"), _said(each, "approver"), _until(each)) for id, each in entries.items()
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as problem:
        raise ProbeError(f"accepted findings in {path}", f"{type(problem).__name__}: {problem}") from None


def _said(entry: dict[str, Any], key: str) -> str:
    if not (value := str(entry[key]).strip()):
        raise ValueError(f"{key} is empty")
    return text(value, 200)


def _until(entry: dict[str, Any]) -> datetime:
    value = entry["until"]
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if not isinstance(value, date):
        raise TypeError("until must be a date without quotes")
    return datetime.combine(value, time.max, tzinfo=UTC)


def _bugs(visit: Visit, table: Table) -> tuple[Bug, ...] | Unseen | None:
    from acceptance.pipeline import forge

    if table.issues_export:
        return forge.exported(visit.target._folder / table.issues_export, table.severity_labels)
    if table.github and table.github.issues:
        return forge.bugs(visit, table.github, table.severity_labels)
    return None


def _hosts(visit: Visit) -> tuple[str, ...]:
    from urllib.parse import urlsplit

    urls = visit.target.urls
    return tuple(dict.fromkeys(urlsplit(url).hostname or "" for url in (urls.base, urls.api, urls.dashboard)))
