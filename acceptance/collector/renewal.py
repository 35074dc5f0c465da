"""How certificates are renewed here: who calls the client, how its last run ended, who reloads, what lies on disk."""

from __future__ import annotations

import hashlib
import re
import ssl

from acceptance.collector.base import Blind, attempt, find, read, run, section
from acceptance.collector.schedules import cron_commands

TREE = "/etc/letsencrypt"
LOG = "/var/log/letsencrypt/letsencrypt.log"
LINEAGES = 50
RELOADS = re.compile(r"reload|restart|\bHUP\b|SIGHUP", re.IGNORECASE)
FAILED = re.compile(r"All renewals failed|\d+ renew failure|[Ff]ailed to renew|renewal failure\(s\)")
WORKED = re.compile(r"[Nn]o renewal failures|no renewals were attempted|not yet due for renewal|renewals succeeded")


@section("renewal")
def look_at_renewal(request):
    """Facts `HostRenewal`."""
    return {
        "schedules": attempt("what calls the ACME client", look_for_callers, request["acme_client"]),
        "lineages": attempt("the certificates on disk", look_at_lineages),
    }


def look_for_callers(client):
    """Facts `Caller`: timers and cron entries that name the client."""
    word = re.compile(r"(^|[\s/\"'=])" + re.escape(client) + r"($|[\s\"';|&.])")
    found = []
    if find("systemctl"):
        listed = run("systemctl", "list-unit-files", "--type=timer", "--no-legend", "--plain", "--no-pager")
        for timer in re.findall(r"^(\S+)\.timer\s", listed, re.MULTILINE):
            if "@" in timer and timer.endswith("@"):
                continue
            service = run("systemctl", "show", "-p", "ExecStart,Result,ExecMainExitTimestamp", "--", timer + ".service")
            if word.search(timer) or word.search(service):
                found.append(look_at_timer(timer, service))
    for name, command in cron_commands():
        # Debian's own cron file steps back where systemd runs: its timer is what counts
        if word.search(command) and not (find("systemctl") and "/run/systemd/system" in command):
            found.append({"name": name[:100], "active": True, "last_run": last_run_by_log()})
    return found[:20]


def look_at_timer(timer, service):
    """Facts `Caller` of a timer."""
    state = run("systemctl", "show", "-p", "ActiveState", "--", timer + ".timer")
    result = re.search(r"^Result=(.*)", service, re.MULTILINE)
    ended = re.search(r"^ExecMainExitTimestamp=(\S.*)", service, re.MULTILINE)
    last = ("succeeded" if result and result.group(1) == "success" else "failed") if ended else last_run_by_log()
    return {"name": (timer + ".timer")[:100], "active": "ActiveState=active" in state, "last_run": last}


def last_run_by_log():
    """How the client's log says that its last run ended: succeeded, failed or never."""
    try:
        text = read(LOG, root=True)
    except Blind as blind:
        if "does not exist" in str(blind) or "No such file" in str(blind):
            return "never"
        raise
    words = [(m.start(), "failed") for m in FAILED.finditer(text)]
    words += [(m.start(), "succeeded") for m in WORKED.finditer(text)]
    return max(words)[1] if words else "never"


def look_at_lineages():
    """Facts `Lineage` of each certificate that the client keeps."""
    try:
        listed = run("find", TREE + "/live", "-name", "cert.pem", root=True)
    except Blind as blind:
        if "No such file" in str(blind):
            return []
        raise
    shared = hooks_that_reload()
    found = []
    for path in sorted(listed.split("\n"))[: LINEAGES + 1]:
        if not path:
            continue
        name = path.split("/")[-2]
        archived = run("find", f"{TREE}/archive/{name}", "-name", "cert*.pem", root=True).split()
        newest = fingerprint(path)
        older = [fingerprint(each) for each in sorted(archived)[:20]]
        found.append({
            "name": name[:100],
            "sha256": newest,
            "older": [each for each in older if each != newest],
            "reloaded_by": (shared + reloads_of(name))[:10],
        })  # fmt: skip
    return found


def fingerprint(path):
    """SHA-256 of the certificate in a PEM file."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(read(path, root=True).strip())).hexdigest()


def hooks_that_reload():
    """Hooks for every certificate whose words reload a server."""
    try:
        places = [TREE + "/renewal-hooks/deploy", TREE + "/renewal-hooks/post"]
        paths = run("find", *places, "-type", "f", "-perm", "/111", root=True, any=True).split()
    except Blind:
        paths = []
    return [path[:100] for path in paths[:20] if RELOADS.search(read(path, root=True))]


def reloads_of(name):
    """What one certificate's own configuration reloads: an installer, or a hook."""
    words = read(f"{TREE}/renewal/{name}.conf", root=True)
    found = []
    for key, value in re.findall(r"^(renew_hook|deploy_hook|post_hook|installer)\s*=\s*(\S.*)$", words, re.MULTILINE):
        if (key == "installer" and value.strip() in ("nginx", "apache")) or RELOADS.search(value):
            found.append(f"{key} of {name}"[:100])
    return found
