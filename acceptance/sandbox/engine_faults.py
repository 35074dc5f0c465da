"""The faults of the sandbox's API, and exactly the items that each one turns red."""

from __future__ import annotations

from acceptance.sandbox import tokens
from acceptance.sandbox.fault import Fault

_LOGIN = ("FUNC-API-03",)
FAULTS: tuple[Fault, ...] = (
    *tokens.FAULTS,
    *(
        Fault(name, "engine", change, breaks)
        for name, change, breaks in (
            ("health-static", "the health answer is a constant", ("FUNC-API-01",)),
            ("health-frozen-cache", "the health answer comes from a cache", ("FUNC-API-01",)),
            ("fallback-page-for-any-path", "every path below /api answers 200 with the health page", ("FUNC-API-01",)),
            ("status-misses-a-service", "the status document leaves out redis", ("FUNC-API-02",)),
            ("status-reports-unhealthy", "the status document calls rabbitmq unhealthy", ("FUNC-API-02",)),
            ("login-tells-unknown-user", "an unknown user gets another answer", _LOGIN),
            ("login-breaks-on-missing-field", "a missing field gives a 500", _LOGIN),
            ("login-failure-in-a-200", "a wrong password gets 200 with success false", _LOGIN),
        )
    ),
)
