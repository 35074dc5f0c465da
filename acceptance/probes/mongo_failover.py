"""A step-down of the primary: how long until there is a new one, what users of the API saw, how the set is then."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import Any

from acceptance.facts import ProbeError, facts
from acceptance.visit import Visit

STEP_DOWN_S = 60  # for so long the old primary does not stand for election
WAITED_S = 35.0
HEALED_S = 30.0
EVERY_S = 0.05  # between two requests of the trickle
BEFORE_S = AFTER_S = 1.0  # how long the API is watched around the change
FEWEST = 40  # requests


@facts
class MongoFailover:
    """One failover. `took_s` is None when no primary was seen in 35 s."""

    old: str
    new: str
    took_s: float | None
    operation: str
    requests: int
    failed: int
    last_failure: str
    states_before: dict[str, str]
    states_after: dict[str, str]

    def looked(self) -> str:
        return (
            f"{self.old} stepped down, {self.new or 'nobody'} took over after "
            f"{'more than 35' if self.took_s is None else f'{self.took_s:.1f}'} s; "
            f"{self.failed} of {self.requests} requests to {self.operation} failed meanwhile"
        )

    def new_primary_within(self, seconds: float) -> bool:
        """Whether there was a new primary in time."""
        return self.took_s is not None and self.took_s <= seconds

    def error_rate_percent(self) -> float:
        """Failed requests to the API; ProbeError when there were too few to say."""
        if self.requests < FEWEST:
            raise ProbeError("the API's error rate", f"only {self.requests} requests were sent")
        return 100 * self.failed / self.requests

    def set_not_as_before(self) -> tuple[str, ...]:
        """Members that are gone, new, or no longer serve."""
        gone = [f"{name} is gone" for name in self.states_before if name not in self.states_after]
        sick = [
            f"{name} is {state}, was {self.states_before.get(name, 'not there')}"
            for name, state in self.states_after.items()
            if state != self.states_before.get(name) and state not in ("PRIMARY", "SECONDARY")
        ]
        return (*gone, *sick)


def look(visit: Visit) -> MongoFailover:
    """Ask the primary to step down while the API is asked steadily; wait for the next one, and for a healthy set."""
    from acceptance.probes.mongo_client import connect, table
    from acceptance.probes.mongo_traffic import Traffic

    known = table(visit)
    if "disrupts" not in visit.allow:
        raise ProbeError("a failover", "it needs --allow disrupts")
    if not known.failover:
        raise ProbeError("a failover", "the target's [mongo] failover names no credential")
    traffic, ended = Traffic(visit), threading.Event()  # before the clients: it may have nothing to ask
    clients = {member: connect(visit, member, known.failover) for member in known.members}
    watching = threading.Thread(target=traffic.trickle, args=(EVERY_S, ended), daemon=True)
    try:
        before = _states(clients)
        primaries = [name for name, state in before.items() if state == "PRIMARY"]
        if len(primaries) != 1 or set(before.values()) - {"PRIMARY", "SECONDARY", "ARBITER"}:
            raise ProbeError("a failover", f"the set is not healthy, so it was left alone: {before}")
        watching.start()
        time.sleep(BEFORE_S)
        _step_down(clients[primaries[0]], primaries[0])
        began = time.monotonic()
        new = _wait_for_another(clients, primaries[0], began)
        took_s = round(time.monotonic() - began, 2) if new else None
        time.sleep(AFTER_S)
        ended.set()
        watching.join(visit.time_left_s(5))
        after = _healed(clients, HEALED_S if new else 0.0)
    finally:
        ended.set()
        for client in clients.values():
            client.close()
    return MongoFailover(
        primaries[0], new, took_s, traffic.name, traffic.sent, traffic.failed, traffic.last_failure, before, after
    )


def _step_down(client: Any, name: str) -> None:
    from pymongo.errors import AutoReconnect, PyMongoError

    from acceptance.probes.mongo_client import why

    try:
        client.admin.command({"replSetStepDown": STEP_DOWN_S, "secondaryCatchUpPeriodSecs": 10})
    except AutoReconnect:
        return  # older servers close the connection
    except PyMongoError as problem:
        raise ProbeError(f"a step-down of {name}", why(problem, "replSetStateChange (clusterManager)")) from None


def _wait_for_another(clients: dict[str, Any], old: str, began: float) -> str:
    from pymongo.errors import PyMongoError

    while time.monotonic() - began < WAITED_S:
        for name, client in clients.items():
            try:
                if name != old and client.admin.command("hello").get("isWritablePrimary"):
                    return name
            except PyMongoError:
                continue
        time.sleep(0.1)
    return ""


def _states(clients: dict[str, Any]) -> dict[str, str]:
    """States of all members as one of them tells."""
    from pymongo.errors import PyMongoError

    for client in clients.values():
        try:
            status = client.admin.command("replSetGetStatus")
        except PyMongoError:
            continue
        return {str(m["name"])[:200]: str(m.get("stateStr", ""))[:40] for m in status.get("members", ())}
    raise ProbeError("the replica set", "no member tells its state")


def _healed(clients: dict[str, Any], patience_s: float) -> dict[str, str]:
    """The states once all serve, or when patience ends; none where no member tells them any more."""
    began = time.monotonic()
    while True:
        states: dict[str, str] = {}
        with suppress(ProbeError):  # it has stepped down: silence is a finding now
            states = _states(clients)
        well = states and not set(states.values()) - {"PRIMARY", "SECONDARY", "ARBITER"}
        if well or time.monotonic() - began > patience_s:
            return states
        time.sleep(0.5)
