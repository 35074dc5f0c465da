"""Docker's containers and the compose file that they should come from: facts, and what is held against them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from acceptance.facts import ProbeError, Unseen, facts, offenders
from acceptance.probes.planned import Compose
from acceptance.probes.rollout import JOB_ENDED, Rollout

if TYPE_CHECKING:
    from acceptance.probes.hosts import Host

FIRST_HOUR_S = 3600  # later restarts are degradation, not a bad start


@facts
class Log:
    """One container's log. `whole` is false where only its newest lines were read."""

    lines: int
    whole: bool
    last_line_s_ago: float  # -1 where there is no line
    errors_at_start: tuple[str, ...]
    warnings: tuple[str, ...]
    verbose_lines: int
    bytes_per_day: float
    tells: tuple[str, ...]  # names of variables whose secret stands in it, and shapes of secrets; no value
    audit_lines: int  # -1 where the target names no pattern
    errors: int = 0  # lines outside the allow-list, of all that were read
    first_line_s_ago: float = -1.0  # how far back was read; -1 where there is no line
    recent_bytes_per_day: float = -1.0  # by the last five minutes; -1 where a look did not ask


@facts
class Container:
    """One container. `healthcheck` says why its health check proves nothing; "" when it does."""

    name: str
    service: str
    image: str
    image_id: str
    revision: str
    image_bytes: int
    image_secrets: tuple[str, ...] | Unseen  # names and kinds, never values
    state: str
    health: str
    healthcheck: str
    restarts: int
    oom_killed: bool
    restart_policy: str
    created_s_ago: float
    started_s_ago: float
    healthy_after_s: float | Unseen
    log_driver: str
    log_rotates: bool
    memory_limit_bytes: int
    cpu_limit: float
    published: tuple[str, ...]
    zone: str | Unseen
    config_files: str
    config_hash: str
    settings: dict[str, str]
    log: Log | Unseen
    healthy_by_s: float = -1.0  # one that waits for its health began so long after it; -1 where none shows it
    down_s: float | Unseen = Unseen("how long it has been unwell", "this look did not ask")

    def __repr__(self) -> str:
        return f"container {self.name} ({self.state} {self.health})"

    @property
    def done(self) -> bool:
        """Whether it is a job that ended well: nothing starts it again, and its exit counts as no outage."""
        return self.state == "exited" and self.restart_policy in ("", "no") and self.down_s == 0.0


@facts
class Tag:
    """A tagged image on the host."""

    tag: str
    image_id: str
    size_bytes: int


@facts
class Engine:
    """One Docker engine with the containers of the project."""

    version: str
    driver: str
    d_type: bool
    memory_bytes: int
    cpus: int
    containers: tuple[Container, ...]
    tags: tuple[Tag, ...] | Unseen
    compose: Compose | Unseen

    def __repr__(self) -> str:
        return f"Docker Engine {self.version} with {len(self.containers)} containers"


Held = Iterator[str | Unseen]


class Containers(Rollout):
    """What is held against the containers of all hosts; each method names every offender."""

    def each(self) -> tuple[tuple[Host, Container], ...]:
        """Every container with its host; ProbeError where a host's engine could not be seen or nothing is there."""
        found: list[tuple[Host, Container]] = []
        for host in self._hosts.hosts:
            if isinstance(host.engine, Unseen):
                raise ProbeError(f"{host.engine.what} on host {host.name}", host.engine.why)
            found += [(host, c) for c in host.engine.containers] if host.engine else []
        if not found:
            raise ProbeError("the project's containers", "no host has one")
        return tuple(found)

    def secrets_in_images(self) -> tuple[str, ...]:
        """Variables and labels of the images that hold a secret."""

        def find(c: Container) -> Held:
            if isinstance(c.image_secrets, Unseen):
                yield c.image_secrets
            else:
                yield from (f"image of {c.name}: {secret}" for secret in c.image_secrets)

        return self.judged(find)

    def logs_not_rotated(self) -> tuple[str, ...]:
        def find(c: Container) -> Held:
            if not c.log_rotates:
                yield f"{c.name} logs by {c.log_driver or 'no driver'} without a limit"

        return self.judged(find)

    def zones_other_than(self, zone: str) -> tuple[str, ...]:
        def find(c: Container) -> Held:
            if isinstance(c.zone, Unseen):
                yield c.zone
            elif c.zone not in (zone, f"Etc/{zone}", f"{zone}0", "Etc/UCT", "Universal", "Zulu"):
                yield f"{c.name} has the time zone {c.zone}"

        return self.judged(find)

    def not_from_the_verified_file(self) -> tuple[str, ...]:
        """Containers whose compose labels name another file, or another content of it."""

        def find(_: Host, e: Engine) -> Held:
            if isinstance(e.compose, Unseen):
                yield e.compose
                return
            if not e.containers:
                yield Unseen("the project's containers", "there are none")
            hashes = {s.name: s.config_hash for s in e.compose.services}
            for c in e.containers:
                if c.config_files.split(",") != list(e.compose.files):
                    yield f"{c.name} was started from {c.config_files or 'no compose file'}"
                elif c.service in hashes and c.config_hash != hashes[c.service]:
                    yield f"{c.name} was started from another content of the file"

        return self._hosts.judged("engine", find)

    def services_unlike_the_profile(self) -> tuple[str, ...]:
        """Services of the production profile that have no container, and containers of no such service."""
        return self._against_plan(lambda _: True, stray=True)

    def services_not_running(self) -> tuple[str, ...]:
        """Services of the production profile without a running container; a job that others wait for may have ended."""
        return self._against_plan(lambda c: c.state == "running", stray=False)

    def _against_plan(self, counts: Callable[[Container], bool], *, stray: bool) -> tuple[str, ...]:
        def find(_: Host, e: Engine) -> Held:
            if isinstance(e.compose, Unseen):
                yield e.compose
                return
            planned = {s.name for s in e.compose.services}
            if not planned:
                yield Unseen("the production profile", "it has no service")
            jobs = {n for s in e.compose.services for n, until in s.depends_on.items() if until == JOB_ENDED}
            there = {c.service for c in e.containers if counts(c) or (c.done and c.service in jobs)}
            for name in sorted(planned - there):
                states = [c.state for c in e.containers if c.service == name]
                yield f"{name} {'is ' + states[0] if states else 'has no container'}"
            for c in e.containers:
                if stray and c.service not in planned:
                    yield f"{c.name} is no service of the profile"

        return self._hosts.judged("engine", find)

    def unstable(self) -> tuple[str, ...]:
        """Containers that restarted in their first hour, or were killed for memory."""

        def find(c: Container) -> Held:
            if c.state == "restarting":
                yield f"{c.name} restarts again and again"
            if c.oom_killed:
                yield f"{c.name} ran out of memory"
            if c.restarts and c.created_s_ago - c.started_s_ago < FIRST_HOUR_S:
                yield f"{c.name} restarted {c.restarts} times"

        return self.judged(find)

    def errors_at_start(self) -> tuple[str, ...]:
        def find(c: Container) -> Held:
            if isinstance(c.log, Unseen):
                yield c.log
            else:
                yield from (f"{c.name}: {line}" for line in c.log.errors_at_start)

        return self.judged(find)

    def warnings(self) -> tuple[str, ...]:
        """Warnings since the start that the target does not allow."""

        def find(c: Container) -> Held:
            if isinstance(c.log, Unseen):
                yield c.log
                return
            yield from (f"{c.name}: {line}" for line in c.log.warnings)
            if not c.log.warnings and not c.log.whole:
                yield Unseen(f"the older lines of {c.name}", "its log is longer than what is read")

        return self.judged(find)

    def verbose(self) -> tuple[str, ...]:
        """Containers that write lines below info."""

        def find(c: Container) -> Held:
            if isinstance(c.log, Unseen):
                yield c.log
            elif c.log.verbose_lines:
                yield f"{c.name} wrote {c.log.verbose_lines} lines of debug or trace"
            elif not c.log.lines and not c.done:
                yield Unseen(f"the level of {c.name}", "it has written nothing")

        return self.judged(find)

    def logs_that_tell(self) -> tuple[str, ...]:
        """Containers whose log holds a secret."""

        def find(c: Container) -> Held:
            if isinstance(c.log, Unseen):
                yield c.log
            elif c.log.tells:
                yield f"{c.name}'s log holds {', '.join(c.log.tells)}"
            elif not c.log.lines and not c.done:
                yield Unseen(f"the log of {c.name}", "it is empty")

        return self.judged(find)

    def logs_growing_over(self, *, gb_per_day: float) -> tuple[str, ...]:
        def find(c: Container) -> Held:
            if isinstance(c.log, Unseen):
                yield c.log
            elif c.log.bytes_per_day >= gb_per_day * 10**9:
                yield f"{c.name} writes {c.log.bytes_per_day / 10**9:.1f} GB a day"

        return self.judged(find)

    def without_audit_events(self) -> tuple[str, ...]:
        """Offends when no container's log has a line of the target's audit pattern."""
        logs = [(c, c.log) for _, c in self.each()]
        if any(not isinstance(log, Unseen) and log.audit_lines > 0 for _, log in logs):
            return ()
        blind = [log for _, log in logs if isinstance(log, Unseen)]
        if not blind and all(log.audit_lines < 0 for _, log in logs if not isinstance(log, Unseen)):
            blind = [Unseen("audit events", "the target names no pattern of them in [compose] audit")]
        return offenders([] if blind else ["no log has an audit event of a log-in"], blind)
