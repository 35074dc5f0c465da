"""Single functions that take foreign input: any value of any kind is read, or refused by the declared error, in time."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from typing import Any

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from acceptance import asking, web
from acceptance.facts import ProbeError, Unseen, dump, text
from acceptance.probes import alertmanager
from acceptance.probes.answers import answer_of, cookie
from acceptance.probes.api import age_of, prices_of, schema_errors, stamps_of
from acceptance.probes.backup import _days, _jobs, _procedure
from acceptance.probes.backup_places import stamp, stated
from acceptance.probes.candles import candle_faults
from acceptance.probes.configuration import keys_of
from acceptance.probes.forgeries import _open
from acceptance.probes.health import _answer
from acceptance.probes.prometheus import interval_s
from acceptance.probes.sessions import _claims
from acceptance.probes.wire import read_json
from acceptance.redact import Redactor
from selftests.test_foreign_input import DEEP, JSON, ODD, TEXTS

FEW = settings(max_examples=30)
NUMBERS = st.sampled_from(ODD) | st.integers() | st.floats() | st.none()
FIELDS = st.sampled_from(["price", "symbol", "open_time", "low", "high", "open", "close", "time", "updated_at", "data", "exp", "iat"])  # fmt: skip
DOCUMENTS = JSON | st.recursive(
    NUMBERS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=4), max_leaves=8
)


def response(content: bytes, headers: dict[str, str] | None = None, status: int = 200) -> httpx.Response:
    return httpx.Response(status, content=content, headers=headers)


@FEW
@given(DOCUMENTS)
@example(DEEP)
def test_a_document_is_kept_or_none(document: Any) -> None:
    answer = _answer(response(json.dumps(document).encode()))
    with suppress(ProbeError):
        assert len(dump(answer)) < 1_000_000
    for value in (web.as_json(response(json.dumps(document).encode())), read_json(json.dumps(document))):
        prices_of(value)
        stamps_of(value)
        schema_errors({"paths": {"/x": value}}, "/x", value)
        rows = value if isinstance(value, list) else [value]
        candle_faults([row for row in rows if isinstance(row, dict)], 60)


@FEW
@given(
    st.binary(max_size=60) | TEXTS.map(lambda t: t.encode("utf-8", "replace")),
    st.sampled_from(["age", "retry-after", "x-cache", "set-cookie"]),
)
@example("²".encode("latin-1"), "retry-after")
@example(b"9" * 5000, "retry-after")
def test_headers(value: bytes, name: str) -> None:
    answer = httpx.Response(429, headers=[(name.encode(), value)])
    assert asking.retry_after_s(answer.headers.get("retry-after", ""), 0.5) >= 0
    assert asking.refusal(answer)
    _answer(answer)


@pytest.mark.parametrize(
    ("stamps", "age_s"),
    [([900.0], 100.0), ([900.0, 940.0], 60.0), ([900.0, 5000.0], 100.0), ([1060.0], -60.0), ([900.0, 1060.5], 100.0)],
)
def test_a_time_that_lies_ahead_makes_nothing_fresh(stamps: list[float], age_s: float) -> None:
    assert age_of(stamps, "the age of prices", 1000.0) == age_s


def test_times_that_all_lie_ahead_tell_no_age() -> None:
    for stamps in ([1060.5], [float("inf")], []):
        assert isinstance(age_of(stamps, "the age of prices", 1000.0), Unseen)


@FEW
@given(DOCUMENTS, DOCUMENTS)
def test_tokens(header: Any, claims: Any) -> None:
    parts = [base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode() for each in (header, claims)]
    assert isinstance(_open(parts[0]), dict)
    assert isinstance(_claims(".".join((*parts, "x"))), dict)


@FEW
@given(TEXTS | st.text(max_size=30))
def test_token_texts(token: str) -> None:
    assert isinstance(_open(token), dict)
    assert isinstance(_claims(token), dict)


@FEW
@given(TEXTS | st.text(max_size=60))
@example("\ud800" * 12)
def test_secrets_of_any_shape(secret: str) -> None:
    assert secret not in Redactor([secret])(f"a {secret} b") or len(secret) < 8


@FEW
@given(TEXTS, st.sampled_from(["app.example.com", "localhost", "127.0.0.1", ""]))
def test_cookies(line: str, host: str) -> None:
    made = cookie(line, host)
    assert made is None or len(dump(made)) < 25_000


@FEW
@given(
    st.lists(st.tuples(TEXTS, TEXTS), max_size=4),
    st.binary(max_size=300) | TEXTS.map(lambda t: f"<script {t}>".encode("utf-8", "replace")),
)
def test_answers(lines: list[tuple[str, str]], body: bytes) -> None:
    dump(answer_of("page", "https://app.example.com/", 200, lines, body))


@FEW
@given(DOCUMENTS)
def test_any_text_can_be_written(value: Any) -> None:
    assert len(text(value, 50).encode()) <= 200


@FEW
@given(TEXTS)
@example("9" * 5000 + "s")
@example("a: 2026-13-45")
@example("a: &a [*a]")
@example("? [a]\n: b")
def test_texts_of_programs(source: str) -> None:
    with suppress(ProbeError):
        interval_s(source)
    with suppress(ProbeError):
        alertmanager.parse(source)
    for kind in ("yaml", "toml"):
        problem, keys = keys_of(source, kind)
        assert isinstance(problem, str)
        assert all(isinstance(key, str) for key in keys)
    _jobs(source, "dump")
    _days(source, "KEEP")
    _procedure(source)
    stamp(source)
    stated(source)


BOMB = "\n".join(["a0: &a0 {x: 1}", *(f"a{n}: &a{n} {{p: *a{n - 1}, q: *a{n - 1}}}" for n in range(1, 40))])


@pytest.mark.parametrize("source", [BOMB, f"route: {{receiver: x}}\nreceivers: [{{name: x}}]\n{BOMB}", "[" * 1500, "a: &a [*a]"])  # fmt: skip
def test_yaml_that_unfolds_without_end_is_none(source: str) -> None:
    assert keys_of(source, "yaml")[0]
    with pytest.raises(ProbeError, match="no YAML"):
        alertmanager.parse(source)


@pytest.mark.parametrize("source", ["a = " + "[" * 5000, "a = " + "1" * 5000])
def test_toml_without_end_is_none(source: str) -> None:
    assert keys_of(source, "toml")[0]
