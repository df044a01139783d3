"""How much of what is left offers have: asked of every offer at every node, so their units are packed in one number."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from penstock.sourcing.cover.task import Units


class Gains:
    """Units of one offer side by side in a number, each in a field that has room for all of them and a spare bit."""

    def __init__(self, need: Units) -> None:
        self._room = sum(need).bit_length() + 1  # bits of a field, without the spare one
        self._width = self._room + 1
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
            total - (less & ((kept := less & spare) - (kept >> room))) % modulus
            for less in [rest - offer for offer in offers]
        ]


def picked(values: Sequence[int], places: int) -> list[int]:
    """Return the values at places that are given as bits."""
    return [value for value, bit in zip(values, bin(places)[:1:-1], strict=False) if bit == "1"]
