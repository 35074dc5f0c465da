"""What people said: attestations, waivers, plans, releases, and the people who may say it. Types and lapse rules, pure.

The files are read by acceptance/words.py. Times are aware; a date as an end means that day's last moment in UTC.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BeforeValidator, Field, PrivateAttr, field_validator, model_validator

from acceptance.checklist import Item
from acceptance.tables import Table

ROLES = ("Tech Lead", "DevOps Engineer", "QA Engineer", "Security Engineer", "Product Manager")
CONTACTS = ("on_call", "tech_lead", "devops", "security", "management")
STANDING_DAYS = {  # these outlive the version, for so many days after they were signed
    "SEC-SECRET-03": 90,
    "INFRA-MON-08": 90,
    "INFRA-GATE-08": 90,
    "INFRA-MONGO-12": 90,
    "INFRA-READY-03": 90,  # the rehearsal of the rollback
    "INFRA-GATE-04": 90,
    "INFRA-READY-12": 180,
}
ROLE_OF = {"INFRA-READY-10": "Tech Lead"}  # the sentence names who must agree
TAKE_DOWN = "take down"  # the way back of a first release


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _end(value: Any) -> Any:
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time.max, tzinfo=UTC)
    if not isinstance(value, datetime):
        raise ValueError("must be a date such as 2026-03-09 or a time such as 2026-03-09T12:00:00Z, without quotes")
    return value


Role = Literal["Tech Lead", "DevOps Engineer", "QA Engineer", "Security Engineer", "Product Manager"]
Severity = Literal["critical", "high", "medium", "low"]
Texts = Annotated[tuple[str, ...], BeforeValidator(_tuple)]
Roles = Annotated[tuple[Role, ...], BeforeValidator(_tuple)]
End = Annotated[AwareDatetime, BeforeValidator(_end)]
Said = Annotated[str, Field(min_length=1, max_length=4000)]


class Entry(Table):
    """One entry of a file; `where` names file and line."""

    _where: str = PrivateAttr(default="")

    @property
    def where(self) -> str:
        """File and line, for messages."""
        return self._where


@dataclass(frozen=True)
class Lapsed:
    """Why somebody's word does not count (or that nobody gave it)."""

    why: str


class Person(Entry):
    """Somebody who may sign, known by mail address or handle (the key of the table)."""

    name: str = ""
    handle: str = ""
    roles: Roles
    keys: Texts = ()  # ssh public keys, as in authorized_keys

    @field_validator("keys")
    @classmethod
    def _public(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for key in value:
            if not re.match(r"(sk-)?(ssh|ecdsa)-[a-z0-9@.-]+ [A-Za-z0-9+/]+=*( |$)", key):
                raise ValueError("must be ssh public keys such as 'ssh-ed25519 AAAA… comment'")
        return value


class Waive(Table):
    """Roles that may waive an item of each severity. Critical items are never waived."""

    high: Roles = ("Tech Lead",)
    medium: Roles = ("Tech Lead", "Product Manager")


class People(Entry):
    """Who may sign, and in which role."""

    waive: Waive = Waive()
    people: dict[str, Person] = {}

    def with_role(self, role: str) -> tuple[str, ...]:
        """People listed for a role."""
        return tuple(who for who, person in self.people.items() if role in person.roles)

    def find(self, who: str) -> Person | None:
        """A person by mail address or handle."""
        found = self.people.get(who)
        return found or next((p for p in self.people.values() if p.handle and p.handle == who), None)


class Attestation(Entry):
    """A person says that an item holds (`done`), or that it does not (`refused`)."""

    outcome: Literal["done", "refused"]
    by: Said
    role: Role
    on: AwareDatetime
    until: End
    says: Said
    evidence: Said
    wording: Annotated[str, Field(pattern=r"^[0-9a-f]{6}$")]
    version: str = ""  # required, save for standing ones


class Waiver(Entry):
    """Somebody whose role may accepts that an item does not hold, until a date, for a reason."""

    approver: Said
    role: Role
    on: AwareDatetime
    until: End
    reason: Said
    evidence: str = ""
    wording: Annotated[str, Field(pattern=r"^[0-9a-f]{6}$")]
    version: str = ""  # where given, it ends with that version


class Plan(Entry):
    """What will be done about a medium item, by whom, until when."""

    what: Said
    who: Said
    until: End


class Window(Table):
    """When the deployment may happen."""

    begins: AwareDatetime
    ends: AwareDatetime

    @model_validator(mode="after")
    def _forward(self) -> Window:
        if self.ends <= self.begins:
            raise ValueError("the window ends before it begins")
        return self


class RolledBack(Table):
    """The release was taken back."""

    on: AwareDatetime
    by: str = ""
    to: Said  # a version, or "take down"
    reason: str = ""  # INFRA-BACK-09 judges it


class TradingReleased(Table):
    """Who let live trading begin, and when: the end of the first start."""

    by: Said
    on: AwareDatetime


class KnownIssue(Table):
    """A defect that goes out with the release."""

    summary: Said
    severity: Severity = "medium"
    labels: Texts = ()
    link: str = ""


class Snapshot(Table):
    """The state before the deployment, as the suite saw it."""

    taken: AwareDatetime
    commit: str = ""
    images: dict[str, str] = {}
    versions: dict[str, str] = {}
    states: dict[str, str] = {}
    configuration: dict[str, str] = {}


class Release(Entry):
    """One version on its way to production and back. Completeness is judged by items, form by this type."""

    version: Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z.+_-]*$")]
    commit: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
    tag: str = ""  # where it is not "v" and the version
    window: Window | None = None
    announced: AwareDatetime | None = None
    started: AwareDatetime | None = None
    deployed: AwareDatetime | None = None
    deployed_by: str = ""
    closed: AwareDatetime | None = None
    status: Literal["", "success", "partial success", "failed", "rolled back"] = ""
    notes: str = ""
    rollback: str = ""  # the version to go back to; on a first release "take down"
    migrations: Literal["", "none", "reversible", "irreversible"] = ""
    known_issues: Annotated[tuple[KnownIssue, ...], BeforeValidator(_tuple)] | None = None  # None: nobody looked
    configuration_changes: Texts | None = None
    contacts: dict[str, str] = {}
    links: dict[str, str] = {}
    images: dict[str, str] = {}
    rolled_back: RolledBack | None = None
    trading_released: TradingReleased | None = None
    snapshot: Snapshot | None = None

    @field_validator("contacts")
    @classmethod
    def _five(cls, value: dict[str, str]) -> dict[str, str]:
        if strange := sorted(value.keys() - set(CONTACTS)):
            raise ValueError(f"unknown contact {strange[0]}; valid: {', '.join(CONTACTS)}")
        return value

    @field_validator("images")
    @classmethod
    def _digests(cls, value: dict[str, str]) -> dict[str, str]:
        for service, digest in value.items():
            if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
                raise ValueError(f"{service} must be a digest: sha256: and 64 hexadecimal digits")
        return value

    @model_validator(mode="after")
    def _in_order(self) -> Release:
        if self.deployed and not self.started:
            raise ValueError("deployed is set but started is not; write both")
        if self.deployed and self.started and self.deployed < self.started:
            raise ValueError("deployed lies before started")
        if self.rolled_back and (not self.started or self.rolled_back.on < self.started):
            raise ValueError("rolled_back lies before started; write started first")
        return self

    @property
    def git_tag(self) -> str:
        """The tag of this version in git."""
        return self.tag or f"v{self.version}"


def fingerprint(sentence: str) -> str:
    """Six hexadecimal digits that change when the sentence does (spaces don't count)."""
    return hashlib.sha256(" ".join(sentence.split()).encode()).hexdigest()[:6]


def lapse(
    word: Attestation | Waiver, id: str, sentence: str, now: datetime, version: str, clock: datetime | None = None
) -> Lapsed | None:
    """Why a signed word no longer counts, or None. `now` is the item's, `clock` the moment of the run."""
    if word.on > (clock or now):
        return Lapsed(f"{word.where}: on {word.on:%Y-%m-%d %H:%M %Z} lies in the future; sign when it is done")
    end, why = word.until, "its until"
    days = STANDING_DAYS.get(id) if isinstance(word, Attestation) else None
    if days and word.on + timedelta(days=days) < end:
        end, why = word.on + timedelta(days=days), f"{days} days after it was signed"
    if now > end:
        return Lapsed(f"{word.where}: lapsed at {end:%Y-%m-%d %H:%M %Z} ({why}); sign again")
    if word.wording != fingerprint(sentence):
        return Lapsed(f"{word.where}: the sentence has changed since it was signed ({word.wording}); sign again")
    if word.version != version and (word.version or isinstance(word, Attestation)) and not days:
        return Lapsed(
            f"{word.where}: was signed for version {word.version or '(none)'}, {version} is judged; sign again"
        )
    return None


def feature_of(release: Release | None, name: str) -> tuple[bool, str]:
    """`first_start`, `deployed` and `rolled_back` as the release file answers them, with the reason when absent."""
    if name == "first_start":
        if release and (let := release.trading_released):
            return False, f"trading was released by {let.by} on {let.on:%Y-%m-%d %H:%M %Z}"
        return True, ""
    if release is None:
        return False, "there is no release file"
    if name == "deployed":
        return (True, "") if release.deployed else (False, f"{release.version} is not deployed yet")
    if name == "rolled_back":
        return (True, "") if release.rolled_back else (False, f"{release.version} was not rolled back")
    raise KeyError(name)


def now_of(item: Item, clock: datetime, release: Release | None) -> datetime:
    """The moment that counts for an item: a begun release's `started` before and during deployment, else the run's."""
    if release and release.started and (item.phase in ("before", "deployment") or item.id == "INFRA-GATE-03"):
        return min(release.started, clock)
    return clock
