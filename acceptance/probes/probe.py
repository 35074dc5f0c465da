"""What is said of a probe: how it looks, what it needs, which company it bears, how long it may take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from acceptance.facts import Looked
from acceptance.visit import Visit


class When(StrEnum):
    """Which company a probe bears: `quiet` ones run together, `alone` ones one by one, `last` after all.

    `idle` ones hold something open and disturb nobody: they run beside all that do nothing to the target.
    """

    QUIET = "quiet"
    IDLE = "idle"
    ALONE = "alone"
    LAST = "last"


@dataclass(frozen=True)
class Probe:
    """One way to look. `access` is the table of the target that grants it ("" for `[urls]`, always there).

    Whoever needs `trading` is told in `Visit.allow` what may happen to the target; all others may only read.
    """

    name: str
    look: Callable[[Visit], Looked]
    facts: type[Looked]
    access: str = ""
    needs: tuple[str, ...] = ()  # probes whose facts it reads; they look first
    when: When = When.QUIET
    deadline_s: float = 30.0
    impact: str = ""  # what it does to the target: it is not asked without `--allow`, nor while the engine trades
    requests: int = 100  # budget for one look; one more is refused by the guard
