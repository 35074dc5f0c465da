"""The items that a roll-up adds up, judged on the same facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from acceptance.checklist import checklist
from acceptance.facts import ProbeError, Unseen, offenders
from acceptance.judge import Case, Settled, judge
from acceptance.verdict import Status


class Judged:
    """Made by the run, which knows what settles an item and what a fixture name stands for."""

    def __init__(
        self, cases: list[Case], settled: Callable[[Case], Settled | None], ask: Callable[[str, Case], Any]
    ) -> None:
        self.cases = cases
        self._settled = settled
        self._ask = ask

    def __repr__(self) -> str:
        return f"{len(self.cases)} items"

    def not_passed(self) -> tuple[str, ...]:
        """Items that fail. None fails but one could not be judged: ProbeError; unsigned: PENDING."""
        found = self._by_status(self.cases)
        if not found:
            raise ProbeError("the items that this one adds up", "there are none")
        if failed := found.get(Status.FAIL):
            return tuple(failed)
        if blocked := found.get(Status.BLOCKED):
            raise ProbeError("an item that this one adds up", blocked[0])
        for status in (Status.PENDING, Status.NOT_RUN):
            if found.get(status):
                raise Settled(Status.PENDING, found[status][0])
        return ()

    def red(self, *, severity: str = "") -> tuple[str, ...]:
        """Items (of a severity) that fail; what was not selected is left out.

        None fails but one could not be judged: ProbeError.
        """
        statuses = self._by_status([c for c in self.cases if severity in ("", checklist()[c.id].severity)])
        if blocked := statuses.get(Status.BLOCKED):
            if not statuses.get(Status.FAIL):
                raise ProbeError("an item that this one adds up", blocked[0])
        elif not statuses.keys() & {Status.PASS, Status.FAIL, Status.NA}:
            raise Settled(Status.PENDING, "none of the items that this one adds up was judged")
        return tuple(statuses.get(Status.FAIL, ()))

    def red_beyond(self, allowed: int) -> tuple[str, ...]:
        """Items that fail, where more do than are allowed. ProbeError when those that can't be judged may be too many."""
        found = self.red()  # raises where none fails and one can't be judged
        if len(found) > allowed:
            return found
        blocked = [case.id for case in self.cases if self._judge(case)[0] is Status.BLOCKED]
        if len(found) + len(blocked) > allowed:
            raise ProbeError("items that this one adds up", f"{found[0][:100]}; {', '.join(blocked)} can't be judged")
        return ()

    def groups_lost(self) -> tuple[str, ...]:
        """Groups such as FUNC-UI of which no item passes: two fail at least (whatever else hangs on them), or all do.

        Where none passes and fewer could be seen to fail: ProbeError. What was not selected is left out.
        """
        groups: dict[str, list[Case]] = {}
        for case in self.cases:
            groups.setdefault(case.id.rpartition("-")[0], []).append(case)
        lost: list[str] = []
        unseen: list[Unseen] = []
        for name, cases in groups.items():
            found = self._by_status(cases)
            failed, blocked = found.get(Status.FAIL, []), found.get(Status.BLOCKED, [])
            if Status.PASS in found:
                continue
            if len(failed) >= 2 or (failed and not blocked):
                lost.append(f"nothing of {name} works: {failed[0]}"[:160])
            elif blocked:
                unseen.append(Unseen(f"whether {name} is lost", blocked[0]))
        return offenders(lost, unseen)

    def _by_status(self, cases: Iterable[Case]) -> dict[Status, list[str]]:
        """Items by their status, each with the first line of why."""
        found: dict[Status, list[str]] = {}
        for case in cases:
            status, why = self._judge(case)
            found.setdefault(status, []).append(f"{case.id}: {(why.splitlines() or [''])[0]}"[:160])
        return found

    def _judge(self, case: Case) -> tuple[Status, str]:
        if settled := self._settled(case):
            return settled.status, settled.why
        return judge(case, lambda name: self._ask(name, case))
