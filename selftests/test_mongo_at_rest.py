"""Encryption under MongoDB's data: what the collector makes of /sys, and what the probe makes of host and cloud."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from acceptance.collector import volumes
from acceptance.facts import Unseen
from acceptance.probes import mongo
from acceptance.sandbox.answer import __file__ as ANSWER
from acceptance.sandbox.aws import ACCOUNT, REGION, Aws, credentials
from acceptance.sandbox.world import World
from selftests.databases import Database
from selftests.judging import BLOCKED, FAIL, PASS, judge

DATA = "/var/lib/mongodb"
LUKS, VERITY, LVM = "CRYPT-LUKS2-4f0c-data", "CRYPT-VERITY-4f0c-root", "LVM-8hKd"


def block(root: Path, name: str, *lower: Path, uuid: str = "", partition_of: Path | None = None) -> Path:
    """A block device as /sys shows it."""
    folder = (partition_of or root) / name
    (folder / "slaves").mkdir(parents=True)
    for each in lower:
        (folder / "slaves" / each.name).symlink_to(each)
    if partition_of:
        (folder / "partition").write_text("1\n")
    if uuid:
        (folder / "dm").mkdir()
        (folder / "dm" / "uuid").write_text(f"{uuid}\n")
    return folder


def seen(monkeypatch: pytest.MonkeyPatch, root: Path, top: Path) -> dict[str, Any]:
    """What the collector says of a path on that device."""
    known: Any = volumes
    (root / "by-number").mkdir()
    (root / "by-number" / "9:3").symlink_to(top)
    monkeypatch.setattr(known, "BLOCKS", str(root / "by-number"))
    monkeypatch.setattr(known, "device_of", lambda path: os.makedev(9, 3))
    found: dict[str, Any] = known.look_at_volume(DATA)
    return found


def test_luks_below_lvm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    disk = block(tmp_path, "nosuchdisk")
    crypt = block(tmp_path, "dm-0", block(tmp_path, "nosuchdisk1", partition_of=disk), uuid=LUKS)
    top = block(tmp_path, "dm-1", crypt, uuid=LVM)
    assert seen(monkeypatch, tmp_path, top) == {"device": "dm-1", "encrypted": True, "virtual": False}


def test_one_of_two_disks_is_not_encrypted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    crypt = block(tmp_path, "dm-0", block(tmp_path, "nosuchdisk"), uuid=LUKS)
    top = block(tmp_path, "md0", crypt, block(tmp_path, "nosuchother"))
    assert not seen(monkeypatch, tmp_path, top)["encrypted"]


def test_verity_is_no_encryption_and_a_virtual_disk_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    top = block(tmp_path, "dm-0", block(tmp_path, "vdz"), uuid=VERITY)
    assert seen(monkeypatch, tmp_path, top) == {"device": "dm-0", "encrypted": False, "virtual": True}


def test_partition_of_an_encrypted_array(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    array = block(tmp_path, "md0", block(tmp_path, "dm-0", block(tmp_path, "nosuchdisk"), uuid=LUKS))
    assert seen(monkeypatch, tmp_path, block(tmp_path, "md0p1", partition_of=array))["encrypted"]


def test_path_that_does_not_exist_is_on_no_disk() -> None:
    found: Any = volumes.look_at_volumes({"paths": ["/nonexistent/data"]})
    assert found["/nonexistent/data"]["why"] == "/nonexistent/data does not exist"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Database:
    found = Database(tmp_path_factory.mktemp("database"))
    found.world.faults.add("mongo-unencrypted")
    return found


def judged(database: Database, disk: dict[str, str], **tables: Any) -> Any:
    """INFRA-MONGO-18 where each member's data lie on that disk."""
    disks = dict.fromkeys(database.members, disk) if disk else {}
    return judge("INFRA-MONGO-18", mongo=mongo.look(database.visit(services={}, disks=disks, tables=tables)))


def host(tmp_path: Path, *, encrypted: bool, virtual: bool) -> dict[str, Any]:
    """A host that answers so."""
    place = tmp_path / "answer.json"
    volume = {"device": "dm-1", "encrypted": encrypted, "virtual": virtual}
    place.write_text(json.dumps({"volumes": {DATA: volume}}))
    return {"hosts": {"db": {"command": [sys.executable, ANSWER, str(place)]}}}


@pytest.mark.parametrize(
    ("encrypted", "virtual", "status"), [(True, True, PASS), (False, False, FAIL), (False, True, BLOCKED)]
)
def test_disk_of_the_host(database: Database, tmp_path: Path, encrypted: bool, virtual: bool, status: Any) -> None:
    on_host = host(tmp_path, encrypted=encrypted, virtual=virtual)
    assert judged(database, {"host": "db", "path": DATA}, **on_host) is status


def test_disk_that_is_not_named_or_not_reached_blocks(database: Database) -> None:
    assert judged(database, {}) is BLOCKED
    assert judged(database, {"host": "gone", "path": DATA}) is BLOCKED
    assert judged(database, {"volume": "vol-1"}) is BLOCKED  # no [cloud]


def test_volume_of_the_cloud(database: Database, tmp_path: Path) -> None:
    world = World(tmp_path)
    served, ids = Aws(world), dict[str, str]()

    def fill(client: Any) -> None:
        ec2 = client("ec2")
        image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        machine = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]
        for name, encrypted, attached in (("good", True, True), ("bare", False, True), ("loose", True, False)):
            zone = machine["Placement"]["AvailabilityZone"]
            ids[name] = ec2.create_volume(AvailabilityZone=zone, Size=8, Encrypted=encrypted)["VolumeId"]
            if attached:
                ec2.attach_volume(VolumeId=ids[name], InstanceId=machine["InstanceId"], Device=f"/dev/{name}")

    served.seed("selftest", ("ec2",), fill)
    tables = {
        "cloud": {"account": ACCOUNT, "region": REGION, "endpoint": served.url, "access_key": "aws", "network": "x"},
        "credentials": credentials(world),
    }
    assert judged(database, {"volume": "vol-00000000"}, **tables) is BLOCKED  # fills by the way
    found = {name: judged(database, {"volume": id}, **tables) for name, id in ids.items()}
    assert found == {"good": PASS, "bare": FAIL, "loose": BLOCKED}
    on_host = host(tmp_path, encrypted=False, virtual=True)
    assert judged(database, {"host": "db", "path": DATA, "volume": ids["good"]}, **tables, **on_host) is PASS


def test_reason_is_told(database: Database) -> None:
    seen = mongo.look(database.visit(services={}, disks={}))
    value = seen.members.each[0].encrypted
    assert isinstance(value, Unseen)
    assert "[mongo.disks] names no disk" in value.why
