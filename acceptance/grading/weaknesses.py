"""Critical weaknesses of a release by their names, so that those of two releases can be compared. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from acceptance.facts import ProbeError, Unseen, facts, offenders
from acceptance.probes.baseline import Before
from acceptance.probes.release import ReleaseFile

SHOWN: dict[str, Callable[[Any], tuple[str, ...]]] = {
    "guards": lambda guards: guards.open_to_strangers(),
    "forgeries": lambda forgeries: forgeries.not_refused(),
    "defaults": lambda defaults: defaults.that_work(),
    "services": lambda services: services.open_without_password(),
    "ci": lambda ci: ci.vulnerabilities("critical"),
}


@dataclass(frozen=True)
class Weaknesses:
    """What was found, by names that another release's have too, and what could not be seen."""

    shown: dict[str, str]
    unseen: list[Unseen]


def weaknesses(seen: Mapping[str, Any]) -> Weaknesses:
    """The weaknesses that some probes' facts show; a probe without facts is unseen."""
    shown: dict[str, str] = {}
    unseen = [Unseen(name, "it was not looked at") for name in SHOWN if name not in seen]
    for name in seen:
        try:
            shown |= {f"{name}: {_called(name, each)}": each for each in SHOWN[name](seen[name])}
        except ProbeError as blind:
            unseen.append(Unseen(blind.what, blind.why))
    return Weaknesses(shown, unseen)


def _called(probe: str, shown: str) -> str:
    """A finding without what may differ between two looks at the same hole: status, package version, file."""
    return shown.partition(" ")[0] if probe == "ci" else shown.rpartition(": ")[0] or shown


@facts
class WeakerThanBefore:
    """What this release lets in, beside what the version to go back to let in by its approved record."""

    now: Weaknesses
    before: Before
    release: ReleaseFile

    def __repr__(self) -> str:
        return f"{len(self.now.shown)} critical weaknesses"

    def lacking_before(self) -> tuple[str, ...]:
        """Weaknesses that going back would mend. It mends none of them: undecided, ProbeError."""
        had, why = self._had()
        new = [f"{shown} ({why})" for name, shown in self.now.shown.items() if name not in had]
        if not offenders(new, self.now.unseen) and self.now.shown:
            one = next(iter(self.now.shown.values()))
            raise ProbeError("whether to go back", f"undecided: going back won't mend it, as before: {one}")
        return tuple(new)

    def _had(self) -> tuple[frozenset[str], str]:
        """What the version to go back to has too, and what that rests on."""
        baseline, back = self.before.baseline, self.release.rollback
        if back == "take down":
            return frozenset(), "nothing will run to have it"
        if isinstance(baseline, Unseen):
            return frozenset(), f"no baseline tells whether {back or 'the version before'} has it"
        if back and baseline.version != back:
            return frozenset(), f"whether {back} has it is not known, the baseline is of {baseline.version}"
        return frozenset(baseline.weak), f"not so in run {baseline.run} of {baseline.version}"
