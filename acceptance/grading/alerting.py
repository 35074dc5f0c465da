"""Where the alerts of the loaded rules end: Prometheus's rules led through Alertmanager's routes. Pure."""

from __future__ import annotations

from acceptance.facts import Unseen, facts, offenders
from acceptance.probes.alertmanager import Alertmanager
from acceptance.probes.prometheus import Prometheus

BEARABLE = ("info", "warning", "none", "low", "minor", "medium")  # severities that may be silenced for a while


@facts
class Alerting:
    """Each alerting rule with the receivers that its labels lead to, and those of them that do nothing."""

    rules: int
    alertmanagers: int
    without_receiver: tuple[str, ...]
    silenced: tuple[str, ...] | Unseen = ()

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
        if isinstance(self.silenced, Unseen):
            return offenders(found, [self.silenced])
        return (*found, *self.silenced)

    @classmethod
    def of(cls, prometheus: Prometheus, alertmanager: Alertmanager) -> Alerting:
        """Each rule by its own labels; labels that only its query gives are not known."""
        lost: list[str] = []
        silenced: list[str] = []
        for rule in prometheus.alerts:
            labels = {**rule.labels, "alertname": rule.name}
            receivers = alertmanager.receivers_of(labels)
            if all(alertmanager.is_null(name) for name in receivers):
                lost.append(f"{rule.name} goes to {', '.join(receivers)}, which does nothing")
            if isinstance(alertmanager.silences, tuple) and rule.labels.get("severity", "").lower() not in BEARABLE:
                silenced += (f"{rule.name} reaches nobody: {each!r}" for each in alertmanager.silencing(labels))
        unread = alertmanager.silences if isinstance(alertmanager.silences, Unseen) else tuple(silenced)
        return cls(len(prometheus.alerts), prometheus.alertmanagers, tuple(lost), unread)
