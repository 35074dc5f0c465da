"""How the replica set of the sandbox may be wrong, and which items each turns red."""

from __future__ import annotations

from acceptance.sandbox.fault import Fault

_KNOWN: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("mongo-old-version", "all members run 5.0", ("INFRA-MONGO-02",)),
    ("mongo-mixed-versions", "the third member runs 6.0, the others 7.0", ("INFRA-MONGO-02",)),
    ("mongo-fcv-behind", "the feature compatibility is still 5.0", ("INFRA-MONGO-02",)),
    ("mongo-arbiter", "the third member is an arbiter: two hold data", ("INFRA-MONGO-03",)),
    ("mongo-lag", "the third member is 60 s behind", ("INFRA-MONGO-03",)),
    ("mongo-even-votes", "the third member has no vote", ("INFRA-MONGO-03",)),
    ("mongo-open", "commands without credentials are answered", ("INFRA-MONGO-04",)),
    ("mongo-no-authorization", "the options name no authorization and no key file", ("INFRA-MONGO-04",)),
    ("mongo-admin-sha1", "the admin logs in by SCRAM-SHA-1 only", ("INFRA-MONGO-05",)),
    ("mongo-app-root", "the application's user is root", ("INFRA-MONGO-06",)),
    ("mongo-app-owner", "the application's user owns its database", ("INFRA-MONGO-06",)),
    ("mongo-app-reads-only", "the application's user can't write", ("INFRA-MONGO-06",)),
    (
        "mongo-collection-missing",
        "there is no collection portfolios",
        ("INFRA-MONGO-08", "INFRA-MONGO-09", "INFRA-DATA-04", "INFRA-DATA-08", "INFRA-ROLL-01"),
    ),
    ("mongo-index-missing", "portfolios has no index on user_id", ("INFRA-MONGO-09", "INFRA-DATA-04")),
    ("mongo-index-not-unique", "the index on users' e-mail is not unique", ("INFRA-MONGO-09", "INFRA-DATA-04")),
    ("mongo-index-building", "the index on portfolios is still building", ("INFRA-MONGO-09", "INFRA-DATA-04")),
    ("mongo-ttl-missing", "sessions never expire", ("INFRA-MONGO-09", "INFRA-DATA-04")),
    ("mongo-index-duplicate", "an index on trades is the beginning of another", ("INFRA-DATA-04",)),
    ("mongo-index-hidden", "the planner may not use the index of the trades' query", ("INFRA-DATA-05",)),
    ("mongo-no-pool-bound", "the application's URI sets no maxPoolSize", ("INFRA-MONGO-10",)),
    ("mongo-no-timeouts", "the application's URI waits for ever", ("INFRA-MONGO-11",)),
    ("mongo-profiler-off", "level 0, and operations are slow from 10 s on", ("INFRA-MONGO-17",)),
    ("mongo-unencrypted", "nothing is encrypted at rest", ("INFRA-MONGO-18",)),
    ("mongo-prefer-tls", "TLS is preferred, not required", ("INFRA-MONGO-19",)),
    ("mongo-plain-works", "a connection without TLS is answered", ("INFRA-MONGO-19",)),
    ("mongo-no-audit", "there is no audit log", ("INFRA-MONGO-20",)),
    (
        "mongo-service-unreachable",
        "the AI service has no connection",
        ("INFRA-MONGO-01", "INFRA-MONGO-07", "INFRA-DATA-01", "INFRA-GATE-02", "INFRA-ROLL-03"),
    ),
    ("mongo-member-out-of-reach", "the AI service's network has no way to the third member", ("INFRA-MONGO-01",)),
    (
        "mongo-other-database",
        "the engine works on another database",
        ("INFRA-MONGO-07", "INFRA-DATA-01", "INFRA-GATE-02", "INFRA-ROLL-03"),
    ),
    (
        "mongo-status-down",
        "the AI service reports its database down",
        ("INFRA-DATA-01", "INFRA-GATE-02", "INFRA-ROLL-03"),
    ),
    ("mongo-migration-behind", "the release's migration is not applied", ("INFRA-DATA-02",)),
    ("mongo-seed-empty", "the seeded strategies are gone", ("INFRA-DATA-03", "INFRA-ROLL-01")),
    ("mongo-data-corrupt", "a trade has a negative quantity", ("INFRA-ROLL-01",)),
    ("mongo-data-lost", "three of four trades are gone", ("INFRA-ROLL-01", "INFRA-DATA-08")),
)
FAULTS: tuple[Fault, ...] = (
    *(Fault(name, "mongo", change, breaks) for name, change, breaks in _KNOWN),
    Fault(
        "mongo-recovering", "mongo", "the third member is RECOVERING; no failover is tried then",
        ("INFRA-MONGO-03", "INFRA-MONGO-12"), seen_by=("mongo_failover",),
    ),
    Fault(
        "mongo-query-slow", "mongo", "each query takes 340 ms", ("INFRA-DATA-05", "PERF-DATA-01"),
        seen_by=("mongo_burst",),
    ),
    Fault(
        "mongo-default-password", "mongo", "admin may log in with the word admin",
        ("INFRA-MONGO-05", "SEC-SECRET-08", "SEC-GATE-03"), seen_by=("defaults",),
    ),
)  # fmt: skip
