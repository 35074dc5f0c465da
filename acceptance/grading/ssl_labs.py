"""SSL Labs' server rating guide, 2009r and 2009q, as a pure function: facts of an endpoint to a letter with reasons."""

from __future__ import annotations

from enum import StrEnum

from acceptance.facts import ProbeError, Unseen, facts, offenders, seen
from acceptance.grading.ssl_labs_rules import (
    CAPS,
    NOT_CHECKED,
    TRUST,
    Bite,
    Hsts,
    Rule,
    equivalent_bits,
    hsts_state,
    protocols,
    suites,
    tried,
)
from acceptance.probes.tls_facts import Endpoint, Protocol, Revocation

ORDER = ("A+", "A", "A-", "B", "C", "D", "E", "F", "M", "T")  # best first
LEAST_TOTAL = (("A", 80), ("B", 65), ("C", 50), ("D", 35), ("E", 20))
BEST_BITS = 4096  # more earn no more
PROTOCOL_SCORE = dict(zip(Protocol, (0, 80, 90, 95, 100, 100), strict=True))


class Version(StrEnum):
    """Versions of the guide; R is current."""

    Q = "2009q"
    R = "2009r"


@facts
class Reason:
    """One thing that kept the grade down: its effect ("cap B", "warning", "no A+"), why, and where that is written.

    `by` are the protocols and suites that cause it, by name.
    """

    effect: str
    why: str
    source: str
    by: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"{self.effect}: {self.why} [{self.source}]"


@facts
class Scores:
    """The three categories and their weighted total, 0 to 100."""

    protocol: float
    key_exchange: float
    cipher_strength: float
    total: float


@facts
class Grade:
    """The grade of one endpoint. `letter` rests on what was seen; `unseen` might have lowered it."""

    where: str
    version: Version
    letter: str
    scores: Scores
    reasons: tuple[Reason, ...]
    not_checked: tuple[str, ...]
    unseen: tuple[Unseen, ...]

    def __repr__(self) -> str:
        why = "; ".join(map(repr, self.reasons)) or "nothing against it"
        return f"{self.where}: {self.letter} ({self.scores.total:.0f}), {why}"[:200]


@facts
class TlsGrade:
    """The grades of all endpoints."""

    grades: tuple[Grade, ...]
    unseen: tuple[Unseen, ...]  # endpoints that could not be graded at all

    def below(self, letter: str) -> tuple[str, ...]:
        """Endpoints with a worse grade, with every reason."""
        found = [
            f"{grade.where} is graded {grade.letter}: {'; '.join(map(repr, grade.reasons))}"
            for grade in self.grades
            if ORDER.index(grade.letter) > ORDER.index(letter)
        ]
        return offenders(found, [*self.unseen, *(each for grade in self.grades for each in grade.unseen)])

    def looked(self) -> str:
        return f"SSL Labs' guide {self.grades[0].version if self.grades else ''}: {'; '.join(map(repr, self.grades))}"

    def __repr__(self) -> str:
        return "; ".join(f"{grade.where}: {grade.letter}" for grade in self.grades)[:200]


def grade(endpoint: Endpoint, version: Version = Version.R) -> Grade:
    """The endpoint's grade. A cap never raises, F wins over T and M, T over M."""
    unseen: list[Unseen] = [*endpoint.not_scanned]
    scores = _scores(endpoint, unseen)
    caps = _apply(CAPS, endpoint, unseen)
    trust = _apply(TRUST, endpoint, unseen)
    warnings, no_plus = _finer(endpoint, version, unseen)
    letter = next((each for each, least in LEAST_TOTAL if scores.total >= least), "F")
    letter = max([letter, *(rule.letter for rule, _ in caps)], key=ORDER.index)
    if letter == "A":
        letter = "A-" if warnings else "A" if no_plus else "A+"
    if letter != "F" and trust:
        letter = trust[0][0].letter
    reasons = [_reason(rule.letter, rule, bite) for rule, bite in trust]
    reasons += [_reason(f"cap {rule.letter}", rule, bite) for rule, bite in sorted(caps, key=_severity)]
    reasons += warnings + no_plus
    skipped = ["Heartbleed and CCS injection: not tried where TLS 1.3 is offered"]
    chains = () if isinstance(endpoint.chains, Unseen) else endpoint.chains
    unasked = [each.revocation_source for each in chains if each.revocation is Revocation.NOT_ASKED]
    return Grade(
        endpoint.where,
        version,
        letter,
        scores,
        tuple(reasons),
        (
            *NOT_CHECKED,
            *(skipped if endpoint.offer(Protocol.TLS_1_3) else []),
            *(f"revocation: {why or 'nobody was asked'}" for why in dict.fromkeys(unasked)),
        ),
        tuple(dict.fromkeys(unseen)),
    )


def _reason(effect: str, rule: Rule, bite: Bite) -> Reason:
    return Reason(effect, bite.why, rule.source, bite.by)


def _severity(found: tuple[Rule, Bite]) -> int:
    return -ORDER.index(found[0].letter)


def _apply(rules: tuple[Rule, ...], endpoint: Endpoint, unseen: list[Unseen]) -> list[tuple[Rule, Bite]]:
    found = []
    for rule in rules:
        try:
            if bite := rule.bite(endpoint):
                found.append((rule, bite))
        except ProbeError as problem:
            unseen.append(Unseen(problem.what, problem.why))
    return found


def _scores(endpoint: Endpoint, unseen: list[Unseen]) -> Scores:
    offered = protocols(endpoint)
    if not offered:
        raise ProbeError(f"the protocols of {endpoint.where}", "none was seen")
    protocol_scores = [PROTOCOL_SCORE[protocol] for protocol in offered]
    strengths = [_strength(suite.bits) for suite in suites(endpoint)]
    protocol = (max(protocol_scores) + min(protocol_scores)) / 2
    cipher = (max(strengths) + min(strengths)) / 2
    key_exchange = float(_key_exchange(endpoint, unseen))
    total = 0.3 * protocol + 0.3 * key_exchange + 0.4 * cipher
    return Scores(protocol, key_exchange, cipher, round(total if protocol and key_exchange and cipher else 0.0, 2))


def _strength(bits: int) -> int:
    return next(score for least, score in ((256, 100), (128, 80), (1, 20), (0, 0)) if bits >= least)


def _key_exchange(endpoint: Endpoint, unseen: list[Unseen]) -> int:
    offered = suites(endpoint)
    if any(suite.anonymous for suite in offered):
        return 0
    sizes = [equivalent_bits(key.kind, key.bits) for key in endpoint.ephemeral_keys if key.bits > 0]
    if isinstance(endpoint.chains, Unseen):
        unseen.append(endpoint.chains)
    else:
        leaves = [chain.sent[0] for chain in endpoint.chains if chain.sent]
        sizes += [equivalent_bits(leaf.key_type, leaf.key_bits) for leaf in leaves if leaf.key_type != "unknown"]
    weakest = min(sizes, default=BEST_BITS)  # nothing seen is no small key: it stands among what was not seen
    score = next(
        score for least, score in ((BEST_BITS, 100), (2048, 90), (1024, 80), (512, 40), (0, 20)) if weakest >= least
    )
    return min(score, 40) if any("EXPORT" in suite.name for suite in offered) else score


def _finer(endpoint: Endpoint, version: Version, unseen: list[Unseen]) -> tuple[list[Reason], list[Reason]]:
    """Warnings, which make an A an A-, and what keeps an A from A+."""
    warnings, no_plus = [], []
    only_1_3 = protocols(endpoint) == [Protocol.TLS_1_3]
    try:
        if not seen(endpoint.flaws.secure_renegotiation):
            warnings.append(Reason("warning", "secure renegotiation is not supported", "2009c"))
    except ProbeError as problem:
        unseen.append(Unseen(problem.what, problem.why))
    try:
        if version is Version.R and not endpoint.offer(Protocol.TLS_1_3):
            tried(endpoint, Protocol.TLS_1_3)
            warnings.append(Reason("warning", "TLS 1.3 is not offered", "2009r"))
    except ProbeError as problem:
        unseen.append(Unseen(problem.what, problem.why))
    try:
        state = hsts_state(seen(endpoint.hsts))
        if version is Version.R and state in (Hsts.DISABLED, Hsts.INVALID):
            warnings.append(Reason("warning", f"HSTS is {state}", "2009r"))
        elif state is not Hsts.LONG:
            no_plus.append(Reason("no A+", f"HSTS is {state}", "2009i"))
    except ProbeError as problem:
        unseen.append(Unseen(problem.what, problem.why))
    if version is Version.Q:
        try:
            if only_1_3 or not seen(endpoint.flaws.fallback_scsv):
                no_plus.append(Reason("no A+", "TLS_FALLBACK_SCSV is not shown", "2009q"))
        except ProbeError as problem:
            unseen.append(Unseen(problem.what, problem.why))
    return warnings, no_plus
