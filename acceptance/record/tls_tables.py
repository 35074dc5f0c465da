"""The tables of a TLS look: chain, protocols and suites with the cap that each causes, scores, reasons, what is open."""

from __future__ import annotations

from collections.abc import Iterable

from acceptance.facts import Unseen
from acceptance.grading import ssl_labs
from acceptance.grading.ssl_labs import Grade
from acceptance.probes.tls import Tls
from acceptance.probes.tls_facts import Chain, Endpoint, Suite
from acceptance.record.model import Table

CHAIN = ("Subject", "Issuer", "Key", "Signed with", "Not after", "Days left")
SCORES = ("Protocol", "Key exchange", "Cipher strength", "Total")


def chains(tls: Tls) -> tuple[Table, ...]:
    """Each chain as it is sent."""
    return _merged((each.where, _chains(each)) for each in _endpoints(tls))


def grades(tls: Tls) -> tuple[Table, ...]:
    """What the grade comes from, without the chains."""
    return _merged((each.where, _grade(each)) for each in _endpoints(tls))


def everything(tls: Tls) -> tuple[Table, ...]:
    """The chains, then what the grade comes from."""
    return _merged((each.where, [*_chains(each), *_grade(each)]) for each in _endpoints(tls))


TABLES = {"SEC-TLS-01": chains, "SEC-TLS-03": chains, "SEC-TLS-06": everything, "SEC-WEB-02": grades}


def _endpoints(tls: Tls) -> list[Endpoint]:
    return [each for each in tls.endpoints if isinstance(each, Endpoint)]


def _merged(found: Iterable[tuple[str, list[Table]]]) -> tuple[Table, ...]:
    """The tables of all endpoints; those that are equal in everything stand once, with all their places."""
    places: dict[tuple[Table, ...], list[str]] = {}
    for where, tables in found:
        places.setdefault(tuple(tables), []).append(where)
    return tuple(
        Table(f"{table.title}: {', '.join(wheres)}", table.columns, table.rows, table.notes)
        for tables, wheres in places.items()
        for table in tables
    )


def _chains(endpoint: Endpoint) -> list[Table]:
    if isinstance(endpoint.chains, Unseen):
        return [Table("Chain", CHAIN, (), (f"Not seen: {endpoint.chains.why}",))]
    return [_chain(chain) for chain in endpoint.chains]


def _chain(chain: Chain) -> Table:
    rows = tuple(
        (
            each.subject,
            each.issuer,
            f"{each.key_type} {each.key_bits}",
            each.signature_hash,
            f"{each.not_after:%Y-%m-%d}",
            f"{each.days_left:.0f}",
        )
        for each in chain.sent
    )
    state = chain.revocation.why if isinstance(chain.revocation, Unseen) else chain.revocation
    notes = [
        "Trusted" if chain.trusted else f"Not trusted: {chain.untrusted_because}",
        f"Names: {', '.join(chain.sent[0].names) or 'none in subjectAltName'}",
        "Complete" if chain.complete else f"The certificate of {chain.sent[-1].issuer} is not sent",
        f"Revocation: {', '.join(filter(None, (state, chain.revocation_source)))}",
    ]
    completed = f"It was had from {chain.completed_from}" if chain.completed_from else ""
    notes += [each for each in (completed, chain.staple_problem, chain.date_problem) if each]
    return Table("Chain", CHAIN, rows, tuple(notes))


def _grade(endpoint: Endpoint) -> list[Table]:
    grade = ssl_labs.grade(endpoint)
    scores = grade.scores
    numbers = (scores.protocol, scores.key_exchange, scores.cipher_strength, scores.total)
    reasons = tuple((each.effect, each.why, each.source) for each in grade.reasons)
    return [
        Table(f"Scores for {grade.letter}", SCORES, (tuple(f"{number:g}" for number in numbers),)),
        Table(
            "What keeps the grade down" if reasons else "Nothing keeps the grade down",
            ("Effect", "Why", "Source"),
            reasons,
            (f"By SSL Labs' rating guide {grade.version}",),
        ),
        Table("Protocols", ("Protocol", "Suites", "Takes", "Causes"), tuple(_protocols(endpoint, grade))),
        Table("Cipher suites", ("Suite", "Bits", "Offered with", "Causes"), tuple(_suites(endpoint, grade))),
        Table("Not checked", (), (), tuple(_open(grade))),
    ]


def _protocols(endpoint: Endpoint, grade: Grade) -> Iterable[tuple[str, ...]]:
    for offer in endpoint.offers:
        chosen = f"not seen: {offer.chosen.why}" if isinstance(offer.chosen, Unseen) else offer.chosen
        yield offer.protocol, str(len(offer.suites)), chosen, _caused_by(offer.protocol, grade)


def _suites(endpoint: Endpoint, grade: Grade) -> Iterable[tuple[str, ...]]:
    offered: dict[Suite, list[str]] = {}
    for offer in endpoint.offers:
        for suite in offer.suites:
            offered.setdefault(suite, []).append(offer.protocol)
    for suite, protocols in offered.items():
        yield suite.name, str(suite.bits), ", ".join(protocols), _caused_by(suite.name, grade)


def _caused_by(name: str, grade: Grade) -> str:
    """The caps that a protocol or a suite causes; "-" for none."""
    return ", ".join(dict.fromkeys(each.effect for each in grade.reasons if name in each.by)) or "-"


def _open(grade: Grade) -> Iterable[str]:
    yield from grade.not_checked
    for each in grade.unseen:
        yield f"{each.what}: {each.why}"
