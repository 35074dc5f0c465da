"""Who gets in: sshd, sudo, ufw, fail2ban and the edge's limits, by their own running word."""

from __future__ import annotations

from acceptance.facts import Unseen, facts


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
        return self.action in ("ALLOW", "LIMIT") and (
            self.to in (str(port), f"{port}/tcp", "Anywhere")
            or self.to.removesuffix("/tcp").replace(",", ":").split(":") == [str(port)]
            or str(port) in self.to.removesuffix("/tcp").split(",")
        )


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
class Location:
    """A location of nginx, and whether a request limit holds in it."""

    kind: str
    path: str
    limited: bool


@facts
class Edge:
    """nginx' running configuration."""

    zones: tuple[str, ...]
    connection_limits: bool
    locations: tuple[Location, ...]

    def location_of(self, path: str) -> Location | None:
        """The location that nginx takes: exact, then ^~, then the first regular expression, then the longest."""
        import re

        prefixes = [x for x in self.locations if x.kind in ("", "^~") and path.startswith(x.path)]
        longest = max(prefixes, key=lambda x: len(x.path), default=None)
        for x in self.locations:
            if x.kind == "=" and x.path == path:
                return x
        if longest and longest.kind == "^~":
            return longest
        for x in self.locations:
            if x.kind in ("~", "~*"):
                try:
                    if re.search(x.path, path, re.IGNORECASE if x.kind == "~*" else 0):
                        return x
                except re.error:
                    continue
        return longest


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
