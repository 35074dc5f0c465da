"""Which origins the API lets in: asked with ours, with foreign ones, and with ones that only look like ours.

Rule: Fetch standard, "CORS protocol": https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from __future__ import annotations

from urllib.parse import urlsplit

from acceptance.facts import ProbeError, Unseen, facts, offenders, text
from acceptance.visit import Visit


@facts
class Cors:
    """The CORS part of one answer to one origin. `ours` tells whether that origin should get in."""

    operation: str
    method: str  # OPTIONS is a preflight
    origin: str
    ours: bool
    status: int
    allow_origin: str
    allow_credentials: bool
    vary: str

    def __repr__(self) -> str:
        return f"{self.method} {self.operation} from {self.origin} → {self.status}, allow-origin {self.allow_origin!r}"[
            :200
        ]


@facts
class CorsAnswers:
    """All answers, and those that could not be had."""

    answers: tuple[Cors | Unseen, ...]

    def looked(self) -> str:
        seen = self._seen()
        origins, operations = {a.origin for a in seen}, {a.operation for a in seen}
        return f"CORS of {len(operations)} operations with {len(origins)} origins, preflight and call"

    def _seen(self) -> list[Cors]:
        return [a for a in self.answers if isinstance(a, Cors)]

    def _unseen(self) -> list[Unseen]:
        return [a for a in self.answers if isinstance(a, Unseen)]

    def foreign_origins_let_in(self) -> tuple[str, ...]:
        """Foreign origins that were allowed or echoed, or met a `*`."""
        return offenders([repr(a) for a in self._seen() if not a.ours and a.allow_origin], self._unseen())

    def credentials_with_star(self) -> tuple[str, ...]:
        """Answers that allow every origin and credentials at once."""
        wrong = [repr(a) for a in self._seen() if a.allow_origin == "*" and a.allow_credentials]
        return offenders(wrong, self._unseen())

    def own_origin_not_exact(self) -> tuple[str, ...]:
        """Answers to our own origin that don't name exactly it, and preflights that browsers take for a refusal."""
        wrong = [
            f"{a!r}, {a.origin} and for a preflight 2xx expected"
            for a in self._seen()
            if a.ours and (a.allow_origin != a.origin or (a.method == "OPTIONS" and not 200 <= a.status < 300))
        ]
        return offenders(wrong, self._unseen())

    def without_vary(self) -> tuple[str, ...]:
        """Answers to our origin that a cache may hand to another: no Vary: Origin."""
        wrong = [
            f"{a!r} has Vary {a.vary!r}, expected Origin"
            for a in self._seen()
            if a.ours and "origin" not in [v.strip().lower() for v in a.vary.split(",")] and a.vary.strip() != "*"
        ]
        return offenders(wrong, self._unseen())


def foreign(base: str) -> tuple[str, ...]:
    """Origins that must not get in: another's, null, and those that a sloppy comparison takes for ours."""
    parts = urlsplit(base)
    host, port = parts.hostname or "", f":{parts.port}" if parts.port else ""
    return (
        "https://acceptance-check.example",
        "null",
        f"https://{host}.acceptance-check.example",
        f"https://acceptance-check{host}{port}",
        f"https://acceptance-check.{host}{port}",
        f"http://{host}{port}",
    )


def look(visit: Visit) -> CorsAnswers:
    """Ask each chosen operation, as a preflight and as a call, from each origin."""
    from acceptance import web

    urls = visit.target.urls
    parts = urlsplit(urls.dashboard)
    own = f"{parts.scheme}://{parts.netloc}"
    operations = [o for o in visit.target.operations.values() if o.method == "GET" and "{" not in o.path]
    public = [o.path for o in operations if o.public][:1]
    guarded = [o.path for o in operations if not o.public][:1]
    if not public and not guarded:
        raise ProbeError("CORS", "the target names no GET operation without parameters")
    answers: list[Cors | Unseen] = []
    with web.client(visit) as client:
        for path in public + guarded:
            for origin in (own, *foreign(own)):
                for method in ("OPTIONS", "GET"):
                    headers = {"Origin": origin}
                    if method == "OPTIONS":
                        headers |= {
                            "Access-Control-Request-Method": "GET",
                            "Access-Control-Request-Headers": "authorization",
                        }
                    try:
                        response = web.ask(client, method, f"{urls.api}{path}", headers=headers)
                    except ProbeError as problem:
                        answers.append(Unseen(problem.what, problem.why))
                        continue
                    allow = text(response.headers.get("access-control-allow-origin", ""), 200)
                    of_the_api = not response.is_redirect and (
                        not response.is_success or web.as_json(response) is not None
                    )
                    if method == "GET" and not allow and not of_the_api:
                        why = f"{response.status_code} without JSON is not the API's own answer"
                        answers.append(Unseen(f"{method} {path} from {origin}", why))
                        continue
                    credentials = response.headers.get("access-control-allow-credentials", "").lower() == "true"
                    vary = text(response.headers.get("vary", ""), 200)
                    answers.append(
                        Cors(path, method, origin, origin == own, response.status_code, allow, credentials, vary)
                    )
    if all(isinstance(a, Unseen) for a in answers):
        raise ProbeError("CORS", f"no answer at all; the first: {answers[0]!r}")
    return CorsAnswers(tuple(answers))
