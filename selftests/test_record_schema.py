"""The published schema is that of the model, and records fit it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from acceptance.record.file import dump
from acceptance.record.schema import text
from selftests.records import full, generated

PUBLISHED = Path(__file__).parents[1] / "docs" / "record.schema.json"


def test_the_published_schema_is_that_of_the_model() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == text()


def test_records_fit_it() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(text()))
    validator.check_schema(validator.schema)
    for record in (full(), *(generated(seed) for seed in range(10))):
        validator.validate(json.loads(dump(record)))


@pytest.mark.parametrize("change", [{"schema": 2}, {"mood": 1}, {"complete": "yes"}, {"seals": {"x": "y"}}])
def test_others_do_not(change: dict[str, object]) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(text()))
    assert not validator.is_valid(json.loads(dump(full())) | change)
