"""Security headers on every kind of answer: pages, error pages, API answers, refusals, redirects, assets."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from acceptance import web
from acceptance.facts import ProbeError, Unseen, facts, offenders
from acceptance.probes.answers import Answer, answer
from acceptance.probes.site import ACCEPT, Site, walk
from acceptance.visit import Visit

if TYPE_CHECKING:
    import httpx

DAY_S = 86_400
API_KINDS = {"api": True, "api without token": False}  # kind → whether the operation is public
REFERRER_POLICIES = (
    "no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin",
    "origin", "origin-when-cross-origin", "no-referrer-when-downgrade",
)  # fmt: skip


@facts
class Headers:
    """Answers of each kind over https; what could not be had stands as Unseen in its place."""

    site: Site
    answers: tuple[Answer | Unseen, ...]

    def __repr__(self) -> str:
        return f"headers of {self.site.host}: {', '.join(map(repr, self.answers))}"[:200]

    def looked(self) -> str:
        kinds = ", ".join(repr(each) for each in self.answers)
        more = "" if any(each.status >= 500 for each in self._seen()) else "; no 5xx could be had without harm"
        odd = f"; {self._odd()}" if self._odd() else ""
        return f"headers of {len(self._seen())} answers of {self.site.host}: {kinds}{more}{odd}"

    def answers_without_hsts(self, *, days: int) -> tuple[str, ...]:
        """Answers whose Strict-Transport-Security is absent, sent twice, unreadable or shorter than that."""
        return self._offending(lambda each: hsts_problem(each, days * DAY_S))

    def answers_without_nosniff(self) -> tuple[str, ...]:
        return self._offending(
            lambda each: _unless(each.joined("x-content-type-options").lower() == "nosniff", "no nosniff")
        )

    def pages_without_policy(self) -> tuple[str, ...]:
        return self._offending(lambda each: _unless(bool(policies(each)), "no Content-Security-Policy"), html=True)

    def pages_that_run_inline_scripts(self) -> tuple[str, ...]:
        """Pages in which no policy stops an inline script."""
        return self._offending(lambda each: _unless(stops_inline(each), "inline scripts would run"), html=True)

    def pages_that_allow_any_source(self) -> tuple[str, ...]:
        """Pages with a bare `*` in a policy, or in which scripts may come from anywhere."""
        return self._offending(any_source, html=True)

    def pages_without_frame_protection(self) -> tuple[str, ...]:
        return self._offending(
            lambda each: _unless(stops_frames(each), "any site may frame it: no frame-ancestors, no X-Frame-Options"),
            html=True,
        )

    def pages_without_referrer_policy(self) -> tuple[str, ...]:
        return self._offending(referrer_problem, html=True)

    def servers_that_name_a_version(self) -> tuple[str, ...]:
        return self._offending(
            lambda each: _unless(not re.search(r"\d", each.joined("server")), f"Server: {each.joined('server')[:60]}")
        )

    def _odd(self) -> str:
        """Products and versions in other headers: not asked for by the item, but worth a word."""
        names = ("x-powered-by", "x-aspnet-version", "x-generator", "via")
        odd = {f"{name}: {each.joined(name)[:60]}" for each in self._seen() for name in names if each.joined(name)}
        return "; ".join(sorted(odd))

    def _seen(self) -> list[Answer]:
        return [each for each in self.answers if isinstance(each, Answer)]

    def _offending(self, problem: Callable[[Answer], str], *, html: bool = False) -> tuple[str, ...]:
        judged = [each for each in self._seen() if each.html or not html]
        if not judged:
            raise ProbeError(f"{'pages' if html else 'answers'} of {self.site.host}", "none was seen")
        found = [f"{each!r}: {wrong}" for each in judged if (wrong := problem(each))]
        return offenders(found, [each for each in self.answers if isinstance(each, Unseen)])


def hsts_problem(each: Answer, seconds: int) -> str:
    """What is wrong with an answer's HSTS by RFC 6797; "" if it holds at least so long."""
    lines = each.values("strict-transport-security")
    if len(lines) != 1:
        return "HSTS is sent twice" if lines else "no HSTS"
    ages = re.findall(r"(?:^|;)\s*max-age\s*=\s*(\"?)(\d{1,20})\1\s*(?=;|$)", lines[0], re.IGNORECASE)
    if len(ages) != 1 or "," in lines[0]:
        return f"HSTS can't be read: {lines[0][:60]}"
    return f"HSTS for {ages[0][1]} s only" if int(ages[0][1]) < seconds else ""


def policies(each: Answer) -> list[dict[str, list[str]]]:
    """The policies of a page one by one, those of meta elements too: a browser enforces every one."""
    found = []
    for line in (*each.values("content-security-policy"), *each.csp_metas):
        for policy in line.split(","):
            parts = [part.lower().split() for part in policy.split(";") if part.strip()]
            directives: dict[str, list[str]] = {}
            for name, *sources in parts:
                directives.setdefault(name, sources)
            if directives:
                found.append(directives)
    return found


def stops_inline(each: Answer) -> bool:
    """Whether one of the page's policies stops inline scripts."""
    return any(not _runs_inline(_scripts(policy)) for policy in policies(each))


def any_source(each: Answer) -> str:
    """What the page's policies leave open to everybody; "" if nothing."""
    listed = policies(each)
    if not listed:
        return "no policy: scripts may come from anywhere"
    stars = sorted({name for policy in listed for name, sources in policy.items() if "*" in sources})
    if stars:
        return f"* in {', '.join(stars)}"
    return "" if any(_scripts(policy) is not None for policy in listed) else "neither script-src nor default-src"


def stops_frames(each: Answer) -> bool:
    """X-Frame-Options DENY or SAMEORIGIN once, or frame-ancestors in a header that names who may."""
    if each.joined("x-frame-options").strip().lower() in ("deny", "sameorigin"):
        return True
    by_header = Answer(each.kind, each.url, each.status, each.headers)
    lists = [policy["frame-ancestors"] for policy in policies(by_header) if "frame-ancestors" in policy]
    return any(not {"*", "http:", "https:", "http://*", "https://*"} & set(sources) for sources in lists)


def referrer_problem(each: Answer) -> str:
    """The last value that is known counts; a meta element comes after the header."""
    said = (*each.values("referrer-policy"), *each.referrer_metas)
    known = [part.strip().lower() for line in said for part in line.split(",")]
    effective = [part for part in known if part in REFERRER_POLICIES or part == "unsafe-url"][-1:]
    if not effective:
        return "no Referrer-Policy that is known" if said else "no Referrer-Policy"
    return "Referrer-Policy: unsafe-url" if effective == ["unsafe-url"] else ""


def _scripts(policy: dict[str, list[str]]) -> list[str] | None:
    for name in ("script-src-elem", "script-src", "default-src"):
        if name in policy:
            return policy[name]
    return None


def _runs_inline(sources: list[str] | None) -> bool:
    if sources is None:
        return True
    nonce_or_hash = any(source.startswith(("'nonce-", "'sha256-", "'sha384-", "'sha512-")) for source in sources)
    return "'unsafe-inline'" in sources and not nonce_or_hash


def _unless(good: bool, wrong: str) -> str:
    return "" if good else wrong


def look(visit: Visit) -> Headers:
    """Both redirect chains, then one answer of each kind that can be had without harm."""
    urls = visit.target.urls
    site = walk(f"{urls.plain.rstrip('/')}/", f"{urls.base}/", lambda verify: web.client(visit, verify=verify))
    if not site.https.hops:
        raise ProbeError(f"headers of {site.host}", f"https does not answer: {site.https.why}")
    page = site.https.hops[-1]
    operations = _operations(visit)
    below = next((url for _, url in operations if url), f"{urls.api}/")
    wanted = [
        ("page", urls.dashboard),
        ("missing page", f"{urls.base}/{visit.marker}-no-such-page"),
        ("missing api", urljoin(below, f"{visit.marker}-no-such-path")),
        ("asset", _asset(page)),
        *operations,
    ]
    answers: list[Answer | Unseen] = [each for each in site.https.hops if each.url.startswith("https:")]
    with web.client(visit, verify=site.https.verified) as client:
        for kind, url in wanted:
            try:
                answers.append(_one(client, kind, url))
            except ProbeError as problem:
                answers.append(Unseen(problem.what, problem.why))
    return Headers(site, tuple(answers))


def _one(client: httpx.Client, kind: str, url: str) -> Answer:
    if not url:
        raise ProbeError(f"an answer of the kind {kind!r}", "the target names no operation that gives one")
    return answer(kind, url, web.ask(client, "GET", url, headers=ACCEPT))


def _asset(page: Answer) -> str:
    """A script of the page's own host, else the icon that every browser asks for."""
    host = urlsplit(page.url).netloc
    own = [urljoin(page.url, script.src) for script in page.scripts if script.src]
    return next((url for url in own if urlsplit(url).netloc == host), urljoin(page.url, "/favicon.ico"))


def _operations(visit: Visit) -> list[tuple[str, str]]:
    """An open operation (API 200) and a guarded one without token (401): local ones first, paid ones never."""
    reads = [
        each
        for each in visit.target.operations.values()
        if each.method == "GET" and not each.acting and each.kind != "paid" and "{" not in each.path
    ]
    reads.sort(key=lambda each: each.kind != "local")
    found = {kind: [each.path for each in reads if each.public is public] for kind, public in API_KINDS.items()}
    return [(kind, urljoin(visit.target.urls.api, paths[0]) if paths else "") for kind, paths in found.items()]
