"""The Observatory's tests but for the policy's: each takes what was sent and names exactly one result."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from acceptance.probes.answers import Answer, Cookie, Header
from acceptance.probes.site import Chain, Site

SIX_MONTHS_S = 15_552_000
GOOD_REFERRER = ("no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin")
BAD_REFERRER = ("origin", "origin-when-cross-origin", "no-referrer-when-downgrade", "unsafe-url")
PASSED_OVER = ("heroku-session-affinity",)
WORD = r"[A-Za-z*][\w!#$%&'*+.^`|~:/-]*"
BARE_ITEM = (  # number, string, token, bytes, boolean, date of RFC 9651
    rf"(?:-?\d{{1,15}}(?:\.\d{{1,3}})?|\"(?:[ !#-\[\]-~]|\\[\"\\])*\"|{WORD}|:[A-Za-z0-9+/=]*:|\?[01]|@-?\d{{1,15}})"
)
SCRIPTS = (  # foreign ones; the last is the worst, though the second costs more than the third
    "sri-implemented-and-external-scripts-loaded-securely",
    "sri-implemented-but-external-scripts-not-loaded-securely",
    "sri-not-implemented-but-external-scripts-loaded-securely",
    "sri-not-implemented-and-external-scripts-not-loaded-securely",
)


def is_preloaded(host: str, listed: Mapping[str, bool]) -> bool:
    """Whether the host, or a parent with its subdomains, is in the preload list."""
    labels = host.split(".")
    return host in listed or any(listed.get(".".join(labels[n:])) for n in range(1, len(labels)))


def hsts(site: Site, listed: Mapping[str, bool]) -> str:
    """Read from the last answer of the https chain."""
    if not site.https.hops:
        return "hsts-not-implemented-no-https"
    if is_preloaded(site.host, listed):
        return "hsts-preloaded"
    if not site.https.verified:
        return "hsts-invalid-cert"
    lines = site.https.hops[-1].values("strict-transport-security")
    if not lines:
        return "hsts-not-implemented"
    header = ", ".join(lines)
    said = [part.strip().lower() for part in header.split(";")]
    ages = [part.removeprefix("max-age=") for part in said if part.startswith("max-age=")]
    if not ages or "," in header:
        return "hsts-header-invalid"
    number = re.match(r"\s*([+-]?\d{1,30})", ages[-1], re.ASCII)
    # What begins with no digit passes in the Observatory (it compares NaN), quoted numbers too, which RFC 6797
    # allows; SEC-WEB-04 and the TLS grade read the header by their own rules.
    short = number is not None and int(number[1]) < SIX_MONTHS_S
    return f"hsts-implemented-max-age-{'less-than' if short else 'at-least'}-six-months"


def redirection(chain: Chain, listed: Mapping[str, bool]) -> str:
    """Judged on the http chain; hops after the first are free as long as the end is https."""
    if not chain.hops:
        return "redirection-not-needed-no-http"
    if not chain.verified:
        return "redirection-invalid-cert"
    route = [urlsplit(hop.url) for hop in chain.hops]
    if all(is_preloaded(hop.hostname or "", listed) for hop in route):
        return "redirection-all-redirects-preloaded"
    if len(route) == 1:
        return "redirection-missing"
    if route[-1].scheme != "https":
        return "redirection-not-to-https"
    if route[1].scheme != "https":
        return "redirection-not-to-https-on-initial-redirection"
    if route[0].scheme == "http" and route[1].hostname != route[0].hostname:
        return "redirection-off-host-from-http"
    return "redirection-to-https"


def cookies(site: Site, page: Answer, *, protected: bool) -> str:
    """The worst cookie decides. `protected` is whether the HSTS test passed."""
    jar = [each for each in (site.https if site.https.hops else site.http).jar() if each.name not in PASSED_OVER]
    if not jar:
        return "cookies-not-found"
    order = [
        "cookies-session-without-secure-flag",
        "cookies-session-without-httponly-flag",
        "cookies-anticsrf-without-samesite-flag",
        "cookies-samesite-flag-invalid",
        "cookies-session-without-secure-flag-but-protected-by-hsts",
        "cookies-without-secure-flag",
        "cookies-without-secure-flag-but-protected-by-hsts",
    ]
    found = {said for each in jar for said in _faults_of(each, "-but-protected-by-hsts" if protected else "")}
    if any(each.same_site is not None and not _same_site(each) for each in page.cookies):
        found.add("cookies-samesite-flag-invalid")
    worst = next((said for said in order if said in found), None)
    same_site = "-and-samesite" if all(map(_same_site, jar)) else ""
    return worst or f"cookies-secure-with-httponly-sessions{same_site}"


def _same_site(cookie: Cookie) -> str:
    value = (cookie.same_site or "").lower()
    return value if value in ("lax", "strict", "none") else ""


def _faults_of(cookie: Cookie, protected: str) -> Iterable[str]:
    name = cookie.name.lower()
    session = "sess" in name or "login" in name
    if not cookie.secure:
        yield f"cookies-{'session-' if session else ''}without-secure-flag{protected}"
        if _same_site(cookie) == "none":
            yield "cookies-samesite-flag-invalid"
    if session and not cookie.http_only:
        yield "cookies-session-without-httponly-flag"
    if "csrf" in name and not _same_site(cookie):
        yield "cookies-anticsrf-without-samesite-flag"


def subresource_integrity(page: Answer, site: Site) -> str:
    """The worst script decides, worst by the Observatory's own order, which is not that of the costs."""
    if page.media_type and not page.html:
        return "sri-not-implemented-response-not-html"
    if not page.scripts:
        return "sri-not-implemented-but-no-scripts-loaded"
    found: list[str] = []
    own_with_integrity = False
    for script in page.scripts:
        scheme = re.match(r"(https?):/*", script.src, re.IGNORECASE)
        secure = scheme[1].lower() == "https" if scheme else False
        if not script.src.startswith("//") and (not scheme or _same_domain(script.src, site.host)):
            own_secure = secure if scheme else bool(site.https.hops)
            own_with_integrity = own_with_integrity or (bool(script.src) and script.integrity and own_secure)
        elif script.integrity:
            how = "and-external-scripts" if secure else "but-external-scripts-not"
            found.append(f"sri-implemented-{how}-loaded-securely")
        else:
            how = "but-external-scripts" if secure else "and-external-scripts-not"
            found.append(f"sri-not-implemented-{how}-loaded-securely")
    worst = max(found, key=SCRIPTS.index, default="")
    if worst and worst != SCRIPTS[0]:
        return worst
    if own_with_integrity:
        return "sri-implemented-and-all-scripts-loaded-securely"
    return worst or "sri-not-implemented-but-all-scripts-loaded-from-secure-origin"


def _same_domain(url: str, host: str) -> bool:
    """Same registrable domain by the public suffix list; addresses count only if equal."""
    other = (urlsplit(url).hostname or "").lower()
    try:
        return ip_address(other) == ip_address(host)
    except ValueError:
        pass
    mine, theirs = _suffixes().privatesuffix(host.lower()), _suffixes().privatesuffix(other)
    return other == host.lower() if mine is None else mine == theirs


@cache
def _suffixes() -> Any:
    """Reading the list takes a tenth of a second: once."""
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(only_icann=True)


def sniffing(page: Answer) -> str:
    header = page.joined("x-content-type-options")
    if not header:
        return "x-content-type-options-not-implemented"
    return f"x-content-type-options-{'nosniff' if header.strip().lower() == 'nosniff' else 'header-invalid'}"


def frame_options(page: Answer, *, by_policy: bool) -> str:
    header = page.joined("x-frame-options").strip().lower()
    if by_policy:
        return "x-frame-options-implemented-via-csp"
    if not header:
        return "x-frame-options-not-implemented"
    if header in ("deny", "sameorigin"):
        return "x-frame-options-sameorigin-or-deny"
    return f"x-frame-options-{'allow-from-origin' if header.startswith('allow-from') else 'header-invalid'}"


def referrer_policy(page: Answer) -> str:
    """The last value that is known counts; a meta element comes after the header."""
    said = (*page.values("referrer-policy"), *page.referrer_metas[-1:])
    if not said:
        return "referrer-policy-not-implemented"
    known = [each for value in said for each in map(_trimmed, value.split(",")) if each in GOOD_REFERRER + BAD_REFERRER]
    if not known:
        return "referrer-policy-header-invalid"
    return f"referrer-policy-{'private' if known[-1] in GOOD_REFERRER else 'unsafe'}"


def _trimmed(value: str) -> str:
    return value.strip().lower()


def resource_policy(page: Answer) -> str:
    header = _trimmed(page.joined("cross-origin-resource-policy"))
    if not header:
        return "corp-not-implemented"
    known = header in ("same-origin", "same-site", "cross-origin")
    return f"corp-implemented-with-{header}" if known else "corp-header-invalid"


def resource_sharing(preflight: tuple[Header, ...]) -> str:
    """An echoed origin with credentials costs nothing here (the live scan never sees it); SEC-WEB-17 refuses it."""
    origin = ", ".join(header.value for header in preflight if header.name == "access-control-allow-origin").strip()
    if not origin:
        return "cross-origin-resource-sharing-not-implemented"
    return f"cross-origin-resource-sharing-implemented-with-{'public' if origin == '*' else 'restricted'}-access"


def opener_policy(page: Answer) -> str:
    known = ("same-origin", "same-origin-allow-popups", "noopener-allow-popups", "unsafe-none")
    return _isolation("coop", page.values("cross-origin-opener-policy"), known)


def embedder_policy(page: Answer) -> str:
    known = ("require-corp", "credentialless", "unsafe-none")
    return _isolation("coep", page.values("cross-origin-embedder-policy"), known)


def _isolation(prefix: str, values: tuple[str, ...], known: tuple[str, ...]) -> str:
    """One token of RFC 8941, its parameters ignored; any other form is void."""
    header = ", ".join(values).strip()
    if not header:
        return f"{prefix}-not-implemented"
    token = re.fullmatch(rf"({WORD})(?:; *[a-z*][a-z0-9_.*-]*(?:={BARE_ITEM})?)*", header, re.ASCII)
    return f"{prefix}-implemented-with-{token[1]}" if token and token[1] in known else f"{prefix}-header-invalid"
