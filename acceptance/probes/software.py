"""What is held against the hosts' software: programs that don't run or are old, daemons, jails, schedules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acceptance.facts import Unseen
from acceptance.probes.machine import Held, Software

if TYPE_CHECKING:
    from acceptance.probes.containers import Engine
    from acceptance.probes.hosts import Host, Hosts

OVERLAYS = ("overlay2", "overlayfs")  # the engine's own driver, and the containerd snapshotter


class Installed:
    """Each method names every offender by its host."""

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts

    def __repr__(self) -> str:
        return repr(self._hosts)[:200]

    def missing(self, *names: str) -> tuple[str, ...]:
        """Programs that do not run."""

        def find(_: Host, s: Software) -> Held:
            for name in names:
                if not (tool := s.tool(name)).runs:
                    yield f"{name} does not run: {tool.why}"

        return self._hosts.judged("software", find)

    def missing_all_of(self, *names: str) -> tuple[str, ...]:
        """Hosts on which none of the programs runs."""

        def find(_: Host, s: Software) -> Held:
            if not any(s.tool(name).runs for name in names):
                yield f"none of {', '.join(names)} runs"

        return self._hosts.judged("software", find)

    def older_than(self, name: str, *least: int) -> tuple[str, ...]:
        """Programs that do not run, or are older."""

        def find(_: Host, s: Software) -> Held:
            tool = s.tool(name)
            if not tool.runs:
                yield f"{name} does not run: {tool.why}"
            elif tool.older_than(*least):
                yield f"{name} is {tool.version}"

        return self._hosts.judged("software", find)

    def compose_older_than(self, *least: int) -> tuple[str, ...]:
        """Hosts where neither the plugin nor the stand-alone program is new enough."""

        def find(host: Host, s: Software) -> Held:
            found = [t for t in (s.tool("docker compose"), s.tool("docker-compose")) if t.runs]
            if host.engine is not None and not any(not t.older_than(*least) for t in found):
                yield f"Docker Compose is {found[0].version if found else 'not installed'}"

        return self._hosts.judged("software", find)

    def engines_older_than(self, *least: int) -> tuple[str, ...]:
        """Engines (the server, not the client) that are older. One that does not answer is an offender."""

        def find(_: Host, e: Engine) -> Held:
            from acceptance.probes.machine import Tool

            if Tool("docker", True, e.version, "").older_than(*least):
                yield f"Docker Engine is {e.version}"

        def dead(host: Host, s: Software) -> Held:
            unit = s.unit("docker")
            if isinstance(host.engine, Unseen) and not (isinstance(unit, Unseen) or unit.active):
                yield f"Docker Engine does not answer: {host.engine.why}"

        return (*self._hosts.judged("software", dead), *self._hosts.judged("engine", find))

    def storage_other_than_overlay(self) -> tuple[str, ...]:
        def find(_: Host, e: Engine) -> Held:
            if e.driver not in OVERLAYS:
                yield f"Docker stores images by {e.driver}"
            elif not e.d_type:
                yield "Docker's file system does not support d_type"

        return self._hosts.judged("engine", find)

    def not_started_on_boot(self) -> tuple[str, ...]:
        """Docker units that are not enabled and active, and containers without a restart policy."""

        def unit(host: Host, s: Software) -> Held:
            if host.engine is None:
                return
            if isinstance(u := s.unit("docker"), Unseen):
                yield u
            elif not (u.enabled and u.active):
                yield f"docker.service is enabled: {u.enabled}, active: {u.active}"

        def policy(_: Host, e: Engine) -> Held:
            for c in e.containers:
                if c.state == "running" and c.restart_policy in ("", "no"):
                    yield f"{c.name} has no restart policy"

        return (*self._hosts.judged("software", unit), *self._hosts.judged("engine", policy))

    def without_jail(self, name: str) -> tuple[str, ...]:
        """Hosts where fail2ban does not run, or without that jail."""

        def find(_: Host, s: Software) -> Held:
            if not isinstance(u := s.unit("fail2ban"), Unseen) and not u.active:
                yield "fail2ban is not active"
            elif isinstance(s.jails, Unseen):
                yield s.jails
            elif name not in s.jails:
                yield f"fail2ban has no {name} jail, only {', '.join(s.jails) or 'none'}"

        return self._hosts.judged("software", find)

    def without_acme_client(self) -> tuple[str, ...]:
        def find(host: Host, s: Software) -> Held:
            if not (tool := s.tool(host.expected.acme_client)).runs:
                yield f"{tool.name} does not run: {tool.why}"

        return self._hosts.judged("software", find)

    def agents_down(self) -> tuple[str, ...]:
        """Monitoring agents of the target that are not active; a host without any is one too."""

        def find(host: Host, s: Software) -> Held:
            if not host.expected.agents:
                yield Unseen("the monitoring agents", "the target names none for it")
            for name in host.expected.agents:
                if isinstance(unit := s.unit(name), Unseen):
                    yield unit
                elif not unit.active:
                    yield f"{name} is not active"

        return self._hosts.judged("software", find)

    def backups_not_scheduled(self) -> tuple[str, ...]:
        """Backup tools that do not run, or that no timer and no cron entry calls."""
        tools = {h.expected.backup_tool for h in self._hosts.hosts if h.expected.backup_tool}

        def find(host: Host, s: Software) -> Held:
            if not tools:
                yield Unseen("the backup tool", "the target names none for any host")
            if not host.expected.backup_tool:
                return
            if not (tool := s.tool(host.expected.backup_tool)).runs:
                yield f"{tool.name} does not run: {tool.why}"
            if isinstance(s.schedules, Unseen):
                yield s.schedules
            elif not s.schedules:
                yield f"no timer and no cron entry calls {tool.name}"

        return self._hosts.judged("software", find)
