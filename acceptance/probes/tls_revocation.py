"""Whether a certificate is revoked: the stapled answer, then revocation lists and OCSP where the target lets us ask."""

from __future__ import annotations

import base64
import http.client
import time
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from acceptance.facts import ProbeError, Unseen, text
from acceptance.probes.tls_chain import issued
from acceptance.probes.tls_facts import Revocation
from acceptance.probes.tls_scan import Stapled
from acceptance.visit import Visit

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.x509 import ocsp

LIST_LIMIT = 40_000_000  # bytes; public lists are cut into parts well below

State = tuple[Revocation | Unseen, str]


def revocation(
    visit: Visit, leaf: x509.Certificate, candidates: list[x509.Certificate], stapled: Stapled | None, ends: float
) -> State:
    """What is known, and who says so. `candidates` may hold the issuer."""
    if stapled and stapled.status == "REVOKED":
        return Revocation.REVOKED, "the stapled OCSP answer"
    if stapled and stapled.trusted and stapled.status == "GOOD":
        return Revocation.GOOD, "the stapled OCSP answer"
    lists, responders = _published(leaf)
    if not lists and not responders:
        return Revocation.UNPUBLISHED, "the certificate names neither a list nor a responder"
    granted = visit.target.witnesses.revocation if visit.target.witnesses else ()
    askable = [url for url in (*lists, *responders) if _place(url) in granted]
    if not askable:
        where = ", ".join(sorted({_place(url) for url in (*lists, *responders)}))
        return Revocation.NOT_ASKED, text(f"[witnesses] revocation does not name {where}", 200)
    issuer = next((each for each in candidates if issued(each, leaf)), None)
    if issuer is None:
        return Unseen("revocation", "the issuer's certificate, which signs the answer, is not there"), ""
    failures = []
    for url in askable:
        try:
            answer = _listed(url, leaf, issuer, visit, ends) if url in lists else _told(url, leaf, issuer, visit, ends)
        except ProbeError as problem:
            failures.append(problem)
            continue
        return (Revocation.REVOKED if answer else Revocation.GOOD), text(url, 200)
    return Unseen("revocation", text(f"{failures[0].what}: {failures[0].why}", 200)), ""


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


def _place(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or 80}"


def _fetch(url: str, limit: int, agent: str, ends: float) -> bytes:
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
        found = x509.load_der_x509_crl(_fetch(url, LIST_LIMIT, visit.marker, ends))
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
            _fetch(f"{url.rstrip('/')}/{quote(asked, safe='')}", 100_000, visit.marker, ends)
        )
    except ValueError as problem:
        raise ProbeError(url, f"is no OCSP answer: {text(problem, 100)}") from problem
    if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise ProbeError(url, f"answers {answer.response_status.name}")
    if answer.serial_number != leaf.serial_number or not _signed_for(answer, issuer):
        raise ProbeError(url, "the answer is not about this certificate, or not signed for its issuer")
    if answer.next_update_utc is not None and answer.next_update_utc < visit.now:
        raise ProbeError(url, f"the answer is out of date since {answer.next_update_utc}")
    if answer.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
        raise ProbeError(url, "does not know the certificate")
    return answer.certificate_status is ocsp.OCSPCertStatus.REVOKED


def _signed_for(answer: ocsp.OCSPResponse, issuer: x509.Certificate) -> bool:
    """Signed by the issuer itself, or by a certificate that it made for this purpose."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
    from cryptography.x509.oid import ExtendedKeyUsageOID

    signers = [issuer]
    for each in answer.certificates:
        if issued(issuer, each):
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
