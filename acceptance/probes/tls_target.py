"""Which names on which addresses are looked at, whom the target trusts, and what a visitor of it may open."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from acceptance.facts import ProbeError, Unseen
from acceptance.probes.tls_hello import Where
from acceptance.visit import Visit
from acceptance.web import addresses

if TYPE_CHECKING:
    from cryptography import x509


@dataclass(frozen=True)
class Roots:
    """Whom to trust, and authorities that are known without being trusted: they complete a chain, no more."""

    trusted: tuple[x509.Certificate, ...]
    known: tuple[x509.Certificate, ...] = ()


@dataclass(frozen=True)
class Page:
    """What a visitor asks for, and the addresses of the names to which redirects may be followed."""

    path: str
    resolve: dict[tuple[str, int], str]


def title(place: Where) -> str:
    """An endpoint as evidence names it."""
    return f"{place.name or place.address} at {place.address}:{place.port}"


def where_to_look(visit: Visit) -> tuple[list[Where], list[Unseen]]:
    """Every public name on every address it has; a name without an address is Unseen."""
    places, nowhere = [], []
    for host, port in _public(visit):
        try:
            found = addresses(visit, host)
        except ProbeError as problem:
            nowhere.append(Unseen(problem.what, problem.why))
            continue
        places += [Where(address, port, "" if host == address else host) for address in found]
    return places, nowhere


def pages_of(visit: Visit) -> dict[tuple[str, int], Page]:
    """The pages behind the names that serve one."""
    resolve = {(place.name or place.address, place.port): place.address for place in reversed(where_to_look(visit)[0])}
    return {key: Page(path, resolve) for key, path in _public(visit).items() if path}


def _public(visit: Visit) -> dict[tuple[str, int], str]:
    """Public names with their ports, and the path of the page behind them ("" where there is none)."""
    urls = visit.target.urls
    found: dict[tuple[str, int], str] = {}
    for url, is_page in ((urls.base, True), (urls.dashboard, True), (urls.api, False), (urls.ws, False)):
        parts = urlsplit(url)
        if not parts.hostname:
            raise ProbeError("the public names", f"{url} has no host")
        found.setdefault((parts.hostname, parts.port or 443), (parts.path or "/") if is_page else "")
    return found


def roots(visit: Visit) -> Roots:
    """Mozilla's roots; from the private CA's file the self-issued certificates too, its others only as known."""
    from cryptography import x509
    from sslyze.plugins.certificate_info.trust_stores.trust_store_repository import (
        TrustStoreEnum,
        TrustStoresRepository,
    )

    store = TrustStoresRepository.get_default()._available_stores[TrustStoreEnum.MOZILLA_NSS]
    public = x509.load_pem_x509_certificates(store.path.read_bytes())
    own: list[x509.Certificate] = []
    if path := visit.target.trust.ca_file:
        try:
            own = x509.load_pem_x509_certificates(Path(path).read_bytes())
        except (OSError, ValueError) as problem:
            raise ProbeError("the private CA", f"[trust] ca_file {path}: {problem}") from None
    self_issued = [each for each in own if each.subject == each.issuer]
    return Roots((*self_issued, *public), tuple(each for each in own if each not in self_issued))
