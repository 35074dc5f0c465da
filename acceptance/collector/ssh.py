"""Who gets in by ssh and who may become root: the daemon's own word for each user and address, sudo's own parser."""

from __future__ import annotations

import glob
import grp
import ipaddress
import pwd
import re

from acceptance.collector.base import Blind, attempt, read, run

INSIDE, OUTSIDE = "127.0.0.1", "198.51.100.77"
CASES = 40  # users and addresses for which sshd is asked
REFUSED_BY_SUDO = re.compile(r": (sudo: |Sorry, user )")
ROOT_GROUPS = ("docker", "lxd")  # their members are root in all but name


def look_at_sshd(request):
    """Facts `Sshd`."""
    views = []
    users = (request["deploy_user"], "root", "nobody-of-that-name")
    cases = [(user, address) for user in users for address in (INSIDE, OUTSIDE)]
    cases += [case for line in match_lines() for case in cases_of_match(line, users[:2])]
    for user, address in list(dict.fromkeys(cases))[:CASES]:
        wish = "user=%s,host=%s,addr=%s" % (user, address, address)
        said = run("sshd", "-T", "-C", wish, root=True)
        words = dict(line.partition(" ")[::2] for line in said.splitlines())
        keyboard = "kbdinteractiveauthentication"  # before 8.7 by its older name
        allowed = {
            name: allows(words, name)
            for name in ("pubkeyauthentication", "passwordauthentication",
                         keyboard if keyboard in words else "challengeresponseauthentication")
        }  # fmt: skip
        if not words.get("permitrootlogin"):
            raise Blind("sshd -T does not say permitrootlogin")
        public_key, password, by_keyboard = allowed.values()
        views.append({
            "user": user, "address": address,
            "public_key": public_key, "password": password, "keyboard": by_keyboard,
            "root": words["permitrootlogin"],
            "methods": words.get("authenticationmethods", "any")[:200],
            "pam": words.get("usepam") == "yes",
        })  # fmt: skip
    listening = run("ss", "-Hltnp", root=True)
    ports = {int(m.group(1)) for m in re.finditer(r":(\d+)\s+\S+\s+users:\(\(.*\"sshd\"", listening)}
    return {
        "views": views,
        "ports": sorted(ports),
        "second_factor": attempt("PAM's second factor", look_for_second_factor),
        "root_keys": attempt("root's keys", look_at_root_keys),
    }


def allows(words, name):
    """Whether sshd says yes; what it does not say at all is not refused."""
    if words.get(name) not in ("yes", "no"):
        raise Blind("sshd -T does not say %s" % name)
    return words[name] == "yes"


def match_lines():
    """The criteria of each Match block."""
    found = []
    for path in ["/etc/ssh/sshd_config", *sorted(glob.glob("/etc/ssh/sshd_config.d/*.conf"))]:
        found += re.findall(r"(?im)^[ \t]*match[ \t]+([^#\n]+)", read(path, root=True))
    return found


def cases_of_match(criteria, users):
    """Users and addresses that a Match block is for: one of each group, one of each range."""
    words = re.split(r"[\s=]+", criteria.strip())
    named, addresses = [], []
    for name, value in zip(words[::2], words[1::2]):
        values = [v for v in value.split(",") if v and not v.startswith("!")]
        if name.lower() == "user":
            named += [v.partition("@")[0] for v in values if not re.search(r"[*?]", v)]
        elif name.lower() == "group":
            named += [member for v in values for member in members(v)[:1]]
        elif name.lower() == "address":
            addresses += [first_of(v) for v in values]
    return [(user, address) for user in named or users for address in addresses or [OUTSIDE]]


def members(group):
    """Users of a group."""
    try:
        entry = grp.getgrnam(group)
    except KeyError:
        return []
    return list(entry.gr_mem) + [u.pw_name for u in pwd.getpwall() if u.pw_gid == entry.gr_gid]


def first_of(pattern):
    """An address that a pattern or range of sshd's matches."""
    try:
        network = ipaddress.ip_network(pattern, strict=False)
    except ValueError:
        return re.sub(r"[*?]", "1", pattern)
    return str(network[1] if network.num_addresses > 1 else network[0])


FACTORS = re.compile(r"pam_(google_authenticator|duo|oath|u2f|yubico|radius|securid|privacyidea|linotp|fido2?|totp)\b")
PASSWORDS = re.compile(r"pam_(unix|sss|ldap|krb5|winbind)\.so")  # whoever knows one has shown a second thing than a key


def look_for_second_factor():
    """Whether PAM asks everybody for a second factor at sshd, in this file or in one that it includes."""
    rules = auth_rules("sshd")
    for at, (control, module) in enumerate(rules):
        must = control in ("required", "requisite") or re.search(r"default=(die|bad)", control)
        if not (FACTORS.search(module) and must and "nullok" not in module):
            continue
        before = [other for n, (how, other) in enumerate(rules[:at]) if n + jump(how) >= at]
        if skips := [other for other in before if not PASSWORDS.search(other)]:
            raise Blind("%s may skip the second factor for some" % skips[0].partition(" ")[0][:100])
        return True
    return False


def auth_rules(name, depth=0):
    """(control, module and its words) of a service's auth rules, those of included files in their place."""
    found = []
    for line in read("/etc/pam.d/" + name, root=True).replace("\\\n", " ").splitlines():
        rule = re.match(r"\s*(?:@include\s+(\S+)|-?auth\s+(\[[^\]]*\]|\w+)\s+([^#]+))", line)
        if rule and (rule.group(1) or rule.group(2) in ("include", "substack")):
            included = (rule.group(1) or rule.group(3)).split()[0]
            found += auth_rules(included, depth + 1) if depth < 5 else []
        elif rule:
            found.append((rule.group(2), rule.group(3).strip()))
    return found


def jump(control):
    """How many rules a rule that succeeds passes over; 1000 where it ends them all."""
    skips = re.search(r"success=(\w+)", control)
    if control == "sufficient" or (skips and skips.group(1) == "done"):
        return 1000
    return int(skips.group(1)) if skips and skips.group(1).isdigit() else 0


def look_at_root_keys():
    """How many of root's keys have no forced command."""
    try:
        lines = read("/root/.ssh/authorized_keys", root=True).splitlines()
    except Blind as blind:
        if "No such file" in str(blind) or "does not exist" in str(blind):
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
        if "ended with 1" not in str(blind) or REFUSED_BY_SUDO.search(str(blind)):
            raise
        valid = False
    users = []
    for entry in pwd.getpwall():
        groups = [g.gr_name for g in grp.getgrall() if entry.pw_name in g.gr_mem or g.gr_gid == entry.pw_gid]
        root_groups = [g for g in groups if g in ROOT_GROUPS]
        second = entry.pw_uid == 0 and entry.pw_name != "root"  # root by another name
        shut_out = entry.pw_shell.endswith(("nologin", "false", "sync", "halt", "shutdown"))
        if entry.pw_name == "root" or (shut_out and not root_groups and not second):
            continue
        said = run("sudo", "-n", "-l", "-U", entry.pw_name, root=True, any=True, both=True)
        if not re.search("may run the following|is not allowed to run sudo", said) and not second:
            raise Blind("sudo does not tell what %s may do" % entry.pw_name)
        granted = [line.strip()[:100] for line in said.splitlines() if re.match(r"\s+\(", line)]
        users.append({
            "name": entry.pw_name[:60],
            "sudo": bool(granted) or second,
            "all_without_password": second or any(re.search(r"NOPASSWD:\s*ALL$", line) for line in granted),
            "root_groups": root_groups,
        })  # fmt: skip
    return {"valid": valid, "users": users[:200]}
