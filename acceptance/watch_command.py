"""`acceptance watch`: the loop at the terminal, from cron or in CI; each sample is a child run of pytest."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from acceptance.advice import EXIT_CODES, Said
from acceptance.facts import ProbeError
from acceptance.probes.sample import Sample
from acceptance.record.words import one_line
from acceptance.run import REPORTS
from acceptance.target import Target, TargetError, find, read, resolve_secret
from acceptance.watch import PLANS, Book, Look, Plan, condense, next_due, watch
from acceptance.watch_terminal import Screen, Wall, counted
from acceptance.words import read as read_words

CHILD_S = 900.0  # a sample that takes longer is ended


def register(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser("watch", help="take samples after a deployment, and say when to roll back")
    parser.add_argument("--target", required=True, help="name below targets/, or a path to a target.toml")
    parser.add_argument("--plan", choices=PLANS, default="first-hour", help="how often and for how long")
    parser.add_argument("--once", action="store_true", help="take one sample now and end, as cron or CI do")
    parser.add_argument("--allow", default="", help="impacts that a sample may have; none by default")
    parser.add_argument("--release", default="", help="version that is watched; else the newest open release file")
    parser.add_argument("--state", default="", help="folder for the samples")
    parser.set_defaults(run=run)


class Terminal:
    """Tells the terminal of each sample, and the target's webhook of a change."""

    def __init__(self, target: Target, version: str, plan: str) -> None:
        self.target, self.about = target, f"{target.name} {version}, {plan}"
        self.screen = Screen(self.about)

    def shown(self, samples: tuple[Sample, ...], said: Said, due: datetime | None) -> None:
        """One line a sample."""
        self.screen.shown(samples, said, due)

    def changed(self, said: Said) -> None:
        """Tell the webhook."""
        because = f" ({', '.join(said.because)})" if said.because else ""
        _post(self.target, f"{self.about}: {said.advice}{because}")

    def missed(self, why: str) -> None:
        """Say that a sample is missing."""
        self.screen.say(f"{datetime.now(UTC):%H:%M} no sample: {why}")


def run(options: argparse.Namespace) -> int:
    """Watch; the exit code is that of the last advice (acceptance.advice.EXIT_CODES)."""
    path = find(options.target)
    target, version = read(path), _version(path, options.release)
    state = state_folder(target, options.state)
    plan = PLANS[options.plan]
    book, terminal = Book(state), Terminal(target, version, options.plan)
    clock = Wall(terminal.screen)
    started, samples = book.open(clock.now(), version)
    if options.once:
        plan = Plan(plan.every, max(plan.length, clock.now() - started + timedelta(seconds=1)))
        if samples and (due := next_due(started, samples[-1].at, plan, clock.now())) and due > clock.now():
            print(f"the next sample is due at {due:%H:%M} UTC; nothing to do")
            return 0
        plan = Plan(plan.every, clock.now() - started + timedelta(seconds=1))
    else:
        terminal.screen.say(f"{terminal.about}: a look every {plan.every / timedelta(minutes=1):g} minutes")
        terminal.screen.say(
            f"until {started + plan.length:%Y-%m-%d %H:%M}; all times are UTC; {counted(len(samples))} so far"
        )

    def look() -> Look:
        terminal.screen.looking(clock.now())
        try:
            return take(options, target, "sample")
        finally:
            terminal.screen.bottom()

    try:
        said = watch(book, plan, version, clock, look, terminal)
    except KeyboardInterrupt:
        print("\nstopped; the samples are kept, and the same command goes on")
        return 130
    if said is None:
        print("the time of this plan is over: no look was due")
    return EXIT_CODES[said.advice] if said else 0


def take(options: argparse.Namespace, target: Target, marker: str) -> Look:
    """One look: a child run of the items with a marker, and what its folder says."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        f"--target={options.target}",
        "-m",
        marker,
        "-q",
        "-p",
        "no:cacheprovider",
    ]
    command += [f"--{name}={value}" for name in ("allow", "release", "state") if (value := getattr(options, name))]
    before, at = _latest(target), datetime.now(UTC)
    try:
        ended = subprocess.run(
            command, cwd=Path(__file__).parents[1], stdin=subprocess.DEVNULL, capture_output=True, timeout=CHILD_S,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise TargetError(f"a sample did not end within {CHILD_S:.0f} s") from None
    folder = _latest(target)
    if folder is None or folder == before:
        last = one_line((ended.stderr or ended.stdout).decode("utf-8", "replace").strip()[-300:])
        raise TargetError(f"a sample left no record: {last or f'pytest ended with {ended.returncode}'}")
    return condense(folder, at)


def state_folder(target: Target, given: str) -> Path:
    """Where samples and the baseline outlive a run; the same place that a run uses."""
    base = Path(os.environ.get("XDG_STATE_HOME", Path.home() / ".local/state")) / "acceptance" / target.name
    state = Path(given) if given else base
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    return state


def _version(path: Path, wanted: str) -> str:
    release = read_words(path.parent).release(wanted or None)
    return release.version if release else "unknown"


def _latest(target: Target) -> Path | None:
    link = REPORTS / target.name / "latest"
    return link.resolve() if link.exists() else None


def _post(target: Target, text: str) -> None:
    """Tell the target's webhook; a message that does not arrive must not stop the watch."""
    if target.rollback is None or not target.rollback.webhook:
        return
    from acceptance.webhook import NotDelivered, post

    try:
        post(resolve_secret(target.credentials[target.rollback.webhook].secret, target._folder), {"text": text})
    except (NotDelivered, ProbeError, KeyError) as problem:
        print(f"the webhook did not take it: {problem}", file=sys.stderr)
