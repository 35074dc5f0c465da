"""The part of the plugin for a crash of pytest itself: what it tells, with -l even of locals, is redacted first."""

from __future__ import annotations

from typing import Any

import pytest

from acceptance.run import Run


class Crash:
    """Registered in every process of a run."""

    def __init__(self, run: Run) -> None:
        self.run = run

    @pytest.hookimpl(tryfirst=True)
    def pytest_internalerror(self, excrepr: Any) -> None:
        """Redact it before the terminal, JUnit or the controller take it."""
        told = self.run.redactor()(str(excrepr))
        excrepr.toterminal = lambda tw: tw.line(told)
