"""One endpoint in full: sslyze's scan, our own hellos, the HSTS header, and a visit as a browser makes it."""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from acceptance.facts import Unseen, text
from acceptance.probes.tls_chain import judge
from acceptance.probes.tls_facts import Chain, Endpoint, EphemeralKey, Flaws, Visitor
from acceptance.probes.tls_greetings import Greetings, greetings
from acceptance.probes.tls_hello import Where
from acceptance.probes.tls_issuers import missing
from acceptance.probes.tls_revocation import revocation
from acceptance.probes.tls_scan import LATE, Scan
from acceptance.probes.tls_target import Page, Roots, title
from acceptance.visit import Visit
from acceptance.web import ssl_context

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.x509 import ocsp

GREETINGS_S = 15.0  # for all our hellos to one endpoint
PAGE_S = 7.0  # for the HSTS header, and again for the page with its redirects
REDIRECTS = 5
UNREADABLE = (
    ValueError,
    KeyError,
    TypeError,
    OverflowError,
)  # a certificate's fields are parsed when they are asked for
HEAD_LIMIT = 65_536  # bytes of response head


def see(
    visit: Visit, place: Where, scan: Scan | Unseen, roots: Roots, page: Page | None, ends: float
) -> Endpoint | Unseen:
    """All facts of one endpoint. Where sslyze found no way in, our own hellos say what they can."""
    if scan is LATE:
        return Unseen(title(place), LATE.why)
    scanned = None if isinstance(scan, Unseen) else scan
    greeted = greetings(place, scanned, min(ends, time.monotonic() + GREETINGS_S))
    if isinstance(scan, Unseen) and not greeted.offers:
        return Unseen(title(place), scan.why)
    host = place.name or place.address
    context = ssl_context(visit)
    context.hostname_checks_common_name = False  # as browsers do
    context.set_ciphers("DEFAULT")  # browsers still take RSA key exchange, Python's own list does not
    return Endpoint(
        name=host,
        address=place.address,
        port=place.port,
        chains=_chains(scan, greeted, host, roots, visit, ends),
        offers=greeted.offers,
        not_scanned=(*greeted.not_scanned, *(scanned.unseen if scanned else ())),
        ephemeral_keys=_ephemeral_keys(scanned, greeted),
        flaws=_flaws(scan, greeted),
        hsts=hsts(scanned, host, visit.marker, min(ends, time.monotonic() + PAGE_S))
        if scanned
        else Unseen("the HSTS header", "the scan failed"),
        visitor=visit_page(place, page, context, visit.marker, min(ends, time.monotonic() + PAGE_S)),
    )


def _chains(
    scan: Scan | Unseen, greeted: Greetings, host: str, roots: Roots, visit: Visit, ends: float
) -> tuple[Chain, ...] | Unseen:
    from cryptography import x509

    try:
        if isinstance(scan, Unseen):
            raw = [x509.load_der_x509_certificate(each) for each in greeted.certificates]
            if not raw and not all(suite.anonymous for offer in greeted.offers for suite in offer.suites):
                return Unseen("the certificate", scan.why)
            unasked = Unseen("the stapled OCSP answer", "the scan failed")
            found: tuple[tuple[list[x509.Certificate], ocsp.OCSPResponse | Unseen | None], ...]
            found = ((raw, unasked),) if raw else ()
        elif isinstance(scan.chains, Unseen):
            return scan.chains
        else:
            found = scan.chains
        chains = []
        for sent, stapled in found:
            more = missing(visit, sent, roots, ends)
            known = Roots(roots.trusted, (*roots.known, *more.found))
            state = revocation(visit, sent[0], [*sent[1:], *known.known, *known.trusted], stapled, ends)
            chains.append(
                judge(
                    sent,
                    host,
                    known,
                    visit.now,
                    state.revocation,
                    state.source,
                    state.staple_problem,
                    completed_from=more.source,
                    not_completed=more.why_not,
                )
            )
        return tuple(chains)
    except (*UNREADABLE, x509.DuplicateExtension, x509.InvalidVersion, x509.UnsupportedGeneralNameType) as problem:
        return Unseen("the certificate", text(f"it can't be read: {type(problem).__name__}: {problem}", 200))


def _ephemeral_keys(scan: Scan | None, greeted: Greetings) -> tuple[EphemeralKey, ...]:
    keys = {*greeted.groups, *(scan.ephemeral_keys if scan else ())}
    return tuple(sorted(keys, key=lambda key: (key.kind, key.bits, key.curve)))


def _flaws(scan: Scan | Unseen, greeted: Greetings) -> Flaws:
    if isinstance(scan, Unseen):
        return Flaws(greeted.secure_renegotiation, scan, greeted.compression, scan, scan, scan, scan)
    return Flaws(
        secure_renegotiation=greeted.secure_renegotiation,
        client_renegotiation=scan.client_renegotiation,
        compression=greeted.compression,
        heartbleed=scan.heartbleed,
        ccs_injection=scan.ccs_injection,
        robot=scan.robot,
        fallback_scsv=scan.fallback_scsv,
    )


def hsts(scan: Scan, host: str, agent: str, ends: float) -> tuple[str, ...] | Unseen:
    """The values of every Strict-Transport-Security header of `/`, whatever the certificate is worth."""
    from nassl._nassl import OpenSSLError
    from nassl.ssl_client import ClientCertificateRequested
    from sslyze.errors import ConnectionToServerFailed

    connection = scan.connection.get_preconfigured_tls_connection()

    def receive() -> bytes:
        """What came, with the records behind the first: nassl's own read would wait for more before it looks at them."""
        _left(ends)
        data = bytes(connection.ssl_client.read(4096))
        try:
            while more := connection.ssl_client._ssl.read(4096):
                data += bytes(more)
        except OpenSSLError:  # nothing more for now, or closed
            pass
        return data

    try:
        connection.connect(should_retry_connection=False)
        try:
            request = (
                f"GET / HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {agent}\r\nAccept: */*\r\nConnection: close\r\n\r\n"
            )
            connection.ssl_client.write(request.encode("ascii"))
            lines = _head(receive)
        finally:
            connection.close()
    except ClientCertificateRequested:
        return Unseen("the HSTS header", "the server wants a client certificate")
    except (ConnectionToServerFailed, OpenSSLError, OSError, ValueError) as problem:
        return Unseen("the HSTS header", text(f"{type(problem).__name__}: {problem}", 200))
    if not lines[0].startswith("HTTP/"):
        return Unseen("the HSTS header", "the answer is no HTTP")
    return _values(lines, "strict-transport-security")


def visit_page(where: Where, page: Page | None, context: ssl.SSLContext, agent: str, ends: float) -> Visitor | Unseen:
    """A verified handshake, and the page behind it; redirects are followed to names of the target."""
    host, port, address, path = where.name or where.address, where.port, where.address, page.path if page else ""
    for _ in range(REDIRECTS + 1):
        try:
            status, location = _get(host, port, address, path, context, agent, ends)
        except ssl.SSLCertVerificationError as problem:
            return Visitor(text(problem.verify_message or problem.reason, 200), None)
        except ssl.SSLError as problem:
            return Visitor(text(f"the handshake failed: {problem.reason or problem}", 200), None)
        except (OSError, ValueError) as problem:
            return Unseen(f"the page of {host}", text(f"{type(problem).__name__}: {problem}", 200))
        if page is None:
            return Visitor("", None)
        parts = urlsplit(location)
        next_host, next_port = parts.hostname or host, parts.port or (443 if parts.hostname else port)
        if not location or parts.scheme not in ("", "https"):
            return Visitor("", status, text(location, 200))
        known = (next_host, next_port) in page.resolve
        if not known and (next_host, next_port) != (host, port):
            return Visitor("", status, text(location, 200))
        address = address if (next_host, next_port) == (host, port) else page.resolve[next_host, next_port]
        host, port = next_host, next_port
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Visitor("", status, "more redirects than a browser follows")


def _get(
    host: str, port: int, address: str, path: str, context: ssl.SSLContext, agent: str, ends: float
) -> tuple[int, str]:
    """Status and redirect target of a page; without a path only the handshake is made."""
    with (
        socket.create_connection((address, port), timeout=_left(ends)) as raw,
        context.wrap_socket(raw, server_hostname=host) as secure,  # the handshake as a whole has that time
    ):
        if not path:
            return 0, ""
        shown = f"[{host}]" if ":" in host else host
        name = shown if port == 443 else f"{shown}:{port}"
        request = f"GET {path} HTTP/1.1\r\nHost: {name}\r\nUser-Agent: {agent}\r\nAccept: text/html,*/*\r\n"
        secure.sendall(f"{request}Connection: close\r\n\r\n".encode("ascii", "replace"))
        lines = _head(lambda: _receive(secure, ends))
        first = re.match(r"HTTP/\d\.\d (\d{3})\b", lines[0])
        if not first:
            raise ValueError(f"the answer is no HTTP: {lines[0]!r:.60}")
        status = int(first[1])
        moved = status in (301, 302, 303, 307, 308)
        return status, next(iter(_values(lines, "location")), "") if moved else ""


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError("the answer did not come in time")
    return left


def _receive(secure: ssl.SSLSocket, ends: float) -> bytes:
    secure.settimeout(_left(ends))
    return secure.recv(4096)


def _head(receive: Callable[[], bytes]) -> list[str]:
    """The lines of an answer's head; ValueError when it does not end."""
    head = b""
    while not (end := re.search(rb"\r?\n\r?\n", head)):
        more = receive()
        if not more or len(head) > HEAD_LIMIT:
            raise ValueError("the answer's head does not end")
        head += more
    return text(head[: end.start()], HEAD_LIMIT).replace("\r\n", "\n").split("\n")


def _values(lines: list[str], name: str) -> tuple[str, ...]:
    pairs = [line.partition(":") for line in lines[1:]]
    return tuple(text(value.strip(), 300) for key, _, value in pairs if key.strip().lower() == name)
