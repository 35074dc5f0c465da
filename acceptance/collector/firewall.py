"""What keeps strangers out: ufw, fail2ban's jail and its chain, the edge's limits, SYN cookies, listening sockets."""

from __future__ import annotations

import json
import os
import re

from acceptance.collector.base import attempt, read, run, section
from acceptance.collector.ssh import look_at_sshd, look_at_sudo


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
    rules = []
    for line in said.splitlines():
        found = re.match(
            r"(\S+(?: \(v6\))?)(?: on \S+)?\s{2,}(ALLOW|LIMIT|DENY|REJECT)(?: IN)?\s+(.+?)(?:\s+#.*)?$", line
        )
        if found:
            rules.append({
                "to": found.group(1).replace(" (v6)", "")[:60], "action": found.group(2),
                "source": found.group(3).replace(" (v6)", "").strip()[:80], "v6": "(v6)" in line,
            })  # fmt: skip
    ipv6 = re.search(r"^IPV6=(\w+)", read("/etc/default/ufw", root=True), re.MULTILINE)
    addresses = json.loads(run("ip", "-j", "-6", "address", "show", "scope", "global"))
    return {
        "active": "Status: active" in said,
        "incoming": incoming.group(1) if incoming else "",
        "rules": rules[:300],
        "guards_v6": bool(ipv6) and ipv6.group(1).lower() == "yes",
        "has_v6": any(a.get("addr_info") for a in addresses),
    }


def look_at_jail():
    """Facts `Jail`, as fail2ban itself runs it."""

    def get(what):
        return run("fail2ban-client", "get", "sshd", what, root=True).strip()

    run("fail2ban-client", "status", "sshd", root=True)
    actions = re.findall(r"[\w-]+", get("actions").splitlines()[-1])
    chain = run("iptables", "-S", root=True, any=True) if actions else ""
    ready = []
    for action in actions:
        there = os.path.exists("/etc/fail2ban/action.d/%s.conf" % action)
        if action.startswith(("iptables", "nftables")):
            tables = chain if action.startswith("iptables") else run("nft", "list", "ruleset", root=True, any=True)
            there = there and "f2b-sshd" in tables
        elif action == "ufw":
            there = there and "Status: active" in run("ufw", "status", root=True)
        ready.append(there)
    return {
        "max_retry": int(get("maxretry")), "ban_time_s": float(get("bantime")), "find_time_s": float(get("findtime")),
        "actions": actions[:10], "ready": bool(ready) and all(ready),
    }  # fmt: skip


def look_at_edge(request):
    """Facts `Edge`: nginx' running configuration, as much of it as limits need."""
    container = request["edge_container"]
    said = run("docker", "exec", container, "nginx", "-T") if container else run("nginx", "-T", root=True)
    text = re.sub(r"(?m)#.*$", "", said)
    zones = re.findall(r"limit_req_zone\s+\S+\s+zone=(\w+):\S+\s+rate=(\S+?);", text)
    return {
        "zones": ["%s %s" % (name, rate) for name, rate in zones][:50],
        "connection_limits": bool(re.search(r"\blimit_conn\s+\w+\s+\d+", text)),
        "locations": blocks(text)[:300],
    }


def blocks(text):
    """Facts `Location`: each location with the limit that holds in it, inherited where it has none."""
    found, stack, words = [], [{"limited": False, "location": None, "opened": 0}], ""
    for mark in re.findall(r"\"[^\"]*\"|'[^']*'|[{};]|[^\s{};]+", text):
        if mark == "{":
            parts = words.split()
            place = parts[1:] if parts[:1] == ["location"] else None
            stack.append({"limited": stack[-1]["limited"], "location": place})
            if place is not None:
                found.append(stack[-1])
            words = ""
        elif mark == "}":
            if len(stack) > 1:
                stack.pop()
            words = ""
        elif mark == ";":
            if words.startswith("limit_req "):
                stack[-1]["limited"] = True
            words = ""
        else:
            words = (words + " " + mark).strip()
    return [
        {
            "kind": b["location"][0] if len(b["location"]) > 1 else "",
            "path": b["location"][-1][:200] if b["location"] else "",
            "limited": b["limited"],
        }
        for b in found
    ]


def look_at_sockets():
    """Ports on which something listens beyond loopback."""
    ports = set()
    for line in run("ss", "-Hltn").splitlines():
        words = line.split()
        host, _, port = words[3].rpartition(":")
        if not host.strip("[]").startswith(("127.", "::1")):
            ports.add(int(port))
    return sorted(ports)
