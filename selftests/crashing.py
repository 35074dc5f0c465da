"""A plugin that breaks with secrets in its message and its locals: in the test of CRASH_IN, or in pytest itself."""

from __future__ import annotations

import os
from typing import Any

import pytest


def _break() -> None:
    planted = {name: value for name, value in os.environ.items() if name.startswith("PLANTED_")}
    first, last = planted["PLANTED_0"], planted["PLANTED_1"][3:-3]
    raise RuntimeError(f"{first} and {last} in {planted!r:.400}")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: Any) -> None:
    """Break one test."""
    if item.name.startswith(os.environ.get("CRASH_IN", "nowhere")):
        print(f"on its way out: {sorted(os.environ.items())}")
        _break()


def pytest_runtest_logfinish() -> None:
    """Break pytest."""
    if os.environ.get("CRASH_IN") == "pytest":
        _break()
