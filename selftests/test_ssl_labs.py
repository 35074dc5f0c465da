"""SSL Labs' guide as a function: states of HSTS, conversions, and what must hold for any facts at all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from acceptance.facts import ProbeError, Unseen, dump, load
from acceptance.grading.ssl_labs import ORDER, Grade, Version, grade
from acceptance.grading.ssl_labs_rules import Hsts, equivalent_bits, hsts_state
from acceptance.probes.tls_facts import (
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
from acceptance.probes.tls_suites import NAMES, NAMES_1_3, bits
from selftests.tls_facts import CBC, GCM, TLS_1_3, certificate, chain, endpoint, flaws, offer


@pytest.mark.parametrize(
    "values, state",
    [
        ((), Hsts.ABSENT),
        (("max-age=15552000",), Hsts.LONG),
        (("max-age=15551999; includeSubDomains",), Hsts.SHORT),
        (('Max-Age="31536000"; preload',), Hsts.LONG),
        (("includeSubDomains; max-age = 31536000",), Hsts.LONG),
        (("max-age=0",), Hsts.DISABLED),
        (("max-age=000",), Hsts.DISABLED),
        (("max-age=" + "9" * 4000,), Hsts.LONG),
        (("",), Hsts.INVALID),
        (("max-age",), Hsts.INVALID),
        (("max-age=-1",), Hsts.INVALID),
        (("max-age=1e9",), Hsts.INVALID),
        (("max-age=\u0661\u0662",), Hsts.INVALID),
        (("max-age=31536000, max-age=31536000",), Hsts.INVALID),
        (("max-age=31536000; max-age=31536000",), Hsts.INVALID),
        (("max-age=31536000", "max-age=31536000"), Hsts.INVALID),
        (("includeSubDomains",), Hsts.INVALID),
    ],
)
def test_hsts(values, state):
    assert hsts_state(values) is state


@pytest.mark.parametrize(
    "kind, size, worth",
    [("RSA", 2048, 2048), ("DH", 512, 512), ("EC", 256, 3072), ("ECDH", 253, 3072), ("EC", 384, 7680)],
)
def test_curves_are_converted(kind, size, worth):
    assert equivalent_bits(kind, size) == worth


def test_each_reason_names_its_source_and_the_worst_cap_comes_first():
    offers = (offer(Protocol.SSL_3_0, *CBC), offer(Protocol.TLS_1_2, *GCM))
    found = grade(endpoint(offers=offers))
    assert found.letter == "C"
    assert [reason.effect for reason in found.reasons] == ["cap C", "cap B", "warning"]
    assert all(reason.why and reason.source for reason in found.reasons)


@pytest.mark.parametrize(
    "changes, letter",
    [
        ({"chains": (chain(trusted=False), chain(covers_host=False))}, "T"),
        ({"chains": (chain(covers_host=False),)}, "M"),
        ({"chains": (chain(covers_host=False, common_name_only=True),)}, "A+"),  # SSL Labs only warns of it
        ({"chains": (chain(trusted=False),), "flaws": flaws(heartbleed=True)}, "F"),
        ({"chains": (chain(weak_signatures=("sha1 CN=a",)),)}, "T"),
        ({"chains": (chain(weak_signatures=("md5 CN=a", "sha1 CN=b")),)}, "F"),
        ({"chains": (chain(complete=False),)}, "B"),
        ({"flaws": flaws(secure_renegotiation=False, client_renegotiation=True)}, "F"),
        ({"flaws": flaws(secure_renegotiation=False)}, "A-"),
        ({"flaws": flaws(compression=True)}, "C"),
        ({"flaws": flaws(robot=True)}, "F"),
        ({"ephemeral_keys": (EphemeralKey("DH", 1023, ""),)}, "F"),
        ({"ephemeral_keys": (EphemeralKey("DH", 1024, ""),)}, "B"),
        ({"chains": (chain(certificate(key_bits=1023)),)}, "F"),
        ({"chains": (chain(certificate(key_bits=2047)),)}, "B"),
        ({"offers": (offer(Protocol.TLS_1_2, *GCM, "TLS_RSA_EXPORT_WITH_RC4_40_MD5"),)}, "F"),
        ({"offers": (offer(Protocol.TLS_1_2, *GCM, "TLS_RSA_WITH_DES_CBC_SHA"),)}, "F"),
        ({"offers": (offer(Protocol.TLS_1_2, "TLS_RSA_WITH_3DES_EDE_CBC_SHA", *GCM, browser=GCM[0]),)}, "C"),
        ({"offers": (offer(Protocol.TLS_1_2, *GCM, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),)}, "A-"),
        ({"offers": (offer(Protocol.TLS_1_2, "TLS_RSA_WITH_RC4_128_SHA", *GCM, browser=GCM[0]),)}, "C"),
        ({"offers": (offer(Protocol.TLS_1_2, *GCM, "TLS_RSA_WITH_RC4_128_SHA"),)}, "B"),
    ],
)
def test_rules(changes, letter):
    assert grade(endpoint(**changes)).letter == letter


@pytest.mark.parametrize(
    "changes, r, q",
    [
        ({"offers": (offer(Protocol.TLS_1_2, *GCM),)}, "A-", "A+"),
        ({"hsts": ()}, "A", "A"),
        ({"hsts": ("max-age=15551999",)}, "A", "A"),
        ({"hsts": ("max-age=0",)}, "A-", "A"),
        ({"hsts": ("max-age=soon",)}, "A-", "A"),
        ({"flaws": flaws(fallback_scsv=False)}, "A+", "A"),
        ({"flaws": flaws(secure_renegotiation=False), "chains": (chain(complete=False),)}, "B", "B"),
        ({"chains": (chain(date_problem="expired", covers_host=False),)}, "T", "T"),
        ({"chains": (chain(trusted=False, complete=False),)}, "T", "T"),
        ({"chains": (chain(complete=False, covers_host=False),)}, "M", "M"),
    ],
)
def test_versions_and_troubles(changes, r, q):
    assert {version: grade(endpoint(**changes), version).letter for version in Version} == {Version.R: r, Version.Q: q}


@pytest.mark.parametrize(
    "leaf, keys, score, letter",
    [
        (("RSA", 4096), (("ECDH", 384, "secp384r1"),), 100, "A+"),
        (("RSA", 4095), (("ECDH", 384, "secp384r1"),), 90, "A+"),
        (("EC", 384), (("ECDH", 521, "secp521r1"), ("DH", 4096, "")), 100, "A+"),
        (("EC", 384), (("ECDH", 384, "secp384r1"), ("DH", 4095, "")), 90, "A+"),
        (("RSA", 4096), (("ECDH", 253, "X25519"),), 90, "A+"),
        (("EC", 256), (("ECDH", 256, "prime256v1"),), 90, "A+"),
        (("EC", 224), (("ECDH", 384, "secp384r1"),), 90, "A+"),
        (("EC", 192), (("ECDH", 384, "secp384r1"),), 80, "B"),
        (("RSA", 2048), (("ECDH", 192, "secp192r1"),), 80, "B"),
        (("RSA", 512), (("ECDH", 384, "secp384r1"),), 40, "F"),
        (("RSA", 511), (("ECDH", 384, "secp384r1"),), 20, "F"),
        (("Ed25519", 256), (("ECDH", 384, "secp384r1"),), 90, "A+"),
    ],
)
def test_weakest_key_counts(leaf, keys, score, letter):
    made = endpoint(
        chains=(chain(certificate(key_type=leaf[0], key_bits=leaf[1])),),
        ephemeral_keys=tuple(EphemeralKey(*each) for each in keys),
    )
    assert (grade(made).scores.key_exchange, grade(made).letter) == (score, letter)


@pytest.mark.parametrize(
    "offers, protocol, cipher",
    [
        ((offer(Protocol.TLS_1_2, *GCM), offer(Protocol.TLS_1_3, *TLS_1_3)), 100, 90),
        ((offer(Protocol.TLS_1_0, *CBC), offer(Protocol.TLS_1_2, *GCM)), 95, 90),
        ((offer(Protocol.TLS_1_1, *CBC), offer(Protocol.TLS_1_2, *GCM)), 97.5, 90),
        ((offer(Protocol.SSL_3_0, *CBC), offer(Protocol.TLS_1_2, *GCM)), 90, 90),
        ((offer(Protocol.TLS_1_2, *GCM, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),), 100, 60),
        ((offer(Protocol.TLS_1_2, GCM[0]),), 100, 100),
        ((offer(Protocol.TLS_1_2, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),), 100, 100),
        ((offer(Protocol.TLS_1_2, *GCM, "TLS_RSA_WITH_NULL_SHA"),), 100, 50),
    ],
)
def test_best_and_worst_are_halved(offers, protocol, cipher):
    scores = grade(endpoint(offers=offers)).scores
    assert (scores.protocol, scores.cipher_strength) == (protocol, cipher)


def test_tls_1_3_alone_differs_between_the_versions():
    alone = endpoint(offers=(offer(Protocol.TLS_1_3, *TLS_1_3),))
    assert {version: grade(alone, version).letter for version in Version} == {Version.Q: "A", Version.R: "A+"}


def test_without_a_protocol_there_is_no_grade():
    with pytest.raises(ProbeError):
        grade(endpoint(offers=()))


_unseen = some.just(Unseen("something", "reset"))
_flag = some.booleans() | _unseen
_suite = some.sampled_from([*NAMES.values(), *NAMES_1_3.values()]).map(lambda name: Suite(name, bits(name)))
_chain = some.builds(
    Chain,
    sent=some.lists(
        some.builds(
            certificate,
            some.floats(-1000, 1000),
            key_type=some.sampled_from(["RSA", "EC", "DSA", "Ed25519", "unknown"]),
            key_bits=some.integers(0, 16_384),
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
    ordered=some.booleans(),
    complete=some.booleans(),
    strangers=some.just(()),
    root_sent=some.booleans(),
    trusted=some.booleans(),
    untrusted_because=some.sampled_from(["", "unknown"]),
    date_problem=some.sampled_from(["", "expired"]),
    covers_host=some.booleans(),
    common_name_only=some.booleans(),
    weak_signatures=some.sampled_from([(), ("sha1 CN=a",), ("md5 CN=a",)]),
    revocation=some.sampled_from(Revocation) | _unseen,
    revocation_source=some.just(""),
)


def _offers(protocols: list[Protocol]) -> some.SearchStrategy[tuple[Offer, ...]]:
    return some.tuples(*(_offer(protocol) for protocol in sorted(protocols, key=list(Protocol).index)))


def _offer(protocol: Protocol) -> some.SearchStrategy[Offer]:
    def complete(suites: list[Suite]) -> some.SearchStrategy[Offer]:
        taken = some.sampled_from(["", *(suite.name for suite in suites)]) | _unseen
        return some.builds(Offer, some.just(protocol), some.just(tuple(suites)), taken, taken)

    return some.lists(_suite, min_size=1, max_size=5).flatmap(complete)


_key = some.builds(EphemeralKey, some.sampled_from(["DH", "ECDH"]), some.integers(0, 16_384), some.just(""))
_endpoint = some.builds(
    Endpoint,
    name=some.just("app.example.com"),
    address=some.just("192.0.2.1"),
    port=some.just(443),
    chains=some.lists(_chain, max_size=2).map(tuple) | _unseen,
    offers=some.lists(some.sampled_from(Protocol), min_size=1, unique=True).flatmap(_offers),
    not_scanned=some.lists(_unseen, max_size=1).map(tuple),
    ephemeral_keys=some.lists(
        some.builds(EphemeralKey, some.sampled_from(["DH", "ECDH"]), some.integers(0, 16_384), some.just("")),
        max_size=3,
    ).map(tuple),
    flaws=some.builds(Flaws, _flag, _flag, _flag, _flag, _flag, _flag, _flag),
    hsts=some.lists(some.text(max_size=40), max_size=2).map(tuple) | _unseen,
    visitor=some.just(Visitor("", 200)),
)
_version = some.sampled_from(Version)


def rank(found: Grade) -> int:
    return ORDER.index(found.letter)


@given(_endpoint, _version)
@settings(max_examples=100, deadline=None)
def test_any_facts_are_graded_and_a_cap_never_raises(facts, version):
    found = grade(facts, version)
    assert 0 <= found.scores.total <= 100
    caps = [reason.effect.removeprefix("cap ") for reason in found.reasons if reason.effect.startswith("cap ")]
    assert all(rank(found) >= ORDER.index(cap) for cap in caps)
    assert load(Grade, dump(found)) == found
    assert len(repr(found)) <= 200


def _secure(offers: tuple[Offer, ...]) -> tuple[Offer, ...]:
    """Without protocols before TLS 1.2, with TLS 1.3."""
    kept = [each for each in offers if each.protocol is Protocol.TLS_1_2]
    return (*kept, next((o for o in offers if o.protocol is Protocol.TLS_1_3), offer(Protocol.TLS_1_3, *TLS_1_3)))


BETTER = {
    "long HSTS": lambda facts: replace(facts, hsts=("max-age=63072000",)),
    "no flaws": lambda facts: replace(facts, flaws=flaws()),
    "good chain": lambda facts: replace(facts, chains=(chain(certificate(key_bits=4096)),)),
    "good groups": lambda facts: replace(facts, ephemeral_keys=(EphemeralKey("ECDH", 521, "secp521r1"),)),
    "only good suites and protocols": lambda facts: replace(
        facts, offers=(offer(Protocol.TLS_1_2, *GCM), offer(Protocol.TLS_1_3, *TLS_1_3))
    ),
}


@given(_endpoint, _version, some.sampled_from(sorted(BETTER)))
@settings(max_examples=100, deadline=None)
def test_a_better_configuration_is_never_graded_lower(facts, version, change):
    assert rank(grade(BETTER[change](facts), version)) <= rank(grade(facts, version))
