"""Whether what runs is what was recorded: the running thing's own word against the release file. Pure."""

from __future__ import annotations

from acceptance.facts import ProbeError, facts
from acceptance.probes.health import StatusDocument
from acceptance.probes.release import ReleaseFile

SHORTEST = 7  # digits of an abbreviated commit


@facts
class Running:
    """The status document beside the release file."""

    release: ReleaseFile
    status_document: StatusDocument

    def __repr__(self) -> str:
        return f"what runs beside {self.release!r}"

    def looked(self) -> str:
        """Both sides."""
        return (
            f"{self.status_document.url} says commit {self.status_document.commit[:12] or '(none)'}, {self.release!r}"
        )

    def other_commits(self) -> tuple[str, ...]:
        """Commits that run and are not the recorded one. ProbeError when nothing says which one runs."""
        said = self.status_document.commit.strip().lower()
        if len(said) < SHORTEST:
            raise ProbeError("the running commit", f"{self.status_document.url} does not say it")
        return (
            ()
            if self.release.commit.startswith(said)
            else (f"{said[:12]} runs, {self.release.commit[:12]} is recorded",)
        )
