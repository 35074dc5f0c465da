"""What the load's numbers allow to say: boundaries, and when they must not be judged at all."""

from __future__ import annotations

import random
from dataclasses import replace
from types import SimpleNamespace

import pytest

from acceptance.facts import ProbeError, Unseen, dump, load
from acceptance.probes.load import ApiLoad, Block, CpuSample, Phase
from tests_performance.test_latency import test_95th_percentile_is_under_100_ms as gate
from tests_performance.test_latency import test_api_latency as latency  # the tests themselves, on facts made by hand
from tests_performance.test_throughput import test_balancer_spreads_the_load_evenly as balance
from tests_performance.test_throughput import test_cpu_is_stable_under_load as cpu
from tests_performance.test_throughput import test_throughput_is_over_1000_operations_per_second as throughput

SPIKE_MS = 300.0


def phase(latencies_ms: list[float], rate: float = 200.0, **changes: object) -> Phase:
    """Latencies spread over blocks of 5 s in their order."""
    size = int(rate * 5)
    blocks = [latencies_ms[i : i + size] for i in range(0, len(latencies_ms), size)]
    n = len(latencies_ms)
    made = Phase(
        rate_per_s=rate,
        length_s=n / rate,
        offered=n,
        sent=n,
        failed=0,
        refused=0,
        succeeded_within=n,
        lag_p99_ms=3.0,
        sleep_lag_p99_ms=3.0,
        min_rtt_ms=0.1,
        stopped="",
        blocks=tuple(Block(5.0 * i, tuple(round(ms * 1000) for ms in each)) for i, each in enumerate(blocks)),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def steady(n: int = 12_000, slow: float = 0.0, base: float = 20.0) -> list[float]:
    draw = random.Random(5)
    return [base * draw.lognormvariate(0, 0.3) + (SPIKE_MS if draw.random() < slow else 0) for _ in range(n)]


FULL = phase(steady(66_000), rate=1100.0)
HEALTHY = ApiLoad(
    host="api.test",
    mix=("1 x health",),
    processes=1,
    steady=phase(steady()),
    full=FULL,
    seconds=(),
    errors={},
    instances={"engine-1": 40_000, "engine-2": 38_000},
    backends=2,
    cpu=tuple(CpuSample(2.0 * i, 30.0 + i % 3) for i in range(30)),
)


def with_steady(**changes: object) -> ApiLoad:
    return replace(HEALTHY, steady=replace(HEALTHY.steady, **changes))  # type: ignore[arg-type]


def test_healthy_numbers_pass() -> None:
    for percentile, limit in ((50, 50), (95, 100), (99, 200)):
        latency(HEALTHY, percentile, limit)
    throughput(HEALTHY)
    cpu(HEALTHY)
    balance(HEALTHY)


def test_three_per_cent_slower_by_300_ms_turn_p99_red() -> None:
    slow = replace(HEALTHY, steady=phase(steady(slow=0.03)))
    latency(slow, 95, 100)
    with pytest.raises(AssertionError):
        latency(slow, 99, 200)


@pytest.mark.parametrize(
    ("bound_ms", "error_percent", "stopped", "green"),
    [(99.9, 0.09, "", True), (100.0, 0.09, "", False), (99.9, 0.1, "", False), (99.9, 0.0, "429 of 1000", False)],
)
def test_the_gate_takes_the_95th_percentile_alone(
    bound_ms: float, error_percent: float, stopped: str, green: bool
) -> None:
    steady = SimpleNamespace(stopped_because=lambda: stopped, error_percent=lambda: error_percent)
    seen = SimpleNamespace(steady=steady, upper_bound_ms={50: 1.0, 95: bound_ms, 99: 900.0}.__getitem__)
    if green:
        gate(seen)
    else:
        with pytest.raises(AssertionError):
            gate(seen)


def open_and_closed() -> tuple[list[float], list[float]]:
    """The same server, 5 ms with a stall of 1 s in every 10: as arrivals see it, and as 16 waiting users see it."""
    arrivals_ms = [5 + max(0.0, 1000 - (i / 200) % 10 * 1000) for i in range(12_000)]
    closed: list[float] = []
    for _ in range(6):
        closed += [5.0] * (16 * 9 * 200) + [1005.0] * 16
    return arrivals_ms, closed


def test_a_stall_is_red_where_a_closed_loop_would_pass() -> None:
    as_arrivals, as_users = open_and_closed()
    with pytest.raises(AssertionError):
        latency(replace(HEALTHY, steady=phase(as_arrivals)), 99, 200)
    with pytest.raises(AssertionError):
        latency(replace(HEALTHY, steady=phase(as_arrivals)), 95, 100)
    assert phase(as_users, rate=2880.0).upper_bound_ms(99) < 200


@pytest.mark.parametrize(
    "changes, why",
    [
        ({"lag_p99_ms": 5.1}, "the load generator is the limit"),
        ({"sent": 11_000}, "sent 11000 of 12000"),
        ({"refused": 1}, "allow-list the generator"),
        ({"refused": 1, "sent": 0, "stopped": "20 % were refused with 429"}, "allow-list the generator"),
        ({"blocks": phase(steady(4_999)).blocks}, "5000 are needed"),
        ({"sent": 0}, "sent 0 of 12000"),
    ],
)
def test_numbers_that_are_not_judged(changes: dict[str, object], why: str) -> None:
    with pytest.raises(ProbeError, match=why):
        latency(with_steady(**changes), 99, 200)


@pytest.mark.parametrize("percentile, needed", [(50, 200), (95, 1_000), (99, 5_000)])
def test_samples_that_a_percentile_needs(percentile: int, needed: int) -> None:
    def seen(answered: int) -> Phase:
        return replace(HEALTHY.steady, blocks=phase(steady(answered)).blocks)

    assert seen(needed).upper_bound_ms(percentile)
    with pytest.raises(ProbeError, match=f"{needed - 1} requests were answered, {needed} are needed"):
        seen(needed - 1).upper_bound_ms(percentile)


def test_what_lies_at_the_limit_is_undecided() -> None:
    at_limit = [20.0] * 12_000
    at_limit[:: 12_000 // 115] = [250.0] * len(at_limit[:: 12_000 // 115])
    with pytest.raises(ProbeError, match="undecided"):
        latency(replace(HEALTHY, steady=phase(at_limit)), 99, 200)


def test_a_far_target_is_not_blamed_for_the_network() -> None:
    far = replace(HEALTHY, steady=phase(steady(base=60.0), min_rtt_ms=45.0))
    with pytest.raises(ProbeError, match="run nearer"):
        latency(far, 50, 50)
    with pytest.raises(AssertionError):
        latency(replace(HEALTHY, steady=phase(steady(base=60.0))), 50, 50)


def test_one_error_in_a_thousand_is_red() -> None:
    latency(with_steady(failed=11), 50, 50)
    with pytest.raises(AssertionError):
        latency(with_steady(failed=12), 50, 50)


def test_a_stopped_load_is_red_and_says_why() -> None:
    with pytest.raises(AssertionError, match="failed"):
        latency(with_steady(stopped="12 % of the requests failed", sent=3_000), 50, 50)
    with pytest.raises(AssertionError, match="failed"):
        throughput(replace(HEALTHY, full=replace(FULL, stopped="12 % of the requests failed", sent=0)))


@pytest.mark.parametrize(
    "changes",
    [
        {"succeeded_within": 60 * 1000},
        {"succeeded_within": 60 * 900},
        {"failed": 3_300},
        {"failed": 660},
        {"blocks": phase(steady(66_000, slow=0.03), rate=1100.0).blocks},
    ],
)
def test_throughput_that_is_not_enough(changes: dict[str, object]) -> None:
    with pytest.raises(AssertionError):
        throughput(replace(HEALTHY, full=replace(FULL, **changes)))  # type: ignore[arg-type]


def test_throughput_just_over_the_limit() -> None:
    throughput(replace(HEALTHY, full=replace(FULL, succeeded_within=60 * 1000 + 1, failed=659)))


def cpu_of(values: list[float]) -> ApiLoad:
    return replace(HEALTHY, cpu=tuple(CpuSample(2.0 * i, value) for i, value in enumerate(values)))


def test_cpu_that_climbs_or_is_high_is_red() -> None:
    with pytest.raises(AssertionError):
        cpu(cpu_of([20.0 + i for i in range(30)]))
    with pytest.raises(AssertionError):
        cpu(cpu_of([70.0 + (-1) ** i for i in range(30)]))
    cpu(cpu_of([69.0 + (-1) ** i * 0.5 for i in range(30)]))


@pytest.mark.parametrize("values", [[0.0] * 30, [31.0] * 30, [30.0, 31.0] * 4])
def test_cpu_that_never_moves_or_is_hardly_sampled_proves_nothing(values: list[float]) -> None:
    with pytest.raises(ProbeError):
        cpu(cpu_of(values))


@pytest.mark.parametrize(
    "counts", [{"engine-1": 78_000}, {"engine-1": 48_000, "engine-2": 31_000}, {"a": 30_000, "b": 30_000, "c": 10_000}]
)
def test_uneven_backends_are_red(counts: dict[str, int]) -> None:
    with pytest.raises(AssertionError):
        balance(replace(HEALTHY, instances=counts))


def test_shares_just_within_a_fifth_are_green() -> None:
    balance(replace(HEALTHY, instances={"engine-1": 48_000, "engine-2": 32_000}))


@pytest.mark.parametrize("counts", [{}, {"no header": 78_000}, Unseen("each backend's share", "no header named")])
def test_backends_that_are_not_named_are_not_judged(counts: dict[str, int] | Unseen) -> None:
    with pytest.raises(ProbeError):
        balance(replace(HEALTHY, instances=counts))


def test_facts_come_back_from_disk_as_they_were() -> None:
    small = replace(HEALTHY, steady=phase(steady(2_000)), full=phase(steady(2_000)))
    assert load(ApiLoad, dump(small)) == small
