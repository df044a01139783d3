"""How much of what is left offers have: asked of every offer at every node, so their units are packed in one number."""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from penstock.sourcing.cover.task import Units

_TRUTH = bytes.maketrans(b"01", b"\0\1")  # of digits


class Gains:
    """Units of one offer side by side in a number, each in a field with a spare bit; the fields have room for all."""

    def __init__(self, need: Units) -> None:
        self._width = max(max(need, default=0).bit_length() + 1, (sum(need) + 1).bit_length())  # bits of a field
        self._room = self._width - 1  # without the spare one
        self._spare = sum(1 << (n * self._width + self._room) for n in range(len(need)))
        self._sum = (1 << self._width) - 1  # a number modulo this is the sum of its fields

    def packed(self, units: Units) -> int:
        """Return units as one number."""
        return sum(count << (n * self._width) for n, count in enumerate(units))

    def of(self, left: Units, offers: Iterable[int]) -> list[int]:
        """Return how many units of what is left each of the packed offers has.

        Taking an offer from what is left borrows the spare bit where it has more: these fields are left with nothing.
        """
        spare, room, modulus, total = self._spare, self._room, self._sum, sum(left)
        rest = self.packed(left) | spare
        return [
            total - ((less := rest - offer) & ((kept := less & spare) - (kept >> room))) % modulus for offer in offers
        ]


def picked(values: Sequence[int], places: int) -> list[int]:
    """Return the values at places that are given as bits."""
    return list(compress(values, bin(places)[:1:-1].encode("ascii").translate(_TRUTH)))
