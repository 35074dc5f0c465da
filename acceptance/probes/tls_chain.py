"""Judges a chain against trusted roots: unknown, self-signed, incomplete, expired and misnamed are told apart.

The strict verifier of `cryptography` has the first word. Where it refuses, a path is built by hand, because it
takes a missing key identifier, SHA-1, a wrong name and a wrong date all for "not trusted".
"""

from __future__ import annotations

import ipaddress
import itertools
from datetime import datetime
from typing import TYPE_CHECKING

from acceptance.facts import Unseen, text
from acceptance.probes.tls_facts import Certificate, Chain, Revocation
from acceptance.probes.tls_target import Roots

if TYPE_CHECKING:
    from cryptography import x509

DEPTH = 8  # certificates in a path; longer ones are nobody's


def judge(
    sent: list[x509.Certificate],
    host: str,
    roots: Roots,
    now: datetime,
    revocation: Revocation | Unseen = Revocation.NOT_ASKED,
    revocation_source: str = "",
    staple_problem: str = "",
    completed_from: str = "",
    not_completed: str = "",
) -> Chain:
    """The facts of one sent chain; the first certificate is the server's. `roots.known` may complete it.

    `completed_from` says where the missing issuers were had, `not_completed` why they were not.
    """
    leaf, others = sent[0], sent[1:]
    names = _names(leaf)
    path = _path(leaf, others, roots.trusted, now)
    complete = path is not None or any(issued(each, each) for each in linked(leaf, others))
    if path is None:
        path = _path(leaf, [*others, *roots.known], roots.trusted, now)
    refusal = (
        "" if path and _strictly_trusted(sent, path, names, roots, now) else _refusal(leaf, others, path, not_completed)
    )
    below_root = [each for each in path or linked(leaf, others) if each is leaf or each.subject != each.issuer]
    return Chain(
        sent=tuple(describe(each, now) for each in sent),
        ordered=all(issued(issuer, subject) for subject, issuer in itertools.pairwise(sent)),
        complete=complete,
        strangers=tuple(_title(each.subject) for each in others if each not in linked(leaf, others)),
        root_sent=any(each.subject == each.issuer for each in others),
        trusted=not refusal,
        untrusted_because=text(refusal, 200),
        date_problem=_date_problem(path or [leaf], now),
        covers_host=covers(names, host),
        common_name_only=not names and host.lower() in {name.lower() for name in _common_names(leaf)},
        weak_signatures=tuple(f"{_hash(each)} {_title(each.subject)}" for each in below_root if _weak(each)),
        revocation=revocation,
        revocation_source=revocation_source,
        staple_problem=staple_problem,
        completed_from=completed_from,
    )


def covers(names: tuple[str, ...], host: str) -> bool:
    """Whether a name of subjectAltName is the host: exactly, or by a wildcard for its first label."""
    try:
        return str(ipaddress.ip_address(host)) in names
    except ValueError:
        pass
    wanted = host.encode("idna").decode().lower().rstrip(".")
    first, _, rest = wanted.partition(".")
    wildcard = f"*.{rest}" if first and "." in rest else ""
    return any(name.lower() in (wanted, wildcard) for name in names if name)


def describe(certificate: x509.Certificate, now: datetime) -> Certificate:
    """A certificate as facts."""
    from cryptography.hazmat.primitives import hashes

    key_type, key_bits = _key(certificate)
    common_names = _common_names(certificate)
    return Certificate(
        subject=_title(certificate.subject),
        issuer=_title(certificate.issuer),
        common_name=text(common_names[0], 100) if common_names else "",
        names=_names(certificate),
        key_type=key_type,
        key_bits=key_bits,
        signature_hash=_hash(certificate),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        days_left=(certificate.not_valid_after_utc - now).total_seconds() / 86_400,
        self_signed=issued(certificate, certificate),
        sha256=certificate.fingerprint(hashes.SHA256()).hex(),
    )


def _key(certificate: x509.Certificate) -> tuple[str, int]:
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        key = certificate.public_key()
    except (UnsupportedAlgorithm, ValueError):
        return "unknown", 0
    kind = type(key).__name__.removeprefix("_").removesuffix("PublicKey")
    kind = {"EllipticCurve": "EC"}.get(kind, kind)
    return kind, int(getattr(key, "key_size", 256 if kind == "Ed25519" else 456))


def _hash(certificate: x509.Certificate) -> str:
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:  # MD2 and the like; the name is what counts
        oid = certificate.signature_algorithm_oid
        return {"1.2.840.113549.1.1.2": "md2"}.get(oid.dotted_string, text(oid.dotted_string, 60))
    return algorithm.name if algorithm else "intrinsic"


def _weak(certificate: x509.Certificate) -> bool:
    return _hash(certificate) in ("md2", "md4", "md5", "sha1")


def _title(name: x509.Name) -> str:
    return text(name.rfc4514_string(), 200) or "(no name)"


def _common_names(certificate: x509.Certificate) -> list[str]:
    from cryptography.x509.oid import NameOID

    return [str(each.value) for each in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    from cryptography import x509

    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return ()
    dns = found.get_values_for_type(x509.DNSName)
    return tuple(text(name, 253) for name in [*dns, *map(str, found.get_values_for_type(x509.IPAddress))][:500])


def issued(issuer: x509.Certificate, subject: x509.Certificate) -> bool:
    """Whether names and signature say that one certificate made the other."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        subject.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def _may_issue(certificate: x509.Certificate, below: int) -> bool:
    """Whether it is an authority with room for `below` authorities under it."""
    from cryptography import x509

    try:
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound as missing:
        return missing.oid == x509.KeyUsage.oid and basic.ca  # some roots have no key usage
    except (x509.DuplicateExtension, ValueError):
        return False
    return basic.ca and usage.key_cert_sign and (basic.path_length is None or below <= basic.path_length)


def _path(
    leaf: x509.Certificate, pool: list[x509.Certificate], trusted: tuple[x509.Certificate, ...], now: datetime
) -> list[x509.Certificate] | None:
    """A path from the leaf to a trusted root, of valid certificates if there is one; None when there is none."""
    valid = [each for each in pool if not _date_problem([each], now)]
    return _shortest_path(leaf, valid, trusted) or _shortest_path(leaf, pool, trusted)


def _shortest_path(
    leaf: x509.Certificate, pool: list[x509.Certificate], trusted: tuple[x509.Certificate, ...]
) -> list[x509.Certificate] | None:
    paths = [[leaf]]
    for _ in range(DEPTH):
        for path in paths:
            if path[-1] in trusted:
                return path
            for root in trusted:
                if root.subject == path[-1].issuer and issued(root, path[-1]):
                    return [*path, root]
        paths = [
            [*path, issuer]
            for path in paths
            for issuer in pool
            if issuer not in path
            and issuer.subject == path[-1].issuer
            and issued(issuer, path[-1])
            and _may_issue(issuer, len(path) - 1)
        ][:20]
    return None


def linked(leaf: x509.Certificate, others: list[x509.Certificate]) -> list[x509.Certificate]:
    """The leaf and every sent certificate that issued one of those linked."""
    found = [leaf]
    for each in found:
        found += [other for other in others if other not in found and issued(other, each)]
    return found


def _refusal(
    leaf: x509.Certificate, others: list[x509.Certificate], path: list[x509.Certificate] | None, not_completed: str
) -> str:
    """Why a chain that the strict verifier refused is not trusted; "" when its path is sound for all that."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    if path is None:
        last = linked(leaf, others)[-1]
        if issued(leaf, leaf):
            return "signed by itself"
        if issued(last, last):
            return f"leads to an authority that nobody knows: {_title(last.subject)}"
        why = f" ({not_completed})" if not_completed else ""
        return f"its issuer was neither sent nor is it known: {_title(last.issuer)}{why}"
    for each in path:
        if any(extension.oid == x509.NameConstraints.oid for extension in each.extensions):
            return f"name constraints of {_title(each.subject)} are not met"
    try:
        usages = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return ""
    return "" if ExtendedKeyUsageOID.SERVER_AUTH in usages else "not meant for servers (extended key usage)"


def _strictly_trusted(
    sent: list[x509.Certificate],
    path: list[x509.Certificate],
    names: tuple[str, ...],
    roots: Roots,
    now: datetime,
) -> bool:
    """The strict verifier's word, asked with a name of the certificate: the host is judged apart."""
    from cryptography import x509
    from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

    if not names:
        return False
    name = names[0].replace("*", "any", 1)
    subject: x509.DNSName | x509.IPAddress
    try:
        subject = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        subject = x509.DNSName(name)
    try:
        verifier = PolicyBuilder().store(Store(list(roots.trusted))).time(now).build_server_verifier(subject)
        verifier.verify(sent[0], [*sent[1:], *path[1:]])
    except (VerificationError, ValueError):
        return False
    return True


def _date_problem(path: list[x509.Certificate], now: datetime) -> str:
    for each in path:
        if now > each.not_valid_after_utc:
            return f"{_title(each.subject)} expired on {each.not_valid_after_utc:%Y-%m-%d}"
        if now < each.not_valid_before_utc:
            return f"{_title(each.subject)} is not valid before {each.not_valid_before_utc:%Y-%m-%d}"
    return ""
