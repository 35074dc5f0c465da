"""When a page became interactive and how long it blocked, as Lighthouse defines it: pure, in milliseconds."""

from __future__ import annotations

from collections.abc import Sequence

Span = tuple[float, float]  # start, end

QUIET_MS = 5_000.0  # a period must be quiet for so long
LONG_MS = 50.0  # a task above it blocks
IN_FLIGHT = 2  # so many requests still count as quiet


def time_to_interactive(
    tasks: Sequence[Span], requests: Sequence[Span], first_paint: float, content_loaded: float, until: float
) -> float | None:
    """The start of the first period quiet on processor and network, at least first paint and DOMContentLoaded.

    None when no such period was seen up to `until`.
    """
    processor = _long_enough(_gaps(tasks, until), first_paint)
    network = _long_enough(_calm(requests, until), first_paint)
    while processor and network:
        cpu, net = processor[0], network[0]
        if cpu[0] >= net[0]:
            if net[1] >= cpu[0] + QUIET_MS:
                return max(cpu[0], first_paint, content_loaded)
            network = network[1:]
        elif cpu[1] >= net[0] + QUIET_MS:
            return max(cpu[0], first_paint, content_loaded)
        else:
            processor = processor[1:]
    return None


def total_blocking_time(tasks: Sequence[Span], first_paint: float, until: float) -> float:
    """What tasks take beyond 50 ms between first paint and `until`."""
    total = 0.0
    for start, end in tasks:
        lasted = min(end, until) - max(start, first_paint)
        total += max(0.0, lasted - LONG_MS)
    return total


def _gaps(tasks: Sequence[Span], until: float) -> list[Span]:
    gaps, free = [], 0.0
    for start, end in sorted(task for task in tasks if task[1] - task[0] >= LONG_MS):
        gaps.append((free, start))
        free = max(free, end)
    return [*gaps, (free, until)]


def _calm(requests: Sequence[Span], until: float) -> list[Span]:
    """Periods with at most two requests under way."""
    edges = sorted([(start, 1) for start, _ in requests] + [(end, -1) for _, end in requests])
    calm, since, flying = [], 0.0, 0
    for at, step in edges:
        if flying <= IN_FLIGHT < flying + step:
            calm.append((since, at))
        elif flying + step <= IN_FLIGHT < flying:
            since = at
        flying += step
    return [*calm, (since, until)] if flying <= IN_FLIGHT else calm


def _long_enough(periods: list[Span], first_paint: float) -> list[Span]:
    return [(start, end) for start, end in periods if end > first_paint + QUIET_MS and end - start >= QUIET_MS]
