"""The containers: state, health, limits, logs' drivers, zones, images; values of their environment stay here."""

from __future__ import annotations

import json
import os
import re
import time

from acceptance.collector.base import Blind, attempt, section
from acceptance.collector.compose import look_at_compose
from acceptance.collector.docker import BODY_LIMIT, docker, docker_json, project_containers
from acceptance.collector.images import secrets_in_image
from acceptance.collector.logs import age_s, look_at_log, rotates

SHOWN = ("NODE_ENV", "LOG_LEVEL", "RUST_LOG", "TZ", "BINANCE_TESTNET", "TRADING_ENABLED")  # no secret is among them


@section("engine")
def look_at_engine(request):
    """Facts `Engine`."""
    info, version = docker_json("/info"), docker_json("/version")
    status = dict(pair[:2] for pair in info.get("DriverStatus") or [] if len(pair) >= 2)
    found = project_containers(request["project"])
    events = attempt("the engine's events", health_events)
    images = {c["Image"]: attempt("the image of {}".format(c["Name"]), look_at_image, c["Image"]) for c in found}
    return {
        "version": version.get("Version", "")[:50],
        "driver": info.get("Driver", ""),
        "d_type": status.get("Supports d_type", "true") == "true",
        "memory_bytes": info.get("MemTotal", 0),
        "cpus": info.get("NCPU", 0),
        "containers": [
            dict(look_at_container(c, images[c["Image"]], events, request), healthy_by_s=healthy_by_s(c, found))
            for c in found
        ],
        "tags": attempt("the images' tags", look_at_tags),
        "compose": attempt("the resolved compose file", look_at_compose, request, info),
    }


def look_at_container(c, image, events, request):
    """Facts `Container`."""
    host, state, labels = c["HostConfig"], c["State"], c["Config"].get("Labels") or {}
    settings = dict(pair.partition("=")[::2] for pair in c["Config"].get("Env") or [])
    log = host["LogConfig"]
    options = log.get("Config") or {}
    ports = (c.get("NetworkSettings", {}).get("Ports") or {}).values()
    running = state.get("Running", False)
    return {
        "name": c["Name"].lstrip("/")[:100],
        "service": labels.get("com.docker.compose.service", "")[:100],
        "image": c["Config"].get("Image", "")[:200],
        "image_id": c["Image"],
        "revision": image.get("revision", ""),
        "image_bytes": image.get("size", 0),
        "image_secrets": image.get("secrets", image),
        "state": state.get("Status", "")[:20],
        "health": (state.get("Health") or {}).get("Status", "")[:20],
        "healthcheck": why_it_cannot_fail(c["Config"].get("Healthcheck") or {}, settings),
        "restarts": c.get("RestartCount", 0),
        "oom_killed": state.get("OOMKilled", False),
        "restart_policy": host.get("RestartPolicy", {}).get("Name", ""),
        "created_s_ago": age_s(c["Created"]),
        "started_s_ago": age_s(state["StartedAt"]) if running else 0.0,
        "healthy_after_s": attempt("when {} became healthy".format(c["Name"]), healthy_after_s, c, events),
        "down_s": attempt("how long {} has been unwell".format(c["Name"]), down_s, c),
        "log_driver": log.get("Type", ""),
        "log_rotates": rotates(log.get("Type", ""), options),
        "memory_limit_bytes": host.get("Memory") or 0,
        "cpu_limit": cpu_limit_of(host),
        "published": sorted({"%s:%s" % (p["HostIp"] or "0.0.0.0", p["HostPort"]) for ps in ports for p in ps or []}),
        "zone": attempt("the time zone in {}".format(c["Name"]), zone_of, c, settings),
        "config_files": real_paths(labels.get("com.docker.compose.project.config_files", ""))[:500],
        "config_hash": labels.get("com.docker.compose.config-hash", "")[:100],
        "settings": {name: settings[name][:200] for name in SHOWN if name in settings},
        "log": attempt("the log of {}".format(c["Name"]), look_at_log, c, request, settings),
    }  # fmt: skip


def real_paths(listed):
    """Paths between commas without symbolic links, as releases are switched by one."""
    return ",".join(os.path.realpath(path) for path in listed.split(",") if path)


def cpu_limit_of(host):
    """CPUs that a container may use, 0 where nothing limits it."""
    quota = host.get("CpuQuota") or 0
    return (host.get("NanoCpus") or 0) / 1e9 or (quota / (host.get("CpuPeriod") or 100000) if quota > 0 else 0.0)


def look_at_image(identity):
    """Size and revision label of an image."""
    image = docker_json(f"/images/{identity}/json")
    config = image.get("Config") or {}
    revision = (config.get("Labels") or {}).get("org.opencontainers.image.revision", "")[:64]
    return {"size": image.get("Size", 0), "revision": revision, "secrets": secrets_in_image(config)}


def look_at_tags():
    """Facts `Tag`: every tagged image here."""
    found = []
    for image in docker_json("/images/json")[:300]:
        for tag in image.get("RepoTags") or []:
            found.append({"tag": tag[:200], "image_id": image["Id"], "size_bytes": image.get("Size", 0)})
    return found


def why_it_cannot_fail(check, settings):
    """Why a health check proves nothing; "" when it does."""
    test = check.get("Test") or []
    if not test or test == ["NONE"]:
        return "there is no health check"
    line = " ".join(test[1:]) if test[0] in ("CMD", "CMD-SHELL") else " ".join(test)
    if re.search(r"(^|\|\||;|&&)\s*(true|:|exit 0|/bin/true)\s*$", line.strip()):
        return "the health check always ends with 0"
    pings = "redis-cli" in line and "ping" in line.lower() and "REDISCLI_AUTH" not in settings
    if pings and not re.search(r"grep|\s-e\b|\s-a\b|--pass", line):
        return "redis-cli ping ends with 0 on NOAUTH too"
    if re.search(r"\bcurl\b", line) and not re.search(r"\s-[a-zA-Z]*f|--fail", line):
        return "curl without -f takes any status for health"
    return ""


def health_events():
    """Health events that the engine still remembers: (container, status, seconds since the epoch)."""
    asked = "/events?since=%d&until=%d&filters=%s" % (
        time.time() - 90000,
        time.time(),
        "%7B%22type%22%3A%5B%22container%22%5D%7D",
    )
    found = []
    for line in docker(asked).splitlines():
        event = json.loads(line)
        if str(event.get("status", "")).startswith("health_status"):
            found.append([event["id"], event["status"].rpartition(" ")[2], event["timeNano"] / 1e9])
    return found


def healthy_after_s(container, events):
    """Seconds from start to the first "healthy", by the engine's events or by a log that goes back to the start."""
    state = container["State"]
    if not state.get("Health"):
        raise Blind("there is no health check")
    began = time.time() - age_s(state["StartedAt"])
    for identity, status, at in events if isinstance(events, list) else []:
        if identity == container["Id"] and status == "healthy" and at >= began:
            return at - began
    checks = state["Health"].get("Log") or []
    if 0 < len(checks) < 5:
        for check in checks:
            if check["ExitCode"] == 0:
                return max(0.0, time.time() - age_s(check["End"]) - began)
    if state["Health"]["Status"] != "healthy":
        return time.time() - began
    raise Blind("neither the engine's events nor its health log go back to the start")


def healthy_by_s(container, found):
    """Seconds from a container's start to that of the first which compose started only once it was healthy; -1 for none.

    It counts among containers that never ended: whatever starts again waits for nobody.
    """
    service = (container["Config"].get("Labels") or {}).get("com.docker.compose.service", "")
    try:
        started = [
            age_s(container["State"]["StartedAt"]) - age_s(other["State"]["StartedAt"])
            for other in found
            if service
            and service + ":service_healthy" in waits_for(other)
            and all(map(never_ended, (container, other)))
        ]
    except (Blind, KeyError):
        return -1.0  # a time that can't be read shows nothing
    return min([each for each in started if each >= 0], default=-1.0)


def waits_for(container):
    """What a container's service waits for, as compose writes it on it: "redis:service_healthy"."""
    said = (container["Config"].get("Labels") or {}).get("com.docker.compose.depends_on", "")
    return [":".join(each.split(":")[:2]) for each in said.split(",")]


def never_ended(container):
    """Whether a container runs since its first start."""
    return container["State"].get("Running", False) and container["State"].get("FinishedAt", "").startswith("0001-")


def down_s(container):
    """Seconds for which a container has not run, or has been unhealthy by its own check, on end; 0 while it is well.

    The log holds the last five checks; before them the failing streak goes back at their pace.
    """
    state = container["State"]
    if not state.get("Running", False):
        job = container["HostConfig"].get("RestartPolicy", {}).get("Name", "") in ("", "no")
        return (
            0.0 if job and state.get("ExitCode") == 0 else min(age_s(container["Created"]), age_s(state["FinishedAt"]))
        )
    health = state.get("Health") or {}
    up_s = age_s(state["StartedAt"])
    if health.get("Status") == "starting":
        return up_s
    if health.get("Status") != "unhealthy":
        return 0.0
    checks, streak = [age_s(check["Start"]) for check in health.get("Log") or []], health.get("FailingStreak", 0)
    if not checks or not streak:
        raise Blind("Docker calls it unhealthy and keeps no failed check")
    if streak <= len(checks):
        return min(up_s, checks[-streak])
    pace = (checks[0] - checks[-1]) / (len(checks) - 1) if len(checks) > 1 else 0.0
    return min(up_s, checks[-1] + (streak - 1) * pace)


def zone_of(container, settings):
    """The zone that a process in a container sees: TZ, else its /etc/localtime, else UTC."""
    if settings.get("TZ"):
        return settings["TZ"][:60]
    try:
        packed = docker("/containers/{}/archive?path=/etc/localtime".format(container["Id"]))
    except Blind as blind:
        if "answered 404" in str(blind):
            return "UTC"
        raise
    if len(packed) >= BODY_LIMIT:
        raise Blind("its /etc/localtime is no zone")
    if packed[156:157] == b"2":
        return packed[157:257].rstrip(b"\0").decode("utf-8", "replace").partition("/zoneinfo/")[2][:60]
    rule = re.findall(rb"\n([<A-Za-z][^\n\0]*)\n", packed[512:])
    return rule[-1].decode("ascii", "replace")[:60] if rule else "unknown"
