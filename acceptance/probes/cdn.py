"""Whether a CDN serves the static assets: its own mark or address, and a hit for the second request."""

from __future__ import annotations

import ipaddress
from dataclasses import field

from acceptance.facts import facts, text
from acceptance.visit import Visit

MARKS = {  # headers that one CDN only sends, not those of any cache such as Via or Age
    "cf-ray": "Cloudflare",
    "x-amz-cf-id": "CloudFront",
    "x-served-by": "Fastly",
    "x-azure-ref": "Azure Front Door",
    "x-akamai-request-id": "Akamai",
    "akamai-grn": "Akamai",
    "cdn-requestid": "Bunny",
    "x-vercel-id": "Vercel",
    "x-nf-request-id": "Netlify",
    "x-77-cache": "CDN77",
    "x-goog-cdn-cache-id": "Google Cloud CDN",
}
HITS = ("cf-cache-status", "x-cache", "cdn-cache", "x-77-cache", "cdn-cache-status", "x-vercel-cache", "cache-status")


@facts
class Cdn:
    """One asset, asked twice. `marks` name the CDNs whose headers were there."""

    url: str
    statuses: tuple[int, ...]
    marks: tuple[str, ...]
    address_in_ranges: bool
    cache: str  # what the second answer says of itself
    headers: dict[str, str] = field(default_factory=dict)  # caches' headers of the second answer

    def __repr__(self) -> str:
        who = ", ".join(self.marks) or ("its address" if self.address_in_ranges else "no CDN")
        return f"{self.url}: marks of {who}; second answer {self.cache or 'tells nothing of a cache'}"

    def looked(self) -> str:
        """What was asked, and what the caches said."""
        return f"{self!r}, {self.headers}"[:300]

    @property
    def is_served_by_cdn(self) -> bool:
        """Whether both answers came from a CDN."""
        return set(self.statuses) == {200} and bool(self.marks or self.address_in_ranges)

    @property
    def second_was_a_hit(self) -> bool:
        """Whether the second answer came out of the CDN's cache."""
        return "hit" in self.cache.lower()


def look(visit: Visit) -> Cdn:
    """Ask for the asset twice; the query stays the same, so that the second can be a hit."""
    from urllib.parse import urlsplit

    from acceptance import web

    table = visit.target.cdn
    assert table
    url = f"{visit.target.urls.base}{table.asset}"
    with web.client(visit) as using:
        first, second = web.ask(using, "GET", url), web.ask(using, "GET", url)
    names = [name for name in MARKS if all(_marks(name, each.headers.get(name, "")) for each in (first, second))]
    ranges = [ipaddress.ip_network(each, strict=False) for each in table.ranges]
    held = web.addresses(visit, urlsplit(url).hostname or "")
    return Cdn(
        url=web.path_of(url),
        statuses=(first.status_code, second.status_code),
        marks=tuple(dict.fromkeys(MARKS[name] for name in names)),
        address_in_ranges=bool(ranges) and all(any(ipaddress.ip_address(a) in each for each in ranges) for a in held),
        cache=next((text(second.headers[name], 60) for name in HITS if name in second.headers), ""),
        headers={name: text(second.headers[name], 60) for name in (*HITS, "age", "via") if name in second.headers},
    )


def _marks(name: str, value: str) -> bool:
    """Whether a header is the CDN's own: other proxies send X-Served-By too, but Fastly's caches are named so."""
    return bool(value) and (name != "x-served-by" or value.startswith("cache-"))
