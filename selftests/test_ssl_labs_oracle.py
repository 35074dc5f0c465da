"""Our TLS grades against SSL Labs' guide as read by hand: each case's server started, scanned by our probe, graded."""

from __future__ import annotations

import importlib.util
import json
import shutil
from typing import Any

import pytest

from acceptance.facts import Unseen
from acceptance.grading.ssl_labs import Version, grade
from acceptance.probes.tls import Tls
from acceptance.probes.tls_facts import Endpoint
from selftests import tls_cases, tls_rows
from selftests.tls_more import MORE

pytestmark = pytest.mark.oracle
CORPUS = tls_cases.FOLDER / "corpus.json"
LEFT_OUT: dict[str, str] = {}  # cases whose letter we do not share, each with the reason

if not CORPUS.is_file():
    pytest.skip(f"no TLS oracle at {CORPUS}: set ORACLES to its folder", allow_module_level=True)
if not shutil.which("nginx") or not shutil.which("openssl"):
    pytest.skip("the cases are served by nginx and made by openssl: install both", allow_module_level=True)
if not importlib.util.find_spec("tlslite"):
    pytest.skip("the weak servers of the cases need tlslite-ng", allow_module_level=True)

DOCUMENT: dict[str, Any] = json.loads(CORPUS.read_text(encoding="utf-8"))
CASES = {case["name"]: case for case in DOCUMENT["cases"]}
LIVE = {case["name"]: case for case in MORE} | CASES


@pytest.fixture(scope="session")
def scanned() -> dict[str, Tls | str]:
    """All cases live, several at a time."""
    return tls_cases.scan(list(LIVE.values()), DOCUMENT["knob_defaults"])


def test_exceptions_are_cases():
    assert not set(LEFT_OUT) - set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_row_is_graded_as_the_guide_says(name):
    compare(name, tls_rows.facts_of(CASES[name], DOCUMENT["knob_defaults"]))


@pytest.mark.parametrize("name", LIVE)
def test_live_case_is_graded_as_the_guide_says(name, scanned):
    tls = scanned[name]
    assert isinstance(tls, Tls), tls
    (endpoint,) = tls.endpoints
    assert not isinstance(endpoint, Unseen)
    compare(name, endpoint)


def compare(name: str, endpoint: Endpoint) -> None:
    """Letters of both versions and the three scores."""
    guide = LIVE[name]["guide"]
    graded = {version: grade(endpoint, version) for version in Version}
    letters = {str(version): each.letter for version, each in graded.items()}
    wanted = {str(version): guide[version] for version in Version}
    if name in LEFT_OUT:
        assert letters != wanted, "no exception any more"
        return
    assert letters == wanted, graded[Version.R].reasons
    scores = graded[Version.R].scores
    ours = {"protocol": scores.protocol, "key_exchange": scores.key_exchange, "cipher": scores.cipher_strength}
    assert ours == {name: pytest.approx(score, abs=0.5) for name, score in guide["scores"].items()}
