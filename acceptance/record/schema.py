"""The published JSON Schema of record.json: `python -m acceptance.record.schema > docs/record.schema.json`."""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter

from acceptance.record.model import Record


def schema() -> dict[str, Any]:
    """The schema, made from the model, with the seals that the file carries besides."""
    made = TypeAdapter(Record).json_schema(mode="serialization")
    made["properties"]["seals"] = {
        "type": "object",
        "title": "Seals",
        "description": 'SHA-256 (16 digits) of each item, and of the rest under "record"; a later edit breaks one',
        "additionalProperties": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
    }
    made["required"] = [*made["required"], "seals"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Record of one acceptance run",
        **{key: value for key, value in made.items() if key != "title"},
    }


def text() -> str:
    """The schema as its file holds it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(text(), end="")
