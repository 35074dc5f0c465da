"""Flood protection: a shield in front, or SYN cookies and connection limits on the hosts themselves."""

import pytest

from acceptance.facts import Unseen
from acceptance.probes.access import Access, Edge
from acceptance.probes.configuration import Configuration, Configured
from acceptance.verdict import Status
from selftests.judging import judge

NOT_SEEN = Unseen("it", "not asked")


@pytest.mark.parametrize(
    ("shielded", "cookies", "limits", "status"),
    [
        (False, True, True, Status.PASS),
        (False, False, True, Status.FAIL),
        (False, True, False, Status.FAIL),
        (False, False, False, Status.FAIL),
        (False, NOT_SEEN, True, Status.BLOCKED),
        (True, False, False, Status.PASS),
        (NOT_SEEN, False, False, Status.BLOCKED),
        (NOT_SEEN, True, True, Status.PASS),
    ],
)
def test_a_shield_or_the_hosts_own_means(
    shielded: bool | Unseen, cookies: bool | Unseen, limits: bool, status: Status
) -> None:
    edge = Edge((), limits, ())
    access = Access(NOT_SEEN, NOT_SEEN, NOT_SEEN, NOT_SEEN, cookies, edge, NOT_SEEN)
    host = Configured("app", "deploy", (), None, access)
    facts = Configuration((host,), (), (), (), (), (), shielded=shielded)
    assert judge("SEC-FIREWALL-07", configuration=facts) is status
