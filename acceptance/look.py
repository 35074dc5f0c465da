"""The looker: asks every wanted probe once, each in a child with a deadline. `python -m acceptance.look RUN`.

It dies with whoever started it: standard input is a pipe, and its end kills the whole group. Each child
holds such a pipe from the looker in turn.
"""

from __future__ import annotations

import json
import os
import selectors
import shutil
import signal
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from mmap import mmap
from pathlib import Path
from typing import Any

from acceptance import guard
from acceptance.facts import ProbeError, dump, load, written
from acceptance.probes import PROBES, Probe, When
from acceptance.redact import Redactor, secrets_of
from acceptance.target import Target, read
from acceptance.visit import Visit

AT_ONCE = min(8, 2 * (os.cpu_count() or 1))  # quiet probes that look together, so that none starves another
MAY_JUMP_S = 2.0  # an hour of an NTP daemon's slewing
REQUESTS_PER_S = 20  # a guess that orders probes by how long they may take; nothing is judged by it


@dataclass(frozen=True)
class Plan:
    """What the looker is told in `wanted.json`."""

    run: Path
    target: str
    probes: tuple[str, ...]
    allow: frozenset[str]
    now: datetime
    live: Path
    state: Path
    release: str = ""  # the version that is judged; "": the one whose file is open
    ahead_s: float = field(default_factory=lambda: _ahead_s())  # of the steady clock, when looking began

    @property
    def facts(self) -> Path:
        """Where answers go, one file a probe."""
        return self.run / "facts"

    @classmethod
    def of(cls, run: Path) -> Plan:
        """The plan that lies in a run's folder."""
        data = json.loads((run / "wanted.json").read_text(encoding="utf-8"))
        return cls(
            run, data["target"], tuple(data["probes"]), frozenset(data["allow"]), datetime.fromisoformat(data["now"]),
            Path(data["live"]), Path(data["state"]), data.get("release", ""),
        )  # fmt: skip


def _ahead_s() -> float:
    """Seconds by which this machine's clock is ahead of the steady one, which nobody sets; it changes when the clock is set."""
    return time.time() - time.monotonic()


def with_needs(wanted: tuple[str, ...]) -> tuple[str, ...]:
    """The wanted probes and those that they need, each after its needs."""
    from graphlib import TopologicalSorter

    graph: dict[str, tuple[str, ...]] = {}
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        if name not in graph:
            graph[name] = PROBES[name].needs
            waiting.extend(PROBES[name].needs)
    return tuple(TopologicalSorter(graph).static_order())


def main(run: Path) -> int:
    """Look with every probe of the plan; 0 when each has answered, be it with a failure."""
    plan = Plan.of(run)
    target = read(Path(plan.target))
    import httpx  # noqa: F401  # loaded once here, not in each child

    waiting = [name for name in with_needs(plan.probes) if not (plan.facts / f"{name}.json").exists()]
    running: dict[int, _Child] = {}
    with selectors.DefaultSelector() as selector:
        selector.register(0, selectors.EVENT_READ)
        while waiting or running:
            for name in _startable(waiting, [child.probe for child in running.values()]):
                waiting.remove(name)
                child = _Child.start(PROBES[name], plan, target)
                running[child.done] = child
                selector.register(child.done, selectors.EVENT_READ)
            patience_s = max(0.0, min(child.ends for child in running.values()) - time.monotonic())
            ready = {key.fd for key, _ in selector.select(patience_s)}
            if 0 in ready and not os.read(0, 1):
                for child in running.values():
                    child.end()
                shutil.rmtree(plan.live, ignore_errors=True)  # who was to do it may have been killed
                return 1
            for fd in [f for f, child in running.items() if f in ready or child.ends <= time.monotonic()]:
                selector.unregister(fd)
                running.pop(fd).finish(plan, overran=fd not in ready)
    return 0


def _startable(waiting: list[str], running: list[Probe]) -> Iterator[str]:
    """Probes that may start now: quiet ones together, each alone one by itself, last ones after all.

    An idle one is company to nobody, but what might cut its connections waits for its end.
    """
    busy = {probe.name for probe in running} | set(waiting)
    ready = [PROBES[name] for name in waiting if not set(PROBES[name].needs) & busy]
    yield from (probe.name for probe in ready if probe.when is When.IDLE)
    ready = [probe for probe in ready if probe.when is not When.IDLE]
    beside = [probe for probe in running if probe.when is not When.IDLE]
    if any(probe.when is not When.QUIET for probe in beside):
        return
    quiet = sorted((probe for probe in ready if probe.when is When.QUIET), key=lambda probe: _order(probe, waiting))
    if quiet:
        yield from (probe.name for probe in quiet[: AT_ONCE - len(beside)])
    elif not beside:
        alone = [probe for probe in ready if probe.when is When.ALONE]
        harmless = [probe for probe in alone if not probe.impact]
        yield from (probe.name for probe in (harmless or ([] if running else alone or ready))[:1])


def _order(probe: Probe, waiting: list[str]) -> tuple[int, float]:
    """Those that most others wait for come first, then those that may take longest: the last one to end ends sooner."""
    may_take_s = probe.deadline_s + probe.requests / REQUESTS_PER_S
    return -sum(probe.name in PROBES[name].needs for name in waiting), -may_take_s


class _Child:
    """One probe at work in a process group of its own."""

    def __init__(self, probe: Probe, pid: int, life: int, done: int, began: datetime, ledger: mmap) -> None:
        self.probe, self.pid, self.life, self.done, self.began, self.ledger = probe, pid, life, done, began, ledger
        self.ends = time.monotonic() + probe.deadline_s

    @classmethod
    def start(cls, probe: Probe, plan: Plan, target: Target) -> _Child:
        life_read, life_write = os.pipe()
        done_read, done_write = os.pipe()
        began = datetime.now(UTC)
        ledger = guard.ledger()
        pid = os.fork()
        if pid == 0:
            try:
                os.setsid()
                os.dup2(life_read, 0)
                os.close(life_write)
                os.close(done_read)
                os.set_inheritable(done_write, False)
                _die_with_parent()
                guard.keep(ledger)
                _visit(probe, plan, target, began)
            finally:
                os._exit(0)
        os.close(life_read)
        os.close(done_write)
        return cls(probe, pid, life_write, done_read, began, ledger)

    def kill(self) -> None:
        """End the probe and whatever it started."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def end(self) -> int:
        """End it surely; how it ended."""
        self.kill()
        return os.waitpid(self.pid, 0)[1]

    def finish(self, plan: Plan, *, overran: bool) -> None:
        """Take the answer, or write why there is none."""
        status = self.end()
        os.close(self.life)
        os.close(self.done)
        if not (plan.facts / f"{self.probe.name}.json").exists():
            why = (
                f"not done within its deadline of {self.probe.deadline_s:g} s"
                if overran
                else f"its process ended with {os.waitstatus_to_exitcode(status)} without an answer"
            )
            failure = {"failure": {"what": f"probe {self.probe.name}", "why": why}}
            with suppress(OSError):  # a full disk; whoever waits is told when the looker ends
                _answer(plan, self.probe, self.began, {**guard.kept(self.ledger), **failure})


def _die_with_parent() -> None:
    """A thread that kills the group when the pipe on standard input ends."""

    def wait() -> None:
        while os.read(0, 1):
            pass
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=wait, daemon=True).start()


def _visit(probe: Probe, plan: Plan, target: Target, began: datetime) -> None:
    redact = Redactor(secrets_of(target, plan.live), target.public)
    answer: dict[str, Any]
    needs = {name: known for name in probe.needs if (known := facts_of(plan.facts, name)) is not None}
    try:
        visit = Visit(
            target=target,
            now=plan.now,
            run=plan.run,
            live=plan.live,
            state=plan.state,
            marker=f"acceptance-{plan.run.name}",
            ends=time.monotonic() + probe.deadline_s - 1,
            allow=allowed(probe, plan.allow, target, needs),
            needs=needs,
            release=plan.release,
        )
        if probe.impact and probe.impact not in visit.allow:
            raise ProbeError(
                f"probe {probe.name}", f"it needs --allow {probe.impact}, and an engine that does not trade"
            )
        guard.install(visit, probe.requests)
        value = probe.look(visit)
        if abs(jump_s := _ahead_s() - plan.ahead_s) > MAY_JUMP_S:
            set_to = f"this machine's clock was set {'forward' if jump_s > 0 else 'back'} by {abs(jump_s):.0f} s"
            raise ProbeError(
                f"probe {probe.name}", f"{set_to} since looking began: what it says of ages is not to be trusted"
            )
        redact = Redactor(secrets_of(target, plan.live), target.public)
        answer = {"value": json.loads(dump(value, redact))}
    except ProbeError as unseen:
        answer = {"failure": {"what": redact(unseen.what), "why": redact(unseen.why)}}
    except guard.Refused:
        answer = {}  # told below
    except BaseException as bug:  # noqa: BLE001  # whatever breaks in a probe is "could not look", never a verdict
        what = f"probe {probe.name}"
        answer = {"failure": {"what": what, "why": redact(f"it broke: {type(bug).__name__}: {bug}"[:300])}}
        with (plan.run / "look.log").open("a", encoding="utf-8", errors="replace") as log:
            log.write(redact(f"{what}\n{traceback.format_exc()}\n"))
    if refused := guard.refused():  # whatever the probe or its library made of it
        answer = {"failure": {"what": f"probe {probe.name}", "why": redact(f"the guard refused it: {refused}")}}
    _answer(plan, probe, began, {**_redacted_counts(redact), **answer})


def allowed(probe: Probe, asked: frozenset[str], target: Target, needs: Mapping[str, Any]) -> frozenset[str]:
    """What a probe may do to the target: what both sides allow, nothing while the engine trades or does not say."""
    both = frozenset(impact for impact in asked if getattr(target.allow, impact))
    if "trading" not in probe.needs:
        return frozenset()
    quiet = "trading" in needs and not needs["trading"].in_the_way()
    return both if quiet or target.allow.while_trading else frozenset()


def _redacted_counts(redact: Redactor) -> dict[str, Any]:
    """What the guard counted in this process; a page gives its writes their names."""
    counts = guard.counts()
    held = Counter[str]()
    for name, times in counts["held"].items():
        held[redact(name)] += times
    return {**counts, "held": dict(held)}


def _answer(plan: Plan, probe: Probe, began: datetime, answer: dict[str, Any]) -> None:
    whole = {
        "probe": probe.name,
        "from": began.isoformat(),
        "to": datetime.now(UTC).isoformat(),
        "requests": 0,
        "writes": 0,
        "held": {},
        **answer,
    }
    part = plan.facts / f".{probe.name}.part"
    part.write_bytes(written(json.dumps(whole, ensure_ascii=False)))
    part.rename(plan.facts / f"{probe.name}.json")


def facts_of(folder: Path, name: str) -> Any:
    """The facts of a probe that has looked, or None when it could not."""
    try:
        answer = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return load(PROBES[name].facts, json.dumps(answer["value"])) if "value" in answer else None


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
