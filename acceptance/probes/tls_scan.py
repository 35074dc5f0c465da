"""What sslyze sees of one endpoint. A sub-scan that failed is Unseen in its place, never "not vulnerable"."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from acceptance.facts import Unseen, text
from acceptance.probes.tls_facts import EphemeralKey, Protocol, Suite
from acceptance.probes.tls_hello import Where
from acceptance.probes.tls_suites import bits

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.x509 import ocsp

COMMANDS = (
    "certificate_info",
    "ssl_2_0_cipher_suites",
    "ssl_3_0_cipher_suites",
    "tls_1_0_cipher_suites",
    "tls_1_1_cipher_suites",
    "tls_1_2_cipher_suites",
    "tls_1_3_cipher_suites",
    "tls_fallback_scsv",
    "openssl_ccs_injection",
    "heartbleed",
    "robot",
    "session_renegotiation",
    "elliptic_curves",
)
NETWORK_TIMEOUT_S = 5
ASK_AGAIN_S = 3.0  # between two questions whether the server still answers
PATIENCE = 2  # questions without an answer
LATE = Unseen("the TLS configuration", "the server stopped to answer, or the scan did not end in time")


@dataclass(frozen=True)
class Scan:
    """One endpoint's scan, still with live certificates: no facts yet."""

    chains: tuple[tuple[list[x509.Certificate], ocsp.OCSPResponse | None], ...] | Unseen  # with what was stapled
    suites: dict[Protocol, tuple[Suite, ...] | Unseen]
    ephemeral_keys: tuple[EphemeralKey, ...]  # those of the suites, and of all curves unless these are `unseen`
    unseen: tuple[Unseen, ...]
    client_renegotiation: bool | Unseen
    heartbleed: bool | Unseen
    ccs_injection: bool | Unseen
    robot: bool | Unseen
    fallback_scsv: bool | Unseen
    connection: Any  # makes sslyze connections to this server


def scan(places: list[Where], ends: float, answers: Callable[[Where], bool]) -> dict[Where, Scan | Unseen]:
    """All places side by side. LATE is what has no result by `ends` (time.monotonic()).

    sslyze waits on a server that went silent again and again; so `answers` is asked now and then whether
    it still does, and a place that twice does not is given up.
    """
    found: dict[Where, Scan | Unseen] = {}
    misses = dict.fromkeys(places, 0)
    workers = {place: threading.Thread(target=_scan_one, args=(place, found), daemon=True) for place in places}
    for worker in workers.values():
        worker.start()
    asked = time.monotonic()
    while time.monotonic() < ends:
        pending = [place for place in places if workers[place].is_alive() and misses[place] < PATIENCE]
        if not pending:
            break
        workers[pending[0]].join(0.1)
        if time.monotonic() - asked > ASK_AGAIN_S:
            with ThreadPoolExecutor(len(pending)) as pool:
                for place, answer in zip(pending, pool.map(answers, pending), strict=True):
                    misses[place] = 0 if answer else misses[place] + 1
            asked = time.monotonic()
    return {place: found.get(place, LATE) for place in places}


def _scan_one(place: Where, found: dict[Where, Scan | Unseen]) -> None:
    from sslyze.plugins.scan_commands import ScanCommand
    from sslyze.scanner.models import ServerScanRequest
    from sslyze.scanner.scanner import Scanner
    from sslyze.server_setting import ServerNetworkConfiguration, ServerNetworkLocation

    name = place.name or place.address
    try:
        request = ServerScanRequest(
            ServerNetworkLocation(name, place.port, ip_address=place.address),
            ServerNetworkConfiguration(name, network_timeout=NETWORK_TIMEOUT_S, network_max_retries=1),
            scan_commands={ScanCommand(command) for command in COMMANDS},
        )
        scanner = Scanner(per_server_concurrent_connections_limit=5, concurrent_server_scans_limit=1)
        scanner.queue_scans([request])
        for result in scanner.get_results():
            found[place] = _read(result)
    except Exception as problem:  # noqa: BLE001  # the end of a thread: nobody above would hear of it
        found[place] = Unseen("the TLS configuration", text(f"{type(problem).__name__}: {problem}", 200))


def _read(result: Any) -> Scan | Unseen:
    from sslyze.server_connectivity import ServerConnectivityInfo

    if result.scan_result is None:
        trace = str(result.connectivity_error_trace or "")
        return Unseen("the TLS configuration", text(trace.strip().splitlines()[-1] if trace else "no connection", 200))
    got = result.scan_result
    accepted = {
        protocol: _value(getattr(got, command), f"suites of {protocol}", partial(_accepted, protocol))
        for protocol, command in zip(Protocol, COMMANDS[1:7], strict=True)
    }
    keys = [each.ephemeral_key for answers in accepted.values() if not isinstance(answers, Unseen) for each in answers]
    curves = _value(got.elliptic_curves, "the curves", lambda seen: seen.supported_curves or [])
    return Scan(
        chains=_value(got.certificate_info, "the certificate", _chains),
        suites={
            protocol: answers
            if isinstance(answers, Unseen)
            else tuple(Suite(each.cipher_suite.name, _bits(each.cipher_suite)) for each in answers)
            for protocol, answers in accepted.items()
        },
        ephemeral_keys=_ephemeral_keys(keys, [] if isinstance(curves, Unseen) else curves),
        unseen=(curves,) if isinstance(curves, Unseen) else (),
        client_renegotiation=_value(
            got.session_renegotiation, "renegotiation", lambda seen: seen.is_vulnerable_to_client_renegotiation_dos
        ),
        heartbleed=_value(got.heartbleed, "Heartbleed", lambda seen: seen.is_vulnerable_to_heartbleed),
        ccs_injection=_value(
            got.openssl_ccs_injection, "CCS injection", lambda seen: seen.is_vulnerable_to_ccs_injection
        ),
        robot=_value(got.robot, "ROBOT", _robot),
        fallback_scsv=_value(got.tls_fallback_scsv, "the fallback signal", lambda seen: seen.supports_fallback_scsv),
        connection=ServerConnectivityInfo(
            result.server_location, result.network_configuration, result.connectivity_result
        ),
    )


def _accepted(protocol: Protocol, result: Any) -> Any:
    """The suites; Unseen where some handshakes timed out, as those of SSL 2.0 do at many a server without it."""
    late = [each for each in result.rejected_cipher_suites if "timed out" in each.error_message]
    if late and (result.accepted_cipher_suites or protocol is not Protocol.SSL_2_0):
        return Unseen(f"suites of {protocol}", f"{len(late)} handshakes timed out")
    return result.accepted_cipher_suites


def _bits(suite: Any) -> int:
    return bits(suite.name) if "3DES" in suite.name or "EDE3" in suite.name else int(suite.key_size)


def _ephemeral_keys(keys: list[Any], curves: list[Any]) -> tuple[EphemeralKey, ...]:
    seen = {EphemeralKey(key.type_name, key.size, getattr(key, "curve_name", "")) for key in keys if key}
    named = {EphemeralKey("ECDH", _curve_bits(curve.name), curve.name) for curve in curves}
    merged = {(key.kind, key.curve or key.bits): key for key in (*named, *seen)}
    return tuple(sorted(merged.values(), key=lambda key: (key.kind, key.bits, key.curve)))


def _curve_bits(name: str) -> int:
    digits = re.search(r"\d+", name.replace("X25519", "X253"))
    return int(digits[0]) if digits else 0


def _chains(result: Any) -> tuple[tuple[list[x509.Certificate], ocsp.OCSPResponse | None], ...]:
    """What is stapled is not judged here: sslyze knows public roots only, and nothing of dates."""
    return tuple((list(each.received_certificate_chain), each.ocsp_response) for each in result.certificate_deployments)


def _robot(result: Any) -> bool | Unseen:
    name = result.robot_result.name
    if name.startswith("UNKNOWN"):
        return Unseen("ROBOT", "the server's answers were not consistent")
    return bool(name.startswith("VULNERABLE"))


def _value(attempt: Any, what: str, read: Any) -> Any:
    """What a command saw, or Unseen with sslyze's reason."""
    from sslyze.scanner.scan_command_attempt import ScanCommandAttemptStatusEnum

    if attempt.status is not ScanCommandAttemptStatusEnum.COMPLETED:
        reason = getattr(attempt.error_reason, "name", "") or "no result"
        trace = str(attempt.error_trace or "").strip().splitlines()
        return Unseen(what, text(f"{reason} {trace[-1] if trace else ''}".strip(), 200))
    return read(attempt.result)
