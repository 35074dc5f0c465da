"""Rows of the TLS oracle as facts: what sslyze saw stands in the row, what it can't see follows from the knobs."""

from __future__ import annotations

from typing import Any

from sslyze.plugins.openssl_cipher_suites.cipher_suites import _TLS_OPENSSL_TO_RFC_NAMES_MAPPING as IANA

from acceptance.probes.tls_chain import covers
from acceptance.probes.tls_facts import Chain, Endpoint, EphemeralKey, Offer, Protocol, Suite
from acceptance.probes.tls_suites import bits
from selftests.tls_cases import HOST
from selftests.tls_facts import certificate, chain, endpoint, flaws

WEAK = {"3des": "3DES", "rc4": "RC4", "aes256gcm": "AES_256_GCM", "aes128gcm": "AES_128_GCM", "aes256": "AES_256_CBC",
        "aes128": "AES_128_CBC", "null": "NULL"}  # fmt: skip


def facts_of(row: dict[str, Any], defaults: dict[str, Any]) -> Endpoint:
    """The endpoint that a row describes."""
    knobs, seen = {**defaults, **row["knobs"]}, row["sslyze"]
    return endpoint(
        name=HOST,
        chains=tuple(_chain(knobs, made) for made in seen["certificates"]),
        offers=tuple(_offer(knobs, protocol, names) for protocol, names in seen["suites"].items()),
        ephemeral_keys=_keys(knobs, seen),
        flaws=flaws(
            secure_renegotiation=seen["secure_renegotiation"],
            client_renegotiation=seen["client_renegotiation"],
            compression=bool(seen["compression"]),
            heartbleed=seen["heartbleed"],
            ccs_injection=seen["ccs_injection"],
            robot=str(seen["robot"]).startswith("VULNERABLE"),
            fallback_scsv=seen["fallback_scsv"],
        ),
        hsts=() if knobs["hsts"] is None else (knobs["hsts"],),
    )


def _offer(knobs: dict[str, Any], command: str, names: list[str]) -> Offer:
    protocol = Protocol(command.upper().replace("_", " ", 1).replace("_", "."))
    ordered = sorted(names, key=lambda name: (_place(knobs, name), "DHE" not in name))
    browsers = [name for name in ordered if not any(mark in name for mark in ("RC4", "3DES", "NULL", "anon"))]
    suites = tuple(Suite(name, bits(name)) for name in names)
    return Offer(protocol, suites, ordered[0], browsers[0] if browsers else "")


def _place(knobs: dict[str, Any], name: str) -> int:
    """Where a suite stands in the server's order."""
    if knobs["weak"]:
        return next((n for n, cipher in enumerate(knobs["weak"]["ciphers"]) if WEAK.get(cipher, "?") in name), 99)
    order = [IANA.get(cipher, "") for cipher in knobs["ciphers"].split(":")]
    return order.index(name) if name in order else 99


def _keys(knobs: dict[str, Any], seen: dict[str, Any]) -> tuple[EphemeralKey, ...]:
    keys = []
    for text in seen["ephemeral_keys"]:
        kind, *curve, size = text.split()
        keys.append(EphemeralKey(kind, int(size), " ".join(curve)))
    if knobs["dh_bits"] and any("_DHE_" in name for names in seen["suites"].values() for name in names):
        keys.append(EphemeralKey("DH", knobs["dh_bits"], ""))
    return tuple(keys)


def _chain(knobs: dict[str, Any], made: dict[str, Any]) -> Chain:
    kind, size = made["key"].split()
    leaf = certificate(knobs["days"][1], key_type=kind, key_bits=int(size), names=tuple(knobs["sans"]))
    weak = [each for each in (made["signature"], knobs["intermediate_digest"]) if each in ("md5", "sha1")]
    begins, ends = knobs["days"]
    return chain(
        leaf,
        ordered=bool(made["ordered"]),
        complete="intermediate" in knobs["chain"] or knobs["issuer"] == "self",
        root_sent="root" in knobs["chain"],
        trusted=knobs["issuer"] == "trusted",
        untrusted_because="" if knobs["issuer"] == "trusted" else f"issuer is {knobs['issuer']}",
        date_problem="out of date" if begins > 0 or ends < 0 else "",
        covers_host=covers(tuple(knobs["sans"]), HOST),
        common_name_only=not knobs["sans"] and knobs["cn"] == HOST,
        weak_signatures=tuple(f"{each} CN=a" for each in weak),
    )
