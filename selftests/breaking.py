"""Puts one fault on a running sandbox, looks again with the probes that see it, and says what changed."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from acceptance.children import Sandbox
from acceptance.sandbox.parts import faults, part_of
from selftests.looking import again, judged, look, wanted

# faults of these probes, which take long or need a quiet machine, are looked at by `make proof` only
SLOW = frozenset({
    "alert_path", "api_load", "browser", "metrics", "mongo_failover", "pages", "ports", "traffic", "websocket_echo",
    "websocket_hold",
})  # fmt: skip


@dataclass(frozen=True)
class Healthy:
    """A running sandbox without faults, and the folder with what was seen of it."""

    sandbox: Sandbox
    folder: Path

    @classmethod
    def seen(cls, sandbox: Sandbox, folder: Path, without: frozenset[str] = frozenset()) -> Healthy:
        """Look at it with every probe that a whole run asks, save some, whose items stay BLOCKED."""
        look(sandbox.target_file, folder, wanted(sandbox.target_file) - without)
        return cls(sandbox, folder)

    def judged(self) -> dict[str, tuple[str, str]]:
        """Status and why of each measured item."""
        return judged(self.sandbox.target_file, self.folder)


@cache
def seen_by(name: str) -> frozenset[str]:
    """The probes that look again when a fault is on, and those that they live on."""
    fault = faults()[name]
    found = again((*part_of(fault).PROBES, *fault.seen_by))
    return frozenset(found | again(("hosts",)) if "services" in found else found)  # their logs are read after the call


def is_slow(name: str) -> bool:
    """Whether a slow probe has to look at this fault."""
    return bool(SLOW & seen_by(name))


def with_fault(name: str, healthy: Healthy, folder: Path) -> dict[str, tuple[str, str]]:
    """Status and why of each measured item with the fault on; all other facts are the healthy ones."""
    target_file = healthy.sandbox.target_file
    shutil.copytree(healthy.folder / "facts", folder / "facts")
    for probe in seen_by(name):
        (folder / "facts" / f"{probe}.json").unlink(missing_ok=True)
    healthy.sandbox.change(f"+{name}")
    try:
        look(target_file, folder, seen_by(name) & again(wanted(target_file)))
        return judged(target_file, folder)  # what people signed is read here, so the fault is still on
    finally:
        healthy.sandbox.change(f"-{name}")


def changed(before: dict[str, tuple[str, str]], after: dict[str, tuple[str, str]]) -> set[str]:
    """Items that stand differently now; one that begins to apply and passes is neither broken nor harmed."""
    return {id for id in after if after[id][0] != before[id][0] and (before[id][0], after[id][0]) != ("NA", "PASS")}
