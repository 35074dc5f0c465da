"""TLS of every public name on every address it has: chain, trust, dates, protocols, suites, keys, flaws."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from acceptance.facts import ProbeError, Unseen, facts, offenders, text
from acceptance.probes.tls_endpoint import see
from acceptance.probes.tls_facts import Chain, Endpoint, Revocation
from acceptance.probes.tls_greetings import knock
from acceptance.probes.tls_hello import Where
from acceptance.probes.tls_scan import scan
from acceptance.probes.tls_target import pages_of, roots, title, where_to_look
from acceptance.visit import Visit

SCAN_S = 60.0  # for all endpoints together; a far one with many suites takes a while


@facts
class Tls:
    """Every public name on every address. One that could not be scanned is Unseen in its place."""

    endpoints: tuple[Endpoint | Unseen, ...]

    def __repr__(self) -> str:
        return f"Tls({', '.join(map(repr, self.endpoints))})"[:200]

    def looked(self) -> str:
        seen = [each for each in self.endpoints if isinstance(each, Endpoint)]
        parts = [f"{each!r}, {_days(each)}" for each in seen]
        parts += [repr(each) for each in self.endpoints if isinstance(each, Unseen)]
        return f"{len(seen)} of {len(self.endpoints)} endpoints scanned: {'; '.join(parts)}"

    def untrusted(self) -> tuple[str, ...]:
        """Chains that lead to no trusted authority; dates and host names are other questions."""
        return self._chains(_untrusted)

    def names_not_covered(self) -> tuple[str, ...]:
        """Public names that subjectAltName of a served certificate doesn't hold."""
        return self._chains(_uncovered)

    def certificates_not_valid_for_more_than(self, *, days: float) -> tuple[str, ...]:
        """Certificates of any chain that expire so soon, or whose validity lies ahead."""
        return self._chains(
            lambda chain, _: "; ".join(
                repr(each) for each in chain.sent if each.days_left <= days or each.not_yet_valid
            )
        )

    def chains_not_sent_whole(self) -> tuple[str, ...]:
        """Chains with an intermediate missing, in the wrong order, or with a stranger in them."""
        return self._chains(_chain_problem)

    def not_fit_for_browsers(self, *, status: int) -> tuple[str, ...]:
        """What a browser would warn of, break off or not get: trust, name, date, revocation, handshake, page."""
        problems: tuple[Callable[[], tuple[str, ...]], ...] = (
            self.untrusted,
            self.names_not_covered,
            lambda: self._chains(lambda chain, _: chain.date_problem),
            self.revoked,
            lambda: self._chains(lambda chain, _: chain.staple_problem),
            lambda: self._visitors(status),
        )
        found: list[str] = []
        unseen: list[Unseen] = []
        for problem in problems:
            try:
                found += problem()
            except ProbeError as failure:
                unseen.append(Unseen(failure.what, failure.why))
        return offenders(found, unseen)

    def revoked(self) -> tuple[str, ...]:
        """Certificates that their issuer has revoked."""
        return self._chains(_revoked, lambda chain: [chain.revocation] if isinstance(chain.revocation, Unseen) else [])

    def _visitors(self, status: int) -> tuple[str, ...]:
        """Endpoints whose handshake a verifying client breaks off, or whose page it gets with another status."""
        found, unseen = [], [each for each in self.endpoints if isinstance(each, Unseen)]
        for endpoint in self.endpoints:
            if isinstance(endpoint, Unseen):
                continue
            if isinstance(endpoint.visitor, Unseen):
                unseen.append(endpoint.visitor)
            elif endpoint.visitor.refused:
                found.append(f"{endpoint.where}: a browser breaks off: {endpoint.visitor.refused}")
            elif endpoint.visitor.status not in (None, status):
                found.append(f"{endpoint.where}: the page answers {endpoint.visitor.status}, expected {status}")
        return offenders(found, unseen)

    def _chains(
        self,
        problem: Callable[[Chain, str], str],
        unseen_in: Callable[[Chain], list[Unseen]] = lambda _: [],
    ) -> tuple[str, ...]:
        found, unseen = [], [each for each in self.endpoints if isinstance(each, Unseen)]
        for endpoint in self.endpoints:
            if isinstance(endpoint, Unseen):
                continue
            if isinstance(endpoint.chains, Unseen):
                unseen.append(endpoint.chains)
                continue
            if not endpoint.chains:
                found.append(f"{endpoint.where}: no certificate is sent")
            for chain in endpoint.chains:
                unseen += unseen_in(chain)
                if why := problem(chain, endpoint.name):
                    found.append(f"{endpoint.where}: {why}")
        return offenders(found, unseen)


def _untrusted(chain: Chain, _: str) -> str:
    return "" if chain.trusted else f"not trusted: {chain.untrusted_because}"


def _revoked(chain: Chain, _: str) -> str:
    return f"revoked, says {chain.revocation_source}" if chain.revocation is Revocation.REVOKED else ""


def _uncovered(chain: Chain, host: str) -> str:
    if chain.covers_host:
        return ""
    return f"{host} is not among {', '.join(chain.sent[0].names) or 'no subjectAltName at all'}"[:200]


def _chain_problem(chain: Chain, _: str) -> str:
    if not chain.complete:
        return f"the certificate of {chain.sent[-1].issuer} is not sent"
    if chain.strangers:
        return f"sent along without belonging to the chain: {', '.join(chain.strangers)}"
    return "" if chain.ordered else f"out of order: {chain!r}"


def _days(endpoint: Endpoint) -> str:
    if isinstance(endpoint.chains, Unseen):
        return repr(endpoint.chains)
    return ", ".join(
        f"{chain!r} ({chain.sent[0].days_left:.1f} days left, revocation "
        f"{chain.revocation.why if isinstance(chain.revocation, Unseen) else chain.revocation})"
        for chain in endpoint.chains
    )


def look(visit: Visit) -> Tls:
    """Knock first: sslyze has no bound for a server that drips. Then scan all that answer, side by side."""
    ends = time.monotonic() + visit.time_left_s(SCAN_S)
    places, nowhere = where_to_look(visit)
    pages = pages_of(visit)
    with warnings.catch_warnings(), ThreadPoolExecutor(max_workers=8) as pool:
        warnings.simplefilter("ignore")  # of sslyze and cryptography, about what they are asked to look at
        trust = roots(visit)
        silent = dict(zip(places, pool.map(lambda place: knock(place, ends), places), strict=True))
        open_places = [place for place in places if not silent[place]]
        scans = scan(open_places, ends, lambda place: not knock(place, ends)) if open_places else {}

        def endpoint(place: Where) -> Endpoint | Unseen:
            if why := silent[place]:
                return Unseen(title(place), why)
            return see(visit, place, scans[place], trust, pages.get((place.name or place.address, place.port)), ends)

        endpoints = (*nowhere, *pool.map(endpoint, places))
    if all(isinstance(each, Unseen) for each in endpoints):
        raise ProbeError("TLS", text("; ".join(map(repr, endpoints)), 300))
    return Tls(endpoints)
