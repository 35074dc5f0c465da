"""The security headers that the sandbox's edge puts on each kind of answer, and the ways in which they get lost."""

from __future__ import annotations

from typing import Any

from acceptance.sandbox.fault import Fault
from acceptance.sandbox.world import World

PROBES = ("headers",)
_SCRIPTS = ("SEC-WEB-04", "SEC-WEB-09")  # without a policy inline scripts run
FAULTS = (
    Fault("headers-on-root-only", "headers", "Only / carries the security headers.", _SCRIPTS),
    Fault("headers-lost-on-api", "headers", "A header of its own in /api drops all inherited ones.", ("SEC-WEB-04",)),
    Fault("headers-on-200-only", "headers", "Headers are added without `always`: none on errors.", _SCRIPTS),
    Fault("headers-lost-on-assets", "headers", "The cache rule for assets drops the headers.", ("SEC-WEB-04",)),
    Fault("hsts-a-day", "headers", "HSTS holds for a day only.", ("SEC-TLS-06", "SEC-WEB-04"), ("tls",)),
    Fault("csp-unsafe-inline", "headers", "The policy allows inline scripts.", _SCRIPTS),
    Fault("csp-script-star", "headers", "The policy lets scripts come from anywhere.", ("SEC-WEB-04",)),
    Fault("csp-missing-on-errors", "headers", "The 404 page has no policy.", _SCRIPTS),
    Fault("frames-unprotected", "headers", "Any site may frame the page.", ("SEC-WEB-04",)),
    Fault("referrer-policy-missing", "headers", "No Referrer-Policy is sent.", ("SEC-WEB-04",)),
    Fault("server-names-version", "headers", "Server names product and version.", ("SEC-WEB-04",)),
)

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


def start(world: World) -> dict[str, Any]:  # noqa: ARG001  # part of the contract of a sandbox part
    """Nothing of its own: the edge asks `response_headers` at each answer."""
    return {}


def response_headers(world: World, media_type: str, status: int, path: str) -> list[tuple[bytes, bytes]]:
    """Headers for one answer; a page is what is HTML, error pages too."""
    headers: dict[str, str] = {"Server": "nginx/1.22.1" if world.on("server-names-version") else "edge"}
    if not _lost(world, status, path):
        age_s = 86_400 if world.on("hsts-a-day") else 63_072_000
        headers["Strict-Transport-Security"] = f"max-age={age_s}; includeSubDomains"
        if not (world.on("upload-served-inline") and path.startswith("/api/uploads/")):
            headers["X-Content-Type-Options"] = "nosniff"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        if media_type.startswith("text/html"):
            headers |= _page(world, status)
    return [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]


def _lost(world: World, status: int, path: str) -> bool:
    return (
        (world.on("headers-on-root-only") and path != "/")
        or (world.on("headers-lost-on-api") and path.startswith("/api"))
        or (world.on("headers-on-200-only") and status != 200)
        or (world.on("headers-lost-on-assets") and path.startswith("/assets/"))
    )


def _page(world: World, status: int) -> dict[str, str]:
    policy = dict(POLICY)
    if world.on("csp-unsafe-inline"):
        policy["script-src"] = "'self' 'unsafe-inline'"
    if world.on("csp-script-star"):
        policy["script-src"] = "*"
    if world.on("frames-unprotected"):
        del policy["frame-ancestors"]
    headers = {"Cross-Origin-Opener-Policy": "same-origin"}
    if not (world.on("csp-missing-on-errors") and status >= 400):
        headers["Content-Security-Policy"] = "; ".join(f"{name} {sources}" for name, sources in policy.items())
    if not world.on("frames-unprotected"):
        headers["X-Frame-Options"] = "DENY"
    if not world.on("referrer-policy-missing"):
        headers["Referrer-Policy"] = "no-referrer"
    return headers
