"""Garbage in: a parser of foreign input refuses it by its own error, or reads it; nothing else ever comes out."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acceptance.checklist import ChecklistError, checklist, parse
from acceptance.collector.dotenv import parse_dotenv
from acceptance.grading import csp
from acceptance.pipeline.reading import Refused, matching
from acceptance.pipeline.sniff import FITS, report
from acceptance.probes.backup_formats import Damaged, Encrypted, entries
from acceptance.record.file import RecordError, dump, load
from acceptance.redact import Redactor
from acceptance.repository import markdown
from acceptance.sandbox import artifacts
from acceptance.sandbox.dump_writer import archive
from acceptance.sandbox.world import World
from acceptance.tables.ci import Ci
from acceptance.target import TargetError
from acceptance.target import read as read_target
from acceptance.words import WordsError
from acceptance.words import read as read_words
from selftests.records import generated

BYTES = st.sampled_from([b"\x00", b"\xff\xfe", b"{", b"}", b"[", b'"', b"\n", b"<", b">", b"&", b"9" * 400, b"-1", b"1e999", b"null", b"NaN", b"\xc3", b"e" * 30, b"{}", b"[]", b'""'])  # fmt: skip
TEXTS = st.text(max_size=200) | st.text("{}[]\"'=:#.,-!$\\ \n\t`<>()*abc019", max_size=200)
# what a value of the right name may hold all the same: too long, too large, too deep, of another kind, almost right
ODD: tuple[Any, ...] = (
    10**400, -(10**18), 1e308, float("inf"), float("nan"), "x" * 20_000, "²", "٣", "1e999", "-1", "", "\ud800",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-13-45", "http://[", [[]], {"": None}, True,
)  # fmt: skip
DEEP: Any = None
for _ in range(150):
    DEEP = [DEEP]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.sampled_from((*ODD, DEEP)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


def damaged(whole: bytes) -> st.SearchStrategy[bytes]:
    """A good document with one place cut, doubled or overwritten."""
    place = st.integers(0, len(whole))
    return st.tuples(place, place, BYTES).map(lambda t: whole[: min(t[:2])] + t[2] + whole[max(t[:2]) :]) | st.tuples(
        place, BYTES, st.integers(0, 12)
    ).map(lambda t: whole[: t[0]] + t[1] + whole[t[0] + t[2] :])


def warped(document: Any, data: st.DataObject) -> Any:
    """A JSON document in which one value somewhere became another."""
    if isinstance(document, dict | list) and document and data.draw(st.integers(0, 9)):
        where = data.draw(st.sampled_from(sorted(document) if isinstance(document, dict) else range(len(document))))
        copy = document.copy()
        copy[where] = warped(document[where], data)
        return copy
    return data.draw(JSON)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[bytes, Any]]:
    world = World(tmp_path_factory.mktemp("world"))
    world.shared |= {"pipeline_commit": world.commit, "images": {"rust-core-engine": f"sha256:{'1' * 64}"}}
    return {
        name: (content.encode(), None) if isinstance(content, str) else (json.dumps(content).encode(), content)
        for name, content in artifacts._files(world).items()
        if role_of(name) in FITS
    }


def role_of(name: str) -> str:
    """The table of `[ci]` whose pattern a report of the sandbox fits, "" for none."""
    names = {role: getattr(Ci(folder="ci"), role) for role in FITS}
    return next((role for role, patterns in names.items() if matching((name,), patterns)), "")


@given(st.data())
@settings(max_examples=60)
def test_pipeline_reports(reports: dict[str, tuple[bytes, Any]], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(reports)))
    source, document = reports[name]
    if document is not None and data.draw(st.booleans()):
        source = json.dumps(warped(document, data)).encode()
    else:
        source = data.draw(damaged(source))
    with suppress(Refused):
        report(name, role_of(name), source)


@given(st.binary(max_size=300), st.sampled_from(["tests", "coverage", "lint", "scans", "mutation"]))
def test_garbage_is_no_report(garbage: bytes, role: str) -> None:
    with pytest.raises(Refused):
        report("x", role, garbage)


@given(st.data())
@settings(max_examples=60)
def test_dumps(data: st.DataObject) -> None:
    users = [{"_id": n, "email": f"u{n}@example.com"} for n in range(3)]
    packed = archive("bot_core", {"users": users}, datetime(2026, 3, 2, tzinfo=UTC))
    whole = data.draw(st.sampled_from([packed, gzip.decompress(packed)]))  # damage within, and to the packing
    source = data.draw(st.binary(max_size=400) | damaged(whole))
    try:
        read = list(entries(io.BytesIO(source)))
    except (Damaged, Encrypted):
        return
    assert read, "garbage was read as a dump of nothing"


@given(TEXTS)
def test_policies(policy: str) -> None:
    for parts in ((policy,), (policy, "default-src 'self'")):
        csp.result(parts, (), False, True)


@pytest.mark.parametrize("read", [parse_dotenv, markdown.parse, Redactor(["a-secret-of-the-target"])])
@given(source=TEXTS)
def test_texts(read: Callable[[str], Any], source: str) -> None:
    read(source)


@given(TEXTS | damaged(checklist().text.encode()).map(lambda b: b.decode("utf-8", "replace")))
@settings(max_examples=30)
def test_checklists(source: str) -> None:
    with suppress(ChecklistError):
        assert parse(source).items


RECORD = dump(generated(3))


@given(st.data())
@settings(max_examples=25)
def test_records(data: st.DataObject) -> None:
    source = data.draw(damaged(RECORD.encode()).map(lambda b: b.decode("utf-8", "replace")) | TEXTS)
    try:
        read = load(source)
    except RecordError:
        return
    assert read.items == load(RECORD).items, "a changed item was believed"


GOOD = {
    "target.toml": '[urls]\nbase = "https://app.example.com"\napi = "https://api.example.com"\n[features]\ncdn = "none"\n',
    "people.toml": '[people."qa@example.com"]\nroles = ["QA Engineer"]\n',
    "attestations.toml": '[INFRA-READY-04]\noutcome = "done"\nby = "qa@example.com"\nrole = "QA Engineer"\non = 2026-03-02T08:10:00Z\n',
    "waivers.toml": '[PERF-API-03]\napprover = "qa@example.com"\nuntil = 2026-03-09\n[plan.PERF-WS-01]\nwhat = "x"\n',
    "releases/2.4.0.toml": f'version = "2.4.0"\ncommit = "{"a" * 40}"\nstarted = 2026-03-02T08:10:00Z\n',
}


@pytest.mark.parametrize("name", GOOD)
@given(data=st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_files_of_people(name: str, tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data.draw(damaged(GOOD[name].encode()) | st.binary(max_size=100)))
    with suppress(TargetError, WordsError):
        read_target(path) if name == "target.toml" else read_words(tmp_path)


@pytest.mark.parametrize("value", ["[" * 5000, "9" * 5000])
@pytest.mark.parametrize("name", GOOD)
def test_toml_that_its_parser_gives_up_on_is_refused_with_its_file(name: str, tmp_path: Path, value: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"x = {value}", encoding="utf-8")
    with pytest.raises((TargetError, WordsError), match=path.name):
        read_target(path) if name == "target.toml" else read_words(tmp_path)
