"""Tables of target.toml, one subject a module; `Table` holds what is common: strict types, no unknown keys."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Table(BaseModel):
    """A table of target.toml. Unknown keys and wrong types are errors that name file, line and key."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
