"""How busy the host and its containers are over a window, and whether containers reach what they depend on."""

from __future__ import annotations

import re
import time

from acceptance.collector.base import attempt, read, section
from acceptance.collector.docker import docker_json, project_containers
from acceptance.collector.inside import ask_inside, service_of

REACH = r"""
out = []
for place in ask["places"]:
    name, _, port = place.rpartition(":")
    try:
        socket.create_connection((resolve(name), int(port)), 2).close()
        out.append("")
    except Exception as problem:
        out.append("%s: %s" % (type(problem).__name__, problem))
print(json.dumps(out))
"""


@section("usage")
def look_at_usage(request):
    """Facts `HostUsage`: two samples, `window_s` apart."""
    containers = attempt("Docker's containers", project_containers, request["project"])
    running = [c for c in containers if c["State"].get("Running")] if isinstance(containers, list) else containers
    first, began = sample(running), time.monotonic()
    reach = attempt("what containers reach", look_at_reach, running, request["reaches"])
    time.sleep(max(0.5, request["window_s"] - (time.monotonic() - began)))
    second, window = sample(running), time.monotonic() - began
    busy = [b - a for a, b in zip(first["cpu"], second["cpu"])]
    cpus = max(1, second["cpus"])
    return {
        "window_s": window,
        "cpu_percent": 100.0 * (1 - (busy[3] + busy[4]) / max(1, sum(busy[:8]))),
        "memory_percent": second["memory_percent"],
        "disks": [between(name, first["disks"].get(name, now), now, window) for name, now in second["disks"].items()],
        "containers": [
            container_use(c, first["containers"][c["Id"]], second["containers"][c["Id"]], window, cpus) for c in running
        ] if isinstance(running, list) else running,
        "reach": reach,
    }  # fmt: skip


def sample(running):
    """Counters of this moment."""
    memory = dict(re.findall(r"(\w+):\s+(\d+)", read("/proc/meminfo")))
    stat = read("/proc/stat")
    disks = {}
    for line in read("/proc/diskstats").splitlines():
        words = line.split()
        if re.match(r"(sd[a-z]+|vd[a-z]+|xvd[a-z]+|nvme\d+n\d+|md\d+)$", words[2]):
            numbers = [int(w) for w in words[3:14]]
            disks[words[2]] = (numbers[0] + numbers[4], numbers[3] + numbers[7], numbers[9])
    found = {}
    for container in running if isinstance(running, list) else []:
        stats = docker_json("/containers/{}/stats?stream=false&one-shot=true".format(container["Id"]))
        used = stats["memory_stats"].get("usage", 0) - (stats["memory_stats"].get("stats") or {}).get(
            "inactive_file", 0
        )
        found[container["Id"]] = (
            stats["cpu_stats"]["cpu_usage"]["total_usage"],
            max(0, used),
            stats["memory_stats"].get("limit", 0),
            anonymous(stats["memory_stats"].get("stats") or {}),
        )
    return {
        "cpu": [int(w) for w in stat.split("\n", 1)[0].split()[1:]],
        "cpus": len(re.findall(r"^cpu\d+ ", stat, re.MULTILINE)),
        "memory_percent": 100.0 * (1 - float(memory["MemAvailable"]) / float(memory["MemTotal"])),
        "disks": disks,
        "containers": found,
    }


def between(name, before, after, window):
    """Facts `DiskUse`."""
    done, waited, busy_ms = (b - a for a, b in zip(before, after))
    return {"device": name, "busy_percent": busy_ms / window / 10, "wait_ms": waited / done if done else 0.0}


def container_use(container, before, after, window, cpus):
    """Facts `ContainerUse`: per cent of its own limits, of the host where it has none."""
    host = container["HostConfig"]
    quota = (host.get("CpuQuota") or 0) / (host.get("CpuPeriod") or 100000)
    limit = (host.get("NanoCpus") or 0) / 1e9 or (quota if quota > 0 else cpus)
    return {
        "name": container["Name"].lstrip("/")[:100],
        "cpu_percent": 100.0 * (after[0] - before[0]) / 1e9 / window / limit,
        "memory_percent": 100.0 * after[1] / after[2] if after[2] else 0.0,
        "anon_bytes": after[3],
        "connections": attempt("the connections of {}".format(container["Name"]), sockets_of, container),
    }


def sockets_of(container):
    """TCP sockets in use in a container's network; those of a service on the host's network are the host's."""
    place = "/proc/{}/net/".format(container["State"]["Pid"])
    used = [re.findall(r"^TCP6?: inuse (\d+)", read(place + name), re.MULTILINE) for name in ("sockstat", "sockstat6")]
    return sum(int(count) for counts in used for count in counts)


def anonymous(stats):
    """Bytes that a process holds and no file backs: `anon` of cgroup 2, `total_rss` of cgroup 1; 0 where neither is told."""
    return stats.get("anon", stats.get("total_rss", 0))


def look_at_reach(running, reaches):
    """Facts `Reach`: names resolved and ports opened from inside each container's own network."""
    found = []
    for container in running if isinstance(running, list) else []:
        service = service_of(container)
        if places := reaches.get(service, []):
            for place, why in zip(places, ask_inside(container, REACH, {"places": places}, 15.0)):
                found.append({"service": service[:100], "to": place[:200], "ok": not why, "why": why[:200]})
    return found
