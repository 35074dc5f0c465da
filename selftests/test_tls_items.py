"""The edges of the TLS items, on facts made by hand: the last passing value, the first failing one, and the unseen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from acceptance.facts import Unseen
from acceptance.probes.tls import Tls
from acceptance.probes.tls_facts import Protocol, Revocation, Visitor
from selftests.judging import BLOCKED, FAIL, PASS, judge
from selftests.tls_facts import CBC, GCM, NOW, TLS_1_3, certificate, chain, endpoint, flaws, offer, tls

CERTIFICATE_ITEMS = ("SEC-TLS-01", "SEC-TLS-02", "SEC-TLS-03", "SEC-TLS-05", "SEC-WEB-01")
ITEMS = (*CERTIFICATE_ITEMS, "SEC-TLS-06", "SEC-WEB-02")
UNSEEN = Unseen("app.example.com at 192.0.2.2:443", "no whole answer to a hello within 5 s")
ROOT_SENT = chain(root_sent=True)


@pytest.mark.parametrize("id", ITEMS)
def test_healthy_passes_and_an_endpoint_that_is_not_seen_blocks(id):
    assert judge(id, tls=tls()) is PASS
    assert judge(id, tls=Tls((endpoint(), UNSEEN))) is BLOCKED


@pytest.mark.parametrize("id", CERTIFICATE_ITEMS)
def test_certificates_that_were_not_seen_block_and_none_at_all_fails(id):
    assert judge(id, tls=tls(chains=Unseen("the certificate", "reset"))) is BLOCKED
    assert judge(id, tls=tls(chains=())) is FAIL


@pytest.mark.parametrize(
    "days_left, status", [(30.0, FAIL), (30.001, PASS), (29.9, FAIL), (-1.0, FAIL)], ids=lambda value: str(value)
)
def test_days_left(days_left, status):
    assert judge("SEC-TLS-03", tls=tls(chains=(chain(certificate(days_left)),))) is status
    assert judge("SEC-TLS-03", tls=tls(chains=(chain(certificate(), certificate(days_left)),))) is status


def test_validity_must_have_begun():
    ahead = certificate(90.0, not_before=NOW + timedelta(hours=1))
    assert judge("SEC-TLS-03", tls=tls(chains=(chain(ahead),))) is FAIL


@pytest.mark.parametrize(
    "id, broken",
    [
        ("SEC-TLS-01", chain(trusted=False, untrusted_because="signed by itself")),
        ("SEC-TLS-02", chain(covers_host=False)),
        ("SEC-TLS-02", chain(covers_host=False, common_name_only=True)),
        ("SEC-TLS-05", chain(complete=False)),
        ("SEC-TLS-05", chain(ordered=False)),
        ("SEC-TLS-05", chain(strangers=("CN=Stranger",))),
        ("SEC-WEB-01", chain(trusted=False)),
        ("SEC-WEB-01", chain(covers_host=False)),
        ("SEC-WEB-01", chain(date_problem="expired on 2026-11-23")),
        ("SEC-WEB-01", chain(revocation=Revocation.REVOKED)),
    ],
)
def test_one_bad_chain_is_enough(id, broken):
    """The second kind of key, or the second address: one that is wrong makes it red, and beats one that is unseen."""
    assert judge(id, tls=tls(chains=(chain(), broken))) is FAIL
    assert judge(id, tls=Tls((UNSEEN, endpoint(), endpoint(address="192.0.2.2", chains=(broken,))))) is FAIL


def test_root_that_is_sent_along_is_no_fault():
    assert judge("SEC-TLS-05", tls=tls(chains=(ROOT_SENT,))) is PASS


@pytest.mark.parametrize(
    "seen, status",
    [
        (Visitor("certificate has expired", None), FAIL),
        (Visitor("", 503), FAIL),
        (Visitor("", 404), FAIL),
        (Visitor("", None), PASS),  # a name without a page, such as the API's
        (Unseen("the page of app.example.com", "reset"), BLOCKED),
    ],
)
def test_what_a_browser_gets(seen, status):
    assert judge("SEC-WEB-01", tls=tls(visitor=seen)) is status


@pytest.mark.parametrize(
    "state, status",
    [
        (Revocation.GOOD, PASS),
        (Revocation.NOT_ASKED, PASS),
        (Unseen("revocation", "the list is out of date"), BLOCKED),
    ],
)
def test_revocation(state, status):
    assert judge("SEC-WEB-01", tls=tls(chains=(chain(revocation=state),))) is status


@pytest.mark.parametrize(
    "changes, plus, good",
    [
        ({"hsts": ("max-age=15552000",)}, PASS, PASS),
        ({"hsts": ("max-age=15551999",)}, FAIL, PASS),
        ({"hsts": ()}, FAIL, PASS),
        ({"hsts": ("max-age=0",)}, FAIL, FAIL),
        ({"hsts": Unseen("the HSTS header", "reset")}, BLOCKED, BLOCKED),
        (
            {
                "offers": (offer(Protocol.TLS_1_2, *GCM),),
                "not_scanned": (Unseen("suites of TLS 1.3", "3 handshakes timed out"),),
            },
            BLOCKED,
            BLOCKED,
        ),
        ({"offers": (offer(Protocol.TLS_1_2, *GCM),)}, FAIL, FAIL),
        ({"offers": (offer(Protocol.TLS_1_1, *CBC), offer(Protocol.TLS_1_3, *TLS_1_3))}, FAIL, FAIL),
        ({"flaws": flaws(robot=Unseen("ROBOT", "no result"))}, BLOCKED, BLOCKED),
        ({"not_scanned": (Unseen("what TLS 1.0 offers", "reset"),)}, BLOCKED, BLOCKED),
        ({"chains": (chain(revocation=Revocation.REVOKED),)}, FAIL, FAIL),
    ],
)
def test_grades(changes, plus, good):
    facts = tls(**changes)
    assert judge("SEC-TLS-06", tls=facts) is plus
    assert judge("SEC-WEB-02", tls=facts) is good


def test_the_worst_endpoint_counts():
    old = endpoint(address="192.0.2.2", offers=(offer(Protocol.TLS_1_0, *CBC),))
    assert judge("SEC-WEB-02", tls=Tls((endpoint(), old))) is FAIL
    assert judge("SEC-WEB-02", tls=Tls((replace(old, hsts=UNSEEN), UNSEEN))) is FAIL
