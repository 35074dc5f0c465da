"""The machine and its software, as its own daemons and programs say: facts, and what is held against them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from acceptance.facts import Unseen, facts

if TYPE_CHECKING:
    from acceptance.probes.hosts import Host, Hosts

GIB = 1024**3
KERNEL_SHARE = 0.05  # of the built-in memory, which MemTotal leaves out
SUPPORT_ENDS = {  # standard or long-term support without a contract
    "ubuntu 20.04": date(2025, 5, 31), "ubuntu 22.04": date(2027, 6, 1), "ubuntu 24.04": date(2029, 5, 31),
    "ubuntu 26.04": date(2031, 5, 31), "debian 10": date(2024, 6, 30), "debian 11": date(2026, 8, 31),
    "debian 12": date(2028, 6, 30), "debian 13": date(2030, 6, 30), "rhel 8": date(2029, 5, 31),
    "rhel 9": date(2032, 5, 31), "almalinux 9": date(2032, 5, 31), "rocky 9": date(2032, 5, 31),
    "amzn 2023": date(2029, 6, 30),
}  # fmt: skip
SOLID_VOLUMES = (
    "gp2",
    "gp3",
    "io1",
    "io2",
    "pd-ssd",
    "pd-balanced",
    "hyperdisk-balanced",
    "premium_lrs",
    "premiumv2_lrs",
    "nvme",
    "ssd",
    "standardssd_lrs",
    "ultrassd_lrs",
)
ROTATING_VOLUMES = ("st1", "sc1", "standard", "pd-standard", "hyperdisk-throughput", "hdd")


@facts
class Disk:
    """The file system of the data directory. `kind` is solid, rotating or virtual (whose flag proves nothing)."""

    path: str
    device: str
    kind: str
    size_bytes: int
    free_percent: float
    inodes_free_percent: float


@facts
class Link:
    """The default route's interface. `speed_mbps` is None where a virtual interface gives no speed."""

    interface: str
    up: bool
    speed_mbps: int | None


@facts
class Updates:
    """What the package manager would still install."""

    security: tuple[str, ...]
    index_age_days: float
    reboot_required: bool


@facts
class Clock:
    """Who steers the clock ("" nobody), how far off it is by that daemon's word, and why it is not synchronised."""

    daemon: str
    synchronised: bool
    offset_s: float
    why: str = ""


@facts
class System:
    """One machine."""

    memory_bytes: int
    cpus: float  # usable: affinity and cgroup quota counted
    os_name: str
    os_version: str
    disk: Disk | Unseen
    link: Link | Unseen
    updates: Updates | Unseen
    zone: str | Unseen
    clock: Clock | Unseen
    hostname: str | Unseen
    resolves_to: tuple[str, ...] | Unseen
    addresses: tuple[str, ...] | Unseen
    came_from: str | Unseen = Unseen("where the suite comes from", "it was not looked for")


@facts
class Tool:
    """A program that was started with its version option."""

    name: str
    runs: bool
    version: str
    why: str

    def older_than(self, *least: int) -> bool:
        """Whether its version is below; a version that can't be read counts as below."""
        found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", self.version)
        return not found or tuple(int(n or 0) for n in found.groups()) < (*least, 0)[:3]


@facts
class Unit:
    """A unit of systemd."""

    name: str
    active: bool
    enabled: bool


@facts
class Software:
    """What is installed, runs and is scheduled on one machine."""

    tools: tuple[Tool, ...]
    units: tuple[Unit, ...] | Unseen
    jails: tuple[str, ...] | Unseen
    schedules: tuple[str, ...] | Unseen

    def tool(self, name: str) -> Tool:
        """The tool of that name; one that wasn't looked for does not run."""
        return next((t for t in self.tools if t.name == name), Tool(name, False, "", "it was not looked for"))

    def unit(self, name: str) -> Unit | Unseen:
        """The unit of that name."""
        if isinstance(self.units, Unseen):
            return self.units
        full = name if "." in name else f"{name}.service"
        return next((u for u in self.units if u.name in (name, full)), Unseen(f"unit {name}", "it was not looked for"))


Held = Iterator[str | Unseen]


class Machines:
    """What is held against the hosts as machines; each method names every offender by its host."""

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts

    def __repr__(self) -> str:
        return repr(self._hosts)[:200]

    def memory_below(self, *, gb: int) -> tuple[str, ...]:
        """Hosts with less memory, the kernel's own share of 5 % allowed for."""

        def find(_: Host, s: System) -> Held:
            if s.memory_bytes < gb * GIB * (1 - KERNEL_SHARE):
                yield f"{s.memory_bytes / GIB:.1f} GiB of memory"

        return self._hosts.judged("system", find)

    def fewer_cpus_than(self, least: int) -> tuple[str, ...]:
        def find(_: Host, s: System) -> Held:
            if s.cpus < least:
                yield f"{s.cpus:g} usable CPUs"

        return self._hosts.judged("system", find)

    def storage_below(self, *, gb: int, free_percent: int) -> tuple[str, ...]:
        """Data directories on a disk that is small, rotates, or is nearly full of bytes or inodes."""

        def find(host: Host, s: System) -> Held:
            if isinstance(d := s.disk, Unseen):
                yield d
                return
            if d.size_bytes < gb * 10**9:
                yield f"{d.path} has {d.size_bytes / 10**9:.0f} GB"
            if d.free_percent < free_percent:
                yield f"{d.path} is {100 - d.free_percent:.0f} % full"
            if d.inodes_free_percent < free_percent:
                yield f"{d.path} has {d.inodes_free_percent:.0f} % of its inodes free"
            kind = host.expected.volume_type.lower()
            slow = kind.startswith(ROTATING_VOLUMES) and not kind.startswith(SOLID_VOLUMES)
            if d.kind == "rotating" or (d.kind == "virtual" and slow):
                yield f"{d.device} is a rotating disk ({kind or 'by its own word'})"

        return self._hosts.judged("system", find)

    def disks_that_may_rotate(self) -> tuple[str, ...]:
        """Virtual disks, whose rotational flag proves nothing, of a volume type that is not known here."""

        def find(host: Host, s: System) -> Held:
            kind = host.expected.volume_type.lower()
            if isinstance(s.disk, Unseen) or s.disk.kind != "virtual" or kind.startswith(SOLID_VOLUMES):
                return
            yield f"{s.disk.device or s.disk.path} is virtual, of {f'volume type {kind}' if kind else 'no named volume_type'}"

        return self._hosts.judged("system", find)

    def links_slower_than(self, *, mbps: int) -> tuple[str, ...]:
        def find(_: Host, s: System) -> Held:
            if isinstance(link := s.link, Unseen):
                yield link
            elif not link.up:
                yield f"{link.interface} is down"
            elif link.speed_mbps is not None and link.speed_mbps < mbps:
                yield f"{link.interface} runs at {link.speed_mbps} Mb/s"

        return self._hosts.judged("system", find)

    def links_without_speed(self) -> tuple[str, ...]:
        """Virtual interfaces, which tell none."""

        def find(_: Host, s: System) -> Held:
            if not isinstance(s.link, Unseen) and s.link.speed_mbps is None:
                yield f"{s.link.interface} is virtual and tells no speed"

        return self._hosts.judged("system", find)

    def systems_older_than(self, name: str, least: str) -> tuple[str, ...]:
        """Operating systems that are neither that LTS or newer nor a named equivalent, or out of support."""
        today = self._hosts.at

        def find(host: Host, s: System) -> Held:
            whole = f"{s.os_name} {s.os_version}"
            have = whole if s.os_name == name else whole.partition(".")[0]  # the minor versions of others share a date
            lts = s.os_name == name and re.fullmatch(r"\d\d\.04", s.os_version) and int(s.os_version[:2]) % 2 == 0
            if not (lts and s.os_version >= least) and not {have, whole} & set(host.expected.equivalents):
                yield f"{whole} is neither {name} {least} LTS or newer nor a named equivalent"
            elif have not in SUPPORT_ENDS:
                yield Unseen(f"until when {have} is supported", "its support date is not known here")
            elif SUPPORT_ENDS[have] < today.date():
                yield f"{have} is out of support since {SUPPORT_ENDS[have]}"

        return self._hosts.judged("system", find)

    def updates_pending(self) -> tuple[str, ...]:
        def find(_: Host, s: System) -> Held:
            if isinstance(u := s.updates, Unseen):
                yield u
                return
            if u.security:
                yield f"{len(u.security)} security updates are pending: {', '.join(u.security[:3])}"
            if u.reboot_required:
                yield "a reboot is due"
            if u.index_age_days >= 7:
                yield f"the package index is {u.index_age_days:.0f} days old"

        return self._hosts.judged("system", find)

    def zones_other_than(self, zone: str) -> tuple[str, ...]:
        def find(_: Host, s: System) -> Held:
            if isinstance(s.zone, Unseen):
                yield s.zone
            elif s.zone not in (zone, f"Etc/{zone}", "Etc/UCT", "Universal", "Zulu", "Etc/Universal"):
                yield f"the time zone is {s.zone}"

        return self._hosts.judged("system", find)

    def clocks_off_by(self, *, seconds: float) -> tuple[str, ...]:
        def find(_: Host, s: System) -> Held:
            if isinstance(c := s.clock, Unseen):
                yield c
            elif not c.daemon or not c.synchronised:
                yield f"{c.daemon or 'no daemon'} keeps the clock, not synchronised{': ' if c.why else ''}{c.why}"
            elif c.offset_s >= seconds:
                yield f"the clock is {c.offset_s:.2f} s off by {c.daemon}'s word"

        return self._hosts.judged("system", find)

    def misnamed(self) -> tuple[str, ...]:
        """Host names that are not set, not the expected ones, or don't resolve to the host itself."""

        def find(host: Host, s: System) -> Held:
            for part in (s.hostname, s.resolves_to, s.addresses):
                if isinstance(part, Unseen):
                    yield part
            if isinstance(s.hostname, str):
                if not s.hostname or s.hostname.startswith("localhost"):
                    yield f"the host name is {s.hostname or 'not set'}"
                elif host.expected.name and s.hostname not in (host.expected.name, host.expected.name.split(".")[0]):
                    yield f"the host name is {s.hostname}, not {host.expected.name}"
                elif isinstance(s.resolves_to, tuple) and isinstance(s.addresses, tuple):
                    own = {*s.addresses, "127.0.1.1"}
                    if not own.intersection(s.resolves_to):
                        yield f"{s.hostname} resolves to {', '.join(s.resolves_to) or 'nothing'}, not to the host"

        return self._hosts.judged("system", find)
