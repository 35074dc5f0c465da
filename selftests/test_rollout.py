"""Containers and images of a real deployment: jobs that end, stores of other publishers, digests, nothing at all."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from acceptance.facts import Unseen, load
from acceptance.probes.containers import Container, Engine, Tag
from acceptance.probes.planned import Compose, Planned
from acceptance.probes.release import Back, ReleaseFile
from acceptance.sandbox.host import RECORDING
from selftests.hosts_facts import hosts
from selftests.judging import BLOCKED, FAIL, PASS, judge

COMMIT = "0" * 40
DIGEST, OTHER = "sha256:" + "a" * 64, "sha256:" + "b" * 64
RELEASE = ReleaseFile(
    "2.4.0", COMMIT, "v2.4.0", datetime(2026, 3, 2, tzinfo=UTC), images={"engine": DIGEST},
    back=Back("2.3.0", "v2.3.0", "1" * 40, {}),
)  # fmt: skip
OURS, REDIS = "registry.example.com:5000/bot/engine", "redis"


def container(service: str, image: str, **changes: object) -> Container:
    raw = json.loads(RECORDING.read_text(encoding="utf-8"))["answer"]["engine"]["containers"][0]
    made = load(Container, json.dumps({**raw, "service": service, "name": f"bot-{service}-1", "image": image}))
    own = {"image_id": f"sha256:{service}", "image_bytes": 1000, "revision": COMMIT if "bot/" in image else ""}
    return replace(made, **{**own, **changes})  # type: ignore[arg-type]


def engine(
    *containers: Container, tags: dict[str, str] | None = None, compose: Compose | Unseen | None = None
) -> Engine:
    raw = json.loads(RECORDING.read_text(encoding="utf-8"))["answer"]["engine"]
    made = load(Engine, json.dumps({**raw, "containers": [], "tags": []}))
    here = tuple(Tag(tag, image, 1000) for tag, image in (tags or {}).items())
    return replace(made, containers=containers, tags=here, compose=compose or made.compose)


TAGS = {f"{OURS}:2.4.0": "sha256:engine", f"{OURS}:2.3.0": "sha256:old", "redis:7.2": "sha256:redis"}


@pytest.mark.parametrize("store", ["redis:7.2", "docker.io/library/redis:7.2", f"redis@{OTHER}", f"redis:7.2@{OTHER}"])
def test_a_store_of_another_publisher_has_a_version_of_its_own(store: str) -> None:
    here = engine(container("engine", f"{OURS}:2.4.0"), container("redis", store), tags=TAGS)
    for item in ("INFRA-BUILD-07", "INFRA-BUILD-09", "INFRA-BUILD-10"):
        assert judge(item, hosts=hosts(here), release=RELEASE) is PASS, item


@pytest.mark.parametrize(
    ("ours", "store"),
    [
        (f"{OURS}:2.3.0", "redis:7.2"),
        (OURS, "redis:7.2"),
        (f"{OURS}@{OTHER}", "redis:7.2"),
        (f"{OURS}:2.4.0@{OTHER}", "redis:7.2"),
        (f"{OURS}:2.4.0", "redis"),
        (f"{OURS}:2.4.0", "redis:latest"),
        (f"{OURS}:2.4.0", "redis:7.0"),
    ],
)
def test_another_version_a_moving_tag_and_a_tag_that_moved_on_are_findings(ours: str, store: str) -> None:
    here = engine(container("engine", ours), container("redis", store), tags=TAGS)
    assert judge("INFRA-BUILD-10", hosts=hosts(here), release=RELEASE) is FAIL


def test_an_image_beside_ours_is_ours() -> None:
    beside = container("worker", OURS.replace("engine", "worker") + ":2.3.0", revision="")
    here = engine(container("engine", f"{OURS}:2.4.0"), beside, tags=TAGS)
    assert judge("INFRA-BUILD-07", hosts=hosts(here), release=RELEASE) is FAIL
    assert judge("INFRA-BUILD-10", hosts=hosts(here), release=RELEASE) is FAIL


def test_a_digest_is_the_release_when_the_release_file_says_so() -> None:
    here = engine(container("engine", f"{OURS}@{DIGEST}"))
    assert judge("INFRA-BUILD-10", hosts=hosts(here), release=RELEASE) is PASS
    assert judge("INFRA-BUILD-10", hosts=hosts(here), release=replace(RELEASE, images={})) is BLOCKED


def test_no_container_is_never_a_pass() -> None:
    for item in ("INFRA-BUILD-07", "INFRA-BUILD-10", "INFRA-START-01"):
        assert judge(item, hosts=hosts(engine()), release=RELEASE) is BLOCKED, item


def planned(name: str, **needs: str) -> Planned:
    return Planned(name, f"{name}:1", "", needs, True, (), ())


MIGRATION = container(
    "migration", f"{OURS}:2.4.0", state="exited", health="", restart_policy="no", down_s=0.0,
    healthy_after_s=Unseen("when it became healthy", "there is no health check"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("job", "until", "status"),
    [
        (MIGRATION, "service_completed_successfully", PASS),
        (MIGRATION, "service_healthy", FAIL),  # nobody waits for its end: it should run
        (replace(MIGRATION, down_s=30.0), "service_completed_successfully", FAIL),
        (replace(MIGRATION, restart_policy="always"), "service_completed_successfully", FAIL),
        (replace(MIGRATION, state="created"), "service_completed_successfully", FAIL),
    ],
)
def test_a_job_that_others_wait_for_may_have_ended(job: Container, until: str, status: object) -> None:
    plan = Compose((), (), (planned("engine", migration=until), planned("migration")))
    here = engine(container("engine", f"{OURS}:2.4.0"), job, compose=plan)
    assert judge("INFRA-START-03", hosts=hosts(here)) is status


def test_a_job_that_ended_has_no_health_to_wait_for() -> None:
    engine_up = container("engine", f"{OURS}:2.4.0", healthy_after_s=20.0)
    assert judge("INFRA-START-06", hosts=hosts(engine(engine_up, MIGRATION))) is PASS
    assert judge("INFRA-START-06", hosts=hosts(engine(engine_up, replace(MIGRATION, state="running")))) is BLOCKED
    assert judge("INFRA-START-06", hosts=hosts(engine(replace(engine_up, healthy_after_s=181.0), MIGRATION))) is FAIL


@pytest.mark.parametrize(("by_s", "status"), [(180.0, PASS), (0.0, PASS), (180.1, BLOCKED), (-1.0, BLOCKED)])
def test_health_that_nobody_remembers_is_shown_by_who_waited_for_it(by_s: float, status: object) -> None:
    forgotten = Unseen("when it became healthy", "the events are gone")
    up = container("engine", f"{OURS}:2.4.0", healthy_after_s=forgotten, healthy_by_s=by_s)
    assert judge("INFRA-START-06", hosts=hosts(engine(up))) is status


def test_a_container_that_restarts_all_the_time_is_unstable_long_after_its_first_hour() -> None:
    looping = container(
        "engine", f"{OURS}:2.4.0", state="restarting", restarts=500, created_s_ago=9000.0, started_s_ago=0.0
    )
    assert judge("INFRA-START-04", hosts=hosts(engine(looping))) is FAIL


@pytest.mark.parametrize(("lines", "status"), [(2, PASS), (0, FAIL), (-1, BLOCKED)])
def test_audit_events_that_nobody_described_were_not_looked_for(lines: int, status: object) -> None:
    up = container("engine", f"{OURS}:2.4.0")
    assert not isinstance(up.log, Unseen)
    told = replace(up, log=replace(up.log, audit_lines=lines))
    assert judge("INFRA-LOG-07", hosts=hosts(engine(told))) is status
