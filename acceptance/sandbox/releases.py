"""The release files of the sandbox: the version that is judged, deployed twenty minutes ago, and the one before it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import tomlkit

from acceptance.sandbox.fault import Fault
from acceptance.sandbox.people import mail
from acceptance.sandbox.world import World

PROBES = ("release", "repo", "status_document", "way_back")
_DOCS = ("INFRA-GATE-07", "INFRA-GATE-12")
_BACK = ("INFRA-BACK-02", "INFRA-BACK-04", "INFRA-BACK-05", "INFRA-BACK-08", "INFRA-BACK-09")
FAULTS: tuple[Fault, ...] = tuple(
    Fault(name, "releases", change, breaks, *seen_by)
    for name, change, breaks, *seen_by in (
        ("window-over", "the deployment began after its window", ("INFRA-READY-02",)),
        ("window-announced-late", "the window was announced 3 hours ahead", ("INFRA-READY-02",)),
        (
            "rollback-not-named",
            "no version to go back to is named",
            ("INFRA-READY-03", "INFRA-GATE-04", "INFRA-RECORD-01"),
        ),
        ("rollback-tag-missing", "the tag of the version before is not in git", ("INFRA-READY-03", "INFRA-GATE-04")),
        (
            "previous-image-gone",
            "an image of the version before left the registry",
            ("INFRA-READY-03", "INFRA-GATE-04"),
        ),
        ("migration-irreversible", "a migration can't be taken back", ("INFRA-GATE-04",)),
        ("deployment-not-recorded", "nobody wrote who deployed", ("INFRA-RECORD-01",)),
        ("other-commit-runs", "another commit runs than the one recorded", ("INFRA-RECORD-02",)),
        ("known-issues-not-written", "nobody wrote whether issues are known", ("INFRA-RECORD-04", "FUNC-ROLL-05")),
        ("cosmetic-issue-known", "a known issue is labelled cosmetic", ("FUNC-ROLL-05",)),
        (
            "rolled-back-on-paper",
            "the release file says that the version was taken back, without a reason, and the failed one runs on",
            _BACK,
        ),
        (
            "rolled-back-in-vain",
            "the version was said to be taken back; the portfolio is broken, and the status leaves out redis",
            (*_BACK, "INFRA-BACK-06", "INFRA-BACK-07", "INFRA-GATE-01", "FUNC-API-02", "FUNC-API-08"),
            ("api",),
        ),
        ("contacts-not-filled-in", "a contact is still a row of underscores", ("INFRA-DOC-10", *_DOCS)),
    )
)


def start(world: World) -> dict[str, Any]:
    """Write both files."""
    world.shared["release_commit"] = world.commit
    refresh(world)
    return {"doubles": ["release files"]}


def refresh(world: World) -> None:
    """Write what is true with the faults that are on."""
    world.commit = "0" * 39 + "1" if world.on("other-commit-runs") else world.shared["release_commit"]
    folder = world.folder / "releases"
    folder.mkdir(exist_ok=True)
    for name, content in ((world.version, _now(world)), (world.previous, _before(world))):
        (folder / f"{name}.toml").write_text(tomlkit.dumps(content), encoding="utf-8")


def _now(world: World) -> dict[str, Any]:
    on, began = world.on, (world.started - timedelta(minutes=1)).replace(microsecond=0)
    opens = began - timedelta(hours=3 if on("window-over") else 0, minutes=10)
    file: dict[str, Any] = {
        "version": world.version,
        "commit": world.shared["release_commit"],
        "announced": opens - timedelta(hours=3 if on("window-announced-late") else 48),
        "started": began,
        "deployed": world.started.replace(microsecond=0),
        "deployed_by": mail("DevOps Engineer"),
        "rollback": world.previous,
        "migrations": "irreversible" if on("migration-irreversible") else "none",
        "configuration_changes": ["docker-compose.yml", "LOG_LEVEL"],
        "known_issues": [
            {
                "summary": "Dates of candles wrap on narrow screens",
                "severity": "low",
                "labels": ["cosmetic"] if on("cosmetic-issue-known") else [],
                "link": "https://t.example.com/9",
            }
        ],
        "window": {"begins": opens, "ends": opens + timedelta(hours=2)},
        "contacts": {
            "on_call": "on-call@example.com, +49 30 5550 100",
            "tech_lead": mail("Tech Lead"),
            "devops": mail("DevOps Engineer"),
            "security": "_____________" if on("contacts-not-filled-in") else mail("Security Engineer"),
            "management": "+49 30 5550 101",
        },
        "links": {"escalation": "docs/escalation.md", "post_mortem": "docs/post-mortem.md#what-will-change"},
        "images": world.shared.get("images", {}),
    }
    if on("rolled-back-on-paper") or on("rolled-back-in-vain"):
        file["rolled_back"] = {
            "on": world.started.replace(microsecond=0) + timedelta(minutes=1),
            "by": mail("DevOps Engineer"),
            "to": world.previous,
            "reason": "TBD",
        }
    for fault, key in (
        ("rollback-not-named", "rollback"),
        ("deployment-not-recorded", "deployed_by"),
        ("known-issues-not-written", "known_issues"),
    ):
        if on(fault):
            del file[key]
    return file


def _before(world: World) -> dict[str, Any]:
    then = (world.now - timedelta(days=40)).replace(microsecond=0)
    return {
        "version": world.previous,
        "commit": world.shared["previous_commit"],
        "tag": f"v{world.previous}{'-gone' if world.on('rollback-tag-missing') else ''}",
        "started": then,
        "deployed": then,
        "deployed_by": mail("DevOps Engineer"),
        "rollback": "take down",
        "closed": then + timedelta(days=8),
        "status": "success",
        "images": world.shared.get("previous_images", {}),
    }
