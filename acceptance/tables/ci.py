"""[ci]: where the pipeline's artifacts of the release's commit lie, and which forge tells its checks and issues."""

from __future__ import annotations

from pydantic import Field, field_validator

from acceptance.tables import Table

CHECK_ROLES = ("tests", "lint", "integration", "load", "staging")


class GitHub(Table):
    """GitHub's API, or one that speaks it. `token` names an entry of [credentials]; "" asks as a stranger."""

    repository: str
    api: str = "https://api.github.com"
    token: str = ""
    checks: dict[str, tuple[str, ...]] = {}  # role -> names of check runs that must have succeeded
    issues: bool = True  # whether the tracker is there, too

    @field_validator("checks")
    @classmethod
    def _roles(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        if strange := sorted(value.keys() - set(CHECK_ROLES)):
            raise ValueError(f"unknown role {strange[0]}; valid: {', '.join(CHECK_ROLES)}")
        return value

    @field_validator("repository")
    @classmethod
    def _owner_and_name(cls, value: str) -> str:
        if value.count("/") != 1:
            raise ValueError("must be owner/name")
        return value


class Ci(Table):
    """`folder` holds the artifacts of one commit; `{commit}` in it stands for the release's.

    The other keys but the last ones are patterns of file names below it, one for each role that a report may have.
    """

    folder: str
    tests: tuple[str, ...] = ("tests/*",)
    coverage: tuple[str, ...] = ("coverage/*",)
    mutation: tuple[str, ...] = ("mutation/*",)
    lint: tuple[str, ...] = ("lint/*",)
    scans: tuple[str, ...] = ("scans/*",)
    web_scan: tuple[str, ...] = ("web-scan/*",)
    integration: tuple[str, ...] = ("integration/*",)
    load: tuple[str, ...] = ("load/*",)
    staging: tuple[str, ...] = ("staging/*",)
    build_log: tuple[str, ...] = ("build*.log",)
    build_allow: dict[str, str] = {}  # what a line of the build log may contain -> the reason
    ignores: str = ""  # TOML file of accepted findings: [ID] reason, approver, until
    github: GitHub | None = None
    issues_export: str = ""  # JSON list of issues, where the tracker has no API
    severity_labels: tuple[str, ...] = Field(default=("severity: critical", "severity: high"), min_length=1)
