"""One probe's visit to the target: what it may use, how long it has, and where live secrets lie."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from acceptance.facts import ProbeError

if TYPE_CHECKING:
    from acceptance.target import Target


@dataclass(frozen=True)
class Visit:
    """What `look(visit)` of a probe is given.

    `needs` holds the facts of the probes named in `Probe.needs`; a missing one was not to be had.
    `allow` are the impacts (load, writes, disrupts) that the target and the command line both allow.
    """

    target: Target
    now: datetime
    run: Path  # the run's folder; only `shots/` in it may be written by a probe
    live: Path  # mode 0700, outside reports, gone after the run: tokens, cookies
    state: Path  # mode 0700, outlives the run
    marker: str  # stands in everything that the suite creates or sends: "acceptance-<run id>"
    ends: float  # time.monotonic() at which the visit is over
    allow: frozenset[str] = frozenset()
    needs: Mapping[str, Any] = field(default_factory=dict)
    release: str = ""  # the version that --release names; "": the one that is open

    def time_left_s(self, at_most: float = 10.0) -> float:
        """A time-out for the next socket or subprocess: what is left, never above `at_most`."""
        return max(0.05, min(at_most, self.ends - time.monotonic()))

    def need(self, probe: str) -> Any:
        """Facts of another probe; ProbeError when that one could not look."""
        if probe not in self.needs:
            raise ProbeError(f"what probe {probe} saw", "it could not look")
        return self.needs[probe]

    def secret(self, name: str) -> str:
        """The value of `[credentials]` `name`, resolved at the moment of use; ProbeError names what is missing."""
        return self.target.secret(name)

    def keep_live(self, name: str, value: object) -> None:
        """Keep live secrets (tokens, cookies) for later probes, readable by the owner only.

        The file appears whole: probes beside this one read the folder to know what to redact.
        """
        path = self.live / f"{name}.json"
        part = path.with_suffix(".part")
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump(value, out)
        part.replace(path)

    def live_secret(self, name: str) -> Any:
        """What an earlier probe kept live under `name`; ProbeError when nothing was kept."""
        try:
            return json.loads((self.live / f"{name}.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ProbeError(f"live {name}", "the look that gets them failed") from None

    def token(self, role: str = "user") -> str:
        """The token that the log-in probe got for a role; ProbeError when it got none: without it all is refused."""
        token = self.live_secret("tokens").get(role, "")
        if not token:
            raise ProbeError(f"the API as {role}", "log-in gave no token")
        return str(token)
