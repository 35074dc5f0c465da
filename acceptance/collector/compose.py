"""The compose file as Docker Compose itself resolves it. Values of variables stay on the host."""

from __future__ import annotations

import json
import os
import re
import subprocess

from acceptance.collector.base import ENVIRONMENT, Blind, find

SOURCES = ("Cargo.toml", "package.json", "main.py", "src")
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
        last = said.strip().splitlines()
        raise Blind("docker compose ended with %d: %s" % (done.returncode, last[-1][:200] if last else "no word"))
    return done.stdout.decode("utf-8", "replace"), said


def plugin():
    """Whether the plugin answers."""
    done = subprocess.run(
        ["docker", "compose", "version"], capture_output=True, env=ENVIRONMENT, timeout=8, check=False
    )
    return done.returncode == 0


def look_at_compose(request):
    """Facts `Compose`."""
    if not os.path.isdir(request["deploy_dir"]):
        raise Blind("{} does not exist".format(request["deploy_dir"]))
    resolved, said = compose(request, "config", "--format", "json")
    hashes = dict(line.split()[:2] for line in compose(request, "config", "--hash", "*")[0].splitlines() if " " in line)
    services = json.loads(resolved).get("services") or {}
    return {
        "files": [os.path.join(request["deploy_dir"], name) for name in request["compose_files"]],
        "unset": sorted(set(re.findall(r'The \\?"(\w+)\\?" variable is not set', said)))[:50],
        "services": [planned(name, service, hashes, request) for name, service in sorted(services.items())],
    }


def planned(name, service, hashes, request):
    """Facts `Planned`: one service of the resolved file."""
    needs = service.get("depends_on") or {}
    mounts = [v for v in service.get("volumes") or [] if isinstance(v, dict) and v.get("type") == "bind"]
    check = service.get("healthcheck") or {}
    return {
        "name": name[:100],
        "image": str(service.get("image", ""))[:200],
        "config_hash": hashes.get(name, "")[:100],
        "depends_on": {k[:100]: str((v or {}).get("condition", ""))[:40] for k, v in needs.items()},
        "has_healthcheck": bool(check) and not check.get("disable") and check.get("test") not in ("NONE", ["NONE"]),
        "published_databases": sorted(
            "{}:{}".format(p.get("host_ip", ""), p.get("published", ""))
            for p in service.get("ports") or []
            if str(p.get("target")) in DATABASES and p.get("host_ip") not in ("127.0.0.1", "::1")
        ),
        "source_mounts": sorted(
            v["source"][:200] for v in mounts
            if os.path.isdir(v["source"]) and (v["source"] + "/").startswith(request["deploy_dir"] + "/")
            and any(os.path.exists(os.path.join(v["source"], name)) for name in SOURCES)
        ),
    }  # fmt: skip
