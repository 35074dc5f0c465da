"""What is seen of a TLS server: chain, trust, protocols, suites, keys, flaws, HSTS. No policy here."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from acceptance.facts import Unseen, facts


class Protocol(StrEnum):
    """Protocol versions, oldest first."""

    SSL_2_0 = "SSL 2.0"
    SSL_3_0 = "SSL 3.0"
    TLS_1_0 = "TLS 1.0"
    TLS_1_1 = "TLS 1.1"
    TLS_1_2 = "TLS 1.2"
    TLS_1_3 = "TLS 1.3"


class Revocation(StrEnum):
    """What is known of a certificate's revocation."""

    GOOD = "not revoked"
    REVOKED = "revoked"
    UNPUBLISHED = "nowhere published"
    NOT_ASKED = "not asked"


@facts
class Certificate:
    """One certificate as it was sent. `names` are the DNS names and addresses of subjectAltName."""

    subject: str
    issuer: str
    common_name: str
    names: tuple[str, ...]
    key_type: str
    key_bits: int
    signature_hash: str
    not_before: datetime
    not_after: datetime
    days_left: float
    self_signed: bool
    sha256: str

    @property
    def not_yet_valid(self) -> bool:
        return self.days_left > (self.not_after - self.not_before).total_seconds() / 86_400

    def __repr__(self) -> str:
        key = f"{self.key_type} {self.key_bits}"
        return (
            f"{self.subject[:60]} by {self.issuer[:60]}, {key}, {self.signature_hash}, {self.days_left:.1f} days left"
        )


@facts
class Chain:
    """One chain that a server sends (it may have one for each kind of key), and whether it is trusted.

    `trusted` leaves dates and host name out: those are `date_problem` and `covers_host`.
    """

    sent: tuple[Certificate, ...]
    ordered: bool  # each certificate was issued by the one after it
    complete: bool  # nothing but the root had to be known
    strangers: tuple[str, ...]  # sent, but on no path from the server's certificate
    root_sent: bool
    trusted: bool
    untrusted_because: str
    date_problem: str
    covers_host: bool  # by subjectAltName, exact or one-label wildcard
    common_name_only: bool  # no subjectAltName at all, and the subject's common name is the host
    weak_signatures: tuple[str, ...]  # "sha1 SUBJECT", below the root
    revocation: Revocation | Unseen
    revocation_source: str
    staple_problem: str = ""  # the certificate demands a stapled OCSP answer, and there is none that proves anything
    completed_from: str = ""  # where the certificates that were not sent were had from

    def __repr__(self) -> str:
        return " <- ".join(f"{c.common_name or c.subject}"[:40] for c in self.sent)[:200]


@facts
class Suite:
    """A cipher suite by its IANA name; 3DES has 112 bits."""

    name: str
    bits: int

    @property
    def anonymous(self) -> bool:
        return "_anon_" in self.name.lower()

    @property
    def forward_secret(self) -> bool:
        return "DHE_" in self.name or self.is_1_3

    @property
    def aead(self) -> bool:
        return any(mark in self.name for mark in ("GCM", "CCM", "POLY1305"))

    @property
    def is_1_3(self) -> bool:
        return self.name.startswith("TLS_") and "_WITH_" not in self.name

    @property
    def small_block(self) -> bool:
        """A block cipher of 64 bits."""
        return any(mark in self.name for mark in ("3DES", "EDE3", "_DES_", "DES40", "IDEA", "RC2"))

    def __repr__(self) -> str:
        return f"{self.name} ({self.bits})"


@facts
class Offer:
    """What one protocol version offers.

    `chosen` is what the server takes from a client that offers it every usable suite, strongest first;
    `chosen_by_browser` from one that offers what current browsers do. Empty: it takes none of them.
    Unseen at SSL 2.0 and TLS 1.3: nobody asked.
    """

    protocol: Protocol
    suites: tuple[Suite, ...]
    chosen: str | Unseen
    chosen_by_browser: str | Unseen

    def __repr__(self) -> str:
        taken = "" if isinstance(self.chosen, Unseen) else f", takes {self.chosen or 'none of ours'}"
        return f"{self.protocol}: {len(self.suites)} suites{taken}"


@facts
class EphemeralKey:
    """A key of DHE or ECDHE as the server offers it."""

    kind: str  # DH or ECDH
    bits: int
    curve: str


@facts
class Flaws:
    """Known flaws; Unseen where the attempt to find out failed."""

    secure_renegotiation: bool | Unseen
    client_renegotiation: bool | Unseen
    compression: bool | Unseen
    heartbleed: bool | Unseen
    ccs_injection: bool | Unseen
    robot: bool | Unseen
    fallback_scsv: bool | Unseen


@facts
class Visitor:
    """A client like a browser: it verifies chain, date and name. `refused` is empty when the handshake was completed.

    `status` of the page after redirects; None for a name that serves no page, or when the handshake failed.
    """

    refused: str
    status: int | None
    redirected_to: str = ""


@facts
class Endpoint:
    """One public name on one address."""

    name: str
    address: str
    port: int
    chains: tuple[Chain, ...] | Unseen
    offers: tuple[Offer, ...]
    not_scanned: tuple[Unseen, ...]  # protocols and curves that could not be tried
    ephemeral_keys: tuple[EphemeralKey, ...]
    flaws: Flaws
    hsts: tuple[str, ...] | Unseen  # the headers' values as sent
    visitor: Visitor | Unseen

    @property
    def where(self) -> str:
        return f"{self.name} at {self.address}:{self.port}"

    def offer(self, protocol: Protocol) -> Offer | None:
        """What a protocol offers, or None when it is not offered."""
        return next((each for each in self.offers if each.protocol is protocol), None)

    def __repr__(self) -> str:
        return f"{self.where}: {', '.join(o.protocol for o in self.offers)}"[:200]
