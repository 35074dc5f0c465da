"""The same backups read from a folder, over a host's command, and from a bucket that moto serves."""

from __future__ import annotations

import hashlib
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from acceptance.facts import ProbeError
from acceptance.probes.backup import look, read_dump
from acceptance.probes.backup_facts import Dump
from acceptance.probes.backup_host import HostFolder
from acceptance.probes.backup_places import S3, Folder, Store
from acceptance.sandbox.aws import REGION, Aws, credentials
from acceptance.sandbox.double import Reply, serve
from acceptance.sandbox.dump_writer import archive, folder
from acceptance.sandbox.world import World
from acceptance.target import Target
from acceptance.visit import Visit
from selftests.test_asking import Answers

AT = datetime(2026, 3, 2, 9, 29, 59, tzinfo=UTC)
WHOLE = archive("bot_core", {"users": [{"_id": n} for n in range(9)], "trades": [{"_id": 1}]}, AT)
FILE = "2026/03/full_20260302_092500.archive.gz"
BUCKET = {"bucket": "kept", "prefix": "db/", "region": REGION}


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    root = tmp_path / "kept"
    (root / FILE).parent.mkdir(parents=True)
    (root / FILE).write_bytes(WHOLE)
    (root / f"{FILE}.sha256").write_text(f"{hashlib.sha256(WHOLE).hexdigest()}  full\n")
    folder(root / "dump_20260301_020000", "bot_core", {"users": [{"_id": 1}]})
    return root


def visit(tmp_path: Path, **tables: Any) -> Visit:
    base = "https://127.0.0.1:9"
    urls = {"base": base, "plain": "http://127.0.0.1:9", "api": base, "ws": "wss://127.0.0.1:9", "dashboard": base}
    target = Target.model_validate_json(json.dumps({"name": "kept", "urls": urls, **tables}))
    return Visit(target, datetime.now(UTC), tmp_path, tmp_path, tmp_path, "acceptance-selftest", time.monotonic() + 60)


def on_host(tmp_path: Path, kept: Path, *command: str) -> HostFolder:
    way: dict[str, Any] = {"command": list(command)} if command else {"local": True}
    return HostFolder(visit(tmp_path, hosts={"app": way}), "app", str(kept), "eu")


@pytest.fixture
def bucket(tmp_path: Path, kept: Path) -> S3:
    world = World(tmp_path)
    served = Aws(world)

    def fill(client: Any) -> None:
        s3 = client("s3")
        s3.create_bucket(Bucket="kept", CreateBucketConfiguration={"LocationConstraint": REGION})
        for path in (kept / FILE, kept / f"{FILE}.sha256"):
            s3.put_object(Bucket="kept", Key=f"db/{path.relative_to(kept)}", Body=path.read_bytes())

    served.seed("selftest", ("s3",), fill)
    table = {**BUCKET, "endpoint": served.url, "access_key": "aws"}
    gone = visit(tmp_path, credentials=credentials(world), backup={"s3": table})
    assert gone.target.backup
    assert gone.target.backup.s3
    return S3(gone, gone.target.backup.s3)


def strange(tmp_path: Path, *replies: Reply) -> tuple[S3, Answers]:
    """A bucket at somebody who gives these replies."""
    answers = Answers(*replies)
    keys = {"aws": {"user": "id", "secret": World(tmp_path).secret("aws", "key-of-a-bucket")}}
    table = {**BUCKET, "endpoint": serve(answers), "access_key": "aws"}
    gone = visit(tmp_path, credentials=keys, backup={"s3": table})
    assert gone.target.backup
    assert gone.target.backup.s3
    return S3(gone, gone.target.backup.s3), answers


def first(store: Store, name: str = FILE) -> Dump:
    found = next(k for k in store.kept() if k.name == name)
    return read_dump(store, found, ("", ""), lambda seconds: seconds)


def check(store: Store) -> None:
    assert next(iter(store.kept())).name == FILE
    dump = first(store)
    assert (dump.at, dump.by_oplog, dump.checksum, dump.damage) == (AT, True, "matches", "")
    assert dump.collections == {"bot_core.users": 9, "bot_core.trades": 1}


def test_folder(kept: Path) -> None:
    check(Folder(kept))


def test_host(tmp_path: Path, kept: Path) -> None:
    check(on_host(tmp_path, kept))


def test_bucket(bucket: S3) -> None:
    check(bucket)
    assert bucket.kept_days() is None


@pytest.mark.parametrize("where", ["here", "host"])
def test_dump_that_is_a_folder(where: str, tmp_path: Path, kept: Path) -> None:
    dump = first(Folder(kept) if where == "here" else on_host(tmp_path, kept), "dump_20260301_020000")
    assert (dump.damage, dump.checksum, dump.collections) == ("", "missing", {"bot_core.users": 1})
    assert dump.at == datetime(2026, 3, 1, 2, tzinfo=UTC)


def test_altered_file_has_another_checksum(kept: Path) -> None:
    other = archive("bot_core", {"users": [{"_id": 1}]}, AT)
    (kept / FILE).write_bytes(other)
    assert first(Folder(kept)).checksum == "differs"


def test_folder_has_no_hash_of_its_own(tmp_path: Path, kept: Path) -> None:
    (kept / "dump_20260301_020000.sha256").write_text(f"{'0' * 64}  packed elsewhere\n")
    for store in (Folder(kept), on_host(tmp_path, kept)):
        assert first(store, "dump_20260301_020000").checksum == "missing"


@pytest.mark.parametrize("line", ["{}  full", "SHA2-256(full)= {}", "SHA256 (full) = {}", "\\{} *a\\\\b"])
def test_hash_is_found_in_the_line_of_any_tool(line: str, kept: Path) -> None:
    (kept / f"{FILE}.sha256").write_text(line.format(hashlib.sha256(WHOLE).hexdigest()))
    assert first(Folder(kept)).checksum == "matches"


def test_link_to_nothing_and_file_in_the_making_are_no_backups(tmp_path: Path, kept: Path) -> None:
    (kept / "latest.gz").symlink_to(kept / "gone.gz")
    (kept / "full_20260302_093000.archive.gz.part").write_bytes(WHOLE[:40])
    for store in (Folder(kept), on_host(tmp_path, kept)):
        assert [k.name for k in store.kept()] == [FILE, "dump_20260301_020000"]


def test_way_that_breaks_at_the_hash_is_no_missing_hash(tmp_path: Path, kept: Path) -> None:
    broken = on_host(tmp_path, kept, "sh", "-c", "cat > /dev/null; exit 255")
    with pytest.raises(ProbeError):
        broken.checksum(FILE)


def test_way_to_the_host_that_breaks_is_no_damaged_backup(tmp_path: Path, kept: Path) -> None:
    found = next(k for k in Folder(kept).kept() if k.name == FILE)
    broken = on_host(tmp_path, kept, "sh", "-c", "python3 -IB - | head -c 200; exit 7")
    with pytest.raises(ProbeError, match="the way to the host ended with 7"):
        read_dump(broken, found, ("", ""), lambda seconds: seconds)


def test_host_that_babbles_is_not_believed(tmp_path: Path, kept: Path) -> None:
    with pytest.raises(ProbeError, match="none of the script's"):
        on_host(tmp_path, kept, "sh", "-c", "cat > /dev/null; echo Welcome").kept()


def test_no_such_folder(tmp_path: Path) -> None:
    for store in (Folder(tmp_path / "gone"), on_host(tmp_path, tmp_path / "gone")):
        with pytest.raises(ProbeError, match="no such folder"):
            store.kept()


def test_store_that_nobody_answers_blocks_and_the_folder_is_read(tmp_path: Path, kept: Path) -> None:
    table = {"folder": str(kept), "s3": {**BUCKET, "endpoint": "http://127.0.0.1:9", "access_key": "aws"}}
    keys = {"aws": {"user": "id", "secret": World(tmp_path).secret("aws", "key")}}
    seen = look(visit(tmp_path, credentials=keys, backup=table))
    assert [type(p).__name__ for p in seen.places] == ["Place", "Unseen"]
    assert isinstance(seen.newest, Dump)


def refused(code: str) -> bytes:
    return f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [(403, "AccessDenied", "may not read this"), (404, "NoSuchBucket", "there is no such bucket")],
)
def test_a_bucket_that_says_no_is_told_in_words_and_asked_once(
    tmp_path: Path, status: int, code: str, words: str
) -> None:
    store, answers = strange(tmp_path, Reply(refused(code), status))
    with pytest.raises(ProbeError, match=f"{code}: .*{words}"):
        store.kept()
    assert answers.asked == 1
    assert words in repr(store.encrypted())


def test_a_bucket_in_passing_trouble_is_asked_again_and_the_evidence_says_so(tmp_path: Path) -> None:
    page = (
        b"<ListBucketResult><Contents><Key>db/full_20260302_092500.gz</Key><Size>3</Size></Contents></ListBucketResult>"
    )
    store, answers = strange(tmp_path, Reply(refused("SlowDown"), 503, (("Retry-After", "0"),)), Reply(page))
    assert [each.name for each in store.kept()] == ["full_20260302_092500.gz"]
    assert (answers.asked, store.repeated()) == (2, ("s3 list_objects_v2 after SlowDown",))


def test_names_on_further_pages_are_seen(tmp_path: Path) -> None:
    page = "<ListBucketResult><Contents><Key>db/{}</Key><Size>3</Size></Contents>{}</ListBucketResult>"
    more = "<IsTruncated>true</IsTruncated><NextContinuationToken>2</NextContinuationToken>"
    replies = [Reply(page.format(name, after).encode()) for name, after in (("one", more), ("two", ""))]
    store, _ = strange(tmp_path, *replies)
    assert [each.name for each in store.kept()] == ["two", "one"]


def test_hash_that_may_not_be_read_is_no_missing_hash(tmp_path: Path) -> None:
    store, _ = strange(tmp_path, Reply(refused("AccessDenied"), 403))
    with pytest.raises(ProbeError, match="AccessDenied"):
        store.checksum(FILE)


def test_consoles_folder_is_no_backup(tmp_path: Path) -> None:
    page = b"<ListBucketResult><Contents><Key>db/</Key></Contents><Contents><Key>db/2026/</Key><Size>0</Size></Contents></ListBucketResult>"
    store, _ = strange(tmp_path, Reply(page.replace(b"<Key>db/</Key>", b"<Key>db/</Key><Size>0</Size>")))
    assert store.kept() == ()


@pytest.mark.parametrize(("prefix", "days"), [("db/", 7), ("logs/", None)])
def test_rule_for_a_prefix_and_a_tag_touches_what_lies_below_it(tmp_path: Path, prefix: str, days: int | None) -> None:
    rule = f"""<LifecycleConfiguration><Rule><ID>x</ID><Status>Enabled</Status><Expiration><Days>7</Days></Expiration>
        <Filter><And><Prefix>{prefix}</Prefix><Tag><Key>a</Key><Value>b</Value></Tag></And></Filter></Rule>
        </LifecycleConfiguration>"""
    store, _ = strange(tmp_path, Reply(rule.encode()))
    assert store.kept_days() == days


def test_schedule_retention_and_procedure_are_read(tmp_path: Path, kept: Path) -> None:
    (tmp_path / "cron").write_text(
        "# old: mongodump\n@include x mongodump\n0 2 * * * root /opt/dump.sh mongodump --oplog\n"
    )
    (tmp_path / "conf").write_text('export BACKUP_RETENTION_DAYS="30"\n')
    (tmp_path / "runbook.md").write_text(
        "# Other\n```\nmongorestore\n```\n## Restoring the database\n```sh\nmongorestore x\n```\n"
    )
    table = {
        "folder": str(kept), "schedule": str(tmp_path / "cron"), "retention": str(tmp_path / "conf"),
        "runbook": str(tmp_path / "runbook.md"), "restore_tests": str(tmp_path / "gone"),
    }  # fmt: skip
    seen = look(visit(tmp_path, backup=table))
    assert [j.command for j in seen.jobs] == ["root /opt/dump.sh mongodump --oplog"]  # type: ignore[union-attr]
    assert (seen.configured_days, seen.procedure) == (30, ("Restoring the database",))
    assert "can't be read" in seen.tests.why  # type: ignore[union-attr]
