"""How long a service has been down: Docker's own health log beside the watch's samples."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from acceptance.collector import engine, logs
from acceptance.collector.base import Blind
from acceptance.facts import Unseen
from acceptance.probes.containers import Containers
from acceptance.probes.hosts import Hosts
from acceptance.probes.watch import Watch
from acceptance.verdict import Status
from selftests.hosts_facts import host, hosts
from selftests.judging import BLOCKED, FAIL, PASS, PENDING, judge
from selftests.test_watch import BEGAN, sample


def stamp(ago_s: float) -> str:
    return f"{BEGAN - timedelta(seconds=ago_s):%Y-%m-%dT%H:%M:%S}.500000000Z"


def container(status: str = "", checks: tuple[float, ...] = (), streak: int = 0, **changes: Any) -> dict[str, Any]:
    """What Docker says of one that was made two hours ago; `checks` began so many seconds ago."""
    log = [{"Start": stamp(ago), "End": stamp(ago - 1), "ExitCode": 1} for ago in checks]
    health = {"Health": {"Status": status, "FailingStreak": streak, "Log": log}} if status else {}
    state = {"Status": "running", "Running": True, "StartedAt": stamp(3600), "FinishedAt": "0001-01-01T00:00:00Z"}
    return {
        "Created": stamp(7200),
        "HostConfig": {"RestartPolicy": {"Name": changes.pop("policy", "unless-stopped")}},
        "State": state | health | changes,
    }


FIVE = (128.0, 98.0, 68.0, 38.0, 8.0)
ENDED = {"Running": False, "Status": "exited", "FinishedAt": stamp(1800)}


@pytest.mark.parametrize(
    "seen, expected_s",
    [
        (container(), 0),
        (container("healthy", FIVE), 0),
        (container("healthy", FIVE, 2), 0),
        (container("unhealthy", FIVE, 3), 68),
        (container("unhealthy", FIVE, 5), 128),
        (container("unhealthy", FIVE, 41), 8 + 40 * 30),
        (container("unhealthy", FIVE, 4000), 3600),
        (container("unhealthy", (700.0,), 9), 700),
        (container("starting", FIVE), 3600),
        (container(**ENDED, ExitCode=1), 1800),
        (container(**ENDED, ExitCode=0), 1800),
        (container(**ENDED, ExitCode=0, policy="no"), 0),
        (container(**ENDED, ExitCode=1, policy="no"), 1800),
        (container(Running=False, Status="created"), 7200),
    ],
)
def test_how_long_a_container_has_been_unwell(
    seen: dict[str, Any], expected_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs.time, "time", lambda: BEGAN.timestamp() + 0.5)
    assert engine.down_s(seen) == pytest.approx(expected_s)


def test_unhealthy_without_a_failed_check_is_blind() -> None:
    with pytest.raises(Blind):
        engine.down_s(container("unhealthy"))


def samples(status: str) -> Watch:
    found = tuple(sample(m, items={"INFRA-HEALTH-02": status}) for m in range(0, 21, 5))
    return Watch(BEGAN, BEGAN, found, ())


NONE = Watch(None, BEGAN, (), ())
BLIND = hosts(Unseen("the engine", "no route"))


@pytest.mark.parametrize(
    "watch, hosts, expected",
    [
        (samples("PASS"), host(), PASS),
        (samples("FAIL"), host(), FAIL),
        (samples("PASS"), host(down_s=899.0), PASS),
        (samples("PASS"), host(down_s=900.0), FAIL),
        (samples("PASS"), host(down_s=Unseen("how long", "no check")), BLOCKED),
        (samples("PASS"), BLIND, BLOCKED),
        (samples("FAIL"), BLIND, FAIL),
        (NONE, host(down_s=900.0), FAIL),
        (NONE, host(), PENDING),
    ],
)
def test_either_shows_an_outage_and_both_must_be_seen_before_there_is_none(
    watch: Watch, hosts: Hosts, expected: Status
) -> None:
    assert judge("INFRA-ROLL-02", watch=watch, hosts=hosts) is expected


@pytest.mark.parametrize(
    "restarts, hours_ago, offends", [(0, 1.0, False), (1, 1.0, True), (1, 23.9, True), (1, 24.1, False)]
)
def test_a_restart_of_the_last_day_is_named(restarts: int, hours_ago: float, offends: bool) -> None:
    seen = Containers(host(restarts=restarts, created_s_ago=9e5, started_s_ago=hours_ago * 3600))
    assert bool(seen.restarted_within(hours=24)) is offends
