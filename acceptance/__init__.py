"""Acceptance tests that decide whether Bot Core may go live. `item` binds a test to its checklist line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _pytest.mark.structures import MarkDecorator


def item(id: str, *, of: str = "") -> MarkDecorator:
    """Mark a test as the one that judges checklist item `id`; `of` are the items that a roll-up adds up."""
    import pytest

    return pytest.mark.item(id, of=of)
