"""Boundaries of the release's items: the window, the clearance, what a rollback left, the snapshot."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from acceptance import guard
from acceptance.facts import ProbeError
from acceptance.grading.went_back import Snapshot, WentBack
from acceptance.probes import release
from acceptance.probes.ci_facts import Ci
from acceptance.probes.ci_reports import Scan
from acceptance.probes.health import StatusDocument
from acceptance.probes.maintenance import Maintenance
from acceptance.probes.release import Back, Issue, ReleaseFile
from selftests.judging import BLOCKED, FAIL, PASS, judge

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
COMMIT, BEFORE = "a" * 40, "b" * 40
DIGEST, OLD_DIGEST = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"
RELEASE = ReleaseFile(
    version="2.4.0", commit=COMMIT, tag="v2.4.0", moment=NOW, window_begins=NOW - timedelta(minutes=5),
    window_ends=NOW, announced=NOW - timedelta(hours=24, minutes=5), rollback="2.3.0", migrations="none",
    back=Back("2.3.0", "v2.3.0", BEFORE, {"engine": OLD_DIGEST}), images={"engine": DIGEST},
)  # fmt: skip
SIGNED = SimpleNamespace(require=lambda: True)


@pytest.mark.parametrize(
    "changes, status",
    [
        ({}, PASS),
        ({"window_ends": NOW - timedelta(seconds=1)}, FAIL),
        ({"announced": NOW - timedelta(hours=24, minutes=4, seconds=59)}, FAIL),
        ({"announced": None}, FAIL),
        ({"window_begins": NOW + timedelta(days=3), "window_ends": NOW + timedelta(days=4), "announced": NOW}, PASS),
        (
            {
                "window_begins": NOW + timedelta(days=3),
                "window_ends": NOW + timedelta(days=4),
                "announced": NOW + timedelta(seconds=1),
            },
            FAIL,
        ),
        ({"window_begins": None}, FAIL),
    ],
)
def test_the_window_ends_now_at_the_latest_and_was_announced_a_day_ahead(changes, status):
    assert judge("INFRA-READY-02", release=replace(RELEASE, **changes), signed=SIGNED) is status


def container(image: str, revision: str = "", state: str = "running", **more: str) -> SimpleNamespace:
    known = {"name": "engine-1", "service": "engine", "image_id": "sha256:1", "config_hash": "h", **more}
    return SimpleNamespace(image=image, revision=revision, state=state, **known)


def after(*containers: SimpleNamespace, **changes: object) -> WentBack:
    release = replace(RELEASE, rolled_back=NOW, rolled_back_to="2.3.0", **changes)
    return WentBack(release, SimpleNamespace(each=lambda: tuple((None, c) for c in containers)))


@pytest.mark.parametrize(
    "one, stopped, runs",
    [
        (container("r/engine:2.3.0", BEFORE), PASS, PASS),
        (container(f"r/engine@{OLD_DIGEST}"), PASS, PASS),
        (container("r/engine:2.3.0", BEFORE, "exited"), PASS, FAIL),
        (container("r/engine:2.4.0", COMMIT), FAIL, FAIL),
        (container(f"r/engine@{DIGEST}", state="exited"), FAIL, FAIL),
        (container("r/engine:2.2.0", "c" * 40), PASS, FAIL),
        (container("mongo:7.0", service="mongodb"), PASS, BLOCKED),
        (container("localhost:5000/engine:2.4.0"), FAIL, FAIL),
        (container("localhost:5000/engine:v2.4.0"), FAIL, FAIL),  # images may be tagged as the commit is
        (container("localhost:5000/engine:v2.3.0"), PASS, PASS),
        (container("localhost:5000/engine:2.3.0@sha256:0"), PASS, PASS),
        (container("localhost:5000/engine"), PASS, FAIL),
    ],
)
def test_what_a_rollback_left(one, stopped, runs):
    assert judge("INFRA-BACK-02", went_back=after(one)) is stopped
    assert judge("INFRA-BACK-05", went_back=after(one)) is runs


def test_an_image_without_a_tag_is_not_of_a_version_without_one():
    assert after(container("r/engine"), tag="").left_over() == ()


def test_a_service_that_did_not_come_back_is_named():
    back = Back("2.3.0", "v2.3.0", BEFORE, {"engine": OLD_DIGEST, "dashboard": OLD_DIGEST})
    here, beside = container("r/engine:2.3.0", BEFORE), container("r/dashboard:2.3.0", BEFORE, service="dashboard")
    assert judge("INFRA-BACK-05", went_back=after(here, beside, back=back)) is PASS
    assert after(here, back=back).not_previous() == ("dashboard of 2.3.0 has no container",)


def test_who_is_taken_down_runs_no_more():
    down = {"rolled_back_to": "take down"}
    release = replace(RELEASE, rolled_back=NOW, **down)
    stopped, runs = container("r/engine:2.4.0", state="exited"), container("mongo:7.0", service="mongodb")
    for containers, found in (((stopped,), ()), ((stopped, runs), ("engine-1 still runs",))):
        held = WentBack(release, SimpleNamespace(each=lambda those=containers: tuple((None, c) for c in those)))
        assert held.not_previous() == found


def test_the_version_before_is_told_by_its_release_file():
    previous = after().previous()
    assert (previous.tag, previous.commit) == ("v2.3.0", BEFORE)
    with pytest.raises(ProbeError, match=r"releases/2\.3\.0\.toml is missing"):
        after(back=None).previous()


@pytest.mark.parametrize(
    "env, found",
    [
        ("OPENAI_API_KEY=sk-abcdefghijklmnopqrstuv", ["ENV OPENAI_API_KEY (OpenAI key)"]),
        ("DB_PASSWORD=hunter2hunter2", ["ENV DB_PASSWORD (a value under a secret's name)"]),
        ("URL=mongodb://app:hunter2x@db", ["ENV URL (password in a URL)"]),
        ("DB_PASSWORD_FILE=/run/secrets/db", []),
        ("DB_PASSWORD=/run/secrets/db", []),
        ("JWT_SECRET=", []),
        ("JWT_SECRET=change-me", []),
        ("GPG_KEY=A035C8C19219BA821ECEA86B64E628F8D684696D", []),
        ("PATH=/usr/bin", []),
    ],
)
def test_secrets_in_an_image_are_told_by_name_and_kind(env, found):
    from acceptance.collector.images import secrets_in_image

    assert secrets_in_image({"Env": [env], "Labels": {"maintainer": "x"}}) == found


@pytest.mark.parametrize("reason, status", [("prices stood still for minutes", PASS), ("TODO", FAIL), ("", FAIL)])
def test_the_reason_of_a_rollback(reason, status):
    assert judge("INFRA-BACK-09", release=replace(RELEASE, rolled_back_reason=reason)) is status


@pytest.mark.parametrize("issues, status", [((), PASS), (None, FAIL), ((Issue("s", "low", (), ""),), FAIL)])
def test_known_issues_are_written_down_even_if_there_are_none(issues, status):
    assert judge("INFRA-RECORD-04", release=replace(RELEASE, known_issues=issues)) is status


@pytest.mark.parametrize("status, after_s, expected", [(503, "60", PASS), (200, "60", FAIL), (503, "", FAIL)])
def test_the_maintenance_page(status, after_s, expected):
    assert judge("INFRA-READY-06", maintenance=Maintenance("u", status, after_s, 10)) is expected


def test_a_snapshot_without_images_or_commit_is_none():
    def seen(commit: str, *containers: SimpleNamespace) -> Snapshot:
        state = StatusDocument("u", 200, {}, (), "2.3.0", commit, "")
        return Snapshot(SimpleNamespace(each=lambda: tuple((None, c) for c in containers)), state)

    assert judge("INFRA-READY-08", snapshot=seen(COMMIT, container("i"))) is PASS
    assert judge("INFRA-READY-08", snapshot=seen("", container("i"))) is FAIL
    bare = replace(seen("", container("i", state="", image_id="", config_hash="")))
    bare = replace(bare, status_document=replace(bare.status_document, version=""))
    wanted = ("commit", "version", "engine-1: no image", "engine-1: no state", "engine-1: no configuration hash")
    assert bare.lacks() == wanted
    assert judge("INFRA-READY-08", snapshot=seen(COMMIT, container("i", image_id=""))) is FAIL


@pytest.mark.parametrize("days, status", [(7, PASS), (7.001, FAIL)])
def test_every_image_of_the_release_was_scanned_in_seven_days(days, status):
    made = NOW - timedelta(days=days)
    kinds = (("image", (DIGEST,)), ("dependencies", ()), ("code", ()))
    scans = tuple(Scan(kind, "scans", kind, kind, made, digests=digests) for kind, digests in kinds)
    ci = Ci(commit=COMMIT, where="w", now=NOW, scans=scans)
    assert judge("SEC-GATE-01", ci=ci, release=RELEASE) is status
    assert judge("SEC-GATE-01", ci=ci, release=replace(RELEASE, images={"engine": OLD_DIGEST})) is FAIL
    assert judge("INFRA-CODE-13", ci=ci) is status


def test_a_young_scan_of_another_image_or_kind_is_no_scan_of_this_one():
    def scan(kind, days, digest=""):
        return Scan(f"{kind}.json", "scans", kind, kind, NOW - timedelta(days=days), digests=(digest,) * bool(digest))

    image, rest = scan("image", 1, DIGEST), (scan("dependencies", 1), scan("code", 1))
    others = (scan("image", 7.5, DIGEST), scan("image", 1, OLD_DIGEST), *rest)
    for scans, status in (
        ((image, *rest), PASS),
        (others, FAIL),
        ((image, scan("dependencies", 7.5), rest[1]), FAIL),
        ((image, rest[0]), FAIL),
    ):
        ci = Ci(commit=COMMIT, where="w", now=NOW, scans=scans)
        assert judge("SEC-GATE-01", ci=ci, release=RELEASE) is status


def test_names_of_the_target_are_resolved_only_when_an_address_is_not_given(monkeypatch):
    asked = []

    def resolve(host, *_, **__):
        asked.append(host)
        return [(0, 0, 0, "", ("198.51.100.7", 443))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(guard._State, "allowed", frozenset({"127.0.0.1"}))
    monkeypatch.setattr(guard._State, "names", frozenset({"api.example.com"}))
    assert guard._is_allowed("127.0.0.1")
    assert asked == []
    assert guard._is_allowed("198.51.100.7")
    assert not guard._is_allowed("198.51.100.8")
    assert asked == ["api.example.com"]


def test_the_named_release_is_the_one_that_probes_look_at(tmp_path):
    from acceptance.look import Plan
    from acceptance.visit import Visit

    (tmp_path / "releases").mkdir()
    for version, more in (("2.3.0", "closed = 2026-01-01T00:00:00Z"), ("2.4.0", 'rollback = "2.3.0"')):
        source = f'version = "{version}"\ncommit = "{COMMIT}"\n{more}\n'
        (tmp_path / "releases" / f"{version}.toml").write_text(source)

    def look(version: str) -> ReleaseFile:
        visit = Visit(
            target=SimpleNamespace(_folder=tmp_path), now=NOW, run=tmp_path, live=tmp_path, state=tmp_path,
            marker="m", ends=0, release=version,
        )  # fmt: skip
        return release.look(visit)

    assert look("").version == "2.4.0"
    assert look("2.3.0").version == "2.3.0"
    with pytest.raises(ProbeError, match=r"there is no release '9'"):
        look("9")
    plan = {"target": "t", "probes": [], "allow": [], "now": NOW.isoformat(), "live": "l", "state": "s"}
    (tmp_path / "wanted.json").write_text(json.dumps({**plan, "release": "2.3.0"}))
    assert Plan.of(tmp_path).release == "2.3.0"
