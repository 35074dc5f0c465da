"""Who gets in and who becomes root, where hosts have more to say than three users at two addresses."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from acceptance.collector import ssh
from acceptance.collector.base import Blind

REQUEST = {"deploy_user": "deploy"}
CONFIG = """
PasswordAuthentication no
Match User backup,git-*
    PasswordAuthentication yes
match group sftp # the office
    PasswordAuthentication yes
Match Address 10.8.0.0/24,!10.8.0.7,192.168.*
    PermitRootLogin yes
Match User audit Address 2001:db8::/64
    PubkeyAuthentication no
Match all
    X11Forwarding no
"""
SSHD_SAYS = "pubkeyauthentication yes\npasswordauthentication no\nkbdinteractiveauthentication no\npermitrootlogin no\n"
REFUSED = "ended with 1: sudo: a password is required"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The cases for which sshd is asked, on a host with that configuration."""
    wishes: list[str] = []

    def run(*words: str, **_: Any) -> str:
        wishes.extend(words[3:] if words[0] == "sshd" else ())
        return SSHD_SAYS if words[0] == "sshd" else ""

    def read(path: str, **_: Any) -> str:
        if path == "/etc/ssh/sshd_config":
            return CONFIG
        raise Blind(f"{path} does not exist")

    monkeypatch.setattr(ssh, "run", run)
    monkeypatch.setattr(ssh, "read", read)
    monkeypatch.setattr(ssh.glob, "glob", lambda pattern: [])
    monkeypatch.setattr(ssh.grp, "getgrnam", lambda name: SimpleNamespace(gr_mem=["ftp-1", "ftp-2"], gr_gid=4242))
    return wishes


def test_sshd_is_asked_for_each_match_block(asked: list[str]) -> None:
    seen = ssh.look_at_sshd(REQUEST)
    cases = {(view["user"], view["address"]) for view in seen["views"]}
    assert {
        (user, address) for user in ("deploy", "root", "nobody-of-that-name") for address in (ssh.INSIDE, ssh.OUTSIDE)
    } < cases
    assert {("backup", ssh.OUTSIDE), ("ftp-1", ssh.OUTSIDE), ("audit", "2001:db8::1")} < cases
    assert {(user, address) for user in ("deploy", "root") for address in ("10.8.0.1", "192.168.1")} < cases
    assert not [user for user, _ in cases if "*" in user]
    assert len(asked) == len(cases)


def test_many_match_blocks_are_bounded(asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssh, "match_lines", lambda: [f"User u{n}" for n in range(500)])
    ssh.look_at_sshd(REQUEST)
    assert len(asked) == ssh.CASES


def test_a_socket_that_systemd_holds_too_is_sshds(monkeypatch: pytest.MonkeyPatch, asked: list[str]) -> None:
    line = 'LISTEN 0 4096 [::]:2222 [::]:* users:(("systemd",pid=1,fd=93),("sshd",pid=811,fd=3))'
    monkeypatch.setattr(ssh, "run", lambda *words, **_: line if words[0] == "ss" else SSHD_SAYS)
    assert ssh.look_at_sshd(REQUEST)["ports"] == [2222]


def refuse(*words: str, **_: Any) -> str:
    raise Blind(f"{words[0]} {REFUSED}")


def test_what_sudo_refuses_is_neither_a_broken_file_nor_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssh, "run", refuse)
    monkeypatch.setattr(ssh, "read", refuse)
    with pytest.raises(Blind, match="password is required"):
        ssh.look_at_sudo(REQUEST)
    with pytest.raises(Blind, match="password is required"):
        ssh.look_at_root_keys()


def user(name: str, uid: int, shell: str = "/bin/bash") -> SimpleNamespace:
    return SimpleNamespace(pw_name=name, pw_uid=uid, pw_gid=uid, pw_shell=shell)


USERS = [
    user("root", 0), user("toor", 0, "/usr/sbin/nologin"), user("deploy", 1000), user("gitlab-runner", 998), user("daemon", 1, "/usr/sbin/nologin"),
    user("agent", 997, "/usr/sbin/nologin"),
]  # fmt: skip


def sudo_of(monkeypatch: pytest.MonkeyPatch, said: dict[str, str]) -> dict[str, Any]:
    monkeypatch.setattr(ssh.pwd, "getpwall", lambda: USERS)
    docker = SimpleNamespace(gr_name="docker", gr_mem=["agent"], gr_gid=5000)
    monkeypatch.setattr(ssh.grp, "getgrall", lambda: [docker])
    monkeypatch.setattr(ssh, "run", lambda *words, **_: said.get(words[-1], "") if words[0] == "sudo" else "")
    return ssh.look_at_sudo(REQUEST)


MAY = "User {} may run the following commands on app-1:\n    (ALL) NOPASSWD: ALL\n"
MAY_NOT = "User {} is not allowed to run sudo on app-1.\n"
SAID = {
    name: (MAY if name in ("deploy", "gitlab-runner") else MAY_NOT).format(name)
    for name in ("deploy", "gitlab-runner", "agent", "toor")
}


def test_system_users_members_of_docker_and_a_second_root_count(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {each["name"]: each for each in sudo_of(monkeypatch, SAID)["users"]}
    assert set(seen) == {"toor", "deploy", "gitlab-runner", "agent"}
    assert seen["toor"]["all_without_password"]
    assert seen["gitlab-runner"]["all_without_password"]
    assert (seen["agent"]["sudo"], seen["agent"]["root_groups"]) == (False, ["docker"])


def test_a_user_of_whom_sudo_says_nothing_is_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Blind, match="gitlab-runner"):
        sudo_of(monkeypatch, {**SAID, "gitlab-runner": "sudo: unable to resolve host app-1\n"})


UNIX = "auth [success=1 default=ignore] pam_unix.so nullok\nauth requisite pam_deny.so\nauth required pam_permit.so\n"
GOOGLE = "auth required pam_google_authenticator.so"


@pytest.mark.parametrize(
    ("rules", "asks"),
    [
        (GOOGLE, True),
        ("@include common-auth\n" + GOOGLE, True),
        ("@include mfa", True),
        ("auth substack mfa", True),
        ("auth [success=done default=die] pam_duo.so", True),
        ("auth sufficient pam_unix.so\n" + GOOGLE, True),  # the password or the code, beside the key
        (GOOGLE + " nullok", False),
        ("auth optional pam_oath.so", False),
        ("# " + GOOGLE, False),
        ("account required pam_duo.so", False),
        ("@include common-auth", False),
        ("auth [success=1 default=ignore] pam_succeed_if.so user ingroup no-mfa\n" + GOOGLE, None),
        ("auth sufficient pam_access.so\n" + GOOGLE, None),
        ("auth [success=1 default=ignore] pam_access.so\nauth required pam_env.so\n" + GOOGLE, True),
    ],
)
def test_pam_asks_everybody_or_it_is_no_second_factor(
    rules: str, asks: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"/etc/pam.d/sshd": rules, "/etc/pam.d/common-auth": UNIX, "/etc/pam.d/mfa": GOOGLE}
    monkeypatch.setattr(ssh, "read", lambda path, **_: files[path])
    if asks is None:
        with pytest.raises(Blind, match="may skip the second factor"):
            ssh.look_for_second_factor()
    else:
        assert ssh.look_for_second_factor() is asks
