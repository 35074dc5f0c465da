"""The state of production by its containers: the snapshot before a deployment, and whether a rollback took. Pure."""

from __future__ import annotations

from dataclasses import replace

from acceptance.facts import ProbeError, facts
from acceptance.probes.containers import Container, Containers
from acceptance.probes.health import StatusDocument
from acceptance.probes.release import ReleaseFile


@facts
class Snapshot:
    """What runs now: commit and version by the status document, images, states and configuration by Docker."""

    containers: Containers
    status_document: StatusDocument

    def __repr__(self) -> str:
        return "the present state"

    def looked(self) -> str:
        """The snapshot itself, as short as a line can be; the facts of this run hold it whole."""
        state = self.status_document
        images = ", ".join(f"{c.service} {c.image_id[7:19]} {c.state}" for _, c in self.containers.each())
        return f"version {state.version or '?'}, commit {state.commit[:12] or '?'}: {images}"

    def lacks(self) -> tuple[str, ...]:
        """What a snapshot needs and this one has not."""
        state = self.status_document
        wrong = [name for name, value in (("commit", state.commit), ("version", state.version)) if not value]
        for _, each in self.containers.each():
            known = {"image": each.image_id, "state": each.state, "configuration hash": each.config_hash}
            wrong += [f"{each.name}: no {name}" for name, value in known.items() if not value]
        return tuple(wrong)


@facts
class WentBack:
    """The containers after a rollback, beside both versions' release files."""

    release: ReleaseFile
    containers: Containers

    def __repr__(self) -> str:
        return f"containers after {self.release.version} was taken back"

    def looked(self) -> str:
        """How many containers, and what should run."""
        names = ", ".join(f"{c.service} {c.image}" for _, c in self.containers.each())
        return f"should run: {self.release.rolled_back_to or self.release.rollback}; runs: {names}"[:400]

    def previous(self) -> ReleaseFile:
        """The version before as if it were the release: its tag and commit. ProbeError when nothing tells them."""
        back = self.release.back
        if back is None:
            raise ProbeError(
                "the version before", "; ".join(self.release.way_back_unnamed()) or "it has no release file"
            )
        return replace(self.release, version=back.version, tag=back.tag, commit=back.commit)

    def left_over(self) -> tuple[str, ...]:
        """Containers of the version that was taken back, whatever their state."""
        return tuple(f"{c.name} is of {c.image}" for _, c in self.containers.each() if self._is_of_failed(c))

    def not_previous(self) -> tuple[str, ...]:
        """Containers of our own images that are not of the version before, by digest, revision or tag."""
        back = self.release.back
        if self.release.rolled_back_to == "take down":
            return tuple(f"{c.name} still runs" for _, c in self.containers.each() if c.state == "running")
        if back is None:
            raise ProbeError(
                "the version before", "; ".join(self.release.way_back_unnamed()) or "it has no release file"
            )
        own = [c for _, c in self.containers.each() if c.revision or c.service in back.images]
        if not own:
            raise ProbeError("containers of the version before", "no container tells its revision")
        there = {c.service for c in own}
        gone = [f"{service} of {back.version} has no container" for service in back.images if service not in there]
        return tuple(gone) + tuple(
            f"{c.name} runs {c.image} ({c.revision[:12] or 'no revision'}), not {back.version}"
            for c in own
            if not (
                c.state == "running"
                and (
                    c.revision == back.commit
                    or any(d in c.image for d in back.images.values())
                    or _tag(c) in (back.version, back.tag)
                )
            )
        )

    def _is_of_failed(self, c: Container) -> bool:
        digests = self.release.images.get(c.service, "")
        return (
            c.revision == self.release.commit
            or _tag(c) in (self.release.version, self.release.tag)
            or bool(digests and digests in c.image)
        )


def _tag(c: Container) -> str:
    return c.image.partition("@")[0].rpartition("/")[2].partition(":")[2] or "latest"
