"""A marked test alert on its whole way: posted to Alertmanager, routed, delivered, resolved.

Nothing is sent without `--allow writes`, nor where it might page a person; the facts are then those of the last one.
"""

from __future__ import annotations

import json
import queue
import threading
import time
from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from acceptance.facts import ProbeError, facts
from acceptance.tables.monitoring import Alertmanager as Table
from acceptance.visit import Visit

if TYPE_CHECKING:
    from collections.abc import Callable

    from acceptance.asking import Api

KEPT = "test-alert.json"


@facts
class AlertPath:
    """The last test alert. `arrived_after_s` is None when it had not arrived after `waited_s`.

    `might_page` are the receivers for whose sake this run sent none; `sent` is None when there was none before either.
    """

    receiver: str
    sent: datetime | None
    waited_s: float
    arrived_after_s: float | None
    resolved: bool
    days_ago: float
    by_this_run: bool
    might_page: tuple[str, ...] = field(default=())

    def __repr__(self) -> str:
        if self.sent is None:
            return f"no test alert to {self.receiver}"
        after = f"arrived after {self.arrived_after_s:.1f} s" if self.arrived_after_s is not None else "never arrived"
        return f"test alert to {self.receiver} of {self.sent:%Y-%m-%d %H:%M}Z: {after}, resolved: {self.resolved}"

    def looked(self) -> str:
        """Which alert this is about."""
        if self.sent is None:
            return repr(self)
        return f"{self!r} ({'sent by this run' if self.by_this_run else 'sent by an earlier run'})"

    def arrived_within(self, limit_s: float) -> bool:
        """Whether it arrived in time."""
        return self.arrived_after_s is not None and self.arrived_after_s <= limit_s


def look(visit: Visit) -> AlertPath:
    """Send a test alert where that is allowed, else recall the last. ProbeError when there is neither."""
    table = visit.target.alertmanager
    assert table
    if "writes" not in visit.allow:
        return recall(visit)
    labels = {"alertname": "AcceptanceTest", "acceptance": visit.marker, **table.labels}
    routed = visit.need("alertmanager").receivers_of(labels)
    if routed != (table.receiver,) and "disrupts" not in visit.allow:
        try:
            last = recall(visit)
        except ProbeError:
            last = AlertPath(table.receiver, None, 0.0, None, False, 0.0, by_this_run=False)
        return replace(last, might_page=routed)
    found = send(visit, table, labels)
    if found.sent and found.arrived_after_s is not None:
        kept = {"receiver": found.receiver, "sent": found.sent.isoformat(), "after_s": found.arrived_after_s}
        (visit.state / KEPT).write_text(json.dumps({**kept, "resolved": found.resolved}), encoding="utf-8")
    return found


def recall(visit: Visit) -> AlertPath:
    """The last test alert that arrived, out of the target's state."""
    try:
        kept = json.loads((visit.state / KEPT).read_text(encoding="utf-8"))
        sent = datetime.fromisoformat(kept["sent"])
        return AlertPath(
            str(kept["receiver"]), sent, 0.0, float(kept["after_s"]), bool(kept["resolved"]),
            (visit.now - sent) / timedelta(days=1), by_this_run=False,
        )  # fmt: skip
    except FileNotFoundError:
        raise ProbeError("a test alert", "none was sent from here yet; --allow writes sends one") from None
    except (ValueError, KeyError, TypeError) as problem:
        raise ProbeError("the last test alert", f"{KEPT} in the state folder is damaged: {problem!r:.80}") from None


def send(visit: Visit, table: Table, labels: dict[str, str]) -> AlertPath:
    """Post the alert, wait for it, resolve it, wait for that too."""
    from acceptance import asking, web

    with web.client(visit) as using, Inbox(visit, table, using) as inbox:
        api = asking.api(visit, "Alertmanager", table.url, using, table.credential)
        started = time.monotonic()
        _post(api, labels, visit.now, visit.now + timedelta(hours=1))
        arrived = inbox.wait(table.patience_s, lambda text: _tells(text, labels, "firing"))
        after_s = time.monotonic() - started if arrived else None
        # resolved in any case: what was created does not stay
        _post(api, labels, visit.now, visit.now + timedelta(seconds=time.monotonic() - started + 0.001))
        resolved = bool(arrived) and inbox.wait(table.patience_s, lambda text: _tells(text, labels, "resolved"))
        return AlertPath(table.receiver, visit.now, table.patience_s, after_s, resolved, 0.0, by_this_run=True)


def _post(api: Api, labels: dict[str, str], starts: datetime, ends: datetime) -> None:
    summary = "Test alert of the acceptance suite; nothing is wrong, nothing to do"
    alert = {
        "labels": labels, "annotations": {"summary": summary},
        "startsAt": starts.isoformat(), "endsAt": ends.isoformat(),
    }  # fmt: skip
    response = api.ask("POST", "/api/v2/alerts", json=[alert])
    if not response.is_success:
        from acceptance.asking import refusal

        raise ProbeError("posting a test alert", refusal(response))


def _tells(text: str, labels: dict[str, str], status: str) -> bool:
    """Whether a webhook's body or an inbox names this very alert with a status."""
    try:
        document: Any = json.loads(text)
    except ValueError:
        return False
    found = document.get("alerts") if isinstance(document, dict) else document
    return isinstance(found, list) and any(
        isinstance(each, dict)
        and each.get("status") == status
        and (each.get("labels") or {}).get("acceptance") == labels["acceptance"]
        for each in found
    )


class Inbox:
    """Where the test alert must arrive: a webhook of the suite's own, or an inbox that is asked."""

    def __init__(self, visit: Visit, table: Table, using: Any) -> None:
        self.visit, self.table, self.using = visit, table, using
        self.came: queue.Queue[str] = queue.Queue()
        self.server: Any = None

    def __enter__(self) -> Inbox:
        if self.table.listen:
            self.server = _webhook(self.table.listen, self.came)
            threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        elif not self.table.inbox:
            raise ProbeError("the test alert's receiver", "[alertmanager] names neither listen nor inbox")
        return self

    def __exit__(self, *_: object) -> None:
        if self.server:
            self.server.shutdown()
            self.server.server_close()

    def wait(self, patience_s: float, tells: Callable[[str], bool]) -> bool:
        """Whether what is waited for came in time."""
        from acceptance import web

        ends = min(time.monotonic() + patience_s, self.visit.ends - 2)
        while time.monotonic() < ends:
            if self.server:
                try:
                    text = self.came.get(timeout=min(0.5, max(0.01, ends - time.monotonic())))
                except queue.Empty:
                    continue
            else:
                text = web.ask(self.using, "GET", self.table.inbox).text
            if tells(text):
                return True
            if not self.server:
                time.sleep(0.5)
        return False


def _webhook(address: str, came: queue.Queue[str]) -> Any:
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    class Hook(BaseHTTPRequestHandler):
        timeout = 5

        def do_POST(self) -> None:
            """Keep what was posted, up to a megabyte."""
            length = self.headers.get("Content-Length", "")
            size = min(int(length), 1_000_000) if length.isdigit() else 0
            came.put(self.rfile.read(size).decode("utf-8", "replace"))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing: what comes is judged."""

    host, _, port = address.rpartition(":")
    try:
        return ThreadingHTTPServer((host, int(port)), Hook)
    except (OSError, ValueError) as problem:
        raise ProbeError("the test alert's receiver", f"can't listen on {address}: {problem}") from None
