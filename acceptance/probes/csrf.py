"""Whether a foreign site can make a logged-in browser change something: cookies and their SameSite, and one such call."""

from __future__ import annotations

import re

from acceptance.facts import ProbeError, facts, text
from acceptance.visit import Visit

FOREIGN = "https://acceptance-check.example"


@facts
class CrossSite:
    """One state-changing call as a foreign page's form would send it, with the session's cookies."""

    operation: str
    status: int


@facts
class Csrf:
    """Cookies that log-in set (without values), and what they let a foreign page do."""

    session_cookies: tuple[str, ...]
    calls: tuple[CrossSite, ...]

    def looked(self) -> str:
        return f"{len(self.session_cookies)} cookies set by log-in, {len(self.calls)} calls with a foreign Origin"

    def accepted_cross_site(self) -> tuple[str, ...]:
        """Calls from a foreign origin that got past the guard: 400 for their body means that it was read."""
        return tuple(
            f"{c.operation} from {FOREIGN} with the cookies of user: {c.status}, 403 expected"
            for c in self.calls
            if c.status not in (401, 403)
        )

    def cookies_without_samesite(self) -> tuple[str, ...]:
        """Session cookies that a foreign page's request carries."""
        return tuple(
            f"Set-Cookie of log-in as user: {c.partition('=')[0]} lacks SameSite=Lax or Strict"
            for c in self.session_cookies
            if not re.search(r"samesite=(lax|strict)", c, re.IGNORECASE)
        )


def look(visit: Visit) -> Csrf:
    """Take the cookies of the shared log-in, and call operations that take a body with one that no parser takes."""
    from acceptance import web

    cookies = visit.live_secret("cookies")
    if not cookies:
        visit.token()  # without either nobody was logged in, and nothing was seen
    shown = tuple(text(f"{name}=…; {rest}", 200) for name, (_, rest) in cookies.items())
    calls = []
    if cookies:
        header = "; ".join(f"{name}={value}" for name, (value, _) in cookies.items())
        with web.client(visit) as client:
            for operation in visit.target.operations.values():
                if operation.method in ("POST", "PUT", "PATCH") and not operation.public and not operation.acting:
                    status = web.ask(
                        client, str(operation.method), f"{visit.target.urls.api}{operation.path}", content=b"{",
                        headers={"Cookie": header, "Origin": FOREIGN, "Content-Type": "application/json"},
                        extensions={"harmless": "no parser takes the body"},
                    ).status_code  # fmt: skip
                    calls.append(CrossSite(f"{operation.method} {operation.path}", status))
        if not calls:
            raise ProbeError("a cross-site call", "the target names no operation that takes a body")
    return Csrf(shown, tuple(calls))
