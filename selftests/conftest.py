"""Fixtures of the self-tests: one healthy sandbox for all, and servers that a guarded probe may or may not reach."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from acceptance.children import Sandbox
from selftests.databases import Database
from selftests.misbehaving import INSIDE, OUTSIDE, Listener

# no judgement by the clock: a busy machine must not turn a property red. The same inputs each time, so that a commit
# is judged by what it changed; `make fuzz` looks for new ones
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.register_profile("fuzz", settings.get_profile("suite"), derandomize=False, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Warnings are errors in the self-tests."""
    for item in items:
        item.add_marker(pytest.mark.filterwarnings("error"), append=False)  # a test may say what it bears


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A running sandbox without faults; who puts one on takes it off again."""
    warnings.simplefilter("error")
    running = Sandbox([])
    yield running
    running.end()


@pytest.fixture
def outside() -> Iterator[Listener]:
    """A server that the target does not name."""
    listener = Listener(OUTSIDE)
    yield listener
    listener.close()


@pytest.fixture
def inside() -> Iterator[Listener]:
    """A server that the target names."""
    listener = Listener(INSIDE)
    yield listener
    listener.close()


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """A replica set that takes writes."""
    return Database(tmp_path_factory.mktemp("database"))


@pytest.fixture
def aws_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials for AWS that open nothing."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing-secret")
