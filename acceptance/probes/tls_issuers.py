"""Issuers' certificates that a server left out, had from where the certificates say (caIssuers of RFC 5280).

A browser that does so shows no warning, and SSL Labs calls such a chain incomplete, not untrusted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from acceptance.facts import ProbeError, text
from acceptance.probes.tls_chain import issued, linked
from acceptance.probes.tls_revocation import fetch, place_of
from acceptance.probes.tls_target import Roots
from acceptance.visit import Visit

if TYPE_CHECKING:
    from cryptography import x509

MOST = 3  # one after the other
LIMIT = 100_000  # bytes of one answer


@dataclass(frozen=True)
class Issuers:
    """What was had; `source` says from where, `why_not` what kept us from having (more of) it."""

    found: tuple[x509.Certificate, ...] = ()
    source: str = ""
    why_not: str = ""


def missing(visit: Visit, sent: list[x509.Certificate], roots: Roots, ends: float) -> Issuers:
    """The issuers that lead from what was sent towards a root; nothing where nothing is missing."""
    found: list[x509.Certificate] = []
    sources: list[str] = []
    why_not = ""
    while len(found) < MOST and not why_not:
        chain = linked(sent[0], [*sent[1:], *found, *roots.known])
        last = chain[-1]
        if issued(last, last) or any(_below_a_root(each, roots) for each in chain):
            break
        try:
            url, issuer = _issuer(visit, last, ends)
        except ProbeError as problem:
            why_not = f"{problem.what}: {problem.why}"
            continue
        found.append(issuer)
        sources.append(url)
    return Issuers(tuple(found), text(", ".join(sources), 200), text(why_not, 200))


def _below_a_root(certificate: x509.Certificate, roots: Roots) -> bool:
    named = [root for root in roots.trusted if root.subject == certificate.issuer]
    return certificate in roots.trusted or any(issued(root, certificate) for root in named)


def _issuer(visit: Visit, certificate: x509.Certificate, ends: float) -> tuple[str, x509.Certificate]:
    """Where an issuer was had from, and its certificate; ProbeError where none was."""
    urls = _published(certificate)
    granted = visit.target.witnesses.issuers if visit.target.witnesses else ()
    askable = [url for url in urls if place_of(url) in granted]
    if not urls:
        raise ProbeError("the issuer", "the certificate does not say where it may be had")
    if not askable:
        raise ProbeError(
            "the issuer", f"[witnesses] issuers does not name {', '.join(sorted(set(map(place_of, urls))))}"
        )
    failure = ""
    for url in askable:
        try:
            candidates = _certificates(fetch(url, LIMIT, visit.marker, ends))
        except ProbeError as problem:
            failure = problem.why
            continue
        if found := next((each for each in candidates if issued(each, certificate)), None):
            return url, found
        failure = "what it holds did not issue the certificate"
    raise ProbeError(askable[-1], failure)


def _published(certificate: x509.Certificate) -> list[str]:
    from cryptography import x509
    from cryptography.x509.oid import AuthorityInformationAccessOID

    try:
        listed = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return []
    wanted = [each for each in listed if each.access_method == AuthorityInformationAccessOID.CA_ISSUERS]
    return [url for each in wanted if (url := str(each.access_location.value)).startswith("http://")]


def _certificates(body: bytes) -> list[x509.Certificate]:
    """One certificate in DER or PEM, or a bag of them (PKCS #7)."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import pkcs7

    for read in (_one, x509.load_pem_x509_certificates, pkcs7.load_der_pkcs7_certificates):
        try:
            return read(body)
        except ValueError:
            continue
    raise ProbeError("the issuer", "what was had is no certificate")


def _one(body: bytes) -> list[x509.Certificate]:
    from cryptography import x509

    return [x509.load_der_x509_certificate(body)]
