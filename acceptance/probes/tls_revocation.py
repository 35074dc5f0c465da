"""Whether a certificate is revoked: the stapled answer, then revocation lists and OCSP where the target lets us ask."""

from __future__ import annotations

import base64
import http.client
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from acceptance.facts import ProbeError, Unseen, text
from acceptance.probes.tls_chain import issued
from acceptance.probes.tls_facts import Revocation
from acceptance.visit import Visit

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.x509 import ocsp

LIST_LIMIT = 40_000_000  # bytes; public lists are cut into parts well below
CLOCKS_DIFFER = timedelta(minutes=5)
LONGEST = timedelta(days=10)  # what an answer without an end of its own is believed; public authorities allow no more
STAPLED = "the stapled OCSP answer"
NO_ISSUER = "the issuer's certificate, which signs the answer, is not there"


@dataclass(frozen=True)
class State:
    """What is known of a revocation, who says so, and what is wrong with the stapled answer if there must be one."""

    revocation: Revocation | Unseen = Revocation.NOT_ASKED
    source: str = ""
    staple_problem: str = ""


def revocation(
    visit: Visit,
    leaf: x509.Certificate,
    candidates: list[x509.Certificate],
    stapled: ocsp.OCSPResponse | Unseen | None,
    ends: float,
) -> State:
    """What is known, and who says so. `candidates` may hold the issuer."""
    issuer = next((each for each in candidates if issued(each, leaf)), None)
    failures: list[ProbeError] = []
    must, why = _must_staple(leaf), "none is sent"
    if isinstance(stapled, Unseen):  # nobody looked for one; it matters where there must be one
        failures += [ProbeError(stapled.what, stapled.why)] if must else []
    elif stapled is not None:
        try:
            if issuer is None:
                raise ProbeError(STAPLED, NO_ISSUER)
            revoked = _says_revoked(STAPLED, stapled, leaf, issuer, visit.now)
            return State(Revocation.REVOKED if revoked else Revocation.GOOD, STAPLED)
        except ProbeError as problem:
            failures.append(problem)
            why = problem.why
    must = must and (stapled is None or (issuer is not None and not isinstance(stapled, Unseen)))
    wrong = text(f"the certificate demands a stapled OCSP answer (must-staple): {why}", 200) if must else ""
    told, source = _asked(visit, leaf, issuer, failures, ends)
    return State(told, source, wrong)


def _asked(
    visit: Visit, leaf: x509.Certificate, issuer: x509.Certificate | None, failures: list[ProbeError], ends: float
) -> tuple[Revocation | Unseen, str]:
    """What lists and responders say; `failures` are those of the stapled answer, which leave it open otherwise."""
    lists, responders = _published(leaf)
    granted = visit.target.witnesses.revocation if visit.target.witnesses else ()
    askable = [url for url in (*lists, *responders) if place_of(url) in granted]
    if not askable and failures:
        return _unseen(failures), ""
    if not lists and not responders:
        return Revocation.UNPUBLISHED, "the certificate names neither a list nor a responder"
    if not askable:
        where = ", ".join(sorted({place_of(url) for url in (*lists, *responders)}))
        return Revocation.NOT_ASKED, text(f"[witnesses] revocation does not name {where}", 200)
    if issuer is None:
        return Unseen("revocation", NO_ISSUER), ""
    for url in askable:
        try:
            answer = _listed(url, leaf, issuer, visit, ends) if url in lists else _told(url, leaf, issuer, visit, ends)
        except ProbeError as problem:
            failures.append(problem)
            continue
        return (Revocation.REVOKED if answer else Revocation.GOOD), text(url, 200)
    return _unseen(failures), ""


def _unseen(failures: list[ProbeError]) -> Unseen:
    return Unseen("revocation", text(f"{failures[0].what}: {failures[0].why}", 200))


def _must_staple(leaf: x509.Certificate) -> bool:
    """Whether the certificate's TLS feature extension asks for a stapled answer."""
    from cryptography import x509

    try:
        features = leaf.extensions.get_extension_for_class(x509.TLSFeature).value
    except x509.ExtensionNotFound:
        return False
    return x509.TLSFeatureType.status_request in features


def _published(leaf: x509.Certificate) -> tuple[list[str], list[str]]:
    """URLs of revocation lists and of OCSP responders."""
    from cryptography import x509
    from cryptography.x509.oid import AuthorityInformationAccessOID

    lists, responders = [], []
    for extension in leaf.extensions:
        if isinstance(extension.value, x509.CRLDistributionPoints):
            names = [name for point in extension.value for name in point.full_name or []]
            lists += [str(name.value) for name in names if isinstance(name, x509.UniformResourceIdentifier)]
        elif isinstance(extension.value, x509.AuthorityInformationAccess):
            for access in extension.value:
                if access.access_method == AuthorityInformationAccessOID.OCSP:
                    responders.append(str(access.access_location.value))
    return [each for each in lists if each.startswith("http://")], [e for e in responders if e.startswith("http://")]


def place_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or 80}"


def fetch(url: str, limit: int, agent: str, ends: float) -> bytes:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=_left(ends))
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", path, headers={"User-Agent": agent})
        response = connection.getresponse()
        body = b""
        while chunk := response.read(65_536):
            body += chunk
            if len(body) > limit or time.monotonic() > ends:
                raise ProbeError(url, "the answer is too long, or takes too long")
    except (OSError, http.client.HTTPException) as problem:
        raise ProbeError(url, text(f"{type(problem).__name__}: {problem}", 150)) from problem
    finally:
        connection.close()
    if response.status != 200:
        raise ProbeError(url, f"answers {response.status}")
    return body


def _left(ends: float) -> float:
    return max(0.05, min(10.0, ends - time.monotonic()))


def _listed(url: str, leaf: x509.Certificate, issuer: x509.Certificate, visit: Visit, ends: float) -> bool:
    """Whether the issuer's list has the certificate; only a list that is signed and current counts."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        found = x509.load_der_x509_crl(fetch(url, LIST_LIMIT, visit.marker, ends))
        signed = found.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    except (ValueError, TypeError, UnsupportedAlgorithm) as problem:
        raise ProbeError(url, f"is no revocation list: {text(problem, 100)}") from problem
    if not signed:
        raise ProbeError(url, "is not signed by the certificate's issuer")
    if found.next_update_utc is None or found.next_update_utc < visit.now:
        raise ProbeError(url, f"is out of date since {found.next_update_utc}")
    return found.get_revoked_certificate_by_serial_number(leaf.serial_number) is not None


def _told(url: str, leaf: x509.Certificate, issuer: x509.Certificate, visit: Visit, ends: float) -> bool:
    """Whether the OCSP responder calls the certificate revoked; only a signed and current answer counts."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.x509 import ocsp

    request = ocsp.OCSPRequestBuilder().add_certificate(leaf, issuer, hashes.SHA1()).build()  # noqa: S303  # its key
    asked = base64.b64encode(request.public_bytes(serialization.Encoding.DER)).decode("ascii")
    try:
        answer = ocsp.load_der_ocsp_response(
            fetch(f"{url.rstrip('/')}/{quote(asked, safe='')}", 100_000, visit.marker, ends)
        )
    except ValueError as problem:
        raise ProbeError(url, f"is no OCSP answer: {text(problem, 100)}") from problem
    return _says_revoked(url, answer, leaf, issuer, visit.now)


def _says_revoked(
    who: str, answer: ocsp.OCSPResponse, leaf: x509.Certificate, issuer: x509.Certificate, now: datetime
) -> bool:
    """Whether the answer calls the certificate revoked; one that proves nothing is a ProbeError."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.x509 import ocsp

    try:
        if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise ProbeError(who, f"answers {answer.response_status.name}")
        if answer.serial_number != leaf.serial_number or not _signed_for(answer, issuer, now):
            raise ProbeError(who, "the answer is not about this certificate, or not signed for its issuer")
        until = answer.next_update_utc or answer.this_update_utc + LONGEST
        if not answer.this_update_utc - CLOCKS_DIFFER <= now <= until:
            raise ProbeError(who, f"the answer holds from {answer.this_update_utc} to {until} only")
        status = answer.certificate_status
    except (ValueError, TypeError, UnsupportedAlgorithm) as problem:
        raise ProbeError(who, f"can't be read: {text(problem, 100)}") from problem
    if status is ocsp.OCSPCertStatus.UNKNOWN:
        raise ProbeError(who, "does not know the certificate")
    return status is ocsp.OCSPCertStatus.REVOKED


def _signed_for(answer: ocsp.OCSPResponse, issuer: x509.Certificate, now: datetime) -> bool:
    """Signed by the issuer itself, or by a certificate that it made for this purpose."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
    from cryptography.x509.oid import ExtendedKeyUsageOID

    signers = [issuer]
    for each in answer.certificates:
        if issued(issuer, each) and each.not_valid_before_utc <= now <= each.not_valid_after_utc:
            try:
                usages = each.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
            except x509.ExtensionNotFound:
                continue
            signers += [each] if ExtendedKeyUsageOID.OCSP_SIGNING in usages else []
    algorithm = answer.signature_hash_algorithm
    for signer in signers:
        key = signer.public_key()
        try:
            if isinstance(key, rsa.RSAPublicKey) and algorithm:
                key.verify(answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), algorithm)
                return True
            if isinstance(key, ec.EllipticCurvePublicKey) and algorithm:
                key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(algorithm))
                return True
        except InvalidSignature:
            continue
    return False
