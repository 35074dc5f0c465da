"""What a host calls by itself: entries that cron reads, timers that wait, and the many ways to look like one."""

from __future__ import annotations

import stat
from types import SimpleNamespace
from typing import Any

import pytest

from acceptance.collector import schedules, software
from acceptance.collector.base import Blind

DAILY = "30 2 * * * root /usr/bin/mongodump --all\n"
FILE, EXECUTABLE = stat.S_IFREG | 0o644, stat.S_IFREG | 0o755
NEVER = "Password expires\t: never\nAccount expires\t: never\n"


class Host:
    """A host without systemd's word: files (with mode and owner), daemons that are active, accounts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **files: str) -> None:
        self.files: dict[str, str] = {}
        self.modes: dict[str, int] = {}
        self.owner, self.active, self.programs = 0, ("cron.service",), {"cron", "systemctl", "chage"}
        self.accounts = {"root": NEVER, "deploy": NEVER}
        self.timers: list[dict[str, str]] = []
        monkeypatch.setattr(schedules, "run", self.run)
        monkeypatch.setattr(schedules, "read", self.read)
        monkeypatch.setattr(schedules, "find", lambda name: name if name in self.programs else "")
        monkeypatch.setattr(software, "find", lambda name: name if name in self.programs else "")
        monkeypatch.setattr(schedules.glob, "glob", self.glob)
        monkeypatch.setattr(schedules, "state_of", self.state_of)
        monkeypatch.setattr(schedules.pwd, "getpwnam", lambda user: self.accounts[user])

    def state_of(self, path: str) -> SimpleNamespace:
        return SimpleNamespace(st_mode=self.modes.get(path, FILE), st_uid=self.owner)

    def glob(self, pattern: str) -> list[str]:
        return [path for path in self.files if path.rpartition("/")[0] == pattern.rpartition("/")[0]]

    def read(self, path: str, **_: Any) -> str:
        if path not in self.files:
            raise Blind(f"{path} does not exist")
        return self.files[path]

    def run(self, *words: str, **_: Any) -> str:
        if words[0] == "chage":
            return self.accounts[words[2]]
        if words[0] == "find":
            return "\n".join(path for path in self.files if path.startswith("/var/spool/cron"))
        if words[:2] == ("systemctl", "list-units"):
            return "".join(f"{each['Id'].partition('.')[0]}.timer loaded active waiting x\n" for each in self.timers)
        if words[3] == "ActiveState":
            return "\n\n".join(f"ActiveState={'active' if u in self.active else 'inactive'}" for u in words[5:])
        if words[3] == "Id,Unit,SubState":
            return "\n\n".join(
                f"Id=x.timer\nUnit={each['Id']}\nSubState={each.get('SubState', 'waiting')}" for each in self.timers
            )
        return "\n\n".join(
            f"Id={e['Id']}\nLoadState={e.get('LoadState', 'loaded')}\nExecStart={e['ExecStart']}"
            for e in self.timers if e["Id"] in words
        )  # fmt: skip

    def calls(self, tool: str = "mongodump") -> list[str]:
        found: list[str] = software.look_for_schedules(tool)
        return found


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Host:
    return Host(monkeypatch)


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("backup", True), ("mongo-backup_2", True), ("backup.disabled", False), ("backup~", False), ("backup.sh", False),
        (".backup", False), ("backup.dpkg-old", False),
    ],
)  # fmt: skip
def test_debians_cron_reads_no_file_with_a_dot(host: Host, name: str, counts: bool) -> None:
    host.files = {f"/etc/cron.d/{name}": DAILY}
    assert host.calls() == ([f"/etc/cron.d/{name}"] if counts else [])


@pytest.mark.parametrize(
    ("name", "counts"), [("backup.cron", True), ("backup.rpmsave", False), ("backup~", False), (".backup", False)]
)
def test_crond_reads_names_with_a_dot_but_leftovers(host: Host, name: str, counts: bool) -> None:
    host.programs, host.active = {"crond", "systemctl", "chage"}, ("crond.service",)
    host.files = {f"/etc/cron.d/{name}": DAILY}
    assert bool(host.calls()) is counts


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        (DAILY, True),
        ("@daily root mongodump\n", True),
        ("*/5 * * * mon-fri root test -d /srv && mongodump | gzip\n", True),
        ("# " + DAILY, False),
        ("BACKUP=/usr/bin/mongodump\n5 4 * * * root true\n", False),
        ("5 4 * * * root true # mongodump\n", False),
        ("@reboot root mongodump\n", False),  # once, and not again
        (DAILY.rstrip("\n"), False),
        (DAILY + "5 4 * * * root true", False),  # no end of line, and cron leaves the file
        (DAILY + "what is this\n", False),
        (f"SHELL=/bin/sh\n\n  # daily\nMAILTO = ops\n{DAILY}", True),
        (DAILY.replace("root", "gone"), False),
        ("5 4 * * * gone true\n" + DAILY, False),  # one bad user, and cron leaves the file
        ("5 4 * * * root true\n" + DAILY.replace("root", "deploy"), True),
        ("5 4 * * * root mongodump-old\n", False),
    ],
)
def test_an_entry_has_a_time_a_user_and_the_tool(host: Host, line: str, counts: bool) -> None:
    host.files = {"/etc/cron.d/backup": line}
    assert bool(host.calls()) is counts


@pytest.mark.parametrize("until", ["Nov 02, 2020", "password must be changed"])
def test_jobs_of_an_expired_account_do_not_start(host: Host, until: str) -> None:
    host.files = {"/etc/cron.d/backup": DAILY, "/var/spool/cron/crontabs/deploy": DAILY.replace("root ", "")}
    host.accounts["root"] = f"Password expires\t: {until}\nAccount expires\t: never\n"
    assert host.calls() == ["the crontab of deploy"]
    host.accounts["deploy"] = f"Password expires\t: never\nAccount expires\t: {until}\n"
    assert host.calls() == []
    host.accounts["deploy"] = NEVER.replace("never", "Nov 02, 2090")
    assert host.calls() == ["the crontab of deploy"]


def test_a_crontab_of_nobody_is_no_crontab(host: Host) -> None:
    host.files = {"/var/spool/cron/crontabs/deploy.bak": DAILY.replace("root ", "")}
    assert host.calls() == []


def test_without_cron_no_entry_counts(host: Host) -> None:
    host.files = {"/etc/cron.d/backup": DAILY}
    host.active = ()
    assert host.calls() == []


def test_a_file_of_somebody_else_or_open_to_others_is_not_read(host: Host) -> None:
    host.files = {"/etc/cron.d/backup": DAILY}
    host.modes["/etc/cron.d/backup"] = stat.S_IFREG | 0o664
    assert host.calls() == []
    host.modes, host.owner = {}, 1000
    assert host.calls() == []


def test_run_parts_starts_what_is_executable(host: Host) -> None:
    host.files = {"/etc/cron.weekly/backup": "#!/bin/sh\nmongodump --all\n"}
    assert host.calls() == []
    host.modes["/etc/cron.weekly/backup"] = EXECUTABLE
    assert host.calls() == ["/etc/cron.weekly/backup"]


def test_a_script_that_cron_starts_is_followed(host: Host) -> None:
    host.files = {
        "/etc/cron.d/backup": "0 3 * * * root /opt/backup.sh --all\n",
        "/opt/backup.sh": "#!/bin/sh\nexec mongodump\n",
    }
    assert host.calls() == ["/etc/cron.d/backup"]
    host.files["/opt/backup.sh"] = "#!/bin/sh\n# exec mongodump\n"
    assert host.calls() == []


@pytest.mark.parametrize(
    ("state", "counts"),
    [({}, True), ({"SubState": "running"}, True), ({"SubState": "elapsed"}, False), ({"LoadState": "masked"}, False)],
)
def test_a_timer_counts_while_it_waits(host: Host, state: dict[str, str], counts: bool) -> None:
    host.timers = [
        {"Id": "dump.service", "ExecStart": "{ path=/usr/bin/mongodump ; argv[]=/usr/bin/mongodump }", **state}
    ]
    assert host.calls() == (["dump.service"] if counts else [])


def test_crontabs_that_cannot_be_read_are_unseen_unless_a_call_is_seen(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*words: str, **options: Any) -> str:
        if words[0] == "find":
            raise Blind("find ended with 1: sudo: a password is required")
        return host.run(*words, **options)

    monkeypatch.setattr(schedules, "run", run)
    with pytest.raises(Blind, match="password is required"):
        host.calls()
    host.timers = [{"Id": "dump.service", "ExecStart": "/usr/bin/mongodump"}]
    assert host.calls() == ["dump.service"]
