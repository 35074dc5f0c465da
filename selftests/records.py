"""Records to render: made from the real checklist, with every status, reproducible from a number."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from acceptance.checklist import Item, checklist
from acceptance.record.model import Chart, Deployment, ItemRow, Pair, Record, Requests, Shot, SignOff, Table, Word
from acceptance.verdict import Result, Status, decide

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ROLES = ("Tech Lead", "DevOps Engineer", "QA Engineer", "Security Engineer", "Product Manager")
OPEN = (Status.FAIL, Status.BLOCKED, Status.PENDING, Status.WAIVED, Status.NA, Status.NOT_RUN)
NOTES = {
    Status.FAIL: "seen 21.4 days left on api.example.com (203.0.113.7), expected more than 30",
    Status.BLOCKED: "connect to api.example.com:443: no answer within 10 s",
    Status.PENDING: "the target grants no [mongo]",
    Status.NA: "no CDN: all users are in one region",
    Status.NOT_RUN: "needs --allow load",
}


def row(item: Item, status: Status, dice: random.Random) -> ItemRow:
    """One item of the checklist with an outcome that looks like a real one."""
    attested = status is Status.PASS and item.attested
    words: tuple[Word, ...] = ()
    if attested or status is Status.WAIVED:
        words = (
            Word(
                "attestation" if attested else "waiver",
                "product-manager@example.com",
                "Product Manager",
                START - timedelta(hours=2),
                START + timedelta(days=7),
                "Mail to the status list, thread 482; window 09:30-10:30 UTC",
                "https://lists.example.com/482",
            ),
        )
    seen = status in (Status.PASS, Status.FAIL, Status.WAIVED) and not attested
    return ItemRow(
        id=item.id,
        sentence=item.sentence,
        section=item.section,
        severity=item.severity,
        status=status,
        found=Status.FAIL if status is Status.WAIVED else status,
        by="attested" if attested else "waived" if status is Status.WAIVED else "measured",
        looked=("api.example.com:443 on 203.0.113.7 at 2026-03-02 09:31:07 UTC: chain of 3, 2 names",) if seen else (),
        evidence=("assert not tls.certificates_with(days_left_at_most=30)", "not ()") if seen else (),
        note=NOTES.get(status, NOTES[Status.FAIL] if status is Status.WAIVED else ""),
        seconds=round(dice.random() / 50, 4),
        impact=item.impact,
        phase=item.phase,
        mend="Renew the certificate now; see the runbook, TLS." if status in OPEN else "",
        words=words,
    )


def generated(seed: int, worst: float | None = None, of: int = 350) -> Record:
    """A run that comes out the same for the same seed; `worst` is the share of items that are not fine, of so many."""
    dice = random.Random(seed)  # reproducible, not secret
    share = dice.choice((0.0, 0.01, 0.1, 0.9)) if worst is None else worst
    allowed = dice.sample(OPEN, dice.randint(1, len(OPEN))) if worst is None else list(OPEN)
    items = []
    for line in checklist().items[:: 350 // of]:
        status = dice.choice(allowed) if dice.random() < share else Status.PASS
        if status is Status.WAIVED and line.severity == "critical":
            status = Status.PASS
        items.append(row(line, status, dice))
    results = [Result(i.id, i.severity, i.status, i.found, i.by) for i in items]
    return Record(
        target="prod",
        version="2.4.0",
        commit="8f31c2d07ab54e1f",
        started=START,
        ended=START + timedelta(minutes=14, seconds=20),
        selection="-m 'before or after'",
        complete=True,
        verdict=decide(results),
        requests=Requests(1843, 2),
        items=tuple(items),
        run="20260302T093000Z",
        allow=("writes",),
    )


def full(seed: int = 7) -> Record:
    """A run that uses every part of the shape."""
    from dataclasses import replace

    made = generated(seed, 0.12)
    first = made.items[0]
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 40"><polyline points="0,30 50,12 100,20 200,5" fill="none" stroke="#888"/></svg>'
    shown = replace(
        first,
        shots=(Shot("Dashboard after log-in", "shots/dashboard.png"),),
        charts=(Chart("p99 in ms over the run", svg),),
        tables=(
            Table("Cipher suites", ("Suite", "Bits"), (("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "256"),), ("A note",)),
        ),
        since=START - timedelta(days=3),
    )
    return replace(
        made,
        items=(shown, *made.items[1:]),
        doubles=("exchange", "openai"),
        deployment=Deployment(
            "2026-03-02",
            "09:30-10:30 UTC",
            made.commit,
            made.version,
            "DevOps Engineer",
            "success",
            ("Slow first log-in after the restart", "One stale dashboard panel"),
            "Rolled out one service at a time.",
        ),
        sign_off=(
            SignOff("Tech Lead", "tech-lead@example.com", START + timedelta(hours=1), "signed", "key SHA256:9f31c2"),
            *(SignOff(role) for role in ROLES[1:]),
        ),
        commands=(
            Pair("Status", "docker compose --profile prod ps"),
            Pair("Logs", "docker compose --profile prod logs -f --tail 100"),
            Pair("Restart", "docker compose --profile prod restart"),
        ),
        endpoints=(
            Pair("Health", "https://api.example.com/api/health"),
            Pair("Dashboard", "https://app.example.com/"),
        ),
        contacts=(Pair("On-call engineer", "on-call@example.com"), Pair("Security", "security@example.com")),
        deviations=("api.example.com also answers on port 8443, which the target allows",),
    )
