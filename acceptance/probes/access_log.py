"""Whether the edge writes its access log: a marked request of ours must stand in it."""

from __future__ import annotations

import time

from acceptance.facts import facts
from acceptance.visit import Visit

PATIENCE_S = 5.0  # edges flush their logs late


@facts
class AccessLog:
    """`lines` were added since our request; `ours` of them carry its mark."""

    path: str
    mark: str
    lines: int
    ours: int

    def __repr__(self) -> str:
        return f"{self.path}: {self.ours} of {self.lines} new lines are ours"

    def looked(self) -> str:
        """What was sent, and where it was looked for."""
        return f"1 request as {self.mark}; {self!r}"


def look(visit: Visit) -> AccessLog:
    """Send one marked request to the public base, and look for it in what the log gained."""
    from acceptance import web
    from acceptance.logfile import access_log

    log = access_log(visit)
    start = log.size_bytes()
    mark = f"{visit.marker}-log"
    with web.client(visit, headers={"User-Agent": mark}) as using:
        web.ask(using, "GET", f"{visit.target.urls.base}/")
    ends = time.monotonic() + visit.time_left_s(PATIENCE_S)
    while mark not in (added := log.since(start)) and time.monotonic() < ends:
        time.sleep(0.1)
    lines = added.splitlines()
    return AccessLog(log.path.name, mark, len(lines), sum(mark in line for line in lines))
