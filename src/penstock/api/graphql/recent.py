"""What was used last, up to a limit."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """A cache that forgets what was not used for longest: beyond so many values, or beyond so much weight in all."""

    def __init__(self, limit: int, most_weight: int) -> None:
        self._limit = limit
        self._most_weight = most_weight
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self.weight = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: K) -> V | None:
        """Return what is kept under the key, if anything is."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def keep(self, key: K, value: V, weight: int) -> V:
        """Keep a value, unless it alone weighs a tenth of what may be kept; return it."""
        if weight * 10 <= self._most_weight:
            self.weight += weight - self._kept.pop(key, (None, 0))[1]
            self._kept[key] = value, weight
            while len(self._kept) > self._limit or self.weight > self._most_weight:
                self.weight -= self._kept.popitem(last=False)[1][1]
        return value
