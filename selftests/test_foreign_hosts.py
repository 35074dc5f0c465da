"""What servers and hosts send: certificates with a byte changed, answers of the collector with one value warped."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from acceptance import reach
from acceptance.collector import logs
from acceptance.facts import ProbeError, Unseen, dump, load
from acceptance.probes import configuration, hosts, usage
from acceptance.probes.tls_endpoint import _chains
from acceptance.probes.tls_greetings import Greetings
from acceptance.probes.tls_target import Roots
from acceptance.sandbox.host import RECORDING
from selftests.test_asking import visit
from selftests.test_foreign_input import TEXTS, warped

LOOKS = {"hosts": hosts, "configuration": configuration, "usage": usage}


@cache
def chain() -> tuple[bytes, bytes]:
    """A server's certificate with several names and its authority's, as DER."""
    authority = trustme.CA()
    leaf = authority.issue_cert("app.example.com", "*.example.com", "198.51.100.7", common_name="app.example.com")
    made = x509.load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes())
    root = x509.load_pem_x509_certificate(authority.cert_pem.bytes())
    return made.public_bytes(serialization.Encoding.DER), root.public_bytes(serialization.Encoding.DER)


@pytest.mark.filterwarnings(
    "ignore:Parsed a serial number:cryptography.utils.CryptographyDeprecationWarning"
)  # it reads it
@given(st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=3))
@example([(0.0254, 128)])  # a serial number below zero
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_certificates(tmp_path: Path, changes: list[tuple[float, int]]) -> None:
    leaf, root = chain()
    changed = bytearray(leaf)
    for place, byte in changes:
        changed[int(place * len(changed))] = byte
    greeted = replace(nobody(), certificates=(bytes(changed), root))
    roots = Roots((x509.load_der_x509_certificate(root),), ())
    found = _chains(Unseen("the scan", "none"), greeted, "app.example.com", roots, visit(tmp_path), 0.0)
    dump(found)


def nobody() -> Greetings:
    """Greetings to a server that said nothing yet."""
    import dataclasses

    return Greetings(*(() for _ in dataclasses.fields(Greetings)))


@pytest.mark.parametrize("probe", LOOKS)
@given(data=st.data())
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_collectors(probe: str, tmp_path: Path, data: st.DataObject) -> None:
    good: dict[str, Any] = json.loads(RECORDING.read_text(encoding="utf-8"))["answer"]
    answer = json.dumps(warped(good, data))
    here = visit(tmp_path, hosts={"app": {"command": ["x"]}}, compose={"project": "p"})
    with patch.object(reach, "ask", lambda *_, **__: answer), suppress(ProbeError):
        found = LOOKS[probe].look(here)
        load(type(found), dump(found))


@given(TEXTS)
@example("2026-13-45T00:00:00Z")
@example("0000-00-00T99:99:99.5+99:99")
@example("9" * 400 + "-01-01T00:00:00Z")
def test_time_stamps_of_logs(stamp: str) -> None:
    with suppress(logs.Blind):
        assert isinstance(logs.age_s(stamp), float)


@given(st.binary(max_size=200))
def test_streams_of_logs(raw: bytes) -> None:
    assert len(logs.demultiplexed(raw)) <= len(raw)


def test_old_dates_are_read() -> None:
    stamp = datetime.now(UTC) - timedelta(seconds=100)
    assert 99 < logs.age_s(stamp.isoformat().replace("+00:00", "Z")) < 130
