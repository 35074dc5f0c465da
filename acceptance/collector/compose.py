"""The compose file as Docker Compose itself resolves it. Values of variables stay on the host."""

from __future__ import annotations

import glob
import json
import os
import re
import subprocess
from urllib.parse import quote

from acceptance.collector.base import ENVIRONMENT, Blind, attempt, find, read
from acceptance.collector.docker import docker_json
from acceptance.collector.images import secrets_in_image
from acceptance.collector.logs import rotates

SOURCES = ("Cargo.toml", "package.json", "main.py", "src", "*.rs", "*.ts", "*.tsx", "*.py")
TELLS = re.compile(
    r"failed to read|interpolat|\.env|variable name|unterminated", re.IGNORECASE
)  # quotes values of .env
DAEMON = "/etc/docker/daemon.json"
DATABASES = {"27017", "6379", "5432", "3306", "5672", "15672"}


def compose(request, *words):
    """Standard output and error of a `docker compose` that reads the deployed files."""
    base = ["docker", "compose"] if not find("docker-compose") or plugin() else ["docker-compose"]
    for name in request["compose_files"]:
        base += ["-f", os.path.join(request["deploy_dir"], name)]
    base += ["--project-directory", request["deploy_dir"], "--profile", request["profile"]]
    environment = os.path.join(request["deploy_dir"], request["env_file"])
    if os.path.exists(environment):
        base += ["--env-file", environment]
    clean = {k: v for k, v in ENVIRONMENT.items() if k in ("PATH", "LC_ALL", "HOME", "DOCKER_CONFIG")}
    done = subprocess.run(  # a list that we make ourselves
        base + list(words), stdin=subprocess.DEVNULL, capture_output=True, env=clean, timeout=10, check=False
    )
    said = done.stderr.decode("utf-8", "replace")
    if done.returncode:
        raise Blind("docker compose ended with %d: %s" % (done.returncode, complaint(said)))
    return done.stdout.decode("utf-8", "replace"), said


def complaint(said):
    """What compose says is wrong, without what it quotes of .env."""
    lines = [line for line in said.splitlines() if line.strip() and "level=warning" not in line]
    first = lines[0] if lines else "no word"
    return (re.split(r"[\"'`]", first)[0] if TELLS.search(first) else first)[:200]


def plugin():
    """Whether the plugin answers."""
    done = subprocess.run(
        ["docker", "compose", "version"], capture_output=True, env=ENVIRONMENT, timeout=8, check=False
    )
    return done.returncode == 0


def look_at_compose(request, info):
    """Facts `Compose`. `info` is what the engine says of itself."""
    if not os.path.isdir(request["deploy_dir"]):
        raise Blind("{} does not exist".format(request["deploy_dir"]))
    resolved, said = compose(request, "config", "--format", "json")
    hashes = dict(line.split()[:2] for line in compose(request, "config", "--hash", "*")[0].splitlines() if " " in line)
    services = json.loads(resolved).get("services") or {}
    logs = attempt("Docker's default for logs", default_log, info)
    return {
        "files": [os.path.realpath(os.path.join(request["deploy_dir"], name)) for name in request["compose_files"]],
        "unset": unset(said, os.path.join(request["deploy_dir"], request["env_file"])),
        "services": [planned(name, service, hashes, request, logs) for name, service in sorted(services.items())],
    }


def unset(said, environment):
    """Variables that compose finds no value for; one that a value of .env seems to name may be a part of a secret."""
    names = set(re.findall(r'The \\?"(\w+)\\?" variable is not set', said))
    lines = read(environment, root=True).splitlines() if names and os.path.exists(environment) else []
    found = set()
    for name in names:
        inside = [n for n, line in enumerate(lines, 1) if re.search(r"\$\{?%s\b" % name, line)]
        found |= {"in line %d of .env, after a $ that is not doubled," % n for n in inside} or {name}
    return sorted(found)[:50]


def is_source(place, request):
    """Whether a folder is the deployed directory itself, or source code in it."""
    root = request["deploy_dir"].rstrip("/")
    place = place.rstrip("/")
    if not os.path.isdir(place) or not (place + "/").startswith(root + "/"):
        return False
    inside = (glob.glob(os.path.join(glob.escape(place), name)) for name in SOURCES)
    return place == root or os.path.basename(place) == "src" or any(inside)


def default_log(info):
    """Driver and options of a container whose service says nothing about logs."""
    settings = json.loads(read(DAEMON, root=True) or "{}") if os.path.exists(DAEMON) else {}
    return [info["LoggingDriver"], settings.get("log-opts") or {}]


def log_rotates(service, default):
    """Whether a service's log will rotate: its own options, over the daemon's where it keeps the daemon's driver."""
    if not isinstance(default, list):
        return default
    own = service.get("logging") or {}
    driver = own.get("driver") or default[0]
    options = {**(default[1] if driver == default[0] else {}), **(own.get("options") or {})}
    return rotates(driver, {name: str(value) for name, value in options.items()})


def look_at_planned_image(image):
    """Secrets in a planned image that is on the host already."""
    return secrets_in_image(docker_json("/images/%s/json" % quote(image)).get("Config") or {})


def planned(name, service, hashes, request, logs):
    """Facts `Planned`: one service of the resolved file."""
    needs = service.get("depends_on") or {}
    mounts = [v for v in service.get("volumes") or [] if isinstance(v, dict) and v.get("type") == "bind"]
    check = service.get("healthcheck") or {}
    deploy = service.get("deploy") or {}
    limits = (deploy.get("resources") or {}).get("limits") or {}
    image = str(service.get("image", ""))[:200]
    return {
        "name": name[:100],
        "image": image,
        "config_hash": hashes.get(name, "")[:100],
        "depends_on": {k[:100]: str((v or {}).get("condition", ""))[:40] for k, v in needs.items()},
        "has_healthcheck": bool(check) and not check.get("disable") and check.get("test") not in ("NONE", ["NONE"]),
        "published_databases": sorted(
            "{}:{}".format(p.get("host_ip", ""), p.get("published", ""))
            for p in service.get("ports") or []
            if str(p.get("target")) in DATABASES and p.get("host_ip") not in ("127.0.0.1", "::1")
        ),
        "source_mounts": sorted(
            v["source"][:200] for v in mounts if is_source(v["source"], request)
        ),
        "memory_limit_bytes": int(limits.get("memory") or service.get("mem_limit") or 0),
        "cpu_limit": float(limits.get("cpus") or service.get("cpus") or 0),
        "replicas": int(deploy.get("replicas") or service.get("scale") or 1),
        "log_rotates": log_rotates(service, logs),
        "image_secrets": attempt("the image %s" % image, look_at_planned_image, image),
    }  # fmt: skip
