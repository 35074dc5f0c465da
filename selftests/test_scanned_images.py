"""Which image a scan is of: by the digest in the registry, by the image's id before it was pushed, in JSON and in SARIF."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from acceptance.grading.image_scans import ImageScans
from acceptance.pipeline import sniff
from acceptance.probes.ci_facts import Ci
from acceptance.probes.ci_reports import Scan
from acceptance.probes.registry import Image, Registry
from selftests import artifacts as a

NOW = datetime(2026, 3, 2, tzinfo=UTC)
DIGEST, ID, OTHER = (f"sha256:{digit * 64}" for digit in "123")
NAMED = f"registry.example.com/engine@{DIGEST}"
MADE = [{"endTimeUtc": (NOW - timedelta(days=1)).isoformat(), "executionSuccessful": True}]


def trivy(**about: Any) -> bytes:
    head = {"SchemaVersion": 2, "CreatedAt": "2026-03-01T00:00:00Z", "ArtifactType": "container_image"}
    return json.dumps({**head, "ArtifactName": "engine:2", "Metadata": about, "Results": []}).encode()


def grype(**target: Any) -> bytes:
    made = {"name": "grype", "timestamp": "2026-03-01T00:00:00Z"}
    source = {"type": "image", "target": {"userInput": "engine:2", **target}}
    return json.dumps({"matches": [], "descriptor": made, "source": source}).encode()


def sarif(tool: str = "Trivy", **about: Any) -> bytes:
    return a.sarif(tool, invocations=MADE, **({"properties": about} if about else {}))


def left(data: bytes, *ids: str) -> tuple[str, ...]:
    """Services that a scan leaves unscanned, where the registry has one image with these ids."""
    (scan,), _ = sniff.report("report", "scans", data)
    assert isinstance(scan, Scan)
    image = Image("engine", "engine", DIGEST, DIGEST, DIGEST, (DIGEST,), (), 3, (), ids)
    registry = Registry("r", "2.4.0", "", {}, {}, (image,))
    return ImageScans(registry, Ci(commit=a.COMMIT, where="w", now=NOW, scans=(scan,))).not_scanned(within_days=7)


@pytest.mark.parametrize(
    "data",
    [
        trivy(RepoDigests=[NAMED]),
        trivy(ImageID=ID),
        grype(repoDigests=[NAMED]),
        grype(imageID=ID),
        sarif(imageName="engine:2", repoDigests=[NAMED], repoTags=["engine:2"]),
        sarif(imageName="engine:2", imageID=ID),
        sarif(imageName=NAMED, repoDigests=None),
    ],
)
def test_a_scan_of_the_image(data: bytes) -> None:
    assert not left(data, ID)


@pytest.mark.parametrize(
    "data",
    [
        trivy(RepoDigests=[NAMED.replace(DIGEST, OTHER)], ImageID=OTHER),
        grype(),
        sarif(imageName="engine:2", repoDigests=[NAMED.replace(DIGEST, OTHER)]),
        sarif(imageName="engine:2"),
        sarif(),
        sarif("CodeQL"),
    ],
)
def test_a_scan_of_another_image_or_of_none_that_it_names(data: bytes) -> None:
    assert left(data, ID) == (f"engine: {DIGEST[:19]}",)


def test_the_ids_of_all_platforms_are_wanted() -> None:
    assert left(trivy(ImageID=ID), ID, OTHER)


@pytest.mark.parametrize(
    "age_days, changes, fresh",
    [
        (7.0, {}, True),
        (7.01, {}, False),
        (-0.0003, {}, True),  # the scanner's clock is half a minute ahead
        (1.0, {"kind": "dependencies"}, False),
        (1.0, {"made": None}, False),
    ],
)
def test_a_scan_counts_for_a_week(age_days: float, changes: dict[str, Any], fresh: bool) -> None:
    scan = Scan("s", "scans", "trivy", "image", NOW - timedelta(days=age_days), digests=(DIGEST,))
    image = Image("engine", "engine", DIGEST, DIGEST, DIGEST, (DIGEST,), (), 3, (), ())
    held = ImageScans(
        Registry("r", "2.4.0", "", {}, {}, (image,)),
        Ci(commit=a.COMMIT, where="w", now=NOW, scans=(replace(scan, **changes),)),
    )
    assert (not held.not_scanned(within_days=7)) is fresh
