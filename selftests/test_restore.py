"""The suite's own restore: counted, measured, and nothing left behind, not even by a run that was killed."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from acceptance.facts import ProbeError
from acceptance.probes import mongorestore, restore
from acceptance.sandbox.double import Reply, Request, serve
from acceptance.sandbox.dump_writer import archive, folder
from acceptance.sandbox.mongo_data import PASSWORDS
from acceptance.sandbox.mongo_store import Collection
from acceptance.tables.backup import Backup
from acceptance.tables.web import Credential
from acceptance.visit import Visit
from selftests.databases import Database

WRITES = frozenset({"writes"})
TRADES = [{"_id": n, "quantity": 1} for n in range(1203)]


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path)


@pytest.fixture(autouse=True)
def no_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongorestore, "PROGRAM", "no-mongorestore-here")


def visit(database: Database, allow: frozenset[str] = WRITES, **changes: Any) -> Visit:
    gone = database.visit(allow=allow)
    table = {"folder": str(database.world.folder / "kept"), "restore": "mongo_acceptance_restore", **changes}
    target = gone.target.model_copy(update={"backup": Backup.model_validate(table)})
    return Visit(**{**vars(gone), "target": target})


def keep(database: Database, content: bytes) -> None:
    kept = database.world.folder / "kept"
    kept.mkdir()
    (kept / "full_20260301_020000.archive.gz").write_bytes(content)


def stored(database: Database) -> dict[str, dict[str, Collection]]:
    found: dict[str, dict[str, Collection]] = database.world.shared["mongo"].set.databases
    return found


def dump(documents: list[dict[str, Any]] = TRADES) -> bytes:
    return archive("bot_core", {"trades": documents, "users": [{"_id": 1}]}, datetime(2026, 3, 1, tzinfo=UTC))


def test_archive_is_restored_counted_and_dropped(database: Database) -> None:
    keep(database, dump())
    before = {name: {c: len(kept.documents) for c, kept in all_.items()} for name, all_ in stored(database).items()}
    seen = restore.look(visit(database))
    assert seen.own is not None
    assert seen.own.dumped == seen.own.restored == {"trades": 1203, "users": 1}
    assert (seen.differences(), seen.left_behind) == ((), ())
    after = {name: {c: len(kept.documents) for c, kept in all_.items()} for name, all_ in stored(database).items()}
    assert after == before


def test_archive_in_a_bucket_is_restored_and_what_was_asked_again_is_told(database: Database) -> None:
    name, whole = "full_20260301_020000.archive.gz", dump()
    listing = f"<ListBucketResult><Contents><Key>{name}</Key><Size>{len(whole)}</Size></Contents></ListBucketResult>"
    trouble = [Reply({}, 503, (("Retry-After", "0"),))]

    def bucket(request: Request) -> Reply:
        if request.path == f"/kept/{name}":
            return trouble.pop() if trouble else Reply(whole)
        return Reply(listing.encode() if "list-type" in request.query else b"", 200)

    table = {"bucket": "kept", "region": "eu-central-1", "endpoint": serve(bucket), "access_key": "reader"}
    here = visit(database, folder="", s3=table)
    key = Credential(user="id", secret=database.world.secret("reader", "key-of-the-bucket"))
    target = here.target.model_copy(update={"credentials": {**here.target.credentials, "reader": key}})
    seen = restore.look(Visit(**{**vars(here), "target": target}))
    assert seen.differences() == ()
    assert "asked again: s3 get_object after 503" in seen.looked()


def test_folder_is_restored(database: Database) -> None:
    folder(database.world.folder / "kept" / "full_20260301_020000", "bot_core", {"trades": TRADES})
    seen = restore.look(visit(database))
    assert seen.own is not None
    assert seen.own.restored == {"trades": 1203}


def test_what_a_killed_run_left_is_dropped(database: Database) -> None:
    keep(database, dump())
    stored(database)["acceptance_restore"] = {
        restore.MARKER: Collection([{"_id": 1}]),
        "trades": Collection([{"_id": 1}]),
    }
    seen = restore.look(visit(database))
    assert "acceptance_restore" not in stored(database)
    assert seen.left_behind == ()


def test_somebody_elses_database_is_left_alone(database: Database) -> None:
    keep(database, dump())
    theirs = {"trades": Collection([{"_id": 1}])}
    stored(database)["acceptance_restore"] = theirs
    with pytest.raises(ProbeError, match="not the suite's own"):
        restore.look(visit(database))
    assert stored(database)["acceptance_restore"] is theirs


def test_cut_dump_differs_and_nothing_stays(database: Database) -> None:
    keep(database, dump()[:-200])
    seen = restore.look(visit(database))
    assert seen.differences()
    assert "acceptance_restore" not in stored(database)


def test_not_without_the_gate(database: Database) -> None:
    keep(database, dump())
    seen = restore.look(visit(database, frozenset()))
    assert (seen.own, seen.why) == (None, "it needs --allow writes")


@pytest.mark.parametrize("scratch", ["bot_core", "admin"])
def test_not_into_a_database_of_the_target(database: Database, scratch: str) -> None:
    keep(database, dump())
    with pytest.raises(ProbeError, match="must begin with acceptance"):
        restore.look(visit(database, scratch=scratch))


def test_missing_right_is_named_and_nothing_stays(database: Database) -> None:
    keep(database, dump())
    with pytest.raises(ProbeError, match="lacks the privilege readWrite and dbAdmin on acceptance_restore"):
        restore.look(visit(database, restore="mongo_acceptance_monitor"))
    assert "acceptance_restore" not in stored(database)


INDEXES = {"users": [{"v": 2, "key": {"email": 1}, "name": "email_1", "unique": True}]}


def indexed(users: list[dict[str, Any]]) -> bytes:
    return archive("bot_core", {"trades": TRADES, "users": users}, datetime(2026, 3, 1, tzinfo=UTC), INDEXES)


def test_indexes_come_from_the_dumps_metadata(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(database, indexed([{"_id": 1, "email": "a@example.com"}]))
    assert restore.look(visit(database)).differences() == ()
    monkeypatch.setattr(restore, "_indexed", lambda *_: "")
    assert restore.look(visit(database)).differences() == ("no index users: email:1",)


STAND_IN = """#!{python}
# a stand-in for mongorestore: it takes the arguments that the suite gives, and restores an archive by pymongo
import json, os, sys
given = dict(each.partition("=")[::2] for each in sys.argv[1:])
if "--version" in given:
    print("mongorestore version: stand-in")
    raise SystemExit
config = given["--config"]
uri = json.loads(open(config).read().removeprefix("uri: "))
seen = {{"argv": sys.argv[1:], "mode": oct(os.stat(config).st_mode & 0o777), "environment": sorted(os.environ)}}
open({seen!r}, "w").write(json.dumps(seen))
{ends}
sys.path.insert(0, {root!r})
from acceptance.probes.backup_formats import entries
import bson, pymongo
source, scratch = given["--nsFrom"].removesuffix(".*"), given["--nsTo"].removesuffix(".*")
indexes = {{}}
with pymongo.MongoClient(uri) as client:
    for namespace, document in entries(sys.stdin.buffer, indexes):
        database, _, name = namespace.partition(".")
        if document and database == source:
            client[scratch][name].insert_one(bson.decode(document))
    for namespace, listed in indexes.items():
        database, _, name = namespace.partition(".")
        if database == source:
            client[scratch].command("createIndexes", name, indexes=[each for each in listed if each["name"] != "_id_"])
"""


def stand_in(database: Database, monkeypatch: pytest.MonkeyPatch, ends: str = "") -> Path:
    seen = database.world.folder / "seen.json"
    program = database.world.folder / "mongorestore"
    root = str(Path(restore.__file__).parents[2])
    program.write_text(STAND_IN.format(python=sys.executable, seen=str(seen), root=root, ends=ends))
    program.chmod(0o700)
    monkeypatch.setattr(mongorestore, "PROGRAM", str(program))
    return seen


def test_mongorestore_is_used_where_it_is(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET_OF_THE_SUITE", "long-enough-secret")
    keep(database, indexed([{"_id": 1, "email": "a@example.com"}]))
    seen = stand_in(database, monkeypatch)
    found = restore.look(visit(database))
    assert found.own is not None
    assert (found.by, found.own.restored) == ("mongorestore version: stand-in", {"trades": 1203, "users": 1})
    assert (found.differences(), found.left_behind) == ((), ())
    told = json.loads(seen.read_text())
    assert "--nsTo=acceptance_restore.*" in told["argv"]
    assert told["mode"] == "0o600"
    assert not [each for each in told["argv"] if PASSWORDS["acceptance_restore"] in each]
    assert "A_SECRET_OF_THE_SUITE" not in told["environment"]


@pytest.mark.parametrize(
    ("ends", "seconds", "why"),
    [
        (
            "print('2026\tFailed: no reachable servers', file=sys.stderr); raise SystemExit(1)",
            20,
            "ended with 1: Failed",
        ),
        ("import time; time.sleep(60)", 4, "within the probe's deadline"),
    ],
)
def test_mongorestore_that_fails_or_hangs_blocks(
    database: Database, monkeypatch: pytest.MonkeyPatch, ends: str, seconds: float, why: str
) -> None:
    keep(database, dump())
    stand_in(database, monkeypatch, ends)
    here = visit(database)
    with pytest.raises(ProbeError, match=why):
        restore.look(Visit(**{**vars(here), "ends": time.monotonic() + seconds}))
    assert "acceptance_restore" not in stored(database)


@pytest.mark.parametrize(
    ("uri", "wanted"),
    [
        ("mongodb://db1/?authMechanism=MONGODB-X509", {"authMechanism": "MONGODB-X509", "authSource": "$external"}),
        ("mongodb://a%40b:p%2Fw@db1/", {"authSource": "admin", "username": "a@b", "password": "p/w"}),
        ("mongodb://u:p@db1/other?tls=false", {"authSource": "other", "tls": "false"}),
    ],
)
def test_mongorestores_uri_logs_in_as_the_credential_does(database: Database, uri: str, wanted: dict[str, Any]) -> None:
    from pymongo import uri_parser

    here = database.visit(credentials=database.secret("own", uri), certificate_key_file="/etc/ssl/suite.pem")
    found = uri_parser.parse_uri(mongorestore._uri(here, "localhost:27018", "own"), validate=False, warn=True)
    assert found["nodelist"] == [("localhost", 27018)]
    said = {**found["options"], "username": found["username"], "password": found["password"]}
    assert {name: said.get(name) for name in wanted} == wanted
    assert said.get("tlsCertificateKeyFile") == (None if "tls" in wanted else "/etc/ssl/suite.pem")
