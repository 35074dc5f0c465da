"""Chains judged against trusted roots, and revocation lists believed only when signed and current."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import trustme

from acceptance.facts import Unseen
from acceptance.probes.tls_chain import covers, judge
from acceptance.probes.tls_facts import Revocation
from acceptance.probes.tls_revocation import revocation
from acceptance.probes.tls_target import Roots
from acceptance.sandbox.double import Reply, serve
from acceptance.sandbox.pki import Pki
from acceptance.tables.witnesses import Witnesses
from selftests.tls_cases import visit

HOST = "app.example.com"


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(trustme.CA(), tmp_path_factory.mktemp("pki"))


@pytest.mark.parametrize(
    "names, host, good",
    [
        (("app.example.com",), "app.example.com", True),
        (("APP.example.com",), "app.Example.com", True),
        (("*.example.com",), "app.example.com", True),
        (("*.example.com",), "example.com", False),
        (("*.example.com",), "a.app.example.com", False),
        (("*.com",), "example.com", False),
        (("a*.example.com",), "app.example.com", False),
        (("app.example.com.evil.test",), "app.example.com", False),
        (("192.0.2.1",), "192.0.2.1", True),
        (("*.0.2.1",), "192.0.2.1", False),
        (("2001:db8::1",), "2001:db8:0::1", True),
        (("xn--bcher-kva.example",), "b\u00fccher.example", True),
        ((), "app.example.com", False),
    ],
)
def test_names(names, host, good):
    assert covers(names, host) is good


def judged(pki: Pki, *sent: Any, known: tuple[Any, ...] = (), host: str = HOST) -> Any:
    return judge(list(sent), host, Roots((pki.root.certificate,), known), datetime.now(UTC))


def test_good_chain(pki):
    middle = pki.intermediate()
    found = judged(pki, pki.leaf((HOST,), middle), middle.certificate)
    assert (found.trusted, found.complete, found.ordered, found.covers_host) == (True, True, True, True)
    assert not found.strangers
    assert not found.date_problem
    assert not found.root_sent


def test_what_is_wrong_is_told_apart(pki):
    middle = pki.intermediate()
    authority, leaf = middle.certificate, pki.leaf((HOST,), middle)
    alone = judged(pki, leaf)
    assert not alone.trusted
    assert not alone.complete
    assert "neither sent nor" in alone.untrusted_because
    completed = judged(pki, leaf, known=(authority,))
    assert completed.trusted
    assert not completed.complete
    own = judged(pki, pki.leaf((HOST,)))
    assert own.untrusted_because == "signed by itself"
    expired = judged(pki, pki.leaf((HOST,), middle, days=-1.0), authority)
    assert expired.trusted
    assert "expired" in expired.date_problem
    nameless = judged(pki, pki.leaf((HOST,), middle, alternative_names=False), authority)
    assert nameless.trusted
    assert nameless.common_name_only
    assert not nameless.covers_host
    with_stranger = judged(pki, leaf, authority, pki.stranger)
    assert with_stranger.strangers
    turned = judged(pki, leaf, pki.root.certificate, authority)
    assert turned.trusted
    assert not turned.ordered
    assert turned.root_sent


def test_other_authority_of_the_same_name_is_not_trusted(pki, tmp_path):
    impostor = Pki(trustme.CA(), tmp_path)
    middle = impostor.intermediate()
    found = judged(pki, impostor.leaf((HOST,), middle), middle.certificate, impostor.root.certificate)
    assert not found.trusted


def test_leaf_that_signs_is_no_authority(pki):
    """A server's certificate must not vouch for another one."""
    from acceptance.sandbox.pki import Authority

    middle = pki.intermediate()
    rogue = Authority(pki.leaf(("evil.example.com",), middle), pki.leaf_key)
    found = judged(pki, pki.leaf((HOST,), rogue), rogue.certificate, middle.certificate)
    assert not found.trusted


@pytest.fixture
def listing() -> dict[str, Any]:
    """A server of one revocation list: `body` and `status` may be changed, `url` is where it is."""
    state: dict[str, Any] = {"body": b"", "status": 200}

    state["place"] = urlsplit(serve(lambda _: Reply(state["body"], state["status"]))).netloc
    state["url"] = f"http://{state['place']}/intermediate.crl"
    return state


def asked(pki: Pki, listing: dict[str, Any], folder: Path, *, granted: bool = True, later_days: float = 0.0) -> Any:
    made = visit(443, None, folder)
    object.__setattr__(made, "now", made.now + timedelta(days=later_days))
    target = made.target.model_copy(update={"witnesses": Witnesses(revocation=(listing["place"],) if granted else ())})
    object.__setattr__(made, "target", target)
    leaf = pki.leaf((HOST,), pki.intermediate(), crl_url=listing["url"], serial=4711)
    return revocation(made, leaf, [pki.intermediate().certificate], None, made.ends).revocation


def test_list_decides(pki, listing, tmp_path):
    listing["body"] = pki.revocation_list()
    assert asked(pki, listing, tmp_path) is Revocation.GOOD
    listing["body"] = pki.revocation_list(4711)
    assert asked(pki, listing, tmp_path) is Revocation.REVOKED


def test_who_is_not_named_is_not_asked(pki, listing, tmp_path):
    listing["body"] = pki.revocation_list(4711)
    assert asked(pki, listing, tmp_path, granted=False) is Revocation.NOT_ASKED


def test_list_that_proves_nothing_is_unseen(pki, listing, tmp_path):
    listing["body"] = pki.revocation_list()
    assert isinstance(asked(pki, listing, tmp_path, later_days=8.0), Unseen), "out of date"
    listing["body"] = Pki(trustme.CA(), tmp_path / "other").revocation_list()
    assert isinstance(asked(pki, listing, tmp_path), Unseen), "signed by somebody else"
    listing["body"] = b"<html>not found</html>"
    assert isinstance(asked(pki, listing, tmp_path), Unseen), "no list"
    listing["status"] = 404
    assert isinstance(asked(pki, listing, tmp_path), Unseen), "no answer"
