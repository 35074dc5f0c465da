"""The faults of the sandbox's API, and exactly the items that each one turns red."""

from __future__ import annotations

from acceptance.sandbox import tokens
from acceptance.sandbox.fault import Fault

_SEEN_BY = {
    "SEC-WEB-08": "malformed",
    "SEC-WEB-12": "malformed",
    "SEC-WEB-13": "malformed",
    "SEC-WEB-15": "fuzz",
    "FUNC-EXT-04": "integrations",
    "FUNC-EXT-05": "paper_order",
    "FUNC-UI-04": "browser",
}
_OPEN = ("SEC-WEB-05", "SEC-GATE-03")
_WRITES = (*_OPEN, "SEC-WEB-10")  # what strangers may change, a foreign page may change
_PROFILE = (*_OPEN, "FUNC-API-05", "SEC-SECRET-05", "SEC-WEB-06")  # the expired token is let in too
_LOGIN = ("FUNC-API-03",)
FAULTS: tuple[Fault, ...] = (
    *tokens.FAULTS,
    *(
        Fault(name, "engine", change, breaks, tuple(probe for id, probe in _SEEN_BY.items() if id in breaks))
        for name, change, breaks in (
            ("health-static", "the health answer is a constant", ("FUNC-API-01",)),
            ("health-frozen-cache", "the health answer comes from a cache", ("FUNC-API-01",)),
            ("fallback-page-for-any-path", "every path below /api answers 200 with the health page", ("FUNC-API-01",)),
            ("health-answers-below", "every path below health answers as health does", ("FUNC-API-01",)),
            ("health-calls-redis-down", "the health answer calls redis down, and itself healthy", ("FUNC-API-01",)),
            ("status-misses-a-service", "the status document leaves out redis", ("FUNC-API-02", "INFRA-GATE-01")),
            (
                "status-reports-unhealthy",
                "the status document calls rabbitmq unhealthy",
                ("FUNC-API-02", "INFRA-GATE-01"),
            ),
            ("login-tells-unknown-user", "an unknown user gets another answer", _LOGIN),
            ("login-breaks-on-missing-field", "a missing field gives a 500", _LOGIN),
            ("login-failure-in-a-200", "a wrong password gets 200 with success false", _LOGIN),
            ("login-operator-injection", 'log-in takes {"$ne": null}', ("SEC-WEB-08", "SEC-WEB-15")),
            ("stack-trace-on-bad-json", "malformed JSON gives a 500 with a stack trace", ("SEC-WEB-12",)),
            ("negative-limit-500", "a negative limit gives a 500", ("SEC-WEB-15",)),
            ("login-shows-hash", "log-in's answer holds the password's hash", ("SEC-WEB-13",)),
            ("profile-shows-hash", "the profile holds the password's hash", ("SEC-WEB-13",)),
            ("register-twice", "an address can be registered twice", ("FUNC-API-06",)),
            ("register-takes-weak-passwords", "weak passwords are taken", ("FUNC-API-06",)),
            ("refresh-keeps-old-token", "the refreshed token still works", ("SEC-WEB-06",)),
            ("document-misses-a-route", "the API's document leaves out a route", ("INFRA-DOC-03",)),
            ("document-missing", "the API has no document", ("INFRA-DOC-03",)),
            ("document-broken", "the API's document is not valid", ("INFRA-DOC-03",)),
            ("every-route-open", "no route asks for a token", (*_PROFILE, "SEC-WEB-10")),
            ("only-accounts-guarded", "no route but those of accounts asks for a token", _WRITES),
            ("missing-token-gives-400", "a missing token gets 400", _WRITES),
            ("orders-missing", "orders can be neither placed nor cancelled", (*_WRITES, "FUNC-EXT-05", "FUNC-EXT-06")),
            ("trading-route-open", "orders can be placed without a token", _WRITES),
            ("delete-open", "what can be deleted can be deleted by strangers", _WRITES),
            ("missing-token-gives-data", "the profile is given without a token", _PROFILE),
            ("admin-open-to-users", "every user may list all users", ("SEC-WEB-05",)),
            ("foreign-portfolio-by-id", "a portfolio is given by its id", ("SEC-WEB-05", "FUNC-API-08")),
            ("one-portfolio-for-all", "every user is shown the same portfolio", ("FUNC-API-08",)),
            ("portfolio-misses-a-field", "the portfolio lacks a field", ("FUNC-API-08",)),
            ("strategies-empty", "the list of strategies is empty", ("FUNC-API-09",)),
            ("profile-of-another", "the profile is another user's", ("FUNC-API-07",)),
            ("market-constant", "market data never moves", ("FUNC-API-10", "FUNC-EXT-04")),
            ("market-an-hour-old", "market data is an hour old", ("FUNC-API-10",)),
            (
                "market-success-false",
                "market data is a failure in a 200",
                ("FUNC-API-10", "FUNC-EXT-04", "FUNC-UI-04", "FUNC-UI-05", "FUNC-UI-06", "SEC-WEB-15"),
            ),
        )
    ),
)
