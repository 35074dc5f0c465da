"""The machine itself: memory, CPUs, disk, link, operating system, updates, clock, name."""

from __future__ import annotations

import glob
import json
import os
import re
import socket
import time

from acceptance.collector.base import Blind, attempt, read, run, section


@section("system")
def look_at_system(request):
    """Facts `System`."""
    release = os_release()
    return {
        "memory_bytes": int(re.search(r"MemTotal:\s+(\d+) kB", read("/proc/meminfo")).group(1)) * 1024,
        "cpus": usable_cpus(),
        "os_name": release.get("ID", ""),
        "os_version": release.get("VERSION_ID", ""),
        "disk": attempt("the data directory's disk", look_at_disk, request["data_dir"]),
        "link": attempt("the network link", look_at_link),
        "updates": attempt("pending updates", look_at_updates),
        "zone": attempt("the time zone", look_at_zone),
        "clock": attempt("the clock's daemon", look_at_clock),
        "hostname": attempt("the host name", lambda: read("/etc/hostname").strip()[:255]),
        "resolves_to": attempt("the host name's addresses", own_name_resolved),
        "addresses": attempt("the host's addresses", own_addresses),
        "came_from": attempt("where the suite comes from", came_from),
    }


def os_release():
    """/etc/os-release as a dict."""
    pairs = re.findall(r'^([A-Z_]+)=(?:"([^"]*)"|(.*))$', read("/etc/os-release"), re.MULTILINE)
    return {key: (quoted or plain)[:100] for key, quoted, plain in pairs}


def usable_cpus():
    """CPUs that work may use: affinity, and the tightest cgroup quota above us."""
    cpus = float(len(os.sched_getaffinity(0)))
    for path in ("/sys/fs/cgroup/cpu.max", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us"):
        try:
            words = read(path).split()
            period = float(words[1] if len(words) > 1 else read("/sys/fs/cgroup/cpu/cpu.cfs_period_us"))
        except Blind:
            continue
        if words[0] not in ("max", "-1"):
            cpus = min(cpus, float(words[0]) / period)
    return cpus


def look_at_disk(path):
    """Facts `Disk` of the file system that holds a directory."""
    while not os.path.exists(path):
        path = os.path.dirname(path) or "/"
    room = os.statvfs(path)
    number = os.stat(path).st_dev
    device, kind = "", "virtual"
    folder = "/sys/dev/block/%d:%d" % (os.major(number), os.minor(number))
    if os.path.isdir(folder):
        folder = os.path.realpath(folder)
        while not os.path.exists(folder + "/queue/rotational") and folder.count("/") > 3:
            folder = os.path.dirname(folder)
        device = os.path.basename(folder)
        lower = os.listdir(folder + "/slaves") if os.path.isdir(folder + "/slaves") else []
        bare = lower[0] if lower else device
        rotates = read(folder + "/queue/rotational").strip() == "1"
        if rotates and not is_virtual(bare):
            kind = "rotating"
        elif not is_virtual(bare):
            kind = "solid"
    return {
        "path": path, "device": device, "kind": kind, "size_bytes": room.f_blocks * room.f_frsize,
        "free_percent": 100.0 * room.f_bavail / max(1, room.f_blocks),
        "inodes_free_percent": 100.0 * room.f_favail / room.f_files if room.f_files else 100.0,
    }  # fmt: skip


def is_virtual(device):
    """Whether a block device's rotational flag proves nothing."""
    try:
        model = read("/sys/block/{}/device/model".format(re.sub(r"(?<=\d)p\d+$|(?<=[a-z])\d+$", "", device))).lower()
    except Blind:
        model = ""
    return device.startswith(("vd", "xvd", "loop", "dm-")) or any(
        w in model for w in ("virtual", "qemu", "block store")
    )


def look_at_link():
    """Facts `Link` of the interface that the default route uses."""
    for line in read("/proc/net/route").splitlines()[1:]:
        words = line.split()
        if words[1] == "00000000" and words[7] == "00000000":
            base = f"/sys/class/net/{words[0]}/"
            try:
                speed = int(read(base + "speed"))
            except (Blind, OSError, ValueError):
                speed = -1  # virtual interfaces give none
            up = read(base + "operstate").strip() in ("up", "unknown")
            return {"interface": words[0], "up": up, "speed_mbps": speed if speed > 0 else None}
    raise Blind("there is no default route")


APT = ("-o", "Debug::NoLocking=1", "-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache=")  # no lock, no cache


def look_at_updates():
    """Facts `Updates`, by apt's own simulation. A held package is pending too: nobody has mended it."""
    plan = run("apt-get", "-s", "-q", *APT, "--ignore-hold", "dist-upgrade", timeout_s=15.0)
    lists = glob.glob("/var/lib/apt/lists/*Packages*") + glob.glob("/var/lib/apt/lists/*Release")
    if not lists:
        raise Blind("there is no package index; run apt-get update")
    stamps = [
        p for p in ("/var/lib/apt/periodic/update-success-stamp", "/var/lib/apt/lists/partial") if os.path.exists(p)
    ]
    newest = max(os.stat(path).st_mtime for path in lists + stamps)
    if newest > time.time() + 3600:
        raise Blind("the package index is of a time that is still to come: this host's clock was set back")
    flags = ("/run/reboot-required", "/var/run/reboot-required")
    return {
        "security": sorted(pending(plan))[:50],
        "index_age_days": max(0.0, time.time() - newest) / 86400,
        "reboot_required": any(map(os.path.exists, flags))
        or newer_kernel(os.uname().release, glob.glob("/boot/vmlinuz-*")),
    }


def pending(plan):
    """Packages of an upgrade's plan that a security archive has a newer version of, be it not the newest of all."""
    offered = dict(re.findall(r"^Inst (\S+) .*?\(\S+ ([^)]*)", plan, re.MULTILINE))
    told = re.search(r"^(\d+) upgraded, (\d+) newly installed", plan, re.MULTILINE)
    if not told or len(offered) < int(told.group(1)) + int(told.group(2)):
        raise Blind("apt-get's plan is not whole")
    kept = re.search(r"kept back:\n((?:  .*\n)+)", plan)
    found = {name for name, places in offered.items() if re.search("-security|Debian-Security", places)}
    rest = sorted(({*offered, *kept.group(1).split()} if kept else set(offered)) - found)
    said = run("apt-cache", *APT, "policy", *rest, timeout_s=15.0) if rest else ""
    for name, table in re.findall(r"^(\S+):\n((?: .*\n?)+)", said, re.MULTILINE):
        newer = table.partition("Version table:")[2].partition("***")[0]
        if re.search(r"^ +-?\d+ \S.*security", newer, re.MULTILINE):
            found.add(name)
    return found


def newer_kernel(running, images):
    """Whether a newer kernel of the running one's flavour is installed: not every system writes a flag of it."""
    versions = [path.rpartition("/vmlinuz-")[2] for path in images]

    def order(version):
        return [int(number) for number in re.findall(r"\d+", version)]

    def flavour(version):
        return re.sub(r"^[\d.]+(-[\d.]+)*", "", version)

    newer = [v for v in versions if flavour(v) == flavour(running) and order(v) > order(running)]
    return running in versions and bool(newer)


def look_at_zone():
    """The zone's name, by the link that every program follows; timedated may remember an older one."""
    target = os.path.realpath("/etc/localtime")
    if "/zoneinfo/" in target:
        return target.partition("/zoneinfo/")[2]
    if not os.path.exists("/etc/localtime"):
        return "UTC"
    return run("timedatectl", "show", "-p", "Timezone", "--value").strip() or "UTC"


def look_at_clock():
    """Facts `Clock`, by the word of the daemon that steers it."""
    for ask in (ask_chrony, ask_timesyncd, ask_ntpd):
        try:
            return ask()
        except (Blind, IndexError, ValueError, AttributeError, KeyError):
            continue
    return {"daemon": "", "synchronised": False, "offset_s": 0.0}


def ask_chrony():
    """chronyd calls its own clock "Normal" too (`local stratum`), and goes on doing so when it has lost its sources."""
    words = run("chronyc", "-c", "tracking").strip().split(",")
    clock = {"daemon": "chrony", "synchronised": False, "offset_s": abs(float(words[4]))}
    if words[0] == "7F7F0101":
        return dict(clock, why="it follows its own clock")
    chosen = [line for line in run("chronyc", "-n", "-c", "sources").splitlines() if line.split(",")[1:2] == ["*"]]
    return dict(clock, synchronised=words[13] == "Normal" and bool(chosen), why="" if chosen else "it has no source")


def ask_timesyncd():
    """systemd-timesyncd; LOCL is what a server says that follows its own clock."""
    said = run("timedatectl", "timesync-status")
    found = re.search(r"Offset: ([+-]?[\d.]+)(us|ms|s|min)", said)
    offset = abs(float(found.group(1))) * {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0}[found.group(2)]
    agreed = run("timedatectl", "show", "-p", "NTPSynchronized", "--value").strip() == "yes"
    own = re.search(r"Reference: LOCL\b", said)
    why = "its server follows its own clock" if own else ""
    return {"daemon": "timesyncd", "synchronised": agreed and not own, "offset_s": offset, "why": why}


def ask_ntpd():
    """ntpd; what it follows may be a server, a radio or a pulse, and not its own clock."""
    said = run("ntpq", "-c", "rv")
    offset = abs(float(re.search(r"offset=([-\d.]+)", said).group(1))) / 1000
    own = re.search(r"sync_local|refid=(LOCAL|LOCL)", said)
    agreed = re.search(r"sync_(ntp|pps|lf_radio|hf_radio|uhf_radio|other)\b", said) and "leap_alarm" not in said
    why = "it follows its own clock" if own else ""
    return {"daemon": "ntpd", "synchronised": bool(agreed and not own), "offset_s": offset, "why": why}


def own_name_resolved():
    """Addresses that the host's own name resolves to, on the host."""
    try:
        found = socket.getaddrinfo(read("/etc/hostname").strip(), None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return sorted({each[4][0] for each in found})[:20]


def own_addresses():
    """Addresses of the host's interfaces, loopback too."""
    links = json.loads(run("ip", "-j", "address"))
    return [a["local"] for link in links for a in link.get("addr_info", []) if "local" in a][:200]


def came_from():
    """The address from which sshd was entered for this look: that of the last jump host, where there is one."""
    words = os.environ.get("SSH_CONNECTION", "").split()
    if not words:
        raise Blind("the host is not entered by ssh")
    return words[0][:60]
