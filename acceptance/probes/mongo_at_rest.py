"""Whether what lies under a member's data is encrypted: dm-crypt, as the host's collector sees it, or the cloud's volume."""

from __future__ import annotations

from acceptance.facts import ProbeError, Unseen, facts, load, text
from acceptance.probes.mongo_client import table
from acceptance.visit import Visit


@facts
class Volume:
    """The disk under a path. A virtual one may be encrypted by what is below it, which the host can't see."""

    device: str
    encrypted: bool
    virtual: bool


@facts
class FromHost:
    """What the collector prints for this probe."""

    volumes: dict[str, Volume | Unseen] | Unseen


def encrypted_below(visit: Visit, member: str, data_path: str | Unseen) -> bool | Unseen:
    """Encrypted by the host or by the cloud; False where nothing is left that could encrypt it unseen."""
    what = f"encryption at rest of {member}"
    disk = table(visit).disks.get(member)
    if disk is None or not (disk.host or disk.volume):
        if isinstance(data_path, Unseen):
            return data_path
        return Unseen(what, "the server does not encrypt, and [mongo.disks] names no disk of it")
    try:
        below: bool | None = None
        if disk.host:
            path = disk.path or (data_path if isinstance(data_path, str) else "")
            volume = _on_host(visit, disk.host, path)
            if volume.encrypted:
                return True
            below = None if volume.virtual else False
        if disk.volume:
            below = _in_cloud(visit, disk.volume)
    except ProbeError as problem:
        return Unseen(problem.what, problem.why)
    if below is None:
        return Unseen(what, "its disk is virtual, and [mongo.disks] names no volume")
    return below


def _on_host(visit: Visit, host: str, path: str) -> Volume:
    from acceptance.reach import ask

    if not path:
        raise ProbeError(f"the disk on host {host}", "neither [mongo.disks] nor the server names the data's path")
    try:
        found = load(FromHost, ask(visit, host, ("volumes",), paths=[path])).volumes
    except ValueError as problem:
        raise ProbeError(f"the disk on host {host}", f"not the collector's answer: {text(problem, 200)}") from None
    volume = found if isinstance(found, Unseen) else found.get(path, Unseen(path, "the host gave no answer for it"))
    if isinstance(volume, Unseen):
        raise ProbeError(volume.what, volume.why)
    return volume


def _in_cloud(visit: Visit, volume: str) -> bool:
    from acceptance.asking import reading
    from acceptance.aws import Aws

    cloud = visit.target.cloud
    if cloud is None:
        raise ProbeError(f"volume {volume}", "the target grants no [cloud]")
    aws = Aws(visit, region=cloud.region, endpoint=cloud.endpoint, access_key=cloud.access_key)
    with reading(f"volume {volume}"):
        (found,) = aws.ask("ec2", "describe_volumes", VolumeIds=[volume])["Volumes"]
        if not found["Attachments"]:
            raise ProbeError(f"volume {volume}", "it is attached to no machine: no database lies on it")
        return bool(found["Encrypted"])
