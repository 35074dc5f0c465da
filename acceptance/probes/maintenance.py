"""The maintenance page: it must say that it is one (503), and when to come back."""

from __future__ import annotations

from acceptance.facts import ProbeError, facts, text
from acceptance.visit import Visit


@facts
class Maintenance:
    """The page's answer."""

    url: str
    status: int
    retry_after: str
    size_bytes: int

    def looked(self) -> str:
        """What it answered."""
        return f"GET {self.url}: {self.status}, Retry-After {self.retry_after or 'absent'}, {self.size_bytes} bytes"

    def wrong(self) -> tuple[str, ...]:
        """Why it is no maintenance page."""
        wrong = [] if self.status == 503 else [f"answers {self.status}, expected 503"]
        if not self.retry_after:
            wrong.append("has no Retry-After")
        if not self.size_bytes:
            wrong.append("is empty")
        return tuple(wrong)


def look(visit: Visit) -> Maintenance:
    """Ask for the page once."""
    from acceptance import web

    table = visit.target.maintenance
    if table is None:
        raise ProbeError("the maintenance page", "the target grants no [maintenance]")
    with web.client(visit) as using:
        answer = web.ask(using, "GET", table.url)
    after = text(answer.headers.get("retry-after", ""), 60)
    return Maintenance(web.path_of(table.url), answer.status_code, after, len(answer.content))
