"""What to do after a deployment: roll back, hold, mend forward, or go on. A pure state machine over looks.

A red line counts when two looks in a row show it; what could not be seen is never taken for green.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from acceptance.verdict import Status

AT_ONCE = (
    "SEC-ROLL-01", "INFRA-ROLL-01", "INFRA-ROLL-02", "FUNC-ROLL-01", "INFRA-ROLL-03", "FUNC-ROLL-02",
)  # fmt: skip
ADVISED = ("PERF-ROLL-01", "PERF-ROLL-02", "FUNC-ROLL-03", "INFRA-ROLL-04", "INFRA-ROLL-05")
HELD = ("FUNC-ROLL-04", "PERF-ROLL-03", "PERF-ROLL-04")
FORWARD = ("INFRA-ROLL-06", "FUNC-ROLL-05")
ITEMS = AT_ONCE + ADVISED + HELD + FORWARD
LOOK_AGAIN_S = 30  # after a red line of the first group


class Advice(StrEnum):
    """In the order in which they are decided."""

    ROLL_BACK_NOW = "ROLL BACK NOW"
    ROLLBACK_ADVISED = "ROLLBACK ADVISED"
    CANNOT_SAY = "CANNOT SAY"
    HOLD = "HOLD"
    FIX_FORWARD = "FIX FORWARD"
    CONTINUE = "CONTINUE"


EXIT_CODES = {
    Advice.CONTINUE: 0,
    Advice.ROLL_BACK_NOW: 10,
    Advice.ROLLBACK_ADVISED: 11,
    Advice.CANNOT_SAY: 12,
    Advice.HOLD: 13,
    Advice.FIX_FORWARD: 14,
}


class Reading(StrEnum):
    """One line of the rollback decision in one look."""

    GREEN = "green"
    RED = "red"
    UNDECIDED = "undecided"
    MISSING = "missing"


def reading(status: Status, evidence: str = "") -> Reading:
    """What a result says: a BLOCKED line whose numbers lie between the bounds is undecided, all else is missing."""
    if status in (Status.PASS, Status.NA):
        return Reading.GREEN
    if status is Status.FAIL:
        return Reading.RED
    return Reading.UNDECIDED if status is Status.BLOCKED and "undecided" in evidence else Reading.MISSING


@dataclass(frozen=True)
class Said:
    """An advice with the lines that it rests on; `confirmed` is False for reds that were seen once."""

    advice: Advice
    because: tuple[str, ...]
    confirmed: bool = True

    @property
    def look_again_s(self) -> int | None:
        """When to look again before anybody acts; None for the plan's own pace."""
        return LOOK_AGAIN_S if not self.confirmed and set(self.because) & set(AT_ONCE) else None


@dataclass(frozen=True)
class Advisor:
    """Remembers the last look, since red counts when two looks in a row show it."""

    last: Mapping[str, Reading] = field(default_factory=dict)

    def look(self, readings: Mapping[str, Reading], *, control_reached: bool = True) -> tuple[Said, Advisor]:
        """The advice after one more look, and the advisor to ask next time.

        When the suite can't reach its own control host, what is red may be its own network: CANNOT SAY.
        """
        if not control_reached:
            return Said(Advice.CANNOT_SAY, ("the suite can't reach its control host",)), Advisor()
        now = {id: readings.get(id, Reading.MISSING) for id in ITEMS}
        twice = {id for id in ITEMS if now[id] is Reading.RED and self.last.get(id) is Reading.RED}
        return _decide(now, twice), Advisor(now)


def _decide(now: Mapping[str, Reading], twice: set[str]) -> Said:
    def those(group: tuple[str, ...], *wanted: Reading) -> tuple[str, ...]:
        return tuple(id for id in group if now[id] in wanted)

    for group, advice in ((AT_ONCE, Advice.ROLL_BACK_NOW), (ADVISED, Advice.ROLLBACK_ADVISED)):
        if confirmed := tuple(id for id in group if id in twice):
            return Said(advice, confirmed)
    if once := those(AT_ONCE + ADVISED, Reading.RED):
        return Said(Advice.HOLD, once, confirmed=False)
    if missing := those(ITEMS, Reading.MISSING):
        return Said(Advice.CANNOT_SAY, missing)
    if held := those(AT_ONCE + ADVISED, Reading.UNDECIDED) + those(HELD, Reading.RED, Reading.UNDECIDED):
        return Said(Advice.HOLD, held)
    if forward := those(FORWARD, Reading.RED, Reading.UNDECIDED):
        return Said(Advice.FIX_FORWARD, forward)
    return Said(Advice.CONTINUE, ())


def in_one_look(results: Iterable[tuple[str, Status, str]]) -> str:
    """The advice of a single run as a line: (id, found, note and evidence) of its items; "" when it judged only a part.

    A red line of one look is not yet an advice to roll back; `acceptance rollback` looks twice.
    """
    own = {id: (found, words) for id, found, words in results if id in ITEMS}
    if set(own) != set(ITEMS) or any(found is Status.NOT_RUN for found, _ in own.values()):
        return ""
    if all(found is Status.NA for found, _ in own.values()):
        return ""
    said, _ = Advisor().look({id: reading(found, words) for id, (found, words) in own.items()})
    because = f" because of {', '.join(said.because)}" if said.because else ""
    return f"{said.advice}{because}" + ("" if said.confirmed else "; seen once, acceptance rollback looks again")
