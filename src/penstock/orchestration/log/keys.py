"""What a set is about: a number for each id and ref of its members' entities.

The marks of a context (``marks.py``) have room for what one event is about. A set of a thousand has a list of its
own, in which PostgreSQL looks a number up while it reads the row. Two things may have the same number; of the sets
that hold something else, hardly one is opened in vain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterable

_SIGNED = 1 << 31


def key(kind: str, value: str) -> int:
    """Return the number of an id or ref, of 32 bits with a sign."""
    return keys(kind, [value])[0]


def keys(kind: str, values: Iterable[str]) -> list[int]:
    """Return the numbers of ids or refs."""
    begun = crc32(kind.encode())
    return [crc32(value.encode(), begun) - _SIGNED for value in values]


def holds(place: str) -> str:
    """Return the condition that a set is about something; ``place`` binds the numbers of what is asked for."""
    return f"e.keys && {place}::int[]"
