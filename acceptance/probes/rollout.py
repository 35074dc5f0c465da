"""What is held against the resolved compose file, the containers' limits, settings and steadiness, and their images."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from acceptance.facts import ProbeError, Unseen
from acceptance.probes.planned import GIB, beyond_the_host, limits_lacking
from acceptance.probes.verbosity import TALKATIVE, directives_beyond

if TYPE_CHECKING:
    from acceptance.probes.containers import Container, Engine
    from acceptance.probes.hosts import Host, Hosts
    from acceptance.probes.planned import Compose
    from acceptance.probes.release import ReleaseFile

Held = Iterator[str | Unseen]
COMPLAINT = re.compile(r"docker compose ended with \d+: (.*)", re.DOTALL)
NOT_THE_FILE = re.compile(
    r"permission denied|not a docker command|unknown (shorthand )?(flag|command)|no word", re.IGNORECASE
)
JOB_ENDED = "service_completed_successfully"
WAITS = ("service_healthy", JOB_ENDED)


class Rollout:
    """Each method names every offender by its host; `Containers` adds what is held against the running ones."""

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts

    def __repr__(self) -> str:
        return repr(self._hosts)[:200]

    def judged(self, find: Callable[[Container], Held]) -> tuple[str, ...]:
        """What `find` holds against each container; a host without any is unseen."""

        def all_of(_: Host, e: Engine) -> Held:
            if not e.containers:
                yield Unseen("the project's containers", "there are none")
            for c in e.containers:
                yield from find(c)

        return self._hosts.judged("engine", all_of)

    def _compose(self, find: Callable[[Compose, Engine], Held], *, wrong_by: str) -> tuple[str, ...]:
        """What `find` holds against each file; one that compose itself refuses, in such words, is wrong, not unseen."""

        def each(_: Host, e: Engine) -> Held:
            if isinstance(e.compose, Unseen):
                refused = COMPLAINT.match(e.compose.why)
                wrong = refused and re.search(wrong_by, refused[1]) and not NOT_THE_FILE.search(refused[1])
                yield f"the compose file does not resolve: {refused[1]}" if refused and wrong else e.compose
            elif not e.compose.services:
                yield Unseen("the resolved compose file", "it has no service")
            else:
                yield from find(e.compose, e)

        return self._hosts.judged("engine", each)

    def settings_other_than(self, name: str, value: str, *, at_least: str) -> tuple[str, ...]:
        """Running containers with another value of a setting; the service `at_least` must have it, else somebody."""

        def find(c: Container) -> Held:
            if c.state == "running" and (name in c.settings or c.service == at_least) and c.settings.get(name) != value:
                yield f"{c.name} runs with {name}={c.settings.get(name, '(not set)')}"

        found = self.judged(find)
        here = [c for h in self._hosts.hosts for c in getattr(h.engine, "containers", ()) if c.state == "running"]
        if not found and not any(name in c.settings or c.service == at_least for c in here):
            raise ProbeError(f"{name} of {at_least}", "no container of that service runs, and no other one has it")
        return found

    def talkative(self, name: str) -> tuple[str, ...]:
        """Running containers whose level tells more than info, whatever the file says that they were started with."""

        def find(c: Container) -> Held:
            if c.state == "running" and c.settings.get(name, "").lower() in TALKATIVE:
                yield f"{c.name} runs with {name}={c.settings[name]}"

        return self.judged(find)

    def directives_beyond(self, name: str, level: str) -> tuple[str, ...]:
        """Running containers with a directive of RUST_LOG's kind that tells more than a level."""

        def find(c: Container) -> Held:
            if c.state == "running" and directives_beyond(c.settings.get(name, ""), level):
                yield f"{c.name} runs with {name}={c.settings[name]}"

        return self.judged(find)

    def down_for(self, *, minutes: float) -> tuple[str, ...]:
        """Containers that have not run, or were unhealthy by their own check, for so long on end."""

        def find(c: Container) -> Held:
            if isinstance(c.down_s, Unseen):
                yield c.down_s
            elif c.down_s >= minutes * 60:
                yield f"{c.name} is {c.state} {c.health} for {c.down_s / 60:.0f} min".replace("  ", " ")

        return self.judged(find)

    def healthy_later_than(self, *, minutes: float) -> tuple[str, ...]:
        def find(c: Container) -> Held:
            if isinstance(c.healthy_after_s, float):
                if c.healthy_after_s > minutes * 60:
                    yield f"{c.name} was not healthy for {c.healthy_after_s:.0f} s"
            elif not c.done and not 0 <= c.healthy_by_s <= minutes * 60:
                yield c.healthy_after_s

        return self.judged(find)

    def restarted_within(self, *, hours: float) -> tuple[str, ...]:
        """Containers that Docker had to start again, the last time within so many hours."""

        def find(c: Container) -> Held:
            if c.restarts and c.started_s_ago < hours * 3600:
                yield f"{c.name} restarted {c.restarts} times, the last time {c.started_s_ago / 3600:.1f} h ago"

        return self.judged(find)

    def limits_missing(self) -> tuple[str, ...]:
        return self.judged(limits_lacking)

    def limits_above_the_host(self) -> tuple[str, ...]:
        """Hosts whose containers may use more memory together than there is, or one of them more CPUs."""

        def find(_: Host, e: Engine) -> Held:
            yield from beyond_the_host(e, sum(c.memory_limit_bytes for c in e.containers), e.containers)

        return self._hosts.judged("engine", find)

    def compose_faults(self) -> tuple[str, ...]:
        """Unset variables, moving tags, mounted source code, published databases."""

        def find(c: Compose, _: Engine) -> Held:
            yield from (f"variable {name} is not set" for name in c.unset)
            for s in c.services:
                if "@sha256:" not in s.image and s.image.rpartition("/")[2].partition(":")[2] in ("", "latest"):
                    yield f"{s.name} uses the tag latest of {s.image or 'an image built there'}"
                yield from (f"{s.name} mounts source code from {place}" for place in s.source_mounts)
                yield from (f"{s.name} publishes its database at {place}" for place in s.published_databases)

        return self._compose(find, wrong_by="")

    def dependency_faults(self) -> tuple[str, ...]:
        """Services that depend on none that is there, in a circle, or without waiting for health."""

        def find(c: Compose, e: Engine) -> Held:
            names = {s.name: s for s in c.services}
            by_image = {each.service for each in e.containers if each.healthcheck != "there is no health check"}
            for s in c.services:
                for other, condition in s.depends_on.items():
                    if other not in names:
                        yield f"{s.name} depends on {other}, which the profile lacks"
                    elif condition not in WAITS:
                        yield f"{s.name} waits for {other} by {condition or 'nothing'}"
                    elif condition == "service_healthy" and not (names[other].has_healthcheck or other in by_image):
                        yield f"{other} has no health check, and {s.name} waits for it"
            yield from circles({s.name: tuple(s.depends_on) for s in c.services})

        return self._compose(find, wrong_by="undefined service|cycle")

    def variables_unset(self) -> tuple[str, ...]:
        def find(c: Compose, _: Engine) -> Held:
            yield from (f"variable {name} is not set" for name in c.unset)

        return self._compose(find, wrong_by="required variable")

    def images_of_another_commit(self, release: ReleaseFile) -> tuple[str, ...]:
        """Images of our own whose revision label is not the release's commit."""

        def find(_: Host, e: Engine) -> Held:
            own = own_images(e, release)
            if not own:
                yield Unseen("the release's images", "no container here runs one")
            for c in own:
                if c.revision != release.commit:
                    yield f"{c.name}: its image was built from {c.revision[:12] or 'no revision that it names'}"

        return self._hosts.judged("engine", find)

    def images_larger_than(self, *, gib: float) -> tuple[str, ...]:
        def find(c: Container) -> Held:
            if c.image_bytes > gib * GIB:
                yield f"{c.image} is {c.image_bytes / GIB:.2f} GiB"
            elif not c.image_bytes:
                yield Unseen(f"the size of {c.image}", "the engine does not say")

        return self.judged(find)

    def images_grown_beyond(self, *, percent: float, release: ReleaseFile) -> tuple[str, ...]:
        """Images larger than that share of the previous release's; nothing to compare with on a first release."""
        if release.back is None:
            return ()
        old = release.back.version

        def find(_: Host, e: Engine) -> Held:
            if isinstance(e.tags, Unseen):
                yield e.tags
                return
            sizes = {t.tag: t.size_bytes for t in e.tags}
            for c in own_images(e, release):
                before = sizes.get(f"{reference(c.image)[0]}:{old}")
                if before is None:
                    yield Unseen(f"the size of {c.service} {old}", "the image is no longer on the host")
                elif c.image_bytes * 100 > before * percent:
                    yield f"{c.image} is {100 * c.image_bytes / max(1, before):.0f} % of {old}'s"

        return self._hosts.judged("engine", find)

    def images_of_another_version(self, release: ReleaseFile) -> tuple[str, ...]:
        """Containers that run another image than the one that the version's tag points at on their host.

        An image that others publish has tags of its own: it must be the one that its tag points at, and no moving one.
        """

        def find(_: Host, e: Engine) -> Held:
            if isinstance(e.tags, Unseen):
                yield e.tags
                return
            if not e.containers:
                yield Unseen("the project's containers", "there are none")
            tags = {":".join(reference(t.tag)[:2]): t.image_id for t in e.tags}
            own = own_images(e, release)
            for c in e.containers:
                name, tag, digest = reference(c.image)
                if c in own:
                    yield from unlike_the_version(c, tags.get(f"{name}:{release.version}", ""), release)
                elif digest:
                    continue  # it is pinned
                elif tag in ("", "latest"):
                    yield f"{c.name} runs {c.image}, a tag that moves"
                elif tags.get(f"{name}:{tag}") != c.image_id:
                    yield f"{c.name} runs an older image of the tag {tag}"

        return self._hosts.judged("engine", find)


def reference(image: str) -> tuple[str, str, str]:
    """Name, tag and digest of an image; Docker's own registry goes without saying."""
    place, _, digest = image.partition("@")
    folder, slash, last = place.rpartition("/")
    name, _, tag = last.partition(":")
    return (folder + slash + name).removeprefix("docker.io/").removeprefix("library/"), tag, digest


def own_images(e: Engine, release: ReleaseFile) -> tuple[Container, ...]:
    """Containers of our own images: services that the release file names, and what lies beside their images.

    All of them where it names none.
    """
    named = [c for c in e.containers if c.service in release.images]
    folders = {reference(c.image)[0].rpartition("/")[0] for c in named} - {""}
    return tuple(
        c for c in e.containers
        if not release.images or c in named or reference(c.image)[0].rpartition("/")[0] in folders
    )  # fmt: skip


def unlike_the_version(c: Container, pointed_at: str, release: ReleaseFile) -> Held:
    """Why a container of ours does not run the version; `pointed_at` is the image of the version's tag on its host."""
    _, tag, digest = reference(c.image)
    recorded = release.images.get(c.service, "")
    if tag != release.version and not (digest and not tag):
        yield f"{c.name} runs {c.image}, not {release.version}"
    elif digest and recorded:
        if digest != recorded:
            yield f"{c.name} runs {digest[:19]}, not {recorded[:19]} of the release file"
    elif digest and not pointed_at:
        yield Unseen(f"the version of {c.name}", "it runs a digest that neither a tag here nor the release file names")
    elif pointed_at != c.image_id:
        yield f"{c.name} runs an older image of the tag {release.version}"


def circles(graph: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The first circle of a dependency graph, as a sentence."""
    from graphlib import CycleError, TopologicalSorter

    try:
        TopologicalSorter(graph).prepare()
    except CycleError as cycle:
        return (f"services depend on each other in a circle: {' → '.join(cycle.args[1])}",)
    return ()
