"""Silences of Alertmanager: which of them keep an alert that matters from everybody, and what can't be read."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from acceptance.facts import ProbeError, Unseen
from acceptance.grading.alerting import Alerting
from acceptance.probes.alertmanager import Alertmanager, Silence, _operator, _silences
from selftests.judging import BLOCKED, FAIL, PASS, judge

LOUD = {"severity": "critical", "team": "bot"}
ROUTER = Alertmanager("am", "0.27.0", (), "{}")


def silenced(*matchers: tuple[str, str, str]) -> Alertmanager:
    return replace(ROUTER, silences=(Silence("5b1f0e8c", matchers, "2026-03-02 12:00Z"),))


@pytest.mark.parametrize(
    "matchers, takes",
    [
        ((("severity", "=", "critical"),), True),
        ((("severity", "=~", "crit.*|page"), ("team", "!=", "shop")), True),
        ((("alertname", "=~", ".+"),), True),
        ((("alertname", "=", "ServiceDown"),), True),
        ((("alertname", "=", "Other"),), False),
        ((("severity", "=", "warning"),), False),
        ((("severity", "=", "critical"), ("instance", "=", "db-2")), False),  # some alerts of the rule, not all
        ((("severity", "!=", "critical"),), False),
    ],
)
def test_what_a_silence_takes(matchers: tuple[tuple[str, str, str], ...], takes: bool) -> None:
    prometheus: Any = SimpleNamespace(alerts=[SimpleNamespace(name="ServiceDown", labels=LOUD)], alertmanagers=1)
    routed = replace(silenced(*matchers), routes='{"receiver": "team"}')
    gaps = Alerting.of(prometheus, replace(routed, receivers=(SimpleNamespace(name="team", integrations=1),))).gaps()
    assert any("ServiceDown reaches nobody" in gap for gap in gaps) is takes
    assert bool(gaps) is takes


@pytest.mark.parametrize(
    "severity, found",
    [
        ("critical", 1),
        ("page", 1),
        ("", 1),
        *((each, 0) for each in ("warning", "Info", "none", "low", "minor", "medium")),
    ],
)
def test_what_is_bearable_may_be_silenced(severity: str, found: int) -> None:
    rule = SimpleNamespace(name="Slow", labels={"severity": severity})
    prometheus: Any = SimpleNamespace(alerts=[rule], alertmanagers=1)
    known = (SimpleNamespace(name="team", integrations=1),)
    routed = replace(silenced(("alertname", "=", "Slow")), routes='{"receiver": "team"}', receivers=known)
    assert len(Alerting.of(prometheus, routed).gaps()) == found


def test_silences_that_can_not_be_read_block_and_a_gap_is_a_gap() -> None:
    unread = Alerting(1, 1, (), Unseen("silences", "403"))
    with pytest.raises(ProbeError, match="403"):
        unread.gaps()
    assert replace(unread, alertmanagers=0).gaps() == ("Prometheus sends its alerts to no Alertmanager",)


def test_an_alert_whose_receivers_all_do_nothing_is_lost() -> None:
    prometheus: Any = SimpleNamespace(alerts=[SimpleNamespace(name="Slow", labels={})], alertmanagers=1)
    known = tuple(SimpleNamespace(name=name, integrations=count) for name, count in (("null", 0), ("team", 1)))
    routed = replace(ROUTER, silences=(), routes='{"receiver": "null"}', receivers=known)
    assert Alerting.of(prometheus, routed).gaps() == ("Slow goes to null, which does nothing",)
    both = '{"receiver": "null", "routes": [{"receiver": "null", "continue": true}, {"receiver": "team"}]}'
    assert Alerting.of(prometheus, replace(routed, routes=both)).gaps() == ()
    assert Alerting(0, 1, ()).gaps() == ("no alerting rule is loaded",)


def test_a_test_alert_that_arrives_past_a_silence_of_all_others_proves_nothing() -> None:
    sent = SimpleNamespace(by_this_run=True, arrived_within=lambda _: True, resolved=True, looked=lambda: "sent")

    def mon_07(router: Alertmanager) -> object:
        return judge("INFRA-MON-07", sent_alert=sent, alertmanager=router)

    assert mon_07(ROUTER) is PASS
    assert mon_07(silenced(("alertname", "=", "DiskFull"))) is PASS
    assert mon_07(silenced(("severity", "=", "critical"))) is FAIL
    assert mon_07(replace(ROUTER, silences=Unseen("silences", "403"))) is BLOCKED


def test_only_active_silences_count() -> None:
    def one(state: str, **more: object) -> dict[str, Any]:
        matchers = [{"name": "severity", "value": "critical", "isRegex": False, **more}]
        return {"id": state, "status": {"state": state}, "matchers": matchers, "endsAt": "2026-03-02T12:00:00.000Z"}

    api: Any = SimpleNamespace(json=lambda *_, **__: [one("active"), one("expired"), one("pending")])
    found = _silences(api)
    assert isinstance(found, tuple)
    assert [(each.id, each.ends) for each in found] == [("active", "2026-03-02 12:00Z")]
    operators = [_operator({"isRegex": r, "isEqual": e}) for e in (True, False) for r in (False, True)]
    assert operators == ["=", "=~", "!=", "!~"]
