"""Fixtures of the self-tests: one healthy sandbox for all, and a visit to it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from acceptance.children import Sandbox

# no judgement by the clock: a busy machine must not turn a property red
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Warnings are errors in the self-tests."""
    for item in items:
        item.add_marker(pytest.mark.filterwarnings("error"))


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A running sandbox without faults; who puts one on takes it off again."""
    warnings.simplefilter("error")
    running = Sandbox([])
    yield running
    running.end()
