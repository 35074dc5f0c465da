"""What may be stored: static assets long, API answers not at all by shared caches. RFC 9111, RFC 8246 (immutable)."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from acceptance.facts import ProbeError, facts, text
from acceptance.visit import Visit

ASSET = re.compile(rb"""(?:src|href)=["']([^"'#]+\.(?:js|css|svg|png|woff2?)(?:\?[^"']*)?)["']""", re.IGNORECASE)
HASHED = re.compile(r"[.-][0-9A-Za-z_-]{6,}\.[a-z0-9]+$")
A_DAY_S = 86_400


@facts
class Stored:
    """The Cache-Control of one answer."""

    path: str
    status: int
    cache_control: str
    hit: bool  # an API answer that came out of a shared cache

    @property
    def max_age_s(self) -> int:
        """max-age, -1 without one."""
        match = re.search(r"(?<![\w-])max-age=(\d+)", self.cache_control)
        return int(match[1]) if match else -1


@facts
class Caching:
    """The assets that the page names, and API answers."""

    assets: tuple[Stored, ...]
    answers: tuple[Stored, ...]

    def looked(self) -> str:
        return f"Cache-Control of {len(self.assets)} assets of the page and {len(self.answers)} API answers"

    def assets_not_cached(self) -> tuple[str, ...]:
        """Assets without a max-age; of a day or more where the name carries a hash."""
        return tuple(
            f"GET {a.path}: {a.status}, Cache-Control {a.cache_control!r}, max-age expected, a day where the name has a hash"
            for a in self.assets
            if a.status != 200
            or a.max_age_s < (A_DAY_S if HASHED.search(a.path) else 1)
            or "no-store" in a.cache_control
        )

    def answers_cached(self) -> tuple[str, ...]:
        """API answers that a shared cache may store, or that came out of one."""
        keeps_out = ("no-store", "private", "no-cache")
        return tuple(
            f"GET {a.path} as user: Cache-Control {a.cache_control!r}{', out of a cache' if a.hit else ''}, no-store expected"
            for a in self.answers
            if a.hit or not any(word in a.cache_control for word in keeps_out)
        )


def look(visit: Visit) -> Caching:
    """Read the page, ask its assets, and ask read operations with and without a token."""
    from acceptance import web

    base = visit.target.urls.dashboard
    with web.client(visit) as client:
        page = web.ask(client, "GET", f"{base}/")
        links = [urljoin(f"{base}/", m.decode("utf-8", "replace")) for m in ASSET.findall(page.content)]
        own = [link for link in dict.fromkeys(links) if urlsplit(link).netloc == urlsplit(base).netloc][:15]
        if not own:
            raise ProbeError("the assets", "the page names none of its own origin")
        assets = tuple(_stored(web.ask(client, "GET", link), web.path_of(link)) for link in own)
        reads = [
            o for o in visit.target.operations.values() if o.method == "GET" and "{" not in o.path and o.kind == "local"
        ]
        token = visit.token()
        answers = tuple(
            _stored(web.ask(client, "GET", f"{visit.target.urls.api}{o.path}", headers=web.bearer(token)), o.path)
            for o in reads[:8]
        )
    if not any(answer.status == 200 for answer in answers):
        raise ProbeError("API answers", "no local GET operation of the target answered 200 to the user")
    return Caching(assets, answers)


def _stored(response: object, path: str) -> Stored:
    headers = getattr(response, "headers")  # noqa: B009  # httpx is imported in functions only
    hit = any("hit" in headers.get(name, "").lower() for name in ("x-cache", "cf-cache-status", "x-cache-status"))
    hit = hit or headers.get("age", "0").strip() != "0"  # RFC 9111, 5.1: only a cache sends it
    status = int(getattr(response, "status_code"))  # noqa: B009
    return Stored(path, status, text(headers.get("cache-control", ""), 200).lower(), hit)
