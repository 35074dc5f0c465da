"""The record's tables of grades: each suite and protocol with its caps, nothing unseen left out, equal ones once."""

from __future__ import annotations

from dataclasses import replace

from acceptance.facts import ProbeError, Unseen
from acceptance.probes.answers import Answer, Cookie, Header
from acceptance.probes.headers import Headers
from acceptance.probes.site import Chain, Site
from acceptance.probes.tls import Tls
from acceptance.probes.tls_facts import Protocol
from acceptance.record.drawn import tables_of
from acceptance.record.model import Table
from selftests.tls_facts import CBC, GCM, certificate, chain, endpoint, flaws, offer, tls

RC4 = "TLS_RSA_WITH_RC4_128_SHA"


def drawn(id: str, facts: object) -> dict[str, Table]:
    """An item's tables by the first word of their title."""
    return {table.title.split(":")[0]: table for table in tables_of(id, lambda _: facts)}


def test_each_protocol_and_suite_names_the_caps_that_it_causes():
    offers = (offer(Protocol.TLS_1_1, CBC[0], RC4, chosen=RC4), offer(Protocol.TLS_1_2, *GCM, CBC[0]))
    tables = drawn("SEC-TLS-06", tls(offers=offers))
    assert [row[0] for row in tables["Protocols"].rows if row[-1] == "cap B"] == ["TLS 1.1"]
    causes = {row[0]: row[-1] for row in tables["Cipher suites"].rows}
    assert causes == {RC4: "cap C, cap B", CBC[0]: "-", GCM[0]: "-", GCM[1]: "-"}
    assert "TLS 1.1, TLS 1.2" in {row[2] for row in tables["Cipher suites"].rows}
    effects = [row[0] for row in tables["What keeps the grade down"].rows]
    assert effects == ["cap C", "cap B", "cap B", "warning"]
    assert all(row[2] for row in tables["What keeps the grade down"].rows)


def test_chain_says_whom_it_belongs_to_and_how_long_it_lasts():
    leaf = certificate(12.4, key_type="EC", key_bits=256)
    table = drawn("SEC-TLS-03", tls(chains=(chain(leaf, trusted=False, untrusted_because="nobody knows it"),)))["Chain"]
    assert table.rows[0][:4] == ("CN=app.example.com", "CN=Authority", "EC 256", "sha256")
    assert table.rows[0][-1] == "12"
    assert "Not trusted: nobody knows it" in table.notes
    table = drawn("SEC-TLS-01", tls(chains=(chain(complete=False, completed_from="http://ca.test/i.cer"),)))["Chain"]
    assert "It was had from http://ca.test/i.cer" in table.notes


def test_what_failed_is_among_what_was_not_checked():
    tables = drawn("SEC-WEB-02", tls(flaws=flaws(robot=Unseen("ROBOT", "the answers were not consistent"))))
    assert "ROBOT: the answers were not consistent" in tables["Not checked"].notes
    assert "Ticketbleed" in tables["Not checked"].notes
    assert drawn("SEC-TLS-01", tls(chains=Unseen("the certificate", "cut")))["Chain"].notes == ("Not seen: cut",)


def test_equal_endpoints_stand_once_with_all_places():
    other = replace(endpoint(), address="192.0.2.2")
    same = tables_of("SEC-TLS-06", lambda _: Tls((endpoint(), other)))
    assert len(same) == len(tables_of("SEC-TLS-06", lambda _: tls()))
    assert "192.0.2.1:443, app.example.com at 192.0.2.2:443" in same[0].title
    worse = Tls((endpoint(), replace(other, hsts=())))
    assert len(tables_of("SEC-TLS-06", lambda _: worse)) == 2 * len(same)


def test_headers_are_listed_test_by_test_with_what_would_lift_most():
    sent = (Header("content-type", "text/html"), Header("x-frame-options", "DENY"))
    page = Answer(
        "page", "https://app.example.com/", 200, sent, (Cookie("sid", "app.example.com", "/", True, True, "Lax"),)
    )
    site = Site("app.example.com", Chain((), why="refused"), Chain((page,)))
    (table,) = tables_of("SEC-WEB-04", lambda _: Headers(site, (page,)))
    rows = {row[0]: row[1:] for row in table.rows}
    assert len(rows) == 12
    assert rows["x-frame-options"] == ("DENY", "x-frame-options-sameorigin-or-deny", "+5", "-")
    assert rows["content-security-policy"][:3] == ("absent", "csp-not-implemented", "-25")
    assert rows["content-security-policy"][3].startswith("+35: send a Content-Security-Policy")
    assert rows["redirection"][0] == "port 80: refused"
    assert "cookie sid" in rows["cookies"][0]
    assert table.notes[0].startswith("Most would be gained by this: send a Content-Security-Policy")
    assert any("preload list was not consulted" in note for note in table.notes)


def test_no_tables_where_the_probe_could_not_look():
    def blind(_: str) -> object:
        raise ProbeError("TLS", "refused")

    assert tables_of("SEC-TLS-06", blind) == ()
    assert tables_of("INFRA-NET-01", blind) == ()
