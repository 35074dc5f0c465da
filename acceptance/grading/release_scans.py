"""Whether every image of the release was scanned lately: scans against the release file's digests. Pure."""

from __future__ import annotations

from acceptance.facts import Unseen, facts, offenders
from acceptance.probes.ci_facts import Ci
from acceptance.probes.release import ReleaseFile

KINDS = ("image", "dependencies", "code")


@facts
class ReleaseScans:
    """Scans of the commit beside the digests of the release."""

    ci: Ci
    release: ReleaseFile

    def __repr__(self) -> str:
        return f"scans of {self.release!r}"

    def looked(self) -> str:
        """How many images, how many scans."""
        return f"{len(self.release.images)} images of {self.release.version} against {len(self.ci.scans)} scans"

    def images_not_scanned(self, *, within_days: float) -> tuple[str, ...]:
        """Services whose recorded digest no image scan of the last days names."""
        if not self.release.images:
            return (f"the release file of {self.release.version} records no image",)
        fresh = {
            digest
            for scan in self.ci.scans
            if scan.role == "scans" and scan.made and scan.age_days(self.ci.now) <= within_days
            for digest in scan.digests
        }
        wrong = [f"{name}: {digest[:19]}" for name, digest in self.release.images.items() if digest not in fresh]
        return tuple(wrong)

    def kinds_not_scanned(self, *, within_days: float) -> tuple[str, ...]:
        """Kinds of scan (image, dependencies, code) without one of the last days."""
        wrong: list[str] = []
        unseen: list[Unseen] = []
        for kind in KINDS:
            scans = [scan for scan in self.ci.scans if scan.role == "scans" and scan.kind == kind]
            dated = [scan.age_days(self.ci.now) for scan in scans if scan.made]
            if not scans:
                wrong.append(f"{kind}: no scan")
            elif not dated:
                unseen.append(Unseen(f"age of the {kind} scan", f"{scans[0].file} has no date"))
            elif min(dated) > within_days:
                wrong.append(f"{kind}: newest is {min(dated):.1f} days old")
        return offenders(wrong, unseen)
