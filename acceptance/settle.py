"""Puts people's word to what was found: attestations, waivers, and the version that really runs. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from acceptance.checklist import Item
from acceptance.judge import Settled
from acceptance.record.model import Word
from acceptance.signoff import Attestation, Lapsed, Plan, Release, Waiver, now_of
from acceptance.verdict import FINE, Result, Status
from acceptance.words import NOBODY, Words

NEEDS_ALLOW = "needs --allow "
OF_THE_RUNNING_VERSION = ("after", "gate", "rollback", "monitoring")


@dataclass(frozen=True)
class Said:
    """What people said of a target, as it counts for the release that is judged and the moment of the run."""

    words: Words
    release: Release | None
    clock: datetime

    @property
    def version(self) -> str:
        """The version that is judged; "" without a release file."""
        return self.release.version if self.release else ""

    def attestation(self, item: Item) -> Attestation | Lapsed:
        """Somebody's word on an item, or why there is none that counts."""
        now = now_of(item, self.clock, self.release)
        return self.words.attested(item.id, item.sentence, now, self.version, self.clock)

    def waiver(self, item: Item) -> Waiver | Lapsed:
        """A waiver of an item, or why there is none that counts."""
        now = now_of(item, self.clock, self.release)
        return self.words.waived(item.id, item.sentence, now, self.version, self.clock)

    def of(self, item: Item) -> tuple[Word, ...]:
        """Everything that was said of an item, in force or not, as the record shows it."""
        found = []
        if word := self.words.attestations.get(item.id):
            found.append(_attested(word, self.attestation(item)))
        if waiver := self.words.waivers.get(item.id):
            found.append(_waived(waiver, self.waiver(item)))
        if plan := self.words.plans.get(item.id):
            found.append(_planned(plan, self.clock))
        return tuple(found)


@dataclass(frozen=True)
class Signed:
    """The second half of a two-half item, and the whole of an attested one: a person's word."""

    item: Item
    said: Said

    def require(self) -> Attestation:
        """The word that counts. Settles the item as PENDING when there is none, as FAIL when it was refused."""
        word = self.said.attestation(self.item)
        if isinstance(word, Lapsed):
            raise Settled(Status.PENDING, word.why)
        if word.outcome == "refused":
            raise Settled(Status.FAIL, f"{word.by} ({word.role}) refused it: {word.says}"[:300])
        return word


def settle(result: Result, item: Item, said: Said, running: str = "") -> Result:
    """One result after the rules that need more than its own test: version, attestation, waiver."""
    result = _of_version(result, item, said, running)
    may_be_said = result.status is Status.PENDING or (
        result.status is Status.NOT_RUN and result.note.startswith(NEEDS_ALLOW)
    )
    if may_be_said and not item.attested:
        word = said.attestation(item)
        if isinstance(word, Attestation):
            return _by_word(result, word)
        if word is not NOBODY:
            result = replace(result, note=f"{result.note}; {word.why}")
    elif result.status in (Status.FAIL, Status.BLOCKED) and not item.attested:
        word = said.attestation(item)
        if isinstance(word, Attestation):
            why = f"{word.where}: {item.id}: a person's word settles no {result.status}; mend it and look again"
            result = replace(result, note="; ".join(filter(None, (result.note, why))))
    waiver = said.waiver(item)
    if isinstance(waiver, Waiver):
        if result.status in (Status.FAIL, Status.BLOCKED, Status.PENDING) and item.severity != "critical":
            return replace(result, status=Status.WAIVED, by="waived")
        if result.status in FINE:
            return replace(result, note="; ".join(filter(None, (result.note, "waiver no longer needed"))))
    return result


def attested_line(word: Attestation) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The looked and evidence lines of an attestation."""
    looked = f"attested by {word.by} ({word.role}) on {word.on:%Y-%m-%d %H:%M %Z}, until {word.until:%Y-%m-%d %H:%M %Z}"
    return (looked,), (word.says[:300], word.evidence[:300])


def _by_word(result: Result, word: Attestation) -> Result:
    looked, evidence = attested_line(word)
    status = Status.PASS if word.outcome == "done" else Status.FAIL
    return replace(
        result, status=status, found=result.status, by="attested", looked=looked, evidence=evidence, note=result.note
    )


def _of_version(result: Result, item: Item, said: Said, running: str) -> Result:
    """What is measured on a running thing counts only for the version that runs."""
    other = running and said.version and running != said.version
    if not other or item.phase not in OF_THE_RUNNING_VERSION or item.attested or item.id == "INFRA-RECORD-02":
        return result
    if result.status not in (Status.PASS, Status.FAIL):
        return result
    note = f"{running} runs, {said.version} is judged"
    return replace(result, status=Status.BLOCKED, found=Status.BLOCKED, note=note)


def _attested(word: Attestation, counts: Attestation | Lapsed) -> Word:
    why = counts.why if isinstance(counts, Lapsed) else ""
    return Word("attestation", word.by, word.role, word.on, word.until, word.says, word.evidence, not why, why)


def _waived(word: Waiver, counts: Waiver | Lapsed) -> Word:
    why = counts.why if isinstance(counts, Lapsed) else ""
    return Word("waiver", word.approver, word.role, word.on, word.until, word.reason, word.evidence, not why, why)


def _planned(plan: Plan, clock: datetime) -> Word:
    late = plan.until < clock
    return Word("plan", plan.who, "", None, plan.until, plan.what, "", not late, "its date is over" if late else "")
