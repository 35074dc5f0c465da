"""Documents, requirements and secrets of a repository: what counts, what does not."""

from __future__ import annotations

import json
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from acceptance.facts import ProbeError, dump, load
from acceptance.probes import release as release_probe
from acceptance.probes import repo as repo_probe
from acceptance.probes import secrets as secrets_probe
from acceptance.probes.release import Back, ReleaseFile
from acceptance.probes.repo_facts import Repo
from acceptance.repository import history, markdown, specification, versions
from acceptance.repository.git import Git
from acceptance.repository.secrets import Scanner, placeholder
from acceptance.sandbox.repository import AWS_KEY, PEM, _commit, _git, _import
from acceptance.target import Target
from acceptance.visit import Visit
from selftests.judging import FAIL, PASS, judge

NO_SECRET_IN_IMAGES = SimpleNamespace(secrets_in_images=tuple)
NOW = datetime(2026, 3, 4, tzinfo=UTC)
ID = r"[A-Z]+-\d+"
GITHUB = "ghp_" + "1234567890abcdefghijklmnopqrstuvwxYZ"


@pytest.mark.parametrize(
    "source, open_",
    [
        ("Write it. TODO: later", ["TODO"]),
        ("On call: ____________", ["____________"]),
        ("Ask <your name here> first", ["<your name here>"]),
        ("Ask [insert name] first", ["[insert name]"]),
        ("See [your profile](x.md)", []),
        ("The list `TODO` is shown, and a methodology", []),
        ("```\n# TODO in code that is shown\n```", []),
        ("<!-- TODO hidden -->", ["TODO"]),
    ],
)
def test_what_is_left_open(source, open_):
    assert [word for _, word in markdown.parse(source).open] == open_


DOCUMENT = """# Guide

[there](b.md) [gone](c.md) [anchor](#two-words) [no anchor](#three) [outside](https://example.com/x)
[other anchor](b.md#part-1) [other no anchor](b.md#part-9) [folder](../src) [root](/README.md) ![image](no.png)
<a href="gone.html">x</a> [encoded](with%20space.md) [line](b.md#L10)

## Two words

## `Code` & more!

<a id="own"></a> [own](#own) [code](#code--more)
"""


def test_dead_links_and_anchors_are_found_and_live_ones_left_alone():
    files = {"docs/a.md", "docs/b.md", "docs/with space.md", "src", "README.md"}
    anchors = {"docs/a.md": markdown.parse(DOCUMENT).anchors, "docs/b.md": markdown.parse("# Part 1").anchors}
    dead = markdown.dead_links("docs/a.md", markdown.parse(DOCUMENT), files, anchors)
    assert [each.rpartition(" ")[2] for each in dead] == ["c.md", "#three", "b.md#part-9", "no.png", "gone.html"]


def test_a_heading_without_words_below_it_is_a_stub():
    parsed = markdown.parse(
        "# A\n\n## Deploy it\n\n### Inner\n\none two three four five six seven eight\n\n## Roll back\n\nsoon\n"
    )
    assert markdown.filled(parsed, "Deploy", 8) == ""
    assert markdown.filled(parsed, "Roll back", 8) == "section 'Roll back' is a stub (1 words)"
    assert markdown.filled(parsed, "Verify", 8) == "no section 'Verify'"


@pytest.mark.parametrize(
    "language, source, broken",
    [
        ("json", '{"a": 1}', False),
        ("json", "{a}", True),
        ("json", '{\n  "a": 1,\n  ...\n}', False),
        ("yaml", "a: [1", True),
        ("toml", "a = ", True),
        ("python", "def f(:", True),
        ("rust", "fn (", False),
    ],
)
def test_code_blocks_of_known_languages_are_parsed(language, source, broken):
    assert bool(markdown.broken_code("a.md", markdown.parse(f"```{language}\n{source}\n```\n"))) is broken


def test_requirements_and_tags():
    source = "# Spec\n## FR-1 Fees\nStatus: implemented\n- [x] FR-2 Log-out\n- [ ] FR-3 Charts, see FR-1\n"
    source += "| FR-4 | done |\n# Rest\n✅\n"
    assert specification.defined(source, ID) == {"FR-1": True, "FR-2": True, "FR-3": False, "FR-4": True}
    assert specification.tags("// @spec:FR-1, FR-2 - fees (@spec FR-3)", ID) == ["FR-1", "FR-2", "FR-3"]
    assert specification.untold("# @spec", ID)
    assert not specification.untold("a specification", ID)


@pytest.mark.parametrize(
    "source, kinds",
    [
        (f"key = {AWS_KEY}", ["AWS Access Key"]),
        (f"see {GITHUB}", ["GitHub Token"]),
        (PEM, ["Private Key"]),
        (PEM.replace("\n", "\\n"), ["Private Key"]),
        ('check("BEGIN PRIVATE KEY")', []),
        ("mongodb://app:kP3vQz81mTy@db/bot_core", ["Basic Auth Credentials"]),
        ("mongodb://app:${PASSWORD}@db/bot_core", []),
        ("mongodb://user:password@db/bot_core", []),
        ("postgres://app:<password>@db", []),
        ("password = 'kP3vQz81mTyW'", ["Likely secret"]),
        ("password = 'change-me-please1'", []),
        ("the price was correct-Horse-9 again", ["Live secret"]),
    ],
)  # fmt: skip
def test_kinds_of_secrets(source, kinds):
    found = Scanner((b"correct-Horse-9",)).scan(source.encode())
    assert [each.kind for each in found] == kinds


def test_a_binary_is_searched_for_live_secrets_only():
    assert [f.kind for f in Scanner((b"correct-Horse-9",)).scan(b"\0\1correct-Horse-9" + AWS_KEY.encode())] == [
        "Live secret"
    ]
    assert placeholder("xxxxxxxx")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = tmp_path / "clone"
    folder.mkdir()
    _git(folder, "init", "-q", "-b", "main")
    return folder


def put(folder: Path, tree: dict[str, str], parent: str = "", ref: str = "refs/heads/main") -> str:
    _import(folder, _commit(ref, tree, NOW, "a commit", parent))
    return _git(folder, "rev-parse", ref)


def visit(tmp_path: Path, release: ReleaseFile, **repo: object) -> Visit:
    urls = {"base": "https://app.example.com", "api": "https://app.example.com", "dashboard": "https://app.example.com"}
    target = Target.model_validate_json(
        json.dumps(
            {"name": "t", "urls": {**urls, "plain": "http://app.example.com", "ws": "wss://app.example.com"},
             "repo": {"path": "clone", **repo}, "credentials": {"live": {"secret": "env:LIVE_SECRET_OF_THE_TEST"}}}
        )
    )  # fmt: skip
    target._folder = tmp_path
    (tmp_path / "state").mkdir(exist_ok=True)
    return Visit(
        target=target, now=NOW, run=tmp_path, live=tmp_path, state=tmp_path / "state", marker="m",
        ends=time.monotonic() + 100, needs={"release": release},
    )  # fmt: skip


def release_at(commit: str, **more: object) -> ReleaseFile:
    return ReleaseFile(version="2.4.0", commit=commit, tag="v2.4.0", moment=NOW, **more)


def looked(visit: Visit) -> Repo:
    return load(Repo, dump(repo_probe.look(visit)))


def test_a_first_release_with_nothing_in_it(clone, tmp_path):
    commit = put(clone, {"a.txt": "x"})
    repo = looked(visit(tmp_path, release_at(commit, rollback="take down")))
    assert repo.wrong_with("readme") == ("README.md is not in the release",)
    assert repo.secret_files_unsafe() == (".env is not ignored by .gitignore",)
    assert repo.notes_lack
    assert repo.changelog_lacks
    assert repo.changed_since_release("readme") is False
    assert judge("INFRA-CODE-15", repo=repo) is not PASS


def test_a_commit_that_is_not_there_and_a_folder_that_is_none(clone, tmp_path):
    put(clone, {"a.txt": "x"})
    with pytest.raises(ProbeError, match="it is not in clone; fetch it"):
        looked(visit(tmp_path, release_at("f" * 40)))
    with pytest.raises(ProbeError, match="there is no folder"):
        Git(tmp_path / "none", lambda: 5)
    (tmp_path / "plain").mkdir()
    with pytest.raises(ProbeError, match="not a git repository"):
        Git(tmp_path / "plain", lambda: 5).incomplete()


def test_only_the_releases_own_gitignore_counts(clone, tmp_path):
    commit = put(clone, {"a.txt": "x", ".gitignore": "*.log\n"})
    (clone / ".git" / "info").mkdir(exist_ok=True)
    (clone / ".git" / "info" / "exclude").write_text(".env\n")
    (clone / ".gitignore").write_text(".env\n")
    assert looked(visit(tmp_path, release_at(commit))).secret_files_not_ignored == (
        ".env is not ignored by .gitignore",
    )
    again = put(clone, {"a.txt": "x", ".gitignore": ".env\n!.env\n"}, "main^0")
    assert looked(visit(tmp_path, release_at(again))).secret_files_not_ignored
    good = put(clone, {"a.txt": "x", ".gitignore": ".env*\n!.env.example\n"}, "main^0")
    assert not looked(visit(tmp_path, release_at(good))).secret_files_unsafe()


def test_hooks_and_monitors_of_a_foreign_clone_do_not_run(clone, tmp_path):
    commit = put(clone, {"a.txt": "x", ".gitignore": ".env\n"})
    marker = tmp_path / "ran"
    script = clone / ".git" / "monitor.sh"
    script.write_text(f"#!/bin/sh\ntouch {marker}\n")
    script.chmod(0o755)
    _git(clone, "config", "core.fsmonitor", str(script))
    looked(visit(tmp_path, release_at(commit)))
    assert not marker.exists()


def test_secrets_on_any_branch_and_in_messages_are_found(clone, tmp_path, monkeypatch):
    monkeypatch.setenv("LIVE_SECRET_OF_THE_TEST", "correct-Horse-9-battery")
    commit = put(clone, {"a.txt": "x"})
    put(clone, {"b.txt": f"k = {AWS_KEY}"}, "main^0", "refs/heads/other")
    put(clone, {"b.txt": "k"}, "refs/heads/other^0", "refs/heads/other")
    _git(clone, "tag", "-a", "note", "-m", "correct-Horse-9-battery", "main")
    secrets = secrets_probe.look(visit(tmp_path, release_at(commit)))
    assert [repr(each) for each in secrets.found] == [
        "note:6 Live secret (in history)",
        "b.txt:1 AWS Access Key (in history)",
    ]
    assert "correct-Horse" not in dump(secrets)
    assert AWS_KEY not in dump(secrets)
    assert (
        judge("SEC-SECRET-01", secrets=secrets, containers=NO_SECRET_IN_IMAGES, plan=None, nothing_runs=False) is FAIL
    )
    again = secrets_probe.look(visit(tmp_path, release_at(commit)))
    assert (again.read_now, again.found) == (0, secrets.found)
    monkeypatch.setenv("LIVE_SECRET_OF_THE_TEST", "another-Horse-7-staple")
    assert secrets_probe.look(visit(tmp_path, release_at(commit))).read_now > 0, "other secrets, read again"


@pytest.mark.parametrize(
    "rotated, live, passes",
    [
        ("2026-01-05", "else-where-77", True),
        (None, "else-where-77", False),
        ("2026-01-05", AWS_KEY, False),
        ("2026-03-05", "else-where-77", True),
        ("2026-03-06", "else-where-77", False),
    ],
    ids=["rotated", "no date", "in use", "tomorrow, where they are", "will be rotated"],
)
def test_a_baseline_entry_counts_when_rotated_and_not_in_use(clone, tmp_path, monkeypatch, rotated, live, passes):
    import hashlib

    monkeypatch.setenv("LIVE_SECRET_OF_THE_TEST", live)
    hashed = hashlib.sha1(AWS_KEY.encode()).hexdigest()
    entry = {"type": "AWS Access Key", "hashed_secret": hashed, "line_number": 1, "rotated": rotated}
    put(clone, {"b.txt": f"k = {AWS_KEY}"})
    baseline = json.dumps({"results": {"b.txt": [entry]}})
    commit = put(clone, {"b.txt": "k", ".secrets.baseline": baseline}, "main^0")
    secrets = secrets_probe.look(visit(tmp_path, release_at(commit)))
    assert (
        judge("SEC-SECRET-01", secrets=secrets, containers=NO_SECRET_IN_IMAGES, plan=None, nothing_runs=False) is PASS
    ) is passes


def test_what_was_read_once_is_not_read_again(clone):
    for tree in ({"a.md": "one"}, {"a.md": "one", "b.md": "two"}):
        put(clone, tree)
    git, seen = Git(clone, lambda: 60), history.Seen("k")
    assert history.read(git, seen, history.objects(git), (), lambda: True) >= 2
    assert history.read(git, seen, history.objects(git), (), lambda: True) == 0


def test_time_that_runs_out_blocks_and_keeps_what_was_read(clone, tmp_path):
    put(clone, {f"{n}.txt": f"{n}" for n in range(20)})
    git = Git(clone, lambda: 60)
    seen = history.Seen("k")
    with pytest.raises(ProbeError, match="time ran out with 2"):
        history.read(git, seen, history.objects(git), (), lambda: False)
    seen.save(tmp_path / "kept.json")
    assert (tmp_path / "kept.json").stat().st_mode & 0o777 == 0o600
    assert history.Seen.load(tmp_path / "kept.json", "k").done == seen.done
    assert not history.Seen.load(tmp_path / "kept.json", "other").done


def test_a_partial_clone_is_said_to_be_one(clone, tmp_path):
    put(clone, {"a.txt": "x"})
    subprocess.run(["git", "-C", str(clone), "config", "remote.origin.promisor", "true"], check=True)
    assert "partial" in Git(clone, lambda: 5).incomplete()


@pytest.mark.parametrize(
    "value, reachable",
    [("a@example.com", True), ("+49 30 5550 100", True), ("____", False), ("Bob", False), ("TBD", False), ("", False)],
)
def test_contacts_need_a_form_that_reaches_somebody(value, reachable):
    contacts = dict.fromkeys(release_probe.CONTACTS, "x@example.com") | {"security": value}
    assert (not release_at("a" * 40, contacts=contacts).unreachable_contacts()) is reachable


def test_the_release_before_may_be_named_by_its_file(clone, tmp_path):
    first = put(clone, {"README.md": "x", "CLAUDE.md": "y"})
    second = put(clone, {"README.md": "z", "CLAUDE.md": "y"}, "main^0")
    repo = looked(visit(tmp_path, release_at(second, rollback="2.3.0", back=Back("2.3.0", "v2.3.0", first, {}))))
    assert repo.changed_since_release("readme")
    assert not repo.changed_since_release("assistant")
    assert repo.way_back_missing() == ("tag v2.3.0 is not in git",)


@pytest.mark.parametrize(
    "entry, lacks",
    [
        ("## 2.4.0 - 2026-03-01", ""),
        ("## [v2.4.0] - 2026-03-01", ""),
        ("## [2.4.0](https://example.com/2.4.0) (2026-03-01)", ""),
        ("## 2.4.0-2026-03-01", ""),
        ("## 2.4.0-rc1 - 2026-03-01", "has no entry"),
        ("## 2.4.01 - 2026-03-01", "has no entry"),
        ("## 12.4.0 - 2026-03-01", "has no entry"),
        ("## 2.4.0.1 - 2026-03-01", "has no entry"),
        ("## v2.4.0", "has no date"),
    ],
)
def test_the_change_log_names_this_version_and_no_candidate_of_it(entry, lacks):
    found = versions.changelog_lacks(f"# Change log\n\n{entry}\n\n- Orders are safer\n", "CHANGELOG.md", "2.4.0")
    assert lacks in "".join(found)
    assert bool(found) is bool(lacks)


def test_the_readme_may_name_the_version_by_its_tag(clone, tmp_path):
    commit = put(clone, {"README.md": "app.example.com runs v2.4.0."})
    assert not looked(visit(tmp_path, release_at(commit))).readme_lacks
    other = put(clone, {"README.md": "app.example.com runs v2.4.0-rc2 or 2.4.0.1"}, "main^0")
    assert looked(visit(tmp_path, release_at(other))).readme_lacks == ("the version 2.4.0",)


@pytest.mark.parametrize(
    "document, drawing, drawn",
    [
        ("architecture.md", "architecture.svg", True),
        ("architecture.md", "icons/engine.svg", False),
        ("docs/architecture.md", "docs/drawings/all.mmd", True),
        ("docs/architecture.md", "docs-of-old/all.mmd", False),
    ],
)
def test_a_drawing_beside_the_document_counts(clone, tmp_path, document, drawing, drawn):
    compose = "services:\n  engine:\n    image: engine\n"
    commit = put(clone, {document: "# All", drawing: "<text>engine</text>", "docker-compose.yml": compose})
    wanted = {"architecture": {"path": document}}
    repo = looked(visit(tmp_path, release_at(commit), documents=wanted))
    assert (repo.services_missing_in_diagram() == ()) is drawn


def test_configuration_that_can_not_be_compared_is_no_unchanged_one(clone, tmp_path):
    commit = put(clone, {"docker-compose.yml": "services: {}"})
    gone = Back("2.3.0", "v2.3.0", "f" * 40, {})
    repo = looked(visit(tmp_path, release_at(commit, rollback="2.3.0", back=gone)))
    with pytest.raises(ProbeError, match=r"neither tag v2\.3\.0 nor its commit is in the clone"):
        repo.configuration_not_listed(())
    assert repo.configuration_not_listed(None)
