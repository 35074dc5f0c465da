"""Asks from inside a container's own network: the host's Python there, with the names that the container knows."""

from __future__ import annotations

import json

from acceptance.collector.base import Blind, read, run

RESOLVE = r"""
import json, random, socket, struct, sys
ask = json.loads(sys.argv[1])
def resolve(name):
    try:
        socket.inet_aton(name)
        return name
    except OSError:
        pass
    for line in ask["hosts"].splitlines():
        words = line.split("#")[0].split()
        if name in words[1:] and ":" not in words[0]:
            return words[0]
    server = next(w.split()[1] for w in ask["resolv"].splitlines() if w.startswith("nameserver"))
    mark = random.randrange(65536)
    question = b"".join(bytes([len(p)]) + p.encode() for p in name.split(".")) + b"\0" + struct.pack(">HH", 1, 1)
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link.settimeout(2)
    link.sendto(struct.pack(">HHHHHH", mark, 256, 1, 0, 0, 0) + question, (server, 53))
    data = link.recv(4096)
    at, count = 12 + len(question), struct.unpack(">H", data[6:8])[0]
    for _ in range(count):
        while data[at] and data[at] < 192:
            at += 1 + data[at]
        at += 2 if data[at] >= 192 else 1
        kind, _, _, size = struct.unpack(">HHIH", data[at:at + 10])
        at += 10
        if kind == 1:
            return socket.inet_ntoa(data[at:at + 4])
        at += size
    raise OSError("%s does not resolve" % name)
"""


def service_of(container):
    """The compose service of an inspected container; its own name where it has none."""
    labels = container["Config"].get("Labels") or {}
    return labels.get("com.docker.compose.service", container["Name"].lstrip("/"))


def running_container(containers, service):
    """The first of a service's containers that runs. Blind when none does."""
    for container in containers:
        if service_of(container) == service and container["State"].get("Running"):
            return container
    raise Blind(f"no container of service {service} runs")


def ask_inside(container, source, told, timeout_s):
    """What a source prints as JSON: it has `ask`, which is `told`, and `resolve(name)`, which gives an address."""
    pid = str(container["State"]["Pid"])
    told = {
        **told, "pid": pid,
        "hosts": read(f"/proc/{pid}/root/etc/hosts", root=True),
        "resolv": read(f"/proc/{pid}/root/etc/resolv.conf", root=True),
    }  # fmt: skip
    words = ("nsenter", "-t", pid, "-n", "python3", "-IB", "-c", RESOLVE + source, json.dumps(told))
    return json.loads(run(*words, root=True, timeout_s=timeout_s))
