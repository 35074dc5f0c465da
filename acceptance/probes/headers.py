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
SCRIPTS = ("script-src", "default-src")  # what a more special directive for scripts falls back to
ANYBODY = frozenset(("*", "http:", "https:", "http://*", "https://*"))
VERSION = re.compile(r"[/\s(-]v?\d|\d\.\d")  # nginx/1.22, IIS 10; AmazonS3 and awselb are names
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
            lambda each: _unless(_listed(each, "x-content-type-options")[0] == "nosniff", "no nosniff")
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
            lambda each: _unless(not VERSION.search(each.joined("server")), f"Server: {each.joined('server')[:60]}")
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
    """Whether the page's policies stop inline scripts, both elements and handlers in attributes."""
    return all(
        any(not _runs_inline(_sources(policy, kind, *SCRIPTS)) for policy in policies(each))
        for kind in ("script-src-elem", "script-src-attr")
    )


def any_source(each: Answer) -> str:
    """What the page's policies leave open to everybody; "" if nothing."""
    listed = policies(each)
    if not listed:
        return "no policy: scripts may come from anywhere"
    stars = sorted({name for policy in listed for name, sources in policy.items() if "*" in sources})
    if stars:
        return f"* in {', '.join(stars)}"
    scripts = [_sources(policy, "script-src-elem", *SCRIPTS) for policy in listed]
    if all(sources is None for sources in scripts):
        return "neither script-src nor default-src"
    return "scripts may come from any host" if all(map(_open_to_all, scripts)) else ""


def stops_frames(each: Answer) -> bool:
    """frame-ancestors in a header that names who may; where there is none, X-Frame-Options DENY or SAMEORIGIN.

    Browsers that see frame-ancestors pass X-Frame-Options over, and of two of its values one that refuses is enough.
    """
    by_header = Answer(each.kind, each.url, each.status, each.headers)
    lists = [policy["frame-ancestors"] for policy in policies(by_header) if "frame-ancestors" in policy]
    if lists:
        return any(not ANYBODY & set(sources) for sources in lists)
    return not {"deny", "sameorigin"}.isdisjoint(_listed(each, "x-frame-options"))


def referrer_problem(each: Answer) -> str:
    """The last value that is known counts; a meta element comes after the header."""
    said = (*each.values("referrer-policy"), *each.referrer_metas)
    known = [part.strip().lower() for line in said for part in line.split(",")]
    effective = [part for part in known if part in REFERRER_POLICIES or part == "unsafe-url"][-1:]
    if not effective:
        return "no Referrer-Policy that is known" if said else "no Referrer-Policy"
    return "Referrer-Policy: unsafe-url" if effective == ["unsafe-url"] else ""


def _listed(each: Answer, name: str) -> list[str]:
    """The values of a header that lists them, in lower case; one that is empty where it is absent."""
    return [part.strip().lower() for part in each.joined(name).split(",")]


def _sources(policy: dict[str, list[str]], *names: str) -> list[str] | None:
    """The list of the first directive that the policy has."""
    return next((policy[name] for name in names if name in policy), None)


def _runs_inline(sources: list[str] | None) -> bool:
    if sources is None:
        return True
    trusted = ("'nonce-", "'sha256-", "'sha384-", "'sha512-", "'strict-dynamic'")  # each of them voids 'unsafe-inline'
    return "'unsafe-inline'" in sources and not any(source.startswith(trusted) for source in sources)


def _open_to_all(sources: list[str] | None) -> bool:
    """Whether any host may serve scripts; 'strict-dynamic' voids every host and scheme of its list."""
    return sources is None or ("'strict-dynamic'" not in sources and bool((ANYBODY | {"data:"}) & set(sources)))


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
