"""Boundaries of the documents' items and of what the release file records: written, and written well enough."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from acceptance.facts import Unseen
from acceptance.probes.release import CONTACTS, Back, Issue, ReleaseFile
from acceptance.probes.repo_facts import Document, Repo
from acceptance.probes.way_back import WayBack
from selftests.judging import BLOCKED, FAIL, PASS, PENDING, Unsigned, judge

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
ROLES = {"readme": "INFRA-DOC-01", "assistant": "INFRA-DOC-02", "deployment": "INFRA-DOC-04", "runbook": "INFRA-DOC-05",
         "troubleshooting": "INFRA-DOC-06", "architecture": "INFRA-DOC-07"}  # fmt: skip
LINKS = {"escalation": "INFRA-RECORD-07", "post_mortem": "INFRA-RECORD-08"}
UNSEEN = Unseen("it", "git was not asked")


def document(role: str, **changes: Any) -> Document:
    return replace(
        Document(role, f"docs/{role}.md", True, words=40, changed=NOW, changed_since_release=True), **changes
    )


REPO = Repo(
    "/srv/repo", "a" * 40, "v2.4.0", "a" * 40, "v2.3.0", "b" * 40, "whole", documents=tuple(map(document, ROLES)),
    compose_services=("engine",), requirements=3, spec_tags=3, linked=tuple(map(document, LINKS)),
)  # fmt: skip
RELEASE = ReleaseFile(
    version="2.4.0", commit="a" * 40, tag="v2.4.0", moment=NOW, started=NOW, deployed=NOW, deployed_by="devops@example.com",
    rollback="2.3.0", back=Back("2.3.0", "v2.3.0", "b" * 40, {"engine": "sha256:1"}), migrations="none", known_issues=(),
    configuration_changes=("compose.yaml",), contacts=dict.fromkeys(CONTACTS, "on-call@example.com"),
    images={"engine": "sha256:2"},
)  # fmt: skip
THERE = WayBack("2.3.0", False, {"engine": ""})


def signed(days_ago: float) -> SimpleNamespace:
    """Somebody's word, so many days old."""
    return SimpleNamespace(require=lambda: SimpleNamespace(on=NOW - timedelta(days=days_ago)))


def of_role(role: str, **changes: Any) -> Repo:
    """The repository with one document changed."""

    def each(known: tuple[Document, ...]) -> tuple[Document, ...]:
        return tuple(replace(d, **changes) if d.role == role else d for d in known)

    return replace(REPO, documents=each(REPO.documents), linked=each(REPO.linked))


@pytest.mark.parametrize(("role", "item"), ROLES.items())
def test_a_document_counts_when_it_is_there_filled_and_current(role: str, item: str) -> None:
    def said(word: object, **changes: Any) -> object:
        return judge(item, repo=of_role(role, **changes), signed=word)

    assert said(Unsigned()) is PASS
    for wrong in (
        {"exists": False},
        {"words": 39},
        {"missing_sections": ("no section on rollback",)},
        {"dead_links": ("docs/a.md: dead",)},
    ):
        assert said(signed(1), **wrong) is FAIL, wrong  # nobody's word mends it
    assert said(Unsigned(), changed_since_release=False) is PENDING
    assert said(signed(1), changed_since_release=False) is PASS
    without = replace(REPO, documents=tuple(d for d in REPO.documents if d.role != role))
    assert judge(item, repo=without, signed=signed(1)) is BLOCKED


@pytest.mark.parametrize(("role", "item"), LINKS.items())
def test_a_document_that_the_release_links_to_counts_like_any_other(role: str, item: str) -> None:
    assert judge(item, repo=REPO) is PASS
    assert judge(item, repo=of_role(role, exists=False)) is FAIL
    assert judge(item, repo=of_role(role, words=39)) is FAIL
    assert judge(item, repo=replace(REPO, linked=())) is FAIL


@pytest.mark.parametrize(
    ("item", "changes", "status"),
    [
        ("INFRA-DOC-01", {"readme_lacks": ("the production URL",)}, FAIL),
        ("INFRA-DOC-07", {"services_not_drawn": ("engine",)}, FAIL),
        ("INFRA-DOC-07", {"compose_services": ()}, BLOCKED),
        ("INFRA-DOC-07", {"compose_services": UNSEEN}, BLOCKED),
        ("INFRA-DOC-08", {"changelog_lacks": ("no entry for 2.4.0",)}, FAIL),
        ("INFRA-DOC-09", {"notes_lack": ("no notes for v2.4.0",)}, FAIL),
        ("INFRA-CODE-15", {"spec_offenders": ("@spec FR-9 is defined nowhere",)}, FAIL),
        ("INFRA-CODE-15", {"requirements": 0}, BLOCKED),
        ("SEC-SECRET-02", {"secret_files_not_ignored": (".env",)}, FAIL),
        ("SEC-SECRET-02", {"secret_files_committed": (".env in 4f1c2d9",)}, FAIL),
        ("SEC-SECRET-02", {"secret_files_committed": UNSEEN}, BLOCKED),
        ("SEC-SECRET-02", {"secret_files_not_ignored": (".env",), "secret_files_committed": UNSEEN}, FAIL),
    ],
)
def test_what_the_repository_lacks(item: str, changes: dict[str, Any], status: object) -> None:
    assert judge(item, repo=REPO, signed=Unsigned()) is PASS
    assert judge(item, repo=replace(REPO, **changes), signed=Unsigned()) is status


@pytest.mark.parametrize(
    ("item", "changes", "status"),
    [
        *(("INFRA-DOC-10", {"contacts": {**RELEASE.contacts, name: "ask around"}}, FAIL) for name in CONTACTS),
        ("INFRA-DOC-10", {"contacts": {**RELEASE.contacts, "on_call": "+49 30 5550100"}}, PASS),
        ("INFRA-DOC-10", {"contacts": {**RELEASE.contacts, "on_call": "____@example.com"}}, FAIL),
        ("INFRA-DOC-10", {"contacts": {}}, FAIL),
        *(("INFRA-RECORD-01", {name: None}, FAIL) for name in ("started", "deployed")),
        *(("INFRA-RECORD-01", {name: ""}, FAIL) for name in ("deployed_by", "rollback")),
        ("INFRA-RECORD-01", {"images": {}}, FAIL),
        ("INFRA-RECORD-03", {"configuration_changes": ("compose.yaml", ".env.example")}, PASS),
        ("INFRA-RECORD-03", {"configuration_changes": ()}, FAIL),
        ("INFRA-RECORD-03", {"configuration_changes": None}, FAIL),
        ("INFRA-RECORD-04", {"known_issues": (Issue("s", "low", (), "https://t.example.com/1"),)}, PASS),
    ],
)
def test_what_the_release_file_lacks(item: str, changes: dict[str, Any], status: object) -> None:
    repo = replace(REPO, configuration_changed=("compose.yaml",))
    assert judge(item, release=RELEASE, repo=repo) is PASS
    assert judge(item, release=replace(RELEASE, **changes), repo=repo) is status


def test_configuration_that_git_cannot_compare_is_unseen() -> None:
    blind = replace(REPO, configuration_changed=UNSEEN)
    assert judge("INFRA-RECORD-03", release=RELEASE, repo=blind) is BLOCKED


@pytest.mark.parametrize("item", ["INFRA-READY-03", "INFRA-GATE-04"])
def test_the_way_back_is_named_there_and_rehearsed(item: str) -> None:
    def said(word: object = None, **changes: Any) -> object:
        facts = {"release": RELEASE, "repo": REPO, "way_back": THERE, "signed": word or signed(90)} | changes
        return judge(item, **facts)

    assert said() is PASS
    assert said(release=replace(RELEASE, rollback="")) is FAIL
    assert said(release=replace(RELEASE, back=None)) is FAIL
    assert said(repo=replace(REPO, last_tag_commit="")) is FAIL
    assert said(way_back=replace(THERE, images={"engine": "gone"})) is FAIL
    assert said(way_back=replace(THERE, images={"engine": UNSEEN})) is BLOCKED
    assert said(way_back=replace(THERE, images={})) is BLOCKED
    assert said(Unsigned()) is PENDING
    first = {"release": replace(RELEASE, rollback="take down", back=None), "way_back": WayBack("", True, {})}
    assert said(repo=replace(REPO, last_tag="", last_tag_commit=""), **first) is PASS


def test_a_rehearsal_counts_for_90_days_and_a_way_back_for_a_database_that_fits() -> None:
    facts = {"release": RELEASE, "repo": REPO, "way_back": THERE}
    assert judge("INFRA-READY-03", **facts, signed=signed(90.01)) is FAIL
    for migrations, status in (("none", PASS), ("reversible", PASS), ("one way", FAIL), ("", FAIL)):
        changed = facts | {"release": replace(RELEASE, migrations=migrations)}
        assert judge("INFRA-GATE-04", **changed, signed=signed(1)) is status, migrations
