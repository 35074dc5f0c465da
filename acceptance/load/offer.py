"""Plans the load of one visit, has it offered, and adds up what every generator process saw."""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from acceptance import guard
from acceptance.facts import ProbeError, Unseen, text
from acceptance.grading.exceedance import BLOCK_S
from acceptance.load import run
from acceptance.load.samples import ERROR, OK, REFUSED, Samples
from acceptance.load.schedule import Segment, Window, windows
from acceptance.probes.load import ApiLoad, Block, CpuSample, Phase, Second
from acceptance.visit import Visit

if TYPE_CHECKING:
    from acceptance.tables.load import Load

WARM_UP_S = 10.0
ROUND_S = 20.0
FULL_RATE_PER_S = 1100.0
FULL_S = 60.0
CPU_EVERY_S = 2.0


def offer(visit: Visit) -> ApiLoad:
    """The whole load phase: warm-up, rounds, ramp, full rate; as many rounds again where they decide nothing."""
    table = visit.target.load
    assert table is not None  # the probe's access
    plan = plan_of(visit, table)
    rtt_ms = min_rtt_ms(visit, plan["host"])
    with cpu_watched(visit, table) as cpu:
        samples = _run(visit, table, plan)
    if not any(each.kind.count(OK) for each in samples):
        worst = sum((each.errors for each in samples), Counter[str]()).most_common(1)
        raise ProbeError(
            "the API under load", f"not one request succeeded: {worst[0][0] if worst else 'none was sent'}"
        )
    found = add_up(table, plan, samples, rtt_ms, cpu)
    if not found.steady.near_a_limit():
        return found
    again = {**plan, "segments": plan["segments"][:2], "seed": plan["seed"] + 1}
    steady = windows(_segments(again))[1]
    more = _phase(_run(visit, table, again), steady, table.rate_per_s, rtt_ms, again)
    return replace(found, steady=found.steady.with_rounds(more))


def _run(visit: Visit, table: Load, plan: dict[str, Any]) -> list[Samples]:
    length_s = sum(segment.length_s for segment in _segments(plan))
    samples = run.on_master(visit, table.master, plan, length_s) if table.master else run.here(visit, plan, length_s)
    for _ in range(sum(len(each.at_s) for each in samples)):
        guard.count(write=False, what="load")  # sent by other processes, counted as this probe's
    return samples


def _segments(plan: dict[str, Any]) -> list[Segment]:
    return [Segment(**each) for each in plan["segments"]]


def plan_of(visit: Visit, table: Load) -> dict[str, Any]:
    """What the generator is told: everything that it needs, so that it can be sent to another machine."""
    if unfit := [f"{name}: {why}" for name in table.mix if (why := unfit_for_load(visit, name))]:
        raise ProbeError("a load mix", "; ".join(unfit))
    if not table.mix:
        raise ProbeError("a load mix", "[load] mix names no local operation")
    target = visit.target
    base = urlsplit(target.urls.api)
    ca_file = target.trust.ca_file
    return {
        "host": f"{base.scheme}://{base.netloc}",
        "requests": [_request(visit, table, name, weight) for name, weight in table.mix.items()],
        "segments": [
            vars(segment)
            for segment in (
                Segment("warm-up", WARM_UP_S, table.rate_per_s / 10, table.rate_per_s),
                Segment("steady", table.rounds * ROUND_S, table.rate_per_s, table.rate_per_s),
                Segment("ramp", WARM_UP_S, table.rate_per_s, FULL_RATE_PER_S),
                Segment("full", FULL_S, FULL_RATE_PER_S, FULL_RATE_PER_S),
            )
        ],
        "seed": 1,
        "shares": table.expect_workers if table.master else table.processes,
        "breaker_ms": table.breaker_ms,
        "timeout_s": target.limits.timeout_s,
        "instance_header": table.instance_header,
        "resolve": {host: addresses[0] for host, addresses in target.resolve.items()},
        "ca_pem": _read(ca_file) if ca_file else "",
    }


def unfit_for_load(visit: Visit, name: str) -> str:
    """Why an operation may not be sent under load; "" when it may."""
    operation = visit.target.operations.get(name)
    if operation is None:
        return "no such operation"
    if operation.kind != "local":
        return f"it is {operation.kind}, only local ones are sent under load"
    if operation.method not in ("GET", "HEAD") or operation.acting:
        return "it does more than read"
    return ""


def _request(visit: Visit, table: Load, name: str, weight: int) -> dict[str, Any]:
    from acceptance.web import bearer

    operation = visit.target.operations[name]
    headers = {"User-Agent": visit.marker, "Accept": "application/json"}
    if not operation.public:
        headers |= bearer(visit.token(table.role))
    path = urlsplit(visit.target.urls.api).path + operation.path
    return {"name": name, "method": operation.method, "path": path, "headers": headers, "weight": weight}


def _read(path: str) -> str:
    try:
        with open(path, encoding="ascii") as file:
            return file.read(1_000_000)
    except (OSError, UnicodeDecodeError) as problem:
        raise ProbeError("the private CA", f"[trust] ca_file {path}: {problem}") from None


def min_rtt_ms(visit: Visit, host: str) -> float:
    """The shortest of five TCP connects: what the network alone takes, up to the first hop that answers."""
    from acceptance.web import addresses

    parts = urlsplit(host)
    address, port = addresses(visit, parts.hostname or "")[0], parts.port or 443
    took = []
    for _ in range(5):
        began = time.perf_counter()
        try:
            socket.create_connection((address, port), timeout=visit.time_left_s(5)).close()
        except OSError as problem:
            raise ProbeError(f"the API at {parts.netloc}", text(problem, 200)) from problem
        took.append((time.perf_counter() - began) * 1000)
    return min(took)


@contextmanager
def cpu_watched(visit: Visit, table: Load) -> Iterator[list[tuple[float, float]] | Unseen]:
    """(Unix time, per cent) of the CPU usage that the target reports, while the load runs."""
    from acceptance import web

    operation = visit.target.operations.get(table.cpu_operation)
    if operation is None or "cpu" not in operation.fields:
        yield Unseen("CPU usage under load", "name an operation with a field `cpu` as [load] cpu_operation")
        return
    found: list[tuple[float, float]] = []
    over = threading.Event()
    headers = {} if operation.public else web.bearer(visit.token(table.role))

    def watch() -> None:
        with web.client(visit, headers=headers) as client:
            while not over.wait(CPU_EVERY_S):
                try:
                    answer = web.ask(client, operation.method, visit.target.urls.api + operation.path)
                except ProbeError:
                    continue  # a sample less; too few of them are said as such
                value = web.pick(web.as_json(answer), operation.fields["cpu"])
                if isinstance(value, int | float) and 0 <= value <= 100:
                    found.append((time.time(), float(value)))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield found
    finally:
        over.set()
        watcher.join(timeout=15.0)


def add_up(
    table: Load,
    plan: dict[str, Any],
    samples: list[Samples],
    rtt_ms: float,
    cpu: list[tuple[float, float]] | Unseen,
) -> ApiLoad:
    """The facts out of what every process saw."""
    spans = {window.name: window for window in windows(_segments(plan))}
    full, began = spans["full"], min(each.started for each in samples)
    if not isinstance(cpu, Unseen):
        at_full_rate = [(at - began, percent) for at, percent in cpu if full.start_s <= at - began < full.end_s]
    return ApiLoad(
        host=text(urlsplit(plan["host"]).netloc, 200),
        mix=tuple(f"{weight} x {name}" for name, weight in table.mix.items()),
        processes=len(samples),
        steady=_phase(samples, spans["steady"], table.rate_per_s, rtt_ms, plan),
        full=_phase(samples, full, FULL_RATE_PER_S, rtt_ms, plan),
        seconds=tuple(_seconds(samples)),
        errors=dict(sum((each.errors for each in samples), Counter[str]()).most_common(32)),
        instances=dict(sum((each.instances for each in samples), Counter[str]()).most_common(64))
        if table.instance_header
        else Unseen("each backend's share", "[load] names no instance_header"),
        backends=table.backends,
        cpu=cpu if isinstance(cpu, Unseen) else tuple(CpuSample(at, percent) for at, percent in at_full_rate),
    )


def _phase(samples: list[Samples], window: Window, rate: float, rtt_ms: float, plan: dict[str, Any]) -> Phase:
    from acceptance.load.schedule import arrivals

    blocks: dict[int, list[int]] = {i: [] for i in range(round((window.end_s - window.start_s) / BLOCK_S))}
    kinds, within, refused, lags, sleeps = Counter[int](), 0, 0, [], []
    for each in samples:
        own = []
        for at_s, latency_ms, lag_ms, kind in zip(each.at_s, each.latency_ms, each.lag_ms, each.kind, strict=True):
            refused += kind == REFUSED and at_s < window.end_s
            within += kind == OK and window.start_s <= at_s + latency_ms / 1000 < window.end_s
            if window.start_s <= at_s < window.end_s:
                kinds[kind] += 1
                own.append(lag_ms)
                if kind != REFUSED:
                    blocks[int((at_s - window.start_s) // BLOCK_S)].append(round(latency_ms * 1000))
        lags.append(p99(own or list(each.lag_ms)))
        pairs = zip(each.sleep_at_s, each.sleep_lag_ms, strict=True)
        sleeps.append(p99([lag for at_s, lag in pairs if window.start_s <= at_s < window.end_s]))
    stops = [each.stopped for each in samples if each.stopped and each.stopped_at_s < window.end_s]
    due = arrivals(_segments(plan), [each["weight"] for each in plan["requests"]], plan["seed"])
    return Phase(
        rate_per_s=rate,
        length_s=window.end_s - window.start_s,
        offered=sum(window.start_s <= at_s < window.end_s for at_s, _ in due),
        sent=kinds.total(),
        failed=kinds[ERROR],
        refused=refused,
        succeeded_within=within,
        lag_p99_ms=max(lags),
        sleep_lag_p99_ms=max(sleeps),
        min_rtt_ms=rtt_ms,
        stopped=text(stops[0], 200) if stops else "",
        blocks=tuple(Block(window.start_s + i * BLOCK_S, tuple(each)) for i, each in blocks.items()),
    )


def _seconds(samples: list[Samples]) -> Iterator[Second]:
    sent, ended, failed = Counter[int](), Counter[int](), Counter[int]()
    latencies: dict[int, list[float]] = {}
    for each in samples:
        for at_s, latency_ms, kind in zip(each.at_s, each.latency_ms, each.kind, strict=True):
            sent[int(at_s)] += 1
            (ended if kind == OK else failed)[int(at_s + latency_ms / 1000)] += 1
            latencies.setdefault(int(at_s), []).append(latency_ms)
    for at in sorted(latencies):
        yield Second(at, sent[at], ended[at], failed[at], median(latencies[at]), p99(latencies[at]))


def p99(values: list[float]) -> float:
    """The 99th percentile by rank; 0.0 of nothing."""
    return sorted(values)[min(len(values) - 1, len(values) * 99 // 100)] if values else 0.0
