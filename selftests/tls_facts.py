"""TLS facts made by hand: a healthy endpoint that is graded A+, and how to spoil one thing of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from acceptance.probes.tls import Tls
from acceptance.probes.tls_facts import (
    Certificate,
    Chain,
    Endpoint,
    EphemeralKey,
    Flaws,
    Offer,
    Protocol,
    Revocation,
    Suite,
    Visitor,
)
from acceptance.probes.tls_suites import bits

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
GCM = ("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
CBC = ("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA")
TLS_1_3 = ("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256")


def certificate(days_left: float = 60.0, **changes: Any) -> Certificate:
    """A certificate that was made thirty days ago."""
    made = Certificate(
        subject="CN=app.example.com",
        issuer="CN=Authority",
        common_name="app.example.com",
        names=("app.example.com",),
        key_type="RSA",
        key_bits=2048,
        signature_hash="sha256",
        not_before=NOW - timedelta(days=30),
        not_after=NOW + timedelta(days=days_left),
        days_left=days_left,
        self_signed=False,
        sha256="00",
    )
    return replace(made, **changes)


def chain(*sent: Certificate, **changes: Any) -> Chain:
    """A trusted chain of a leaf and its intermediate."""
    made = Chain(
        sent=sent or (certificate(), certificate(1000.0, subject="CN=Authority", issuer="CN=Root")),
        ordered=True,
        complete=True,
        strangers=(),
        root_sent=False,
        trusted=True,
        untrusted_because="",
        date_problem="",
        covers_host=True,
        common_name_only=False,
        weak_signatures=(),
        revocation=Revocation.UNPUBLISHED,
        revocation_source="",
    )
    return replace(made, **changes)


def offer(protocol: Protocol, *names: str, chosen: str = "", browser: str = "") -> Offer:
    """What a protocol offers; the first suite is what everybody gets."""
    suites = tuple(Suite(name, bits(name)) for name in names)
    return Offer(protocol, suites, chosen or names[0], browser or names[0])


def endpoint(**changes: Any) -> Endpoint:
    """A healthy endpoint."""
    made = Endpoint(
        name="app.example.com",
        address="192.0.2.1",
        port=443,
        chains=(chain(),),
        offers=(offer(Protocol.TLS_1_2, *GCM), offer(Protocol.TLS_1_3, *TLS_1_3)),
        not_scanned=(),
        ephemeral_keys=(EphemeralKey("ECDH", 253, "X25519"),),
        flaws=flaws(),
        hsts=("max-age=63072000",),
        visitor=Visitor("", 200),
    )
    return replace(made, **changes)


def flaws(**changes: Any) -> Flaws:
    """No flaw."""
    return replace(Flaws(True, False, False, False, False, False, True), **changes)


def tls(*endpoints: Endpoint, **changes: Any) -> Tls:
    """One endpoint, or those given."""
    return Tls(endpoints or (endpoint(**changes),))
