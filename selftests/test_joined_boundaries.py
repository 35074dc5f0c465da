"""What two families of facts say of each other, at the edge: the running commit, scans of the release, gauges."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from acceptance.facts import ProbeError, Unseen
from acceptance.grading.metrics_beside import MetricsBesideDocker
from acceptance.grading.release_scans import ReleaseScans
from acceptance.grading.running import Running
from acceptance.probes.ci_facts import Ci
from acceptance.probes.ci_reports import Scan
from acceptance.probes.health import StatusDocument
from acceptance.probes.metrics import Gauge, Metrics
from acceptance.probes.release import ReleaseFile
from acceptance.probes.usage import ContainerUse, HostUsage, Usage
from selftests.judging import BLOCKED, FAIL, PASS, judge

NOW = datetime(2026, 3, 2, tzinfo=UTC)
COMMIT = "0123456789abcdef" * 2 + "01234567"
DIGEST = f"sha256:{'1' * 64}"
RELEASE = ReleaseFile(version="2.4.0", commit=COMMIT, tag="v2.4.0", moment=NOW, images={"engine": DIGEST})


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (COMMIT, PASS),
        (COMMIT[:7], PASS),
        (f" {COMMIT[:12].upper()}\n", PASS),
        (COMMIT[:6], BLOCKED),
        ("", BLOCKED),
        (COMMIT[:7] + "f", FAIL),
        (COMMIT + "0", FAIL),
        (COMMIT[1:9], FAIL),
    ],
)
def test_the_running_commit_is_named_by_seven_digits_or_more(said: str, status: object) -> None:
    document = StatusDocument("u", 200, {}, (), "2.4.0", said, "")
    assert judge("INFRA-RECORD-02", release=RELEASE, status_document=document) is status


def test_both_commits_are_named_when_they_differ() -> None:
    document = StatusDocument("u", 200, {}, (), "2.4.0", "f" * 40, "")
    assert Running(RELEASE, document).other_commits() == (f"{'f' * 12} runs, {COMMIT[:12]} is recorded",)


def scan(kind: str, days: float = 1.0, role: str = "scans") -> Scan:
    return Scan(kind, role, kind, kind, NOW - timedelta(days=days), digests=(DIGEST,) if kind == "image" else ())


def scans(*found: Scan, release: ReleaseFile = RELEASE) -> ReleaseScans:
    return ReleaseScans(Ci(commit=COMMIT, where="w", now=NOW, scans=found), release)


def test_scans_of_the_release_at_their_edges() -> None:
    assert not scans(scan("image", 7.0)).images_not_scanned(within_days=7)
    assert scans(scan("image", 7.01)).images_not_scanned(within_days=7) == (f"engine: {DIGEST[:19]}",)
    assert scans(scan("image", role="web_scan")).images_not_scanned(within_days=7), "a web scan saw no image"
    assert scans(replace(scan("image"), made=None)).images_not_scanned(within_days=7), "an undated scan is no fresh one"
    bare = scans(scan("image"), release=replace(RELEASE, images={}))
    assert bare.images_not_scanned(within_days=7) == ("the release file of 2.4.0 records no image",)


def test_kinds_of_scans_at_their_edges() -> None:
    every = [scan(kind) for kind in ("image", "dependencies", "code")]
    assert not scans(*every).kinds_not_scanned(within_days=1)
    assert scans(*every[1:]).kinds_not_scanned(within_days=1) == ("image: no scan",)
    assert scans(*every[:2], scan("code", role="web_scan")).kinds_not_scanned(within_days=1) == ("code: no scan",)
    old = scans(*every[:2], scan("code", 9.0), scan("code", 8.0))
    assert old.kinds_not_scanned(within_days=7) == ("code: newest is 8.0 days old",)
    assert not scans(*every, scan("code", 30.0)).kinds_not_scanned(within_days=1), "the newest counts"
    with pytest.raises(ProbeError, match="age of the code scan: code has no date"):
        scans(*every[:2], replace(scan("code"), made=None)).kinds_not_scanned(within_days=7)
    undated = replace(scan("dependencies"), made=None)
    assert scans(undated, scan("code", 9.0)).kinds_not_scanned(within_days=7)[0] == "image: no scan", (
        "wrong beats unseen"
    )


def beside(*gauges: Gauge | Unseen, hosts: dict[str, HostUsage | Unseen] | None = None) -> MetricsBesideDocker:
    use = ContainerUse("engine", cpu_percent=20.0, memory_percent=60.0)
    here = HostUsage(1.0, 1.0, 1.0, (), (use,), ())
    metrics = Metrics("q", "/", 20, 20, 20, 1.0, gauges)
    return MetricsBesideDocker(metrics, Usage({"app": here} if hosts is None else hosts, ()))


@pytest.mark.parametrize(
    ("what", "percent", "apart"),
    [("memory", 70.0, 0), ("memory", 70.1, 1), ("memory", 50.0, 0), ("memory", 49.9, 1), ("CPU", 30.0, 0), ("CPU", 31.0, 1), ("CPU", 60.0, 1), ("memory", 20.0, 1)],
)  # fmt: skip
def test_gauges_agree_with_docker_within_ten_points(what: str, percent: float, apart: int) -> None:
    assert len(beside(Gauge("engine", what, percent)).apart(points=10)) == apart


def test_gauges_that_nothing_stands_beside_are_unseen_and_wrong_ones_come_first() -> None:
    gone, lost = Gauge("nobody", "CPU", 1.0), Unseen("memory of engine", "no series")
    for unseen, why in ((gone, "container nobody: Docker shows none"), (lost, "memory of engine: no series")):
        with pytest.raises(ProbeError, match=why):
            beside(unseen, Gauge("engine", "CPU", 20.0)).apart(points=10)
        assert beside(unseen, Gauge("engine", "CPU", 40.0)).apart(points=10) == ("engine: CPU 40 %, Docker says 20 %",)
    with pytest.raises(ProbeError, match="name none"):
        beside().apart(points=10)
    with pytest.raises(ProbeError, match="host app: no route"):
        beside(Gauge("engine", "CPU", 20.0), hosts={"app": Unseen("host app", "no route")}).apart(points=10)


def test_containers_of_every_host_are_beside_the_gauges() -> None:
    def used(name: str) -> HostUsage:
        return HostUsage(1.0, 1.0, 1.0, (), (ContainerUse(name, cpu_percent=20.0, memory_percent=60.0),), ())

    gauges = (Gauge("engine", "CPU", 20.0), Gauge("mongo", "CPU", 20.0))
    assert not beside(*gauges, hosts={"app": used("engine"), "db": used("mongo")}).apart(points=10)
