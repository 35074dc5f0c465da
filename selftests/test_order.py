"""In which order the looker asks: what may run beside what, simulated without a process."""

from __future__ import annotations

from acceptance.look import _startable, with_needs
from acceptance.probes import PROBES, When


def started(wanted: tuple[str, ...], ends_last: str) -> list[tuple[str, set[str]]]:
    """Each probe of a plan with those beside which it started; `ends_last` ends when nothing else can go on."""
    waiting, running = list(with_needs(wanted)), list[str]()
    found: list[tuple[str, set[str]]] = []
    while waiting or running:
        for name in _startable(waiting, [PROBES[each] for each in running]):
            waiting.remove(name)
            found.append((name, set(running)))
            running.append(name)
        assert running, f"nothing runs, and {waiting} wait"
        running.remove(next((each for each in running if each != ends_last), ends_last))
    return found


def test_a_held_socket_keeps_no_harmless_probe_waiting_and_meets_no_disrupting_one() -> None:
    beside = dict(started(tuple(PROBES), ends_last="websocket_hold"))
    assert beside.keys() == PROBES.keys()
    assert {name for name, others in beside.items() if "websocket_hold" in others} >= {"pages", "traffic", "metrics"}
    harmful = {
        name for name, probe in PROBES.items() if probe.when is When.LAST or (probe.when is When.ALONE and probe.impact)
    }
    assert harmful >= {"api_load", "rate_limit", "login_limit", "mongo_failover", "ports"}
    assert {name for name in harmful if beside[name]} == set()


def test_an_alone_probe_has_no_company_but_an_idle_one() -> None:
    beside = dict(started(tuple(PROBES), ends_last="websocket_hold"))
    for name, probe in PROBES.items():
        if probe.when is When.ALONE:
            assert beside[name] <= {"websocket_hold"}, name


def test_what_others_need_starts_first_and_then_what_may_take_longest() -> None:
    assert list(_startable(["caching", "tls", "approvals", "release"], []))[:2] == ["release", "tls"]
    by_requests = ["caching", "fuzz", "tls"]
    assert list(_startable(by_requests, [PROBES[name] for name in ("health",)]))[:2] == ["tls", "fuzz"]
