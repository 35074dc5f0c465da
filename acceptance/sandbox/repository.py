"""A git repository with two releases. Its commit never changes: a fault replaces what lies behind it (git replace)."""

from __future__ import annotations

import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from acceptance.sandbox.fault import Fault
from acceptance.sandbox.repository_files import CHANGES, files
from acceptance.sandbox.world import World

PROBES = ("repo", "secrets")
_DOCS = ("INFRA-GATE-07", "INFRA-GATE-12")
_BREAKS: dict[str, tuple[str, ...]] = {
    "readme-without-deploy-steps": ("INFRA-DOC-01", *_DOCS),
    "readme-of-another-version": ("INFRA-DOC-01", *_DOCS),
    "assistant-guide-stub": ("INFRA-DOC-02", *_DOCS),
    "deployment-guide-stub": ("INFRA-DOC-04", *_DOCS),
    "runbook-section-missing": ("INFRA-DOC-05", *_DOCS),
    "troubleshooting-stub": ("INFRA-DOC-06", *_DOCS),
    "diagram-misses-service": ("INFRA-DOC-07", *_DOCS),
    "changelog-without-version": ("INFRA-DOC-08", *_DOCS),
    "release-notes-missing": ("INFRA-DOC-09", *_DOCS),
    "document-link-dead": ("INFRA-DOC-05", *_DOCS),
    "document-anchor-dead": ("INFRA-DOC-01", *_DOCS),
    "document-todo-left": ("INFRA-GATE-12",),
    "document-code-broken": ("INFRA-GATE-12",),
    "spec-tag-dangling": ("INFRA-CODE-15",),
    "spec-requirement-untagged": ("INFRA-CODE-15",),
    "escalation-missing": ("INFRA-RECORD-07",),
    "post-mortem-empty": ("INFRA-RECORD-08",),
    "env-not-ignored": ("SEC-SECRET-02",),
    "configuration-change-not-listed": ("INFRA-RECORD-03",),
}
AWS_KEY = "AKIA" + "Z7QWERT2YUIOPLK3"  # put together here, so that no scanner takes this file for a leak
PEM = (
    "-----BEGIN PRIVATE KEY-----\n"
    + "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\n" * 3
    + "-----END PRIVATE KEY-----\n"
)
# name -> what is then wrong, the commits of a branch that show it, and what it breaks
_HISTORY: dict[str, tuple[str, tuple[dict[str, str], ...], tuple[str, ...]]] = {
    "secret-added-and-removed": (
        "a key was committed on a branch and removed again",
        ({"tools/upload.sh": f"export AWS_ACCESS_KEY_ID={AWS_KEY}\n"}, {"tools/upload.sh": "aws configure\n"}),
        ("SEC-SECRET-01",),
    ),
    "secret-private-key": ("a private key lies on a branch", ({"deploy/id.pem": PEM},), ("SEC-SECRET-01",)),
    "env-committed-once": (
        ".env was committed once and deleted",
        ({".env": "NODE_ENV=production\n"}, {"note.txt": "gone\n"}),
        ("SEC-SECRET-02",),
    ),
}
FAULTS: tuple[Fault, ...] = (
    *(Fault(name, "repository", why, _BREAKS[name]) for name, (why, _) in CHANGES.items()),
    *(Fault(name, "repository", why, breaks) for name, (why, _, breaks) in _HISTORY.items()),
    Fault("secret-of-the-target", "repository", "a password that is in use lies on a branch", ("SEC-SECRET-01",)),
    Fault(
        "document-not-touched",
        "repository",
        "the runbook was not touched since the release before",
        ("INFRA-DOC-05", *_DOCS),
    ),
    Fault("clone-shallow", "repository", "the clone is shallow", ("SEC-SECRET-01", "SEC-SECRET-02")),
)
CANARY = "paper-Lantern-58-quill"


def start(world: World) -> dict[str, Any]:
    """Make the repository; from now on the world's commit is that of its release."""
    folder = _folder(world)
    folder.mkdir()
    _git(folder, "init", "-q", "-b", "main")
    before, at = world.now - timedelta(days=40), world.now - timedelta(days=2)
    _import(folder, _commit("refs/heads/main", _tree(world, released=False), before, f"Release {world.previous}"))
    _git(folder, "tag", "-a", f"v{world.previous}", "-m", f"Release {world.previous}", "main")
    _import(folder, _commit("refs/heads/main", _tree(world, released=True), at, f"Release {world.version}", "main^0"))
    _git(folder, "tag", "-a", f"v{world.version}", "-m", f"Release {world.version}", "main")
    world.commit = _git(folder, "rev-parse", "main")
    world.shared["previous_commit"] = _git(folder, "rev-parse", "main^")
    refresh(world)
    return {
        "doubles": ["git repository"],
        "repo": {"path": "repository"},
        "credentials": {"repository_canary": {"secret": world.secret("repository_canary", CANARY)}},
    }


def refresh(world: World) -> None:
    """Put faults on or take them off: a replacement of the release's commit, branches, the mark of a shallow clone."""
    folder = _folder(world)
    for line in _git(folder, "for-each-ref", "--format=%(refname)", "refs/heads/fault", "refs/replace").splitlines():
        _git(folder, "update-ref", "-d", line)
    tree = _tree(world, released=True)
    for name, (_, change) in CHANGES.items():
        if world.on(name):
            change(tree)
    if world.on("document-not-touched"):
        tree["docs/runbook.md"] = _tree(world, released=False)["docs/runbook.md"]
    if tree != _tree(world, released=True):
        at = world.now - timedelta(days=2)
        _import(folder, _commit("refs/heads/fault/tree", tree, at, f"Release {world.version}", f"v{world.previous}^0"))
        _git(folder, "replace", "-f", world.commit, "refs/heads/fault/tree")
        _git(folder, "update-ref", "-d", "refs/heads/fault/tree")
    for name, (_, commits, _) in _HISTORY.items():
        if world.on(name):
            _branch(world, commits)
    if world.on("secret-of-the-target"):
        _branch(world, ({"notes.txt": f"monitor {CANARY}\n"},))
    shallow = folder / ".git" / "shallow"
    shallow.unlink(missing_ok=True)
    if world.on("clone-shallow"):
        shallow.write_text(f"{world.shared['previous_commit']}\n")


def _branch(world: World, commits: tuple[dict[str, str], ...]) -> None:
    base = f"v{world.previous}^0"
    for tree in commits:
        _import(_folder(world), _commit("refs/heads/fault/branch", tree, world.now - timedelta(days=9), "Try", base))
        base = "refs/heads/fault/branch^0"


def _folder(world: World) -> Path:
    return world.folder / "repository"


def _tree(world: World, *, released: bool) -> dict[str, str]:
    version, previous = (world.version, world.previous) if released else (world.previous, "2.2.0")
    days = tuple(f"{world.now - timedelta(days=each):%Y-%m-%d}" for each in ((2, 40) if released else (40, 90)))
    return files(version, previous, world.names[0], (days[0], days[1]), released=released)


def _commit(ref: str, tree: dict[str, str], at: datetime, message: str, parent: str = "") -> bytes:
    """A commit in the language of git fast-import; it holds the whole tree."""
    when = f"{int(at.timestamp())} +0000"
    lines = [f"commit {ref}", f"committer Team <team@example.com> {when}", f"data {len(message.encode())}", message]
    lines += [f"from {parent}"] * bool(parent)
    lines.append("deleteall")
    out = ("\n".join(lines) + "\n").encode()
    for path, source in tree.items():
        body = source.encode()
        out += f"M 100644 inline {path}\ndata {len(body)}\n".encode() + body + b"\n"
    return out + b"\n"


def _import(folder: Path, stream: bytes) -> None:
    subprocess.run(
        ["git", "-C", str(folder), "fast-import", "--quiet", "--force"], input=stream, check=True, timeout=30
    )


def _git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=Team", "-c", "user.email=team@example.com", "-c", "core.hooksPath=/dev/null")
    done = subprocess.run(
        ["git", *who, "-C", str(folder), *words],
        capture_output=True,
        check=True,
        timeout=30,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    return done.stdout.strip()
