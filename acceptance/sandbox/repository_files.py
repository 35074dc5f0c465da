"""The files of the sandbox's repository: what its release holds, and what each fault makes of them."""

from __future__ import annotations

import re
from collections.abc import Callable

SPEC = "docs/spec/requirements.md"
ENGINE = "rust-core-engine/src/main.rs"
SERVICES = ("rust-core-engine", "python-ai-service", "nextjs-ui-dashboard", "mongodb", "redis", "rabbitmq")

README = """\
# Bot Core

Trades on an exchange with the help of a model. Production answers at https://{host} and runs version {version};
the services are an engine, an analysis service and a dashboard, with a database, a cache and a broker behind them.

## Deployment

Check out the tag, fill `.env` from `.env.example`, and start the production profile:

```bash
git checkout v{version}
docker compose --profile prod up -d
```

The [deployment guide](docs/deployment.md) has every step, the [runbook](docs/runbook.md#restore) what to do at night.

## Contributing

Read [CLAUDE.md](CLAUDE.md) before the first change; it has the rules of the code base and of its reviews.
"""
CLAUDE = """\
# Guide for contributors and assistants

Version {version}. Every change has a test that fails without it; nothing goes to main without a review.
Money is never a float, times are UTC, and a number that leaves the engine has a unit in its name.
Run the checks of all three services before you ask for a review, and say in the change log what a user will notice.
The requirements lie in [docs/spec](docs/spec/requirements.md); tag the code that implements one.
"""
DEPLOYMENT = """\
# Deployment guide

For version {version}. The release manager follows it from top to bottom and writes down what was different.

## Prerequisites

Docker 20.10, Compose 2, the tag of the release in git, its images in the registry, and a backup under an hour old.

## Deploy

Announce the window, put up the maintenance page, pull the images by digest, and start the production profile.

## Verify

Run the acceptance suite for the phase after deployment; every critical item must be green before trading is released.

## Roll back

Check out the version before, start it with the production profile, restore the database only if the data is wrong.
"""
RUNBOOK = """\
# Runbook

For version {version}. Each section says what to type and how to see that it worked.

## Start

Start the production profile with Compose, then wait until all six services call themselves healthy.

## Stop

Stop trading first, wait until no order is open, then stop the services in the order of the diagram.

## Logs

Read them with Compose for one service at a time; the engine writes one line for each decision it takes.

## Restore

Stop the engine, restore the newest archive with mongorestore, compare the counts with the record, start again.

## Alerts

Each alert names its section in the [troubleshooting guide](troubleshooting.md); acknowledge it before you begin.
"""
TROUBLESHOOTING = """\
# Troubleshooting

For version {version}, in the order in which things were seen to break.

## The stream is silent

The engine reconnects by itself for five minutes and then ends with an error; look whether the exchange has a pause,
then start the engine again and watch that prices move on the dashboard.

## Log-in fails for everybody

The database is down or its certificate has expired; the health answer of the engine says which of the two it is.
"""
ARCHITECTURE = """\
# Architecture

How the services of version {version} hang together. Arrows point from the one that calls to the one that is called,
and everything that crosses the edge is encrypted. The stores keep nothing that a backup does not have within the hour.

```mermaid
graph LR
  nextjs-ui-dashboard --> rust-core-engine
  rust-core-engine --> python-ai-service
  rust-core-engine --> mongodb
  rust-core-engine --> redis
  rust-core-engine --> rabbitmq
```
"""
CHANGELOG = """\
# Change log

## {version} - {day}

- Orders show their fee before they are sent.
- The dashboard reconnects without a reload.

## {previous} - {day_before}

- First version with paper trading.
"""
NOTES = """\
# Release {version}

Orders show their fee before they are sent, and the dashboard reconnects without a reload. Nothing has to be migrated.
"""
ESCALATION = """\
# Escalation

For version {version}. The on-call engineer answers within ten minutes. After half an hour without a cause the tech lead
is called, after an hour the management; the security engineer at once when data or keys may be in foreign hands.
"""
POST_MORTEM = """\
# Post-mortem template

For every incident after version {version}; written within five days, read by the whole team, and nobody is blamed.

## What users saw

When it began, when it ended, how many were hit, and what they could not do in the meantime.

## What happened

The course of events with times in UTC, from the first sign to the moment when all was well again.

## What will change

Each measure with the person who does it and the day on which it is done.
"""
REQUIREMENTS = """\
# Requirements

## FR-ORDER-001 An order shows its fee

Status: implemented

## FR-AUTH-002 A session ends with the log-out

Status: implemented

## FR-CHART-003 Charts can be compared

Status: planned
"""
COMPOSE = """\
services:
  rust-core-engine: {profiles: [prod], image: "registry.example.com/rust-core-engine"}
  python-ai-service: {profiles: [prod], image: "registry.example.com/python-ai-service"}
  nextjs-ui-dashboard: {profiles: [prod], image: "registry.example.com/nextjs-ui-dashboard"}
  mongodb: {image: "mongo:7.0"}
  redis: {image: "redis:7.4"}
  rabbitmq: {image: "rabbitmq:4.0"}
  mailhog: {profiles: [dev], image: "mailhog"}
"""
MAIN = """\
// @spec:FR-ORDER-001 the fee is part of the preview
fn preview() {}
// @spec FR-AUTH-002
fn log_out() {}
"""
ENV = "# copy to .env and fill in\nNODE_ENV=production\nLOG_LEVEL={level}\nJWT_SECRET=change-me\n"


def files(version: str, previous: str, host: str, days: tuple[str, str], *, released: bool) -> dict[str, str]:
    """All files of a version by path. `released`: the one that is judged, else the one before it."""
    shown = {
        "README.md": README,
        "CLAUDE.md": CLAUDE,
        "docs/deployment.md": DEPLOYMENT,
        "docs/runbook.md": RUNBOOK,
        "docs/troubleshooting.md": TROUBLESHOOTING,
        "docs/architecture.md": ARCHITECTURE,
        "CHANGELOG.md": CHANGELOG,
        f"docs/releases/{version}.md": NOTES,
        "docs/escalation.md": ESCALATION,
        "docs/post-mortem.md": POST_MORTEM,
    }
    day, day_before = days
    made = {
        path: source.format(version=version, previous=previous, host=host, day=day, day_before=day_before)
        for path, source in shown.items()
    }
    level = "info" if released else "debug"
    return {
        **made,
        SPEC: REQUIREMENTS,
        "docker-compose.yml": COMPOSE if released else COMPOSE.replace("redis:7.4", "redis:7.2"),
        ENGINE: MAIN,
        ".env.example": ENV.format(level=level),
        ".gitignore": "/target\n.env\n",
    }


def _without(path: str) -> Callable[[dict[str, str]], None]:
    def change(tree: dict[str, str]) -> None:
        del tree[path]

    return change


def _changed(path: str, old: str, new: str) -> Callable[[dict[str, str]], None]:
    def change(tree: dict[str, str]) -> None:
        assert old in tree[path], (path, old)
        tree[path] = tree[path].replace(old, new)

    return change


def _stub(path: str) -> Callable[[dict[str, str]], None]:
    """Headings stay, what stands below them goes."""

    def change(tree: dict[str, str]) -> None:
        tree[path] = "\n\n".join(re.findall(r"^#+ .*$", tree[path], re.MULTILINE)) + "\n"

    return change


# name -> what is then wrong, and what it makes of the release's tree
CHANGES: dict[str, tuple[str, Callable[[dict[str, str]], None]]] = {
    "readme-without-deploy-steps": (
        "the README has no section Deployment",
        _changed("README.md", "## Deployment", "## Use"),
    ),
    "readme-of-another-version": ("the README names no version", _changed("README.md", "2.4.0", "latest")),
    "assistant-guide-stub": ("CLAUDE.md has a heading only", _stub("CLAUDE.md")),
    "deployment-guide-stub": ("the deployment guide has headings only", _stub("docs/deployment.md")),
    "runbook-section-missing": (
        "the runbook has no section Alerts",
        _changed("docs/runbook.md", "## Alerts", "## Noise"),
    ),
    "troubleshooting-stub": ("the troubleshooting guide has headings only", _stub("docs/troubleshooting.md")),
    "diagram-misses-service": (
        "the diagram lacks rabbitmq",
        _changed("docs/architecture.md", "--> rabbitmq", "--> broker"),
    ),
    "changelog-without-version": (
        "the change log has no entry for the version",
        _changed("CHANGELOG.md", "## 2.4.0", "## next"),
    ),
    "release-notes-missing": ("nobody wrote release notes", _without("docs/releases/2.4.0.md")),
    "document-link-dead": (
        "a link of the runbook leads nowhere",
        _changed("docs/runbook.md", "(troubleshooting.md)", "(gone.md)"),
    ),
    "document-anchor-dead": ("an anchor of the README leads nowhere", _changed("README.md", "#restore", "#backup")),
    "document-todo-left": (
        "a document says TODO",
        _changed("docs/spec/requirements.md", "Status: planned", "TODO: plan"),
    ),
    "document-code-broken": (
        "a JSON block of a document does not parse",
        _changed(SPEC, "# Requirements", "# Requirements\n\n```json\n{]\n```"),
    ),
    "spec-tag-dangling": (
        "a tag names a requirement that nobody defined",
        _changed(ENGINE, "FR-AUTH-002", "FR-AUTH-999, FR-AUTH-002"),
    ),
    "spec-requirement-untagged": (
        "an implemented requirement has no tag",
        _changed(ENGINE, "// @spec FR-AUTH-002\n", ""),
    ),
    "escalation-missing": ("the escalation path is gone", _without("docs/escalation.md")),
    "post-mortem-empty": ("the post-mortem template is empty", _stub("docs/post-mortem.md")),
    "env-not-ignored": (".gitignore does not have .env", _changed(".gitignore", ".env\n", "")),
    "configuration-change-not-listed": (
        "a variable was added and not listed",
        _changed(".env.example", "JWT_", "FEE_SOURCE=exchange\nJWT_"),
    ),
}
