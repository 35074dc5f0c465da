"""What a host does by itself: timers that wait for their time, and the entries that cron really reads.

A file with a dot in its name, of a user who is not there, or without a daemon that reads it calls nothing.
"""

from __future__ import annotations

import glob
import os
import pwd
import re
import stat
import time

from acceptance.collector.base import Blind, find, read, run

NAME = re.compile(r"[A-Za-z0-9_-]+")  # Debian's cron and run-parts read no other
LEFT_BEHIND = re.compile(r"^[.#].*|.*(~|,|\.(rpmsave|rpmorig|rpmnew|swp|cfsaved))$")  # crond reads all but these
ENTRY = re.compile(r"^[ \t]*(?:@(?!reboot)\w+|-?[\d*~]\S*(?:[ \t]+\S+){4})[ \t]+(\S.*)\n", re.MULTILINE)
SYSTEM_LINE = re.compile(
    r"[ \t]*(#.*|[\w\"']+[ \t]*=.*|@\w+[ \t]+\S.*|-?[\d*~]\S*([ \t]+\S+){6}.*)?"
)  # of a file in /etc
DAEMONS = ("cron.service", "crond.service", "cronie.service", "anacron.timer")
PATH_IN = re.compile(r"(?:^|(?<=[\s\"'=;&|(]))/[\w./+@-]+")


def timer_commands():
    """What active timers will still start: (the unit, its ExecStart). Masked units and elapsed timers start nothing."""
    listed = run("systemctl", "list-units", "--type=timer", "--state=active", "--no-legend", "--plain", "--no-pager")
    timers = re.findall(r"^(\S+\.timer)\s", listed, re.MULTILINE)
    if not timers:
        return []
    states = shown("Id,Unit,SubState", timers)
    units = [s["Unit"] for s in states if s.get("SubState") in ("waiting", "running") and s.get("Unit")]
    started = shown("Id,LoadState,ExecStart", units) if units else []
    return [(s.get("Id", ""), s.get("ExecStart", "")) for s in started if s.get("LoadState") == "loaded"]


def shown(properties, units):
    """Properties of units as systemd shows them; of several lines of one name all."""
    found = []
    for block in run("systemctl", "show", "-p", properties, "--", *units).strip().split("\n\n"):
        words = {}
        for line in block.splitlines():
            name, _, value = line.partition("=")
            words[name] = (words[name] + "\n" + value) if name in words else value
        found.append(words)
    return found


def cron_commands():
    """What cron calls: (file or crontab, command). Nothing where no daemon runs."""
    if not cron_runs():
        return []
    found = []
    for path in ["/etc/crontab", *sorted(glob.glob("/etc/cron.d/*"))]:
        if path == "/etc/crontab" or is_read(path):
            found += [(path, command) for command in system_entries(text_of(path))]
    for each in ("hourly", "daily", "weekly", "monthly"):
        for path in sorted(glob.glob("/etc/cron.%s/*" % each)):
            if is_read(path) and state_of(path).st_mode & 0o111:
                found.append((path, without_comments(read(path, root=True))))
    for user, text in crontabs():
        found += [("the crontab of %s" % user, without_shell_comment(command)) for command in ENTRY.findall(text)]
    return found


def system_entries(text):
    """Commands of a file whose entries name a user. One bad line or user, or no end of line, and cron leaves the whole file."""
    *lines, rest = text.split("\n")
    if rest or not all(SYSTEM_LINE.fullmatch(line) for line in lines):
        return []
    entries = [line.split(None, 1) for line in ENTRY.findall(text)]
    entries = [(e[0], without_shell_comment(e[1])) for e in entries if len(e) == 2]
    out = {user for user, _ in entries if shut_out(user)}
    return [] if any(not is_known(user) for user in out) else [c for user, c in entries if user not in out]


def cron_runs():
    """Whether a daemon is there that reads crontabs."""
    try:
        return any(s.get("ActiveState") == "active" for s in shown("ActiveState", DAEMONS))
    except Blind:  # no systemd: whoever runs is seen in /proc
        names = [text_of(path).strip() for path in glob.glob("/proc/[0-9]*/comm")]
        return bool({"cron", "crond"}.intersection(names))


def is_read(path):
    """Whether cron, or run-parts, reads a file of that name, owner and mode."""
    name = os.path.basename(path)
    if LEFT_BEHIND.fullmatch(name) or not (NAME.fullmatch(name) or (find("crond") and not find("cron"))):
        return False
    state = state_of(path)
    return stat.S_ISREG(state.st_mode) and state.st_uid == 0 and not state.st_mode & 0o022


def state_of(path):
    """Type, mode and owner of a file, through symbolic links; of one that leads nowhere the link's own."""
    try:
        return os.stat(path)
    except FileNotFoundError:
        return os.lstat(path)


def crontabs():
    """Own crontabs of users whose jobs start: (user, text); without root only our own, which is Blind when that has no entry."""
    try:
        listed = run("find", "/var/spool/cron", "-maxdepth", "2", "-type", "f", root=True)
    except Blind as blind:
        if "No such file" in str(blind):
            return []
        own = run("crontab", "-l", any=True) if find("crontab") else ""
        if not ENTRY.search(own):
            raise
        return [(pwd.getpwuid(os.getuid()).pw_name, own)]
    paths = [path for path in listed.splitlines() if not shut_out(os.path.basename(path))][:100]
    return [(os.path.basename(path), read(path, root=True)) for path in paths]


def is_known(user):
    """Whether there is such a user."""
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


def shut_out(user):
    """Whether a user's jobs don't start: unknown, or past the end of the account or of the password (PAM refuses both)."""
    if not is_known(user):
        return True
    if not find("chage"):
        return False
    said = run("chage", "-l", user, root=True)
    ends = re.findall(r"^(?:Account|Password) expires\s*: (\w+ \d+, \d+)\s*$", said, re.MULTILINE)
    over = [end for end in ends if time.mktime(time.strptime(end, "%b %d, %Y")) <= time.time()]
    return bool(over) or "must be changed" in said


def names_it(word, command):
    """Whether a command has a word in it, or starts a script that has."""
    if word.search(command):
        return True
    return any(word.search(script_of(path)) for path in list(dict.fromkeys(PATH_IN.findall(command)))[:5])


def script_of(path):
    """What a script does; "" for programs, folders and devices."""
    try:
        if os.path.exists(path) and not os.path.isfile(path):
            return ""
        text = read(path, root=True)
    except (Blind, OSError):
        return ""
    return without_comments(text) if text.startswith("#!") else ""


def without_comments(text):
    """Lines that do something."""
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))


def without_shell_comment(command):
    """A command up to the comment behind it."""
    return re.sub(r"\s#.*", "", command)


def text_of(path):
    """A file's text, "" where there is none any more."""
    try:
        return read(path, root=True)
    except Blind as blind:
        if "does not exist" in str(blind) or "No such file" in str(blind):
            return ""
        raise
