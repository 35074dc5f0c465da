"""`acceptance watch`: the loop at the terminal, from cron or in CI; each sample is a child run of pytest."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import get_terminal_size
from statistics import median
from typing import Any

from acceptance.advice import EXIT_CODES, Advice, Said
from acceptance.facts import ProbeError
from acceptance.probes.sample import Sample
from acceptance.record.words import one_line
from acceptance.run import REPORTS
from acceptance.target import Target, TargetError, find, read, resolve_secret
from acceptance.watch import PLANS, Book, Look, Plan, condense, next_due, watch
from acceptance.words import read as read_words

BARS = "▁▂▃▄▅▆▇█"
SHOWN = 24  # samples in the sparkline
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


class Wall:
    """The real clock; at a terminal its waiting shows a line that counts down."""

    def __init__(self, waiting: Callable[[float], str]) -> None:
        self.waiting = waiting

    def now(self) -> datetime:
        """UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ends = time.monotonic() + seconds
        while sys.stdout.isatty() and (left := ends - time.monotonic()) > 0:
            sys.stdout.write(f"\r\x1b[K{self.waiting(left)}")
            sys.stdout.flush()
            time.sleep(min(1.0, left))
        if sys.stdout.isatty():
            sys.stdout.write("\r\x1b[K")
        time.sleep(max(0.0, ends - time.monotonic()))


class Terminal:
    """A line for each sample, one that counts down to the next, and the target's webhook."""

    def __init__(self, target: Target, version: str, plan: str) -> None:
        self.target, self.about = target, f"{target.name} {version}, {plan}"
        self.state = "no sample yet"

    def waiting(self, left_s: float) -> str:
        """What stands at the bottom while nothing happens."""
        minutes, seconds = divmod(int(left_s), 60)
        return f"{self.about}: {self.state}; next look in {minutes}:{seconds:02}"[: get_terminal_size().columns - 1]

    def shown(self, samples: tuple[Sample, ...], said: Said, due: datetime | None) -> None:
        """One line a sample."""
        latency = sparkline([median(sample.p95_ms) for sample in samples if sample.p95_ms])
        self.state = f"{said.advice} after {len(samples)} samples {latency}".rstrip()
        show(samples, said, due)

    def changed(self, said: Said) -> None:
        """Tell the webhook."""
        because = f" ({', '.join(said.because)})" if said.because else ""
        _post(self.target, f"{self.about}: {said.advice}{because}")

    def missed(self, why: str) -> None:
        """Say that a sample is missing."""
        print(f"{datetime.now(UTC):%H:%M} no sample: {why}", flush=True)


def run(options: argparse.Namespace) -> int:
    """Watch; the exit code is that of the last advice (acceptance.advice.EXIT_CODES)."""
    path = find(options.target)
    target, version = read(path), _version(path, options.release)
    state = state_folder(target, options.state)
    plan = PLANS[options.plan]
    book, terminal = Book(state), Terminal(target, version, options.plan)
    clock = Wall(terminal.waiting)
    if options.once:
        started, samples = book.open(clock.now(), version)
        plan = Plan(plan.every, max(plan.length, clock.now() - started + timedelta(seconds=1)))
        if samples and (due := next_due(started, samples[-1].at, plan, clock.now())) and due > clock.now():
            print(f"the next sample is due at {due:%H:%M} UTC; nothing to do")
            return 0
        plan = Plan(plan.every, clock.now() - started + timedelta(seconds=1))

    try:
        said = watch(book, plan, version, clock, lambda: take(options, target, "sample"), terminal)
    except KeyboardInterrupt:
        print("\nstopped; the samples are kept, and the same command goes on")
        return 130
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


def show(samples: tuple[Sample, ...], said: Said, due: datetime | None) -> None:
    """One line a sample: the advice, the latency so far, what failed, when the next one comes."""
    last = samples[-1]
    latency = [median(sample.p95_ms) for sample in samples if sample.p95_ms]
    seen = f"p95 {latency[-1]:.0f} ms {sparkline(latency)}" if latency else "no traffic of its own"
    red = [id for id, status in last.items.items() if status == "FAIL"]
    then = f"next {due:%H:%M}" if due else "no more in this plan"
    parts = [f"{last.at:%H:%M} {said.advice}", seen, f"{last.failed} of {last.sent} failed", f"red: {_few(red)}", then]
    print("  ".join(parts), flush=True)
    if said.advice not in (Advice.CONTINUE, Advice.FIX_FORWARD):
        print(f"      because of {_few(said.because)}; see reports/*/{last.run}/record.html", flush=True)


def sparkline(values: Sequence[float]) -> str:
    """The last values as little bars from zero to the highest."""
    shown = list(values)[-SHOWN:]
    top = max(shown, default=0.0) or 1.0
    return "".join(BARS[min(7, int(8 * max(0.0, value) / top))] for value in shown)


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


def _few(ids: Sequence[str]) -> str:
    return ", ".join(ids[:4]) + (f" and {len(ids) - 4} more" if len(ids) > 4 else "") or "nothing"


def _post(target: Target, text: str) -> None:
    """Tell the target's webhook; a message that does not arrive must not stop the watch."""
    if target.rollback is None or not target.rollback.webhook:
        return
    from acceptance.webhook import NotDelivered, post

    try:
        post(resolve_secret(target.credentials[target.rollback.webhook].secret, target._folder), {"text": text})
    except (NotDelivered, ProbeError, KeyError) as problem:
        print(f"the webhook did not take it: {problem}", file=sys.stderr)
