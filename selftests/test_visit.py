"""What a probe keeps live for others: whole or not there, whoever reads in between, and for nobody else's eyes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.facts import ProbeError
from acceptance.redact import secrets_of
from selftests.test_asking import visit


def test_who_reads_in_the_middle_of_a_write_sees_what_was_there_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = visit(tmp_path)
    here.keep_live("session", "the-token-of-before")
    seen: list[set[str]] = []
    encode = json.JSONEncoder.iterencode

    def slowly(*words: object, **more: object) -> Iterator[str]:
        seen.append(secrets_of(here.target, here.live))
        yield from encode(*words, **more)  # type: ignore[arg-type]  # handed on as it came

    monkeypatch.setattr(json.JSONEncoder, "iterencode", slowly)
    here.keep_live("session", "the-token-of-after")
    assert seen == [{"the-token-of-before"}]
    assert secrets_of(here.target, here.live) == {"the-token-of-after"}


def test_live_secrets_are_for_their_owner_only(tmp_path: Path) -> None:
    here = visit(tmp_path)
    here.keep_live("tokens", {"user": "t" * 20})
    assert [path.stat().st_mode & 0o777 for path in tmp_path.iterdir()] == [0o600]


def test_a_role_that_got_no_token_asks_for_nothing(tmp_path: Path) -> None:
    here = visit(tmp_path)
    with pytest.raises(ProbeError, match="the look that gets them failed"):
        here.token()
    here.keep_live("tokens", {"other": "t" * 20})
    with pytest.raises(ProbeError, match="the API as user: log-in gave no token"):
        here.token()
    assert here.token("other") == "t" * 20
