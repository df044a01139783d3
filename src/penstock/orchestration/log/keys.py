"""What a set is about: a number for each id and ref of its members' entities.

The marks of a context (``marks.py``) have room for what one event is about. A set of a thousand has a list of its
own, in which PostgreSQL looks a number up while it reads the row. Two things may have the same number; of the sets
that hold something else, hardly one is opened in vain.
"""

from __future__ import annotations

from zlib import crc32

_SIGNED = 1 << 31


def key(kind: str, value: str) -> int:
    """Return the number of an id or ref, of 32 bits with a sign."""
    return crc32(f"{kind}{value}".encode()) - _SIGNED


def holds(place: str) -> str:
    """Return the condition that a set is about something; ``place`` binds the numbers of what is asked for."""
    return f"e.keys && {place}::int[]"
