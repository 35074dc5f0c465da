"""What each member of the set is and how it is configured, and the set as its members see it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from acceptance.facts import ProbeError, Unseen, facts, offenders, seen


@facts
class Profiler:
    """Level 0 logs slow operations only, 1 keeps them, 2 keeps all."""

    level: int
    slow_ms: int
    sample_rate: float


@facts
class Member:
    """One member as it answered. `kind` is its own hello: primary, secondary, arbiter, other, "" unreached."""

    name: str
    kind: str
    version: str | Unseen
    compatibility: str | Unseen  # featureCompatibilityVersion
    tls_mode: str | Unseen
    plain: bool | Unseen  # a client without TLS was answered
    certificate: str | Unseen  # what is wrong with it
    open_to_strangers: tuple[str, ...] | Unseen  # commands answered without credentials
    authorization: str | Unseen  # authorization, keyFile or clusterAuthMode as they are set; "" for none
    mechanisms: tuple[str, ...] | Unseen
    encrypted: bool | Unseen
    audit: str | Unseen
    profiler: Profiler | Unseen
    connections: int | Unseen

    def __repr__(self) -> str:
        return f"{self.name} ({self.kind or 'not reached'}, {self.version})"

    @property
    def serves(self) -> bool:
        """Whether it holds data that are read or written."""
        return self.kind in ("primary", "secondary")


@facts
class InSet:
    """A member as the set sees it. `lag_s` is None for an arbiter or one without an optime."""

    name: str
    state: str
    healthy: bool
    votes: int
    arbiter: bool
    hidden: bool
    lag_s: float | None  # beyond `delay_s`
    delay_s: float = 0.0  # by which it is meant to be behind

    def __repr__(self) -> str:
        return f"{self.name} is {self.state}, lag {self.lag_s} s, votes {self.votes}"


@facts
class Replication:
    """The set: who is in it, as its primary (or else the first member that answered) sees it."""

    name: str
    in_set: tuple[InSet, ...] | Unseen
    contradictions: tuple[str, ...]  # what a member says of itself against what the set says

    def voting_data_members(self) -> tuple[str, ...]:
        """Members that vote and hold today's data; arbiters and delayed members don't."""
        return tuple(m.name for m in seen(self.in_set) if m.votes and not m.arbiter and not m.delay_s)

    def primaries(self) -> tuple[str, ...]:
        """Members in state PRIMARY."""
        return tuple(m.name for m in seen(self.in_set) if m.state == "PRIMARY")

    def votes(self) -> int:
        """All votes of the set."""
        return sum(m.votes for m in seen(self.in_set))

    def members_not_serving(self) -> tuple[str, ...]:
        """Members that are neither PRIMARY nor SECONDARY (nor arbiter), or that contradict the set."""
        fine = ("PRIMARY", "SECONDARY", "ARBITER")
        sick = [f"{m.name} is {m.state}" for m in seen(self.in_set) if m.state not in fine or not m.healthy]
        return (*sick, *self.contradictions)

    def members_behind(self, *, seconds: float) -> tuple[str, ...]:
        """Secondaries that lag that much or more, or whose lag nobody can tell."""
        return tuple(
            f"{m.name} is behind by {'an unknown time' if m.lag_s is None else f'{m.lag_s:.0f} s'}"
            for m in seen(self.in_set)
            if m.state == "SECONDARY" and (m.lag_s is None or m.lag_s >= seconds)
        )


@facts
class Members:
    """Every member of the set that the target names; `unlisted` are in the set and were not asked."""

    each: tuple[Member, ...]
    unlisted: tuple[str, ...] = ()

    def not_reached(self) -> tuple[str, ...]:
        """Members that did not answer the suite."""
        if not self.each:
            raise ProbeError("MongoDB's members", "there are none")
        return tuple(m.name for m in self.each if not m.kind)

    def older_than(self, version: str) -> tuple[str, ...]:
        """Members with an older server."""
        return self._wrong("version", lambda value: number(value) < number(version))

    def on_another_minor_version(self) -> tuple[str, ...]:
        """Members whose version differs from the newest one's, if only in the second number."""
        versions = [number(m.version) for m in self.each if isinstance(m.version, str)]
        newest = max(versions, default=(0, 0))
        return self._wrong("version", lambda value: number(value) != newest)

    def compatibility_behind(self) -> tuple[str, ...]:
        """Data-bearing members whose feature compatibility is not their server's version."""
        behind = [
            f"{m.name}: featureCompatibilityVersion {m.compatibility}, server {m.version}"
            for m in self.serving()
            if isinstance(m.compatibility, str) and isinstance(m.version, str)
            if number(m.compatibility) != number(m.version)
        ]
        return offenders(behind, self._unseen("compatibility", self.serving()))

    def open_to_strangers(self) -> tuple[str, ...]:
        """Commands that were answered without credentials."""
        return self._wrong("open_to_strangers", bool)

    def without_authorization(self) -> tuple[str, ...]:
        """Members whose options name neither authorization, keyFile nor clusterAuthMode."""
        return self._wrong("authorization", lambda value: not value, arbiters=False)

    def not_requiring_tls(self) -> tuple[str, ...]:
        """Members whose net.tls.mode is not requireTLS."""
        return self._wrong("tls_mode", lambda value: value != "requireTLS", arbiters=False)

    def answering_plain(self) -> tuple[str, ...]:
        """Members that answer a client without TLS."""
        return self._wrong("plain", bool)

    def with_bad_certificate(self) -> tuple[str, ...]:
        """Members whose chain or name is not valid."""
        return self._wrong("certificate", bool)

    def unencrypted(self) -> tuple[str, ...]:
        """Data-bearing members without encryption at rest."""
        return self._wrong("encrypted", lambda value: not value, serving=True)

    def without_audit(self) -> tuple[str, ...]:
        """Data-bearing members without a destination for the audit log."""
        return self._wrong("audit", lambda value: not value, serving=True)

    def not_recording_operations_slower_than(self, ms: int) -> tuple[str, ...]:
        """Data-bearing members at which such an operation leaves no trace."""
        return self._wrong(
            "profiler", lambda p: (p.slow_ms > ms and p.level < 2) or (p.sample_rate < 1 and p.level < 2), serving=True
        )

    def serving(self) -> tuple[Member, ...]:
        """Members that hold data; ProbeError when none does."""
        if not (found := tuple(m for m in self.each if m.serves)):
            raise ProbeError("data-bearing members", "none of the members is a primary or secondary")
        return found

    def _wrong(
        self, name: str, is_wrong: Callable[[Any], bool], *, serving: bool = False, arbiters: bool = True
    ) -> tuple[str, ...]:
        """Offenders; nobody can log in to an arbiter, so what takes a log-in is not asked of it (`arbiters`)."""
        judged = [m for m in (self.serving() if serving else self.each) if arbiters or m.kind != "arbiter"]
        found = [
            f"{m.name}: {getattr(m, name)!r}"
            for m in judged
            if not isinstance(getattr(m, name), Unseen) and is_wrong(getattr(m, name))
        ]
        return offenders(found, self._unseen(name, judged))

    def _unseen(self, name: str, judged: Iterable[Member]) -> list[Unseen]:
        lost = [value for m in judged if isinstance(value := getattr(m, name), Unseen)]
        why = "it is in the set, and the target's [mongo] members does not name it"
        return lost + [Unseen(f"{name} of {each}", why) for each in self.unlisted]


def number(version: str) -> tuple[int, int]:
    """Major and minor number of a version; (0, 0) for what is none."""
    parts = (*version.split("."), "0")[:2]
    return (int(parts[0]), int(parts[1])) if all(p.isdigit() for p in parts) else (0, 0)
