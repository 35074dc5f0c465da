"""Who gets in by ssh and who may become root: the daemon's own word for each user and address, sudo's own parser."""

from __future__ import annotations

import grp
import pwd
import re

from acceptance.collector.base import Blind, attempt, read, run

INSIDE, OUTSIDE = "127.0.0.1", "198.51.100.77"
ROOT_GROUPS = ("docker", "lxd")  # their members are root in all but name


def look_at_sshd(request):
    """Facts `Sshd`."""
    views = []
    for user in (request["deploy_user"], "root", "nobody-of-that-name"):
        for address in (INSIDE, OUTSIDE):
            wish = "user=%s,host=%s,addr=%s" % (user, address, address)
            said = run("sshd", "-T", "-C", wish, root=True)
            words = dict(line.partition(" ")[::2] for line in said.splitlines())
            views.append({
                "user": user, "address": address,
                "public_key": words.get("pubkeyauthentication") == "yes",
                "password": words.get("passwordauthentication") == "yes",
                "keyboard": words.get("kbdinteractiveauthentication", words.get("challengeresponseauthentication")) == "yes",
                "root": words.get("permitrootlogin", ""),
                "methods": words.get("authenticationmethods", "any")[:200],
                "pam": words.get("usepam") == "yes",
            })  # fmt: skip
    listening = run("ss", "-Hltnp", root=True)
    ports = {int(m.group(1)) for m in re.finditer(r":(\d+)\s+\S+\s+users:\(\(\"sshd\"", listening)}
    return {
        "views": views,
        "ports": sorted(ports),
        "second_factor": attempt("PAM's second factor", look_for_second_factor),
        "root_keys": attempt("root's keys", look_at_root_keys),
    }


def look_for_second_factor():
    """Whether PAM asks everybody for a second factor at sshd."""
    rules = [line for line in read("/etc/pam.d/sshd", root=True).splitlines() if not line.lstrip().startswith("#")]
    factors = [r for r in rules if re.search(r"pam_(google_authenticator|duo|oath|u2f|yubico)", r)]
    return any(re.match(r"\s*auth\s+(required|requisite)\b", r) and "nullok" not in r for r in factors)


def look_at_root_keys():
    """How many of root's keys have no forced command."""
    try:
        lines = read("/root/.ssh/authorized_keys", root=True).splitlines()
    except Blind as blind:
        if "No such file" in str(blind) or "does not exist" in str(blind) or "ended with 1" in str(blind):
            return 0
        raise
    return sum(
        1
        for line in lines
        if line.strip() and not line.startswith("#") and "command=" not in line.partition(" ssh-")[0]
    )


def look_at_sudo(request):
    """Facts `Sudo`."""
    valid = True
    try:
        run("visudo", "-c", "-q", root=True)
    except Blind as blind:
        if "ended with 1" not in str(blind):
            raise
        valid = False
    users = []
    for entry in pwd.getpwall():
        if entry.pw_uid != 0 and (entry.pw_uid < 1000 or entry.pw_shell.endswith(("nologin", "false", "sync"))):
            continue
        if entry.pw_uid == 0:
            continue
        groups = [g.gr_name for g in grp.getgrall() if entry.pw_name in g.gr_mem or g.gr_gid == entry.pw_gid]
        said = run("sudo", "-n", "-l", "-U", entry.pw_name, root=True, any=True)
        granted = [line.strip()[:100] for line in said.splitlines() if re.match(r"\s+\(", line)]
        users.append({
            "name": entry.pw_name[:60],
            "sudo": bool(granted),
            "all_without_password": any(re.search(r"NOPASSWD:\s*ALL$", line) for line in granted),
            "root_groups": [g for g in groups if g in ROOT_GROUPS],
        })  # fmt: skip
    return {"valid": valid, "users": users[:200]}
