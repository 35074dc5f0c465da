"""[load]: what mix of operations is offered at which rate, from where, and when to stop."""

from __future__ import annotations

from pydantic import Field

from acceptance.tables import Table


class Load(Table):
    """The latency limits are judged at `rate_per_s`; the throughput always at 1,100 a second.

    `mix` weighs operations of `[operations]`; only local ones that read are ever sent under load.
    """

    mix: dict[str, int]
    rate_per_s: float = Field(default=200.0, ge=90, le=1100)  # 60 s at 90/s give the 5,000 samples of a p99
    rounds: int = Field(default=3, ge=3, le=6)  # of 20 s; as many again follow where they decide nothing
    role: str = "user"  # whose token is sent with operations that aren't public
    breaker_ms: float = 2000.0  # the load stops when the median of the last 5 s is above
    processes: int = Field(default=1, ge=1, le=16)
    master: str = ""  # http://host:8089 of a running Locust master, instead of processes here
    expect_workers: int = Field(default=1, ge=1, le=64)
    instance_header: str = ""  # the answer's header that names the backend
    backends: int = Field(default=0, ge=0, le=64)  # how many the balancer spreads over
    cpu_operation: str = ""  # an operation whose field `cpu` is the CPU usage in per cent
