"""Draws that fall the same way at every run, on every machine: the key decides."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")
_SEED = "penstock demo 1"  # another seed gives another retailer


def fraction(*key: object) -> float:
    """Return a number from 0 up to but not including 1 that depends on the key alone."""
    text = "\x1f".join([_SEED, *map(str, key)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest()) / 2**48


def whole(low: int, high: int, *key: object) -> int:
    """Return a whole number from ``low`` to ``high``, both included."""
    return low + int(fraction(*key) * (high - low + 1))


def pick(options: Sequence[T], *key: object) -> T:
    """Return one of the options."""
    return options[int(fraction(*key) * len(options))]


def shuffled(options: Sequence[T], *key: object) -> list[T]:
    """Return the options in drawn order."""
    return sorted(options, key=lambda option: fraction(*key, option))
