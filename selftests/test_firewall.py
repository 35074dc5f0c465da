"""The firewall as real hosts print it: ufw's table, fail2ban's actions, nginx' limits."""

from __future__ import annotations

from typing import Any

import pytest

from acceptance.collector import firewall
from acceptance.facts import Unseen
from acceptance.probes.access import Access, Rule, Sshd, Ufw
from acceptance.probes.configuration import Configuration, Configured
from selftests.judging import BLOCKED, FAIL, PASS, judge

NOT_SEEN = Unseen("it", "not asked")
STATUS = """Status: active
Logging: on (low)
Default: deny (incoming), allow (outgoing), disabled (routed)
New profiles: skip

To                         Action      From
--                         ------      ----
22/tcp (OpenSSH)           ALLOW IN    Anywhere                  
80,443/tcp (Nginx Full)    ALLOW IN    Anywhere                   # the edge
203.0.113.7 8443/tcp       ALLOW IN    10.0.0.0/8                 (log)
9000:9100/tcp              LIMIT IN    Anywhere                  
Anywhere on wg0            ALLOW IN    Anywhere                  
25                         DENY IN     Anywhere                  
51820/udp                  ALLOW IN    Anywhere                  
22/tcp (OpenSSH (v6))      ALLOW IN    Anywhere (v6)             
80,443/tcp (Nginx Full (v6)) ALLOW IN    Anywhere (v6)             
7000/tcp                   ALLOW IN    2001:db8::/32             

6379/tcp                   ALLOW OUT   Anywhere                  
5432/tcp                   ALLOW FWD   Anywhere                  
"""  # noqa: W291  # as ufw 0.36 pads it


def ufw(said: str, **changes: Any) -> Configuration:
    rules = tuple(Rule(**each) for each in firewall.rules_of(said))
    return entered(
        ufw=Ufw(**{"active": True, "incoming": "deny", "rules": rules, "guards_v6": True, "has_v6": True, **changes})
    )


def entered(**parts: Any) -> Configuration:
    blank = dict.fromkeys(("sshd", "sudo", "ufw", "jail", "syn_cookies", "edge", "listening"), NOT_SEEN)
    host = Configured("app", "deploy", (), None, Access(**{**blank, **parts}))
    return Configuration((host,), (), (), (), (), ())


def test_profiles_addresses_ranges_and_comments_of_ufw_are_read() -> None:
    rules = [Rule(**each) for each in firewall.rules_of(STATUS)]
    opened = {port for port in range(1, 65536) if any(r.lets_in(port) for r in rules if not r.v6)}
    assert opened == {22, 80, 443, 8443, *range(9000, 9101)}
    assert {port for port in (22, 80, 443, 7000, 8443) if any(r.lets_in(port) for r in rules if r.v6)} == {
        22,
        80,
        443,
        7000,
    }
    assert next(r for r in rules if r.lets_in(8443)).source == "10.0.0.0/8"


def test_what_goes_out_or_through_opens_nothing() -> None:
    assert not [r for r in firewall.rules_of(STATUS) if r["to"].startswith(("6379", "5432"))]


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("Anywhere                   ALLOW IN    Anywhere", FAIL),
        ("Anywhere/tcp               ALLOW IN    Anywhere", FAIL),
        ("1:65535/tcp                ALLOW IN    Anywhere", FAIL),
        ("Anywhere (v6)              ALLOW IN    Anywhere (v6)", FAIL),
        ("Anywhere                   ALLOW IN    10.0.0.0/8", PASS),
        ("Anywhere on wg0            ALLOW IN    Anywhere", PASS),
        ("Anywhere                   DENY IN     Anywhere", PASS),
        ("1024:65535/tcp             ALLOW IN    Anywhere", PASS),
    ],
)
def test_a_rule_that_lets_anyone_in_is_no_firewall(line: str, status: object) -> None:
    assert judge("SEC-FIREWALL-01", configuration=ufw(STATUS + line)) is status


def test_an_sshd_whose_socket_is_not_seen_is_no_closed_port() -> None:
    rules = ufw(STATUS).hosts[0].access
    assert isinstance(rules, Access)
    sshd = Sshd((), (), False, 0)
    assert judge("SEC-FIREWALL-02", configuration=entered(sshd=sshd, ufw=rules.ufw), ssh_wire=None) is BLOCKED


NFT = "table inet f2b-table {\n set addr-set-sshd {\n type ipv4_addr\n }\n chain f2b-chain {\n tcp dport 22 ip saddr @addr-set-sshd reject\n }\n}"


@pytest.mark.parametrize(
    ("action", "banned", "tables", "ready"),
    [
        ("iptables-multiport", 0, "-P INPUT DROP", True),  # its chain is made by the first ban
        ("iptables-multiport", 2, "-P INPUT DROP\n-N f2b-sshd", True),
        ("iptables-multiport", 2, "-P INPUT DROP", False),
        ("nftables", 0, "", True),
        ("nftables", 2, NFT, True),
        ("nftables", 2, "table inet filter {}", False),
        ("no-such-action", 0, "", False),
    ],
)
def test_the_ban_is_in_place_by_chain_or_set(
    action: str, banned: int, tables: str, ready: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*words: str, **_: Any) -> str:
        if words[1:2] == ("status",):
            return f"Status for the jail: sshd\n`- Actions\n   |- Currently banned:\t{banned}\n   |- Total banned:\t{banned}\n"
        if words[-1] == "actions":
            return f"The jail sshd has the following actions:\n{action}\n"
        return tables if words[0] in ("iptables", "nft") else "600"

    monkeypatch.setattr(firewall, "run", run)
    monkeypatch.setattr(firewall.os.path, "exists", lambda path: "no-such-action" not in path)
    assert firewall.look_at_jail()["ready"] is ready
