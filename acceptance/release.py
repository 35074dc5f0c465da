"""`acceptance release`: one version's file, from `new` over `started` and `deployed` to `close` or `rolled-back`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from acceptance.signing import folder_of, moment, now, put, said
from acceptance.signoff import TAKE_DOWN, Release
from acceptance.target import TargetError
from acceptance.words import Words, WordsError, read

STATUSES = ("success", "partial success", "failed", "rolled back")
TEMPLATE = """\
# Release {version}: facts of it; people's word is in attestations.toml.
version = "{version}"
commit = "{commit}"
# announced = 2026-03-01T09:00:00Z        when the window was announced, 24 h or more before it begins
# migrations = "none"                     or "reversible", "irreversible"
# configuration_changes = []              names of every changed configuration file and variable
# known_issues = []                       or tables [[known_issues]] with summary, severity, link

# [window]
# begins = 2026-03-02T09:30:00Z
# ends = 2026-03-02T10:30:00Z

# [contacts]                              each a mail address or a phone number
# on_call = ""
# tech_lead = ""
# devops = ""
# security = ""
# management = ""

# [links]
# escalation = ""                         file in the repository, or address
# post_mortem = ""                        the template

# [images]                                digest of each service's image
# rust-core-engine = "sha256:..."
"""


def register(commands: Any) -> None:
    """Add the command and its verbs to the parser."""
    parser = commands.add_parser("release", help="write and read the file of a release")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, text, function in (
        ("new", "begin a release file", _new),
        ("show", "print a release, or all of them", _show),
        ("started", "the deployment has begun", _started),
        ("deployed", "the deployment is done", _deployed),
        ("trading-released", "live trading may begin; ends the first start", _trading),
        ("rolled-back", "the release was taken back", _rolled_back),
        ("close", "nothing more is judged for this release", _close),
    ):
        each = verbs.add_parser(verb, help=text)
        each.add_argument("version", nargs="?" if verb != "new" else None, help="the open release if left out")
        each.add_argument("--target", required=True, help="name or path of the target")
        each.set_defaults(run=run, verb_function=function)
        if verb not in ("new", "show"):
            each.add_argument("--on", type=moment, default=now(), help="when; now if left out")
        if verb == "new":
            each.add_argument("--commit", required=True, help="all 40 digits")
            each.add_argument("--rollback", help=f"the version to go back to, or {TAKE_DOWN!r} on a first release")
        if verb in ("deployed", "trading-released", "rolled-back"):
            each.add_argument("--by", required=True, help="who")
        if verb == "rolled-back":
            each.add_argument("--reason", required=True)
            each.add_argument("--to", help="the version that runs again; the release's rollback target if left out")
        if verb == "close":
            each.add_argument("--status", choices=STATUSES, default="success")
            each.add_argument("--notes", default="")


def run(args: argparse.Namespace) -> int:
    """Do what the verb says; 0, or 2 with one sentence."""
    try:
        folder = folder_of(args.target)
        return int(args.verb_function(args, folder, read(folder)))
    except (WordsError, TargetError) as problem:
        return said(problem)


def _path(folder: Path, version: str) -> Path:
    return folder / "releases" / f"{version}.toml"


def _one(args: argparse.Namespace, words: Words) -> Release:
    release = words.release(args.version)
    if release is None:
        raise WordsError("no release is open; write one with `acceptance release new`")
    return release


def _new(args: argparse.Namespace, folder: Path, words: Words) -> int:
    path = _path(folder, args.version)
    if args.version in words.releases:
        raise WordsError(f"{path} is there already; edit it, or choose another version")
    if other := next((r.version for r in words.releases.values() if r.closed is None), None):
        raise WordsError(f"release {other} is still open; close it first: acceptance release close {other}")
    last = max(words.releases.values(), key=lambda r: r.started or r.closed or now(), default=None)
    path.parent.mkdir(exist_ok=True)
    path.write_text(TEMPLATE.format(version=args.version, commit=args.commit), encoding="utf-8")
    try:
        put(path, (), {"rollback": args.rollback or (last.version if last else TAKE_DOWN)})
    except WordsError:
        path.unlink()
        raise
    print(f"{path}: fill in what is commented out; `acceptance release show` reads it back")
    return 0


def _show(args: argparse.Namespace, _folder: Path, words: Words) -> int:
    shown = [words.releases[args.version]] if args.version in words.releases else list(words.releases.values())
    if args.version and args.version not in words.releases:
        words.release(args.version)
    for release in shown:
        print(
            f"{release.version}  {state_of(release)}  commit {release.commit[:12]}  back to {release.rollback or '?'}"
        )
    return 0


def state_of(release: Release) -> str:
    """Where a release stands, in words."""
    if release.closed:
        return f"closed {release.closed:%Y-%m-%d %H:%M %Z} ({release.status or 'no status'})"
    if release.rolled_back:
        return f"rolled back {release.rolled_back.on:%Y-%m-%d %H:%M %Z} to {release.rolled_back.to}"
    if release.deployed:
        return f"deployed {release.deployed:%Y-%m-%d %H:%M %Z}"
    return f"started {release.started:%Y-%m-%d %H:%M %Z}" if release.started else "not started"


def _started(args: argparse.Namespace, folder: Path, words: Words) -> int:
    return _mark(args, folder, words, (), {"started": args.on})


def _deployed(args: argparse.Namespace, folder: Path, words: Words) -> int:
    return _mark(args, folder, words, (), {"deployed": args.on, "deployed_by": args.by})


def _trading(args: argparse.Namespace, folder: Path, words: Words) -> int:
    return _mark(args, folder, words, ("trading_released",), {"by": args.by, "on": args.on})


def _rolled_back(args: argparse.Namespace, folder: Path, words: Words) -> int:
    to = args.to or _one(args, words).rollback
    if not to:
        raise WordsError("the release names no rollback target; give --to")
    fields = {"on": args.on, "by": args.by, "reason": args.reason, "to": to}
    return _mark(args, folder, words, ("rolled_back",), fields)


def _close(args: argparse.Namespace, folder: Path, words: Words) -> int:
    release = _one(args, words)
    status = "rolled back" if release.rolled_back else args.status
    return _mark(args, folder, words, (), {"closed": args.on, "status": status, "notes": args.notes})


def _mark(
    args: argparse.Namespace, folder: Path, words: Words, keys: tuple[str, ...], fields: dict[str, object]
) -> int:
    release = _one(args, words)
    path = _path(folder, release.version)
    after = put(path, keys, fields).releases[release.version]
    print(f"{path}: {after.version} {state_of(after)}")
    return 0
