"""What a look is made of: frozen facts, what could not be seen, and how both go to disk and back.

Facts hold str, bool, int, finite float, None, StrEnum, aware datetime, tuple, dict[str, ...] and such
dataclasses. Everybody judges what was read back from disk.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any, Protocol, TypeVar, dataclass_transform

F = TypeVar("F")
TEXT_LIMIT = 4_000  # characters of any one foreign string that may be kept


class ProbeError(Exception):
    """A probe could not look: `what` it wanted to see, and `why` it could not."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what}: {why}")
        self.what = what
        self.why = why


class Looked(Protocol):
    """What every family of facts can say of itself."""

    def looked(self) -> str:
        """One line: what was looked at, where, how much was seen."""


@dataclass_transform(frozen_default=True)
def facts(cls: type[F]) -> type[F]:
    """Make a frozen dataclass that refuses unknown fields when it is read back."""
    made = dataclasses.dataclass(frozen=True)(cls)
    made.__pydantic_config__ = {"extra": "forbid", "allow_inf_nan": False}  # type: ignore[attr-defined]  # pydantic reads it there
    return made


@facts
class Unseen:
    """Stands in the place of what could not be seen."""

    what: str
    why: str

    def __repr__(self) -> str:
        return f"unseen {self.what}: {self.why}"[:200]


T = TypeVar("T")


def seen(value: T | Unseen) -> T:
    """The value, or a ProbeError when it could not be seen."""
    if isinstance(value, Unseen):
        raise ProbeError(value.what, value.why)
    return value


def offenders(values: list[T], unseen: list[Unseen]) -> tuple[T, ...]:
    """The offenders found. None found although something was not seen: ProbeError (wrong beats unseen)."""
    if not values and unseen:
        raise ProbeError(unseen[0].what, unseen[0].why)
    return tuple(values)


def text(value: object, limit: int = TEXT_LIMIT) -> str:
    """Foreign input as bounded text that can be written: what is no UTF-8 is replaced, NUL too."""
    raw = (
        value if isinstance(value, bytes) else str(value)[:limit].encode("utf-8", "replace")
    )  # JSON may hold half a pair
    whole = raw[: limit * 4].decode("utf-8", "replace")
    return whole.replace("\x00", "\N{REPLACEMENT CHARACTER}")[:limit]


def finite(value: float) -> float:
    """The number itself; ProbeError for NaN and infinities, which no comparison can judge."""
    if not math.isfinite(value):
        raise ProbeError("a number", f"{value} is not finite")
    return value


def dump(value: object, redact: Callable[[str], str] = str) -> str:
    """Facts as JSON; `redact` is applied to every string before it is written."""
    import json

    return written(json.dumps(_plain(value, redact), ensure_ascii=False, allow_nan=False)).decode()


def written(text: str) -> bytes:
    """Text as it goes to disk; half of a surrogate pair, which JSON may hold and UTF-8 may not, is replaced."""
    return text.encode("utf-8", "replace")


_ADAPTERS: dict[Any, Any] = {}  # making one takes longer than reading with it


def load(kind: type[T], text: str) -> T:
    """Facts of `kind` out of their JSON; pydantic's ValidationError when they don't fit."""
    if kind not in _ADAPTERS:
        from pydantic import TypeAdapter

        _ADAPTERS[kind] = TypeAdapter(kind)
    found: T = _ADAPTERS[kind].validate_json(text)
    return found


def _plain(value: object, redact: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return redact(str(value))
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return finite(value)
    if isinstance(value, tuple | list):
        return [_plain(each, redact) for each in value]
    if isinstance(value, dict):
        return {redact(str(key)): _plain(each, redact) for key, each in value.items()}
    if dataclasses.is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name), redact) for f in dataclasses.fields(value)}
    from datetime import datetime

    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.isoformat()
    raise TypeError(f"facts can't hold {type(value).__name__}: {value!r:.80}")
