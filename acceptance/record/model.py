"""The record of a run as data: the shape of `record.json`, which everything that renders or compares runs reads.

Renderers are pure: they know this module and nothing of pytest, probes or targets.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import field
from typing import Literal

from pydantic import AwareDatetime

from acceptance.facts import facts
from acceptance.verdict import Status, Verdict

WORST_FIRST = (
    Status.FAIL, Status.BLOCKED, Status.PENDING, Status.WAIVED, Status.PASS, Status.NA, Status.NOT_RUN,
)  # fmt: skip


@facts
class Word:
    """What a person said about an item: an attestation, a waiver or a plan, with its end."""

    kind: Literal["attestation", "waiver", "plan"]
    by: str
    role: str
    on: AwareDatetime | None
    until: AwareDatetime | None
    why: str  # what was said, why it is waived, or what is planned
    evidence: str = ""
    in_force: bool = True  # False: lapsed, for another version, or by somebody whose role may not
    note: str = ""  # why it is not in force


@facts
class Pair:
    """A row of a short table: a command, an endpoint or a contact, by its name."""

    name: str
    value: str


@facts
class Chart:
    """A drawing as SVG text; it is shown as an image, so nothing in it can run. `rows` are its numbers, beside it."""

    title: str
    svg: str
    rows: tuple[Pair, ...] = ()


@facts
class Table:
    """What was measured, as a table; every row has a cell for each column. `notes` stand below it."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


@facts
class Shot:
    """A screenshot, by a path relative to the run's folder."""

    title: str
    file: str

    @property
    def inside(self) -> bool:
        """Whether the path stays inside the run's folder."""
        return bool(re.fullmatch(r"(?:[\w-][\w.-]*/)*[\w-][\w.-]*", self.file, re.ASCII))


@facts
class ItemRow:
    """One line of the checklist with its outcome. `by` is measured, attested or waived."""

    id: str
    sentence: str
    section: tuple[str, str]
    severity: Literal["critical", "high", "medium"]
    status: Status
    found: Status
    by: str = "measured"
    looked: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    note: str = ""
    seconds: float = 0.0
    impact: str = ""
    phase: str = ""
    mend: str = ""
    words: tuple[Word, ...] = ()
    shots: tuple[Shot, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
    since: AwareDatetime | None = None  # start of the run from which on it is as it is


@facts
class Held:
    """A write that a page of the target was about to make: which operation, and how often it was held back."""

    operation: str
    times: int


@facts
class Requests:
    """What the run sent to the target, and the writes of its pages that it held back."""

    sent: int
    writes: int
    held_back: tuple[Held, ...] = ()


@facts
class Deployment:
    """The summary of a deployment, as its release file says."""

    date: str = ""
    time: str = ""
    commit: str = ""
    version: str = ""
    deployed_by: str = ""
    status: str = ""  # success, partial success, failed, rolled back
    issues: tuple[str, ...] = ()
    notes: str = ""


@facts
class SignOff:
    """One role of the sign-off table. `state` is "" until somebody signed."""

    role: str
    by: str = ""
    on: AwareDatetime | None = None
    state: Literal["", "signed", "refused", "not valid"] = ""
    note: str = ""


@facts
class Record:
    """One run. Items stand in the checklist's order, all of them."""

    target: str
    version: str
    commit: str
    started: AwareDatetime
    ended: AwareDatetime | None  # None while it runs
    selection: str
    complete: bool
    verdict: Verdict
    requests: Requests
    items: tuple[ItemRow, ...]
    schema: Literal[1] = field(default=1, kw_only=True)
    run: str = ""  # name of the run's folder
    running: bool = False
    replayed_from: str = ""
    allow: tuple[str, ...] = ()
    doubles: tuple[str, ...] = ()  # parts that stand in for real ones
    advice: str = ""  # on rolling back, when this run judged the whole rollback decision
    deployment: Deployment = Deployment()
    sign_off: tuple[SignOff, ...] = ()
    commands: tuple[Pair, ...] = ()
    endpoints: tuple[Pair, ...] = ()
    contacts: tuple[Pair, ...] = ()
    deviations: tuple[str, ...] = ()  # odd but allowed

    @property
    def named(self) -> bool:
        """Whether its folder's name may stand in a link."""
        return bool(re.fullmatch(r"\d{8}T\d{6}Z(?:-\d+)?", self.run, re.ASCII))

    @property
    def by_id(self) -> dict[str, ItemRow]:
        """Items by their id."""
        return {item.id: item for item in self.items}

    @property
    def counts(self) -> dict[Status, int]:
        """How many items have each status, worst first, without the empty ones."""
        return counts(self.items)


def counts(items: tuple[ItemRow, ...]) -> dict[Status, int]:
    """How many of some items have each status, worst first, without the empty ones."""
    every = Counter(item.status for item in items)
    return {status: every[status] for status in WORST_FIRST if every[status]}
