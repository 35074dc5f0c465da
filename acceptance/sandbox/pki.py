"""The sandbox's certificates: root, intermediate, leaf, a revocation list, and each way to get them wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
    from trustme import CA

CRL_PATH = "/intermediate.crl"


@dataclass(frozen=True)
class Authority:
    """A certificate and the key that signs in its name."""

    certificate: x509.Certificate
    key: CertificateIssuerPrivateKeyTypes


def name(common: str) -> x509.Name:
    """A distinguished name of the sandbox."""
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Sandbox"), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )


class Pki:
    """Below the sandbox's root: one intermediate, and leaves made to order. Keys are made once: they are slow."""

    def __init__(self, root: CA, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = serialization.load_pem_private_key(root.private_key_pem.bytes(), None)
        assert not isinstance(key, x509.Certificate)
        self.root = Authority(x509.load_pem_x509_certificate(root.cert_pem.bytes()), key)  # type: ignore[arg-type]

    @cached_property
    def leaf_key(self) -> rsa.RSAPrivateKey:
        """RSA, so that suites without forward secrecy can be offered at all."""
        return rsa.generate_private_key(65537, 2048)

    @cached_property
    def _authority_key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(65537, 2048)

    def intermediate(self, days: float = 1800.0) -> Authority:
        """The authority that signs leaves; one key, so that a renewed one signs for the same leaves."""
        return Authority(self._authority(name("Sandbox Intermediate"), self._authority_key, days), self._authority_key)

    @cached_property
    def stranger(self) -> x509.Certificate:
        """A valid authority of the same root that has signed nothing which is served."""
        return self._authority(name("Sandbox Stranger"), rsa.generate_private_key(65537, 2048), 1800.0)

    def _authority(self, subject: x509.Name, key: rsa.RSAPrivateKey, days: float) -> x509.Certificate:
        draft = self._draft(subject, key, self.root, days).add_extension(x509.BasicConstraints(True, 0), critical=True)
        usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
        return draft.add_extension(usage, critical=True).sign(self.root.key, hashes.SHA256())

    def leaf(
        self,
        names: tuple[str, ...],
        issuer: Authority | None = None,
        *,
        days: float = 90.0,
        alternative_names: bool = True,
        crl_url: str = "",
        also: tuple[x509.ExtensionType, ...] = (),
        serial: int | None = None,
    ) -> x509.Certificate:
        """A server's certificate; without an issuer it signs itself."""
        subject = name(names[0])
        signer = issuer or Authority(self._self_issued(subject), self.leaf_key)
        draft = self._draft(subject, self.leaf_key, signer, days, serial)
        draft = draft.add_extension(x509.BasicConstraints(False, None), critical=True)
        usage = x509.KeyUsage(True, False, True, False, False, False, False, False, False)
        draft = draft.add_extension(usage, critical=True)
        draft = draft.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        if alternative_names:
            alternatives = x509.SubjectAlternativeName([x509.DNSName(each) for each in names])
            draft = draft.add_extension(alternatives, critical=False)
        if crl_url:
            point = x509.DistributionPoint([x509.UniformResourceIdentifier(crl_url)], None, None, None)
            draft = draft.add_extension(x509.CRLDistributionPoints([point]), critical=False)
        for extension in also:
            draft = draft.add_extension(extension, critical=False)
        return draft.sign(signer.key, hashes.SHA256())

    def _self_issued(self, subject: x509.Name) -> x509.Certificate:
        own = Authority(self.root.certificate, self.leaf_key)
        return self._draft(subject, self.leaf_key, own, 90.0, issuer_name=subject).sign(self.leaf_key, hashes.SHA256())

    def _draft(
        self,
        subject: x509.Name,
        key: rsa.RSAPrivateKey,
        issuer: Authority,
        days: float,
        serial: int | None = None,
        issuer_name: x509.Name | None = None,
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        draft = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer_name or issuer.certificate.subject)
            .public_key(key.public_key())
            .serial_number(serial or x509.random_serial_number())
            .not_valid_before(min(now - timedelta(days=1), now + timedelta(days=days - 90)))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
        return draft.add_extension(authority, critical=False)

    def revocation_list(self, *serials: int) -> bytes:
        """The intermediate's list of revoked certificates, as DER."""
        now = datetime.now(UTC)
        draft = x509.CertificateRevocationListBuilder().issuer_name(name("Sandbox Intermediate"))
        draft = draft.last_update(now - timedelta(hours=1)).next_update(now + timedelta(days=7))
        for serial in serials:
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now - timedelta(hours=2))
            draft = draft.add_revoked_certificate(entry.build())
        signed = draft.sign(self._authority_key, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.DER)

    def write(self, stem: str, chain: list[x509.Certificate]) -> tuple[Path, Path]:
        """Files of a chain and of the leaf's key, as a server reads them."""
        chain_path, key_path = self.folder / f"{stem}.chain.pem", self.folder / "leaf.key.pem"
        chain_path.write_bytes(b"".join(each.public_bytes(serialization.Encoding.PEM) for each in chain))
        if not key_path.exists():
            key_path.touch(0o600)
            key_path.write_bytes(
                self.leaf_key.private_bytes(
                    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                )
            )
        return chain_path, key_path
