"""The rules of SSL Labs' rating guide: what caps a grade, what warns, what keeps it from A+. One function a rule.

Each gives the reason as it was seen, or None when the rule does not bite; what could not be seen raises ProbeError.
The sources name the guide's version that brought the rule, or say that it is SSL Labs' practice.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from acceptance.facts import ProbeError, seen
from acceptance.probes.tls_facts import Chain, Endpoint, Offer, Protocol, Revocation, Suite

SIX_MONTHS_S = 15_552_000  # 180 days, as SSL Labs' reports say
OLD = (Protocol.TLS_1_0, Protocol.TLS_1_1)
MIDDLE = (Protocol.TLS_1_1, Protocol.TLS_1_2)


@dataclass(frozen=True)
class Bite:
    """Why a rule bites, and the protocols and suites by name that make it bite (none for all else)."""

    why: str
    by: tuple[str, ...] = ()


Asks = Callable[[Endpoint], Bite | None]


@dataclass(frozen=True)
class Rule:
    """`letter` is what it caps at; T and M are for certificates that are not trusted or for another host."""

    letter: str
    source: str
    bite: Asks


class Hsts(StrEnum):
    """The states that SSL Labs knows; SHORT and LONG are its "present"."""

    ABSENT = "absent"
    INVALID = "invalid"
    DISABLED = "disabled"
    SHORT = "shorter than six months"
    LONG = "six months or longer"


def hsts_state(values: tuple[str, ...]) -> Hsts:
    """What the headers' values amount to. More than one header is invalid, as is anything off the grammar."""
    if not values:
        return Hsts.ABSENT
    directives: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in values[0].split(";"))):
        name, _, value = (piece.strip() for piece in part.partition("="))
        if name.lower() in directives or not re.fullmatch(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", name):
            return Hsts.INVALID
        directives[name.lower()] = value
    age = re.fullmatch(r'([0-9]+)|"([0-9]+)"', directives.get("max-age", ""), re.ASCII)
    if len(values) > 1 or not age:
        return Hsts.INVALID
    digits = (age[1] or age[2]).lstrip("0")
    if not digits:
        return Hsts.DISABLED
    return Hsts.LONG if len(digits) > 12 or int(digits) >= SIX_MONTHS_S else Hsts.SHORT


def equivalent_bits(key_type: str, bits: int) -> int:
    """Bits of RSA or DH that a key is worth; curves are converted as SSL Labs shows them."""
    if key_type in ("RSA", "DSA", "DH"):
        return bits
    for least, worth in ((500, 15_360), (384, 7_680), (250, 3_072), (224, 2_048), (192, 1_536), (160, 1_024)):
        if bits >= least:
            return worth
    return 768


def suites(endpoint: Endpoint) -> list[Suite]:
    """All suites of all protocols."""
    return [suite for offer in endpoint.offers for suite in offer.suites]


def protocols(endpoint: Endpoint) -> list[Protocol]:
    """What is offered, oldest first."""
    return [protocol for protocol in Protocol if endpoint.offer(protocol)]


def tried(endpoint: Endpoint, *wanted: Protocol) -> None:
    """ProbeError when one of the protocols could not be tried: that it is missing was not seen."""
    for each in endpoint.not_scanned:
        if any(protocol in each.what for protocol in wanted):
            raise ProbeError(each.what, each.why)


def _newer_tried(endpoint: Endpoint) -> None:
    best = max(map(list(Protocol).index, protocols(endpoint)), default=0)
    tried(endpoint, *list(Protocol)[best + 1 :])


def _chains(endpoint: Endpoint) -> tuple[Chain, ...]:
    return seen(endpoint.chains)


def _named(what: str, found: list[Suite], *also: str) -> Bite | None:
    """Suites that make a rule bite; None when there are none."""
    names = tuple(sorted({suite.name for suite in found}))
    return Bite(f"{what}: {', '.join(names)}"[:200], (*also, *names)) if names else None


def _flaw(what: str, name: str) -> Asks:
    return lambda endpoint: Bite(what) if seen(getattr(endpoint.flaws, name)) else None


def _offered(*wanted: Protocol) -> Asks:
    def bite(endpoint: Endpoint) -> Bite | None:
        found = tuple(protocol for protocol in protocols(endpoint) if protocol in wanted)
        return Bite(f"{' and '.join(found)} {'is' if len(found) == 1 else 'are'} offered", found) if found else None

    return bite


def _insecure_renegotiation(endpoint: Endpoint) -> Bite | None:
    if seen(endpoint.flaws.secure_renegotiation) or not seen(endpoint.flaws.client_renegotiation):
        return None
    return Bite("clients may renegotiate without RFC 5746")


def _small_key(least: int) -> Asks:
    def bite(endpoint: Endpoint) -> Bite | None:
        leaves = [chain.sent[0] for chain in _chains(endpoint) if chain.sent]
        known = [leaf for leaf in leaves if leaf.key_type != "unknown"]
        small = [leaf for leaf in known if equivalent_bits(leaf.key_type, leaf.key_bits) < least]
        if small:
            return Bite(f"the certificate's key is {small[0].key_type} with {small[0].key_bits} bits")
        if known != leaves:
            raise ProbeError("the certificate's key", "is of a kind that can't be read")
        return None

    return bite


def _small_group(least: int) -> Asks:
    def bite(endpoint: Endpoint) -> Bite | None:
        known = [key for key in endpoint.ephemeral_keys if key.bits > 0]
        small = [key.bits for key in known if equivalent_bits(key.kind, key.bits) < least]
        if small:
            return Bite(f"key exchange with {min(small)} bits")
        if len(known) < len(endpoint.ephemeral_keys):
            raise ProbeError("the size of an ephemeral key", "is not known")
        return None

    return bite


def _signed_with(*algorithms: str) -> Asks:
    def bite(endpoint: Endpoint) -> Bite | None:
        found = [weak for chain in _chains(endpoint) for weak in chain.weak_signatures if weak.startswith(algorithms)]
        return Bite(f"signed with {found[0]}") if found else None

    return bite


def _ssl_3_is_best(endpoint: Endpoint) -> Bite | None:
    best = protocols(endpoint)[-1:]
    if best == [Protocol.SSL_3_0]:
        _newer_tried(endpoint)
    return Bite("nothing better than SSL 3.0", (best[0],)) if best == [Protocol.SSL_3_0] else None


def _nothing_but_rc4(endpoint: Endpoint) -> Bite | None:
    found = suites(endpoint)
    if not all("RC4" in suite.name for suite in found):
        return None
    tried(endpoint, *Protocol)
    return _named("nothing but RC4", found)


def _insecure_suites(endpoint: Endpoint) -> Bite | None:
    return _named("insecure suites", [s for s in suites(endpoint) if s.anonymous or s.bits < 112 or "EXPORT" in s.name])


def _revoked(endpoint: Endpoint) -> Bite | None:
    states = [seen(chain.revocation) for chain in _chains(endpoint)]
    return Bite("the certificate is revoked") if Revocation.REVOKED in states else None


def _ssl_3_cbc(endpoint: Endpoint) -> Bite | None:
    offer = endpoint.offer(Protocol.SSL_3_0)
    found = [s for s in offer.suites if "CBC" in s.name] if offer else []
    return _named("SSL 3.0 with CBC (POODLE)", found, Protocol.SSL_3_0)


def _chosen(marks: Callable[[Suite], bool]) -> Asks:
    def bite(endpoint: Endpoint) -> Bite | None:
        for offer in filter(None, map(endpoint.offer, MIDDLE)):
            if any(map(marks, offer.suites)) and marks(Suite(seen(offer.chosen), 0)):
                return Bite(f"{offer.protocol} takes {offer.chosen}", (seen(offer.chosen),))
        return None

    return bite


def _no_modern_protocol(endpoint: Endpoint) -> Bite | None:
    found = protocols(endpoint)
    if {Protocol.TLS_1_2, Protocol.TLS_1_3} & set(found):
        return None
    tried(endpoint, Protocol.TLS_1_2, Protocol.TLS_1_3)
    return Bite("neither TLS 1.2 nor TLS 1.3", tuple(found))


def _rc4(endpoint: Endpoint) -> Bite | None:
    return _named("RC4 is offered", [suite for suite in suites(endpoint) if "RC4" in suite.name])


def _incomplete(endpoint: Endpoint) -> Bite | None:
    found = [chain for chain in _chains(endpoint) if chain.trusted and not chain.complete]
    if not found:
        return None
    had = f", and was had from {found[0].completed_from}" if found[0].completed_from else ""
    return Bite(f"the certificate of {found[0].sent[-1].issuer} is not sent{had}"[:200])


def of_browsers(offer: Offer) -> Suite:
    """What current browsers get from a protocol; from a server that has nothing for them, what others get."""
    return Suite(seen(offer.chosen_by_browser) or seen(offer.chosen) or offer.suites[0].name, 0)


def _browsers_lack(what: str, good: Callable[[Suite], bool]) -> Asks:
    def bite(endpoint: Endpoint) -> Bite | None:
        offered = protocols(endpoint)
        best = endpoint.offer(offered[-1]) if offered else None
        if best is None or best.protocol in (Protocol.SSL_2_0, Protocol.TLS_1_3) or good(of_browsers(best)):
            return None
        _newer_tried(endpoint)
        return Bite(f"browsers get {of_browsers(best).name}: {what}", (of_browsers(best).name,))

    return bite


def _untrusted(endpoint: Endpoint) -> Bite | None:
    for chain in _chains(endpoint):
        if not chain.trusted or chain.date_problem:
            return Bite(chain.untrusted_because or chain.date_problem or "not trusted")
    return None


def _mismatch(endpoint: Endpoint) -> Bite | None:
    for chain in _chains(endpoint):
        if not chain.covers_host and not chain.common_name_only:
            names = ", ".join(chain.sent[0].names) or chain.sent[0].common_name
            return Bite(f"the certificate is for {names}"[:200])
    return None


TRUST = (
    Rule("T", "practice", _untrusted),
    Rule("T", "2017: SHA-1 is not trusted", _signed_with("sha1")),
    Rule("M", "practice", _mismatch),
)

CAPS = (
    Rule("F", "2009c", _offered(Protocol.SSL_2_0)),
    Rule("F", "2009c", _insecure_renegotiation),
    Rule("F", "2009e", _small_key(1024)),
    Rule("F", "2009e", _small_group(1024)),
    Rule("F", "2009e", _signed_with("md5", "md4", "md2")),
    Rule("F", "2014: CVE-2014-0160", _flaw("Heartbleed", "heartbleed")),
    Rule("F", "2014: CVE-2014-0224", _flaw("CCS injection", "ccs_injection")),
    Rule("F", "2009i", _ssl_3_is_best),
    Rule("F", "2009k", _nothing_but_rc4),
    Rule("F", "practice: insecure suites", _insecure_suites),
    Rule("F", "2009p", _flaw("ROBOT: the server tells wrong RSA padding from right", "robot")),
    Rule("F", "practice", _revoked),
    Rule("C", "2009g", _ssl_3_cbc),
    Rule("C", "2009j", _flaw("TLS compression (CRIME)", "compression")),
    Rule("C", "2009j: RC4 with TLS 1.1 or later", _chosen(lambda suite: "RC4" in suite.name)),
    Rule("C", "2009j", _no_modern_protocol),
    Rule("C", "2009n: 64-bit block ciphers with TLS 1.1 or later", _chosen(lambda suite: suite.small_block)),
    Rule("B", "2009h", _offered(Protocol.SSL_3_0)),
    Rule("B", "2009i", _rc4),
    Rule("B", "2009i: incomplete chain", _incomplete),
    Rule("B", "2009j", _small_group(2048)),
    Rule("B", "2009e", _small_key(2048)),
    Rule("B", "2009p", _browsers_lack("no forward secrecy", lambda suite: suite.forward_secret)),
    Rule("B", "2009p", _browsers_lack("no authenticated encryption", lambda suite: suite.aead)),
    Rule("B", "2009q", _offered(*OLD)),
)

NOT_CHECKED = (
    "POODLE against TLS",
    "Zombie POODLE, GOLDENDOODLE, Sleeping POODLE and zero-length padding oracles",
    "CVE-2016-2107",
    "Ticketbleed",
    "DROWN by way of another host with the same key",
    "Debian weak keys",
    "distrusted Symantec and WoSign roots that are still in the store",
)
