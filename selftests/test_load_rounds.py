"""Rounds that decide nothing are followed by as many again, and only those."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from acceptance.judge import catalogue
from acceptance.load import run
from acceptance.load.offer import offer
from acceptance.load.samples import OK, Samples
from acceptance.load.schedule import Segment, arrivals
from acceptance.probes.load import LIMITS_MS
from selftests.test_asking import visit
from selftests.test_load_facts import phase

AT_THE_LIMIT = 105  # one request in so many is slow: 0.95 % of them, too near to 1 % for 12,000


@pytest.fixture
def port() -> Iterator[int]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


def recorded(plan: dict[str, Any], slow_ms: Callable[[int], float]) -> Samples:
    """What a generator brings home of a schedule whose n-th request takes `slow_ms(n)`."""
    found = Samples()
    segments = [Segment(**each) for each in plan["segments"]]
    for number, (at_s, _) in enumerate(arrivals(segments, [1], plan["seed"])):
        found.add(at_s, slow_ms(number), 1.0, OK)
    return found


@pytest.mark.parametrize(
    ("first", "runs", "judged"),
    [
        (lambda n: 250.0 if n % AT_THE_LIMIT == 0 else 20.0, 2, True),
        (lambda n: 20.0, 1, True),
        (lambda n: 250.0 if n % 20 == 0 else 20.0, 1, False),
    ],
    ids=["near a limit", "well inside", "well outside"],
)
def test_more_rounds_where_they_may_decide(
    first: Callable[[int], float], runs: int, judged: bool, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans: list[dict[str, Any]] = []

    def here(_: Any, plan: dict[str, Any], __: float) -> list[Samples]:
        plans.append(plan)
        return [recorded(plan, first if len(plans) == 1 else lambda n: 20.0)]

    monkeypatch.setattr(run, "here", here)
    asks = visit(
        tmp_path,
        resolve={"api.test": ["127.0.0.1"]},
        urls={
            "base": "https://app.test", "plain": "http://app.test", "api": f"https://api.test:{port}",
            "ws": "wss://api.test/ws", "dashboard": "https://app.test",
        },
        operations={"health": {"path": "/api/health", "kind": "local", "public": True}},
        load={"mix": {"health": 1}},
    )  # fmt: skip
    found = offer(asks)
    assert len(plans) == runs
    assert found.steady.length_s == 60.0 * runs
    assert found.full.length_s == 60.0
    assert len({plan["seed"] for plan in plans}) == runs
    assert (found.upper_bound_ms(99) < 200) is judged


@pytest.mark.parametrize("changes", [{"lag_p99_ms": 6.0}, {"refused": 1}, {"stopped": "12 % failed"}])
def test_no_more_load_for_numbers_that_it_can_t_mend(changes: dict[str, Any]) -> None:
    near = phase([250.0 if n % AT_THE_LIMIT == 0 else 20.0 for n in range(12_000)])
    assert near.near_a_limit()
    assert not replace(near, **changes).near_a_limit()


def test_the_worst_of_both_is_kept() -> None:
    calm = phase([20.0] * 12_000)
    odd = replace(calm, lag_p99_ms=9.0, failed=7, refused=3, stopped="12 % failed")
    both = calm.with_rounds(odd)
    assert (both.lag_p99_ms, both.failed, both.refused, both.stopped) == (9.0, 7, 3, "12 % failed")
    assert (both.sent, both.offered, both.answered, both.length_s) == (24_000, 24_000, 24_000, 120.0)
    starts = [block.start_s for block in both.blocks]
    assert starts == sorted(set(starts))


def test_the_limits_are_those_that_the_items_judge() -> None:
    items = [catalogue()[f"PERF-API-0{n}"].given for n in (1, 2, 3)]
    assert {each["percentile"]: each["limit_ms"] for each in items} == LIMITS_MS
