"""Joins: pure functions of what several probes saw. Parameters are named for probes or other joins."""

from __future__ import annotations

from acceptance.grading import observatory
from acceptance.probes import headers as header_facts


def header_grade(headers: header_facts.Headers) -> observatory.HeaderGrade:
    """The page's headers as Mozilla's HTTP Observatory scores them."""
    return observatory.grade(headers.site)
