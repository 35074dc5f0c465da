"""SSL Labs' guide at its bounds: points, conversions, each rule just bitten and just not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from acceptance.facts import ProbeError, Unseen
from acceptance.grading.ssl_labs import Scores, TlsGrade, Version, grade
from acceptance.grading.ssl_labs_rules import Hsts, equivalent_bits, hsts_state
from acceptance.probes.tls_facts import EphemeralKey, Offer, Protocol, Revocation, Suite
from selftests.tls_facts import CBC, GCM, TLS_1_3, certificate, chain, endpoint, flaws, offer

RC4 = "TLS_RSA_WITH_RC4_128_SHA"
TRIPLE_DES = "TLS_RSA_WITH_3DES_EDE_CBC_SHA"
NOT_SEEN = Unseen("which suite is taken", "reset")
MODERN = (offer(Protocol.TLS_1_2, *GCM), offer(Protocol.TLS_1_3, *TLS_1_3))


def lone(suite: Suite) -> Offer:
    return Offer(Protocol.TLS_1_2, (suite,), suite.name, suite.name)


@pytest.mark.parametrize(
    "kind, size, worth",
    [
        *(("EC", size, worth) for size, worth in (
            (500, 15_360), (499, 7_680), (384, 7_680), (383, 3_072), (250, 3_072), (249, 2_048), (224, 2_048),
            (223, 1_536), (192, 1_536), (191, 1_024), (160, 1_024), (159, 768),
        )),
        ("DSA", 1_000, 1_000),
    ],
)  # fmt: skip
def test_bits_of_curves(kind, size, worth):
    assert equivalent_bits(kind, size) == worth


@pytest.mark.parametrize("bits, score", [(256, 100), (255, 80), (128, 80), (127, 20), (1, 20), (0, 0)])
def test_points_of_a_suite(bits, score):
    assert grade(endpoint(offers=(lone(Suite(GCM[0], bits)),))).scores.cipher_strength == score


@pytest.mark.parametrize(
    "changes, scores",
    [
        ({}, Scores(100, 90, 90, 93)),
        ({"offers": (offer(Protocol.TLS_1_0, *CBC), *MODERN)}, Scores(95, 90, 90, 91.5)),
        ({"offers": (offer(Protocol.SSL_2_0, *CBC),)}, Scores(0, 90, 90, 0)),
        ({"offers": (lone(Suite("TLS_DH_anon_WITH_AES_128_GCM_SHA256", 128)),)}, Scores(100, 0, 80, 0)),
        ({"offers": (lone(Suite("TLS_RSA_WITH_NULL_SHA", 0)),)}, Scores(100, 90, 0, 0)),
        ({"offers": (lone(Suite("TLS_RSA_EXPORT_WITH_RC4_40_MD5", 40)),)}, Scores(100, 40, 20, 50)),
        (
            {
                "offers": (lone(Suite("TLS_RSA_EXPORT_WITH_RC4_40_MD5", 40)),),
                "chains": (chain(certificate(key_bits=511)),),
            },
            Scores(100, 20, 20, 44),
        ),
        ({"chains": Unseen("the certificate", "reset"), "ephemeral_keys": ()}, Scores(100, 100, 90, 96)),
    ],
)
def test_points_and_their_weights(changes, scores):
    assert grade(endpoint(**changes)).scores == scores


@pytest.mark.parametrize(
    "changes, total, letter",
    [
        ({"offers": (offer(Protocol.TLS_1_2, GCM[0], TRIPLE_DES), MODERN[1])}, 81, "A+"),
        ({"offers": (offer(Protocol.TLS_1_2, GCM[1], TRIPLE_DES),)}, 77, "B"),
        ({"offers": (Offer(Protocol.TLS_1_2, (Suite(TRIPLE_DES, 112),), NOT_SEEN, NOT_SEEN),)}, 65, "B"),
        (
            {
                "offers": (Offer(Protocol.TLS_1_2, (Suite(TRIPLE_DES, 112),), NOT_SEEN, NOT_SEEN),),
                "chains": (chain(certificate(key_type="EC", key_bits=192)),),
            },
            62,
            "C",
        ),
    ],
)
def test_letter_of_the_points_where_no_cap_is_lower(changes, total, letter):
    found = grade(endpoint(**changes))
    assert (found.scores.total, found.letter) == (total, letter)


@pytest.mark.parametrize(
    "value, state",
    [
        ("max-age=31536000; bad name", Hsts.INVALID),
        ("max-age=31536000; =x", Hsts.INVALID),
        ("max-age=31536000; MAX-AGE=1", Hsts.INVALID),
        ("max-age=31536000;; preload;", Hsts.LONG),
        ("max-age='31536000'", Hsts.INVALID),
        ('max-age="0"', Hsts.DISABLED),
        ("max-age=00015552000", Hsts.LONG),
        ("max-age=000000015551999", Hsts.SHORT),
    ],
)
def test_hsts_grammar(value, state):
    assert hsts_state((value,)) is state


@pytest.mark.parametrize(
    "changes, letter",
    [
        ({"flaws": flaws(client_renegotiation=True)}, "A+"),  # secured by RFC 5746
        ({"flaws": flaws(ccs_injection=True)}, "F"),
        ({"flaws": flaws(secure_renegotiation=Unseen("renegotiation", "reset"))}, "A+"),
        ({"ephemeral_keys": (EphemeralKey("DH", 2_047, ""),)}, "B"),
        ({"ephemeral_keys": (EphemeralKey("DH", 2_048, ""),)}, "A+"),
        ({"ephemeral_keys": (EphemeralKey("DH", 2_048, ""), EphemeralKey("DH", 1, ""))}, "F"),
        ({"chains": (chain(certificate(key_bits=1_024)),)}, "B"),
        ({"chains": (chain(), chain(certificate(key_bits=1_024)))}, "B"),
        ({"chains": (chain(certificate(key_type="unknown", key_bits=0)), chain(certificate(key_bits=1_023)))}, "F"),
        *(({"chains": (chain(weak_signatures=(f"{name} CN=a",)),)}, "F") for name in ("md2", "md4", "md5")),
        ({"chains": (chain(revocation=Revocation.REVOKED),)}, "F"),
        ({"chains": (chain(revocation=Revocation.REVOKED, trusted=False),)}, "F"),
        ({"chains": (chain(date_problem="expired"),)}, "T"),
        ({"chains": (chain(), chain(trusted=False))}, "T"),
        ({"chains": (chain(), chain(covers_host=False))}, "M"),
        ({"chains": (chain(covers_host=True, common_name_only=True),)}, "A+"),
        ({"offers": (offer(Protocol.SSL_2_0, *CBC), *MODERN)}, "F"),
        ({"offers": (offer(Protocol.SSL_3_0, *CBC),)}, "F"),
        ({"offers": (offer(Protocol.SSL_3_0, RC4), *MODERN)}, "B"),  # no CBC: POODLE has nothing to hold
        ({"offers": (offer(Protocol.TLS_1_0, *CBC),)}, "C"),
        ({"offers": (offer(Protocol.TLS_1_1, *CBC),)}, "C"),
        ({"offers": (offer(Protocol.TLS_1_0, *CBC), *MODERN)}, "B"),
        ({"offers": (offer(Protocol.TLS_1_1, *CBC), *MODERN)}, "B"),
        ({"offers": (offer(Protocol.TLS_1_0, RC4, *CBC), *MODERN)}, "B"),  # not with TLS 1.1 or later
        ({"offers": (offer(Protocol.TLS_1_1, RC4, *CBC), *MODERN)}, "C"),
        ({"offers": (offer(Protocol.TLS_1_1, *CBC), offer(Protocol.TLS_1_2, RC4, *GCM), MODERN[1])}, "C"),
        ({"offers": (offer(Protocol.TLS_1_0, TRIPLE_DES, *CBC), *MODERN)}, "B"),
        ({"offers": (offer(Protocol.TLS_1_2, RC4),)}, "F"),
        ({"offers": (offer(Protocol.TLS_1_2, *CBC), MODERN[1])}, "A+"),  # browsers take TLS 1.3
        ({"offers": (offer(Protocol.TLS_1_2, *CBC),)}, "B"),
        ({"offers": (offer(Protocol.TLS_1_2, "TLS_RSA_WITH_AES_256_GCM_SHA384"),)}, "B"),
        ({"offers": (offer(Protocol.TLS_1_2, GCM[0], *CBC, browser=CBC[0]),)}, "B"),
        ({"offers": (lone(Suite(GCM[0], 112)), MODERN[1])}, "A+"),
        ({"offers": (lone(Suite(GCM[0], 111)), MODERN[1])}, "F"),
        ({"offers": (offer(Protocol.TLS_1_2, *GCM, "TLS_DH_anon_WITH_AES_256_GCM_SHA384"), MODERN[1])}, "F"),
    ],
)
def test_each_rule_bites_at_its_bound(changes, letter):
    assert grade(endpoint(**changes)).letter == letter


def test_a_reason_says_who_caused_it():
    offers = (offer(Protocol.TLS_1_0, *CBC), offer(Protocol.TLS_1_1, RC4, *CBC), *MODERN)
    found = {reason.why: (reason.effect, reason.by) for reason in grade(endpoint(offers=offers)).reasons}
    assert found["TLS 1.0 and TLS 1.1 are offered"] == ("cap B", ("TLS 1.0", "TLS 1.1"))
    assert found[f"RC4 is offered: {RC4}"] == ("cap B", (RC4,))
    assert found[f"TLS 1.1 takes {RC4}"] == ("cap C", (RC4,))
    only = grade(endpoint(offers=(offer(Protocol.SSL_3_0, *CBC),))).reasons
    assert {reason.by for reason in only if reason.effect == "cap F"} == {("SSL 3.0",)}
    assert ("neither TLS 1.2 nor TLS 1.3", ("SSL 3.0",)) in [(reason.why, reason.by) for reason in only]
    troubles = grade(endpoint(chains=(chain(trusted=False, untrusted_because="nobody knows it", covers_host=False),)))
    assert [(reason.effect, reason.why) for reason in troubles.reasons] == [
        ("T", "nobody knows it"),
        ("M", "the certificate is for app.example.com"),
    ]


def test_what_a_server_says_is_cut():
    strange = certificate(names=("a" * 300,), issuer="b" * 300)
    for changes in ({"covers_host": False}, {"complete": False}):
        found = grade(endpoint(chains=(chain(strange, **changes),))).reasons
        assert [len(reason.why) for reason in found] == [200]
    suites = (Suite("TLS_RSA_EXPORT_" + "c" * 300, 128), *MODERN[0].suites)
    found = grade(endpoint(offers=(Offer(Protocol.TLS_1_2, suites, GCM[0], GCM[0]), MODERN[1]))).reasons
    assert [len(reason.why) for reason in found] == [200]


def test_heartbleed_was_not_tried_only_where_tls_1_3_is_offered():
    def said(*offers: Offer) -> bool:
        return any("Heartbleed" in each for each in grade(endpoint(offers=offers)).not_checked)

    assert said(*MODERN)
    assert not said(MODERN[0])


def test_what_was_not_seen_stands_once():
    found = grade(endpoint(chains=NOT_SEEN, flaws=flaws(fallback_scsv=NOT_SEEN)), Version.Q)
    assert found.unseen == (NOT_SEEN,)
    assert grade(endpoint(flaws=flaws(fallback_scsv=NOT_SEEN)), Version.R).unseen == ()


def test_a_grade_is_below_every_better_letter():
    order = ("A+", "A", "A-", "B", "C", "D", "E", "F", "M", "T")
    for mine in order:
        graded = TlsGrade((replace(grade(endpoint()), letter=mine),), ())
        assert [each for each in order if graded.below(each)] == list(order[: order.index(mine)])


def test_a_worse_endpoint_beats_one_that_was_not_seen():
    worse = replace(grade(endpoint()), letter="B")
    assert TlsGrade((worse,), (NOT_SEEN,)).below("A")
    for blind in (TlsGrade((worse,), (NOT_SEEN,)), TlsGrade((replace(worse, unseen=(NOT_SEEN,)),), ())):
        with pytest.raises(ProbeError):
            blind.below("B")
