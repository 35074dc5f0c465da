"""Whether what lies in the registry was scanned lately: scans against digests, those of each platform too. Pure."""

from __future__ import annotations

from datetime import timedelta

from acceptance.facts import Unseen, facts, offenders
from acceptance.probes.ci_facts import CLOCKS_DIFFER, Ci
from acceptance.probes.registry import Image, Registry


@facts
class ImageScans:
    """Scans of the release's commit beside the images that lie in the registry."""

    registry: Registry
    ci: Ci

    def __repr__(self) -> str:
        return f"scans of {self.registry!r}"

    def looked(self) -> str:
        """How many images, how many scans."""
        return f"{len(self.registry.images)} images in the registry against {len(self.ci.scans)} scans"

    def not_scanned(self, *, within_days: float) -> tuple[str, ...]:
        """Services whose image, or one of whose platforms, no scan of the last days names."""
        fresh = {
            digest
            for scan in self.ci.scans
            if scan.kind == "image"
            and scan.made
            and -CLOCKS_DIFFER <= self.ci.now - scan.made <= timedelta(within_days)
            for digest in scan.digests
        }
        wrong = [
            f"{each.service}: {each.digest[:19] or 'no image'}"
            for each in self.registry.seen_images
            if not _is_covered(each, fresh)
        ]
        return offenders(wrong, [each for each in self.registry.images if isinstance(each, Unseen)])


def _is_covered(image: Image, fresh: set[str]) -> bool:
    """The image's own digest, those of all of its platforms, or the ids of all: it was scanned before it was pushed."""
    platforms = [digest for digest in image.digests if digest != image.digest]
    ways = (platforms, image.configs)
    return image.digest in fresh or any(bool(way) and fresh.issuperset(way) for way in ways)
