"""The last approved release's windows, as `acceptance rollback --accept` lays them into the state folder."""

from __future__ import annotations

from typing import Any

from acceptance.probes.baseline import Baseline, Kind, Window, baseline_text
from acceptance.probes.traffic import GENERATOR, WINDOWS
from acceptance.sandbox.double import Reply, serve
from acceptance.sandbox.fault import Fault
from acceptance.sandbox.world import World

PROBES = ("traffic",)
FAULTS: tuple[Fault, ...] = (
    Fault("api-slower", "baseline", "the API is 1.2 s slower than before", ("PERF-ROLL-01", "PERF-ROLL-03")),
    Fault(
        "service-lost", "baseline", "page, health and log-in answer 503",
        ("FUNC-API-03", "FUNC-ROLL-01", "FUNC-ROLL-03", "PERF-ROLL-01", "PERF-ROLL-02", "PERF-ROLL-03", "PERF-ROLL-04"),
        ("alive",),
    ),
    Fault("api-fails", "baseline", "one request in ten is answered with 500", ("PERF-ROLL-02", "PERF-ROLL-04")),
)  # fmt: skip
OPERATIONS = ("health", "portfolio")
RATE_PER_S = 40.0
BASELINE_P95_MS = 500.0  # far above what a loopback needs: a busy machine must not look like a bad release


def start(world: World) -> dict[str, Any]:
    """Lay down the state of a target that has been watched for a while."""
    state = world.folder / "state"
    state.mkdir(mode=0o700, exist_ok=True)
    kind = Kind("api.sandbox.test", OPERATIONS, RATE_PER_S, GENERATOR)
    windows = tuple(Window(60, 0, 80.0, BASELINE_P95_MS + 3 * (i % 4), 1.4 * BASELINE_P95_MS) for i in range(WINDOWS))
    approved = Baseline("20260101T000000Z", world.previous, kind, windows, 2.0)
    (state / "baseline.json").write_text(baseline_text(approved), encoding="utf-8")
    control = serve(lambda _: Reply({"status": "ok"})).removeprefix("http://")
    return {"rollback": {"operations": list(OPERATIONS), "rate_per_s": RATE_PER_S, "control": control}}
