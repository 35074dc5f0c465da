"""Facts of a host, made by hand from the recording of a real one."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

from acceptance.facts import Unseen, load
from acceptance.probes.containers import Engine
from acceptance.probes.hosts import Expected, Host, Hosts
from acceptance.sandbox.host import RECORDING

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def host(**changes: object) -> Hosts:
    """A host whose only container has not been unwell."""
    made = json.loads(RECORDING.read_text(encoding="utf-8"))["answer"]["engine"]
    seen = load(Engine, json.dumps({**made, "containers": made["containers"][:1]}))
    (only,) = (replace(each, **{"down_s": 0.0, **changes}) for each in seen.containers)  # type: ignore[arg-type]
    return hosts(replace(seen, containers=(only,)))


def hosts(engine: Engine | Unseen) -> Hosts:
    unseen = Unseen("the system", "not asked")
    return Hosts(AT, (Host("app", "ssh", Expected("app", "", (), (), "", ""), unseen, unseen, engine),))
