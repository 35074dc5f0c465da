"""record.json: what goes in comes out; cut, edited and unknown content is refused by its place."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from acceptance.record.file import RecordError, canonical, dump, load
from acceptance.record.model import ItemRow, Record, Requests
from acceptance.verdict import Decision, Status, Verdict

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def record(**change: object) -> Record:
    items = (
        ItemRow(
            "SEC-TLS-03",
            "Not soon over",
            ("Before deployment", "Certificates and TLS"),
            "high",
            Status.PASS,
            Status.PASS,
        ),
        ItemRow(
            "PERF-API-01",
            "Fast enough, “truly”",
            ("After deployment", "Performance"),
            "medium",
            Status.NOT_RUN,
            Status.NOT_RUN,
        ),
    )
    verdict = Verdict(Decision.GO, approved=True, judged=1, of=2)
    plain = Record("prod", "2.4.0", "c0ffee", START, START, "-m high", True, verdict, Requests(3, 0), items)
    return replace(plain, **change)  # type: ignore[arg-type]


def test_what_goes_in_comes_out() -> None:
    assert load(dump(record())) == record()
    assert load(dump(record(ended=None, running=True))).ended is None


def test_names_that_others_build_on_stand_in_the_file() -> None:
    plain = json.loads(dump(record()))
    assert next(iter(plain)) == "schema"
    names = "schema target version commit started ended selection complete verdict requests items"
    assert not set(names.split()) - plain.keys()
    assert plain["started"] == "2026-03-02T09:30:00Z"
    assert plain["items"][0]["section"] == ["Before deployment", "Certificates and TLS"]


@pytest.mark.parametrize(
    "old, new, place",
    [
        ('"status": "PASS"', '"status": "FAIL"', "SEC-TLS-03: changed after"),
        ('"status": "PASS"', '"status": "FINE"', r"items\[0\] \(SEC-TLS-03\).status"),
        ('"target": "prod"', '"target": "test"', "record: changed after"),
        ('"schema": 1', '"schema": 2', "schema is 2"),
        ('"sent": 3', '"sent": "3"', "requests.sent"),
        ('"sent": 3', '"sent": 3, "mood": 1', "requests.mood"),
        ('"sent": 3', '"sent": 3, "sent": 4', "'sent' stands twice"),
        ('"seals": {', '"seal": {', "seal"),
        ('"PERF-API-01": "', '"PERF-API-01": "0', "PERF-API-01: changed after"),
    ],
)
def test_an_edit_is_refused_by_its_place(old: str, new: str, place: str) -> None:
    text = dump(record())
    assert old in text
    with pytest.raises(RecordError, match=place):
        load(text.replace(old, new, 1))


@pytest.mark.parametrize("kept", [0, 1, 40, 400, 1200])
def test_a_cut_file_is_refused(kept: int) -> None:
    with pytest.raises(RecordError, match="cut or damaged at line"):
        load(dump(record())[:kept])


def test_an_item_taken_out_is_named() -> None:
    plain = json.loads(dump(record()))
    del plain["items"][0]
    with pytest.raises(RecordError, match="SEC-TLS-03 was taken out"):
        load(json.dumps(plain))


def test_layout_does_not_change_what_is_signed() -> None:
    text = json.dumps(json.loads(dump(record())), sort_keys=True)
    assert canonical(load(text)) == canonical(record())
    assert canonical(record(target="other")) != canonical(record())
