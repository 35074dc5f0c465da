"""Where the alerts of the loaded rules end: Prometheus's rules led through Alertmanager's routes. Pure."""

from __future__ import annotations

from acceptance.facts import facts
from acceptance.probes.alertmanager import Alertmanager
from acceptance.probes.prometheus import Prometheus


@facts
class Alerting:
    """Each alerting rule with the receivers that its labels lead to, and those of them that do nothing."""

    rules: int
    alertmanagers: int
    without_receiver: tuple[str, ...]

    def __repr__(self) -> str:
        return f"{self.rules} alerting rules, {len(self.without_receiver)} without a receiver"

    def looked(self) -> str:
        """What was put together."""
        return f"rules of Prometheus led through the routes of Alertmanager: {self!r}"

    def gaps(self) -> tuple[str, ...]:
        """Why an alert would reach nobody."""
        found = list(self.without_receiver)
        if not self.rules:
            found.append("no alerting rule is loaded")
        if not self.alertmanagers:
            found.append("Prometheus sends its alerts to no Alertmanager")
        return tuple(found)

    @classmethod
    def of(cls, prometheus: Prometheus, alertmanager: Alertmanager) -> Alerting:
        """Each rule by its own labels; labels that only its query gives are not known."""
        lost = []
        for rule in prometheus.alerts:
            receivers = alertmanager.receivers_of({**rule.labels, "alertname": rule.name})
            if all(alertmanager.is_null(name) for name in receivers):
                lost.append(f"{rule.name} goes to {', '.join(receivers)}, which does nothing")
        return cls(len(prometheus.alerts), prometheus.alertmanagers, tuple(lost))
