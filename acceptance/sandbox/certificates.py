"""What the sandbox's TLS servers present: a chain and a configuration graded A+, and the faults of both.

A context is changed in place when a fault goes on or off, and the next handshake uses what it then holds.
"""

from __future__ import annotations

import ssl
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from acceptance.sandbox.fault import Fault
from acceptance.sandbox.pki import CRL_PATH, Authority, Pki
from acceptance.sandbox.world import World

PROBES = ("tls", "renewal")

SUITES = "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL"
OLD_SUITES = "ECDHE+AESGCM:ECDHE+AES:!aNULL:@SECLEVEL=0"
STATIC_SUITES = "AES256-GCM-SHA384:AES128-GCM-SHA256"

_CONNECTS = ("SEC-WEB-01", "SEC-GATE-02")
_GRADES = ("SEC-TLS-06", "SEC-WEB-02")

FAULTS: tuple[Fault, ...] = tuple(
    Fault(name, "certificates", change, breaks)
    for name, change, breaks in (
        ("tls-self-signed", "The certificate is signed by its own key.", ("SEC-TLS-01", *_GRADES, *_CONNECTS)),
        (
            "tls-cn-only",
            "The names stand in the subject only, not in subjectAltName.",
            ("SEC-TLS-02", "INFRA-NET-04", *_GRADES, *_CONNECTS),
        ),
        (
            "tls-wrong-host",
            "The certificate is for another host.",
            ("SEC-TLS-02", "INFRA-NET-04", *_GRADES, *_CONNECTS),
        ),
        ("tls-30-days-left", "The certificate expires in 30 days.", ("SEC-TLS-03",)),
        ("tls-intermediate-10-days-left", "The intermediate certificate expires in 10 days.", ("SEC-TLS-03",)),
        ("tls-expired", "The certificate expired yesterday.", ("SEC-TLS-03", *_GRADES, *_CONNECTS)),
        ("tls-leaf-only", "The intermediate is not sent.", ("SEC-TLS-01", "SEC-TLS-05", *_GRADES, *_CONNECTS)),
        ("tls-stranger-in-chain", "A certificate that has nothing to do with the chain is sent.", ("SEC-TLS-05",)),
        ("tls-revoked", "The certificate stands on its issuer's revocation list.", (*_GRADES, *_CONNECTS)),
        ("tls-1.0-on", "TLS 1.0 and 1.1 are offered.", _GRADES),
        ("tls-no-forward-secrecy", "Only RSA key exchange is offered.", _GRADES),
        ("renewal-timer-off", "The ACME client's timer is stopped.", ("SEC-TLS-04",)),
        ("renewal-last-run-failed", "The ACME client's last run failed.", ("SEC-TLS-04",)),
        ("renewal-without-reload", "No hook reloads the server after a renewal.", ("SEC-TLS-04",)),
        ("renewal-never-loaded", "A newer certificate lies on disk than is served.", ("SEC-TLS-04",)),
    )
)


class Certificates:
    """The chains of one sandbox, and the contexts that serve them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.pki = Pki(world.ca, world.folder / "pki")
        self.intermediate = self.pki.intermediate()
        self.contexts: list[tuple[tuple[str, ...], ssl.SSLContext]] = []
        self.leaves: dict[tuple[str, ...], x509.Certificate] = {}
        self.issued: dict[tuple[object, ...], tuple[x509.Certificate, Authority]] = {}  # by what a fault asks for
        self.crl_port = self._serve_revocation_list()

    def context(self, names: tuple[str, ...]) -> ssl.SSLContext:
        """A server's context for the names, as the faults that are on want it."""
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.options |= ssl.OP_CIPHER_SERVER_PREFERENCE | ssl.OP_NO_RENEGOTIATION
        self.contexts.append((names, made))
        self._configure(names, made)
        return made

    def refresh(self) -> None:
        """Bring every context in line with the faults that are on."""
        for names, context in self.contexts:
            self._configure(names, context)

    def _configure(self, names: tuple[str, ...], context: ssl.SSLContext) -> None:
        on = self.world.on
        context.load_cert_chain(*self._chain(names))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # a fault wants what is deprecated
            context.minimum_version = ssl.TLSVersion.TLSv1 if on("tls-1.0-on") else ssl.TLSVersion.TLSv1_2
        static = on("tls-no-forward-secrecy")
        context.maximum_version = ssl.TLSVersion.TLSv1_2 if static else ssl.TLSVersion.TLSv1_3
        context.set_ciphers(STATIC_SUITES if static else OLD_SUITES if on("tls-1.0-on") else SUITES)

    def _chain(self, names: tuple[str, ...]) -> tuple[Any, Any]:
        on = self.world.on
        days = 30.0 if on("tls-30-days-left") else -1.0 if on("tls-expired") else 90.0
        named = ("elsewhere.example.test",) if on("tls-wrong-host") else names
        lone, dying, bare = on("tls-self-signed"), on("tls-intermediate-10-days-left"), on("tls-cn-only")
        if (kind := (named, days, lone, dying, bare)) not in self.issued:  # once mended, the host renews what is served
            intermediate = self.pki.intermediate(10.0) if dying else self.intermediate
            leaf = self.pki.leaf(
                named, None if lone else intermediate, days=days, alternative_names=not bare,
                crl_url=f"http://127.0.0.1:{self.crl_port}{CRL_PATH}",
            )  # fmt: skip
            self.issued[kind] = leaf, intermediate
        leaf, intermediate = self.issued[kind]
        self.leaves[names] = leaf
        chain = [leaf]
        if not on("tls-self-signed") and not on("tls-leaf-only"):
            chain.append(intermediate.certificate)
        if on("tls-stranger-in-chain"):
            chain.append(self.pki.stranger)
        return self.pki.write(names[0], chain)

    def _serve_revocation_list(self) -> int:
        certificates = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                revoked = [leaf.serial_number for leaf in certificates.leaves.values()]
                body = certificates.pki.revocation_list(*(revoked if certificates.world.on("tls-revoked") else ()))
                self.send_response(200 if self.path == CRL_PATH else 404)
                self.send_header("Content-Type", "application/pkix-crl")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """The sandbox's output is one JSON line and nothing else."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, name="revocation list", daemon=True).start()
        return int(server.server_address[1])


def of(world: World) -> Certificates:
    """The certificates of a sandbox, made when they are first asked for."""
    made = world.shared.setdefault("certificates", None) or Certificates(world)
    world.shared["certificates"] = made
    assert isinstance(made, Certificates)
    return made


def server_context(world: World, *names: str) -> ssl.SSLContext:
    """A server's context for the names; faults change it while it is in use."""
    return of(world).context(names)


def renewal(world: World) -> dict[str, Any]:
    """What the collector would say of renewal on the host that keeps these certificates."""
    on = world.on
    last_run = "failed" if on("renewal-last-run-failed") else "succeeded"
    lineages = []
    for names, leaf in of(world).leaves.items():
        served = leaf.fingerprint(hashes.SHA256()).hex()
        newest, older = (served[::-1], [served]) if on("renewal-never-loaded") else (served, [])
        hooks = [] if on("renewal-without-reload") else ["/etc/letsencrypt/renewal-hooks/deploy/reload-nginx"]
        lineages.append({"name": names[0], "sha256": newest, "older": older, "reloaded_by": hooks})
    timer = {"name": "certbot.timer", "active": not on("renewal-timer-off"), "last_run": last_run}
    return {"schedules": [timer], "lineages": lineages}


def start(world: World) -> dict[str, Any]:
    """The revocation list is served; the target grants that it is asked."""
    return {"witnesses": {"revocation": [f"127.0.0.1:{of(world).crl_port}"]}}


def refresh(world: World) -> None:
    """A fault went on or off: the contexts follow."""
    of(world).refresh()
    from acceptance.sandbox import host

    host.refresh(world)  # the host's disk holds what is served
