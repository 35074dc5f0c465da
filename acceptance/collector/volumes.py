"""Whether the disk under a path is encrypted by this machine: dm-crypt in some layer of its block device."""

from __future__ import annotations

import os

from acceptance.collector.base import Blind, attempt, read, run, section
from acceptance.collector.system import is_virtual

BLOCKS = "/sys/dev/block"
CRYPT = ("CRYPT-LUKS", "CRYPT-PLAIN")  # not CRYPT-VERITY or CRYPT-INTEGRITY: they encrypt nothing


@section("volumes")
def look_at_volumes(request):
    """Facts `Volume` by path."""
    return {path: attempt(f"the disk under {path}", look_at_volume, path) for path in request["paths"]}


def look_at_volume(path):
    """Facts `Volume`: what stands between a path and its bare disks."""
    number = device_of(path)
    folder = os.path.realpath("%s/%d:%d" % (BLOCKS, os.major(number), os.minor(number)))
    if not os.path.isdir(folder):
        raise Blind(f"the file system of {path} is on no block device of its own")
    folder = whole(folder)
    return {
        "device": os.path.basename(folder)[:100],
        "encrypted": is_encrypted(folder),
        "virtual": any(is_virtual(disk) for disk in bare_disks(folder)),
    }


def device_of(path):
    """The number of the device that holds a path; a path that does not exist has none."""
    try:
        return os.stat(path).st_dev
    except FileNotFoundError:
        raise Blind(f"{path} does not exist") from None
    except PermissionError:
        return int(run("stat", "-L", "-c", "%d", "--", path, root=True))


def below(folder):
    """The block devices that one rests on."""
    slaves = folder + "/slaves"
    names = sorted(os.listdir(slaves)) if os.path.isdir(slaves) else []
    return [whole(os.path.realpath(f"{slaves}/{name}")) for name in names]


def whole(folder):
    """The disk that a partition is of; it rests on what its disk rests on."""
    return os.path.dirname(folder) if os.path.exists(folder + "/partition") else folder


def is_encrypted(folder):
    """Whether every way from a device down to a disk goes through dm-crypt."""
    mapped = folder + "/dm/uuid"
    if os.path.exists(mapped) and read(mapped).startswith(CRYPT):
        return True
    lower = below(folder)
    return bool(lower) and all(is_encrypted(each) for each in lower)


def bare_disks(folder):
    """Names of the disks at the bottom."""
    lower = below(folder)
    return [name for each in lower for name in bare_disks(each)] if lower else [os.path.basename(folder)]
