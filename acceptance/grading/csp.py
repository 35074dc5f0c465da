"""Content-Security-Policy as the MDN HTTP Observatory (algorithm 6) reads it: pure, from text to one result."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

Sources = list[str]

BROAD = frozenset(("ftp:", "http:", "https:", "*", "http://*", "http://*.*", "https://*", "https://*.*"))
INLINE = frozenset(("'unsafe-inline'", "data:"))
NONCE_OR_HASH = ("'nonce-", "'sha256-", "'sha384-", "'sha512-")
INSECURE = ("http:", "ftp:")
PASSIVE = ("img-src", "media-src")
MAY_REPEAT = ("report-uri", "report-to")
HEADER_ONLY = ("frame-ancestors", "report-uri", "sandbox")  # void in a meta element
SHORTEST = 6  # characters that a policy must have


class InvalidPolicy(ValueError):
    """A policy that is too short or repeats a directive."""


@dataclass(frozen=True)
class Policy:
    """Policies of one page, combined. `repeated` are reporting directives that stand twice."""

    directives: dict[str, Sources]
    repeated: frozenset[str] = field(default_factory=frozenset)

    def sources(self, directive: str) -> Sources:
        """The directive's list, else default-src's (the very same list), else everything."""
        for name in (directive, "default-src"):
            if name in self.directives:
                return self.directives[name]
        return ["*"]


def split(values: tuple[str, ...]) -> list[str]:
    """Header lines or meta contents as single policies: a comma parts two."""
    return [part.strip() for value in values for part in value.split(",")]


def parse(policies: list[str]) -> Policy:
    """Several policies as one: a source counts only where the first two policies that have the directive have it.

    A further policy takes nothing away again: the Observatory only adds what that policy narrows.
    """
    repeated: set[str] = set()
    combined: dict[str, Sources] = {}
    settled: set[str] = set()
    for number, policy in enumerate(policies):
        for name, sources in _parse_one(policy, repeated).items():
            held = combined.get(name, [])
            if number == 0:
                combined[name] = _shortest(sources)
                continue
            combined[name] = _with_narrowed(held, sources) if name in settled else _common(held, sources)
            settled.add(name)
    return Policy({name: sources or ["'none'"] for name, sources in combined.items()}, frozenset(repeated))


def _parse_one(policy: str, repeated: set[str]) -> dict[str, Sources]:
    """One policy's directives. Of a repeated one, which only reporting may be, the last counts."""
    policy = re.sub(r"[\r\n]", "", policy).strip()
    if len(policy) < SHORTEST:
        raise InvalidPolicy(f"too short: {policy!r}")
    found: dict[str, Sources] = {}
    for part in policy.split(";"):
        name, *sources = part.lower().split() or [""]
        if not name:
            continue
        if name in found and name not in MAY_REPEAT:
            raise InvalidPolicy(f"{name} stands twice")
        if name in found:
            repeated.add(name)
        found[name] = sources
    return found


def _shortest(sources: Sources) -> Sources:
    """Without sources that begin with another one of the list."""
    kept: Sources = []
    for source in sorted(set(sources)):
        if not any(source.startswith(each) for each in kept):
            kept.append(source)
    return kept


def _common(one: Sources, other: Sources) -> Sources:
    both = [source for source in one if any(_covers(each, source) for each in other)]
    return both + [source for source in other if source not in one and any(_covers(each, source) for each in one)]


def _with_narrowed(held: Sources, other: Sources) -> Sources:
    """What is held, and what the other list narrows of it."""
    return [*held, *(each for each in other if each not in held and any(_covers(wide, each) for wide in held))]


def _covers(wide: str, narrow: str) -> bool:
    return wide == narrow or (wide.endswith("/") and narrow.startswith(wide))


def result(header: tuple[str, ...], meta: tuple[str, ...], report_only: bool, https: bool) -> str:
    """The name of the one result that a page's policies give."""
    try:
        policy = parse(split(header) + split(meta))
    except InvalidPolicy:
        return "csp-header-invalid"
    if not _effective(header, meta):
        return "csp-not-implemented-but-reporting-enabled" if report_only else "csp-not-implemented"
    found, passed = _first_match(policy, https)
    return "csp-implemented-but-duplicate-directives" if passed and policy.repeated else found


def frames_by_policy(header: tuple[str, ...], meta: tuple[str, ...]) -> bool:
    """Whether the X-Frame-Options test takes the policy's frame-ancestors in its place."""
    try:
        policy = parse(split(header) + split(meta))
    except InvalidPolicy:
        return False
    return "frame-ancestors" in policy.directives and _effective(header, meta)


def _effective(header: tuple[str, ...], meta: tuple[str, ...]) -> bool:
    """Whether anything is left when what only a header may say is dropped from the meta elements.

    The Observatory asks no more of it: where something is left, all that was said is judged, as it does.
    """
    in_meta = set(parse(split(meta)).directives) - set(HEADER_ONLY)
    return bool(parse(split(header)).directives or in_meta)


def _first_match(policy: Policy, https: bool) -> tuple[str, bool]:
    scripts, styles, objects = (policy.sources(name) for name in ("script-src", "style-src", "object-src"))
    for sources in (scripts, styles):
        if _has_nonce_or_hash(sources) and "'unsafe-inline'" in sources:
            sources.remove("'unsafe-inline'")
    if "'strict-dynamic'" in scripts:
        if not _has_nonce_or_hash(scripts):
            return "csp-header-invalid", False
        scripts[:] = [each for each in scripts if each != "'self'" and not each.startswith(tuple(BROAD))]
    active = [s for name, sources in policy.directives.items() if name not in PASSIVE for s in sources]
    passive = [s for name in PASSIVE for s in policy.sources(name)]
    if (BROAD | INLINE) & set(scripts) or BROAD & set(objects):
        return "csp-implemented-with-unsafe-inline", False
    if https and any(source.startswith(INSECURE) for source in active):
        return "csp-implemented-with-insecure-scheme", False
    if "'unsafe-eval'" in (*scripts, *styles):
        return "csp-implemented-with-unsafe-eval", False
    if https and any(source.startswith(INSECURE) for source in passive):
        return "csp-implemented-with-insecure-scheme-in-passive-content-only", True
    if (BROAD | INLINE) & set(styles):
        return "csp-implemented-with-unsafe-inline-in-style-src-only", True
    if policy.directives.get("default-src") == ["'none'"]:
        return "csp-implemented-with-no-unsafe-default-src-none", True
    return "csp-implemented-with-no-unsafe", True


def _has_nonce_or_hash(sources: Sources) -> bool:
    return any(source.startswith(NONCE_OR_HASH) for source in sources)
