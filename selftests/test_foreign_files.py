"""Files and listings that others wrote: backups, logs, Terraform's state, attestations, issues. Read, or refused in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from acceptance import logfile, reach, saf, terraform, vault
from acceptance.facts import ProbeError, Unseen, dump, load
from acceptance.pipeline import forge
from acceptance.probes import access_log, backup, metrics
from acceptance.probes.backup_facts import Kept, RestoreTest
from acceptance.probes.backup_host import HostFolder
from acceptance.probes.backup_places import S3, Folder
from acceptance.probes.cloud_facts import Cloud
from acceptance.signoff import People
from acceptance.tables.backup import Bucket
from acceptance.tables.cloud import Cloud as CloudTable
from acceptance.words import WordsError
from selftests.test_asking import visit
from selftests.test_cloud import STATE
from selftests.test_foreign_input import JSON, TEXTS, damaged, warped

FUZZED = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
LISTED: dict[str, Any] = {
    "is": True, "found": [["full_20260302_092500.archive.gz", 900]], "dumps": [["dump_20260301_020000", 7]],
}  # fmt: skip
TESTED = {
    "on": "2026-03-02T08:10:00Z", "backup": "full_20260302", "took_s": 12.5, "dumped": {"users": 9}, "restored": {"users": 9},
}  # fmt: skip


def variant(document: Any, data: st.DataObject) -> bytes:
    """A JSON document with one value warped, or cut somewhere."""
    if data.draw(st.integers(0, 3)):
        return json.dumps(warped(document, data)).encode()
    return data.draw(damaged(json.dumps(document).encode()))


@given(data=st.data())
@FUZZED
def test_listings_of_a_host(tmp_path: Path, data: st.DataObject) -> None:
    with suppress(ProbeError):
        found = listing(tmp_path, variant(LISTED, data))
        assert load(tuple[Kept, ...], dump(found)) == found  # type: ignore[type-abstract]  # a tuple of them
        assert all(each.size_bytes >= 0 for each in found)


@pytest.mark.parametrize(
    "said", [b"[" * 200_000, b'{"is": 1, "found": [], "dumps": [["a", Infinity]]}', b'{"is": 1, "dumps": [], "found": [["a", -5]]}', b"[1]", b"\xff"]
)  # fmt: skip
def test_listings_that_are_none(tmp_path: Path, said: bytes) -> None:
    with pytest.raises(ProbeError, match="none of the script's"):
        listing(tmp_path, said)


def listing(folder: Path, said: bytes) -> tuple[Kept, ...]:
    store = HostFolder(visit(folder, hosts={"app": {"local": True}}), "app", "/kept", "eu")
    with patch.object(store, "_run", lambda *_: said):
        return store.kept()


@given(st.lists(st.binary(min_size=1, max_size=60), min_size=1, max_size=4))
@example([b"\xff\xfe20260302_092500.gz"])
@example([b"20261345_999999.gz"])
@FUZZED
def test_names_in_a_folder(tmp_path: Path, names: list[bytes]) -> None:
    root = tmp_path / f"{len(list(tmp_path.iterdir()))}"
    root.mkdir()
    for name in names:
        with suppress(OSError, ValueError):
            (Path(str(root)) / name.replace(b"/", b"_").decode("utf-8", "surrogateescape")).write_bytes(b"x")
    found = Folder(root).kept()
    assert load(tuple[Kept, ...], dump(found)) == found  # type: ignore[type-abstract]


@given(data=st.data())
@FUZZED
def test_records_of_restores(data: st.DataObject) -> None:
    lines = b"\n".join(variant(TESTED, data) for _ in range(data.draw(st.integers(1, 2))))
    restores(lines.decode("utf-8", "replace"))


ODD_RECORDS = ('"took_s": NaN', '"took_s": 1e999', '"dumped": []', '"dumped": {"a": 1e999}', '"dumped": ' + "[" * 9000)


@pytest.mark.parametrize("odd", [*ODD_RECORDS, '"took_s": -1', '"dumped": {"a": -1}', '"on": "2026-03-02T08:10:00"'])
def test_records_that_are_none(odd: str) -> None:
    assert isinstance(restores(json.dumps(TESTED)[:-1] + f", {odd}}}"), Unseen)


def restores(lines: str) -> tuple[RestoreTest, ...] | Unseen:
    found = backup._unless_unseen("restore tests", "tests.jsonl", lambda _: lines, backup._tests)
    read = load(tuple[RestoreTest, ...] | Unseen, dump(found))  # type: ignore[arg-type]  # a union of them
    assert read == found
    return found  # type: ignore[no-any-return]


RULES = {
    "get_bucket_lifecycle_configuration": {
        "Rules": [{"Status": "Enabled", "Filter": {"Prefix": "db/"}, "Expiration": {"Days": 30}}]
    },
    "get_bucket_encryption": {"ServerSideEncryptionConfiguration": {"Rules": [{}]}},
    "list_objects_v2": {"Contents": [{"Key": "db/full_20260302_092500.gz", "Size": 5}]},
}


class Answering:
    """Stands for AWS: each call has its answer."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers

    def ask(self, _: str, call: str, **__: Any) -> Any:
        return self.answers[call]

    def all(self, _: str, call: str, key: str, **__: Any) -> Any:
        return self.answers[call].get(key) or []


def bucket(answers: dict[str, Any]) -> S3:
    store = S3.__new__(S3)
    store._aws = Answering(answers)  # type: ignore[assignment]
    store._known = Bucket(bucket="b", prefix="db/", region="eu")
    store.where = "s3://b/db/"
    return store


@given(data=st.data())
@FUZZED
def test_buckets(data: st.DataObject) -> None:
    call = data.draw(st.sampled_from(sorted(RULES)))
    store = bucket({**RULES, call: {**RULES[call], **_mapping(warped(RULES[call], data))}})
    for look in (store.kept, store.encrypted, store.kept_days):
        with suppress(ProbeError):
            dump(look())


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


@pytest.mark.parametrize(
    ("where", "days"),
    [({"Prefix": "db/"}, 5), ({"And": {"Prefix": "db/", "Tags": []}}, 5), ({"And": {"Prefix": "logs/"}}, None), ({}, 5)],
)  # fmt: skip
def test_a_rule_of_another_prefix_removes_no_backup(where: dict[str, Any], days: int | None) -> None:
    rule = {"Status": "Enabled", "Filter": where, "Expiration": {"Days": 5}}
    assert bucket({"get_bucket_lifecycle_configuration": {"Rules": [rule]}}).kept_days() == days


@given(st.binary(max_size=300), st.integers(0, 400))
@FUZZED
def test_access_logs(tmp_path: Path, written: bytes, position: int) -> None:
    path = tmp_path / "access.log"
    path.write_bytes(written)
    added = logfile.LogFile(path).since(position)
    assert len(added) <= len(written)
    dump(access_log.AccessLog(path.name, "m", len(added.splitlines()), sum("m" in line for line in added.splitlines())))


@given(data=st.data())
@FUZZED
def test_access_logs_on_a_host(tmp_path: Path, data: st.DataObject) -> None:
    said = variant({"log_file": {"size_bytes": 90, "added": 'GET / "acceptance-log"\n'}}, data)
    log = logfile.HostLog(visit(tmp_path, hosts={"app": {"local": True}}), "app", Path("/var/log/access.log"))
    with patch.object(reach, "ask", lambda *_, **__: said.decode("utf-8", "replace")), suppress(ProbeError):
        assert log.size_bytes() >= 0
        assert isinstance(log.since(3), str)


TABLE = {
    "account": "123456789012", "region": "eu-central-1", "terraform": "state.json", "network": "bot-core",
    "load_balancers": ("edge",), "auto_scaling_groups": ("engine",),
}  # fmt: skip


@given(data=st.data())
@FUZZED
def test_states_of_terraform(tmp_path: Path, data: st.DataObject) -> None:
    state(tmp_path, variant(STATE, data))


def test_a_state_nested_without_end(tmp_path: Path) -> None:
    assert state(tmp_path, b"[" * 200_000) is None


def state(folder: Path, source: bytes) -> Cloud | None:
    (folder / "state.json").write_bytes(source)
    here = visit(folder)
    here.target._folder = folder
    try:
        found = terraform.look(here, CloudTable.model_validate(TABLE))
    except ProbeError:
        return None
    return load(Cloud, dump(found))


SAID = {
    "control_id": "INFRA-READY-04", "explanation": "done", "frequency": "7d", "status": "passed",
    "updated": "2026-03-02T08:10:00Z", "updated_by": "qa@example.com, QA Engineer",
}  # fmt: skip
PEOPLE = People.model_validate({"people": {"qa@example.com": {"roles": ("QA Engineer",)}}})


@given(data=st.data())
@example(None)
@FUZZED
def test_saf_attestations(tmp_path: Path, data: st.DataObject | None) -> None:
    source = json.dumps([SAID]).encode() if data is None else variant([SAID], data)
    path = tmp_path / "said.json"
    path.write_bytes(source)
    with suppress(WordsError):
        for said in saf.read(path, PEOPLE, None).values():
            assert said["until"] > said["on"]
            assert said["role"] == "QA Engineer"


@given(TEXTS)
@example("0d")
@example("9999 y")
def test_frequencies(frequency: str) -> None:
    on = datetime(2026, 3, 2, tzinfo=UTC)
    with suppress(ValueError):
        assert saf._after(on, frequency) > on


ISSUES = [{"number": 7, "title": "it breaks", "state": "open", "labels": [{"name": "critical"}, "high"]}]


@given(data=st.data())
@FUZZED
def test_issues(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "issues.json"
    path.write_bytes(variant(ISSUES, data))
    dump(forge.exported(path, ("critical",)))


class Counting:
    """Stands for Prometheus."""

    def __init__(self, document: Any) -> None:
        self.document = document

    def json(self, _: str) -> Any:
        return self.document


@given(data=st.data())
@FUZZED
def test_counters(data: st.DataObject) -> None:
    document = warped({"status": "success", "data": {"result": [{"metric": {}, "value": [1, "12"]}]}}, data)
    with suppress(ProbeError):
        counted = metrics.count(Counting(_mapping(document)), "sum(requests)")  # type: ignore[arg-type]
        assert counted == counted + 0  # a number, and no NaN


def fetched(found: dict[str, Any], folder: Path) -> vault.Secret | None:
    here = visit(folder, vault={"kind": "aws", "region": "eu", "secrets": {"A": "p#A"}})
    assert here.target.vault
    answering: Any = Answering({"describe_secret": found, "get_secret_value": found})
    answering.evidence = tuple
    with patch("acceptance.aws.Aws", lambda *_, **__: answering):
        return vault.fetch(here, here.target.vault, "p", [])


@given(JSON.map(json.dumps) | TEXTS)
@example("[" * 200_000)
@FUZZED
def test_secrets_of_aws(tmp_path: Path, value: str) -> None:
    with suppress(ProbeError):
        found = fetched({"SecretString": value, "CreatedDate": datetime.now(UTC)}, tmp_path)
        assert found
        assert all(isinstance(each, str) for each in found.values.values())


def test_a_secret_that_tells_no_time_is_unseen(tmp_path: Path) -> None:
    with pytest.raises(ProbeError):
        fetched({"SecretString": "{}"}, tmp_path)


READERS: dict[str, Callable[[str], Any]] = {
    "jobs": partial(backup._jobs, word="dump"), "days": partial(backup._days, key="KEEP"), "procedure": backup._procedure,
}  # fmt: skip


@pytest.mark.parametrize("name", READERS)
@given(source=TEXTS)
@example("0 2 * * * mongodump\nKEEP=" + "9" * 5000)
@FUZZED
def test_files_about_backups(name: str, source: str) -> None:
    dump(backup._unless_unseen(name, "file", lambda _: source, READERS[name]))
