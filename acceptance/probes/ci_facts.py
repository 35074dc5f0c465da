"""All that the pipeline left for one commit, and what is wrong with it."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from acceptance.facts import ProbeError, Unseen, facts, offenders
from acceptance.probes.ci_reports import (
    FORMATTERS,
    LINTERS,
    TYPE_CHECKERS,
    Bug,
    Check,
    Coverage,
    Findings,
    Ignored,
    LogLine,
    Mutants,
    OtherCommit,
    Scan,
    Severity,
    TestRun,
    Unread,
)

CLOCKS_DIFFER = timedelta(hours=1)  # a scanner's and ours


@facts
class Ci:
    """All that the pipeline left for one commit."""

    commit: str
    where: str
    now: datetime
    runs: tuple[TestRun, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    mutants: tuple[Mutants, ...] = ()
    findings: tuple[Findings, ...] = ()
    scans: tuple[Scan, ...] = ()
    log_files: tuple[str, ...] = ()
    log_lines: tuple[LogLine, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    others: tuple[OtherCommit, ...] = ()
    unread: tuple[Unread, ...] = ()
    checks: tuple[Check, ...] | Unseen = ()
    required: dict[str, tuple[str, ...]] = field(default_factory=dict)  # role -> names of checks
    bugs: tuple[Bug, ...] | Unseen | None = None  # None: the target names no tracker
    hosts: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"pipeline of {self.commit[:12]} in {self.where}"

    def looked(self) -> str:
        """What was read, and of which commit."""
        skipped = sum(run.skipped for run in self.runs)
        per_service = "; ".join(repr(each) for each in self.coverage[:6])
        used = "; ".join(
            f"{i.id} ignored until {i.until:%Y-%m-%d}: {i.reason} ({i.approver})" for i in self.ignored[:5]
        )
        return (
            f"pipeline of {self.commit[:12]} in {self.where}: {len(self.runs)} test reports ({skipped} skipped), "
            f"{len(self.findings)} linter reports, {len(self.scans)} scans; {per_service}; {used}"
        ).rstrip("; ")[:900]

    def _unseen(self, *roles: str) -> list[Unseen]:
        return [Unseen(each.file, each.why) for each in self.unread if each.role in roles]

    def _missing(self, role: str, what: str) -> list[str]:
        others = [repr(each) for each in self.others if each.role == role]
        return others or [f"no {what} for commit {self.commit[:12]}"]

    def _checks(self, role: str) -> list[str]:
        """Named checks of a role that are not there or did not succeed; raises when the forge could not be asked."""
        wanted = self.required.get(role, ())
        if not wanted:
            return []
        if isinstance(self.checks, Unseen):
            raise ProbeError(self.checks.what, self.checks.why)
        state = {check.name: check.conclusion or check.status for check in self.checks}
        return [f"check {n!r}: {state.get(n, 'missing')}" for n in wanted if state.get(n) != "success"]

    def total_tests(self) -> int:
        """Test cases of all reports of the commit, skipped ones included."""
        unseen = self._unseen("tests")
        if unseen:
            raise ProbeError(unseen[0].what, unseen[0].why)
        return sum(run.tests for run in self.runs if run.role == "tests")

    def failed_runs(self, role: str) -> tuple[str, ...]:
        """Reports of a role with failures, errors or nothing that ran, checks that failed; or that none is there."""
        runs = [run for run in self.runs if run.role == role]
        wrong = [f"{run!r}: {', '.join(run.failed[:5])}".rstrip(": ") for run in runs if run.failures or run.errors]
        wrong += [f"{run.file}: all {run.tests} tests were skipped" for run in runs if run.skipped >= run.tests]
        wrong += self._checks(role)
        unseen = self._unseen(role)
        if not runs and not unseen and not self.required.get(role):
            wrong += self._missing(role, f"{role} run")
        return offenders(wrong, unseen)

    def coverage_percent(self) -> float:
        """Covered lines of all reports, recomputed from the raw counts."""
        unseen = self._unseen("coverage")
        if unseen:
            raise ProbeError(unseen[0].what, unseen[0].why)
        if not self.coverage:
            raise ProbeError("line coverage", self._missing("coverage", "coverage report")[0])
        return 100.0 * sum(c.covered for c in self.coverage) / sum(c.lines for c in self.coverage)

    def mutation_percent(self) -> float:
        """Detected mutants of all reports."""
        unseen = self._unseen("mutation")
        if unseen:
            raise ProbeError(unseen[0].what, unseen[0].why)
        if not self.mutants:
            raise ProbeError("mutation score", self._missing("mutation", "mutation report")[0])
        detected = sum(m.detected for m in self.mutants)
        return 100.0 * detected / (detected + sum(m.undetected for m in self.mutants))

    def findings_of(self, *tools: str) -> tuple[str, ...]:
        """What any of these tools reports; ProbeError when none of them left a report."""
        reports = [each for each in self.findings if each.tool in tools]
        wrong = [f"{each!r}: {'; '.join(each.shown[:3])}" for each in reports if each.count]
        unseen = self._unseen("lint")
        if not reports and not unseen:
            raise ProbeError(f"a report of {' or '.join(tools)}", self._missing("lint", "such report")[0])
        return offenders(wrong, unseen)

    def linter_findings(self) -> tuple[str, ...]:
        """What any linter reports."""
        return offenders([*self.findings_of(*LINTERS), *self._checks("lint")], [])

    def unformatted(self) -> tuple[str, ...]:
        """What any formatter would change."""
        return self.findings_of(*FORMATTERS)

    def type_errors(self) -> tuple[str, ...]:
        """What any type checker reports."""
        return self.findings_of(*TYPE_CHECKERS)

    def vulnerabilities(self, *severities: Severity | str, kinds: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Findings of those severities that no valid ignore entry covers.

        A severity that the report does not tell counts as high; whether it is critical can't be said.
        """
        scans = [s for s in self.scans if s.role == "scans" and (not kinds or s.kind in kinds)]
        wanted = {Severity(each) for each in severities or tuple(Severity)}
        if Severity.HIGH in wanted:
            wanted.add(Severity.UNKNOWN)
        wrong = [
            f"{found!r} ({scan.file}{self._why_not_ignored(found.id)})"
            for scan in scans
            for found in scan.found
            if found.severity in wanted and not self.ignores(found.id)
        ]
        unseen = self._unseen("scans", "ignores")
        if Severity.UNKNOWN not in wanted:
            unseen += [
                Unseen(
                    f"severity of {found.id}", f"{scan.file} does not tell it; list it among the ignored, or mend it"
                )
                for scan in scans
                for found in scan.found
                if found.severity is Severity.UNKNOWN and not self.ignores(found.id)
            ]
        if not scans and not unseen:
            raise ProbeError(f"a scan of {' or '.join(kinds) or 'any kind'}", self._missing("scans", "scan")[0])
        return offenders(wrong, unseen)

    def ignores(self, id: str) -> bool:
        """Whether a valid entry accepts a finding."""
        return any(each.id == id and self.now <= each.until for each in self.ignored)

    def _why_not_ignored(self, id: str) -> str:
        return next((f"; ignored until {i.until:%Y-%m-%d}, which is over" for i in self.ignored if i.id == id), "")

    def newest_scan_age_days(self, *kinds: str) -> float:
        """Days since the newest security scan of the commit, of any kind or of these."""
        scans = [scan for scan in self.scans if scan.role == "scans" and (not kinds or scan.kind in kinds)]
        dated = [scan.age_days(self.now) for scan in scans if scan.made]
        if not dated:
            unseen = self._unseen("scans")
            why = unseen[0].why if unseen else self._missing("scans", "dated scan")[0]
            raise ProbeError("a dated security scan", why)
        return min(dated)

    def newest_web_scan(self) -> Scan:
        """The newest scan of the target's web surface."""
        unseen = self._unseen("web_scan", "ignores")
        if unseen:
            raise ProbeError(unseen[0].what, unseen[0].why)
        ours = [s for s in self.scans if s.role == "web_scan" and s.made and self._is_ours(s)]
        if not ours:
            raise ProbeError(
                "a ZAP, nuclei or Trivy report of the target", f"none of {', '.join(self.hosts)} was scanned"
            )
        return min(ours, key=lambda scan: scan.age_days(self.now))

    def _is_ours(self, scan: Scan) -> bool:
        return any(_host(subject) in self.hosts for subject in scan.subjects)

    def new_web_findings(self) -> tuple[str, ...]:
        """Findings of the newest web scan that the baseline does not accept; informational ones don't count."""
        scan = self.newest_web_scan()
        return tuple(
            f"{found!r} ({scan.file}{self._why_not_ignored(found.id)})"
            for found in scan.found
            if found.severity is not Severity.INFO and not self.ignores(found.id)
        )

    def build_complaints(self) -> tuple[str, ...]:
        """Warnings and errors of the build log."""
        unseen = self._unseen("build_log")
        if not self.log_files and not unseen:
            raise ProbeError("the build log", self._missing("build_log", "build log")[0])
        return offenders([repr(line) for line in self.log_lines], unseen)

    def open_bugs(self) -> tuple[str, ...]:
        """Open issues with the target's severity labels."""
        if self.bugs is None:
            raise ProbeError("the tracker", "[ci] names neither a repository nor an export of issues")
        if isinstance(self.bugs, Unseen):
            raise ProbeError(self.bugs.what, self.bugs.why)
        return tuple(repr(bug) for bug in self.bugs)


def _host(subject: str) -> str:
    """The host of an address, or of a bare name with or without a port; "" where there is none."""
    try:
        return urlsplit(subject if "//" in subject else f"//{subject}").hostname or ""
    except ValueError:
        return ""
