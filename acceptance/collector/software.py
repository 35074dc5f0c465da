"""Programs that must be there and run, units, schedules and fail2ban's jails."""

from __future__ import annotations

import re

from acceptance.collector.base import Blind, attempt, find, run, section
from acceptance.collector.schedules import cron_commands, names_it, timer_commands

TOOLS = {
    "git": ("git", "--version"),
    "openssl": ("openssl", "version"),
    "curl": ("curl", "--version"),
    "wget": ("wget", "--version"),
    "jq": ("jq", "--version"),
    "ufw": ("ufw", "--version"),
    "certbot": ("certbot", "--version"),
    "mongosh": ("mongosh", "--version"),
    "mongodump": ("mongodump", "--version"),
    "mongorestore": ("mongorestore", "--version"),
    "docker compose": ("docker", "compose", "version", "--short"),
    "docker-compose": ("docker-compose", "version", "--short"),
}


@section("software")
def look_at_software(request):
    """Facts `Software`."""
    asked = dict(TOOLS, **{name: (name, "--version") for name in request["tools"]})
    units = ["docker.service", "fail2ban.service"] + request["agents"]
    return {
        "tools": [look_at_tool(name, command) for name, command in asked.items()],
        "units": attempt("systemd's units", look_at_units, units),
        "jails": attempt("fail2ban's jails", look_at_jails),
        "schedules": attempt("timers and cron entries", look_for_schedules, request["backup_tool"]),
    }


def look_at_tool(name, command):
    """Facts `Tool`: it counts only when it runs."""
    try:
        said = run(*command, both=True).strip()
        return {"name": name, "runs": True, "version": said.splitlines()[0][:100] if said else "", "why": ""}
    except Blind as blind:
        return {"name": name, "runs": False, "version": "", "why": str(blind)[:200]}


def look_at_units(names):
    """Facts `Unit` of each name."""
    units = []
    said = run("systemctl", "show", "-p", "Id,LoadState,ActiveState,UnitFileState", "--", *names)
    for name, block in zip(names, said.strip().split("\n\n")):
        words = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        active = words.get("ActiveState") == "active"
        enabled = words.get("UnitFileState", "") in (
            "enabled",
            "enabled-runtime",
            "static",
            "alias",
            "indirect",
            "generated",
        )
        units.append({"name": name, "active": active, "enabled": enabled})
    return units


def look_at_jails():
    """Names of the jails that run."""
    listed = re.search(r"Jail list:\s*(.*)", run("fail2ban-client", "status", root=True))
    return [name.strip()[:100] for name in listed.group(1).split(",") if name.strip()] if listed else []


def look_for_schedules(tool):
    """Where a timer or cron entry calls the backup tool: names of units and files, never their lines."""
    if not tool:
        return []
    word = re.compile(r"(^|[\s/\"'=])" + re.escape(tool) + r"($|[\s\"';|&])")
    found, blind = [], []
    for commands in (timer_commands, cron_commands) if find("systemctl") else (cron_commands,):
        try:
            found += [name[:100] for name, command in commands() if names_it(word, command)]
        except Blind as problem:
            blind.append(problem)
    if blind and not found:
        raise blind[0]
    return list(dict.fromkeys(found))[:20]
