"""An issuer that a server leaves out is had from where its certificate says, if the target lets us ask there."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import AuthorityInformationAccessOID

from acceptance.grading.ssl_labs import grade
from acceptance.probes import tls
from acceptance.probes.tls_facts import Endpoint
from acceptance.sandbox.pki import Pki
from acceptance.tables.witnesses import Witnesses
from selftests.judging import FAIL, PASS, judge
from selftests.tls_cases import visit
from selftests.tls_servers import https, listening

HOST = "app.example.com"
Start = Callable[..., int]


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(trustme.CA(), tmp_path_factory.mktemp("pki"))


@pytest.fixture
def start() -> Iterator[Start]:
    with listening() as made:
        yield made


def looked(pki: Pki, start: Start, folder: Path, body: bytes, *, granted: bool = True) -> tuple[Any, list[bytes]]:
    """What is seen of a server that sends its own certificate only, and what its authority was asked."""
    asked: list[bytes] = []

    def authority(sock: socket.socket) -> None:
        asked.append(sock.recv(4096))
        sock.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    place = f"127.0.0.1:{start(authority)}"
    url = x509.UniformResourceIdentifier(f"http://{place}/issuer")
    access = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, url)
    leaf = pki.leaf((HOST,), pki.intermediate(), also=(x509.AuthorityInformationAccess([access]),))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pki.write(HOST, [leaf]))
    root = folder / "root.pem"
    root.write_bytes(pki.root.certificate.public_bytes(Encoding.PEM))
    made = visit(start(https(context)), root, folder, HOST)
    target = made.target.model_copy(update={"witnesses": Witnesses(issuers=(place,) if granted else ())})
    object.__setattr__(made, "target", target)
    return tls.look(made), asked


@pytest.mark.parametrize("form", ["der", "pem", "bag"])
def test_a_chain_that_can_be_completed_is_trusted_but_incomplete(form, pki, start, tmp_path):
    issuer = pki.intermediate().certificate
    body = {
        "der": issuer.public_bytes(Encoding.DER),
        "pem": issuer.public_bytes(Encoding.PEM),
        "bag": pkcs7.serialize_certificates([pki.stranger, issuer], Encoding.DER),
    }[form]
    found, asked = looked(pki, start, tmp_path, body)
    assert len(asked) == 1
    assert judge("SEC-TLS-01", tls=found) is PASS
    assert judge("SEC-TLS-05", tls=found) is FAIL
    (endpoint,) = found.endpoints
    assert isinstance(endpoint, Endpoint)
    graded = grade(endpoint)
    assert graded.letter == "B"
    assert "was had from http://127.0.0.1" in str(graded.reasons)


def test_who_is_not_named_is_not_asked_and_the_chain_not_trusted(pki, start, tmp_path):
    found, asked = looked(pki, start, tmp_path, b"", granted=False)
    assert not asked
    assert judge("SEC-TLS-01", tls=found) is FAIL
    (offender,) = found.untrusted()
    assert "[witnesses] issuers does not name 127.0.0.1:" in offender


@pytest.mark.parametrize("kind", ["stranger", "page"])
def test_what_did_not_issue_the_certificate_completes_nothing(kind, pki, start, tmp_path):
    body = pki.stranger.public_bytes(Encoding.DER) if kind == "stranger" else b"<html>not found</html>"
    found, asked = looked(pki, start, tmp_path, body)
    assert asked
    assert judge("SEC-TLS-01", tls=found) is FAIL
