"""OCSP answers, stapled or asked for, count only when signed for the issuer and current; must-staple must be kept."""

from __future__ import annotations

import base64
import shutil
import socket
import subprocess
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from acceptance.facts import Unseen
from acceptance.probes import tls
from acceptance.probes.tls_facts import Revocation
from acceptance.probes.tls_revocation import State, revocation
from acceptance.sandbox.double import Reply, Request, serve
from acceptance.sandbox.pki import Authority, Pki
from acceptance.tables.witnesses import Witnesses
from acceptance.visit import Visit
from selftests.judging import BLOCKED, FAIL, PASS, judge
from selftests.tls_cases import visit
from selftests.tls_facts import chain
from selftests.tls_facts import tls as facts

HOST = "app.example.com"
MUST_STAPLE = x509.TLSFeature([x509.TLSFeatureType.status_request])
GOOD, REVOKED = ocsp.OCSPCertStatus.GOOD, ocsp.OCSPCertStatus.REVOKED
NEVER = -1.0  # days: the answer names no end


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(trustme.CA(), tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def impostor(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(trustme.CA(), tmp_path_factory.mktemp("impostor"))


def answered(
    pki: Pki,
    leaf: x509.Certificate,
    status: ocsp.OCSPCertStatus,
    now: Any,
    *,
    signer: Authority | None = None,
    age_days: float = 1.0,
    days: float = 7.0,
) -> ocsp.OCSPResponse:
    """What a responder says, `age_days` ago and for `days` days."""
    issuer = pki.intermediate()
    by = signer or issuer
    since = now - timedelta(days=age_days)
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=leaf,
        issuer=issuer.certificate,
        algorithm=hashes.SHA1(),  # what names the certificate in OCSP
        cert_status=status,
        this_update=since,
        next_update=None if days == NEVER else since + timedelta(days=days),
        revocation_time=since if status is REVOKED else None,
        revocation_reason=None,
    )
    return builder.responder_id(ocsp.OCSPResponderEncoding.HASH, by.certificate).sign(by.key, hashes.SHA256())  # type: ignore[arg-type]


def known(made: Visit, pki: Pki, leaf: x509.Certificate, stapled: ocsp.OCSPResponse | Unseen | None) -> State:
    return revocation(made, leaf, [pki.intermediate().certificate], stapled, made.ends)


@pytest.mark.parametrize(
    "status, said, expected",
    [
        (GOOD, {}, Revocation.GOOD),
        (REVOKED, {}, Revocation.REVOKED),
        (GOOD, {"age_days": 8.0}, None),
        (REVOKED, {"age_days": 8.0}, None),
        (GOOD, {"age_days": -1.0}, None),
        (GOOD, {"age_days": 9.0, "days": NEVER}, Revocation.GOOD),
        (GOOD, {"age_days": 11.0, "days": NEVER}, None),
        (ocsp.OCSPCertStatus.UNKNOWN, {}, None),
    ],
)
def test_stapled_answer_counts_while_it_is_current(pki, tmp_path, status, said, expected):
    made = visit(443, None, tmp_path)
    leaf = pki.leaf((HOST,), pki.intermediate())
    found = known(made, pki, leaf, answered(pki, leaf, status, made.now, **said)).revocation
    assert (None if isinstance(found, Unseen) else found) is expected


@pytest.mark.parametrize("status", [GOOD, REVOKED])
def test_stapled_answer_that_proves_nothing_is_unseen(pki, impostor, tmp_path, status):
    made = visit(443, None, tmp_path)
    middle = pki.intermediate()
    leaf, other = pki.leaf((HOST,), middle), pki.leaf((HOST,), middle)
    forged = answered(pki, leaf, status, made.now, signer=impostor.intermediate())
    assert isinstance(known(made, pki, leaf, forged).revocation, Unseen), "signed by somebody else"
    by_leaf = answered(pki, leaf, status, made.now, signer=Authority(leaf, pki.leaf_key))
    assert isinstance(known(made, pki, leaf, by_leaf).revocation, Unseen), "signed by the server itself"
    of_another = answered(pki, other, status, made.now)
    assert isinstance(known(made, pki, leaf, of_another).revocation, Unseen), "about another certificate"
    right = answered(pki, leaf, status, made.now)
    assert isinstance(revocation(made, leaf, [], right, made.ends).revocation, Unseen), "the issuer is not known"
    refusal = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
    assert isinstance(known(made, pki, leaf, refusal).revocation, Unseen), "no answer at all"


def test_must_staple_wants_an_answer_that_proves_something(pki, tmp_path):
    made = visit(443, None, tmp_path)
    leaf, free = pki.leaf((HOST,), pki.intermediate(), also=(MUST_STAPLE,)), pki.leaf((HOST,), pki.intermediate())
    old = answered(pki, leaf, GOOD, made.now, age_days=8.0)
    assert "none is sent" in known(made, pki, leaf, None).staple_problem
    assert "holds from" in known(made, pki, leaf, old).staple_problem
    assert not known(made, pki, leaf, answered(pki, leaf, GOOD, made.now)).staple_problem
    assert not known(made, pki, free, None).staple_problem
    unasked = known(made, pki, leaf, Unseen("the stapled OCSP answer", "the scan failed"))
    assert isinstance(unasked.revocation, Unseen)
    assert not unasked.staple_problem


@pytest.mark.parametrize(
    "changes, status",
    [
        ({"staple_problem": "must-staple: none is sent"}, FAIL),
        ({"revocation": Unseen("revocation", "the stapled answer is too old")}, BLOCKED),
        ({"revocation": Revocation.GOOD}, PASS),
    ],
)
def test_browsers_refuse_a_certificate_without_its_staple(changes, status):
    assert judge("SEC-WEB-01", tls=facts(chains=(chain(**changes),))) is status


def pem(path: Path, thing: Any) -> Path:
    path.write_bytes(
        thing.public_bytes(serialization.Encoding.PEM)
        if isinstance(thing, x509.Certificate)
        else thing.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as place:
        return int(place.getsockname()[1])


def started(arguments: list[str], port: int) -> subprocess.Popen[bytes]:
    """A process that listens on the port."""
    process = subprocess.Popen(
        arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    ends = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < ends:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return process
    process.kill()
    raise RuntimeError(f"{arguments[:2]} does not listen")


def stop(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait(10)


needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")


@needs_openssl
@pytest.mark.parametrize(
    "status, age_days, must, expected",
    [
        (GOOD, 1.0, True, (Revocation.GOOD, False)),
        (REVOKED, 1.0, False, (Revocation.REVOKED, False)),
        (GOOD, 8.0, False, (None, False)),
        (None, 0.0, True, (Revocation.UNPUBLISHED, True)),
    ],
    ids=["good", "revoked", "out of date", "must-staple without"],
)
def test_server_staples(pki, tmp_path, status, age_days, must, expected):
    """A real server staples; the whole probe looks at it."""
    middle, port = pki.intermediate(), free_port()
    leaf = pki.leaf((HOST,), middle, also=(MUST_STAPLE,) if must else ())
    made = visit(port, pem(tmp_path / "root.pem", pki.root.certificate), tmp_path, HOST)
    arguments = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-www", "-quiet"]
    arguments += ["-cert", str(pem(tmp_path / "leaf.pem", leaf)), "-key", str(pem(tmp_path / "key.pem", pki.leaf_key))]
    arguments += ["-cert_chain", str(pem(tmp_path / "middle.pem", middle.certificate))]
    if status:
        stapled = answered(pki, leaf, status, made.now, age_days=age_days)
        (tmp_path / "staple.der").write_bytes(stapled.public_bytes(serialization.Encoding.DER))
        arguments += ["-status_file", str(tmp_path / "staple.der")]
    server = started(arguments, port)
    try:
        (seen,) = tls.look(made).endpoints
    finally:
        stop(server)
    assert not isinstance(seen, Unseen)
    assert not isinstance(seen.chains, Unseen)
    found = seen.chains[0].revocation
    assert (None if isinstance(found, Unseen) else found, bool(seen.chains[0].staple_problem)) == expected


@pytest.fixture
def responder(pki: Pki, tmp_path: Path) -> str:
    """OpenSSL's own responder behind a server on loopback: its place."""
    middle, index = pki.intermediate(), tmp_path / "index.txt"
    ca, key = pem(tmp_path / "middle.pem", middle.certificate), pem(tmp_path / "middle.key", middle.key)
    index.write_text(
        "V\t400101000000Z\t\t1267\tunknown\t/CN=a\nR\t400101000000Z\t250101000000Z\t1268\tunknown\t/CN=b\n"
    )

    def answer(request: Request) -> Reply:
        (tmp_path / "asked.der").write_bytes(base64.b64decode(unquote(request.path[1:])))
        arguments = ["openssl", "ocsp", "-index", index, "-CA", ca, "-rsigner", ca, "-rkey", key, "-nmin", "60"]
        files = ["-reqin", tmp_path / "asked.der", "-respout", tmp_path / "told.der"]
        subprocess.run([*arguments, *files], check=True, capture_output=True, timeout=10)
        return Reply((tmp_path / "told.der").read_bytes())

    return urlsplit(serve(answer)).netloc


@needs_openssl
def test_responder_is_asked_where_it_is_named_only(pki, tmp_path, responder):
    place = responder
    access = x509.AccessDescription(
        AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(f"http://{place}")
    )
    also = (x509.AuthorityInformationAccess([access]),)
    made = visit(443, None, tmp_path)

    def told(serial: int, granted: tuple[str, ...]) -> Revocation | Unseen:
        leaf = pki.leaf((HOST,), pki.intermediate(), also=also, serial=serial)
        target = made.target.model_copy(update={"witnesses": Witnesses(revocation=granted)})
        object.__setattr__(made, "target", target)
        return known(made, pki, leaf, None).revocation

    assert told(0x1267, (place,)) is Revocation.GOOD
    assert told(0x1268, (place,)) is Revocation.REVOKED
    assert isinstance(told(0x1269, (place,)), Unseen), "it does not know the certificate"
    assert told(0x1268, ("127.0.0.1:1",)) is Revocation.NOT_ASKED
