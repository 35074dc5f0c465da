"""Who gets in: sshd, sudo, ufw, fail2ban and the edge's limits, by their own running word."""

from __future__ import annotations

import re

from acceptance.facts import Unseen, facts
from acceptance.probes.nginx import Edge


@facts
class View:
    """What `sshd -T -C` says holds for a user who comes from an address."""

    user: str
    address: str
    public_key: bool
    password: bool
    keyboard: bool
    root: str
    methods: str
    pam: bool


@facts
class Sshd:
    """The ssh daemon. `root_keys` counts root's keys without a forced command."""

    views: tuple[View, ...]
    ports: tuple[int, ...]
    second_factor: bool | Unseen
    root_keys: int | Unseen


@facts
class User:
    """An interactive user."""

    name: str
    sudo: bool
    all_without_password: bool
    root_groups: tuple[str, ...]


@facts
class Sudo:
    """Who may become root."""

    valid: bool
    users: tuple[User, ...]


@facts
class Rule:
    """One rule of ufw."""

    to: str
    action: str
    source: str
    v6: bool

    def lets_in(self, port: int) -> bool:
        """Whether it opens a TCP port."""
        ports = self.to.removesuffix("/tcp")
        return self.action in ("ALLOW", "LIMIT") and (
            ports == "Anywhere" or any(low <= port <= high for low, high in map(_span, ports.split(",")))
        )

    @property
    def lets_anyone_in(self) -> bool:
        """Whether it opens every TCP port to everybody."""
        return self.source == "Anywhere" and self.lets_in(1) and self.lets_in(65535)


def _span(ports: str) -> tuple[int, int]:
    """First and last of "443" or "8000:8100"; none of what is no port."""
    first, _, last = ports.partition(":")
    return (int(first), int(last or first)) if re.fullmatch(r"\d{1,5}(:\d{1,5})?", ports) else (1, 0)


@facts
class Ufw:
    """The firewall."""

    active: bool
    incoming: str
    rules: tuple[Rule, ...]
    guards_v6: bool
    has_v6: bool


@facts
class Jail:
    """fail2ban's sshd jail. `ready` when its actions are installed and their chain is there."""

    max_retry: int
    ban_time_s: float
    find_time_s: float
    actions: tuple[str, ...]
    ready: bool


@facts
class Access:
    """One host."""

    sshd: Sshd | Unseen
    sudo: Sudo | Unseen
    ufw: Ufw | Unseen
    jail: Jail | Unseen
    syn_cookies: bool | Unseen
    edge: Edge | Unseen
    listening: tuple[int, ...] | Unseen
