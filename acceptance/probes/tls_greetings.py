"""Our own hellos to one endpoint: does it speak TLS at all, what does it choose, how large are its DH groups."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from acceptance.facts import Unseen, text
from acceptance.probes import tls_hello as hello
from acceptance.probes.tls_facts import EphemeralKey, Offer, Protocol, Suite
from acceptance.probes.tls_scan import Scan
from acceptance.probes.tls_suites import DHE, EVERY, NAMES, NAMES_1_3, OF_BROWSERS, USABLE, bits

HELLO_S = 5.0  # for one hello, whole
UNASKED = "no hello of ours lets the server choose there"  # SSL 2.0, where the client chooses, and TLS 1.3
VERSIONS = {
    Protocol.SSL_3_0: hello.SSL_3_0,
    Protocol.TLS_1_0: hello.TLS_1_0,
    Protocol.TLS_1_1: hello.TLS_1_1,
    Protocol.TLS_1_2: hello.TLS_1_2,
}


def knock(where: hello.Where, ends: float) -> str:
    """Why this is no place for a scan; "" when it answers a hello of any version with TLS."""
    try:
        for version, suites in ((hello.TLS_1_3, [*NAMES_1_3, *EVERY]), *((v, EVERY) for v in VERSIONS.values())):
            if _greet(where, version, suites, ends):
                return ""
    except TimeoutError:
        return f"no whole answer to a hello within {HELLO_S:.0f} s"
    except (OSError, hello.NotTls) as problem:
        return text(f"{type(problem).__name__}: {problem}", 200)
    return ""  # it speaks TLS, if only to refuse; SSL 2.0 is for the scan to find


def _greet(where: hello.Where, version: int, suites: Sequence[int], ends: float) -> hello.ServerHello | None:
    return hello.greet(where, version, suites, min(ends, time.monotonic() + HELLO_S), frozenset(DHE))


@dataclass(frozen=True)
class Greetings:
    """What our own hellos found at the versions up to TLS 1.2."""

    offers: tuple[Offer, ...]
    not_scanned: tuple[Unseen, ...]
    secure_renegotiation: bool | Unseen
    compression: bool | Unseen
    groups: tuple[EphemeralKey, ...]
    certificates: tuple[bytes, ...]


def greetings(where: hello.Where, scan: Scan | None, ends: float) -> Greetings:
    """The offers of all protocols: sslyze's suites, what the server chooses from ours, and what sslyze can't see."""
    offers: list[Offer] = []
    unseen: list[Unseen] = []
    answers: list[hello.ServerHello] = []
    groups: set[int] = set()
    for protocol in Protocol:
        suites = scan.suites[protocol] if scan else Unseen(f"suites of {protocol}", "the scan failed")
        if protocol not in VERSIONS:
            if isinstance(suites, Unseen):
                unseen.append(suites)
            elif suites:
                unasked = Unseen(f"what {protocol} takes", UNASKED)
                offers.append(Offer(protocol, suites, unasked, unasked))
            continue
        try:
            offer, answer = _offer(where, protocol, suites, ends)
            if offer:
                offers.append(offer)
                groups |= _groups(where, protocol, offer, ends)
            if answer:
                answers.append(answer)
        except (OSError, hello.NotTls) as problem:
            unseen.append(Unseen(f"what {protocol} offers", text(f"{type(problem).__name__}: {problem}", 120)))
    return Greetings(
        tuple(offers),
        tuple(unseen),
        all(answer.secure_renegotiation for answer in answers) if answers or not unseen else unseen[0],
        any(answer.compression for answer in answers) if answers or not unseen else unseen[0],
        tuple(EphemeralKey("DH", size, "") for size in sorted(groups)),
        next((answer.certificates for answer in answers if answer.certificates), ()),
    )


def _offer(
    where: hello.Where, protocol: Protocol, suites: tuple[Suite, ...] | Unseen, ends: float
) -> tuple[Offer | None, hello.ServerHello | None]:
    """What one protocol offers; None when neither sslyze nor a hello of ours finds it."""

    def choice(codes: Sequence[int]) -> hello.ServerHello | None:
        answer = _greet(where, VERSIONS[protocol], codes, ends)
        return answer if answer and answer.version == VERSIONS[protocol] else None

    usable = choice(USABLE)
    answer = usable or choice(EVERY)
    if isinstance(suites, Unseen) or (answer and not suites):
        suites = _enumerate(choice)
    if not suites:
        return None, None
    browser = choice(OF_BROWSERS)
    return Offer(protocol, suites, _name(usable), _name(browser)), answer


def _name(answer: hello.ServerHello | None) -> str:
    return NAMES.get(answer.suite, f"0x{answer.suite:04X}") if answer else ""


def _enumerate(choice: Callable[[Sequence[int]], hello.ServerHello | None]) -> tuple[Suite, ...]:
    left, found = list(EVERY), []
    while left and (answer := choice(left)) and answer.suite in left:
        left.remove(answer.suite)
        found.append(Suite(NAMES[answer.suite], bits(NAMES[answer.suite])))
    return tuple(found)


def _groups(where: hello.Where, protocol: Protocol, offer: Offer, ends: float) -> set[int]:
    """Sizes of the DH groups that are sent; libraries refuse to look at the small ones."""
    sending = [code for code in DHE if NAMES[code] in {suite.name for suite in offer.suites}]
    export = [code for code in sending if "EXPORT" in NAMES[code]]
    usual = [code for code in sending if code not in export]
    answers = [_greet(where, VERSIONS[protocol], codes, ends) for codes in (usual, export) if codes]
    sizes = {answer.dh_bits for answer in answers if answer and answer.dh_bits is not None}
    if sending and not sizes:
        raise hello.NotTls("DHE is offered, but no group was sent")
    return sizes
