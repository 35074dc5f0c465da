"""The resolved compose file: facts, and what is held against its services while no container says it better."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from acceptance.facts import Unseen, facts

if TYPE_CHECKING:
    from acceptance.probes.containers import Container, Engine
    from acceptance.probes.hosts import Host, Hosts

Held = Iterator[str | Unseen]
GIB = 1024**3


@facts
class Planned:
    """A service of the resolved compose file."""

    name: str
    image: str
    config_hash: str
    depends_on: dict[str, str]
    has_healthcheck: bool
    published_databases: tuple[str, ...]
    source_mounts: tuple[str, ...]
    memory_limit_bytes: int = 0  # of one container
    cpu_limit: float = 0.0
    replicas: int = 1
    log_rotates: bool | Unseen = Unseen("how it logs", "this look did not ask")
    image_secrets: tuple[str, ...] | Unseen = Unseen("its image", "this look did not ask")


@facts
class Compose:
    """The deployed compose file as Docker Compose resolves it with the production profile."""

    files: tuple[str, ...]
    unset: tuple[str, ...]
    services: tuple[Planned, ...]


class Plan:
    """Each method names every offender by its host, as `Containers` does for what runs."""

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts

    def __repr__(self) -> str:
        return repr(self._hosts)[:200]

    def _each(self, find: Callable[[Planned], Held]) -> tuple[str, ...]:
        def all_of(_: Host, e: Engine) -> Held:
            for service in services_of(e):
                yield from (service,) if isinstance(service, Unseen) else find(service)

        return self._hosts.judged("engine", all_of)

    def limits_missing(self) -> tuple[str, ...]:
        return self._each(limits_lacking)

    def limits_above_the_host(self) -> tuple[str, ...]:
        """Hosts whose services may use more memory together than there is, or one of them more CPUs."""

        def find(_: Host, e: Engine) -> Held:
            found = services_of(e)
            planned = [s for s in found if not isinstance(s, Unseen)]
            yield from (s for s in found if isinstance(s, Unseen))
            yield from beyond_the_host(e, sum(s.memory_limit_bytes * s.replicas for s in planned), planned)

        return self._hosts.judged("engine", find)

    def logs_not_rotated(self) -> tuple[str, ...]:
        def find(s: Planned) -> Held:
            if isinstance(s.log_rotates, Unseen):
                yield s.log_rotates
            elif not s.log_rotates:
                yield f"{s.name} would log without a limit"

        return self._each(find)

    def secrets_in_images(self) -> tuple[str, ...]:
        """Variables and labels of the images that hold a secret; one that is not on the host yet is looked at later."""

        def find(s: Planned) -> Held:
            if not isinstance(s.image_secrets, Unseen):
                yield from (f"image of {s.name}: {secret}" for secret in s.image_secrets)

        return self._each(find)


def services_of(engine: Engine) -> tuple[Planned | Unseen, ...]:
    """The services of an engine's compose file, or why there is none to judge."""
    if isinstance(engine.compose, Unseen):
        return (engine.compose,)
    return engine.compose.services or (Unseen("the resolved compose file", "it has no service"),)


def limits_lacking(of: Container | Planned) -> Held:
    """Limits that a container, or a service of the compose file, lacks."""
    if not of.memory_limit_bytes:
        yield f"{of.name} has no memory limit"
    if not of.cpu_limit:
        yield f"{of.name} has no CPU limit"


def beyond_the_host(e: Engine, memory_bytes: int, each: Iterable[Container | Planned]) -> Held:
    """Memory limits that add up to more than the engine's host has, and CPU limits above its own."""
    if memory_bytes > e.memory_bytes:
        yield f"memory limits add up to {memory_bytes / GIB:.1f} GiB of {e.memory_bytes / GIB:.1f}"
    yield from (f"{of.name} may use {of.cpu_limit:g} of {e.cpus} CPUs" for of in each if of.cpu_limit > e.cpus)
