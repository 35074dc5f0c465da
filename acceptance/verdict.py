"""What results add up to: statuses, the rules that need the whole run, and GO or NO-GO. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class Status(StrEnum):
    """Status words of an item, in the order in which a record counts them."""

    PASS = "PASS"  # noqa: S105  # a status word, no password
    FAIL = "FAIL"
    BLOCKED = "BLOCKED"
    PENDING = "PENDING"
    WAIVED = "WAIVED"
    NA = "NA"
    NOT_RUN = "NOT-RUN"


class Decision(StrEnum):
    """What the run says."""

    GO = "GO"
    GO_WITH_APPROVAL = "GO WITH APPROVAL"
    NO_GO = "NO-GO"


@dataclass(frozen=True)
class Result:
    """One item's outcome. `found` is what was found before people's word; `by` is measured, attested or waived."""

    id: str
    severity: str
    status: Status
    found: Status
    by: str = "measured"
    looked: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    note: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Verdict:
    """The decision. `because` are the items that stand in the way, `to_go` the smallest set that would turn it."""

    decision: Decision
    approved: bool
    judged: int
    of: int
    because: tuple[str, ...] = ()
    to_go: tuple[str, ...] = ()
    missing: str = ""  # whose approval is missing

    @property
    def scope(self) -> str:
        """The decision with what it covers: "GO for 52 of 350 items"."""
        approved = " (approved)" if self.decision is Decision.GO_WITH_APPROVAL and self.approved else ""
        return f"{self.decision}{approved} for {self.judged} of {self.of} items"

    @property
    def exit_code(self) -> int:
        """0 for GO and an approved GO WITH APPROVAL, 1 for the rest."""
        return 0 if self.decision is Decision.GO or self.approved else 1


FINE = (Status.PASS, Status.NA)


def no_false_tick(result: Result) -> Result:
    """A pass without a passed assertion and a looked line is none."""
    if result.status is Status.PASS and result.by == "measured" and not (result.looked and result.evidence):
        return replace(result, status=Status.BLOCKED, found=Status.BLOCKED, note="passed without looking")
    return result


def decide(results: Iterable[Result], planned: Sequence[str] = ()) -> Verdict:
    """GO, GO WITH APPROVAL or NO-GO.

    `planned` are ids of medium items that have a plan (what, who, until). A WAIVED item was waived by somebody
    whose role may; the loader of waivers sees to that. NOT-RUN items are outside the scope. Nothing judged is no GO.
    """
    every = list(results)
    scope = [r for r in every if r.status is not Status.NOT_RUN]
    judged = len(scope)
    blocking = [r.id for r in scope if r.severity == "critical" and r.status not in FINE]
    if blocking or not judged:
        return Verdict(Decision.NO_GO, False, judged, len(every), tuple(blocking), tuple(blocking), _nothing(judged))
    short = [r for r in scope if r.status not in FINE]
    unapproved = [
        r.id for r in short if r.status is not Status.WAIVED and not (r.severity == "medium" and r.id in planned)
    ]
    if not short:
        return Verdict(Decision.GO, True, judged, len(every))
    missing = f"a waiver or, for medium items, a plan is missing for {len(unapproved)} items" if unapproved else ""
    because = tuple(r.id for r in short)
    return Verdict(
        Decision.GO_WITH_APPROVAL, not unapproved, judged, len(every), because, tuple(unapproved) or because, missing
    )


def _nothing(judged: int) -> str:
    return "" if judged else "nothing was judged"
