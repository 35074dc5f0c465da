"""What could not be seen of an endpoint lowers no TLS grade: it is named beside it, and blocks who asks for one."""

from __future__ import annotations

import pytest

from acceptance.facts import Unseen
from acceptance.grading.ssl_labs import grade
from acceptance.probes.tls_facts import EphemeralKey, Offer, Protocol, Revocation, Suite
from selftests.tls_facts import CBC, GCM, certificate, chain, endpoint, offer

LATE_1_3 = (Unseen(f"suites of {Protocol.TLS_1_3}", "3 handshakes timed out"),)
LATE_1_2 = (Unseen(f"what {Protocol.TLS_1_2} offers", "reset"),)


@pytest.mark.parametrize(
    "changes, letter",
    [
        ({"offers": (offer(Protocol.TLS_1_2, *GCM),), "not_scanned": LATE_1_3}, "A+"),
        ({"offers": (offer(Protocol.TLS_1_2, *CBC),), "not_scanned": LATE_1_3}, "A+"),  # browsers may get TLS 1.3
        ({"offers": (offer(Protocol.TLS_1_2, *CBC),), "not_scanned": LATE_1_2}, "B"),
        ({"offers": (offer(Protocol.TLS_1_1, *CBC),), "not_scanned": LATE_1_2}, "B"),  # for TLS 1.1, not C
        ({"offers": (offer(Protocol.TLS_1_1, *CBC),), "not_scanned": LATE_1_3}, "B"),
        ({"offers": (offer(Protocol.SSL_3_0, *CBC),), "not_scanned": LATE_1_2}, "C"),  # not F
        ({"offers": (offer(Protocol.TLS_1_2, "TLS_RSA_WITH_RC4_128_SHA"),), "not_scanned": LATE_1_3}, "C"),  # not F
        ({"hsts": Unseen("the HSTS header", "reset")}, "A+"),
        ({"ephemeral_keys": (EphemeralKey("ECDH", 0, "new"),)}, "A+"),
        ({"chains": Unseen("the certificate", "reset"), "ephemeral_keys": ()}, "A+"),
    ],
)
def test_what_was_not_seen_lowers_nothing_and_is_named(changes, letter):
    found = grade(endpoint(**changes))
    assert found.letter == letter
    assert found.unseen


def test_revocation_that_nobody_was_asked_for_is_not_checked():
    source = "[witnesses] revocation does not name crl.example.com:80"
    found = grade(endpoint(chains=(chain(revocation=Revocation.NOT_ASKED, revocation_source=source),)))
    assert f"revocation: {source}" in found.not_checked
    assert not any("revocation" in each for each in grade(endpoint()).not_checked)


def test_key_that_cannot_be_read_is_unseen_and_not_small():
    found = grade(endpoint(chains=(chain(certificate(key_type="unknown", key_bits=0)),)))
    assert [each.what for each in found.unseen] == ["the certificate's key"]
    assert found.letter == "A+"  # of what was seen: who asks for a grade is told what was not


def test_what_browsers_get_is_not_asked_of_tls_1_3():
    unasked = Unseen("which suite is taken", "nobody asked")
    modern = Offer(Protocol.TLS_1_3, (Suite("TLS_AES_128_GCM_SHA256", 128),), unasked, unasked)
    assert grade(endpoint(offers=(offer(Protocol.TLS_1_2, *CBC), modern))).unseen == ()
