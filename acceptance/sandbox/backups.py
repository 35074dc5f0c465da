"""A week of backups of the sandbox's database: real archives in a folder and a bucket, a crontab, restores on record."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from acceptance.sandbox.aws import REGION, aws, credentials
from acceptance.sandbox.dump_writer import archive
from acceptance.sandbox.fault import Fault
from acceptance.sandbox.world import World

PROBES = ("backup",)
BUCKET, PREFIX = "bot-core-backups", "mongodb/"
HOME = "eu-west-1"
EVERY = timedelta(minutes=30)
_NEWEST = ("INFRA-DATA-08", "INFRA-BACKUP-03", "INFRA-BACKUP-04", "INFRA-MONGO-15")
FAULTS: tuple[Fault, ...] = (
    Fault("backup-truncated", "backups", "the newest backup is cut in the middle", _NEWEST, seen_by=("restore",)),
    Fault("backup-altered", "backups", "a byte of the newest backup is another", _NEWEST, seen_by=("restore",)),
    *(
        Fault(name, "backups", change, breaks)
        for name, change, breaks in (
            (
                "backup-61-minutes-old",
                "no backup in the last 61 minutes",
                ("INFRA-BACKUP-08", "INFRA-BACKUP-03"),  # the last is pending: none was due
            ),
            ("backup-lacks-a-collection", "the newest backup lacks trades", ("INFRA-DATA-08", "INFRA-BACKUP-03")),
            ("backup-counts-differ", "the newest backup has half of the trades", ("INFRA-DATA-08",)),
            (
                "backup-gap-of-3-days",
                "no backup on three of the last seven days",
                ("INFRA-MONGO-14", "INFRA-BACKUP-02"),
            ),
            ("backup-gap-of-90-minutes", "this morning nothing was saved for 90 minutes", ("INFRA-BACKUP-08",)),
            ("backup-local-only", "nothing lies in the bucket", ("INFRA-BACKUP-04", "INFRA-GATE-03")),
            ("backup-bucket-unencrypted", "the bucket does not encrypt", ("INFRA-BACKUP-04",)),
            ("backup-copy-differs", "the remote copy is another file", ("INFRA-BACKUP-04",)),
            ("backup-retention-7-days", "the bucket removes backups after 7 days", ("INFRA-BACKUP-05",)),
            ("backup-config-7-days", "the configuration keeps backups for 7 days", ("INFRA-BACKUP-05",)),
            ("backup-not-scheduled", "no line of the crontab runs it", ("INFRA-MONGO-13", "INFRA-BACKUP-01")),
            ("backup-placeholder-job", "the crontab's command is a placeholder", ("INFRA-MONGO-13", "INFRA-BACKUP-01")),
            ("restore-test-old", "the last restore was 31 days ago", ("INFRA-MONGO-15",)),
            ("restore-counts-differ", "the restore brought back less than the dump holds", ("INFRA-MONGO-15",)),
            ("restore-took-3-hours", "the last restore took 3 hours", ("INFRA-BACKUP-07",)),
            ("restore-undocumented", "the runbook has no command", ("INFRA-BACKUP-06",)),
            (
                "backup-pruned-before-start",
                "no backup from before the deployment",
                ("INFRA-READY-07", "INFRA-GATE-03", "INFRA-BACKUP-08"),
            ),
            (
                "backup-before-start-truncated",
                "the last backup from before the deployment is cut in the middle",
                ("INFRA-READY-07", "INFRA-GATE-03"),
            ),
            ("backup-newer-schema", "that backup has the new schema already", ("INFRA-GATE-03",)),
        )
    ),
)


class Backups:
    """Writes everything below one folder; the bucket is filled from it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.root = world.folder / "backups"
        self.local, self.remote = self.root / "local", self.root / "remote"

    def write(self) -> None:
        """All files anew, with the faults that are on."""
        shutil.rmtree(self.root, ignore_errors=True)
        on, started = self.world.on, self.world.started
        newest = started + timedelta(minutes=5)
        times = [newest - n * EVERY for n in range(49)]
        times += [(newest - timedelta(days=n)).replace(hour=2, minute=0, second=0) for n in range(2, 9)]
        if on("backup-61-minutes-old"):
            times = [t for t in times if t < self.world.now - timedelta(minutes=61)]
        if on("backup-gap-of-3-days"):
            gone = {(newest - timedelta(days=n)).date() for n in (3, 4, 5)}
            times = [t for t in times if t.date() not in gone]
        if on("backup-gap-of-90-minutes"):
            times = [t for t in times if not timedelta(hours=5) < newest - t < timedelta(hours=6, minutes=20)]
        if on("backup-pruned-before-start"):
            times = [t for t in times if not timedelta() < started - t < timedelta(minutes=61)]
        old = self._dump(times[-1], migrated=False)
        for time in times:
            recent = abs(time - started) < timedelta(minutes=90)
            content = self._dump(time, migrated=time > started or on("backup-newer-schema")) if recent else old
            before = recent and on("backup-before-start-truncated") and timedelta() < started - time < EVERY
            self._keep(time, content, newest=time == times[0], cut=before)
        self._beside()

    def fill(self, client: Any) -> None:
        """The bucket with its encryption, rules and objects."""
        on, s3 = self.world.on, client("s3")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        if not on("backup-bucket-unencrypted"):
            rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
            s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})
        else:
            s3.delete_bucket_encryption(Bucket=BUCKET)
        days = 7 if on("backup-retention-7-days") else 35
        expiry = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": PREFIX}, "Expiration": {"Days": days}}
        s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [expiry]})
        for path in sorted(self.remote.iterdir()) if self.remote.is_dir() else ():
            s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}{path.name}", Body=path.read_bytes())

    def _dump(self, at: datetime, *, migrated: bool) -> bytes:
        known = self.world.shared["mongo"].set.databases["bot_core"]
        collections = {name: list(kept.documents) for name, kept in known.items()}
        if not migrated:
            collections["migrations"] = [m for m in collections["migrations"] if m["version"] < "0042"]
        if at > self.world.started and self.world.on("backup-lacks-a-collection"):
            del collections["trades"]
        if at > self.world.started and self.world.on("backup-counts-differ"):
            collections["trades"] = collections["trades"][::2]
        indexes = {name: [i.shown() for i in known[name].indexes if "_id" not in i.keys] for name in collections}
        return archive("bot_core", collections, at, indexes)

    def _keep(self, time: datetime, content: bytes, *, newest: bool, cut: bool) -> None:
        on, name = self.world.on, f"mongodb_full_{time:%Y%m%d_%H%M%S}.archive.gz"
        stated = hashlib.sha256(content).hexdigest()
        if cut or (newest and on("backup-truncated")):
            content = content[: len(content) // 2]
        if newest and on("backup-altered"):
            middle = len(content) // 2
            content = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        self._write(self.local / name, content, stated)
        if not on("backup-local-only"):
            other = (
                archive("bot_core", {"users": [{"_id": 1}]}, time) if newest and on("backup-copy-differs") else content
            )
            self._write(self.remote / name, other, hashlib.sha256(other).hexdigest() if other != content else stated)

    def _write(self, path: Path, content: bytes, stated: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.with_name(f"{path.name}.sha256").write_text(f"{stated}  {path.name}\n", encoding="utf-8")

    def _beside(self) -> None:
        on, now = self.world.on, self.world.now
        script = "/path/to/bot-core/backup.sh" if on("backup-placeholder-job") else "/opt/bot-core/bin/mongodump-all"
        job = f"*/30 * * * * root {script} mongodump --oplog --gzip\n"
        (self.root / "crontab").write_text("SHELL=/bin/sh\n" + ("" if on("backup-not-scheduled") else job))
        (self.root / "backup.conf").write_text(f"BACKUP_RETENTION_DAYS={7 if on('backup-config-7-days') else 35}\n")
        block = (
            "Ask the on-call.\n" if on("restore-undocumented") else "```sh\nmongorestore --archive=FILE --gzip\n```\n"
        )
        (self.root / "runbook.md").write_text(f"# Runbook\n\n## Restore the database\n\n{block}")
        restored = {"bot_core.users": 40, "bot_core.trades": 200 if on("restore-counts-differ") else 400}
        test = {
            "on": (now - timedelta(days=31 if on("restore-test-old") else 9)).isoformat(),
            "backup": "mongodb_full_20260301_020000.archive.gz",
            "took_s": 10_800 if on("restore-took-3-hours") else 540,
            "dumped": {"bot_core.users": 40, "bot_core.trades": 400},
            "restored": restored,
        }
        (self.root / "restores.jsonl").write_text(json.dumps(test) + "\n")


def start(world: World) -> dict[str, Any]:
    """Write the backups, offer the bucket; returns the table."""
    backups = Backups(world)
    world.shared["backups"] = backups
    backups.write()
    cloud = aws(world)
    cloud.seed("backups", ("s3",), backups.fill)
    return {
        "doubles": ["backups and their bucket"],
        "credentials": credentials(world),
        "backup": {
            "folder": str(backups.local),
            "s3": {"bucket": BUCKET, "prefix": PREFIX, "region": REGION, "endpoint": cloud.url, "access_key": "aws"},
            "home_region": HOME,
            "schedule": str(backups.root / "crontab"),
            "retention": str(backups.root / "backup.conf"),
            "since": world.now - timedelta(days=7),
            "restore_tests": str(backups.root / "restores.jsonl"),
            "runbook": str(backups.root / "runbook.md"),
            "back_migration": "0041",
            "restore": "mongo_acceptance_restore",
        },
    }  # fmt: skip


def refresh(world: World) -> None:
    """Write everything anew after a fault went on or off."""
    world.shared["backups"].write()
    aws(world).refill("backups")
