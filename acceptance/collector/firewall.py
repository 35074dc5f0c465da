"""What keeps strangers out: ufw, fail2ban's jail and its chain, the edge's limits, SYN cookies, listening sockets."""

from __future__ import annotations

import json
import os
import re

from acceptance.collector.base import Blind, attempt, read, run, section
from acceptance.collector.nginx import look_at_edge
from acceptance.collector.ssh import look_at_sshd, look_at_sudo

RULE = re.compile(
    r"(\S.*?)\s+(ALLOW|LIMIT|DENY|REJECT)(?: IN)?\s{2,}(\S.*?)(?:\s+#.*)?$"
)  # outgoing ones have one space
OTHER_WAYS = re.compile(r" (ALLOW|LIMIT|DENY|REJECT) (OUT|FWD)\b")


@section("access")
def look_at_access(request):
    """Facts `Access`."""
    return {
        "sshd": attempt("sshd's effective configuration", look_at_sshd, request),
        "sudo": attempt("who may sudo", look_at_sudo, request),
        "ufw": attempt("ufw", look_at_ufw),
        "jail": attempt("fail2ban's sshd jail", look_at_jail),
        "syn_cookies": attempt("SYN cookies", lambda: read("/proc/sys/net/ipv4/tcp_syncookies").strip() in ("1", "2")),
        "edge": attempt("the edge's running configuration", look_at_edge, request),
        "listening": attempt("listening sockets", look_at_sockets),
    }


def look_at_ufw():
    """Facts `Ufw`, by its own status."""
    said = run("ufw", "status", "verbose", root=True)
    incoming = re.search(r"Default: (\w+) \(incoming\)", said)
    rules = rules_of(said)
    if len(rules) > 2000:
        raise Blind("ufw has %d rules, more than are looked at" % len(rules))
    ipv6 = re.search(r"^IPV6=(\w+)", read("/etc/default/ufw", root=True), re.MULTILINE)
    addresses = json.loads(run("ip", "-j", "-6", "address", "show", "scope", "global"))
    return {
        "active": "Status: active" in said,
        "incoming": incoming.group(1) if incoming else "",
        "rules": rules,
        "guards_v6": bool(ipv6) and ipv6.group(1).lower() == "yes",
        "has_v6": any(a.get("addr_info") for a in addresses),
    }


def rules_of(said):
    """Facts `Rule` of each incoming one: "443/tcp", "80,443/tcp (Nginx Full (v6))", "203.0.113.7 22/tcp", "Anywhere on wg0"."""
    rules = []
    for line in said.partition("\n--")[2].splitlines()[1:]:
        found = RULE.match(line)
        if not found and line.strip() and not OTHER_WAYS.search(line):
            raise Blind("ufw's line %r is none that we know" % line[:100])
        if found:
            place, _, interface = found.group(1).partition(" on ")
            to = re.sub(r" \(.*", "", place).split()[-1]
            source = re.split(r"\s{2,}", found.group(3))[0].replace(" (v6)", "").strip()
            rules.append({
                "to": ("%s on %s" % (to, interface) if interface and to.startswith("Anywhere") else to)[:60],
                "action": found.group(2), "source": source[:80], "v6": "(v6)" in line or ":" in source,
            })  # fmt: skip
    return rules


def look_at_jail():
    """Facts `Jail`, as fail2ban itself runs it. Its chain or set may be made by the first ban."""

    def get(what):
        return run("fail2ban-client", "get", "sshd", what, root=True).strip()

    status = run("fail2ban-client", "status", "sshd", root=True)
    nobody = re.search(r"Currently banned:\s*0\b", status) is not None
    actions = re.findall(r"[\w-]+", get("actions").splitlines()[-1])
    ready = []
    for action in actions:
        there = any(os.path.exists("/etc/fail2ban/action.d/%s.%s" % (action, end)) for end in ("conf", "local"))
        if action.startswith(("iptables", "nftables")):
            words = ("iptables", "-S") if action.startswith("iptables") else ("nft", "list", "ruleset")
            tables = run(*words, root=True, any=True)
            there = there and (nobody or re.search(r"f2b-sshd|addr6?-set-sshd", tables) is not None)
        elif action == "ufw":
            there = there and "Status: active" in run("ufw", "status", root=True)
        ready.append(there)
    return {
        "max_retry": int(get("maxretry")), "ban_time_s": float(get("bantime")), "find_time_s": float(get("findtime")),
        "actions": actions[:10], "ready": bool(ready) and all(ready),
    }  # fmt: skip


def look_at_sockets():
    """Ports on which something listens beyond loopback."""
    ports = set()
    lines = run("ss", "-Hltn").splitlines()
    if not lines:
        raise Blind("ss shows no socket at all, not even that of what serves here")
    for line in lines:
        words = line.split()
        host, _, port = words[3].rpartition(":")
        if not host.strip("[]").startswith(("127.", "::1")):
            ports.add(int(port))
    return sorted(ports)
