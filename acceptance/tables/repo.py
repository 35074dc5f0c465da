"""[repo]: a git clone with the whole history, and where its documents, requirements and configuration lie."""

from __future__ import annotations

import re

from pydantic import field_validator

from acceptance.tables import Table


class Document(Table):
    """A document: its path in the repository, and headings that must be there and filled."""

    path: str
    sections: tuple[str, ...] = ()


def _documents() -> dict[str, Document]:
    def named(path: str, *sections: str) -> Document:
        return Document(path=path, sections=sections)

    return {
        "readme": named("README.md", "Deployment"),
        "assistant": named("CLAUDE.md"),
        "deployment": named("docs/deployment.md", "Prerequisites", "Deploy", "Verify", "Roll back"),
        "runbook": named("docs/runbook.md", "Start", "Stop", "Logs", "Restore", "Alerts"),
        "troubleshooting": named("docs/troubleshooting.md"),
        "architecture": named("docs/architecture.md"),
    }


class Repo(Table):
    """`path` is relative to the target's folder. Paths in it are those of the repository; globs are git's."""

    path: str
    documents: dict[str, Document] = _documents()
    documentation: tuple[str, ...] = ("*.md",)  # all of it must be perfect for INFRA-GATE-12
    compose: str = "docker-compose.yml"
    profile: str = "prod"
    changelog: str = "CHANGELOG.md"
    notes: str = "docs/releases/{version}.md"
    requirements: tuple[str, ...] = ("docs/spec/*.md", "specs/*.md")
    requirement: str = r"[A-Z]{2,5}-[A-Z0-9]+(?:-[A-Z0-9]+)*-\d{2,4}"
    configuration: tuple[str, ...] = (
        "docker-compose*.yml", ".env.example", "*config.toml", "*config.yaml", "infrastructure/*",
    )  # fmt: skip
    secret_files: tuple[str, ...] = (".env",)
    baseline: str = ".secrets.baseline"

    @field_validator("requirement")
    @classmethod
    def _pattern(cls, value: str) -> str:
        try:
            groups = re.compile(value).groups
        except re.error as problem:
            raise ValueError(f"is no regular expression: {problem}") from None
        if groups:
            raise ValueError("must have no capturing group; write (?:...)")
        return value
