"""What single reports of a pipeline say: tests, coverage, mutants, findings, scans, checks, bugs."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from acceptance.facts import ProbeError, facts

LINTERS = ("ruff", "flake8", "pylint", "clippy", "eslint", "golangci-lint", "biome", "hadolint", "shellcheck")
FORMATTERS = ("rustfmt", "ruff-format", "black", "prettier")
TYPE_CHECKERS = ("mypy", "pyright", "tsc")


class Severity(StrEnum):
    """How bad a vulnerability is; UNKNOWN where the report doesn't say."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"
    UNKNOWN = "unknown"


@facts
class TestRun:
    """One test report, counted case by case. `failed` names the first ones."""

    file: str
    role: str  # tests, integration, load, staging
    tests: int
    failures: int
    errors: int
    skipped: int
    failed: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return (
            f"{self.file}: {self.tests} tests, {self.failures} failures, {self.errors} errors, {self.skipped} skipped"
        )


@facts
class Coverage:
    """Lines of one coverage report, counted; `claimed_percent` is what its own summary says."""

    file: str
    service: str
    lines: int
    covered: int
    claimed_percent: float | None = None

    def __repr__(self) -> str:
        said = "" if self.claimed_percent is None else f", its summary says {self.claimed_percent:.1f} %"
        return f"{self.service}: {self.covered} of {self.lines} lines{said} ({self.file})"


@facts
class Mutants:
    """One mutation report: `detected` were killed or timed out, `undetected` survived or had no test."""

    file: str
    tool: str
    detected: int
    undetected: int

    def __repr__(self) -> str:
        return f"{self.tool}: {self.detected} of {self.detected + self.undetected} mutants detected ({self.file})"


@facts
class Findings:
    """What one linter, formatter or type checker reports; `shown` are the first of `count`."""

    file: str
    tool: str
    count: int
    shown: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"{self.tool}: {self.count} findings ({self.file})"


@facts
class Vulnerability:
    """One finding of a scan."""

    id: str
    severity: Severity
    subject: str  # package and version, or address

    def __repr__(self) -> str:
        return f"{self.id} {self.severity} {self.subject}"[:200]


@facts
class Scan:
    """One scan's report. `kind` is image, dependencies, code or web; `digests` are those that it names."""

    file: str
    role: str  # scans, web_scan
    tool: str
    kind: str
    made: datetime | None
    subjects: tuple[str, ...] = ()  # image name, lock file or site
    digests: tuple[str, ...] = ()
    found: tuple[Vulnerability, ...] = ()

    def __repr__(self) -> str:
        return f"{self.tool} {self.kind} scan, {len(self.found)} findings ({self.file})"

    def age_days(self, now: datetime) -> float:
        """Days since it was made; ProbeError when the report has no date."""
        if self.made is None:
            raise ProbeError(self.file, "has no date, and pipeline.json names no `finished`")
        return (now - self.made) / timedelta(days=1)


@facts
class Ignored:
    """An accepted finding: why, by whom, until when."""

    id: str
    reason: str
    approver: str
    until: datetime


@facts
class Check:
    """One check run of the commit, as the forge tells it."""

    name: str
    status: str
    conclusion: str


@facts
class Bug:
    """An open issue of the tracker with one of the target's severity labels."""

    id: str
    title: str
    labels: tuple[str, ...]

    def __repr__(self) -> str:
        return f"#{self.id} {self.title} [{', '.join(self.labels)}]"[:200]


@facts
class OtherCommit:
    """An artifact that was made for another commit: no evidence."""

    file: str
    role: str
    commit: str

    def __repr__(self) -> str:
        return f"{self.file} is of commit {self.commit[:12] or '(not named)'}"


@facts
class Unread:
    """A file that could not be read as what it should be."""

    file: str
    role: str
    why: str


@facts
class LogLine:
    """A line of the build log that warns or fails, outside the target's allow-list."""

    file: str
    number: int
    text: str

    def __repr__(self) -> str:
        return f"{self.file}:{self.number}: {self.text}"[:200]
