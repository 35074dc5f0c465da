"""What cannot be judged before the first start: whether anything of the project runs yet, and which items wait for it.

While no container of the project exists and the release has not begun, an item before deployment is judged on its
configuration alone (its test asks `nothing_runs`), and one with nothing but a running part does not apply yet.
"""

from __future__ import annotations

from dataclasses import replace

from acceptance.checklist import Item
from acceptance.facts import Unseen
from acceptance.judge import Case, probes_of
from acceptance.probes.hosts import Hosts
from acceptance.signoff import Release
from acceptance.target import Target
from acceptance.verdict import Result, Status

WHY = "nothing runs yet"
ASKS = "nothing_runs"  # the fixture by which a test that has both halves leaves out the running one
RUNNING = frozenset({  # what they look at is served by the project's containers, or only renewed once it is
    "api_document", "cdn", "defaults", "forgeries", "plain", "renewal", "services", "tls", "upstreams",
})  # fmt: skip
WITH_MONGODB = frozenset({"mongo", "prometheus"})  # where MongoDB is one of the containers
IN_THE_EDGE = ("SEC-FIREWALL-06", "SEC-FIREWALL-07")  # they read the edge's configuration where the edge runs


def nothing_runs(hosts: Hosts, release: Release | None) -> bool:
    """Whether each engine was seen and has no container of the project, and the release has not begun."""
    engines = [host.engine for host in hosts.hosts if host.engine is not None]
    empty = all(not isinstance(engine, Unseen) and not engine.containers for engine in engines)
    return bool(engines) and empty and not (release and release.started)


def without_running_parts(result: Result, item: Item, case: Case | None, target: Target) -> Result:
    """One result before anything runs: what could not be seen for that reason alone does not apply yet."""
    if item.phase != "before" or case is None:
        return result
    if result.status is Status.BLOCKED and _only_runs(case, target):
        return replace(result, status=Status.NA, found=Status.NA, note=f"{WHY} ({result.note})"[:300])
    if result.status is Status.PASS and ASKS in case.asks_for:
        note = f"{WHY}: judged on the configuration alone"
        return replace(result, note="; ".join(filter(None, (result.note, note))))
    return result


def _only_runs(case: Case, target: Target) -> bool:
    runs = RUNNING | (WITH_MONGODB if target.feature("mongo_container").present else frozenset())
    in_a_container = bool(target.compose and target.compose.edge_container)
    return (in_a_container and case.id in IN_THE_EDGE) or probes_of(case) <= runs
