"""What a set is about: a Bloom filter over the ids and refs of its members' entities.

The marks of a context (``marks.py``) have room for what one event is about. A set of a thousand has a filter of its
own, ten bits for each id and ref: of the sets that hold something else, one in a hundred is opened in vain.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

ROOM = 10  # bits for each key
_HASHES = 5
_DIGIT = 4  # bits in a hexadecimal digit


def key(kind: str, value: str) -> tuple[int, int]:
    """Return the two numbers that a key's places follow from, whatever the size of the filter."""
    digest = blake2b(f"{kind}{value}".encode(), digest_size=7).digest()
    mixed = int.from_bytes(digest, "big")
    return mixed >> 28, (mixed & ((1 << 28) - 1)) | 1


def places(first: int, step: int, size: int) -> list[int]:
    """Return the bits of a key in a filter of this size."""
    return [(first + turn * step) % size for turn in range(_HASHES)]


def filter_of(keys: Collection[tuple[int, int]]) -> str:
    """Return the filter of these keys as PostgreSQL reads it."""
    size = max(len(keys), 1) * ROOM
    size += -size % (2 * _DIGIT)
    bits = bytearray(size // (2 * _DIGIT))
    for first, step in keys:
        for place in places(first, step, size):
            bits[place >> 3] |= 0x80 >> (place & 7)
    return "x" + bits.hex()


def holds(place: str) -> str:
    """Return the condition that the filter ``e.keys`` may hold a key; ``place`` binds its two numbers as an array."""
    size = "length(e.keys)"
    bits = (f"get_bit(e.keys, ((({place})[1] + {turn} * ({place})[2]) % {size})::int) = 1" for turn in range(_HASHES))
    return " AND ".join(bits)
